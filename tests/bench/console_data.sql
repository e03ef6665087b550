-- A centre with history, for measuring lists, timelines, counts and search:
--   deploy/lib/psql -v conversations=1000000 -v messages=5000000 -v unresolved=0.05 -f tests/bench/console_data.sql
-- into a fresh installation. Forty inboxes of very different size, fifty agents, four teams; who signs in has the administrator's
-- password. Agent 1 sees all, agent 2 works 32 inboxes, agent 3 works 39, the others four each.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
SET work_mem = '128MB';
SET statement_timeout = 0;
SELECT setseed(0.5) \g /dev/null

-- words by Zipf: a few in every message, most in few; a phrase is eight of them
CREATE FUNCTION pg_temp.word(n integer) RETURNS text LANGUAGE sql IMMUTABLE RETURN translate((1000 + n)::text, '0123456789', 'aeiorstnlm');
CREATE TEMP TABLE phrase AS
  SELECT p.n, p.text, to_tsvector('simple', p.text) AS words FROM (
    SELECT n, string_agg(pg_temp.word((power(random(), 4) * 8999)::integer), ' ') AS text FROM generate_series(0, 39999) n, generate_series(1, 8) GROUP BY n) p;
-- rising with time, as those the daemons make
CREATE FUNCTION pg_temp.id(kind integer, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN (lpad(to_hex(n), 12, '0') || '70008000' || lpad(kind::text, 12, '0'))::uuid;
CREATE FUNCTION pg_temp.ref(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + ((((n * 48271) % 34359738368) >> (5 * k)) & 31)::integer, 1)
                    || CASE k WHEN 4 THEN '-' ELSE '' END, '' ORDER BY k DESC) FROM generate_series(0, 7) k $$;
-- each inbox has 15 % less than the one before
CREATE FUNCTION pg_temp.inbox(n bigint) RETURNS integer LANGUAGE sql IMMUTABLE
RETURN least(40, 1 + floor(ln(1 - (abs(hashint8(n)::bigint) % 100000) / 100000.0::float8) / ln(0.85::float8))::integer);
CREATE FUNCTION pg_temp.channel(inbox integer) RETURNS text LANGUAGE sql IMMUTABLE RETURN CASE inbox % 3 WHEN 2 THEN 'chat' ELSE 'email' END;
\set inbox 1
\set agent 2
\set team 3
\set customer 4
\set point 5
\set conversation 6
\set interaction 7
\set message 8
\set mention 9

INSERT INTO config.inbox (id, channel, name, address)
  SELECT pg_temp.id(:inbox, n), pg_temp.channel(n), 'Inbox ' || n, 'inbox' || n || '@bench.example' FROM generate_series(1, 40) n;
INSERT INTO staff.agent (id, name, email, role, all_inboxes, password_hash)
  SELECT pg_temp.id(:agent, n), 'Agent ' || n, 'agent' || n || '@bench.example', CASE n WHEN 1 THEN 'administrator' ELSE 'agent' END, n = 1,
    (SELECT a.password_hash FROM staff.agent a WHERE a.role = 'administrator' AND a.password_hash IS NOT NULL ORDER BY a.created_at LIMIT 1)
  FROM generate_series(1, 50) n;
INSERT INTO staff.agent_inbox SELECT pg_temp.id(:agent, a), pg_temp.id(:inbox, i) FROM generate_series(2, 50) a, generate_series(1, 40) i
  WHERE CASE a WHEN 2 THEN i % 5 <> 0 WHEN 3 THEN i < 40 ELSE (i + a) % 10 = 0 END;
INSERT INTO staff.team (id, name) SELECT pg_temp.id(:team, n), 'Team ' || n FROM generate_series(1, 4) n;
INSERT INTO config.tag (name) VALUES ('billing'), ('returns'), ('rare');
CREATE TEMP TABLE worker AS
  SELECT i.n AS inbox, array_agg(a.id ORDER BY a.id) AS ids FROM generate_series(1, 40) AS i(n), staff.agent a
  WHERE a.email LIKE '%@bench.example' AND (a.all_inboxes OR EXISTS (SELECT FROM staff.agent_inbox r WHERE r.agent_id = a.id AND r.inbox_id = pg_temp.id(:inbox, i.n)))
  GROUP BY i.n;

CREATE TEMP TABLE person AS
  SELECT n, initcap(pg_temp.word(n % 9000)) || ' ' || initcap(pg_temp.word((n / 9000 * 13 + n * 7) % 9000)) AS name,
    'customer' || n || '@mail' || n % 50 || '.example' AS address FROM generate_series(1, :conversations / 2) n;
INSERT INTO identity.customer (id, name) SELECT pg_temp.id(:customer, n), name FROM person;
INSERT INTO identity.contact_point (id, channel, address, customer_id, level) SELECT pg_temp.id(:point, n), 'email', address, pg_temp.id(:customer, n), 2 FROM person;

-- twenty of them are very long
CREATE TEMP TABLE matter AS
  SELECT n, pg_temp.id(:conversation, n) AS id, pg_temp.inbox(n) AS inbox, 1 + n % (:conversations / 2) AS customer, pg_temp.ref(n) AS ref, n * 7919 % 40000 AS phrase,
    CASE n % (:conversations / 20) WHEN 0 THEN 2000 ELSE 1 + n * 7919 % (2 * :messages / :conversations - 1) END AS size,
    now() - (:conversations - n) * interval '30 s' AS at, random() < :unresolved AS is_live, random() AS status, random() AS held,
    random() AS urgent, random() AS tagged
  FROM generate_series(1::bigint, :conversations) n;
INSERT INTO routing.conversation (id, ref, inbox_id, customer_id, channel, subject, status, snoozed_until, assignee_id, team_id, priority, tags,
    interaction_id, contact_point_id, sequence, last_message_id, last_inbound_id, last_preview, last_author, last_direction, last_activity_at,
    activity_bucket, waiting_since, waiting_bucket, resolved_at, version, created_at)
  SELECT m.id, m.ref, pg_temp.id(:inbox, m.inbox), pg_temp.id(:customer, m.customer), pg_temp.channel(m.inbox),
    p.text, CASE WHEN NOT m.is_live THEN 'resolved' WHEN m.status < 0.6 THEN 'open' WHEN m.status < 0.85 THEN 'pending' ELSE 'snoozed' END,
    CASE WHEN m.is_live AND m.status >= 0.85 THEN now() + interval '1000 days' END,
    CASE WHEN m.held < 0.9 THEN w.ids[1 + m.n % cardinality(w.ids)] END, CASE WHEN m.n % 5 = 0 THEN pg_temp.id(:team, 1 + m.n / 5 % 4) END,
    CASE WHEN m.urgent < 0.01 THEN 2 WHEN m.urgent < 0.05 THEN 1 WHEN m.urgent > 0.98 THEN -1 ELSE 0 END,
    CASE WHEN m.tagged < 0.1 THEN ARRAY['billing'] WHEN m.tagged < 0.101 THEN ARRAY['rare', 'billing'] WHEN m.tagged < 0.2 THEN ARRAY['returns'] ELSE '{}' END,
    pg_temp.id(:interaction, m.n), pg_temp.id(:point, m.customer), m.size, pg_temp.id(:message, m.n * 10000 + m.size), pg_temp.id(:message, m.n * 10000 + 1),
    'The newest words of conversation ' || m.n, CASE m.size % 2 WHEN 1 THEN 'Customer' ELSE 'Agent' END, CASE m.size % 2 WHEN 1 THEN 'in' ELSE 'out' END,
    m.at, floor(extract(epoch FROM m.at) / 64), CASE WHEN m.is_live AND m.size % 2 = 1 THEN m.at END,
    CASE WHEN m.is_live AND m.size % 2 = 1 THEN floor(extract(epoch FROM m.at) / 64) END, CASE WHEN NOT m.is_live THEN m.at END, m.size, m.at
  FROM matter m JOIN worker w USING (inbox) JOIN phrase p ON p.n = m.phrase;
INSERT INTO routing.interaction (id, conversation_id, channel, inbox_id, contact_point_id, started_at, ended_at)
  SELECT pg_temp.id(:interaction, m.n), m.id, pg_temp.channel(m.inbox), pg_temp.id(:inbox, m.inbox), pg_temp.id(:point, m.customer), m.at,
    CASE WHEN NOT m.is_live THEN m.at END FROM matter m;

-- Three phrases each, and one of ten has a number nobody else has. Odd entries come in, even ones go out; those of one conversation
-- lie apart, as they would have come.
CREATE TEMP TABLE line AS
  SELECT l.n, l.id AS conversation_id, l.sequence, pg_temp.id(:message, l.n * 10000 + l.sequence) AS id, l.inbox, l.customer, l.at,
    concat_ws(' ', a.text, b.text, c.text, l.number) AS text, strip(a.words || b.words || c.words) || to_tsvector('simple', coalesce(l.number, '')) AS words
  FROM (SELECT m.n, m.id, s AS sequence, m.inbox, m.customer, m.at, CASE hashint8(m.n * 10000 + s) % 10 WHEN 3 THEN 'order ' || m.n * 10000 + s END AS number,
      abs(hashint8(m.n * 30000 + s) % 40000) AS a, abs(hashint8(m.n * 70000 + s) % 40000) AS b, abs(hashint8(m.n * 110000 + s) % 40000) AS c
    FROM matter m CROSS JOIN LATERAL generate_series(1, m.size) s ORDER BY m.n + s * 1000) l
  JOIN phrase a ON a.n = l.a JOIN phrase b ON b.n = l.b JOIN phrase c ON c.n = l.c;
INSERT INTO routing.entry (conversation_id, sequence, message_id, interaction_id, kind, direction, created_at)
  SELECT conversation_id, sequence, id, pg_temp.id(:interaction, n), 'message', CASE sequence % 2 WHEN 1 THEN 'in' ELSE 'out' END, at FROM line;
INSERT INTO channel.message (id, inbox_id, channel, dedupe_key, contact_address, contact_name, level, subject, text, rfc_message_id, received_at)
  SELECT id, pg_temp.id(:inbox, inbox), pg_temp.channel(inbox), id::text, 'customer' || customer || '@mail' || customer % 50 || '.example', 'Customer ' || customer, 2,
    'Question ' || n, text, id || '@mail.example', at FROM line WHERE sequence % 2 = 1;
INSERT INTO routing.message (id, conversation_id, inbox_id, author_type, author_id, author_name, text, created_at)
  SELECT id, conversation_id, pg_temp.id(:inbox, inbox), 'agent', pg_temp.id(:agent, 1 + n % 50), 'Agent', text, at FROM line WHERE sequence % 2 = 0;

DROP INDEX gateway.search_words; -- made anew in one go
INSERT INTO gateway.search (kind, object_id, conversation_id, inbox_id, words)
  SELECT 'message', id, conversation_id, pg_temp.id(:inbox, inbox), words FROM line;
INSERT INTO gateway.search (kind, object_id, conversation_id, inbox_id, words)
  SELECT 'conversation', m.id, m.id, pg_temp.id(:inbox, m.inbox), strip(to_tsvector('simple', concat_ws(' ', m.ref, p.text, u.name))) || gateway.address_words(ARRAY[u.address])
  FROM matter m JOIN person u ON u.n = m.customer JOIN phrase p ON p.n = m.phrase;
INSERT INTO gateway.search (kind, object_id, words)
  SELECT 'customer', pg_temp.id(:customer, n), strip(to_tsvector('simple', name)) || gateway.address_words(ARRAY[address]) FROM person;
CREATE INDEX search_words ON gateway.search USING gin (words) WITH (gin_pending_list_limit = 65536);

-- agent 2 has read a few, follows a few and is named in a few
INSERT INTO gateway.reading SELECT pg_temp.id(:agent, 2), id, size - 1 FROM matter WHERE n > :conversations - 20000;
INSERT INTO gateway.follow (agent_id, conversation_id) SELECT pg_temp.id(:agent, 2), id FROM matter WHERE n % (:conversations / 500) = 0;
INSERT INTO gateway.mention (id, agent_id, conversation_id, message_id, by_agent_id, excerpt, created_at)
  SELECT pg_temp.id(:mention, n), pg_temp.id(:agent, 2), id, pg_temp.id(:message, n * 10000 + 2), pg_temp.id(:agent, 1), 'Look', at FROM matter WHERE n % (:conversations / 500) = 7;
VACUUM ANALYZE;
