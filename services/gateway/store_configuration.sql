-- store_configuration.sql - canned replies, tags, preferences and the company.
-- "all" and "inboxes" are the reader's rights.

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
