"""API tokens, own passwords, preferences and the company; and the log of who configured what."""
import datetime
import json
import secrets
import time

import pytest

from bus_suite import wait_until
from gateway_suite import ADMIN, PASSWORD, GatewaySuite


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as made:
        yield made


@pytest.fixture
def fresh(suite):
    """No counted failures."""
    suite.redis.client.flushall()
    return suite


def in_seconds(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def make_token(client, scope="write", **more):
    """A client with a fresh token of that one's, .record what the API said."""
    answer = client.post("/tokens", {"name": "Script", "scope": scope, **more})
    assert answer.status == 201, answer.body
    program = client.clone(answer.json["token"])
    program.record = answer.json
    return program


# ---- tokens ----

def test_a_token_acts_as_its_agent(suite):
    inbox = suite.make_inbox()["id"]
    agent = suite.make_agent(inboxes=[inbox])
    program = make_token(agent)
    assert [i["id"] for i in program.get("/inboxes").json["items"]] == [inbox]
    assert program.get("/session").json["agent"]["id"] == agent.agent["id"]
    assert program.put("/presence", {"status": "away"}).status == 200
    assert program.get("/audit").code == "forbidden"


def test_a_read_token_writes_nothing(suite):
    program = make_token(suite.admin, "read")
    assert program.get("/agents").status == 200
    for answer in (program.post("/teams", {"name": "x"}), program.patch("/company", {"name": "x"}), program.put("/presence", {"status": "away"}),
                   program.delete("/session"), program.put("/preferences", {})):
        assert (answer.status, answer.code) == (403, "read_only_token")


def test_a_token_makes_no_tokens_and_changes_no_password(suite):
    program = make_token(suite.admin)
    assert program.post("/tokens", {"name": "x", "scope": "write"}).code == "session_needed"
    assert program.put("/session/password", {"current": ADMIN[1], "new": "another password"}).code == "session_needed"


def test_a_token_is_shown_once_and_to_a_repeated_request_again(suite):
    agent, key = suite.make_agent(), {"Idempotency-Key": secrets.token_hex(8)}
    first, second = (agent.post("/tokens", {"name": "Once", "scope": "read"}, headers=key) for _ in range(2))
    assert (first.status, first.json) == (second.status, second.json) == (201, first.json)
    listed = agent.get("/tokens").json["items"]
    assert [t["id"] for t in listed] == [first.json["id"]] and "token" not in listed[0]
    stored = json.dumps(suite.query("SELECT to_jsonb(t) FROM staff.token t") + suite.query("SELECT to_jsonb(r) FROM gateway.request r"), default=str)
    assert first.json["token"] not in stored and first.json["token"].removeprefix("hilo_") not in stored


def test_use_is_noted(suite):
    agent = suite.make_agent()
    program = make_token(agent)
    assert agent.get("/tokens").json["items"][0]["last_used_at"] is None
    program.get("/session")
    wait_until(lambda: agent.get("/tokens").json["items"][0]["last_used_at"], 5, "the use is noted")


def test_a_deleted_token_is_refused_at_once_and_its_streams_end(suite):
    agent = suite.make_agent()
    program, other = make_token(agent), make_token(agent)
    stream, kept = suite.stream(program).wait_ready(), suite.stream(other).wait_ready()
    began = time.monotonic()
    assert agent.delete(f"/tokens/{program.record['id']}").status == 204
    assert program.get("/session").code == "unauthenticated"
    assert stream.wait_closed(4) == 4401 and time.monotonic() - began < 4  # before sessions are looked at anyway, every 5 s
    assert other.get("/session").status == 200 and kept.close_code is None


def test_an_expired_token_is_refused_and_its_streams_end(suite):
    agent = suite.make_agent()
    program = make_token(agent, expires_at=in_seconds(2))
    stream = suite.stream(program).wait_ready()
    wait_until(lambda: program.get("/session").status == 401, 4, "it is refused")
    assert stream.wait_closed(8) == 4401


@pytest.mark.parametrize("expires_at", ["yesterday", 1, "2020-01-01T00:00:00Z"])
def test_a_token_ends_in_the_future(suite, expires_at):
    answer = suite.admin.post("/tokens", {"name": "x", "scope": "read", "expires_at": expires_at})
    assert (answer.status, answer.json["field"]) == (422, "expires_at")


def test_who_is_deactivated_has_no_programs_either(suite):
    agent = suite.make_agent()
    program = make_token(agent)
    suite.admin.patch(f"/agents/{agent.agent['id']}", {"active": False})
    assert program.get("/session").status == 401


def test_tokens_are_their_agents_and_the_administrators(suite):
    agent, other = suite.make_agent(), suite.make_agent("supervisor", ["all"])
    program = make_token(agent)
    mine = agent.agent["id"]
    assert other.get("/tokens").json["items"] == []
    assert other.get("/tokens", agent=mine).code == other.get("/tokens", agent="all").code == "forbidden"
    assert other.delete(f"/tokens/{program.record['id']}").status == 404
    assert [t["id"] for t in suite.admin.get("/tokens", agent=mine).json["items"]] == [program.record["id"]]
    assert program.record["id"] in [t["id"] for t in suite.admin.get("/tokens", agent="all").json["items"]]
    assert suite.admin.delete(f"/tokens/{program.record['id']}").status == 204
    assert program.get("/session").status == 401


def test_a_token_in_the_cookie_opens_nothing(suite):
    program = make_token(suite.make_agent())
    bare = suite.api.clone(token=None)
    assert bare.get("/session", headers={"Cookie": f"hilo_session={program.token}"}).status == 401


def test_a_program_that_reads_does_not_keep_its_agent_present(suite):
    agent = suite.make_agent()
    suite.stream(make_token(agent, "read")).wait_ready()
    assert not suite.redis.client.keys(f"*{agent.agent['id']}*")
    suite.stream(make_token(agent)).wait_ready()
    wait_until(lambda: suite.redis.client.keys(f"*{agent.agent['id']}*"), 5, "a working program is there")


def test_there_is_an_end_to_tokens(suite):
    agent = suite.make_agent()
    suite.execute("INSERT INTO staff.token (id, hash, agent_id, name, scope) "
                  "SELECT gen_random_uuid(), sha256(n::text::bytea), %s, 'x', 'read' FROM generate_series(1, 100) n", agent.agent["id"])
    assert agent.post("/tokens", {"name": "x", "scope": "read"}).code == "refused"


# ---- passwords ----

def test_a_new_password_ends_the_other_sessions(fresh):
    agent = fresh.make_agent()
    other = fresh.api.sign_in(agent.agent["email"], PASSWORD)
    stream, own = fresh.stream(other).wait_ready(), fresh.stream(agent).wait_ready()
    assert agent.put("/session/password", {"current": PASSWORD, "new": "a better password"}).status == 204
    assert other.get("/session").status == 401 and agent.get("/session").status == 200
    assert stream.wait_closed(4) == 4401 and own.close_code is None
    assert fresh.api.post("/session", {"email": agent.agent["email"], "password": PASSWORD}).status == 401
    fresh.api.sign_in(agent.agent["email"], "a better password")


def test_the_present_password_must_be_known_and_guessing_ends(fresh):
    agent = fresh.make_agent()
    wrong = [agent.put("/session/password", {"current": f"guess {n}", "new": "a better password"}) for n in range(6)]
    assert [answer.code for answer in wrong] == ["wrong_password"] * 5 + ["too_many_attempts"]
    assert "Retry-After" in wrong[5].headers


@pytest.mark.parametrize("body, field", [({"new": "long enough"}, "current"), ({"current": PASSWORD}, "new"), ({"current": PASSWORD, "new": "short"}, "new")])
def test_bad_passwords_are_refused(fresh, body, field):
    assert fresh.make_agent().put("/session/password", body).json["field"] == field


def link(answer):
    assert answer.status == 201, answer.body
    return "/invitations/" + answer.json["invitation_url"].rpartition("/")[2]


def test_an_invitation_anew_voids_the_former(fresh):
    number = secrets.token_hex(4)
    made = fresh.admin.post("/agents", {"name": "New", "email": f"{number}@suite.example", "role": "agent"})
    old, new = link(made), link(fresh.admin.post(f"/agents/{made.json['id']}/invitation"))
    assert fresh.api.post(old, {"password": PASSWORD}).status == 404
    assert fresh.api.post(new, {"password": PASSWORD}).status == 204
    assert fresh.api.post(new, {"password": PASSWORD}).status == 404
    fresh.api.sign_in(made.json["email"], PASSWORD)


def test_a_forgotten_password_is_set_anew_and_ends_the_sessions(fresh):
    agent = fresh.make_agent()
    stream = fresh.stream(agent).wait_ready()
    address = link(fresh.admin.post(f"/agents/{agent.agent['id']}/invitation"))
    assert agent.get("/session").status == 200  # until it is used
    assert fresh.api.post(address, {"password": "remembered now"}).status == 204
    assert agent.get("/session").status == 401 and stream.wait_closed(4) == 4401
    fresh.api.sign_in(agent.agent["email"], "remembered now")


def test_a_repeated_invitation_is_the_same(fresh):
    agent, key = fresh.make_agent(), {"Idempotency-Key": secrets.token_hex(8)}
    first, second = (fresh.admin.post(f"/agents/{agent.agent['id']}/invitation", headers=key) for _ in range(2))
    assert first.json == second.json


def test_nobody_inactive_is_invited(fresh):
    agent = fresh.make_agent()
    fresh.admin.patch(f"/agents/{agent.agent['id']}", {"active": False})
    assert fresh.admin.post(f"/agents/{agent.agent['id']}/invitation").code == "refused"


# ---- preferences, the company, what is missing ----

DEFAULTS = {"locale": None, "theme": "auto", "density": "comfortable", "shortcuts": True, "keymap": {}, "sound": True,
            "notifications": True, "auto_away": True, "guide_dismissed": False}


def test_preferences_are_ones_own_and_missing_means_default(suite):
    agent, other = suite.make_agent(), suite.make_agent()
    stream, theirs = suite.stream(agent).wait_ready(), suite.stream(other).wait_ready()
    read = agent.get("/preferences").json
    assert read == {**DEFAULTS, "cursor": read["cursor"]}
    chosen = {"theme": "dark", "locale": "es", "keymap": {"reply": "r", "close": None}, "guide_dismissed": True}
    assert agent.put("/preferences", chosen).json == {**DEFAULTS, **chosen}
    assert agent.put("/preferences", {"sound": False}).json == {**DEFAULTS, "sound": False}
    assert {**other.get("/preferences").json, "cursor": ""} == {**DEFAULTS, "cursor": ""}
    stream.wait_configured("preferences", agent.agent["id"], agent.agent["id"])
    suite.admin.patch("/company", {"locale": "en"})
    theirs.wait_configured("company", "")
    assert "preferences" not in [e["data"].get("kind") for e in theirs.events]


def test_the_company_is_named_once_for_all(suite):
    before = suite.make_agent().get("/company")
    assert before.headers["ETag"] == f'"{before.json["version"]}"'
    changed = suite.admin.patch("/company", {"name": "Norte & Hijos", "locale": "es", "time_zone": "Europe/Madrid"},
                                headers={"If-Match": before.headers["ETag"]})
    assert changed.json == {"name": "Norte & Hijos", "locale": "es", "time_zone": "Europe/Madrid", "version": before.json["version"] + 1}
    assert suite.admin.patch("/company", {"name": "x"}, headers={"If-Match": before.headers["ETag"]}).code == "stale_version"
    assert suite.admin.patch("/company", {"time_zone": "Europe/Atlantis"}).code == "invalid_field"


@pytest.mark.parametrize("body, field", [({"name": ""}, "name"), ({"name": "x" * 201}, "name"), ({"locale": "fr"}, "locale"), ({"locale": None}, "locale")])
def test_bad_companies_are_refused(suite, body, field):
    assert suite.admin.patch("/company", body).json["field"] == field


def test_setup_says_what_is_still_missing():
    with GatewaySuite() as suite:
        def setup():
            answer = suite.admin.get("/setup").json
            return {step for step, done in answer.items() if done is True}
        assert setup() == set()
        suite.admin.patch("/company", {"name": "Norte"})
        assert setup() == {"company"}
        inbox = suite.make_inbox()["id"]
        assert setup() == {"company", "inbox"}
        suite.make_agent(inboxes=[inbox])
        assert setup() == {"company", "inbox", "agent"}
        suite.make_conversation(inbox)
        assert setup() == {"company", "inbox", "agent", "message", "done"}


# ---- the audit log ----

def entries(suite, **query):
    return suite.admin.get("/audit", limit=200, **query).json["items"]


def last(suite, action, key=None):
    return next(e for e in entries(suite, action=action) if key is None or e["object"]["id"] == key)


def test_every_configuration_write_leaves_a_row_and_no_secret(fresh):
    """Each operation that configures something, once; exactly its row; nothing that opens anything stands in the log."""
    suite, admin = fresh, fresh.admin
    secret = {name: f"{name}-{secrets.token_hex(8)}" for name in ("smtp", "imap", "password", "invited", "note")}
    inbox, chat = suite.make_inbox(), suite.make_chat_inbox()
    customer = suite.make_conversation(inbox["id"])["customer"]["id"]
    agent, shared = suite.make_agent(), {"scope": "shared", "title": "T", "text": "Text", "shortcut": f"s{secrets.token_hex(4)}"}
    tag = f"t{secrets.token_hex(4)}"
    made = {}

    def number(kind):
        return made[kind]["id"]

    def keep(kind, answer):
        made[kind] = answer.json
        return answer

    steps = [
        ("inbox.created", lambda: keep("inbox", admin.post("/inboxes", {
            "channel": "email", "name": "I", "address": f"{secrets.token_hex(4)}@suite.example",
            "smtp_url": f"smtp://u:{secret['smtp']}@relay.example", "imap_url": f"imaps://u:{secret['imap']}@relay.example"}))),
        ("inbox.changed", lambda: admin.patch(f"/inboxes/{inbox['id']}", {"smtp_url": f"smtp://u:{secret['smtp']}@relay.example"})),
        ("inbox.secret_replaced", lambda: keep("secret", admin.post(f"/inboxes/{chat['id']}/chat/secret"))),
        ("agent.created", lambda: keep("agent", admin.post("/agents", {
            "name": "A", "email": f"{secrets.token_hex(4)}@suite.example", "role": "agent", "password": secret["password"]}))),
        ("agent.changed", lambda: admin.patch(f"/agents/{number('agent')}", {"capacity": 3})),
        ("agent.invited", lambda: keep("invitation", admin.post(f"/agents/{number('agent')}/invitation"))),
        ("agent.password_set", lambda: suite.api.post("/invitations/" + made["invitation"]["invitation_url"].rpartition("/")[2],
                                                      {"password": secret["invited"]})),
        ("agent.password_changed", lambda: agent.put("/session/password", {"current": PASSWORD, "new": secret["password"]})),
        ("team.created", lambda: keep("team", admin.post("/teams", {"name": f"T {secrets.token_hex(4)}"}))),
        ("team.changed", lambda: admin.patch(f"/teams/{number('team')}", {"member_ids": [agent.agent["id"]]})),
        ("canned_reply.created", lambda: keep("reply", admin.post("/canned-replies", shared))),
        ("canned_reply.changed", lambda: admin.patch(f"/canned-replies/{number('reply')}", {"text": "Other"})),
        ("canned_reply.deleted", lambda: admin.delete(f"/canned-replies/{number('reply')}")),
        ("tag.created", lambda: admin.post("/tags", {"name": tag})),
        ("tag.changed", lambda: admin.patch(f"/tags/{tag}", {"description": "D"})),
        ("tag.deleted", lambda: admin.delete(f"/tags/{tag}")),
        ("company.changed", lambda: admin.patch("/company", {"name": f"C {secrets.token_hex(4)}"})),
        ("token.created", lambda: keep("token", admin.post("/tokens", {"name": "K", "scope": "read"}))),
        ("view.created", lambda: keep("view", admin.post("/views", {"name": "V", "filters": {"tag": "x"}, "shared": True}))),
        ("view.changed", lambda: admin.patch(f"/views/{number('view')}", {"filters": {"priority": "high"}})),
        ("view.deleted", lambda: admin.delete(f"/views/{number('view')}")),
        ("customer_note.created", lambda: keep("note", admin.post(f"/customers/{customer}/notes", {"text": secret["note"]}))),
        ("customer_note.deleted", lambda: admin.delete(f"/customers/{customer}/notes/{number('note')}")),
        ("token.deleted", lambda: admin.delete(f"/tokens/{number('token')}")),
    ]
    for action, step in steps:
        before = suite.query("SELECT count(*) FROM gateway.audit")[0][0]
        answer = step()
        assert answer.status in (200, 201, 204), (action, answer.body)
        rows = suite.query("SELECT action FROM gateway.audit ORDER BY at DESC LIMIT %s", suite.query("SELECT count(*) FROM gateway.audit")[0][0] - before)
        assert rows == [(action,)], action
    log = json.dumps(suite.query("SELECT to_jsonb(a) FROM gateway.audit a"))
    hidden = [*secret.values(), made["secret"]["secret"], made["token"]["token"], made["invitation"]["invitation_url"].rpartition("/")[2], PASSWORD]
    hashes = suite.query("SELECT password_hash FROM staff.agent WHERE password_hash IS NOT NULL")
    assert [text for text in [*hidden, *[h for (h,) in hashes]] if text in log] == []
    assert not {row[0] for row in suite.query("SELECT md5(password_hash) FROM staff.agent")} & set(log.split('"'))


def test_what_is_refused_leaves_no_row(suite):
    before = suite.query("SELECT count(*) FROM gateway.audit")
    agent = suite.query("SELECT id::text FROM staff.agent LIMIT 1")[0][0]
    assert suite.admin.patch(f"/agents/{agent}", {"capacity": 1}, headers={"If-Match": '"999"'}).status == 409
    assert suite.admin.post("/teams", {"name": "x", "member_ids": ["00000000-0000-7000-8000-000000000001"]}).status == 422
    assert suite.query("SELECT count(*) FROM gateway.audit") == before


def test_a_personal_reply_is_nobody_elses_business(suite):
    before = suite.query("SELECT count(*) FROM gateway.audit")
    agent = suite.make_agent()
    assert agent.post("/canned-replies", {"shortcut": "mine", "title": "T", "text": "Private words"}).status == 201
    mine = agent.post("/views", {"name": "Private words", "filters": {}}).json["id"]
    assert agent.delete(f"/views/{mine}").status == 204
    assert suite.query("SELECT count(*) FROM gateway.audit")[0][0] == before[0][0] + 2  # the agent, the sign-in
    assert "Private words" not in json.dumps(suite.query("SELECT to_jsonb(a) FROM gateway.audit a"))


def test_a_row_says_what_changed_from_what_to_what(suite):
    agent = suite.make_agent(name="Ann")
    key = agent.agent["id"]
    suite.admin.patch(f"/agents/{key}", {"name": "Anna", "capacity": 4, "skills": ["spanish"]})
    entry = last(suite, "agent.changed", key)
    assert entry["object"] == {"type": "agent", "id": key, "name": "Anna"}
    assert entry["changes"] == {"name": ["Ann", "Anna"], "capacity": [None, 4], "skills": [[], ["spanish"]]}
    assert entry["actor"] == {"id": suite.admin.get("/session").json["agent"]["id"], "name": "Administrator"}
    assert entry["peer"] == "127.0.0.1"


def test_of_a_secret_only_that_it_changed(suite):
    inbox = suite.make_inbox()
    suite.admin.patch(f"/inboxes/{inbox['id']}", {"smtp_url": "smtp://u:hunter2hunter2@relay.example"})
    assert last(suite, "inbox.changed", inbox["id"])["changes"] == {"smtp_url": [None, "(secret)"]}
    suite.admin.patch(f"/inboxes/{inbox['id']}", {"smtp_url": "smtp://u:hunter3hunter3@relay.example"})
    assert last(suite, "inbox.changed", inbox["id"])["changes"] == {"smtp_url": ["(secret)", "(secret)"]}


def test_settings_of_a_chat_are_told_one_by_one(suite):
    chat = suite.make_chat_inbox()
    suite.admin.patch(f"/inboxes/{chat['id']}", {"chat": {"origins": ["https://other.example"]}})
    assert last(suite, "inbox.changed", chat["id"])["changes"] == {"chat.origins": [["https://shop.example"], ["https://other.example"]]}


def test_signing_in_and_failing_to(fresh):
    agent = fresh.make_agent()
    email = agent.agent["email"]
    assert last(fresh, "session.created")["object"] == {"type": "session", "id": None, "name": email}
    fresh.api.post("/session", {"email": email, "password": "a wrong guess"})
    entry = wait_until(lambda: next((e for e in entries(fresh, action="session.refused") if e["object"]["name"] == email), None), 5, "it is noted")
    assert entry["actor"]["id"] == agent.agent["id"]
    fresh.api.post("/session", {"email": "nobody@suite.example", "password": "a wrong guess"})
    entry = wait_until(lambda: next((e for e in entries(fresh, action="session.refused") if e["object"]["name"] == "nobody@suite.example"), None), 5, "noted")
    assert entry["actor"] is None
    assert "a wrong guess" not in json.dumps(fresh.query("SELECT to_jsonb(a) FROM gateway.audit a"))


def test_the_log_is_read_page_by_page_and_by_who_and_what(suite):
    admin = suite.make_agent("administrator", ["all"])
    for n in range(7):
        admin.post("/tags", {"name": f"page {secrets.token_hex(4)} {n}"})
    whole = admin.get("/audit", agent=admin.agent["id"], action="tag").json
    assert [e["object"]["name"][-1] for e in whole["items"]] == list("6543210") and whole["next"] is None
    pages, after = [], None
    while True:
        page = admin.get("/audit", agent=admin.agent["id"], action="tag.created", limit=3, **({"after": after} if after else {})).json
        pages.append([e["id"] for e in page["items"]])
        after = page["next"]
        if not after:
            break
    assert [len(p) for p in pages] == [3, 3, 1] and sum(pages, []) == [e["id"] for e in whole["items"]]
    assert {e["action"] for e in admin.get("/audit", action="tag.created").json["items"]} == {"tag.created"}
    for bad in ({"after": "x"}, {"agent": "x"}, {"limit": 0}, {"limit": 201}):
        assert admin.get("/audit", **bad).code == "invalid_parameter"


def test_nobody_rewrites_the_log(suite):
    assert suite.query("SELECT has_table_privilege('hilo_gateway', 'gateway.audit', 'UPDATE') OR has_table_privilege('hilo_gateway', 'gateway.audit', 'DELETE')") == [(False,)]
