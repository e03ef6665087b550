-- A centre with history, for measuring lists, timelines, counts and search:
--   psql -d … -v conversations=1000000 -v unresolved=0.05 -f tests/bench/console_data.sql
-- into a fresh, migrated database; five messages a conversation. Eight agents, twelve inboxes of very different size, four teams.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
SELECT setseed(0.5) \g /dev/null

-- words by Zipf: a few in every message, most in few
CREATE FUNCTION pg_temp.word(n integer) RETURNS text LANGUAGE sql IMMUTABLE RETURN translate((1000 + n)::text, '0123456789', 'aeiorstnlm');
CREATE FUNCTION pg_temp.text_of(seed bigint, size integer) RETURNS text LANGUAGE sql VOLATILE AS
$$ SELECT string_agg(pg_temp.word((power(random(), 4) * 8999)::integer), ' ') FROM generate_series(1, size + (seed * 0)::integer) $$;
CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(kind || n)::uuid $$;
CREATE FUNCTION pg_temp.ref(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + ((((n * 48271) % 34359738368) >> (5 * k)) & 31)::integer, 1)
                    || CASE k WHEN 4 THEN '-' ELSE '' END, '' ORDER BY k DESC) FROM generate_series(0, 7) k $$;
-- inbox 1 has half of everything, inbox 2 half of the rest, …
CREATE FUNCTION pg_temp.inbox(n bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$ SELECT least(12, 1 + floor(-log(2, 1 - (abs(hashint8(n)::bigint) % 100000) / 100000.0))::integer) $$;

INSERT INTO config.inbox (id, channel, name, address)
  SELECT pg_temp.id('inbox', n), CASE n % 3 WHEN 2 THEN 'chat' ELSE 'email' END, 'Inbox ' || n, 'inbox' || n || '@bench.example' FROM generate_series(1, 12) n;
INSERT INTO staff.agent (id, name, email, role, all_inboxes)
  SELECT pg_temp.id('agent', n), 'Agent ' || n, 'agent' || n || '@bench.example', CASE n WHEN 1 THEN 'administrator' ELSE 'agent' END, n = 1
  FROM generate_series(1, 8) n;
INSERT INTO staff.agent_inbox SELECT pg_temp.id('agent', a), pg_temp.id('inbox', i) FROM generate_series(2, 8) a, generate_series(1, 12) i WHERE i % 7 = a - 2 OR i = 12;
INSERT INTO staff.team (id, name) SELECT pg_temp.id('team', n), 'Team ' || n FROM generate_series(1, 4) n;

INSERT INTO identity.customer (id, name)
  SELECT pg_temp.id('customer', n), initcap(pg_temp.word(n % 9000)) || ' ' || initcap(pg_temp.word((n / 9000 * 13 + n * 7) % 9000))
  FROM generate_series(1, :conversations / 2) n;
INSERT INTO identity.contact_point (id, channel, address, customer_id, level)
  SELECT pg_temp.id('point', n), 'email', 'customer' || n || '@mail' || n % 50 || '.example', pg_temp.id('customer', n), 2 FROM generate_series(1, :conversations / 2) n;

CREATE TEMP TABLE matter AS
  SELECT n, pg_temp.id('conversation', n) AS id, pg_temp.inbox(n) AS inbox, 1 + n % (:conversations / 2) AS customer,
    1 + n * 7919 % 9 AS size, now() - (:conversations - n) * interval '30 s' AS at, random() < :unresolved AS is_live, random() AS status, random() AS held,
    random() AS urgent, random() AS tagged
  FROM generate_series(1::bigint, :conversations) n;

INSERT INTO routing.conversation (id, ref, inbox_id, customer_id, channel, subject, status, snoozed_until, assignee_id, team_id, priority, tags,
    interaction_id, contact_point_id, sequence, last_message_id, last_inbound_id, last_preview, last_author, last_direction, last_activity_at,
    activity_bucket, waiting_since, waiting_bucket, resolved_at, version, created_at)
  SELECT m.id, pg_temp.ref(m.n), pg_temp.id('inbox', m.inbox), pg_temp.id('customer', m.customer), CASE m.inbox % 3 WHEN 2 THEN 'chat' ELSE 'email' END,
    pg_temp.text_of(m.n, 5), CASE WHEN NOT m.is_live THEN 'resolved' WHEN m.status < 0.6 THEN 'open' WHEN m.status < 0.85 THEN 'pending' ELSE 'snoozed' END,
    CASE WHEN m.is_live AND m.status >= 0.85 THEN now() + interval '1 day' END,
    CASE WHEN m.held < 0.9 THEN pg_temp.id('agent', 1 + m.n % 8) END, CASE WHEN m.n % 5 = 0 THEN pg_temp.id('team', 1 + m.n / 5 % 4) END,
    CASE WHEN m.urgent < 0.01 THEN 2 WHEN m.urgent < 0.05 THEN 1 WHEN m.urgent > 0.98 THEN -1 ELSE 0 END,
    CASE WHEN m.tagged < 0.1 THEN ARRAY['billing'] WHEN m.tagged < 0.101 THEN ARRAY['rare', 'billing'] WHEN m.tagged < 0.2 THEN ARRAY['returns'] ELSE '{}' END,
    pg_temp.id('interaction', m.n), pg_temp.id('point', m.customer), m.size, pg_temp.id('message', m.n * 10 + m.size), pg_temp.id('message', m.n * 10 + 1),
    'The newest words of conversation ' || m.n, 'Agent', 'out', m.at, floor(extract(epoch FROM m.at) / 64),
    CASE WHEN m.is_live AND m.n % 3 = 0 THEN m.at END, CASE WHEN m.is_live AND m.n % 3 = 0 THEN floor(extract(epoch FROM m.at) / 64) END,
    CASE WHEN NOT m.is_live THEN m.at END, m.size, m.at
  FROM matter m;
INSERT INTO routing.interaction (id, conversation_id, channel, inbox_id, contact_point_id, started_at)
  SELECT pg_temp.id('interaction', m.n), m.id, CASE m.inbox % 3 WHEN 2 THEN 'chat' ELSE 'email' END, pg_temp.id('inbox', m.inbox), pg_temp.id('point', m.customer), m.at FROM matter m;

-- odd entries come in, even ones go out
CREATE TEMP TABLE line AS
  SELECT m.n, m.id AS conversation_id, s AS sequence, pg_temp.id('message', m.n * 10 + s) AS id, m.inbox, m.customer, m.at, pg_temp.text_of(s, 25) AS text
  FROM matter m CROSS JOIN LATERAL generate_series(1, m.size) s;
INSERT INTO routing.entry SELECT conversation_id, sequence, id, pg_temp.id('interaction', n), 'message', CASE sequence % 2 WHEN 1 THEN 'in' ELSE 'out' END, at FROM line;
INSERT INTO channel.message (id, inbox_id, channel, dedupe_key, contact_address, contact_name, level, subject, text, rfc_message_id, received_at)
  SELECT id, pg_temp.id('inbox', inbox), 'email', id::text, 'customer' || customer || '@mail.example', 'Customer ' || customer, 2, 'Question ' || n, text, id || '@mail.example', at
  FROM line WHERE sequence % 2 = 1;
INSERT INTO routing.message (id, conversation_id, inbox_id, author_type, author_id, author_name, text, created_at)
  SELECT id, conversation_id, pg_temp.id('inbox', inbox), 'agent', pg_temp.id('agent', 1 + n % 8), 'Agent', text, at FROM line WHERE sequence % 2 = 0;

DROP INDEX gateway.search_words; -- made anew in one go
INSERT INTO gateway.search (kind, object_id, conversation_id, inbox_id, words)
  SELECT 'message', id, conversation_id, pg_temp.id('inbox', inbox), strip(to_tsvector('simple', text)) FROM line ORDER BY n, sequence;
INSERT INTO gateway.search (kind, object_id, conversation_id, inbox_id, words)
  SELECT 'conversation', c.id, c.id, c.inbox_id, strip(to_tsvector('simple', concat_ws(' ', c.ref, c.subject, u.name))) || gateway.address_words(ARRAY[p.address])
  FROM routing.conversation c JOIN identity.customer u ON u.id = c.customer_id JOIN identity.contact_point p ON p.id = c.contact_point_id ORDER BY c.activity_bucket;
INSERT INTO gateway.search (kind, object_id, words)
  SELECT 'customer', u.id, strip(to_tsvector('simple', u.name)) || gateway.address_words(ARRAY[p.address]) FROM identity.customer u JOIN identity.contact_point p ON p.customer_id = u.id;

CREATE INDEX search_words ON gateway.search USING gin (words);

-- the reader: agent 2, who has read a few, follows a few and is named in a few
INSERT INTO gateway.reading SELECT pg_temp.id('agent', 2), id, size - 1 FROM matter WHERE n > :conversations - 20000;
INSERT INTO gateway.follow (agent_id, conversation_id) SELECT pg_temp.id('agent', 2), id FROM matter WHERE n % (:conversations / 500) = 0;
INSERT INTO gateway.mention (id, agent_id, conversation_id, message_id, by_agent_id, excerpt, created_at)
  SELECT pg_temp.id('mention', n), pg_temp.id('agent', 2), id, pg_temp.id('message', n * 10 + 2), pg_temp.id('agent', 1), 'Look', at FROM matter WHERE n % (:conversations / 500) = 7;
VACUUM ANALYZE;
