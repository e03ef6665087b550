"""The order claim: whoever writes, dies or is frozen, every reader sees each conversation's versions rise by exactly one."""
import random
import signal
import time

import pytest

from bus_suite import BusSuite, order_violations, seed_of_run, seen_by, wait_until


@pytest.fixture
def suite():
    with BusSuite() as suite:
        yield suite


def assert_whole(suite, *readers, limit_s=15):
    """Each reader comes to hold exactly the log, in its order, and the log itself keeps the claim."""
    log = suite.events()
    assert len(log) > 0
    for reader in readers:
        wait_until(lambda: len(seen_by(reader)) >= len(log), limit_s, f"{reader.name} has all {len(log)} events", reader)
        rows = seen_by(reader)
        assert [row[:3] for row in rows] == log, f"{reader.name} differs from the log"
        assert order_violations(rows) == [], reader.name
    versions = dict(suite.query("SELECT id::text, version FROM test.conversation WHERE version > 0"))
    last = {row[2]: row[3] for row in seen_by(readers[0])}
    assert last == versions, "the last event of each conversation is not its present version"


def test_writers_killed_at_random_and_every_reader_sees_each_version_once(suite):
    seed = seed_of_run()
    chance = random.Random(seed)
    suite.relay()
    live = suite.reader()
    slow = suite.reader(high_water_mark=5, delay_ms=10)
    frozen = suite.reader(high_water_mark=5)
    writers = [suite.writer(seed=seed + n, connections=4, conversations=8, pad=200) for n in range(3)]
    wait_until(lambda: len(seen_by(live)) > 200, 20, "the writers write and the reader reads")

    frozen.signal(signal.SIGSTOP)
    for _ in range(12):
        time.sleep(chance.uniform(0.1, 0.5))
        writers[chance.randrange(len(writers))].restart()
    frozen.signal(signal.SIGCONT)
    late = suite.reader()
    for _ in range(4):
        time.sleep(chance.uniform(0.1, 0.5))
        writers[chance.randrange(len(writers))].restart()
    for writer in writers:
        writer.kill()

    assert suite.event_count() > 2000
    assert_whole(suite, live, slow, frozen, late, limit_s=30)


def test_a_writer_that_takes_its_id_before_it_locks_is_caught(suite):
    """The negative control: this mistake breaks the order, and the check above must see it."""
    seed = seed_of_run()
    suite.relay()
    reader = suite.reader()
    writer = suite.writer(seed=seed, connections=8, conversations=2, takes_id_first="true")
    wait_until(lambda: order_violations(seen_by(reader)), 20, "an event out of order")
    writer.kill()
    # the readers are not to blame: they hold the log as it is
    log = suite.events()
    wait_until(lambda: len(seen_by(reader)) >= len(log), 15, "the reader has the log")
    assert [row[:3] for row in seen_by(reader)] == log


def test_reading_by_row_number_alone_would_lose_and_reorder(suite):
    """The other negative control: the order of ids is not the order of commits."""
    insert = """INSERT INTO bus.event (key_hash, type, key, occurred_at, payload)
        VALUES (5, 'customer.created', 'k', clock_timestamp(), '') RETURNING id"""
    with suite.connect("hilo_identity") as slow, suite.connect("hilo_identity") as quick:
        with slow.transaction():
            first = slow.execute(insert).fetchone()[0]
            second = quick.execute(insert).fetchone()[0]
            seen = suite.query("SELECT id FROM bus.event ORDER BY id")
        later = suite.query("SELECT id FROM bus.event WHERE id > %s ORDER BY id", max(seen)[0])
    assert first < second and (second,) in seen and (first,) not in seen + later
    assert suite.query("SELECT count(*) FROM bus.event WHERE id = %s", first) == [(1,)]


def test_the_relay_killed_and_readers_go_on_from_the_database(suite):
    seed = seed_of_run()
    relay = suite.relay()
    reader = suite.reader()
    writer = suite.writer(seed=seed, rate=500)
    wait_until(lambda: len(seen_by(reader)) > 100, 20, "live reading")
    relay.kill()
    at_kill = len(seen_by(reader))
    wait_until(lambda: len(seen_by(reader)) > at_kill + 1000, 15, "reading goes on without a relay")
    relay.start()
    wait_until(lambda: suite.query("SELECT count(*) FROM bus.relay WHERE until > clock_timestamp()")[0][0] == 2, 10,
               "the new relay is announced")
    relay.signal(signal.SIGSTOP)
    frozen_at = len(seen_by(reader))
    wait_until(lambda: len(seen_by(reader)) > frozen_at + 500, 15, "reading goes on beside a frozen relay")
    relay.signal(signal.SIGCONT)
    resumed_at = len(seen_by(reader))
    wait_until(lambda: len(seen_by(reader)) > resumed_at + 500, 15, "reading goes on")
    writer.kill()
    assert_whole(suite, reader)


def test_two_relays_at_once_and_either_may_go(suite):
    seed = seed_of_run()
    first, second = suite.relay(), suite.relay()
    reader = suite.reader()
    writer = suite.writer(seed=seed, rate=1000)
    wait_until(lambda: len(seen_by(reader)) > 300, 20, "live reading")
    first.kill()
    at = len(seen_by(reader))
    wait_until(lambda: len(seen_by(reader)) > at + 300, 10, "the second one is enough")
    first.start()
    second.stop()  # takes its address back by itself
    at = len(seen_by(reader))
    wait_until(lambda: len(seen_by(reader)) > at + 300, 10, "the first one is enough")
    writer.kill()
    assert_whole(suite, reader)


def test_the_database_killed_under_load():
    with BusSuite(own_server=True) as suite:
        kill_the_database(suite)


def kill_the_database(suite):
    seed = seed_of_run()
    suite.relay()
    reader = suite.reader()
    writer = suite.writer(seed=seed)
    wait_until(lambda: len(seen_by(reader)) > 200, 20, "live reading")
    suite.cluster.restart("immediate")
    at = len(seen_by(reader))
    wait_until(lambda: len(seen_by(reader)) > at + 500, 30, "everybody is back", reader, writer)
    writer.kill()
    assert_whole(suite, reader)


def test_a_relay_stopped_by_an_operator_takes_its_address_back(suite):
    relay = suite.relay()
    wait_until(lambda: suite.query("SELECT count(*) FROM bus.relay")[0][0] == 1, 10, "the relay is announced")
    relay.stop()
    assert suite.query("SELECT count(*) FROM bus.relay")[0][0] == 0


def cursor(epoch, xid, number):
    return f"{epoch:x}.{xid:016x}{number:016x}"


def test_a_reader_goes_on_from_its_cursor_or_from_now(suite):
    suite.relay()
    writer = suite.writer(seed=seed_of_run(), rate=500)
    wait_until(lambda: suite.event_count() > 300, 20, "events", writer)
    epoch = suite.query("SELECT epoch FROM bus.epoch")[0][0]
    xid, number = suite.query("SELECT xid::text::bigint, id FROM bus.event ORDER BY xid, id OFFSET 100 LIMIT 1")[0]
    known = suite.reader(start=cursor(epoch, xid, number))
    fresh = suite.reader(from_now="true")
    wait_until(lambda: len(seen_by(known)) > 400 and len(seen_by(fresh)) > 100, 20, "both read", known, fresh)
    writer.kill()
    log = suite.events()
    wait_until(lambda: seen_by(known)[-1][:3] == log[-1] and seen_by(fresh)[-1][:3] == log[-1], 10, "both have the end")
    assert [row[:3] for row in seen_by(known)] == log[101:]
    after = [row[:3] for row in seen_by(fresh)]
    assert 100 < len(after) < len(log) - 300 and after == log[-len(after):]


def test_a_cursor_that_no_longer_holds_is_told_so(suite):
    suite.relay()
    writer = suite.writer(seed=seed_of_run(), rate=500)
    wait_until(lambda: suite.event_count() > 100, 20, "events", writer)
    writer.kill()
    epoch = suite.query("SELECT epoch FROM bus.epoch")[0][0]
    (xid, number, _), *_ = suite.events()
    last = suite.events()[-1]
    suite.query("UPDATE bus.floor SET xid = %s::text::xid8, id = %s RETURNING 1", last[0] - 1, 0)
    for bad in (cursor(epoch, xid, number), cursor(epoch ^ 2, *last[:2])):  # below the floor; of an unknown epoch
        reader = suite.reader(start=bad)
        lines = wait_until(lambda: reader.out.exists() and reader.out.read_text().splitlines(), 10, "an answer", reader)
        assert lines == [f"resync {cursor(epoch, *last[:2])}"]
    good = suite.reader(start=cursor(epoch, *last[:2]))
    writer = suite.writer(seed=1, rate=100)
    wait_until(lambda: len(seen_by(good)) > 20, 10, "the good one goes on", good)
