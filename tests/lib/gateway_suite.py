"""gateway_suite.py - a real gateway with relay, identity and routing on a private PostgreSQL and Redis; mails come in as the
email daemon commits them (a row and its event, one transaction).

    with GatewaySuite() as suite:
        suite.admin.post("/inboxes", {…})
        suite.mail_in(inbox_id, "ann@example.org", "Ann", "Broken", "It does not work")
"""
import asyncio
import concurrent.futures
import contextlib
import json
import secrets
import socket
import threading
import urllib.request
import uuid

import aiohttp

from bus_suite import wait_until
from openapi import Api, check
from ports import free_port
from routing_suite import RoutingSuite, hash_key32

ADMIN = ("admin@suite.example", "correct horse battery")
PASSWORD = "agent-password-1"


class GatewaySuite(RoutingSuite):
    def __enter__(self):
        super().__enter__()
        self.seal_key = secrets.token_hex(32)
        self.relay()
        self.gateway_daemon = self.start_gateway()
        self.daemons = {name: self.daemon(name) for name in ("identity", "routing")}
        self.url = self.gateway_daemon.url
        self.api = Api(self.url)
        self.admin = self.api.sign_in(*ADMIN)
        self.streams = []
        return self

    def __exit__(self, *exc):
        for stream in self.streams:
            stream.close()
        super().__exit__(*exc)

    # ---- daemons ----

    def start_gateway(self, **settings):
        port, health = free_port(), free_port()
        url = f"http://127.0.0.1:{port}"
        process = self.daemon("gateway", **{
            "HILO_HEALTH_ADDRESS": f"127.0.0.1:{health}",
            "HILO_HTTP_ADDRESS": f"127.0.0.1:{port}",
            "HILO_PUBLIC_URL": url,
            "HILO_CONTENT_URL": f"{url}/content",
            "HILO_SEAL_KEY": self.seal_key,
            "HILO_ADMIN_EMAIL": ADMIN[0],
            "HILO_ADMIN_PASSWORD": ADMIN[1],
            "HILO_FILES": str(self.folder / "files"),
            **settings,
        })
        process.url, process.health = url, f"http://127.0.0.1:{health}"
        try:
            wait_until(lambda: self.is_ready(process), 30, "the gateway is ready")
        except AssertionError as late:
            raise AssertionError(f"{late}\n{process.tail()}") from None
        return process

    @staticmethod
    def is_ready(process):
        try:
            with urllib.request.urlopen(process.health + "/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    # ---- people and inboxes ----

    def make_inbox(self, address=None, **more):
        number = secrets.token_hex(4)
        answer = self.admin.post("/inboxes", {"channel": "email", "name": f"Inbox {number}",
                                              "address": address or f"inbox-{number}@suite.example", **more})
        assert answer.status == 201, answer.body
        return answer.json

    def make_chat_inbox(self, origins=("https://shop.example",), mail_inbox_id=None, **settings):
        answer = self.admin.post("/inboxes", {"channel": "chat", "name": f"Shop {secrets.token_hex(4)}",
                                              "chat": {"origins": list(origins), "mail_inbox_id": mail_inbox_id, "settings": settings}})
        assert answer.status == 201, answer.body
        return answer.json

    def make_agent(self, role="agent", inboxes=(), name=None):
        """A client signed in as a fresh agent, with .agent its record."""
        number = secrets.token_hex(4)
        answer = self.admin.post("/agents", {"name": name or f"Agent {number}", "email": f"{number}@suite.example", "role": role,
                                             "inboxes": list(inboxes), "password": PASSWORD})
        assert answer.status == 201, answer.body
        client = self.api.sign_in(answer.json["email"], PASSWORD)
        client.agent = answer.json
        return client

    def execute(self, statement, *parameters):
        self.gateway.execute(statement, parameters)

    # ---- mail ----

    def mail_in(self, inbox_id, address, name="Customer", subject="A matter", text="Help, please.", html=None, files=(), copies=()):
        """files: (name, content type, SHA-256, size). Returns the message's id."""
        number, rfc_id = str(uuid.uuid4()), f"{secrets.token_hex(8)}@out.example"
        with self.gateway.transaction():
            self.gateway.execute(
                "INSERT INTO channel.message (id, inbox_id, channel, dedupe_key, contact_address, contact_name, level, subject, text, html, "
                "rfc_message_id, recipients, copies) VALUES (%s, %s, 'email', %s, %s, %s, 1, %s, %s, %s, %s, %s, %s)",
                (number, inbox_id, rfc_id, address, name, subject, text, html, rfc_id,
                 json.dumps([{"name": "", "address": "support@suite.example"}]), json.dumps(list(copies))))
            for position, (file_name, content_type, sha256, size) in enumerate(files):
                self.gateway.execute(
                    "INSERT INTO channel.attachment (id, message_id, inbox_id, position, name, content_type, size_bytes, sha256) "
                    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                    (str(uuid.uuid4()), number, inbox_id, position, file_name, content_type, size, sha256))
            self.append(self.gateway, f"email:{address}", self.pb.hilo_dot_v1_dot_message__pb2.MessageReceived(
                message_id=number, channel=1, inbox_id=inbox_id, contact_address=address, contact_name=name, level=1, subject=subject,
                preview=text[:200], rfc_message_id=rfc_id), inbox=inbox_id)
        return number

    def chat_in(self, inbox_id, address=None, name="Ann", text="Hello?", files=()):
        """A visitor's message as the chat daemon commits it; files as with mail_in. Returns its id."""
        number, address = str(uuid.uuid4()), address or f"v:{uuid.uuid4()}"
        with self.gateway.transaction():
            self.gateway.execute(
                "INSERT INTO channel.message (id, inbox_id, channel, dedupe_key, contact_address, contact_name, level, text) "
                "VALUES (%s, %s, 'chat', %s, %s, %s, 2, %s)", (number, inbox_id, number, address, name, text))
            for position, (file_name, content_type, sha256, size) in enumerate(files):
                self.gateway.execute(
                    "INSERT INTO channel.attachment (id, message_id, inbox_id, position, name, content_type, size_bytes, sha256) "
                    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", (str(uuid.uuid4()), number, inbox_id, position, file_name, content_type, size, sha256))
            self.append(self.gateway, f"chat:{address}", self.pb.hilo_dot_v1_dot_message__pb2.MessageReceived(
                message_id=number, channel=2, inbox_id=inbox_id, contact_address=address, contact_name=name, level=2, preview=text[:200]), inbox=inbox_id)
        return number

    def make_chat(self, inbox_id, **more):
        return self.conversation_of(self.chat_in(inbox_id, **more))

    def tell(self, conversation, body, version=0):
        """An event of this conversation, as its owner would append it."""
        with self.gateway.transaction():
            return self.append(self.gateway, conversation["id"], body, inbox=conversation["inbox_id"], conversation=conversation["id"], version=version)

    def conversation_of(self, message_id, limit_s=10):
        """The conversation the message was attached to, as the administrator sees it."""
        return self.admin.get(f"/conversations/{self.attached(message_id, limit_s)}").json

    def make_conversation(self, inbox_id, address=None, **more):
        address = address or f"{secrets.token_hex(4)}@customers.example"
        return self.conversation_of(self.mail_in(inbox_id, address, **more))

    # ---- streams ----

    def keep(self, stream):
        self.streams.append(stream)
        return stream

    def stream(self, api, **query):
        return self.keep(Stream(api.url, {"auth": api.token}, query))

    def stream_of(self, first):
        """One that says this first; None: nothing."""
        return self.keep(Stream(self.url, first, {}))

    def raw_stream(self, api):
        """One that signs in and never reads."""
        return DeafStream(api)

    def flood(self, conversation_id, inbox_id, assignee_id, count, size=600):
        """So many events of a conversation, as routing would append them. Returns: count."""
        pb = self.pb.hilo_dot_v1_dot_message__pb2
        rows = []
        for number in range(count):
            envelope = self.pb.Envelope(id=str(uuid.uuid4()), source="test", type="message.attached", key=conversation_id, inbox_id=inbox_id,
                                        correlation_id=conversation_id, assignee_id=assignee_id, time_us=1_700_000_000_000_000 + number)
            envelope.message_attached.CopyFrom(pb.MessageAttached(conversation_id=conversation_id, message_id=str(uuid.uuid4()), preview="x" * size))
            rows.append(envelope.SerializeToString())
        for start in range(0, count, 1000):
            self.gateway.execute(
                "INSERT INTO bus.event (key_hash, type, inbox_id, conversation_id, key, occurred_at, payload) "
                "SELECT %s, 'message.attached', %s, %s, %s, now(), p FROM unnest(%s::bytea[]) AS u(p)",
                (hash_key32(conversation_id), inbox_id, conversation_id, conversation_id, rows[start:start + 1000]))
        return count


class Stream:
    """A WebSocket client in a thread of its own; every frame is held against ServerFrame and kept in .frames."""

    def __init__(self, url, first, query, headers=None):
        self.frames, self.close_code, self.status = [], None, None
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._socket = None
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(url, first, query, headers),), daemon=True)
        self._thread.start()
        self._wait(lambda: self._socket or self.status, 10, "the handshake")

    async def _run(self, url, first, query, headers):
        async with aiohttp.ClientSession() as session:
            try:
                async with session.ws_connect(url + "/api/v1/stream", params=query, headers=headers, max_msg_size=0) as socket:
                    if first is not None:
                        await socket.send_str(first if isinstance(first, str) else json.dumps(first))
                    self._set(_socket=socket)
                    async for message in socket:
                        frame = json.loads(message.data)
                        check({"$ref": "#/components/schemas/ServerFrame"}, frame)
                        with self._changed:
                            self.frames.append(frame)
                            self._changed.notify_all()
                    self._set(close_code=socket.close_code)
            except aiohttp.WSServerHandshakeError as refused:
                self._set(status=refused.status)
            except AssertionError as fault:
                with self._changed:
                    self.frames.append({"bad": str(fault)})
                    self._changed.notify_all()

    def _set(self, **values):
        with self._changed:
            for name, value in values.items():
                setattr(self, name, value)
            self._changed.notify_all()

    def _wait(self, condition, limit_s, what):
        with self._changed:
            if not self._changed.wait_for(lambda: condition() or any("bad" in frame for frame in self.frames), limit_s):
                raise AssertionError(f"not within {limit_s} s: {what}; frames: {json.dumps(self.frames)[-3000:]}, closed: {self.close_code}")
            bad = [frame["bad"] for frame in self.frames if "bad" in frame]
            assert not bad, bad[0]
            return condition()

    @property
    def events(self):
        with self._changed:
            return [event for frame in self.frames for event in frame.get("events", ())]

    @property
    def cursor(self):
        with self._changed:
            return next((frame["cursor"] for frame in reversed(self.frames) if "cursor" in frame), None)

    def wait_frame(self, condition, limit_s=10, what="a frame"):
        return self._wait(lambda: next((frame for frame in self.frames if condition(frame)), None), limit_s, what)

    def wait_event(self, kind, limit_s=10, **members):
        def match():
            return next((event for frame in self.frames for event in frame.get("events", ())
                         if event["type"] == kind and all(event.get(k, event["data"].get(k)) == v for k, v in members.items())), None)
        return self._wait(match, limit_s, f"{kind} {members}")

    def wait_ready(self):
        self.wait_frame(lambda frame: "cursor" in frame, what="the first cursor")
        return self

    def wait_configured(self, kind, key, agent_id=None, limit_s=10):
        """Something of this kind was configured."""
        wanted = {"kind": kind, "id": key, "agent_id": agent_id}
        return self._wait(lambda: next((event for frame in self.frames for event in frame.get("events", ())
                                        if event["type"] == "configuration.changed" and event["data"] == wanted), None),
                          limit_s, f"configuration.changed {wanted}")

    def wait_cursor(self, cursor, limit_s=10):
        """Everything up to this cursor has been dealt with."""
        self._wait(lambda: any(frame.get("cursor", "") >= cursor for frame in self.frames), limit_s, f"cursor {cursor}")

    def wait_closed(self, limit_s=10):
        self._wait(lambda: self.close_code is not None, limit_s, "the close")
        return self.close_code

    def send(self, frame):
        text = frame if isinstance(frame, str) else json.dumps(frame)
        if self.close_code is not None:
            raise ConnectionError("closed")
        sending = self._socket.send_str(text)
        try:
            sent = asyncio.run_coroutine_threadsafe(sending, self._loop)
        except RuntimeError:  # the loop has ended meanwhile, and with it the connection
            sending.close()
            raise ConnectionError("closed") from None
        while not sent.done() and self._thread.is_alive():
            concurrent.futures.wait([sent], 0.1)
        if not sent.done():
            raise ConnectionError("closed")
        sent.result()

    def close(self):
        if self._thread.is_alive() and self._socket:
            with contextlib.suppress(Exception):  # it may be ending by itself
                asyncio.run_coroutine_threadsafe(self._socket.close(), self._loop).result(10)
        self._thread.join(10)


class DeafStream:
    """Signs in on a bare socket and reads nothing more."""

    def __init__(self, api):
        self.socket = socket.create_connection(api._address)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.socket.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer " + api.token.encode() + b"\r\n\r\n")
        assert b"101" in self.socket.recv(200)

    def is_cut(self, limit_s):
        """The gateway gives it up: what was queued ends, with a Close or without."""
        self.socket.settimeout(limit_s)
        try:
            while self.socket.recv(1 << 20):
                pass
        except ConnectionError:
            pass
        return True
