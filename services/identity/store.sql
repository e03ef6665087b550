-- Statements of services/identity. Keys come as arrays; a lateral LIMIT 1 keeps each a lookup by index, whatever the plan was
-- made on.

-- :name find_customers
-- $1 text[], $2 text[]: channels and addresses of contact points
SELECT p.customer_id
FROM unnest($1::text[], $2::text[]) AS w(channel, address)
CROSS JOIN LATERAL (
  SELECT customer_id FROM identity.contact_point WHERE channel = w.channel AND address = w.address LIMIT 1) AS p

-- :name load_contact_points
-- $1 text[], $2 text[]: channels and addresses of contact points; the customer's row is read under its lock
SELECT w.number, p.id, p.level, c.id, c.name, c.version
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(channel, address, number)
CROSS JOIN LATERAL (
  SELECT id, level, customer_id FROM identity.contact_point WHERE channel = w.channel AND address = w.address LIMIT 1) AS p
CROSS JOIN LATERAL (SELECT id, name, version FROM identity.customer WHERE id = p.customer_id LIMIT 1) AS c

-- :name load_points
-- $1 uuid[]: customers; all their contact points, under their locks
SELECT w.id, p.id, p.channel, p.address, p.level
FROM unnest($1::uuid[]) AS w(id)
CROSS JOIN LATERAL (
  SELECT id, channel, address, level FROM identity.contact_point WHERE customer_id = w.id ORDER BY created_at LIMIT 1000) AS p

-- :name load_customers
-- $1 uuid[]: customers, under their locks
SELECT c.id, c.name, c.version
FROM unnest($1::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT id, name, version FROM identity.customer WHERE id = w.id LIMIT 1) AS c

-- :name load_attributes
-- $1 uuid[]: customers; what is known of them besides
SELECT w.id, t.key, t.value
FROM unnest($1::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT attributes FROM identity.customer WHERE id = w.id LIMIT 1) AS c
CROSS JOIN LATERAL jsonb_each_text(c.attributes) AS t

-- :name update_attributes
-- $1 uuid[], $2 text[]: customers, and all that is known of them besides, as JSON
UPDATE identity.customer AS c SET attributes = n.attributes::jsonb
FROM (SELECT unnest($1::uuid[]) AS id, unnest($2::text[]) AS attributes) AS n WHERE c.id = n.id

-- :name insert_customers
-- $1 uuid[], $2 text[], $3 bigint[]: ids, names, versions
INSERT INTO identity.customer (id, name, version) SELECT unnest($1::uuid[]), unnest($2::text[]), unnest($3::bigint[])

-- :name update_customers
-- $1 uuid[], $2 text[], $3 bigint[]: ids, names, versions
UPDATE identity.customer AS c SET name = n.name, version = n.version
FROM (SELECT unnest($1::uuid[]) AS id, unnest($2::text[]) AS name, unnest($3::bigint[]) AS version) AS n WHERE c.id = n.id

-- :name insert_contact_points
-- $1 uuid[], $2 text[], $3 text[], $4 uuid[], $5 smallint[]: ids, channels, addresses, customers, levels
INSERT INTO identity.contact_point (id, channel, address, customer_id, level)
SELECT unnest($1::uuid[]), unnest($2::text[]), unnest($3::text[]), unnest($4::uuid[]), unnest($5::smallint[])

-- :name raise_levels
-- $1 uuid[], $2 smallint[]: contact points, and how well they are known now
UPDATE identity.contact_point AS p SET level = n.level
FROM unnest($1::uuid[], $2::smallint[]) AS n(id, level) WHERE p.id = n.id AND p.level < n.level

-- :name move_contact_points
-- $1 uuid[], $2 uuid[]: contact points, and whose they are now
UPDATE identity.contact_point AS p SET customer_id = n.customer_id
FROM unnest($1::uuid[], $2::uuid[]) AS n(id, customer_id) WHERE p.id = n.id

-- :name insert_links
-- $1 … $6: arrays, one element a contact point that went to another customer
INSERT INTO identity.link (id, contact_point_id, from_customer_id, to_customer_id, evidence, actor)
SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::text[])::jsonb, unnest($6::text[])

-- :name insert_claims
-- $1 uuid[], $2 text[], $3 text[]: customers, and the channels and addresses they gave without proof
INSERT INTO identity.claim (customer_id, channel, address)
SELECT unnest($1::uuid[]), unnest($2::text[]), unnest($3::text[]) ON CONFLICT DO NOTHING
