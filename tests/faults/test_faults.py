"""Nothing is lost and nothing is done twice while parts of the suite die, freeze and return under load."""
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
            assert took < 1.5, f"{service} was back only after {took:.1f} s"
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


@pytest.mark.parametrize("service", CONSUMERS)
def test_consumer_frozen_past_its_lease(suite, service):
    """Another replica takes the frozen one's shards; when it thaws it finds out before it does anything."""
    def faults(installation):
        replica = installation.add_replica(service, "frozen")
        time.sleep(4)
        for pid in (replica.pid, installation.pid(service)):
            os.kill(pid, signal.SIGSTOP)
            time.sleep(13)
            os.kill(pid, signal.SIGCONT)
            time.sleep(3)
        replica.terminate()
        replica.wait(30)
    Scenario(suite, f"{service}-frozen", rate=60).run(faults)


def test_two_replicas_of_every_consumer_and_one_of_each_killed(suite):
    def faults(installation):
        chance = random.Random(scenario.seed)
        replicas = {service: installation.add_replica(service, "second") for service in CONSUMERS}
        time.sleep(4)
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
