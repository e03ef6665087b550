-- What customers sent, as it is shown; and what operators see: parked work, health, tests of inboxes.

CREATE TABLE gateway.image (
  url_hash bytea PRIMARY KEY CHECK (length(url_hash) = 32),
  sha256 text NOT NULL,
  content_type text NOT NULL,
  fetched_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX image_fetched ON gateway.image (fetched_at);
COMMENT ON TABLE gateway.image IS 'Remote images of mails that were fetched lately; their bytes are in the file store, which forgets them a day after this table does';
COMMENT ON COLUMN gateway.image.url_hash IS 'SHA-256 of the address';
COMMENT ON COLUMN gateway.image.sha256 IS 'Name of its bytes in the file store';
COMMENT ON COLUMN gateway.image.content_type IS 'By its first bytes';
COMMENT ON COLUMN gateway.image.fetched_at IS 'When';
GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.image TO hilo_gateway;
