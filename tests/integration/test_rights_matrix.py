"""Every operation × who asks × whose object it is. A row is missing for an operation of openapi.json: the test fails.

Who:   nobody, outsider (agent of another inbox), agent, supervisor, administrator – the latter three have the inbox.
Whose: own (the inbox's), foreign (another inbox's; the administrator of the matrix has every inbox but that), unknown."""
import itertools
import secrets
import uuid

import pytest

from bus_suite import wait_until
from gateway_suite import GatewaySuite, PASSWORD
from openapi import operations

WHO = ("nobody", "outsider", "agent", "supervisor", "administrator")
OBJECTS = ("own", "foreign", "unknown")


@pytest.fixture(scope="module")
def world():
    with GatewaySuite() as suite:
        yield World(suite)


class World:
    """Two inboxes with a conversation each, and somebody of every kind."""

    def __init__(self, suite):
        self.suite = suite
        self.replies = {}
        self.inbox = {"own": suite.make_inbox()["id"], "foreign": suite.make_inbox()["id"], "unknown": str(uuid.uuid4())}
        self.chat = {**{whose: suite.make_chat_inbox()["id"] for whose in ("own", "foreign")}, "unknown": str(uuid.uuid4())}
        third = suite.make_inbox()["id"]
        self.clients = {
            "nobody": suite.api,
            "outsider": suite.make_agent(inboxes=[third]),
            "agent": suite.make_agent(inboxes=[self.inbox["own"]]),
            "supervisor": suite.make_agent("supervisor", [self.inbox["own"]]),
            "administrator": suite.make_agent("administrator", [self.inbox["own"]]),
        }
        colleagues = {whose: suite.make_agent(inboxes=[self.inbox[whose]]).agent["id"] for whose in ("own", "foreign")}
        self.agent = {**colleagues, "unknown": str(uuid.uuid4())}
        made = {whose: suite.make_conversation(self.inbox[whose], html="<p>Help</p>") for whose in ("own", "foreign")}
        self.mail = {**{whose: c["last_message"]["id"] for whose, c in made.items()}, "unknown": str(uuid.uuid4())}
        self.conversation = {**{whose: c["id"] for whose, c in made.items()}, "unknown": str(uuid.uuid4())}
        self.team = {**{whose: suite.admin.post("/teams", {"name": f"Team {number()}"}).json["id"] for whose in ("own", "foreign")},
                     "unknown": str(uuid.uuid4())}
        self.reply = {whose: self.make_reply(whose) for whose in OBJECTS}
        self.tag = {whose: self.make_tag(whose) for whose in OBJECTS}
        self.reference = {**{whose: c["ref"] for whose, c in made.items()}, "unknown": "0000-0000"}
        self.customer = {**{whose: c["customer"]["id"] for whose, c in made.items()}, "unknown": str(uuid.uuid4())}

    def make_reply(self, whose):
        """A canned reply shared with that inbox."""
        if whose == "unknown":
            return str(uuid.uuid4())
        answer = self.suite.admin.post("/canned-replies", {"shortcut": f"r{number()}", "title": "Reply", "text": "Text", "scope": "shared",
                                                           "inbox_ids": [self.inbox[whose]]})
        assert answer.status == 201, answer.body
        return answer.json["id"]

    def make_tag(self, whose):
        name = f"tag {number()}"
        if whose != "unknown":
            assert self.suite.admin.post("/tags", {"name": name}).status == 201
        return name

    def make_note(self, who, whose):
        """A note on that inbox's customer: of the one who asks, if they may write one."""
        maker = self.suite.admin if whose == "foreign" or who in ("nobody", "outsider") else self.clients[who]
        return str(uuid.uuid4()) if whose == "unknown" else maker.post(f"/customers/{self.customer[whose]}/notes", {"text": "Note"}).json["id"]

    def make_view(self, who, whose):
        """A personal view of the one who asks, of somebody else, none."""
        maker = {"own": self.clients[who] if who != "nobody" else self.suite.admin, "foreign": self.suite.admin, "unknown": None}[whose]
        return maker.post("/views", {"name": "View", "filters": {}}).json["id"] if maker else str(uuid.uuid4())

    def park(self, whose):
        """A mail of that inbox that could not be parsed."""
        parked = str(uuid.uuid4())
        if whose != "unknown":
            self.suite.execute("INSERT INTO channel.unparsed (id, inbox_id, channel, dedupe_key, error) VALUES (%s, %s, 'email', %s, 'no sender')",
                               parked, self.inbox[whose], parked)
        return parked

    def make_token(self, who, whose):
        """A token of the one who asks, of somebody else, none."""
        maker = {"own": self.clients[who], "foreign": self.suite.admin, "unknown": None}[whose]
        if maker is None or maker is self.suite.api:
            return str(uuid.uuid4())
        return maker.post("/tokens", {"name": "Program", "scope": "read"}).json["id"]

    def sent(self, whose):
        """A mail that left."""
        if whose == "unknown":
            return str(uuid.uuid4())
        if whose not in self.replies:
            answer = self.suite.admin.post(f"/conversations/{self.conversation[whose]}/messages", {"kind": "reply", "text": "Dear Ann"})
            self.suite.execute("INSERT INTO channel.outbound (message_id, conversation_id, sequence, inbox_id, channel, state, payload, submitted_at) "
                               "VALUES (%s, %s, 2, %s, 'email', 'sent', '', now())", answer.json["id"], self.conversation[whose], self.inbox[whose])
            self.replies[whose] = answer.json["id"]
        return self.replies[whose]

    def request_of(self, who, whose):
        """A request the one who asks made, one somebody else made, none."""
        maker = {"own": self.clients[who], "foreign": self.suite.admin, "unknown": None}[whose]
        if maker is None or maker is self.suite.api:
            return str(uuid.uuid4())
        key = secrets.token_hex(8)
        answer = maker.call("POST", "/uploads", raw=b"x", headers={"Idempotency-Key": key, "Content-Type": "text/plain"}, query={"name": "a.txt"})
        assert answer.status == 201
        return self.suite.query("SELECT id::text FROM gateway.request WHERE idempotency_key = %s", key)[0][0]


def number():
    return secrets.token_hex(6)


# ---- what each operation should answer: by who asks, for own, foreign and unknown objects ----

def row(nobody, outsider, agent, supervisor, administrator):
    return dict(zip(WHO, (nobody, outsider, agent, supervisor, administrator)))


def same(*codes):
    """The object does not matter."""
    return row(*[(code,) * 3 for code in codes])


FOR_ALL = same(200, 200, 200, 200, 200)
SIGNED_IN = same(401, 200, 200, 200, 200)
ADMINISTRATORS = same(401, 403, 403, 403, 201)
CHANGES = row((401,) * 3, (403,) * 3, (403,) * 3, (403,) * 3, (200, 200, 404))
BY_INBOX = row((401,) * 3, (404, 404, 404), (200, 404, 404), (200, 404, 404), (200, 404, 404))
ENDS_BY_INBOX = row((401,) * 3, (404, 404, 404), (204, 404, 404), (204, 404, 404), (204, 404, 404))
MAKES_BY_INBOX = row((401,) * 3, (404, 404, 404), (201, 404, 404), (201, 404, 404), (201, 404, 404))

# operation -> (expected, how it is called with world, client, who, whose)
TABLE = {
    "getDescription": (FOR_ALL, lambda w, c, who, whose: c.get("/openapi.json")),
    "signIn": (FOR_ALL, lambda w, c, who, whose: c.post("/session", {"email": w.clients["agent"].agent["email"], "password": PASSWORD})),
    "getSession": (SIGNED_IN, lambda w, c, who, whose: c.get("/session")),
    "signOut": (same(401, 204, 204, 204, 204), lambda w, c, who, whose: again(w, c, who).delete("/session")),
    "acceptInvitation": (same(404, 404, 404, 404, 404),
                         lambda w, c, who, whose: c.post(f"/invitations/{number()}", {"password": "a new password"})),
    "createAgent": (ADMINISTRATORS, lambda w, c, who, whose: c.post(
        "/agents", {"name": "New", "email": f"{number()}@suite.example", "role": "agent", "inboxes": []})),
    "listAgents": (SIGNED_IN, lambda w, c, who, whose: c.get("/agents")),
    # an administrator knows everybody
    "getAgent": (row((401,) * 3, (404,) * 3, (200, 404, 404), (200, 404, 404), (200, 200, 404)),
                 lambda w, c, who, whose: c.get(f"/agents/{w.agent[whose]}")),
    "changeAgent": (CHANGES, lambda w, c, who, whose: c.patch(f"/agents/{w.agent[whose]}", {"capacity": 7})),
    "createInbox": (ADMINISTRATORS, lambda w, c, who, whose: c.post(
        "/inboxes", {"channel": "email", "name": "New", "address": f"{number()}@suite.example"})),
    "listInboxes": (SIGNED_IN, lambda w, c, who, whose: c.get("/inboxes")),
    "getInbox": (BY_INBOX, lambda w, c, who, whose: c.get(f"/inboxes/{w.inbox[whose]}")),
    # configuration is the administrators' whole
    "changeInbox": (CHANGES, lambda w, c, who, whose: c.patch(f"/inboxes/{w.inbox[whose]}", {"name": f"Inbox {number()}"})),
    "getChatSecret": (CHANGES, lambda w, c, who, whose: c.get(f"/inboxes/{w.chat[whose]}/chat/secret")),
    "replaceChatSecret": (CHANGES, lambda w, c, who, whose: c.post(f"/inboxes/{w.chat[whose]}/chat/secret")),
    # what surrounds the work is known to everybody; members and inboxes of others do not show in it
    "listTeams": (SIGNED_IN, lambda w, c, who, whose: c.get("/teams")),
    "createTeam": (ADMINISTRATORS, lambda w, c, who, whose: c.post("/teams", {"name": f"Team {number()}"})),
    "getTeam": (row((401,) * 3, *[(200, 200, 404)] * 4), lambda w, c, who, whose: c.get(f"/teams/{w.team[whose]}")),
    "changeTeam": (CHANGES, lambda w, c, who, whose: c.patch(f"/teams/{w.team[whose]}", {"description": number()})),
    "inviteAgent": (row((401,) * 3, (403,) * 3, (403,) * 3, (403,) * 3, (201, 201, 404)),
                    lambda w, c, who, whose: c.post(f"/agents/{w.agent[whose]}/invitation")),
    "listCannedReplies": (SIGNED_IN, lambda w, c, who, whose: c.get("/canned-replies", inbox=w.inbox[whose])),
    "createCannedReply": (same(401, 201, 201, 201, 201), lambda w, c, who, whose: c.post(
        "/canned-replies", {"shortcut": f"r{number()}", "title": "Own", "text": "Text"})),
    "getCannedReply": (BY_INBOX, lambda w, c, who, whose: c.get(f"/canned-replies/{w.reply[whose]}")),
    "changeCannedReply": (row((401,) * 3, (404,) * 3, (403, 404, 404), (200, 404, 404), (200, 404, 404)),
                          lambda w, c, who, whose: c.patch(f"/canned-replies/{w.reply[whose]}", {"text": number()})),
    "deleteCannedReply": (row((401,) * 3, (404,) * 3, (403, 404, 404), (204, 404, 404), (204, 404, 404)),
                          lambda w, c, who, whose: c.delete(f"/canned-replies/{w.make_reply(whose)}")),
    "listTags": (SIGNED_IN, lambda w, c, who, whose: c.get("/tags")),
    "createTag": (same(401, 403, 403, 201, 201), lambda w, c, who, whose: c.post("/tags", {"name": f"tag {number()}"})),
    "changeTag": (row((401,) * 3, (403,) * 3, (403,) * 3, (200, 200, 404), (200, 200, 404)),
                  lambda w, c, who, whose: c.patch(f"/tags/{w.tag[whose]}", {"description": number()})),
    "deleteTag": (row((401,) * 3, (403,) * 3, (403,) * 3, (204, 204, 404), (204, 204, 404)),
                  lambda w, c, who, whose: c.delete(f"/tags/{w.make_tag(whose)}")),
    "getPreferences": (SIGNED_IN, lambda w, c, who, whose: c.get("/preferences")),
    "setPreferences": (SIGNED_IN, lambda w, c, who, whose: c.put("/preferences", {"theme": "dark"})),
    "changePassword": (same(401, 204, 204, 204, 204), lambda w, c, who, whose: c.put("/session/password", {"current": PASSWORD, "new": PASSWORD})),
    "getCompany": (SIGNED_IN, lambda w, c, who, whose: c.get("/company")),
    "changeCompany": (same(401, 403, 403, 403, 200), lambda w, c, who, whose: c.patch("/company", {"name": f"Company {number()}"})),
    "getSetup": (same(401, 403, 403, 403, 200), lambda w, c, who, whose: c.get("/setup")),
    "listTokens": (SIGNED_IN, lambda w, c, who, whose: c.get("/tokens")),
    "createToken": (same(401, 201, 201, 201, 201), lambda w, c, who, whose: c.post("/tokens", {"name": "Program", "scope": "read"})),
    "deleteToken": (row((401,) * 3, *[(204, 404, 404)] * 3, (204, 204, 404)), lambda w, c, who, whose: c.delete(f"/tokens/{w.make_token(who, whose)}")),
    "listAudit": (same(401, 403, 403, 403, 200), lambda w, c, who, whose: c.get("/audit")),
    "setPresence": (SIGNED_IN, lambda w, c, who, whose: c.put("/presence", {"status": "away"})),
    "listConversations": (SIGNED_IN, lambda w, c, who, whose: c.get("/conversations", inbox=w.inbox[whose])),
    "getConversation": (BY_INBOX, lambda w, c, who, whose: c.get(f"/conversations/{w.conversation[whose]}")),
    "getTimeline": (BY_INBOX, lambda w, c, who, whose: c.get(f"/conversations/{w.reference[whose]}/timeline")),
    "sendMessage": (MAKES_BY_INBOX, lambda w, c, who, whose: c.post(
        f"/conversations/{w.conversation[whose]}/messages", {"kind": "note", "text": "seen"})),
    "assignConversation": (BY_INBOX, lambda w, c, who, whose: c.post(
        f"/conversations/{w.reference[whose]}/assign", {"agent_id": w.agent["own"]})),
    "setStatus": (BY_INBOX, lambda w, c, who, whose: c.post(
        f"/conversations/{w.conversation[whose]}/status", {"status": next(STATUSES)})),
    "triageConversation": (BY_INBOX, lambda w, c, who, whose: c.post(
        f"/conversations/{w.reference[whose]}/triage", {"priority": "high"})),
    # to where it is already: who gains and loses sight of it is test_conversations_are_triaged's
    "changeInboxOfConversation": (BY_INBOX, lambda w, c, who, whose: c.post(
        f"/conversations/{w.conversation[whose]}/inbox", {"inbox_id": w.inbox["own"]})),
    # it was sent
    "retryMessage": (row((401,) * 3, (404,) * 3, *[(409, 404, 404)] * 3), lambda w, c, who, whose: c.post(
        f"/conversations/{w.conversation[whose]}/messages/{w.sent(whose)}/retry")),
    "listInteractions": (BY_INBOX, lambda w, c, who, whose: c.get(f"/conversations/{w.conversation[whose]}/interactions")),
    "listMoves": (BY_INBOX, lambda w, c, who, whose: c.get(f"/conversations/{w.reference[whose]}/moves")),
    "listChannels": (BY_INBOX, lambda w, c, who, whose: c.get(f"/conversations/{w.conversation[whose]}/channels")),
    "moveConversation": (MAKES_BY_INBOX, lambda w, c, who, whose: c.post(
        f"/conversations/{w.reference[whose]}/interactions", {"channel": "email"})),
    "getCustomer": (BY_INBOX, lambda w, c, who, whose: c.get(f"/customers/{w.customer[whose]}")),
    "changeCustomer": (BY_INBOX, lambda w, c, who, whose: c.patch(f"/customers/{w.customer[whose]}", {"attributes": {"plan": number()}})),
    "listCustomerNotes": (BY_INBOX, lambda w, c, who, whose: c.get(f"/customers/{w.customer[whose]}/notes")),
    "addCustomerNote": (MAKES_BY_INBOX, lambda w, c, who, whose: c.post(f"/customers/{w.customer[whose]}/notes", {"text": "Likes tea"})),
    "deleteCustomerNote": (ENDS_BY_INBOX, lambda w, c, who, whose: c.delete(f"/customers/{w.customer[whose]}/notes/{w.make_note(who, whose)}")),
    "markRead": (ENDS_BY_INBOX, lambda w, c, who, whose: c.put(f"/conversations/{w.reference[whose]}/read", {"sequence": 1})),
    "follow": (ENDS_BY_INBOX, lambda w, c, who, whose: c.put(f"/conversations/{w.conversation[whose]}/follow")),
    "unfollow": (ENDS_BY_INBOX, lambda w, c, who, whose: c.delete(f"/conversations/{w.conversation[whose]}/follow")),
    "saveDraft": (ENDS_BY_INBOX, lambda w, c, who, whose: c.put(f"/conversations/{w.conversation[whose]}/draft", {"kind": "note", "text": "well"})),
    "getDraft": (BY_INBOX, lambda w, c, who, whose: c.put(f"/conversations/{w.reference[whose]}/draft", {"kind": "reply", "text": "well"})
                 and c.get(f"/conversations/{w.reference[whose]}/draft")),
    "deleteDraft": (ENDS_BY_INBOX, lambda w, c, who, whose: c.delete(f"/conversations/{w.conversation[whose]}/draft")),
    "getCounts": (SIGNED_IN, lambda w, c, who, whose: c.get("/counts")),
    "listMentions": (SIGNED_IN, lambda w, c, who, whose: c.get("/mentions")),
    "search": (SIGNED_IN, lambda w, c, who, whose: c.get("/search", q="anything")),
    # one's own; of others' only what is shared, which those who lead write
    "listViews": (SIGNED_IN, lambda w, c, who, whose: c.get("/views")),
    "createView": (same(401, 201, 201, 201, 201), lambda w, c, who, whose: c.post("/views", {"name": "Mine", "filters": {"view": "mine"}})),
    "changeView": (row((401,) * 3, *[(200, 404, 404)] * 4), lambda w, c, who, whose: c.patch(f"/views/{w.make_view(who, whose)}", {"name": "Other"})),
    "deleteView": (row((401,) * 3, *[(204, 404, 404)] * 4), lambda w, c, who, whose: c.delete(f"/views/{w.make_view(who, whose)}")),
    # a request is its maker's alone, whatever the role
    "getRequest": (row((401,) * 3, *[(200, 404, 404)] * 4), lambda w, c, who, whose: c.get(f"/requests/{w.request_of(who, whose)}")),
    "uploadFile": (same(401, 201, 201, 201, 201), lambda w, c, who, whose: c.call(
        "POST", "/uploads", raw=b"bytes", headers={"Content-Type": "text/plain"}, query={"name": "a.txt"})),
    # no mail daemon runs here: it is under way
    "testInbox": (row((401,) * 3, (403,) * 3, (403,) * 3, (403,) * 3, (202, 202, 404)), lambda w, c, who, whose: c.post(f"/inboxes/{w.inbox[whose]}/test")),
    "getMessageHtml": (BY_INBOX, lambda w, c, who, whose: c.get(f"/conversations/{w.reference[whose]}/messages/{w.mail[whose]}/html")),
    "listParked": (same(401, 403, 403, 403, 200), lambda w, c, who, whose: c.get("/parked")),
    "retryParked": (CHANGES, lambda w, c, who, whose: c.post(f"/parked/{w.park(whose)}/retry")),
    "discardParked": (CHANGES, lambda w, c, who, whose: c.post(f"/parked/{w.park(whose)}/discard")),
    "getHealth": (same(401, 403, 403, 200, 200), lambda w, c, who, whose: c.get("/health")),
    # signed in on the socket: without a handshake it only says so (tests of the stream check its rights)
    "openStream": (same(426, 426, 426, 426, 426), lambda w, c, who, whose: c.get("/stream")),
}
STATUSES = itertools.cycle(["pending", "open"])


def again(world, client, who):
    """A session to be thrown away."""
    return client if who == "nobody" else world.suite.api.sign_in(client.agent["email"], PASSWORD)


def test_every_operation_has_a_row():
    assert {operation["operationId"] for operation in operations().values()} == set(TABLE)


@pytest.mark.parametrize("operation, who, whose", itertools.product(TABLE, WHO, OBJECTS))
def test_is_answered_by_the_table(world, operation, who, whose):
    expected, call = TABLE[operation]
    answer = call(world, world.clients[who], who, whose)
    assert answer.status == expected[who][OBJECTS.index(whose)], answer.body[:500]


@pytest.mark.parametrize("operation", [name for name, (expected, _) in TABLE.items() if expected["agent"][1:] == (404, 404)])
def test_foreign_and_unknown_are_answered_alike(world, operation):
    _, call = TABLE[operation]
    client = world.clients["agent"]
    foreign, unknown = (call(world, client, "agent", whose) for whose in ("foreign", "unknown"))
    assert (foreign.status, foreign.body) == (unknown.status, unknown.body) or operation == "acceptInvitation"


# ---- lists and searches show nothing of another inbox ----

def test_lists_hold_only_what_the_reader_may_see(world):
    own = world.clients["agent"]
    assert {c["inbox_id"] for c in own.get("/conversations", limit=100).json["items"]} == {world.inbox["own"]}
    assert own.get("/conversations", inbox=world.inbox["foreign"]).json["items"] == []
    assert [i["id"] for i in own.get("/inboxes").json["items"]] == [world.inbox["own"]]
    assert world.agent["foreign"] not in [a["id"] for a in own.get("/agents").json["items"]]


@pytest.mark.parametrize("by", ["reference", "subject", "name", "address"])
def test_search_finds_nothing_foreign(world, by):
    word = f"needle{number()}"
    made = world.suite.make_conversation(world.inbox["foreign"], address=f"{word}@customers.example", name=word, subject=word)
    query = {"reference": made["ref"], "subject": word, "name": word.upper(), "address": f"{word}@customers"}[by]
    assert world.clients["agent"].get("/conversations", q=query).json["items"] == []
    assert [c["id"] for c in world.suite.admin.get("/conversations", q=query).json["items"]] == [made["id"]]


def test_a_customer_of_two_inboxes_shows_each_side_its_own(world):
    address = f"{number()}@customers.example"
    own = world.suite.make_conversation(world.inbox["own"], address=address)
    foreign = world.suite.make_conversation(world.inbox["foreign"], address=address)
    assert own["customer"]["id"] == foreign["customer"]["id"]
    seen = world.clients["agent"].get(f"/customers/{own['customer']['id']}").json
    assert [c["id"] for c in seen["conversations"]] == [own["id"]]


def test_colleagues_see_no_addresses_or_inboxes_of_each_other(world):
    seen = world.clients["agent"].get(f"/agents/{world.agent['own']}").json
    assert set(seen) == {"id", "name", "role", "active", "presence", "cursor"}
    assert "email" in world.clients["agent"].get(f"/agents/{world.clients['agent'].agent['id']}").json


def test_a_conversation_is_not_given_to_somebody_without_the_inbox(world):
    for agent in (world.agent["foreign"], world.agent["unknown"], world.clients["outsider"].agent["id"]):
        answer = world.clients["supervisor"].post(f"/conversations/{world.conversation['own']}/assign", {"agent_id": agent})
        assert (answer.status, answer.code) == (422, "invalid_field")


def test_somebody_elses_upload_cannot_be_attached(world):
    upload = world.suite.admin.call("POST", "/uploads", raw=b"secret", query={"name": "s.txt"}).json["id"]
    for files in ([upload], [str(uuid.uuid4())]):
        answer = world.clients["agent"].post(f"/conversations/{world.conversation['own']}/messages",
                                             {"kind": "note", "text": "look", "attachments": files})
        assert (answer.status, answer.code) == (422, "invalid_field")


def test_marks_counts_and_search_know_nothing_of_another_inbox(world):
    own, word = world.clients["agent"], f"needle{number()}"
    made = world.suite.make_conversation(world.inbox["foreign"], name=word, subject=word, text=f"about {word}")
    for where in ("conversations", "messages", "customers"):
        wait_until(lambda: world.suite.admin.get("/search", q=word, **{"in": where}).json["items"], 10, f"{where} are found by who may see them")
        assert own.get("/search", q=word, **{"in": where}).json["items"] == []
    assert own.get("/search", q=made["ref"]).json["items"] == []
    counts = own.get("/counts").json
    assert set(counts["inboxes"]) <= {world.inbox["own"]}
    assert [m for m in own.get("/mentions").json["items"] if m["conversation_id"] == made["id"]] == []


def test_a_shared_view_is_written_by_those_who_lead(world):
    lead, agent = world.clients["supervisor"], world.clients["agent"]
    assert agent.post("/views", {"name": "Ours", "shared": True, "filters": {}}).status == 403
    shared = lead.post("/views", {"name": "Ours", "shared": True, "filters": {}}).json["id"]
    assert shared in [v["id"] for v in agent.get("/views").json["items"]]
    assert agent.patch(f"/views/{shared}", {"name": "Mine"}).status == 403
    assert agent.delete(f"/views/{shared}").status == 403
    own = agent.post("/views", {"name": "Mine", "filters": {}}).json["id"]
    assert agent.patch(f"/views/{own}", {"shared": True}).status == 403
    assert world.clients["administrator"].delete(f"/views/{shared}").status == 204


def test_somebody_elses_note_on_a_customer_is_deleted_by_those_who_lead(world):
    path = f"/customers/{world.customer['own']}/notes"
    note = world.clients["supervisor"].post(path, {"text": "Mind the dog"}).json["id"]
    assert world.clients["agent"].delete(f"{path}/{note}").status == 403
    assert world.clients["administrator"].delete(f"{path}/{note}").status == 204
