"""front_suite.py - a real chat daemon as visitors meet it; inboxes are rows as the gateway writes them, conversations rows as identity
and routing do.

    with FrontSuite() as suite:
        browser = suite.browser()                    # a session; browser.token
        browser.upload(b"text")
"""
import base64
import contextlib
import ctypes
import ctypes.util
import hashlib
import hmac
import http.client
import itertools
import json
import secrets
import time
import urllib.request
import uuid

from bus_suite import wait_until
from openapi import Answer
from ports import free_port
from routing_suite import RoutingSuite


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
        self.default = self.chat_inbox(settings={"greeting": {"en": "Hi"}, "accent": "#004D4F", "attachments": True, "hours": None, "inner": "no"})
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
