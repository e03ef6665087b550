-- store_requests.sql - what was asked for and has yet to be decided, and uploads.

-- ---- requests ----

-- :name read_request_by_key
-- $1 agent, $2 Idempotency-Key
SELECT id, hash, kind, state, status, outcome::text FROM gateway.request WHERE agent_id = $1 AND idempotency_key = $2;

-- :name read_request
-- $1 agent, $2 request
SELECT json_build_object('id', id, 'state', state, 'outcome', outcome, 'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM gateway.request WHERE agent_id = $1 AND id = $2;

-- :name insert_request
-- $1 id, $2 agent, $3 key, $4 hash, $5 kind, $6 conversation, $7 deadline
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, conversation_id, deadline)
VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7);

-- :name remember_agent
-- The answer to making an agent. $1 id, $2 agent, $3 key, $4 hash, $5 kind, $6 what was made
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, status, outcome, deadline)
SELECT $1, $2, $3, $4, $5, 'done', 201, v.body, clock_timestamp() FROM gateway.v_agent v WHERE v.id = $6
RETURNING outcome::text;

-- :name remember_inbox
-- As remember_agent; $7 the address people open
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, status, outcome, deadline)
SELECT $1, $2, $3, $4, $5, 'done', 201, v.body, clock_timestamp() FROM gateway.inbox($7) v WHERE v.id = $6
RETURNING outcome::text;

-- :name remember_upload
-- As remember_agent
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, status, outcome, deadline)
SELECT $1, $2, $3, $4, $5, 'done', 201, v.body, clock_timestamp() FROM gateway.v_upload v WHERE v.id = $6
RETURNING outcome::text;

-- :name remember_secret
-- As remember_agent, of a secret's inbox: the secret itself is made again from the request
INSERT INTO gateway.request (id, agent_id, idempotency_key, hash, kind, state, status, outcome, deadline)
VALUES ($1, $2, $3, $4, $5, 'done', 200, jsonb_build_object('inbox_id', $6::uuid), clock_timestamp());

-- :name finish_requests
-- Outcomes of requests still pending. $1 requests, $2 state of each, $3 HTTP status, $4 message or null, $5 problem or
-- answer, null: read here,
-- $6 base of attachment addresses, $7 key that signs them
UPDATE gateway.request r SET state = f.state,
  status = CASE WHEN f.body IS NOT NULL THEN f.status
    WHEN r.kind = 'move' OR f.message_id IS NOT NULL AND r.kind <> 'retry' THEN 201 ELSE 200 END,
  outcome = CASE WHEN f.body IS NOT NULL THEN f.body::jsonb
    WHEN r.kind = 'customer' THEN (SELECT c.body FROM staff.agent a
      CROSS JOIN LATERAL gateway.customer(a.id, a.all_inboxes, ARRAY(SELECT i.inbox_id FROM staff.agent_inbox i WHERE i.agent_id = a.id)) c
      WHERE a.id = r.agent_id AND c.id = r.conversation_id)
    WHEN r.kind = 'move' THEN
      (SELECT t.body FROM gateway.v_interaction t WHERE t.id = coalesce(
        (SELECT m.to_interaction_id FROM routing.v_move m WHERE m.message_id = f.message_id),
        (SELECT c.interaction_id FROM routing.v_conversation c WHERE c.id = r.conversation_id)))
    WHEN f.message_id IS NOT NULL THEN
      (SELECT m.body FROM gateway.message($6, $7) m WHERE m.id = f.message_id)
    ELSE (SELECT v.body::jsonb FROM gateway.conversation(r.agent_id) v WHERE v.id = r.conversation_id) END
FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::uuid[], $5::text[]) AS f(id, state, status, message_id, body)
WHERE r.id = f.id AND r.state = 'pending';

-- :name read_outcomes
-- $1 requests
SELECT id, state, status, outcome::text FROM gateway.request WHERE id = ANY ($1::uuid[]) AND state <> 'pending';

-- :name read_oldest_pending
-- Where in the log the outcome of the oldest open request may stand
SELECT (SELECT min(xid) FROM gateway.request WHERE state = 'pending' AND created_at > clock_timestamp() - interval '1 hour'),
  (SELECT epoch FROM bus.epoch ORDER BY number DESC LIMIT 1);

-- :name delete_old_requests
DELETE FROM gateway.request WHERE id IN (SELECT id FROM gateway.request
  WHERE created_at < clock_timestamp() - interval '7 days' ORDER BY created_at LIMIT 1000);

-- ---- uploads ----

-- :name insert_upload
-- $1 id, $2 agent, $3 name, $4 content type, $5 size, $6 SHA-256 of the content, hex
INSERT INTO gateway.upload (id, agent_id, name, content_type, size_bytes, sha256) VALUES ($1, $2, $3, $4, $5, $6);

-- :name delete_old_uploads
DELETE FROM gateway.upload WHERE id IN (SELECT id FROM gateway.upload
  WHERE created_at < clock_timestamp() - interval '7 days' ORDER BY created_at LIMIT 1000);
