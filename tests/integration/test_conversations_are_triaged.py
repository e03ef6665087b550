"""What agents do about a conversation's place - tags, priority, teams, inboxes, sending and resolving, trying again -, as the API and
the sockets of everybody concerned show it."""
import datetime
import secrets

import pytest

from bus_suite import wait_until
from email_suite import SmtpServer
from gateway_suite import GatewaySuite
from ports import free_port


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as made:
        made.first, made.second = made.make_inbox()["id"], made.make_inbox()["id"]
        made.eve = made.make_agent(inboxes=[made.first], name="Eve")
        made.bo = made.make_agent(inboxes=[made.first, made.second], name="Bo")
        made.sam = made.make_agent(inboxes=[made.second], name="Sam")
        yield made


@pytest.fixture
def conversation(suite):
    return suite.make_conversation(suite.first)


def tag(suite):
    name = f"tag {secrets.token_hex(4)}"
    assert suite.admin.post("/tags", {"name": name}).status == 201
    return name


def soon(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat()


def left(conversation):
    return lambda frame: frame.get("left") == conversation["id"]


# ---- triage ----

def test_triage_is_seen_by_everybody_at_once(suite, conversation):
    refund, vip = tag(suite), tag(suite)
    stream = suite.stream(suite.eve, scope="all").wait_ready()
    answer = suite.bo.post(f"/conversations/{conversation['id']}/triage",
                           {"priority": "urgent", "tags": {"add": [refund, vip.upper()]}, "subject": "Broken shade"})
    assert answer.status == 200
    assert (answer.json["priority"], answer.json["tags"], answer.json["subject"]) == ("urgent", [refund, vip], "Broken shade")
    told = stream.wait_event("conversation.triaged", conversation_id=conversation["id"])
    assert told["data"] == {"conversation_id": conversation["id"], "priority": "urgent", "tags": [refund, vip], "subject": "Broken shade",
                            "by_agent_id": suite.bo.agent["id"]}
    answer = suite.eve.post(f"/conversations/{conversation['id']}/triage", {"tags": {"remove": [refund]}})
    assert (answer.json["priority"], answer.json["tags"], answer.json["subject"]) == ("urgent", [vip], "Broken shade")


@pytest.mark.parametrize("body", [
    {}, {"priority": "extreme"}, {"priority": None}, {"tags": []}, {"tags": {"add": ["no such tag"]}}, {"tags": {"add": "x"}}, {"tags": {"add": [7]}},
    {"tags": {"add": [f"t{n}" for n in range(21)]}}, {"subject": None}, {"subject": "x" * 501}, {"subject": "two\nlines"}])
def test_triage_takes_nothing_else(suite, conversation, body):
    answer = suite.eve.post(f"/conversations/{conversation['id']}/triage", body)
    assert (answer.status, answer.code) == (422, "invalid_field")


def test_twenty_tags_are_enough(suite, conversation):
    tags = [tag(suite) for _ in range(21)]
    assert suite.eve.post(f"/conversations/{conversation['id']}/triage", {"tags": {"add": tags[:20]}}).status == 200
    answer = suite.eve.post(f"/conversations/{conversation['id']}/triage", {"priority": "low", "tags": {"add": tags[20:]}})
    assert (answer.status, answer.code) == (409, "too_many_tags")
    assert suite.eve.get(f"/conversations/{conversation['id']}").json["priority"] == "normal"


def test_a_version_that_is_not_the_newest_is_refused(suite, conversation):
    path, headers = f"/conversations/{conversation['id']}/triage", {"If-Match": str(conversation["version"])}
    assert suite.eve.post(path, {"priority": "low"}, headers=headers).status == 200
    answer = suite.eve.post(path, {"priority": "high"}, headers=headers)
    assert (answer.status, answer.code) == (409, "stale_version")


# ---- teams ----

def test_a_team_gets_it(suite, conversation):
    team = suite.admin.post("/teams", {"name": f"Team {secrets.token_hex(4)}", "member_ids": [suite.bo.agent["id"]]}).json
    stream = suite.stream(suite.eve, scope="all").wait_ready()
    answer = suite.eve.post(f"/conversations/{conversation['id']}/assign", {"agent_id": None, "team_id": team["id"]})
    assert (answer.status, answer.json["team_id"], answer.json["assignee"]) == (200, team["id"], None)
    assert stream.wait_event("conversation.assigned", conversation_id=conversation["id"])["data"]["team_id"] == team["id"]
    # it waits for a member: Eve takes work, but not theirs
    suite.eve.put("/presence", {"status": "available"})
    suite.bo.put("/presence", {"status": "available"})
    wait_until(lambda: (suite.eve.get(f"/conversations/{conversation['id']}").json["assignee"] or {}).get("id") == suite.bo.agent["id"], 10,
               "a member gets it")
    answer = suite.eve.post(f"/conversations/{conversation['id']}/assign", {"agent_id": suite.eve.agent["id"]})
    assert answer.json["team_id"] == team["id"]
    answer = suite.eve.post(f"/conversations/{conversation['id']}/assign", {"agent_id": suite.eve.agent["id"], "team_id": None})
    assert answer.json["team_id"] is None
    suite.admin.patch(f"/teams/{team['id']}", {"active": False})
    for unknown in (team["id"], suite.first):
        answer = suite.eve.post(f"/conversations/{conversation['id']}/assign", {"agent_id": None, "team_id": unknown})
        assert (answer.status, answer.code) == (422, "invalid_field")
    for client in (suite.eve, suite.bo):
        client.put("/presence", {"status": "away"})


def test_skills_and_limits_of_channels_are_known_to_routing(suite):
    word = secrets.token_hex(4)
    inbox = suite.make_inbox(skills=[word])["id"]
    agent = suite.make_agent(inboxes=[inbox])
    assert suite.admin.patch(f"/agents/{agent.agent['id']}", {"channel_capacity": {"email": 1}}).status == 200
    agent.put("/presence", {"status": "available"})
    first = suite.make_conversation(inbox)
    assert suite.admin.get(f"/conversations/{first['id']}").json["assignee"] is None
    assert suite.admin.patch(f"/agents/{agent.agent['id']}", {"skills": [word]}).status == 200
    wait_until(lambda: suite.admin.get(f"/conversations/{first['id']}").json["assignee"], 10, "who learned it gets it")
    second = suite.make_conversation(inbox)
    stays = suite.conversation_of(suite.mail_in(suite.first, "later@customers.example"))  # by then a tick has looked
    assert stays and suite.admin.get(f"/conversations/{second['id']}").json["assignee"] is None
    assert suite.admin.patch(f"/agents/{agent.agent['id']}", {"channel_capacity": {"email": 2}}).status == 200
    wait_until(lambda: suite.admin.get(f"/conversations/{second['id']}").json["assignee"], 10, "there is room for it")
    agent.put("/presence", {"status": "away"})


# ---- inboxes ----

def test_who_loses_sight_of_it_is_told_that_it_left(suite, conversation):
    other = suite.make_conversation(suite.first)
    streams = {who: suite.stream(client, scope="all").wait_ready() for who, client in (("eve", suite.eve), ("bo", suite.bo), ("sam", suite.sam))}
    watching = suite.stream(suite.eve, scope="mine").wait_ready()
    watching.send({"watch": [conversation["id"]]})
    watching.wait_frame(lambda frame: "watching" in frame or "cursor" in frame)
    suite.eve.post(f"/conversations/{conversation['id']}/assign", {"agent_id": suite.eve.agent["id"]})
    watching.wait_event("conversation.assigned", conversation_id=conversation["id"])
    answer = suite.bo.post(f"/conversations/{conversation['id']}/inbox", {"inbox_id": suite.second})
    assert (answer.status, answer.json["inbox_id"], answer.json["assignee"]) == (200, suite.second, None)
    for who in ("bo", "sam"):
        changed = streams[who].wait_event("conversation.inbox_changed", conversation_id=conversation["id"])
        assert (changed["inbox_id"], changed["data"]["previous_inbox_id"]) == (suite.second, suite.first)
    assert not any(left(conversation)(frame) for who in ("bo", "sam") for frame in streams[who].frames)
    streams["eve"].wait_frame(left(conversation))
    watching.wait_frame(left(conversation))
    assert suite.eve.get(f"/conversations/{conversation['id']}").status == 404
    # nothing that happens there afterwards reaches her
    suite.sam.post(f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": "secret"})
    suite.sam.post(f"/conversations/{conversation['id']}/triage", {"priority": "low"})
    suite.bo.post(f"/conversations/{other['id']}/triage", {"priority": "low"})
    streams["eve"].wait_event("conversation.triaged", conversation_id=other["id"])
    seen = [event for event in streams["eve"].events if event["conversation_id"] == conversation["id"]]
    assert {event["inbox_id"] for event in seen} <= {suite.first} and "secret" not in str(streams["eve"].frames)
    assert [event for event in watching.events if event["type"] == "conversation.inbox_changed"] == []


def test_who_was_away_meanwhile_is_told_as_well(suite, conversation):
    cursor = suite.eve.get(f"/conversations/{conversation['id']}").json["cursor"]
    assert suite.bo.post(f"/conversations/{conversation['id']}/inbox", {"inbox_id": suite.second}).status == 200
    stream = suite.stream(suite.eve, scope="all", cursor=cursor)
    stream.wait_frame(left(conversation))
    assert [event for event in stream.events if event["type"] == "conversation.inbox_changed"] == []


def test_it_goes_only_to_an_inbox_of_its_channel_that_the_asker_has(suite, conversation):
    chat = suite.make_chat_inbox()["id"]
    off = suite.make_inbox()["id"]
    suite.admin.patch(f"/inboxes/{off}", {"active": False})
    foreign = suite.make_inbox()["id"]
    for client, inbox in ((suite.admin, chat), (suite.admin, off), (suite.bo, foreign), (suite.eve, suite.second),
                          (suite.admin, conversation["id"]), (suite.admin, None)):
        answer = client.post(f"/conversations/{conversation['id']}/inbox", {"inbox_id": inbox})
        assert (answer.status, answer.code) == (422, "invalid_field")
    assert suite.sam.post(f"/conversations/{conversation['id']}/inbox", {"inbox_id": suite.second}).status == 404


# ---- sending and what comes then; notes that name somebody ----

def test_send_and_resolve(suite, conversation):
    answer = suite.eve.post(f"/conversations/{conversation['id']}/messages", {"kind": "reply", "text": "Done.", "then": "resolve"})
    assert (answer.status, answer.json["text"]) == (201, "Done.")
    now = suite.eve.get(f"/conversations/{conversation['id']}").json
    assert (now["status"], now["last_message"]["preview"]) == ("resolved", "Done.")


def test_send_and_snooze_until_a_time_or_until_the_customer_writes(suite):
    address = f"{secrets.token_hex(4)}@customers.example"
    dated, open_ended = suite.make_conversation(suite.first), suite.make_conversation(suite.first, address=address)
    stream = suite.stream(suite.bo, scope="all").wait_ready()
    assert suite.eve.post(f"/conversations/{dated['id']}/messages",
                          {"kind": "reply", "text": "Soon.", "then": "snooze", "until": soon(2)}).status == 201
    assert suite.eve.post(f"/conversations/{open_ended['id']}/messages", {"kind": "note", "text": "Later.", "then": "snooze"}).status == 201
    snoozed = suite.eve.get(f"/conversations/{dated['id']}").json
    assert snoozed["status"] == "snoozed" and snoozed["snoozed_until"]
    stream.wait_event("conversation.status_changed", conversation_id=dated["id"], status="open")
    assert suite.eve.get(f"/conversations/{dated['id']}").json["snoozed_until"] is None
    now = suite.eve.get(f"/conversations/{open_ended['id']}").json
    assert (now["status"], now["snoozed_until"]) == ("snoozed", None)
    suite.mail_in(suite.first, address, subject=f"Re: [#{open_ended['ref']}]")
    stream.wait_event("conversation.reopened", conversation_id=open_ended["id"])
    assert suite.eve.get(f"/conversations/{open_ended['id']}").json["status"] == "open"


@pytest.mark.parametrize("more", [
    {"then": "open"}, {"then": ""}, {"then": "resolve", "until": soon(60)}, {"until": soon(60)}, {"then": "snooze", "until": "2020-01-01T00:00:00Z"},
    {"then": "snooze", "until": "tomorrow"}, {"mentions": [secrets.token_hex(16)]}, {"mentions": ["01900000-0000-7000-8000-000000000000"]}])
def test_a_message_takes_nothing_else(suite, conversation, more):
    answer = suite.eve.post(f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": "Hm", **more})
    assert (answer.status, answer.code) == (422, "invalid_field")


def test_a_note_names_colleagues_who_have_the_inbox(suite, conversation):
    path, stream = f"/conversations/{conversation['id']}/messages", suite.stream(suite.bo, scope="all").wait_ready()
    answer = suite.eve.post(path, {"kind": "note", "text": "@Bo, can you?", "mentions": [suite.bo.agent["id"]]})
    assert answer.status == 201
    told = stream.wait_event("message.attached", message_id=answer.json["id"])
    assert told["data"]["mentions"] == [suite.bo.agent["id"]]
    for body in ({"kind": "note", "text": "@Sam", "mentions": [suite.sam.agent["id"]]},
                 {"kind": "reply", "text": "@Bo", "mentions": [suite.bo.agent["id"]]},
                 {"kind": "note", "text": "@all", "mentions": [suite.bo.agent["id"]] * 21}):
        answer = suite.eve.post(path, body)
        assert (answer.status, answer.code) == (422, "invalid_field")


# ---- trying again ----

def delivery(suite, conversation, message):
    entries = suite.eve.get(f"/conversations/{conversation['id']}/timeline").json["items"]
    return next(entry["delivery"] for entry in entries if entry["id"] == message)


def test_a_message_that_failed_is_tried_again(suite):
    address = f"{secrets.token_hex(4)}@customers.example"
    conversation = suite.make_conversation(suite.first, address=address)
    answers = iter(["550 5.2.2 mailbox full"])
    with SmtpServer(lambda recipient: next(answers, None) if recipient == address else None) as smtp:
        daemon = suite.daemon("email", HILO_LMTP_ADDRESS=f"127.0.0.1:{free_port()}", HILO_MAIL_HOSTNAME="suite.example", HILO_MAIL_AUTHSERV="mx.suite.example",
                     HILO_FILES=str(suite.folder / "files"), HILO_SEAL_KEY=suite.seal_key, HILO_SMTP_URL=smtp.url)
        message = suite.eve.post(f"/conversations/{conversation['id']}/messages", {"kind": "reply", "text": "Dear Ann"}).json["id"]
        wait_until(lambda: delivery(suite, conversation, message)["state"] == "failed", 20, "it fails", daemon)
        stream = suite.stream(suite.bo, scope="all").wait_ready()
        path = f"/conversations/{conversation['id']}/messages/{message}/retry"
        answer = suite.eve.post(path)
        assert (answer.status, answer.json["id"]) == (200, message)
        told = stream.wait_event("message.retried", message_id=message)
        assert (told["data"]["by_agent_id"], told["inbox_id"]) == (suite.eve.agent["id"], suite.first)
        stream.wait_event("message.sent", message_id=message)
        assert delivery(suite, conversation, message) == {"state": "sent", "reason": None}
        assert [m[2]["Message-ID"].strip("<>") for m in smtp.mails if m[1] == address] == [
            suite.query("SELECT rfc_message_id FROM routing.message WHERE id = %s", message)[0][0]]
        answer = suite.eve.post(path)
        assert (answer.status, answer.code) == (409, "not_failed")
        assert suite.eve.post(f"/conversations/{suite.make_conversation(suite.first)['id']}/messages/{message}/retry").status == 404
        assert suite.sam.post(path).status == 404
