"""clients.py - a mail server that never gives up and an agent's browser that always comes back, both keeping a history."""
import asyncio
import json
import random

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
