"""chat_fixtures.py - what tests of a visitor's live side share: a suite, a shop, an agent who answers, a visitor who talks with them."""
import threading

import pytest

from chat_suite import ChatSuite


@pytest.fixture(scope="module")
def suite():
    with ChatSuite() as made:
        yield made


@pytest.fixture(scope="module")
def shop(suite):
    return suite.make_chat()


@pytest.fixture(scope="module")
def ben(suite, shop):
    """An agent who takes work."""
    agent = suite.make_agent(inboxes=[shop["id"]], name="Ben")
    assert agent.put("/presence", {"status": "available"}).status == 200
    stop = threading.Event()

    def keep_there():
        while not stop.wait(20):
            agent.put("/presence", {"status": "available"})
    threading.Thread(target=keep_there, daemon=True).start()
    yield agent
    stop.set()


@pytest.fixture
def talk(suite, shop, ben):
    """A visitor whose first message is answered by an agent: (visitor, socket, conversation id)."""
    visitor = suite.visitor(shop)
    tab = visitor.socket()
    conversation = suite.conversation_of_client(tab.say("The first"))
    tab.wait_entry(text="The first")
    return visitor, tab, conversation


def texts(entries):
    return [entry["text"] for entry in entries if entry["kind"] == "message"]


def assert_in_order(tab):
    sequences = [entry["sequence"] for entry in tab.entries]
    assert sequences == sorted(set(sequences)), sequences
