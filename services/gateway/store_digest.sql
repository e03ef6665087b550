-- store_digest.sql - words and mentions, from the log: by array, so that a plan made for a small table stays a lookup by index.

-- :name index_words
-- $1 conversations, $2 messages: entries; $3 conversations, $4 customers: those, and the latest of these customers. The sort makes
-- all words before the first row is written: what is open while it is made holds up nobody. A row is named once: the log may hold a
-- message twice.
WITH conversation AS MATERIALIZED (
  SELECT c.* FROM (
    SELECT unnest($3::uuid[]) AS id
    UNION SELECT o.id FROM unnest($4::uuid[]) AS u(id)
      CROSS JOIN LATERAL (SELECT v.id FROM routing.v_conversation v WHERE v.customer_id = u.id LIMIT 1000) o) w
  CROSS JOIN LATERAL (
    SELECT v.id, v.inbox_id, v.ref, v.subject, v.tags, v.customer_id FROM routing.v_conversation v WHERE v.id = w.id LIMIT 1) c
), customer AS MATERIALIZED (
  SELECT u.id, gateway.customer_words(u.id) AS words FROM (SELECT unnest($4::uuid[]) AS id UNION SELECT customer_id FROM conversation) u
)
INSERT INTO gateway.search AS s (kind, object_id, conversation_id, inbox_id, words)
SELECT n.kind, n.id, n.conversation_id, n.inbox_id, n.words
FROM (
  SELECT 'message' AS kind, w.message_id AS id, w.conversation_id, c.inbox_id, w.n,
    strip(to_tsvector('simple', left(coalesce(i.text, o.text, ''), 20000))) AS words
  FROM (SELECT DISTINCT ON (l.message_id) l.* FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS l(conversation_id, message_id, n)
        ORDER BY l.message_id, l.n) w
  CROSS JOIN LATERAL (SELECT v.inbox_id FROM routing.v_conversation v WHERE v.id = w.conversation_id LIMIT 1) c
  LEFT JOIN LATERAL (SELECT v.text FROM channel.v_message v WHERE v.id = w.message_id LIMIT 1) i ON true
  LEFT JOIN LATERAL (SELECT v.text FROM routing.v_message v WHERE v.id = w.message_id LIMIT 1) o ON true
  UNION ALL
  SELECT 'customer', u.id, NULL, NULL, 0, u.words FROM customer u WHERE u.id = ANY ($4::uuid[])
  UNION ALL
  SELECT 'conversation', c.id, c.id, c.inbox_id, 0,
    strip(to_tsvector('simple', left(concat_ws(' ', c.ref, c.subject, array_to_string(c.tags, ' ')), 20000))) || u.words
  FROM conversation c JOIN customer u ON u.id = c.customer_id
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

-- :name read_customers_inboxes
-- $1 customers: which of them, and each inbox they have conversations in.
SELECT u.n, c.inbox_id FROM unnest($1::uuid[]) WITH ORDINALITY AS u(id, n)
CROSS JOIN LATERAL (SELECT DISTINCT v.inbox_id FROM routing.v_conversation v WHERE v.customer_id = u.id) c;

-- :name tidy_search
SELECT gateway.tidy_search();

-- :name insert_mentions
-- $1 … $7: arrays, one element a mention
INSERT INTO gateway.mention (id, agent_id, conversation_id, message_id, by_agent_id, excerpt, created_at)
SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::uuid[]), unnest($6::text[]),
  unnest($7::timestamptz[])
ON CONFLICT (message_id, agent_id) DO NOTHING;
