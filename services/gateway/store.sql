-- Every statement of the gateway. Two parameters recur: "all" and "inboxes" are the reader's rights.

-- ---- sessions ----

-- :name read_session
-- Who holds a token. $1 SHA-256 of it
SELECT a.id, a.name, a.email, a.role, a.all_inboxes, a.active, a.version,
  (SELECT string_agg(uuid_send(i.inbox_id), ''::bytea) FROM staff.agent_inbox i WHERE i.agent_id = a.id) AS inboxes,
  s.seen_at < clock_timestamp() - interval '1 minute' AS is_stale
FROM staff.session s JOIN staff.agent a ON a.id = s.agent_id
WHERE s.token_hash = $1 AND a.active AND s.until > clock_timestamp() AND s.seen_at > clock_timestamp() - interval '12 hours';

-- :name touch_session
-- $1 SHA-256 of the token
UPDATE staff.session SET seen_at = clock_timestamp()
WHERE token_hash = $1 AND seen_at < clock_timestamp() - interval '1 minute';

-- :name read_lost_sessions
-- Which of these sessions are no longer valid. $1 hashes of tokens
SELECT t.hash
FROM unnest($1::bytea[]) AS t(hash)
WHERE NOT EXISTS (SELECT FROM staff.session s JOIN staff.agent a ON a.id = s.agent_id
  WHERE s.token_hash = t.hash AND a.active AND s.until > clock_timestamp());

-- :name touch_sessions
-- Open streams keep their sessions alive. $1 hashes of tokens
UPDATE staff.session SET seen_at = clock_timestamp()
WHERE token_hash = ANY ($1::bytea[]) AND seen_at < clock_timestamp() - interval '1 minute';

-- :name read_credentials
-- $1 e-mail address, lower case
SELECT id, password_hash FROM staff.agent WHERE email = $1 AND active;

-- :name insert_session
-- $1 SHA-256 of the token, $2 agent, $3 the peer's address
INSERT INTO staff.session (token_hash, agent_id, peer, until) VALUES ($1, $2, $3, clock_timestamp() + interval '30 days');

-- :name read_own_agent
-- $1 agent
SELECT body::text FROM gateway.v_agent WHERE id = $1;

-- :name read_own_agent_at
-- The same with the place in the log it was read at. $1 agent
SELECT body::text, (SELECT cursor FROM gateway.v_cursor) FROM gateway.v_agent WHERE id = $1;

-- :name delete_session
-- $1 SHA-256 of the token
DELETE FROM staff.session WHERE token_hash = $1;

-- :name delete_old_sessions
DELETE FROM staff.session WHERE token_hash IN (SELECT token_hash FROM staff.session
  WHERE until < clock_timestamp() OR seen_at < clock_timestamp() - interval '12 hours' LIMIT 1000);

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
-- $1 id, $2 name, $3 e-mail, $4 role, $5 all inboxes, $6 capacity, $7 password hash, $8 SHA-256 of the invitation
INSERT INTO staff.agent (id, name, email, role, all_inboxes, capacity, password_hash, invitation_hash, invitation_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $8::bytea IS NOT NULL THEN clock_timestamp() + interval '7 days' END);

-- :name replace_agent_inboxes
-- $1 agent, $2 inboxes
WITH gone AS (DELETE FROM staff.agent_inbox WHERE agent_id = $1 AND inbox_id <> ALL ($2::uuid[]))
INSERT INTO staff.agent_inbox (agent_id, inbox_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING;

-- :name read_agent_record
-- For a change. $1 agent
SELECT a.name, a.role, a.all_inboxes, a.capacity, a.active, a.version,
  (SELECT string_agg(uuid_send(i.inbox_id), ''::bytea) FROM staff.agent_inbox i WHERE i.agent_id = a.id),
  (SELECT count(*) FROM staff.agent o WHERE o.role = 'administrator' AND o.active AND o.id <> a.id)
FROM staff.agent a WHERE a.id = $1;

-- :name update_agent
-- $1 agent, $2 name, $3 role, $4 all inboxes, $5 capacity, $6 active
UPDATE staff.agent SET name = $2, role = $3, all_inboxes = $4, capacity = $5, active = $6, version = version + 1 WHERE id = $1;

-- :name delete_agent_sessions
-- $1 agent
DELETE FROM staff.session WHERE agent_id = $1;

-- :name read_invitation
-- Is it still open? $1 SHA-256 of the invitation
SELECT id FROM staff.agent WHERE invitation_hash = $1 AND invitation_until > clock_timestamp() AND active;

-- :name accept_invitation
-- $1 SHA-256 of the invitation, $2 password hash
UPDATE staff.agent SET password_hash = $2, invitation_hash = NULL, invitation_until = NULL
WHERE invitation_hash = $1 AND invitation_until > clock_timestamp() AND active AND password_hash IS NULL
RETURNING id;

-- :name count_agents
SELECT count(*) FROM staff.agent;

-- ---- inboxes ----

-- :name list_inboxes
-- $1 all, $2 inboxes, $3 the address people open
SELECT json_build_object(
  'items', coalesce(json_agg(v.body ORDER BY v.body ->> 'name', v.id), '[]'),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM gateway.inbox($3) v WHERE $1 OR v.id = ANY ($2::uuid[]);

-- :name read_inbox
-- $1 all, $2 inboxes, $3 inbox, $4 the address people open
SELECT (v.body || jsonb_build_object('cursor', (SELECT cursor FROM gateway.v_cursor)))::text, (v.body ->> 'version')::bigint
FROM gateway.inbox($4) v WHERE v.id = $3 AND ($1 OR v.id = ANY ($2::uuid[]));

-- :name insert_inbox
-- $1 id, $2 channel, $3 name, $4 address, $5 sealed smtp_url, $6 sealed imap_url, $7 team
INSERT INTO config.inbox (id, channel, name, address, smtp_url_sealed, imap_url_sealed, team_id)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- :name read_inbox_record
-- For a change. $1 inbox
SELECT channel, name, address, active, version FROM config.inbox WHERE id = $1;

-- :name read_changed_inbox
-- $1 inbox, $2 the address people open
SELECT v.body::text FROM gateway.inbox($2) v WHERE v.id = $1;

-- :name update_inbox
-- $1 inbox, $2 name, $3 active, $4 change smtp_url, $5 sealed smtp_url, $6 change imap_url, $7 sealed imap_url
UPDATE config.inbox SET name = $2, active = $3,
  smtp_url_sealed = CASE WHEN $4 THEN $5 ELSE smtp_url_sealed END,
  imap_url_sealed = CASE WHEN $6 THEN $7 ELSE imap_url_sealed END, version = version + 1
WHERE id = $1;

-- :name read_chat_facts
-- What a chat inbox names: is there such a mail inbox, is there such a time zone? $1 mail inbox or null, $2 time zone or null
SELECT $1::uuid IS NULL OR EXISTS (SELECT FROM config.inbox WHERE id = $1 AND channel = 'email'),
  $2::text IS NULL OR EXISTS (SELECT FROM pg_timezone_names WHERE name = $2);

-- :name insert_chat
-- $1 inbox, $2 public id, $3 sealed secret, $4 origins, $5 mail inbox or null, $6 settings
INSERT INTO config.chat (inbox_id, public_id, secret_sealed, origins, mail_inbox_id, settings)
VALUES ($1, $2, $3, coalesce($4::text[], '{}'), $5, coalesce($6::text::jsonb, '{}'));

-- :name update_chat
-- $1 inbox, $2 sealed secret, $3 origins, $4 change the mail inbox, $5 mail inbox, $6 settings; null: as they are
UPDATE config.chat SET secret_sealed = coalesce($2::bytea, secret_sealed), origins = coalesce($3::text[], origins),
  mail_inbox_id = CASE WHEN $4 THEN $5 ELSE mail_inbox_id END, settings = coalesce($6::text::jsonb, settings), version = version + 1
WHERE inbox_id = $1;

-- :name read_chat_secret
-- $1 inbox
SELECT secret_sealed FROM config.chat WHERE inbox_id = $1;

-- ---- presence ----

-- :name read_presence
-- $1 agent
SELECT coalesce(p.status, 'offline'), coalesce(p.version, 0)
FROM staff.agent a LEFT JOIN staff.presence p ON p.agent_id = a.id WHERE a.id = $1;

-- :name upsert_presence
-- $1 agents, $2 status of each, $3 version of each
INSERT INTO staff.presence (agent_id, status, version)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])
ON CONFLICT (agent_id) DO UPDATE SET status = excluded.status, version = excluded.version, changed_at = clock_timestamp();

-- :name try_sweep
-- One sweeper at a time. $1 number of the lock
SELECT pg_try_advisory_xact_lock($1);

-- :name list_present
SELECT agent_id FROM staff.presence WHERE status <> 'offline';

-- :name list_presence
-- $1 agents
SELECT agent_id, status, version FROM staff.presence WHERE agent_id = ANY ($1::uuid[]);

-- ---- conversations ----

-- :name list_conversations
-- $1 all, $2 inboxes, $3 statuses, $4 bucket, $5 time, $6 id: only what comes after them, $7 how many
SELECT gateway.conversation_page(ARRAY(
  SELECT c.id FROM routing.v_conversation c
  WHERE ($1 OR c.inbox_id = ANY ($2::uuid[])) AND c.status = ANY ($3::text[])
    AND c.activity_bucket <= $4 AND (c.activity_bucket, c.last_activity_at, c.id) < ($4, $5, $6::uuid)
  ORDER BY c.activity_bucket DESC, c.last_activity_at DESC, c.id DESC
  LIMIT $7::integer + 1), $7);

-- :name list_mine
-- As list_conversations, of one assignee, not resolved: few enough to sort, so by time alone. $8 assignee
SELECT gateway.conversation_page(ARRAY(
  SELECT c.id FROM routing.v_conversation c
  WHERE ($1 OR c.inbox_id = ANY ($2::uuid[])) AND c.status = ANY ($3::text[])
    AND c.assignee_id = $8 AND c.status <> 'resolved'
    AND $4::integer IS NOT NULL AND (c.last_activity_at, c.id) < ($5, $6::uuid)
  ORDER BY c.last_activity_at DESC, c.id DESC
  LIMIT $7::integer + 1), $7);

-- :name list_mine_resolved
-- As list_conversations, of one assignee, resolved. $8 assignee
SELECT gateway.conversation_page(ARRAY(
  SELECT c.id FROM routing.v_conversation c
  WHERE ($1 OR c.inbox_id = ANY ($2::uuid[])) AND c.status = ANY ($3::text[])
    AND c.assignee_id = $8 AND c.status = 'resolved'
    AND c.activity_bucket <= $4 AND (c.activity_bucket, c.last_activity_at, c.id) < ($4, $5, $6::uuid)
  ORDER BY c.activity_bucket DESC, c.last_activity_at DESC, c.id DESC
  LIMIT $7::integer + 1), $7);

-- :name list_unassigned
-- As list_conversations, of nobody, not resolved
SELECT gateway.conversation_page(ARRAY(
  SELECT c.id FROM routing.v_conversation c
  WHERE ($1 OR c.inbox_id = ANY ($2::uuid[])) AND c.status = ANY ($3::text[])
    AND c.assignee_id IS NULL AND c.status <> 'resolved'
    AND c.activity_bucket <= $4 AND (c.activity_bucket, c.last_activity_at, c.id) < ($4, $5, $6::uuid)
  ORDER BY c.activity_bucket DESC, c.last_activity_at DESC, c.id DESC
  LIMIT $7::integer + 1), $7);

-- :name list_unassigned_resolved
-- As list_conversations, of nobody, resolved
SELECT gateway.conversation_page(ARRAY(
  SELECT c.id FROM routing.v_conversation c
  WHERE ($1 OR c.inbox_id = ANY ($2::uuid[])) AND c.status = ANY ($3::text[])
    AND c.assignee_id IS NULL AND c.status = 'resolved'
    AND c.activity_bucket <= $4 AND (c.activity_bucket, c.last_activity_at, c.id) < ($4, $5, $6::uuid)
  ORDER BY c.activity_bucket DESC, c.last_activity_at DESC, c.id DESC
  LIMIT $7::integer + 1), $7);

-- :name search_conversations
-- As list_conversations, $8 assignee, $9 view (all, mine, unassigned), $10 reference or null, $11 pattern for ILIKE.
-- A reference is found whatever its age; words are looked for in the 10,000 conversations with the latest activity.
WITH hit AS MATERIALIZED (
  SELECT c.id FROM routing.v_conversation c WHERE c.ref = $10 AND ($1 OR c.inbox_id = ANY ($2::uuid[]))
), recent AS MATERIALIZED (
  SELECT c.id, c.activity_bucket, c.last_activity_at, c.subject, c.customer_id
  FROM routing.v_conversation c
  WHERE ($1 OR c.inbox_id = ANY ($2::uuid[])) AND c.status = ANY ($3::text[])
    AND ($9 = 'all' OR $9 = 'mine' AND c.assignee_id = $8 OR $9 = 'unassigned' AND c.assignee_id IS NULL)
    AND c.activity_bucket <= $4 AND (c.activity_bucket, c.last_activity_at, c.id) < ($4, $5, $6::uuid)
    AND NOT EXISTS (SELECT FROM hit)
  ORDER BY c.activity_bucket DESC, c.last_activity_at DESC, c.id DESC
  LIMIT 10000
)
SELECT gateway.conversation_page(ARRAY(SELECT id FROM hit) || ARRAY(
  SELECT r.id FROM recent r
  WHERE r.subject ILIKE $11
    OR EXISTS (SELECT FROM identity.v_customer u WHERE u.id = r.customer_id AND u.name ILIKE $11)
    OR EXISTS (SELECT FROM identity.v_contact_point p WHERE p.customer_id = r.customer_id AND p.address ILIKE $11)
  ORDER BY r.activity_bucket DESC, r.last_activity_at DESC, r.id DESC
  LIMIT $7::integer + 1), $7);

-- :name read_conversation
-- $1 all, $2 inboxes, $3 id or null, $4 reference or null
SELECT (v.body::jsonb || jsonb_build_object('cursor', (SELECT cursor FROM gateway.v_cursor)))::text, v.version
FROM gateway.v_conversation v WHERE (v.id = $3 OR v.ref = $4) AND ($1 OR v.inbox_id = ANY ($2::uuid[]));

-- :name read_timeline
-- $1 all, $2 inboxes, $3 id or null, $4 reference or null, $5 after this sequence, $6 how many,
-- $7 base of attachment addresses, $8 key that signs them, $9 before this sequence: the last ones, or null
WITH conversation AS MATERIALIZED (
  SELECT id FROM routing.v_conversation WHERE (id = $3 OR ref = $4) AND ($1 OR inbox_id = ANY ($2::uuid[]))
), page AS MATERIALIZED (
  SELECT m.sequence, m.body FROM gateway.message($7, $8) m
  WHERE m.conversation_id = (SELECT id FROM conversation) AND m.sequence > $5 AND $9::bigint IS NULL
  ORDER BY m.sequence LIMIT $6::integer + 1
), page_before AS MATERIALIZED (
  SELECT m.sequence, m.body FROM gateway.message($7, $8) m
  WHERE m.conversation_id = (SELECT id FROM conversation) AND m.sequence < $9::bigint
  ORDER BY m.sequence DESC LIMIT $6::integer
), kept AS ((SELECT sequence, body FROM page ORDER BY sequence LIMIT $6) UNION ALL SELECT sequence, body FROM page_before)
SELECT json_build_object(
  'items', coalesce((SELECT json_agg(k.body ORDER BY k.sequence) FROM kept k), '[]'),
  'next', (SELECT max(k.sequence)::text FROM kept k WHERE (SELECT count(*) FROM page) > $6),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM conversation;

-- :name read_interactions
-- The latest 500. $1 all, $2 inboxes, $3 id or null, $4 reference or null
SELECT json_build_object(
  'items', coalesce((SELECT json_agg(l.body ORDER BY l.started_at, l.id) FROM (
    SELECT t.body, t.started_at, t.id FROM gateway.v_interaction t WHERE t.conversation_id = c.id
    ORDER BY t.started_at DESC, t.id DESC LIMIT 500) l), '[]'),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM routing.v_conversation c WHERE (c.id = $3 OR c.ref = $4) AND ($1 OR c.inbox_id = ANY ($2::uuid[]));

-- :name read_moves
-- As read_interactions
SELECT json_build_object(
  'items', coalesce((SELECT json_agg(l.body ORDER BY l.created_at, l.id) FROM (
    SELECT m.body, m.created_at, m.id FROM gateway.v_move m WHERE m.conversation_id = c.id
    ORDER BY m.created_at DESC, m.id DESC LIMIT 500) l), '[]'),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM routing.v_conversation c WHERE (c.id = $3 OR c.ref = $4) AND ($1 OR c.inbox_id = ANY ($2::uuid[]));

-- :name read_channels
-- Where it runs comes first. $1 all, $2 inboxes, $3 id or null, $4 reference or null
SELECT json_build_object(
  'items', (SELECT json_agg(v.body ORDER BY v.channel = c.channel DESC, v.channel, v.is_current DESC NULLS LAST, v.level DESC, v.contact_point_id)
    FROM gateway.v_channel v WHERE v.conversation_id = c.id),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM routing.v_conversation c WHERE (c.id = $3 OR c.ref = $4) AND ($1 OR c.inbox_id = ANY ($2::uuid[]));

-- :name read_customer_point
-- Is this how the conversation's customer is reached there? $1 contact point, $2 conversation, $3 channel
SELECT p.id FROM identity.v_contact_point p JOIN routing.v_conversation c ON c.customer_id = p.customer_id
WHERE p.id = $1 AND c.id = $2 AND p.channel = $3;

-- :name read_conversation_id
-- $1 all, $2 inboxes, $3 reference
SELECT id FROM routing.v_conversation WHERE ref = $3 AND ($1 OR inbox_id = ANY ($2::uuid[]));

-- :name read_conversation_record
-- For a request about it. $1 all, $2 inboxes, $3 conversation
SELECT inbox_id, assignee_id, version FROM routing.v_conversation WHERE id = $3 AND ($1 OR inbox_id = ANY ($2::uuid[]));

-- :name read_assignable
-- May this agent be given this conversation? $1 agent, $2 conversation
SELECT a.id FROM staff.agent a
WHERE a.id = $1 AND a.active
  AND (a.all_inboxes OR EXISTS (SELECT FROM staff.agent_inbox i JOIN routing.v_conversation c ON c.inbox_id = i.inbox_id
                                WHERE i.agent_id = a.id AND c.id = $2));

-- :name read_uploads
-- $1 agent, $2 uploads
SELECT id, name, content_type, size_bytes, sha256 FROM gateway.upload WHERE agent_id = $1 AND id = ANY ($2::uuid[]);

-- :name read_customer
-- $1 all, $2 inboxes, $3 customer
SELECT json_build_object('id', u.id, 'name', u.name,
  'contact_points', coalesce((SELECT json_agg(json_build_object('channel', p.channel, 'address', p.address,
      'level', (ARRAY['claimed', 'channel_verified', 'confirmed'])[p.level]) ORDER BY p.id)
    FROM identity.v_contact_point p WHERE p.customer_id = u.id), '[]'),
  'conversations', gateway.conversations(ARRAY(SELECT c.id FROM routing.v_conversation c
    WHERE c.customer_id = u.id AND ($1 OR c.inbox_id = ANY ($2::uuid[])) ORDER BY c.last_activity_at DESC, c.id DESC LIMIT 50)),
  'version', u.version, 'cursor', (SELECT cursor FROM gateway.v_cursor))::text, u.version
FROM identity.v_customer u
WHERE u.id = $3 AND EXISTS (SELECT FROM routing.v_conversation c
  WHERE c.customer_id = u.id AND ($1 OR c.inbox_id = ANY ($2::uuid[])));

-- ---- requests ----

-- :name read_request_by_key
-- $1 agent, $2 Idempotency-Key
SELECT id, hash, kind, state, status, outcome::text FROM gateway.request WHERE agent_id = $1 AND idempotency_key = $2;

-- :name read_request
-- $1 agent, $2 request
SELECT json_build_object('id', id, 'state', state, 'outcome', outcome, 'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM gateway.request WHERE agent_id = $1 AND id = $2;

-- :name insert_request
-- $1 id, $2 agent, $3 key, $4 hash, $5 kind, $6 conversation, $7 deadline
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, conversation_id, deadline)
VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7);

-- :name remember_agent
-- The answer to making an agent. $1 id, $2 agent, $3 key, $4 hash, $5 kind, $6 what was made
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, status, outcome, deadline)
SELECT $1, $2, $3, $4, $5, 'done', 201, v.body, clock_timestamp() FROM gateway.v_agent v WHERE v.id = $6
RETURNING outcome::text;

-- :name remember_inbox
-- As remember_agent; $7 the address people open
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, status, outcome, deadline)
SELECT $1, $2, $3, $4, $5, 'done', 201, v.body, clock_timestamp() FROM gateway.inbox($7) v WHERE v.id = $6
RETURNING outcome::text;

-- :name remember_upload
-- As remember_agent
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, status, outcome, deadline)
SELECT $1, $2, $3, $4, $5, 'done', 201, v.body, clock_timestamp() FROM gateway.v_upload v WHERE v.id = $6
RETURNING outcome::text;

-- :name remember_secret
-- As remember_agent, of a secret's inbox: the secret itself is made again from the request
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, status, outcome, deadline)
VALUES ($1, $2, $3, $4, $5, 'done', 200, jsonb_build_object('inbox_id', $6::uuid), clock_timestamp());

-- :name finish_requests
-- Outcomes of requests still pending. $1 requests, $2 state of each, $3 HTTP status, $4 message or null, $5 problem or null,
-- $6 base of attachment addresses, $7 key that signs them
UPDATE gateway.request r SET state = f.state,
  status = CASE WHEN f.state <> 'done' THEN f.status WHEN f.message_id IS NOT NULL OR r.kind = 'move' THEN 201 ELSE 200 END,
  outcome = CASE WHEN f.state <> 'done' THEN f.problem::jsonb
    WHEN r.kind = 'move' THEN
      (SELECT t.body FROM gateway.v_interaction t WHERE t.id = coalesce(
        (SELECT m.to_interaction_id FROM routing.v_move m WHERE m.message_id = f.message_id),
        (SELECT c.interaction_id FROM routing.v_conversation c WHERE c.id = r.conversation_id)))
    WHEN f.message_id IS NOT NULL THEN
      (SELECT m.body FROM gateway.message($6, $7) m WHERE m.id = f.message_id)
    ELSE (SELECT v.body::jsonb FROM gateway.v_conversation v WHERE v.id = r.conversation_id) END
FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::uuid[], $5::text[]) AS f(id, state, status, message_id, problem)
WHERE r.id = f.id AND r.state = 'pending';

-- :name read_outcomes
-- $1 requests
SELECT id, state, status, outcome::text FROM gateway.request WHERE id = ANY ($1::uuid[]) AND state <> 'pending';

-- :name read_oldest_pending
-- Where in the log the outcome of the oldest open request may stand
SELECT (SELECT min(xid) FROM gateway.request WHERE state = 'pending' AND created_at > clock_timestamp() - interval '1 hour'),
  (SELECT epoch FROM bus.epoch ORDER BY number DESC LIMIT 1);

-- :name delete_old_requests
DELETE FROM gateway.request WHERE id IN (SELECT id FROM gateway.request
  WHERE created_at < clock_timestamp() - interval '7 days' ORDER BY created_at LIMIT 1000);

-- ---- uploads ----

-- :name insert_upload
-- $1 id, $2 agent, $3 name, $4 content type, $5 size, $6 SHA-256 of the content, hex
INSERT INTO gateway.upload (id, agent_id, name, content_type, size_bytes, sha256) VALUES ($1, $2, $3, $4, $5, $6);

-- :name delete_old_uploads
DELETE FROM gateway.upload WHERE id IN (SELECT id FROM gateway.upload
  WHERE created_at < clock_timestamp() - interval '7 days' ORDER BY created_at LIMIT 1000);

-- ---- stream ----

-- :name read_log_bounds
-- What a cursor is held against
SELECT f.xid, f.id, (SELECT epoch FROM bus.epoch ORDER BY number DESC LIMIT 1) FROM bus.floor f;

-- :name read_log
-- One page of the log; payloads only of what the reader may see. $1 xid, $2 id: after them, $3 xid, $4 id: up to them,
-- $5 types, $6 all, $7 inboxes
SELECT e.xid, e.id,
  CASE WHEN e.type = ANY ($5::text[]) AND (e.inbox_id IS NULL OR $6 OR e.inbox_id = ANY ($7::uuid[])) THEN e.payload END
FROM (SELECT xid, id, type, inbox_id, payload FROM bus.event
      WHERE xid >= $1 AND (xid, id) > ($1, $2) AND xid <= $3 AND (xid, id) <= ($3, $4)
      ORDER BY xid, id LIMIT 2000) e
ORDER BY e.xid, e.id;

-- :name read_lost_conversations
-- What moves out of an agent's sight. $1 all, $2 inboxes: rights before, $3 all, $4 inboxes: rights now, $5 agent,
-- $6 conversations the agent has open
SELECT id FROM routing.v_conversation
WHERE (assignee_id = $5 AND status <> 'resolved' OR id = ANY ($6::uuid[]))
  AND ($1 OR inbox_id = ANY ($2::uuid[])) AND NOT ($3 OR inbox_id = ANY ($4::uuid[])) LIMIT 2000;

-- :name read_typing
-- Where the others are who may see it. $1 all, $2 inboxes, $3 conversation
SELECT inbox_id FROM routing.v_conversation WHERE id = $3 AND ($1 OR inbox_id = ANY ($2::uuid[]));
