-- Statements of common/channel.

-- :name find_messages
-- $1 inboxes, $2 dedupe keys: those that are stored already, by their place in the arrays.
SELECT wanted.place, m.id
FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS wanted(inbox_id, dedupe_key, place)
LEFT JOIN LATERAL (
  SELECT id FROM channel.message WHERE inbox_id = wanted.inbox_id AND dedupe_key = wanted.dedupe_key LIMIT 1
) AS m ON true
WHERE m.id IS NOT NULL

-- :name insert_messages
-- $1 ids, $2 inboxes, $3 channels, $4 dedupe keys, $5 contact addresses, $6 contact names, $7 levels, $8 subjects, $9 texts,
-- $10 html, $11 Message-IDs, $12 thread ids (one a line), $13 tags, $14 To, $15 Cc, $16 automatic, $17 sent, $18 raw, $19 raw files,
-- $20 characters before the quote in each text, $21 in each html
INSERT INTO channel.message (id, inbox_id, channel, dedupe_key, contact_address, contact_name, level, subject, text, html,
  rfc_message_id, thread_ids, recipient_tag, recipients, copies, automatic, sent_at, raw, raw_file, text_quote, html_quote)
SELECT id, inbox_id, channel, dedupe_key, contact_address, contact_name, level, subject, text, html,
  rfc_message_id, string_to_array(thread_ids, E'\n'), recipient_tag, recipients::jsonb, copies::jsonb, automatic, sent_at, raw, raw_file,
  text_quote, html_quote
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::text[], $9::text[],
  $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::boolean[], $17::timestamptz[], $18::bytea[],
  $19::text[], $20::integer[], $21::integer[]) AS new(id, inbox_id, channel, dedupe_key, contact_address, contact_name, level, subject, text, html,
  rfc_message_id, thread_ids, recipient_tag, recipients, copies, automatic, sent_at, raw, raw_file, text_quote, html_quote)

-- :name insert_attachments
-- $1 ids, $2 messages, $3 inboxes, $4 positions, $5 names, $6 types, $7 content ids, $8 inline, $9 sizes, $10 hashes
INSERT INTO channel.attachment (id, message_id, inbox_id, position, name, content_type, content_id, inline, size_bytes, sha256)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::boolean[],
  $9::bigint[], $10::text[])

-- :name insert_unparsed
-- $1 ids, $2 inboxes, $3 channels, $4 dedupe keys, $5 errors, $6 raw, $7 raw files, $8 sizes. Returns what was not there yet.
INSERT INTO channel.unparsed (id, inbox_id, channel, dedupe_key, error, raw, raw_file, size_bytes)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::bigint[])
ON CONFLICT (inbox_id, dedupe_key) DO NOTHING
RETURNING id

-- :name read_lag
-- How long the oldest accepted message has waited to be handled, in microseconds; 0: none waits.
SELECT coalesce((extract(epoch FROM clock_timestamp() - occurred_at) * 1000000)::bigint, 0)
FROM channel.v_oldest_waiting RIGHT JOIN (VALUES (1)) AS one ON true

-- :name insert_outbound
-- $1 messages, $2 conversations, $3 sequences, $4 inboxes they leave by, $5 channel, $6 payloads, $7 assignees, $8 causing events,
-- $9 submitted, $10 inboxes of the conversations
INSERT INTO channel.outbound (message_id, conversation_id, sequence, inbox_id, channel, state, payload, assignee_id, causation_id,
  submitted_at, conversation_inbox_id)
SELECT message_id, conversation_id, sequence, inbox_id, $5::text, 'queued', payload, assignee_id, causation_id, submitted_at,
  conversation_inbox_id
FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $6::bytea[], $7::uuid[], $8::uuid[], $9::timestamptz[], $10::uuid[])
  AS new(message_id, conversation_id, sequence, inbox_id, payload, assignee_id, causation_id, submitted_at, conversation_inbox_id)
ON CONFLICT (message_id) DO NOTHING

-- :name find_failed
-- $1 messages, $2 conversations, $3 channel: those there are, by their place in the arrays, and whether they could not be delivered.
SELECT w.place, o.state IN ('failed', 'unknown')
FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS w(message_id, conversation_id, place)
CROSS JOIN LATERAL (
  SELECT state FROM channel.outbound
  WHERE message_id = w.message_id AND conversation_id = w.conversation_id AND channel = $3::text LIMIT 1) AS o

-- :name retry_outbound
-- $1 messages, $2 inboxes of the conversations, $3 assignees, $4 causing events: due at once, and for as long as at first.
UPDATE channel.outbound AS o
SET state = 'queued', due_at = clock_timestamp(), retried_at = clock_timestamp(), finished_at = NULL,
  conversation_inbox_id = n.conversation_inbox_id, assignee_id = n.assignee_id, causation_id = n.causation_id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) AS n(message_id, conversation_inbox_id, assignee_id, causation_id)
WHERE o.message_id = n.message_id AND o.state IN ('failed', 'unknown')

-- :name claim_outbound
-- $1 channel, $2 how many, $3 owner: leases what is due for a minute, only the head of each conversation, and notes the attempt.
-- Notices have no conversation, so none is before them.
-- A lease that ran out is due again: due_at is its end.
WITH head AS (
  SELECT o.message_id FROM channel.outbound AS o
  WHERE o.channel = $1::text AND o.state IN ('queued', 'leased') AND o.due_at <= clock_timestamp()
    AND NOT EXISTS (
      SELECT FROM channel.outbound AS elder
      WHERE elder.conversation_id = o.conversation_id AND elder.sequence < o.sequence AND elder.state IN ('queued', 'leased'))
  ORDER BY o.due_at LIMIT $2::integer FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE channel.outbound AS o
  SET state = 'leased', owner = $3::uuid, token = o.token + 1, attempts = o.attempts + 1,
    until = clock_timestamp() + interval '60 seconds', due_at = clock_timestamp() + interval '60 seconds'
  FROM head WHERE o.message_id = head.message_id
  RETURNING o.*
), attempted AS (
  INSERT INTO channel.attempt (message_id, attempt) SELECT message_id, attempts FROM claimed
)
SELECT c.message_id, c.conversation_id, c.inbox_id, c.attempts, c.token, c.submitted_at, c.payload, c.assignee_id, c.causation_id,
  i.address, i.name, c.conversation_inbox_id, coalesce(c.retried_at, c.submitted_at)
FROM claimed AS c LEFT JOIN config.v_inbox AS i ON i.id = c.inbox_id AND i.active

-- :name renew_outbound
-- $1 messages, $2 tokens: transfers that take long keep their leases.
UPDATE channel.outbound AS o
SET until = clock_timestamp() + interval '60 seconds', due_at = clock_timestamp() + interval '60 seconds'
FROM unnest($1::uuid[], $2::bigint[]) AS held(message_id, token)
WHERE o.message_id = held.message_id AND o.token = held.token AND o.state = 'leased'

-- :name finish_outbound
-- $1 messages, $2 tokens, $3 states, $4 results, $5 microseconds until the next try, $6 answers.
-- Returns those whose lease was still held, with who may see their conversation now; the rest belongs to somebody else now.
WITH ended AS (
  SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[])
    AS e(message_id, token, state, result, delay_us, answer)
), finished AS (
  UPDATE channel.outbound AS o
  SET state = e.state, owner = NULL, until = NULL, answer = e.answer,
    due_at = clock_timestamp() + e.delay_us * interval '1 microsecond',
    finished_at = CASE WHEN e.state <> 'queued' THEN clock_timestamp() END
  FROM ended AS e
  WHERE o.message_id = e.message_id AND o.token = e.token AND o.state = 'leased'
  RETURNING o.message_id, o.conversation_id, o.attempts, e.result, e.answer
), noted AS (
  UPDATE channel.attempt AS a SET ended_at = clock_timestamp(), result = f.result, answer = f.answer
  FROM finished AS f WHERE a.message_id = f.message_id AND a.attempt = f.attempts
)
SELECT f.message_id, c.inbox_id, c.assignee_id
FROM finished AS f
LEFT JOIN LATERAL (SELECT inbox_id, assignee_id FROM routing.v_conversation WHERE id = f.conversation_id LIMIT 1) AS c ON true

-- :name unused_files
-- $1 names of files older than any upload: those that no message has.
SELECT wanted.name FROM unnest($1::text[]) AS wanted(name)
WHERE NOT EXISTS (SELECT FROM channel.attachment AS a WHERE a.sha256 = wanted.name)
  AND NOT EXISTS (SELECT FROM channel.message AS m WHERE m.raw_file = wanted.name)
  AND NOT EXISTS (SELECT FROM channel.unparsed AS u WHERE u.raw_file = wanted.name)
  AND NOT EXISTS (SELECT FROM routing.v_message_attachments AS r
                  WHERE r.attachments @> jsonb_build_array(jsonb_build_object('sha256', wanted.name)))
