-- Conversations, their interactions, and who works on them (services/routing).
CREATE SCHEMA routing;

-- Everything here is looked up by key, in arrays of any length: no plan made for a small table may outlive its growth.
ALTER ROLE hilo_routing SET enable_hashjoin = off;
ALTER ROLE hilo_routing SET enable_mergejoin = off;
ALTER ROLE hilo_routing SET enable_seqscan = off;

CREATE SEQUENCE routing.conversation_number INCREMENT 1024 MINVALUE 0 START 0 MAXVALUE 34359737344 NO CYCLE;
COMMENT ON SEQUENCE routing.conversation_number IS 'Each value begins a block of 1,024 numbers below 2^35, turned into references';

CREATE TABLE routing.conversation (
  id uuid PRIMARY KEY,
  ref text NOT NULL UNIQUE,
  inbox_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  channel text NOT NULL,
  subject text NOT NULL DEFAULT '',
  status text NOT NULL CHECK (status IN ('open', 'pending', 'snoozed', 'resolved')),
  snoozed_until timestamptz,
  assignee_id uuid,
  team_id uuid,
  priority smallint NOT NULL DEFAULT 0,
  tags text[] NOT NULL DEFAULT '{}',
  interaction_id uuid NOT NULL,
  contact_point_id uuid NOT NULL,
  sequence bigint NOT NULL DEFAULT 0,
  last_message_id uuid,
  last_inbound_id uuid,
  last_preview text NOT NULL DEFAULT '',
  last_author text NOT NULL DEFAULT '',
  last_direction text,
  last_activity_at timestamptz NOT NULL,
  activity_bucket integer NOT NULL,
  waiting_since timestamptz,
  queued_at timestamptz,
  resolved_at timestamptz,
  released_from uuid,
  linked_from uuid,
  version bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 60);
CREATE INDEX conversation_activity ON routing.conversation (activity_bucket);
CREATE INDEX conversation_mine ON routing.conversation (assignee_id) WHERE assignee_id IS NOT NULL AND status <> 'resolved';
CREATE INDEX conversation_unassigned ON routing.conversation (activity_bucket) WHERE assignee_id IS NULL AND status <> 'resolved';
CREATE INDEX conversation_resolved ON routing.conversation (assignee_id, activity_bucket) WHERE status = 'resolved';
CREATE INDEX conversation_queued ON routing.conversation (inbox_id, queued_at, id) WHERE queued_at IS NOT NULL;
CREATE INDEX conversation_customer ON routing.conversation (customer_id);
CREATE INDEX conversation_snoozed ON routing.conversation (snoozed_until) WHERE status = 'snoozed';
COMMENT ON TABLE routing.conversation IS 'One matter, over all channels';
COMMENT ON COLUMN routing.conversation.id IS 'Identifier';
COMMENT ON COLUMN routing.conversation.ref IS 'Short speakable reference with a check character: 7K3M-9QXD';
COMMENT ON COLUMN routing.conversation.inbox_id IS 'Inbox it belongs to: who may see it';
COMMENT ON COLUMN routing.conversation.customer_id IS 'Whose matter';
COMMENT ON COLUMN routing.conversation.channel IS 'Channel of the running interaction';
COMMENT ON COLUMN routing.conversation.subject IS 'What it is about';
COMMENT ON COLUMN routing.conversation.status IS 'open, pending, snoozed, resolved';
COMMENT ON COLUMN routing.conversation.snoozed_until IS 'End of the snooze; NULL: until the customer writes';
COMMENT ON COLUMN routing.conversation.assignee_id IS 'Agent who works on it';
COMMENT ON COLUMN routing.conversation.team_id IS 'Team it belongs to';
COMMENT ON COLUMN routing.conversation.priority IS '-1 low, 0 normal, 1 high, 2 urgent';
COMMENT ON COLUMN routing.conversation.tags IS 'Labels';
COMMENT ON COLUMN routing.conversation.interaction_id IS 'Latest interaction; it runs unless the conversation is resolved';
COMMENT ON COLUMN routing.conversation.contact_point_id IS 'Where the customer last wrote from, and is answered';
COMMENT ON COLUMN routing.conversation.sequence IS 'Entries so far';
COMMENT ON COLUMN routing.conversation.last_message_id IS 'Newest entry';
COMMENT ON COLUMN routing.conversation.last_inbound_id IS 'Newest message of the customer';
COMMENT ON COLUMN routing.conversation.last_preview IS 'First words of the newest entry';
COMMENT ON COLUMN routing.conversation.last_author IS 'Who wrote it';
COMMENT ON COLUMN routing.conversation.last_direction IS 'in or out; NULL for notes';
COMMENT ON COLUMN routing.conversation.last_activity_at IS 'When';
COMMENT ON COLUMN routing.conversation.activity_bucket IS 'last_activity_at in units of 64 s: indexed instead of it, so that most updates stay heap-only; lists sort by both';
COMMENT ON COLUMN routing.conversation.waiting_since IS 'Oldest message of the customer without an answer';
COMMENT ON COLUMN routing.conversation.queued_at IS 'Waits for an agent since; NULL: does not';
COMMENT ON COLUMN routing.conversation.resolved_at IS 'When it was last resolved';
COMMENT ON COLUMN routing.conversation.released_from IS 'Agent it was taken from while it waits: not given back to them for a minute';
COMMENT ON COLUMN routing.conversation.linked_from IS 'Older conversation it belongs with';
COMMENT ON COLUMN routing.conversation.version IS 'Number of its events';
COMMENT ON COLUMN routing.conversation.created_at IS 'When it began';

CREATE TABLE routing.interaction (
  id uuid PRIMARY KEY,
  conversation_id uuid NOT NULL,
  channel text NOT NULL,
  inbox_id uuid NOT NULL,
  contact_point_id uuid NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz
) WITH (fillfactor = 90);
CREATE INDEX interaction_conversation ON routing.interaction (conversation_id);
COMMENT ON TABLE routing.interaction IS 'One stretch of a conversation on one channel';
COMMENT ON COLUMN routing.interaction.id IS 'Identifier';
COMMENT ON COLUMN routing.interaction.conversation_id IS 'Its conversation';
COMMENT ON COLUMN routing.interaction.channel IS 'Its channel';
COMMENT ON COLUMN routing.interaction.inbox_id IS 'Inbox it runs over';
COMMENT ON COLUMN routing.interaction.contact_point_id IS 'Where the customer is reached';
COMMENT ON COLUMN routing.interaction.started_at IS 'Beginning';
COMMENT ON COLUMN routing.interaction.ended_at IS 'End; NULL: running';

CREATE TABLE routing.entry (
  conversation_id uuid NOT NULL,
  sequence bigint NOT NULL,
  message_id uuid NOT NULL UNIQUE,
  interaction_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('message', 'note', 'call', 'system')),
  direction text CHECK (direction IN ('in', 'out')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (conversation_id, sequence)
);
COMMENT ON TABLE routing.entry IS 'What stands in a conversation, in its order; the messages themselves lie where they were made';
COMMENT ON COLUMN routing.entry.conversation_id IS 'The conversation';
COMMENT ON COLUMN routing.entry.sequence IS 'From 1, without gaps';
COMMENT ON COLUMN routing.entry.message_id IS 'channel.message for inbound, routing.message for the rest';
COMMENT ON COLUMN routing.entry.interaction_id IS 'The interaction it belongs to';
COMMENT ON COLUMN routing.entry.kind IS 'message, note, call, system';
COMMENT ON COLUMN routing.entry.direction IS 'in or out; NULL for notes and system lines';
COMMENT ON COLUMN routing.entry.created_at IS 'When';

CREATE TABLE routing.message (
  id uuid PRIMARY KEY,
  conversation_id uuid NOT NULL,
  inbox_id uuid NOT NULL,
  author_type text NOT NULL CHECK (author_type IN ('agent', 'system')),
  author_id uuid,
  author_name text NOT NULL,
  subject text,
  text text NOT NULL,
  html text,
  to_address text,
  to_name text,
  rfc_message_id text,
  attachments jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL
);
COMMENT ON TABLE routing.message IS 'Replies, notes and system lines, as written';
COMMENT ON COLUMN routing.message.id IS 'Identifier';
COMMENT ON COLUMN routing.message.conversation_id IS 'Its conversation';
COMMENT ON COLUMN routing.message.inbox_id IS 'Inbox of the conversation then';
COMMENT ON COLUMN routing.message.author_type IS 'agent or system';
COMMENT ON COLUMN routing.message.author_id IS 'The agent';
COMMENT ON COLUMN routing.message.author_name IS 'Name as it was';
COMMENT ON COLUMN routing.message.subject IS 'Subject it is sent under';
COMMENT ON COLUMN routing.message.text IS 'Plain text';
COMMENT ON COLUMN routing.message.html IS 'HTML';
COMMENT ON COLUMN routing.message.to_address IS 'Recipient; NULL for notes';
COMMENT ON COLUMN routing.message.to_name IS 'Recipient''s name';
COMMENT ON COLUMN routing.message.rfc_message_id IS 'Message-ID it is sent under';
COMMENT ON COLUMN routing.message.attachments IS '[{"id","name","content_type","size_bytes","sha256"}]';
COMMENT ON COLUMN routing.message.created_at IS 'When';

CREATE TABLE routing.agent (
  agent_id uuid PRIMARY KEY,
  status text NOT NULL DEFAULT 'offline' CHECK (status IN ('available', 'busy', 'away', 'offline')),
  presence_version bigint NOT NULL DEFAULT 0,
  all_inboxes boolean NOT NULL DEFAULT false,
  inbox_ids uuid[] NOT NULL DEFAULT '{}',
  capacity integer,
  active boolean NOT NULL DEFAULT true,
  agent_version bigint NOT NULL DEFAULT 0,
  load integer NOT NULL DEFAULT 0,
  assigned_at timestamptz,
  swept boolean NOT NULL DEFAULT true
) WITH (fillfactor = 40);
CREATE INDEX agent_unswept ON routing.agent (agent_id) WHERE NOT swept;
CREATE INDEX agent_available ON routing.agent (agent_id) WHERE active AND status = 'available';
COMMENT ON TABLE routing.agent IS 'What routing knows of each agent, from their events';
COMMENT ON COLUMN routing.agent.agent_id IS 'The agent';
COMMENT ON COLUMN routing.agent.status IS 'Presence';
COMMENT ON COLUMN routing.agent.presence_version IS 'Version of the presence known';
COMMENT ON COLUMN routing.agent.all_inboxes IS 'Works every inbox';
COMMENT ON COLUMN routing.agent.inbox_ids IS 'Inboxes otherwise';
COMMENT ON COLUMN routing.agent.capacity IS 'Conversations at a time; NULL: no limit';
COMMENT ON COLUMN routing.agent.active IS 'Takes work at all';
COMMENT ON COLUMN routing.agent.agent_version IS 'Version of the agent record known';
COMMENT ON COLUMN routing.agent.load IS 'Conversations assigned that are open or pending';
COMMENT ON COLUMN routing.agent.assigned_at IS 'Last assignment: breaks ties, longest idle first';
COMMENT ON COLUMN routing.agent.swept IS 'No: their rights changed, and a tick has yet to take from them what they may no longer see';

CREATE VIEW routing.v_conversation AS
  SELECT id, ref, inbox_id, customer_id, channel, subject, status, snoozed_until, assignee_id, team_id, priority, tags,
         interaction_id, contact_point_id, sequence, last_message_id, last_preview, last_author, last_direction,
         last_activity_at, activity_bucket, waiting_since, queued_at, linked_from, version, created_at
  FROM routing.conversation;
COMMENT ON VIEW routing.v_conversation IS 'Conversations';
CREATE VIEW routing.v_entry AS SELECT conversation_id, sequence, message_id, interaction_id, kind, direction, created_at FROM routing.entry;
COMMENT ON VIEW routing.v_entry IS 'What stands in conversations';
CREATE VIEW routing.v_message AS
  SELECT id, conversation_id, inbox_id, author_type, author_id, author_name, subject, text, html, to_address, to_name,
         rfc_message_id, attachments, created_at FROM routing.message;
COMMENT ON VIEW routing.v_message IS 'Replies, notes and system lines';
CREATE VIEW routing.v_interaction AS
  SELECT id, conversation_id, channel, inbox_id, contact_point_id, started_at, ended_at FROM routing.interaction;
COMMENT ON VIEW routing.v_interaction IS 'Interactions';
CREATE VIEW routing.v_agent AS SELECT agent_id, status, load, capacity FROM routing.agent;
COMMENT ON VIEW routing.v_agent IS 'How busy agents are';

GRANT USAGE ON SCHEMA routing TO hilo_routing, hilo_gateway;
GRANT USAGE ON SEQUENCE routing.conversation_number TO hilo_routing;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA routing TO hilo_routing;
GRANT SELECT ON routing.v_conversation, routing.v_entry, routing.v_message, routing.v_interaction, routing.v_agent TO hilo_gateway;
