"""deploy/migrate: forward only, each file once, never over a past that is not this tree's."""
import subprocess

import psycopg
import pytest
from cluster import TREE

LEDGER = "SELECT number, name FROM migration.applied ORDER BY number"


@pytest.fixture
def folder(tmp_path):
    """Three small migrations."""
    made = tmp_path / "it's a folder"
    made.mkdir()
    (made / "0001-demo-first.sql").write_text("CREATE TABLE first (a int);\n")
    (made / "0002-demo-second.sql").write_text("CREATE TABLE second (a int);\nSELECT 'noise';\n")
    (made / "0004-demo-index.sql").write_text("-- no transaction\nCREATE INDEX CONCURRENTLY first_a ON first (a);\n")
    return made


@pytest.fixture
def run(cluster, database, folder):
    """Runs deploy/migrate with the small migrations on the fresh database. Returns (exit status, output)."""
    def migrate(*arguments):
        done = cluster.migrate(*arguments, dbname=database, folder=folder, check=False)
        return done.returncode, done.stdout
    return migrate


def test_an_empty_database_gets_everything(cluster):
    files = sorted(path.name for path in (TREE / "deploy" / "migrations").glob("*.sql"))
    assert cluster.sql("SELECT name FROM migration.applied ORDER BY number").splitlines() == files


def test_progress_is_shown_and_noise_is_not(run):
    assert run() == (0, "apply 0001-demo-first.sql\napply 0002-demo-second.sql\napply 0004-demo-index.sql\n"
                        "at 0004-demo-index.sql\n")


def test_a_second_run_does_nothing(cluster, database, run):
    run()
    before = cluster.sql("SELECT * FROM migration.applied", dbname=database)
    assert run() == (0, "at 0004-demo-index.sql\n")
    assert cluster.sql("SELECT * FROM migration.applied", dbname=database) == before


def test_a_later_file_is_added_alone(run, folder):
    run()
    (folder / "0005-demo-more.sql").write_text("CREATE TABLE more ();")
    assert run() == (0, "apply 0005-demo-more.sql\nat 0005-demo-more.sql\n")


def test_a_changed_file_is_refused_by_name(cluster, database, run, folder):
    run()
    (folder / "0002-demo-second.sql").write_text("CREATE TABLE second (a bigint);\n")
    (folder / "0005-demo-more.sql").write_text("CREATE TABLE more ();")
    status, output = run()
    assert status == 1 and "0002-demo-second.sql was changed after it was applied" in output
    assert cluster.sql("SELECT to_regclass('more')", dbname=database) == ""


def test_a_renamed_file_is_refused(run, folder):
    run()
    (folder / "0002-demo-second.sql").rename(folder / "0002-demo-other.sql")
    status, output = run()
    assert status == 1 and "0002-demo-second.sql was applied, but is called 0002-demo-other.sql now" in output


def test_a_database_newer_than_the_tree_is_refused(run, folder):
    run()
    (folder / "0004-demo-index.sql").unlink()
    status, output = run()
    assert status == 1 and "newer than this tree: it holds 0004-demo-index.sql" in output


def test_a_file_before_the_last_applied_one_is_refused(run, folder):
    run()
    (folder / "0003-demo-late.sql").write_text("SELECT 1;")
    status, output = run()
    assert status == 1 and "0003-demo-late.sql comes before migrations that are already applied" in output


def test_a_failing_file_leaves_nothing_behind(cluster, database, run, folder):
    (folder / "0002-demo-second.sql").write_text("CREATE TABLE half ();\nSELECT 1 / 0;\n")
    status, output = run()
    assert status == 1 and "division by zero" in output
    assert cluster.sql(LEDGER, dbname=database) == "1|0001-demo-first.sql"
    assert cluster.sql("SELECT to_regclass('half')", dbname=database) == ""
    (folder / "0002-demo-second.sql").write_text("CREATE TABLE half ();\n")
    assert run()[0] == 0


def test_check_tells_what_is_missing_and_changes_nothing(cluster, database, run, folder):
    status, output = run("--check")
    assert status == 2 and output.split() == ["missing", "0001-demo-first.sql", "missing", "0002-demo-second.sql",
                                              "missing", "0004-demo-index.sql"]
    assert cluster.sql("SELECT to_regnamespace('migration')", dbname=database) == ""
    run()
    assert run("--check") == (0, "")
    (folder / "0001-demo-first.sql").write_text("SELECT 1;")
    assert run("--check")[0] == 1


def test_runs_at_once_are_safe(cluster, database, folder):
    (folder / "0001-demo-first.sql").write_text("CREATE TABLE first (a int);\nSELECT pg_sleep(0.3);\n")
    command = [TREE / "deploy" / "migrate", "--dsn", cluster.dsn(dbname=database), "--folder", folder]
    runs = [subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(4)]
    outputs = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0] * 4, outputs
    # each file was applied by exactly one of them; the index was made concurrently while the others waited
    for name in ("0001-demo-first.sql", "0002-demo-second.sql", "0004-demo-index.sql"):
        assert sum(f"apply {name}" in output for output in outputs) == 1
    assert cluster.sql("SELECT count(*) FROM migration.applied", dbname=database) == "3"


def test_a_run_waits_for_the_lock(cluster, database, folder):
    command = [TREE / "deploy" / "migrate", "--dsn", cluster.dsn(dbname=database), "--folder", folder]
    with psycopg.connect(cluster.dsn(dbname=database), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(1751738479)")
        run = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert run.stdout.readline() == "waiting for another run\n"
        assert cluster.sql("SELECT to_regnamespace('migration')", dbname=database) == ""
    assert run.communicate(timeout=60)[0].endswith("at 0004-demo-index.sql\n")
    assert run.returncode == 0


def test_wrong_names_are_refused_before_anything_is_done(run, folder):
    (folder / "0002-demo-twice.sql").write_text("SELECT 1;")
    assert run() == (1, "migrate: two migrations have number 0002\n")
    (folder / "0002-demo-twice.sql").rename(folder / "5-demo.sql")
    assert run() == (1, "migrate: not a migration's name: 5-demo.sql\n")


def test_usage(cluster, tmp_path):
    def migrate(*arguments):
        return subprocess.run([TREE / "deploy" / "migrate", *arguments], capture_output=True, text=True)
    assert "--dsn" in migrate("--help").stdout
    assert migrate().returncode == 64
    assert migrate("--dsn").returncode == 64
    assert migrate("--back").returncode == 64
    assert migrate("--dsn", cluster.dsn(), "--folder", tmp_path / "none").returncode != 0
    assert migrate("--dsn", "host=/nonexistent").returncode == 1
