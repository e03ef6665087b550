"""Visitors' sessions: who a browser is, what it may call, where the frame may stand. The real chat daemon answers."""
import hashlib
import re
import sys
import time
import uuid

import pytest

from bus_suite import wait_until
from cluster import TREE
from front_suite import Browser, FrontSuite

sys.path.insert(0, str(TREE / "common" / "cmake"))
import sql_catalogue  # noqa: E402


@pytest.fixture(scope="module")
def suite():
    with FrontSuite() as made:
        yield made


# ---- sessions ----

def test_a_browser_that_nobody_knows_gets_a_visitor_of_its_own(suite):
    one, other = Browser(suite, suite.default), Browser(suite, suite.default)
    answer = one.session().json
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", answer["token"])
    assert answer["visitor"] == {"id": answer["visitor"]["id"], "name": None, "email": None, "email_level": "none", "signed_in": False}
    assert {key: answer[key] for key in ("conversation", "queue", "agent", "open", "opens_at", "reply_time_s")} == {
        "conversation": None, "queue": None, "agent": None, "open": True, "opens_at": None, "reply_time_s": None}
    assert answer["settings"] == {"greeting": {"en": "Hi"}, "accent": "#004D4F", "attachments": True}  # and nothing else of them
    assert other.session().json["visitor"]["id"] != answer["visitor"]["id"]
    assert one.session().json["visitor"]["id"] == answer["visitor"]["id"]  # the same again by its token
    assert answer["token"].encode() not in b"".join(bytes(row[0]) for row in suite.query("SELECT hash FROM chat.token"))


def test_answers_are_not_kept_by_caches(suite):
    assert Browser(suite, suite.default).session().headers["Cache-Control"] == "no-store"


def test_a_token_that_does_not_count_is_answered_like_none_unless_asked_strictly(suite):
    elsewhere = suite.browser(suite.chat_inbox())
    expired = suite.browser()
    with suite.connect() as connection:
        connection.execute("UPDATE chat.token SET used_at = now() - interval '31 days' WHERE hash = %s",
                           (hashlib.sha256(expired.token.encode()).digest(),))
    for token in ("", "x", "A" * 43, "A" * 200, elsewhere.token, expired.token, expired.token[:-1], "ñ" * 20):
        assert Browser(suite, suite.default).session(token=token, strict=True).status == (200 if token is None else 401), token
        answer = Browser(suite, suite.default).session(token=token)
        assert answer.status == 200 and answer.json["token"] != token


def test_use_keeps_a_token_alive(suite):
    browser = suite.browser()
    digest = hashlib.sha256(browser.token.encode()).digest()
    with suite.connect() as connection:
        connection.execute("UPDATE chat.token SET used_at = now() - interval '29 days' WHERE hash = %s", (digest,))
    assert browser.session(strict=True).status == 200
    wait_until(lambda: suite.query("SELECT used_at > now() - interval '1 minute' FROM chat.token WHERE hash = %s", digest)[0][0], 10, "it is noted")


BAD_SESSIONS = [
    (b"", 400), (b"{", 400), (b"[]", 400), (b'"x"', 400), (b'{"inbox":"a","inbox":"b"}', 400), (b"\xff", 400),
    (b"{}", 422), (b'{"inbox":7}', 422), (b'{"inbox":""}', 422), (b'{"inbox":null}', 422),
    (b'{"inbox":"wt_unknown"}', 404), (b'{"inbox":"' + b"x" * 65 + b'"}', 422),
    (b'{"inbox":"INBOX","token":7}', 422), (b'{"inbox":"INBOX","token":"' + b"x" * 201 + b'"}', 422),
    (b'{"inbox":"INBOX","identity":{}}', 422), (b'{"inbox":"INBOX","strict":"yes"}', 422), (b'{"inbox":"INBOX","page_url":[]}', 422),
    (b'{"inbox":"INBOX","identity":""}', 401), (b'{"inbox":"INBOX","identity":"a.b.c"}', 401), (b'{"inbox":"INBOX"' + b" " * 17000 + b"}", 413),
]


@pytest.mark.parametrize("body, status", BAD_SESSIONS, ids=range(len(BAD_SESSIONS)))
def test_what_is_no_session_is_refused(suite, body, status):
    body = body.replace(b"INBOX", suite.default.public_id.encode())
    answer = Browser(suite, suite.default).call("POST", "/chat/v1/session", body, token=None, headers={"Content-Type": "application/json"})
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_inbox_that_is_switched_off_is_unknown(suite):
    inbox = suite.chat_inbox()
    browser = suite.browser(inbox)
    with suite.connect() as connection:
        connection.execute("UPDATE config.inbox SET active = false WHERE id = %s", (inbox.id,))
    wait_until(lambda: browser.session().status == 404, 15, "it is gone")
    assert browser.call("PUT", "/chat/v1/profile", {}).status == 401


def test_office_hours_are_told(suite):
    days = {str(day): [["00:00", "00:01"]] for day in range(1, 8)}
    inbox = suite.chat_inbox(settings={"hours": {"time_zone": "UTC", "days": days}})
    answer = Browser(suite, inbox).session().json
    if answer["open"]:  # the one minute of the day
        time.sleep(61)
        answer = wait_until(lambda: (lambda a: not a["open"] and a)(Browser(suite, inbox).session().json), 15, "it closes")
    assert answer["opens_at"][11:] == "00:00:00.000000Z"


def test_the_time_of_the_first_answer_is_the_median_of_the_last_twenty(suite):
    inbox = suite.chat_inbox()
    [statement] = [sql for name, sql, _ in sql_catalogue.parse(TREE / "services/chat/store.sql") if name == "list_reply_times"]
    with suite.connect() as connection:
        for number in range(25):  # the five oldest took an hour, the others 100 to 119 s; one of them has no answer
            conversation, interaction, customer, point, question, answer = (str(uuid.uuid4()) for _ in range(6))
            began = 10000 - number * 100
            suite.open(connection, conversation, interaction, inbox.id, customer, point)
            connection.execute("UPDATE routing.interaction SET started_at = now() - make_interval(secs => %s) WHERE id = %s", (began, interaction))
            suite.enter(connection, conversation, interaction, question, 1, "message", "in", began)
            suite.enter(connection, conversation, interaction, str(uuid.uuid4()), 2, "note", None, began - 1)
            if number != 24:
                suite.enter(connection, conversation, interaction, answer, 3, "message", "out", began - (3600 if number < 4 else 96 + number))
        rows = {str(row[0]): row[1] for row in connection.execute(statement).fetchall()}
    assert rows[inbox.id] in (109, 110)  # of 100 … 119


def test_sixty_new_sessions_a_minute_from_one_address(suite):
    peer = "10.200.0.1"
    statuses = [Browser(suite, suite.default, peer).session().status for _ in range(70)]
    assert statuses[:60] == [200] * 60 and statuses.count(429) >= 8
    assert Browser(suite, suite.default).session().status == 200  # others are not concerned


def test_limits_hold_without_redis_too(suite):
    suite.redis.stop()
    try:
        statuses = [Browser(suite, suite.default, "10.200.0.2").session().status for _ in range(70)]
        assert statuses[:60] == [200] * 60 and statuses.count(429) >= 8
    finally:
        suite.redis.start()


# ---- who may call ----

@pytest.mark.parametrize("method, path", [("DELETE", "/chat/v1/session"), ("PUT", "/chat/v1/profile"), ("POST", "/chat/v1/uploads"),
                                          ("POST", "/chat/v1/transcript"), ("GET", "/chat/v1/files/01a2b3c4-0000-7000-8000-000000000000")])
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer x", "Bearer " + "A" * 43, "Basic QQ==", "Bearer " + "A" * 9000],
                         ids=["none", "empty", "word", "blank", "short", "unknown", "basic", "long"])
def test_nothing_is_done_without_a_token(suite, method, path, header):
    headers = {} if header is None else {"Authorization": header}
    answer = Browser(suite, suite.default).call(method, path, b"{}" if method != "GET" else None, token=None, headers=headers)
    assert (answer.status, answer.json["code"]) == (401, "bad_token")


def test_a_token_in_the_address_counts_for_files_only(suite):
    browser = suite.browser()
    assert browser.call("PUT", f"/chat/v1/profile?token={browser.token}", {}, token=None).status == 401
    assert browser.call("DELETE", f"/chat/v1/session?token={browser.token}", token=None).status == 401


# ---- the frame ----

def test_the_frame_may_stand_where_the_inbox_says(suite):
    inbox = suite.chat_inbox(origins=["https://shop.example", "https://*.shop.example:8443", "https://x.example; script-src *"])
    answer = Browser(suite, inbox).call("GET", f"/widget/frame?inbox={inbox.public_id}", token=None)
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self' wss://support.example",
        "img-src": "'self' data: blob: https://content.example", "media-src": "'self'", "base-uri": "'none'", "form-action": "'none'",
        "frame-ancestors": "'self' https://shop.example https://*.shop.example:8443"}
    assert b"<script>" not in answer.body and b'src="/widget/widget.js"' in answer.body
    own = suite.chat_inbox(origins=[])
    answer = Browser(suite, own).call("GET", f"/widget/frame?inbox={own.public_id}", token=None)
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")


@pytest.mark.parametrize("query", ["", "?inbox=", "?inbox=wt_unknown", "?inbox=%22%3E%3Cscript%3E"])
def test_there_is_no_frame_of_an_unknown_inbox(suite, query):
    answer = Browser(suite, suite.default).call("GET", f"/widget/frame{query}", token=None)
    assert answer.status == 404 and b"<script" not in answer.body
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
