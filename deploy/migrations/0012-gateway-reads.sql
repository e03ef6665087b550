-- What the API shows: the other services' views as JSON. Read by services/gateway only.

CREATE FUNCTION gateway.rfc3339(at timestamptz) RETURNS text LANGUAGE sql STABLE
RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
COMMENT ON FUNCTION gateway.rfc3339 IS 'A time as the API writes it';

CREATE FUNCTION gateway.page_key(at timestamptz, id uuid) RETURNS text LANGUAGE sql STABLE
RETURN (extract(epoch FROM at) * 1000000)::bigint::text || '-' || id::text;
COMMENT ON FUNCTION gateway.page_key IS 'Where the next page of a list of conversations begins';

-- Follows from one statement's own snapshot: every event at or below it is visible to the statement that reads it.
CREATE VIEW gateway.v_cursor AS
  SELECT to_hex(coalesce(e.epoch, 0)) || '.' || lpad(to_hex(coalesce(l.xid::text::bigint, 0)), 16, '0')
         || lpad(to_hex(coalesce(l.id, 0)), 16, '0') AS cursor
  FROM (SELECT 1) one
  LEFT JOIN LATERAL (SELECT epoch FROM bus.epoch ORDER BY number DESC LIMIT 1) e ON true
  LEFT JOIN LATERAL (SELECT xid, id FROM bus.event WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
                     ORDER BY xid DESC, id DESC LIMIT 1) l ON true;
COMMENT ON VIEW gateway.v_cursor IS 'The last event below the reading statement''s xmin, as clients hold it';

-- A view with a parameter, the address people open: inlined into the statement that uses it.
CREATE FUNCTION gateway.inbox(base text) RETURNS TABLE (id uuid, body jsonb) LANGUAGE sql STABLE AS $$
  SELECT i.id,
    jsonb_build_object('id', i.id, 'channel', i.channel, 'name', i.name, 'address', i.address, 'team_id', i.team_id,
      'has_smtp_url', i.smtp_url_sealed IS NOT NULL, 'has_imap_url', i.imap_url_sealed IS NOT NULL,
      'chat', CASE WHEN c.inbox_id IS NOT NULL THEN jsonb_build_object('public_id', c.public_id, 'origins', c.origins,
        'mail_inbox_id', c.mail_inbox_id, 'settings', c.settings,
        'embed', '<script>window.hilo=window.hilo||function(){(hilo.q=hilo.q||[]).push(arguments)}</script>' || E'\n'
                 || '<script async src="' || base || '/widget/loader.js" data-inbox="' || c.public_id || '"></script>') END,
      'active', i.active, 'version', i.version)
  FROM config.inbox i LEFT JOIN config.chat c ON c.inbox_id = i.id
$$;
COMMENT ON FUNCTION gateway.inbox IS 'Inboxes as the API shows them, connection strings and secrets left out';

CREATE VIEW gateway.v_agent AS
  SELECT a.id, a.name, a.all_inboxes,
    jsonb_build_object('id', a.id, 'name', a.name, 'role', a.role, 'active', a.active,
      'presence', coalesce(p.status, 'offline')) AS brief,
    jsonb_build_object('id', a.id, 'name', a.name, 'role', a.role, 'active', a.active,
      'presence', coalesce(p.status, 'offline'), 'email', a.email, 'capacity', a.capacity,
      'inboxes', CASE WHEN a.all_inboxes THEN '["all"]'::jsonb ELSE
        coalesce((SELECT jsonb_agg(i.inbox_id ORDER BY i.inbox_id) FROM staff.agent_inbox i WHERE i.agent_id = a.id), '[]') END,
      'invited', a.password_hash IS NULL, 'version', a.version) AS body
  FROM staff.agent a LEFT JOIN staff.presence p ON p.agent_id = a.id;
COMMENT ON VIEW gateway.v_agent IS 'Agents as the API shows them: brief to colleagues, whole to administrators and to the agent';

CREATE VIEW gateway.v_upload AS
  SELECT u.id, jsonb_build_object('id', u.id, 'name', u.name, 'content_type', u.content_type, 'size', u.size_bytes) AS body
  FROM gateway.upload u;
COMMENT ON VIEW gateway.v_upload IS 'Uploads as the API shows them';

CREATE VIEW gateway.v_conversation AS
  SELECT c.id, c.ref, c.inbox_id, c.customer_id, c.version,
    json_build_object('id', c.id, 'ref', c.ref, 'subject', c.subject, 'status', c.status, 'inbox_id', c.inbox_id,
      'channel', c.channel, 'customer', json_build_object('id', c.customer_id, 'name', coalesce(u.name, '')),
      'assignee', CASE WHEN c.assignee_id IS NOT NULL THEN
        json_build_object('id', c.assignee_id, 'name', coalesce(a.name, '')) END,
      'team_id', c.team_id, 'priority', (ARRAY['low', 'normal', 'high', 'urgent'])[c.priority + 2], 'tags', c.tags,
      'last_message', CASE WHEN c.last_message_id IS NOT NULL THEN
        json_build_object('id', c.last_message_id, 'preview', c.last_preview, 'author', c.last_author,
          'direction', c.last_direction, 'created_at', gateway.rfc3339(c.last_activity_at)) END,
      'visitor', CASE WHEN c.channel = 'chat' OR c.customer_present THEN json_build_object('present', c.customer_present) END,
      'waiting_since', gateway.rfc3339(c.waiting_since), 'snoozed_until', gateway.rfc3339(c.snoozed_until),
      'created_at', gateway.rfc3339(c.created_at), 'version', c.version) AS body
  FROM routing.v_conversation c
  LEFT JOIN identity.v_customer u ON u.id = c.customer_id
  LEFT JOIN staff.agent a ON a.id = c.assignee_id;
COMMENT ON VIEW gateway.v_conversation IS 'Conversations as the API shows them';

CREATE VIEW gateway.v_interaction AS
  SELECT t.id, t.conversation_id, t.started_at,
    jsonb_build_object('id', t.id, 'channel', t.channel, 'inbox_id', t.inbox_id,
      'contact_point', CASE WHEN p.id IS NOT NULL THEN jsonb_build_object('channel', p.channel, 'address', p.address,
        'level', (ARRAY['claimed', 'channel_verified', 'confirmed'])[p.level]) END,
      'started_at', gateway.rfc3339(t.started_at), 'ended_at', gateway.rfc3339(t.ended_at)) AS body
  FROM routing.v_interaction t LEFT JOIN identity.v_contact_point p ON p.id = t.contact_point_id;
COMMENT ON VIEW gateway.v_interaction IS 'Interactions as the API shows them';

CREATE VIEW gateway.v_move AS
  SELECT m.message_id AS id, m.conversation_id, m.created_at,
    jsonb_build_object('id', m.message_id, 'from_channel', m.from_channel, 'to_channel', m.to_channel, 'reason', m.reason,
      'by_agent', CASE WHEN m.by_agent_id IS NOT NULL THEN jsonb_build_object('id', m.by_agent_id, 'name', coalesce(a.name, '')) END,
      'created_at', gateway.rfc3339(m.created_at)) AS body
  FROM routing.v_move m LEFT JOIN staff.agent a ON a.id = m.by_agent_id;
COMMENT ON VIEW gateway.v_move IS 'Moves from channel to channel as the API shows them';

-- As routing finds them: by mail where it runs and at every address known to be theirs, in the chat where they were last, while
-- they look at it.
CREATE VIEW gateway.v_channel AS
  SELECT c.id AS conversation_id, k.channel, p.id AS contact_point_id, p.id = c.contact_point_id AS is_current, p.level,
    jsonb_build_object('channel', k.channel, 'contact_point_id', p.id, 'address', p.address, 'reachable', r.reason IS NULL, 'reason', r.reason) AS body
  FROM routing.v_conversation c
  LEFT JOIN config.chat h ON h.inbox_id = c.inbox_id
  CROSS JOIN (VALUES ('chat'), ('email')) AS k(channel)
  LEFT JOIN LATERAL (
    SELECT t.inbox_id, t.contact_point_id FROM routing.v_interaction t
    WHERE t.conversation_id = c.id AND t.channel = 'chat' AND k.channel = 'chat' ORDER BY t.started_at DESC LIMIT 1) n ON true
  LEFT JOIN LATERAL (
    SELECT q.id, q.address, q.level FROM identity.v_contact_point q
    WHERE q.customer_id = c.customer_id AND q.channel = k.channel AND (k.channel <> 'chat' OR q.id = n.contact_point_id)
    ORDER BY q.level DESC, q.created_at DESC LIMIT 100) p ON true
  CROSS JOIN LATERAL (SELECT CASE
    WHEN p.id IS NULL THEN 'no_address'
    WHEN NOT EXISTS (SELECT FROM config.inbox b WHERE b.active AND b.channel = k.channel
                     AND b.id = ANY (ARRAY[n.inbox_id, c.inbox_id, h.mail_inbox_id])) THEN 'no_inbox'
    WHEN k.channel = 'email' AND p.level < 2 AND p.id <> c.contact_point_id THEN 'not_confirmed'
    WHEN k.channel = 'chat' AND NOT c.customer_present THEN 'not_present' END AS reason) r;
COMMENT ON VIEW gateway.v_channel IS 'Where the customer of a conversation can be reached now, and where not and why, as the API shows it';

-- plpgsql keeps its plan from call to call; a statement of SQL would be planned anew each time.
CREATE FUNCTION gateway.conversations(ids uuid[]) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT coalesce(json_agg(v.body ORDER BY i.n), '[]')
          FROM unnest(ids) WITH ORDINALITY AS i(id, n)
          CROSS JOIN LATERAL (SELECT c.body FROM gateway.v_conversation c WHERE c.id = i.id LIMIT 1) v);
END $$;
COMMENT ON FUNCTION gateway.conversations IS 'These conversations, in this order';

CREATE FUNCTION gateway.conversation_page(ids uuid[], size integer) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN json_build_object(
    'items', gateway.conversations(ids[1:size]),
    'next', CASE WHEN cardinality(ids) > size THEN
      (SELECT gateway.page_key(c.last_activity_at, c.id) FROM routing.v_conversation c WHERE c.id = ids[size]) END,
    'cursor', (SELECT cursor FROM gateway.v_cursor))::text;
END $$;
COMMENT ON FUNCTION gateway.conversation_page IS 'A page of a list: its conversations, of which there is one more than fit if there is a next page';

-- Keyed by a secret that never leaves the installation (nested hash, so that lengths cannot be extended).
CREATE FUNCTION gateway.attachment_url(base text, key bytea, sha256 text, name text, content_type text) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT base || path || '&signature=' || encode(sha256(key || sha256(key || convert_to(path, 'UTF8'))), 'hex')
  FROM (SELECT '/attachments/' || sha256 || '?name=' || encode(convert_to(name, 'UTF8'), 'hex')
               || '&type=' || encode(convert_to(content_type, 'UTF8'), 'hex')
               || '&until=' || (ceil(extract(epoch FROM clock_timestamp()) / 3600) * 3600 + 3600)::bigint AS path) p
$$;
COMMENT ON FUNCTION gateway.attachment_url IS 'Where a file can be fetched for the next one to two hours; hex keeps every file name inside one query value';

CREATE FUNCTION gateway.brief_html(html text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE WHEN octet_length(html) <= 32768 THEN html END;
COMMENT ON FUNCTION gateway.brief_html IS 'HTML that is shown with its timeline; longer is asked for by itself';

-- Signed as attachments are; which images it serves, the message's HTML says.
CREATE FUNCTION gateway.image_proxy(base text, key bytea, message_id uuid, html text) RETURNS jsonb LANGUAGE sql STABLE
RETURN CASE WHEN html ~* '(src|srcset|background)\s*=\s*["'']?\s*(https?:)?//|url\(\s*["'']?\s*(https?:)?//' THEN (
  SELECT jsonb_build_object('image_proxy', base || path || '/' || encode(sha256(key || sha256(key || convert_to(path, 'UTF8'))), 'hex'))
  FROM (SELECT '/images/' || message_id || '/' || (ceil(extract(epoch FROM clock_timestamp()) / 3600) * 3600 + 3600)::bigint AS path) p)
  ELSE '{}' END;
COMMENT ON FUNCTION gateway.image_proxy IS 'Where the remote images of a mail can be fetched for the next one to two hours; {} when it has none';

-- A view with parameters: inlined into the statement that uses it.
CREATE FUNCTION gateway.message(base text, key bytea)
RETURNS TABLE (id uuid, conversation_id uuid, sequence bigint, body jsonb) LANGUAGE sql STABLE AS $$
  SELECT e.message_id, e.conversation_id, e.sequence,
    jsonb_build_object('id', e.message_id, 'sequence', e.sequence, 'kind', e.kind, 'direction', e.direction, 'channel', coalesce(t.channel, i.channel),
      'interaction_id', e.interaction_id,
      'author', CASE WHEN i.id IS NOT NULL
        THEN jsonb_build_object('type', 'customer', 'id', c.customer_id, 'name',
          coalesce(nullif(i.contact_name, ''), CASE WHEN i.channel = 'email' THEN i.contact_address ELSE '' END))
        ELSE jsonb_build_object('type', o.author_type, 'id', o.author_id, 'name', o.author_name) END,
      'text', coalesce(i.text, o.text, ''), 'html', CASE WHEN i.id IS NULL THEN o.html ELSE gateway.brief_html(i.html) END,
      'attachments', CASE WHEN i.id IS NOT NULL
        THEN coalesce((SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'content_type', f.content_type,
                         'size', f.size_bytes, 'inline', f.inline, 'content_id', f.content_id,
                         'url', gateway.attachment_url(base, key, f.sha256, f.name, f.content_type)) ORDER BY f.position)
                       FROM channel.v_attachment f WHERE f.message_id = i.id), '[]')
        ELSE coalesce((SELECT jsonb_agg(jsonb_build_object('id', f ->> 'id', 'name', f ->> 'name', 'content_type', f ->> 'content_type',
                         'size', f -> 'size_bytes', 'inline', false, 'content_id', NULL,
                         'url', gateway.attachment_url(base, key, f ->> 'sha256', f ->> 'name', f ->> 'content_type')) ORDER BY n)
                       FROM jsonb_array_elements(o.attachments) WITH ORDINALITY AS x(f, n)), '[]') END,
      'delivery', CASE WHEN e.direction = 'out' OR d.message_id IS NOT NULL THEN jsonb_build_object(
        'state', CASE WHEN t.channel = 'chat' AND e.sequence <= c.seen_sequence AND d.state = 'sent' THEN 'read'
          WHEN d.state = 'leased' THEN 'sending' ELSE coalesce(d.state, 'queued') END,
        'reason', CASE WHEN d.state IN ('failed', 'unknown') OR d.state = 'queued' AND d.attempts > 0 THEN d.answer END) END,
      'created_at', gateway.rfc3339(e.created_at))
    || CASE WHEN v.message_id IS NOT NULL THEN jsonb_build_object('move',
         jsonb_build_object('from', v.from_channel, 'to', v.to_channel, 'reason', v.reason)) ELSE '{}'::jsonb END
    || CASE WHEN e.kind <> 'message' OR coalesce(t.channel, i.channel) <> 'email' THEN '{}'::jsonb
       WHEN i.id IS NOT NULL THEN gateway.image_proxy(base, key, i.id, gateway.brief_html(i.html)) || jsonb_build_object(
         'subject', coalesce(i.subject, ''), 'has_html', i.html IS NOT NULL,
         'quoted', CASE WHEN i.text_quote IS NOT NULL OR i.html_quote IS NOT NULL THEN jsonb_build_object(
           'text', substr(i.text, i.text_quote + 1), 'html', substr(gateway.brief_html(i.html), i.html_quote + 1)) END,
         'from', jsonb_build_object('name', i.contact_name, 'address', i.contact_address),
         'to', i.recipients, 'cc', i.copies, 'message_id', i.rfc_message_id)
       ELSE jsonb_build_object('subject', coalesce(o.subject, ''),
         'from', jsonb_build_object('name', coalesce(b.name, ''), 'address', coalesce(b.address, '')),
         'to', CASE WHEN o.to_address IS NULL THEN '[]'::jsonb
               ELSE jsonb_build_array(jsonb_build_object('name', coalesce(o.to_name, ''), 'address', o.to_address)) END,
         'cc', '[]'::jsonb, 'message_id', o.rfc_message_id) END
  FROM routing.v_entry e
  JOIN routing.v_conversation c ON c.id = e.conversation_id
  LEFT JOIN routing.v_interaction t ON t.id = e.interaction_id
  LEFT JOIN channel.v_message i ON i.id = e.message_id
  LEFT JOIN routing.v_message o ON o.id = e.message_id
  LEFT JOIN channel.v_delivery d ON d.message_id = e.message_id
  LEFT JOIN routing.v_move v ON v.message_id = e.message_id AND e.kind = 'system'
  LEFT JOIN config.inbox b ON b.id = o.inbox_id
$$;
COMMENT ON FUNCTION gateway.message IS 'What stands in conversations, as the API shows it';

GRANT SELECT ON gateway.v_cursor, gateway.v_agent, gateway.v_upload, gateway.v_conversation,
  gateway.v_interaction, gateway.v_move, gateway.v_channel TO hilo_gateway;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA gateway FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA gateway TO hilo_gateway;
