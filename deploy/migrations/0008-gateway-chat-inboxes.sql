-- What an administrator sets for a chat inbox (services/gateway); the chat daemon and routing read it.
CREATE TABLE config.chat (
  inbox_id uuid PRIMARY KEY REFERENCES config.inbox ON DELETE CASCADE,
  public_id text NOT NULL UNIQUE CHECK (public_id ~ '^wt_[A-Za-z0-9]{20}$'),
  secret_sealed bytea NOT NULL,
  origins text[] NOT NULL DEFAULT '{}',
  mail_inbox_id uuid REFERENCES config.inbox ON DELETE SET NULL,
  settings jsonb NOT NULL DEFAULT '{}',
  version bigint NOT NULL DEFAULT 1
);
COMMENT ON TABLE config.chat IS 'Chat inboxes: where their widget may stand, how it looks, who signs customers in';
COMMENT ON COLUMN config.chat.inbox_id IS 'The inbox';
COMMENT ON COLUMN config.chat.public_id IS 'Its name in web pages, no secret';
COMMENT ON COLUMN config.chat.secret_sealed IS 'Key with which the shop signs its customers'' identities, sealed with the installation''s key';
COMMENT ON COLUMN config.chat.origins IS 'Origins of pages that may show the widget: "https://shop.example"; empty: none but the installation''s own';
COMMENT ON COLUMN config.chat.mail_inbox_id IS 'Mail inbox from which a conversation goes on when the visitor has left; NULL: it does not';
COMMENT ON COLUMN config.chat.settings IS 'Greeting, colours, pre-chat form, office hours: see ChatSettings in the API';
COMMENT ON COLUMN config.chat.version IS 'Rises with every change';

-- Whether somebody is expected to answer. hours: {"time_zone":"Europe/Madrid","days":{"1":[["09:00","14:00"],…],…}}, 1 = Monday;
-- missing: always.
CREATE FUNCTION config.is_open(settings jsonb, at timestamptz) RETURNS boolean LANGUAGE sql STABLE
RETURN settings -> 'hours' IS NULL OR jsonb_typeof(settings -> 'hours') = 'null' OR EXISTS (
  SELECT FROM jsonb_array_elements(settings -> 'hours' -> 'days' -> to_char(at AT TIME ZONE (settings -> 'hours' ->> 'time_zone'), 'ID')) AS span
  WHERE to_char(at AT TIME ZONE (settings -> 'hours' ->> 'time_zone'), 'HH24:MI') >= span ->> 0
    AND to_char(at AT TIME ZONE (settings -> 'hours' ->> 'time_zone'), 'HH24:MI') < span ->> 1);
COMMENT ON FUNCTION config.is_open IS 'Whether these office hours include this time';

CREATE VIEW config.v_chat AS
  SELECT c.inbox_id, c.public_id, c.secret_sealed, c.origins, c.mail_inbox_id, c.settings, c.version, i.name, i.active
  FROM config.chat c JOIN config.inbox i ON i.id = c.inbox_id;
COMMENT ON VIEW config.v_chat IS 'Chat inboxes as the chat daemon needs them';
CREATE VIEW config.v_continuity AS SELECT inbox_id, mail_inbox_id FROM config.chat WHERE mail_inbox_id IS NOT NULL;
COMMENT ON VIEW config.v_continuity IS 'Which mail inbox takes over when a visitor has left a chat';

REVOKE ALL ON FUNCTION config.is_open FROM PUBLIC;
GRANT EXECUTE ON FUNCTION config.is_open TO hilo_gateway, hilo_chat;
GRANT SELECT, INSERT, UPDATE, DELETE ON config.chat TO hilo_gateway;
GRANT SELECT ON config.v_chat TO hilo_chat;
GRANT SELECT ON config.v_continuity TO hilo_routing, hilo_chat;
