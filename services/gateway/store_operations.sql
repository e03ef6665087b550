-- store_operations.sql - what operators see: parked work and health.
-- "all" and "inboxes" are the reader's rights.

-- :name list_parked
-- $1 time, $2 id: only what is older, $3 how many
WITH page AS MATERIALIZED (
  SELECT p.id, p.parked_at, p.body FROM gateway.v_parked p WHERE (p.parked_at, p.id) < ($1, $2::text)
  ORDER BY p.parked_at DESC, p.id DESC LIMIT $3::integer + 1
), kept AS (SELECT * FROM page ORDER BY parked_at DESC, id DESC LIMIT $3)
SELECT json_build_object('items', coalesce((SELECT json_agg(k.body ORDER BY k.parked_at DESC, k.id DESC) FROM kept k), '[]'),
  'next', (SELECT (extract(epoch FROM k.parked_at) * 1000000)::bigint || '-' || k.id FROM kept k
           WHERE (SELECT count(*) FROM page) > $3 ORDER BY k.parked_at, k.id LIMIT 1),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text;

-- :name read_parked
-- $1 which one
SELECT p.reason, p.body ->> 'type' FROM gateway.v_parked p WHERE p.id = $1;

-- :name release_parked
-- As remember_agent, $6 what is parked, $7 it is handled again, else given up
WITH released AS MATERIALIZED (
  SELECT CASE WHEN $6::text LIKE '%.%' THEN bus.release_parked($6, $7) ELSE channel.release_unparsed($6::uuid, $7::boolean) END)
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, status, outcome, deadline)
SELECT $1, $2, $3, $4, $5, 'done', 200, jsonb_build_object('id', $6, 'state', CASE WHEN $7 THEN 'retrying' ELSE 'discarded' END), clock_timestamp()
FROM released
RETURNING outcome::text;

-- :name read_health
-- $1 all, $2 inboxes
SELECT gateway.health($1, $2);
