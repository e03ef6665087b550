-- store_conversations.sql - conversations: lists, search, timelines and what surrounds them.
-- "all" and "inboxes" are the reader's rights.

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

-- :name read_uploads
-- $1 agent, $2 uploads
SELECT id, name, content_type, size_bytes, sha256 FROM gateway.upload WHERE agent_id = $1 AND id = ANY ($2::uuid[]);

-- :name read_customer
-- $1 all, $2 inboxes, $3 customer, $4 reader
SELECT (c.body || jsonb_build_object('cursor', (SELECT cursor FROM gateway.v_cursor)))::text, c.version
FROM gateway.customer($4, $1, $2::uuid[]) c WHERE c.id = $3;
