-- store_sessions.sql - sessions and credentials.

-- :name read_session
-- Who holds a token. $1 SHA-256 of it
SELECT a.id, a.name, a.email, a.role, a.all_inboxes, a.active, a.version,
  (SELECT string_agg(uuid_send(i.inbox_id), ''::bytea) FROM staff.agent_inbox i WHERE i.agent_id = a.id) AS inboxes,
  s.seen_at < clock_timestamp() - interval '1 minute' AS is_stale
FROM staff.session s JOIN staff.agent a ON a.id = s.agent_id
WHERE s.token_hash = $1 AND a.active AND s.until > clock_timestamp() AND s.seen_at > clock_timestamp() - interval '12 hours';

-- :name touch_session
-- $1 SHA-256 of the token
UPDATE staff.session SET seen_at = clock_timestamp()
WHERE token_hash = $1 AND seen_at < clock_timestamp() - interval '1 minute';

-- :name read_lost_sessions
-- Which of these sessions are no longer valid. $1 hashes of tokens
SELECT t.hash
FROM unnest($1::bytea[]) AS t(hash)
WHERE NOT EXISTS (SELECT FROM staff.session s JOIN staff.agent a ON a.id = s.agent_id
  WHERE s.token_hash = t.hash AND a.active AND s.until > clock_timestamp())
AND NOT EXISTS (SELECT FROM staff.token k JOIN staff.agent a ON a.id = k.agent_id
  WHERE k.hash = t.hash AND a.active AND coalesce(k.expires_at > clock_timestamp(), true));

-- :name touch_sessions
-- Open streams keep their sessions alive. $1 hashes of tokens
UPDATE staff.session SET seen_at = clock_timestamp()
WHERE token_hash = ANY ($1::bytea[]) AND seen_at < clock_timestamp() - interval '1 minute';

-- :name read_credentials
-- $1 e-mail address, lower case
SELECT id, password_hash FROM staff.agent WHERE email = $1 AND active;

-- :name insert_session
-- $1 SHA-256 of the token, $2 agent, $3 the peer's address
INSERT INTO staff.session (token_hash, agent_id, peer, until) VALUES ($1, $2, $3, clock_timestamp() + interval '30 days');

-- :name read_own_agent
-- $1 agent
SELECT body::text FROM gateway.v_agent WHERE id = $1;

-- :name read_own_agent_at
-- The same with the place in the log it was read at. $1 agent
SELECT body::text, (SELECT cursor FROM gateway.v_cursor) FROM gateway.v_agent WHERE id = $1;

-- :name delete_session
-- $1 SHA-256 of the token
DELETE FROM staff.session WHERE token_hash = $1;

-- :name delete_old_sessions
DELETE FROM staff.session WHERE token_hash IN (SELECT token_hash FROM staff.session
  WHERE until < clock_timestamp() OR seen_at < clock_timestamp() - interval '12 hours' LIMIT 1000);
