"""Conversations go to available agents with room, the least loaded first, the longest waiting first; with Redis or without."""
import threading
import uuid

import pytest

from bus_suite import wait_until
from routing_suite import RoutingSuite, inconsistencies, version_violations


@pytest.fixture
def suite():
    with RoutingSuite() as made:
        yield made
        assert version_violations(made) == []
        assert inconsistencies(made) == {}


def mails(suite, inbox, count, prefix, connection=None):
    """From as many strangers. Returns the messages' ids."""
    return [suite.mail(inbox, f"{prefix}-{n}@mail.example", connection=connection) for n in range(count)]


def loads(suite):
    return {str(agent): load for agent, load in suite.query("SELECT agent_id, load FROM routing.agent")}


def waiting(suite):
    return suite.query("SELECT count(*) FROM routing.conversation WHERE queued_at IS NOT NULL")[0][0]


def all_attached(suite, count, limit_s=30):
    wait_until(lambda: suite.query("SELECT count(*) FROM routing.entry")[0][0] == count, limit_s, f"{count} messages attached")


def test_work_is_spread_evenly(suite):
    suite.start_all()
    inbox, other = suite.inbox(), suite.inbox()
    agents = [suite.agent(inboxes=[inbox], presence="available") for _ in range(3)]
    idle = [suite.agent(inboxes=[other], presence="available"), suite.agent(inboxes=[inbox], presence="busy"),
            suite.agent(inboxes=[inbox])]
    wait_until(lambda: len(loads(suite)) == 6, 10, "routing knows the agents")
    mails(suite, inbox, 60, "even")
    all_attached(suite, 60)
    assert sorted(loads(suite)[agent] for agent in agents) == [20, 20, 20]
    assert [loads(suite)[agent] for agent in idle] == [0, 0, 0]


def test_capacity_is_never_exceeded_by_two_replicas(suite):
    suite.start_all(routings=2)
    inbox = suite.inbox()
    agents = [suite.agent(inboxes=[inbox], capacity=20, presence="available") for _ in range(5)]
    exceeded, done = [], threading.Event()

    def watch():
        with suite.connect() as connection:
            while not done.is_set():
                exceeded.extend(connection.execute("SELECT agent_id, load FROM routing.agent WHERE load > capacity").fetchall())

    def send(number):
        with suite.connect() as connection:
            mails(suite, inbox, 50, f"sender-{number}", connection)

    threads = [threading.Thread(target=watch)] + [threading.Thread(target=send, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads[1:]:
        thread.join()
    all_attached(suite, 300)
    wait_until(lambda: waiting(suite) == 200, 10, "100 assigned, 200 waiting")
    done.set()
    threads[0].join()
    assert exceeded == []
    assert sorted(loads(suite).values()) == [20] * 5

    # room appears, and the longest waiting get it
    oldest = [str(row[0]) for row in suite.query("SELECT id FROM routing.conversation WHERE queued_at IS NOT NULL ORDER BY queued_at, id LIMIT 200")]
    held = [str(row[0]) for row in suite.query("SELECT id FROM routing.conversation WHERE assignee_id = %s LIMIT 10", agents[0])]
    for conversation in held:
        suite.status(conversation, agents[0], "resolved")
    wait_until(lambda: waiting(suite) == 190, 10, "ten more assigned")
    still = {str(row[0]) for row in suite.query("SELECT id FROM routing.conversation WHERE queued_at IS NOT NULL")}
    assert set(oldest) - still == set(oldest[:10])
    assert sorted(loads(suite).values()) == [20] * 5


def test_the_queue_drains_when_an_agent_comes(suite):
    suite.start_all(routings=2)
    inbox, other = suite.inbox(), suite.inbox()
    mails(suite, inbox, 400, "early")
    mails(suite, other, 100, "elsewhere")
    all_attached(suite, 500)
    assert waiting(suite) == 500
    suite.agent(inboxes=[inbox], presence="available")
    wait_until(lambda: waiting(suite) == 100, 15, "the inbox's queue is empty")
    suite.agent(presence="available")
    wait_until(lambda: waiting(suite) == 0, 15, "all queues are empty")


def queues(suite):
    """What Redis holds: {conversation}."""
    return {member for key in suite.redis.client.scan_iter("hilo:queue:*-*-*") for member in suite.redis.client.zrange(key, 0, -1)}


def queued(suite):
    return {str(row[0]) for row in suite.query("SELECT id FROM routing.conversation WHERE queued_at IS NOT NULL")}


def test_the_queues_in_redis_follow_and_come_back(suite):
    suite.start_all(routings=2)
    inbox = suite.inbox()
    mails(suite, inbox, 50, "first")
    all_attached(suite, 50)
    wait_until(lambda: len(queues(suite)) == 50 and queues(suite) == queued(suite), 5, "Redis has the queue")
    suite.redis.client.flushall()
    mails(suite, inbox, 10, "second")
    wait_until(lambda: len(queued(suite)) == 60 and queues(suite) == queued(suite), 15, "Redis has the queue again")
    suite.redis.client.zadd(f"hilo:queue:{inbox}:{uuid.UUID(int=0)}:email:0", {"01a200a5-70c2-753b-a29b-e6c024110000": 1})  # of nothing
    wait_until(lambda: queues(suite) == queued(suite), 10, "what does not wait is gone")
    suite.agent(inboxes=[inbox], capacity=30, presence="available")
    wait_until(lambda: waiting(suite) == 30, 10, "thirty are given out")
    wait_until(lambda: queues(suite) == queued(suite), 15, "they left Redis")


@pytest.mark.parametrize("fault", ["flushed", "down"])
def test_work_flows_whatever_redis_does(suite, fault):
    suite.start_all(routings=2)
    inbox = suite.inbox()
    agent = suite.agent(inboxes=[inbox], capacity=20, presence="available")
    stop = threading.Event()

    def flush():
        while not stop.wait(0.02):
            suite.redis.client.flushall()

    flusher = threading.Thread(target=flush) if fault == "flushed" else None
    if flusher:
        flusher.start()
    else:
        suite.redis.stop()
    try:
        mails(suite, inbox, 60, "nobody-waits-for-redis")
        all_attached(suite, 60)
        wait_until(lambda: waiting(suite) == 40, 10, "twenty assigned")
        suite.change_agent(agent, capacity=None)
        wait_until(lambda: waiting(suite) == 0, 10, "the rest assigned")
    finally:
        stop.set()
        if flusher:
            flusher.join()


@pytest.mark.parametrize("loss", [{"active": False}, {"inboxes": []}])
def test_an_agent_who_loses_the_inbox_loses_its_conversations(suite, loss):
    suite.start_all(routings=2)
    inbox, other = suite.inbox(), suite.inbox()
    agent = suite.agent(inboxes=[inbox, other], presence="available")
    mails(suite, inbox, 150, "many")
    all_attached(suite, 150)
    suite.change_agent(agent, **loss)
    wait_until(lambda: waiting(suite) == 150, 10, "all wait again")
    suite.agent(inboxes=[inbox], presence="available")
    wait_until(lambda: waiting(suite) == 0, 10, "somebody else has them")
    wait_until(lambda: suite.query("SELECT count(*) FROM routing.agent WHERE NOT swept") == [(0,)], 5, "nothing left to take")


def test_an_agent_who_goes_keeps_what_they_have(suite):
    suite.start_all()
    inbox = suite.inbox()
    agent = suite.agent(inboxes=[inbox], presence="available")
    conversation = suite.attached(suite.mail(inbox, "ann@mail.example"))
    suite.presence(agent, "offline")
    second = suite.attached(suite.mail(inbox, "bob@mail.example"))
    suite.settle(second, lambda row: row["queued_at"], "the next one waits")
    assert suite.conversation(conversation)["assignee_id"] == agent


def assigned(suite, conversation, agent):
    suite.settle(conversation, lambda row: row["assignee_id"] == agent, "it is given to them")


def test_only_those_with_every_skill_get_it(suite):
    suite.start_all()
    inbox, plain = suite.inbox(skills=["billing", "french"]), suite.inbox()
    half = suite.agent(presence="available", skills=["french"])
    able = suite.agent(presence="available", skills=["billing", "french", "latin"], capacity=2)
    wait_until(lambda: len(loads(suite)) == 2, 10, "routing knows the agents")
    conversations = [suite.attached(message) for message in mails(suite, inbox, 3, "able")]
    wait_until(lambda: waiting(suite) == 1 and loads(suite) == {half: 0, able: 2}, 10, "two are given out, one waits")
    # one that waits for a skill holds up nothing else
    assigned(suite, suite.attached(suite.mail(plain, "plain@mail.example")), half)
    suite.change_agent(half, skills=["billing", "french"])
    wait_until(lambda: waiting(suite) == 0 and loads(suite) == {half: 2, able: 2}, 10, "who learned it gets it")
    suite.gateway.execute("UPDATE config.inbox SET skills = '{dutch}' WHERE id = %s", (inbox,))
    last = suite.attached(suite.mail(inbox, "last@mail.example"))
    suite.settle(last, lambda row: row["queued_at"], "nobody has the inbox's new skill")
    assert {suite.conversation(c)["status"] for c in conversations} == {"open"}


def test_a_teams_conversations_wait_for_its_members_and_for_nobody_else(suite):
    suite.start_all(routings=2)
    team, other = suite.team(), suite.team()
    inbox = suite.inbox(team=team)
    outsider = suite.agent(inboxes=[inbox], presence="available", teams=[other])
    member = suite.agent(inboxes=[inbox], teams=[team, other])
    wait_until(lambda: len(loads(suite)) == 2, 10, "routing knows the agents")
    first = suite.attached(suite.mail(inbox, "first@mail.example"))
    row = suite.settle(first, lambda row: row["queued_at"], "it waits")
    assert row["team_id"] == team
    for n in range(70):  # more than a tick looks at in one lane
        suite.mail(inbox, f"more-{n}@mail.example")
    all_attached(suite, 71)
    # given to the other team: behind so many, and yet at once
    last = suite.attached(suite.mail(inbox, "last@mail.example"))
    suite.assign(last, outsider, None, sets_team=True, team_id=other)
    assigned(suite, last, outsider)
    # to none: whoever has the inbox
    suite.assign(first, outsider, None, sets_team=True)
    assigned(suite, first, outsider)
    assert waiting(suite) == 70
    suite.presence(member, "available")
    wait_until(lambda: waiting(suite) == 0 and loads(suite)[member] == 70, 20, "the team's are given to its member")


def test_channels_have_limits_of_their_own(suite):
    suite.start_all()
    inbox, chat = suite.inbox(), suite.chat_inbox()
    agent = suite.agent(presence="available", channels={"chat": 1}, capacity=3)
    wait_until(lambda: len(loads(suite)) == 1, 10, "routing knows the agent")
    first, second = [suite.attached(suite.chat(chat, f"visitor-{n}")) for n in range(2)]
    assigned(suite, first, agent)
    suite.settle(second, lambda row: row["queued_at"], "the second chat waits")
    assigned(suite, suite.attached(suite.mail(inbox, "ann@mail.example")), agent)  # mails go on
    assigned(suite, suite.attached(suite.mail(inbox, "bob@mail.example")), agent)
    third = suite.attached(suite.mail(inbox, "cat@mail.example"))
    suite.settle(third, lambda row: row["queued_at"], "full in all")
    suite.status(first, agent, "resolved")
    assigned(suite, second, agent)
    assert suite.query("SELECT load, loads FROM routing.agent") == [(3, [2, 1, 0, 0, 0])]


def test_urgent_ones_are_given_out_first(suite):
    suite.start_all()
    inbox = suite.inbox()
    agent = suite.agent(inboxes=[inbox], capacity=1)
    conversations = [suite.attached(message) for message in mails(suite, inbox, 3, "rank")]
    for conversation, priority in zip(conversations, (1, 2, 4)):  # low, normal, urgent
        suite.triage(conversation, agent, priority=priority)
    wait_until(lambda: queues(suite) == queued(suite), 10, "Redis has them where they wait now")
    suite.presence(agent, "available")
    for conversation in reversed(conversations):
        assigned(suite, conversation, agent)
        suite.status(conversation, agent, "resolved")
