-- Conversations that go from channel to channel (services/routing).
ALTER TABLE routing.conversation
  ADD COLUMN via_inbox_id uuid,
  ADD COLUMN channels text[],
  ADD COLUMN customer_present boolean NOT NULL DEFAULT false,
  ADD COLUMN absent_since timestamptz,
  ADD COLUMN seen_sequence bigint NOT NULL DEFAULT 0,
  ADD COLUMN told_sequence bigint NOT NULL DEFAULT 0,
  ADD COLUMN reply_sequence bigint NOT NULL DEFAULT 0,
  ADD COLUMN reply_at timestamptz,
  ADD COLUMN continue_at timestamptz;
CREATE INDEX conversation_continue ON routing.conversation (continue_at) WHERE continue_at IS NOT NULL;
COMMENT ON COLUMN routing.conversation.via_inbox_id IS 'Inbox the latest interaction goes over; NULL: the conversation''s own';
COMMENT ON COLUMN routing.conversation.channels IS 'Channels of its last five stretches, in their order, the running one last; NULL: it never moved';
COMMENT ON COLUMN routing.conversation.customer_present IS 'The customer looks at the chat now';
COMMENT ON COLUMN routing.conversation.absent_since IS 'When they left it; NULL: they never did';
COMMENT ON COLUMN routing.conversation.seen_sequence IS 'Last entry they have seen on a live channel';
COMMENT ON COLUMN routing.conversation.told_sequence IS 'Last entry they were told of elsewhere after they had left';
COMMENT ON COLUMN routing.conversation.reply_sequence IS 'Newest answer that went to a live channel';
COMMENT ON COLUMN routing.conversation.reply_at IS 'When';
COMMENT ON COLUMN routing.conversation.continue_at IS 'When it goes on by mail, or an address to mail to is looked for again, unless they come back before; NULL: no answer waits unseen';

CREATE TABLE routing.move (
  message_id uuid PRIMARY KEY,
  conversation_id uuid NOT NULL,
  from_interaction_id uuid NOT NULL,
  to_interaction_id uuid NOT NULL,
  from_channel text NOT NULL,
  to_channel text NOT NULL,
  reason text NOT NULL CHECK (reason IN ('customer_wrote', 'customer_left', 'agent')),
  by_agent_id uuid,
  created_at timestamptz NOT NULL
);
CREATE INDEX move_conversation ON routing.move (conversation_id);
COMMENT ON TABLE routing.move IS 'Every time a conversation changed its channel';
COMMENT ON COLUMN routing.move.message_id IS 'The system line that marks it';
COMMENT ON COLUMN routing.move.conversation_id IS 'The conversation';
COMMENT ON COLUMN routing.move.from_interaction_id IS 'Interaction it left';
COMMENT ON COLUMN routing.move.to_interaction_id IS 'Interaction it goes on in';
COMMENT ON COLUMN routing.move.from_channel IS 'Channel it left';
COMMENT ON COLUMN routing.move.to_channel IS 'Channel it goes on';
COMMENT ON COLUMN routing.move.reason IS 'customer_wrote, customer_left, agent';
COMMENT ON COLUMN routing.move.by_agent_id IS 'Agent who wanted it; NULL: nobody';
COMMENT ON COLUMN routing.move.created_at IS 'When';

CREATE OR REPLACE VIEW routing.v_conversation AS
  SELECT id, ref, inbox_id, customer_id, channel, subject, status, snoozed_until, assignee_id, team_id, priority, tags,
         interaction_id, contact_point_id, sequence, last_message_id, last_preview, last_author, last_direction,
         last_activity_at, activity_bucket, waiting_since, queued_at, linked_from, version, created_at,
         resolved_at, customer_present, seen_sequence, told_sequence
  FROM routing.conversation;
CREATE VIEW routing.v_move AS
  SELECT message_id, conversation_id, from_interaction_id, to_interaction_id, from_channel, to_channel, reason, by_agent_id, created_at
  FROM routing.move;
COMMENT ON VIEW routing.v_move IS 'Moves from channel to channel';

-- the language a mail goes on in
CREATE VIEW chat.v_visitor AS SELECT address, locale FROM chat.visitor;
COMMENT ON VIEW chat.v_visitor IS 'What is known of visitors'' languages';
GRANT USAGE ON SCHEMA chat TO hilo_routing;
GRANT SELECT ON chat.v_visitor TO hilo_routing;

GRANT SELECT, INSERT, UPDATE, DELETE ON routing.move TO hilo_routing;
GRANT SELECT ON routing.v_move TO hilo_gateway;
GRANT USAGE ON SCHEMA routing TO hilo_chat;
GRANT SELECT ON routing.v_conversation, routing.v_entry, routing.v_message, routing.v_interaction, routing.v_move TO hilo_chat;
