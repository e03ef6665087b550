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
  WHERE s.token_hash = t.hash AND a.active AND s.until > clock_timestamp())
AND NOT EXISTS (SELECT FROM staff.token k JOIN staff.agent a ON a.id = k.agent_id
  WHERE k.hash = t.hash AND a.active AND coalesce(k.expires_at > clock_timestamp(), true));

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
-- $1 id, $2 channel, $3 name, $4 address, $5 sealed smtp_url, $6 sealed imap_url, $7 team, $8 skills
INSERT INTO config.inbox (id, channel, name, address, smtp_url_sealed, imap_url_sealed, team_id, skills)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- :name read_inbox_record
-- For a change. $1 inbox
SELECT channel, name, address, active, version, team_id, array_to_string(skills, E'\n') FROM config.inbox WHERE id = $1;

-- :name read_changed_inbox
-- $1 inbox, $2 the address people open
SELECT v.body::text FROM gateway.inbox($2) v WHERE v.id = $1;

-- :name update_inbox
-- $1 inbox, $2 name, $3 active, $4 change smtp_url, $5 sealed smtp_url, $6 change imap_url, $7 sealed imap_url, $8 team, $9 skills
UPDATE config.inbox SET name = $2, active = $3, team_id = $8, skills = $9,
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

-- :name list_present
-- $1 those after this one, $2 how many
SELECT agent_id FROM staff.presence WHERE status <> 'offline' AND agent_id > $1::uuid ORDER BY agent_id LIMIT $2::integer;

-- :name list_presence
-- $1 agents
SELECT agent_id, status, version FROM staff.presence WHERE agent_id = ANY ($1::uuid[]);

-- ---- conversations ----

-- :name list_conversations
-- $1 reader, $2 all, $3 inboxes, $4 filters, $5 how many, $6 rank, $7 time, $8 id: only what comes after them, or null
SELECT gateway.list($1, $2, $3::uuid[], $4::text::jsonb, $5, $6, $7, $8);

-- :name search_conversations
-- $1 all, $2 inboxes, $3 statuses, $4 bucket, $5 time, $6 id: only what comes after them, $7 how many, $8 reader, $9 view (all, mine,
-- unassigned), $10 reference or null, $11 pattern for ILIKE.
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
  LIMIT $7::integer + 1), $7, $8);

-- :name read_conversation
-- $1 all, $2 inboxes, $3 id or null, $4 reference or null, $5 reader
SELECT (v.body::jsonb || jsonb_build_object('cursor', (SELECT cursor FROM gateway.v_cursor)))::text, v.version
FROM gateway.conversation($5) v WHERE (v.id = $3 OR v.ref = $4) AND ($1 OR v.inbox_id = ANY ($2::uuid[]));

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
-- Which of these agents may be given this conversation? $1 agents, $2 conversation
SELECT a.id FROM staff.agent a
WHERE a.id = ANY ($1::uuid[]) AND a.active
  AND (a.all_inboxes OR EXISTS (SELECT FROM staff.agent_inbox i JOIN routing.v_conversation c ON c.inbox_id = i.inbox_id
                                WHERE i.agent_id = a.id AND c.id = $2));

-- :name find_unknown_tags
-- $1 names
SELECT n.name FROM unnest($1::text[]) AS n(name) WHERE NOT EXISTS (SELECT FROM config.tag t WHERE t.name = n.name) LIMIT 1;

-- :name read_other_inbox
-- May the conversation go there? $1 all inboxes, $2 inboxes, $3 inbox, $4 conversation
SELECT i.id FROM config.inbox i JOIN routing.v_conversation c ON c.id = $4 JOIN config.inbox h ON h.id = c.inbox_id
WHERE i.id = $3 AND i.active AND i.channel = h.channel AND ($1 OR i.id = ANY ($2::uuid[]));

-- :name read_active_team
-- $1 team
SELECT id FROM staff.team WHERE id = $1 AND active;

-- :name read_delivery
-- $1 message, $2 conversation: whose channel sends it, by its number, and whether it could not be delivered
SELECT array_position('{email,chat,social,sms,voice}'::text[], d.channel), d.state IN ('failed', 'unknown')
FROM routing.v_entry e JOIN channel.v_delivery d ON d.message_id = e.message_id
WHERE e.message_id = $1 AND e.conversation_id = $2;

-- :name read_uploads
-- $1 agent, $2 uploads
SELECT id, name, content_type, size_bytes, sha256 FROM gateway.upload WHERE agent_id = $1 AND id = ANY ($2::uuid[]);

-- :name read_customer
-- $1 all, $2 inboxes, $3 customer, $4 reader
SELECT (c.body || jsonb_build_object('cursor', (SELECT cursor FROM gateway.v_cursor)))::text, c.version
FROM gateway.customer($4, $1, $2::uuid[]) c WHERE c.id = $3;

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
-- Outcomes of requests still pending. $1 requests, $2 state of each, $3 HTTP status, $4 message or null, $5 problem or
-- answer, null: read here,
-- $6 base of attachment addresses, $7 key that signs them
UPDATE gateway.request r SET state = f.state,
  status = CASE WHEN f.body IS NOT NULL THEN f.status
    WHEN r.kind = 'move' OR f.message_id IS NOT NULL AND r.kind <> 'retry' THEN 201 ELSE 200 END,
  outcome = CASE WHEN f.body IS NOT NULL THEN f.body::jsonb
    WHEN r.kind = 'customer' THEN (SELECT c.body FROM staff.agent a
      CROSS JOIN LATERAL gateway.customer(a.id, a.all_inboxes, ARRAY(SELECT i.inbox_id FROM staff.agent_inbox i WHERE i.agent_id = a.id)) c
      WHERE a.id = r.agent_id AND c.id = r.conversation_id)
    WHEN r.kind = 'move' THEN
      (SELECT t.body FROM gateway.v_interaction t WHERE t.id = coalesce(
        (SELECT m.to_interaction_id FROM routing.v_move m WHERE m.message_id = f.message_id),
        (SELECT c.interaction_id FROM routing.v_conversation c WHERE c.id = r.conversation_id)))
    WHEN f.message_id IS NOT NULL THEN
      (SELECT m.body FROM gateway.message($6, $7) m WHERE m.id = f.message_id)
    ELSE (SELECT v.body::jsonb FROM gateway.conversation(r.agent_id) v WHERE v.id = r.conversation_id) END
FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::uuid[], $5::text[]) AS f(id, state, status, message_id, body)
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
-- One page of the log; payloads only of what the reader may see, or might have seen before it went to another inbox. $1 xid, $2 id: after them, $3 xid, $4 id: up to them,
-- $5 types, $6 all, $7 inboxes
SELECT e.xid, e.id,
  CASE WHEN e.type = ANY ($5::text[])
    AND (e.inbox_id IS NULL OR $6 OR e.inbox_id = ANY ($7::uuid[]) OR e.type = 'conversation.inbox_changed') THEN e.payload END
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

-- ---- teams ----

-- :name list_teams
-- $1 all, $2 inboxes, $3 everybody is known (administrators), $4 who asks
SELECT json_build_object('items', coalesce(json_agg(t.body ORDER BY lower(t.name), t.id), '[]'),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM gateway.team($1, $2, $3, $4) t;

-- :name read_team
-- As list_teams, $5 team
SELECT (t.body || jsonb_build_object('cursor', (SELECT cursor FROM gateway.v_cursor)))::text, t.version
FROM gateway.team($1, $2, $3, $4) t WHERE t.id = $5;

-- :name read_team_record
-- For a change. $1 team
SELECT name, description, active, version FROM staff.team WHERE id = $1;

-- :name count_unknown_agents
-- How many of these agents do not exist. $1 agents
SELECT count(*) FROM unnest($1::uuid[]) AS w(id) WHERE NOT EXISTS (SELECT FROM staff.agent a WHERE a.id = w.id);

-- :name count_unknown_teams
-- Is there no such team that may be chosen? $1 team
SELECT count(*) FROM (SELECT $1::uuid AS id) w WHERE NOT EXISTS (SELECT FROM staff.team t WHERE t.id = w.id AND t.active);

-- :name read_members
-- Whom a change of members concerns: those it names and those who are in it. $1 agents, $2 team
SELECT v.*, EXISTS (SELECT FROM staff.team_member m WHERE m.team_id = $2 AND m.agent_id = v.id)
FROM gateway.v_agent_record v
WHERE v.id = ANY ($1::uuid[]) OR v.id IN (SELECT m.agent_id FROM staff.team_member m WHERE m.team_id = $2);

-- :name insert_team
-- $1 id, $2 name, $3 description
INSERT INTO staff.team (id, name, description) VALUES ($1, $2, $3);

-- :name update_team
-- $1 team, $2 name, $3 description, $4 active
UPDATE staff.team SET name = $2, description = $3, active = $4, version = version + 1 WHERE id = $1;

-- :name replace_members
-- $1 team, $2 agents
WITH gone AS (DELETE FROM staff.team_member WHERE team_id = $1 AND agent_id <> ALL ($2::uuid[]))
INSERT INTO staff.team_member (team_id, agent_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING;

-- :name touch_agents
-- Their records changed. $1 agents
UPDATE staff.agent SET version = version + 1 WHERE id = ANY ($1::uuid[]);

-- ---- canned replies ----

-- :name list_canned_replies
-- $1 all, $2 inboxes, $3 who asks, $4 words or null, $5 inbox or null
SELECT json_build_object('items', coalesce(json_agg(l.body ORDER BY l.shortcut, l.id), '[]'),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM (SELECT r.id, r.shortcut, r.body FROM gateway.canned_reply($1, $2, $3) r
  WHERE ($4::text IS NULL OR position(lower($4) IN lower(concat_ws(E'\n', r.shortcut, r.body ->> 'title', r.body ->> 'text'))) > 0)
    AND ($5::uuid IS NULL OR ($1 OR $5 = ANY ($2::uuid[])) AND (r.inbox_ids = '{}' OR $5 = ANY (r.inbox_ids)))
  ORDER BY r.shortcut, r.id LIMIT 1000) l;

-- :name read_canned_reply
-- $1 all, $2 inboxes, $3 who asks, $4 canned reply
SELECT (r.body || jsonb_build_object('cursor', (SELECT cursor FROM gateway.v_cursor)))::text, r.version
FROM gateway.canned_reply($1, $2, $3) r WHERE r.id = $4;

-- :name read_canned_record
-- As read_canned_reply, for a change
SELECT r.owner_id, (SELECT string_agg(uuid_send(i), ''::bytea) FROM unnest(r.inbox_ids) AS u(i)), r.version, r.shortcut
FROM gateway.canned_reply($1, $2, $3) r WHERE r.id = $4;

-- :name insert_canned_reply
-- $1 id, $2 owner or null, $3 shortcut, $4 title, $5 text, $6 variants, $7 inboxes
INSERT INTO config.canned_reply (id, owner_id, shortcut, title, text, variants, inbox_ids)
VALUES ($1, $2, $3, $4, $5, coalesce($6::text::jsonb, '{}'), coalesce($7::uuid[], '{}'));

-- :name update_canned_reply
-- $1 canned reply, $2 shortcut, $3 title, $4 text, $5 variants, $6 inboxes; null: as it is
UPDATE config.canned_reply SET shortcut = coalesce($2, shortcut), title = coalesce($3, title), text = coalesce($4, text),
  variants = coalesce($5::text::jsonb, variants), inbox_ids = coalesce($6::uuid[], inbox_ids), version = version + 1
WHERE id = $1;

-- :name delete_canned_reply
-- $1 canned reply
DELETE FROM config.canned_reply WHERE id = $1;

-- ---- tags ----

-- :name list_tags
SELECT json_build_object('items', coalesce(json_agg(t.body ORDER BY t.name), '[]'), 'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM (SELECT name, body FROM gateway.v_tag ORDER BY name LIMIT 5000) t;

-- :name read_tag_record
-- $1 tag
SELECT version FROM config.tag WHERE name = $1;

-- :name insert_tag
-- $1 name, $2 description
INSERT INTO config.tag (name, description) VALUES ($1, $2);

-- :name update_tag
-- $1 tag, $2 description or null: as it is
UPDATE config.tag SET description = coalesce($2, description), version = version + 1 WHERE name = $1;

-- :name delete_tag
-- $1 tag
DELETE FROM config.tag WHERE name = $1;

-- ---- preferences and the company ----

-- :name read_preferences
-- $1 agent
SELECT (gateway.preferences($1) || jsonb_build_object('cursor', (SELECT cursor FROM gateway.v_cursor)))::text;

-- :name upsert_preferences
-- $1 agent, $2 preferences
INSERT INTO staff.preference (agent_id, body) VALUES ($1, $2::text::jsonb) ON CONFLICT (agent_id) DO UPDATE SET body = excluded.body;

-- :name read_company
SELECT (c.body || jsonb_build_object('cursor', (SELECT cursor FROM gateway.v_cursor)))::text, c.version FROM gateway.v_company c;

-- :name read_company_record
-- For a change: the version, and is there such a time zone? $1 time zone or null
SELECT version, $1::text IS NULL OR EXISTS (SELECT FROM pg_timezone_names WHERE name = $1) FROM config.company;

-- :name update_company
-- $1 name, $2 locale, $3 time zone; null: as it is
UPDATE config.company SET name = coalesce($1, name), locale = coalesce($2, locale), time_zone = coalesce($3, time_zone), version = version + 1;

-- :name read_setup
SELECT json_build_object('company', s.company, 'inbox', s.inbox, 'agent', s.agent, 'message', s.message,
  'done', s.company AND s.inbox AND s.agent AND s.message, 'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM (SELECT (SELECT name <> '' FROM config.company) AS company, EXISTS (SELECT FROM config.inbox) AS inbox,
  (SELECT count(*) > 1 FROM (SELECT FROM staff.agent LIMIT 2) a) AS agent, EXISTS (SELECT FROM channel.v_message) AS message) s;

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

-- ---- each reader's own: "$1 all, $2 inboxes, $3 id or null, $4 reference or null" name a conversation the reader may see ----

-- :name mark_read
-- $5 reader, $6 sequence
WITH conversation AS MATERIALIZED (
  SELECT id, sequence FROM routing.v_conversation WHERE (id = $3 OR ref = $4) AND ($1 OR inbox_id = ANY ($2::uuid[]))
), mark AS (
  INSERT INTO gateway.reading (agent_id, conversation_id, sequence) SELECT $5, id, least($6, sequence) FROM conversation
  ON CONFLICT (agent_id, conversation_id) DO UPDATE SET sequence = excluded.sequence WHERE gateway.reading.sequence <> excluded.sequence
), seen AS (
  UPDATE gateway.mention m SET read_at = clock_timestamp() FROM conversation c
  WHERE m.agent_id = $5 AND m.conversation_id = c.id AND m.read_at IS NULL
)
SELECT id FROM conversation;

-- :name follow
-- $5 reader
WITH conversation AS MATERIALIZED (
  SELECT id FROM routing.v_conversation WHERE (id = $3 OR ref = $4) AND ($1 OR inbox_id = ANY ($2::uuid[]))
), made AS (
  INSERT INTO gateway.follow (agent_id, conversation_id) SELECT $5, id FROM conversation ON CONFLICT DO NOTHING
)
SELECT id FROM conversation;

-- :name unfollow
-- $5 reader
WITH conversation AS MATERIALIZED (
  SELECT id FROM routing.v_conversation WHERE (id = $3 OR ref = $4) AND ($1 OR inbox_id = ANY ($2::uuid[]))
), gone AS (
  DELETE FROM gateway.follow f USING conversation c WHERE f.agent_id = $5 AND f.conversation_id = c.id
)
SELECT id FROM conversation;

-- :name read_draft
-- $5 reader
SELECT json_build_object('kind', d.kind, 'text', d.text, 'html', d.html, 'upload_ids', d.upload_ids,
  'updated_at', gateway.rfc3339(d.updated_at), 'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM routing.v_conversation c JOIN gateway.draft d ON d.agent_id = $5 AND d.conversation_id = c.id
WHERE (c.id = $3 OR c.ref = $4) AND ($1 OR c.inbox_id = ANY ($2::uuid[]));

-- :name save_draft
-- $5 reader, $6 kind, $7 text, $8 html or null, $9 uploads; false: one of them is not the reader's
WITH conversation AS MATERIALIZED (
  SELECT id, (SELECT count(*) FROM gateway.upload u WHERE u.agent_id = $5 AND u.id = ANY ($9::uuid[])) = cardinality($9::uuid[]) AS are_own
  FROM routing.v_conversation WHERE (id = $3 OR ref = $4) AND ($1 OR inbox_id = ANY ($2::uuid[]))
), kept AS (
  INSERT INTO gateway.draft (agent_id, conversation_id, kind, text, html, upload_ids)
  SELECT $5, id, $6, $7, $8, $9 FROM conversation WHERE are_own
  ON CONFLICT (agent_id, conversation_id) DO UPDATE SET kind = excluded.kind, text = excluded.text, html = excluded.html,
    upload_ids = excluded.upload_ids, updated_at = excluded.updated_at
)
SELECT are_own FROM conversation;

-- :name delete_draft
-- $5 reader
WITH conversation AS MATERIALIZED (
  SELECT id FROM routing.v_conversation WHERE (id = $3 OR ref = $4) AND ($1 OR inbox_id = ANY ($2::uuid[]))
), gone AS (
  DELETE FROM gateway.draft d USING conversation c WHERE d.agent_id = $5 AND d.conversation_id = c.id
)
SELECT id FROM conversation;

-- :name read_watched
-- Who may know that they are open. $1 all, $2 inboxes, $3 conversations
SELECT id, inbox_id FROM routing.v_conversation WHERE id = ANY ($3::uuid[]) AND ($1 OR inbox_id = ANY ($2::uuid[]));

-- :name read_counts
-- $1 reader, $2 all, $3 inboxes
SELECT gateway.counts($1, $2, $3::uuid[]);

-- :name list_mentions
-- $1 all, $2 inboxes, $3 reader, $4 time, $5 id: only what is older, $6 how many
WITH page AS MATERIALIZED (
  SELECT m.id, m.created_at, json_build_object('id', m.id, 'conversation_id', m.conversation_id, 'ref', c.ref, 'message_id', m.message_id,
      'by', json_build_object('id', m.by_agent_id, 'name', coalesce(a.name, '')), 'excerpt', m.excerpt,
      'created_at', gateway.rfc3339(m.created_at), 'read', m.read_at IS NOT NULL) AS body
  FROM gateway.mention m JOIN routing.v_conversation c ON c.id = m.conversation_id LEFT JOIN staff.agent a ON a.id = m.by_agent_id
  WHERE m.agent_id = $3 AND (m.created_at, m.id) < ($4, $5::uuid) AND ($1 OR c.inbox_id = ANY ($2::uuid[]))
  ORDER BY m.created_at DESC, m.id DESC LIMIT $6::integer + 1
), kept AS (SELECT * FROM page ORDER BY created_at DESC, id DESC LIMIT $6)
SELECT json_build_object('items', coalesce((SELECT json_agg(k.body ORDER BY k.created_at DESC, k.id DESC) FROM kept k), '[]'),
  'next', (SELECT gateway.page_key(k.created_at, k.id) FROM kept k WHERE (SELECT count(*) FROM page) > $6 ORDER BY k.created_at, k.id LIMIT 1),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text;

-- :name search
-- $1 reader, $2 all, $3 inboxes, $4 kind, $5 words, $6 reference or null, $7 how many, $8 only what is older than this number
SELECT gateway.search_page($1, $2, $3::uuid[], $4, $5, $6, $7, $8);

-- ---- saved views ----

-- :name list_views
-- $1 reader
SELECT json_build_object('items', coalesce(json_agg(v.body ORDER BY v.position, v.name, v.id), '[]'),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM gateway.v_saved_view v WHERE v.owner_id = $1 OR v.shared;

-- :name read_view_record
-- For a change. $1 reader, $2 view
SELECT v.owner_id, v.shared, v.version FROM gateway.saved_view v WHERE v.id = $2 AND (v.owner_id = $1 OR v.shared);

-- :name count_views
-- $1 owner
SELECT count(*) FROM gateway.saved_view WHERE owner_id = $1;

-- :name insert_view
-- $1 id, $2 owner, $3 name, $4 shared, $5 filters, $6 position
INSERT INTO gateway.saved_view (id, owner_id, name, shared, filters, position) VALUES ($1, $2, $3, $4, $5::text::jsonb, $6);

-- :name update_view
-- $1 view, $2 name or null, $3 shared or null, $4 filters or null, $5 position or null
UPDATE gateway.saved_view SET name = coalesce($2, name), shared = coalesce($3, shared), filters = coalesce($4::text::jsonb, filters),
  position = coalesce($5, position), version = version + 1
WHERE id = $1;

-- :name read_changed_view
-- $1 view
SELECT body::text FROM gateway.v_saved_view WHERE id = $1;

-- :name delete_view
-- $1 view
DELETE FROM gateway.saved_view WHERE id = $1;

-- :name remember_view
-- As remember_agent
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, status, outcome, deadline)
SELECT $1, $2, $3, $4, $5, 'done', 201, v.body, clock_timestamp() FROM gateway.v_saved_view v WHERE v.id = $6
RETURNING outcome::text;

-- ---- notes on customers ----

-- :name list_customer_notes
-- $1 all, $2 inboxes, $3 customer
SELECT json_build_object('items', coalesce((SELECT json_agg(n.body ORDER BY n.created_at DESC, n.id DESC) FROM (
    SELECT v.body, v.created_at, v.id FROM gateway.v_customer_note v WHERE v.customer_id = $3
    ORDER BY v.created_at DESC, v.id DESC LIMIT 100) n), '[]'),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
WHERE EXISTS (SELECT FROM routing.v_conversation c WHERE c.customer_id = $3 AND ($1 OR c.inbox_id = ANY ($2::uuid[])));

-- :name read_customer_record
-- For a change: its version, how many notes, an inbox where the reader sees it. $1 all, $2 inboxes, $3 customer
SELECT u.version, (SELECT count(*) FROM gateway.customer_note n WHERE n.customer_id = u.id), c.inbox_id
FROM identity.v_customer u CROSS JOIN LATERAL (SELECT v.inbox_id FROM routing.v_conversation v
  WHERE v.customer_id = u.id AND ($1 OR v.inbox_id = ANY ($2::uuid[])) ORDER BY v.last_activity_at DESC LIMIT 1) c
WHERE u.id = $3;

-- :name insert_customer_note
-- $1 id, $2 customer, $3 author, $4 text
INSERT INTO gateway.customer_note (id, customer_id, author_id, text) VALUES ($1, $2, $3, $4);

-- :name remember_customer_note
-- As remember_agent
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, status, outcome, deadline)
SELECT $1, $2, $3, $4, $5, 'done', 201, v.body, clock_timestamp() FROM gateway.v_customer_note v WHERE v.id = $6
RETURNING outcome::text;

-- :name delete_customer_note
-- $1 all, $2 inboxes, $3 customer, $4 note, $5 reader, $6 may delete everybody's; false: somebody else's
WITH note AS MATERIALIZED (
  SELECT n.id, $6 OR n.author_id = $5 AS may FROM gateway.customer_note n WHERE n.id = $4 AND n.customer_id = $3
    AND EXISTS (SELECT FROM routing.v_conversation c WHERE c.customer_id = $3 AND ($1 OR c.inbox_id = ANY ($2::uuid[])))
), gone AS (DELETE FROM gateway.customer_note n USING note WHERE n.id = note.id AND note.may)
SELECT may FROM note;

-- ---- what customers sent ----

-- :name read_message_html
-- $1 all, $2 inboxes, $3 id or null, $4 reference or null, $5 message, $6 base of attachment addresses, $7 key that signs them
SELECT json_build_object('html', m.html,
  'inline', coalesce((SELECT json_object_agg(f.content_id, gateway.attachment_url($6, $7, f.sha256, f.name, f.content_type))
                      FROM (SELECT DISTINCT ON (a.content_id) a.* FROM channel.v_attachment a
                            WHERE a.message_id = m.id AND a.content_id IS NOT NULL ORDER BY a.content_id, a.position) f), '{}'),
  'image_proxy', gateway.image_proxy($6, $7, m.id, m.html) ->> 'image_proxy',
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM routing.v_conversation c
JOIN routing.v_entry e ON e.conversation_id = c.id AND e.message_id = $5
JOIN channel.v_message m ON m.id = e.message_id
WHERE (c.id = $3 OR c.ref = $4) AND ($1 OR c.inbox_id = ANY ($2::uuid[])) AND m.html IS NOT NULL;

-- :name read_image
-- $1 message, $2 SHA-256 of the address
SELECT m.html, i.sha256, i.content_type FROM channel.v_message m LEFT JOIN gateway.image i ON i.url_hash = $2 WHERE m.id = $1;

-- :name keep_image
-- $1 SHA-256 of the address, $2 SHA-256 of the content, hex, $3 type
INSERT INTO gateway.image (url_hash, sha256, content_type) VALUES ($1, $2, $3)
ON CONFLICT (url_hash) DO UPDATE SET sha256 = excluded.sha256, content_type = excluded.content_type, fetched_at = clock_timestamp();

-- :name forget_images
DELETE FROM gateway.image WHERE url_hash IN (SELECT url_hash FROM gateway.image
  WHERE fetched_at < clock_timestamp() - interval '7 days' ORDER BY fetched_at LIMIT 1000);

-- ---- words and mentions, from the log: by array, so that a plan made for a small table stays a lookup by index ----

-- :name index_words
-- $1 conversations, $2 messages: entries; $3 conversations, $4 customers: those, and the latest of these customers. The sort makes
-- all words before the first row is written: what is open while it is made holds up nobody.
INSERT INTO gateway.search AS s (kind, object_id, conversation_id, inbox_id, words)
SELECT n.kind, n.id, n.conversation_id, n.inbox_id, n.words
FROM (
  SELECT 'message' AS kind, w.message_id AS id, w.conversation_id, c.inbox_id, w.n,
    strip(to_tsvector('simple', left(coalesce(i.text, o.text, ''), 20000))) AS words
  FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS w(conversation_id, message_id, n)
  CROSS JOIN LATERAL (SELECT v.inbox_id FROM routing.v_conversation v WHERE v.id = w.conversation_id LIMIT 1) c
  LEFT JOIN LATERAL (SELECT v.text FROM channel.v_message v WHERE v.id = w.message_id LIMIT 1) i ON true
  LEFT JOIN LATERAL (SELECT v.text FROM routing.v_message v WHERE v.id = w.message_id LIMIT 1) o ON true
  UNION ALL
  SELECT 'customer', w.id, NULL, NULL, 0, gateway.customer_words(w.id) FROM (SELECT DISTINCT unnest($4::uuid[]) AS id) w
  UNION ALL
  SELECT 'conversation', c.id, c.id, c.inbox_id, 0,
    strip(to_tsvector('simple', left(concat_ws(' ', c.ref, c.subject, array_to_string(c.tags, ' ')), 20000)))
      || gateway.customer_words(c.customer_id)
  FROM (SELECT unnest($3::uuid[]) AS id
        UNION SELECT o.id FROM unnest($4::uuid[]) AS u(id)
          CROSS JOIN LATERAL (SELECT v.id FROM routing.v_conversation v WHERE v.customer_id = u.id LIMIT 1000) o) w
  CROSS JOIN LATERAL (
    SELECT v.id, v.inbox_id, v.ref, v.subject, v.tags, v.customer_id FROM routing.v_conversation v WHERE v.id = w.id LIMIT 1) c
) n
ORDER BY n.n
ON CONFLICT (kind, object_id) DO UPDATE SET inbox_id = excluded.inbox_id, words = excluded.words
WHERE s.kind <> 'message' AND (s.inbox_id <> excluded.inbox_id OR s.words <> excluded.words);

-- :name move_lines
-- $1 conversations
UPDATE gateway.search s SET inbox_id = e.inbox_id
FROM (SELECT n.message_id, c.inbox_id FROM unnest($1::uuid[]) AS w(id)
      CROSS JOIN LATERAL (SELECT v.inbox_id FROM routing.v_conversation v WHERE v.id = w.id LIMIT 1) c
      CROSS JOIN LATERAL (SELECT v.message_id FROM routing.v_entry v WHERE v.conversation_id = w.id ORDER BY v.sequence DESC LIMIT 10000) n) e
WHERE s.kind = 'message' AND s.object_id = e.message_id AND s.inbox_id <> e.inbox_id;

-- :name tidy_search
SELECT gateway.tidy_search();

-- :name insert_mentions
-- $1 … $7: arrays, one element a mention
INSERT INTO gateway.mention (id, agent_id, conversation_id, message_id, by_agent_id, excerpt, created_at)
SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::uuid[]), unnest($6::text[]),
  unnest($7::timestamptz[])
ON CONFLICT (message_id, agent_id) DO NOTHING;

-- ---- what operators see ----

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
