"""A mail delivered by LMTP is a message once its 250 is read; what cannot be taken is refused in the right words."""
import hashlib
import smtplib
import socket

import pytest

from bus_suite import wait_until
from email_suite import EmailSuite, Lmtp, mail, stuffed
from ports import free_port


@pytest.fixture(scope="module")
def suite():
    with EmailSuite() as made:
        made.support = made.inbox("support@suite.example")
        made.sales = made.inbox("sales@suite.example", "Sales")
        made.daemon = made.email(HILO_MAIL_SIZE_LIMIT="2M")
        yield made
        made.daemon.stop()


def test_a_mail_is_a_message_and_an_event_when_its_250_is_read(suite):
    assert suite.deliver(mail("Ann Lee <Ann@Example.ORG>", "First", message_id="first@example.org"),
                         "Support+c-42@suite.example")[0].startswith("250 2.0.0")
    (row,) = suite.messages("subject = 'First'")
    assert row[1:6] == ("My parcel is late.\n", "ann@example.org", "c-42", 1, False)
    (event,) = [e for e in suite.received() if e.subject == "First"]
    assert (event.contact_address, event.contact_name, event.recipient_tag) == ("ann@example.org", "Ann Lee", "c-42")
    assert (event.preview, event.rfc_message_id, event.message_id) == ("My parcel is late.", "first@example.org", str(row[9]))
    assert event.inbox_id == suite.support
    assert bytes(row[6]).startswith(b"From: Ann Lee")


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "Cc"])
def test_a_tag_the_envelope_has_lost_is_found_in_the_header(suite, header):
    for address, tag in (("Support+C-7@suite.example", "c-7"), ("sales+c-8@suite.example", None)):
        subject = f"{header} {address}"
        suite.deliver(f"{header}: <{address}>\r\n".encode() + mail(subject=subject))
        assert suite.messages("subject = %s", subject)[0][3] == tag


def test_pythons_own_client_gets_along(suite):
    with smtplib.LMTP("127.0.0.1", suite.lmtp_port) as client:
        refused = client.sendmail("ann@example.org", ["support@suite.example", "nobody@suite.example"], mail(subject="Python"))
    assert list(refused) == ["nobody@suite.example"]
    assert len(suite.messages("subject = 'Python'")) == 1


def test_two_recipients_get_a_reply_and_a_message_each(suite):
    replies = suite.deliver(mail(subject="Both"), "support@suite.example", "sales@suite.example")
    assert [r[:9] for r in replies] == ["250 2.0.0"] * 2
    assert {row[10] for row in suite.messages("subject = 'Both'")} == {suite.support, suite.sales}


def test_the_same_mail_again_is_acknowledged_and_kept_once(suite):
    data = mail(subject="Again")
    for _ in range(3):
        assert suite.deliver(data)[0].startswith("250")
    assert suite.deliver(b"Received: by another way\r\n" + data, "support@suite.example", "support+tag@suite.example")[1].startswith("250")
    assert len(suite.messages("subject = 'Again'")) == 1
    assert len([e for e in suite.received() if e.subject == "Again"]) == 1


def test_an_inbox_made_a_moment_ago_takes_mail(suite):
    fresh = suite.inbox("fresh@suite.example", "Fresh")
    assert suite.deliver(mail(subject="Fresh"), "fresh+x@suite.example")[0].startswith("250")
    assert suite.messages("subject = 'Fresh'")[0][10] == fresh


def test_an_inbox_switched_off_stops_taking_mail(suite):
    suite.inbox("off@suite.example", "Off")
    assert suite.deliver(mail(subject="On"), "off@suite.example")[0].startswith("250")
    suite.sql("UPDATE config.inbox SET active = false WHERE address = 'off@suite.example'")

    def refused():
        with suite.lmtp() as lmtp:
            lmtp.say(b"MAIL FROM:<>")
            return lmtp.say(b"RCPT TO:<off@suite.example>").startswith("550")
    wait_until(refused, 10, "mail to it is refused")


def test_strangers_and_relaying_are_refused(suite):
    with suite.lmtp() as lmtp:
        lmtp.say(b"MAIL FROM:<ann@example.org>")
        for address in (b"nobody@suite.example", b"bob@elsewhere.example", b"postmaster", b"support@suite.example@evil.example"):
            assert lmtp.say(b"RCPT TO:<" + address + b">") == "550 5.1.1 no such mailbox"
        assert lmtp.say(b"DATA").startswith("503")


def test_what_is_too_large_is_refused_whether_announced_or_not(suite):
    with suite.lmtp() as lmtp:
        assert lmtp.say(b"MAIL FROM:<ann@example.org> SIZE=3000000") == "552 5.3.4 message too large"
        (reply,) = lmtp.deliver(mail(subject="Too large", text="x" * 70 + "\r\n" * 2_200_000), "support@suite.example")
        assert reply == "552 5.3.4 message too large"
        (reply,) = lmtp.deliver(mail(subject="Small enough"), "support@suite.example")
        assert reply.startswith("250")
    assert suite.messages("subject = 'Too large'") == []


def test_large_mails_and_attachments_lie_in_the_store(suite):
    content = bytes(range(256)) * 4000
    import base64
    data = (b"From: ann@example.org\r\nSubject: Large\r\nMessage-ID: <large@example.org>\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee file\r\n"
            b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(content).replace(b"\n", b"\r\n") + b"--b\r\nContent-Type: image/png\r\nContent-ID: <i@x>\r\n"
            b"Content-Disposition: inline; filename=i.png\r\n\r\npng\r\n--b--\r\n")
    assert suite.deliver(data)[0].startswith("250")
    (row,) = suite.messages("subject = 'Large'")
    assert row[1] == "see file" and row[6] is None
    assert row[7] == hashlib.sha256(data).hexdigest()
    assert (suite.files / row[7][:2] / row[7][2:4] / row[7]).read_bytes() == data
    files = suite.query("SELECT name, content_type, size_bytes, sha256, inline, content_id FROM channel.attachment"
                        " WHERE message_id = %s ORDER BY position", row[9])
    digest = hashlib.sha256(content).hexdigest()
    assert files[0] == ("a.pdf", "application/pdf", len(content), digest, False, None)
    assert files[1][0] == "i.png" and files[1][4:] == (True, "i@x")
    assert (suite.files / digest[:2] / digest[2:4] / digest).read_bytes() == content


def test_what_is_no_mail_is_kept_and_acknowledged(suite):
    for data in (b"\xff\xfe\x00\r\n" * 40, b"", b"Subject: no sender\r\n\r\nx\r\n"):
        with suite.lmtp() as lmtp:
            assert lmtp.deliver(data, "support@suite.example", sender="")[0].startswith("250")
    errors = suite.query("SELECT error FROM channel.unparsed ORDER BY received_at")
    assert [e[0].split(":")[0] for e in errors] == ["not a mail", "not a mail", "no sender"]
    assert suite.deliver(mail(subject="The next one"))[0].startswith("250")


def test_an_operator_has_it_parsed_again(suite):
    suite.deliver(mail(subject="Parse me", text="at last"))
    raw = bytes(suite.messages("subject = 'Parse me'")[0][6])
    with suite.connect() as connection:
        connection.execute("INSERT INTO channel.unparsed (id, inbox_id, channel, dedupe_key, error, raw, retry_at) VALUES"
                           " (gen_random_uuid(), %s, 'email', 'k', 'a fault of an older release', %s, now())", (suite.sales, raw))
        connection.execute("UPDATE channel.unparsed SET retry_at = now() WHERE error = 'not a mail'")
    wait_until(lambda: suite.query("SELECT count(*) FROM channel.unparsed WHERE retry_at IS NOT NULL") == [(0,)], 40, "all were tried")
    assert {row[10] for row in suite.messages("subject = 'Parse me'")} == {suite.support, suite.sales}
    assert suite.query("SELECT count(*) FROM channel.unparsed WHERE error = 'a fault of an older release'") == [(0,)]
    assert suite.query("SELECT count(*) FROM channel.unparsed WHERE error = 'not a mail'") == [(2,)]


@pytest.mark.parametrize("text", ["a\0b", "Gr\u00fc\u00dfe".encode("latin-1").decode("latin-1"), "\ud7ff\U0010ffff", "x\r\n..\r\n.y"])
def test_odd_bytes_are_mended_not_refused(suite, text):
    subject = hashlib.md5(text.encode()).hexdigest()
    assert suite.deliver(mail(subject=subject, text=text))[0].startswith("250")
    assert len(suite.messages("subject = %s", subject)) == 1


def test_latin_1_without_a_word_about_it(suite):
    data = mail(subject="Bytes").replace(b"My parcel", b"Gr\xfc\xdfe")
    assert suite.deliver(data)[0].startswith("250")
    assert suite.messages("subject = 'Bytes'")[0][1] == "Grüße is late.\n"


def test_who_is_verified_and_who_is_a_machine(suite):
    suite.deliver(b"Authentication-Results: mx.suite.example; dmarc=pass header.from=example.org\r\n" + mail(subject="Verified"))
    suite.deliver(mail(subject="Away", Auto_Submitted="auto-replied"))
    suite.deliver(mail(sender="sales@suite.example", subject="Ourselves"))
    with suite.lmtp() as lmtp:
        lmtp.deliver(mail(subject="Null path"), "support@suite.example", sender="")
    flags = {row[0]: row[4:6] for row in suite.messages("subject IN ('Verified', 'Away', 'Ourselves', 'Null path')")}
    assert flags == {"Verified": (2, False), "Away": (1, True), "Ourselves": (1, True), "Null path": (1, True)}


def test_smuggled_mails_stay_inside(suite):
    smuggled = b"x\n.\nMAIL FROM:<evil@example.org>\nRCPT TO:<sales@suite.example>\nDATA\nFrom: evil@example.org\n\nsmuggled\r.\r"
    with suite.lmtp() as lmtp:
        lmtp.begin("support@suite.example")
        lmtp.write(mail(subject="Outer") + smuggled + b"\r\n.\r\n")
        assert lmtp.read().startswith("250")
        assert lmtp.say(b"NOOP").startswith("250")
    assert len(suite.messages("subject = 'Outer'")) == 1
    assert suite.messages("contact_address = 'evil@example.org'") == []


def test_everything_in_one_packet(suite):
    with Lmtp(suite.lmtp_port, greet=False) as lmtp:
        one = b"MAIL FROM:<ann@example.org>\r\nRCPT TO:<support@suite.example>\r\nRCPT TO:<no@suite.example>\r\nDATA\r\n"
        lmtp.write(b"LHLO x\r\n" + one + stuffed(mail(subject="Pipelined 1")) + one + stuffed(mail(subject="Pipelined 2")) + b"QUIT\r\n")
        codes = [lmtp.read()[:3] for _ in range(2 + 2 * 5 + 1)]
    assert codes == ["220", "250", *["250", "250", "550", "354", "250"] * 2, "221"]
    assert len(suite.messages("subject LIKE 'Pipelined _'")) == 2


def test_a_mail_cut_off_is_nothing(suite):
    lmtp = suite.lmtp()
    lmtp.begin("support@suite.example")
    lmtp.write(mail(subject="Cut off") + b".\r")
    lmtp.close()
    assert suite.deliver(mail(subject="After the cut"))[0].startswith("250")
    assert suite.messages("subject = 'Cut off'") == []


def test_nonsense_does_not_hurt_the_neighbours(suite):
    with suite.lmtp() as good:
        good.begin("support@suite.example")
        for data in (b"\0" * 100000, b"A" * 100000, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 50, b"\r\n" * 5000):
            with socket.create_connection(("127.0.0.1", suite.lmtp_port), 10) as bad:
                try:
                    bad.sendall(data)
                    bad.shutdown(socket.SHUT_WR)
                    while bad.recv(65536):
                        pass
                except OSError:
                    pass
        good.write(stuffed(mail(subject="Neighbour")))
        assert good.read().startswith("250")


def test_more_connections_than_allowed_are_sent_away_politely(suite):
    port = free_port()
    daemon = suite.email(port=port, HILO_LMTP_CONNECTIONS="3")
    held = [Lmtp(port) for _ in range(3)]
    with Lmtp(port, greet=False) as fourth:
        assert fourth.read() == "421 4.3.2 too busy, try again later"
    held.pop().close()

    def admitted():
        with Lmtp(port, greet=False) as again:
            return again.read().startswith("220")
    wait_until(admitted, 5, "the free place is given away")
    for lmtp in held:
        lmtp.close()
    daemon.stop()
