"""Nothing is lost and nothing is done twice while parts of the suite die, freeze and return under load."""
import json
import os
import random
import signal
import subprocess
import time

import pytest

from scenario import CONSUMERS, DAEMONS, ROOT, Installation, Scenario


@pytest.fixture(scope="module")
def suite():
    installation = Installation(port=int(os.environ.get("HILO_FAULTS_PORT", "18700")))
    installation.up()
    yield installation
    installation.down()


def test_each_daemon_killed_in_turn(suite):
    def faults(installation):
        order = list(DAEMONS)
        random.Random(scenario.seed).shuffle(order)
        for service in order * 2:
            old = installation.kill(service)
            took = installation.wait_back(service, old)
            assert took < 5, f"{service} was back only after {took:.1f} s"
            time.sleep(0.7)
    scenario = Scenario(suite, "each-daemon-killed")
    scenario.run(faults)


def test_database_stopped_in_mid_flight(suite):
    def faults(installation):
        for _ in range(2):
            old = installation.pid("postgres")
            subprocess.run([ROOT / "deploy/lib/pg_ctl", "stop", "-m", "immediate"], env=installation.env, check=True)
            installation.wait_back("postgres", old, limit=30)
            time.sleep(3)
    Scenario(suite, "database-stopped").run(faults)


def test_consumers_frozen_past_their_leases(suite):
    """Other replicas take the frozen ones' shards; when those thaw they find out before they do anything."""
    def freeze(pids):
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(13)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        time.sleep(3)

    def faults(installation):
        replicas = installation.add_replicas("frozen").values()
        freeze([replica.pid for replica in replicas])
        freeze([installation.pid(service) for service in ("identity", "routing")])
        for replica in replicas:
            replica.terminate()
            assert replica.wait(30) == 0
    Scenario(suite, "consumers-frozen", rate=60).run(faults)


def test_two_replicas_of_every_consumer_and_one_of_each_killed(suite):
    def faults(installation):
        chance = random.Random(scenario.seed)
        replicas = installation.add_replicas("second")
        for service in CONSUMERS:
            if chance.random() < 0.5:
                replicas[service].kill()
                replicas[service].wait()
            else:
                installation.kill(service)
        time.sleep(12)
        for replica in replicas.values():
            replica.terminate()
            replica.wait(30)
    scenario = Scenario(suite, "replicas-killed")
    scenario.run(faults)


def test_relay_stopped_for_twenty_seconds(suite):
    """The suite goes on, slower: mails keep reaching the agent's socket while no relay runs."""
    def faults(installation):
        pid = installation.kill("bus", signal.SIGSTOP)
        time.sleep(3)
        before = scenario.listener.events
        time.sleep(14)
        during = scenario.listener.events - before
        time.sleep(3)
        os.kill(pid, signal.SIGCONT)
        assert during > 0, "nothing reached the socket while the relay stood still"
        time.sleep(2)
    scenario = Scenario(suite, "relay-stopped")
    scenario.run(faults)


def test_redis_emptied_and_killed(suite):
    def faults(installation):
        socket = ["redis-cli", "-p", str(installation.port + 4)]
        password = installation.var / "secrets" / "redis"
        env = dict(os.environ, REDISCLI_AUTH=password.read_text().strip()) if password.exists() else None
        for _ in range(3):
            subprocess.run([*socket, "FLUSHALL"], check=True, env=env, stdout=subprocess.DEVNULL)
            time.sleep(1)
        old = installation.kill("redis")
        installation.wait_back("redis", old)
        time.sleep(3)
    Scenario(suite, "redis-emptied").run(faults)


def swap(lines, first, second):
    swapped = list(lines)
    swapped[first], swapped[second] = lines[second], lines[first]
    return swapped


def test_the_check_can_fail(suite, tmp_path):
    """What was claimed but never stored, an event or entry never received, one received twice, two out of order: each is found."""
    source = suite.var / "history" / "each-daemon-killed"
    whole = {name: (source / name).read_text().splitlines() for name in ("sender", "socket", "visitor-0")}
    sender, socket, visitor = whole.values()
    events = [n for n, line in enumerate(socket) if '"op": "event"' in line and "conversation." in line]
    first, second = events[len(events) // 2], events[len(events) // 2 + 1]
    shown, later = [n for n, line in enumerate(visitor) if '"op": "entry"' in line][-2:]
    cases = [
        ("I1 acknowledged is stored", "sender", [*sender, '{"op": "ok", "id": "never@faults.example"}']),
        ("I1 acknowledged is stored", "visitor-0", [*visitor, '{"op": "ok", "id": "01a20000-0000-7000-8000-000000000001"}']),
        ("no event missing", "socket", socket[:first] + socket[first + 1:]),
        ("no event twice", "socket", [*socket, socket[first]]),  # which is out of order as well
        ("in the log's order", "socket", swap(socket, first, second)),
        ("visitors: no message missing", "visitor-0", visitor[:shown] + visitor[shown + 1:]),
        ("visitors: no message twice", "visitor-0", [*visitor, visitor[shown]]),
        ("visitors: in the order", "visitor-0", swap(visitor, shown, later)),
    ]
    for fault, changed, lines in cases:
        for name, kept in whole.items():
            (tmp_path / name).write_text("\n".join(lines if name == changed else kept) + "\n")
        history = suite.var / "history"
        command = [ROOT / "tests/faults/check", "--dsn", suite.dsn(), "--proto", suite.proto, "--sender", tmp_path / "sender",
                   *sorted(history.glob("*/sender")), "--visitor", tmp_path / "visitor-0",
                   *sorted(set(history.glob("*/visitor-*")) - {source / "visitor-0"}), "--socket", tmp_path / "socket",
                   "--from-cursor", json.loads(socket[0])["cursor"], "--to-cursor", last_cursor(socket)]
        done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, text=True)
        assert done.returncode == 1
        failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
        assert len(failed) == (2 if fault == "no event twice" else 1) and fault in failed[0], (fault, done.stdout)


def last_cursor(socket):
    return [json.loads(line)["cursor"] for line in socket if '"op": "cursor"' in line][-1]
