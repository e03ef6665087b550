"""After a promotion or a restore the log begins a new epoch: nobody goes on from a place that means something else now."""
import subprocess
import time

import pytest

from bus_suite import BusSuite, order_violations, seed_of_run, wait_until
from cluster import Cluster


@pytest.fixture
def suite():
    with BusSuite(own_server=True) as suite:
        yield suite


class Standby(Cluster):
    """A copy of the primary that follows it until promoted."""

    def __init__(self, primary):
        super().__init__()
        self.primary = primary

    def __enter__(self):
        data = self.folder / "data"
        self._run(self.bin / "pg_basebackup", "-D", data, "-h", self.primary.folder, "-p", str(self.primary.port), "-U", "postgres",
                  "-R", "-X", "stream", "-c", "fast")
        with open(data / "postgresql.conf", "a") as conf:
            conf.write(f"port = {self.port}\nunix_socket_directories = '{self.folder}'\n")
        self.start()
        return self

    def promote(self):
        self._run(self.bin / "pg_ctl", "-D", self.folder / "data", "promote", "-w")


def lines_of(reader):
    text = reader.out.read_text() if reader.out.exists() else ""
    return text[:text.rfind("\n") + 1].splitlines()


def rows_of(lines):
    return [(int(x), int(i), c, int(v)) for x, i, c, v in (line.split() for line in lines)]


def log_of(cluster):
    out = cluster.sql("SELECT xid, id, conversation_id FROM bus.event ORDER BY xid, id")
    return [(int(x), int(i), c) for x, i, c in (line.split("|") for line in out.splitlines())]


def test_a_promotion_opens_an_epoch_and_consumers_go_on_exactly_once(suite):
    seed = seed_of_run()
    with Standby(suite.cluster) as standby:
        hosts = f"host={suite.cluster.folder},{standby.folder} port={suite.cluster.port},{standby.port} target_session_attrs=read-write dbname=postgres"
        relay = suite.relay(dsn=f"{hosts} user=hilo_bus")
        reader = suite.reader(dsn=f"{hosts} user=hilo_gateway")
        replica = suite.replica(dsn=f"{hosts} user=hilo_identity")
        writer = suite.writer(dsn=f"{hosts} user=hilo_routing", seed=seed, rate=500, conversations=32)
        wait_until(lambda: suite.query("SELECT count(*) FROM test.handled")[0][0] > 1000, 20, "the suite works")
        # the standby is cut off with work still to come: what follows is lost with the primary
        standby.sql("ALTER SYSTEM SET primary_conninfo = ''")
        standby.sql("SELECT pg_reload_conf()")
        wait_until(lambda: standby.sql("SELECT count(*) FROM pg_stat_wal_receiver") == "0", 10, "the standby is cut off")
        seen_before = len(lines_of(reader))
        wait_until(lambda: len(lines_of(reader)) > seen_before + 200, 10, "events only the primary has")
        lost_tail = rows_of(lines_of(reader))[-1]
        suite.cluster.stop("immediate")
        standby.promote()

        wait_until(lambda: standby.sql("SELECT count(*) FROM bus.epoch") == "2", 20, "an epoch is opened", relay)
        at = int(standby.sql("SELECT count(*) FROM test.handled"))
        wait_until(lambda: int(standby.sql("SELECT count(*) FROM test.handled")) > at + 500, 20, "the consumer goes on", replica)
        wait_until(lambda: any(line.startswith("resync") for line in lines_of(reader)), 10, "the reader is told to start anew")
        writer.kill()
        wait_until(lambda: standby.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'hilo_routing'") == "0", 10, "quiet")

        log = log_of(standby)
        wait_until(lambda: int(standby.sql("SELECT count(*) FROM test.handled")) >= len(log), 20, "all is handled")
        handled = standby.sql("SELECT xid, id, conversation_id, version FROM test.handled ORDER BY seen")
        handled = rows_of(handled.replace("|", " ").splitlines())
        assert sorted(row[:3] for row in handled) == log
        assert order_violations(handled) == []
        # the reader held events the new epoch does not have, and got the rest of the new log without a gap
        assert lost_tail[:3] not in log
        lines = lines_of(reader)
        at = next(i for i, line in enumerate(lines) if line.startswith("resync"))
        cursor = lines[at].split()[1].split(".")
        new_start = (int(cursor[1][:16], 16), int(cursor[1][16:], 16))
        wait_until(lambda: rows_of(lines_of(reader)[at + 1:])[-1][:3] == log[-1], 10, "the reader has the rest")
        assert [row[:3] for row in rows_of(lines_of(reader)[at + 1:])] == [row for row in log if row[:2] > new_start]
        starts = standby.sql("SELECT timeline, start_xid, start_id FROM bus.epoch ORDER BY number").splitlines()
        assert [line.split("|")[0] for line in starts] == ["1", "2"]
        xid, number = map(int, starts[1].split("|")[1:])
        assert (0, 0) < (xid, number) < lost_tail[:2]


def test_a_relay_that_starts_again_opens_no_epoch(suite):
    relay = suite.relay()
    def announced():
        return suite.query("SELECT max(until) FROM bus.relay")[0][0]

    wait_until(lambda: suite.query("SELECT count(*) FROM bus.epoch")[0][0] == 1, 10, "the first epoch")
    for restart in (relay.restart, lambda: suite.cluster.restart("immediate")):
        before = wait_until(announced, 20, "it announces itself")
        restart()
        wait_until(lambda before=before: announced() > before, 30, "it is back")
    assert suite.query("SELECT count(*) FROM bus.epoch")[0][0] == 1


def test_a_dump_restored_where_fewer_transactions_were_counted_is_refused_until_repaired(suite):
    """The dump's events carry numbers the new cluster would only reach later, and mix with new ones."""
    writer = suite.writer(seed=seed_of_run(), conversations=4)
    wait_until(lambda: suite.event_count() > 3000, 20, "events")
    writer.kill()
    dump = subprocess.run([suite.cluster.bin / "pg_dump", "-d", suite.dsn(), "-Fc"], check=True, capture_output=True).stdout
    with Cluster() as fresh:
        fresh.sql("".join(f"CREATE ROLE hilo_{r} LOGIN;" for r in ("bus", "email", "chat", "identity", "routing", "gateway")))
        fresh.sql("GRANT pg_read_all_stats TO hilo_bus")
        subprocess.run([fresh.bin / "pg_restore", "-d", fresh.dsn(), "--exit-on-error"], input=dump, check=True)
        relay = suite.relay(dsn=fresh.dsn("hilo_bus"))
        refusal = wait_until(lambda: relay.log_events("bus.transaction_ids_behind"), 10, "a clear refusal")[0]
        assert refusal["level"] == "error" and "pg_resetwal -e" in refusal["repair"]
        assert refusal["newest_event"] >= refusal["next"]
        time.sleep(1)
        assert fresh.sql("SELECT count(*) FROM bus.relay") == "0" and relay.is_alive()

        # the repair as the log line says
        fresh.stop("fast")
        fresh._run(fresh.bin / "pg_resetwal", "-e", str(refusal["epoch"]), "-D", fresh.folder / "data")
        fresh.start()
        wait_until(lambda: relay.log_events("bus.reading"), 20, "it reads now", relay)
        assert fresh.sql("SELECT count(*) FROM bus.epoch") == "1"
        before = int(fresh.sql("SELECT max(xid::text::bigint) FROM bus.event"))
        reader = suite.reader(dsn=fresh.dsn("hilo_gateway"))
        writer = suite.writer(dsn=fresh.dsn("hilo_routing"), seed=1, conversations=4, rate=200)
        wait_until(lambda: len(lines_of(reader)) > 3000 + 200, 20, "old events and new ones", relay, reader)
        writer.kill()
        rows = rows_of(lines_of(reader))
        assert order_violations(rows) == [] and rows[-1][0] > before
