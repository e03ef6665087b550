-- Visitors of web pages: who they are, what they hold, what they have seen (services/chat).
CREATE SCHEMA chat;

CREATE TABLE chat.visitor (
  id uuid PRIMARY KEY,
  inbox_id uuid NOT NULL,
  address text NOT NULL UNIQUE,
  name text NOT NULL DEFAULT '',
  email text NOT NULL DEFAULT '',
  email_level smallint NOT NULL DEFAULT 0 CHECK (email_level IN (0, 1, 3)),
  locale text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 90);
CREATE INDEX visitor_created ON chat.visitor (created_at) WHERE address LIKE 'v:%';
COMMENT ON TABLE chat.visitor IS 'Browsers, and customers of a shop that signs them in';
COMMENT ON COLUMN chat.visitor.id IS 'Identifier';
COMMENT ON COLUMN chat.visitor.inbox_id IS 'Chat inbox they came to';
COMMENT ON COLUMN chat.visitor.address IS 'Of the contact point: "v:<id>" for a browser, "u:<inbox>:<subject>" for somebody signed in';
COMMENT ON COLUMN chat.visitor.name IS 'As they, or their shop, gave it; empty if not known';
COMMENT ON COLUMN chat.visitor.email IS 'Lower case; empty if not known';
COMMENT ON COLUMN chat.visitor.email_level IS '0 none, 1 claimed, 3 confirmed by its link or vouched for by the shop';
COMMENT ON COLUMN chat.visitor.locale IS 'Language tag of the browser';
COMMENT ON COLUMN chat.visitor.created_at IS 'When first seen';

CREATE TABLE chat.token (
  hash bytea PRIMARY KEY CHECK (length(hash) = 32),
  visitor_id uuid NOT NULL REFERENCES chat.visitor ON DELETE CASCADE,
  used_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 90);
CREATE INDEX token_visitor ON chat.token (visitor_id);
COMMENT ON TABLE chat.token IS 'What a browser proves itself with; ends after 30 days without use';
COMMENT ON COLUMN chat.token.hash IS 'SHA-256 of the token';
COMMENT ON COLUMN chat.token.visitor_id IS 'Whose';
COMMENT ON COLUMN chat.token.used_at IS 'Last use, to the hour';

CREATE TABLE chat.confirmation (
  hash bytea PRIMARY KEY CHECK (length(hash) = 32),
  visitor_id uuid NOT NULL REFERENCES chat.visitor ON DELETE CASCADE,
  email text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX confirmation_visitor ON chat.confirmation (visitor_id);
COMMENT ON TABLE chat.confirmation IS 'Links mailed to addresses that visitors claim: each works once, for 24 hours, for that address only';
COMMENT ON COLUMN chat.confirmation.hash IS 'SHA-256 of the token in the link';
COMMENT ON COLUMN chat.confirmation.visitor_id IS 'Who claimed it';
COMMENT ON COLUMN chat.confirmation.email IS 'The address it was mailed to';
COMMENT ON COLUMN chat.confirmation.created_at IS 'When';

CREATE TABLE chat.upload (
  id uuid PRIMARY KEY,
  visitor_id uuid NOT NULL REFERENCES chat.visitor ON DELETE CASCADE,
  name text NOT NULL,
  content_type text NOT NULL,
  size_bytes bigint NOT NULL,
  sha256 text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  taken_at timestamptz
);
CREATE INDEX upload_visitor ON chat.upload (visitor_id);
CREATE INDEX upload_created ON chat.upload (created_at);
COMMENT ON TABLE chat.upload IS 'Files that visitors gave, until a message takes them; forgotten after 24 hours';
COMMENT ON COLUMN chat.upload.id IS 'Identifier';
COMMENT ON COLUMN chat.upload.visitor_id IS 'Whose';
COMMENT ON COLUMN chat.upload.name IS 'File name, path parts removed';
COMMENT ON COLUMN chat.upload.content_type IS 'MIME type, by its content';
COMMENT ON COLUMN chat.upload.size_bytes IS 'Size';
COMMENT ON COLUMN chat.upload.sha256 IS 'Content hash, name in the store';
COMMENT ON COLUMN chat.upload.created_at IS 'When it came';
COMMENT ON COLUMN chat.upload.taken_at IS 'When a message took it; the same message sent again may take it again';

CREATE TABLE chat.seen (
  conversation_id uuid PRIMARY KEY,
  sequence bigint NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 80);
COMMENT ON TABLE chat.seen IS 'How far the visitor has seen a conversation';
COMMENT ON COLUMN chat.seen.conversation_id IS 'The conversation';
COMMENT ON COLUMN chat.seen.sequence IS 'Place of the last entry seen';
COMMENT ON COLUMN chat.seen.seen_at IS 'When';

-- has this visitor written anything?
CREATE INDEX message_visitor ON channel.message (contact_address) WHERE channel = 'chat';

-- The next time office hours begin, within eight days; NULL: never, or there are none (see config.is_open).
CREATE FUNCTION chat.opens_at(settings jsonb, at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE
RETURN (
  SELECT min(opening.at)
  FROM generate_series(0, 8) AS ahead(days),
    LATERAL (SELECT settings -> 'hours' ->> 'time_zone' AS zone) AS place,
    LATERAL (SELECT (at AT TIME ZONE place.zone)::date + ahead.days AS day) AS local,
    LATERAL jsonb_array_elements(settings -> 'hours' -> 'days' -> to_char(local.day, 'ID')) AS span,
    LATERAL (SELECT (local.day + (span ->> 0)::time) AT TIME ZONE place.zone AS at) AS opening
  WHERE opening.at > opens_at.at);
COMMENT ON FUNCTION chat.opens_at IS 'When these office hours begin next';

-- What a visitor may read of conversations: the interactions of their own contact point; who is signed in or has confirmed an
-- address also the customer's others on this inbox and its mail inbox. Nothing that an agent's merge alone would open to a browser.
CREATE FUNCTION chat.may_read(visitor_id uuid, conversation_id uuid, interaction_id uuid) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (
  SELECT
  FROM chat.visitor AS v
  LEFT JOIN identity.v_contact_point AS p ON p.channel = 'chat' AND p.address = v.address
  LEFT JOIN identity.v_contact_point AS m ON p.id IS NULL AND v.email_level = 3 AND m.channel = 'email' AND m.address = v.email
  WHERE v.id = may_read.visitor_id
    AND (EXISTS (SELECT FROM routing.v_interaction AS i
                 WHERE i.id = may_read.interaction_id AND i.conversation_id = may_read.conversation_id AND i.contact_point_id = p.id)
      OR ((v.address LIKE 'u:%' OR v.email_level = 3) AND EXISTS (
            SELECT FROM routing.v_conversation AS c
            WHERE c.id = may_read.conversation_id AND c.customer_id = coalesce(p.customer_id, m.customer_id)
              AND (c.inbox_id = v.inbox_id
                OR c.inbox_id = (SELECT mail_inbox_id FROM config.v_continuity WHERE inbox_id = v.inbox_id))))));
COMMENT ON FUNCTION chat.may_read IS 'Whether a visitor may read an interaction of a conversation';

REVOKE ALL ON FUNCTION chat.opens_at, chat.may_read FROM PUBLIC;
GRANT USAGE ON SCHEMA chat TO hilo_chat;
GRANT EXECUTE ON FUNCTION chat.opens_at, chat.may_read TO hilo_chat;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA chat TO hilo_chat;
