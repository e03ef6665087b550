"""Teams, skills and limits of channels: made by administrators, told to routing, shown to those who may know."""
import secrets

import pytest

from bus_suite import wait_until
from gateway_suite import GatewaySuite


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as made:
        yield made


def name(word="Team"):
    return f"{word} {secrets.token_hex(4)}"


def make_team(suite, **more):
    answer = suite.admin.post("/teams", {"name": name(), **more})
    assert answer.status == 201, answer.body
    return answer.json


def records(suite, agent_id):
    """What agent.updated said of an agent, oldest first."""
    rows = suite.query("SELECT payload FROM bus.event WHERE key = %s AND type = 'agent.updated' ORDER BY xid, id", agent_id)
    return [suite.pb.Envelope.FromString(row[0]) for row in rows]


def test_a_team_is_made_changed_and_closed(suite):
    member = suite.make_agent()
    made = make_team(suite, description="Second level", member_ids=[member.agent["id"]])
    assert made == {"id": made["id"], "name": made["name"], "description": "Second level", "member_ids": [member.agent["id"]],
                    "active": True, "version": 1}
    read = suite.admin.get(f"/teams/{made['id']}")
    assert read.headers["ETag"] == '"1"' and {**made, "cursor": read.json["cursor"]} == read.json
    changed = suite.admin.patch(f"/teams/{made['id']}", {"active": False, "description": ""}, headers={"If-Match": '"1"'})
    assert changed.headers["ETag"] == '"2"'
    assert changed.json == {**made, "active": False, "description": "", "version": 2}
    assert made["id"] in [team["id"] for team in suite.admin.get("/teams").json["items"]]


def test_a_stale_change_of_a_team_is_refused(suite):
    team = make_team(suite)
    assert suite.admin.patch(f"/teams/{team['id']}", {"name": name()}, headers={"If-Match": '"7"'}).code == "stale_version"


def test_no_two_teams_have_one_name(suite):
    team = make_team(suite)
    assert suite.admin.post("/teams", {"name": team["name"].upper()}).code == "name_taken"
    other = make_team(suite)
    assert suite.admin.patch(f"/teams/{other['id']}", {"name": team["name"]}).code == "name_taken"


@pytest.mark.parametrize("body, field", [
    ({}, "name"), ({"name": ""}, "name"), ({"name": "x" * 101}, "name"), ({"name": "a\nb"}, "name"),
    ({"name": "x", "description": "x" * 1001}, "description"), ({"name": "x", "member_ids": ["y"]}, "member_ids")])
def test_bad_teams_are_refused(suite, body, field):
    answer = suite.admin.post("/teams", body)
    assert (answer.status, answer.json["field"]) == (422, field)


def test_members_must_exist(suite):
    answer = suite.admin.post("/teams", {"name": name(), "member_ids": ["00000000-0000-7000-8000-000000000001"]})
    assert (answer.status, answer.code) == (422, "invalid_field")


def test_the_same_request_makes_one_team(suite):
    key, body = {"Idempotency-Key": secrets.token_hex(8)}, {"name": name()}
    first, second = (suite.admin.post("/teams", body, headers=key) for _ in range(2))
    assert (first.status, first.json) == (second.status, second.json)


def test_who_joins_and_who_leaves_is_told_and_nobody_else(suite):
    stays, leaves, joins = (suite.make_agent().agent["id"] for _ in range(3))
    team = make_team(suite, member_ids=[stays, leaves])
    suite.admin.patch(f"/teams/{team['id']}", {"member_ids": [stays, joins]})
    assert [list(r.agent_updated.team_ids) for r in records(suite, stays)] == [[], [team["id"]]]
    assert [list(r.agent_updated.team_ids) for r in records(suite, leaves)] == [[], [team["id"]], []]
    assert [list(r.agent_updated.team_ids) for r in records(suite, joins)] == [[], [team["id"]]]
    assert [r.version for r in records(suite, leaves)] == [1, 2, 3]
    assert [suite.admin.get(f"/agents/{agent}").json["version"] for agent in (stays, leaves, joins)] == [2, 3, 2]
    assert suite.admin.get(f"/agents/{joins}").json["teams"] == [team["id"]]


def test_a_change_of_the_name_tells_nothing_of_members(suite):
    member = suite.make_agent().agent["id"]
    team = make_team(suite, member_ids=[member])
    suite.admin.patch(f"/teams/{team['id']}", {"name": name()})
    assert len(records(suite, member)) == 2
    assert suite.admin.get(f"/teams/{team['id']}").json["member_ids"] == [member]


def test_members_keep_their_skills_and_rights(suite):
    inbox = suite.make_inbox()["id"]
    agent = suite.make_agent(inboxes=[inbox]).agent["id"]
    suite.admin.patch(f"/agents/{agent}", {"skills": ["Spanish"], "capacity": 4, "channel_capacity": {"chat": 2}})
    team = make_team(suite, member_ids=[agent])
    told = records(suite, agent)[-1].agent_updated
    assert (list(told.inbox_ids), list(told.skills), told.capacity, list(told.team_ids)) == ([inbox], ["spanish"], 4, [team["id"]])
    assert [(limit.channel, limit.capacity) for limit in told.channel_capacities] == [(2, 2)]


def test_a_reader_sees_those_members_only_whom_they_may_know(suite):
    inbox, other = suite.make_inbox()["id"], suite.make_inbox()["id"]
    near, far = suite.make_agent(inboxes=[inbox]).agent["id"], suite.make_agent(inboxes=[other]).agent["id"]
    team = make_team(suite, member_ids=[near, far])
    reader = suite.make_agent(inboxes=[inbox])
    assert reader.get(f"/teams/{team['id']}").json["member_ids"] == [near]
    listed = {t["id"]: t["member_ids"] for t in reader.get("/teams").json["items"]}
    assert listed[team["id"]] == [near]
    assert sorted(suite.admin.get(f"/teams/{team['id']}").json["member_ids"]) == sorted([near, far])


def test_skills_and_limits_of_an_agent(suite):
    number = secrets.token_hex(4)
    made = suite.admin.post("/agents", {"name": "Able", "email": f"{number}@suite.example", "role": "agent", "password": "long enough",
                                        "skills": ["Billing", "spanish", " billing"], "channel_capacity": {"email": 5}}).json
    assert made["skills"] == ["billing", "spanish"]
    assert made["channel_capacity"] == {"email": 5, "chat": None}
    change = suite.admin.patch(f"/agents/{made['id']}", {"channel_capacity": {"chat": 3}}).json
    assert change["channel_capacity"] == {"email": 5, "chat": 3} and change["skills"] == ["billing", "spanish"]
    change = suite.admin.patch(f"/agents/{made['id']}", {"channel_capacity": {"email": None}, "skills": []}).json
    assert change["channel_capacity"] == {"email": None, "chat": 3} and change["skills"] == []


@pytest.mark.parametrize("body, field", [
    ({"skills": [""]}, "skills"), ({"skills": ["x"] * 51}, "skills"), ({"channel_capacity": {"email": 0}}, "channel_capacity.email"),
    ({"channel_capacity": {"voice": 1}}, "channel_capacity.voice"), ({"channel_capacity": 3}, "channel_capacity")])
def test_bad_abilities_are_refused(suite, body, field):
    answer = suite.admin.patch(f"/agents/{suite.make_agent().agent['id']}", body)
    assert (answer.status, answer.json["field"]) == (422, field)


def test_an_inbox_has_a_team_and_asks_for_skills(suite):
    team = make_team(suite)
    inbox = suite.make_inbox(team_id=team["id"], skills=["Spanish"])
    assert (inbox["team_id"], inbox["skills"]) == (team["id"], ["spanish"])
    renamed = suite.admin.patch(f"/inboxes/{inbox['id']}", {"name": "Other"}).json
    assert (renamed["team_id"], renamed["skills"]) == (team["id"], ["spanish"])
    freed = suite.admin.patch(f"/inboxes/{inbox['id']}", {"team_id": None, "skills": []}).json
    assert (freed["team_id"], freed["skills"]) == (None, [])
    rows = suite.query("SELECT payload FROM bus.event WHERE key = %s AND type = 'inbox.updated' ORDER BY xid, id", inbox["id"])
    told = [suite.pb.Envelope.FromString(row[0]).inbox_updated for row in rows]
    assert [(t.team_id, list(t.skills)) for t in told] == [(team["id"], ["spanish"])] * 2 + [("", [])]


def test_an_inbox_takes_active_teams_only(suite):
    team = make_team(suite)
    suite.admin.patch(f"/teams/{team['id']}", {"active": False})
    inbox = suite.make_inbox()
    for wrong in (team["id"], "00000000-0000-7000-8000-000000000001"):
        answer = suite.admin.patch(f"/inboxes/{inbox['id']}", {"team_id": wrong})
        assert (answer.status, answer.code) == (422, "invalid_field")


def test_screens_are_told_of_a_changed_team(suite):
    stream = suite.stream(suite.make_agent()).wait_ready()
    team = make_team(suite)
    stream.wait_configured("team", team["id"])
    suite.admin.patch(f"/teams/{team['id']}", {"name": name()})
    wait_until(lambda: sum(e["type"] == "configuration.changed" and e["data"]["id"] == team["id"] for e in stream.events) == 2, 10, "told twice")
