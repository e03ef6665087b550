-- store_tokens.sql - tokens, and the audit log of what was configured.

-- ---- tokens ----

-- :name read_token
-- Whom a token acts as, in the order of read_session. $1 SHA-256 of it
SELECT a.id, a.name, a.email, a.role, a.all_inboxes, a.active, a.version,
  (SELECT string_agg(uuid_send(i.inbox_id), ''::bytea) FROM staff.agent_inbox i WHERE i.agent_id = a.id) AS inboxes,
  coalesce(t.used_at < clock_timestamp() - interval '1 minute', true) AS is_stale, t.scope = 'read'
FROM staff.token t JOIN staff.agent a ON a.id = t.agent_id
WHERE t.hash = $1 AND a.active AND coalesce(t.expires_at > clock_timestamp(), true);

-- :name touch_token
-- $1 SHA-256 of the token
UPDATE staff.token SET used_at = clock_timestamp()
WHERE hash = $1 AND coalesce(used_at < clock_timestamp() - interval '1 minute', true);

-- :name list_tokens
-- $1 agent; null: everybody's
SELECT json_build_object('items', coalesce(json_agg(t.body ORDER BY t.created_at DESC, t.id), '[]'),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM (SELECT * FROM gateway.v_token v WHERE $1::uuid IS NULL OR v.agent_id = $1 ORDER BY v.created_at DESC, v.id LIMIT 1000) t;

-- :name count_tokens
-- $1 agent
SELECT count(*) FROM staff.token WHERE agent_id = $1;

-- :name insert_token
-- $1 id, $2 SHA-256 of it, $3 agent, $4 name, $5 scope, $6 end or null
INSERT INTO staff.token (id, hash, agent_id, name, scope, expires_at) VALUES ($1, $2, $3, $4, $5, $6);

-- :name read_token_record
-- Whose it is. $1 token
SELECT agent_id FROM staff.token WHERE id = $1;

-- :name delete_token
-- $1 token
DELETE FROM staff.token WHERE id = $1;

-- :name delete_old_tokens
DELETE FROM staff.token WHERE id IN (SELECT id FROM staff.token WHERE expires_at < clock_timestamp() - interval '90 days' LIMIT 1000);

-- ---- what was configured ----

-- :name remember_configured
-- As remember_agent, $6 what kind of thing, $7 which one
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, status, outcome, deadline)
VALUES ($1, $2, $3, $4, $5, 'done', 201, gateway.configured($6, $7, $2), clock_timestamp())
RETURNING outcome::text;

-- :name read_configured
-- $1 what kind of thing, $2 which one, $3 who asks
SELECT gateway.configured($1, $2, $3)::text;

-- :name read_audited
-- A thing before it is changed. $1 what kind of thing, $2 which one
SELECT gateway.audited($1, $2)::text;

-- :name insert_audit
-- $1 id, $2 actor or null, $3 action, $4 which one or null, $5 its name; null: its own, $6 as it was before or null, $7 the peer's address
INSERT INTO gateway.audit (id, actor_id, action, object_type, object_id, object_name, changes, peer)
SELECT $1, $2, $3, t.type, $4, coalesce($5, n.after ->> 'name', b.before ->> 'name', ''), gateway.changes(b.before, n.after), $7
FROM (SELECT split_part($3, '.', 1) AS type) t, (SELECT $6::text::jsonb AS before) b,
  LATERAL (SELECT gateway.audited(t.type, $4) AS after) n;

-- :name list_audit
-- $1 time, $2 id: only what is older, $3 how many, $4 actor or null, $5 action or type or null
WITH page AS MATERIALIZED (
  SELECT * FROM gateway.audit a
  WHERE (a.at, a.id) < ($1, $2::uuid) AND ($4::uuid IS NULL OR a.actor_id = $4) AND ($5::text IS NULL OR $5 IN (a.action, a.object_type))
  ORDER BY a.at DESC, a.id DESC LIMIT $3::integer + 1
), kept AS (SELECT * FROM page ORDER BY at DESC, id DESC LIMIT $3)
SELECT json_build_object(
  'items', coalesce((SELECT json_agg(json_build_object('id', k.id, 'at', gateway.rfc3339(k.at),
      'actor', CASE WHEN k.actor_id IS NOT NULL THEN json_build_object('id', k.actor_id,
        'name', coalesce((SELECT a.name FROM staff.agent a WHERE a.id = k.actor_id), '')) END,
      'action', k.action, 'object', json_build_object('type', k.object_type, 'id', nullif(k.object_id, ''), 'name', k.object_name),
      'changes', k.changes, 'peer', k.peer) ORDER BY k.at DESC, k.id DESC) FROM kept k), '[]'),
  'next', (SELECT gateway.page_key(k.at, k.id) FROM kept k WHERE (SELECT count(*) FROM page) > $3 ORDER BY k.at, k.id LIMIT 1),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text;
