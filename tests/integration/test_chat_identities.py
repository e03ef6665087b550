"""Who visitors prove to be: identities a shop signs, claims and confirmations. The real chat daemon answers."""
import concurrent.futures
import re
import time

import pytest

from front_suite import Browser, FrontSuite, sign


@pytest.fixture(scope="module")
def suite():
    with FrontSuite() as made:
        yield made


# ---- identities ----

def test_a_shop_signs_its_customer_in(suite):
    browser = suite.browser()
    anonymous = browser.token
    answer = browser.session(identity=sign(suite.default, sub="ana-1", name=" Ana  Gil ", email="Ana@Mail.Example")).json
    assert answer["visitor"] == {"id": answer["visitor"]["id"], "name": "Ana Gil", "email": "ana@mail.example", "email_level": "confirmed",
                                 "signed_in": True}
    assert answer["token"] != anonymous
    assert Browser(suite, suite.default).session(token=anonymous, strict=True).status == 401  # that one has ended
    # the same customer at another browser, by another token
    other = Browser(suite, suite.default)
    again = other.session(identity=sign(suite.default, sub="ana-1")).json
    assert again["visitor"] == answer["visitor"] and again["token"] != answer["token"]
    # and the page read again: the token stays
    assert browser.session(identity=sign(suite.default, sub="ana-1")).json["token"] == answer["token"]
    # without an identity who is signed in stays so
    assert browser.session().json["visitor"]["signed_in"]
    assert suite.bodies("contact.confirmed") == []  # nothing was written before, so nothing is to be linked


def test_an_unverified_mail_is_a_claim(suite):
    answer = Browser(suite, suite.default).session(identity=sign(suite.default, sub="u-2", email="x@mail.example", email_verified=False)).json
    assert answer["visitor"]["email_level"] == "claimed"


def test_a_subject_is_one_inbox_own(suite):
    other = suite.chat_inbox(secret=suite.default.secret)  # even with the same secret
    token = sign(suite.default, sub="same")
    assert Browser(suite, other).session(identity=token).status == 401
    one = Browser(suite, suite.default).session(identity=token).json["visitor"]["id"]
    assert Browser(suite, other).session(identity=sign(other, sub="same")).json["visitor"]["id"] != one


def test_a_bad_identity_changes_nothing(suite):
    browser = suite.browser()
    token = browser.token
    count = suite.query("SELECT count(*) FROM chat.visitor")
    for identity in (sign(suite.default, exp=int(time.time()) - 1), sign(suite.default, exp=int(time.time()) + 90000),
                     sign(suite.default, aud="wt_other"), sign(suite.default, sub=None), sign(suite.default)[:-2] + "AA"):
        answer = browser.session(identity=identity)
        assert (answer.status, answer.json["code"]) == (401, "bad_identity")
    assert suite.query("SELECT count(*) FROM chat.visitor") == count
    assert browser.session(strict=True).json["token"] == token


def test_what_was_written_before_signing_in_goes_along(suite):
    browser = suite.browser()
    address = suite.address_of(browser)
    suite.write(browser)
    upload = browser.upload(b"text").json["id"]
    before = len(suite.bodies("contact.confirmed"))
    assert browser.session(identity=sign(suite.default, sub="bo-1", name="Bo", email="bo@mail.example")).status == 200
    signed_in = suite.address_of(browser)
    assert signed_in == f"u:{suite.default.id}:bo-1"
    first, second = suite.bodies("contact.confirmed")[before:]
    assert (first.channel, first.address, first.inbox_id) == (2, address, suite.default.id)
    assert (first.proven.channel, first.proven.address, first.proven.level) == (2, signed_in, 3)
    assert (second.channel, second.address, second.name) == (2, signed_in, "Bo")
    assert (second.proven.channel, second.proven.address, second.proven.level) == (1, "bo@mail.example", 3)
    assert browser.file(upload).body == b"text"
    browser.session(identity=sign(suite.default, sub="bo-1"))
    assert len(suite.bodies("contact.confirmed")) == before + 2  # once


def test_two_customers_at_one_browser_are_never_one(suite):
    browser = Browser(suite, suite.default)
    browser.session(identity=sign(suite.default, sub="first"))
    suite.write(browser)
    first, before = browser.token, len(suite.bodies("contact.confirmed"))
    assert browser.session(identity=sign(suite.default, sub="second")).status == 200
    assert suite.address_of(browser).endswith(":second")
    assert len(suite.bodies("contact.confirmed")) == before
    assert Browser(suite, suite.default).session(token=first, strict=True).status == 401


def test_signing_out(suite):
    browser = suite.browser()
    token = browser.token
    assert browser.call("DELETE", "/chat/v1/session").status == 204
    assert browser.call("DELETE", "/chat/v1/session").status == 401
    assert browser.session(strict=True).status == 401
    assert browser.session().json["token"] != token


def test_signing_out_concerns_one_browser(suite):
    here, there = Browser(suite, suite.default), Browser(suite, suite.default)
    for browser in (here, there):
        browser.session(identity=sign(suite.default, sub="two-browsers"))
    assert here.call("DELETE", "/chat/v1/session").status == 204
    assert there.session(strict=True).json["visitor"]["signed_in"] and here.session(strict=True).status == 401


# ---- profile and confirmation ----

def link_of(notice):
    return re.search(r"https://support\.example(/chat/v1/confirm/[A-Za-z0-9_-]{43})\n", notice.text).group(1)


def test_an_address_typed_is_a_claim_until_its_link_was_used(suite):
    browser = suite.browser()
    address = suite.address_of(browser)
    answer = browser.call("PUT", "/chat/v1/profile", {"name": "Ana <b>", "email": " Ana.Claim@Mail.Example ", "locale": "es-ES"})
    assert answer.status == 200
    assert (answer.json["name"], answer.json["email"], answer.json["email_level"]) == ("Ana <b>", "ana.claim@mail.example", "claimed")
    [notice] = suite.notices("ana.claim@mail.example")
    assert notice.from_inbox_id == suite.mail_inbox and notice.to_name == "" and "Ana" not in notice.subject + notice.text
    assert notice.subject == "Confirme su dirección de correo"
    path = link_of(notice)
    page = browser.call("GET", path, token=None)
    assert page.status == 200 and b"ana.claim@mail.example" in page.body and b"<script" not in page.body and b"method=\"post\"" in page.body
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; form-action 'self'")
    assert browser.session().json["visitor"]["email_level"] == "claimed"  # who only looks at the link confirms nothing
    before = len(suite.bodies("contact.confirmed"))
    assert browser.call("POST", path, b"", token=None).status == 200
    assert browser.session().json["visitor"]["email_level"] == "confirmed"
    [confirmed] = suite.bodies("contact.confirmed")[before:]
    assert (confirmed.channel, confirmed.address, confirmed.name) == (2, address, "Ana <b>")
    assert (confirmed.proven.channel, confirmed.proven.address, confirmed.proven.level) == (1, "ana.claim@mail.example", 3)
    # once
    assert browser.call("POST", path, b"", token=None).status == 404
    assert browser.call("GET", path, token=None).status == 404
    assert len(suite.bodies("contact.confirmed")) == before + 1
    # the same address again stays confirmed and needs no mail; another one is a claim
    assert browser.call("PUT", "/chat/v1/profile", {"email": "ana.claim@mail.example"}).json["email_level"] == "confirmed"
    assert len(suite.notices("ana.claim@mail.example")) == 1
    assert browser.call("PUT", "/chat/v1/profile", {"email": "other.claim@mail.example"}).json["email_level"] == "claimed"


def test_a_link_confirms_its_own_address_only(suite):
    """No address may slip in behind another one's proof."""
    browser = suite.browser()
    browser.call("PUT", "/chat/v1/profile", {"email": "own@mail.example"})
    path = link_of(suite.notices("own@mail.example")[0])
    browser.call("PUT", "/chat/v1/profile", {"email": "victim@mail.example"})
    assert browser.call("POST", path, b"", token=None).status == 404
    assert browser.session().json["visitor"] | {"id": 0} == {"id": 0, "name": None, "email": "victim@mail.example", "email_level": "claimed",
                                                              "signed_in": False}


def test_a_link_ends_after_a_day(suite):
    browser = suite.browser()
    browser.call("PUT", "/chat/v1/profile", {"email": "late@mail.example"})
    with suite.connect() as connection:
        connection.execute("UPDATE chat.confirmation SET created_at = now() - interval '25 hours' WHERE email = 'late@mail.example'")
    assert browser.call("POST", link_of(suite.notices("late@mail.example")[0]), b"", token=None).status == 404


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 5000], ids=range(3))
def test_what_is_no_link_is_not_found(suite, token):
    for method in ("GET", "POST"):
        assert Browser(suite, suite.default).call(method, f"/chat/v1/confirm/{token}", token=None).status == 404


def test_a_link_that_is_used_twice_at_once_confirms_once(suite):
    browser = suite.browser()
    browser.call("PUT", "/chat/v1/profile", {"email": "race@mail.example"})
    path, before = link_of(suite.notices("race@mail.example")[0]), len(suite.bodies("contact.confirmed"))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: browser.call("POST", path, b"", token=None).status, range(8)))
    assert sorted(statuses) == [200] + [404] * 7
    assert len(suite.bodies("contact.confirmed")) == before + 1


def test_one_customer_signing_in_at_many_browsers_at_once_is_one(suite):
    identity = sign(suite.default, sub="at-once")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: Browser(suite, suite.default).session(identity=identity).json, range(8)))
    assert len({answer["visitor"]["id"] for answer in answers}) == 1
    assert len({answer["token"] for answer in answers}) == 8


def test_three_links_an_hour_to_one_address_whoever_asks(suite):
    for _ in range(5):
        assert suite.browser().call("PUT", "/chat/v1/profile", {"email": "flood@mail.example"}).json["email_level"] == "claimed"
    assert len(suite.notices("flood@mail.example")) == 3


def test_no_mail_where_there_is_no_mail_inbox(suite):
    browser = suite.browser(suite.chat_inbox(with_mail=False))
    assert browser.call("PUT", "/chat/v1/profile", {"email": "none@mail.example"}).status == 200
    assert suite.notices("none@mail.example") == []


BAD_PROFILES = [{"name": 7}, {"name": "x" * 201}, {"name": "a\nb"}, {"email": "x"}, {"email": "a@b"}, {"email": "a@b.c\r\nBcc: d@e.f"},
                {"email": "a@b.c,d@e.f"}, {"email": "<a@b.c>"}, {"email": "x" * 250 + "@b.c"}, {"email": ["a@b.c"]}, {"locale": "x" * 36}]


@pytest.mark.parametrize("body", BAD_PROFILES, ids=range(len(BAD_PROFILES)))
def test_what_is_no_profile_is_refused(suite, body):
    assert suite.browser().call("PUT", "/chat/v1/profile", body).status == 422


def test_a_profile_is_taken_back_with_empty_texts_and_kept_where_nothing_is_said(suite):
    browser = suite.browser()
    browser.call("PUT", "/chat/v1/profile", {"name": "Ana", "email": "taken.back@mail.example"})
    assert browser.call("PUT", "/chat/v1/profile", {"name": None}).json["name"] == "Ana"
    answer = browser.call("PUT", "/chat/v1/profile", {"name": "", "email": ""}).json
    assert (answer["name"], answer["email"], answer["email_level"]) == (None, None, "none")


# ---- what is left behind ----

def test_secrets_and_addresses_do_not_stand_in_the_log(suite):
    browser = suite.browser()
    browser.call("PUT", "/chat/v1/profile", {"email": "quiet@mail.example"})
    log = suite.chat.log.read_text()
    for word in (browser.token, suite.default.secret, "quiet@mail.example", "ana.claim@mail.example"):
        assert word not in log
    assert '"level":"error"' not in log
