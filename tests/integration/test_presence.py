"""Who takes work: said by agents, kept alive by heartbeats, ended by their absence – and not by that of Redis."""
import time

import pytest

from bus_suite import wait_until
from gateway_suite import GatewaySuite


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as made:
        yield made


@pytest.fixture
def agent(suite):
    return suite.make_agent(inboxes=[suite.make_inbox()["id"]])


def status(suite, agent):
    return suite.admin.get(f"/agents/{agent.agent['id']}").json["presence"]


def changes(suite, agent):
    return [e.presence_changed for e in suite.log("key = %s AND type = 'presence.changed'", agent.agent["id"])]


def forget(suite, agent):
    """Its heartbeat has run out; Redis has been there for long."""
    suite.redis.client.set("hilo:presence-since", time.time_ns() // 1000 - 3_600_000_000)
    suite.redis.client.delete(f"hilo:presence:{agent.agent['id']}")


def test_a_change_is_an_event_and_a_repetition_is_none(suite, agent):
    for word in ("available", "available", "busy", "busy", "away", "offline"):
        assert agent.put("/presence", {"status": word}).json == {"status": word}
        assert status(suite, agent) == word
    assert [(c.previous, c.presence, c.expired) for c in changes(suite, agent)] == [(4, 1, False), (1, 2, False), (2, 3, False), (3, 4, False)]
    assert [e.version for e in suite.log("key = %s AND type = 'presence.changed'", agent.agent["id"])] == [1, 2, 3, 4]


@pytest.mark.parametrize("body", [{}, {"status": "gone"}, {"status": None}, {"status": 1}])
def test_other_words_are_refused(agent, body):
    assert agent.put("/presence", body).code == "invalid_field"


def test_the_heartbeat_lasts_a_minute(suite, agent):
    agent.put("/presence", {"status": "available"})
    assert 55 <= suite.redis.client.ttl(f"hilo:presence:{agent.agent['id']}") <= 60


def test_who_is_silent_goes_offline(suite, agent):
    """After Redis has been connected for a minute: nobody is expired before every heartbeat had its chance."""
    other = suite.make_agent()
    agent.put("/presence", {"status": "available"})
    other.put("/presence", {"status": "busy"})
    forget(suite, agent)
    keep = time.monotonic()
    while status(suite, agent) != "offline":
        assert time.monotonic() - keep < 90, "the silent agent is still there"
        other.put("/presence", {"status": "busy"})
        time.sleep(1)
    last = changes(suite, agent)[-1]
    assert (last.presence, last.previous, last.expired) == (4, 1, True)
    assert status(suite, other) == "busy"

    # an empty Redis says nothing about anybody: the sweep waits a minute
    agent.put("/presence", {"status": "available"})
    suite.redis.client.flushall()
    time.sleep(11)
    assert status(suite, agent) == "available" and status(suite, other) == "busy"
    assert suite.redis.client.exists("hilo:presence-since")

    # and so does one that was away
    suite.redis.stop()
    time.sleep(6)
    assert agent.put("/presence", {"status": "available"}).status == 200
    suite.redis.start()
    forget(suite, agent)
    time.sleep(11)
    assert status(suite, agent) == "available"


def test_an_open_stream_is_a_heartbeat(suite, agent):
    stream = suite.stream(agent).wait_ready()
    key = f"hilo:presence:{agent.agent['id']}"
    suite.redis.client.delete(key)
    wait_until(lambda: suite.redis.client.exists(key), 25, "the stream beats")
    stream.close()
