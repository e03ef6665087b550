"""clients.py - a mail server that never gives up, visitors who do not either, and an agent's browser that always comes back; all
keep a history."""
import asyncio
import json
import random
import time
import uuid

import aiohttp

from history import History


class LmtpSender:
    """Delivers mails over LMTP as an MTA does: what was not acknowledged is sent again, the same bytes, until it is.

    History: invoke, then ok (250 read), fail (refused, or the connection broke before the mail was out) or unknown (the mail
    was out, the answer never came)."""

    def __init__(self, port, recipient, path, rate, seed, senders=50):
        self.port, self.recipient, self.rate = port, recipient, rate
        self.history = History(path)
        self.random = random.Random(seed)
        self.senders = senders
        self.started = 0
        self.open = set()
        self.acknowledged = 0
        self.refusals = 0
        self.running = True
        self.newest = {}

    def compose(self, number):
        """Mail of one of few customers; half the time it answers that customer's newest acknowledged mail."""
        who = self.random.randrange(self.senders)
        message_id = f"{number}.{self.random.getrandbits(64):x}@faults.example"
        parent = self.newest.get(who) if self.random.random() < 0.5 else None
        lines = [f"From: Customer {who} <c{who}@faults.example>", f"To: <{self.recipient}>", f"Subject: Matter {number}",
                 f"Message-ID: <{message_id}>", "Date: Sat, 01 Aug 2026 10:00:00 +0000"]
        if parent:
            lines += [f"In-Reply-To: <{parent}>", f"References: <{parent}>"]
        lines += ["", f"Mail {number} of customer {who}.", ""]
        return who, message_id, "\r\n".join(lines).encode()

    async def deliver(self, who, message_id, raw):
        out = False
        writer = None
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self.port), 10)

            async def expect(code):
                while True:
                    line = await asyncio.wait_for(reader.readline(), 30)
                    if not line:
                        raise ConnectionError("closed")
                    if line[3:4] != b"-":
                        break
                if not line.startswith(code):
                    raise ValueError(line.decode(errors="replace").strip())
                return line.decode().strip()

            await expect(b"220")
            for command, code in ((b"LHLO faults.example", b"250"), (f"MAIL FROM:<c{who}@faults.example>".encode(), b"250"),
                                  (f"RCPT TO:<{self.recipient}>".encode(), b"250"), (b"DATA", b"354")):
                writer.write(command + b"\r\n")
                await writer.drain()
                await expect(code)
            out = True
            writer.write(raw + b"\r\n.\r\n")
            await writer.drain()
            answer = await expect(b"250")
            self.history.add(op="ok", id=message_id, answer=answer)
            return True
        except ValueError as refusal:
            self.refusals += 1
            self.history.add(op="fail", id=message_id, why=str(refusal))
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
            self.history.add(op="unknown" if out else "fail", id=message_id, why=repr(error))
        finally:
            if writer:
                writer.close()
        return False

    async def carry(self, number):
        who, message_id, raw = self.compose(number)
        self.open.add(message_id)
        pause = 0.1
        while True:
            self.history.add(op="invoke", id=message_id)
            if await self.deliver(who, message_id, raw):
                break
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2)
        self.newest[who] = message_id
        self.acknowledged += 1
        self.open.discard(message_id)

    async def run(self):
        tasks = set()
        while self.running:
            if len(self.open) < 200:
                task = asyncio.create_task(self.carry(self.started))
                self.started += 1
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.sleep(1 / self.rate)
        await asyncio.wait_for(asyncio.gather(*tasks), 120)


class Visitor:
    """A browser with the chat: writes one message after the other. What was not accepted is sent again under the same id, and
    each new socket goes on behind what the last one brought.

    History: invoke and ok (accepted) of each message, entry (as shown), closed."""

    def __init__(self, url, inbox, path, seed, pause_s=1.5):
        self.url, self.inbox, self.pause_s = url + "/chat/v1", inbox, pause_s
        self.history = History(path)
        self.random = random.Random(seed)
        self.conversation, self.after = None, 0
        self.open = None  # the id of the message that is not accepted yet
        self.unseen = set()
        self.acknowledged = self.connections = 0
        self.running = True

    async def begin(self, session):
        async with session.post(self.url + "/session", json={"inbox": self.inbox}) as answer:
            answer.raise_for_status()
            body = await answer.json()
        self.token = body["token"]
        self.history.add(op="visitor", visitor=body["visitor"]["id"])

    async def send(self, socket):
        self.history.add(op="invoke", id=self.open)
        await socket.send_json({"message": {"id": self.open, "text": f"Is it {self.open}?"}})

    def show(self, conversation):
        number = conversation and conversation["id"]
        if number != self.conversation:
            self.conversation, self.after = number, 0

    async def take(self, frame, socket):
        if "ready" in frame or "conversation" in frame:
            self.show(frame["ready"]["conversation"] if "ready" in frame else frame["conversation"])
        if "ready" in frame and self.open:
            await self.send(socket)
        for entry in frame.get("entries", ()):
            self.history.add(op="entry", conversation=self.conversation, sequence=entry["sequence"], client_id=entry["client_id"])
            self.unseen.discard(entry["client_id"])
        if "entries" in frame:
            self.after = frame["sequence"]
        if frame.get("accepted", {}).get("id") == self.open is not None:
            self.history.add(op="ok", id=self.open)
            self.open = None
            self.acknowledged += 1
            self.due = time.monotonic() + self.random.uniform(0.9, 1.1) * self.pause_s
        if "retry" in frame or "refused" in frame:
            await asyncio.sleep(1)
            await self.send(socket)

    async def once(self, session):
        async with session.ws_connect(self.url.replace("http", "ws", 1) + "/socket", heartbeat=5) as socket:
            await socket.send_json({"auth": self.token, "after": self.after, "conversation": self.conversation})
            self.connections += 1
            while self.running or self.open or self.unseen:
                if self.running and not self.open and time.monotonic() >= self.due:
                    self.open = str(uuid.uuid4())
                    self.unseen.add(self.open)
                    await self.send(socket)
                try:
                    message = await socket.receive(timeout=0.1)
                except asyncio.TimeoutError:
                    continue
                if message.type != aiohttp.WSMsgType.TEXT:
                    break
                await self.take(json.loads(message.data), socket)
        self.history.add(op="closed")

    async def run(self):
        self.due = time.monotonic() + self.random.random() * self.pause_s
        async with aiohttp.ClientSession() as session:
            await self.begin(session)
            while self.running or self.open or self.unseen:
                try:
                    await self.once(session)
                except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
                    self.history.add(op="closed", why=repr(error))
                await asyncio.sleep(0.2)


class StreamListener:
    """An agent's open /stream: comes back with its cursor whenever the socket ends, and notes every event once.

    History: open (cursor asked for), event, cursor, left, resync, closed."""

    def __init__(self, url, token, cursor, path, scope="all"):
        self.url, self.token, self.cursor, self.scope = url, token, cursor, scope
        self.history = History(path)
        self.events = 0
        self.connections = 0
        self.running = True

    def take(self, frame):
        for event in frame.get("events", ()):
            self.events += 1
            self.history.add(op="event", id=event["id"], type=event["type"], conversation=event.get("conversation_id"),
                             version=event.get("version"), inbox=event.get("inbox_id"),
                             message=(event.get("data") or {}).get("message_id"))
        if frame.get("resync"):
            self.history.add(op="resync")
        if "left" in frame:
            self.history.add(op="left", conversation=frame["left"])
        if "cursor" in frame:
            self.cursor = frame["cursor"]
            self.history.add(op="cursor", cursor=self.cursor)

    async def once(self, session):
        target = self.url.replace("http", "ws", 1) + "/api/v1/stream"
        self.history.add(op="open", cursor=self.cursor)
        async with session.ws_connect(target, params={"cursor": self.cursor, "scope": self.scope}, heartbeat=5) as socket:
            await socket.send_json({"auth": self.token})
            self.connections += 1
            while self.running:
                try:
                    message = await socket.receive(timeout=1)
                except asyncio.TimeoutError:
                    continue
                if message.type != aiohttp.WSMsgType.TEXT:
                    break
                self.take(json.loads(message.data))
        self.history.add(op="closed")

    async def run(self):
        async with aiohttp.ClientSession() as session:
            while self.running:
                try:
                    await self.once(session)
                except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
                    self.history.add(op="closed", why=repr(error))
                await asyncio.sleep(0.2)
