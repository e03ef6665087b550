-- store_triage.sql - what a conversation may be given.

-- :name find_unknown_tags
-- $1 names
SELECT n.name FROM unnest($1::text[]) AS n(name) WHERE NOT EXISTS (SELECT FROM config.tag t WHERE t.name = n.name) LIMIT 1;

-- :name read_other_inbox
-- May the conversation go there? $1 all inboxes, $2 inboxes, $3 inbox, $4 conversation
SELECT i.id FROM config.inbox i JOIN routing.v_conversation c ON c.id = $4 JOIN config.inbox h ON h.id = c.inbox_id
WHERE i.id = $3 AND i.active AND i.channel = h.channel AND ($1 OR i.id = ANY ($2::uuid[]));

-- :name read_active_team
-- $1 team
SELECT id FROM staff.team WHERE id = $1 AND active;

-- :name read_delivery
-- $1 message, $2 conversation: whose channel sends it, by its number, and whether it could not be delivered
SELECT array_position('{email,chat,social,sms,voice}'::text[], d.channel), d.state IN ('failed', 'unknown')
FROM routing.v_entry e JOIN channel.v_delivery d ON d.message_id = e.message_id
WHERE e.message_id = $1 AND e.conversation_id = $2;
