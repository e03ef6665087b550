-- Statements of services/chat.

-- front

-- :name list_inboxes
-- Every chat inbox, the part of its settings that visitors get, and whether it is open now.
SELECT inbox_id, public_id, name, array_to_string(origins, E'\n'), secret_sealed, mail_inbox_id,
  (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(settings)
   WHERE key IN ('greeting', 'title', 'accent', 'prechat', 'position', 'attachments'))::text,
  coalesce(settings -> 'attachments' <> 'false', true), active, config.is_open(settings, now.at),
  CASE WHEN NOT config.is_open(settings, now.at) THEN chat.opens_at(settings, now.at) END
FROM config.v_chat, (SELECT clock_timestamp() AS at) AS now

-- :name read_tested
-- $1 inbox: what a test of it looks at.
SELECT c.name, c.active, c.secret_sealed, array_to_string(c.origins, ' '), c.mail_inbox_id IS NOT NULL, m.address, m.active
FROM config.v_chat AS c LEFT JOIN config.v_inbox AS m ON m.id = c.mail_inbox_id WHERE c.inbox_id = $1::uuid

-- :name list_reply_times
-- How long the first answer took, in seconds: the median of each inbox's last 20 answered chats among the newest 2,000 conversations.
SELECT inbox_id, (percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds))::integer
FROM (
  SELECT chat.inbox_id, extract(epoch FROM answer.created_at - question.created_at) AS seconds,
    row_number() OVER (PARTITION BY chat.inbox_id ORDER BY chat.started_at DESC) AS place
  FROM (SELECT id FROM routing.v_conversation ORDER BY activity_bucket DESC LIMIT 2000) AS recent
  CROSS JOIN LATERAL (
    SELECT id, inbox_id, started_at FROM routing.v_interaction WHERE conversation_id = recent.id AND channel = 'chat'
    ORDER BY started_at LIMIT 1) AS chat
  CROSS JOIN LATERAL (
    SELECT sequence, created_at FROM routing.v_entry
    WHERE conversation_id = recent.id AND interaction_id = chat.id AND direction = 'in' ORDER BY sequence LIMIT 1) AS question
  CROSS JOIN LATERAL (
    SELECT created_at FROM routing.v_entry
    WHERE conversation_id = recent.id AND sequence > question.sequence AND kind = 'message' AND direction = 'out'
    ORDER BY sequence LIMIT 1) AS answer) AS answered
WHERE place <= 20
GROUP BY inbox_id

-- :name find_visitor
-- $1 hash of a token: whose it is, and whether its use has to be noted again.
SELECT v.id, v.inbox_id, v.address, v.name, v.email, v.locale, v.email_level,
  t.used_at < clock_timestamp() - interval '1 hour'
FROM chat.token AS t JOIN chat.visitor AS v ON v.id = t.visitor_id
WHERE t.hash = $1::bytea AND t.used_at > clock_timestamp() - interval '30 days'

-- :name touch_token
-- $1 hash: it is in use.
UPDATE chat.token SET used_at = clock_timestamp() WHERE hash = $1::bytea

-- :name insert_visitor
-- $1 id, $2 inbox, $3 address, $4 locale, $5 hash of a token: a browser nobody knows yet.
WITH made AS (
  INSERT INTO chat.visitor (id, inbox_id, address, locale) VALUES ($1::uuid, $2::uuid, $3::text, $4::text) RETURNING id)
INSERT INTO chat.token (hash, visitor_id) SELECT $5::bytea, id FROM made

-- :name has_written
-- $1 address: has this visitor written anything?
SELECT EXISTS (SELECT FROM channel.message WHERE channel = 'chat' AND contact_address = $1::text)

-- :name sign_in
-- $1 id if new, $2 inbox, $3 address, $4 name or NULL, $5 email or NULL, $6 its level, $7 locale, $8 hash of a new token
-- or NULL: somebody a shop vouches for.
WITH known AS (
  INSERT INTO chat.visitor AS v (id, inbox_id, address, name, email, email_level, locale)
  VALUES ($1::uuid, $2::uuid, $3::text, coalesce($4::text, ''), coalesce($5::text, ''),
    CASE WHEN $5::text IS NULL THEN 0 ELSE $6::smallint END, $7::text)
  ON CONFLICT (address) DO UPDATE SET
    name = coalesce($4::text, v.name),
    email = coalesce($5::text, v.email),
    email_level = CASE WHEN $5::text IS NULL THEN v.email_level
                       WHEN $5::text = v.email THEN greatest($6::smallint, v.email_level) ELSE $6::smallint END,
    locale = CASE WHEN $7::text = '' THEN v.locale ELSE $7::text END
  RETURNING id, inbox_id, address, name, email, locale, email_level),
token AS (INSERT INTO chat.token (hash, visitor_id) SELECT $8::bytea, id FROM known WHERE $8::bytea IS NOT NULL)
SELECT id, inbox_id, address, name, email, locale, email_level FROM known

-- :name leave_browser
-- $1 visitor whose browser signs in as somebody else, $2 that somebody's address, $3 hash of the token: what was uploaded goes along.
WITH uploads AS (
  UPDATE chat.upload SET visitor_id = (SELECT id FROM chat.visitor WHERE address = $2::text) WHERE visitor_id = $1::uuid AND $3::bytea IS NULL)
DELETE FROM chat.token WHERE visitor_id = $1::uuid AND ($3::bytea IS NULL OR hash = $3::bytea)

-- :name delete_token
-- $1 hash: it is given back.
DELETE FROM chat.token WHERE hash = $1::bytea

-- :name update_visitor
-- $1 visitor, $2 name, $3 email, $4 locale, each NULL for as it is: a claim. An address that changes takes its links with it.
WITH links AS (
  DELETE FROM chat.confirmation WHERE visitor_id = $1::uuid AND $3::text IS NOT NULL AND email <> $3::text)
UPDATE chat.visitor SET
  name = coalesce($2::text, name),
  email = coalesce($3::text, email),
  email_level = CASE WHEN $3::text IS NULL OR $3::text = email THEN email_level WHEN $3::text = '' THEN 0 ELSE 1 END,
  locale = coalesce($4::text, locale)
WHERE id = $1::uuid
RETURNING id, inbox_id, address, name, email, locale, email_level

-- :name insert_confirmation
-- $1 hash, $2 visitor, $3 email: a link goes to it.
INSERT INTO chat.confirmation (hash, visitor_id, email) VALUES ($1::bytea, $2::uuid, $3::text)

-- :name find_confirmation
-- $1 hash: whose link it is, while it may be used; an address given since makes it void.
SELECT v.id, v.inbox_id, v.address, v.name, v.email, v.locale, v.email_level
FROM chat.confirmation AS c JOIN chat.visitor AS v ON v.id = c.visitor_id AND v.email = c.email
WHERE c.hash = $1::bytea AND c.created_at > clock_timestamp() - interval '24 hours'

-- :name use_confirmation
-- $1 hash: the address is the visitor's.
WITH used AS (
  DELETE FROM chat.confirmation WHERE hash = $1::bytea AND created_at > clock_timestamp() - interval '24 hours'
  RETURNING visitor_id, email)
UPDATE chat.visitor AS v SET email_level = 3
FROM used WHERE v.id = used.visitor_id AND v.email = used.email
RETURNING v.id

-- :name insert_upload
-- $1 id, $2 visitor, $3 name, $4 type, $5 size, $6 hash: at most five wait for their message.
INSERT INTO chat.upload (id, visitor_id, name, content_type, size_bytes, sha256)
SELECT $1::uuid, $2::uuid, $3::text, $4::text, $5::bigint, $6::text
WHERE (SELECT count(*) FROM chat.upload
       WHERE visitor_id = $2::uuid AND taken_at IS NULL AND created_at > clock_timestamp() - interval '24 hours') < 5
RETURNING id

-- :name take_upload
-- $1 upload, $2 visitor: a message takes it, or takes it again because it is sent again.
UPDATE chat.upload SET taken_at = coalesce(taken_at, clock_timestamp())
WHERE id = $1::uuid AND visitor_id = $2::uuid AND created_at > clock_timestamp() - interval '24 hours'
RETURNING name, content_type, size_bytes, sha256

-- :name find_file
-- $1 file, $2 visitor: a file of theirs, or of a message they may read.
SELECT name, content_type, sha256 FROM chat.upload
WHERE id = $1::uuid AND visitor_id = $2::uuid AND created_at > clock_timestamp() - interval '24 hours'
UNION ALL
SELECT a.name, a.content_type, a.sha256
FROM channel.attachment AS a JOIN routing.v_entry AS e ON e.message_id = a.message_id
WHERE a.id = $1::uuid AND e.kind = 'message' AND chat.may_read($2::uuid, e.conversation_id, e.interaction_id)
UNION ALL
SELECT file ->> 'name', file ->> 'content_type', file ->> 'sha256'
FROM routing.v_message AS m JOIN routing.v_entry AS e ON e.message_id = m.id,
  LATERAL jsonb_array_elements(m.attachments) AS file
WHERE m.attachments <> '[]' AND m.attachments @> jsonb_build_array(jsonb_build_object('id', $1::uuid::text))
  AND file ->> 'id' = $1::uuid::text AND e.kind = 'message' AND chat.may_read($2::uuid, e.conversation_id, e.interaction_id)
LIMIT 1

-- :name list_transcript
-- $1 conversation, $2 visitor: its last 500 lines, in order.
SELECT ref, direction, author, text, files, created_at FROM (
  SELECT c.ref, e.sequence, e.direction, e.created_at,
    CASE WHEN e.direction = 'in' THEN i.contact_name ELSE o.author_name END AS author,
    CASE WHEN e.direction = 'in' THEN i.text ELSE o.text END AS text,
    CASE WHEN e.direction = 'in'
      THEN (SELECT string_agg(a.name, E'\n' ORDER BY a.position) FROM channel.attachment AS a WHERE a.message_id = e.message_id)
      ELSE (SELECT string_agg(file ->> 'name', E'\n') FROM jsonb_array_elements(o.attachments) AS file) END AS files
  FROM routing.v_conversation AS c
  JOIN routing.v_entry AS e ON e.conversation_id = c.id AND e.kind = 'message'
  LEFT JOIN channel.message AS i ON i.id = e.message_id
  LEFT JOIN routing.v_message AS o ON o.id = e.message_id
  WHERE c.id = $1::uuid AND chat.may_read($2::uuid, c.id, e.interaction_id)
  ORDER BY e.sequence DESC LIMIT 500) AS line
ORDER BY sequence

-- :name sweep_tokens
-- Those that have ended.
DELETE FROM chat.token WHERE hash IN (SELECT hash FROM chat.token WHERE used_at < clock_timestamp() - interval '30 days' LIMIT 5000)

-- :name sweep_visitors
-- Browsers that cannot come back; who signs in stays.
DELETE FROM chat.visitor WHERE id IN (
  SELECT id FROM chat.visitor AS v
  WHERE address LIKE 'v:%' AND created_at < clock_timestamp() - interval '30 days'
    AND NOT EXISTS (SELECT FROM chat.token WHERE visitor_id = v.id)
  LIMIT 5000)

-- :name sweep_confirmations
-- Links that have ended.
DELETE FROM chat.confirmation WHERE created_at < clock_timestamp() - interval '24 hours'

-- :name sweep_uploads
-- Files that nobody sent, and those whose messages have them now.
DELETE FROM chat.upload WHERE id IN (SELECT id FROM chat.upload WHERE created_at < clock_timestamp() - interval '24 hours' LIMIT 5000)

-- live


-- :name find_conversations
-- $1 inboxes, $2 their mail inboxes (NULL: none), $3 chat addresses, $4 confirmed mail addresses (NULL: none), $5 whether they
-- may see all of their customer's: what each visitor is shown, by its place in the arrays. A browser is shown the latest
-- conversation its own contact point took part in, and nothing else.
SELECT w.place, p.id, coalesce(p.customer_id, m.customer_id), c.id, c.ref, c.status, c.inbox_id, c.customer_id, c.sequence, c.assignee_id,
  c.queued_at, coalesce((SELECT s.sequence FROM chat.seen AS s WHERE s.conversation_id = c.id), 0),
  CASE WHEN c.queued_at IS NOT NULL THEN 1 + (
    SELECT count(*) FROM routing.v_conversation AS q
    WHERE q.inbox_id = c.inbox_id AND q.team_id IS NOT DISTINCT FROM c.team_id AND q.channel = c.channel AND q.queued_at IS NOT NULL
      AND (-q.priority, q.queued_at, q.id) < (-c.priority, c.queued_at, c.id)) END
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::boolean[]) WITH ORDINALITY
  AS w(inbox_id, mail_inbox_id, address, email, sees_all, place)
LEFT JOIN LATERAL (
  SELECT id, customer_id FROM identity.v_contact_point WHERE channel = 'chat' AND address = w.address LIMIT 1
) AS p ON true
LEFT JOIN LATERAL (
  SELECT customer_id FROM identity.v_contact_point
  WHERE p.id IS NULL AND w.sees_all AND channel = 'email' AND address = w.email LIMIT 1
) AS m ON true
LEFT JOIN LATERAL (
  (SELECT c.* FROM routing.v_interaction AS i JOIN routing.v_conversation AS c ON c.id = i.conversation_id
   WHERE NOT w.sees_all AND i.contact_point_id = p.id ORDER BY i.started_at DESC, i.id DESC LIMIT 1)
  UNION ALL
  (SELECT c.* FROM routing.v_conversation AS c
   WHERE w.sees_all AND c.customer_id = coalesce(p.customer_id, m.customer_id) AND c.inbox_id IN (w.inbox_id, w.mail_inbox_id)
     AND (c.status <> 'resolved' OR c.resolved_at > clock_timestamp() - interval '24 hours')
   ORDER BY c.last_activity_at DESC, c.id DESC LIMIT 1)
) AS c ON true

-- :name read_conversations
-- $1 conversations: where they stand.
SELECT c.id, c.ref, c.status, c.inbox_id, c.customer_id, c.sequence, c.assignee_id, c.queued_at,
  coalesce((SELECT s.sequence FROM chat.seen AS s WHERE s.conversation_id = c.id), 0)
FROM unnest($1::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT * FROM routing.v_conversation WHERE id = w.id LIMIT 1) AS c

-- :name read_entries
-- $1 conversations, $2 sequences, $3 how many: the next ones after these, as visitors get them (notes have no body, mails of any
-- length are cut), each with the contact points whose interaction it belongs to: a browser is shown its own.
SELECT w.conversation_id, e.sequence, e.contact_point_id, e.other_point_id, e.body
FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS w(conversation_id, after, place)
CROSS JOIN LATERAL (
  SELECT e.sequence, t.contact_point_id, f.contact_point_id AS other_point_id,
    CASE WHEN e.kind <> 'note' THEN json_build_object('sequence', e.sequence, 'id', e.message_id,
      'client_id', CASE WHEN i.channel = 'chat' THEN split_part(i.dedupe_key, ':', 2) END,
      'kind', CASE WHEN v.message_id IS NOT NULL THEN 'move' WHEN e.kind = 'message' THEN 'message' ELSE 'system' END,
      'direction', e.direction, 'channel', coalesce(i.channel, t.channel),
      'author', CASE WHEN i.id IS NOT NULL THEN json_build_object('type', 'customer', 'name', i.contact_name)
        ELSE json_build_object('type', coalesce(o.author_type, 'system'), 'name', coalesce(o.author_name, '')) END,
      'text', left(coalesce(i.text, o.text, ''), 20000),
      'attachments', CASE WHEN i.id IS NOT NULL
        THEN coalesce((SELECT json_agg(json_build_object('id', a.id, 'name', a.name, 'content_type', a.content_type, 'size', a.size_bytes,
                         'url', '/chat/v1/files/' || a.id) ORDER BY a.position)
                       FROM channel.attachment AS a WHERE a.message_id = i.id), '[]')
        ELSE coalesce((SELECT json_agg(json_build_object('id', a ->> 'id', 'name', a ->> 'name', 'content_type', a ->> 'content_type',
                         'size', a -> 'size_bytes', 'url', '/chat/v1/files/' || (a ->> 'id')) ORDER BY n)
                       FROM jsonb_array_elements(o.attachments) WITH ORDINALITY AS x(a, n)), '[]') END,
      'move', CASE WHEN v.message_id IS NOT NULL
        THEN json_build_object('from', v.from_channel, 'to', v.to_channel, 'reason', v.reason) END,
      'created_at', to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text END AS body
  FROM routing.v_entry AS e
  LEFT JOIN routing.v_interaction AS t ON t.id = e.interaction_id
  LEFT JOIN channel.message AS i ON i.id = e.message_id
  LEFT JOIN routing.v_message AS o ON o.id = e.message_id
  LEFT JOIN routing.v_move AS v ON v.message_id = e.message_id
  LEFT JOIN routing.v_interaction AS f ON f.id = v.from_interaction_id
  WHERE e.conversation_id = w.conversation_id AND e.sequence > w.after
  ORDER BY e.sequence LIMIT $3::integer
) AS e
ORDER BY w.place, e.sequence

-- :name read_positions
-- $1 inboxes, $2 conversations: how many wait before each of these for the same agents, and itself.
SELECT q.id, q.position FROM (
  SELECT c.id, row_number() OVER (PARTITION BY c.inbox_id, c.team_id, c.channel ORDER BY c.priority DESC, c.queued_at, c.id) AS position
  FROM unnest($1::uuid[]) AS w(inbox_id)
  JOIN routing.v_conversation AS c ON c.inbox_id = w.inbox_id AND c.queued_at IS NOT NULL
) AS q WHERE q.id = ANY ($2::uuid[])

-- :name list_agent_names
SELECT id, name FROM staff.v_agent

-- :name read_reports
-- $1 conversations, under their locks: whether their visitor was told of as present, and the last mark of what was seen.
SELECT w.place, EXISTS (SELECT FROM chat.present AS p WHERE p.conversation_id = w.id),
  coalesce((SELECT s.sequence FROM chat.seen AS s WHERE s.conversation_id = w.id), 0)
FROM unnest($1::uuid[]) WITH ORDINALITY AS w(id, place)

-- :name insert_present
-- $1 conversations, $2 their inboxes
INSERT INTO chat.present (conversation_id, inbox_id) SELECT * FROM unnest($1::uuid[], $2::uuid[])

-- :name upsert_seen
-- $1 conversations, $2 sequences
INSERT INTO chat.seen AS s (conversation_id, sequence) SELECT * FROM unnest($1::uuid[], $2::bigint[])
ON CONFLICT (conversation_id) DO UPDATE SET sequence = greatest(s.sequence, excluded.sequence), seen_at = clock_timestamp()

-- :name list_present
-- $1 those after this one, $2 how many
SELECT conversation_id FROM chat.present WHERE conversation_id > $1::uuid ORDER BY conversation_id LIMIT $2::integer

-- :name delete_present
-- $1 conversations that nobody looks at any more: those that were still there.
DELETE FROM chat.present WHERE conversation_id = ANY ($1::uuid[]) RETURNING conversation_id, inbox_id
