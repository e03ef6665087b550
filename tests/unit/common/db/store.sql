-- Statements of the tests of common/db; their tables are made by fixture.c.

-- :name echo_scalars
SELECT $1::boolean, $2::smallint, $3::integer, $4::bigint, $5::xid8, $6::timestamptz, $7::text, $8::bytea, $9::uuid,
       $10::text::jsonb

-- :name echo_arrays
SELECT *
  FROM unnest($1::boolean[], $2::smallint[], $3::integer[], $4::bigint[], $5::xid8[], $6::timestamptz[], $7::text[],
              $8::bytea[], $9::uuid[])

-- :name measure_array
SELECT cardinality($1::bigint[]), coalesce(sum(e), 0)::bigint FROM unnest($1::bigint[]) AS e

-- :name read_types
SELECT NULL::bigint, 'x'::varchar, 'x'::name, '{"a": 1}'::json, 'infinity'::timestamptz, '-infinity'::timestamptz

-- :name divide
SELECT $1::integer / $2::integer

-- :name sleep_ms
SELECT pg_sleep($1::integer / 1000.0)

-- :name insert_item
INSERT INTO dbtest.item (id, value) VALUES ($1, $2)

-- :name insert_items
INSERT INTO dbtest.item (id, value) SELECT i, v FROM unnest($1::integer[], $2::text[]) AS t(i, v)

-- :name insert_item_slowly
INSERT INTO dbtest.item (id, value) SELECT $1, 'slow' FROM pg_sleep(10)

-- :name read_item
SELECT value FROM dbtest.item WHERE id = $1

-- :name update_item
UPDATE dbtest.item SET value = $2 WHERE id = $1

-- :name count_items
SELECT count(*) FROM dbtest.item

-- :name insert_deferred
-- Fails when the transaction commits.
INSERT INTO dbtest.deferred (id, parent) VALUES ($1, $1 + 1)

-- :name read_wide
SELECT * FROM dbtest.wide

-- :name read_backend
SELECT pg_backend_pid(), pg_current_xact_id_if_assigned()

-- :name read_locks
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()

-- :name terminate_backend
SELECT pg_terminate_backend($1)

-- :name lookup_lateral
-- The shape that suffers most from a plan made while the table was empty.
SELECT k.n, found.value
  FROM unnest($1::integer[]) AS k(n)
  LEFT JOIN LATERAL (SELECT value FROM dbtest.growing g WHERE g.key = k.n LIMIT 1) AS found ON true

-- :name explain_lookup_lateral
EXPLAIN (COSTS off) EXECUTE "dbtest.lookup_lateral"('{1,2,3}')

-- :name grow
INSERT INTO dbtest.growing (key, value) SELECT i, repeat('x', 200) FROM generate_series(1, $1::integer) AS i
