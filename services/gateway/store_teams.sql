-- store_teams.sql - teams and their members.
-- "all" and "inboxes" are the reader's rights.

-- :name list_teams
-- $1 all, $2 inboxes, $3 everybody is known (administrators), $4 who asks
SELECT json_build_object('items', coalesce(json_agg(t.body ORDER BY lower(t.name), t.id), '[]'),
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM gateway.team($1, $2, $3, $4) t;

-- :name read_team
-- As list_teams, $5 team
SELECT (t.body || jsonb_build_object('cursor', (SELECT cursor FROM gateway.v_cursor)))::text, t.version
FROM gateway.team($1, $2, $3, $4) t WHERE t.id = $5;

-- :name read_team_record
-- For a change. $1 team
SELECT name, description, active, version FROM staff.team WHERE id = $1;

-- :name count_unknown_agents
-- How many of these agents do not exist. $1 agents
SELECT count(*) FROM unnest($1::uuid[]) AS w(id) WHERE NOT EXISTS (SELECT FROM staff.agent a WHERE a.id = w.id);

-- :name count_unknown_teams
-- Is there no such team that may be chosen? $1 team
SELECT count(*) FROM (SELECT $1::uuid AS id) w WHERE NOT EXISTS (SELECT FROM staff.team t WHERE t.id = w.id AND t.active);

-- :name read_members
-- Whom a change of members concerns: those it names and those who are in it. $1 agents, $2 team
SELECT v.*, EXISTS (SELECT FROM staff.team_member m WHERE m.team_id = $2 AND m.agent_id = v.id)
FROM gateway.v_agent_record v
WHERE v.id = ANY ($1::uuid[]) OR v.id IN (SELECT m.agent_id FROM staff.team_member m WHERE m.team_id = $2);

-- :name insert_team
-- $1 id, $2 name, $3 description
INSERT INTO staff.team (id, name, description) VALUES ($1, $2, $3);

-- :name update_team
-- $1 team, $2 name, $3 description, $4 active
UPDATE staff.team SET name = $2, description = $3, active = $4, version = version + 1 WHERE id = $1;

-- :name replace_members
-- $1 team, $2 agents
WITH gone AS (DELETE FROM staff.team_member WHERE team_id = $1 AND agent_id <> ALL ($2::uuid[]))
INSERT INTO staff.team_member (team_id, agent_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING;

-- :name touch_agents
-- Their records changed. $1 agents
UPDATE staff.agent SET version = version + 1 WHERE id = ANY ($1::uuid[]);
