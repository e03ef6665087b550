"""kill -9 of identity and routing replicas under load: every message once, every version once, nobody over capacity."""
import random
import threading
import time

from bus_suite import seed_of_run, wait_until
from routing_suite import RoutingSuite, inconsistencies, version_violations

SECONDS = 20
SENDERS = 4


def send(suite, inbox, number, seed, stop, sent):
    """New matters, follow-ups by reference to the first mail, and now and then an agent's reply or status."""
    rng = random.Random(f"{seed}-{number}")
    address, first = f"sender-{number}@mail.example", []
    with suite.connect() as connection:
        while not stop.is_set():
            if first and rng.random() < 0.7:
                sent.append(suite.mail(inbox, address, thread_ids=[rng.choice(first)], connection=connection))
            else:
                first.append(f"{number}-{len(first)}@mail.example")
                stranger = rng.random() < 0.5
                sent.append(suite.mail(inbox, f"{len(first)}-{address}" if stranger else address, rfc_id=first[-1], connection=connection))
                if stranger:
                    first.pop()
            time.sleep(0.005)


def ask(suite, agents, seed, stop, asked):
    rng = random.Random(f"{seed}-agents")
    while not stop.is_set():
        rows = suite.gateway.execute("SELECT id FROM routing.conversation ORDER BY random() LIMIT 5").fetchall()
        for row in rows:
            agent, what = rng.choice(agents), rng.choice(["reply", "pending", "resolved", "open", "assign", "release"])
            if what == "reply":
                asked.append(suite.request("reply", str(row[0]), agent, text="x"))
            elif what in ("assign", "release"):
                asked.append(suite.request("assignment", str(row[0]), agent, assignee_id=agent if what == "assign" else ""))
            else:
                asked.append(suite.request("status", str(row[0]), agent, status={"open": 1, "pending": 2, "resolved": 4}[what]))
        time.sleep(0.02)


def test_every_message_once_whoever_dies():
    seed = seed_of_run()
    rng = random.Random(seed)
    with RoutingSuite(own_server=True) as suite:
        suite.start_all(routings=2, identities=2)
        inbox = suite.inbox()
        agents = [suite.agent(inboxes=[inbox], presence="available") for _ in range(5)]
        stop, sent, asked = threading.Event(), [[] for _ in range(SENDERS)], []
        threads = [threading.Thread(target=send, args=(suite, inbox, n, seed, stop, sent[n])) for n in range(SENDERS)]
        threads.append(threading.Thread(target=ask, args=(suite, agents, seed, stop, asked)))
        for thread in threads:
            thread.start()
        end, kills = time.monotonic() + SECONDS, 0
        while time.monotonic() < end:
            time.sleep(rng.uniform(0.1, 1.0))
            rng.choice(suite.routings + suite.identities).restart()
            kills += 1
        stop.set()
        for thread in threads:
            thread.join()

        count = sum(map(len, sent))
        print(f"{count} mails, {len(asked)} requests, {kills} kills")
        assert kills > 10 and count > 500 and len(asked) > 50
        attached = "SELECT count(*) FROM routing.entry e JOIN channel.message m ON m.id = e.message_id"
        wait_until(lambda: suite.query(attached)[0][0] == count, 60, "every mail is attached")
        outcomes = "type IN ('request.done', 'request.refused')"
        wait_until(lambda: suite.query(f"SELECT count(*) FROM bus.event WHERE {outcomes}")[0][0] >= len(asked), 60, "every request has an outcome")

        told = [envelope.message_attached.message_id for envelope in suite.log("type = 'message.attached'")]
        assert len(told) == len(set(told))
        assert set(told) >= {message for sender in sent for message in sender}
        caused = [envelope.causation_id for envelope in suite.log(outcomes)]
        assert sorted(caused) == sorted(asked)
        assert version_violations(suite) == []
        assert inconsistencies(suite) == {}


def test_a_replica_told_to_go_leaves_nothing_behind():
    with RoutingSuite() as suite:
        suite.start_all(routings=2, identities=2)
        inbox = suite.inbox()
        suite.agent(inboxes=[inbox], presence="available")
        sent = [suite.mail(inbox, f"ann-{n}@mail.example") for n in range(100)]
        for leaving in (suite.routings[0], suite.identities[0]):
            leaving.stop()  # with exit status 0
        sent += [suite.mail(inbox, f"bob-{n}@mail.example") for n in range(100)]
        for message in sent:
            suite.attached(message, limit_s=8)  # sooner than a lease runs out
        assert version_violations(suite) == []
        assert inconsistencies(suite) == {}
