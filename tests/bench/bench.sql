-- Statements of the pipeline benchmark, run as hilo_email.

-- :name insert_messages
-- The raw limit, first half: message rows by array. $1 ids, $2 inbox, $3 addresses, $4 texts
INSERT INTO channel.message (id, inbox_id, channel, dedupe_key, contact_address, level, subject, text, rfc_message_id, raw)
SELECT i, $2::uuid, 'email', i::text, a, 1, 'Raw limit', t, i::text, convert_to(t, 'UTF8')
FROM unnest($1::uuid[], $3::text[], $4::text[]) AS u(i, a, t)

-- :name insert_events
-- The raw limit, second half: event rows of a type nobody reads. $1 ids, $2 inbox, $3 keys, $4 payloads
INSERT INTO bus.event (key_hash, type, inbox_id, key, occurred_at, payload)
SELECT 0, 'bench.raw', $2::uuid, k, clock_timestamp(), p
FROM unnest($1::uuid[], $3::text[], $4::bytea[]) AS u(i, k, p)
