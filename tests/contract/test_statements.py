"""Every statement of every store*.sql prepares against the migrated schema, as a role that uses it, and that role may run it.

PREPARE alone checks no table's privileges; EXPLAIN EXECUTE does, as if the statement ran, without running it."""
import sys

import psycopg
import pytest
from cluster import TREE

sys.path.insert(0, str(TREE / "common" / "cmake"))
import sql_catalogue  # noqa: E402

SERVICES = sorted(path.parent.name for path in (TREE / "services").glob("*/main.c"))
WRITERS = [service for service in SERVICES if service != "bus"]  # the relay appends nothing and consumes nothing


def users_of(path):
    """The daemons that prepare this catalogue."""
    layer, name = path.relative_to(TREE).parts[:2]
    if layer == "services":
        return [name]
    return {"db": SERVICES, "bus": WRITERS, "channel": ["email", "chat"]}[name]


def statements():
    for path in sorted([*TREE.glob("common/*/store*.sql"), *TREE.glob("services/*/store*.sql")]):
        for name, sql, parameters in sql_catalogue.parse(path):
            for service in users_of(path):
                yield pytest.param(f"hilo_{service}", sql, parameters, id=f"{service}-{path.parent.name}.{name}")


@pytest.fixture(scope="session")
def sessions(cluster):
    """role -> a connection, as the daemons have it."""
    opened = {}

    def session(role):
        if role not in opened:
            opened[role] = psycopg.connect(cluster.dsn(role))
            opened[role].execute("SET plan_cache_mode = force_generic_plan")  # so that no call is folded away
            opened[role].commit()
        return opened[role]
    yield session
    for connection in opened.values():
        connection.close()


@pytest.mark.parametrize("role, sql, parameters", statements())
def test_prepares_and_may_run(sessions, role, sql, parameters):
    session = sessions(role)
    nulls = f"({', '.join(['NULL'] * parameters)})" if parameters else ""
    try:
        session.execute(f"PREPARE statement AS {sql}")
        session.execute(f"EXPLAIN EXECUTE statement{nulls}")
    except psycopg.Error as fault:
        pytest.fail(f"{fault}\n{sql}", pytrace=False)
    finally:
        session.rollback()
        session.execute("DEALLOCATE ALL")


def test_a_missing_grant_would_be_found(sessions):
    """The check above is able to fail."""
    session = sessions("hilo_identity")
    session.execute("PREPARE forbidden AS SELECT count(*) FROM bus.partition")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("EXPLAIN EXECUTE forbidden")
    session.rollback()
