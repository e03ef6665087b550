"""A visitor's messages go both ways, each once; presence, marks, the queue and typing around them."""
import threading
import time
import uuid

import pytest

from bus_suite import wait_until
from chat_fixtures import assert_in_order, ben, shop, suite, talk, texts  # noqa: F401


# ---- the two ways of a message ----

def test_a_first_message_is_acknowledged_shown_and_answered(suite, talk, ben):
    visitor, tab, conversation = talk
    shown = tab.wait(lambda frame: frame.get("conversation"))["conversation"]
    assert (shown["id"], shown["status"]) == (conversation, "open")
    assert tab.wait(lambda frame: frame.get("agent"))["agent"] == {"name": "Ben"}
    suite.reply(ben, conversation, "The answer")
    entry = tab.wait_entry(text="The answer")
    assert (entry["direction"], entry["channel"], entry["author"], entry["client_id"]) == ("out", "chat", {"type": "agent", "name": "Ben"}, None)
    assert texts(tab.entries) == ["The first", "The answer"]


def test_the_session_knows_the_conversation(suite, shop, talk):
    visitor, _, conversation = talk
    status, again = suite.call("POST", "/chat/v1/session", {"inbox": shop["chat"]["public_id"], "token": visitor.token})
    assert status == 200 and again["conversation"]["id"] == conversation and again["conversation"]["sequence"] >= 1


def test_notes_are_never_shown(suite, talk, ben):
    _, tab, conversation = talk
    answer = ben.post(f"/conversations/{conversation}/messages", {"kind": "note", "text": "A secret among us"})
    assert answer.status in (201, 202)
    suite.reply(ben, conversation, "After the note")
    entry = tab.wait_entry(text="After the note")
    assert entry["sequence"] == 3 and tab.sequence == 3
    assert "secret" not in str(tab.frames)
    assert texts(talk[0].poll()["entries"]) == ["The first", "After the note"]


def test_messages_sent_at_once_keep_their_order(suite, talk):
    _, tab, conversation = talk
    ids = [tab.post(f"Line {number}") for number in range(9)]
    assert [tab.outcome(one)[0] for one in ids] == ["accepted"] * 9
    tab.wait_entry(text="Line 8")
    assert texts(tab.entries) == ["The first"] + [f"Line {number}" for number in range(9)]
    assert [entry["client_id"] for entry in tab.entries][1:] == ids
    assert_in_order(tab)


def test_the_same_message_again_is_acknowledged_and_stored_once(suite, talk):
    visitor, tab, _ = talk
    client_id = tab.say("Once")
    other = visitor.socket()
    other.post("Once", client_id)
    assert other.outcome(client_id) == ("accepted", {"id": client_id, "duplicate": True})
    assert suite.query("SELECT count(*) FROM channel.message WHERE dedupe_key LIKE '%%:' || %s", client_id) == [(1,)]


def test_a_message_without_a_socket(suite, shop, ben):
    visitor = suite.visitor(shop)
    client_id = str(uuid.uuid4())
    status, answer = visitor.call("POST", "/messages", {"message": {"id": client_id, "text": "By a request"}})
    assert (status, answer) == (200, {"accepted": {"id": client_id, "duplicate": False}})
    conversation = suite.conversation_of_client(client_id)
    polled = wait_until(lambda: next((p for p in [visitor.poll(wait=5)] if p["entries"]), None), 15, "the entry")
    assert texts(polled["entries"]) == ["By a request"] and polled["conversation"]["id"] == conversation
    begun = time.monotonic()
    threading.Timer(0.5, suite.reply, (ben, conversation, "By a poll")).start()
    got = wait_until(lambda: next((p for p in [visitor.poll(after=polled["sequence"], wait=20)] if p["entries"]), None), 15, "the answer")
    assert texts(got["entries"]) == ["By a poll"] and time.monotonic() - begun < 10
    assert visitor.call("POST", "/seen", {"seen": got["sequence"]})[0] == 204
    assert visitor.call("POST", "/typing", {"typing": True})[0] == 204
    assert visitor.call("POST", "/end", {"end": True})[0] == 204
    assert visitor.call("POST", "/end", {"nothing": True})[0] == 400
    wait_until(lambda: {"end.requested", "message.read"} <= set(suite.types(conversation)), 10, "the end and the mark are told")


REFUSED = [
    ({"id": "not one", "text": "x"}, "bad_message"),
    ({"text": "x"}, "bad_message"),
    ({"id": str(uuid.uuid4()), "text": "x" * 10001}, "too_long"),
    ({"id": str(uuid.uuid4()), "text": "\u00e9" * 10001}, "too_long"),
    ({"id": str(uuid.uuid4()), "text": " \n\t "}, "empty"),
    ({"id": str(uuid.uuid4())}, "empty"),
    ({"id": str(uuid.uuid4()), "text": "\x01\x02"}, "empty"),
    ({"id": str(uuid.uuid4()), "text": "x", "attachments": "y"}, "bad_message"),
    ({"id": str(uuid.uuid4()), "text": "x", "attachments": ["y"]}, "bad_message"),
    ({"id": str(uuid.uuid4()), "text": "x", "attachments": [str(uuid.uuid4())] * 11}, "bad_message"),
    ({"id": str(uuid.uuid4()), "text": "x", "attachments": [str(uuid.uuid4())]}, "unknown_attachment"),
]


@pytest.mark.parametrize("message, code", REFUSED)
def test_what_cannot_be_a_message_is_refused(suite, shop, message, code):
    visitor = suite.visitor(shop)
    tab = visitor.socket()
    tab.send({"message": message})
    assert tab.wait(lambda frame: "refused" in frame)["refused"]["code"] == code
    assert visitor.call("POST", "/messages", message)[0] == 422
    assert tab.close_code is None
    assert suite.query("SELECT count(*) FROM channel.message WHERE contact_address = %s", f"v:{visitor.id}") == [(0,)]


def test_text_is_kept_without_control_characters(talk):
    _, tab, _ = talk
    tab.say("one\x07\r\ntwo\tthree\x7f\u0085\u009b31m 😀 " + "é" * 9000)
    assert tab.wait_for(lambda: texts(tab.entries)[1:], what="it")[0] == "one\ntwo\tthree31m 😀 " + "é" * 9000


def test_more_than_ten_in_ten_seconds_are_refused_and_not_stored(suite, shop, ben):
    visitor = suite.visitor(shop)
    tab = visitor.socket()
    outcomes = [tab.outcome(one) for one in [tab.post(f"Flood {number}") for number in range(16)]]
    kinds = [kind for kind, _ in outcomes]
    assert kinds[:10] == ["accepted"] * 10 and "refused" in kinds
    assert {body["code"] for kind, body in outcomes if kind == "refused"} == {"rate_limited"}
    assert suite.query("SELECT count(*) FROM channel.message WHERE contact_address = %s", f"v:{visitor.id}") == [(kinds.count("accepted"),)]


def test_five_new_conversations_an_hour_from_one_address(suite, shop):
    outcomes = []
    for _ in range(6):
        visitor = suite.visitor(shop)
        tab = visitor.suite_socket(first={"auth": visitor.token, "after": 0}, headers={"X-Forwarded-For": "203.0.113.77"})
        tab.wait(lambda frame: "ready" in frame)
        outcomes.append(tab.outcome(tab.post("New here"))[0])
    assert outcomes == ["accepted"] * 5 + ["refused"]


# ---- around the messages ----

def test_marks_of_what_was_seen(suite, talk, ben):
    visitor, tab, conversation = talk
    suite.reply(ben, conversation, "Look")
    tab.wait_entry(text="Look")
    for number in (1, 2, 2, 1, 10**9, 0, -3):
        tab.send({"seen": number})
    wait_until(lambda: suite.query("SELECT sequence FROM chat.seen WHERE conversation_id = %s", conversation) == [(2,)], 10, "the mark")
    marks = [e.message_read.sequence for e in suite.log("conversation_id = %s AND type = 'message.read'", conversation)]
    assert marks == sorted(set(marks)) and marks[-1] == 2
    assert all(e.version == 0 and e.actor.startswith("customer:") for e in suite.log("conversation_id = %s AND type = 'message.read'", conversation))
    assert visitor.socket().ready["seen"] == 2


def test_typing_both_ways(suite, talk, ben):
    _, tab, conversation = talk
    stream = suite.stream(ben).wait_ready()
    stream.send({"watch": [conversation]})
    tab.send({"typing": True})
    assert stream.wait_frame(lambda frame: "typing" in frame)["typing"]["author"]["type"] == "customer"
    tab.send({"typing": False})
    stream.wait_frame(lambda frame: frame.get("typing", {}).get("active") is False)
    stream.send({"typing": {"conversation_id": conversation, "active": True}})
    assert tab.wait(lambda frame: "typing" in frame)["typing"] == {"name": "Ben", "active": True}


def presences(suite, conversation):
    return [e.visitor_presence_changed.present for e in suite.log("conversation_id = %s AND type = 'visitor.presence_changed'", conversation)]


def test_visitors_come_go_and_come_back(suite, talk):
    visitor, tab, conversation = talk
    wait_until(lambda: presences(suite, conversation) == [True], 10, "they are there")
    tab.close()
    time.sleep(2)
    assert presences(suite, conversation) == [True]
    wait_until(lambda: presences(suite, conversation) == [True, False], 40, "they have left")
    visitor.socket()
    wait_until(lambda: presences(suite, conversation) == [True, False, True], 10, "they are back")


def test_who_is_back_within_moments_has_never_left(suite, talk):
    visitor, tab, conversation = talk
    wait_until(lambda: presences(suite, conversation) == [True], 10, "they are there")
    for _ in range(3):
        tab.close()
        time.sleep(4)
        tab = visitor.socket()
    assert presences(suite, conversation) == [True]


def test_visitors_of_a_killed_daemon_are_swept_by_another(suite, shop, ben):
    doomed = suite.start_chat()
    tab = suite.visitor(shop).socket(url=doomed.url)
    conversation = suite.conversation_of_client(tab.say("Hello"))
    wait_until(lambda: presences(suite, conversation) == [True], 10, "they are there")
    doomed.kill()
    wait_until(lambda: presences(suite, conversation) == [True, False], 40, "they have left")


def test_those_who_wait_are_told_their_place(suite):
    lonely = suite.make_chat()  # nobody works it
    tabs = []
    for number in range(3):
        tab = suite.visitor(lonely).socket()
        suite.conversation_of_client(tab.say(f"Waiting {number}"))
        tabs.append(tab)
    for number, tab in enumerate(tabs):
        assert tab.wait(lambda frame: (frame.get("queue") or {}).get("position") == number + 1)["queue"]["wait_s"] is None
    agent = suite.make_agent(inboxes=[lonely["id"]], name="Clara", role="agent")
    first = suite.conversation_of_client(tabs[0].entries[0]["client_id"])
    assert suite.admin.post(f"/conversations/{first}/assign", {"agent_id": agent.agent["id"]}).status in (200, 202)
    tabs[0].wait(lambda frame: frame.get("agent") == {"name": "Clara"})
    tabs[0].wait(lambda frame: "queue" in frame and frame["queue"] is None)
    assert tabs[1].wait(lambda frame: (frame.get("queue") or {}).get("position") == 1)["queue"]["wait_s"] >= 0
    tabs[2].wait(lambda frame: (frame.get("queue") or {}).get("position") == 2)


def test_a_place_is_the_one_routing_gives(suite):
    """Whoever is urgent goes first, and only those wait before you whom the same agents take."""
    lonely = suite.make_chat()
    visitors = [suite.visitor(lonely) for _ in range(3)]
    tabs = [visitor.socket() for visitor in visitors]
    ids = [suite.conversation_of_client(tab.say(f"Waiting {number}")) for number, tab in enumerate(tabs)]
    team = suite.admin.post("/teams", {"name": f"Team {lonely['id']}"}).json["id"]
    assert suite.admin.post(f"/conversations/{ids[2]}/triage", {"priority": "urgent"}).status in (200, 202)
    assert suite.admin.post(f"/conversations/{ids[0]}/assign", {"agent_id": None, "team_id": team}).status in (200, 202)
    for tab, visitor, position in zip(tabs, visitors, (1, 2, 1)):
        tab.wait_for(lambda: [f["queue"]["position"] for f in tab.frames if f.get("queue")][-1:] == [position], what=f"place {position}")
        assert suite.call("POST", "/chat/v1/session", {"inbox": lonely["chat"]["public_id"], "token": visitor.token})[1]["queue"]["position"] == position


def test_a_status_that_changes_is_told(suite, talk, ben):
    _, tab, conversation = talk
    assert ben.post(f"/conversations/{conversation}/status", {"status": "resolved"}).status in (200, 202)
    tab.wait(lambda frame: (frame.get("conversation") or {}).get("status") == "resolved")


def test_it_heals_when_redis_was_away(suite, talk, ben):
    _, tab, conversation = talk
    suite.redis.stop()
    try:
        tab.say("Without Redis")
        tab.wait_entry(text="Without Redis")
        suite.reply(ben, conversation, "Nor here")
        tab.wait_entry(text="Nor here")
    finally:
        suite.redis.start()
    wait_until(lambda: presences(suite, conversation) == [True], 10, "they are there all the while")
