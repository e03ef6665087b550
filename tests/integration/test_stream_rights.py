"""Every event × who has a stream × whose it is, live and replayed; and every other frame × who may get it. An event type of
openapi.json without a row: the test fails. Types that are not there reach nobody.

Streams: all        of an agent with the inbox, scope all
         mine       of an agent with the inbox, scope mine, who has nothing of it
         assignee   of the agent, with the inbox, whose the conversation is; scope mine
         watcher    of an agent with the inbox who has the conversation open; scope mine
         subject    of the agent, with the inbox, whom presence, records and mentions are about; scope mine
         lead       of a supervisor with the inbox, scope mine
         chief      of an administrator without inboxes, scope mine
         outsider   of an agent with another inbox only, who has the conversation open; scope all
         none       of an agent without inboxes who has the conversation open; scope all
Whose:   own (of the inbox those have), foreign (of one that none of them has)."""
import time
import uuid

import pytest

from bus_suite import wait_until
from gateway_suite import GatewaySuite
from openapi import document
from routing_suite import event_type

TYPES = document()["components"]["schemas"]["StreamEvent"]["properties"]["type"]["enum"]
BROAD = ("all", "outsider", "none")
OPEN = ("watcher", "outsider", "none")
INBOX = ("all", "mine", "assignee", "watcher", "subject", "lead")
NOWHERE = ("agent_updated", "presence_changed", "configuration_changed")  # not of an inbox
EVERYBODY = {*INBOX, *OPEN, "chief"}

# ---- who is shown what: (of the own inbox, of the foreign one) ----

CONVERSATION = ({"all", "assignee", "watcher"}, set())
BY_INBOX = ({*INBOX}, set())
PRESENCE = ({*INBOX, "chief"}, {"chief"})
RECORD = ({"subject", "lead", "chief"}, {"chief"})
TABLE = {
    **dict.fromkeys(("conversation.opened", "conversation.reopened", "conversation.queued", "conversation.assigned", "conversation.status_changed",
                     "conversation.triaged", "conversation.inbox_changed", "conversation.moved", "conversation.customer_changed", "interaction.started",
                     "interaction.ended", "visitor.presence_changed", "message.attached", "message.sent", "message.failed", "message.retried",
                     "message.read"), CONVERSATION),
    **dict.fromkeys(("customer.merged", "customer.changed", "customer.changed_elsewhere", "customer.note_changed", "inbox.updated"), BY_INBOX),
    "presence.changed": PRESENCE,
    "agent.updated": RECORD,
    "agent.mentioned": ({"subject"}, set()),
    "configuration.changed": (EVERYBODY, EVERYBODY),
}


def test_every_type_has_a_row():
    assert set(TABLE) == set(TYPES)


@pytest.fixture(scope="module")
def world():
    with GatewaySuite() as suite:
        for daemon in suite.daemons.values():  # what is appended here is told to clients only
            daemon.stop()
        yield World(suite)


class World:
    def __init__(self, suite):
        self.suite = suite
        self.inbox = {"own": suite.make_inbox()["id"], "foreign": suite.make_inbox()["id"]}
        self.conversation = {whose: str(uuid.uuid4()) for whose in self.inbox}
        self.clients = {
            **{name: suite.make_agent(inboxes=[self.inbox["own"]]) for name in INBOX if name != "lead"},
            "lead": suite.make_agent("supervisor", [self.inbox["own"]]),
            "chief": suite.make_agent("administrator"),
            "outsider": suite.make_agent(inboxes=[suite.make_inbox()["id"]]),
            "none": suite.make_agent(),
        }
        self.subject = {"own": self.clients["subject"].agent["id"], "foreign": suite.make_agent(inboxes=[self.inbox["foreign"]]).agent["id"]}
        self.cursor = suite.admin.get("/inboxes").json["cursor"]
        live = {name: self.open(name) for name in self.clients}
        self.events = {(field.name, whose): self.append(field.name, whose)
                       for field in suite.pb.Envelope.DESCRIPTOR.oneofs[0].fields for whose in self.inbox}
        self.last = suite.admin.get("/inboxes").json["cursor"]
        self.seen = {"live": self.settled(live)}
        self.seen["ring"] = self.settled({name: self.open(name, cursor=self.cursor) for name in self.clients})
        # a fresh gateway's ring is empty: it reads the log; what one opens is told from the ring only
        other = suite.start_gateway()
        self.seen["log"] = self.settled({name: self.open(name, url=other.url, cursor=self.cursor) for name in self.clients if name != "watcher"})
        other.stop()

    def open(self, name, url=None, **query):
        client = self.clients[name].clone()
        client.url = url or client.url
        stream = self.suite.stream(client, scope="all" if name in BROAD else "mine", **query)
        if name in OPEN:
            stream.send({"watch": list(self.conversation.values()), **query})
        stream.wait_ready()
        time.sleep(0.05)
        return stream

    def append(self, field, whose):
        """An event with this body, of the inbox and, if it has one, the conversation. Returns its id."""
        body = type(getattr(self.suite.pb.Envelope(), field))()
        names = {each.name for each in body.DESCRIPTOR.fields}
        if "agent_id" in names and field != "configuration_changed":
            body.agent_id = self.subject[whose]
        if field == "agent_updated":
            body.active, body.role = True, self.suite.pb.hilo_dot_v1_dot_staff__pb2.ROLE_AGENT
            body.inbox_ids.append(self.inbox[whose])
        where = {} if field in NOWHERE else {"inbox": self.inbox[whose], "conversation": self.conversation[whose]}
        with self.suite.gateway.transaction():
            return self.suite.append(self.suite.gateway, self.conversation[whose], body, version=2, assignee=self.clients["assignee"].agent["id"], **where)

    def settled(self, streams):
        for stream in streams.values():
            stream.wait_cursor(self.last)
        for name, stream in streams.items():
            for event in stream.events:
                assert event["assignee_id"] == (event["conversation_id"] and self.clients["assignee"].agent["id"]), (name, event)
        return {name: [event["id"] for event in stream.events] for name, stream in streams.items()}


@pytest.mark.parametrize("way", ["live", "ring", "log"])
@pytest.mark.parametrize("whose", ["own", "foreign"])
def test_each_event_reaches_those_of_its_row_once(world, way, whose):
    index = ("own", "foreign").index(whose)
    got, wanted = {}, {}
    for (field, of), event_id in world.events.items():
        if of == whose:
            row = TABLE.get(event_type(field), (set(), set()))[index]
            got[event_type(field)] = sorted(name for name, ids in world.seen[way].items() for one in ids if one == event_id)
            wanted[event_type(field)] = sorted(row & set(world.seen[way]))
    assert set(TYPES) <= set(wanted) and len(wanted) > len(TYPES)
    assert got == wanted


# ---- the other frames ----

BROAD_STREAMS = ("all", "broad watcher", "outsider", "none")


@pytest.fixture
def place():
    """A real conversation, and a stream of everybody; the suite's own, for rights change."""
    with GatewaySuite() as suite:
        yield Place(suite)


class Place:
    def __init__(self, suite):
        self.suite = suite
        self.own, self.foreign = suite.make_inbox()["id"], suite.make_inbox()["id"]
        self.conversation = suite.make_conversation(self.own)["id"]
        inboxes = {"all": self.own, "watcher": self.own, "broad watcher": self.own, "mine": self.own, "assignee": self.own, "outsider": self.foreign}
        self.clients = {name: suite.make_agent(inboxes=[inbox]) for name, inbox in inboxes.items()}
        self.clients["none"] = suite.make_agent()
        self.clients["typist"] = suite.make_agent(inboxes=[self.own, self.foreign])
        self.assign("assignee")
        self.streams = {name: suite.stream(client, scope="all" if name in BROAD_STREAMS else "mine").wait_ready()
                        for name, client in self.clients.items()}
        for name in ("watcher", "broad watcher", "outsider", "none", "typist"):
            self.streams[name].send({"watch": [self.conversation]})
        for name in ("watcher", "broad watcher"):
            self.streams[name].wait_frame(lambda frame: len(frame.get("viewers", {}).get("viewers", ())) == 2, what="the two others")

    def assign(self, name):
        answer = self.suite.admin.post(f"/conversations/{self.conversation}/assign", {"agent_id": name and self.clients[name].agent["id"]})
        assert answer.status == 200, answer.body

    def after(self, act):
        """The kinds of frames each one gets of it, cursors left out."""
        self.marks = {name: len(stream.frames) for name, stream in self.streams.items()}
        act()
        end = self.suite.admin.get("/inboxes").json["cursor"]
        for stream in self.streams.values():
            stream.wait_cursor(end)
        time.sleep(0.3)
        kinds = {name: {kind for frame in self.frames(name) for kind in frame if kind != "cursor"} for name in self.streams}
        return {name: got for name, got in kinds.items() if got}

    def frames(self, name):
        return self.streams[name].frames[self.marks[name]:]

    def wait(self, name, condition, what):
        wait_until(lambda: any(condition(frame) for frame in self.frames(name)), 10, f"{name}: {what}")

    def type(self, listener):
        self.streams["typist"].send({"typing": {"conversation_id": self.conversation, "active": True}})
        self.wait(listener, lambda frame: "typing" in frame, "typing")

    def limit(self, name, *inboxes):
        assert self.suite.admin.patch(f"/agents/{self.clients[name].agent['id']}", {"inboxes": list(inboxes)}).status == 200


LOOK = {"watcher", "broad watcher", "typist"}  # who have it open and may


def test_who_looks_and_types_is_told_to_those_who_look_and_may(place):
    told = place.after(lambda: place.type("watcher"))
    assert {name for name, kinds in told.items() if "typing" in kinds} == LOOK - {"typist"}
    assert {name for name, kinds in told.items() if "viewers" in kinds} <= LOOK
    for name in LOOK:
        others = {place.clients[other].agent["id"] for other in LOOK - {name}}
        place.wait(name, lambda frame: {v["agent_id"] for v in frame.get("viewers", {}).get("viewers", ())} == others, "who else looks")
    assert all(kinds <= {"typing", "viewers"} for kinds in told.values())


def test_a_conversation_that_goes_leaves_where_it_was_seen(place):
    told = place.after(lambda: place.assign(None))
    assert told.pop("assignee") == {"left"}
    assert {name for name, kinds in told.items() if "events" in kinds} == {"all", "broad watcher", "watcher", "typist"}
    assert not any("left" in kinds for kinds in told.values())
    place.assign("assignee")

    move = {"inbox_id": place.foreign}
    told = place.after(lambda: place.suite.admin.post(f"/conversations/{place.conversation}/inbox", move))
    assert {name for name, kinds in told.items() if "left" in kinds} == {"all", "broad watcher", "watcher", "assignee"}
    # what came before it left may be shown; nothing after
    for name in ("all", "broad watcher", "watcher", "assignee"):
        frames = place.frames(name)
        left = next(at for at, frame in enumerate(frames) if "left" in frame)
        assert not any("events" in frame for frame in frames[left:]), name
    assert "events" in told["outsider"] and "events" in told["typist"] and "mine" not in told and "none" not in told

    told = place.after(lambda: place.type("outsider"))
    assert {name for name, kinds in told.items() if "typing" in kinds} == {"outsider"}
    told = place.after(lambda: place.suite.admin.post(f"/conversations/{place.conversation}/messages", {"kind": "note", "text": "noted"}))
    assert {name for name, kinds in told.items() if "events" in kinds} == {"outsider", "typist"}


def test_notes_on_a_customer_are_told_where_the_customer_has_a_conversation(place):
    customer = place.suite.admin.get(f"/conversations/{place.conversation}").json["customer"]
    address = place.suite.admin.get(f"/customers/{customer['id']}").json["contact_points"][0]["address"]

    def told(act):
        """Who is told of a note, and by events of which inboxes."""
        place.after(act)
        found = {name: [event for frame in place.frames(name) for event in frame.get("events", ()) if event["type"] == "customer.note_changed"]
                 for name in place.streams}
        return found, {name: sorted(event["inbox_id"] for event in events) for name, events in found.items() if events}

    noted = []
    events, where = told(lambda: noted.append(place.clients["typist"].post(f"/customers/{customer['id']}/notes", {"text": "Has a dog"}).json))
    own = {name: [place.own] for name in ("all", "watcher", "broad watcher", "mine", "assignee", "typist")}
    assert where == own
    body = {"customer_id": customer["id"], "note_id": noted[0]["id"], "removed": False, "by_agent_id": place.clients["typist"].agent["id"]}
    assert events["mine"][0] | {"data": body, "conversation_id": None, "assignee_id": None, "version": None} == events["mine"][0]
    assert "Has a dog" not in str(events)

    place.suite.make_conversation(place.foreign, address)
    events, where = told(lambda: place.clients["mine"].post(f"/customers/{customer['id']}/notes", {"text": "And a cat"}))
    assert where == own | {"outsider": [place.foreign], "typist": sorted([place.own, place.foreign])}
    events, where = told(lambda: place.clients["typist"].delete(f"/customers/{customer['id']}/notes/{noted[0]['id']}"))
    assert where == own | {"outsider": [place.foreign], "typist": sorted([place.own, place.foreign])}
    assert events["outsider"][0]["data"] == body | {"removed": True}
    events, where = told(lambda: place.clients["outsider"].delete(f"/customers/{customer['id']}/notes/{noted[0]['id']}"))
    assert where == {}, "there is none"


def test_rights_that_go_take_everything_with_them_and_bring_it_back(place):
    for name in ("watcher", "broad watcher", "all", "assignee"):
        told = place.after(lambda: place.limit(name))
        place.wait(name, lambda frame: "resync" in frame if name in BROAD_STREAMS else "left" in frame, "it is told")
        assert all("left" not in kinds and "resync" not in kinds for other, kinds in told.items() if other != name)

    def work():
        place.streams["typist"].send({"typing": {"conversation_id": place.conversation, "active": True}})
        place.suite.admin.post(f"/conversations/{place.conversation}/messages", {"kind": "note", "text": "noted"})
        place.wait("typist", lambda frame: "events" in frame, "the note")
    wait_until(lambda: set(place.after(work)) <= {"typist"}, 20, "those without the rights get nothing")
    for name in ("watcher", "broad watcher", "all", "assignee"):
        place.limit(name, place.own)
    told = place.after(work)
    assert {name for name, kinds in told.items() if "events" in kinds} >= {"typist", "watcher", "broad watcher", "all"}
    # a sign of typing is not kept for anybody: it may have come before the right did
    wait_until(lambda: {name for name, kinds in place.after(work).items() if "typing" in kinds} == {"watcher", "broad watcher"}, 20,
               "who watches again sees others type")
