"""A submitted reply leaves once for all that the relay accepts, in its conversation's order, under one Message-ID however often
it is tried."""
import collections
import ctypes
import ctypes.util
import hashlib
import os
import time
import uuid

import pytest

from bus_suite import wait_until
from email_suite import SEAL_KEY, EmailSuite, SmtpServer, mail
from ports import free_port


@pytest.fixture(scope="module")
def suite():
    with EmailSuite() as made:
        made.support = made.inbox()
        made.relay()
        made.smtp_port = free_port()
        made.daemon = made.email(HILO_SMTP_URL=f"smtp://127.0.0.1:{made.smtp_port}")
        yield made
        made.daemon.stop()


def conversation():
    return str(uuid.uuid4())


def server(suite, script=None):
    return SmtpServer(script, suite.smtp_port)


def seal(url):
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
    nonce, plain = os.urandom(24), url.encode()
    sealed = ctypes.create_string_buffer(len(plain) + 16)
    assert sodium.crypto_secretbox_easy(sealed, plain, ctypes.c_ulonglong(len(plain)), nonce, bytes.fromhex(SEAL_KEY)) == 0
    return nonce + sealed.raw


def test_a_reply_arrives_threaded_and_is_said_to_be_sent(suite):
    with server(suite) as smtp:
        topic = conversation()
        message = suite.submit(suite.support, topic, 1, to_name="Ann Lée", html="<p>Dear Ann,</p>", reply_tag="c-42", in_reply_to="q2@example.org",
                               references=["q1@example.org", "q2@example.org"])
        ((sender, recipient, received),) = smtp.wait(1)
        wait_until(lambda: suite.ends(message), 10, "message.sent")
    assert (sender, recipient) == ("support@suite.example", "ann@example.org")
    assert received["From"] == "Support <support@suite.example>"
    assert received["To"] == "Ann Lée <ann@example.org>"
    assert received["Reply-To"] == "Support <support+c-42@suite.example>"
    assert received["Subject"] == "Re: Where is it?"
    assert received["Message-ID"] == f"<{message}@suite.example>"
    assert received["In-Reply-To"] == "<q2@example.org>"
    assert received["References"].split() == ["<q1@example.org>", "<q2@example.org>"]
    assert received["Auto-Submitted"] is None
    assert received.get_body(("plain",)).get_content() == "Dear Ann,\r\n"
    assert received.get_body(("html",)).get_content() == "<p>Dear Ann,</p>\r\n"
    (end,) = suite.ends(message)
    assert (end.type, end.message_sent.attempts, end.message_sent.answer) == ("message.sent", 1, "250 2.0.0 queued as 4F1")
    assert (end.key, end.correlation_id, end.inbox_id, end.version) == (topic, topic, suite.support, 0)
    assert suite.query("SELECT e.id FROM bus.event AS e WHERE e.conversation_id::text = %s AND e.type = 'message.sent'", topic)


def test_our_own_mail_coming_back_is_known_as_a_machines(suite):
    with server(suite) as smtp:
        suite.submit(suite.support, conversation(), 1, subject="Boomerang")
        received = smtp.wait(1)[0][2]
    back = mail(subject="Boomerang").replace(b"\r\n\r\n", b"\r\nX-Hilo-Loop: " + received["X-Hilo-Loop"].encode() + b"\r\n\r\n", 1)
    suite.deliver(back)
    assert suite.messages("subject = 'Boomerang'")[0][5] is True


def test_attachments_leave_with_it(suite):
    content = os.urandom(300_000)
    digest = hashlib.sha256(content).hexdigest()
    folder = suite.files / digest[:2] / digest[2:4]
    folder.mkdir(parents=True)
    (folder / digest).write_bytes(content)
    file = {"id": str(uuid.uuid4()), "name": "Rechnung März.pdf", "content_type": "application/pdf", "size_bytes": len(content), "sha256": digest}
    with server(suite) as smtp:
        suite.submit(suite.support, conversation(), 1, attachments=[file])
        received = smtp.wait(1)[0][2]
        (attached,) = received.iter_attachments()
        assert attached.get_filename() == "Rechnung März.pdf"
        assert attached.get_content() == content
        missing = suite.submit(suite.support, conversation(), 1, attachments=[dict(file, sha256="0" * 64)])
        foreign = suite.submit(suite.support, conversation(), 1, attachments=[dict(file, sha256="../../../../etc/passwd")])
        for message in (missing, foreign):
            wait_until(lambda: suite.state(message) == "failed", 10, "a reply without its file fails")
        assert len(smtp.mails) == 1


def test_a_temporary_refusal_is_tried_again_under_the_same_id_and_date(suite):
    answers = collections.defaultdict(lambda: iter(["451 4.3.0 later", ("data", "452 4.3.1 full"), "drop", None]))
    with server(suite, lambda recipient: next(answers[recipient], None)) as smtp:
        message = suite.submit(suite.support, conversation(), 1, to="again@example.org")
        wait_until(lambda: suite.state(message) == "sent", 40, "the reply is sent")
        assert smtp.tries == ["again@example.org"] * 4
        mails = [m[2] for m in smtp.mails]
    assert len(mails) == 2  # once before the line broke, once for good: at least once
    assert mails[0]["Message-ID"] == mails[1]["Message-ID"] and mails[0]["Date"] == mails[1]["Date"]
    assert mails[0].as_bytes() == mails[1].as_bytes()
    results = suite.query("SELECT attempt, result FROM channel.attempt WHERE message_id = %s ORDER BY attempt", message)
    assert results == [(1, "later"), (2, "later"), (3, "later"), (4, "sent")]
    assert [e.type for e in suite.ends(message)] == ["message.sent"]


@pytest.mark.parametrize("answer, words", [("550 5.1.1 no such user", "550 5.1.1 no such user"),
                                           (("data", "554 5.7.1 looks like spam"), "554 5.7.1 looks like spam")])
def test_a_final_refusal_fails_with_the_relays_words(suite, answer, words):
    with server(suite, lambda recipient: answer):
        message = suite.submit(suite.support, conversation(), 1)
        wait_until(lambda: suite.ends(message), 10, "message.failed")
    (end,) = suite.ends(message)
    assert (end.type, end.message_failed.reason, end.message_failed.unknown) == ("message.failed", words, False)
    assert end.message_failed.attempts == 1


def test_a_conversations_replies_keep_their_order_whatever_fails(suite):
    troubles = iter(["451 later", "drop data", None, "450 wait", None])
    topic = conversation()
    with server(suite, lambda recipient: next(troubles, None)) as smtp:
        messages = [suite.submit(suite.support, topic, n + 1, to="order@example.org", text=f"number {n + 1}") for n in range(6)]
        wait_until(lambda: all(suite.state(m) == "sent" for m in messages), 60, "all are sent")
        assert [m[2].get_content().strip() for m in smtp.mails] == [f"number {n + 1}" for n in range(6)]


def test_one_conversation_in_trouble_does_not_hold_the_others(suite):
    with server(suite, lambda recipient: "451 later" if recipient == "trouble@example.org" else None) as smtp:
        stuck = suite.submit(suite.support, conversation(), 1, to="trouble@example.org")
        others = [suite.submit(suite.support, conversation(), 1, to=f"c{n}@example.org") for n in range(40)]
        wait_until(lambda: all(suite.state(m) == "sent" for m in others), 20, "the others are sent")
        assert len(smtp.mails) == 40
        assert suite.state(stuck) in ("queued", "leased")
        smtp.script = lambda recipient: None
        wait_until(lambda: suite.state(stuck) == "sent", 30, "it goes at last")


def test_no_relay_at_all_is_for_later(suite):
    message = suite.submit(suite.support, conversation(), 1, subject="Nobody home")
    wait_until(lambda: suite.query("SELECT 1 FROM channel.attempt WHERE message_id = %s AND result = 'later'", message), 10, "tried")
    with server(suite) as smtp:
        wait_until(lambda: suite.state(message) == "sent", 30, "sent when the relay is there")
        assert len(smtp.mails) == 1


def test_an_inbox_sends_by_its_own_relay(suite):
    with SmtpServer() as own, server(suite) as default:
        sales = suite.inbox(f"sales{own.port}@suite.example", "Sales & Söhne", sealed=seal(own.url))
        suite.submit(sales, conversation(), 1)
        received = own.wait(1)[0][2]
        assert received["From"] == f"Sales & Söhne <sales{own.port}@suite.example>"
        assert default.mails == []


def test_a_relay_sealed_with_another_key_keeps_the_reply(suite):
    broken = bytearray(seal("smtp://127.0.0.1:1"))
    broken[30] ^= 1
    inbox = suite.inbox(f"broken{time.time_ns()}@suite.example", "Broken", sealed=bytes(broken))
    message = suite.submit(inbox, conversation(), 1)
    wait_until(lambda: suite.query("SELECT answer FROM channel.outbound WHERE message_id = %s AND answer LIKE '%%key%%'", message), 10,
               "the reply waits and says why")


def test_a_password_is_never_sent_in_the_clear(suite):
    with SmtpServer() as plain:
        # 127.0.0.1 without TLS, but with a password: STARTTLS is required, and this server has none
        inbox = suite.inbox(f"clear{plain.port}@suite.example", "Clear", sealed=seal(f"smtp://user:secret@127.0.0.1:{plain.port}"))
        message = suite.submit(inbox, conversation(), 1)
        wait_until(lambda: suite.query("SELECT 1 FROM channel.attempt WHERE message_id = %s AND result = 'later'", message), 10, "refused by us")
        assert plain.tries == [] and plain.mails == []


def test_nobody_can_write_headers_or_recipients(suite):
    with server(suite) as smtp:
        suite.submit(suite.support, conversation(), 1, to_name="Ann\r\nBcc: evil@example.org", subject="x\r\nBcc: evil@example.org\r\n\r\nbody",
                     in_reply_to="a>\r\nBcc: <evil@example.org", references=["b>\r\nBcc: <evil@example.org"])
        sender, recipient, received = smtp.wait(1)[0]
        assert received["Bcc"] is None and "evil" not in (received["References"] or "")
        assert received["Subject"] == "Re: x  Bcc: evil@example.org    body"
        bad = suite.submit(suite.support, conversation(), 1, to="ann@example.org\r\nRCPT TO:<evil@example.org>")
        wait_until(lambda: suite.state(bad) == "failed", 10, "an address that is none fails")
        assert smtp.tries == ["ann@example.org"]


def test_killed_during_a_transfer_it_is_sent_again_under_the_same_id(suite):
    seen = []

    def script(recipient):
        seen.append(recipient)
        if len(seen) == 1:
            suite.daemon.kill()  # the relay takes it, nobody is there to hear so
        return None
    with server(suite, script) as smtp:
        message = suite.submit(suite.support, conversation(), 1, to="killed@example.org")
        wait_until(lambda: not suite.daemon.is_alive(), 10, "the daemon is dead")
        assert suite.state(message) == "leased"
        suite.daemon.start()
        suite.wait_takes_mail()
        time.sleep(1.5)
        assert len(seen) == 1  # the lease still runs
        suite.sql("UPDATE channel.outbound SET due_at = now(), until = now() WHERE state = 'leased'")  # a minute later
        wait_until(lambda: suite.state(message) == "sent", 20, "sent after all")
        assert all(m[2]["Message-ID"] == f"<{message}@suite.example>" for m in smtp.mails)
        assert [e.message_sent.attempts for e in suite.ends(message)] == [2]
    attempts = suite.query("SELECT attempt, result FROM channel.attempt WHERE message_id = %s ORDER BY attempt", message)
    assert attempts == [(1, None), (2, "sent")]


def test_stopping_lets_transfers_finish(suite):
    with server(suite, lambda recipient: time.sleep(1)) as smtp:
        message = suite.submit(suite.support, conversation(), 1, to="slow@example.org")
        wait_until(lambda: smtp.tries, 10, "the transfer has begun")
        suite.daemon.stop()
        assert suite.state(message) == "sent"
        assert suite.query("SELECT count(*) FROM channel.outbound WHERE state = 'leased'") == [(0,)]
    suite.daemon.start()
    suite.wait_takes_mail()


def test_two_replicas_send_each_reply_once(suite):
    second = suite.email(port=free_port(), HILO_SMTP_URL=f"smtp://127.0.0.1:{suite.smtp_port}")
    with server(suite) as smtp:
        topics = [conversation() for _ in range(20)]
        messages = [suite.submit(suite.support, topic, n + 1) for n in range(5) for topic in topics]
        wait_until(lambda: len(smtp.mails) >= 100, 40, "all came")
        wait_until(lambda: all(suite.state(m) == "sent" for m in messages), 10, "all are said to be sent")
        assert len(smtp.mails) == len({m[2]["Message-ID"] for m in smtp.mails}) == 100
    second.stop()


def test_a_chats_reply_leaves_from_the_mail_inbox_and_is_said_to_be_sent_in_the_chat(suite):
    with SmtpServer() as own, server(suite) as default:
        mail_inbox = suite.inbox(f"care{own.port}@suite.example", "Care & Söhne", sealed=seal(own.url))
        chat_inbox = str(uuid.uuid4())  # no mail inbox: nothing could leave from it
        message = suite.submit(chat_inbox, conversation(), 1, from_inbox_id=mail_inbox, reply_tag="c-7")
        sender, _, received = own.wait(1)[0]
        wait_until(lambda: suite.ends(message), 10, "message.sent")
        assert default.mails == []
    assert sender == f"care{own.port}@suite.example"
    assert received["From"] == f"Care & Söhne <{sender}>"
    assert received["Reply-To"] == f"Care & Söhne <care{own.port}+c-7@suite.example>"
    (end,) = suite.ends(message)
    assert (end.type, end.inbox_id) == ("message.sent", chat_inbox)
    assert suite.query("SELECT inbox_id::text FROM bus.event WHERE type = 'message.sent' ORDER BY id DESC LIMIT 1") == [(chat_inbox,)]


def test_a_notice_is_tried_under_one_id_and_no_machine_shall_answer_it(suite):
    answers = iter(["451 4.3.0 later", "drop", None])
    with server(suite, lambda recipient: next(answers, None)) as smtp:
        notice = suite.notice(suite.support, to="new@example.org", to_name="Ann Lée", text="Open this: https://x.example/#1\n\nBye")
        wait_until(lambda: suite.state(notice) == "sent", 40, "the notice is sent")
        first, second = [m[2] for m in smtp.mails]
    assert first.as_bytes() == second.as_bytes()
    assert first["Message-ID"] == f"<{notice}@suite.example>"
    assert (first["From"], first["To"], first["Subject"]) == ("Support <support@suite.example>", "Ann Lée <new@example.org>", "Is this you?")
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Reply-To"] is None and first["In-Reply-To"] is None and first["References"] is None
    assert first.get_content_type() == "text/plain"
    assert first.get_content() == "Open this: https://x.example/#1\r\n\r\nBye\r\n"
    results = suite.query("SELECT attempt, result FROM channel.attempt WHERE message_id = %s ORDER BY attempt", notice)
    assert results == [(1, "later"), (2, "later"), (3, "sent")]
    assert suite.ends(notice) == []


def test_a_refused_notice_ends_quietly_and_holds_nothing(suite):
    with server(suite, lambda recipient: "550 5.1.1 no such user" if recipient == "nobody@example.org" else None) as smtp:
        refused, other = suite.notice(suite.support, to="nobody@example.org"), suite.notice(suite.support, to="somebody@example.org")
        wait_until(lambda: (suite.state(refused), suite.state(other)) == ("failed", "sent"), 20, "both have ended")
        assert [m[1] for m in smtp.mails] == ["somebody@example.org"]
    assert suite.ends(refused) == [] and suite.ends(other) == []


def test_nobody_can_write_headers_or_recipients_by_a_notice(suite):
    with server(suite) as smtp:
        suite.notice(suite.support, to_name="Ann\r\nBcc: evil@example.org", subject="x\nBcc: evil@example.org\r\n\r\nbody")
        _, _, received = smtp.wait(1)[0]
        assert received["Bcc"] is None and received["Subject"] == "x Bcc: evil@example.org    body"
        for address in ("ann@example.org\r\nRCPT TO:<evil@example.org>", "ann@example.org, evil@example.org", "<evil@example.org>", ""):
            bad = suite.notice(suite.support, to=address)
            wait_until(lambda: suite.state(bad) == "failed", 10, "an address that is none fails")
        assert smtp.tries == ["ann@example.org"]
