-- What surrounds the work: teams, skills, canned replies, tags, preferences, the company, API tokens, and the audit log.

ALTER TABLE staff.agent
  ADD COLUMN skills text[] NOT NULL DEFAULT '{}',
  ADD COLUMN channel_capacity jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(channel_capacity) = 'object');
COMMENT ON COLUMN staff.agent.skills IS 'What the agent can do: lower case, sorted';
COMMENT ON COLUMN staff.agent.channel_capacity IS 'Conversations at a time on a channel, by its name; a missing one has no limit of its own';
ALTER TABLE config.inbox ADD COLUMN skills text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN config.inbox.skills IS 'What an agent must be able to do to be given its conversations: lower case, sorted';

CREATE TABLE staff.team (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  description text NOT NULL DEFAULT '',
  active boolean NOT NULL DEFAULT true,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX team_name_key ON staff.team (lower(name));
COMMENT ON TABLE staff.team IS 'Groups of agents that conversations are queued for';
COMMENT ON COLUMN staff.team.id IS 'Identifier';
COMMENT ON COLUMN staff.team.name IS 'Shown to agents; no two alike';
COMMENT ON COLUMN staff.team.description IS 'What it is for';
COMMENT ON COLUMN staff.team.active IS 'May be chosen; false: kept for what was done';
COMMENT ON COLUMN staff.team.version IS 'Rises with every change';
COMMENT ON COLUMN staff.team.created_at IS 'When it was made';

CREATE TABLE staff.team_member (
  team_id uuid NOT NULL REFERENCES staff.team ON DELETE CASCADE,
  agent_id uuid NOT NULL REFERENCES staff.agent ON DELETE CASCADE,
  PRIMARY KEY (team_id, agent_id)
);
CREATE INDEX team_member_agent ON staff.team_member (agent_id);
COMMENT ON TABLE staff.team_member IS 'Who is in which team';
COMMENT ON COLUMN staff.team_member.team_id IS 'The team';
COMMENT ON COLUMN staff.team_member.agent_id IS 'The agent';

CREATE TABLE staff.preference (
  agent_id uuid PRIMARY KEY REFERENCES staff.agent ON DELETE CASCADE,
  body jsonb NOT NULL
);
COMMENT ON TABLE staff.preference IS 'How each agent likes the console';
COMMENT ON COLUMN staff.preference.agent_id IS 'Whose';
COMMENT ON COLUMN staff.preference.body IS 'What differs from the defaults: see Preferences in the API';

CREATE TABLE staff.token (
  id uuid PRIMARY KEY,
  hash bytea NOT NULL UNIQUE,
  agent_id uuid NOT NULL REFERENCES staff.agent ON DELETE CASCADE,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  scope text NOT NULL CHECK (scope IN ('read', 'write')),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz,
  used_at timestamptz
);
CREATE INDEX token_agent ON staff.token (agent_id);
COMMENT ON TABLE staff.token IS 'API tokens: programs that act as an agent';
COMMENT ON COLUMN staff.token.id IS 'Identifier';
COMMENT ON COLUMN staff.token.hash IS 'SHA-256 of the token';
COMMENT ON COLUMN staff.token.agent_id IS 'As whom it acts';
COMMENT ON COLUMN staff.token.name IS 'What it is for';
COMMENT ON COLUMN staff.token.scope IS 'read: GET only; write: whatever the agent may';
COMMENT ON COLUMN staff.token.created_at IS 'When it was made';
COMMENT ON COLUMN staff.token.expires_at IS 'Refused from then on; NULL: never';
COMMENT ON COLUMN staff.token.used_at IS 'Last use, to the minute';

CREATE TABLE config.canned_reply (
  id uuid PRIMARY KEY,
  owner_id uuid REFERENCES staff.agent ON DELETE CASCADE,
  shortcut text NOT NULL CHECK (shortcut ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  title text NOT NULL,
  text text NOT NULL,
  variants jsonb NOT NULL DEFAULT '{}',
  inbox_ids uuid[] NOT NULL DEFAULT '{}',
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX canned_reply_shared_key ON config.canned_reply (shortcut) WHERE owner_id IS NULL;
CREATE UNIQUE INDEX canned_reply_personal_key ON config.canned_reply (owner_id, shortcut) WHERE owner_id IS NOT NULL;
COMMENT ON TABLE config.canned_reply IS 'Texts that are used again and again';
COMMENT ON COLUMN config.canned_reply.id IS 'Identifier';
COMMENT ON COLUMN config.canned_reply.owner_id IS 'Whose own it is; NULL: shared';
COMMENT ON COLUMN config.canned_reply.shortcut IS 'What an agent types to find it';
COMMENT ON COLUMN config.canned_reply.title IS 'Shown in lists';
COMMENT ON COLUMN config.canned_reply.text IS 'The text, with placeholders';
COMMENT ON COLUMN config.canned_reply.variants IS 'Other texts for single channels, by the channel''s name';
COMMENT ON COLUMN config.canned_reply.inbox_ids IS 'Inboxes a shared one is for; empty: all';
COMMENT ON COLUMN config.canned_reply.version IS 'Rises with every change';
COMMENT ON COLUMN config.canned_reply.created_at IS 'When it was made';

CREATE TABLE config.tag (
  name text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 40),
  description text NOT NULL DEFAULT '',
  version bigint NOT NULL DEFAULT 1
);
COMMENT ON TABLE config.tag IS 'Words conversations are sorted by; conversations hold the names';
COMMENT ON COLUMN config.tag.name IS 'The word, lower case';
COMMENT ON COLUMN config.tag.description IS 'When to use it';
COMMENT ON COLUMN config.tag.version IS 'Rises with every change';

CREATE TABLE config.company (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  name text NOT NULL DEFAULT '' CHECK (length(name) <= 200),
  locale text NOT NULL DEFAULT 'en' CHECK (locale IN ('en', 'es')),
  time_zone text NOT NULL DEFAULT 'UTC',
  version bigint NOT NULL DEFAULT 1
);
INSERT INTO config.company DEFAULT VALUES;
COMMENT ON TABLE config.company IS 'Whose installation it is: one row';
COMMENT ON COLUMN config.company.id IS 'Always true';
COMMENT ON COLUMN config.company.name IS 'Its name; empty: not set yet';
COMMENT ON COLUMN config.company.locale IS 'Language of those who chose none';
COMMENT ON COLUMN config.company.time_zone IS 'IANA name';
COMMENT ON COLUMN config.company.version IS 'Rises with every change';

CREATE TABLE gateway.audit (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor_id uuid,
  action text NOT NULL,
  object_type text NOT NULL,
  object_id text,
  object_name text NOT NULL DEFAULT '',
  changes jsonb NOT NULL DEFAULT '{}',
  peer text NOT NULL DEFAULT ''
);
CREATE INDEX audit_at ON gateway.audit (at, id);
CREATE INDEX audit_actor ON gateway.audit (actor_id, at, id);
COMMENT ON TABLE gateway.audit IS 'Who configured what, and who signed in or failed to';
COMMENT ON COLUMN gateway.audit.id IS 'Identifier';
COMMENT ON COLUMN gateway.audit.at IS 'When';
COMMENT ON COLUMN gateway.audit.actor_id IS 'The agent who did it; NULL: nobody signed in';
COMMENT ON COLUMN gateway.audit.action IS '"inbox.created": the object''s type and what became of it';
COMMENT ON COLUMN gateway.audit.object_type IS 'The part of the action before the dot';
COMMENT ON COLUMN gateway.audit.object_id IS 'What it was done to';
COMMENT ON COLUMN gateway.audit.object_name IS 'What that was called then';
COMMENT ON COLUMN gateway.audit.changes IS 'Field -> [before, after]; of secrets only that they changed';
COMMENT ON COLUMN gateway.audit.peer IS 'Address it came from';

-- published views
CREATE OR REPLACE VIEW config.v_inbox AS SELECT id, channel, name, address, team_id, active, version, skills FROM config.inbox;
CREATE OR REPLACE VIEW staff.v_agent AS
  SELECT id, name, email, role, all_inboxes, capacity, active, version, skills, channel_capacity FROM staff.agent;
CREATE VIEW staff.v_team AS SELECT id, name, active, version FROM staff.team;
COMMENT ON VIEW staff.v_team IS 'Teams';
CREATE VIEW staff.v_team_member AS SELECT team_id, agent_id FROM staff.team_member;
COMMENT ON VIEW staff.v_team_member IS 'Who is in which team';

-- what the API shows
CREATE OR REPLACE FUNCTION gateway.inbox(base text) RETURNS TABLE (id uuid, body jsonb) LANGUAGE sql STABLE AS $$
  SELECT i.id,
    jsonb_build_object('id', i.id, 'channel', i.channel, 'name', i.name, 'address', i.address, 'team_id', i.team_id,
      'skills', to_jsonb(i.skills),
      'has_smtp_url', i.smtp_url_sealed IS NOT NULL, 'has_imap_url', i.imap_url_sealed IS NOT NULL,
      'chat', CASE WHEN c.inbox_id IS NOT NULL THEN jsonb_build_object('public_id', c.public_id, 'origins', c.origins,
        'mail_inbox_id', c.mail_inbox_id, 'settings', c.settings,
        'embed', '<script>window.hilo=window.hilo||function(){(hilo.q=hilo.q||[]).push(arguments)}</script>' || E'\n'
                 || '<script async src="' || base || '/widget/loader.js" data-inbox="' || c.public_id || '"></script>') END,
      'active', i.active, 'version', i.version)
  FROM config.inbox i LEFT JOIN config.chat c ON c.inbox_id = i.id
$$;

CREATE OR REPLACE VIEW gateway.v_agent AS
  SELECT a.id, a.name, a.all_inboxes,
    jsonb_build_object('id', a.id, 'name', a.name, 'role', a.role, 'active', a.active,
      'presence', coalesce(p.status, 'offline')) AS brief,
    jsonb_build_object('id', a.id, 'name', a.name, 'role', a.role, 'active', a.active,
      'presence', coalesce(p.status, 'offline'), 'email', a.email, 'capacity', a.capacity,
      'inboxes', CASE WHEN a.all_inboxes THEN '["all"]'::jsonb ELSE
        coalesce((SELECT jsonb_agg(i.inbox_id ORDER BY i.inbox_id) FROM staff.agent_inbox i WHERE i.agent_id = a.id), '[]') END,
      'invited', a.password_hash IS NULL, 'skills', to_jsonb(a.skills),
      'channel_capacity', jsonb_build_object('email', a.channel_capacity -> 'email', 'chat', a.channel_capacity -> 'chat'),
      'teams', coalesce((SELECT jsonb_agg(m.team_id ORDER BY m.team_id) FROM staff.team_member m WHERE m.agent_id = a.id), '[]'),
      'version', a.version) AS body
  FROM staff.agent a LEFT JOIN staff.presence p ON p.agent_id = a.id;

CREATE FUNCTION gateway.shares_inbox("all" boolean, inboxes uuid[], agent uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM staff.agent a WHERE a.id = agent AND a.all_inboxes AND ("all" OR cardinality(inboxes) > 0))
    OR EXISTS (SELECT FROM staff.agent_inbox i WHERE i.agent_id = agent AND ("all" OR i.inbox_id = ANY (inboxes)))
$$;
COMMENT ON FUNCTION gateway.shares_inbox IS 'Whether somebody with these rights knows of this agent';

-- everyone: administrators, who know all agents
CREATE FUNCTION gateway.team("all" boolean, inboxes uuid[], everyone boolean, reader uuid)
RETURNS TABLE (id uuid, name text, version bigint, body jsonb) LANGUAGE sql STABLE AS $$
  SELECT t.id, t.name, t.version,
    jsonb_build_object('id', t.id, 'name', t.name, 'description', t.description,
      'member_ids', coalesce((SELECT jsonb_agg(m.agent_id ORDER BY m.agent_id) FROM staff.team_member m
        WHERE m.team_id = t.id AND (everyone OR m.agent_id = reader OR gateway.shares_inbox("all", inboxes, m.agent_id))), '[]'),
      'active', t.active, 'version', t.version)
  FROM staff.team t
$$;
COMMENT ON FUNCTION gateway.team IS 'Teams as the API shows them to one reader';

CREATE FUNCTION gateway.canned_reply("all" boolean, inboxes uuid[], reader uuid)
RETURNS TABLE (id uuid, owner_id uuid, inbox_ids uuid[], shortcut text, version bigint, body jsonb) LANGUAGE sql STABLE AS $$
  SELECT r.id, r.owner_id, r.inbox_ids, r.shortcut, r.version,
    jsonb_build_object('id', r.id, 'shortcut', r.shortcut, 'title', r.title, 'text', r.text, 'variants', r.variants,
      'scope', CASE WHEN r.owner_id IS NULL THEN 'shared' ELSE 'personal' END,
      'inbox_ids', CASE WHEN "all" THEN to_jsonb(r.inbox_ids) ELSE
        coalesce((SELECT jsonb_agg(i ORDER BY i) FROM unnest(r.inbox_ids) AS u(i) WHERE i = ANY (inboxes)), '[]') END,
      'owner', CASE WHEN r.owner_id IS NOT NULL THEN jsonb_build_object('id', r.owner_id,
        'name', (SELECT a.name FROM staff.agent a WHERE a.id = r.owner_id)) END,
      'version', r.version)
  FROM config.canned_reply r
  WHERE r.owner_id = reader OR r.owner_id IS NULL AND (r.inbox_ids = '{}' OR "all" OR r.inbox_ids && inboxes)
$$;
COMMENT ON FUNCTION gateway.canned_reply IS 'Canned replies as the API shows them to one reader: own ones, and shared ones of inboxes the reader has';

CREATE VIEW gateway.v_tag AS
  SELECT name, version, jsonb_build_object('name', name, 'description', description, 'version', version) AS body FROM config.tag;
COMMENT ON VIEW gateway.v_tag IS 'Tags as the API shows them';

CREATE VIEW gateway.v_company AS
  SELECT version, jsonb_build_object('name', name, 'locale', locale, 'time_zone', time_zone, 'version', version) AS body FROM config.company;
COMMENT ON VIEW gateway.v_company IS 'The company as the API shows it';

CREATE VIEW gateway.v_token AS
  SELECT t.id, t.agent_id, t.created_at,
    jsonb_build_object('id', t.id, 'name', t.name, 'scope', t.scope, 'created_at', gateway.rfc3339(t.created_at),
      'expires_at', gateway.rfc3339(t.expires_at), 'last_used_at', gateway.rfc3339(t.used_at),
      'agent', jsonb_build_object('id', a.id, 'name', a.name)) AS body
  FROM staff.token t JOIN staff.agent a ON a.id = t.agent_id;
COMMENT ON VIEW gateway.v_token IS 'API tokens as the API shows them';

CREATE FUNCTION gateway.preferences(reader uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT '{"locale": null, "theme": "auto", "density": "comfortable", "shortcuts": true, "keymap": {}, "sound": true,
    "notifications": true, "auto_away": true, "guide_dismissed": false}'::jsonb
    || coalesce((SELECT p.body FROM staff.preference p WHERE p.agent_id = reader), '{}')
$$;
COMMENT ON FUNCTION gateway.preferences IS 'An agent''s preferences as the API shows them';

-- An agent as the gateway changes and announces it: lists as bytes, texts apart by line feeds, which none of them holds.
CREATE VIEW gateway.v_agent_record AS
  SELECT a.id, a.name, a.role, a.all_inboxes, coalesce(a.capacity, 0) AS capacity, a.active, a.version,
    (SELECT string_agg(uuid_send(i.inbox_id), ''::bytea) FROM staff.agent_inbox i WHERE i.agent_id = a.id) AS inboxes,
    array_to_string(a.skills, E'\n') AS skills,
    coalesce((a.channel_capacity ->> 'email')::integer, 0) AS email_capacity, coalesce((a.channel_capacity ->> 'chat')::integer, 0) AS chat_capacity,
    (SELECT string_agg(uuid_send(m.team_id), ''::bytea ORDER BY m.team_id) FROM staff.team_member m WHERE m.agent_id = a.id) AS teams
  FROM staff.agent a;
COMMENT ON VIEW gateway.v_agent_record IS 'Agents whole, for changes of them';

-- plpgsql: only the branch that is asked for is planned.
CREATE FUNCTION gateway.configured(type text, key text, reader uuid) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN CASE type
    WHEN 'team' THEN (SELECT v.body FROM gateway.team(true, '{}', true, reader) v WHERE v.id = key::uuid)
    WHEN 'canned_reply' THEN (SELECT v.body FROM gateway.canned_reply(true, '{}', reader) v WHERE v.id = key::uuid)
    WHEN 'tag' THEN (SELECT v.body FROM gateway.v_tag v WHERE v.name = key)
    WHEN 'company' THEN (SELECT v.body FROM gateway.v_company v)
    WHEN 'token' THEN (SELECT v.body FROM gateway.v_token v WHERE v.id = key::uuid)
    WHEN 'preferences' THEN gateway.preferences(reader)
    ELSE '{}'
  END;
END $$;
COMMENT ON FUNCTION gateway.configured IS 'What was made or changed, as the API shows it to the one who did';

-- What the audit log compares. Secrets stand in it as hashes of what is stored, so that a change is seen, and are masked by
-- gateway.changes().
CREATE FUNCTION gateway.audited(type text, key text) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN CASE type
    WHEN 'agent' THEN (SELECT v.body - 'presence' || jsonb_build_object('password', md5(a.password_hash), 'invitation', encode(a.invitation_hash, 'hex'))
      FROM gateway.v_agent v JOIN staff.agent a ON a.id = v.id WHERE v.id = key::uuid)
    WHEN 'inbox' THEN (SELECT v.body - 'chat' - 'has_smtp_url' - 'has_imap_url'
        || jsonb_build_object('smtp_url', md5(i.smtp_url_sealed), 'imap_url', md5(i.imap_url_sealed), 'secret', md5(c.secret_sealed))
        || coalesce((SELECT jsonb_object_agg('chat.' || f.key, f.value) FROM jsonb_each(to_jsonb(c) - '{inbox_id,secret_sealed,settings,version}'::text[]) f), '{}')
        || coalesce((SELECT jsonb_object_agg('chat.' || f.key, f.value) FROM jsonb_each(c.settings) f), '{}')
      FROM gateway.inbox('') v JOIN config.inbox i ON i.id = v.id LEFT JOIN config.chat c ON c.inbox_id = i.id WHERE v.id = key::uuid)
    WHEN 'team' THEN (SELECT v.body FROM gateway.team(true, '{}', true, NULL) v WHERE v.id = key::uuid)
    WHEN 'canned_reply' THEN (SELECT to_jsonb(r) - '{owner_id,created_at}'::text[] || jsonb_build_object('name', r.shortcut)
      FROM config.canned_reply r WHERE r.id = key::uuid)
    WHEN 'tag' THEN (SELECT v.body FROM gateway.v_tag v WHERE v.name = key)
    WHEN 'company' THEN (SELECT v.body FROM gateway.v_company v)
    WHEN 'token' THEN (SELECT v.body - '{last_used_at,created_at}'::text[] FROM gateway.v_token v WHERE v.id = key::uuid)
    WHEN 'view' THEN (SELECT v.body - '{owner,filters}'::text[]
        || coalesce((SELECT jsonb_object_agg('filters.' || f.key, f.value) FROM jsonb_each(v.filters) f), '{}')
      FROM gateway.v_saved_view v WHERE v.id = key::uuid)
    -- not its words: what is known of people can be deleted
    WHEN 'customer_note' THEN (SELECT jsonb_build_object('customer_id', v.customer_id, 'author_id', v.author_id)
      FROM gateway.v_customer_note v WHERE v.id = key::uuid)
  END;
END $$;
COMMENT ON FUNCTION gateway.audited IS 'An object as the audit log compares it; NULL: there is none, or nothing to compare';

CREATE FUNCTION gateway.changes(before jsonb, after jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(field, CASE
    WHEN field IN ('smtp_url', 'imap_url', 'secret', 'password', 'invitation')
      THEN jsonb_build_array(CASE WHEN old <> 'null' THEN '(secret)' END, CASE WHEN new <> 'null' THEN '(secret)' END)
    ELSE jsonb_build_array(old, new) END), '{}')
  FROM (SELECT field, coalesce(before -> field, 'null') AS old, coalesce(after -> field, 'null') AS new
        FROM jsonb_object_keys(coalesce(before, '{}') || coalesce(after, '{}')) AS k(field)) f
  WHERE old <> new AND field NOT IN ('id', 'version') AND NOT (before IS NULL AND new IN ('[]', '{}', '""'))
$$;
COMMENT ON FUNCTION gateway.changes IS 'What differs between two states of an object: field -> [before, after], secrets masked';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA gateway FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA gateway TO hilo_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON staff.team, staff.team_member, staff.preference, staff.token, config.canned_reply, config.tag TO hilo_gateway;
GRANT SELECT, UPDATE ON config.company TO hilo_gateway;
GRANT SELECT, INSERT ON gateway.audit TO hilo_gateway;
GRANT SELECT ON gateway.v_agent_record, gateway.v_tag, gateway.v_company, gateway.v_token TO hilo_gateway;
GRANT SELECT ON staff.v_team, staff.v_team_member TO hilo_routing;
