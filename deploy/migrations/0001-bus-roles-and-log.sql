-- Roles: one per daemon; each writes its own schema only. Passwords are set by the installation, not here.
DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['hilo_bus', 'hilo_email', 'hilo_chat', 'hilo_identity', 'hilo_routing', 'hilo_gateway'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', r);
    END IF;
    EXECUTE format('ALTER ROLE %I SET statement_timeout = ''10s''', r);
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''5s''', r);
    EXECUTE format('ALTER ROLE %I SET synchronous_commit = on', r);
    EXECUTE format('ALTER ROLE %I SET timezone = ''UTC''', r);
    EXECUTE format('ALTER ROLE %I SET search_path = pg_catalog', r);
    -- short statements only: compiling one or starting workers for it costs more than running it
    EXECUTE format('ALTER ROLE %I SET jit = off', r);
    EXECUTE format('ALTER ROLE %I SET max_parallel_workers_per_gather = 0', r);
    -- the same few statements a thousand times a second, each with one good plan: planning would cost more than running
    EXECUTE format('ALTER ROLE %I SET plan_cache_mode = force_generic_plan', r);
  END LOOP;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA bus;
GRANT USAGE ON SCHEMA bus TO hilo_bus, hilo_email, hilo_chat, hilo_identity, hilo_routing, hilo_gateway;

-- The event log. Writers insert every column but xid and id; position = (epoch, xid, id).
CREATE TABLE bus.event (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id bigint GENERATED ALWAYS AS IDENTITY,
  key_hash integer NOT NULL,
  type text NOT NULL,
  inbox_id uuid,
  conversation_id uuid,
  key text NOT NULL,
  occurred_at timestamptz NOT NULL,
  payload bytea NOT NULL,
  PRIMARY KEY (xid, id)
) PARTITION BY RANGE (xid);
COMMENT ON TABLE bus.event IS 'Every state change, appended in the transaction that made it; read in (xid, id) order below the snapshot xmin';
COMMENT ON COLUMN bus.event.xid IS 'Transaction that appended it';
COMMENT ON COLUMN bus.event.id IS 'Order within the transaction';
COMMENT ON COLUMN bus.event.key_hash IS 'hash_key32 of key as a signed integer; the shard is its low 4 bits';
COMMENT ON COLUMN bus.event.type IS 'Event type, as declared in proto/hilo/v1';
COMMENT ON COLUMN bus.event.inbox_id IS 'Inbox it belongs to: who may see it';
COMMENT ON COLUMN bus.event.conversation_id IS 'Conversation it belongs to';
COMMENT ON COLUMN bus.event.key IS 'What its order belongs to: contact point, customer, conversation, agent or inbox';
COMMENT ON COLUMN bus.event.occurred_at IS 'When it happened, by the appender''s clock';
COMMENT ON COLUMN bus.event.payload IS 'Envelope, protobuf';
ALTER TABLE bus.event ALTER COLUMN payload SET STORAGE EXTERNAL; -- compressing a kilobyte costs more than it saves

-- Partitions are made well ahead, floor-marked and dropped by the relay (services/bus) through the owner's functions below,
-- so that it needs no right to make or drop tables at large. They are the whole of what it may do to the log.
CREATE TABLE bus.partition (
  name text PRIMARY KEY,
  from_xid xid8 NOT NULL UNIQUE,
  until_xid xid8 NOT NULL CHECK (until_xid > from_xid)
);
COMMENT ON TABLE bus.partition IS 'The partitions of bus.event';
COMMENT ON COLUMN bus.partition.name IS 'Table name within schema bus';
COMMENT ON COLUMN bus.partition.from_xid IS 'First transaction of it';
COMMENT ON COLUMN bus.partition.until_xid IS 'First transaction of the next one';

-- keep_partitions - makes partitions until `ahead` lie above the present transaction, each as large as a day needs at the rate
-- of the last 4 Mi transactions, and no smaller than those. Returns how many it made. Must be called by itself: a statement
-- that reads the log beside it would keep ATTACH from its work.
CREATE FUNCTION bus.keep_partitions(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
  grain CONSTANT bigint := 4194304;
  present bigint;
  size bigint;
  low bigint;
  high bigint;
  made integer := 0;
  name text;
BEGIN
  IF ahead NOT BETWEEN 1 AND 16 THEN
    RAISE EXCEPTION '% partitions ahead: out of range', ahead;
  END IF;
  -- one keeper at a time; takes no transaction id, so that nobody's reading waits for this wait
  LOCK TABLE bus.event IN SHARE UPDATE EXCLUSIVE MODE;
  present := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
  SELECT (present - e.xid::text::bigint) * 86400 / greatest(60, extract(epoch FROM clock_timestamp() - e.occurred_at))
  INTO size FROM bus.event AS e
  WHERE e.xid >= greatest(0, present - grain)::text::xid8 ORDER BY e.xid, e.id LIMIT 1;
  size := least(greatest(coalesce(size, 0), grain), 256 * grain);
  WHILE (SELECT count(*) FROM bus.partition WHERE from_xid::text::bigint > present) < ahead
        OR NOT EXISTS (SELECT FROM bus.partition WHERE present BETWEEN from_xid::text::bigint AND until_xid::text::bigint - 1) LOOP
    low := greatest((SELECT max(until_xid::text::bigint) FROM bus.partition), present / grain * grain);
    high := (low + size + grain - 1) / grain * grain;
    name := format('event_%s', to_char(low, 'FM000000000000000000'));
    EXECUTE format('CREATE TABLE bus.%I (LIKE bus.event INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMMENTS)'
                   ' WITH (toast_tuple_target = 8160)', name);
    -- proves the bounds to ATTACH without a scan
    EXECUTE format('ALTER TABLE bus.%I ADD CONSTRAINT bounds CHECK (xid >= %L::xid8 AND xid < %L::xid8)', name, low, high);
    EXECUTE format('ALTER TABLE bus.%I ADD PRIMARY KEY (xid, id)', name);
    EXECUTE format('ALTER TABLE bus.event ATTACH PARTITION bus.%I FOR VALUES FROM (%L) TO (%L)', name, low, high);
    EXECUTE format('ALTER TABLE bus.%I DROP CONSTRAINT bounds', name);
    INSERT INTO bus.partition VALUES (name, low::text::xid8, high::text::xid8);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;

SELECT bus.keep_partitions(3); -- so that writers work before the first relay does

GRANT SELECT ON bus.event TO hilo_bus, hilo_email, hilo_chat, hilo_identity, hilo_routing, hilo_gateway;
GRANT INSERT (key_hash, type, inbox_id, conversation_id, key, occurred_at, payload) ON bus.event
  TO hilo_email, hilo_chat, hilo_identity, hilo_routing, hilo_gateway;

-- Epochs of the log: a new one after each promotion or restore.
CREATE TABLE bus.epoch (
  epoch bigint PRIMARY KEY,
  number integer GENERATED ALWAYS AS IDENTITY UNIQUE,
  system_identifier bigint NOT NULL,
  timeline integer NOT NULL,
  start_xid xid8 NOT NULL,
  start_id bigint NOT NULL,
  safe_xid xid8 NOT NULL,
  safe_id bigint NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (system_identifier, timeline)
) WITH (fillfactor = 50);
COMMENT ON TABLE bus.epoch IS 'Epochs of the log, the newest one being the present one if its timeline is the cluster''s; cursors of an older one are valid up to the next one''s start';
COMMENT ON COLUMN bus.epoch.epoch IS 'Random number';
COMMENT ON COLUMN bus.epoch.number IS 'Order of the epochs';
COMMENT ON COLUMN bus.epoch.system_identifier IS 'Of the cluster it runs on';
COMMENT ON COLUMN bus.epoch.timeline IS 'Of the cluster it runs on';
COMMENT ON COLUMN bus.epoch.start_xid IS 'Positions above (start_xid, start_id) belong to this epoch';
COMMENT ON COLUMN bus.epoch.start_id IS 'See start_xid';
COMMENT ON COLUMN bus.epoch.safe_xid IS 'Everything up to here was settled before this mark was committed (moved once a second): where a later epoch starts';
COMMENT ON COLUMN bus.epoch.safe_id IS 'See safe_xid';
COMMENT ON COLUMN bus.epoch.opened_at IS 'When it was opened';

-- No row: none is open for this cluster's timeline yet (a relay opens it). pg_control_checkpoint() would name the old
-- timeline until the first checkpoint after a promotion; the name of the segment written to does not.
CREATE VIEW bus.present_epoch AS
SELECT epoch FROM bus.epoch
WHERE number = (SELECT max(number) FROM bus.epoch)
  AND timeline = ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::integer;
COMMENT ON VIEW bus.present_epoch IS 'The epoch positions belong to now';

-- The floor: what was dropped with old partitions.
CREATE TABLE bus.floor (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  xid xid8 NOT NULL DEFAULT '0',
  id bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE bus.floor IS 'Events at or below this position may be gone';
COMMENT ON COLUMN bus.floor.only_row IS 'There is one row';
COMMENT ON COLUMN bus.floor.xid IS 'Position of the newest event dropped';
COMMENT ON COLUMN bus.floor.id IS 'See xid';
INSERT INTO bus.floor DEFAULT VALUES;

-- Where the relays listen.
CREATE TABLE bus.relay (
  id uuid PRIMARY KEY,
  frames text NOT NULL,
  doorbell text NOT NULL,
  until timestamptz NOT NULL
);
COMMENT ON TABLE bus.relay IS 'Relays that are alive; readers and writers connect to all of them';
COMMENT ON COLUMN bus.relay.id IS 'Made at each start';
COMMENT ON COLUMN bus.relay.frames IS 'Endpoint of its PUB socket: frames of the log and live signals';
COMMENT ON COLUMN bus.relay.doorbell IS 'Endpoint of its SUB socket: doorbells and live signals from writers';
COMMENT ON COLUMN bus.relay.until IS 'Counts as gone after this';

-- Consumer groups: a service's replicas share 16 shards.
CREATE TABLE bus.consumer (
  service text NOT NULL,
  shard smallint NOT NULL CHECK (shard BETWEEN 0 AND 15),
  epoch bigint NOT NULL DEFAULT 0,
  xid xid8 NOT NULL DEFAULT '0',
  id bigint NOT NULL DEFAULT 0,
  owner uuid,
  token bigint NOT NULL DEFAULT 0,
  until timestamptz,
  deaths smallint NOT NULL DEFAULT 0,
  PRIMARY KEY (service, shard)
) WITH (fillfactor = 20);
COMMENT ON TABLE bus.consumer IS 'How far each service has handled each shard, and which replica holds it';
COMMENT ON COLUMN bus.consumer.service IS 'The service';
COMMENT ON COLUMN bus.consumer.shard IS 'Low 4 bits of the key hash';
COMMENT ON COLUMN bus.consumer.epoch IS 'Position: epoch';
COMMENT ON COLUMN bus.consumer.xid IS 'Position: transaction';
COMMENT ON COLUMN bus.consumer.id IS 'Position: row';
COMMENT ON COLUMN bus.consumer.owner IS 'Replica that holds the lease';
COMMENT ON COLUMN bus.consumer.token IS 'Rises with every change of owner; a zombie''s token is too low';
COMMENT ON COLUMN bus.consumer.until IS 'End of the lease';
COMMENT ON COLUMN bus.consumer.deaths IS 'How many holders have died since the position last moved: an event may be killing them';

-- called by a batch whose positions are no longer its own: ends its transaction
CREATE FUNCTION bus.lease_lost() RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a shard is leased to another replica' USING ERRCODE = 'HL001';
END $$;

CREATE TABLE bus.member (
  service text NOT NULL,
  owner uuid NOT NULL,
  until timestamptz NOT NULL,
  session_pid integer NOT NULL,
  session_began timestamptz NOT NULL,
  PRIMARY KEY (service, owner)
) WITH (fillfactor = 50);
COMMENT ON TABLE bus.member IS 'Live replicas of each service; each holds ceil(16 / live) shards';
COMMENT ON COLUMN bus.member.service IS 'The service';
COMMENT ON COLUMN bus.member.owner IS 'The replica, made at each start';
COMMENT ON COLUMN bus.member.until IS 'Counts as gone after this';
COMMENT ON COLUMN bus.member.session_pid IS 'Its database session: a replica that was killed leaves none, and nobody waits for its leases to run out';
COMMENT ON COLUMN bus.member.session_began IS 'Tells that session from a later one of the same number';

CREATE VIEW bus.live_member WITH (security_invoker) AS
SELECT m.service, m.owner FROM bus.member AS m
WHERE m.until > clock_timestamp()
  AND EXISTS (SELECT FROM pg_stat_get_activity(m.session_pid) AS a WHERE a.backend_start = m.session_began);
COMMENT ON VIEW bus.live_member IS 'Replicas that have said so lately and whose session is there';

CREATE TABLE bus.failure (
  service text NOT NULL,
  xid xid8 NOT NULL,
  id bigint NOT NULL,
  shard smallint NOT NULL,
  tries integer NOT NULL,
  error text NOT NULL,
  PRIMARY KEY (service, xid, id)
);
COMMENT ON TABLE bus.failure IS 'Events that failed alone, and how often; gone once handled or parked';
COMMENT ON COLUMN bus.failure.service IS 'Who failed';
COMMENT ON COLUMN bus.failure.xid IS 'Position of the event';
COMMENT ON COLUMN bus.failure.id IS 'Position of the event';
COMMENT ON COLUMN bus.failure.shard IS 'Shard of the event';
COMMENT ON COLUMN bus.failure.tries IS 'How often';
COMMENT ON COLUMN bus.failure.error IS 'Last error';

CREATE TABLE bus.parked (
  service text NOT NULL,
  xid xid8 NOT NULL,
  id bigint NOT NULL,
  key text NOT NULL,
  type text NOT NULL,
  reason text NOT NULL CHECK (reason IN ('failed', 'held')),
  error text NOT NULL DEFAULT '',
  payload bytea NOT NULL,
  inbox_id uuid,
  conversation_id uuid,
  key_hash integer NOT NULL,
  occurred_at timestamptz NOT NULL,
  parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  retry_at timestamptz,
  deaths smallint NOT NULL DEFAULT 0,
  PRIMARY KEY (service, xid, id)
);
CREATE INDEX parked_key ON bus.parked (service, key, xid, id);
COMMENT ON TABLE bus.parked IS 'Events a service could not handle, with later ones of the same key held behind them; tried again at retry_at';
COMMENT ON COLUMN bus.parked.service IS 'Who could not';
COMMENT ON COLUMN bus.parked.xid IS 'Position of the event';
COMMENT ON COLUMN bus.parked.id IS 'Position of the event';
COMMENT ON COLUMN bus.parked.key IS 'Its key';
COMMENT ON COLUMN bus.parked.type IS 'Its type';
COMMENT ON COLUMN bus.parked.reason IS 'failed: it failed 3 times alone; held: an earlier event of its key is parked';
COMMENT ON COLUMN bus.parked.error IS 'Last error';
COMMENT ON COLUMN bus.parked.payload IS 'Envelope: kept here because the log is dropped in time';
COMMENT ON COLUMN bus.parked.inbox_id IS 'Inbox of the event';
COMMENT ON COLUMN bus.parked.conversation_id IS 'Conversation of the event';
COMMENT ON COLUMN bus.parked.key_hash IS 'Hash of its key';
COMMENT ON COLUMN bus.parked.occurred_at IS 'When the event happened';
COMMENT ON COLUMN bus.parked.parked_at IS 'Since when it lies here';
COMMENT ON COLUMN bus.parked.retry_at IS 'Handle it again from this time on; set by an operator, and by itself where nothing but deaths speaks against it';
COMMENT ON COLUMN bus.parked.deaths IS 'How many tries since it lies here were not lived to tell';

-- What leaves the log with its oldest partitions. In three steps, a keeper's round apart, so that no reader can miss rows
-- without seeing that the floor has risen: bus.raise_floor(), then bus.drop_partition().

-- raise_floor - marks what is older than `keep`, and the oldest beyond `size_limit` bytes in all (0: none). Consumers that have
-- not come so far are deregistered: one that stands still must not fill the disk. Returns who was.
CREATE FUNCTION bus.raise_floor(keep interval, size_limit bigint) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  total bigint := 0;
  part record;
  newest record;
  settled CONSTANT xid8 := pg_snapshot_xmin(pg_current_snapshot());
BEGIN
  IF keep < interval '1 minute' OR size_limit < 0 THEN
    RAISE EXCEPTION 'retention of %, % bytes: out of range', keep, size_limit;
  END IF;
  SELECT sum(pg_total_relation_size(format('bus.%I', p.name)::regclass)) INTO total FROM bus.partition AS p;
  FOR part IN SELECT p.name, p.from_xid, p.until_xid FROM bus.partition AS p WHERE p.until_xid <= settled ORDER BY p.from_xid LOOP
    SELECT e.xid, e.id, e.occurred_at INTO newest FROM bus.event AS e
    WHERE e.xid >= part.from_xid AND e.xid < part.until_xid ORDER BY e.xid DESC, e.id DESC LIMIT 1;
    CONTINUE WHEN NOT FOUND;
    EXIT WHEN newest.occurred_at >= clock_timestamp() - keep AND (size_limit = 0 OR total <= size_limit);
    UPDATE bus.floor SET xid = newest.xid, id = newest.id WHERE (xid, id) < (newest.xid, newest.id);
    total := total - pg_total_relation_size(format('bus.%I', part.name)::regclass);
  END LOOP;
  RETURN QUERY
    WITH late AS (
      SELECT DISTINCT c.service FROM bus.consumer AS c, bus.floor AS f WHERE (c.xid, c.id) < (f.xid, f.id)
    ), gone AS (
      DELETE FROM bus.consumer AS c USING late WHERE c.service = late.service
    )
    SELECT late.service FROM late;
END $$;

-- drop_partition - the oldest one with nothing above the floor. DETACH … CONCURRENTLY cannot run in a function, so this waits
-- for every reader and writer of the log, but never longer than lock_timeout: tried again in a minute. Returns its name or NULL.
CREATE FUNCTION bus.drop_partition() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
  settled CONSTANT xid8 := pg_snapshot_xmin(pg_current_snapshot());
  oldest record;
BEGIN
  SELECT p.* INTO oldest FROM bus.partition AS p ORDER BY p.from_xid LIMIT 1;
  IF NOT FOUND OR oldest.until_xid > settled OR EXISTS (
      SELECT FROM bus.event AS e, bus.floor AS f
      WHERE e.xid >= oldest.from_xid AND e.xid < oldest.until_xid AND (e.xid, e.id) > (f.xid, f.id)) THEN
    RETURN NULL;
  END IF;
  EXECUTE format('ALTER TABLE bus.event DETACH PARTITION bus.%I', oldest.name);
  EXECUTE format('DROP TABLE bus.%I', oldest.name);
  DELETE FROM bus.partition WHERE name = oldest.name;
  RETURN oldest.name;
END $$;

-- end_old_writers - ends Hilo's own sessions whose transaction has written and is older than max_age: readers of the log wait
-- for the oldest writer of the cluster. Nobody else's sessions.
CREATE FUNCTION bus.end_old_writers(max_age interval) RETURNS TABLE (pid integer, role name, age_seconds double precision)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH old AS MATERIALIZED ( -- so that nobody is ended before all conditions are known to hold
    SELECT a.pid, a.usename, extract(epoch FROM clock_timestamp() - a.xact_start)::double precision AS age
    FROM pg_stat_activity AS a
    WHERE a.backend_xid IS NOT NULL AND a.usename LIKE 'hilo\_%' AND a.datname = current_database()
      AND a.xact_start < clock_timestamp() - greatest(max_age, interval '1 second')
  )
  SELECT old.pid, old.usename, old.age FROM old WHERE pg_terminate_backend(old.pid)
$$;

REVOKE ALL ON FUNCTION bus.keep_partitions(integer), bus.raise_floor(interval, bigint), bus.drop_partition(),
  bus.end_old_writers(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bus.keep_partitions(integer), bus.raise_floor(interval, bigint), bus.drop_partition(),
  bus.end_old_writers(interval) TO hilo_bus;
GRANT pg_read_all_stats TO hilo_bus; -- to see how old the oldest writer of the cluster is, whoever it is

-- a service touches its own rows only
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['consumer', 'member', 'failure', 'parked'] LOOP
    EXECUTE format('ALTER TABLE bus.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY own ON bus.%I USING (service = substr(current_user, 6)) WITH CHECK (service = substr(current_user, 6))', t);
    EXECUTE format('CREATE POLICY relay ON bus.%I FOR SELECT TO hilo_bus USING (true)', t);
    EXECUTE format('GRANT SELECT ON bus.%I TO hilo_bus', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON bus.%I TO hilo_email, hilo_chat, hilo_identity, hilo_routing, hilo_gateway', t);
  END LOOP;
END $$;
GRANT SELECT ON bus.present_epoch, bus.live_member TO hilo_bus, hilo_email, hilo_chat, hilo_identity, hilo_routing, hilo_gateway;
GRANT SELECT ON bus.epoch, bus.floor, bus.relay TO hilo_email, hilo_chat, hilo_identity, hilo_routing, hilo_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON bus.epoch, bus.relay TO hilo_bus;
GRANT SELECT ON bus.floor, bus.partition TO hilo_bus;
