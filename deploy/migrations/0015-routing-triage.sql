-- Who gets what, by skills, teams, channels and priority; conversations that go to another inbox (services/routing).
ALTER TABLE routing.conversation
  ADD COLUMN former_inbox_ids uuid[],
  ADD CONSTRAINT conversation_tags_check CHECK (cardinality(tags) <= 20),
  ADD CONSTRAINT conversation_priority_check CHECK (priority BETWEEN -1 AND 2);
COMMENT ON COLUMN routing.conversation.former_inbox_ids IS 'Inboxes it belonged to before, where its customer may still write; NULL: none';

ALTER TABLE routing.agent
  ADD COLUMN team_ids uuid[] NOT NULL DEFAULT '{}',
  ADD COLUMN skills text[] NOT NULL DEFAULT '{}',
  ADD COLUMN capacities integer[],
  ADD COLUMN loads integer[] NOT NULL DEFAULT '{0,0,0,0,0}';
COMMENT ON COLUMN routing.agent.team_ids IS 'Teams they belong to';
COMMENT ON COLUMN routing.agent.skills IS 'What they can do';
COMMENT ON COLUMN routing.agent.capacities IS 'Conversations at a time of each channel: email, chat, social, sms, voice; NULL, whole or single: no limit';
COMMENT ON COLUMN routing.agent.loads IS 'What load is made of: conversations of each channel';

-- The queue is made of lanes: whoever can take one conversation of a lane can take the others of it, so that a lane nobody has
-- room for holds up no other.
CREATE FUNCTION routing.lane_team(team_id uuid) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN coalesce(team_id, '00000000-0000-0000-0000-000000000000');
COMMENT ON FUNCTION routing.lane_team IS 'A team as lanes have it: a value for none, too';

DROP INDEX routing.conversation_queued;
CREATE INDEX conversation_queued ON routing.conversation (inbox_id, routing.lane_team(team_id), channel, priority, queued_at, id)
  WHERE queued_at IS NOT NULL;

-- From lane to lane through the index, without reading what waits in them.
CREATE VIEW routing.lane AS
  WITH RECURSIVE lane AS (
    (SELECT c.inbox_id, routing.lane_team(c.team_id) AS team_id, c.channel, c.priority FROM routing.conversation c
     WHERE c.queued_at IS NOT NULL ORDER BY c.inbox_id, routing.lane_team(c.team_id), c.channel, c.priority LIMIT 1)
    UNION ALL
    SELECT n.inbox_id, n.team_id, n.channel, n.priority
    FROM lane l
    CROSS JOIN LATERAL (
      SELECT c.inbox_id, routing.lane_team(c.team_id) AS team_id, c.channel, c.priority FROM routing.conversation c
      WHERE c.queued_at IS NOT NULL
        AND (c.inbox_id, routing.lane_team(c.team_id), c.channel, c.priority) > (l.inbox_id, l.team_id, l.channel, l.priority)
      ORDER BY c.inbox_id, routing.lane_team(c.team_id), c.channel, c.priority LIMIT 1) n)
  SELECT inbox_id, team_id, channel, priority FROM lane;
COMMENT ON VIEW routing.lane IS 'Where somebody waits: inbox, team, channel, priority';

-- A view with parameters, inlined into the statement that uses it. needs: NULL for nothing.
CREATE FUNCTION routing.takers(inbox_id uuid, team_id uuid, over text, needs text[], size integer)
RETURNS TABLE (agent_id uuid, all_inboxes boolean, inbox_ids uuid[], capacity integer, load integer, assigned_at timestamptz,
  team_ids uuid[], skills text[], capacities integer[], loads integer[]) LANGUAGE sql STABLE AS $$
  SELECT a.agent_id, a.all_inboxes, a.inbox_ids, a.capacity, a.load, a.assigned_at, a.team_ids, a.skills, a.capacities, a.loads
  FROM routing.agent a
  WHERE a.active AND a.status = 'available' AND (a.capacity IS NULL OR a.capacity = 0 OR a.load < a.capacity)
    AND (a.all_inboxes OR takers.inbox_id = ANY (a.inbox_ids))
    AND (takers.needs IS NULL OR a.skills @> takers.needs)
    AND (takers.team_id IS NULL OR takers.team_id = ANY (a.team_ids))
    AND (a.capacities IS NULL
      OR coalesce(a.loads[array_position('{email,chat,social,sms,voice}'::text[], takers.over)]
        < a.capacities[array_position('{email,chat,social,sms,voice}'::text[], takers.over)], true))
  ORDER BY a.load, a.assigned_at NULLS FIRST, a.agent_id
  LIMIT takers.size
$$;
COMMENT ON FUNCTION routing.takers IS 'Agents who may be given a conversation of that inbox and team over that channel, the next to be given work first';

REVOKE ALL ON FUNCTION routing.lane_team, routing.takers FROM PUBLIC;
GRANT EXECUTE ON FUNCTION routing.lane_team, routing.takers TO hilo_routing;
GRANT SELECT ON routing.lane TO hilo_routing;

-- what became of a mail is told to who may see its conversation then
GRANT USAGE ON SCHEMA routing TO hilo_email;
GRANT SELECT ON routing.v_conversation TO hilo_email;
