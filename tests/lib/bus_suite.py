"""bus_suite.py - a private log with real relays, and bus-actor processes that write, read and consume it.

    with BusSuite() as suite:
        relay = suite.relay()
        writer = suite.writer(seed=7)
        reader = suite.reader("live")
"""
import atexit
import contextlib
import functools
import itertools
import json
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import time

import psycopg

from cluster import Cluster

BIN = pathlib.Path(os.environ.get("HILO_BIN_DIR", pathlib.Path(__file__).resolve().parents[2] / "build" / "bin"))

SCHEMA = """
CREATE SCHEMA test;
CREATE TABLE test.conversation (id uuid PRIMARY KEY, version bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);
CREATE TABLE test.note (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE test.handled (seen bigint GENERATED ALWAYS AS IDENTITY, xid xid8, id bigint, conversation_id uuid, version bigint, replica integer);
CREATE TABLE test.poison (conversation_id uuid, version bigint, kills boolean NOT NULL DEFAULT false);
INSERT INTO test.conversation (id) SELECT ('c0000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid FROM generate_series(0, 63) AS n;
GRANT USAGE ON SCHEMA test TO PUBLIC;
GRANT ALL ON ALL TABLES IN SCHEMA test TO PUBLIC;
"""


def conversation(number):
    return f"c0000000-0000-0000-0000-{number:012x}"


def seed_of_run():
    """Printed, so that a failing run can be repeated with HILO_SEED."""
    seed = int(os.environ.get("HILO_SEED") or random.randrange(1, 1 << 31))
    print(f"HILO_SEED={seed}")
    return seed


def wait_until(condition, limit_s, what, *processes):
    """The condition's first true value; at the deadline fails with `what`, and with the logs of the processes named."""
    deadline = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("\n".join([f"not within {limit_s} s: {what}", *(p.tail() for p in processes)]))
        time.sleep(0.05)


class Process:
    """One of ours, its log in a file."""

    def __init__(self, suite, name, command, env):
        self.suite, self.name, self.command, self.env = suite, name, command, env
        self.log = suite.folder / f"{name}.log"
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(c) for c in self.command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={"PATH": os.environ["PATH"], **sanitizers(), **self.env})

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)

    def stop(self):
        """As an operator does; the process must end by itself, and well."""
        self.process.terminate()
        assert self.process.wait(20) == 0, self.tail()

    def restart(self):
        self.kill()
        self.start()

    def is_alive(self):
        return self.process.poll() is None

    def tail(self):
        status = self.process.poll()
        return f"{self.name}, {'alive' if status is None else f'ended with {status}'}:\n{self.log.read_text()[-3000:]}"

    def log_events(self, event):
        """The JSON lines of that event."""
        lines = (json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{"))
        return [line for line in lines if line.get("event") == event]


def sanitizers():
    return {key: os.environ[key] for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if key in os.environ}


@functools.cache
def shared_cluster():
    """One server for all suites that do not kill it, with a migrated database to copy."""
    cluster = Cluster(fsync=False).__enter__()
    atexit.register(cluster.__exit__)
    cluster.sql("CREATE DATABASE pattern")
    cluster.migrate(dbname="pattern")
    cluster.sql(SCHEMA, dbname="pattern")
    return cluster


class BusSuite:
    """A database of its own on the shared server; own_server: a server of its own, durable, to kill and to promote."""

    numbers = itertools.count(1)

    def __init__(self, own_server=False):
        self.cluster = Cluster(settings={"wal_level": "replica", "max_wal_senders": 4}) if own_server else None
        self.dbname = "postgres" if own_server else f"suite_{next(self.numbers)}"
        self.processes = []
        self.count = 0

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="hilo-bus-", dir="/tmp")))
        if self.cluster:
            self.stack.enter_context(self.cluster)
            self.cluster.migrate()
            self.cluster.sql(SCHEMA)
        else:
            self.cluster = shared_cluster()
            self.cluster.sql(f"CREATE DATABASE {self.dbname} TEMPLATE pattern")
            self.stack.callback(self.cluster.sql, f"DROP DATABASE {self.dbname} WITH (FORCE)")
        self.keys = {side: json.loads(subprocess.check_output([BIN / "hilo-bus", "--make-keys"])) for side in ("server", "client")}
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
        self.stack.close()

    def dsn(self, role="postgres"):
        return self.cluster.dsn(role, self.dbname)

    def connect(self, role="postgres"):
        return psycopg.connect(self.dsn(role), autocommit=True)

    def sql(self, statements, role="postgres"):
        return self.cluster.sql(statements, role, self.dbname)

    def query(self, sql, *parameters):
        with self.connect() as connection:
            return connection.execute(sql, parameters).fetchall()

    def run(self, name, command, env=None):
        self.count += 1
        process = Process(self, f"{self.count}-{name}", command, env or {})
        self.processes.append(process)
        return process

    def relay(self, dsn=None, **settings):
        env = {
            "HILO_DATABASE_URL": dsn or self.dsn("hilo_bus"),
            "HILO_HEALTH_ADDRESS": "127.0.0.1:0",
            "HILO_BUS_FRAMES": "tcp://127.0.0.1:*",
            "HILO_BUS_DOORBELL": "tcp://127.0.0.1:*",
            "HILO_BUS_SERVER_SECRET": self.keys["server"]["secret"],
            "HILO_BUS_CLIENT_KEY": self.keys["client"]["public"],
            **settings,
        }
        return self.run("relay", [BIN / "hilo-bus"], env)

    def actor(self, role, service, dsn=None, **settings):
        env = {
            "HILO_DSN": dsn or self.dsn(f"hilo_{service}"),
            "HILO_SERVICE": service,
            "HILO_BUS_SERVER_KEY": self.keys["server"]["public"],
            "HILO_BUS_CLIENT_KEY": self.keys["client"]["public"],
            "HILO_BUS_CLIENT_SECRET": self.keys["client"]["secret"],
            **{f"HILO_{key.upper()}": str(value) for key, value in settings.items()},
        }
        return self.run(role, [BIN / "bus-actor", role], env)

    def writer(self, **settings):
        return self.actor("writer", "routing", **settings)

    def reader(self, **settings):
        out = self.folder / f"reader-{self.count}"
        reader = self.actor("reader", "gateway", out=out, **settings)
        reader.out = out
        return reader

    def replica(self, **settings):
        return self.actor("replica", "identity", **settings)

    # ---- what is true ----

    def events(self):
        """The log as PostgreSQL has it: [(xid, id, conversation)]. A killed writer's last COMMIT may still be under way."""
        wait_until(lambda: not self.query("SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = 'hilo_routing'"),
                   10, "the writers' sessions are gone")
        return [tuple(row) for row in self.query(
            "SELECT xid::text::bigint, id, conversation_id::text FROM bus.event ORDER BY xid, id")]

    def event_count(self):
        return self.query("SELECT count(*) FROM bus.event")[0][0]


def seen_by(reader):
    """What a reader has written down: [(xid, id, conversation, version)]; a line still being written is left out."""
    rows = []
    text = reader.out.read_text() if reader.out.exists() else ""
    for line in text[:text.rfind("\n") + 1].splitlines():
        parts = line.split()
        assert parts[0] != "resync", f"{reader.name} was told to resync"
        rows.append((int(parts[0]), int(parts[1]), parts[2], int(parts[3])))
    return rows


def order_violations(rows):
    """Each conversation's versions must rise by exactly one, from one. Returns what does not: [(conversation, had, got)]."""
    versions, wrong = {}, []
    for _, _, conversation_id, version in rows:
        had = versions.get(conversation_id, 0)
        if version != had + 1:
            wrong.append((conversation_id, had, version))
        versions[conversation_id] = version
    return wrong
