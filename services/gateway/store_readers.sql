-- store_readers.sql - each reader's own: marks, drafts, counts, mentions, saved views; notes on customers.
-- "all" and "inboxes" are the reader's rights.
-- "$1 all, $2 inboxes, $3 id or null, $4 reference or null" name a conversation the reader may see.

-- ---- each reader's own ----

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

-- :name list_customer_inboxes
-- Where one must be allowed to see the customer. $1 customer
SELECT DISTINCT c.inbox_id FROM routing.v_conversation c WHERE c.customer_id = $1;

-- :name insert_customer_note
-- $1 id, $2 customer, $3 author, $4 text
INSERT INTO gateway.customer_note (id, customer_id, author_id, text) VALUES ($1, $2, $3, $4);

-- :name remember_customer_note
-- As remember_agent
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, status, outcome, deadline)
SELECT $1, $2, $3, $4, $5, 'done', 201, v.body, clock_timestamp() FROM gateway.v_customer_note v WHERE v.id = $6
RETURNING outcome::text;

-- :name read_customer_note_author
-- $1 all, $2 inboxes, $3 customer, $4 note
SELECT n.author_id FROM gateway.customer_note n WHERE n.id = $4 AND n.customer_id = $3
  AND EXISTS (SELECT FROM routing.v_conversation c WHERE c.customer_id = $3 AND ($1 OR c.inbox_id = ANY ($2::uuid[])));

-- :name delete_customer_note
-- $1 note
DELETE FROM gateway.customer_note WHERE id = $1;
