"""The relay's upkeep: partitions ahead, old ones out of the log, and nobody who holds everybody up."""
import time

import psycopg
import pytest

from bus_suite import BusSuite, seed_of_run, wait_until

GRAIN = 4194304


@pytest.fixture
def suite():
    with BusSuite() as suite:
        yield suite


@pytest.fixture
def own():
    with BusSuite(own_server=True) as suite:
        yield suite


def partitions(suite):
    return [(name, low, high) for name, low, high in suite.query(
        "SELECT name, from_xid::text::bigint, until_xid::text::bigint FROM bus.partition ORDER BY from_xid")]


def forget_partitions_ahead(suite):
    """As if the log had grown into its last one."""
    for name, low, _ in partitions(suite)[1:]:
        suite.sql(f"DROP TABLE bus.{name}; DELETE FROM bus.partition WHERE name = '{name}'")


def test_the_relay_keeps_three_partitions_ahead(suite):
    forget_partitions_ahead(suite)
    suite.relay()
    wait_until(lambda: len(partitions(suite)) == 4, 10, "three more")
    rows = partitions(suite)
    for before, after in zip(rows, rows[1:]):
        assert before[2] == after[1] and (after[2] - after[1]) % GRAIN == 0
    attached = suite.query("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'bus.event'::regclass ORDER BY 1")
    assert [name for (name,) in attached] == sorted(f"bus.{name}" for name, _, _ in rows)


def test_partitions_are_made_while_writers_write(suite):
    forget_partitions_ahead(suite)
    writer = suite.writer(seed=seed_of_run())
    wait_until(lambda: suite.event_count() > 100, 20, "it writes", writer)
    suite.relay()
    wait_until(lambda: len(partitions(suite)) == 4, 10, "three more")
    assert writer.log_events("writer.failed") == []


def test_a_partition_holds_a_day_at_the_present_rate(suite):
    forget_partitions_ahead(suite)
    suite.sql("""INSERT INTO bus.event (key_hash, type, key, occurred_at, payload)
        VALUES (1, 'customer.created', 'k', clock_timestamp() - interval '100 seconds', '')""", role="hilo_identity")
    (first,) = suite.query("SELECT min(xid::text::bigint) FROM bus.event")[0]
    for _ in range(6):  # a subtransaction takes an id of its own when it writes
        suite.sql("BEGIN;\n" + "SAVEPOINT s; INSERT INTO test.note DEFAULT VALUES; RELEASE s;\n" * 1000 + "COMMIT;")
    (used,) = suite.query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint - %s", first)[0]
    assert used > 6000
    suite.query("SELECT bus.keep_partitions(3)")
    _, low, high = partitions(suite)[1]
    assert (used * 86400 / 130) < high - low < (used * 86400 / 99 + GRAIN)


def old_log(suite):
    """A partition that is full and past, of events 40 days old. Its newest position."""
    low = partitions(suite)[0][0]
    suite.query("""INSERT INTO bus.event (key_hash, type, key, occurred_at, payload)
        SELECT g, 'customer.created', 'k', clock_timestamp() - interval '40 days', 'x' FROM generate_series(1, 50) AS g RETURNING 1""")
    suite.cluster.stop("fast")
    suite.cluster._run(suite.cluster.bin / "pg_resetwal", "-e", "1", "-D", suite.cluster.folder / "data")
    suite.cluster.start()
    suite.query("SELECT bus.keep_partitions(3)")
    newest = suite.query("SELECT xid::text::bigint, id FROM bus.event ORDER BY xid DESC, id DESC LIMIT 1")[0]
    return low, newest


def test_what_is_past_retention_leaves_the_log_in_two_steps(own):
    oldest, newest = old_log(own)
    with own.connect("hilo_bus") as bus:
        def step(sql):
            return bus.execute(sql).fetchall()

        assert step("SELECT bus.drop_partition()") == [(None,)]  # nothing goes before the floor says so
        assert step("SELECT * FROM bus.raise_floor('50 days', 0)") == []
        assert own.query("SELECT xid::text::bigint, id FROM bus.floor") == [(0, 0)]
        assert step("SELECT * FROM bus.raise_floor('30 days', 0)") == []
        assert own.query("SELECT xid::text::bigint, id FROM bus.floor") == [newest]
        assert own.event_count() == 50
        assert step("SELECT bus.drop_partition()") == [(oldest,)]
        assert own.event_count() == 0
        # the next ones are past as well, as far as they hold no event, but the present one stays
        while step("SELECT bus.drop_partition()") != [(None,)]:
            pass
        (present,) = own.query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")[0]
        assert partitions(own)[0][1] <= present < partitions(own)[0][2]


def test_the_size_limit_counts_before_retention_does_and_deregisters_who_lags(own):
    _, newest = old_log(own)
    own.sql("""UPDATE bus.event SET occurred_at = clock_timestamp();
        INSERT INTO bus.consumer (service, shard, xid, id) SELECT 'email', g, '5', 1 FROM generate_series(0, 15) AS g""")
    own.query("INSERT INTO bus.consumer (service, shard, xid, id) SELECT 'routing', g, %s::text::xid8, %s FROM generate_series(0, 15) AS g RETURNING 1", *newest)
    relay = own.relay(HILO_EVENT_SIZE_LIMIT="1000")
    gone = wait_until(lambda: relay.log_events("bus.consumer_deregistered"), 10, "an alarm", relay)
    assert [(line["level"], line["consumer"]) for line in gone] == [("error", "email")]
    assert own.query("SELECT DISTINCT service FROM bus.consumer") == [("routing",)]
    assert own.query("SELECT xid::text::bigint, id FROM bus.floor") == [newest]
    assert relay.is_alive()


def test_dropping_waits_for_nobody_for_long(own):
    oldest, _ = old_log(own)
    own.query("SELECT * FROM bus.raise_floor('30 days', 0)")
    with psycopg.connect(own.dsn()) as busy, own.connect("hilo_bus") as bus:
        busy.execute("SELECT count(*) FROM bus.event")  # holds the log within its transaction
        begun = time.monotonic()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            bus.execute("SELECT bus.drop_partition()")
        assert time.monotonic() - begun < 2
        busy.rollback()
        assert bus.execute("SELECT bus.drop_partition()").fetchone() == (oldest,)


def test_a_deregistered_consumer_begins_anew_at_the_floor(own):
    _, newest = old_log(own)
    own.relay()
    own.sql("UPDATE test.conversation SET version = 0")
    replica = own.replica()
    writer = own.writer(seed=seed_of_run(), rate=200, conversations=4)
    wait_until(lambda: own.query("SELECT count(*) FROM test.handled")[0][0] > 50, 20, "it works", replica)
    own.query("DELETE FROM bus.consumer WHERE service = 'identity' RETURNING 1")
    at = own.query("SELECT count(*) FROM test.handled")[0][0]
    wait_until(lambda: own.query("SELECT count(*) FROM test.handled")[0][0] > at + 200, 20, "it works again", replica, writer)
    rows = own.query("SELECT count(*), min((xid, id)::text) FROM bus.consumer WHERE service = 'identity'")
    assert rows[0][0] == 16


def test_hilos_own_writer_that_does_not_end_is_ended_and_others_are_not(own):
    relay = own.relay()
    own.sql("CREATE ROLE neighbour LOGIN SUPERUSER")
    with own.connect("hilo_email") as stuck, own.connect("neighbour") as neighbour, own.connect("hilo_email") as reading:
        for connection in (stuck, neighbour):
            connection.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
            connection.execute("BEGIN; SELECT pg_current_xact_id()")
        reading.execute("SET idle_in_transaction_session_timeout = 0")
        reading.execute("BEGIN; SELECT 1 FROM bus.event")  # has written nothing
        ended = wait_until(lambda: relay.log_events("bus.writer_ended"), 15, "it is ended", relay)
        assert [(line["role"], line["pid"]) for line in ended] == [("hilo_email", stuck.info.backend_pid)]
        assert ended[0]["seconds"] >= 5
        with pytest.raises(psycopg.OperationalError):
            stuck.execute("SELECT 1")
        assert neighbour.execute("SELECT 1").fetchone() == (1,)
        assert reading.execute("SELECT 1").fetchone() == (1,)


def test_the_functions_are_the_relays_alone(suite):
    for call in ("keep_partitions(3)", "raise_floor('30 days', 0)", "drop_partition()", "end_old_writers('5 seconds')"):
        with suite.connect("hilo_email") as email, pytest.raises(psycopg.errors.InsufficientPrivilege):
            email.execute(f"SELECT bus.{call}")
    with suite.connect("hilo_bus") as bus, pytest.raises(psycopg.errors.InsufficientPrivilege):
        bus.execute("DELETE FROM bus.event")
    for column in ("xid", "id"):
        with suite.connect("hilo_email") as email, pytest.raises(psycopg.errors.InsufficientPrivilege):
            email.execute(f"INSERT INTO bus.event ({column}, key_hash, type, key, occurred_at, payload)"
                          " OVERRIDING SYSTEM VALUE VALUES ('5', 1, 't', 'k', now(), '')")
