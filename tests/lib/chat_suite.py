"""chat_suite.py - real chat daemons beside a real gateway, relay, identity and routing; visitors with real sockets.

    with ChatSuite() as suite:
        inbox = suite.make_chat()                    # the record of the API: ["id"], ["chat"]["public_id"]
        visitor = suite.visitor(inbox)               # a session; visitor.token
        socket = visitor.socket()                    # connected, signed in, .ready
        socket.say("Hello")                          # sent and acknowledged; its client id
        socket.wait_entry(text="Hi there")
"""
import asyncio
import concurrent.futures
import contextlib
import json
import threading
import urllib.error
import urllib.request
import uuid

import aiohttp

from bus_suite import wait_until
from gateway_suite import GatewaySuite
from ports import free_port


class ChatSuite(GatewaySuite):
    def __enter__(self):
        super().__enter__()
        self.sockets = []
        self.chat = self.start_chat()
        return self

    def __exit__(self, *exc):
        for opened in self.sockets:
            opened.close()
        super().__exit__(*exc)

    # ---- daemons ----

    def start_chat(self, **settings):
        port, health = free_port(), free_port()
        url = f"http://127.0.0.1:{port}"
        process = self.daemon("chat", **{
            "HILO_HEALTH_ADDRESS": f"127.0.0.1:{health}",
            "HILO_CHAT_ADDRESS": f"127.0.0.1:{port}",
            "HILO_PUBLIC_URL": self.url,
            "HILO_CONTENT_URL": f"{self.url}/content",
            "HILO_SEAL_KEY": self.seal_key,
            "HILO_FILES": str(self.folder / "files"),
            **settings,
        })
        process.url, process.health = url, f"http://127.0.0.1:{health}"
        self.wait_ready(process)
        return process

    def wait_ready(self, process):
        try:
            wait_until(lambda: self.is_ready(process), 30, "the daemon is ready")
        except AssertionError as late:
            raise AssertionError(f"{late}\n{process.tail()}") from None

    # ---- inboxes and people ----

    def make_chat(self, mail_inbox=None, **settings):
        """A chat inbox, known to the daemons."""
        answer = self.admin.post("/inboxes", {"channel": "chat", "name": "Shop",
                                              "chat": {"mail_inbox_id": mail_inbox, **settings} if mail_inbox or settings else {}})
        assert answer.status == 201, answer.body
        inbox = answer.json
        wait_until(lambda: self.call("POST", "/chat/v1/session", {"inbox": inbox["chat"]["public_id"]})[0] == 200, 15,
                   "the chat daemon knows the inbox")
        return inbox

    def visitor(self, inbox, url=None, **session):
        return Visitor(self, inbox, url or self.chat.url, session)

    def call(self, method, path, body=None, token=None, url=None, headers=None):
        """Returns: status and JSON (None without)."""
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        request = urllib.request.Request((url or self.chat.url) + path, method=method, headers=headers,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            status, text = refused.code, refused.read()
        return status, json.loads(text) if text else None

    def reply(self, agent, conversation_id, text, **more):
        answer = agent.post(f"/conversations/{conversation_id}/messages", {"kind": "reply", "text": text, **more})
        assert answer.status in (201, 202), answer.body
        return answer.json

    def conversation_of_client(self, client_id, limit_s=15):
        """The conversation the message of this client id came into."""
        def find():
            return self.query("SELECT e.conversation_id FROM routing.entry e JOIN channel.message m ON m.id = e.message_id "
                              "WHERE m.dedupe_key LIKE '%%:' || %s", client_id)
        return str(wait_until(find, limit_s, "the message is in a conversation")[0][0])


class Visitor:
    def __init__(self, suite, inbox, url, session):
        self.suite, self.url = suite, url
        status, self.session = suite.call("POST", "/chat/v1/session", {"inbox": inbox["chat"]["public_id"], **session}, url=url)
        assert status == 200, self.session
        self.token, self.id = self.session["token"], self.session["visitor"]["id"]

    def call(self, method, path, body=None, url=None):
        return self.suite.call(method, "/chat/v1" + path, body, self.token, url or self.url)

    def poll(self, after=0, wait=0):
        status, body = self.call("GET", f"/poll?after={after}&wait={wait}")
        assert status == 200, body
        return body

    def socket(self, after=0, url=None, **more):
        """Signed in, and told how things stand."""
        opened = self.suite_socket(url, {"auth": self.token, "after": after, **more})
        opened.wait(lambda frame: "ready" in frame, what="ready")
        return opened

    def suite_socket(self, url=None, first=None, headers=None):
        opened = Socket(url or self.url, first, headers)
        self.suite.sockets.append(opened)
        return opened


class Socket:
    """A visitor's WebSocket in a thread of its own; every frame is kept in .frames."""

    def __init__(self, url, first=None, headers=None):
        self.frames, self.close_code, self.status = [], None, None
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._socket = None
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(url, first, headers),), daemon=True)
        self._thread.start()
        self.wait_for(lambda: self._socket or self.status, 10, "the handshake")

    async def _run(self, url, first, headers):
        async with aiohttp.ClientSession() as session:
            try:
                async with session.ws_connect(url + "/chat/v1/socket", headers=headers, max_msg_size=0, autoping=True) as socket:
                    if first is not None:
                        await socket.send_str(first if isinstance(first, str) else json.dumps(first))
                    self._set(_socket=socket)
                    async for message in socket:
                        with self._changed:
                            self.frames.append(json.loads(message.data))
                            self._changed.notify_all()
                    self._set(close_code=socket.close_code or 1006)
            except aiohttp.WSServerHandshakeError as refused:
                self._set(status=refused.status)
            except (aiohttp.ClientError, OSError):
                self._set(status=0, close_code=1006)

    def _set(self, **values):
        with self._changed:
            for name, value in values.items():
                setattr(self, name, value)
            self._changed.notify_all()

    def wait_for(self, condition, limit_s=15, what="something"):
        with self._changed:
            if not self._changed.wait_for(condition, limit_s):
                raise AssertionError(f"not within {limit_s} s: {what}; frames: {json.dumps(self.frames)[-3000:]}, closed: {self.close_code}")
            return condition()

    def wait(self, condition, limit_s=15, what="a frame"):
        return self.wait_for(lambda: next((frame for frame in self.frames if condition(frame)), None), limit_s, what)

    def wait_closed(self, limit_s=15):
        self.wait_for(lambda: self.close_code is not None, limit_s, "the close")
        return self.close_code

    @property
    def ready(self):
        return self.wait(lambda frame: "ready" in frame)["ready"]

    @property
    def entries(self):
        with self._changed:
            return [entry for frame in self.frames for entry in frame.get("entries", ())]

    @property
    def sequence(self):
        """How far what it got reaches."""
        with self._changed:
            return max([frame["sequence"] for frame in self.frames if "entries" in frame], default=0)

    def wait_entry(self, limit_s=15, **members):
        return self.wait_for(lambda: next((entry for frame in self.frames for entry in frame.get("entries", ())
                                           if all(entry[name] == value for name, value in members.items())), None), limit_s, f"entry {members}")

    def send(self, frame):
        text = frame if isinstance(frame, (str, bytes)) else json.dumps(frame)
        if self.close_code is not None:
            raise ConnectionError("closed")
        sending = self._socket.send_bytes(text) if isinstance(text, bytes) else self._socket.send_str(text)
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

    def post(self, text, client_id=None, **more):
        """Sends a message. Returns its client id."""
        client_id = client_id or str(uuid.uuid4())
        self.send({"message": {"id": client_id, "text": text, **more}})
        return client_id

    def outcome(self, client_id, limit_s=15):
        """(kind, body) of what became of a message."""
        def find(frame):
            return next(((kind, frame[kind]) for kind in ("accepted", "refused", "retry") if frame.get(kind, {}).get("id") == client_id), None)
        return find(self.wait(find, limit_s, f"what became of {client_id}"))

    def say(self, text, **more):
        """Sends a message that is accepted. Returns its client id."""
        client_id = self.post(text, **more)
        kind, body = self.outcome(client_id)
        assert kind == "accepted", (kind, body)
        return client_id

    def close(self):
        if self._thread.is_alive() and self._socket:
            with contextlib.suppress(Exception):  # it may be ending by itself
                asyncio.run_coroutine_threadsafe(self._socket.close(), self._loop).result(10)
        self._thread.join(10)
