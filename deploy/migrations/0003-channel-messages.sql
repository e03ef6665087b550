-- What channels took in, and what they are to send (common/channel).
CREATE SCHEMA channel;

-- Everything here is looked up by key, in arrays of any length: no plan made for a small table may outlive its growth.
ALTER ROLE hilo_email SET enable_hashjoin = off;
ALTER ROLE hilo_email SET enable_mergejoin = off;
ALTER ROLE hilo_email SET enable_seqscan = off;
ALTER ROLE hilo_chat SET enable_hashjoin = off;
ALTER ROLE hilo_chat SET enable_mergejoin = off;
ALTER ROLE hilo_chat SET enable_seqscan = off;

CREATE TABLE channel.message (
  id uuid PRIMARY KEY,
  inbox_id uuid NOT NULL,
  channel text NOT NULL,
  dedupe_key text NOT NULL,
  contact_address text NOT NULL,
  contact_name text NOT NULL DEFAULT '',
  level smallint NOT NULL,
  subject text,
  text text,
  html text,
  text_quote integer,
  html_quote integer,
  rfc_message_id text,
  thread_ids text[] NOT NULL DEFAULT '{}',
  recipient_tag text,
  recipients jsonb NOT NULL DEFAULT '[]',
  copies jsonb NOT NULL DEFAULT '[]',
  automatic boolean NOT NULL DEFAULT false,
  sent_at timestamptz,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  raw bytea,
  raw_file text,
  UNIQUE (inbox_id, dedupe_key)
) WITH (toast_tuple_target = 8160);
CREATE INDEX message_rfc_id ON channel.message (inbox_id, hashtextextended(rfc_message_id, 0)) WHERE rfc_message_id IS NOT NULL;
COMMENT ON TABLE channel.message IS 'Inbound messages as the channels took them in; never updated';
COMMENT ON COLUMN channel.message.id IS 'Identifier, for the message''s whole life';
COMMENT ON COLUMN channel.message.inbox_id IS 'Inbox it came to';
COMMENT ON COLUMN channel.message.channel IS 'Its channel';
COMMENT ON COLUMN channel.message.dedupe_key IS 'The same message again is not stored again';
COMMENT ON COLUMN channel.message.contact_address IS 'Sender, normalised';
COMMENT ON COLUMN channel.message.contact_name IS 'Sender''s name as given';
COMMENT ON COLUMN channel.message.level IS 'How far the sender is to be believed: 1 claimed, 2 channel-verified, 3 confirmed';
COMMENT ON COLUMN channel.message.subject IS 'Decoded subject';
COMMENT ON COLUMN channel.message.text IS 'Plain text';
COMMENT ON COLUMN channel.message.html IS 'HTML as sent; only ever shown sanitised';
COMMENT ON COLUMN channel.message.text_quote IS 'Characters of text before it begins to quote earlier messages; NULL: not known';
COMMENT ON COLUMN channel.message.html_quote IS 'The same of html';
COMMENT ON COLUMN channel.message.rfc_message_id IS 'Message-ID without brackets';
COMMENT ON COLUMN channel.message.thread_ids IS 'In-Reply-To and References, newest first';
COMMENT ON COLUMN channel.message.recipient_tag IS 'Tag behind the inbox''s address';
COMMENT ON COLUMN channel.message.recipients IS 'To: [{"name","address"}]';
COMMENT ON COLUMN channel.message.copies IS 'Cc: [{"name","address"}]';
COMMENT ON COLUMN channel.message.automatic IS 'Sent by a machine';
COMMENT ON COLUMN channel.message.sent_at IS 'By the sender''s clock';
COMMENT ON COLUMN channel.message.received_at IS 'By ours';
COMMENT ON COLUMN channel.message.raw IS 'The bytes as they came, up to 32 KiB';
COMMENT ON COLUMN channel.message.raw_file IS 'SHA-256 of the bytes in the store, when larger';

CREATE TABLE channel.attachment (
  id uuid PRIMARY KEY,
  message_id uuid NOT NULL,
  inbox_id uuid NOT NULL,
  position integer NOT NULL,
  name text NOT NULL,
  content_type text NOT NULL,
  content_id text,
  inline boolean NOT NULL DEFAULT false,
  size_bytes bigint NOT NULL,
  sha256 text NOT NULL
);
CREATE INDEX attachment_message ON channel.attachment (message_id);
CREATE INDEX attachment_sha256 ON channel.attachment (sha256);
COMMENT ON TABLE channel.attachment IS 'Files that came with a message';
COMMENT ON COLUMN channel.attachment.id IS 'Identifier';
COMMENT ON COLUMN channel.attachment.message_id IS 'Its message';
COMMENT ON COLUMN channel.attachment.inbox_id IS 'Inbox of the message: who may see it';
COMMENT ON COLUMN channel.attachment.position IS 'Order in the message';
COMMENT ON COLUMN channel.attachment.name IS 'File name, path parts removed';
COMMENT ON COLUMN channel.attachment.content_type IS 'MIME type as declared';
COMMENT ON COLUMN channel.attachment.content_id IS 'Content-ID without brackets';
COMMENT ON COLUMN channel.attachment.inline IS 'Shown inside the body';
COMMENT ON COLUMN channel.attachment.size_bytes IS 'Size';
COMMENT ON COLUMN channel.attachment.sha256 IS 'Content hash, name in the store';

CREATE TABLE channel.unparsed (
  id uuid PRIMARY KEY,
  inbox_id uuid NOT NULL,
  channel text NOT NULL,
  dedupe_key text NOT NULL,
  error text NOT NULL,
  raw bytea,
  raw_file text,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  retry_at timestamptz,
  UNIQUE (inbox_id, dedupe_key)
);
COMMENT ON TABLE channel.unparsed IS 'Messages that could not be parsed: kept raw until an operator looks';
COMMENT ON COLUMN channel.unparsed.id IS 'Identifier the message will have';
COMMENT ON COLUMN channel.unparsed.inbox_id IS 'Inbox it came to';
COMMENT ON COLUMN channel.unparsed.channel IS 'Its channel';
COMMENT ON COLUMN channel.unparsed.dedupe_key IS 'The same bytes again are not stored again';
COMMENT ON COLUMN channel.unparsed.error IS 'Why it could not be parsed';
COMMENT ON COLUMN channel.unparsed.raw IS 'The bytes as they came, up to 32 KiB';
COMMENT ON COLUMN channel.unparsed.raw_file IS 'SHA-256 of the bytes in the store, when larger';
COMMENT ON COLUMN channel.unparsed.received_at IS 'When';
COMMENT ON COLUMN channel.unparsed.retry_at IS 'Parse it again from this time on; set by an operator';

CREATE TABLE channel.outbound (
  message_id uuid PRIMARY KEY,
  conversation_id uuid,
  conversation_inbox_id uuid,
  sequence bigint NOT NULL,
  inbox_id uuid NOT NULL,
  channel text NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'leased', 'sent', 'failed', 'unknown')),
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  owner uuid,
  token bigint NOT NULL DEFAULT 0,
  until timestamptz,
  payload bytea NOT NULL,
  assignee_id uuid,
  causation_id uuid,
  answer text,
  submitted_at timestamptz NOT NULL,
  retried_at timestamptz,
  finished_at timestamptz
) WITH (fillfactor = 80);
CREATE INDEX outbound_open ON channel.outbound (channel, due_at) WHERE state IN ('queued', 'leased');
CREATE INDEX outbound_head ON channel.outbound (conversation_id, sequence) WHERE state IN ('queued', 'leased');
COMMENT ON TABLE channel.outbound IS 'Replies and notices on their way: queued, leased, then sent, failed or unknown';
COMMENT ON COLUMN channel.outbound.message_id IS 'The message, or the notice';
COMMENT ON COLUMN channel.outbound.conversation_id IS 'Its conversation: only the oldest open one of each may be claimed; NULL: a notice, which has none';
COMMENT ON COLUMN channel.outbound.conversation_inbox_id IS 'Inbox of the conversation: who may see what became of it';
COMMENT ON COLUMN channel.outbound.sequence IS 'Its place in the conversation';
COMMENT ON COLUMN channel.outbound.inbox_id IS 'Inbox it leaves by';
COMMENT ON COLUMN channel.outbound.channel IS 'Whose daemon sends it';
COMMENT ON COLUMN channel.outbound.state IS 'Where it stands';
COMMENT ON COLUMN channel.outbound.attempts IS 'Tries begun';
COMMENT ON COLUMN channel.outbound.due_at IS 'Not before this';
COMMENT ON COLUMN channel.outbound.owner IS 'Replica that holds the lease';
COMMENT ON COLUMN channel.outbound.token IS 'Rises with each claim; a paused worker that wakes up late cannot overwrite';
COMMENT ON COLUMN channel.outbound.until IS 'End of the lease';
COMMENT ON COLUMN channel.outbound.payload IS 'MessageSubmitted, protobuf';
COMMENT ON COLUMN channel.outbound.assignee_id IS 'Assignee when it was submitted';
COMMENT ON COLUMN channel.outbound.causation_id IS 'Event that submitted it, or wanted it tried again';
COMMENT ON COLUMN channel.outbound.answer IS 'The other side''s last words';
COMMENT ON COLUMN channel.outbound.submitted_at IS 'When it was submitted';
COMMENT ON COLUMN channel.outbound.retried_at IS 'When an agent wanted it tried again after it had failed; NULL: never';
COMMENT ON COLUMN channel.outbound.finished_at IS 'When it was sent, failed or given up';

CREATE TABLE channel.attempt (
  message_id uuid NOT NULL REFERENCES channel.outbound ON DELETE CASCADE,
  attempt integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  result text,
  answer text,
  PRIMARY KEY (message_id, attempt)
);
COMMENT ON TABLE channel.attempt IS 'Every try to send, written before it is made';
COMMENT ON COLUMN channel.attempt.message_id IS 'The message';
COMMENT ON COLUMN channel.attempt.attempt IS 'From 1';
COMMENT ON COLUMN channel.attempt.started_at IS 'Before the call';
COMMENT ON COLUMN channel.attempt.ended_at IS 'After it; NULL: the daemon died meanwhile';
COMMENT ON COLUMN channel.attempt.result IS 'sent, later, failed or unknown';
COMMENT ON COLUMN channel.attempt.answer IS 'The other side''s words';

CREATE VIEW channel.v_message AS
  SELECT id, inbox_id, channel, contact_address, contact_name, level, subject, text, html, text_quote, html_quote, rfc_message_id,
         thread_ids, recipients, copies, automatic, sent_at, received_at
  FROM channel.message;
COMMENT ON VIEW channel.v_message IS 'Inbound messages, without their raw bytes';
CREATE VIEW channel.v_attachment AS
  SELECT id, message_id, inbox_id, position, name, content_type, content_id, inline, size_bytes, sha256 FROM channel.attachment;
COMMENT ON VIEW channel.v_attachment IS 'Files that came with messages';
CREATE VIEW channel.v_delivery AS
  SELECT message_id, state, attempts, answer, submitted_at, finished_at, channel FROM channel.outbound;
COMMENT ON VIEW channel.v_delivery IS 'Where replies stand';

CREATE VIEW channel.v_unparsed AS
  SELECT id, inbox_id, channel, error, received_at, retry_at FROM channel.unparsed;
COMMENT ON VIEW channel.v_unparsed IS 'Messages that could not be parsed';
-- what a message waits for first is its sender's identity; the positions are the owner's to see
CREATE VIEW channel.v_oldest_waiting AS
  SELECT oldest.occurred_at
  FROM (SELECT xid, id FROM bus.consumer WHERE service = 'identity' ORDER BY xid, id LIMIT 1) AS slowest,
    LATERAL (
      SELECT e.occurred_at FROM bus.event AS e JOIN bus.consumer AS c ON c.service = 'identity' AND c.shard = (e.key_hash & 15)
      WHERE e.xid >= slowest.xid AND (e.xid, e.id) > (c.xid, c.id) AND e.type = 'message.received'
      ORDER BY e.xid, e.id LIMIT 1) AS oldest;
COMMENT ON VIEW channel.v_oldest_waiting IS 'When the oldest accepted message that nobody has handled yet came; no row: none waits';

GRANT USAGE ON SCHEMA channel TO hilo_email, hilo_chat, hilo_routing, hilo_gateway, hilo_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA channel TO hilo_email, hilo_chat;
GRANT SELECT ON channel.v_message, channel.v_attachment, channel.v_delivery, channel.v_unparsed TO hilo_routing, hilo_gateway;
