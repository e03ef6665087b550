"""Who else has a conversation open, and who types there: collision signs, told at once and never stored."""
import pytest

from gateway_suite import GatewaySuite


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as suite:
        yield suite


@pytest.fixture
def inbox(suite):
    return suite.make_inbox()["id"]


def open_at(suite, api, conversation):
    stream = suite.stream(api, scope="mine").wait_ready()
    stream.send({"watch": [conversation["id"]]})
    return stream


def shown(stream, conversation, *expected):
    """Waits for a frame with exactly these others: (agent's id, state)."""
    def fits(frame):
        viewers = frame.get("viewers", {})
        return viewers.get("conversation_id") == conversation["id"] and {(v["agent_id"], v["state"]) for v in viewers["viewers"]} == set(expected)
    return stream.wait_frame(fits, 10, f"viewers {expected}")


def test_two_who_open_one_conversation_see_each_other_come_type_and_go(suite, inbox):
    ann, ben = suite.make_agent(inboxes=[inbox], name="Ann"), suite.make_agent(inboxes=[inbox], name="Ben")
    made = suite.make_conversation(inbox)
    first = open_at(suite, ann, made)
    second = open_at(suite, ben, made)
    frame = shown(first, made, (ben.agent["id"], "viewing"))
    assert frame["viewers"]["viewers"][0]["name"] == "Ben"
    shown(second, made, (ann.agent["id"], "viewing"))
    second.send({"typing": {"conversation_id": made["id"], "active": True}})
    shown(first, made, (ben.agent["id"], "typing"))
    first.frames.clear()
    second.send({"watch": []})
    shown(first, made)
    first.frames.clear()
    third = open_at(suite, ben, made)
    shown(first, made, (ben.agent["id"], "viewing"))
    first.frames.clear()
    third.close()
    shown(first, made)


def test_who_stays_is_told_again_and_again_and_never_as_gone(suite, inbox):
    """Clients forget what is not repeated for 15 s, and repeat themselves what they have open."""
    ann, ben = suite.make_agent(inboxes=[inbox]), suite.make_agent(inboxes=[inbox])
    made = suite.make_conversation(inbox)
    first, second = open_at(suite, ann, made), open_at(suite, ben, made)
    shown(first, made, (ben.agent["id"], "viewing"))
    for _ in range(2):
        first.frames.clear()
        second.send({"watch": [made["id"]]})
        shown(first, made, (ben.agent["id"], "viewing"))
        assert all(f["viewers"]["viewers"] for f in first.frames if "viewers" in f)


def test_whoever_has_not_the_inbox_neither_sees_nor_is_seen(suite, inbox):
    ann, ben, eve = suite.make_agent(inboxes=[inbox]), suite.make_agent(inboxes=[inbox]), suite.make_agent(inboxes=[suite.make_inbox()["id"]])
    made = suite.make_conversation(inbox)
    outsider = open_at(suite, eve, made)
    first, second = open_at(suite, ann, made), open_at(suite, ben, made)
    shown(first, made, (ben.agent["id"], "viewing"))
    shown(second, made, (ann.agent["id"], "viewing"))
    assert [f for f in outsider.frames if "viewers" in f] == []
    assert all(v["agent_id"] != eve.agent["id"] for f in first.frames if "viewers" in f for v in f["viewers"]["viewers"])


def test_who_stays_is_seen_where_the_conversation_went(suite, inbox):
    """Clients say once what they have open: the gateway follows the conversation, and what they may see."""
    target = suite.make_inbox()["id"]
    ann, ben, eve = (suite.make_agent(inboxes=inboxes) for inboxes in ([inbox, target], [target], []))
    made = suite.make_conversation(inbox)
    first, late = open_at(suite, ann, made), open_at(suite, eve, made)
    assert suite.admin.post(f"/conversations/{made['id']}/inbox", {"inbox_id": target}).status == 200
    first.wait_event("conversation.inbox_changed", conversation_id=made["id"])
    second = open_at(suite, ben, made)
    shown(second, made, (ann.agent["id"], "viewing"))
    shown(first, made, (ben.agent["id"], "viewing"))
    assert not any("viewers" in frame for frame in late.frames)
    suite.admin.patch(f"/agents/{eve.agent['id']}", {"inboxes": [target]})
    shown(second, made, (ann.agent["id"], "viewing"), (eve.agent["id"], "viewing"))
    shown(late, made, (ann.agent["id"], "viewing"), (ben.agent["id"], "viewing"))


def test_two_gateways_tell_each_other(suite, inbox):
    ann, ben = suite.make_agent(inboxes=[inbox]), suite.make_agent(inboxes=[inbox])
    made = suite.make_conversation(inbox)
    other = suite.start_gateway()
    ben.url, ben._address = other.url, (lambda parts: (parts[0], int(parts[1])))(other.url.removeprefix("http://").split(":"))
    first, second = open_at(suite, ann, made), open_at(suite, ben, made)
    shown(first, made, (ben.agent["id"], "viewing"))
    shown(second, made, (ann.agent["id"], "viewing"))
    other.kill()
    first.frames.clear()
    first.wait_frame(lambda f: f.get("viewers", {}).get("viewers") == [], 25, "who has died is forgotten")
