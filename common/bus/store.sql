-- Statements of common/bus.

-- :name append_events
-- $1 key hashes, $2 types, $3 inboxes, $4 conversations, $5 keys, $6 times, $7 payloads; ids follow the arrays' order,
-- because one function scan feeds the insert
INSERT INTO bus.event (key_hash, type, inbox_id, conversation_id, key, occurred_at, payload)
SELECT * FROM unnest($1::integer[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::bytea[])

-- :name read_log
-- $1 xid, $2 id: read after this position; $3 its epoch, 0 for the present one.
-- At least one row: the head. now() is when the transaction began, so no later than its snapshot. `xid >= $1` looks
-- redundant but prunes partitions. The limits are constants, so that one plan serves every call.
WITH head AS MATERIALIZED (
  SELECT now() AS asked_at, present.epoch,
    $3::bigint = 0 OR ($1::xid8, $2::bigint) >= (floor.xid, floor.id) AND ($3 = present.epoch OR coalesce((
      SELECT bool_and(($1, $2) <= (later.start_xid, later.start_id))
      FROM bus.epoch AS mine JOIN bus.epoch AS later ON later.number > mine.number
      WHERE mine.epoch = $3), false)) AS is_valid,
    pg_snapshot_xmin(s.now) AS horizon, pg_snapshot_xmax(s.now) AS ahead,
    CASE WHEN pg_snapshot_xmin(s.now) = pg_snapshot_xmax(s.now) THEN false ELSE coalesce((
      SELECT true FROM bus.event WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, id LIMIT 1), false)
    END AS has_above
  FROM pg_current_snapshot() AS s(now), bus.floor LEFT JOIN bus.present_epoch AS present ON true
)
SELECT head.*, e.xid, e.id, e.key_hash, e.type, e.inbox_id, e.conversation_id, e.key, e.occurred_at, e.payload
FROM head LEFT JOIN (
  SELECT *, sum(octet_length(payload)) OVER (ORDER BY xid, id ROWS UNBOUNDED PRECEDING) - octet_length(payload) AS bytes_before
  FROM (
    SELECT * FROM bus.event
    WHERE (xid, id) > ($1, $2) AND xid >= $1 AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, id LIMIT 200
  ) AS page
) AS e ON e.bytes_before < 1048576

-- :name read_end
-- Where the log ends below the horizon, and the present epoch.
SELECT (SELECT epoch FROM bus.present_epoch) AS epoch,
  coalesce(e.xid, floor.xid) AS xid, coalesce(e.id, floor.id) AS id
FROM bus.floor LEFT JOIN (
  SELECT xid, id FROM bus.event WHERE xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid DESC, id DESC LIMIT 1
) AS e ON true

-- :name live_relays
SELECT id, frames, doorbell FROM bus.relay WHERE until > clock_timestamp() ORDER BY id LIMIT 16

-- :name join_group
-- $1 service, $2 owner: says that this replica lives; answers how many others do.
WITH gone AS (
  DELETE FROM bus.member WHERE service = $1::text AND until < clock_timestamp() - interval '1 minute' AND owner <> $2::uuid
), me AS (
  INSERT INTO bus.member (service, owner, until, session_pid, session_began)
  SELECT $1, $2, clock_timestamp() + interval '10 seconds', pid, backend_start FROM pg_stat_get_activity(pg_backend_pid())
  ON CONFLICT (service, owner)
  DO UPDATE SET until = excluded.until, session_pid = excluded.session_pid, session_began = excluded.session_began
)
SELECT count(*) AS others FROM bus.live_member WHERE service = $1 AND owner <> $2

-- :name make_shards
-- $1 service: its 16 rows, from the beginning of what is kept.
INSERT INTO bus.consumer (service, shard, xid, id)
SELECT $1::text, n, floor.xid, floor.id FROM generate_series(0, 15) AS n, bus.floor
ON CONFLICT (service, shard) DO NOTHING

-- :name take_shards
-- $1 service, $2 owner, $3 how many at most: of those that nobody holds, or somebody known to be gone. Who took them meanwhile may
-- have joined after this statement's snapshot: unknown is not gone.
UPDATE bus.consumer AS c SET owner = $2::uuid, token = c.token + 1, until = clock_timestamp() + interval '10 seconds',
  deaths = least(c.deaths + (c.owner IS NOT NULL)::integer, 100)
FROM (
  SELECT service, shard FROM bus.consumer
  WHERE service = $1::text AND owner IS DISTINCT FROM $2
    AND (until IS NULL OR until < clock_timestamp() OR owner IN (
      SELECT owner FROM bus.member WHERE service = $1 EXCEPT SELECT owner FROM bus.live_member WHERE service = $1))
  ORDER BY shard LIMIT $3::integer FOR UPDATE SKIP LOCKED
) AS unheld
WHERE c.service = unheld.service AND c.shard = unheld.shard

-- :name read_shards
-- $1 service, $2 owner: what it holds; a position below the floor has lost events.
SELECT c.shard, c.token, c.deaths, (c.xid, c.id) < (floor.xid, floor.id) AS is_behind,
  CASE WHEN (c.xid, c.id) < (floor.xid, floor.id) THEN floor.xid ELSE c.xid END AS xid,
  CASE WHEN (c.xid, c.id) < (floor.xid, floor.id) THEN floor.id ELSE c.id END AS id,
  (SELECT epoch FROM bus.present_epoch) AS epoch
FROM bus.consumer AS c, bus.floor
WHERE c.service = $1::text AND c.owner = $2::uuid

-- :name give_back
-- $1 service, $2 owner, $3 shards: for others to take.
UPDATE bus.consumer SET owner = NULL, until = NULL
WHERE service = $1::text AND owner = $2::uuid AND shard = ANY ($3::smallint[])

-- :name leave_group
-- $1 service, $2 owner
WITH me AS (DELETE FROM bus.member WHERE service = $1::text AND owner = $2::uuid)
UPDATE bus.consumer SET owner = NULL, until = NULL WHERE service = $1 AND owner = $2

-- :name fence_lock
-- $1 number of the service, $2 shards in order. Advisory: takes no transaction id.
SELECT pg_advisory_xact_lock($1::integer, shard) FROM unnest($2::smallint[]) AS shard

-- :name fence_read
-- $1 service, $2 owner, $3 shards: a statement of its own, so that it sees what was committed before the locks were had.
SELECT shard, token, now() AS begun_at,
  (SELECT epoch FROM bus.present_epoch) AS epoch,
  EXISTS (SELECT FROM bus.parked WHERE service = $1::text) AS has_parked
FROM bus.consumer WHERE service = $1 AND owner = $2::uuid AND shard = ANY ($3::smallint[])

-- :name move_positions
-- $1 service, $2 owner, $3 epoch, $4 shards, $5 tokens, $6 xids, $7 ids, $8 how many. Renews the leases as well.
-- Fails with HL001 unless every one of them is still held: nothing of the transaction may stand then.
WITH moved AS (
  UPDATE bus.consumer AS c
  SET epoch = $3::bigint, xid = new.xid, id = new.id, until = clock_timestamp() + interval '10 seconds',
    deaths = CASE WHEN (c.xid, c.id) = (new.xid, new.id) THEN c.deaths ELSE 0 END
  FROM unnest($4::smallint[], $5::bigint[], $6::xid8[], $7::bigint[]) AS new(shard, token, xid, id)
  WHERE c.service = $1::text AND c.shard = new.shard AND c.owner = $2::uuid AND c.token = new.token
  RETURNING 1
)
SELECT CASE WHEN (SELECT count(*) FROM moved) <> $8::integer THEN bus.lease_lost() END

-- :name parked_keys
-- $1 service, $2 keys: those of them with an event parked.
SELECT DISTINCT key FROM bus.parked WHERE service = $1::text AND key = ANY ($2::text[])

-- :name count_failure
-- $1 service, $2 xid, $3 id, $4 shard, $5 error
INSERT INTO bus.failure AS f (service, xid, id, shard, tries, error)
VALUES ($1::text, $2::xid8, $3::bigint, $4::smallint, 1, $5::text)
ON CONFLICT (service, xid, id) DO UPDATE SET tries = f.tries + 1, error = excluded.error
RETURNING tries

-- :name forget_failure
-- $1 service, $2 xid, $3 id
DELETE FROM bus.failure WHERE service = $1::text AND xid = $2::xid8 AND id = $3::bigint

-- :name forget_old_failures
-- $1 service, $2 owner: of events that were handled after all, before this replica held their shards.
DELETE FROM bus.failure AS f USING bus.consumer AS c
WHERE f.service = $1::text AND c.service = f.service AND c.shard = f.shard AND c.owner = $2::uuid
  AND (f.xid, f.id) <= (c.xid, c.id)

-- :name park_events
-- $1 service, $2 reason, $3 error, then by event: $4 xids, $5 ids, $6 keys, $7 types, $8 payloads, $9 inboxes,
-- $10 conversations, $11 key hashes, $12 times; $13 nothing is known against them but deaths: those may have had another reason
INSERT INTO bus.parked (service, reason, error, retry_at, xid, id, key, type, payload, inbox_id, conversation_id, key_hash, occurred_at)
SELECT $1::text, $2::text, $3::text, CASE WHEN $13::boolean THEN clock_timestamp() + interval '10 seconds' END, *
FROM unnest($4::xid8[], $5::bigint[], $6::text[], $7::text[], $8::bytea[], $9::uuid[], $10::uuid[], $11::integer[], $12::timestamptz[])
ON CONFLICT (service, xid, id) DO NOTHING

-- :name claim_parked
-- $1 service, $2 shards, $3 error: the next event to try again: first of its key, and either due or only held. It counts as
-- failed with that error until it is handled: should the daemon die meanwhile, it is tried again after 10, 40, 160, 640 and
-- 2,560 seconds, then by an operator only.
UPDATE bus.parked AS p SET reason = 'failed', error = $3::text, deaths = least(p.deaths + 1, 100),
  retry_at = CASE WHEN p.deaths < 5 THEN clock_timestamp() + interval '10 seconds' * 4 ^ p.deaths END
FROM (
  SELECT service, xid, id FROM (
    SELECT DISTINCT ON (key) service, xid, id, reason, retry_at FROM bus.parked
    WHERE service = $1::text AND (key_hash & 15)::smallint = ANY ($2::smallint[])
    ORDER BY key, xid, id
  ) AS first
  WHERE reason = 'held' OR retry_at <= clock_timestamp()
  ORDER BY xid, id LIMIT 1
) AS next
WHERE p.service = next.service AND p.xid = next.xid AND p.id = next.id
RETURNING p.xid, p.id, p.key_hash, p.type, p.inbox_id, p.conversation_id, p.key, p.occurred_at, p.payload

-- :name unpark
-- $1 service, $2 xid, $3 id: it was handled.
DELETE FROM bus.parked WHERE service = $1::text AND xid = $2::xid8 AND id = $3::bigint

-- :name park_again
-- $1 service, $2 xid, $3 id, $4 error: it failed again, and waits for the operator.
UPDATE bus.parked SET reason = 'failed', error = $4::text, retry_at = NULL, deaths = 0
WHERE service = $1::text AND xid = $2::xid8 AND id = $3::bigint
