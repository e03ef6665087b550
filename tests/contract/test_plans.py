"""Plans made while every table is empty must still be lookups by index: daemons start on empty tables and keep their plans."""
import sys

import psycopg
import pytest
from cluster import TREE

sys.path.insert(0, str(TREE / "common" / "cmake"))
import sql_catalogue  # noqa: E402


def statements():
    for service in ("identity", "routing"):
        for name, sql, parameters in sql_catalogue.parse(TREE / "services" / service / "store.sql"):
            yield pytest.param(f"hilo_{service}", sql, parameters, id=f"{service}.{name}")


@pytest.mark.parametrize("role, sql, parameters", statements())
def test_no_table_is_read_from_end_to_end(cluster, role, sql, parameters):
    with psycopg.connect(cluster.dsn(role)) as session:
        session.execute(f"PREPARE statement AS {sql}")
        nulls = f"({', '.join(['NULL'] * parameters)})" if parameters else ""
        plan = "\n".join(row[0] for row in session.execute(f"EXPLAIN EXECUTE statement{nulls}"))
    for slow in ("Seq Scan", "Hash Join", "Merge Join", "JIT"):
        assert slow not in plan, plan
