"""The stream: what a client sees live, what it finds after it was away, and what it must never see."""
import contextlib
import json
import random
import time

import pytest

from bus_suite import seed_of_run, wait_until
from gateway_suite import PASSWORD, GatewaySuite, Stream


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as made:
        yield made


@pytest.fixture
def inbox(suite):
    return suite.make_inbox()["id"]


@pytest.fixture
def agent(suite, inbox):
    return suite.make_agent(inboxes=[inbox])


def give(suite, conversation, agent):
    answer = suite.admin.post(f"/conversations/{conversation['id']}/assign", {"agent_id": agent and agent.agent["id"]})
    assert answer.status == 200, answer.body
    return answer.json


def note(suite, conversation, text="noted"):
    answer = suite.admin.post(f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": text})
    assert answer.status == 201, answer.body
    return answer.json


def settle(suite, stream):
    """Everything that has happened so far has been dealt with on this stream."""
    stream.wait_cursor(suite.admin.get("/inboxes").json["cursor"])


def expected_events(suite, conversation):
    """The ids clients may see of a conversation, in log order."""
    return [e.id for e in suite.log("conversation_id = %s", conversation) if e.type in (
        "conversation.opened", "conversation.reopened", "conversation.queued", "conversation.assigned", "conversation.status_changed",
        "conversation.moved", "conversation.customer_changed", "interaction.started", "interaction.ended", "visitor.presence_changed",
        "message.attached", "message.sent", "message.failed", "message.read")]


# ---- what is shown ----

def test_a_mail_shows_on_its_agents_screen(suite, inbox, agent):
    stream = suite.stream(agent).wait_ready()
    conversation = suite.make_conversation(inbox, text="First   words\nof it")
    give(suite, conversation, agent)
    assigned = stream.wait_event("conversation.assigned", conversation_id=conversation["id"])
    assert assigned["data"] == {"conversation_id": conversation["id"], "assignee_id": agent.agent["id"], "previous_assignee_id": None,
                                "team_id": None, "previous_team_id": None,
                                "by_agent_id": suite.admin.get("/session").json["agent"]["id"]}
    written = note(suite, conversation)
    attached = stream.wait_event("message.attached", message_id=written["id"])
    assert (attached["inbox_id"], attached["data"]["kind"], attached["data"]["direction"], attached["data"]["preview"]) == (inbox, "note", None, "noted")
    assert isinstance(attached["version"], int) and attached["occurred_at"].endswith("Z")


def test_scope_all_shows_every_conversation_of_the_inboxes_and_no_other(suite, inbox, agent):
    stream = suite.stream(agent, scope="all").wait_ready()
    foreign = suite.make_conversation(suite.make_inbox()["id"])
    own = suite.make_conversation(inbox)
    stream.wait_event("conversation.opened", conversation_id=own["id"])
    note(suite, foreign)
    settle(suite, stream)
    assert {event["conversation_id"] for event in stream.events if event["conversation_id"]} == {own["id"]}
    assert [event["id"] for event in stream.events if event["conversation_id"]] == expected_events(suite, own["id"])


def test_scope_mine_shows_what_is_mine_or_open(suite, inbox, agent):
    mine, opened, other = (suite.make_conversation(inbox) for _ in range(3))
    give(suite, mine, agent)
    stream = suite.stream(agent, scope="mine").wait_ready()
    stream.send({"watch": [opened["id"], "not a uuid", opened["id"]]})
    time.sleep(0.2)
    for conversation in (mine, opened, other):
        note(suite, conversation)
    settle(suite, stream)
    assert [event["conversation_id"] for event in stream.events] == [mine["id"], opened["id"]]
    stream.send({"watch": []})
    time.sleep(0.2)
    note(suite, opened)
    settle(suite, stream)
    assert len(stream.events) == 2


def test_opening_a_foreign_conversation_shows_nothing_of_it(suite, agent):
    foreign = suite.make_conversation(suite.make_inbox()["id"])
    stream = suite.stream(agent).wait_ready()
    stream.send({"watch": [foreign["id"]], "cursor": stream.cursor})
    time.sleep(0.2)
    note(suite, foreign)
    give(suite, foreign, None)
    settle(suite, stream)
    assert stream.events == [] and not any("left" in frame for frame in stream.frames)


def test_what_happened_between_reading_and_opening_is_told(suite, inbox, agent):
    conversation = suite.make_conversation(inbox)
    read = agent.get(f"/conversations/{conversation['id']}").json
    stream = suite.stream(agent).wait_ready()
    missed = note(suite, conversation)
    settle(suite, stream)
    assert stream.events == []
    stream.send({"watch": [conversation["id"]], "cursor": read["cursor"]})
    stream.wait_event("message.attached", message_id=missed["id"])
    settle(suite, stream)
    assert [event["data"]["message_id"] for event in stream.events] == [missed["id"]]


def test_presence_and_records_reach_those_who_may_know(suite, inbox, agent):
    lead = suite.stream(suite.make_agent("supervisor", [inbox])).wait_ready()
    outsider = suite.stream(suite.make_agent(inboxes=[suite.make_inbox()["id"]])).wait_ready()
    colleague = suite.stream(suite.make_agent(inboxes=[inbox])).wait_ready()
    chief = suite.stream(suite.admin).wait_ready()
    agent.put("/presence", {"status": "busy"})
    suite.admin.patch(f"/agents/{agent.agent['id']}", {"name": "Renamed"})
    suite.admin.patch(f"/inboxes/{inbox}", {"name": "Renamed too"})
    for stream in (lead, outsider, colleague, chief):
        settle(suite, stream)
    seen = {name: {event["type"] for event in stream.events if agent.agent["id"] in json.dumps(event) or event["inbox_id"] == inbox}
            for name, stream in (("lead", lead), ("outsider", outsider), ("colleague", colleague), ("chief", chief))}
    assert seen == {"lead": {"presence.changed", "agent.updated", "inbox.updated"}, "outsider": set(),
                    "colleague": {"presence.changed", "inbox.updated"}, "chief": {"presence.changed", "agent.updated", "inbox.updated"}}
    assert lead.wait_event("presence.changed", agent_id=agent.agent["id"])["data"] == {
        "agent_id": agent.agent["id"], "presence": "busy", "previous": "offline", "expired": False}


def test_nothing_between_services_is_shown(suite, inbox):
    stream = suite.stream(suite.admin, scope="all").wait_ready()
    conversation = suite.make_conversation(inbox)
    suite.admin.post(f"/conversations/{conversation['id']}/messages", {"kind": "reply", "text": "secret-canary in the text"})
    give(suite, conversation, None)
    settle(suite, stream)
    assert not {event["type"] for event in stream.events} & {
        "message.received", "message.identified", "message.submitted", "reply.requested", "assignment.requested", "request.done", "customer.created"}


# ---- what leaves ----

def test_a_conversation_given_away_leaves_the_screen(suite, inbox, agent):
    other = suite.make_agent(inboxes=[inbox])
    conversation = suite.make_conversation(inbox)
    give(suite, conversation, agent)
    first, second = suite.stream(agent).wait_ready(), suite.stream(other).wait_ready()
    give(suite, conversation, other)
    first.wait_frame(lambda frame: frame.get("left") == conversation["id"])
    second.wait_event("conversation.assigned", conversation_id=conversation["id"])
    note(suite, conversation)
    settle(suite, first)
    assert first.events == []


def test_given_away_and_back_at_once_it_is_there_in_the_end(suite, inbox, agent):
    conversation = suite.make_conversation(inbox)
    give(suite, conversation, agent)
    stream = suite.stream(agent).wait_ready()
    for _ in range(3):
        give(suite, conversation, None)
        give(suite, conversation, agent)
    settle(suite, stream)
    order = ["left" if "left" in frame else event["type"] for frame in stream.frames if "left" in frame or "events" in frame
             for event in frame.get("events", [None])]
    assert order == ["left", "conversation.assigned"] * 3 and stream.events[-1]["data"]["assignee_id"] == agent.agent["id"]


def test_with_the_inbox_goes_what_was_seen_of_it(suite, inbox, agent):
    mine, opened = suite.make_conversation(inbox), suite.make_conversation(inbox)
    give(suite, mine, agent)
    stream, broad = suite.stream(agent).wait_ready(), suite.stream(agent, scope="all").wait_ready()
    stream.send({"watch": [opened["id"]]})
    time.sleep(0.2)
    suite.admin.patch(f"/agents/{agent.agent['id']}", {"inboxes": []})
    stream.wait_frame(lambda frame: frame.get("left") == mine["id"])
    stream.wait_frame(lambda frame: frame.get("left") == opened["id"])
    broad.wait_frame(lambda frame: frame.get("resync"))
    note(suite, mine)
    note(suite, opened)
    for each in (stream, broad):
        settle(suite, each)
        assert not any(event["type"] == "message.attached" for event in each.events)
    suite.admin.patch(f"/agents/{agent.agent['id']}", {"inboxes": [inbox]})
    note(suite, opened)
    stream.wait_event("message.attached", conversation_id=opened["id"])
    broad.wait_event("message.attached", conversation_id=opened["id"])


# ---- cursors ----

def test_from_the_cursor_of_a_read_nothing_is_missing_and_nothing_twice(suite, inbox, agent):
    conversation = suite.make_conversation(inbox)
    give(suite, conversation, agent)
    read = agent.get(f"/conversations/{conversation['id']}/timeline").json
    known = len(read["items"])
    written = [note(suite, conversation, f"n{n}")["id"] for n in range(5)]
    stream = suite.stream(agent, cursor=read["cursor"])
    stream.wait_event("message.attached", message_id=written[-1])
    written.append(note(suite, conversation)["id"])
    stream.wait_event("message.attached", message_id=written[-1])
    attached = [event["data"] for event in stream.events if event["type"] == "message.attached"]
    assert [data["message_id"] for data in attached] == written
    assert [data["sequence"] for data in attached] == list(range(known + 1, known + 7))


def test_coming_and_going_at_random_a_client_sees_each_event_once_and_in_order(suite, inbox):
    seed = seed_of_run()
    chance = random.Random(seed)
    agents = [suite.make_agent(inboxes=[inbox]) for _ in range(2)]
    conversations = [suite.make_conversation(inbox) for _ in range(4)]
    start = suite.admin.get("/inboxes").json["cursor"]
    seen, cursor = [], start
    for _ in range(12):
        stream = suite.stream(agents[0], scope="all", cursor=cursor)
        for _ in range(chance.randrange(6)):
            conversation = chance.choice(conversations)
            chance.choice([lambda c: note(suite, c), lambda c: give(suite, c, chance.choice(agents))])(conversation)
        if chance.random() < 0.7:
            stream.wait_ready()
        stream.close()
        seen += [event["id"] for event in stream.events]
        cursor = stream.cursor or cursor
        for _ in range(chance.randrange(4)):
            note(suite, chance.choice(conversations))
    stream = suite.stream(agents[0], scope="all", cursor=cursor)
    settle(suite, stream)
    seen += [event["id"] for event in stream.events]
    xid, number = int(start.split(".")[1][:16], 16), int(start.split(".")[1][16:], 16)
    log = [e.id for e in suite.log("(xid, id) > (%s::text::xid8, %s)", str(xid), number)
           if e.type.split(".")[0] in ("conversation", "interaction", "message") and e.type not in ("message.received", "message.identified", "message.submitted")]
    assert seen == log, f"HILO_SEED={seed}"


def test_what_is_older_than_the_ring_comes_from_the_log(suite, inbox, agent):
    """A fresh gateway's ring holds nothing of before its start."""
    conversation = suite.make_conversation(inbox)
    give(suite, conversation, agent)
    cursor = agent.get("/conversations").json["cursor"]
    foreign = suite.make_conversation(suite.make_inbox()["id"])
    written = []
    for n in range(30):
        written.append(note(suite, conversation, f"n{n}")["id"])
        note(suite, foreign)
    # what nobody may see fills several pages
    suite.sql("INSERT INTO bus.event (key_hash, type, key, occurred_at, payload) SELECT 0, 'test.noise', 'x', now(), '' FROM generate_series(1, 6000)")
    written.append(note(suite, conversation, "last")["id"])
    gateway = suite.start_gateway()
    client = agent.clone()
    client.url = gateway.url
    stream = suite.stream(client, cursor=cursor)
    stream.wait_event("message.attached", message_id=written[-1])
    written.append(note(suite, conversation, "live")["id"])
    stream.wait_event("message.attached", message_id=written[-1])
    assert [event["data"]["message_id"] for event in stream.events if event["type"] == "message.attached"] == written
    assert {event["conversation_id"] for event in stream.events if event["conversation_id"]} == {conversation["id"]}
    gateway.stop()


def test_a_cursor_ahead_of_this_replica_waits_for_its_turn(suite, inbox, agent):
    """Nothing at or below the cursor is sent, whatever the replica has read so far."""
    conversation = suite.make_conversation(inbox)
    give(suite, conversation, agent)
    for _ in range(10):
        note(suite, conversation)
        cursor = agent.get("/conversations").json["cursor"]
        stream = suite.stream(agent, cursor=cursor)
        last = note(suite, conversation)
        stream.wait_event("message.attached", message_id=last["id"])
        assert [event["data"]["message_id"] for event in stream.events] == [last["id"]]
        stream.close()


def test_a_cursor_of_another_epoch_or_below_what_is_kept_means_resync(suite, inbox, agent):
    now = agent.get("/conversations").json["cursor"]
    epoch, place = now.split(".")
    suite.stream(agent, cursor=f"{int(epoch, 16) ^ 1:x}.{place}").wait_frame(lambda frame: frame.get("resync"))
    suite.sql(f"UPDATE bus.floor SET xid = '{int(place[:16], 16)}', id = {int(place[16:], 16)}")
    gateway = suite.start_gateway()  # its ring does not reach back that far
    client = agent.clone()
    client.url = gateway.url
    try:
        stream = suite.stream(client, cursor=f"{epoch}.{1:016x}{1:016x}")
        stream.wait_frame(lambda frame: frame.get("resync"))
        conversation = suite.make_conversation(inbox)
        give(suite, conversation, agent)
        stream.wait_event("conversation.assigned", conversation_id=conversation["id"])
    finally:
        suite.sql("UPDATE bus.floor SET xid = '0', id = 0")
        gateway.stop()


def test_while_everything_is_hidden_the_cursor_moves(suite, agent):
    stream = suite.stream(agent).wait_ready()
    foreign = suite.make_conversation(suite.make_inbox()["id"])
    note(suite, foreign)
    cursor = suite.admin.get("/inboxes").json["cursor"]
    stream.wait_cursor(cursor, limit_s=3)
    assert stream.events == []


@pytest.mark.parametrize("query", [{"scope": "some"}, {"cursor": "x"}, {"cursor": "1.2"}, {"cursor": "g." + "0" * 32}])
def test_bad_queries_are_refused(suite, agent, query):
    assert suite.stream(agent, **query).status == 400


# ---- signing in, and out ----

def test_nobody_and_wrong_tokens_are_shown_the_door(suite):
    assert [suite.stream_of({"auth": "x" * n}).wait_closed() for n in (0, 43, 300)] == [4401] * 3
    for frame in ({"watch": []}, {"auth": 1}, "nonsense", "[]", '{"auth":"a","auth":"b"}'):
        assert suite.stream_of(frame).wait_closed() == 4401


def test_who_stays_silent_is_closed_after_ten_seconds(suite):
    began = time.monotonic()
    assert suite.stream_of(None).wait_closed(15) == 4401
    assert 9 < time.monotonic() - began < 13


def test_the_cookie_counts_with_the_right_origin_only(suite, agent):
    headers = {"Cookie": f"hilo_session={agent.token}"}
    assert suite.keep(Stream(suite.url, None, {}, {**headers, "Origin": suite.url})).wait_ready()
    assert suite.keep(Stream(suite.url, None, {}, {**headers, "Origin": "https://evil.example"})).status == 403
    assert suite.keep(Stream(suite.url, None, {}, headers)).wait_closed(15) == 4401, "without an Origin the cookie is not looked at"
    assert suite.keep(Stream(suite.url, None, {}, {"Authorization": f"Bearer {agent.token}"})).wait_ready()


@pytest.mark.parametrize("way", ["cookie", "auth"])
def test_what_is_said_while_the_session_is_looked_up_counts(suite, inbox, agent, way):
    """Browsers say what they have open as soon as they are connected, however long the gateway takes to know them."""
    opened, other = suite.make_conversation(inbox), suite.make_conversation(inbox)
    headers = {"Cookie": f"hilo_session={agent.token}", "Origin": suite.url} if way == "cookie" else {}
    with suite.connect() as slow, slow.transaction():
        slow.execute("LOCK TABLE staff.session")
        stream = suite.keep(Stream(suite.url, {"auth": agent.token} if way == "auth" else None, {"scope": "mine"}, headers))
        stream.send({"typing": {"conversation_id": opened["id"], "active": True}})
        stream.send({"watch": [opened["id"]]})
        time.sleep(0.5)
        assert (stream.frames, stream.close_code) == ([], None)
    stream.wait_ready()
    for conversation in (other, opened):
        note(suite, conversation)
    settle(suite, stream)
    assert [event["conversation_id"] for event in stream.events] == [opened["id"]]


def test_a_session_that_ends_ends_its_streams(suite):
    agent = suite.make_agent()
    elsewhere = suite.api.sign_in(agent.agent["email"], PASSWORD)
    first, second, other = suite.stream(agent).wait_ready(), suite.stream(agent, scope="all").wait_ready(), suite.stream(elsewhere).wait_ready()
    agent.delete("/session")
    assert first.wait_closed(2) == second.wait_closed(2) == 4401
    suite.sql(f"DELETE FROM staff.session WHERE agent_id = '{agent.agent['id']}'")  # as on another replica
    assert other.wait_closed(8) == 4401


def test_a_deactivated_agent_is_cut_at_once(suite):
    agent = suite.make_agent()
    stream = suite.stream(agent).wait_ready()
    suite.admin.patch(f"/agents/{agent.agent['id']}", {"active": False})
    assert stream.wait_closed(2) == 4401


# ---- what clients say ----

@pytest.mark.parametrize("frame", ["[]", "{}", "x", '{"watch":5}', '{"watch":{}}', json.dumps({"watch": ["x"] * 201}), '{"watch":[],"cursor":"x"}', '{"hello":1}'])
def test_frames_that_mean_nothing_close(suite, agent, frame):
    stream = suite.stream(agent).wait_ready()
    stream.send(frame)
    assert stream.wait_closed() == 1008


def test_too_many_or_too_large_frames_close(suite, agent):
    stream = suite.stream(agent).wait_ready()
    stream.send(json.dumps({"watch": ["x" * 70000]}))
    assert stream.wait_closed() == 1009
    flood = suite.stream(agent).wait_ready()
    with contextlib.suppress(ConnectionError):
        for _ in range(500):
            flood.send({"watch": []})
    assert flood.wait_closed() == 1008


def test_typing_reaches_those_who_have_it_open_and_may(suite, inbox, agent):
    conversation = suite.make_conversation(inbox)
    watcher, outsider = suite.make_agent(inboxes=[inbox]), suite.make_agent(inboxes=[suite.make_inbox()["id"]])
    streams = {name: suite.stream(client).wait_ready() for name, client in (("typist", agent), ("watcher", watcher), ("outsider", outsider))}
    for stream in streams.values():
        stream.send({"watch": [conversation["id"]]})
    time.sleep(0.3)

    def heard(name, active):
        return any(frame.get("typing", {}).get("active") is active for frame in streams[name].frames)
    for active in (True, False):
        streams["typist"].send({"typing": {"conversation_id": conversation["id"], "active": active}})
        wait_until(lambda: heard("watcher", active), 5, "the watcher hears it")
    said = next(frame["typing"] for frame in streams["watcher"].frames if "typing" in frame)
    assert said == {"conversation_id": conversation["id"], "author": {"type": "agent", "id": agent.agent["id"], "name": agent.agent["name"]}, "active": True}
    streams["outsider"].send({"typing": {"conversation_id": conversation["id"], "active": True}})
    time.sleep(0.5)
    assert not any("typing" in frame for name in ("typist", "outsider") for frame in streams[name].frames)
    assert sum("typing" in frame for frame in streams["watcher"].frames) == 2


# ---- under load ----

def test_a_client_that_does_not_read_is_cut_and_the_others_are_not(suite, inbox, agent):
    """Its queue is bounded; with its cursor it finds everything later."""
    conversation = suite.make_conversation(inbox)
    give(suite, conversation, agent)
    cursor = agent.get("/conversations").json["cursor"]
    slow = suite.raw_stream(agent)
    fast = suite.stream(agent).wait_ready()
    events = suite.flood(conversation["id"], inbox, agent.agent["id"], 20000)
    wait_until(lambda: len(fast.events) >= events, 60, f"{events} events arrive")
    assert slow.is_cut(30)
    late = suite.stream(agent, cursor=cursor)
    wait_until(lambda: len(late.events) >= events, 60, "they are found later")
    assert [e["id"] for e in late.events] == [e["id"] for e in fast.events]


def test_too_much_missed_means_resync(suite, inbox, agent):
    cursor = agent.get("/conversations").json["cursor"]
    suite.sql("INSERT INTO bus.event (key_hash, type, key, occurred_at, payload) SELECT 0, 'test.noise', 'x', now(), '' FROM generate_series(1, 210000)")
    gateway = suite.start_gateway()
    client = agent.clone()
    client.url = gateway.url
    suite.stream(client, cursor=cursor).wait_frame(lambda frame: frame.get("resync"), limit_s=30)
    gateway.stop()


def test_going_down_the_gateway_says_so(suite, agent):
    gateway = suite.start_gateway()
    client = agent.clone()
    client.url = gateway.url
    stream = suite.stream(client).wait_ready()
    gateway.stop()
    assert stream.wait_closed() == 1012
