"""Who visitors are: sessions, identities a shop signs, claims and confirmations, files. The real chat daemon answers; inboxes are
rows as the gateway writes them, conversations rows as identity and routing do."""
import base64
import concurrent.futures
import contextlib
import ctypes
import ctypes.util
import hashlib
import hmac
import http.client
import itertools
import json
import re
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import pytest

from bus_suite import wait_until
from cluster import TREE, free_port
from routing_suite import RoutingSuite

sys.path.insert(0, str(TREE / "common" / "cmake"))
import sql_catalogue  # noqa: E402

SEAL_KEY = "07" * 32
peers = itertools.count(1)


def seal(text):
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
    plain, nonce = text.encode(), secrets.token_bytes(24)
    sealed = ctypes.create_string_buffer(len(plain) + 16)
    assert sodium.crypto_secretbox_easy(sealed, plain, ctypes.c_ulonglong(len(plain)), nonce, bytes.fromhex(SEAL_KEY)) == 0
    return nonce + sealed.raw


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(inbox, **claims):
    """As a shop does it. A claim that is None is left out."""
    claims = {"sub": "customer-7", "aud": inbox.public_id, "exp": int(time.time()) + 300, **claims}
    parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"},
                                                               {k: v for k, v in claims.items() if v is not None})]
    signed = ".".join(parts)
    return signed + "." + base64url(hmac.digest(inbox.secret.encode(), signed.encode(), "sha256"))


class Inbox:
    pass


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Browser:
    """A client at an address of its own, so that limits are each test's own."""

    def __init__(self, suite, inbox, peer=None):
        number = next(peers)
        self.suite, self.inbox, self.token = suite, inbox, None
        self.peer = peer or f"10.9.{number // 250}.{number % 250 + 1}"

    def call(self, method, path, body=None, token=True, headers=None):
        headers = {"X-Forwarded-For": self.peer, **(headers or {})}
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if token:
            headers["Authorization"] = f"Bearer {self.token if token is True else token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.suite.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def session(self, **more):
        body = {"inbox": self.inbox.public_id, "token": self.token, "locale": "en", **more}
        answer = self.call("POST", "/chat/v1/session", body, token=None)
        if answer.status == 200:
            self.token = answer.json["token"]
        return answer

    def upload(self, data, name="a.txt", content_type="text/plain", **more):
        return self.call("POST", "/chat/v1/uploads", data, headers={"X-File-Name": name, "Content-Type": content_type}, **more)

    def file(self, file_id, token=None):
        return self.call("GET", f"/chat/v1/files/{file_id}?token={token or self.token}", token=None)


class FrontSuite(RoutingSuite):
    def __enter__(self):
        super().__enter__()
        self.relay()
        self.port, self.health = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.chat = self.daemon("chat", HILO_CHAT_ADDRESS=f"127.0.0.1:{self.port}", HILO_HEALTH_ADDRESS=f"127.0.0.1:{self.health}",
                                HILO_PUBLIC_URL="https://support.example", HILO_CONTENT_URL="https://content.example/x", HILO_SEAL_KEY=SEAL_KEY,
                                HILO_FILES=str(self.folder / "files"))
        wait_until(self.is_ready, 30, "the chat daemon is ready", self.chat)
        self.mail_inbox = self.inbox("support@suite.example")
        return self

    def is_ready(self):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.health}/readyz", timeout=5) as answer:
            return answer.status == 200

    def chat_inbox(self, with_mail=True, origins=("https://shop.example",), settings=None, secret=None):
        inbox = Inbox()
        inbox.id, inbox.public_id, inbox.secret = str(uuid.uuid4()), "wt_" + secrets.token_hex(10), secret or secrets.token_hex(32)
        with self.connect() as connection:
            connection.execute("INSERT INTO config.inbox (id, channel, name, address) VALUES (%s, 'chat', 'Shop', %s)", (inbox.id, inbox.public_id))
            connection.execute("INSERT INTO config.chat (inbox_id, public_id, secret_sealed, origins, mail_inbox_id, settings)"
                               " VALUES (%s, %s, %s, %s, %s, %s)",
                               (inbox.id, inbox.public_id, seal(inbox.secret), list(origins), self.mail_inbox if with_mail else None,
                                json.dumps(settings or {})))
            changed = self.pb.Envelope().inbox_updated
            changed.inbox_id = inbox.id
            self.append(connection, inbox.id, changed, inbox=inbox.id)
        wait_until(lambda: Browser(self, inbox).session().status == 200, 15, "the inbox is known", self.chat)
        return inbox

    def browser(self, inbox=None, **more):
        browser = Browser(self, inbox or self.default, **more)
        assert browser.session().status == 200
        return browser

    def bodies(self, event_type):
        rows = self.query("SELECT payload FROM bus.event WHERE type = %s ORDER BY xid, id", event_type)
        envelopes = [self.pb.Envelope.FromString(row[0]) for row in rows]
        return [getattr(envelope, event_type.replace(".", "_")) for envelope in envelopes]

    def notices(self, address):
        return [notice for notice in self.bodies("notice.submitted") if notice.to_address == address]

    def address_of(self, browser):
        digest = hashlib.sha256(browser.token.encode()).digest()
        return self.query("SELECT v.address FROM chat.visitor v JOIN chat.token t ON t.visitor_id = v.id WHERE t.hash = %s", digest)[0][0]

    # ---- what others would have written ----

    def write(self, browser, text="Hello"):
        """The visitor's first message, as the channel stores it. Returns its id."""
        message = str(uuid.uuid4())
        with self.connect() as connection:
            connection.execute("INSERT INTO channel.message (id, inbox_id, channel, dedupe_key, contact_address, contact_name, level, text)"
                               " VALUES (%s, %s, 'chat', %s, %s, 'Ana', 1, %s)", (message, browser.inbox.id, message, self.address_of(browser), text))
        return message

    def converse(self, browser, text="Hello"):
        """A conversation of the visitor with one message. Returns the ids of conversation, interaction, customer, message."""
        message, (conversation, interaction, customer, point) = self.write(browser, text), (str(uuid.uuid4()) for _ in range(4))
        with self.connect() as connection:
            connection.execute("INSERT INTO identity.customer (id, name) VALUES (%s, 'Ana')", (customer,))
            connection.execute("INSERT INTO identity.contact_point (id, channel, address, customer_id, level) VALUES (%s, 'chat', %s, %s, 1)",
                               (point, self.address_of(browser), customer))
            self.open(connection, conversation, interaction, browser.inbox.id, customer, point)
            self.enter(connection, conversation, interaction, message, 1, "message", "in")
        return conversation, interaction, customer, message

    def open(self, connection, conversation, interaction, inbox, customer, point, channel="chat"):
        connection.execute(
            "INSERT INTO routing.conversation (id, ref, inbox_id, customer_id, channel, status, interaction_id, contact_point_id, sequence,"
            " last_activity_at, activity_bucket) VALUES (%s, %s, %s, %s, %s, 'open', %s, %s, 1, now(), extract(epoch FROM now())::int / 64)",
            (conversation, conversation[:9].upper(), inbox, customer, channel, interaction, point))
        connection.execute("INSERT INTO routing.interaction (id, conversation_id, channel, inbox_id, contact_point_id, started_at)"
                           " VALUES (%s, %s, %s, %s, %s, now())", (interaction, conversation, channel, inbox, point))

    def enter(self, connection, conversation, interaction, message, sequence, kind, direction, ago_s=0):
        connection.execute("INSERT INTO routing.entry VALUES (%s, %s, %s, %s, %s, %s, now() - make_interval(secs => %s))",
                           (conversation, sequence, message, interaction, kind, direction, ago_s))

    def answer(self, conversation, interaction, inbox, sequence, kind="message", text="Dear Ana", attachments=()):
        message = str(uuid.uuid4())
        with self.connect() as connection:
            connection.execute("INSERT INTO routing.message (id, conversation_id, inbox_id, author_type, author_name, text, attachments, created_at)"
                               " VALUES (%s, %s, %s, 'agent', 'Ben', %s, %s, now())", (message, conversation, inbox, text, json.dumps(attachments)))
            self.enter(connection, conversation, interaction, message, sequence, kind, "out" if kind == "message" else None)
        return message

    def store(self, data):
        """A file in the store. Returns its hash."""
        name = hashlib.sha256(data).hexdigest()
        path = self.folder / "files" / name[:2] / name[2:4] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return name


@pytest.fixture(scope="module")
def suite():
    with FrontSuite() as suite:
        suite.default = suite.chat_inbox(settings={"greeting": {"en": "Hi"}, "accent": "#004D4F", "attachments": True, "hours": None, "inner": "no"})
        yield suite


# ---- sessions ----

def test_a_browser_that_nobody_knows_gets_a_visitor_of_its_own(suite):
    one, other = Browser(suite, suite.default), Browser(suite, suite.default)
    answer = one.session().json
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", answer["token"])
    assert answer["visitor"] == {"id": answer["visitor"]["id"], "name": None, "email": None, "email_level": "none", "signed_in": False}
    assert {key: answer[key] for key in ("conversation", "queue", "agent", "open", "opens_at", "reply_time_s")} == {
        "conversation": None, "queue": None, "agent": None, "open": True, "opens_at": None, "reply_time_s": None}
    assert answer["settings"] == {"greeting": {"en": "Hi"}, "accent": "#004D4F", "attachments": True}  # and nothing else of them
    assert other.session().json["visitor"]["id"] != answer["visitor"]["id"]
    assert one.session().json["visitor"]["id"] == answer["visitor"]["id"]  # the same again by its token
    assert answer["token"].encode() not in b"".join(bytes(row[0]) for row in suite.query("SELECT hash FROM chat.token"))


def test_answers_are_not_kept_by_caches(suite):
    assert Browser(suite, suite.default).session().headers["Cache-Control"] == "no-store"


def test_a_token_that_does_not_count_is_answered_like_none_unless_asked_strictly(suite):
    elsewhere = suite.browser(suite.chat_inbox())
    expired = suite.browser()
    with suite.connect() as connection:
        connection.execute("UPDATE chat.token SET used_at = now() - interval '31 days' WHERE hash = %s",
                           (hashlib.sha256(expired.token.encode()).digest(),))
    for token in ("", "x", "A" * 43, "A" * 200, elsewhere.token, expired.token, expired.token[:-1], "ñ" * 20):
        assert Browser(suite, suite.default).session(token=token, strict=True).status == (200 if token is None else 401), token
        answer = Browser(suite, suite.default).session(token=token)
        assert answer.status == 200 and answer.json["token"] != token


def test_use_keeps_a_token_alive(suite):
    browser = suite.browser()
    digest = hashlib.sha256(browser.token.encode()).digest()
    with suite.connect() as connection:
        connection.execute("UPDATE chat.token SET used_at = now() - interval '29 days' WHERE hash = %s", (digest,))
    assert browser.session(strict=True).status == 200
    wait_until(lambda: suite.query("SELECT used_at > now() - interval '1 minute' FROM chat.token WHERE hash = %s", digest)[0][0], 10, "it is noted")


BAD_SESSIONS = [
    (b"", 400), (b"{", 400), (b"[]", 400), (b'"x"', 400), (b'{"inbox":"a","inbox":"b"}', 400), (b"\xff", 400),
    (b"{}", 422), (b'{"inbox":7}', 422), (b'{"inbox":""}', 422), (b'{"inbox":null}', 422),
    (b'{"inbox":"wt_unknown"}', 404), (b'{"inbox":"' + b"x" * 65 + b'"}', 422),
    (b'{"inbox":"INBOX","token":7}', 422), (b'{"inbox":"INBOX","token":"' + b"x" * 201 + b'"}', 422),
    (b'{"inbox":"INBOX","identity":{}}', 422), (b'{"inbox":"INBOX","strict":"yes"}', 422), (b'{"inbox":"INBOX","page_url":[]}', 422),
    (b'{"inbox":"INBOX","identity":""}', 401), (b'{"inbox":"INBOX","identity":"a.b.c"}', 401), (b'{"inbox":"INBOX"' + b" " * 17000 + b"}", 413),
]


@pytest.mark.parametrize("body, status", BAD_SESSIONS, ids=range(len(BAD_SESSIONS)))
def test_what_is_no_session_is_refused(suite, body, status):
    body = body.replace(b"INBOX", suite.default.public_id.encode())
    answer = Browser(suite, suite.default).call("POST", "/chat/v1/session", body, token=None, headers={"Content-Type": "application/json"})
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_inbox_that_is_switched_off_is_unknown(suite):
    inbox = suite.chat_inbox()
    browser = suite.browser(inbox)
    with suite.connect() as connection:
        connection.execute("UPDATE config.inbox SET active = false WHERE id = %s", (inbox.id,))
    wait_until(lambda: browser.session().status == 404, 15, "it is gone")
    assert browser.call("PUT", "/chat/v1/profile", {}).status == 401


def test_office_hours_are_told(suite):
    days = {str(day): [["00:00", "00:01"]] for day in range(1, 8)}
    inbox = suite.chat_inbox(settings={"hours": {"time_zone": "UTC", "days": days}})
    answer = Browser(suite, inbox).session().json
    if answer["open"]:  # the one minute of the day
        time.sleep(61)
        answer = wait_until(lambda: (lambda a: not a["open"] and a)(Browser(suite, inbox).session().json), 15, "it closes")
    assert answer["opens_at"][11:] == "00:00:00.000000Z"


def test_the_time_of_the_first_answer_is_the_median_of_the_last_twenty(suite):
    inbox = suite.chat_inbox()
    [statement] = [sql for name, sql, _ in sql_catalogue.parse(TREE / "services/chat/store.sql") if name == "list_reply_times"]
    with suite.connect() as connection:
        for number in range(25):  # the five oldest took an hour, the others 100 to 119 s; one of them has no answer
            conversation, interaction, customer, point, question, answer = (str(uuid.uuid4()) for _ in range(6))
            began = 10000 - number * 100
            suite.open(connection, conversation, interaction, inbox.id, customer, point)
            connection.execute("UPDATE routing.interaction SET started_at = now() - make_interval(secs => %s) WHERE id = %s", (began, interaction))
            suite.enter(connection, conversation, interaction, question, 1, "message", "in", began)
            suite.enter(connection, conversation, interaction, str(uuid.uuid4()), 2, "note", None, began - 1)
            if number != 24:
                suite.enter(connection, conversation, interaction, answer, 3, "message", "out", began - (3600 if number < 4 else 96 + number))
        rows = {str(row[0]): row[1] for row in connection.execute(statement).fetchall()}
    assert rows[inbox.id] in (109, 110)  # of 100 … 119


def test_sixty_new_sessions_a_minute_from_one_address(suite):
    peer = "10.200.0.1"
    statuses = [Browser(suite, suite.default, peer).session().status for _ in range(70)]
    assert statuses[:60] == [200] * 60 and statuses.count(429) >= 8
    assert Browser(suite, suite.default).session().status == 200  # others are not concerned


def test_limits_hold_without_redis_too(suite):
    suite.redis.stop()
    try:
        statuses = [Browser(suite, suite.default, "10.200.0.2").session().status for _ in range(70)]
        assert statuses[:60] == [200] * 60 and statuses.count(429) >= 8
    finally:
        suite.redis.start()


# ---- identities ----

def test_a_shop_signs_its_customer_in(suite):
    browser = suite.browser()
    anonymous = browser.token
    answer = browser.session(identity=sign(suite.default, sub="ana-1", name=" Ana  Gil ", email="Ana@Mail.Example")).json
    assert answer["visitor"] == {"id": answer["visitor"]["id"], "name": "Ana Gil", "email": "ana@mail.example", "email_level": "confirmed",
                                 "signed_in": True}
    assert answer["token"] != anonymous
    assert Browser(suite, suite.default).session(token=anonymous, strict=True).status == 401  # that one has ended
    # the same customer at another browser, by another token
    other = Browser(suite, suite.default)
    again = other.session(identity=sign(suite.default, sub="ana-1")).json
    assert again["visitor"] == answer["visitor"] and again["token"] != answer["token"]
    # and the page read again: the token stays
    assert browser.session(identity=sign(suite.default, sub="ana-1")).json["token"] == answer["token"]
    # without an identity who is signed in stays so
    assert browser.session().json["visitor"]["signed_in"]
    assert suite.bodies("contact.confirmed") == []  # nothing was written before, so nothing is to be linked


def test_an_unverified_mail_is_a_claim(suite):
    answer = Browser(suite, suite.default).session(identity=sign(suite.default, sub="u-2", email="x@mail.example", email_verified=False)).json
    assert answer["visitor"]["email_level"] == "claimed"


def test_a_subject_is_one_inbox_own(suite):
    other = suite.chat_inbox(secret=suite.default.secret)  # even with the same secret
    token = sign(suite.default, sub="same")
    assert Browser(suite, other).session(identity=token).status == 401
    one = Browser(suite, suite.default).session(identity=token).json["visitor"]["id"]
    assert Browser(suite, other).session(identity=sign(other, sub="same")).json["visitor"]["id"] != one


def test_a_bad_identity_changes_nothing(suite):
    browser = suite.browser()
    token = browser.token
    count = suite.query("SELECT count(*) FROM chat.visitor")
    for identity in (sign(suite.default, exp=int(time.time()) - 1), sign(suite.default, exp=int(time.time()) + 90000),
                     sign(suite.default, aud="wt_other"), sign(suite.default, sub=None), sign(suite.default)[:-2] + "AA"):
        answer = browser.session(identity=identity)
        assert (answer.status, answer.json["code"]) == (401, "bad_identity")
    assert suite.query("SELECT count(*) FROM chat.visitor") == count
    assert browser.session(strict=True).json["token"] == token


def test_what_was_written_before_signing_in_goes_along(suite):
    browser = suite.browser()
    address = suite.address_of(browser)
    suite.write(browser)
    upload = browser.upload(b"text").json["id"]
    before = len(suite.bodies("contact.confirmed"))
    assert browser.session(identity=sign(suite.default, sub="bo-1", name="Bo", email="bo@mail.example")).status == 200
    signed_in = suite.address_of(browser)
    assert signed_in == f"u:{suite.default.id}:bo-1"
    first, second = suite.bodies("contact.confirmed")[before:]
    assert (first.channel, first.address, first.inbox_id) == (2, address, suite.default.id)
    assert (first.proven.channel, first.proven.address, first.proven.level) == (2, signed_in, 3)
    assert (second.channel, second.address, second.name) == (2, signed_in, "Bo")
    assert (second.proven.channel, second.proven.address, second.proven.level) == (1, "bo@mail.example", 3)
    assert browser.file(upload).body == b"text"
    browser.session(identity=sign(suite.default, sub="bo-1"))
    assert len(suite.bodies("contact.confirmed")) == before + 2  # once


def test_two_customers_at_one_browser_are_never_one(suite):
    browser = Browser(suite, suite.default)
    browser.session(identity=sign(suite.default, sub="first"))
    suite.write(browser)
    first, before = browser.token, len(suite.bodies("contact.confirmed"))
    assert browser.session(identity=sign(suite.default, sub="second")).status == 200
    assert suite.address_of(browser).endswith(":second")
    assert len(suite.bodies("contact.confirmed")) == before
    assert Browser(suite, suite.default).session(token=first, strict=True).status == 401


def test_signing_out(suite):
    browser = suite.browser()
    token = browser.token
    assert browser.call("DELETE", "/chat/v1/session").status == 204
    assert browser.call("DELETE", "/chat/v1/session").status == 401
    assert browser.session(strict=True).status == 401
    assert browser.session().json["token"] != token


def test_signing_out_concerns_one_browser(suite):
    here, there = Browser(suite, suite.default), Browser(suite, suite.default)
    for browser in (here, there):
        browser.session(identity=sign(suite.default, sub="two-browsers"))
    assert here.call("DELETE", "/chat/v1/session").status == 204
    assert there.session(strict=True).json["visitor"]["signed_in"] and here.session(strict=True).status == 401


# ---- profile and confirmation ----

def link_of(notice):
    return re.search(r"https://support\.example(/chat/v1/confirm/[A-Za-z0-9_-]{43})\n", notice.text).group(1)


def test_an_address_typed_is_a_claim_until_its_link_was_used(suite):
    browser = suite.browser()
    address = suite.address_of(browser)
    answer = browser.call("PUT", "/chat/v1/profile", {"name": "Ana <b>", "email": " Ana.Claim@Mail.Example ", "locale": "es-ES"})
    assert answer.status == 200
    assert (answer.json["name"], answer.json["email"], answer.json["email_level"]) == ("Ana <b>", "ana.claim@mail.example", "claimed")
    [notice] = suite.notices("ana.claim@mail.example")
    assert notice.from_inbox_id == suite.mail_inbox and notice.to_name == "" and "Ana" not in notice.subject + notice.text
    assert notice.subject == "Confirme su dirección de correo"
    path = link_of(notice)
    page = browser.call("GET", path, token=None)
    assert page.status == 200 and b"ana.claim@mail.example" in page.body and b"<script" not in page.body and b"method=\"post\"" in page.body
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; form-action 'self'")
    assert browser.session().json["visitor"]["email_level"] == "claimed"  # who only looks at the link confirms nothing
    before = len(suite.bodies("contact.confirmed"))
    assert browser.call("POST", path, b"", token=None).status == 200
    assert browser.session().json["visitor"]["email_level"] == "confirmed"
    [confirmed] = suite.bodies("contact.confirmed")[before:]
    assert (confirmed.channel, confirmed.address, confirmed.name) == (2, address, "Ana <b>")
    assert (confirmed.proven.channel, confirmed.proven.address, confirmed.proven.level) == (1, "ana.claim@mail.example", 3)
    # once
    assert browser.call("POST", path, b"", token=None).status == 404
    assert browser.call("GET", path, token=None).status == 404
    assert len(suite.bodies("contact.confirmed")) == before + 1
    # the same address again stays confirmed and needs no mail; another one is a claim
    assert browser.call("PUT", "/chat/v1/profile", {"email": "ana.claim@mail.example"}).json["email_level"] == "confirmed"
    assert len(suite.notices("ana.claim@mail.example")) == 1
    assert browser.call("PUT", "/chat/v1/profile", {"email": "other.claim@mail.example"}).json["email_level"] == "claimed"


def test_a_link_confirms_its_own_address_only(suite):
    """No address may slip in behind another one's proof."""
    browser = suite.browser()
    browser.call("PUT", "/chat/v1/profile", {"email": "own@mail.example"})
    path = link_of(suite.notices("own@mail.example")[0])
    browser.call("PUT", "/chat/v1/profile", {"email": "victim@mail.example"})
    assert browser.call("POST", path, b"", token=None).status == 404
    assert browser.session().json["visitor"] | {"id": 0} == {"id": 0, "name": None, "email": "victim@mail.example", "email_level": "claimed",
                                                              "signed_in": False}


def test_a_link_ends_after_a_day(suite):
    browser = suite.browser()
    browser.call("PUT", "/chat/v1/profile", {"email": "late@mail.example"})
    with suite.connect() as connection:
        connection.execute("UPDATE chat.confirmation SET created_at = now() - interval '25 hours' WHERE email = 'late@mail.example'")
    assert browser.call("POST", link_of(suite.notices("late@mail.example")[0]), b"", token=None).status == 404


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 5000], ids=range(3))
def test_what_is_no_link_is_not_found(suite, token):
    for method in ("GET", "POST"):
        assert Browser(suite, suite.default).call(method, f"/chat/v1/confirm/{token}", token=None).status == 404


def test_a_link_that_is_used_twice_at_once_confirms_once(suite):
    browser = suite.browser()
    browser.call("PUT", "/chat/v1/profile", {"email": "race@mail.example"})
    path, before = link_of(suite.notices("race@mail.example")[0]), len(suite.bodies("contact.confirmed"))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: browser.call("POST", path, b"", token=None).status, range(8)))
    assert sorted(statuses) == [200] + [404] * 7
    assert len(suite.bodies("contact.confirmed")) == before + 1


def test_one_customer_signing_in_at_many_browsers_at_once_is_one(suite):
    identity = sign(suite.default, sub="at-once")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: Browser(suite, suite.default).session(identity=identity).json, range(8)))
    assert len({answer["visitor"]["id"] for answer in answers}) == 1
    assert len({answer["token"] for answer in answers}) == 8


def test_three_links_an_hour_to_one_address_whoever_asks(suite):
    for _ in range(5):
        assert suite.browser().call("PUT", "/chat/v1/profile", {"email": "flood@mail.example"}).json["email_level"] == "claimed"
    assert len(suite.notices("flood@mail.example")) == 3


def test_no_mail_where_there_is_no_mail_inbox(suite):
    browser = suite.browser(suite.chat_inbox(with_mail=False))
    assert browser.call("PUT", "/chat/v1/profile", {"email": "none@mail.example"}).status == 200
    assert suite.notices("none@mail.example") == []


BAD_PROFILES = [{"name": 7}, {"name": "x" * 201}, {"name": "a\nb"}, {"email": "x"}, {"email": "a@b"}, {"email": "a@b.c\r\nBcc: d@e.f"},
                {"email": "a@b.c,d@e.f"}, {"email": "<a@b.c>"}, {"email": "x" * 250 + "@b.c"}, {"email": ["a@b.c"]}, {"locale": "x" * 36}]


@pytest.mark.parametrize("body", BAD_PROFILES, ids=range(len(BAD_PROFILES)))
def test_what_is_no_profile_is_refused(suite, body):
    assert suite.browser().call("PUT", "/chat/v1/profile", body).status == 422


def test_a_profile_is_taken_back_with_empty_texts_and_kept_where_nothing_is_said(suite):
    browser = suite.browser()
    browser.call("PUT", "/chat/v1/profile", {"name": "Ana", "email": "taken.back@mail.example"})
    assert browser.call("PUT", "/chat/v1/profile", {"name": None}).json["name"] == "Ana"
    answer = browser.call("PUT", "/chat/v1/profile", {"name": "", "email": ""}).json
    assert (answer["name"], answer["email"], answer["email_level"]) == (None, None, "none")


# ---- files ----

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


def test_a_file_is_given_and_got_back_as_something_to_save(suite):
    browser = suite.browser()
    answer = browser.upload(PNG, "%C3%B1%20a.png", "image/png")
    assert answer.status == 201 and answer.json == {"id": answer.json["id"], "name": "ñ a.png", "content_type": "image/png", "size": len(PNG)}
    file = browser.file(answer.json["id"])
    assert file.status == 200 and file.body == PNG
    assert file.headers["Content-Type"] == "image/png"
    assert file.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%B1%20a.png"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("data, declared, kept", [
    (b"<html><script>alert(1)</script>", "image/png", "application/octet-stream"),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml", "application/octet-stream"),
    (b"\n <!doctype html>", "text/plain", "application/octet-stream"),
    (b"#!/bin/sh\nrm -rf /", "text/plain", "application/octet-stream"),
    (b"MZ\x90\x00", "image/jpeg", "application/octet-stream"),
    (b"just words", "text/html", "text/plain"),
    (b"%PDF-1.7 x", "text/html", "application/pdf"),
    (b"PK\x03\x04rest", "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
    (b"PK\x03\x04rest", "text/html", "application/zip"),
])
def test_types_are_told_by_content(suite, data, declared, kept):
    browser = suite.browser()
    answer = browser.upload(data, "x", declared).json
    assert answer["content_type"] == kept
    assert browser.file(answer["id"]).headers["Content-Type"] == kept


@pytest.mark.parametrize("name, status, kept", [
    ("../../etc/passwd", 201, "passwd"), ("C%3A%5Ca.txt", 201, "a.txt"), ("a.txt%0d%0aX: y", 422, None), ("a%00b", 422, None),
    ("%ff", 422, None), ("%", 422, None), ("%4", 422, None), ("..", 422, None), ("a/", 422, None), ("", 422, None), ("x" * 400, 201, "x" * 200),
])
def test_names_of_files_are_names_only(suite, name, status, kept):
    answer = suite.browser().upload(b"text", name)
    assert answer.status == status, answer.body
    assert kept is None or answer.json["name"] == kept


def test_files_that_are_too_large_too_small_or_too_many(suite):
    browser = suite.browser()
    assert browser.upload(b"").status == 422
    assert browser.upload(bytes(10 * 1024 * 1024 + 1)).status == 413
    assert browser.upload(bytes(10 * 1024 * 1024)).status == 201
    for _ in range(4):
        assert browser.upload(b"text").status == 201
    assert (lambda a: (a.status, a.json["code"]))(browser.upload(b"text")) == (409, "too_many_uploads")


def test_an_inbox_that_takes_no_files(suite):
    assert suite.browser(suite.chat_inbox(settings={"attachments": False})).upload(b"text").status == 403


def test_files_belong_to_their_visitor(suite):
    """Own and others' files of every kind, by every visitor."""
    ana, eve = suite.browser(), suite.browser()
    conversation, interaction, _, message = suite.converse(ana)
    suite.converse(eve)
    hash_of = {word: suite.store(word.encode()) for word in ("inbound", "reply", "note", "foreign")}
    ids = {word: str(uuid.uuid4()) for word in hash_of}
    with suite.connect() as connection:
        connection.execute("INSERT INTO channel.attachment (id, message_id, inbox_id, position, name, content_type, size_bytes, sha256)"
                           " VALUES (%s, %s, %s, 0, 'i.html', 'text/html', 7, %s)", (ids["inbound"], message, suite.default.id, hash_of["inbound"]))
    for sequence, word, kind in ((2, "reply", "message"), (3, "note", "note")):
        suite.answer(conversation, interaction, suite.default.id, sequence, kind, attachments=[
            {"id": ids[word], "name": "r.pdf", "content_type": "application/pdf", "size_bytes": 5, "sha256": hash_of[word]}])
    upload = ana.upload(b"waiting").json["id"]
    assert (ana.file(ids["inbound"]).body, ana.file(ids["inbound"]).headers["Content-Type"]) == (b"inbound", "application/octet-stream")
    assert (ana.file(ids["reply"]).body, ana.file(ids["reply"]).headers["Content-Type"]) == (b"reply", "application/pdf")
    assert ana.file(upload).body == b"waiting"
    assert ana.file(ids["note"]).status == 404  # agents' own
    for foreign in (ids["inbound"], ids["reply"], ids["note"], upload, str(uuid.uuid4()), "x", "..%2f..%2fetc"):
        assert eve.file(foreign).status == 404, foreign
    for token in ("", "x", "A" * 43):
        assert Browser(suite, suite.default).file(upload, token or "none").status == 401


def test_a_merge_opens_nothing_to_a_browser_but_what_was_its_own(suite):
    """Somebody else's older conversation becomes the same customer's: who is signed in sees it, a browser does not."""
    ana = suite.browser()
    own, _, customer, _ = suite.converse(ana)
    signed_in = Browser(suite, suite.default)
    signed_in.session(identity=sign(suite.default, sub="merged"))
    older, interaction, mail_point, chat_point, message, file = (str(uuid.uuid4()) for _ in range(6))
    with suite.connect() as connection:
        connection.execute("INSERT INTO identity.contact_point (id, channel, address, customer_id, level) VALUES (%s, 'email', %s, %s, 3),"
                           " (%s, 'chat', %s, %s, 3)", (mail_point, f"{uuid.uuid4().hex}@mail.example", customer, chat_point,
                                                         suite.address_of(signed_in), customer))
        suite.open(connection, older, interaction, suite.mail_inbox, customer, mail_point, "email")
        suite.enter(connection, older, interaction, message, 1, "message", "in")
        connection.execute("INSERT INTO channel.attachment (id, message_id, inbox_id, position, name, content_type, size_bytes, sha256)"
                           " VALUES (%s, %s, %s, 0, 'old.txt', 'text/plain', 5, %s)", (file, message, suite.mail_inbox, suite.store(b"older")))
    assert signed_in.file(file).body == b"older"
    assert ana.file(file).status == 404
    # a stretch of her own conversation that ran over somebody else's address stays as closed to the browser
    with suite.connect() as connection:
        connection.execute("UPDATE routing.interaction SET conversation_id = %s WHERE id = %s", (own, interaction))
        connection.execute("UPDATE routing.entry SET conversation_id = %s, sequence = 2 WHERE message_id = %s", (own, message))
    assert signed_in.file(file).body == b"older"
    assert ana.file(file).status == 404
    # until she confirms an address
    with suite.connect() as connection:
        connection.execute("UPDATE chat.visitor SET email = 'ana@mail.example', email_level = 3 WHERE address = %s", (suite.address_of(ana),))
    assert ana.file(file).body == b"older"


# ---- transcripts ----

def test_a_transcript_goes_to_a_confirmed_address_only(suite):
    browser = suite.browser()
    assert browser.call("POST", "/chat/v1/transcript", b"").json["code"] == "not_confirmed"
    browser.call("PUT", "/chat/v1/profile", {"email": "claimed.only@mail.example"})
    assert browser.call("POST", "/chat/v1/transcript", b"").status == 403
    no_mail = Browser(suite, inbox := suite.chat_inbox(with_mail=False))
    no_mail.session(identity=sign(inbox, email="t@mail.example"))
    assert no_mail.call("POST", "/chat/v1/transcript", b"").json["code"] == "no_mail"
    silent = Browser(suite, suite.default)
    silent.session(identity=sign(suite.default, sub="silent", email="silent@mail.example"))
    assert silent.call("POST", "/chat/v1/transcript", b"").json["code"] == "no_conversation"


def test_a_transcript_has_what_was_said_and_no_notes(suite):
    browser = Browser(suite, suite.default)
    browser.session(identity=sign(suite.default, sub="reader", email="reader@mail.example", name="Ana"))
    conversation, interaction, _, _ = suite.converse(browser, "Where is\nmy parcel?")
    suite.answer(conversation, interaction, suite.default.id, 2, text="On its way", attachments=[{"id": str(uuid.uuid4()), "name": "way.pdf"}])
    suite.answer(conversation, interaction, suite.default.id, 3, "note", "difficult customer")
    assert wait_until(lambda: browser.session().json["conversation"], 10, "the conversation is shown")["id"] == conversation
    assert browser.call("POST", "/chat/v1/transcript", b"").status == 202
    [notice] = suite.notices("reader@mail.example")
    assert re.search(r"\[\d{4}-\d\d-\d\d \d\d:\d\d UTC\] Ana: Where is\n    my parcel\?\n\n\[.*\] Ben: On its way\n    Files: way.pdf\n", notice.text)
    assert "difficult" not in notice.text and notice.subject == f"Your conversation {conversation[:9].upper()}"
    assert [browser.call("POST", "/chat/v1/transcript", b"").status for _ in range(4)] == [202, 202, 429, 429]


# ---- who may call ----

@pytest.mark.parametrize("method, path", [("DELETE", "/chat/v1/session"), ("PUT", "/chat/v1/profile"), ("POST", "/chat/v1/uploads"),
                                          ("POST", "/chat/v1/transcript"), ("GET", "/chat/v1/files/01a2b3c4-0000-7000-8000-000000000000")])
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer x", "Bearer " + "A" * 43, "Basic QQ==", "Bearer " + "A" * 9000],
                         ids=["none", "empty", "word", "blank", "short", "unknown", "basic", "long"])
def test_nothing_is_done_without_a_token(suite, method, path, header):
    headers = {} if header is None else {"Authorization": header}
    answer = Browser(suite, suite.default).call(method, path, b"{}" if method != "GET" else None, token=None, headers=headers)
    assert (answer.status, answer.json["code"]) == (401, "bad_token")


def test_a_token_in_the_address_counts_for_files_only(suite):
    browser = suite.browser()
    assert browser.call("PUT", f"/chat/v1/profile?token={browser.token}", {}, token=None).status == 401
    assert browser.call("DELETE", f"/chat/v1/session?token={browser.token}", token=None).status == 401


# ---- the frame ----

def test_the_frame_may_stand_where_the_inbox_says(suite):
    inbox = suite.chat_inbox(origins=["https://shop.example", "https://*.shop.example:8443", "https://x.example; script-src *"])
    answer = Browser(suite, inbox).call("GET", f"/widget/frame?inbox={inbox.public_id}", token=None)
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self' wss://support.example",
        "img-src": "'self' data: blob: https://content.example", "media-src": "'self'", "base-uri": "'none'", "form-action": "'none'",
        "frame-ancestors": "'self' https://shop.example https://*.shop.example:8443"}
    assert b"<script>" not in answer.body and b'src="/widget/widget.js"' in answer.body
    own = suite.chat_inbox(origins=[])
    answer = Browser(suite, own).call("GET", f"/widget/frame?inbox={own.public_id}", token=None)
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")


@pytest.mark.parametrize("query", ["", "?inbox=", "?inbox=wt_unknown", "?inbox=%22%3E%3Cscript%3E"])
def test_there_is_no_frame_of_an_unknown_inbox(suite, query):
    answer = Browser(suite, suite.default).call("GET", f"/widget/frame{query}", token=None)
    assert answer.status == 404 and b"<script" not in answer.body
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


# ---- with the daemons behind ----

def test_what_a_browser_wrote_is_its_customers_once_it_signs_in(suite):
    """The whole way: a message with a file, the sign-in, one customer with both addresses, and the file still theirs."""
    for name in ("identity", "routing"):
        suite.daemon(name)
    inbox = suite.chat_inbox()
    browser, eve = suite.browser(inbox), suite.browser(inbox)
    upload = browser.upload(PNG, "parcel.png").json["id"]
    message = {"id": str(uuid.uuid4()), "text": "It is broken", "attachments": [upload]}
    for expected in (False, True):  # the same again is a duplicate, not another message
        answer = browser.call("POST", "/chat/v1/messages", {"message": message})
        assert answer.status == 200 and answer.json["accepted"]["duplicate"] is expected, answer.body

    def attachments(who):
        entries = who.call("GET", "/chat/v1/poll?after=0&wait=0").json["entries"]
        return [file for entry in entries for file in entry["attachments"]]
    [file] = wait_until(lambda: attachments(browser), 20, "the message is shown", suite.chat)
    assert (file["name"], file["content_type"], file["size"]) == ("parcel.png", "image/png", len(PNG))
    anonymous = suite.address_of(browser)
    file_id = file["url"].rpartition("/")[2]
    assert browser.file(file_id).body == PNG and eve.file(file_id).status == 404
    assert eve.upload(b"x").status == 201  # and nobody takes another's upload into a message
    stolen = eve.call("POST", "/chat/v1/messages", {"message": {"id": str(uuid.uuid4()), "text": "x", "attachments": [upload]}})
    assert stolen.status in (400, 404, 409, 422) or "refused" in stolen.json

    browser.session(identity=sign(inbox, sub="whole", name="Ana", email="whole@mail.example"))

    def customers():
        rows = suite.query("SELECT DISTINCT customer_id FROM identity.contact_point WHERE address = ANY (%s)",
                           [anonymous, suite.address_of(browser), "whole@mail.example"])
        count = suite.query("SELECT count(*) FROM identity.contact_point WHERE address = ANY (%s)",
                            [anonymous, suite.address_of(browser), "whole@mail.example"])[0][0]
        return count == 3 and len(rows) == 1
    wait_until(customers, 20, "one customer with three addresses")
    assert wait_until(lambda: attachments(browser), 20, "the conversation went along")[0]["name"] == "parcel.png"
    assert browser.file(file_id).body == PNG


# ---- what is left behind ----

def test_secrets_and_addresses_do_not_stand_in_the_log(suite):
    browser = suite.browser()
    browser.call("PUT", "/chat/v1/profile", {"email": "quiet@mail.example"})
    log = suite.chat.log.read_text()
    for word in (browser.token, suite.default.secret, "quiet@mail.example", "ana.claim@mail.example"):
        assert word not in log
    assert '"level":"error"' not in log
