-- Which conversations have their visitor looking at them (services/chat).
CREATE TABLE chat.present (
  conversation_id uuid PRIMARY KEY,
  inbox_id uuid NOT NULL,
  since timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE chat.present IS 'Conversations whose visitor was told of as present: so that whoever lives longest can tell that they left';
COMMENT ON COLUMN chat.present.conversation_id IS 'The conversation';
COMMENT ON COLUMN chat.present.inbox_id IS 'Its inbox';
COMMENT ON COLUMN chat.present.since IS 'Since when';
GRANT SELECT, INSERT, UPDATE, DELETE ON chat.present TO hilo_chat;
