"""Full-text search: what it finds, for whom, and that its index follows the log whatever happens to the gateway."""
import uuid

import pytest

from bus_suite import wait_until
from gateway_suite import GatewaySuite


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as suite:
        yield suite


@pytest.fixture
def inbox(suite):
    return suite.make_inbox()["id"]


def word():
    return "w" + uuid.uuid4().hex[:10]


def items(api, q, where="conversations", **more):
    return api.get("/search", q=q, **{"in": where}, **more).json["items"]


def found(api, q, where, count=1):
    """Waits until so many are found."""
    return wait_until(lambda: len(got := items(api, q, where)) == count and (got or True), 10, f"{count} {where} with {q}")


def conversations(api, q, where="conversations"):
    return [item["conversation"]["id"] for item in items(api, q, where)]


def test_a_message_is_found_by_its_words_and_shows_where_they_stand(suite, inbox):
    one, two = word(), word()
    made = suite.make_conversation(inbox, text=f"First a smile 🙂 then {one.upper()}, and at last {two}.")
    found(suite.admin, one, "messages")
    item, = items(suite.admin, f"{two} {one}", "messages")
    assert item["conversation"]["id"] == made["id"] and item["message"]["sequence"] == 1
    text = item["message"]["excerpt"]
    assert [text[start:start + length].lower() for start, length in item["message"]["marks"]] == [one, two]
    assert items(suite.admin, f"{one} {word()}", "messages") == []
    assert len(items(suite.admin, one[:6], "messages")) == 1, "its beginning is enough"
    assert items(suite.admin, one[1:], "messages") == []


def test_notes_and_answers_are_found_and_system_lines_are_not(suite, inbox):
    one, two = word(), word()
    made = suite.make_conversation(inbox)
    assert suite.admin.post(f"/conversations/{made['id']}/messages", {"kind": "note", "text": one}).status == 201
    assert suite.admin.post(f"/conversations/{made['id']}/messages", {"kind": "reply", "text": two}).status == 201
    for each in (one, two):
        found(suite.admin, each, "messages")


def test_a_conversation_is_found_by_subject_reference_tag_and_customer(suite, inbox):
    subject, name, local, tag = word(), word(), word(), word()
    made = suite.make_conversation(inbox, address=f"{local}@shop.example", name=f"Zoë {name}", subject=f"About {subject}")
    found(suite.admin, subject, "conversations")
    assert suite.admin.post("/tags", {"name": tag}).status == 201
    assert suite.admin.post(f"/conversations/{made['id']}/triage", {"tags": {"add": [tag]}}).status == 200
    found(suite.admin, tag, "conversations")
    for q in (subject, made["ref"], made["ref"].replace("-", "").lower(), f"{local}@shop.example", local, name, f"zoë {name[:5]}"):
        assert conversations(suite.admin, q) == [made["id"]], q
    assert items(suite.admin, made["ref"])[0]["rank"] == 1


def test_a_customer_is_found_by_name_address_and_number(suite, inbox):
    name, local = word(), word()
    made = suite.make_conversation(inbox, address=f"{local}@shop.example", name=name)
    found(suite.admin, name, "customers")
    suite.execute("INSERT INTO identity.contact_point (id, channel, address, customer_id, level) VALUES (gen_random_uuid(), 'voice', '+34 911 22 33 44', %s, 2)",
                  made["customer"]["id"])
    assert suite.admin.patch(f"/customers/{made['customer']['id']}", {"name": f"Renamed {name}", "attributes": {"plan": f"g{name}"}}).status == 200
    found(suite.admin, "renamed", "customers")
    for q in (name, f"{local}@shop.example", "shop " + local, "0034 911 223 344", "+34911", f"g{name}"):
        assert [i["customer"]["id"] for i in items(suite.admin, q, "customers")] == [made["customer"]["id"]], q
    wait_until(lambda: conversations(suite.admin, f"renamed {name}") == [made["id"]], 10, "its conversations have the new name")


def test_pages_of_hits_meet(suite, inbox):
    same = word()
    made = {suite.make_conversation(inbox, subject=f"{same} {n}")["id"] for n in range(5)}
    found(suite.admin, same, "conversations", 5)
    got, after = [], None
    while after or not got:
        page = suite.admin.get("/search", q=same, limit=2, **({"after": after} if after else {})).json
        got, after = got + [i["conversation"]["id"] for i in page["items"]], page["next"]
    assert len(got) == 5 and set(got) == made


@pytest.mark.parametrize("q", ["'", "\\", "!", "a & | b", ":*", "((", "<->", "' OR '1'='1", "%", "🙂", "\u0001", "-", "a:b:c", "x" * 200])
def test_whatever_is_typed_is_taken_as_words(suite, q):
    for where in ("conversations", "messages", "customers"):
        assert suite.admin.get("/search", q=q, **{"in": where}).status == 200


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "x" * 801}, {"q": "x", "in": "people"}, {"q": "x", "after": "y"}, {"q": "x", "limit": "51"}])
def test_bad_parameters_are_refused(suite, query):
    assert suite.admin.get("/search", **query).code == "invalid_parameter"


def test_who_loses_an_inbox_finds_nothing_of_it_at_once(suite, inbox):
    other = suite.make_inbox()["id"]
    agent, same = suite.make_agent(inboxes=[inbox, other]), word()
    suite.make_conversation(inbox, subject=same, name=same, text=same)
    for where in ("conversations", "messages", "customers"):
        found(agent, same, where)
    assert suite.admin.patch(f"/agents/{agent.agent['id']}", {"inboxes": [other]}).status == 200
    for where in ("conversations", "messages", "customers"):
        assert items(agent, same, where) == []


def test_what_goes_to_another_inbox_is_found_there(suite, inbox):
    other, same = suite.make_inbox()["id"], word()
    here, there = suite.make_agent(inboxes=[inbox]), suite.make_agent(inboxes=[other])
    made = suite.make_conversation(inbox, subject=same, text=same)
    for where in ("conversations", "messages"):
        found(here, same, where)
        assert items(there, same, where) == []
    assert suite.admin.post(f"/conversations/{made['id']}/inbox", {"inbox_id": other}).status == 200
    for where in ("conversations", "messages"):
        found(there, same, where)
        assert items(here, same, where) == []


def test_a_message_that_stands_twice_in_one_batch_is_one_row_at_the_first_try(suite, inbox):
    one = word()
    made = suite.make_conversation(inbox, text=one)
    found(suite.admin, one, "messages")
    with suite.gateway.transaction():  # one transaction is read, and handled, as a whole
        row, = suite.gateway.execute("DELETE FROM gateway.search WHERE kind = 'message' AND conversation_id = %s RETURNING object_id",
                                     (made["id"],)).fetchall()
        suite.execute("INSERT INTO bus.event (key_hash, type, inbox_id, conversation_id, key, occurred_at, payload) "
                      "SELECT key_hash, type, inbox_id, conversation_id, key, occurred_at, payload FROM bus.event, generate_series(1, 2) "
                      "WHERE type = 'message.attached' AND conversation_id = %s", made["id"])
    found(suite.admin, one, "messages")
    assert suite.query("SELECT object_id FROM gateway.search WHERE kind = 'message' AND conversation_id = %s", made["id"]) == [row]
    assert suite.gateway_daemon.log_events("consumer.failed") == []


def test_a_killed_gateway_and_an_empty_redis_lose_and_double_nothing(suite, inbox):
    same, ben = word(), suite.make_agent(inboxes=[inbox])
    made = suite.make_conversation(inbox)
    second = suite.start_gateway()
    for number in range(40):
        suite.mail_in(inbox, f"{word()}@customers.example", subject=f"{same} {number}", text=f"{same} {number}")
        if number == 10:
            assert suite.admin.post(f"/conversations/{made['id']}/messages", {"kind": "note", "text": same, "mentions": [ben.agent["id"]]}).status == 201
            suite.redis.client.flushall()
        if number == 20:
            second.kill()
    wait_until(lambda: suite.query("SELECT count(*) FROM gateway.search s JOIN routing.entry e ON e.message_id = s.object_id WHERE s.words @@ to_tsquery('simple', %s)",
                                   same)[0][0] == 41, 30, "every message is there once")
    wait_until(lambda: len(items(suite.admin, same, "conversations", limit=50)) == 40, 30, "every conversation is there once")
    assert len(ben.get("/mentions").json["items"]) == 1
    assert suite.query("SELECT count(*) FROM bus.event WHERE type = 'agent.mentioned' AND key = %s", ben.agent["id"])[0][0] == 1
