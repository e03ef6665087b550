"""scenario.py - a running installation under load with faults in it, and the check afterwards."""
import asyncio
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from clients import LmtpSender, StreamListener, Visitor
from ports import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONSUMERS = ("identity", "routing", "email", "chat")
DAEMONS = ("bus", "email", "identity", "routing", "gateway", "chat")
VISITORS = 10
SETTLE_S = 60  # what may take this long after the last fault: everything acknowledged routed and on the socket


class Installation:
    """deploy/up in a folder of its own; processes found by their supervisor's word."""

    def __init__(self, port):
        self.port = port
        self.var = pathlib.Path(tempfile.mkdtemp(prefix="hilo-faults-"))
        self.env = dict(os.environ, HILO_VAR=str(self.var), HILO_PORT=str(port))
        self.replicas = {}

    def up(self):
        subprocess.run([ROOT / "deploy/up"], env=self.env, check=True)
        admin = json.loads((self.var / "admin.json").read_text())
        self.url = admin["url"]
        self.token = self.call("POST", "/session", {"email": admin["email"], "password": admin["password"]})["token"]
        self.inbox = self.call("POST", "/inboxes", {"channel": "email", "name": "Help", "address": "help@suite.example"})["id"]
        self.chat = self.call("POST", "/inboxes", {"channel": "chat", "name": "Shop", "chat": {}})["chat"]["public_id"]
        self.wait_chat()
        self.call("PUT", "/presence", {"status": "available"})
        self.proto = self.var / "python"
        self.proto.mkdir()
        protos = sorted((ROOT / "proto/hilo/v1").glob("*.proto"))
        subprocess.run(["protoc", f"--proto_path={ROOT / 'proto'}", "--proto_path=/usr/include", f"--python_out={self.proto}", *protos], check=True)

    def down(self):
        for process in self.replicas.values():
            process.kill()
            process.wait()
        subprocess.run([ROOT / "deploy/down", "--purge"], env=self.env, check=True)

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.url + "/api/v1" + path, method=method, data=json.dumps(body).encode() if body else None,
                                         headers={"Content-Type": "application/json"})
        if getattr(self, "token", None):
            request.add_header("Authorization", "Bearer " + self.token)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def wait_chat(self, limit=15):
        """Until the chat daemon has heard of its inbox."""
        request = urllib.request.Request(self.url + "/chat/v1/session", data=json.dumps({"inbox": self.chat}).encode(),
                                         headers={"Content-Type": "application/json"})
        since = time.monotonic()
        while True:
            try:
                return urllib.request.urlopen(request, timeout=5).close()
            except urllib.error.HTTPError:
                assert time.monotonic() - since < limit, "the chat daemon does not know its inbox"
                time.sleep(0.1)

    def pid(self, service):
        """The supervised process; 0 while it is down."""
        text = (self.var / "service" / service / "supervise" / "pid").read_text().strip()
        return int(text) if text else 0

    def kill(self, service, number=signal.SIGKILL):
        pid = self.pid(service)
        assert pid, f"{service} is not running"
        os.kill(pid, number)
        return pid

    def wait_back(self, service, old, limit=10):
        """A killed service runs again under another pid. Returns: seconds it took."""
        since = time.monotonic()
        while time.monotonic() - since < limit:
            if self.pid(service) not in (0, old):
                return time.monotonic() - since
            time.sleep(0.02)
        raise AssertionError(f"{service} did not come back within {limit} s")

    def add_replica(self, service, number):
        """One more process of a consumer, outside the supervisor."""
        folder = self.var / "service" / service / "env"
        env = dict(os.environ, **{f.name: f.read_text().rstrip("\n") for f in folder.iterdir()})
        env["HILO_HEALTH_ADDRESS"] = "127.0.0.1:0"
        if service == "email":
            env["HILO_LMTP_ADDRESS"] = f"127.0.0.1:{free_port()}"
        if service == "chat":
            env["HILO_CHAT_ADDRESS"] = "127.0.0.1:0"
        command = [self.var / "bin" / f"hilo-{service}"]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=hilo", "--regid=hilo", "--init-groups", *command]
        self.replicas[service, number] = process = subprocess.Popen(command, env=env, stderr=open(self.var / f"{service}-{number}.log", "ab"))
        return process

    def add_replicas(self, number):
        """One more of every consumer, each with its share of the shards. Returns: {service: process}."""
        added = {service: self.add_replica(service, number) for service in CONSUMERS}
        since = time.monotonic()
        while any(count != 2 for count in self.holders().values()):
            assert all(process.poll() is None for process in added.values()), f"a replica ended: see {self.var}/*-{number}.log"
            assert time.monotonic() - since < 15, f"not shared within 15 s: {self.holders()}"
            time.sleep(0.1)
        return added

    def holders(self):
        """How many replicas of each consumer hold shards."""
        return dict(self.sql("SELECT service, count(DISTINCT owner) FILTER (WHERE until > clock_timestamp()) FROM bus.consumer "
                             f"WHERE service IN {CONSUMERS} GROUP BY service"))

    def dsn(self):
        return subprocess.run([ROOT / "deploy/lib/psql", "--print-dsn"], env=self.env, check=True, stdout=subprocess.PIPE,
                              text=True).stdout.strip()

    def sql(self, query):
        import psycopg
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            return connection.execute(query).fetchall()


class Scenario:
    """Load on an installation while `faults(installation)` runs; then heal, settle, check."""

    def __init__(self, installation, name, rate=100, seed=None):
        self.suite, self.name, self.rate = installation, name, rate
        self.seed = seed if seed is not None else int(os.environ.get("HILO_SEED", time.time_ns() % 1_000_000))
        self.folder = installation.var / "history" / name
        self.folder.mkdir(parents=True)
        print(f"{name}: seed {self.seed}, histories in {self.folder}")

    async def _run(self, faults):
        cursor = self.suite.call("GET", "/conversations?limit=1")["cursor"]
        self.sender = LmtpSender(self.suite.port + 2, "help@suite.example", self.folder / "sender", self.rate, self.seed)
        self.listener = StreamListener(self.suite.url, self.suite.token, cursor, self.folder / "socket")
        self.visitors = [Visitor(self.suite.url, self.suite.chat, self.folder / f"visitor-{n}", self.seed + n) for n in range(VISITORS)]
        sending = asyncio.create_task(self.sender.run())
        writing = [asyncio.create_task(visitor.run()) for visitor in self.visitors]
        listening = asyncio.create_task(self.listener.run())
        try:
            await asyncio.sleep(2)
            await asyncio.to_thread(faults, self.suite)
            await asyncio.sleep(2)
            self.stop_writing()
            await sending
            await asyncio.wait(writing, timeout=SETTLE_S)
            await self.settle()
        finally:
            self.stop_writing()
            self.listener.running = False
            for task in writing:
                task.cancel()
            await listening
            await asyncio.gather(*writing, return_exceptions=True)

    def stop_writing(self):
        for client in (self.sender, *self.visitors):
            client.running = False

    async def settle(self):
        """Until everything acknowledged is in a conversation and the socket's cursor has passed the log's last event."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            waiting = self.suite.sql("SELECT count(*) FROM channel.message m WHERE NOT EXISTS "
                                     "(SELECT FROM routing.entry e WHERE e.message_id = m.id)")[0][0]
            xid, number = self.suite.sql("SELECT xid::text::bigint, id FROM bus.event WHERE conversation_id IS NOT NULL "
                                         "ORDER BY xid DESC, id DESC LIMIT 1")[0]
            if not waiting and self.listener.cursor.partition(".")[2] >= f"{xid:016x}{number:016x}":
                return
            await asyncio.sleep(0.5)
        print(f"{self.name}: not settled after {SETTLE_S} s, {waiting} messages unrouted, socket at {self.listener.cursor}")

    def check(self):
        command = [ROOT / "tests/faults/check", "--dsn", self.suite.dsn(), "--proto", self.suite.proto]
        command += ["--sender", *sorted((self.suite.var / "history").glob("*/sender"))]
        command += ["--visitor", *sorted((self.suite.var / "history").glob("*/visitor-*"))]
        command += ["--socket", self.folder / "socket", "--from-cursor", self.first_cursor()]
        done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, text=True)
        print(done.stdout)
        return done.returncode == 0

    def first_cursor(self):
        with open(self.folder / "socket") as file:
            return json.loads(file.readline())["cursor"]

    def run(self, faults):
        since = time.monotonic()
        asyncio.run(self._run(faults))
        passed = self.check()
        print(f"{self.name}: {self.sender.acknowledged} mails acknowledged, {self.sender.refusals} refusals retried, "
              f"{sum(v.acknowledged for v in self.visitors)} chat messages over {sum(v.connections for v in self.visitors)} sockets, "
              f"{self.listener.events} events over {self.listener.connections} connections, {time.monotonic() - since:.0f} s")
        if not passed:
            print("kept:", self.suite.var, file=sys.stderr)
        assert passed, f"{self.name}: an invariant is broken (seed {self.seed})"
        assert self.sender.acknowledged > self.rate and all(v.acknowledged > 1 for v in self.visitors), "the load never flowed"
