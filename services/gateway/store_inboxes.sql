-- store_inboxes.sql - inboxes, and what makes one a chat.
-- "all" and "inboxes" are the reader's rights.

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
