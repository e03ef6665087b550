"""routing_suite.py - the real relay, identity and routing on a private log, with mails and requests written as email and the
gateway would write them.

    with RoutingSuite() as suite:
        inbox = suite.inbox()
        agent = suite.agent(inboxes=[inbox], presence="available")
        message = suite.mail(inbox, "ann@mail.example", "Broken lamp")
        suite.attached(message)           # -> its conversation's id
"""
import contextlib
import datetime
import functools
import hashlib
import importlib
import json
import subprocess
import sys
import tempfile
import time
import uuid

import redis

from bus_suite import BIN, BusSuite, wait_until
from cluster import TREE
from ports import free_port

SECRET = "an installation secret of more than thirty-two characters"
LEVELS = {"claimed": 1, "verified": 2, "confirmed": 3}
CHANNELS = {"email": 1, "chat": 2, "social": 3, "sms": 4, "voice": 5}
PRESENCES = {"available": 1, "busy": 2, "away": 3, "offline": 4}
STATUSES = {"open": 1, "pending": 2, "snoozed": 3, "resolved": 4}


def hash_key32(key):
    """As base/hash.c, as PostgreSQL's integer."""
    mask = (1 << 64) - 1
    value = 0xcbf29ce484222325
    for byte in key.encode():
        value = ((value ^ byte) * 0x100000001b3) & mask
    value = ((value ^ value >> 33) * 0xff51afd7ed558ccd) & mask
    value = ((value ^ value >> 33) * 0xc4ceb9fe1a85ec53) & mask
    value = (value ^ value >> 33) & 0xffffffff
    return value - (1 << 32) if value >> 31 else value


def now_us():
    return time.time_ns() // 1000


@functools.cache
def compile_events():
    """The events' Python classes, made by protoc: once a process, a second set would not be the same classes.
    Returns: the module of the envelope."""
    protos = sorted((TREE / "proto/hilo/v1").glob("*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["protoc", f"--proto_path={TREE / 'proto'}", f"--python_out={folder}", *map(str, protos)], check=True)
        sys.path.insert(0, folder)
        try:
            return importlib.import_module("hilo.v1.envelope_pb2")
        finally:
            sys.path.remove(folder)


class Redis:
    """A private server without persistence; stop() and start() keep its port."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        self.client = redis.Redis(port=self.port, decode_responses=True)
        self.start()

    def start(self):
        self.process = subprocess.Popen(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                                         "--appendonly", "no", "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
        wait_until(self.answers, 10, "Redis answers")

    def answers(self):
        with contextlib.suppress(redis.ConnectionError):
            return self.client.ping()

    def stop(self):
        self.process.kill()
        self.process.wait(10)

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"


class RoutingSuite(BusSuite):
    def __enter__(self):
        super().__enter__()
        self.redis = Redis(self.folder)
        self.stack.callback(self.redis.stop)
        self.pb = compile_events()
        self.gateway = self.stack.enter_context(self.connect())
        return self

    # ---- daemons ----

    def daemon(self, name, **settings):
        env = {
            "HILO_DATABASE_URL": self.dsn(f"hilo_{name}"),
            "HILO_HEALTH_ADDRESS": f"127.0.0.1:{free_port()}",
            "HILO_REDIS_URL": self.redis.url,
            "HILO_BUS_SERVER_KEY": self.keys["server"]["public"],
            "HILO_BUS_CLIENT_KEY": self.keys["client"]["public"],
            "HILO_BUS_CLIENT_SECRET": self.keys["client"]["secret"],
            "HILO_SECRET": SECRET,
            **settings,
        }
        return self.run(name, [BIN / f"hilo-{name}"], env)

    def start_all(self, routings=1, identities=1):
        self.relay()
        self.identities = [self.daemon("identity") for _ in range(identities)]
        self.routings = [self.daemon("routing") for _ in range(routings)]
        for service, replicas in (("identity", identities), ("routing", routings)):
            wait_until(lambda: self.replicas(service) == replicas, 20, f"{replicas} replicas of {service} have shards",
                       *self.processes)

    def replicas(self, service):
        """How many hold shards."""
        return self.query("SELECT count(DISTINCT owner) FROM bus.consumer WHERE service = %s AND until > now()", service)[0][0]

    # ---- what email and the gateway write ----

    def append(self, connection, key, body, inbox=None, conversation=None, version=0, actor="system", at_us=None, assignee=None):
        """One event in the connection's transaction. Returns its id."""
        at_us = at_us or now_us()
        field = {type(getattr(self.pb.Envelope(), f.name)): f.name for f in self.pb.Envelope.DESCRIPTOR.oneofs[0].fields}[type(body)]
        envelope = self.pb.Envelope(id=str(uuid.uuid4()), source="test", key=key, inbox_id=inbox or "", version=version, actor=actor,
                                    correlation_id=conversation or "", time_us=at_us, type=event_type(field), assignee_id=assignee or "")
        getattr(envelope, field).CopyFrom(body)
        connection.execute(
            "INSERT INTO bus.event (key_hash, type, inbox_id, conversation_id, key, occurred_at, payload) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (hash_key32(key), envelope.type, inbox, conversation, key, datetime.datetime.fromtimestamp(at_us / 1e6, datetime.timezone.utc),
             envelope.SerializeToString()))
        return envelope.id

    def inbox(self, address=None, skills=(), team=None):
        number = uuid.uuid4()
        self.gateway.execute("INSERT INTO config.inbox (id, channel, name, address, skills, team_id) VALUES (%s, 'email', 'Support', %s, %s, %s)",
                             (number, address or f"{number.hex}@example.com", list(skills), team))
        return str(number)

    def team(self):
        number = str(uuid.uuid4())
        self.gateway.execute("INSERT INTO staff.team (id, name) VALUES (%s, %s)", (number, f"Team {number}"))
        return number

    def agent(self, inboxes=None, capacity=None, presence=None, name="Ben", skills=(), teams=(), channels=None):
        """inboxes None: all. channels: capacities by channel."""
        number = str(uuid.uuid4())
        with self.gateway.transaction():
            self.gateway.execute(
                "INSERT INTO staff.agent (id, name, email, role, all_inboxes, capacity, skills, channel_capacity) "
                "VALUES (%s, %s, %s, 'agent', %s, %s, %s, %s)",
                (number, name, f"{number}@example.com", inboxes is None, capacity, list(skills), json.dumps(channels or {})))
            for inbox in inboxes or []:
                self.gateway.execute("INSERT INTO staff.agent_inbox VALUES (%s, %s)", (number, inbox))
            for team in teams:
                self.gateway.execute("INSERT INTO staff.team_member (team_id, agent_id) VALUES (%s, %s)", (team, number))
            self._agent_updated(number, 1)
        if presence:
            self.presence(number, presence)
        return number

    def _agent_updated(self, agent, version):
        all_inboxes, capacity, active, skills, channels = self.gateway.execute(
            "SELECT all_inboxes, capacity, active, skills, channel_capacity FROM staff.agent WHERE id = %s", (agent,)).fetchone()
        inboxes = [str(row[0]) for row in self.gateway.execute("SELECT inbox_id FROM staff.agent_inbox WHERE agent_id = %s", (agent,))]
        teams = [str(row[0]) for row in self.gateway.execute("SELECT team_id FROM staff.team_member WHERE agent_id = %s", (agent,))]
        pb = self.pb.hilo_dot_v1_dot_staff__pb2
        self.append(self.gateway, agent, pb.AgentUpdated(
            agent_id=agent, all_inboxes=all_inboxes, capacity=capacity or 0, active=active, inbox_ids=inboxes, skills=skills, team_ids=teams,
            channel_capacities=[pb.ChannelCapacity(channel=CHANNELS[channel], capacity=limit) for channel, limit in channels.items()]),
            version=version)

    def change_agent(self, agent, **columns):
        """capacity, active, skills, inboxes and teams (lists)."""
        with self.gateway.transaction():
            inboxes, teams = columns.pop("inboxes", None), columns.pop("teams", None)
            if teams is not None:
                self.gateway.execute("DELETE FROM staff.team_member WHERE agent_id = %s", (agent,))
                for team in teams:
                    self.gateway.execute("INSERT INTO staff.team_member (team_id, agent_id) VALUES (%s, %s)", (team, agent))
            if inboxes is not None:
                self.gateway.execute("DELETE FROM staff.agent_inbox WHERE agent_id = %s", (agent,))
                for inbox in inboxes:
                    self.gateway.execute("INSERT INTO staff.agent_inbox VALUES (%s, %s)", (agent, inbox))
            for column, value in columns.items():
                self.gateway.execute(f"UPDATE staff.agent SET {column} = %s WHERE id = %s", (value, agent))
            version = self.gateway.execute("UPDATE staff.agent SET version = version + 1 WHERE id = %s RETURNING version", (agent,)).fetchone()[0]
            self._agent_updated(agent, version)

    def presence(self, agent, status):
        with self.gateway.transaction():
            version = self.gateway.execute(
                "INSERT INTO staff.presence AS p (agent_id, status) VALUES (%s, %s) ON CONFLICT (agent_id) DO UPDATE "
                "SET status = excluded.status, version = p.version + 1 RETURNING version", (agent, status)).fetchone()[0]
            self.append(self.gateway, agent, self.pb.hilo_dot_v1_dot_staff__pb2.PresenceChanged(agent_id=agent, presence=PRESENCES[status]),
                        version=version)

    def mail(self, inbox, address, subject="Broken lamp", name="Ann", rfc_id=None, thread_ids=(), tag="", automatic=False,
             level="verified", connection=None):
        """As email commits it. Returns the message's id."""
        number = str(uuid.uuid4())
        rfc_id = rfc_id or f"{number}@mail.example"
        connection = connection or self.gateway
        with connection.transaction():
            connection.execute(
                "INSERT INTO channel.message (id, inbox_id, channel, dedupe_key, contact_address, contact_name, level, subject, text, "
                "rfc_message_id, thread_ids, recipient_tag, automatic) VALUES (%s, %s, 'email', %s, %s, %s, %s, %s, 'text', %s, %s, %s, %s)",
                (number, inbox, number, address, name, LEVELS[level], subject, rfc_id, list(thread_ids), tag or None, automatic))
            self.append(connection, f"email:{address}", self.pb.hilo_dot_v1_dot_message__pb2.MessageReceived(
                message_id=number, channel=1, inbox_id=inbox, contact_address=address, contact_name=name, level=LEVELS[level],
                subject=subject, preview="It does not shine", rfc_message_id=rfc_id, thread_ids=thread_ids, recipient_tag=tag,
                automatic=automatic), inbox=inbox)
        return number

    # ---- what chat writes ----

    def chat_inbox(self, mail=None):
        """mail: the inbox where its conversations go on."""
        number = uuid.uuid4()
        with self.gateway.transaction():
            self.gateway.execute("INSERT INTO config.inbox (id, channel, name, address) VALUES (%s, 'chat', 'Chat', %s)", (number, number.hex))
            self.gateway.execute("INSERT INTO config.chat (inbox_id, public_id, secret_sealed, mail_inbox_id) VALUES (%s, %s, '', %s)",
                                 (number, f"wt_{number.hex[:20]}", mail))
        return str(number)

    def _evidence(self, address, level):
        return self.pb.hilo_dot_v1_dot_message__pb2.Evidence(channel=1 if "@" in address else 2, address=address, level=LEVELS[level])

    def chat(self, inbox, address, text="Hello?", name="", evidence=(), shown="", connection=None):
        """A visitor's message as chat commits it; evidence: pairs of address and level. Returns the message's id."""
        number = str(uuid.uuid4())
        connection = connection or self.gateway
        with connection.transaction():
            connection.execute(
                "INSERT INTO channel.message (id, inbox_id, channel, dedupe_key, contact_address, contact_name, level, text) "
                "VALUES (%s, %s, 'chat', %s, %s, %s, 2, %s)", (number, inbox, number, address, name, text))
            self.append(connection, f"chat:{address}", self.pb.hilo_dot_v1_dot_message__pb2.MessageReceived(
                message_id=number, channel=2, inbox_id=inbox, contact_address=address, contact_name=name, level=2, preview=text,
                evidence=[self._evidence(*pair) for pair in evidence], conversation_id=shown), inbox=inbox)
        return number

    def confirm(self, inbox, address, proven):
        """The visitor proved to have that other address."""
        with self.gateway.transaction():
            return self.append(self.gateway, f"chat:{address}", self.pb.hilo_dot_v1_dot_customer__pb2.ContactConfirmed(
                channel=2, address=address, inbox_id=inbox, proven=self._evidence(proven, "confirmed")), inbox=inbox)

    def visitor(self, conversation, what, **fields):
        """VisitorPresenceChanged(present), MessageRead(sequence), EndRequested(contact_point_id)."""
        pb = self.pb.hilo_dot_v1_dot_message__pb2 if what == "MessageRead" else self.pb.hilo_dot_v1_dot_conversation__pb2
        with self.gateway.transaction():
            return self.append(self.gateway, conversation, getattr(pb, what)(conversation_id=conversation, **fields), conversation=conversation)

    def handled(self, limit_s=10):
        """Everything written so far has been decided by routing."""
        for service in ("identity", "routing"):
            last = self.query("SELECT e.xid::text, e.id FROM bus.event e ORDER BY e.xid DESC, e.id DESC LIMIT 1")[0]
            wait_until(lambda: self.query("SELECT bool_and((xid, id) >= (%s::xid8, %s)) FROM bus.consumer WHERE service = %s",
                                          *last, service)[0][0], limit_s, f"{service} is through")

    def request(self, what, conversation, agent, **fields):
        """reply, assignment, status, move, triage or inbox. Returns the event's id."""
        pb = self.pb.hilo_dot_v1_dot_conversation__pb2
        body = {"reply": pb.ReplyRequested, "assignment": pb.AssignmentRequested, "status": pb.StatusRequested, "move": pb.MoveRequested,
                "triage": pb.TriageRequested, "inbox": pb.InboxChangeRequested}[what](
            request_id=str(uuid.uuid4()), conversation_id=conversation, agent_id=agent, **fields)
        if what == "reply":
            body.message_id = body.message_id or str(uuid.uuid4())
            body.agent_name = body.agent_name or "Ben"
            body.kind = body.kind or 1
        with self.gateway.transaction():
            return self.append(self.gateway, conversation, body, conversation=conversation, actor=f"agent:{agent}")

    def reply(self, conversation, agent, text="Have you tried turning it on?", **fields):
        """Requests it and waits for what came of it. Returns the outcome's body."""
        return self.outcome(self.request("reply", conversation, agent, text=text, **fields))

    def assign(self, conversation, agent, to, **fields):
        return self.outcome(self.request("assignment", conversation, agent, assignee_id=to or "", **fields))

    def status(self, conversation, agent, status, **fields):
        return self.outcome(self.request("status", conversation, agent, status=STATUSES[status], **fields))

    def move(self, conversation, agent, channel, **fields):
        return self.outcome(self.request("move", conversation, agent, channel=CHANNELS[channel], **fields))

    def triage(self, conversation, agent, **fields):
        return self.outcome(self.request("triage", conversation, agent, **fields))

    def change_inbox(self, conversation, agent, inbox, **fields):
        return self.outcome(self.request("inbox", conversation, agent, inbox_id=inbox, **fields))

    # ---- what came of it ----

    def log(self, where="true", *parameters):
        """Envelopes in log order."""
        rows = self.gateway.execute(f"SELECT payload FROM bus.event WHERE {where} ORDER BY xid, id", parameters).fetchall()
        return [self.pb.Envelope.FromString(row[0]) for row in rows]

    def outcome(self, event_id, limit_s=10):
        """request.done or request.refused caused by that event."""
        def find():
            for envelope in self.log("type IN ('request.done', 'request.refused')"):
                if envelope.causation_id == event_id:
                    return getattr(envelope, envelope.WhichOneof("body"))
        return wait_until(find, limit_s, "an outcome")

    def attached(self, message, limit_s=10):
        """The conversation the message came into."""
        return str(wait_until(lambda: self.gateway.execute(
            "SELECT conversation_id FROM routing.entry WHERE message_id = %s", (message,)).fetchone(), limit_s, "the message is attached")[0])

    def conversation(self, conversation):
        row = self.gateway.execute("SELECT to_jsonb(c) FROM routing.conversation c WHERE id = %s", (conversation,)).fetchone()
        return row and row[0]

    def types(self, conversation):
        """The types of its events, in order."""
        return [envelope.type for envelope in self.log("conversation_id = %s", conversation)]

    def settle(self, conversation, condition, what, limit_s=10):
        wait_until(lambda: condition(self.conversation(conversation)), limit_s, what)
        return self.conversation(conversation)


def event_type(field):
    """message_received -> message.received, conversation_status_changed -> conversation.status_changed"""
    return field.replace("_", ".", 1)


def version_violations(suite):
    """Events of routing must carry each conversation's versions one after another, from 1; and customers' likewise."""
    had, wrong = {}, []
    for envelope in suite.log("type NOT LIKE '%%.requested' AND type <> 'message.received'"):
        if not envelope.version or envelope.source not in ("routing", "identity"):
            continue
        if envelope.version != had.get(envelope.key, 0) + 1:
            wrong.append((envelope.key, had.get(envelope.key, 0), envelope.version, envelope.type))
        had[envelope.key] = envelope.version
    return wrong


def inconsistencies(suite):
    """Each is a query that must be empty."""
    checks = {
        "a message that is in no conversation": "SELECT m.id FROM channel.message m LEFT JOIN routing.entry e ON e.message_id = m.id WHERE e.message_id IS NULL",
        "a load that is not the number of conversations": """
            SELECT a.agent_id, a.load, count(c.id) FROM routing.agent a
            LEFT JOIN routing.conversation c ON c.assignee_id = a.agent_id AND c.status IN ('open', 'pending')
            GROUP BY a.agent_id HAVING a.load <> count(c.id)""",
        "a load of a channel that is not the number of its conversations": """
            SELECT a.agent_id, a.loads, k.channel FROM routing.agent a
            CROSS JOIN unnest('{email,chat,social,sms,voice}'::text[], a.loads) AS k(channel, load)
            WHERE k.load <> (SELECT count(*) FROM routing.conversation c
                             WHERE c.assignee_id = a.agent_id AND c.status IN ('open', 'pending') AND c.channel = k.channel)""",
        "a conversation of an agent who may not see it": """
            SELECT c.id FROM routing.conversation c JOIN staff.agent a ON a.id = c.assignee_id
            WHERE c.status IN ('open', 'pending') AND NOT (a.active AND (a.all_inboxes OR EXISTS (
              SELECT FROM staff.agent_inbox i WHERE i.agent_id = a.id AND i.inbox_id = c.inbox_id)))""",
        "a capacity exceeded": "SELECT agent_id, load, capacity FROM routing.agent WHERE load > capacity",
        "an open conversation that nobody has and that does not wait": """
            SELECT id FROM routing.conversation WHERE (status = 'open' AND assignee_id IS NULL) <> (queued_at IS NOT NULL)""",
        "entries with a gap": """
            SELECT c.id, c.sequence, count(e.message_id) FROM routing.conversation c LEFT JOIN routing.entry e ON e.conversation_id = c.id
            GROUP BY c.id HAVING c.sequence <> count(e.message_id) OR c.sequence <> max(e.sequence)""",
        "an interaction that is missing or not ended": """
            SELECT c.id FROM routing.conversation c LEFT JOIN routing.interaction i ON i.id = c.interaction_id
            WHERE i.id IS NULL OR (c.status = 'resolved') <> (i.ended_at IS NOT NULL)""",
        "a contact point of no customer": "SELECT p.id FROM identity.contact_point p LEFT JOIN identity.customer u ON u.id = p.customer_id WHERE u.id IS NULL",
        "two customers of one address": "SELECT address FROM identity.contact_point GROUP BY channel, address HAVING count(*) > 1",
        "a customer without a contact point": """
            SELECT u.id FROM identity.customer u LEFT JOIN identity.contact_point p ON p.customer_id = u.id
            WHERE p.id IS NULL AND NOT EXISTS (SELECT FROM identity.link l WHERE l.from_customer_id = u.id)""",
        "two interactions of one conversation at a time": """
            SELECT conversation_id FROM routing.interaction WHERE ended_at IS NULL GROUP BY conversation_id HAVING count(*) > 1""",
        "a conversation whose channel is not its interaction's": """
            SELECT c.id FROM routing.conversation c JOIN routing.interaction i ON i.id = c.interaction_id
            WHERE c.channel <> i.channel OR coalesce(c.via_inbox_id, c.inbox_id) <> i.inbox_id""",
        "a move without its line": """
            SELECT m.message_id FROM routing.move m LEFT JOIN routing.entry e ON e.message_id = m.message_id AND e.kind = 'system'
            WHERE e.message_id IS NULL""",
        "something parked": "SELECT service, type, error FROM bus.parked",
        "an event told twice": """
            SELECT conversation_id, type FROM bus.event WHERE type = 'conversation.opened' GROUP BY conversation_id, type HAVING count(*) > 1""",
    }
    return {what: rows for what, query in checks.items() if (rows := suite.query(query))}
