-- What the chat daemon looks up in others' tables: whose interaction it is, and what an agent is called.

-- a browser is shown what its own contact point took part in, whoever's customer that has become
CREATE INDEX interaction_contact_point ON routing.interaction (contact_point_id, started_at);

GRANT SELECT (id, name) ON staff.v_agent TO hilo_chat;
