"""Every message once and in order over cut networks, killed daemons and several tabs."""
import random
import threading
import time
import uuid

import pytest

from bus_suite import wait_until
from chat_fixtures import assert_in_order, ben, shop, suite, talk, texts  # noqa: F401
from raw_socket import Raw


# ---- gaps and doubles ----

def test_a_client_resumes_after_what_it_has(suite, talk, ben):
    visitor, tab, conversation = talk
    suite.reply(ben, conversation, "Two")
    tab.wait_entry(text="Two")
    tab.close()
    suite.reply(ben, conversation, "Three")
    suite.reply(ben, conversation, "Four")
    again = visitor.socket(after=2)
    again.wait_entry(text="Four")
    assert texts(again.entries) == ["Three", "Four"]
    assert visitor.socket(after=4).ready["conversation"]["sequence"] == 4
    whole = visitor.socket()
    whole.wait_entry(text="Four")
    assert texts(whole.entries) == ["The first", "Two", "Three", "Four"]


@pytest.mark.parametrize("after", [-5, 10**12, "x", None])
def test_a_place_that_cannot_be_is_the_beginning(talk, after):
    other = talk[0].socket(after=after)
    other.wait_entry(text="The first")


def test_a_place_of_another_conversation_is_the_beginning(talk):
    visitor, _, conversation = talk
    visitor.socket(after=1, conversation=str(uuid.uuid4())).wait_entry(text="The first")
    kept = visitor.socket(after=1, conversation=conversation)
    assert kept.ready["conversation"]["id"] == conversation and not kept.entries


def test_a_conversation_longer_than_a_page(suite, talk, ben):
    visitor, _, conversation = talk
    suite.execute("""
        INSERT INTO routing.message (id, conversation_id, inbox_id, author_type, author_name, text, created_at)
        SELECT md5(%s || n)::uuid, %s, %s, 'agent', 'Ben', 'Line ' || n, now() FROM generate_series(2, 450) n""",
                  conversation, conversation, suite.conversation(conversation)["inbox_id"])
    suite.execute("""
        INSERT INTO routing.entry SELECT %s, n, md5(%s || n)::uuid, %s, 'message', 'out', now() FROM generate_series(2, 450) n""",
                  conversation, conversation, suite.conversation(conversation)["interaction_id"])
    suite.execute("UPDATE routing.conversation SET sequence = 450 WHERE id = %s", conversation)
    tab = visitor.socket()
    tab.wait_entry(sequence=450)
    assert [entry["sequence"] for entry in tab.entries] == list(range(1, 451))
    polled, after = [], 0
    while after < 450:
        page = visitor.poll(after=after, wait=5)
        polled += page["entries"]
        assert page["sequence"] > after
        after = page["sequence"]
    assert [entry["sequence"] for entry in polled] == list(range(1, 451))


def test_a_conversation_larger_than_a_queue_reaches_who_reads_slowly(suite, talk):
    visitor, _, conversation = talk
    row = suite.conversation(conversation)
    suite.execute("""
        WITH m AS (INSERT INTO routing.message (id, conversation_id, inbox_id, author_type, author_name, text, created_at)
                   SELECT gen_random_uuid(), %s, %s, 'agent', 'Ben', repeat('😀', 10000), now() FROM generate_series(2, 401) RETURNING id)
        INSERT INTO routing.entry SELECT %s, row_number() OVER () + 1, id, %s, 'message', 'out', now() FROM m""",
                  conversation, row["inbox_id"], conversation, row["interaction_id"])
    suite.execute("UPDATE routing.conversation SET sequence = 401 WHERE id = %s", conversation)
    raw = Raw(visitor.url)
    raw.frame(1, f'{{"auth":"{visitor.token}"}}'.encode())
    time.sleep(3)  # nothing is read
    got, tail = 0, b""
    raw.socket.settimeout(20)
    while b'],"sequence":401}' not in tail:
        chunk = raw.socket.recv(1 << 20)
        assert chunk, "cut"
        got, tail = got + len(chunk), tail[-20:] + chunk
    assert got > 400 * 40000


def test_two_tabs_see_the_same(suite, talk, ben):
    visitor, tab, conversation = talk
    other = visitor.socket()
    other.say("From the other tab")
    tab.wait_entry(text="From the other tab")
    suite.reply(ben, conversation, "To both")
    for one in (tab, other):
        one.wait_entry(text="To both")
        assert_in_order(one)
        assert texts(one.entries) == ["The first", "From the other tab", "To both"]
    other.send({"seen": 3})
    assert tab.wait(lambda frame: "seen" in frame)["seen"] == 3


def test_two_tabs_on_two_daemons(suite, shop, ben):
    second = suite.start_chat()
    try:
        visitor = suite.visitor(shop)
        one, other = visitor.socket(), visitor.socket(url=second.url)
        conversation = suite.conversation_of_client(one.say("By the first daemon"))
        other.wait_entry(text="By the first daemon")
        other.say("By the second")
        for tab in (one, other):
            tab.wait_entry(text="By the second")
        other.send({"seen": 2})
        assert one.wait(lambda frame: frame.get("seen") == 2)
        assert [t for t in suite.types(conversation)].count("visitor.presence_changed") == 1
        for tab in (one, other):
            assert texts(tab.entries) == ["By the first daemon", "By the second"]
    finally:
        second.stop()


def test_every_message_once_and_in_order_when_daemons_are_killed_and_networks_cut(suite, shop, ben):
    """The visitor resends what is not acknowledged, in order, and resumes after what it has; the agent writes meanwhile."""
    doomed = suite.start_chat()
    visitor = suite.visitor(shop)
    first = visitor.socket(url=doomed.url)
    conversation = suite.conversation_of_client(first.say("Begin"))
    seen, fates = [], random.Random(7)
    todo = [(str(uuid.uuid4()), f"in {number}") for number in range(30)]
    answers = threading.Thread(target=lambda: [(suite.reply(ben, conversation, f"out {n}"), time.sleep(0.35)) for n in range(30)])
    answers.start()
    tab, after = first, 0

    def gather():
        nonlocal after
        for entry in tab.entries:
            if entry["sequence"] > after:
                seen.append(entry)
                after = entry["sequence"]

    def again():
        nonlocal tab
        gather()
        for _ in range(200):
            try:
                opened = visitor.suite_socket(doomed.url, {"auth": visitor.token, "after": after})
                opened.wait_for(lambda: opened.close_code is not None or any("ready" in f for f in opened.frames), 10, "ready or closed")
                if opened.close_code is None:
                    tab = opened
                    return
            except (AssertionError, OSError):
                pass
            time.sleep(0.1)
        raise AssertionError("no connection any more")

    for number, (client_id, text) in enumerate(todo):
        if number in (8, 20):
            doomed.kill()
            threading.Timer(0.3, doomed.start).start()
        if number in (4, 14, 25):
            tab._loop.call_soon_threadsafe(tab._socket._response.connection.transport.abort)  # as a cut network
        deadline = time.monotonic() + 60
        while True:
            assert time.monotonic() < deadline, f"{text} is not acknowledged"
            try:
                tab.post(text, client_id)
                tab.wait_for(lambda: tab.close_code is not None or any(client_id == f.get(k, {}).get("id") for f in tab.frames
                                                                       for k in ("accepted", "retry", "refused")), 10, "an answer")
                kind = next((k for f in tab.frames for k in ("accepted", "retry", "refused") if f.get(k, {}).get("id") == client_id), None)
                if kind == "accepted":
                    break
                time.sleep(0.5)
                if kind:
                    tab.frames[:] = [f for f in tab.frames if f.get(kind, {}).get("id") != client_id]
                    continue
            except (ConnectionError, AssertionError, RuntimeError):
                pass
            again()
        time.sleep(fates.uniform(0.2, 0.5))
    answers.join()
    again()
    wait_until(lambda: (gather(), len(seen) >= 61)[1], 30, "all of it")
    assert [e["sequence"] for e in seen] == list(range(1, 62))
    assert [e["text"] for e in seen if e["direction"] == "in"] == ["Begin"] + [text for _, text in todo]
    assert [e["text"] for e in seen if e["direction"] == "out"] == [f"out {n}" for n in range(30)]
    doomed.stop()


def test_a_daemon_that_drains_sends_its_sockets_elsewhere(suite, shop, ben):
    leaving = suite.start_chat()
    visitor = suite.visitor(shop)
    tab = visitor.socket(url=leaving.url)
    conversation = suite.conversation_of_client(tab.say("Stay with me"))
    tab.wait_entry(text="Stay with me")
    leaving.stop()
    assert tab.wait_closed() == 1001
    suite.reply(ben, conversation, "Here")
    elsewhere = visitor.socket(after=1)
    elsewhere.wait_entry(text="Here")
    assert [entry["sequence"] for entry in elsewhere.entries] == [2]
