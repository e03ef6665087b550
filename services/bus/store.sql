-- Statements of services/bus.

-- :name cluster_state
-- Where the relay stands: the cluster, its clock of transaction ids, the newest event, and the epoch opened last.
SELECT c.system_identifier,
  ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::integer AS timeline,
  pg_snapshot_xmax(pg_current_snapshot()) AS next_xid,
  (SELECT xid FROM bus.event ORDER BY xid DESC, id DESC LIMIT 1) AS newest_xid,
  e.system_identifier AS epoch_system, e.timeline AS epoch_timeline
FROM pg_control_system() AS c
LEFT JOIN bus.epoch AS e ON e.number = (SELECT max(number) FROM bus.epoch)

-- :name open_epoch
-- $1 epoch, $2 system identifier, $3 timeline. It starts at the last mark of the one before: what was settled by then is the
-- same on every timeline that has the mark. Two relays may try: one does it.
INSERT INTO bus.epoch (epoch, system_identifier, timeline, start_xid, start_id, safe_xid, safe_id)
SELECT $1::bigint, $2::bigint, $3::integer, coalesce(last.safe_xid, '0'), coalesce(last.safe_id, 0),
  coalesce(last.safe_xid, '0'), coalesce(last.safe_id, 0)
FROM (VALUES (1)) AS once LEFT JOIN bus.epoch AS last ON last.number = (SELECT max(number) FROM bus.epoch)
ON CONFLICT (system_identifier, timeline) DO NOTHING

-- :name mark_safe
-- $1 epoch, $2 xid, $3 id: everything up to here is settled.
UPDATE bus.epoch SET safe_xid = $2::xid8, safe_id = $3::bigint
WHERE epoch = $1::bigint AND (safe_xid, safe_id) < ($2, $3)

-- :name announce
-- $1 id, $2 frames, $3 doorbell
WITH gone AS (DELETE FROM bus.relay WHERE until < clock_timestamp() - interval '1 minute' AND id <> $1::uuid)
INSERT INTO bus.relay (id, frames, doorbell, until) VALUES ($1, $2::text, $3::text, clock_timestamp() + interval '10 seconds')
ON CONFLICT (id) DO UPDATE SET until = excluded.until

-- :name withdraw
-- $1 id
DELETE FROM bus.relay WHERE id = $1::uuid

-- :name keep_partitions
SELECT bus.keep_partitions(3) AS made

-- :name raise_floor
-- $1 seconds to keep, $2 bytes at most (0: any)
SELECT service FROM bus.raise_floor(make_interval(secs => $1::bigint), $2::bigint) AS deregistered(service)

-- :name drop_partition
SELECT bus.drop_partition() AS name

-- :name end_old_writers
-- $1 seconds
SELECT pid, role::text, age_seconds::bigint AS age FROM bus.end_old_writers(make_interval(secs => $1::bigint))

-- :name oldest_writer
-- Age of the oldest transaction of the whole cluster that has written, prepared ones included; microseconds.
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(begun)) * 1000000, 0)::bigint AS age_us
FROM (
  SELECT xact_start AS begun FROM pg_stat_activity WHERE backend_xid IS NOT NULL
  UNION ALL
  SELECT prepared FROM pg_prepared_xacts
) AS writer

-- :name consumer_lag
-- For each service, how long ago the oldest event it has not handled yet happened; microseconds.
SELECT c.service, coalesce(extract(epoch FROM clock_timestamp() - e.occurred_at) * 1000000, 0)::bigint AS lag_us
FROM (SELECT DISTINCT ON (service) service, xid, id FROM bus.consumer ORDER BY service, xid, id) AS c
LEFT JOIN LATERAL (
  SELECT occurred_at FROM bus.event WHERE (xid, id) > (c.xid, c.id) AND xid >= c.xid ORDER BY xid, id LIMIT 1
) AS e ON true
