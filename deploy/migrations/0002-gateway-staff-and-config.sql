-- What the gateway owns: who works here, and what they are connected to.
CREATE SCHEMA staff;
CREATE SCHEMA config;
CREATE SCHEMA gateway;

CREATE TABLE config.inbox (
  id uuid PRIMARY KEY,
  channel text NOT NULL CHECK (channel IN ('email', 'chat', 'social', 'sms', 'voice')),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  address text NOT NULL,
  smtp_url_sealed bytea,
  imap_url_sealed bytea,
  team_id uuid,
  active boolean NOT NULL DEFAULT true,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (channel, address)
);
COMMENT ON TABLE config.inbox IS 'One configured channel account';
COMMENT ON COLUMN config.inbox.id IS 'Identifier';
COMMENT ON COLUMN config.inbox.channel IS 'Its channel';
COMMENT ON COLUMN config.inbox.name IS 'Shown to agents, and to customers as the sender''s name';
COMMENT ON COLUMN config.inbox.address IS 'Its address on the channel, normalised';
COMMENT ON COLUMN config.inbox.smtp_url_sealed IS 'Own relay with its password, sealed with the installation''s key; NULL: the default relay';
COMMENT ON COLUMN config.inbox.imap_url_sealed IS 'Mailbox to collect from, sealed';
COMMENT ON COLUMN config.inbox.team_id IS 'Team that works it';
COMMENT ON COLUMN config.inbox.active IS 'Takes and sends messages';
COMMENT ON COLUMN config.inbox.version IS 'Rises with every change';
COMMENT ON COLUMN config.inbox.created_at IS 'When it was made';

CREATE TABLE staff.agent (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  email text NOT NULL UNIQUE,
  role text NOT NULL CHECK (role IN ('administrator', 'supervisor', 'agent')),
  all_inboxes boolean NOT NULL DEFAULT false,
  capacity integer CHECK (capacity > 0),
  password_hash text,
  invitation_hash bytea UNIQUE,
  invitation_until timestamptz,
  active boolean NOT NULL DEFAULT true,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE staff.agent IS 'People who sign in';
COMMENT ON COLUMN staff.agent.id IS 'Identifier';
COMMENT ON COLUMN staff.agent.name IS 'Shown to colleagues and customers';
COMMENT ON COLUMN staff.agent.email IS 'Sign-in name, lower case';
COMMENT ON COLUMN staff.agent.role IS 'What they may do';
COMMENT ON COLUMN staff.agent.all_inboxes IS 'Sees every inbox, also those made later';
COMMENT ON COLUMN staff.agent.capacity IS 'Conversations at a time; NULL: no limit';
COMMENT ON COLUMN staff.agent.password_hash IS 'argon2id; NULL: invited, has not set one';
COMMENT ON COLUMN staff.agent.invitation_hash IS 'SHA-256 of the invitation''s token';
COMMENT ON COLUMN staff.agent.invitation_until IS 'The invitation''s end';
COMMENT ON COLUMN staff.agent.active IS 'May sign in and take work';
COMMENT ON COLUMN staff.agent.version IS 'Rises with every change';
COMMENT ON COLUMN staff.agent.created_at IS 'When the record was made';

CREATE TABLE staff.agent_inbox (
  agent_id uuid NOT NULL REFERENCES staff.agent ON DELETE CASCADE,
  inbox_id uuid NOT NULL REFERENCES config.inbox ON DELETE CASCADE,
  PRIMARY KEY (agent_id, inbox_id)
);
CREATE INDEX agent_inbox_inbox ON staff.agent_inbox (inbox_id);
COMMENT ON TABLE staff.agent_inbox IS 'Which inboxes an agent without all_inboxes may see';
COMMENT ON COLUMN staff.agent_inbox.agent_id IS 'The agent';
COMMENT ON COLUMN staff.agent_inbox.inbox_id IS 'The inbox';

CREATE TABLE staff.session (
  token_hash bytea PRIMARY KEY,
  agent_id uuid NOT NULL REFERENCES staff.agent ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  until timestamptz NOT NULL,
  peer text NOT NULL DEFAULT ''
);
CREATE INDEX session_agent ON staff.session (agent_id);
COMMENT ON TABLE staff.session IS 'Signed-in sessions';
COMMENT ON COLUMN staff.session.token_hash IS 'SHA-256 of the random token';
COMMENT ON COLUMN staff.session.agent_id IS 'Whose';
COMMENT ON COLUMN staff.session.created_at IS 'Sign-in';
COMMENT ON COLUMN staff.session.seen_at IS 'Last use, to the minute';
COMMENT ON COLUMN staff.session.until IS 'End';
COMMENT ON COLUMN staff.session.peer IS 'Address it was made from';

CREATE TABLE staff.presence (
  agent_id uuid PRIMARY KEY REFERENCES staff.agent ON DELETE CASCADE,
  status text NOT NULL CHECK (status IN ('available', 'busy', 'away', 'offline')),
  version bigint NOT NULL DEFAULT 1,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
COMMENT ON TABLE staff.presence IS 'What each agent last was; the live heartbeat is in Redis';
COMMENT ON COLUMN staff.presence.agent_id IS 'The agent';
COMMENT ON COLUMN staff.presence.status IS 'Whether they take work';
COMMENT ON COLUMN staff.presence.version IS 'Rises with every change; carried by presence.changed';
COMMENT ON COLUMN staff.presence.changed_at IS 'Since when';

CREATE TABLE gateway.request (
  id uuid PRIMARY KEY,
  agent_id uuid NOT NULL,
  idempotency_key text NOT NULL,
  hash bytea NOT NULL,
  kind text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'done', 'refused', 'expired')),
  status smallint,
  outcome jsonb,
  conversation_id uuid,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deadline timestamptz NOT NULL,
  UNIQUE (agent_id, idempotency_key)
) WITH (fillfactor = 80);
CREATE INDEX request_created ON gateway.request (created_at);
CREATE INDEX request_pending ON gateway.request (xid) WHERE state = 'pending';
COMMENT ON TABLE gateway.request IS 'What clients asked with POST: answers are repeated for the same Idempotency-Key; events that ask another service wait here for their outcome';
COMMENT ON COLUMN gateway.request.id IS 'Identifier, in GET /requests/{id}';
COMMENT ON COLUMN gateway.request.agent_id IS 'Who asked';
COMMENT ON COLUMN gateway.request.idempotency_key IS 'The client''s key, or the id where it gave none';
COMMENT ON COLUMN gateway.request.hash IS 'SHA-256 of what was asked: the same key with another request is refused';
COMMENT ON COLUMN gateway.request.kind IS 'What was asked: the operation''s name';
COMMENT ON COLUMN gateway.request.state IS 'pending, done, refused, expired';
COMMENT ON COLUMN gateway.request.status IS 'HTTP status of the answer';
COMMENT ON COLUMN gateway.request.outcome IS 'The answer''s body, without secrets';
COMMENT ON COLUMN gateway.request.conversation_id IS 'Conversation it is about';
COMMENT ON COLUMN gateway.request.xid IS 'Transaction that asked: its outcome stands above it in the log, where a restarted gateway looks for it';
COMMENT ON COLUMN gateway.request.created_at IS 'When';
COMMENT ON COLUMN gateway.request.deadline IS 'Not done after this';

CREATE TABLE gateway.upload (
  id uuid PRIMARY KEY,
  agent_id uuid NOT NULL,
  name text NOT NULL,
  content_type text NOT NULL,
  size_bytes bigint NOT NULL,
  sha256 text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX upload_created ON gateway.upload (created_at);
COMMENT ON TABLE gateway.upload IS 'Files an agent has uploaded for a reply';
COMMENT ON COLUMN gateway.upload.id IS 'Identifier named in attachments';
COMMENT ON COLUMN gateway.upload.agent_id IS 'Who uploaded it';
COMMENT ON COLUMN gateway.upload.name IS 'File name, path parts removed';
COMMENT ON COLUMN gateway.upload.content_type IS 'MIME type as declared';
COMMENT ON COLUMN gateway.upload.size_bytes IS 'Size';
COMMENT ON COLUMN gateway.upload.sha256 IS 'Content hash, name in the store';
COMMENT ON COLUMN gateway.upload.created_at IS 'When';

-- published views
CREATE VIEW config.v_inbox AS SELECT id, channel, name, address, team_id, active, version FROM config.inbox;
COMMENT ON VIEW config.v_inbox IS 'Inboxes, without secrets';
CREATE VIEW config.v_inbox_relay AS SELECT id, smtp_url_sealed, imap_url_sealed FROM config.inbox;
COMMENT ON VIEW config.v_inbox_relay IS 'Sealed connection strings, for the mail daemon only';
CREATE VIEW staff.v_agent AS SELECT id, name, email, role, all_inboxes, capacity, active, version FROM staff.agent;
COMMENT ON VIEW staff.v_agent IS 'Agents, without credentials';
CREATE VIEW staff.v_agent_inbox AS SELECT agent_id, inbox_id FROM staff.agent_inbox;
COMMENT ON VIEW staff.v_agent_inbox IS 'Inbox rights';
CREATE VIEW staff.v_presence AS SELECT agent_id, status, version, changed_at FROM staff.presence;
COMMENT ON VIEW staff.v_presence IS 'Last known presence';

GRANT USAGE ON SCHEMA staff, config TO hilo_gateway, hilo_email, hilo_chat, hilo_routing, hilo_identity, hilo_bus;
GRANT USAGE ON SCHEMA gateway TO hilo_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA staff, config, gateway TO hilo_gateway;
GRANT SELECT ON config.v_inbox TO hilo_email, hilo_chat, hilo_routing, hilo_identity;
GRANT SELECT ON config.v_inbox_relay TO hilo_email;
GRANT SELECT ON staff.v_agent, staff.v_agent_inbox, staff.v_presence TO hilo_routing;
