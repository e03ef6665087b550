-- What customers sent, as it is shown; and what operators see: parked work, health, tests of inboxes.

CREATE TABLE gateway.image (
  url_hash bytea PRIMARY KEY CHECK (length(url_hash) = 32),
  sha256 text NOT NULL,
  content_type text NOT NULL,
  fetched_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX image_fetched ON gateway.image (fetched_at);
COMMENT ON TABLE gateway.image IS 'Remote images of mails that were fetched lately; their bytes are in the file store, which forgets them a day after this table does';
COMMENT ON COLUMN gateway.image.url_hash IS 'SHA-256 of the address';
COMMENT ON COLUMN gateway.image.sha256 IS 'Name of its bytes in the file store';
COMMENT ON COLUMN gateway.image.content_type IS 'By its first bytes';
COMMENT ON COLUMN gateway.image.fetched_at IS 'When';
GRANT SELECT, INSERT, UPDATE, DELETE ON gateway.image TO hilo_gateway;

-- ---- what could not be handled ----

ALTER TABLE channel.unparsed ADD COLUMN size_bytes bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN channel.unparsed.size_bytes IS 'How many bytes came';
CREATE OR REPLACE VIEW channel.v_unparsed AS
  SELECT id, inbox_id, channel, error, received_at, retry_at, size_bytes FROM channel.unparsed;
COMMENT ON VIEW channel.v_unparsed IS 'Messages that could not be parsed';

CREATE VIEW bus.v_parked AS
  SELECT service || '.' || xid || '.' || id AS id, service, type, reason, error, inbox_id, conversation_id, octet_length(payload) AS size_bytes,
         occurred_at, parked_at, retry_at
  FROM bus.parked;
COMMENT ON VIEW bus.v_parked IS 'Events of all services that lie aside, for operators; without what is in them';

-- release_parked - an operator's word on an event that lies aside: handle it again, or give it up; what is held behind it follows by
-- itself. Its own service alone may touch the table otherwise. Returns: whether there was such an event.
CREATE FUNCTION bus.release_parked(parked text, again boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  parts CONSTANT text[] := regexp_match(parked, '^([a-z]+)\.([0-9]{1,19})\.([0-9]{1,18})$');
BEGIN
  IF parts IS NULL THEN
    RETURN false;
  ELSIF again THEN
    UPDATE bus.parked AS p SET retry_at = clock_timestamp()
    WHERE p.service = parts[1] AND p.xid = parts[2]::xid8 AND p.id = parts[3]::bigint AND p.reason = 'failed';
  ELSE
    DELETE FROM bus.parked AS p WHERE p.service = parts[1] AND p.xid = parts[2]::xid8 AND p.id = parts[3]::bigint;
  END IF;
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION bus.release_parked IS 'An operator has an event that lies aside handled again, or gives it up';

CREATE FUNCTION channel.release_unparsed(wanted uuid, again boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF again THEN
    UPDATE channel.unparsed SET retry_at = clock_timestamp() WHERE id = wanted;
  ELSE
    DELETE FROM channel.unparsed WHERE id = wanted;
  END IF;
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION channel.release_unparsed IS 'An operator has a message parsed again, or gives it up';

CREATE VIEW gateway.v_parked AS
  SELECT p.id, p.parked_at, p.reason,
    json_build_object('id', p.id, 'kind', 'event', 'service', p.service, 'type', p.type, 'reason', p.reason, 'error', p.error,
      'inbox_id', p.inbox_id, 'conversation_id', p.conversation_id, 'size', p.size_bytes, 'retrying', coalesce(p.retry_at <= now(), false),
      'retry_at', gateway.rfc3339(p.retry_at), 'occurred_at', gateway.rfc3339(p.occurred_at), 'parked_at', gateway.rfc3339(p.parked_at)) AS body
  FROM bus.v_parked p
  UNION ALL
  SELECT u.id::text, u.received_at, 'unparsed',
    json_build_object('id', u.id, 'kind', 'mail', 'service', u.channel, 'type', 'message', 'reason', 'unparsed', 'error', u.error,
      'inbox_id', u.inbox_id, 'conversation_id', NULL, 'size', u.size_bytes, 'retrying', coalesce(u.retry_at <= now(), false),
      'retry_at', gateway.rfc3339(u.retry_at), 'occurred_at', gateway.rfc3339(u.received_at), 'parked_at', gateway.rfc3339(u.received_at))
  FROM channel.v_unparsed u;
COMMENT ON VIEW gateway.v_parked IS 'What could not be handled, as the API shows it';

-- ---- how everything is ----

CREATE INDEX outbound_failed ON channel.outbound (finished_at) WHERE state IN ('failed', 'unknown');
CREATE VIEW channel.v_outbound_state AS
  SELECT coalesce(conversation_inbox_id, inbox_id) AS inbox_id, state, submitted_at, finished_at FROM channel.outbound
  WHERE state IN ('queued', 'leased', 'failed', 'unknown');
COMMENT ON VIEW channel.v_outbound_state IS 'Replies on their way and those that failed, by the inbox that may know';

-- The daemons of an installation, and how far those are that consume the log.
CREATE VIEW bus.v_daemon AS
  SELECT d.name,
    CASE WHEN d.name = 'bus' THEN (SELECT count(*) FROM bus.relay WHERE until > clock_timestamp())
         ELSE (SELECT count(*) FROM bus.member m WHERE m.service = d.name AND m.until > clock_timestamp()) END AS replicas,
    (SELECT count(*) FROM bus.consumer c WHERE c.service = d.name) AS shards,
    (SELECT count(*) FROM bus.consumer c WHERE c.service = d.name AND c.until > clock_timestamp()) AS leased,
    late.occurred_at AS oldest_at
  FROM (VALUES ('bus'), ('email'), ('chat'), ('identity'), ('routing'), ('gateway')) AS d(name)
  LEFT JOIN LATERAL (
    SELECT e.occurred_at
    FROM (SELECT c.xid, c.id FROM bus.consumer c WHERE c.service = d.name ORDER BY c.xid, c.id LIMIT 1) AS slowest,
      LATERAL (SELECT l.occurred_at FROM bus.event l JOIN bus.consumer c ON c.service = d.name AND c.shard = (l.key_hash & 15)
               WHERE l.xid >= slowest.xid AND (l.xid, l.id) > (c.xid, c.id) ORDER BY l.xid, l.id LIMIT 1) AS e) AS late ON true;
COMMENT ON VIEW bus.v_daemon IS 'Daemons: how many of each say that they live, the shards they hold, the oldest event they have not handled';

-- Accepted, and in no conversation yet: identity or routing has not come to it, or has laid it aside.
CREATE VIEW bus.v_unrouted AS
  SELECT l.inbox_id, l.occurred_at
  FROM (VALUES ('identity', 'message.received'), ('routing', 'message.identified')) AS w(service, type)
  CROSS JOIN LATERAL (SELECT c.xid, c.id FROM bus.consumer c WHERE c.service = w.service ORDER BY c.xid, c.id LIMIT 1) AS slowest
  CROSS JOIN LATERAL (SELECT e.inbox_id, e.occurred_at FROM bus.event e JOIN bus.consumer c ON c.service = w.service AND c.shard = (e.key_hash & 15)
                      WHERE e.xid >= slowest.xid AND (e.xid, e.id) > (c.xid, c.id) AND e.type = w.type
                      ORDER BY e.xid, e.id LIMIT 1000) AS l
  UNION ALL
  SELECT p.inbox_id, p.occurred_at FROM bus.parked p
  WHERE (p.service, p.type) IN (('identity', 'message.received'), ('routing', 'message.identified'));
COMMENT ON VIEW bus.v_unrouted IS 'Messages that were taken in and stand in no conversation yet';

-- The log's size and age, and the writer everything waits for: what only the owner may look at.
CREATE FUNCTION bus.log_state() RETURNS TABLE (bytes bigint, oldest_at timestamptz, oldest_write_ms bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT (SELECT coalesce(sum(pg_total_relation_size(format('bus.%I', p.name)::regclass)), 0)::bigint FROM bus.partition p),
    (SELECT e.occurred_at FROM bus.event e, bus.floor f WHERE e.xid >= f.xid AND (e.xid, e.id) > (f.xid, f.id) ORDER BY e.xid, e.id LIMIT 1),
    (SELECT coalesce(greatest(extract(epoch FROM clock_timestamp() - min(w.begun)) * 1000, 0), 0)::bigint FROM (
       SELECT a.xact_start AS begun FROM pg_stat_activity a WHERE a.backend_xid IS NOT NULL
       UNION ALL SELECT x.prepared FROM pg_prepared_xacts x) AS w)
$$;
COMMENT ON FUNCTION bus.log_state IS 'How large the log is, its oldest event, and how old the oldest writing transaction is';

-- Plpgsql keeps its plans. The lists of inboxes are the reader's.
CREATE FUNCTION gateway.health("all" boolean, inboxes uuid[]) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  daemons json;
  fine boolean;
BEGIN
  SELECT json_agg(json_build_object('name', d.name, 'replicas', d.replicas, 'ready', d.ready, 'lag_ms', d.lag_ms)), bool_and(d.ready AND coalesce(d.lag_ms, 0) < 10000)
  INTO daemons, fine
  FROM (SELECT v.name, greatest(v.replicas, CASE WHEN v.name = 'gateway' THEN 1 ELSE 0 END) AS replicas,
          (v.replicas > 0 OR v.name = 'gateway') AND (v.shards = 0 OR v.leased = v.shards) AS ready,
          CASE WHEN v.shards > 0 THEN coalesce(greatest(extract(epoch FROM clock_timestamp() - v.oldest_at) * 1000, 0), 0)::bigint END AS lag_ms
        FROM bus.v_daemon v) d;
  RETURN (SELECT json_build_object('ok', fine, 'daemons', daemons,
    'queues', coalesce((SELECT json_agg(json_build_object('inbox_id', i.id, 'waiting', q.waiting, 'oldest_at', gateway.rfc3339(q.oldest_at)) ORDER BY i.name, i.id)
      FROM config.inbox i
      CROSS JOIN LATERAL (SELECT count(*) AS waiting, min(c.queued_at) AS oldest_at FROM routing.v_conversation c
                          WHERE c.inbox_id = i.id AND c.queued_at IS NOT NULL) q
      WHERE i.active AND ("all" OR i.id = ANY (inboxes))), '[]'),
    'outbound', (SELECT json_build_object('queued', count(*), 'oldest_at', gateway.rfc3339(min(o.submitted_at)), 'failed',
        (SELECT count(*) FROM (SELECT FROM channel.v_outbound_state f WHERE f.state IN ('failed', 'unknown')
           AND f.finished_at > clock_timestamp() - interval '1 day' AND ("all" OR f.inbox_id = ANY (inboxes)) LIMIT 1000) x))
      FROM (SELECT s.submitted_at FROM channel.v_outbound_state s WHERE s.state IN ('queued', 'leased')
              AND ("all" OR s.inbox_id = ANY (inboxes)) ORDER BY s.submitted_at LIMIT 1000) o),
    'unrouted', (SELECT json_build_object('count', count(*), 'oldest_at', gateway.rfc3339(min(u.occurred_at)))
      FROM (SELECT v.occurred_at FROM bus.v_unrouted v WHERE "all" OR v.inbox_id = ANY (inboxes) ORDER BY v.occurred_at LIMIT 1000) u),
    'parked', (SELECT count(*) FROM (SELECT FROM bus.v_parked LIMIT 1000) p) + (SELECT count(*) FROM (SELECT FROM channel.v_unparsed LIMIT 1000) p),
    'oldest_write_ms', l.oldest_write_ms,
    'log', json_build_object('kept_days', coalesce(round((extract(epoch FROM clock_timestamp() - l.oldest_at) / 86400)::numeric, 2), 0), 'bytes', l.bytes),
    'cursor', (SELECT cursor FROM gateway.v_cursor))::text
  FROM bus.log_state() l);
END $$;
COMMENT ON FUNCTION gateway.health IS 'How daemons and queues are, as the API shows it';

REVOKE ALL ON FUNCTION bus.release_parked(text, boolean), channel.release_unparsed(uuid, boolean), bus.log_state(),
  gateway.health(boolean, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bus.release_parked(text, boolean), channel.release_unparsed(uuid, boolean), bus.log_state(),
  gateway.health(boolean, uuid[]) TO hilo_gateway;
GRANT SELECT ON bus.v_parked, bus.v_daemon, bus.v_unrouted, channel.v_outbound_state, gateway.v_parked TO hilo_gateway;
