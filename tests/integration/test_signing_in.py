"""Sessions: signing in and out, what an invitation does, and what stops those who guess."""
import http.client
import secrets
import statistics
import threading
import time
import urllib.parse

import pytest

from bus_suite import wait_until
from gateway_suite import ADMIN, PASSWORD, GatewaySuite


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as made:
        yield made


@pytest.fixture
def fresh(suite):
    """No counted failures."""
    suite.redis.client.flushall()
    return suite


def sign_in(suite, email, password, **more):
    return suite.api.post("/session", {"email": email, "password": password}, **more)


def test_a_token_opens_the_api_and_its_end_closes_it(suite):
    agent = suite.make_agent()
    mine = agent.get("/session").json
    assert mine["agent"]["email"] == agent.agent["email"] and mine["csrf"] is None
    assert agent.delete("/session").status == 204
    assert agent.get("/session").code == "unauthenticated"


def test_the_address_is_taken_in_any_case(suite):
    agent = suite.make_agent()
    assert sign_in(suite, agent.agent["email"].upper(), PASSWORD).status == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "Bearer " + "a" * 300, "bearer x"])
def test_what_is_no_token_opens_nothing(suite, header):
    answer = suite.api.get("/session", headers={"Authorization": header})
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("body, field", [
    ({}, "email"), ({"email": "a@b"}, "password"), ({"email": 1, "password": "x"}, "email"), ({"email": "", "password": "x"}, "email"),
    ({"email": "a@b", "password": "x" * 201}, "password"), ({"email": "a\u0000b", "password": "x"}, None)])
def test_malformed_credentials_are_refused(suite, body, field):
    answer = suite.api.post("/session", body)
    assert answer.status in (400, 422)
    if field:
        assert answer.json["field"] == field


def test_tokens_and_passwords_are_not_stored(suite):
    agent = suite.make_agent()
    for table in ("staff.session", "staff.agent", "gateway.request"):
        text = suite.sql(f"SELECT to_jsonb(t) FROM {table} t")
        assert agent.token not in text and PASSWORD not in text
    assert suite.sql(f"SELECT password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%' FROM staff.agent WHERE id = '{agent.agent['id']}'") == "t"


def test_a_session_ends_after_twelve_idle_hours_and_after_thirty_days(suite):
    idle, old = suite.make_agent(), suite.make_agent()
    suite.sql(f"UPDATE staff.session SET seen_at = now() - interval '12 hours 1 minute' WHERE agent_id = '{idle.agent['id']}'")
    suite.sql(f"UPDATE staff.session SET until = now() - interval '1 second' WHERE agent_id = '{old.agent['id']}'")
    assert idle.get("/session").status == old.get("/session").status == 401


def test_use_is_noted_to_the_minute(suite):
    agent = suite.make_agent()
    suite.sql(f"UPDATE staff.session SET seen_at = now() - interval '5 minutes' WHERE agent_id = '{agent.agent['id']}'")
    agent.get("/session")
    wait_until(lambda: suite.sql(f"SELECT seen_at > now() - interval '1 minute' FROM staff.session WHERE agent_id = '{agent.agent['id']}'") == "t",
               5, "the use is noted")


# ---- the cookie ----

def test_the_cookie_works_with_the_csrf_token_only(suite):
    agent = suite.make_agent()
    answer = sign_in(suite, agent.agent["email"], PASSWORD)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Secure" not in cookie
    browser = suite.api.clone()
    browser.headers["Cookie"] = "other=1; " + cookie.partition(";")[0]
    assert browser.get("/session").json["csrf"] == answer.json["csrf"]
    assert browser.get("/session").json["content_url"] == answer.json["content_url"] != ""
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "0" * 64}):
        assert browser.put("/presence", {"status": "busy"}, headers=headers).code == "csrf"
    assert browser.put("/presence", {"status": "busy"}, headers={"X-CSRF-Token": answer.json["csrf"]}).status == 200
    gone = browser.delete("/session", headers={"X-CSRF-Token": answer.json["csrf"]})
    assert gone.status == 204 and "Max-Age=0" in gone.headers["Set-Cookie"]


def test_behind_https_the_cookie_is_secure(suite):
    gateway = suite.start_gateway(HILO_PUBLIC_URL="https://support.example/hilo")
    answer = suite.api.__class__(gateway.url).post("/session", {"email": ADMIN[0], "password": ADMIN[1]})
    assert "; Secure" in answer.headers["Set-Cookie"]
    gateway.stop()


# ---- guessing ----

def test_five_failures_of_an_account_shut_it_even_for_the_right_password(fresh):
    agent = fresh.make_agent()
    for _ in range(5):
        assert sign_in(fresh, agent.agent["email"], "wrong").code == "wrong_credentials"
    refused = sign_in(fresh, agent.agent["email"], PASSWORD)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "900")
    assert sign_in(fresh, fresh.make_agent().agent["email"], PASSWORD).status == 200, "others still can"
    fresh.redis.client.flushall()


def test_a_success_forgets_the_failures(fresh):
    agent = fresh.make_agent()
    for _ in range(3):
        for _ in range(4):
            assert sign_in(fresh, agent.agent["email"], "wrong").status == 401
        assert sign_in(fresh, agent.agent["email"], PASSWORD).status == 200
        fresh.redis.client.delete(*fresh.redis.client.keys("hilo:throttle:address:*"))


def test_twenty_failures_shut_the_address(fresh):
    def status(number):
        return fresh.api.post("/session", {"email": f"nobody-{number}@suite.example", "password": "x"},
                              headers={"X-Forwarded-For": "203.0.113.9"}).status
    assert [status(n) for n in range(22)] == [401] * 20 + [429] * 2
    assert sign_in(fresh, *ADMIN).status == 200, "another address still can"


def test_attempts_at_once_are_all_counted(fresh):
    agent = fresh.make_agent()
    statuses = []

    def attempt():
        statuses.append(fresh.api.clone().post("/session", {"email": agent.agent["email"], "password": "wrong"}).status)
    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [401] * 5 + [429] * 7
    fresh.redis.client.flushall()


def test_without_redis_the_process_counts(suite):
    agent = suite.make_agent()
    suite.redis.stop()
    try:
        for _ in range(5):
            assert sign_in(suite, agent.agent["email"], "wrong").status == 401
        assert sign_in(suite, agent.agent["email"], PASSWORD).status == 429
    finally:
        suite.redis.start()


def test_an_unknown_account_takes_as_long_as_a_wrong_password(fresh):
    def least_s(emails):
        """What it takes by itself: whatever else the machine does only adds to it."""
        times = []
        for email in emails:
            fresh.redis.client.flushall()
            began = time.monotonic()
            assert sign_in(fresh, email, "wrong password").status == 401
            times.append(time.monotonic() - began)
        return min(times)
    known = least_s([fresh.make_agent().agent["email"] for _ in range(9)])
    unknown = least_s([f"nobody{n}@suite.example" for n in range(9)])
    assert known > 0.01 and 0.5 < known / unknown < 2


def test_hashing_does_not_hold_up_the_others(fresh):
    """The API answers while passwords are being hashed, far sooner than one hash takes."""
    threads = [threading.Thread(target=fresh.api.clone().post, args=("/session", {"email": f"n{n}@suite.example", "password": "x"}))
               for n in range(10)]
    client = fresh.admin.clone()
    client.get("/inboxes")
    for thread in threads:
        thread.start()
    times = []
    while any(thread.is_alive() for thread in threads):
        began = time.monotonic()
        client.get("/session")
        times.append(time.monotonic() - began)
    for thread in threads:
        thread.join()
    assert len(times) > 5 and statistics.median(times) < 0.02
    fresh.redis.client.flushall()


# ---- invitations ----

def invite(suite, **more):
    body = {"name": "Ines", "email": f"{secrets.token_hex(4)}@suite.example", "role": "agent", **more}
    answer = suite.admin.post("/agents", body)
    assert answer.status == 201
    return body["email"], answer.json["invitation_url"]


def accept(suite, url, password):
    return suite.api.post(f"/invitations/{urllib.parse.urlsplit(url).path.rsplit('/')[-1]}", {"password": password})


def test_an_invitation_sets_a_password_once(fresh):
    email, url = invite(fresh)
    assert url.startswith(fresh.url + "/invitations/") and len(url.rsplit("/")[-1]) == 43
    assert sign_in(fresh, email, "").status == 422
    assert sign_in(fresh, email, "my own password").status == 401
    assert accept(fresh, url, "short").status == 422
    assert accept(fresh, url, "my own password").status == 204
    assert sign_in(fresh, email, "my own password").status == 200
    assert accept(fresh, url, "another password").status == 404


def test_an_invitation_ends_after_seven_days(suite):
    email, url = invite(suite)
    suite.sql(f"UPDATE staff.agent SET invitation_until = now() - interval '1 second' WHERE email = '{email}'")
    assert accept(suite, url, "my own password").status == 404


def test_the_token_of_an_invitation_is_not_stored(suite):
    _, url = invite(suite)
    token = url.rsplit("/")[-1]
    for table in ("staff.agent", "gateway.request", "bus.event"):
        assert token not in suite.sql(f"SELECT to_jsonb(t) FROM {table} t")


def test_the_same_request_gives_the_same_invitation(suite):
    body = {"name": "Ines", "email": f"{secrets.token_hex(4)}@suite.example", "role": "agent"}
    first, second = (suite.admin.post("/agents", body, headers={"Idempotency-Key": body["email"]}) for _ in range(2))
    assert first.status == second.status == 201 and first.json == second.json


def test_only_one_of_two_acceptances_counts(suite):
    email, url = invite(suite)
    statuses = []
    threads = [threading.Thread(target=lambda n=n: statuses.append(accept_alone(suite, url, f"password number {n}"))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [204, 404, 404, 404]


def accept_alone(suite, url, password):
    return suite.api.clone().post(f"/invitations/{url.rsplit('/')[-1]}", {"password": password}).status


# ---- the front of it all ----

def test_unknown_addresses_and_methods_are_problems_too(suite):
    connection = http.client.HTTPConnection(*suite.api._address)
    for method, path, status in (("GET", "/api/v1/nothing", 404), ("GET", "/", 404), ("PATCH", "/api/v1/session", 405), ("DELETE", "/api/v1/agents", 405)):
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json"), body
    connection.close()


def test_the_first_administrator_is_made_once(suite):
    gateway = suite.start_gateway(HILO_ADMIN_EMAIL="other@suite.example", HILO_ADMIN_PASSWORD="another password")
    assert suite.sql("SELECT count(*) FROM staff.agent WHERE email IN ('other@suite.example', 'admin@suite.example')") == "1"
    gateway.stop()
