"""Consumer groups: whatever happens to a replica, every event is handled exactly once, and a bad one holds up its key only."""
import random
import re
import signal
import sys
import threading
import time
import uuid

import pytest

from bus_suite import BusSuite, conversation, order_violations, seed_of_run, wait_until
from cluster import TREE

sys.path.insert(0, str(TREE / "common" / "cmake"))
import sql_catalogue  # noqa: E402


@pytest.fixture
def suite():
    with BusSuite() as suite:
        suite.relay()
        yield suite


def handled(suite):
    """[(xid, id, conversation, version)] in the order the rows were written."""
    return suite.query("SELECT xid::text::bigint, id, conversation_id::text, version FROM test.handled ORDER BY seen")


def handled_count(suite):
    return suite.query("SELECT count(*) FROM test.handled")[0][0]


def owner_of_all(suite):
    """The one replica that holds every shard, or None."""
    rows = suite.query("SELECT DISTINCT owner FROM bus.consumer WHERE until > clock_timestamp()")
    return rows[0][0] if len(rows) == 1 else None


def owners(suite):
    """How many shards each live replica holds."""
    return sorted(count for _, count in suite.query(
        "SELECT owner, count(*) FROM bus.consumer WHERE owner IS NOT NULL AND until > clock_timestamp() GROUP BY owner"))


def assert_exactly_once(suite, limit_s=30):
    log = suite.events()
    wait_until(lambda: handled_count(suite) >= len(log), limit_s, f"all {len(log)} events are handled")
    time.sleep(1.5)  # a double would still have to come: nothing to wait for
    rows = handled(suite)
    assert sorted(row[:3] for row in rows) == sorted(log), "an event was lost or handled twice"
    assert order_violations(rows) == []


def test_one_replica_killed_and_the_other_takes_over(suite):
    def worked():
        return suite.query("SELECT count(DISTINCT replica) FROM test.handled")[0][0]

    seed = seed_of_run()
    first, second = suite.replica(), suite.replica()
    writer = suite.writer(seed=seed, rate=1000, conversations=32)
    wait_until(lambda: owners(suite) == [8, 8], 15, "the shards are shared")
    wait_until(lambda: worked() == 2, 15, "both work")
    first.kill()
    wait_until(lambda: owners(suite) == [16], 6, "the other one has all shards, long before the leases end")
    first.start()
    wait_until(lambda: owners(suite) == [8, 8], 20, "the shards are shared again")
    wait_until(lambda: worked() == 3, 15, "the third has worked")
    second.stop()
    wait_until(lambda: owners(suite) in ([8], [16]), 2, "a drained replica gives back at once")
    writer.kill()
    assert_exactly_once(suite)


def test_a_replica_frozen_within_a_batch_past_its_lease_finds_out(suite):
    seed = seed_of_run()
    stop_file = suite.folder / "stop"
    zombie = suite.replica(stop_file=stop_file)
    writer = suite.writer(seed=seed, rate=500, conversations=32)
    wait_until(lambda: handled_count(suite) > 200, 15, "it works")
    stop_file.touch()
    wait_until(lambda: zombie.log_events("replica.frozen"), 10, "it froze in the middle of a batch")
    old_owner = owner_of_all(suite)
    heir = suite.replica()
    wait_until(lambda: owner_of_all(suite) not in (None, old_owner), 20, "its leases ran out and the heir has them")
    at = handled_count(suite)
    wait_until(lambda: handled_count(suite) > at + 500, 15, "the heir works")
    zombie.signal(signal.SIGCONT)
    wait_until(lambda: owners(suite) == [8, 8], 20, "the zombie is an ordinary replica again")
    writer.kill()
    assert_exactly_once(suite)
    assert zombie.is_alive() and heir.is_alive()


def test_a_replica_frozen_between_batches_past_its_lease_finds_out(suite):
    seed = seed_of_run()
    zombie = suite.replica()
    writer = suite.writer(seed=seed, rate=500, conversations=32)
    wait_until(lambda: handled_count(suite) > 200, 15, "it works")
    zombie.signal(signal.SIGSTOP)
    old_owner = owner_of_all(suite)
    suite.replica()
    wait_until(lambda: owner_of_all(suite) not in (None, old_owner), 20, "the heir has the shards")
    at = handled_count(suite)
    wait_until(lambda: handled_count(suite) > at + 200, 15, "the heir works")
    zombie.signal(signal.SIGCONT)
    wait_until(lambda: owners(suite) == [8, 8], 20, "both work")
    writer.kill()
    assert_exactly_once(suite)


def test_replicas_share_before_a_relay_has_begun_and_none_is_taken_for_dead():
    with BusSuite() as suite:
        suite.replica(), suite.replica()
        wait_until(lambda: owners(suite) == [8, 8], 20, "the shards are shared", *suite.processes)
        assert suite.query("SELECT max(deaths) FROM bus.consumer") == [(0,)]
        suite.relay()
        writer = suite.writer(seed=seed_of_run(), rate=500, conversations=32)
        wait_until(lambda: handled_count(suite) > 200, 15, "both work", *suite.processes)
        writer.kill()
        assert_exactly_once(suite)


JOIN = """INSERT INTO bus.member (service, owner, until, session_pid, session_began)
    SELECT 'identity', %s, clock_timestamp() + interval '10 seconds', pid, backend_start FROM pg_stat_get_activity(pg_backend_pid())"""
HOLD = "UPDATE bus.consumer SET owner = %s, token = token + 1, until = clock_timestamp() + interval '10 seconds'"


def test_who_looks_for_a_dead_ones_shards_does_not_take_them_from_who_was_faster():
    """Even if the faster one joined after the slower one's statement had taken its snapshot."""
    sql = next(sql for name, sql, _ in sql_catalogue.parse(TREE / "common/bus/store.sql") if name == "take_shards")
    take = re.sub(r"\$(\d)", r"%(\1)s", sql)
    dead, faster, slower = (uuid.uuid4() for _ in range(3))
    with BusSuite() as suite, suite.connect() as quick, suite.connect("hilo_identity") as slow:
        suite.sql("INSERT INTO bus.consumer (service, shard, xid, id) SELECT 'identity', n, '0', 0 FROM generate_series(0, 15) AS n")
        with suite.connect() as session:
            session.execute(JOIN, (dead,))
            session.execute(HOLD, (dead,))
        looks, = suite.query("SELECT pg_get_viewdef('bus.live_member')")[0]
        suite.sql(f"CREATE OR REPLACE VIEW bus.live_member WITH (security_invoker) AS {looks.rstrip(';')} AND pg_sleep(0.5) IS NOT NULL")
        taken = []
        taker = threading.Thread(target=lambda: taken.append(slow.execute(take, {"1": "identity", "2": slower, "3": 16}).rowcount))
        taker.start()
        wait_until(lambda: suite.query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'"), 10, "it looks who lives")
        quick.execute(JOIN, (faster,))
        quick.execute(HOLD, (faster,))
        taker.join()
        assert taken == [0]
        assert suite.query("SELECT DISTINCT owner, deaths FROM bus.consumer") == [(faster, 0)]


def test_replicas_killed_at_random(suite):
    seed = seed_of_run()
    chance = random.Random(seed)
    replicas = [suite.replica() for _ in range(3)]
    writer = suite.writer(seed=seed, rate=1000, conversations=32)
    for _ in range(8):
        time.sleep(chance.uniform(0.2, 1.2))
        replicas[chance.randrange(3)].restart()
    writer.kill()
    assert_exactly_once(suite)


def test_the_database_killed_under_load():
    with BusSuite(own_server=True) as suite:
        suite.relay()
        kill_the_database(suite)


def kill_the_database(suite):
    seed = seed_of_run()
    suite.replica()
    writer = suite.writer(seed=seed, rate=1000, conversations=32)
    wait_until(lambda: handled_count(suite) > 500, 20, "it works")
    for _ in range(2):
        suite.cluster.restart("immediate")
        at = handled_count(suite)
        wait_until(lambda: handled_count(suite) > at + 300, 30, "it is back")
    writer.kill()
    assert_exactly_once(suite)


def parked(suite):
    return suite.query("SELECT reason, conversation_id::text, error FROM bus.parked ORDER BY xid, id")


def test_a_poisoned_event_is_parked_with_its_followers_and_released_in_order(suite):
    seed = seed_of_run()
    bad = conversation(3)
    suite.query("INSERT INTO test.poison VALUES (%s, 20) RETURNING 1", bad)
    replica = suite.replica()
    writer = suite.writer(seed=seed, rate=400, conversations=8)
    wait_until(lambda: len(parked(suite)) > 5, 20, "it is parked, and later ones of its key are held")
    at = handled_count(suite)
    wait_until(lambda: handled_count(suite) > at + 300, 10, "other keys go on")
    rows = parked(suite)
    assert rows[0] == ("failed", bad, "it is poisoned")
    assert {row[:2] for row in rows[1:]} == {("held", bad)}
    assert max(row[3] for row in handled(suite) if row[2] == bad) == 19
    assert len(replica.log_events("consumer.parked")) == 1
    assert suite.query("SELECT count(*) FROM bus.failure")[0][0] == 0

    # released while it is still poisoned: it fails again, and its followers stay behind it
    suite.query("UPDATE bus.parked SET retry_at = clock_timestamp() WHERE reason = 'failed' RETURNING 1")
    wait_until(lambda: replica.log_events("consumer.parked_again"), 10, "it is tried again")
    assert parked(suite)[0][0] == "failed"

    # the cause is mended and the operator releases it, with traffic of the same key going on
    suite.query("DELETE FROM test.poison RETURNING 1")
    suite.query("UPDATE bus.parked SET retry_at = clock_timestamp() WHERE reason = 'failed' RETURNING 1")
    wait_until(lambda: parked(suite) == [], 20, "everything held is handled")
    at = handled_count(suite)
    wait_until(lambda: handled_count(suite) > at + 100, 10, "it goes on")
    writer.kill()
    assert_exactly_once(suite)


def test_a_poisoned_event_stays_parked_over_a_restart(suite):
    seed = seed_of_run()
    bad = conversation(1)
    suite.query("INSERT INTO test.poison VALUES (%s, 5) RETURNING 1", bad)
    replica = suite.replica()
    writer = suite.writer(seed=seed, rate=300, conversations=4)
    wait_until(lambda: len(parked(suite)) > 1, 20, "it is parked")
    replica.stop()
    replica.start()
    at = handled_count(suite)
    wait_until(lambda: handled_count(suite) > at + 100, 15, "the next one works")
    assert max(row[3] for row in handled(suite) if row[2] == bad) == 4
    suite.query("DELETE FROM test.poison RETURNING 1")
    suite.query("UPDATE bus.parked SET retry_at = clock_timestamp() WHERE reason = 'failed' RETURNING 1")
    wait_until(lambda: parked(suite) == [], 20, "everything held is handled")
    writer.kill()
    assert_exactly_once(suite)


def keep_alive(replica, until, limit_s):
    """As a supervisor does. Returns how often it was started again."""
    deadline, starts = time.monotonic() + limit_s, 0
    while not until():
        assert time.monotonic() < deadline, f"not within {limit_s} s, {starts} starts\n{replica.tail()}"
        if not replica.is_alive():
            replica.start()
            starts += 1
        time.sleep(0.02)
    return starts


def test_an_event_that_kills_the_daemon_is_parked_after_a_few_deaths(suite):
    seed = seed_of_run()
    bad = conversation(2)
    suite.query("INSERT INTO test.poison VALUES (%s, 10, true) RETURNING 1", bad)
    replica = suite.replica()
    writer = suite.writer(seed=seed, rate=200, conversations=4)
    starts = keep_alive(replica, lambda: parked(suite), 30)
    assert 4 <= starts <= 6
    assert parked(suite)[0] == ("failed", bad, "the daemon died while it was handled")
    at = handled_count(suite)
    wait_until(lambda: handled_count(suite) > at + 300, 15, "other keys go on", replica)
    assert replica.is_alive() and max(row[3] for row in handled(suite) if row[2] == bad) == 9

    # it is tried again by itself, later each time; an operator who releases it too early gets it back
    def rest():
        return suite.query("SELECT deaths, extract(epoch FROM retry_at - clock_timestamp())::float FROM bus.parked WHERE reason = 'failed'")[0]
    assert rest()[0] == 0 and rest()[1] < 10
    for deaths, wait_s in ((1, 10), (2, 40)):
        if deaths > 1:
            suite.query("UPDATE bus.parked SET retry_at = clock_timestamp() WHERE reason = 'failed' RETURNING 1")
        wait_until(lambda: not replica.is_alive(), 15, "it kills once more")
        assert rest()[0] == deaths and wait_s - 5 < rest()[1] <= wait_s
        keep_alive(replica, replica.is_alive, 10)
    suite.query("UPDATE bus.parked SET retry_at = clock_timestamp(), deaths = 5 WHERE reason = 'failed' RETURNING 1")
    wait_until(lambda: not replica.is_alive(), 10, "it kills for the last time")
    assert rest() == (6, None)
    keep_alive(replica, replica.is_alive, 10)

    suite.query("DELETE FROM test.poison RETURNING 1")
    suite.query("UPDATE bus.parked SET retry_at = clock_timestamp() WHERE reason = 'failed' RETURNING 1")
    keep_alive(replica, lambda: parked(suite) == [], 30)
    writer.kill()
    assert_exactly_once(suite)
    assert suite.query("SELECT count(*) FROM bus.failure")[0][0] == 0


def test_an_event_blamed_for_deaths_it_did_not_cause_is_handled_after_all(suite):
    bad = conversation(2)
    suite.query("INSERT INTO test.poison VALUES (%s, 10, true) RETURNING 1", bad)
    replica = suite.replica()
    writer = suite.writer(seed=seed_of_run(), rate=200, conversations=4)
    keep_alive(replica, lambda: parked(suite), 30)
    suite.query("DELETE FROM test.poison RETURNING 1")
    writer.kill()
    keep_alive(replica, lambda: parked(suite) == [], 20)  # nobody asked for it
    assert_exactly_once(suite)


def test_an_event_that_cannot_be_read_is_parked_at_once(suite):
    suite.replica()
    writer = suite.writer(seed=seed_of_run(), rate=100, conversations=4)
    wait_until(lambda: handled_count(suite) > 20, 15, "it works")
    writer.kill()
    key = conversation(60)
    suite.sql(f"""INSERT INTO bus.event (key_hash, type, conversation_id, key, occurred_at, payload)
        VALUES (7, 'conversation.status_changed', '{key}', '{key}', now(), '\\x0a02ffff')""", role="hilo_routing")
    wait_until(lambda: len(parked(suite)) == 1, 10, "it is parked")
    assert parked(suite)[0][0] == "failed" and parked(suite)[0][2] == "malformed envelope"
    suite.query("DELETE FROM bus.parked RETURNING 1")
    suite.query("DELETE FROM bus.event WHERE key = %s RETURNING 1", key)
    suite.writer(seed=1, rate=100, conversations=4)
    at = handled_count(suite)
    wait_until(lambda: handled_count(suite) > at + 50, 10, "the next ones are handled")


def test_events_nobody_wants_move_positions_once_a_second_and_no_more(suite):
    suite.replica()
    writer = suite.writer(seed=seed_of_run(), rate=100, conversations=1)
    wait_until(lambda: handled_count(suite) > 20, 15, "it works")
    writer.kill()
    writes = set()
    deadline = time.monotonic() + 4
    with suite.connect() as watching, suite.connect("hilo_identity") as other:
        while time.monotonic() < deadline:
            other.execute("""INSERT INTO bus.event (key_hash, type, key, occurred_at, payload)
                VALUES (5, 'customer.created', 'k', clock_timestamp(), '')""")
            writes.update(row[0] for row in watching.execute("SELECT DISTINCT xmin::text FROM bus.consumer").fetchall())
            time.sleep(0.02)
    newest = suite.query("SELECT xid::text::bigint, id FROM bus.event ORDER BY xid DESC, id DESC LIMIT 1")
    wait_until(lambda: suite.query("SELECT DISTINCT xid::text::bigint, id FROM bus.consumer") == newest, 5,
               "every shard stands at the log's end")
    assert 3 <= len(writes) <= 6, f"{len(writes)} writes of positions in 4 s"


def test_one_that_rests_takes_fewer_batches_and_catches_up_without_a_rest(suite):
    def batches(above=0):
        return suite.query(f"SELECT count(DISTINCT xmin::text), count(*) FROM test.handled WHERE seen > {above}")[0]

    backlog = 3000
    writer = suite.writer(seed=seed_of_run(), rate=2000, conversations=8)
    wait_until(lambda: suite.event_count() >= backlog, 30, "there is a backlog")
    writer.kill()
    written = len(suite.events())
    suite.replica(delay_ms=500)
    began = time.monotonic()
    wait_until(lambda: handled_count(suite) >= written - 256, 30, "it has caught up")
    assert time.monotonic() - began < 5, "it rested while there was a full batch"
    wait_until(lambda: handled_count(suite) == written, 5, "the last ones too")

    suite.writer(seed=seed_of_run() + 1, rate=50, conversations=8)
    began = time.monotonic()
    wait_until(lambda: batches(written)[1] >= 100, 30, "it goes on")
    took = time.monotonic() - began
    assert batches(written)[0] <= took / 0.5 + 2, "a batch followed another at once"
