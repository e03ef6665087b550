-- Who customers are (services/identity).
CREATE SCHEMA identity;

-- Everything here is looked up by key, in arrays of any length: no plan made for a small table may outlive its growth.
ALTER ROLE hilo_identity SET enable_hashjoin = off;
ALTER ROLE hilo_identity SET enable_mergejoin = off;
ALTER ROLE hilo_identity SET enable_seqscan = off;

CREATE TABLE identity.customer (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 90);
COMMENT ON TABLE identity.customer IS 'One person';
COMMENT ON COLUMN identity.customer.id IS 'Identifier';
COMMENT ON COLUMN identity.customer.name IS 'Name; the address until one is known';
COMMENT ON COLUMN identity.customer.version IS 'Rises with every event of the customer';
COMMENT ON COLUMN identity.customer.created_at IS 'When first heard of';

-- No foreign key to the customer: it would lock and rewrite the customer's row for every contact point; both rows come from one
-- transaction under one lock.
CREATE TABLE identity.contact_point (
  id uuid PRIMARY KEY,
  channel text NOT NULL,
  address text NOT NULL,
  customer_id uuid NOT NULL,
  level smallint NOT NULL CHECK (level BETWEEN 1 AND 3),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (channel, address)
) WITH (fillfactor = 90);
CREATE INDEX contact_point_customer ON identity.contact_point (customer_id);
COMMENT ON TABLE identity.contact_point IS 'An address or handle on a channel';
COMMENT ON COLUMN identity.contact_point.id IS 'Identifier';
COMMENT ON COLUMN identity.contact_point.channel IS 'Its channel';
COMMENT ON COLUMN identity.contact_point.address IS 'Normalised';
COMMENT ON COLUMN identity.contact_point.customer_id IS 'Whose';
COMMENT ON COLUMN identity.contact_point.level IS '1 claimed, 2 channel-verified, 3 confirmed';
COMMENT ON COLUMN identity.contact_point.created_at IS 'When first seen';

CREATE VIEW identity.v_customer AS SELECT id, name, version, created_at FROM identity.customer;
COMMENT ON VIEW identity.v_customer IS 'Customers';
CREATE VIEW identity.v_contact_point AS SELECT id, channel, address, customer_id, level FROM identity.contact_point;
COMMENT ON VIEW identity.v_contact_point IS 'How customers are reached';

GRANT USAGE ON SCHEMA identity TO hilo_identity, hilo_routing, hilo_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA identity TO hilo_identity;
GRANT SELECT ON identity.v_customer, identity.v_contact_point TO hilo_routing, hilo_gateway;
