"""What agents ask of a conversation is done once, however often and wherever it is sent, or refused in words."""
import secrets
import signal
import threading
import time
import uuid

import pytest

from bus_suite import wait_until
from gateway_suite import GatewaySuite
from openapi import Api


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as made:
        yield made


@pytest.fixture
def inbox(suite):
    return suite.make_inbox()["id"]


@pytest.fixture
def conversation(suite, inbox):
    return suite.make_conversation(inbox)


@pytest.fixture
def frozen(suite):
    """Routing does not answer."""
    routing = suite.daemons["routing"]
    routing.signal(signal.SIGSTOP)
    yield routing
    routing.signal(signal.SIGCONT)


def messages(suite, conversation):
    return [m for m in suite.admin.get(f"/conversations/{conversation['id']}/timeline").json["items"] if m["direction"] != "in"]


def test_the_same_key_gives_the_same_answer(suite, conversation):
    path, body, key = f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": "once"}, {"Idempotency-Key": secrets.token_hex(8)}
    answers = [suite.admin.post(path, body, headers=key) for _ in range(3)]
    assert {answer.status for answer in answers} == {201} and len({answer.body for answer in answers}) == 1
    assert len(messages(suite, conversation)) == 1


def test_the_same_key_for_something_else_is_refused(suite, conversation):
    path, key = f"/conversations/{conversation['id']}/messages", {"Idempotency-Key": secrets.token_hex(8)}
    assert suite.admin.post(path, {"kind": "note", "text": "one"}, headers=key).status == 201
    answer = suite.admin.post(path, {"kind": "note", "text": "two"}, headers=key)
    assert (answer.status, answer.code) == (422, "idempotency_mismatch")
    assert suite.admin.post("/inboxes", {"channel": "email", "name": "N", "address": "n@suite.example"}, headers=key).code == "idempotency_mismatch"
    assert len(messages(suite, conversation)) == 1


def test_keys_are_each_agents_own(suite, inbox, conversation):
    path, body, key = f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": "x"}, {"Idempotency-Key": "shared"}
    one, other = (suite.make_agent(inboxes=[inbox]).post(path, body, headers=key).json for _ in range(2))
    assert one["id"] != other["id"]


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\tinside", "é"])
def test_bad_keys_are_refused(suite, conversation, key):
    answer = suite.admin.post(f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": "x"}, headers={"Idempotency-Key": key.encode("latin-1")})
    assert (answer.status, answer.code) in ((400, "invalid_parameter"), (400, "header"))


def test_without_a_key_each_request_is_its_own(suite, conversation):
    for _ in range(2):
        assert suite.admin.post(f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": "twice"}).status == 201
    assert len(messages(suite, conversation)) == 2


def at_once(calls):
    answers = [None] * len(calls)

    def run(number):
        answers[number] = calls[number]()
    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_sent_at_once_to_two_replicas_it_is_done_once(suite, conversation):
    second = suite.start_gateway()
    clients = [Api(url, suite.admin.token) for url in [suite.url, second.url] * 6]
    path, body, key = f"/conversations/{conversation['id']}/messages", {"kind": "reply", "text": "once"}, {"Idempotency-Key": secrets.token_hex(8)}
    answers = at_once([lambda c=c: c.post(path, body, headers=key) for c in clients])
    assert {answer.status for answer in answers} == {201} and len({answer.json["id"] for answer in answers}) == 1
    assert len(messages(suite, conversation)) == 1
    second.stop()


def test_inboxes_and_agents_made_at_once_are_made_once(suite):
    for path, body in (("/inboxes", {"channel": "email", "name": "N", "address": f"{secrets.token_hex(5)}@suite.example"}),
                       ("/agents", {"name": "N", "email": f"{secrets.token_hex(5)}@suite.example", "role": "agent", "password": "long enough"})):
        key = {"Idempotency-Key": secrets.token_hex(8)}
        answers = at_once([lambda: suite.admin.clone().post(path, body, headers=key)] * 6)
        assert {answer.status for answer in answers} == {201} and len({answer.json["id"] for answer in answers}) == 1


# ---- assign and status ----

def test_assignment_goes_to_and_from_agents(suite, inbox, conversation):
    agent = suite.make_agent(inboxes=[inbox])
    path = f"/conversations/{conversation['ref']}/assign"
    given = suite.admin.post(path, {"agent_id": agent.agent["id"]})
    assert given.status == 200 and given.json["assignee"] == {"id": agent.agent["id"], "name": agent.agent["name"]}
    assert suite.admin.post(path, {"agent_id": None}).json["assignee"] is None


@pytest.mark.parametrize("what, body, field", [
    ("assign", {}, "agent_id"), ("assign", {"agent_id": "x"}, "agent_id"), ("assign", {"agent_id": None, "team_id": str(uuid.uuid4())}, "team_id"),
    ("status", {}, "status"), ("status", {"status": "closed"}, "status"), ("status", {"status": "snoozed", "until": "tomorrow"}, "until"),
    ("status", {"status": "snoozed", "until": "2001-01-01T00:00:00Z"}, "until"), ("status", {"status": "open", "until": "2101-01-01T00:00:00Z"}, "until"),
    ("messages", {"kind": "reply"}, "text"), ("messages", {"kind": "reply", "text": ""}, "text"), ("messages", {"text": "x"}, "kind"),
    ("messages", {"kind": "call", "text": "x"}, "kind"), ("messages", {"kind": "note", "text": "x" * 262145}, "text"),
    ("messages", {"kind": "note", "text": "x", "html": "x" * 262145}, "html"), ("messages", {"kind": "note", "text": "x", "attachments": ["x"]}, "attachments"),
    ("messages", {"kind": "note", "text": "x", "attachments": [str(uuid.uuid4())] * 21}, "attachments"),
    ("messages", {"kind": "note", "text": "x", "interaction_id": 5}, "interaction_id")])
def test_bad_requests_are_refused_by_member(suite, conversation, what, body, field):
    answer = suite.admin.post(f"/conversations/{conversation['id']}/{what}", body)
    assert (answer.status, answer.code, answer.json["field"]) == (422, "invalid_field", field)


def test_a_snooze_has_an_end_or_none(suite, conversation):
    path = f"/conversations/{conversation['id']}/status"
    assert suite.admin.post(path, {"status": "snoozed", "until": "2101-01-01T01:00:00+01:00"}).json["snoozed_until"] == "2101-01-01T00:00:00.000000Z"
    assert suite.admin.post(path, {"status": "open"}).json["snoozed_until"] is None
    assert suite.admin.post(path, {"status": "snoozed"}).json["status"] == "snoozed"


def test_the_longest_text_allowed_goes_through(suite, conversation):
    text = "ä\n\"\\" * (262144 // 5)
    assert suite.admin.post(f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": text, "html": text}).json["text"] == text


@pytest.mark.parametrize("what, body", [("messages", {"kind": "note", "text": "x"}), ("assign", {"agent_id": None}), ("status", {"status": "pending"})])
def test_a_stale_version_is_refused(suite, conversation, what, body):
    path, version = f"/conversations/{conversation['id']}/{what}", conversation["version"]
    for tag in (str(version - 1), f'"{version + 1}"', f'W/"{version - 1}"'):
        answer = suite.admin.post(path, body, headers={"If-Match": tag})
        assert (answer.status, answer.code) == (409, "stale_version")
    assert suite.admin.post(path, body, headers={"If-Match": f'W/"{version}"'}).status in (200, 201)
    assert suite.admin.post(path, body, headers={"If-Match": "five"}).status == 400


def test_of_two_who_saw_the_same_version_one_wins(suite, inbox, conversation):
    agents = [suite.make_agent(inboxes=[inbox]) for _ in range(6)]
    path, tag = f"/conversations/{conversation['id']}/assign", {"If-Match": str(conversation["version"])}
    answers = at_once([lambda a=a: a.post(path, {"agent_id": a.agent["id"]}, headers=tag) for a in agents])
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5


# ---- outcomes that are late ----

def test_a_late_outcome_is_asked_for(suite, conversation, frozen):
    began = time.monotonic()
    answer = suite.admin.post(f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": "late"})
    assert answer.status == 202 and 1.9 < time.monotonic() - began < 4
    where = answer.headers["Location"].removeprefix("/api/v1")
    assert where == f"/requests/{answer.json['request']['id']}"
    assert suite.admin.get(where).json["state"] == "pending" and suite.admin.get(where).json["outcome"] is None
    frozen.signal(signal.SIGCONT)
    done = wait_until(lambda: suite.admin.get(where).json["state"] == "done" and suite.admin.get(where).json, 10, "it is done")
    assert done["outcome"]["text"] == "late" and messages(suite, conversation)[-1]["id"] == done["outcome"]["id"]


def test_asked_again_while_pending_it_waits_for_the_same_outcome(suite, conversation, frozen):
    path, body, key = f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": "wait"}, {"Idempotency-Key": secrets.token_hex(8)}
    first = suite.admin.post(path, body, headers=key)
    assert first.status == 202
    threading.Timer(0.5, frozen.signal, (signal.SIGCONT,)).start()
    second = suite.admin.post(path, body, headers=key)
    assert second.status == 201 and second.json["text"] == "wait"
    assert suite.admin.get(f"/requests/{first.json['request']['id']}").json["outcome"]["id"] == second.json["id"]


def test_too_late_it_is_not_done(suite, conversation, frozen):
    answer = suite.admin.post(f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": "too late"})
    assert answer.status == 202
    time.sleep(8.5)
    frozen.signal(signal.SIGCONT)
    where = f"/requests/{answer.json['request']['id']}"
    ended = wait_until(lambda: suite.admin.get(where).json["state"] != "pending" and suite.admin.get(where).json, 10, "it has ended")
    assert ended["state"] == "expired" and ended["outcome"]["code"] == "expired"
    assert messages(suite, conversation) == []


def test_a_gateway_that_dies_while_it_waits_leaves_the_outcome_to_be_found(suite, conversation, frozen):
    """The replica that was asked is killed; it finds the outcome in the log when it comes back, as does any other at once."""
    doomed = suite.start_gateway()
    client = Api(doomed.url, suite.admin.token)
    suite.gateway_daemon.signal(signal.SIGSTOP)
    try:
        answer = client.post(f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": "orphan"})
        assert answer.status == 202
        doomed.kill()
        frozen.signal(signal.SIGCONT)
        time.sleep(1)
        doomed.start()
        where = f"/requests/{answer.json['request']['id']}"
        wait_until(lambda: suite.is_ready(doomed), 20, "it is back")
        wait_until(lambda: client.get(where).json["state"] == "done", 10, "the outcome is found")
    finally:
        suite.gateway_daemon.signal(signal.SIGCONT)
        doomed.stop()


def test_the_other_replica_writes_the_outcome_down(suite, conversation, frozen):
    doomed = suite.start_gateway()
    answer = Api(doomed.url, suite.admin.token).post(f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": "orphan"})
    doomed.kill()
    frozen.signal(signal.SIGCONT)
    where = f"/requests/{answer.json['request']['id']}"
    wait_until(lambda: suite.admin.get(where).json["state"] == "done", 10, "the outcome is written down")


def test_the_answer_comes_soon(suite, conversation):
    path = f"/conversations/{conversation['id']}/messages"
    times = []
    for n in range(30):
        began = time.monotonic()
        assert suite.admin.post(path, {"kind": "note", "text": f"quick {n}"}).status == 201
        times.append(time.monotonic() - began)
    assert sorted(times)[15] < 0.25


def test_the_database_going_away_is_said_and_survived(suite, conversation):
    """Every connection is cut; requests are answered again as soon as there are new ones."""
    suite.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'hilo_gateway'")

    def works():
        answer = suite.admin.post(f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": "again"},
                                  headers={"Idempotency-Key": "after the cut"})
        assert answer.status in (201, 202, 503), answer.body
        return answer.status == 201
    wait_until(works, 15, "it works again")
    assert [m["text"] for m in messages(suite, conversation)].count("again") == 1
