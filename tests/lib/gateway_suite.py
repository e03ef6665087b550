"""gateway_suite.py - a real gateway with relay, identity and routing on a private PostgreSQL and Redis; mails come in as the
email daemon commits them (a row and its event, one transaction).

    with GatewaySuite() as suite:
        suite.admin.post("/inboxes", {…})
        suite.mail_in(inbox_id, "ann@example.org", "Ann", "Broken", "It does not work")
"""
import asyncio
import importlib
import json
import secrets
import subprocess
import sys
import threading
import time
import urllib.request
import uuid

import aiohttp
import psycopg

from bus_suite import BIN, BusSuite, wait_until
from cluster import TREE, free_port
from openapi import Api, check

ADMIN = ("admin@suite.example", "correct horse battery")
PASSWORD = "agent-password-1"


def hash_key32(key):
    """As common/base/hash.c: FNV-1a, then murmur3's finaliser; the low half, signed."""
    mask, value = (1 << 64) - 1, 0xcbf29ce484222325
    for byte in key.encode():
        value = ((value ^ byte) * 0x100000001b3) & mask
    for factor in (0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53):
        value = ((value ^ (value >> 33)) * factor) & mask
    value = (value ^ (value >> 33)) & 0xffffffff
    return value - (1 << 32) if value >= 1 << 31 else value


class Redis:
    def __init__(self, folder):
        self.port = free_port()
        self.command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self.process = None

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_until(lambda: self.cli("PING") == "PONG", 10, "Redis answers")

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def cli(self, *command):
        return subprocess.run(["redis-cli", "-p", str(self.port), *command], capture_output=True, text=True).stdout.strip()


class GatewaySuite(BusSuite):
    def __enter__(self):
        super().__enter__()
        self.redis = Redis(self.folder)
        self.redis.start()
        self.stack.callback(self.redis.stop)
        self.seal_key = secrets.token_hex(32)
        self.proto = self._python_protos()
        self.relay()
        self.gateway = self.start_gateway()
        self.daemons = {"identity": self.start_daemon("identity"), "routing": self.start_daemon("routing")}
        self.url = self.gateway.url
        self.api = Api(self.url)
        self.admin = self.api.sign_in(*ADMIN)
        self.streams = []
        return self

    def __exit__(self, *exc):
        for stream in self.streams:
            stream.close()
        super().__exit__(*exc)

    # ---- daemons ----

    def daemon_env(self, name, **settings):
        return {
            "HILO_DATABASE_URL": self.cluster.dsn(f"hilo_{name}"),
            "HILO_REDIS_URL": self.redis.url,
            "HILO_HEALTH_ADDRESS": "127.0.0.1:0",
            "HILO_BUS_SERVER_KEY": self.keys["server"]["public"],
            "HILO_BUS_CLIENT_KEY": self.keys["client"]["public"],
            "HILO_BUS_CLIENT_SECRET": self.keys["client"]["secret"],
            "HILO_SECRET": "0" * 64,
            **settings,
        }

    def start_daemon(self, name, **settings):
        env = self.daemon_env(name, **settings)
        if name == "identity":
            del env["HILO_REDIS_URL"]
        return self.run(name, [BIN / f"hilo-{name}"], env)

    def start_gateway(self, **settings):
        port, health = free_port(), free_port()
        url = f"http://127.0.0.1:{port}"
        process = self.run("gateway", [BIN / "hilo-gateway"], self.daemon_env("gateway", **{
            "HILO_HEALTH_ADDRESS": f"127.0.0.1:{health}",
            "HILO_HTTP_ADDRESS": f"127.0.0.1:{port}",
            "HILO_PUBLIC_URL": url,
            "HILO_CONTENT_URL": f"{url}/content",
            "HILO_SEAL_KEY": self.seal_key,
            "HILO_ADMIN_EMAIL": ADMIN[0],
            "HILO_ADMIN_PASSWORD": ADMIN[1],
            "HILO_FILES": str(self.folder / "files"),
            **settings,
        }))
        process.url, process.health = url, f"http://127.0.0.1:{health}"
        wait_until(lambda: self.is_ready(process), 30, f"the gateway is ready\n{process.tail()}")
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

    def make_agent(self, role="agent", inboxes=(), name=None):
        """A client signed in as a fresh agent, with .agent its record."""
        number = secrets.token_hex(4)
        answer = self.admin.post("/agents", {"name": name or f"Agent {number}", "email": f"{number}@suite.example", "role": role,
                                             "inboxes": list(inboxes), "password": PASSWORD})
        assert answer.status == 201, answer.body
        client = self.api.sign_in(answer.json["email"], PASSWORD)
        client.agent = answer.json
        return client

    # ---- mail ----

    def _python_protos(self):
        out = self.folder / "python"
        out.mkdir()
        protos = sorted((TREE / "proto/hilo/v1").glob("*.proto"))
        subprocess.run(["protoc", f"--proto_path={TREE / 'proto'}", "--proto_path=/usr/include", f"--python_out={out}",
                        *map(str, protos)], check=True)
        sys.path.insert(0, str(out))
        return importlib.import_module("hilo.v1.envelope_pb2")

    def append(self, connection, envelope):
        inbox = envelope.inbox_id or None
        connection.execute(
            "INSERT INTO bus.event (key_hash, type, inbox_id, conversation_id, key, occurred_at, payload) "
            "VALUES (%s, %s, %s, %s, %s, to_timestamp(%s), %s)",
            (hash_key32(envelope.key), envelope.type, inbox, envelope.correlation_id or None, envelope.key,
             envelope.time_us / 1e6, envelope.SerializeToString()))

    def mail_in(self, inbox_id, address, name="Customer", subject="A matter", text="Help, please.", files=(), html=None, tag=None):
        """Takes a mail in. Returns its message id."""
        message_id, rfc_id = str(uuid.uuid4()), f"{secrets.token_hex(8)}@out.example"
        envelope = self.proto.Envelope(id=str(uuid.uuid4()), source="email", type="message.received", subject=message_id,
                                       time_us=time.time_ns() // 1000, inbox_id=inbox_id, key=f"email:{address}", actor="system")
        body = envelope.message_received
        body.message_id, body.channel, body.inbox_id = message_id, 1, inbox_id
        body.contact_address, body.contact_name, body.level = address, name, 1
        body.subject, body.preview, body.rfc_message_id = subject, text[:200], rfc_id
        with psycopg.connect(self.cluster.dsn("hilo_email")) as connection:
            connection.execute(
                "INSERT INTO channel.message (id, inbox_id, channel, dedupe_key, contact_address, contact_name, level, subject, text, html, "
                "rfc_message_id, recipients) VALUES (%s, %s, 'email', %s, %s, %s, 1, %s, %s, %s, %s, %s)",
                (message_id, inbox_id, rfc_id, address, name, subject, text, html, rfc_id,
                 json.dumps([{"name": "", "address": "support@suite.example"}])))
            for position, (file_name, content_type, sha256, size) in enumerate(files):
                connection.execute(
                    "INSERT INTO channel.attachment (id, message_id, inbox_id, position, name, content_type, size_bytes, sha256) "
                    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                    (str(uuid.uuid4()), message_id, inbox_id, position, file_name, content_type, size, sha256))
            self.append(connection, envelope)
        return message_id

    def conversation_of(self, message_id, limit_s=10):
        """The conversation the message was attached to, as the administrator sees it."""
        row = wait_until(lambda: self.query("SELECT conversation_id::text FROM routing.entry WHERE message_id = %s", message_id),
                         limit_s, "the message is in a conversation")
        return self.admin.get(f"/conversations/{row[0][0]}").json

    def make_conversation(self, inbox_id, address=None, **more):
        address = address or f"{secrets.token_hex(4)}@customers.example"
        return self.conversation_of(self.mail_in(inbox_id, address, **more))

    # ---- streams ----

    def stream(self, api, **query):
        stream = Stream(self.url if api is None else api.url, api.token if api else None, query)
        self.streams.append(stream)
        return stream


class Stream:
    """A WebSocket client in a thread of its own; every frame is held against ServerFrame and kept in .frames."""

    def __init__(self, url, token, query, headers=None):
        self.frames, self.close_code, self.status = [], None, None
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._socket = None
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(url, token, query, headers),), daemon=True)
        self._thread.start()
        self._wait(lambda: self._socket or self.status, 10, "the handshake")

    async def _run(self, url, token, query, headers):
        async with aiohttp.ClientSession() as session:
            try:
                async with session.ws_connect(url + "/api/v1/stream", params=query, headers=headers, max_msg_size=0) as socket:
                    if token:
                        await socket.send_str(json.dumps({"auth": token}))
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

    def wait_cursor(self, cursor, limit_s=10):
        """Everything up to this cursor has been dealt with."""
        self._wait(lambda: any(frame.get("cursor", "") >= cursor for frame in self.frames), limit_s, f"cursor {cursor}")

    def wait_closed(self, limit_s=10):
        self._wait(lambda: self.close_code is not None, limit_s, "the close")
        return self.close_code

    def send(self, frame):
        text = frame if isinstance(frame, str) else json.dumps(frame)
        asyncio.run_coroutine_threadsafe(self._socket.send_str(text), self._loop).result(10)

    def close(self):
        if self._socket and self.close_code is None:
            try:
                asyncio.run_coroutine_threadsafe(self._socket.close(), self._loop).result(10)
            except Exception:  # it may be gone already
                pass
        self._thread.join(10)
