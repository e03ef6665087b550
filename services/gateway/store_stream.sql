-- store_stream.sql - the log as streams read it.
-- "all" and "inboxes" are the reader's rights.

-- :name read_log_bounds
-- What a cursor is held against
SELECT f.xid, f.id, (SELECT epoch FROM bus.epoch ORDER BY number DESC LIMIT 1) FROM bus.floor f;

-- :name read_log
-- One page of the log; payloads only of what the reader may see, or might have seen before it went to another inbox. $1 xid, $2 id: after them, $3 xid, $4 id: up to them,
-- $5 types, $6 all, $7 inboxes
SELECT e.xid, e.id,
  CASE WHEN e.type = ANY ($5::text[])
    AND (e.inbox_id IS NULL OR $6 OR e.inbox_id = ANY ($7::uuid[]) OR e.type = 'conversation.inbox_changed') THEN e.payload END
FROM (SELECT xid, id, type, inbox_id, payload FROM bus.event
      WHERE xid >= $1 AND (xid, id) > ($1, $2) AND xid <= $3 AND (xid, id) <= ($3, $4)
      ORDER BY xid, id LIMIT 2000) e
ORDER BY e.xid, e.id;

-- :name read_lost_conversations
-- What moves out of an agent's sight. $1 all, $2 inboxes: rights before, $3 all, $4 inboxes: rights now, $5 agent,
-- $6 conversations the agent has open
SELECT id FROM routing.v_conversation
WHERE (assignee_id = $5 AND status <> 'resolved' OR id = ANY ($6::uuid[]))
  AND ($1 OR inbox_id = ANY ($2::uuid[])) AND NOT ($3 OR inbox_id = ANY ($4::uuid[])) LIMIT 2000;

-- :name read_typing
-- Where the others are who may see it. $1 all, $2 inboxes, $3 conversation
SELECT inbox_id FROM routing.v_conversation WHERE id = $3 AND ($1 OR inbox_id = ANY ($2::uuid[]));
