"""A conversation over chat and mail, as agents see it: its interactions, its moves in the timeline, where the customer is reached,
what they have seen, whether they are there. Moves are written here as routing writes them."""
import datetime
import hashlib
import secrets
import signal
import threading
import time
import uuid

import pytest
import zmq

from bus_suite import wait_until
from gateway_suite import GatewaySuite


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as made:
        yield made


@pytest.fixture(scope="module")
def mail(suite):
    return suite.make_inbox()["id"]


@pytest.fixture(scope="module")
def shop(suite, mail):
    return suite.make_chat_inbox(mail_inbox_id=mail)["id"]


@pytest.fixture
def chat(suite, shop):
    return suite.make_chat(shop)


@pytest.fixture
def frozen(suite):
    """Routing does nothing: the test does its work."""
    routing = suite.daemons["routing"]
    routing.signal(signal.SIGSTOP)
    yield routing
    routing.signal(signal.SIGCONT)


def at(seconds):
    return datetime.datetime(2100, 1, 2, 3, 0, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=seconds)


def point(suite, conversation, channel="email", address=None, level=3):
    """One more contact point of the conversation's customer."""
    number, address = str(uuid.uuid4()), address or f"{secrets.token_hex(4)}@customers.example"
    suite.execute("INSERT INTO identity.contact_point (id, channel, address, customer_id, level) VALUES (%s, %s, %s, %s, %s)",
                  number, channel, address, conversation["customer"]["id"], level)
    return number, address


def move(suite, conversation, to, inbox, contact_point, reason, by=None, seconds=0):
    """Returns: the move's id and that of the interaction it leads to."""
    line, target = str(uuid.uuid4()), str(uuid.uuid4())
    with suite.gateway.transaction():
        source, channel, sequence = suite.gateway.execute(
            "SELECT interaction_id, channel, sequence FROM routing.conversation WHERE id = %s", (conversation["id"],)).fetchone()
        suite.execute("UPDATE routing.interaction SET ended_at = %s WHERE id = %s", at(seconds), source)
        suite.execute("INSERT INTO routing.interaction (id, conversation_id, channel, inbox_id, contact_point_id, started_at) VALUES (%s, %s, %s, %s, %s, %s)",
                      target, conversation["id"], to, inbox, contact_point, at(seconds))
        suite.execute("INSERT INTO routing.message (id, conversation_id, inbox_id, author_type, author_name, text, created_at) "
                      "VALUES (%s, %s, %s, 'system', '', 'It goes on.', %s)", line, conversation["id"], inbox, at(seconds))
        suite.execute("INSERT INTO routing.entry (conversation_id, sequence, message_id, interaction_id, kind, created_at) VALUES (%s, %s, %s, %s, 'system', %s)",
                      conversation["id"], sequence + 1, line, target, at(seconds))
        suite.execute("INSERT INTO routing.move (message_id, conversation_id, from_interaction_id, to_interaction_id, from_channel, to_channel, reason, "
                      "by_agent_id, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                      line, conversation["id"], source, target, channel, to, reason, by, at(seconds))
        suite.execute("UPDATE routing.conversation SET interaction_id = %s, channel = %s, sequence = sequence + 1 WHERE id = %s", target, to, conversation["id"])
    return line, target


def items(api, conversation, what):
    return api.get(f"/conversations/{conversation['ref']}/{what}").json["items"]


# ---- reading ----

def test_a_chat_reads_like_any_conversation(suite, shop):
    content = secrets.token_bytes(100)
    chat = suite.make_chat(shop, name="", text="My lamp is dark",
                           files=[("lamp.png", "image/png", hashlib.sha256(content).hexdigest(), len(content))])
    assert (chat["channel"], chat["inbox_id"], chat["visitor"]) == ("chat", shop, {"present": False})
    first, = items(suite.admin, chat, "timeline")
    assert (first["channel"], first["direction"], first["text"], first["author"]["name"]) == ("chat", "in", "My lamp is dark", "")
    assert first["attachments"][0]["name"] == "lamp.png" and "subject" not in first and "move" not in first


def test_interactions_tell_where_it_ran_and_runs(suite, mail, shop, chat):
    email, address = point(suite, chat)
    _, second = move(suite, chat, "email", mail, email, "customer_left")
    first, last = items(suite.admin, chat, "interactions")
    assert (first["channel"], first["inbox_id"], first["contact_point"]["level"]) == ("chat", shop, "channel_verified")
    assert first["contact_point"]["address"].startswith("v:") and first["ended_at"] == "2100-01-02T03:00:00.000000Z"
    assert last == {"id": second, "channel": "email", "inbox_id": mail, "contact_point": {"channel": "email", "address": address, "level": "confirmed"},
                    "started_at": "2100-01-02T03:00:00.000000Z", "ended_at": None}


def test_moves_stand_in_the_timeline_and_in_a_list(suite, mail, shop, chat):
    agent = suite.make_agent(inboxes=[shop])
    email, _ = point(suite, chat)
    visitor, = suite.query("SELECT contact_point_id::text FROM routing.conversation WHERE id = %s", chat["id"])[0]
    lines = [move(suite, chat, "email", mail, email, "customer_left", seconds=1)[0],
             move(suite, chat, "chat", shop, visitor, "customer_wrote", seconds=2)[0],
             move(suite, chat, "email", mail, email, "agent", by=agent.agent["id"], seconds=3)[0]]
    moves = items(agent, chat, "moves")
    assert [(m["id"], m["from_channel"], m["to_channel"], m["reason"]) for m in moves] == [
        (lines[0], "chat", "email", "customer_left"), (lines[1], "email", "chat", "customer_wrote"), (lines[2], "chat", "email", "agent")]
    assert [m["by_agent"] for m in moves] == [None, None, {"id": agent.agent["id"], "name": agent.agent["name"]}]
    marks = [entry for entry in items(agent, chat, "timeline") if entry["kind"] == "system"]
    assert [(entry["id"], entry["move"]) for entry in marks] == [
        (m["id"], {"from": m["from_channel"], "to": m["to_channel"], "reason": m["reason"]}) for m in moves]
    assert {(entry["author"]["type"], entry["direction"], entry["delivery"]) for entry in marks} == {("system", None, None)}
    assert agent.get(f"/conversations/{chat['id']}").json["channel"] == "email"


def test_a_conversation_without_moves_has_none(suite, mail):
    conversation = suite.make_conversation(mail)
    assert items(suite.admin, conversation, "moves") == [] and len(items(suite.admin, conversation, "interactions")) == 1
    assert conversation["visitor"] is None


# ---- what they have seen, whether they are there ----

def test_what_the_customer_has_seen_in_the_chat_is_read(suite, chat):
    for text in ("one", "two"):
        assert suite.admin.post(f"/conversations/{chat['id']}/messages", {"kind": "reply", "text": text}).status == 201
    replies = [entry for entry in items(suite.admin, chat, "timeline") if entry["direction"] == "out"]
    suite.execute("INSERT INTO channel.outbound (message_id, conversation_id, sequence, inbox_id, channel, state, payload, submitted_at) "
                  "SELECT e.message_id, e.conversation_id, e.sequence, %s, 'chat', 'sent', '', now() FROM routing.entry e "
                  "WHERE e.conversation_id = %s AND e.direction = 'out' ON CONFLICT (message_id) DO UPDATE SET state = 'sent'", chat["inbox_id"], chat["id"])

    def states():
        return [entry["delivery"]["state"] for entry in items(suite.admin, chat, "timeline") if entry["direction"] == "out"]
    assert len(replies) == 2 and states() == ["sent", "sent"]
    for seen, expected in ((1, ["sent", "sent"]), (2, ["read", "sent"]), (3, ["read", "read"])):
        suite.execute("UPDATE routing.conversation SET seen_sequence = %s WHERE id = %s", seen, chat["id"])
        assert states() == expected
    suite.execute("UPDATE channel.outbound SET state = 'failed' WHERE message_id = %s", replies[0]["id"])
    assert states() == ["failed", "read"]


def test_a_mail_is_not_read_because_the_chat_was_looked_at(suite, mail):
    conversation = suite.make_conversation(mail)
    reply = suite.admin.post(f"/conversations/{conversation['id']}/messages", {"kind": "reply", "text": "by mail"}).json
    suite.execute("UPDATE routing.conversation SET seen_sequence = 99, customer_present = true WHERE id = %s", conversation["id"])
    assert next(e for e in items(suite.admin, conversation, "timeline") if e["id"] == reply["id"])["delivery"]["state"] == "queued"
    assert suite.admin.get(f"/conversations/{conversation['id']}").json["visitor"] == {"present": True}


# ---- where the customer is reached ----

def ways(api, conversation):
    return [(w["channel"], w["address"], w["reachable"], w["reason"]) for w in items(api, conversation, "channels")]


def test_a_chat_reaches_who_is_there_and_mail_whose_address_is_known(suite, chat):
    visitor = items(suite.admin, chat, "interactions")[0]["contact_point"]["address"]
    assert ways(suite.admin, chat) == [("chat", visitor, False, "not_present"), ("email", None, False, "no_address")]
    suite.execute("UPDATE routing.conversation SET customer_present = true WHERE id = %s", chat["id"])
    number, address = point(suite, chat)
    found = items(suite.admin, chat, "channels")
    assert ways(suite.admin, chat) == [("chat", visitor, True, None), ("email", address, True, None)]
    assert found[1]["contact_point_id"] == number


def test_the_best_known_address_comes_first(suite, chat):
    addresses = {level: point(suite, chat, level=level)[1] for level in (1, 2, 3)}
    assert [way[1:] for way in ways(suite.admin, chat)[1:]] == [
        (addresses[3], True, None), (addresses[2], True, None), (addresses[1], False, "not_confirmed")]


def test_without_a_mail_inbox_mail_does_not_reach(suite):
    alone = suite.make_chat(suite.make_chat_inbox()["id"])
    _, address = point(suite, alone)
    assert ways(suite.admin, alone)[1] == ("email", address, False, "no_inbox")
    mail = suite.make_inbox()["id"]
    conversation = suite.make_chat(suite.make_chat_inbox(mail_inbox_id=mail)["id"])
    point(suite, conversation)
    assert ways(suite.admin, conversation)[1][2] is True
    suite.admin.patch(f"/inboxes/{mail}", {"active": False})
    assert ways(suite.admin, conversation)[1][3] == "no_inbox"


def test_a_mail_conversation_reaches_by_mail_and_not_in_a_chat_that_never_was(suite, mail):
    conversation = suite.make_conversation(mail, address="ann@customers.example")
    assert ways(suite.admin, conversation) == [("email", "ann@customers.example", True, None), ("chat", None, False, "no_address")]


# ---- asking for a move ----

def ask(api, conversation, body, **more):
    """In a thread; .answer once it is joined."""
    client = api.clone()
    thread = threading.Thread(target=lambda: setattr(thread, "answer", client.post(f"/conversations/{conversation['ref']}/interactions", body, **more)))
    thread.start()
    return thread


def requested(suite, conversation):
    def find():
        return next((e for e in suite.log("conversation_id = %s AND type = 'move.requested'", conversation["id"])), None)
    return wait_until(find, 5, "the request is in the log")


def outcome(suite, conversation, event, body):
    pb = suite.pb.hilo_dot_v1_dot_conversation__pb2
    body = {"done": pb.RequestDone, "refused": pb.RequestRefused}[body.pop("kind")](
        request_id=event.move_requested.request_id, conversation_id=conversation["id"], **body)
    suite.tell(conversation, body)


def test_a_move_is_asked_of_routing_and_answered_with_the_interaction(suite, mail, chat, frozen):
    number, address = point(suite, chat)
    agent = suite.make_agent(inboxes=[chat["inbox_id"]])
    asked = ask(agent, chat, {"channel": "email", "contact_point_id": number})
    event = requested(suite, chat)
    body = event.move_requested
    assert (body.conversation_id, body.agent_id, body.channel, body.contact_point_id) == (chat["id"], agent.agent["id"], 1, number)
    assert event.inbox_id == chat["inbox_id"] and event.key == chat["id"] and body.deadline_us > time.time() * 1e6
    line, target = move(suite, chat, "email", mail, number, "agent", by=agent.agent["id"])
    outcome(suite, chat, event, {"kind": "done", "message_id": line})
    asked.join()
    assert asked.answer.status == 201 and asked.answer.json == items(agent, chat, "interactions")[-1]
    assert asked.answer.json["id"] == target and asked.answer.json["contact_point"]["address"] == address
    assert agent.get(f"/requests/{body.request_id}").json["outcome"] == asked.answer.json


def test_where_it_is_already_the_answer_is_the_interaction_it_is_in(suite, chat, frozen):
    asked = ask(suite.admin, chat, {"channel": "chat"})
    outcome(suite, chat, requested(suite, chat), {"kind": "done"})
    asked.join()
    assert asked.answer.status == 201 and asked.answer.json == items(suite.admin, chat, "interactions")[0]


def test_a_refusal_is_told_in_words_and_a_late_outcome_asked_for(suite, chat, frozen):
    key = {"Idempotency-Key": secrets.token_hex(8)}
    late = suite.admin.post(f"/conversations/{chat['id']}/interactions", {"channel": "sms"}, headers=key)
    assert late.status == 202
    event = requested(suite, chat)
    assert event.move_requested.channel == 4 and event.move_requested.contact_point_id == ""
    outcome(suite, chat, event, {"kind": "refused", "code": "no_reachable_channel", "detail": "No number is known."})
    again = suite.admin.post(f"/conversations/{chat['id']}/interactions", {"channel": "sms"}, headers=key)
    assert (again.status, again.code, again.json["detail"]) == (409, "no_reachable_channel", "No number is known.")
    assert len(suite.log("conversation_id = %s AND type = 'move.requested'", chat["id"])) == 1


def test_routing_does_what_the_list_of_channels_says(suite, mail, chat):
    """No test double: the refusal and the move are routing's."""
    path = f"/conversations/{chat['id']}/interactions"
    point(suite, chat, level=1)
    assert suite.admin.post(path, {"channel": "email"}).code == "no_reachable_channel"
    number, address = point(suite, chat)
    assert [way[2] for way in ways(suite.admin, chat)] == [False, True, False]
    made = suite.admin.post(path, {"channel": "email"})
    assert made.status == 201 and (made.json["inbox_id"], made.json["contact_point"]["address"]) == (mail, address)
    assert made.json == items(suite.admin, chat, "interactions")[-1] == suite.admin.post(path, {"channel": "email"}).json
    assert [(m["from_channel"], m["to_channel"], m["reason"]) for m in items(suite.admin, chat, "moves")] == [("chat", "email", "agent")]
    assert items(suite.admin, chat, "timeline")[-1]["move"] == {"from": "chat", "to": "email", "reason": "agent"}
    assert suite.admin.post(path, {"channel": "chat"}).code == "no_reachable_channel"
    suite.tell(chat, suite.pb.hilo_dot_v1_dot_conversation__pb2.VisitorPresenceChanged(conversation_id=chat["id"], present=True))
    wait_until(lambda: suite.admin.get(f"/conversations/{chat['id']}").json["visitor"] == {"present": True}, 5, "the visitor is there")
    back = suite.admin.post(path, {"channel": "chat"})
    assert back.status == 201 and (back.json["channel"], back.json["inbox_id"]) == ("chat", chat["inbox_id"])
    assert suite.admin.get(f"/conversations/{chat['id']}").json["channels"] == ["chat", "email", "chat"]


def test_the_mail_that_tells_of_a_move_shows_what_became_of_it(suite, mail, chat):
    email, _ = point(suite, chat)
    line, _ = move(suite, chat, "email", mail, email, "customer_left")
    suite.execute("INSERT INTO channel.outbound (message_id, conversation_id, sequence, inbox_id, channel, state, payload, answer, submitted_at) "
                  "VALUES (%s, %s, 2, %s, 'email', 'failed', '', '550 no such user', now())", line, chat["id"], mail)
    entry, = [entry for entry in items(suite.admin, chat, "timeline") if entry["id"] == line]
    assert entry["delivery"] == {"state": "failed", "reason": "550 no such user"}


@pytest.mark.parametrize("body, field", [
    ({}, "channel"), ({"channel": "fax"}, "channel"), ({"channel": None}, "channel"), ({"channel": "email", "contact_point_id": "x"}, "contact_point_id"),
    ({"channel": "email", "contact_point_id": 5}, "contact_point_id"), ({"channel": "email", "contact_point_id": str(uuid.uuid4())}, None)])
def test_bad_moves_are_refused_by_member(suite, chat, body, field):
    answer = suite.admin.post(f"/conversations/{chat['id']}/interactions", body)
    assert (answer.status, answer.code) == (422, "invalid_field")
    assert field is None or answer.json["field"] == field


def test_a_contact_point_is_the_customers_and_of_that_channel(suite, shop, chat):
    other = suite.make_chat(shop)
    own, _ = point(suite, chat)
    foreign, _ = point(suite, other)
    for channel, number in (("email", foreign), ("chat", own)):
        assert suite.admin.post(f"/conversations/{chat['id']}/interactions", {"channel": channel, "contact_point_id": number}).status == 422
    tag = {"If-Match": str(chat["version"] + 5)}
    assert suite.admin.post(f"/conversations/{chat['id']}/interactions", {"channel": "email", "contact_point_id": own}, headers=tag).code == "stale_version"
    assert suite.log("conversation_id = %s AND type = 'move.requested'", chat["id"]) == []


# ---- live ----

def test_what_happens_in_a_chat_reaches_those_who_may_see_it(suite, shop, chat):
    pb, pm, pc = (getattr(suite.pb, f"hilo_dot_v1_dot_{name}__pb2") for name in ("conversation", "message", "customer"))
    insider, outsider = suite.make_agent(inboxes=[shop]), suite.make_agent(inboxes=[suite.make_inbox()["id"]])
    watching, broad, hidden = suite.stream(insider).wait_ready(), suite.stream(insider, scope="all").wait_ready(), suite.stream(outsider, scope="all").wait_ready()
    watching.send({"watch": [chat["id"]]})
    time.sleep(0.3)
    one, two = str(uuid.uuid4()), str(uuid.uuid4())
    told = [
        pm.MessageRead(conversation_id=chat["id"], sequence=7),
        pb.VisitorPresenceChanged(conversation_id=chat["id"], present=True),
        pb.InteractionEnded(conversation_id=chat["id"], interaction_id=one, channel=2),
        pb.InteractionStarted(conversation_id=chat["id"], interaction_id=two, channel=1, inbox_id=shop, contact_point_id=one),
        pb.ConversationMoved(conversation_id=chat["id"], message_id=one, from_interaction_id=one, to_interaction_id=two, from_channel=2, to_channel=1, reason=2),
    ]
    for body in told:
        suite.tell(chat, body)
    merged = pc.CustomerMerged(customer_id=one, customer_name="Ann", from_customer_id=two, contact_point_id=one,
                               evidence=pm.Evidence(channel=1, address="ann@customers.example", level=3))
    with suite.gateway.transaction():
        suite.append(suite.gateway, one, merged, inbox=shop, version=2)
    for stream in (watching, broad):
        assert stream.wait_event("message.read", conversation_id=chat["id"])["data"]["sequence"] == 7
        assert stream.wait_event("visitor.presence_changed")["data"] == {"conversation_id": chat["id"], "present": True}
        assert stream.wait_event("interaction.ended")["data"]["channel"] == "chat"
        assert stream.wait_event("interaction.started")["data"]["contact_point_id"] == one
        assert stream.wait_event("conversation.moved")["data"] == {
            "conversation_id": chat["id"], "message_id": one, "from_interaction_id": one, "to_interaction_id": two,
            "from_channel": "chat", "to_channel": "email", "reason": "customer_left", "by_agent_id": None}
        assert stream.wait_event("customer.merged")["data"]["evidence"] == {"channel": "email", "address": "ann@customers.example", "level": "confirmed"}
    hidden.wait_cursor(suite.admin.get("/inboxes").json["cursor"])
    assert hidden.events == []


def test_a_customer_who_types_is_seen_by_those_who_have_it_open_and_may(suite, shop, chat):
    insider, outsider = suite.make_agent(inboxes=[shop]), suite.make_agent(inboxes=[suite.make_inbox()["id"]])
    open_, closed, foreign = suite.stream(insider).wait_ready(), suite.stream(insider).wait_ready(), suite.stream(outsider).wait_ready()
    for stream in (open_, foreign):
        stream.send({"watch": [chat["id"]]})
    doorbell, = suite.query("SELECT doorbell FROM bus.relay")[0]
    context = zmq.Context()
    try:
        bell = context.socket(zmq.PUB)
        bell.curve_serverkey = suite.keys["server"]["public"].encode()
        bell.curve_publickey, bell.curve_secretkey = (suite.keys["client"][half].encode() for half in ("public", "secret"))
        bell.connect(doorbell)
        customer = chat["customer"]["id"]
        signal_ = suite.pb.LiveSignal(type="typing", inbox_id=shop, conversation_id=chat["id"], actor=f"customer:{customer}", active=True)

        def is_heard():  # signals may be lost, the first ones for sure
            bell.send_multipart([b"live", signal_.SerializeToString()])
            return next((frame["typing"] for frame in open_.frames if "typing" in frame), None)
        assert wait_until(is_heard, 10, "the typing is heard") == {
            "conversation_id": chat["id"], "author": {"type": "customer", "id": customer, "name": ""}, "active": True}
    finally:
        context.destroy(linger=0)
    assert not any("typing" in frame for stream in (closed, foreign) for frame in stream.frames)
