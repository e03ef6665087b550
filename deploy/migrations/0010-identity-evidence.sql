-- What customers say and prove about themselves, and whose contact points became (services/identity).

-- Somebody's word: it merges nothing and is no contact point.
CREATE TABLE identity.claim (
  customer_id uuid NOT NULL,
  channel text NOT NULL,
  address text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (customer_id, channel, address)
);
COMMENT ON TABLE identity.claim IS 'Addresses that customers gave without proof';
COMMENT ON COLUMN identity.claim.customer_id IS 'Who said so';
COMMENT ON COLUMN identity.claim.channel IS 'Channel of the address';
COMMENT ON COLUMN identity.claim.address IS 'Normalised';
COMMENT ON COLUMN identity.claim.created_at IS 'When first said';

CREATE TABLE identity.link (
  id uuid PRIMARY KEY,
  contact_point_id uuid NOT NULL,
  from_customer_id uuid NOT NULL,
  to_customer_id uuid NOT NULL,
  evidence jsonb NOT NULL,
  actor text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX link_contact_point ON identity.link (contact_point_id);
COMMENT ON TABLE identity.link IS 'Every contact point that went from one customer to another: what proved it, and what to undo';
COMMENT ON COLUMN identity.link.id IS 'Identifier';
COMMENT ON COLUMN identity.link.contact_point_id IS 'The contact point';
COMMENT ON COLUMN identity.link.from_customer_id IS 'Whose it was';
COMMENT ON COLUMN identity.link.to_customer_id IS 'Whose it is';
COMMENT ON COLUMN identity.link.evidence IS 'What proved it: {"channel","address","level","event_id"}';
COMMENT ON COLUMN identity.link.actor IS 'Who brought it: "customer:<uuid>"';
COMMENT ON COLUMN identity.link.created_at IS 'When';

CREATE OR REPLACE VIEW identity.v_contact_point AS
  SELECT id, channel, address, customer_id, level, created_at FROM identity.contact_point;

GRANT SELECT, INSERT, UPDATE, DELETE ON identity.claim, identity.link TO hilo_identity;
GRANT USAGE ON SCHEMA identity TO hilo_chat;
GRANT SELECT ON identity.v_customer, identity.v_contact_point TO hilo_chat;
