"""Chat inboxes: what an administrator sets of them, what is refused, the secret a shop signs with, and that every change is an event."""
import base64
import hashlib
import hmac
import secrets
import uuid

import pytest

from gateway_suite import GatewaySuite

SETTINGS = {
    "greeting": {"en": "Hello", "es": "Hola"}, "title": {"en": "Help"}, "accent": "#004D4F",
    "prechat": {"name": "optional", "email": "required"}, "position": "start", "attachments": False,
    "hours": {"time_zone": "Europe/Madrid", "days": {"1": [["09:00", "14:00"], ["14:00", "17:30"]], "7": [["00:00", "24:00"]]}},
}


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as made:
        yield made


@pytest.fixture(scope="module")
def shop(suite):
    return suite.make_chat_inbox()


def told(suite, inbox):
    return [envelope.inbox_updated for envelope in suite.log("key = %s AND type = 'inbox.updated'", inbox["id"])]


def test_a_chat_inbox_is_made_whole_and_told_whole(suite):
    mail = suite.make_inbox()["id"]
    made = suite.admin.post("/inboxes", {"channel": "chat", "name": "Shop", "address": "Shop.Web", "chat": {
        "origins": ["https://shop.example", "http://localhost:8090"], "mail_inbox_id": mail, "settings": SETTINGS}}).json
    assert (made["channel"], made["address"], made["version"]) == ("chat", "shop.web", 1)
    chat = made["chat"]
    assert (chat["origins"], chat["mail_inbox_id"], chat["settings"]) == (["https://shop.example", "http://localhost:8090"], mail, SETTINGS)
    lines = chat["embed"].split("\n")
    assert len(lines) == 2 and chat["public_id"] in chat["embed"] and f'src="{suite.url}/widget/loader.js"' in chat["embed"]
    read = suite.admin.get(f"/inboxes/{made['id']}").json
    assert {k: v for k, v in read.items() if k != "cursor"} == made
    event, = told(suite, made)
    assert (event.channel, event.name, event.address, event.active) == (2, "Shop", "shop.web", True)


def test_missing_members_have_their_defaults(suite):
    made = suite.admin.post("/inboxes", {"channel": "chat", "name": "Shop"}).json
    assert made["address"].startswith("chat-") and made["chat"]["origins"] == [] and made["chat"]["settings"] == {}
    assert made["chat"]["mail_inbox_id"] is None
    assert suite.make_inbox()["chat"] is None


def test_names_are_unlike(suite):
    made = [suite.make_chat_inbox() for _ in range(3)]
    assert len({m["chat"]["public_id"] for m in made}) == len({m["address"] for m in made}) == 3
    assert len({suite.admin.get(f"/inboxes/{m['id']}/chat/secret").json["secret"] for m in made}) == 3


def test_a_handle_is_taken_once(suite):
    body = {"channel": "chat", "name": "Shop", "address": f"shop-{secrets.token_hex(4)}"}
    assert suite.admin.post("/inboxes", body).status == 201
    assert suite.admin.post("/inboxes", body | {"address": body["address"].upper()}).code == "address_taken"


@pytest.mark.parametrize("change, field", [
    ({"address": ""}, "address"), ({"address": "a b"}, "address"), ({"address": "x" * 65}, "address"), ({"address": "a@b.example"}, "address"),
    ({"smtp_url": "smtp://mail.example"}, "smtp_url"), ({"imap_url": "imap://mail.example"}, "imap_url"),
    ({"chat": []}, "chat"), ({"chat": "x"}, "chat"), ({"chat": {"secret": "x"}}, "chat.secret"), ({"chat": {"public_id": "x"}}, "chat.public_id"),
    ({"chat": {"mail_inbox_id": 5}}, "chat.mail_inbox_id"), ({"chat": {"mail_inbox_id": "x"}}, "chat.mail_inbox_id"),
    ({"chat": {"mail_inbox_id": str(uuid.uuid4())}}, None), ({"chat": {"settings": []}}, "chat.settings")])
def test_bad_chat_inboxes_are_refused(suite, change, field):
    answer = suite.admin.post("/inboxes", {"channel": "chat", "name": "N", **change})
    assert (answer.status, answer.code) == (422, "invalid_field")
    assert field is None or answer.json["field"] == field


def test_a_mail_inbox_has_no_chat_and_a_chat_goes_on_in_a_mail_inbox_only(suite, shop):
    answer = suite.admin.post("/inboxes", {"channel": "email", "name": "N", "address": "mail@suite.example", "chat": {}})
    assert (answer.status, answer.json["field"]) == (422, "chat")
    mail = suite.make_inbox()["id"]
    assert suite.admin.patch(f"/inboxes/{mail}", {"chat": {"origins": []}}).status == 422
    assert suite.admin.get(f"/inboxes/{mail}/chat/secret").status == 404
    assert suite.admin.post(f"/inboxes/{mail}/chat/secret").status == 404
    path = f"/inboxes/{shop['id']}"
    assert suite.admin.patch(path, {"chat": {"mail_inbox_id": shop["id"]}}).status == 422
    assert suite.admin.patch(path, {"smtp_url": "smtp://mail.example"}).status == 422


@pytest.mark.parametrize("origin", [
    "https://shop.example", "https://shop.example:8443", "https://xn--caf-dma.example", "https://10.0.0.1", "https://shop", "http://localhost",
    "http://localhost:3000", "http://127.0.0.1:8080"])
def test_origins_are_taken_as_browsers_write_them(suite, shop, origin):
    assert suite.admin.patch(f"/inboxes/{shop['id']}", {"chat": {"origins": [origin]}}).json["chat"]["origins"] == [origin]


@pytest.mark.parametrize("origin", [
    "http://shop.example", "http://localhost.evil.example", "http://127.0.0.2", "https://", "https://shop.example/", "https://shop.example/cart",
    "https://shop.example?x", "https://Shop.example", "https://shop.example:443", "http://localhost:80", "https://shop.example:0", "https://shop.example:65536",
    "https://shop.example:08443", "https://shop.example:", "https://user@shop.example", "https://*.shop.example", "*", "null", "", "shop.example",
    "https://shop..example", "https://-shop.example", "https://shop-.example", "https://shop.example.", "https://café.example", "https://shop.example ",
    "https://shop.example; script-src *", "javascript://shop.example", "https://[::1", "x" * 400, 5, None])
def test_other_origins_are_refused(suite, shop, origin):
    answer = suite.admin.patch(f"/inboxes/{shop['id']}", {"chat": {"origins": [origin]}})
    assert (answer.status, answer.json["field"]) == (422, "chat.origins")


def test_origins_are_a_bounded_list(suite, shop):
    for origins in ("https://shop.example", {"0": "https://shop.example"}, ["https://shop.example"] * 101):
        assert suite.admin.patch(f"/inboxes/{shop['id']}", {"chat": {"origins": origins}}).json["field"] == "chat.origins"


def hours(zone="Europe/Madrid", **days):
    return {"hours": {"time_zone": zone, "days": {name.lstrip("d"): spans for name, spans in days.items()}}}


@pytest.mark.parametrize("settings, field", [
    ({"colour": "#000000"}, "colour"), ({"greeting": "Hello"}, "greeting"), ({"greeting": {"de": "Hallo"}}, "greeting.de"),
    ({"greeting": {"en": "x" * 501}}, "greeting.en"), ({"title": {"es": 5}}, "title.es"), ({"accent": "red"}, "accent"), ({"accent": "#00 D4F"}, "accent"),
    ({"accent": "#004D4F0"}, "accent"), ({"accent": 5}, "accent"), ({"prechat": {"phone": "off"}}, "prechat.phone"),
    ({"prechat": {"email": "maybe"}}, "prechat.email"), ({"prechat": []}, "prechat"), ({"position": "left"}, "position"), ({"attachments": "no"}, "attachments"),
    ({"hours": []}, "hours"), ({"hours": {}}, "hours.time_zone"), ({"hours": {"time_zone": "UTC"}}, "hours.days"),
    ({"hours": {"time_zone": "UTC", "days": []}}, "hours.days"), ({"hours": {"time_zone": "UTC", "days": {}, "closed": []}}, "hours.closed"),
    (hours(d0=[]), "hours.days.0"), (hours(d8=[]), "hours.days.8"), (hours(d1=None), "hours.days.1"), (hours(d1=["09:00", "17:00"]), "hours.days.1"),
    (hours(d1=[["09:00"]]), "hours.days.1"), (hours(d1=[["09:00", "17:00", "18:00"]]), "hours.days.1"), (hours(d1=[["17:00", "09:00"]]), "hours.days.1"),
    (hours(d1=[["09:00", "09:00"]]), "hours.days.1"), (hours(d1=[["9:00", "17:00"]]), "hours.days.1"), (hours(d1=[["09:60", "17:00"]]), "hours.days.1"),
    (hours(d1=[["09:00", "24:01"]]), "hours.days.1"), (hours(d1=[["09:00", "12:00"], ["11:00", "13:00"]]), "hours.days.1"),
    (hours(d1=[[f"{n:02}:00", f"{n:02}:30"] for n in range(11)]), "hours.days.1"), (hours(zone="Mars/Olympus"), "hours.time_zone"), (hours(zone="x; DROP"), "hours.time_zone"),
    (hours(zone="Z" * 65), "hours.time_zone")])
def test_bad_settings_are_refused_by_member(suite, shop, settings, field):
    answer = suite.admin.patch(f"/inboxes/{shop['id']}", {"chat": {"settings": settings}})
    assert (answer.status, answer.code) == (422, "invalid_field")
    assert answer.json["field"] == f"chat.settings.{field}"


def test_what_is_set_is_what_the_database_opens_by(suite, shop):
    suite.admin.patch(f"/inboxes/{shop['id']}", {"chat": {"settings": SETTINGS}})
    monday, sunday = "2026-06-01", "2026-06-07"
    for at, is_open in ((f"{monday} 08:59", False), (f"{monday} 09:00", True), (f"{monday} 14:00", True), (f"{monday} 17:30", False),
                        ("2026-06-02 10:00", False), (f"{sunday} 00:00", True), (f"{sunday} 23:59", True)):
        found, = suite.query("SELECT config.is_open(settings, %s::timestamp AT TIME ZONE 'Europe/Madrid') FROM config.chat WHERE inbox_id = %s", at, shop["id"])[0]
        assert found is is_open, at


def test_a_change_names_only_what_changes(suite):
    mail = suite.make_inbox()["id"]
    made = suite.make_chat_inbox(mail_inbox_id=mail, accent="#112233")
    path = f"/inboxes/{made['id']}"
    secret = suite.admin.get(path + "/chat/secret").json
    changed = suite.admin.patch(path, {"chat": {"origins": []}}).json
    assert changed["chat"] == made["chat"] | {"origins": []} and changed["version"] == 2
    changed = suite.admin.patch(path, {"chat": {"settings": {"position": "start"}}, "name": "Other"}, headers={"If-Match": "2"}).json
    assert changed["chat"]["settings"] == {"position": "start"} and changed["chat"]["mail_inbox_id"] == mail and changed["name"] == "Other"
    assert suite.admin.patch(path, {"chat": {"mail_inbox_id": None}}).json["chat"]["mail_inbox_id"] is None
    assert suite.admin.patch(path, {"chat": {"origins": []}}, headers={"If-Match": "2"}).code == "stale_version"
    assert suite.admin.patch(path, {"chat": None, "active": False}).json["active"] is False
    assert suite.admin.get(path + "/chat/secret").json == secret
    assert suite.query("SELECT version FROM config.chat WHERE inbox_id = %s", made["id"])[0][0] == 4
    assert [(event.channel, event.active) for event in told(suite, made)] == [(2, True)] * 4 + [(2, False)]


# ---- the secret ----

def test_the_secret_is_kept_to_administrators_and_out_of_everything_else(suite):
    made = suite.make_chat_inbox()
    answer = suite.admin.get(f"/inboxes/{made['id']}/chat/secret")
    secret = answer.json["secret"]
    assert answer.headers["Cache-Control"] == "no-store"
    replaced = suite.admin.post(f"/inboxes/{made['id']}/chat/secret").json["secret"]
    assert replaced != secret
    for each in (secret, replaced):
        for table in ("config.inbox", "config.chat", "gateway.request", "bus.event"):
            held = suite.sql(f"SELECT to_jsonb(t) FROM {table} t")
            assert each not in held and each.encode().hex() not in held
        assert each not in suite.gateway_daemon.log.read_text()
    for role in ("agent", "supervisor"):
        assert suite.make_agent(role, [made["id"]]).get(f"/inboxes/{made['id']}").json["chat"]["public_id"] == made["chat"]["public_id"]


def test_the_seal_opens_to_the_very_characters_shops_sign_with(suite):
    """As the chat daemon opens it: secretbox with the installation's key; HMAC's key is the text."""
    import ctypes
    import ctypes.util
    made = suite.make_chat_inbox()
    sealed, = suite.query("SELECT secret_sealed FROM config.chat WHERE inbox_id = %s", made["id"])[0]
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
    plain = ctypes.create_string_buffer(len(sealed) - 40)
    assert sodium.crypto_secretbox_open_easy(plain, sealed[24:], ctypes.c_ulonglong(len(sealed) - 24), sealed[:24], bytes.fromhex(suite.seal_key)) == 0
    secret = suite.admin.get(f"/inboxes/{made['id']}/chat/secret").json["secret"]
    assert plain.raw == secret.encode() and len(secret) == 64
    sign = lambda key: base64.urlsafe_b64encode(hmac.digest(key, b"header.payload", hashlib.sha256))
    assert sign(plain.raw) == sign(secret.encode())


def test_a_secret_asked_for_twice_with_one_key_is_replaced_once(suite):
    made = suite.make_chat_inbox()
    path, key = f"/inboxes/{made['id']}/chat/secret", {"Idempotency-Key": secrets.token_hex(8)}
    first, second = (suite.admin.post(path, headers=key).json["secret"] for _ in range(2))
    assert first == second == suite.admin.get(path).json["secret"]
    other = suite.admin.post(path).json["secret"]
    assert other != first and suite.admin.get(path).json["secret"] == other
    assert [event.channel for event in told(suite, made)] == [2] * 3
    request, = suite.query("SELECT id::text FROM gateway.request WHERE idempotency_key = %s", key["Idempotency-Key"])[0]
    assert suite.admin.get(f"/requests/{request}").json["outcome"] == {"inbox_id": made["id"]}
