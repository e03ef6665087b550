-- Statements of services/email.

-- :name list_inboxes
-- Every mail inbox that takes mail.
SELECT id, address FROM config.v_inbox WHERE channel = 'email' AND active

-- :name find_inbox
-- $1 addresses: inboxes that have one of them.
SELECT id, address FROM config.v_inbox WHERE channel = 'email' AND active AND address = ANY ($1::text[])

-- :name read_relay
-- $1 inbox: its own relay, sealed; NULL: the default one.
SELECT smtp_url_sealed FROM config.v_inbox_relay WHERE id = $1::uuid

-- :name read_tested
-- $1 inbox: what a test of it begins with.
SELECT i.address, i.active, r.smtp_url_sealed FROM config.v_inbox AS i JOIN config.v_inbox_relay AS r ON r.id = i.id
WHERE i.id = $1::uuid AND i.channel = 'email'

-- :name due_unparsed
-- Mails that an operator wants parsed again.
SELECT id, inbox_id, raw, raw_file FROM channel.unparsed
WHERE channel = 'email' AND retry_at <= clock_timestamp() ORDER BY retry_at LIMIT 1

-- :name drop_unparsed
-- $1 the mail: it is stored as a message now.
DELETE FROM channel.unparsed WHERE id = $1::uuid

-- :name keep_unparsed
-- $1 the mail, $2 error: it still cannot be parsed.
UPDATE channel.unparsed SET error = $2::text, retry_at = NULL WHERE id = $1::uuid
