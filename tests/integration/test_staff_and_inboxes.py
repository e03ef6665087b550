"""Agents and inboxes: what administrators make and change, what is refused, and that every change is an event."""
import secrets
import uuid

import pytest

from gateway_suite import GatewaySuite


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as made:
        yield made


def email():
    return f"{secrets.token_hex(5)}@suite.example"


def events(suite, key, kind):
    return [getattr(envelope, kind.replace(".", "_")) for envelope in suite.log("key = %s AND type = %s", key, kind)]


# ---- agents ----

def test_an_agent_is_made_whole_and_told_whole(suite):
    inbox = suite.make_inbox()["id"]
    made = suite.admin.post("/agents", {"name": "Ömer Ağa", "email": email().upper(), "role": "supervisor", "inboxes": [inbox, inbox],
                                        "capacity": 5, "password": "long enough"}).json
    assert made["email"] == made["email"].lower() and made["inboxes"] == [inbox] and made["capacity"] == 5
    assert "invitation_url" not in made and made["invited"] is False and made["version"] == 1
    told, = events(suite, made["id"], "agent.updated")
    assert (told.agent_id, told.name, told.role, told.all_inboxes, list(told.inbox_ids), told.capacity, told.active) == (
        made["id"], "Ömer Ağa", 2, False, [inbox], 5, True)


@pytest.mark.parametrize("role, inboxes, expected", [
    ("administrator", None, ["all"]), ("agent", None, []), ("supervisor", None, []), ("agent", ["all"], ["all"]), ("administrator", [], [])])
def test_inboxes_missing_mean_none_but_all_for_administrators(suite, role, inboxes, expected):
    body = {"name": "N", "email": email(), "role": role, **({} if inboxes is None else {"inboxes": inboxes})}
    assert suite.admin.post("/agents", body).json["inboxes"] == expected


@pytest.mark.parametrize("change, field", [
    ({"name": ""}, "name"), ({"name": "x" * 201}, "name"), ({"name": "Bcc: all\r\nX: y"}, "name"), ({"name": None}, "name"),
    ({"email": "nobody"}, "email"), ({"email": "a@b@c"}, "email"), ({"email": "a b@c.example"}, "email"), ({"email": "<a@b.example>"}, "email"),
    ({"role": "owner"}, "role"), ({"role": None}, "role"), ({"inboxes": "all"}, "inboxes"), ({"inboxes": ["x"]}, "inboxes"),
    ({"inboxes": [None]}, "inboxes"), ({"inboxes": [str(uuid.uuid4())]}, None), ({"capacity": 0}, "capacity"), ({"capacity": "5"}, "capacity"),
    ({"password": "short"}, "password"), ({"password": "x" * 201}, "password")])
def test_bad_agents_are_refused(suite, change, field):
    answer = suite.admin.post("/agents", {"name": "N", "email": email(), "role": "agent", **change})
    assert (answer.status, answer.code) == (422, "invalid_field")
    assert field is None or answer.json["field"] == field


def test_an_address_is_taken_once(suite):
    body = {"name": "N", "email": email(), "role": "agent"}
    assert suite.admin.post("/agents", body).status == 201
    assert suite.admin.post("/agents", body | {"email": body["email"].upper()}).code == "email_taken"


def test_a_change_names_only_what_changes(suite):
    inbox = suite.make_inbox()["id"]
    agent = suite.make_agent(inboxes=[inbox])
    path = f"/agents/{agent.agent['id']}"
    changed = suite.admin.patch(path, {"name": "New Name"})
    assert (changed.json["name"], changed.json["inboxes"], changed.json["version"], changed.headers["ETag"]) == ("New Name", [inbox], 2, '"2"')
    changed = suite.admin.patch(path, {"capacity": 3, "role": "supervisor", "inboxes": ["all"]}).json
    assert (changed["capacity"], changed["role"], changed["inboxes"], changed["name"]) == (3, "supervisor", ["all"], "New Name")
    assert suite.admin.patch(path, {"capacity": None, "inboxes": []}).json["capacity"] is None
    assert [told.name for told in events(suite, agent.agent["id"], "agent.updated")] == [agent.agent["name"]] + ["New Name"] * 3
    assert agent.get("/inboxes").json["items"] == []


@pytest.mark.parametrize("tag, status", [("1", 200), ('"2"', 200), ('W/"3"', 200), ("*", 200), ("1", 409), ('"99"', 409), ("x", 400), ('"1', 400), ("0", 400)])
def test_a_stale_change_is_refused(stale, tag, status):
    suite, path = stale
    answer = suite.admin.patch(path, {"name": f"Name {tag!r}"[:20].replace('"', "")}, headers={"If-Match": tag})
    assert answer.status == status
    if status == 409:
        assert answer.code == "stale_version"


@pytest.fixture(scope="module")
def stale(suite):
    return suite, f"/agents/{suite.make_agent().agent['id']}"


def test_who_is_deactivated_is_out_at_once(suite):
    agent = suite.make_agent()
    assert suite.admin.patch(f"/agents/{agent.agent['id']}", {"active": False}).json["active"] is False
    assert agent.get("/session").status == 401
    assert suite.api.post("/session", {"email": agent.agent["email"], "password": "agent-password-1"}).code == "wrong_credentials"
    assert suite.admin.patch(f"/agents/{agent.agent['id']}", {"active": True}).status == 200
    assert suite.api.sign_in(agent.agent["email"], "agent-password-1").get("/session").status == 200


def test_the_last_administrator_stays(suite):
    others = [a for a in suite.admin.get("/agents").json["items"] if a["role"] == "administrator" and a["active"]]
    me = suite.admin.get("/session").json["agent"]["id"]
    for other in others:
        if other["id"] != me:
            assert suite.admin.patch(f"/agents/{other['id']}", {"active": False}).status == 200
    for change in ({"active": False}, {"role": "agent"}):
        assert suite.admin.patch(f"/agents/{me}", change).code == "last_administrator"
    assert suite.admin.patch(f"/agents/{me}", {"name": "Still here"}).status == 200


# ---- inboxes ----

def test_an_inbox_keeps_its_passwords_to_itself(suite):
    made = suite.make_inbox(smtp_url="smtps://user:s3cret-canary@mail.example:465", imap_url="imap://u:s3cret-canary@mail.example")
    assert made["has_smtp_url"] and made["has_imap_url"] and "smtp_url" not in made
    for table in ("config.inbox", "gateway.request", "bus.event"):
        assert "s3cret-canary" not in suite.sql(f"SELECT to_jsonb(t) FROM {table} t")
    assert "s3cret-canary" not in suite.gateway_daemon.log.read_text()
    told, = events(suite, made["id"], "inbox.updated")
    assert (told.channel, told.name, told.address, told.active) == (1, made["name"], made["address"], True)


def test_the_seal_opens_with_the_installations_key(suite):
    import ctypes
    import ctypes.util
    made = suite.make_inbox(smtp_url="smtp://user:pass@mail.example:25")
    sealed, = suite.query("SELECT smtp_url_sealed FROM config.inbox WHERE id = %s", made["id"])[0]
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
    plain = ctypes.create_string_buffer(len(sealed) - 40)
    assert sodium.crypto_secretbox_open_easy(plain, sealed[24:], ctypes.c_ulonglong(len(sealed) - 24), sealed[:24], bytes.fromhex(suite.seal_key)) == 0
    assert plain.raw == b"smtp://user:pass@mail.example:25"


@pytest.mark.parametrize("change, field", [
    ({"channel": "fax"}, "channel"), ({"channel": None}, "channel"), ({"name": ""}, "name"), ({"name": "a\nb"}, "name"), ({"address": "help"}, "address"),
    ({"smtp_url": "http://mail.example"}, "smtp_url"), ({"smtp_url": "mail.example:25"}, "smtp_url"), ({"smtp_url": 1}, "smtp_url"),
    ({"smtp_url": "smtp://" + "x" * 500}, "smtp_url"), ({"imap_url": "smtp://mail.example"}, "imap_url"), ({"team_id": "x"}, "team_id")])
def test_bad_inboxes_are_refused(suite, change, field):
    answer = suite.admin.post("/inboxes", {"channel": "email", "name": "N", "address": email(), **change})
    assert (answer.status, answer.code, answer.json["field"]) == (422, "invalid_field", field)


def test_an_inbox_address_is_taken_once(suite):
    address = email()
    suite.make_inbox(address=address)
    answer = suite.admin.post("/inboxes", {"channel": "email", "name": "N", "address": address.upper()})
    assert (answer.status, answer.code) == (409, "address_taken")


def test_an_inbox_changes_by_name(suite):
    made = suite.make_inbox(smtp_url="smtp://mail.example")
    path = f"/inboxes/{made['id']}"
    assert suite.admin.patch(path, {"name": "Other"}).json["has_smtp_url"] is True
    changed = suite.admin.patch(path, {"smtp_url": None, "active": False}, headers={"If-Match": "2"}).json
    assert (changed["name"], changed["has_smtp_url"], changed["active"], changed["version"]) == ("Other", False, False, 3)
    assert suite.admin.patch(path, {"name": "Late"}, headers={"If-Match": "2"}).code == "stale_version"
    assert [told.name for told in events(suite, made["id"], "inbox.updated")] == [made["name"], "Other", "Other"]


@pytest.mark.parametrize("raw, content_type, status, code", [
    (b"", "application/json", 400, "bad_json"), (b"[]", "application/json", 400, "bad_json"), (b"{", "application/json", 400, "bad_json"),
    (b'{"name":"a","name":"b"}', "application/json", 400, "bad_json"), (b'{"name":"\xff"}', "application/json", 400, "bad_json"),
    (b"{}", "text/plain", 415, "unsupported_media_type"), (b'{"name":"\\u0000"}', "application/json", 400, "bad_json")])
def test_bodies_that_are_no_json_object_are_refused(suite, raw, content_type, status, code):
    answer = suite.admin.post("/inboxes", raw=raw, headers={"Content-Type": content_type})
    assert (answer.status, answer.code) == (status, code)
