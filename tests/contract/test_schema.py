"""The schema after all migrations: everything explained, every table somebody's, nobody in another's tables."""
import re

import pytest
from cluster import TREE

# schema -> the roles that write it; the ledger is nobody's but the installation's
OWNERS = {
    "bus": {"hilo_bus"},
    "channel": {"hilo_email", "hilo_chat"},
    "chat": {"hilo_chat"},
    "config": {"hilo_gateway"},
    "gateway": {"hilo_gateway"},
    "identity": {"hilo_identity"},
    "migration": set(),
    "routing": {"hilo_routing"},
    "staff": {"hilo_gateway"},
}

RELATIONS = """
  SELECT n.nspname, c.relname, c.relkind, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm')"""


def rows(cluster, query):
    return [line.split("|") for line in cluster.sql(query).splitlines()]


def test_every_schema_belongs_to_somebody(cluster):
    found = rows(cluster, f"SELECT DISTINCT nspname FROM ({RELATIONS}) AS r")
    assert {row[0] for row in found} == set(OWNERS)


def test_every_table_is_explained(cluster):
    assert rows(cluster, f"""
        SELECT nspname, relname FROM ({RELATIONS}) AS r
         WHERE obj_description(oid) IS NULL AND NOT (SELECT relispartition FROM pg_class WHERE pg_class.oid = r.oid)""") == []


def test_every_column_of_every_table_is_explained(cluster):
    assert rows(cluster, f"""
        SELECT nspname, relname, attname FROM ({RELATIONS}) AS r JOIN pg_attribute a ON a.attrelid = r.oid
         WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p') AND col_description(r.oid, attnum) IS NULL""") == []


def grants(cluster, privileges):
    return rows(cluster, f"""
        SELECT DISTINCT nspname, relname, relkind, rolname, privilege
          FROM ({RELATIONS}) AS r, unnest(ARRAY['{"', '".join(privileges)}']) AS privilege,
               (SELECT rolname FROM pg_roles WHERE rolname LIKE 'hilo\\_%') AS roles
         WHERE has_table_privilege(rolname, r.oid, privilege)
            OR privilege <> 'DELETE' AND privilege <> 'TRUNCATE' AND has_any_column_privilege(rolname, r.oid, privilege)""")


def test_only_its_owner_writes_a_table(cluster):
    """But for the log, which all append to, and the consumers' tables, where row security keeps each to its own rows."""
    shared = {("bus", "event"): {"INSERT"}}
    own_rows = {row[0] for row in rows(cluster, """
        SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = 'bus'::regnamespace""")}
    assert own_rows == {"consumer", "failure", "member", "parked"}
    strangers = [
        (schema, table, role, privilege)
        for schema, table, _, role, privilege in grants(cluster, ["INSERT", "UPDATE", "DELETE", "TRUNCATE"])
        if role not in OWNERS[schema] and privilege not in shared.get((schema, table), ())
        and not (schema == "bus" and table in own_rows and privilege != "TRUNCATE")]
    assert strangers == []


def test_others_read_through_views_only(cluster):
    strangers = [
        (schema, table, role)
        for schema, table, kind, role, _ in grants(cluster, ["SELECT"])
        if role not in OWNERS[schema] and schema != "bus" and not (kind == "v" and table.startswith("v_"))]
    assert strangers == []


def test_nobody_may_make_things_and_the_public_may_nothing(cluster):
    assert rows(cluster, """
        SELECT rolname, nspname FROM pg_roles, pg_namespace
         WHERE rolname LIKE 'hilo\\_%' AND nspname !~ '^pg_(toast|temp)' AND has_schema_privilege(rolname, nspname, 'CREATE')""") == []
    assert rows(cluster, f"""
        SELECT nspname, relname, privilege_type FROM ({RELATIONS}) AS r JOIN pg_class USING (oid, relname), aclexplode(relacl)
         WHERE grantee = 0""") == []


def test_every_role_has_its_time_limits(cluster):
    for role, settings in rows(cluster, r"""
            SELECT rolname, setconfig FROM pg_roles LEFT JOIN pg_db_role_setting ON setrole = pg_roles.oid AND setdatabase = 0
             WHERE rolname LIKE 'hilo\_%'"""):
        for name in ("statement_timeout", "idle_in_transaction_session_timeout", "synchronous_commit=on"):
            assert name in settings, (role, name)


def test_security_definers_are_safe(cluster):
    """A function that runs with its owner's rights names its search path and is not everybody's."""
    assert rows(cluster, """
        SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace
         WHERE prosecdef AND nspname !~ '^pg_|^information_schema$'
           AND (NOT coalesce(array_to_string(proconfig, ',') ~ 'search_path', false)
                OR has_function_privilege('public', pg_proc.oid, 'EXECUTE'))""") == []


@pytest.mark.parametrize("path", sorted((TREE / "deploy" / "migrations").glob("*.sql")), ids=lambda path: path.name)
def test_a_migration_makes_tables_of_its_owner_only(path):
    owner = path.name.split("-")[1]
    schemas = {schema for schema, roles in OWNERS.items() if f"hilo_{owner}" in roles or schema == owner}
    made = set(re.findall(r"^CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+)\.", path.read_text(), re.M | re.I))
    assert made <= schemas
