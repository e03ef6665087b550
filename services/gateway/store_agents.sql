-- store_agents.sql - agents, invitations, passwords and presence.
-- "all" and "inboxes" are the reader's rights.

-- ---- agents ----

-- :name list_agents
-- $1 all, $2 inboxes, $3 whole records (administrators), $4 who asks
SELECT json_build_object(
  'items', coalesce(json_agg(CASE WHEN $3 OR v.id = $4 THEN v.body ELSE v.brief END ORDER BY v.name, v.id), '[]'),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM gateway.v_agent v
WHERE $3 OR v.id = $4 OR (v.all_inboxes AND ($1 OR cardinality($2::uuid[]) > 0))
  OR EXISTS (SELECT FROM staff.agent_inbox i WHERE i.agent_id = v.id AND ($1 OR i.inbox_id = ANY ($2::uuid[])));

-- :name read_agent
-- $1 all, $2 inboxes, $3 whole records (administrators), $4 who asks, $5 agent
SELECT (CASE WHEN $3 OR v.id = $4 THEN v.body ELSE v.brief END
        || jsonb_build_object('cursor', (SELECT cursor FROM gateway.v_cursor)))::text, (v.body ->> 'version')::bigint
FROM gateway.v_agent v
WHERE v.id = $5 AND ($3 OR v.id = $4 OR (v.all_inboxes AND ($1 OR cardinality($2::uuid[]) > 0))
  OR EXISTS (SELECT FROM staff.agent_inbox i WHERE i.agent_id = v.id AND ($1 OR i.inbox_id = ANY ($2::uuid[]))));

-- :name read_directory
-- What the stream must know of every agent
SELECT a.id, a.name, a.role, a.all_inboxes, a.active, a.version,
  (SELECT string_agg(uuid_send(i.inbox_id), ''::bytea) FROM staff.agent_inbox i WHERE i.agent_id = a.id)
FROM staff.agent a;

-- :name count_unknown_inboxes
-- How many of these inboxes do not exist. $1 inboxes
SELECT count(*) FROM unnest($1::uuid[]) AS w(id) WHERE NOT EXISTS (SELECT FROM config.inbox i WHERE i.id = w.id);

-- :name insert_agent
-- $1 id, $2 name, $3 e-mail, $4 role, $5 all inboxes, $6 capacity, $7 password hash, $8 SHA-256 of the invitation, $9 skills,
-- $10 capacity for mails, $11 for chats
INSERT INTO staff.agent (id, name, email, role, all_inboxes, capacity, password_hash, invitation_hash, invitation_until, skills, channel_capacity)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $8::bytea IS NOT NULL THEN clock_timestamp() + interval '7 days' END, $9,
  jsonb_strip_nulls(jsonb_build_object('email', $10::integer, 'chat', $11::integer)));

-- :name replace_agent_inboxes
-- $1 agent, $2 inboxes
WITH gone AS (DELETE FROM staff.agent_inbox WHERE agent_id = $1 AND inbox_id <> ALL ($2::uuid[]))
INSERT INTO staff.agent_inbox (agent_id, inbox_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING;

-- :name read_agent_record
-- For a change. $1 agent
SELECT v.*, (SELECT count(*) FROM staff.agent o WHERE o.role = 'administrator' AND o.active AND o.id <> v.id)
FROM gateway.v_agent_record v WHERE v.id = $1;

-- :name update_agent
-- $1 agent, $2 name, $3 role, $4 all inboxes, $5 capacity, $6 active, $7 skills, $8 capacity for mails, $9 for chats
UPDATE staff.agent SET name = $2, role = $3, all_inboxes = $4, capacity = $5, active = $6, skills = $7,
  channel_capacity = jsonb_strip_nulls(jsonb_build_object('email', $8::integer, 'chat', $9::integer)), version = version + 1
WHERE id = $1;

-- :name delete_agent_sessions
-- $1 agent
DELETE FROM staff.session WHERE agent_id = $1;

-- :name read_invitation
-- Is it still open? $1 SHA-256 of the invitation
SELECT id FROM staff.agent WHERE invitation_hash = $1 AND invitation_until > clock_timestamp() AND active;

-- :name renew_invitation
-- $1 agent, $2 SHA-256 of the invitation
UPDATE staff.agent SET invitation_hash = $2, invitation_until = clock_timestamp() + interval '7 days' WHERE id = $1;

-- :name update_password
-- $1 agent, $2 password hash
UPDATE staff.agent SET password_hash = $2, invitation_hash = NULL, invitation_until = NULL WHERE id = $1;

-- :name delete_other_sessions
-- $1 agent, $2 SHA-256 of the token that stays
DELETE FROM staff.session WHERE agent_id = $1 AND token_hash <> $2;

-- :name count_agents
SELECT count(*) FROM staff.agent;

-- ---- presence ----

-- :name read_presence
-- $1 agent
SELECT coalesce(p.status, 'offline'), coalesce(p.version, 0)
FROM staff.agent a LEFT JOIN staff.presence p ON p.agent_id = a.id WHERE a.id = $1;

-- :name upsert_presence
-- $1 agent, $2 status, $3 version
INSERT INTO staff.presence (agent_id, status, version) VALUES ($1, $2, $3)
ON CONFLICT (agent_id) DO UPDATE SET status = excluded.status, version = excluded.version, changed_at = clock_timestamp();

-- :name list_present
-- $1 those after this one, $2 how many
SELECT agent_id FROM staff.presence WHERE status <> 'offline' AND agent_id > $1::uuid ORDER BY agent_id LIMIT $2::integer;

-- :name end_presence
-- $1 agents whose heartbeat ran out: those who were not offline, what they were, and their version now
UPDATE staff.presence AS p SET status = 'offline', version = p.version + 1, changed_at = clock_timestamp()
FROM staff.presence AS was
WHERE p.agent_id = ANY ($1::uuid[]) AND p.status <> 'offline' AND was.agent_id = p.agent_id
RETURNING p.agent_id, was.status, p.version;
