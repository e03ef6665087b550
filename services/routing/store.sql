-- Statements of services/routing. Keys come as arrays; a lateral LIMIT 1 keeps each a lookup by index, whatever the plan was
-- made on.

-- ---- gather: what a batch points to, read before anything is locked ----

-- :name find_by_ref
-- $1 text[]: references
SELECT r.ref, c.id
FROM unnest($1::text[]) AS r(ref)
CROSS JOIN LATERAL (SELECT id FROM routing.conversation WHERE ref = r.ref LIMIT 1) AS c

-- :name find_by_message
-- $1 uuid[]: messages that stand in conversations
SELECT m.id, e.conversation_id
FROM unnest($1::uuid[]) AS m(id)
CROSS JOIN LATERAL (SELECT conversation_id FROM routing.entry WHERE message_id = m.id LIMIT 1) AS e

-- :name find_by_rfc_id
-- $1 uuid[], $2 text[]: inboxes, and Message-IDs of messages that came to them
SELECT m.number, e.conversation_id
FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS m(inbox_id, rfc_message_id, number)
CROSS JOIN LATERAL (
  SELECT e.conversation_id FROM channel.v_message AS v JOIN routing.entry AS e ON e.message_id = v.id
  WHERE v.inbox_id = m.inbox_id AND hashtextextended(v.rfc_message_id, 0) = hashtextextended(m.rfc_message_id, 0)
    AND v.rfc_message_id = m.rfc_message_id
  LIMIT 1) AS e

-- :name find_by_id
-- $1 uuid[]: conversations somebody asks something of
SELECT c.id, c.assignee_id
FROM unnest($1::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT id, assignee_id FROM routing.conversation WHERE id = w.id LIMIT 1) AS c

-- :name find_inboxes
-- $1 uuid[]: inboxes messages came to, or are to belong to; $2: how many agents of each, the next to be given work first. One row
-- without an agent for an inbox that has none.
SELECT i.id, i.team_id, i.channel, array_to_string(i.skills, E'\n'), q.id IS NOT NULL, a.agent_id, a.all_inboxes,
  array_to_string(a.inbox_ids, ' '), coalesce(a.capacity, 0), a.load, a.assigned_at, array_to_string(a.team_ids, ' '),
  array_to_string(a.skills, E'\n'), array_to_string(a.capacities, ' ', '0'), array_to_string(a.loads, ' ')
FROM unnest($1::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT id, team_id, channel, nullif(skills, '{}') AS skills FROM config.v_inbox WHERE id = w.id LIMIT 1) AS i
LEFT JOIN LATERAL (
  SELECT id FROM routing.conversation
  WHERE inbox_id = i.id AND routing.lane_team(team_id) = routing.lane_team(i.team_id) AND channel = i.channel AND queued_at IS NOT NULL
  LIMIT 1) AS q ON true
LEFT JOIN LATERAL routing.takers(i.id, i.team_id, i.channel, i.skills, $2::integer) AS a ON true

-- :name find_chats
-- $1 uuid[], $2 uuid[], $3 uuid[]: contact points of chat messages, the customers they had, and the inboxes they came to; whose they
-- are now, the mail inbox linked, and the latest conversation
SELECT w.number, p.customer_id, l.mail_inbox_id, c.id, c.assignee_id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS w(contact_point_id, customer_id, inbox_id, number)
LEFT JOIN LATERAL (SELECT customer_id FROM identity.v_contact_point WHERE id = w.contact_point_id LIMIT 1) AS p ON true
LEFT JOIN LATERAL (SELECT mail_inbox_id FROM config.v_continuity WHERE inbox_id = w.inbox_id LIMIT 1) AS l ON true
LEFT JOIN LATERAL (
  SELECT id, assignee_id FROM routing.conversation
  WHERE customer_id = ANY (ARRAY[w.customer_id, p.customer_id]) AND (w.inbox_id IN (inbox_id, via_inbox_id) OR inbox_id = l.mail_inbox_id)
  ORDER BY status = 'resolved', last_activity_at DESC LIMIT 1) AS c ON true

-- :name find_merged
-- $1 uuid[], $2 uuid[]: customers, and contact points that are no longer theirs; the conversations that ran over them
SELECT w.number, c.id, c.assignee_id
FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS w(customer_id, contact_point_id, number)
JOIN routing.conversation AS c ON c.customer_id = w.customer_id
WHERE EXISTS (SELECT FROM routing.interaction WHERE conversation_id = c.id AND contact_point_id = w.contact_point_id)
  OR c.contact_point_id = w.contact_point_id

-- ---- gather of a tick ----

-- :name find_unseen
-- $1: time all events up to which are known; $2: how many
SELECT id, assignee_id FROM routing.conversation WHERE continue_at <= $1 ORDER BY continue_at LIMIT $2::integer

-- :name find_due
-- $1: time all events up to which are known; $2: how many
SELECT id, assignee_id FROM routing.conversation
WHERE status = 'snoozed' AND snoozed_until <= $1 ORDER BY snoozed_until LIMIT $2::integer

-- :name find_heads
-- $1: object number of the tick, one replica at a time; $2: how many of each lane
SELECT c.id, c.inbox_id, c.team_id, c.channel, c.priority, c.queued_at, c.released_from
FROM (SELECT pg_try_advisory_xact_lock($1) AS is_mine OFFSET 0) AS tick
CROSS JOIN routing.lane AS l
CROSS JOIN LATERAL (
  SELECT id, inbox_id, team_id, channel, priority, queued_at, released_from FROM routing.conversation
  WHERE inbox_id = l.inbox_id AND routing.lane_team(team_id) = l.team_id AND channel = l.channel AND priority = l.priority
    AND queued_at IS NOT NULL
  ORDER BY queued_at, id LIMIT $2::integer) AS c
WHERE tick.is_mine
ORDER BY c.priority DESC, c.queued_at, c.id

-- :name find_heads_by_id
-- $1: as above; $2 uuid[]: conversations
SELECT c.id, c.inbox_id, c.team_id, c.channel, c.priority, c.queued_at, c.released_from
FROM (SELECT pg_try_advisory_xact_lock($1) AS is_mine OFFSET 0) AS tick
CROSS JOIN unnest($2::uuid[]) AS w(id)
CROSS JOIN LATERAL (
  SELECT id, inbox_id, team_id, channel, priority, queued_at, released_from FROM routing.conversation
  WHERE id = w.id AND queued_at IS NOT NULL LIMIT 1) AS c
WHERE tick.is_mine
ORDER BY c.priority DESC, c.queued_at, c.id

-- :name find_takers
-- $1: how many agents for each lane where somebody waits, the next to be given work first; as find_inboxes
SELECT i.id, i.team_id, i.channel, array_to_string(i.skills, E'\n'), true, a.agent_id, a.all_inboxes,
  array_to_string(a.inbox_ids, ' '), coalesce(a.capacity, 0), a.load, a.assigned_at, array_to_string(a.team_ids, ' '),
  array_to_string(a.skills, E'\n'), array_to_string(a.capacities, ' ', '0'), array_to_string(a.loads, ' ')
FROM (SELECT DISTINCT inbox_id, team_id, channel FROM routing.lane) AS l
CROSS JOIN LATERAL (SELECT id, team_id, channel, nullif(skills, '{}') AS skills FROM config.v_inbox WHERE id = l.inbox_id LIMIT 1) AS i
LEFT JOIN LATERAL routing.takers(i.id, nullif(l.team_id, routing.lane_team(NULL)), l.channel, i.skills, $1::integer) AS a ON true

-- :name find_lost
-- $1: how many of each agent whose rights changed; what they hold and may no longer see, NULL when there is nothing
SELECT a.agent_id, c.id
FROM routing.agent AS a
LEFT JOIN LATERAL (
  SELECT id FROM routing.conversation
  WHERE assignee_id = a.agent_id AND status <> 'resolved' AND status <> 'snoozed'
    AND NOT (a.active AND (a.all_inboxes OR inbox_id = ANY (a.inbox_ids)))
  LIMIT $1::integer) AS c ON true
WHERE NOT a.swept

-- ---- load: under locks ----

-- :name load_conversations
-- $1 uuid[]: conversations; of chat inboxes' the mail inbox linked; for those that may be woken, too, whether their assignee still
-- has the inbox
SELECT c.*, l.mail_inbox_id, a.may_have
FROM unnest($1::uuid[]) AS w(id)
CROSS JOIN LATERAL (
  SELECT id, ref, inbox_id, customer_id, channel, subject, status, snoozed_until, assignee_id, interaction_id, contact_point_id,
         sequence, last_message_id, last_inbound_id, last_preview, last_author, last_direction, last_activity_at, waiting_since,
         queued_at, resolved_at, released_from, version, via_inbox_id, customer_present, absent_since, seen_sequence, told_sequence,
         reply_sequence, reply_at, continue_at, team_id, priority, array_to_string(tags, E'\n'), array_to_string(former_inbox_ids, ' ')
  FROM routing.conversation WHERE id = w.id LIMIT 1) AS c
LEFT JOIN LATERAL (
  SELECT mail_inbox_id FROM config.v_continuity
  WHERE (c.channel <> 'email' OR c.via_inbox_id IS NOT NULL) AND inbox_id = c.inbox_id LIMIT 1) AS l ON true
LEFT JOIN LATERAL (
  SELECT agent_version = 0 OR active AND (all_inboxes OR c.inbox_id = ANY (inbox_ids)) AS may_have FROM routing.agent
  WHERE c.status IN ('snoozed', 'resolved') AND agent_id = c.assignee_id LIMIT 1) AS a ON true

-- :name load_agents
-- $1 uuid[]: agents
SELECT a.*
FROM unnest($1::uuid[]) AS w(id)
CROSS JOIN LATERAL (
  SELECT agent_id, active, all_inboxes, array_to_string(inbox_ids, ' '), agent_version, status, presence_version,
         coalesce(capacity, 0), load, assigned_at, array_to_string(team_ids, ' '), array_to_string(skills, E'\n'),
         array_to_string(capacities, ' ', '0'), array_to_string(loads, ' ')
  FROM routing.agent WHERE agent_id = w.id LIMIT 1) AS a

-- :name load_staff
-- $1 uuid[]: agents, as the gateway has them now
SELECT a.*
FROM unnest($1::uuid[]) AS w(id)
CROSS JOIN LATERAL (
  SELECT s.id, s.active, s.all_inboxes,
         (SELECT string_agg(r.inbox_id::text, ' ') FROM staff.v_agent_inbox AS r WHERE r.agent_id = s.id)
  FROM staff.v_agent AS s WHERE s.id = w.id LIMIT 1) AS a

-- :name load_replies
-- $1 uuid[], $2 uuid[], $3 uuid[]: replies, their conversations, and the interactions asked for (NULL: the latest)
SELECT w.id, t.id, t.contact_point_id, t.channel, p.address, u.name, i.address, v.rfc_message_id, array_to_string(v.thread_ids, ' '),
       t.inbox_id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS w(id, conversation_id, interaction_id)
CROSS JOIN LATERAL (
  SELECT id, inbox_id, interaction_id, contact_point_id, last_inbound_id FROM routing.conversation
  WHERE id = w.conversation_id LIMIT 1) AS c
CROSS JOIN LATERAL (
  SELECT n.id, n.inbox_id, CASE WHEN n.id = c.interaction_id THEN c.contact_point_id ELSE n.contact_point_id END AS contact_point_id, n.channel
  FROM routing.interaction AS n
  WHERE n.id = coalesce(w.interaction_id, c.interaction_id) AND n.conversation_id = c.id LIMIT 1) AS t
LEFT JOIN LATERAL (SELECT address, customer_id FROM identity.v_contact_point WHERE id = t.contact_point_id LIMIT 1) AS p ON true
LEFT JOIN LATERAL (SELECT name FROM identity.v_customer WHERE id = p.customer_id LIMIT 1) AS u ON true
LEFT JOIN LATERAL (SELECT address FROM config.v_inbox WHERE id = t.inbox_id LIMIT 1) AS i ON true
LEFT JOIN LATERAL (SELECT rfc_message_id, thread_ids FROM channel.v_message WHERE id = c.last_inbound_id LIMIT 1) AS v ON true

-- :name load_owners
-- $1 uuid[]: contact points
SELECT w.number, p.customer_id
FROM unnest($1::uuid[]) WITH ORDINALITY AS w(id, number)
CROSS JOIN LATERAL (SELECT customer_id FROM identity.v_contact_point WHERE id = w.id LIMIT 1) AS p

-- :name load_targets
-- $1 uuid[], $2 text[], $3 smallint[], $4 uuid[]: conversations, the channels they are to go on, how well a contact point must be
-- known, and which one (NULL: the best known). A chat goes on where it last was; mail from the conversation's own inbox or the one
-- linked.
SELECT w.number, p.id, p.address, u.name, i.id, i.address, v.locale
FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::uuid[]) WITH ORDINALITY AS w(id, channel, level, contact_point_id, number)
CROSS JOIN LATERAL (
  SELECT id, inbox_id, customer_id FROM routing.conversation WHERE id = w.id LIMIT 1) AS c
LEFT JOIN LATERAL (
  SELECT inbox_id, contact_point_id FROM routing.interaction
  WHERE conversation_id = c.id AND channel = w.channel AND w.channel = 'chat' ORDER BY started_at DESC LIMIT 1) AS n ON true
CROSS JOIN LATERAL (
  SELECT id, address FROM identity.v_contact_point
  WHERE customer_id = c.customer_id AND channel = w.channel AND level >= w.level
    AND id = coalesce(w.contact_point_id, n.contact_point_id, id) AND (w.channel <> 'chat' OR id = n.contact_point_id)
  ORDER BY level DESC, created_at DESC LIMIT 1) AS p
CROSS JOIN LATERAL (
  SELECT id, address FROM config.v_inbox
  WHERE active AND channel = w.channel AND id = ANY (ARRAY[n.inbox_id, c.inbox_id,
    (SELECT mail_inbox_id FROM config.v_continuity WHERE inbox_id = c.inbox_id)])
  ORDER BY id = n.inbox_id DESC NULLS LAST, id = c.inbox_id DESC LIMIT 1) AS i
LEFT JOIN LATERAL (SELECT name FROM identity.v_customer WHERE id = c.customer_id LIMIT 1) AS u ON true
LEFT JOIN LATERAL (
  SELECT s.locale FROM routing.interaction AS t
  CROSS JOIN LATERAL (SELECT address FROM identity.v_contact_point WHERE id = t.contact_point_id LIMIT 1) AS q
  CROSS JOIN LATERAL (SELECT locale FROM chat.v_visitor WHERE address = q.address LIMIT 1) AS s
  WHERE t.conversation_id = c.id AND t.channel = 'chat' ORDER BY t.started_at DESC LIMIT 1) AS v ON true

-- :name load_threads
-- $1 uuid[]: conversations; $2: how many of each one's last entries, oldest first. An answer is one the customer has not seen.
SELECT w.number, e.sequence, e.is_answer, coalesce(m.author_name, nullif(v.contact_name, ''), v.contact_address, ''),
       left(coalesce(m.text, v.text, ''), 20000)
FROM unnest($1::uuid[]) WITH ORDINALITY AS w(id, number)
CROSS JOIN LATERAL (
  SELECT id, greatest(seen_sequence, told_sequence) AS known FROM routing.conversation WHERE id = w.id LIMIT 1) AS c
CROSS JOIN LATERAL (
  SELECT n.message_id, n.sequence,
         n.direction = 'out' AND n.sequence > c.known
           AND (SELECT t.channel FROM routing.interaction AS t WHERE t.id = n.interaction_id) = 'chat' AS is_answer
  FROM routing.entry AS n WHERE n.conversation_id = c.id AND n.kind = 'message' ORDER BY n.sequence DESC LIMIT $2::integer) AS e
LEFT JOIN LATERAL (SELECT author_name, text FROM routing.message WHERE id = e.message_id LIMIT 1) AS m ON true
LEFT JOIN LATERAL (
  SELECT contact_name, contact_address, text FROM channel.v_message WHERE id = e.message_id LIMIT 1) AS v ON true
ORDER BY w.number, e.sequence

-- :name load_mails
-- $1 uuid[]: conversations; $2: how many of each one's mails: the newest's Message-ID, and those it hangs on, newest first
SELECT w.number, e.ids[1], array_to_string(e.ids[2:], ' ')
FROM unnest($1::uuid[]) WITH ORDINALITY AS w(id, number)
CROSS JOIN LATERAL (
  SELECT string_to_array(concat_ws(' ', string_agg(n.rfc_message_id, ' ' ORDER BY n.sequence DESC),
                                   string_agg(array_to_string(n.thread_ids, ' '), ' ' ORDER BY n.sequence DESC)), ' ') AS ids
  FROM (SELECT n.sequence, coalesce(m.rfc_message_id, v.rfc_message_id) AS rfc_message_id, nullif(v.thread_ids, '{}') AS thread_ids
        FROM routing.interaction AS i
        JOIN routing.entry AS n ON n.conversation_id = i.conversation_id AND n.interaction_id = i.id
        LEFT JOIN LATERAL (SELECT rfc_message_id FROM routing.message WHERE id = n.message_id LIMIT 1) AS m ON true
        LEFT JOIN LATERAL (SELECT rfc_message_id, thread_ids FROM channel.v_message WHERE id = n.message_id LIMIT 1) AS v ON true
        WHERE i.conversation_id = w.id AND i.channel = 'email' AND coalesce(m.rfc_message_id, v.rfc_message_id) IS NOT NULL
        ORDER BY n.sequence DESC LIMIT $2::integer) AS n) AS e
WHERE e.ids <> '{}'

-- :name load_files
-- $1 uuid[]: conversations; $2: how many of each; the files of answers the customer has not seen
SELECT w.number, f.id, f.name, f.content_type, f.size_bytes, f.sha256
FROM unnest($1::uuid[]) WITH ORDINALITY AS w(id, number)
CROSS JOIN LATERAL (
  SELECT id, greatest(seen_sequence, told_sequence) AS known FROM routing.conversation WHERE id = w.id LIMIT 1) AS c
CROSS JOIN LATERAL (
  SELECT a.id, a.name, a.content_type, a.size_bytes, a.sha256
  FROM routing.entry AS e
  CROSS JOIN LATERAL (SELECT attachments FROM routing.message WHERE id = e.message_id LIMIT 1) AS m
  CROSS JOIN LATERAL jsonb_to_recordset(m.attachments)
    AS a(id text, name text, content_type text, size_bytes bigint, sha256 text)
  WHERE e.conversation_id = c.id AND e.sequence > c.known AND e.kind = 'message' AND e.direction = 'out'
  ORDER BY e.sequence LIMIT $2::integer) AS f
ORDER BY w.number

-- :name next_numbers
-- the first of a block of 1,024 numbers for references. It may take a transaction id: only after the locks.
SELECT nextval('routing.conversation_number')

-- ---- flush: arrays are unnested side by side in the select list, which needs no store of tuples for each ----

-- :name insert_conversations
-- $1 … $24: arrays, one element a conversation
INSERT INTO routing.conversation (id, ref, inbox_id, customer_id, channel, subject, status, assignee_id, interaction_id,
  contact_point_id, sequence, last_message_id, last_inbound_id, last_preview, last_author, last_direction, last_activity_at,
  activity_bucket, waiting_since, queued_at, linked_from, version, created_at, team_id,
  waiting_bucket)
SELECT
  unnest($1::uuid[]), unnest($2::text[]), unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::text[]), unnest($6::text[]),
  unnest($7::text[]), unnest($8::uuid[]), unnest($9::uuid[]), unnest($10::uuid[]), unnest($11::bigint[]),
  unnest($12::uuid[]), unnest($13::uuid[]), unnest($14::text[]), unnest($15::text[]), unnest($16::text[]),
  unnest($17::timestamptz[]), unnest($18::integer[]), unnest($19::timestamptz[]), unnest($20::timestamptz[]),
  unnest($21::uuid[]), unnest($22::bigint[]), unnest($23::timestamptz[]), unnest($24::uuid[]),
  routing.waiting_bucket(unnest($19::timestamptz[]))

-- :name update_conversations
-- $1 … $19: arrays, one element a conversation
UPDATE routing.conversation AS c
SET status = n.status, snoozed_until = n.snoozed_until, assignee_id = n.assignee_id, interaction_id = n.interaction_id,
  contact_point_id = n.contact_point_id, sequence = n.sequence, last_message_id = n.last_message_id,
  last_inbound_id = n.last_inbound_id, last_preview = n.last_preview, last_author = n.last_author,
  last_direction = n.last_direction, last_activity_at = n.last_activity_at, activity_bucket = n.activity_bucket,
  waiting_since = n.waiting_since, waiting_bucket = routing.next_waiting_bucket(n.waiting_since, n.activity_bucket, c.activity_bucket, c.waiting_bucket),
  queued_at = n.queued_at, resolved_at = n.resolved_at, released_from = n.released_from,
  version = n.version
FROM (SELECT
  unnest($1::uuid[]) AS id, unnest($2::text[]) AS status, unnest($3::timestamptz[]) AS snoozed_until,
  unnest($4::uuid[]) AS assignee_id, unnest($5::uuid[]) AS interaction_id, unnest($6::uuid[]) AS contact_point_id,
  unnest($7::bigint[]) AS sequence, unnest($8::uuid[]) AS last_message_id, unnest($9::uuid[]) AS last_inbound_id,
  unnest($10::text[]) AS last_preview, unnest($11::text[]) AS last_author, unnest($12::text[]) AS last_direction,
  unnest($13::timestamptz[]) AS last_activity_at, unnest($14::integer[]) AS activity_bucket,
  unnest($15::timestamptz[]) AS waiting_since, unnest($16::timestamptz[]) AS queued_at,
  unnest($17::timestamptz[]) AS resolved_at, unnest($18::uuid[]) AS released_from, unnest($19::bigint[]) AS version) AS n
WHERE c.id = n.id

-- :name touch_conversations
-- $1 … $10: arrays, one element a conversation that got messages of its customer, and nothing else
UPDATE routing.conversation AS c
SET contact_point_id = n.contact_point_id, sequence = n.sequence, last_message_id = n.last_message_id,
  last_inbound_id = n.last_message_id, last_preview = n.last_preview, last_author = n.last_author, last_direction = 'in',
  last_activity_at = n.last_activity_at, activity_bucket = n.activity_bucket, waiting_since = n.waiting_since,
  waiting_bucket = routing.next_waiting_bucket(n.waiting_since, n.activity_bucket, c.activity_bucket, c.waiting_bucket), version = n.version
FROM (SELECT
  unnest($1::uuid[]) AS id, unnest($2::uuid[]) AS contact_point_id, unnest($3::bigint[]) AS sequence,
  unnest($4::uuid[]) AS last_message_id, unnest($5::text[]) AS last_preview, unnest($6::text[]) AS last_author,
  unnest($7::timestamptz[]) AS last_activity_at, unnest($8::integer[]) AS activity_bucket,
  unnest($9::timestamptz[]) AS waiting_since, unnest($10::bigint[]) AS version) AS n
WHERE c.id = n.id

-- :name update_triage
-- $1 … $7: arrays, one element a conversation; tags and inboxes as text, by lines and blanks
UPDATE routing.conversation AS c
SET inbox_id = n.inbox_id, team_id = n.team_id, priority = n.priority, subject = n.subject, tags = string_to_array(n.tags, E'\n'),
  former_inbox_ids = nullif(string_to_array(n.former_inbox_ids, ' '), '{}')::uuid[]
FROM (SELECT
  unnest($1::uuid[]) AS id, unnest($2::uuid[]) AS inbox_id, unnest($3::uuid[]) AS team_id, unnest($4::smallint[]) AS priority,
  unnest($5::text[]) AS subject, unnest($6::text[]) AS tags, unnest($7::text[]) AS former_inbox_ids) AS n
WHERE c.id = n.id

-- :name update_live
-- $1 … $11: arrays, one element a conversation
UPDATE routing.conversation AS c
SET customer_id = n.customer_id, channel = n.channel, via_inbox_id = n.via_inbox_id, customer_present = n.customer_present,
  absent_since = n.absent_since, seen_sequence = n.seen_sequence, told_sequence = n.told_sequence,
  reply_sequence = n.reply_sequence, reply_at = n.reply_at, continue_at = n.continue_at
FROM (SELECT
  unnest($1::uuid[]) AS id, unnest($2::uuid[]) AS customer_id, unnest($3::text[]) AS channel, unnest($4::uuid[]) AS via_inbox_id,
  unnest($5::boolean[]) AS customer_present, unnest($6::timestamptz[]) AS absent_since, unnest($7::bigint[]) AS seen_sequence,
  unnest($8::bigint[]) AS told_sequence, unnest($9::bigint[]) AS reply_sequence, unnest($10::timestamptz[]) AS reply_at,
  unnest($11::timestamptz[]) AS continue_at) AS n
WHERE c.id = n.id

-- :name insert_moves
-- $1 … $8: arrays, one element a move, in their order; $9: when
WITH move AS (
  INSERT INTO routing.move (message_id, conversation_id, from_interaction_id, to_interaction_id, from_channel, to_channel, reason,
    by_agent_id, created_at)
  SELECT
    unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::text[]), unnest($6::text[]),
    unnest($7::text[]), unnest($8::uuid[]), $9)
UPDATE routing.conversation AS c
SET channels = (SELECT w.channels[greatest(cardinality(w.channels) - 4, 1):]
                FROM (SELECT coalesce(c.channels, n.from_channels[1:1]) || n.to_channels AS channels) AS w)
FROM (SELECT m.id, array_agg(m.from_channel ORDER BY m.number) AS from_channels, array_agg(m.to_channel ORDER BY m.number) AS to_channels
      FROM unnest($2::uuid[], $5::text[], $6::text[]) WITH ORDINALITY AS m(id, from_channel, to_channel, number) GROUP BY m.id) AS n
WHERE c.id = n.id

-- :name insert_interactions
-- $1 … $6: arrays, one element an interaction
INSERT INTO routing.interaction (id, conversation_id, channel, inbox_id, contact_point_id, started_at)
SELECT
  unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::uuid[]), unnest($5::uuid[]),
  unnest($6::timestamptz[])

-- :name end_interactions
-- $1 uuid[]: interactions; $2: when
UPDATE routing.interaction AS t SET ended_at = $2 FROM unnest($1::uuid[]) AS n(id) WHERE t.id = n.id

-- :name insert_entries
-- $1 … $7: arrays, one element an entry
INSERT INTO routing.entry (conversation_id, sequence, message_id, interaction_id, kind, direction, created_at)
SELECT
  unnest($1::uuid[]), unnest($2::bigint[]), unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::text[]), unnest($6::text[]),
  unnest($7::timestamptz[])

-- :name insert_messages
-- $1 … $13: arrays, one element a reply, note or system line
INSERT INTO routing.message (id, conversation_id, inbox_id, author_type, author_id, author_name, subject, text, html, to_address,
  to_name, rfc_message_id, attachments, created_at)
SELECT m.id, m.conversation_id, m.inbox_id, CASE WHEN m.author_id IS NULL THEN 'system' ELSE 'agent' END, m.author_id, m.author_name, m.subject, m.text, m.html, m.to_address, m.to_name,
  m.rfc_message_id, m.attachments::jsonb, m.created_at
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
  $11::text[], $12::text[], $13::timestamptz[])
  AS m(id, conversation_id, inbox_id, author_id, author_name, subject, text, html, to_address, to_name, rfc_message_id, attachments,
       created_at)

-- :name save_presences
-- $1 uuid[], $2 text[], $3 bigint[]: agents, presences, their versions
INSERT INTO routing.agent AS a (agent_id, status, presence_version)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])
ON CONFLICT (agent_id) DO UPDATE SET status = excluded.status, presence_version = excluded.presence_version

-- :name save_rights
-- $1 … $9: arrays, one element an agent; ids separated by blanks, skills by line feeds, capacities by channel with 0 for none
INSERT INTO routing.agent AS a (agent_id, active, all_inboxes, inbox_ids, capacity, agent_version, team_ids, skills, capacities)
SELECT n.agent_id, n.active, n.all_inboxes, string_to_array(n.inbox_ids, ' ')::uuid[], nullif(n.capacity, 0), n.version,
  string_to_array(n.team_ids, ' ')::uuid[], string_to_array(n.skills, E'\n'), nullif(string_to_array(n.capacities, ' ', '0'), '{NULL,NULL,NULL,NULL,NULL}')::integer[]
FROM unnest($1::uuid[], $2::boolean[], $3::boolean[], $4::text[], $5::integer[], $6::bigint[], $7::text[], $8::text[], $9::text[])
  AS n(agent_id, active, all_inboxes, inbox_ids, capacity, version, team_ids, skills, capacities)
ON CONFLICT (agent_id) DO UPDATE SET active = excluded.active, all_inboxes = excluded.all_inboxes, inbox_ids = excluded.inbox_ids,
  capacity = excluded.capacity, agent_version = excluded.agent_version, team_ids = excluded.team_ids, skills = excluded.skills,
  capacities = excluded.capacities, swept = false

-- :name set_swept
-- $1 uuid[]: agents who hold nothing they may not see
UPDATE routing.agent AS a SET swept = true FROM unnest($1::uuid[]) AS n(id) WHERE a.agent_id = n.id

-- :name add_loads
-- $1 uuid[], $2 integer[], $3 text[], $4 timestamptz[]: agents, conversations more or less, the same by channel, last assignment
-- (NULL: none now)
INSERT INTO routing.agent AS a (agent_id, load, loads, assigned_at)
SELECT n.agent_id, n.change, string_to_array(n.changes, ' ')::integer[], n.assigned_at
FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::timestamptz[]) AS n(agent_id, change, changes, assigned_at)
ON CONFLICT (agent_id) DO UPDATE SET load = a.load + excluded.load,
  loads = ARRAY(SELECT u.before + u.change FROM unnest(a.loads, excluded.loads) AS u(before, change)),
  assigned_at = coalesce(excluded.assigned_at, a.assigned_at)

-- ---- the queues in Redis, rebuilt ----

-- :name list_waiting
-- $1: how many at most; every conversation that waits, lane by lane
SELECT inbox_id, team_id, channel, priority, id, queued_at FROM routing.conversation
WHERE queued_at IS NOT NULL ORDER BY inbox_id, routing.lane_team(team_id), channel, priority, queued_at, id LIMIT $1::integer
