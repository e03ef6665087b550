-- What each reader has of conversations: marks, follows, mentions, drafts, saved views; lists by every filter; full-text search.

-- What lists read lies in memory: an index that names the rows beats walking another one past them, whatever disks are like.
ALTER ROLE hilo_gateway SET random_page_cost = 1.1;

-- ---- indexes of lists: a row stands in the same number of them as before, and in one more for its inbox ----

DROP INDEX routing.conversation_activity, routing.conversation_mine;
CREATE INDEX conversation_mine ON routing.conversation (assignee_id, activity_bucket) WHERE assignee_id IS NOT NULL AND status <> 'resolved';
CREATE INDEX conversation_open ON routing.conversation (activity_bucket) WHERE status <> 'resolved';
CREATE INDEX conversation_done ON routing.conversation (activity_bucket) WHERE status = 'resolved';
CREATE INDEX conversation_open_inbox ON routing.conversation (inbox_id, activity_bucket) WHERE status <> 'resolved';
CREATE INDEX conversation_done_inbox ON routing.conversation (inbox_id, activity_bucket) WHERE status = 'resolved';
-- few rows each
CREATE INDEX conversation_priority ON routing.conversation (priority, activity_bucket) WHERE priority <> 0 AND status <> 'resolved';
CREATE INDEX conversation_mine_priority ON routing.conversation (assignee_id, priority, activity_bucket)
  WHERE assignee_id IS NOT NULL AND priority <> 0 AND status <> 'resolved';
CREATE INDEX conversation_inbox_priority ON routing.conversation (inbox_id, priority, activity_bucket) WHERE priority <> 0 AND status <> 'resolved';
CREATE INDEX conversation_team ON routing.conversation (team_id, activity_bucket) WHERE team_id IS NOT NULL AND status <> 'resolved';
CREATE INDEX conversation_tags ON routing.conversation USING gin (tags) WHERE tags <> '{}';

-- Those who wait, by when they began to, in units of 64 s. Cleared no sooner than activity_bucket changes anyway, so that an answer
-- within a chat stays a heap-only update: a row counts as waiting by waiting_since alone.
ALTER TABLE routing.conversation ADD COLUMN waiting_bucket integer;
COMMENT ON COLUMN routing.conversation.waiting_bucket IS 'waiting_since in units of 64 s, for lists; may stay behind for a while when nobody waits any more';
CREATE FUNCTION routing.waiting_bucket(since timestamptz) RETURNS integer LANGUAGE sql STABLE
RETURN floor(extract(epoch FROM since) / 64)::integer;
COMMENT ON FUNCTION routing.waiting_bucket IS 'A time in units of 64 s';
CREATE FUNCTION routing.next_waiting_bucket(since timestamptz, bucket integer, bucket_before integer, before integer)
RETURNS integer LANGUAGE sql STABLE
RETURN CASE WHEN since IS NOT NULL THEN routing.waiting_bucket(since) WHEN bucket = bucket_before THEN before END;
COMMENT ON FUNCTION routing.next_waiting_bucket IS 'What waiting_bucket becomes; bucket: of the activity';
REVOKE ALL ON FUNCTION routing.waiting_bucket, routing.next_waiting_bucket FROM PUBLIC;
GRANT EXECUTE ON FUNCTION routing.waiting_bucket, routing.next_waiting_bucket TO hilo_routing;
CREATE INDEX conversation_waiting ON routing.conversation (waiting_bucket) WHERE waiting_bucket IS NOT NULL AND status <> 'resolved';
CREATE INDEX conversation_mine_waiting ON routing.conversation (assignee_id, waiting_bucket)
  WHERE assignee_id IS NOT NULL AND waiting_bucket IS NOT NULL AND status <> 'resolved';
CREATE INDEX conversation_inbox_waiting ON routing.conversation (inbox_id, waiting_bucket) WHERE waiting_bucket IS NOT NULL AND status <> 'resolved';

CREATE OR REPLACE VIEW routing.v_conversation AS
  SELECT id, ref, inbox_id, customer_id, channel, subject, status, snoozed_until, assignee_id, team_id, priority, tags,
         interaction_id, contact_point_id, sequence, last_message_id, last_preview, last_author, last_direction,
         last_activity_at, activity_bucket, waiting_since, queued_at, linked_from, version, created_at,
         resolved_at, customer_present, seen_sequence, told_sequence, waiting_bucket, channels
  FROM routing.conversation;

-- ---- what is each reader's own ----

CREATE TABLE gateway.reading (
  agent_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  sequence bigint NOT NULL,
  PRIMARY KEY (agent_id, conversation_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE gateway.reading IS 'Up to where agents have read conversations';
COMMENT ON COLUMN gateway.reading.agent_id IS 'Who';
COMMENT ON COLUMN gateway.reading.conversation_id IS 'Which conversation';
COMMENT ON COLUMN gateway.reading.sequence IS 'The last entry they have read; 0: none';

CREATE TABLE gateway.follow (
  agent_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (agent_id, conversation_id)
);
CREATE INDEX follow_created ON gateway.follow (agent_id, created_at);
COMMENT ON TABLE gateway.follow IS 'Conversations agents follow';
COMMENT ON COLUMN gateway.follow.agent_id IS 'Who';
COMMENT ON COLUMN gateway.follow.conversation_id IS 'Which conversation';
COMMENT ON COLUMN gateway.follow.created_at IS 'Since when';

CREATE TABLE gateway.mention (
  id uuid PRIMARY KEY,
  agent_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  message_id uuid NOT NULL,
  by_agent_id uuid,
  excerpt text NOT NULL,
  created_at timestamptz NOT NULL,
  read_at timestamptz,
  UNIQUE (message_id, agent_id)
) WITH (fillfactor = 80);
CREATE INDEX mention_agent ON gateway.mention (agent_id, created_at, id);
CREATE INDEX mention_unread ON gateway.mention (agent_id, conversation_id) WHERE read_at IS NULL;
COMMENT ON TABLE gateway.mention IS 'Where notes name agents; made from routing''s events';
COMMENT ON COLUMN gateway.mention.id IS 'Identifier';
COMMENT ON COLUMN gateway.mention.agent_id IS 'Who is named';
COMMENT ON COLUMN gateway.mention.conversation_id IS 'In which conversation';
COMMENT ON COLUMN gateway.mention.message_id IS 'In which note';
COMMENT ON COLUMN gateway.mention.by_agent_id IS 'Who wrote it';
COMMENT ON COLUMN gateway.mention.excerpt IS 'The note''s first words';
COMMENT ON COLUMN gateway.mention.created_at IS 'When it was written';
COMMENT ON COLUMN gateway.mention.read_at IS 'When the one named has read it; NULL: not yet';

CREATE TABLE gateway.draft (
  agent_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('reply', 'note')),
  text text NOT NULL,
  html text,
  upload_ids uuid[] NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (agent_id, conversation_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE gateway.draft IS 'What agents have begun to write';
COMMENT ON COLUMN gateway.draft.agent_id IS 'Who';
COMMENT ON COLUMN gateway.draft.conversation_id IS 'Where';
COMMENT ON COLUMN gateway.draft.kind IS 'reply or note';
COMMENT ON COLUMN gateway.draft.text IS 'Plain text';
COMMENT ON COLUMN gateway.draft.html IS 'The same as HTML, if it is formatted';
COMMENT ON COLUMN gateway.draft.upload_ids IS 'Files that go with it';
COMMENT ON COLUMN gateway.draft.updated_at IS 'When it was last kept';

CREATE TABLE gateway.saved_view (
  id uuid PRIMARY KEY,
  owner_id uuid NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  shared boolean NOT NULL,
  filters jsonb NOT NULL,
  position integer NOT NULL DEFAULT 0,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX saved_view_owner ON gateway.saved_view (owner_id);
CREATE INDEX saved_view_shared ON gateway.saved_view (id) WHERE shared;
COMMENT ON TABLE gateway.saved_view IS 'Lists to come back to';
COMMENT ON COLUMN gateway.saved_view.id IS 'Identifier';
COMMENT ON COLUMN gateway.saved_view.owner_id IS 'Agent who made it';
COMMENT ON COLUMN gateway.saved_view.name IS 'What it is called';
COMMENT ON COLUMN gateway.saved_view.shared IS 'Everybody has it';
COMMENT ON COLUMN gateway.saved_view.filters IS 'Parameters of the list of conversations, as text by name';
COMMENT ON COLUMN gateway.saved_view.position IS 'Where it stands among the others';
COMMENT ON COLUMN gateway.saved_view.version IS 'Rises with every change';
COMMENT ON COLUMN gateway.saved_view.created_at IS 'When it was made';

CREATE TABLE gateway.customer_note (
  id uuid PRIMARY KEY,
  customer_id uuid NOT NULL,
  author_id uuid NOT NULL,
  text text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX customer_note_customer ON gateway.customer_note (customer_id, created_at, id);
COMMENT ON TABLE gateway.customer_note IS 'What agents note about customers';
COMMENT ON COLUMN gateway.customer_note.id IS 'Identifier';
COMMENT ON COLUMN gateway.customer_note.customer_id IS 'The customer';
COMMENT ON COLUMN gateway.customer_note.author_id IS 'Agent who wrote it';
COMMENT ON COLUMN gateway.customer_note.text IS 'The note';
COMMENT ON COLUMN gateway.customer_note.created_at IS 'When';

CREATE VIEW gateway.v_customer_note AS
  SELECT n.id, n.customer_id, n.author_id, n.created_at,
    jsonb_build_object('id', n.id, 'text', n.text, 'author', jsonb_build_object('id', n.author_id, 'name', coalesce(a.name, '')),
      'created_at', gateway.rfc3339(n.created_at)) AS body
  FROM gateway.customer_note n LEFT JOIN staff.agent a ON a.id = n.author_id;
COMMENT ON VIEW gateway.v_customer_note IS 'Notes on customers as the API shows them';

CREATE VIEW gateway.v_saved_view AS
  SELECT v.id, v.owner_id, v.shared, v.position, v.name, v.filters, v.version,
    jsonb_build_object('id', v.id, 'name', v.name, 'shared', v.shared, 'filters', v.filters, 'position', v.position,
      'owner', jsonb_build_object('id', v.owner_id, 'name', coalesce(a.name, '')), 'version', v.version) AS body
  FROM gateway.saved_view v LEFT JOIN staff.agent a ON a.id = v.owner_id;
COMMENT ON VIEW gateway.v_saved_view IS 'Saved views as the API shows them';

COMMENT ON COLUMN gateway.request.conversation_id IS 'Conversation, or customer, it is about';

-- ---- what is known of customers besides ----

ALTER TABLE identity.customer ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN identity.customer.attributes IS 'Texts by name, as agents wrote them';
CREATE OR REPLACE VIEW identity.v_customer AS SELECT id, name, version, created_at, attributes FROM identity.customer;

-- ---- conversations as one reader sees them ----

DROP FUNCTION gateway.conversation_page(uuid[], integer);
DROP FUNCTION gateway.conversations(uuid[]);
DROP VIEW gateway.v_conversation;

-- A view with a parameter: inlined into the statement that uses it. Unread are the customer's entries after the mark, looked for in
-- the last hundred.
CREATE FUNCTION gateway.conversation(reader uuid)
RETURNS TABLE (id uuid, ref text, inbox_id uuid, customer_id uuid, version bigint, body json) LANGUAGE sql STABLE AS $$
  SELECT c.id, c.ref, c.inbox_id, c.customer_id, c.version,
    json_build_object('id', c.id, 'ref', c.ref, 'subject', c.subject, 'status', c.status, 'inbox_id', c.inbox_id,
      'channel', c.channel, 'channels', coalesce(c.channels, ARRAY[c.channel]),
      'customer', json_build_object('id', c.customer_id, 'name', coalesce(u.name, '')),
      'assignee', CASE WHEN c.assignee_id IS NOT NULL THEN
        json_build_object('id', c.assignee_id, 'name', coalesce(a.name, '')) END,
      'team_id', c.team_id, 'priority', (ARRAY['low', 'normal', 'high', 'urgent'])[c.priority + 2], 'tags', c.tags,
      'last_message', CASE WHEN c.last_message_id IS NOT NULL THEN
        json_build_object('id', c.last_message_id, 'preview', c.last_preview, 'author', c.last_author,
          'direction', c.last_direction, 'created_at', gateway.rfc3339(c.last_activity_at)) END,
      'visitor', CASE WHEN c.channel = 'chat' OR c.customer_present THEN json_build_object('present', c.customer_present) END,
      'waiting_since', gateway.rfc3339(c.waiting_since), 'snoozed_until', gateway.rfc3339(c.snoozed_until),
      'created_at', gateway.rfc3339(c.created_at), 'sequence', c.sequence,
      'unread', (SELECT count(*) FROM routing.v_entry e WHERE e.conversation_id = c.id AND e.direction = 'in'
                 AND e.sequence > greatest(coalesce(r.sequence, 0), c.sequence - 100)),
      'following', EXISTS (SELECT FROM gateway.follow f WHERE f.agent_id = reader AND f.conversation_id = c.id),
      'version', c.version)
  FROM routing.v_conversation c
  LEFT JOIN identity.v_customer u ON u.id = c.customer_id
  LEFT JOIN staff.agent a ON a.id = c.assignee_id
  LEFT JOIN gateway.reading r ON r.agent_id = reader AND r.conversation_id = c.id
$$;
COMMENT ON FUNCTION gateway.conversation IS 'Conversations as the API shows them to a reader';

-- plpgsql keeps its plan from call to call; a statement of SQL would be planned anew each time.
CREATE FUNCTION gateway.conversations(ids uuid[], reader uuid) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT coalesce(json_agg(v.body ORDER BY i.n), '[]')
          FROM unnest(ids) WITH ORDINALITY AS i(id, n)
          CROSS JOIN LATERAL (SELECT c.body FROM gateway.conversation(reader) c WHERE c.id = i.id LIMIT 1) v);
END $$;
COMMENT ON FUNCTION gateway.conversations IS 'These conversations, in this order';

CREATE FUNCTION gateway.conversation_page(ids uuid[], size integer, reader uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN json_build_object(
    'items', gateway.conversations(ids[1:size], reader),
    'next', CASE WHEN cardinality(ids) > size THEN
      (SELECT gateway.page_key(c.last_activity_at, c.id) FROM routing.v_conversation c WHERE c.id = ids[size]) END,
    'cursor', (SELECT cursor FROM gateway.v_cursor))::text;
END $$;
COMMENT ON FUNCTION gateway.conversation_page IS 'A page of a list: its conversations, of which there is one more than fit if there is a next page';

-- A view with parameters: a customer the reader may see a conversation of, and those conversations.
CREATE FUNCTION gateway.customer(reader uuid, "all" boolean, inboxes uuid[])
RETURNS TABLE (id uuid, version bigint, body jsonb) LANGUAGE sql STABLE AS $$
  SELECT u.id, u.version, jsonb_build_object('id', u.id, 'name', u.name, 'attributes', u.attributes,
    'contact_points', coalesce((SELECT jsonb_agg(jsonb_build_object('channel', p.channel, 'address', p.address,
        'level', (ARRAY['claimed', 'channel_verified', 'confirmed'])[p.level]) ORDER BY p.id)
      FROM identity.v_contact_point p WHERE p.customer_id = u.id), '[]'),
    'conversations', gateway.conversations(ARRAY(SELECT c.id FROM routing.v_conversation c
      WHERE c.customer_id = u.id AND ("all" OR c.inbox_id = ANY (inboxes)) ORDER BY c.last_activity_at DESC, c.id DESC LIMIT 50), reader),
    'notes', coalesce((SELECT jsonb_agg(n.body ORDER BY n.created_at DESC, n.id DESC) FROM (
      SELECT v.body, v.created_at, v.id FROM gateway.v_customer_note v WHERE v.customer_id = u.id
      ORDER BY v.created_at DESC, v.id DESC LIMIT 100) n), '[]'),
    'version', u.version)
  FROM identity.v_customer u
  WHERE EXISTS (SELECT FROM routing.v_conversation c WHERE c.customer_id = u.id AND ("all" OR c.inbox_id = ANY (inboxes)))
$$;
COMMENT ON FUNCTION gateway.customer IS 'Customers as the API shows them to a reader';

-- ---- lists ----

-- The filters of a list: NULL, or false, where all will do.
CREATE TYPE gateway.list_filter AS ("all" boolean, inboxes uuid[], status text, assignee_id uuid, is_free boolean, team_id uuid, tag text,
  priority integer, channel text, customer_id uuid);
COMMENT ON TYPE gateway.list_filter IS 'What a list shows';

-- A view with a parameter: inlined into the statement that uses it, where a test costs far less than in a loop.
CREATE FUNCTION gateway.candidate(f gateway.list_filter)
RETURNS TABLE (id uuid, inbox_id uuid, status text, assignee_id uuid, team_id uuid, priority smallint, tags text[], channel text,
  customer_id uuid, last_activity_at timestamptz, activity_bucket integer, waiting_since timestamptz, waiting_bucket integer, fits boolean)
LANGUAGE sql STABLE AS $$
  SELECT v.id, v.inbox_id, v.status, v.assignee_id, v.team_id, v.priority, v.tags, v.channel,
    v.customer_id, v.last_activity_at, v.activity_bucket, v.waiting_since, v.waiting_bucket,
    (f."all" OR v.inbox_id = ANY (f.inboxes))
    AND (v.status = f.status OR f.status IS NULL AND v.status <> 'resolved' OR f.status = 'live' AND v.status IN ('open', 'pending'))
    AND (f.assignee_id IS NULL OR v.assignee_id = f.assignee_id) AND (NOT f.is_free OR v.assignee_id IS NULL)
    AND (f.team_id IS NULL OR v.team_id = f.team_id) AND (f.tag IS NULL OR f.tag = ANY (v.tags))
    AND (f.priority IS NULL OR v.priority = f.priority) AND (f.channel IS NULL OR v.channel = f.channel)
    AND (f.customer_id IS NULL OR v.customer_id = f.customer_id)
  FROM routing.v_conversation v
$$;
COMMENT ON FUNCTION gateway.candidate IS 'Conversations, and which of them a list shows';

-- Each list walks one index, or looks at a set that is small by nature, and holds what it finds against all filters. It looks at no
-- more than 1,000 conversations a page: then `next` says where to go on, however few were found. Of several inboxes each is walked
-- for itself, so what lies behind the first of them that came to its end is not told yet.
CREATE FUNCTION gateway.scan(reader uuid, "all" boolean, inboxes uuid[], filters jsonb, wanted integer,
  after_rank integer, after_at timestamptz, after_id uuid, OUT ids uuid[], OUT next text) LANGUAGE plpgsql STABLE AS $$
DECLARE
  budget CONSTANT integer := 1000;
  sets CONSTANT integer := 1000; -- an agent's mentions, or what they follow: the latest of them
  few CONSTANT integer := 4; -- up to so many inboxes are walked each for itself whatever the order
  collect_view CONSTANT text := coalesce(filters ->> 'view', 'all');
  only_status CONSTANT text := filters ->> 'status';
  only_team CONSTANT uuid := filters ->> 'team';
  only_tag CONSTANT text := filters ->> 'tag';
  only_priority CONSTANT integer := array_position(ARRAY['low', 'normal', 'high', 'urgent'], filters ->> 'priority') - 2;
  only_channel CONSTANT text := filters ->> 'channel';
  only_customer CONSTANT uuid := filters ->> 'customer';
  only_assignee CONSTANT uuid := coalesce(filters ->> 'assignee', CASE collect_view WHEN 'mine' THEN reader::text END);
  is_foreign CONSTANT boolean := collect_view = 'mine' AND filters ->> 'assignee' <> reader::text;
  is_free CONSTANT boolean := collect_view = 'unassigned';
  is_done CONSTANT boolean := coalesce(only_status = 'resolved', false);
  sort CONSTANT text := CASE WHEN is_done THEN 'activity' ELSE coalesce(filters ->> 'sort', 'activity') END;
  f CONSTANT gateway.list_filter := ROW("all", inboxes, only_status, only_assignee, is_free, only_team, only_tag, only_priority, only_channel, only_customer);
  by_inbox boolean := NOT "all" AND cardinality(inboxes) <= 32;
  share CONSTANT integer := greatest(budget / greatest(cardinality(inboxes), 1), 101);
  cut integer := budget;
  after_bucket integer;
  latest integer;
  chosen uuid[];
  walk refcursor;
  c record;
BEGIN
  ids := '{}';
  IF is_foreign OR NOT "all" AND cardinality(inboxes) = 0 THEN
    RETURN;
  END IF;
  IF after_id IS NULL THEN
    after_rank := 9;
    after_at := CASE sort WHEN 'waiting' THEN '-infinity' ELSE '9999-12-31 23:59:59+00' END;
    after_id := CASE sort WHEN 'waiting' THEN '00000000-0000-0000-0000-000000000000' ELSE 'ffffffff-ffff-ffff-ffff-ffffffffffff' END;
  END IF;
  after_bucket := CASE WHEN isfinite(after_at) THEN least(floor(extract(epoch FROM after_at) / 64), 2147483647) END;

  -- sets that are small by nature; a tag that a twentieth of the latest have a walk meets soon
  IF collect_view = 'mentions' THEN
    chosen := ARRAY(SELECT DISTINCT m.conversation_id FROM
      (SELECT conversation_id FROM gateway.mention WHERE agent_id = reader ORDER BY created_at DESC, id DESC LIMIT sets) m);
  ELSIF collect_view = 'following' THEN
    chosen := ARRAY(SELECT conversation_id FROM gateway.follow WHERE agent_id = reader ORDER BY created_at DESC LIMIT sets);
  ELSIF only_customer IS NOT NULL THEN
    chosen := ARRAY(SELECT v.id FROM routing.v_conversation v WHERE v.customer_id = only_customer LIMIT 2 * sets);
  ELSIF only_tag IS NOT NULL THEN
    latest := CASE WHEN is_done
      THEN (SELECT count(*) FROM (SELECT v.tags FROM routing.v_conversation v WHERE v.status = 'resolved'
            ORDER BY v.activity_bucket DESC LIMIT 400) l WHERE only_tag = ANY (l.tags))
      ELSE (SELECT count(*) FROM (SELECT v.tags FROM routing.v_conversation v WHERE v.status <> 'resolved'
            ORDER BY v.activity_bucket DESC LIMIT 400) l WHERE only_tag = ANY (l.tags)) END;
    IF latest < 20 THEN
      chosen := ARRAY(SELECT v.id FROM routing.v_conversation v WHERE v.tags @> ARRAY[only_tag] AND v.tags <> '{}' LIMIT budget + 1);
    END IF;
    IF cardinality(chosen) > budget THEN
      chosen := NULL;
    END IF;
  END IF;

  -- whoever sees a fifth of the latest soon meets enough of them on the common walk
  IF by_inbox AND cardinality(inboxes) > few AND sort = 'activity' AND chosen IS NULL THEN
    by_inbox := 40 > CASE WHEN is_done
      THEN (SELECT count(*) FROM (SELECT v.inbox_id FROM routing.v_conversation v WHERE v.status = 'resolved' AND v.activity_bucket <= after_bucket
            ORDER BY v.activity_bucket DESC LIMIT 200) l WHERE l.inbox_id = ANY (inboxes))
      ELSE (SELECT count(*) FROM (SELECT v.inbox_id FROM routing.v_conversation v WHERE v.status <> 'resolved' AND v.activity_bucket <= after_bucket
            ORDER BY v.activity_bucket DESC LIMIT 200) l WHERE l.inbox_id = ANY (inboxes)) END;
  END IF;

  IF chosen IS NOT NULL THEN
    OPEN walk FOR SELECT 0::bigint AS n, v.* FROM unnest(chosen) AS i(id)
      CROSS JOIN LATERAL (SELECT * FROM gateway.candidate(f) k WHERE k.id = i.id LIMIT 1) v
      WHERE v.fits AND CASE sort WHEN 'waiting' THEN (v.waiting_since, v.id) > (after_at, after_id)
                                   WHEN 'priority' THEN (v.priority, v.last_activity_at, v.id) < (after_rank, after_at, after_id)
                                   ELSE (v.last_activity_at, v.id) < (after_at, after_id) END
      ORDER BY CASE sort WHEN 'waiting' THEN v.waiting_since END, CASE sort WHEN 'waiting' THEN v.id END, CASE sort WHEN 'priority' THEN -v.priority END, v.last_activity_at DESC, v.id DESC;
  ELSIF sort = 'waiting' AND only_assignee IS NOT NULL THEN
    OPEN walk FOR SELECT s.* FROM (SELECT row_number() OVER () AS n, w.* FROM
      (SELECT v.* FROM gateway.candidate(f) v
       WHERE v.assignee_id = only_assignee AND v.status <> 'resolved' AND v.waiting_bucket >= coalesce(after_bucket, -2147483648)
         AND (v.waiting_since, v.id) > (after_at, after_id)
       ORDER BY v.waiting_bucket, v.waiting_since, v.id LIMIT budget) w) s WHERE s.fits OR s.n = cut;
  ELSIF sort = 'waiting' AND by_inbox AND cardinality(inboxes) <= few THEN
    cut := share;
    OPEN walk FOR SELECT w.* FROM unnest(inboxes) AS i(id) CROSS JOIN LATERAL
      (SELECT s.* FROM (SELECT row_number() OVER () AS n, o.* FROM
        (SELECT v.* FROM gateway.candidate(f) v
         WHERE v.inbox_id = i.id AND v.status <> 'resolved' AND v.waiting_bucket >= coalesce(after_bucket, -2147483648)
           AND (v.waiting_since, v.id) > (after_at, after_id)
         ORDER BY v.waiting_bucket, v.waiting_since, v.id LIMIT share) o) s WHERE s.fits OR s.n = cut LIMIT wanted + 1) w
      ORDER BY w.waiting_bucket, w.waiting_since, w.id;
  ELSIF sort = 'waiting' THEN
    OPEN walk FOR SELECT s.* FROM (SELECT row_number() OVER () AS n, w.* FROM
      (SELECT v.* FROM gateway.candidate(f) v
       WHERE v.status <> 'resolved' AND v.waiting_bucket >= coalesce(after_bucket, -2147483648)
         AND (v.waiting_since, v.id) > (after_at, after_id)
       ORDER BY v.waiting_bucket, v.waiting_since, v.id LIMIT budget) w) s WHERE s.fits OR s.n = cut;
  ELSIF sort = 'priority' AND only_assignee IS NOT NULL THEN
    OPEN walk FOR SELECT s.* FROM (SELECT row_number() OVER () AS n, w.* FROM (
      SELECT p.* FROM unnest(ARRAY[2, 1, 0, -1]) AS k(priority)
      CROSS JOIN LATERAL (
        (SELECT v.* FROM gateway.candidate(f) v
         WHERE v.assignee_id = only_assignee AND k.priority <> 0 AND v.priority = k.priority AND v.priority <> 0 AND v.status <> 'resolved'
           AND (k.priority < after_rank OR (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id))
         ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT budget)
        UNION ALL
        (SELECT v.* FROM gateway.candidate(f) v
         WHERE v.assignee_id = only_assignee AND k.priority = 0 AND v.priority = 0 AND v.status <> 'resolved'
           AND v.activity_bucket <= CASE WHEN after_rank = 0 THEN after_bucket ELSE 2147483647 END
           AND (after_rank > 0 OR (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id))
         ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT budget)) p
      WHERE k.priority <= after_rank LIMIT budget) w) s WHERE s.fits OR s.n = cut;
  ELSIF sort = 'priority' AND by_inbox AND cardinality(inboxes) <= few THEN
    cut := share;
    OPEN walk FOR SELECT w.* FROM unnest(inboxes) AS i(id) CROSS JOIN LATERAL
      (SELECT s.* FROM (SELECT row_number() OVER () AS n, o.* FROM (
        SELECT p.* FROM unnest(ARRAY[2, 1, 0, -1]) AS k(priority)
        CROSS JOIN LATERAL (
          (SELECT v.* FROM gateway.candidate(f) v
           WHERE v.inbox_id = i.id AND k.priority <> 0 AND v.priority = k.priority AND v.priority <> 0 AND v.status <> 'resolved'
             AND (k.priority < after_rank OR (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id))
           ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT share)
          UNION ALL
          (SELECT v.* FROM gateway.candidate(f) v
           WHERE v.inbox_id = i.id AND k.priority = 0 AND v.priority = 0 AND v.status <> 'resolved'
             AND v.activity_bucket <= CASE WHEN after_rank = 0 THEN after_bucket ELSE 2147483647 END
             AND (after_rank > 0 OR (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id))
           ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT share)) p
        WHERE k.priority <= after_rank LIMIT share) o) s WHERE s.fits OR s.n = cut LIMIT wanted + 1) w
      ORDER BY w.priority DESC, w.activity_bucket DESC, w.last_activity_at DESC, w.id DESC;
  ELSIF sort = 'priority' THEN
    OPEN walk FOR SELECT s.* FROM (SELECT row_number() OVER () AS n, w.* FROM (
      SELECT p.* FROM unnest(ARRAY[2, 1, 0, -1]) AS k(priority)
      CROSS JOIN LATERAL (
        (SELECT v.* FROM gateway.candidate(f) v
         WHERE k.priority <> 0 AND v.priority = k.priority AND v.priority <> 0 AND v.status <> 'resolved'
           AND (k.priority < after_rank OR (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id))
         ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT budget)
        UNION ALL
        (SELECT v.* FROM gateway.candidate(f) v
         WHERE k.priority = 0 AND v.priority = 0 AND v.status <> 'resolved'
           AND v.activity_bucket <= CASE WHEN after_rank = 0 THEN after_bucket ELSE 2147483647 END
           AND (after_rank > 0 OR (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id))
         ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT budget)) p
      WHERE k.priority <= after_rank LIMIT budget) w) s WHERE s.fits OR s.n = cut;
  ELSIF is_done AND is_free THEN
    OPEN walk FOR SELECT s.* FROM (SELECT row_number() OVER () AS n, w.* FROM
      (SELECT v.* FROM gateway.candidate(f) v
       WHERE v.assignee_id IS NULL AND v.status = 'resolved'
         AND v.activity_bucket <= after_bucket AND (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id)
       ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT budget) w) s WHERE s.fits OR s.n = cut;
  ELSIF is_done AND only_assignee IS NOT NULL THEN
    OPEN walk FOR SELECT s.* FROM (SELECT row_number() OVER () AS n, w.* FROM
      (SELECT v.* FROM gateway.candidate(f) v
       WHERE v.assignee_id = only_assignee AND v.status = 'resolved'
         AND v.activity_bucket <= after_bucket AND (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id)
       ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT budget) w) s WHERE s.fits OR s.n = cut;
  ELSIF only_assignee IS NOT NULL THEN
    OPEN walk FOR SELECT s.* FROM (SELECT row_number() OVER () AS n, w.* FROM
      (SELECT v.* FROM gateway.candidate(f) v
       WHERE v.assignee_id = only_assignee AND v.status <> 'resolved'
         AND v.activity_bucket <= after_bucket AND (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id)
       ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT budget) w) s WHERE s.fits OR s.n = cut;
  ELSIF only_team IS NOT NULL AND NOT is_done THEN
    OPEN walk FOR SELECT s.* FROM (SELECT row_number() OVER () AS n, w.* FROM
      (SELECT v.* FROM gateway.candidate(f) v
       WHERE v.team_id = only_team AND v.status <> 'resolved'
         AND v.activity_bucket <= after_bucket AND (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id)
       ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT budget) w) s WHERE s.fits OR s.n = cut;
  ELSIF is_free THEN
    OPEN walk FOR SELECT s.* FROM (SELECT row_number() OVER () AS n, w.* FROM
      (SELECT v.* FROM gateway.candidate(f) v
       WHERE v.assignee_id IS NULL AND v.status <> 'resolved'
         AND v.activity_bucket <= after_bucket AND (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id)
       ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT budget) w) s WHERE s.fits OR s.n = cut;
  ELSIF only_priority <> 0 AND NOT is_done THEN
    OPEN walk FOR SELECT s.* FROM (SELECT row_number() OVER () AS n, w.* FROM
      (SELECT v.* FROM gateway.candidate(f) v
       WHERE v.priority = only_priority AND v.priority <> 0 AND v.status <> 'resolved'
         AND v.activity_bucket <= after_bucket AND (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id)
       ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT budget) w) s WHERE s.fits OR s.n = cut;
  ELSIF by_inbox AND is_done THEN
    cut := share;
    OPEN walk FOR SELECT w.* FROM unnest(inboxes) AS i(id) CROSS JOIN LATERAL
      (SELECT s.* FROM (SELECT row_number() OVER () AS n, o.* FROM
        (SELECT v.* FROM gateway.candidate(f) v
         WHERE v.inbox_id = i.id AND v.status = 'resolved'
           AND v.activity_bucket <= after_bucket AND (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id)
         ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT share) o) s WHERE s.fits OR s.n = cut LIMIT wanted + 1) w
      ORDER BY w.activity_bucket DESC, w.last_activity_at DESC, w.id DESC;
  ELSIF by_inbox THEN
    cut := share;
    OPEN walk FOR SELECT w.* FROM unnest(inboxes) AS i(id) CROSS JOIN LATERAL
      (SELECT s.* FROM (SELECT row_number() OVER () AS n, o.* FROM
        (SELECT v.* FROM gateway.candidate(f) v
         WHERE v.inbox_id = i.id AND v.status <> 'resolved'
           AND v.activity_bucket <= after_bucket AND (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id)
         ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT share) o) s WHERE s.fits OR s.n = cut LIMIT wanted + 1) w
      ORDER BY w.activity_bucket DESC, w.last_activity_at DESC, w.id DESC;
  ELSIF is_done THEN
    OPEN walk FOR SELECT s.* FROM (SELECT row_number() OVER () AS n, w.* FROM
      (SELECT v.* FROM gateway.candidate(f) v
       WHERE v.status = 'resolved'
         AND v.activity_bucket <= after_bucket AND (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id)
       ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT budget) w) s WHERE s.fits OR s.n = cut;
  ELSE
    OPEN walk FOR SELECT s.* FROM (SELECT row_number() OVER () AS n, w.* FROM
      (SELECT v.* FROM gateway.candidate(f) v
       WHERE v.status <> 'resolved'
         AND v.activity_bucket <= after_bucket AND (v.activity_bucket, v.last_activity_at, v.id) < (after_bucket, after_at, after_id)
       ORDER BY v.activity_bucket DESC, v.last_activity_at DESC, v.id DESC LIMIT budget) w) s WHERE s.fits OR s.n = cut;
  END IF;

  LOOP
    FETCH walk INTO c;
    EXIT WHEN NOT FOUND OR cardinality(ids) = wanted; -- there is more: `next` names the last one taken
    IF c.fits THEN
      ids := ids || c.id;
    END IF;
    next := c.priority::text || ':' || gateway.page_key(CASE sort WHEN 'waiting' THEN c.waiting_since ELSE c.last_activity_at END, c.id);
    EXIT WHEN c.n = cut;
  END LOOP;
  IF NOT FOUND THEN
    next := NULL;
  END IF;
  CLOSE walk;
END $$;
COMMENT ON FUNCTION gateway.scan IS 'The conversations of a list, by the parameters of the API as {"view","status",…} ("live": open and pending), and where to go on if there may be more';

CREATE FUNCTION gateway.list(reader uuid, "all" boolean, inboxes uuid[], filters jsonb, size integer,
  after_rank integer, after_at timestamptz, after_id uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  page record;
BEGIN
  page := gateway.scan(reader, "all", inboxes, filters, size, after_rank, after_at, after_id);
  RETURN json_build_object('items', gateway.conversations(page.ids, reader), 'next', page.next,
    'cursor', (SELECT cursor FROM gateway.v_cursor))::text;
END $$;
COMMENT ON FUNCTION gateway.list IS 'A page of conversations as the API shows it';

-- An inbox that is asked for narrows the rights: one that may not be seen has no conversations.
CREATE FUNCTION gateway.narrowed("all" boolean, inboxes uuid[], inbox uuid) RETURNS uuid[] LANGUAGE sql IMMUTABLE
RETURN CASE WHEN inbox IS NULL THEN inboxes WHEN "all" OR inbox = ANY (inboxes) THEN ARRAY[inbox] ELSE '{}' END;
COMMENT ON FUNCTION gateway.narrowed IS 'The inboxes a list may show';

CREATE FUNCTION gateway.counts(reader uuid, "all" boolean, inboxes uuid[]) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN json_build_object(
    'mine', (SELECT count(*) FROM (SELECT FROM routing.v_conversation c
      WHERE c.assignee_id = reader AND c.status <> 'resolved' AND c.status <> 'snoozed' AND ("all" OR c.inbox_id = ANY (inboxes)) LIMIT 1000) x),
    'unassigned', (SELECT count(*) FROM (SELECT FROM routing.v_conversation c
      WHERE c.assignee_id IS NULL AND c.status <> 'resolved' AND c.status <> 'snoozed' AND ("all" OR c.inbox_id = ANY (inboxes)) LIMIT 1000) x),
    'mentions', (SELECT count(*) FROM (SELECT FROM gateway.mention m JOIN routing.v_conversation c ON c.id = m.conversation_id
      WHERE m.agent_id = reader AND m.read_at IS NULL AND ("all" OR c.inbox_id = ANY (inboxes)) LIMIT 1000) x),
    'following', (SELECT count(*) FROM (SELECT FROM gateway.follow f JOIN routing.v_conversation c ON c.id = f.conversation_id
      WHERE f.agent_id = reader AND c.status IN ('open', 'pending') AND ("all" OR c.inbox_id = ANY (inboxes)) LIMIT 1000) x),
    'views', (SELECT coalesce(json_object_agg(v.id, cardinality((gateway.scan(reader,
        "all" AND NOT v.filters ? 'inbox', gateway.narrowed("all", inboxes, (v.filters ->> 'inbox')::uuid),
        CASE WHEN v.filters ? 'status' THEN v.filters ELSE v.filters || '{"status":"live"}' END, 1000, NULL, NULL, NULL)).ids)), '{}')
      FROM (SELECT id, filters FROM gateway.saved_view WHERE owner_id = reader OR shared
            ORDER BY position, name, id LIMIT 20) v),
    'teams', (SELECT coalesce(json_object_agg(t.id, n.count) FILTER (WHERE n.count > 0), '{}') FROM staff.team t
      CROSS JOIN LATERAL (SELECT count(*) FROM (SELECT FROM routing.v_conversation c WHERE c.team_id = t.id
        AND c.status <> 'resolved' AND c.status <> 'snoozed' AND ("all" OR c.inbox_id = ANY (inboxes)) LIMIT 100) x) n WHERE t.active),
    'inboxes', (SELECT coalesce(json_object_agg(i.id, n.count) FILTER (WHERE n.count > 0), '{}') FROM config.inbox i
      CROSS JOIN LATERAL (SELECT count(*) FROM (SELECT FROM routing.v_conversation c WHERE c.inbox_id = i.id
        AND c.status <> 'resolved' AND c.status <> 'snoozed' LIMIT 100) x) n WHERE "all" OR i.id = ANY (inboxes)),
    'cursor', (SELECT cursor FROM gateway.v_cursor))::text;
END $$;
COMMENT ON FUNCTION gateway.counts IS 'How many conversations stand open or pending in each list of a reader, up to 1,000, of each team and inbox up to 100';

-- ---- search: filled from the log by the gateway's consumer ----

CREATE SEQUENCE gateway.search_number CACHE 100;
COMMENT ON SEQUENCE gateway.search_number IS 'Numbers what can be found, in the order it came';
CREATE TABLE gateway.search (
  kind text NOT NULL,
  number bigint NOT NULL DEFAULT nextval('gateway.search_number'),
  object_id uuid NOT NULL,
  conversation_id uuid,
  inbox_id uuid,
  words tsvector NOT NULL,
  PRIMARY KEY (kind, number),
  UNIQUE (kind, object_id)
) PARTITION BY LIST (kind);
CREATE TABLE gateway.search_conversation PARTITION OF gateway.search FOR VALUES IN ('conversation') WITH (fillfactor = 80);
CREATE TABLE gateway.search_message PARTITION OF gateway.search FOR VALUES IN ('message');
CREATE TABLE gateway.search_customer PARTITION OF gateway.search FOR VALUES IN ('customer') WITH (fillfactor = 80);
CREATE INDEX search_inbox ON gateway.search (kind, inbox_id, number);
-- New words wait in the index's list until gateway.tidy_search() sorts them in: whoever writes never does it, for every reader of the
-- log waits for writers.
CREATE INDEX search_words ON gateway.search USING gin (words) WITH (gin_pending_list_limit = 65536);
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['search', 'search_conversation', 'search_message', 'search_customer'] LOOP
    EXECUTE format('COMMENT ON TABLE gateway.%I IS ''What can be found by its words''', name);
    EXECUTE format('COMMENT ON COLUMN gateway.%I.kind IS ''conversation, message, customer''', name);
    EXECUTE format('COMMENT ON COLUMN gateway.%I.number IS ''Rises with time: the newest are shown first''', name);
    EXECUTE format('COMMENT ON COLUMN gateway.%I.object_id IS ''Which''', name);
    EXECUTE format('COMMENT ON COLUMN gateway.%I.conversation_id IS ''Of conversations and messages''', name);
    EXECUTE format('COMMENT ON COLUMN gateway.%I.inbox_id IS ''The conversation''''s inbox, to look in few; who may see it is asked of the conversation itself''', name);
    EXECUTE format('COMMENT ON COLUMN gateway.%I.words IS ''Its words''', name);
  END LOOP;
END $$;

-- An address is found whole and by its parts, a number by its digits however they are grouped.
-- plpgsql keeps its plan from call to call; a statement of SQL would be planned anew in every batch, while the log waits.
CREATE FUNCTION gateway.address_words(addresses text[]) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN strip(to_tsvector('simple', left(array_to_string(addresses, ' ') || ' '
      || regexp_replace(array_to_string(addresses, ' '), '[@._+-]', ' ', 'g'), 20000)))
    || array_to_tsvector(ARRAY(SELECT DISTINCT ltrim(regexp_replace(a, '\D', '', 'g'), '0') FROM unnest(addresses) AS a
         WHERE a ~ '^[-+() ./0-9]{5,40}$' AND a ~ '[1-9]'));
END $$;
COMMENT ON FUNCTION gateway.address_words IS 'By what addresses can be found';

-- Names and addresses; of a customer all of whose addresses went to another nothing is left.
CREATE FUNCTION gateway.customer_words(customer uuid) RETURNS tsvector LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT coalesce(strip(to_tsvector('simple', left(concat_ws(' ', u.name,
        (SELECT string_agg(t.value, ' ') FROM jsonb_each_text(u.attributes) t)), 20000))) || gateway.address_words(p.addresses), '')
    FROM (SELECT customer AS id) w
    LEFT JOIN LATERAL (SELECT array_agg(q.address) AS addresses FROM (
      SELECT v.address FROM identity.v_contact_point v WHERE v.customer_id = w.id AND v.address NOT LIKE '_:%' LIMIT 100) q) p ON true
    LEFT JOIN LATERAL (SELECT v.name, v.attributes FROM identity.v_customer v WHERE v.id = w.id
      AND EXISTS (SELECT FROM identity.v_contact_point o WHERE o.customer_id = w.id) LIMIT 1) u ON true);
END $$;
COMMENT ON FUNCTION gateway.customer_words IS 'By what a customer can be found';

-- Takes no transaction id, whatever it has to do.
CREATE FUNCTION gateway.tidy_search() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT sum(gin_clean_pending_list(i.inhrelid)) FROM pg_inherits i WHERE i.inhparent = 'gateway.search_words'::regclass
$$;
COMMENT ON FUNCTION gateway.tidy_search IS 'Sorts new words into the index';

-- All words must be there; those of three letters and more may be the beginning of longer ones.
CREATE FUNCTION gateway.search_query(words text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  word text;
  one tsquery;
  every tsquery;
BEGIN
  IF words ~ '^[-+() ./0-9]{5,40}$' AND words ~ '[1-9]' THEN
    RETURN to_tsquery('simple', ltrim(regexp_replace(words, '\D', '', 'g'), '0') || ':*');
  END IF;
  FOREACH word IN ARRAY (regexp_split_to_array(trim(words), '\s+'))[1:10] LOOP
    one := to_tsquery('simple', '''' || translate(word, '''\', '  ') || '''' || CASE WHEN length(word) >= 3 THEN ':*' ELSE '' END);
    IF numnode(one) > 0 THEN
      every := coalesce(every && one, one);
    END IF;
  END LOOP;
  RETURN every;
END $$;
COMMENT ON FUNCTION gateway.search_query IS 'What people type as a query; NULL when there is no word in it';

-- A word that many have is met among the newest few thousand; what is not met there is rare enough to be looked up.
CREATE FUNCTION gateway.search_hits(wanted_kind text, query tsquery, "all" boolean, inboxes uuid[], before bigint, wanted integer)
RETURNS bigint[] LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
DECLARE
  hits bigint[];
BEGIN
  IF "all" OR wanted_kind = 'customer' OR cardinality(inboxes) > 32 THEN
    hits := ARRAY(SELECT n.number FROM
      (SELECT s.number, s.words, s.inbox_id FROM gateway.search s
       WHERE s.kind = wanted_kind AND s.number < before ORDER BY s.number DESC LIMIT 4000) n
      WHERE n.words @@ query AND ("all" OR wanted_kind = 'customer' OR n.inbox_id = ANY (inboxes)) LIMIT wanted);
  ELSE
    hits := ARRAY(SELECT m.number FROM unnest(inboxes) AS i(id) CROSS JOIN LATERAL
      (SELECT n.number FROM
        (SELECT s.number, s.words FROM gateway.search s
         WHERE s.kind = wanted_kind AND s.inbox_id = i.id AND s.number < before ORDER BY s.number DESC
         LIMIT greatest(4000 / cardinality(inboxes), 200)) n
       WHERE n.words @@ query LIMIT wanted) m
      ORDER BY m.number DESC LIMIT wanted);
  END IF;
  IF cardinality(hits) < wanted THEN
    hits := ARRAY(SELECT n.number FROM
      (SELECT s.number FROM gateway.search s
       WHERE s.kind = wanted_kind AND s.words @@ query AND s.number < before
         AND ("all" OR wanted_kind = 'customer' OR s.inbox_id = ANY (inboxes)) LIMIT 20000) n
      ORDER BY n.number DESC LIMIT wanted);
  END IF;
  RETURN hits;
END $$;
COMMENT ON FUNCTION gateway.search_hits IS 'Numbers of what has these words, the newest first';

CREATE FUNCTION gateway.marks(headline text) RETURNS json LANGUAGE sql IMMUTABLE
RETURN (SELECT coalesce(json_agg(json_build_array(p.start, p.size) ORDER BY p.n) FILTER (WHERE p.n % 2 = 0 AND p.size > 0), '[]') FROM
  (SELECT x.n, length(x.part) AS size,
     coalesce(sum(length(x.part)) OVER (ORDER BY x.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS start
   FROM regexp_split_to_table(headline, '[\u0001\u0002]') WITH ORDINALITY AS x(part, n)) p);
COMMENT ON FUNCTION gateway.marks IS 'Where in a headline the marked parts begin and how long they are: [[start, length]], the marks not counted';

CREATE FUNCTION gateway.found_message(message uuid, query tsquery) RETURNS json LANGUAGE sql STABLE AS $$
  SELECT json_build_object('id', e.message_id, 'sequence', e.sequence,
    'author', coalesce(o.author_name, nullif(i.contact_name, ''), i.contact_address, ''),
    'excerpt', translate(h.text, U&'\0001\0002', ''), 'marks', gateway.marks(h.text), 'created_at', gateway.rfc3339(e.created_at))
  FROM routing.v_entry e
  LEFT JOIN channel.v_message i ON i.id = e.message_id
  LEFT JOIN routing.v_message o ON o.id = e.message_id
  CROSS JOIN LATERAL (SELECT ts_headline('simple', translate(left(coalesce(i.text, o.text, ''), 20000), U&'\0001\0002', ''), query,
    U&'StartSel="\0001", StopSel="\0002", MaxWords=30, MinWords=15') AS text) h
  WHERE e.message_id = message
$$;
COMMENT ON FUNCTION gateway.found_message IS 'A message that was found, and where in it';

-- Who may see what was found is asked of the conversations as they are now.
CREATE FUNCTION gateway.search_page(reader uuid, "all" boolean, inboxes uuid[], wanted_kind text, words text, reference text,
  size integer, before bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  query CONSTANT tsquery := gateway.search_query(words);
  hits CONSTANT bigint[] := coalesce(gateway.search_hits(wanted_kind, query, "all", inboxes, before, size + 1), '{}');
  named CONSTANT uuid := (SELECT c.id FROM routing.v_conversation c
    WHERE c.ref = reference AND wanted_kind = 'conversation' AND before = 9223372036854775807 AND ("all" OR c.inbox_id = ANY (inboxes)));
  items json;
BEGIN
  SELECT json_agg(x.item ORDER BY x.number DESC) INTO items FROM (
    SELECT 9223372036854775807 AS number, json_build_object('type', 'conversation', 'rank', 1,
      'conversation', (SELECT v.body FROM gateway.conversation(reader) v WHERE v.id = named)) AS item WHERE named IS NOT NULL
    UNION ALL
    SELECT s.number, CASE wanted_kind
      WHEN 'customer' THEN json_build_object('type', wanted_kind, 'rank', least(ts_rank(s.words, query), 1),
        'customer', (SELECT json_build_object('id', u.id, 'name', u.name, 'addresses', ARRAY(
          SELECT p.address FROM identity.v_contact_point p WHERE p.customer_id = u.id AND p.address NOT LIKE '_:%' ORDER BY p.id LIMIT 10))
          FROM identity.v_customer u WHERE u.id = s.object_id))
      WHEN 'message' THEN json_build_object('type', wanted_kind, 'rank', least(ts_rank(s.words, query), 1),
        'message', gateway.found_message(s.object_id, query),
        'conversation', (SELECT v.body FROM gateway.conversation(reader) v WHERE v.id = s.conversation_id))
      ELSE json_build_object('type', wanted_kind, 'rank', least(ts_rank(s.words, query), 1),
        'conversation', (SELECT v.body FROM gateway.conversation(reader) v WHERE v.id = s.conversation_id)) END
    FROM unnest(hits[1:size]) AS h(number)
    CROSS JOIN LATERAL (SELECT * FROM gateway.search f WHERE f.kind = wanted_kind AND f.number = h.number LIMIT 1) s
    WHERE s.object_id IS DISTINCT FROM named AND CASE wanted_kind
      WHEN 'customer' THEN EXISTS (SELECT FROM routing.v_conversation c
        WHERE c.customer_id = s.object_id AND ("all" OR c.inbox_id = ANY (inboxes)))
      ELSE EXISTS (SELECT FROM routing.v_conversation c
        WHERE c.id = s.conversation_id AND ("all" OR c.inbox_id = ANY (inboxes))) END) x;
  RETURN json_build_object('items', coalesce(items, '[]'),
    'next', CASE WHEN cardinality(hits) > size THEN hits[size]::text END, 'cursor', (SELECT cursor FROM gateway.v_cursor))::text;
END $$;
COMMENT ON FUNCTION gateway.search_page IS 'A page of what was found, as the API shows it';

GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.reading, gateway.follow, gateway.mention, gateway.draft, gateway.saved_view,
  gateway.customer_note, gateway.search TO hilo_gateway;
GRANT USAGE ON SEQUENCE gateway.search_number TO hilo_gateway;
GRANT SELECT ON gateway.v_customer_note, gateway.v_saved_view TO hilo_gateway;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA gateway FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA gateway TO hilo_gateway;
