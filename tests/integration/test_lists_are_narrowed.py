"""Lists by every filter and order, and the counts beside them."""
import uuid

import pytest

from bus_suite import wait_until
from gateway_suite import GatewaySuite


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as suite:
        yield suite


@pytest.fixture
def inbox(suite):
    return suite.make_inbox()["id"]


def ids(page):
    return [c["id"] for c in page.json["items"]]


def shown(api, **query):
    """All pages, one conversation at a time."""
    found, after = [], None
    while True:
        page = api.get("/conversations", limit=1, **query, **({"after": after} if after else {}))
        found += ids(page)
        after = page.json["next"]
        if not after:
            return found


def triage(api, conversation, **change):
    answer = api.post(f"/conversations/{conversation['id']}/triage", change)
    assert answer.status == 200, answer.body
    return answer.json


def counts(api):
    return api.get("/counts").json


def test_each_filter_keeps_what_fits_and_nothing_else(suite, inbox):
    api = suite.make_agent("supervisor", [inbox])
    team = suite.admin.post("/teams", {"name": f"Team {inbox}", "description": "", "member_ids": [api.agent["id"]]}).json["id"]
    plain, tagged, urgent, given = [suite.make_conversation(inbox, subject=s) for s in ("plain", "tagged", "urgent", "given")]
    suite.admin.post("/tags", {"name": "gold"})
    triage(api, tagged, tags={"add": ["gold"]})
    triage(api, urgent, priority="urgent")
    assert api.post(f"/conversations/{given['id']}/assign", {"agent_id": api.agent["id"], "team_id": team}).status == 200
    everything = {plain["id"], tagged["id"], urgent["id"], given["id"]}
    assert set(shown(api)) == everything
    assert shown(api, tag="gold") == [tagged["id"]]
    assert shown(api, tag="silver") == []
    assert shown(api, priority="urgent") == [urgent["id"]]
    assert set(shown(api, priority="normal")) == everything - {urgent["id"]}
    assert shown(api, team=team) == [given["id"]]
    assert shown(api, assignee=api.agent["id"]) == [given["id"]] == shown(api, view="mine")
    assert set(shown(api, view="unassigned")) == everything - {given["id"]}
    assert shown(api, customer=plain["customer"]["id"]) == [plain["id"]]
    assert set(shown(api, channel="email")) == everything
    assert shown(api, channel="chat") == []
    assert shown(api, view="unassigned", tag="gold", priority="normal", channel="email", customer=tagged["customer"]["id"]) == [tagged["id"]]
    assert shown(api, view="mine", assignee=str(uuid.uuid4())) == []
    answer = api.post(f"/conversations/{given['id']}/status", {"status": "resolved"})
    assert answer.status == 200
    for query in ({}, {"team": team}, {"assignee": api.agent["id"]}, {"view": "mine"}, {"inbox": inbox}, {"customer": given["customer"]["id"]}):
        assert shown(api, status="resolved", **query) == [given["id"]], query
    assert shown(api, status="resolved", view="unassigned") == []


def test_what_is_urgent_comes_first_and_who_waits_longest(suite, inbox):
    api = suite.make_agent("supervisor", [inbox])
    low, normal, high, urgent = [suite.make_conversation(inbox) for _ in range(4)]
    for conversation, priority in ((low, "low"), (high, "high"), (urgent, "urgent")):
        triage(api, conversation, priority=priority)
    assert shown(api, sort="priority") == [c["id"] for c in (urgent, high, normal, low)]
    assert shown(api, sort="activity") == [c["id"] for c in (urgent, high, normal, low)]
    assert shown(api, sort="waiting") == [c["id"] for c in (low, normal, high, urgent)]
    assert api.post(f"/conversations/{normal['id']}/messages", {"kind": "reply", "text": "Here is your answer"}).status == 201
    assert shown(api, sort="waiting") == [c["id"] for c in (low, high, urgent)]
    assert shown(api, sort="waiting", priority="high") == [high["id"]]
    assert shown(api, view="unassigned", sort="priority") == [c["id"] for c in (urgent, high, low)] or normal["id"] in shown(api, view="unassigned")


@pytest.mark.parametrize("query", [{"view": "theirs"}, {"sort": "size"}, {"team": "x"}, {"priority": "9"}, {"tag": ""}, {"after": "9:1-x"},
                                   {"q": "word", "tag": "gold"}, {"q": "word", "view": "mentions"}])
def test_a_bad_filter_is_named(suite, query):
    answer = suite.admin.get("/conversations", **query)
    assert (answer.status, answer.code) == (400, "invalid_parameter")


def test_unread_is_what_came_in_after_the_readers_mark(suite):
    inbox = suite.make_chat_inbox()["id"]
    ann, ben = suite.make_agent(inboxes=[inbox]), suite.make_agent(inboxes=[inbox])
    address = f"v:{uuid.uuid4()}"
    made = suite.make_chat(inbox, address=address)

    def seen(api):
        return api.get(f"/conversations/{made['id']}").json

    assert seen(ann)["unread"] == seen(ben)["unread"] == 1
    assert ann.put(f"/conversations/{made['ref']}/read", {"sequence": seen(ann)["sequence"]}).status == 204
    assert (seen(ann)["unread"], seen(ben)["unread"]) == (0, 1)
    suite.attached(suite.chat_in(inbox, address))
    assert ann.post(f"/conversations/{made['id']}/messages", {"kind": "note", "text": "not counted"}).status == 201
    assert (seen(ann)["unread"], seen(ben)["unread"]) == (1, 2)
    assert {c["id"]: c["unread"] for c in ben.get("/conversations").json["items"]} == {made["id"]: 2}
    assert ann.put(f"/conversations/{made['id']}/read", {"sequence": 0}).status == 204
    assert seen(ann)["unread"] == 2
    assert ann.put(f"/conversations/{made['id']}/read", {"sequence": 10 ** 9}).status == 204
    assert seen(ann)["unread"] == 0
    suite.attached(suite.chat_in(inbox, address))
    assert seen(ann)["unread"] == 1, "a mark beyond the end is one at the end"
    assert ann.put(f"/conversations/{made['id']}/read", {}).code == "invalid_field"


def test_an_answer_to_a_change_says_what_its_asker_has_not_read(suite, inbox):
    ann = suite.make_agent(inboxes=[inbox])
    made = suite.make_conversation(inbox)
    ann.put(f"/conversations/{made['id']}/follow")
    answer = ann.post(f"/conversations/{made['id']}/status", {"status": "pending"})
    assert (answer.status, answer.json["unread"], answer.json["following"]) == (200, 1, True)


def test_what_one_follows_is_ones_own(suite, inbox):
    ann, ben = suite.make_agent(inboxes=[inbox]), suite.make_agent(inboxes=[inbox])
    first, second = suite.make_conversation(inbox), suite.make_conversation(inbox)
    for _ in range(2):
        assert ann.put(f"/conversations/{first['ref']}/follow").status == 204
    assert shown(ann, view="following") == [first["id"]]
    assert shown(ben, view="following") == []
    assert [c["following"] for c in ann.get("/conversations").json["items"]] == [False, True]
    assert counts(ann)["following"] == 1
    assert ann.delete(f"/conversations/{first['id']}/follow").status == 204
    assert shown(ann, view="following") == [] and counts(ann)["following"] == 0
    assert ann.get(f"/conversations/{second['id']}").json["following"] is False


def test_counts_tell_what_stands_open_or_pending(suite, inbox):
    other = suite.make_inbox()["id"]
    api = suite.make_agent("supervisor", [inbox])
    assert {**counts(api), "cursor": None} == {"mine": 0, "unassigned": 0, "mentions": 0, "following": 0, "views": {}, "teams": {}, "inboxes": {}, "cursor": None}
    mine, free, asleep, done = [suite.make_conversation(inbox) for _ in range(4)]
    suite.make_conversation(other)
    team = suite.admin.post("/teams", {"name": f"Team {inbox}", "description": "", "member_ids": [api.agent["id"]]}).json["id"]
    assert api.post(f"/conversations/{mine['id']}/assign", {"agent_id": api.agent["id"], "team_id": team}).status == 200
    for conversation, status in ((asleep, "snoozed"), (done, "resolved")):
        assert api.post(f"/conversations/{conversation['id']}/status", {"status": status}).status == 200
    view = api.post("/views", {"name": "Free", "filters": {"view": "unassigned", "inbox": inbox}}).json["id"]
    sleepers = api.post("/views", {"name": "Asleep", "filters": {"status": "snoozed"}}).json["id"]
    assert {**counts(api), "cursor": None} == {
        "mine": 1, "unassigned": 1, "mentions": 0, "following": 0, "views": {view: 1, sleepers: 1}, "teams": {team: 1}, "inboxes": {inbox: 2}, "cursor": None}
    assert shown(api, view="unassigned", status="open") == [free["id"]]
    stranger = suite.make_agent(inboxes=[other])
    assert counts(stranger)["inboxes"] == {other: 1} and counts(stranger)["teams"] == {}


def test_a_view_on_an_inbox_one_may_not_see_counts_nothing(suite, inbox):
    suite.make_conversation(inbox)
    lead, outsider = suite.make_agent("supervisor", [inbox]), suite.make_agent(inboxes=[suite.make_inbox()["id"]])
    view = lead.post("/views", {"name": "All of it", "shared": True, "filters": {"inbox": inbox}}).json["id"]
    assert counts(lead)["views"][view] == 1
    assert counts(outsider)["views"][view] == 0
    assert lead.delete(f"/views/{view}").status == 204


def test_pages_of_few_among_many_meet(suite):
    """A filter that few of very many meet: pages may be empty, and none is missed."""
    one, two = suite.make_inbox()["id"], suite.make_inbox()["id"]
    made = suite.make_conversation(one)
    api = suite.make_agent(inboxes=[one, two])
    suite.execute("""
      INSERT INTO routing.conversation (id, ref, inbox_id, customer_id, channel, status, priority, interaction_id, contact_point_id, last_activity_at, activity_bucket, version)
      SELECT gen_random_uuid(), lpad(n::text, 4, '0') || '-' || %s, CASE WHEN n %% 3 = 0 THEN %s ELSE %s END::uuid, %s, CASE WHEN n %% 1000 = 1 THEN 'chat' ELSE 'email' END, 'open', 0,
        gen_random_uuid(), gen_random_uuid(), now() - n * interval '1 s', floor(extract(epoch FROM now() - n * interval '1 s') / 64), 1
      FROM generate_series(1, 8000) n""", "AB3D", one, two, made["customer"]["id"])
    found, after, pages = [], None, 0
    while pages == 0 or after:
        page = api.get("/conversations", channel="chat", limit=3, **({"after": after} if after else {}))
        found += [(c["last_message"] or c)["created_at"] if c["last_message"] else c["id"] for c in page.json["items"]]
        after, pages = page.json["next"], pages + 1
        assert pages < 30
    assert len(found) == len(set(found)) == 8
    assert pages > 3, "none was looked for in all of it at once"
    wait_until(lambda: counts(api)["inboxes"] == {one: 100, two: 100}, 5, "counts of inboxes end at 100")


def test_a_tag_that_becomes_common_between_two_pages_loses_and_doubles_none(suite, inbox):
    """A seldom tag is looked up, one that the latest have is met on the way: a list goes on from the one to the other."""
    api, made, tag = suite.make_agent(inboxes=[inbox]), suite.make_conversation(inbox), f"tide-{inbox[:8]}"

    def write(code, first, last, every):
        """One conversation a second, back from `first` seconds ago; one in so many has the tag. Returns those, the latest first."""
        suite.execute("""
          INSERT INTO routing.conversation (id, ref, inbox_id, customer_id, channel, status, priority, interaction_id, contact_point_id, last_activity_at, activity_bucket, tags, version)
          SELECT gen_random_uuid(), lpad(n::text, 4, '0') || '-' || %s, %s, %s, 'email', 'open', 0, gen_random_uuid(), gen_random_uuid(),
            now() - n * interval '1 s', floor(extract(epoch FROM now() - n * interval '1 s') / 64), CASE WHEN n %% %s = 0 THEN ARRAY[%s] ELSE '{}'::text[] END, 1
          FROM generate_series(%s::integer, %s::integer) n""", code, inbox, made["customer"]["id"], every, tag, first, last)
        return [str(row[0]) for row in suite.query(
            "SELECT id FROM routing.conversation WHERE inbox_id = %s AND tags @> ARRAY[%s] AND ref LIKE %s ORDER BY last_activity_at DESC",
            inbox, tag, f"%-{code}")]

    old = write("CD4E", 1000, 2999, 100)
    page = api.get("/conversations", tag=tag, limit=6)
    found = ids(page)
    write("EF5G", 1, 500, 2)
    while page.json["next"]:
        page = api.get("/conversations", tag=tag, limit=6, after=page.json["next"])
        found += ids(page)
    assert len(old) == 20 and found == old
