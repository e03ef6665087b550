"""Drafts, saved views, mentions, what is known of customers: each reader's own, and what colleagues share."""
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


def test_a_draft_is_kept_for_its_writer_alone(suite, inbox):
    ann, ben = suite.make_agent(inboxes=[inbox]), suite.make_agent(inboxes=[inbox])
    made = suite.make_conversation(inbox)
    path = f"/conversations/{made['ref']}/draft"
    upload = ann.call("POST", "/uploads", raw=b"x", query={"name": "a.txt"}).json["id"]
    assert ann.get(path).status == 404
    assert ann.put(path, {"kind": "reply", "text": "Dear"}).status == 204
    assert ann.put(path, {"kind": "note", "text": "Dear Kim", "html": "<p>Dear Kim</p>", "upload_ids": [upload]}).status == 204
    kept = ann.get(path).json
    assert (kept["kind"], kept["text"], kept["html"], kept["upload_ids"]) == ("note", "Dear Kim", "<p>Dear Kim</p>", [upload])
    assert ben.get(path).status == 404
    assert ben.put(path, {"kind": "reply", "text": "x", "upload_ids": [upload]}).code == "invalid_field"
    assert ann.put(path, {"kind": "reply", "text": "x" * 300_000}).code == "invalid_field"
    for _ in range(2):
        assert ann.delete(path).status == 204
    assert ann.get(path).status == 404


def test_a_view_is_saved_changed_and_deleted(suite):
    ann = suite.make_agent()
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"name": "Billing, urgent", "filters": {"tag": "billing", "priority": "urgent", "sort": "waiting"}, "position": 3}
    made, again = (ann.post("/views", body, headers=key) for _ in range(2))
    assert (made.status, made.json) == (201, again.json)
    assert made.json["filters"] == body["filters"] and made.json["owner"]["id"] == ann.agent["id"] and made.json["shared"] is False
    path = f"/views/{made.json['id']}"
    changed = ann.patch(path, {"name": "Billing"}, headers={"If-Match": "1"})
    assert (changed.status, changed.json["name"], changed.json["filters"], changed.json["version"]) == (200, "Billing", body["filters"], 2)
    assert ann.patch(path, {"name": "Late"}, headers={"If-Match": "1"}).code == "stale_version"
    assert [v["name"] for v in ann.get("/views").json["items"] if not v["shared"]] == ["Billing"]
    assert ann.delete(path).status == 204
    assert ann.patch(path, {"name": "x"}).status == 404


def test_a_shared_view_shows_everywhere_and_a_personal_one_at_its_owners(suite):
    lead, ann = suite.make_agent("supervisor"), suite.make_agent()
    leads, anns = (suite.stream(api).wait_ready() for api in (lead, ann))
    mine, ours = (lead.post("/views", {"name": name, "filters": {}, "shared": name == "Ours"}).json["id"] for name in ("Mine", "Ours"))
    leads.wait_configured("view", mine, lead.agent["id"])
    anns.wait_configured("view", ours)
    assert not [e for e in anns.events if e["data"].get("id") == mine]
    changed = suite.admin.get("/audit", action="view.created").json["items"][0]
    assert (changed["object"], changed["changes"]["shared"]) == ({"type": "view", "id": ours, "name": "Ours"}, [None, True])
    assert lead.patch(f"/views/{ours}", {"shared": False}).status == 200  # the others lose it
    anns._wait(lambda: len([e for e in anns.events if e["data"] == {"kind": "view", "id": ours, "agent_id": None}]) == 2, 10, "word that it is gone")
    assert lead.patch(f"/views/{ours}", {"name": "Mine, too"}).status == 200
    leads.wait_configured("view", ours, lead.agent["id"])


@pytest.mark.parametrize("body", [{"name": "x"}, {"name": "", "filters": {}}, {"name": "x", "filters": {"view": "theirs"}}, {"name": "x", "filters": {"q": "x"}},
                                  {"name": "x", "filters": {"team": 5}}, {"name": "x" * 81, "filters": {}}, {"name": "x", "filters": {}, "position": -1}])
def test_a_view_must_be_a_list_there_can_be(suite, body):
    assert suite.admin.post("/views", body).code == "invalid_field"


def test_who_is_named_in_a_note_is_told_and_finds_it(suite, inbox):
    ann, ben, eve = (suite.make_agent(inboxes=[inbox]) for _ in range(3))
    made = suite.make_conversation(inbox)
    streams = {name: suite.stream(api, scope="mine").wait_ready() for name, api in (("ben", ben), ("eve", eve))}
    note = ann.post(f"/conversations/{made['id']}/messages", {"kind": "note", "text": "What do you think?", "mentions": [ben.agent["id"], ann.agent["id"]]})
    assert note.status == 201, note.body
    told = streams["ben"].wait_event("agent.mentioned", conversation_id=made["id"])
    assert told["data"]["excerpt"] == "What do you think?" and told["data"]["by_agent_name"] == ann.agent["name"] and told["inbox_id"] == inbox
    mention, = ben.get("/mentions").json["items"]
    assert mention | {"created_at": None} == {
        "id": told["data"]["mention_id"], "conversation_id": made["id"], "ref": made["ref"], "message_id": note.json["id"], "excerpt": "What do you think?",
        "by": {"id": ann.agent["id"], "name": ann.agent["name"]}, "created_at": None, "read": False}
    assert ann.get("/mentions").json["items"] == [] == eve.get("/mentions").json["items"], "one's own name tells nothing"
    assert [c["id"] for c in ben.get("/conversations", view="mentions").json["items"]] == [made["id"]]
    assert (ben.get("/counts").json["mentions"], eve.get("/counts").json["mentions"]) == (1, 0)
    assert ben.put(f"/conversations/{made['id']}/read", {"sequence": 2}).status == 204
    assert ben.get("/mentions").json["items"][0]["read"] is True and ben.get("/counts").json["mentions"] == 0
    streams["eve"].wait_cursor(streams["ben"].cursor)
    assert [e for e in streams["eve"].events if e["type"] == "agent.mentioned"] == []


def test_pages_of_mentions_meet(suite, inbox):
    ann, ben = suite.make_agent(inboxes=[inbox]), suite.make_agent(inboxes=[inbox])
    made = suite.make_conversation(inbox)
    for number in range(5):
        assert ann.post(f"/conversations/{made['id']}/messages", {"kind": "note", "text": f"No. {number}", "mentions": [ben.agent["id"]]}).status == 201
    wait_until(lambda: len(ben.get("/mentions").json["items"]) == 5, 10, "all are there")
    found, after = [], None
    while after or not found:
        page = ben.get("/mentions", limit=2, **({"after": after} if after else {})).json
        found, after = found + [m["excerpt"] for m in page["items"]], page["next"]
    assert found == [f"No. {number}" for number in reversed(range(5))]


def test_what_is_known_of_a_customer_is_changed_by_identity(suite, inbox):
    ann = suite.make_agent(inboxes=[inbox])
    made = suite.make_conversation(inbox, name="Kim")
    path = f"/customers/{made['customer']['id']}"
    stream = suite.stream(ann).wait_ready()
    before = ann.get(path).json
    assert (before["attributes"], before["notes"]) == ({}, [])
    answer = ann.patch(path, {"name": "Kim Larsen", "attributes": {"plan": "gold", "since": "2019"}}, headers={"If-Match": str(before["version"])})
    assert (answer.status, answer.json["name"], answer.json["attributes"]) == (200, "Kim Larsen", {"plan": "gold", "since": "2019"})
    assert answer.json["conversations"][0]["customer"]["name"] == "Kim Larsen"
    told = stream.wait_event("customer.changed")["data"]
    assert (told["customer_id"], told["name"], told["by_agent_id"]) == (made["customer"]["id"], "Kim Larsen", ann.agent["id"])
    assert {a["name"]: a["value"] for a in told["attributes"]} == {"plan": "gold", "since": "2019"}
    assert ann.patch(path, {"name": "Late"}, headers={"If-Match": str(before["version"])}).code == "stale_version"
    answer = ann.patch(path, {"attributes": {"plan": None, "size": "L"}})
    assert (answer.json["name"], answer.json["attributes"]) == ("Kim Larsen", {"since": "2019", "size": "L"})
    assert ann.patch(path, {"attributes": {f"a{n}": "x" for n in range(49)}}).code == "too_many"
    assert ann.get(path).json["attributes"] == {"since": "2019", "size": "L"}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, second = (ann.patch(path, {"name": "Kim L."}, headers=key) for _ in range(2))
    assert first.json["version"] == second.json["version"]
    suite.attached(suite.mail_in(inbox, made_address(ann, path), name="Somebody Else"))
    assert ann.get(path).json["name"] == "Kim L.", "what a mail says of its sender does not undo it"


def test_a_customers_new_name_reaches_everybody_who_sees_them(suite, inbox):
    address, others = f"{uuid.uuid4().hex}@customers.example", [suite.make_inbox()["id"] for _ in range(2)]
    made = [suite.make_conversation(place, address, name="Kim") for place in (inbox, others[0])]
    customer = made[0]["customer"]["id"]
    assert made[1]["customer"]["id"] == customer
    ann, ben, eve = (suite.make_agent(inboxes=[place]) for place in (inbox, *others))
    anns, bens, eves = (suite.stream(api).wait_ready() for api in (ann, ben, eve))
    assert ann.patch(f"/customers/{customer}", {"name": "Kim Larsen"}).status == 200
    told = bens.wait_event("customer.changed_elsewhere")
    assert (told["data"], told["inbox_id"], told["conversation_id"]) == ({"customer_id": customer, "name": "Kim Larsen"}, others[0], None)
    assert ann.agent["id"] not in str(told), "who did it may be nobody they know"
    anns.wait_event("customer.changed")
    last = suite.admin.get("/inboxes").json["cursor"]
    for stream in (anns, bens, eves):
        stream.wait_cursor(last)
    assert [[e["type"] for e in stream.events if e["data"].get("customer_id") == customer] for stream in (anns, bens, eves)] == [
        ["customer.changed"], ["customer.changed_elsewhere"], []]


def made_address(api, path):
    return api.get(path).json["contact_points"][0]["address"]


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "x" * 201}, {"attributes": []}, {"attributes": {"": "x"}}, {"attributes": {"x": ""}},
                                  {"attributes": {"x": 5}}, {"attributes": {"x": "y" * 2001}}])
def test_a_bad_change_of_a_customer_is_refused(suite, inbox, body):
    made = suite.make_conversation(inbox)
    assert suite.admin.patch(f"/customers/{made['customer']['id']}", body).code == "invalid_field"


def test_notes_on_a_customer_stand_latest_first(suite, inbox):
    ann, ben = suite.make_agent(inboxes=[inbox]), suite.make_agent(inboxes=[inbox])
    path = f"/customers/{suite.make_conversation(inbox)['customer']['id']}"
    first, second = (ann.post(path + "/notes", {"text": text}).json for text in ("Has a dog", "Moved to Vigo"))
    assert [n["id"] for n in ben.get(path + "/notes").json["items"]] == [second["id"], first["id"]]
    assert ben.get(path).json["notes"] == [second, first]
    assert first["author"] == {"id": ann.agent["id"], "name": ann.agent["name"]}
    assert ben.delete(f"{path}/notes/{first['id']}").status == 403
    assert ann.delete(f"{path}/notes/{first['id']}").status == 204
    assert ann.delete(f"{path}/notes/{first['id']}").status == 404
    assert ann.post(path + "/notes", {"text": ""}).code == "invalid_field"
