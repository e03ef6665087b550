"""Visitors' files and transcripts: whose they are, and what of them is shown. The real chat daemon answers."""
import re
import uuid

import pytest

from bus_suite import wait_until
from front_suite import Browser, FrontSuite, sign


@pytest.fixture(scope="module")
def suite():
    with FrontSuite() as made:
        yield made


# ---- files ----

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


def test_a_file_is_given_and_got_back_as_something_to_save(suite):
    browser = suite.browser()
    answer = browser.upload(PNG, "%C3%B1%20a.png", "image/png")
    assert answer.status == 201 and answer.json == {"id": answer.json["id"], "name": "ñ a.png", "content_type": "image/png", "size": len(PNG)}
    file = browser.file(answer.json["id"])
    assert file.status == 200 and file.body == PNG
    assert file.headers["Content-Type"] == "image/png"
    assert file.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%B1%20a.png"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("data, declared, kept", [
    (b"<html><script>alert(1)</script>", "image/png", "application/octet-stream"),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml", "application/octet-stream"),
    (b"\n <!doctype html>", "text/plain", "application/octet-stream"),
    (b"#!/bin/sh\nrm -rf /", "text/plain", "application/octet-stream"),
    (b"MZ\x90\x00", "image/jpeg", "application/octet-stream"),
    (b"just words", "text/html", "text/plain"),
    (b"%PDF-1.7 x", "text/html", "application/pdf"),
    (b"PK\x03\x04rest", "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
    (b"PK\x03\x04rest", "text/html", "application/zip"),
])
def test_types_are_told_by_content(suite, data, declared, kept):
    browser = suite.browser()
    answer = browser.upload(data, "x", declared).json
    assert answer["content_type"] == kept
    assert browser.file(answer["id"]).headers["Content-Type"] == kept


@pytest.mark.parametrize("name, status, kept", [
    ("../../etc/passwd", 201, "passwd"), ("C%3A%5Ca.txt", 201, "a.txt"), ("a.txt%0d%0aX: y", 422, None), ("a%00b", 422, None),
    ("%ff", 422, None), ("%", 422, None), ("%4", 422, None), ("..", 422, None), ("a/", 422, None), ("", 422, None), ("x" * 400, 201, "x" * 200),
])
def test_names_of_files_are_names_only(suite, name, status, kept):
    answer = suite.browser().upload(b"text", name)
    assert answer.status == status, answer.body
    assert kept is None or answer.json["name"] == kept


def test_files_that_are_too_large_too_small_or_too_many(suite):
    browser = suite.browser()
    assert browser.upload(b"").status == 422
    assert browser.upload(bytes(10 * 1024 * 1024 + 1)).status == 413
    assert browser.upload(bytes(10 * 1024 * 1024)).status == 201
    for _ in range(4):
        assert browser.upload(b"text").status == 201
    assert (lambda a: (a.status, a.json["code"]))(browser.upload(b"text")) == (409, "too_many_uploads")


def test_an_inbox_that_takes_no_files(suite):
    assert suite.browser(suite.chat_inbox(settings={"attachments": False})).upload(b"text").status == 403


def test_files_belong_to_their_visitor(suite):
    """Own and others' files of every kind, by every visitor."""
    ana, eve = suite.browser(), suite.browser()
    conversation, interaction, _, message = suite.converse(ana)
    suite.converse(eve)
    hash_of = {word: suite.store(word.encode()) for word in ("inbound", "reply", "note", "foreign")}
    ids = {word: str(uuid.uuid4()) for word in hash_of}
    with suite.connect() as connection:
        connection.execute("INSERT INTO channel.attachment (id, message_id, inbox_id, position, name, content_type, size_bytes, sha256)"
                           " VALUES (%s, %s, %s, 0, 'i.html', 'text/html', 7, %s)", (ids["inbound"], message, suite.default.id, hash_of["inbound"]))
    for sequence, word, kind in ((2, "reply", "message"), (3, "note", "note")):
        suite.answer(conversation, interaction, suite.default.id, sequence, kind, attachments=[
            {"id": ids[word], "name": "r.pdf", "content_type": "application/pdf", "size_bytes": 5, "sha256": hash_of[word]}])
    upload = ana.upload(b"waiting").json["id"]
    assert (ana.file(ids["inbound"]).body, ana.file(ids["inbound"]).headers["Content-Type"]) == (b"inbound", "application/octet-stream")
    assert (ana.file(ids["reply"]).body, ana.file(ids["reply"]).headers["Content-Type"]) == (b"reply", "application/pdf")
    assert ana.file(upload).body == b"waiting"
    assert ana.file(ids["note"]).status == 404  # agents' own
    for foreign in (ids["inbound"], ids["reply"], ids["note"], upload, str(uuid.uuid4()), "x", "..%2f..%2fetc"):
        assert eve.file(foreign).status == 404, foreign
    for token in ("", "x", "A" * 43):
        assert Browser(suite, suite.default).file(upload, token or "none").status == 401


def test_a_merge_opens_nothing_to_a_browser_but_what_was_its_own(suite):
    """Somebody else's older conversation becomes the same customer's: who is signed in sees it, a browser does not."""
    ana = suite.browser()
    own, _, customer, _ = suite.converse(ana)
    signed_in = Browser(suite, suite.default)
    signed_in.session(identity=sign(suite.default, sub="merged"))
    older, interaction, mail_point, chat_point, message, file = (str(uuid.uuid4()) for _ in range(6))
    with suite.connect() as connection:
        connection.execute("INSERT INTO identity.contact_point (id, channel, address, customer_id, level) VALUES (%s, 'email', %s, %s, 3),"
                           " (%s, 'chat', %s, %s, 3)", (mail_point, f"{uuid.uuid4().hex}@mail.example", customer, chat_point,
                                                         suite.address_of(signed_in), customer))
        suite.open(connection, older, interaction, suite.mail_inbox, customer, mail_point, "email")
        suite.enter(connection, older, interaction, message, 1, "message", "in")
        connection.execute("INSERT INTO channel.attachment (id, message_id, inbox_id, position, name, content_type, size_bytes, sha256)"
                           " VALUES (%s, %s, %s, 0, 'old.txt', 'text/plain', 5, %s)", (file, message, suite.mail_inbox, suite.store(b"older")))
    assert signed_in.file(file).body == b"older"
    assert ana.file(file).status == 404
    # a stretch of her own conversation that ran over somebody else's address stays as closed to the browser
    with suite.connect() as connection:
        connection.execute("UPDATE routing.interaction SET conversation_id = %s WHERE id = %s", (own, interaction))
        connection.execute("UPDATE routing.entry SET conversation_id = %s, sequence = 2 WHERE message_id = %s", (own, message))
    assert signed_in.file(file).body == b"older"
    assert ana.file(file).status == 404
    # until she confirms an address
    with suite.connect() as connection:
        connection.execute("UPDATE chat.visitor SET email = 'ana@mail.example', email_level = 3 WHERE address = %s", (suite.address_of(ana),))
    assert ana.file(file).body == b"older"


# ---- transcripts ----

def test_a_transcript_goes_to_a_confirmed_address_only(suite):
    browser = suite.browser()
    assert browser.call("POST", "/chat/v1/transcript", b"").json["code"] == "not_confirmed"
    browser.call("PUT", "/chat/v1/profile", {"email": "claimed.only@mail.example"})
    assert browser.call("POST", "/chat/v1/transcript", b"").status == 403
    no_mail = Browser(suite, inbox := suite.chat_inbox(with_mail=False))
    no_mail.session(identity=sign(inbox, email="t@mail.example"))
    assert no_mail.call("POST", "/chat/v1/transcript", b"").json["code"] == "no_mail"
    silent = Browser(suite, suite.default)
    silent.session(identity=sign(suite.default, sub="silent", email="silent@mail.example"))
    assert silent.call("POST", "/chat/v1/transcript", b"").json["code"] == "no_conversation"


def test_a_transcript_has_what_was_said_and_no_notes(suite):
    browser = Browser(suite, suite.default)
    browser.session(identity=sign(suite.default, sub="reader", email="reader@mail.example", name="Ana"))
    conversation, interaction, _, _ = suite.converse(browser, "Where is\nmy parcel?")
    suite.answer(conversation, interaction, suite.default.id, 2, text="On its way", attachments=[{"id": str(uuid.uuid4()), "name": "way.pdf"}])
    suite.answer(conversation, interaction, suite.default.id, 3, "note", "difficult customer")
    assert wait_until(lambda: browser.session().json["conversation"], 10, "the conversation is shown")["id"] == conversation
    assert browser.call("POST", "/chat/v1/transcript", b"").status == 202
    [notice] = suite.notices("reader@mail.example")
    assert re.search(r"\[\d{4}-\d\d-\d\d \d\d:\d\d UTC\] Ana: Where is\n    my parcel\?\n\n\[.*\] Ben: On its way\n    Files: way.pdf\n", notice.text)
    assert "difficult" not in notice.text and notice.subject == f"Your conversation {conversation[:9].upper()}"
    assert [browser.call("POST", "/chat/v1/transcript", b"").status for _ in range(4)] == [202, 202, 429, 429]


# ---- with the daemons behind ----

def test_what_a_browser_wrote_is_its_customers_once_it_signs_in(suite):
    """The whole way: a message with a file, the sign-in, one customer with both addresses, and the file still theirs."""
    for name in ("identity", "routing"):
        suite.daemon(name)
    inbox = suite.chat_inbox()
    browser, eve = suite.browser(inbox), suite.browser(inbox)
    upload = browser.upload(PNG, "parcel.png").json["id"]
    message = {"id": str(uuid.uuid4()), "text": "It is broken", "attachments": [upload]}
    for expected in (False, True):  # the same again is a duplicate, not another message
        answer = browser.call("POST", "/chat/v1/messages", {"message": message})
        assert answer.status == 200 and answer.json["accepted"]["duplicate"] is expected, answer.body

    def attachments(who):
        entries = who.call("GET", "/chat/v1/poll?after=0&wait=0").json["entries"]
        return [file for entry in entries for file in entry["attachments"]]
    [file] = wait_until(lambda: attachments(browser), 20, "the message is shown", suite.chat)
    assert (file["name"], file["content_type"], file["size"]) == ("parcel.png", "image/png", len(PNG))
    anonymous = suite.address_of(browser)
    file_id = file["url"].rpartition("/")[2]
    assert browser.file(file_id).body == PNG and eve.file(file_id).status == 404
    assert eve.upload(b"x").status == 201  # and nobody takes another's upload into a message
    stolen = eve.call("POST", "/chat/v1/messages", {"message": {"id": str(uuid.uuid4()), "text": "x", "attachments": [upload]}})
    assert stolen.status in (400, 404, 409, 422) or "refused" in stolen.json

    browser.session(identity=sign(inbox, sub="whole", name="Ana", email="whole@mail.example"))

    def customers():
        rows = suite.query("SELECT DISTINCT customer_id FROM identity.contact_point WHERE address = ANY (%s)",
                           [anonymous, suite.address_of(browser), "whole@mail.example"])
        count = suite.query("SELECT count(*) FROM identity.contact_point WHERE address = ANY (%s)",
                            [anonymous, suite.address_of(browser), "whole@mail.example"])[0][0]
        return count == 3 and len(rows) == 1
    wait_until(customers, 20, "one customer with three addresses")
    assert wait_until(lambda: attachments(browser), 20, "the conversation went along")[0]["name"] == "parcel.png"
    assert browser.file(file_id).body == PNG
