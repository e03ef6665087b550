"""Whoever dies at whatever moment: what was acknowledged is there once, what was not comes again and is there once."""
import concurrent.futures
import os
import random
import signal
import threading
import time

import pytest

from bus_suite import seed_of_run, wait_until
from email_suite import EmailSuite, Lmtp, mail, stuffed
from ports import free_port


@pytest.fixture
def suite():
    with EmailSuite(own_server=True) as made:
        made.support = made.inbox()
        yield made


def test_killed_between_commit_and_acknowledgement_the_mail_comes_again_and_is_there_once(suite):
    daemon = suite.email()
    data = mail(subject="Unacknowledged")
    lmtp = suite.lmtp()
    lmtp.begin("support@suite.example")
    lmtp.write(stuffed(data))
    wait_until(lambda: suite.messages(), 10, "the row is committed")
    daemon.kill()  # the reply was never read
    lmtp.close()
    daemon.start()
    suite.wait_takes_mail()
    assert suite.deliver(data)[0].startswith("250")
    assert len(suite.messages()) == 1
    assert len(suite.received()) == 1


class Sender(threading.Thread):
    """An MTA's queue: every mail until it is acknowledged."""

    def __init__(self, suite, name, count):
        super().__init__()
        self.suite, self.count, self.acknowledged = suite, count, []
        self.mails = [(f"{name}-{i}", mail(sender=f"c{i % 7}@example.org", subject=f"{name}-{i}")) for i in range(count)]

    def run(self):
        for subject, data in self.mails:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                try:
                    if self.suite.deliver(data)[0].startswith("250"):
                        self.acknowledged.append(subject)
                        break
                except (OSError, AssertionError):
                    pass
                time.sleep(0.05)


def run_senders(suite, fault, count=60, senders=6):
    threads = [Sender(suite, f"s{n}", count) for n in range(senders)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        fault()
    sent = sorted(subject for thread in threads for subject in thread.acknowledged)
    assert len(sent) == count * senders
    assert sorted(row[0] for row in suite.messages()) == sent
    assert sorted(e.subject for e in suite.received()) == sent


def test_killed_again_and_again_under_load(suite):
    chance = random.Random(seed_of_run())
    daemon = suite.email()

    def fault():
        time.sleep(chance.uniform(0.05, 0.6))
        daemon.restart()
    run_senders(suite, fault)


def test_a_database_that_crashes_again_and_again_under_load(suite):
    chance = random.Random(seed_of_run())
    suite.email()

    def fault():
        time.sleep(chance.uniform(0.3, 1))
        suite.cluster.restart("immediate")
    run_senders(suite, fault, count=40)


def test_without_a_database_mail_is_asked_to_come_later(suite):
    daemon = suite.email()
    suite.cluster.stop("immediate")
    with Lmtp(suite.lmtp_port) as lmtp:
        wait_until(lambda: lmtp.say(b"MAIL FROM:<ann@example.org>") == "451 4.3.2 busy, try again later" or lmtp.say(b"RSET") == "",
                   10, "MAIL is answered 451")
        suite.cluster.start()
        wait_until(lambda: lmtp.say(b"MAIL FROM:<ann@example.org>").startswith("250"), 10, "MAIL is answered 250 again")
        lmtp.say(b"RSET")
        assert lmtp.deliver(mail(subject="Back"), "support@suite.example")[0].startswith("250")
    assert daemon.is_alive()


def test_a_database_that_goes_during_a_mail_leaves_it_with_the_sender(suite):
    suite.email()
    data = mail(subject="During")
    with suite.lmtp() as lmtp:
        lmtp.begin("support@suite.example")
        suite.cluster.stop("immediate")
        lmtp.write(stuffed(data))
        assert lmtp.read() == "451 4.3.0 cannot store it now, try again later"
        suite.cluster.start()
        wait_until(lambda: lmtp.say(b"MAIL FROM:<ann@example.org>").startswith("250"), 10, "MAIL is answered 250 again")
        lmtp.say(b"RSET")
        assert lmtp.deliver(data, "support@suite.example")[0].startswith("250")
    assert len(suite.messages()) == 1


def test_a_full_store_is_said_and_forgotten(suite):
    suite.email()
    large = mail(subject="Large", text="x" * 70 + "\r\n" * 40000)
    os.rename(suite.files / "tmp", suite.files / "aside")
    assert suite.deliver(large)[0].startswith("45")
    assert suite.deliver(mail(subject="Small"))[0].startswith("250")
    os.rename(suite.files / "aside", suite.files / "tmp")
    assert suite.deliver(large)[0].startswith("250")
    assert [row[0] for row in suite.messages()] == ["Small", "Large"]


def test_stopping_finishes_the_mail_under_way_and_tells_the_others(suite):
    daemon = suite.email()
    with suite.lmtp() as idle, suite.lmtp() as busy:
        busy.begin("support@suite.example")
        busy.write(mail(subject="Under way"))
        time.sleep(0.2)
        daemon.process.terminate()
        assert idle.read() == "421 4.3.2 shutting down"
        with pytest.raises(OSError):
            wait_until(lambda: Lmtp(suite.lmtp_port, greet=False).read() and False, 5, "never")
        busy.write(b".\r\n")
        assert busy.read().startswith("250")
        assert busy.read().startswith("421")
    assert daemon.process.wait(10) == 0, daemon.tail()
    assert len(suite.messages()) == 1


def test_a_frozen_daemon_loses_nothing(suite):
    daemon = suite.email()
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        daemon.signal(signal.SIGSTOP)
        results = [pool.submit(suite.deliver, mail(subject=f"frozen-{n}")) for n in range(10)]
        time.sleep(6)  # longer than idle_in_transaction_session_timeout
        daemon.signal(signal.SIGCONT)
        assert all(r.result(20)[0].startswith("250") for r in results)
    assert len(suite.messages()) == 10


def test_two_replicas_share_the_work(suite):
    suite.email()
    port = free_port()
    suite.email(port=port)
    data = mail(subject="Shared")

    def deliver(to_port):
        with Lmtp(to_port) as lmtp:
            return lmtp.deliver(data, "support@suite.example")[0]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for reply in pool.map(deliver, [suite.lmtp_port, port] * 20):
            assert reply.startswith("250")
    assert len(suite.messages()) == 1
    assert len(suite.received()) == 1
