-- Who needs a file of the attachment store: what common/channel's sweeper asks before it removes one.
CREATE INDEX message_raw_file ON channel.message (raw_file) WHERE raw_file IS NOT NULL;
CREATE INDEX unparsed_raw_file ON channel.unparsed (raw_file) WHERE raw_file IS NOT NULL;
CREATE INDEX message_attachments ON routing.message USING gin (attachments jsonb_path_ops) WHERE attachments <> '[]';

CREATE VIEW routing.v_message_attachments AS SELECT attachments FROM routing.message WHERE attachments <> '[]';
COMMENT ON VIEW routing.v_message_attachments IS 'Files that replies and notes have, for the sweeper of the store';
GRANT USAGE ON SCHEMA routing TO hilo_email, hilo_chat;
GRANT SELECT ON routing.v_message_attachments TO hilo_email, hilo_chat;
