"""Sockets show nothing of anybody else's, and those that misbehave harm nobody."""
import base64
import contextlib
import hmac
import json
import secrets
import signal
import time
import uuid

import pytest

from bus_suite import wait_until
from chat_fixtures import ben, shop, suite, talk, texts  # noqa: F401
from raw_socket import signed_in


# ---- whose it is ----

def test_nothing_of_another_visitor_is_ever_shown(suite, shop, talk, ben):
    _, tab, conversation = talk
    stranger = suite.visitor(shop)
    other = stranger.socket(conversation=conversation, after=0)
    assert other.ready["conversation"] is None
    other.send({"seen": 1})
    other.send({"typing": True})
    other.send({"end": True})
    suite.reply(ben, conversation, "For one only")
    tab.wait_entry(text="For one only")
    own = suite.conversation_of_client(other.say("Mine"))
    other.wait_entry(text="Mine")
    assert own != conversation and texts(other.entries) == ["Mine"]
    assert "end.requested" not in suite.types(conversation) and "message.read" not in suite.types(conversation)


def test_a_browser_sees_only_its_own_part_of_a_merged_conversation(suite, shop, talk, ben):
    """Whoever puts a mail into the conversation of a browser: it stays hidden there."""
    visitor, tab, conversation = talk
    mail_point, interaction, message = (str(uuid.uuid4()) for _ in range(3))
    row = suite.conversation(conversation)
    suite.execute("INSERT INTO routing.interaction VALUES (%s, %s, 'email', %s, %s, now())", interaction, conversation, row["inbox_id"], mail_point)
    suite.execute("INSERT INTO routing.message (id, conversation_id, inbox_id, author_type, author_name, text, created_at) "
                  "VALUES (%s, %s, %s, 'agent', 'Ben', 'Your medical record', now())", message, conversation, row["inbox_id"])
    suite.execute("INSERT INTO routing.entry VALUES (%s, 2, %s, %s, 'message', 'out', now())", conversation, message, interaction)
    suite.execute("UPDATE routing.conversation SET sequence = 2, customer_id = %s WHERE id = %s", str(uuid.uuid4()), conversation)
    suite.reply(ben, conversation, "In the chat")
    tab.wait_entry(text="In the chat")
    fresh = visitor.socket()
    fresh.wait_entry(text="In the chat")
    for seen in (tab.frames, fresh.frames, visitor.poll()):
        assert "medical" not in str(seen)
    assert texts(visitor.poll()["entries"]) == ["The first", "In the chat"]


def signed(suite, shop, subject):
    """As the shop signs its customers in."""
    secret = suite.admin.get(f"/inboxes/{shop['id']}/chat/secret").json["secret"]

    def part(body):
        return base64.urlsafe_b64encode(json.dumps(body).encode()).rstrip(b"=")
    body = part({"alg": "HS256", "typ": "JWT"}) + b"." + part({"sub": subject, "aud": shop["chat"]["public_id"], "exp": int(time.time()) + 600})
    return (body + b"." + base64.urlsafe_b64encode(hmac.digest(secret.encode(), body, "sha256")).rstrip(b"=")).decode()


@pytest.mark.parametrize("identity", ["at once", "late"])
def test_what_was_written_before_the_sign_in_comes_along(suite, shop, talk, identity):
    visitor, tab, conversation = talk
    if identity == "late":
        suite.daemons["identity"].signal(signal.SIGSTOP)
    try:
        known = suite.visitor(shop, token=visitor.token, identity=signed(suite, shop, secrets.token_hex(8)))
        assert known.session["visitor"]["signed_in"] and known.token != visitor.token
        there = known.socket()
        assert identity == "at once" or not there.entries
    finally:
        suite.daemons["identity"].signal(signal.SIGCONT)
    there.wait_entry(text="The first")
    assert suite.conversation_of_client(there.say("Signed in")) == conversation
    there.wait_entry(text="Signed in")
    assert texts(there.entries) == ["The first", "Signed in"]
    assert tab.wait_closed() == 4401


FORGED = [{"auth": ""}, {"auth": "x"}, {"auth": "x" * 43}, {"auth": "x" * 5000}, {"auth": None}, {"auth": ["x"]}, {"auth": 7}, {}, {"seen": 1},
          {"message": {"id": "01a20000-0000-7000-8000-000000000001", "text": "x"}}]


@pytest.mark.parametrize("first", FORGED, ids=lambda frame: str(frame)[:30])
def test_forged_tokens_open_nothing(suite, shop, first):
    tab = suite.visitor(shop).suite_socket(first=first)
    assert tab.wait_closed() == 4401
    assert not tab.frames


@pytest.mark.parametrize("method, path", [("GET", "/poll"), ("POST", "/messages"), ("POST", "/seen"), ("POST", "/typing"), ("POST", "/end")])
@pytest.mark.parametrize("token", [None, "x", "x" * 43, "x" * 5000])
def test_requests_need_a_token(suite, method, path, token):
    assert suite.call(method, "/chat/v1" + path, {"end": True} if method == "POST" else None, token)[0] == 401


def test_a_token_that_was_given_back_closes_its_sockets(talk):
    visitor, tab, _ = talk
    assert visitor.call("DELETE", "/session")[0] == 204
    assert tab.wait_closed() == 4401
    late = visitor.suite_socket(first={"auth": visitor.token, "after": 0})
    assert late.wait_closed() == 4401


def test_a_token_given_back_closes_sockets_at_other_daemons_too(suite, shop):
    second = suite.start_chat()
    try:
        visitor = suite.visitor(shop)
        tab = visitor.socket(url=second.url)
        assert visitor.call("DELETE", "/session")[0] == 204
        assert tab.wait_closed() == 4401
    finally:
        second.stop()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "file://"])
def test_pages_of_other_origins_are_refused(suite, shop, origin):
    assert suite.visitor(shop).suite_socket(headers={"Origin": origin}).status == 403


def test_the_front_doors_own_pages_may(suite, shop):
    visitor = suite.visitor(shop)
    tab = visitor.suite_socket(first={"auth": visitor.token}, headers={"Origin": suite.url})
    tab.wait(lambda frame: "ready" in frame)


# ---- sockets that misbehave ----

def test_silence_is_closed(suite, shop):
    begun = time.monotonic()
    assert suite.visitor(shop).suite_socket().wait_closed() == 4408
    assert 4 < time.monotonic() - begun < 9


@pytest.mark.parametrize("frame", ["", "x", "[]", "1", "null", "{}", '{"typing":1}', '{"seen":"1"}', '{"end":false}', '{"message":"x"}',
                                   '{"typing":true,"typing":true}', '{"a":' * 3000], ids=lambda f: f[:20])
def test_frames_that_mean_nothing(suite, shop, frame):
    tab = suite.visitor(shop).socket()
    tab.send(frame)
    assert tab.wait_closed() == 1008


def test_a_frame_too_large(suite, shop):
    tab = suite.visitor(shop).socket()
    tab.send('{"typing":' + " " * 70000 + "true}")
    assert tab.wait_closed() == 1009


def test_binary_frames_are_refused(suite, shop):
    tab = suite.visitor(shop).socket()
    tab.send(b"\x00\x01")
    assert tab.wait_closed() == 1003


def test_too_many_frames(suite, shop):
    tab = suite.visitor(shop).socket()
    with contextlib.suppress(ConnectionError):  # closed before the last one
        for _ in range(200):
            tab.send({"typing": True})
    assert tab.wait_closed() == 1008


def test_too_many_sockets_of_one_visitor(suite, shop):
    visitor = suite.visitor(shop)
    tabs = [visitor.socket() for _ in range(20)]
    late = visitor.suite_socket(first={"auth": visitor.token})
    assert late.wait_closed() == 4429
    tabs[0].close()
    wait_until(lambda: visitor.suite_socket(first={"auth": visitor.token}).wait_for(lambda: True) and True, 5, "room for another")


def test_a_message_in_fragments(suite, shop, ben):
    raw = signed_in(suite.visitor(shop))
    body = f'{{"message":{{"id":"{uuid.uuid4()}","text":"In pieces"}}}}'.encode()
    for number, byte in enumerate(body):
        raw.frame(1 if number == 0 else 0, bytes([byte]), fin=number == len(body) - 1)
    raw.text_until(b'"accepted"')
    raw.text_until(b"In pieces")


def test_fragments_that_grow_too_large(suite, shop):
    raw = signed_in(suite.visitor(shop))
    try:
        raw.frame(1, b"x" * 30000, fin=False)
        for _ in range(4):
            raw.frame(0, b"x" * 30000, fin=False)
    except ConnectionError:
        pass
    assert raw.close_code() in (1009, None)


@pytest.mark.parametrize("opcode, payload, fin, masked, code", [
    (1, b"\xff\xfe", True, True, 1007),
    (1, b"{}", True, False, 1002),
    (3, b"", True, True, 1002),
    (9, b"x" * 126, True, True, 1002),
    (9, b"x", False, True, 1002),
    (0, b"x", True, True, 1002),
], ids=["not UTF-8", "not masked", "unknown opcode", "ping too large", "ping in pieces", "a continuation of nothing"])
def test_malformed_frames(suite, shop, opcode, payload, fin, masked, code):
    raw = signed_in(suite.visitor(shop))
    raw.frame(opcode, payload, fin, masked)
    assert raw.close_code() == code


def test_a_flood_of_pings_harms_nobody_else(suite, shop, talk, ben):
    _, tab, conversation = talk
    raw = signed_in(suite.visitor(shop))
    try:
        for _ in range(20000):
            raw.frame(9, b"x" * 100)
    except (ConnectionError, TimeoutError):
        pass
    begun = time.monotonic()
    suite.reply(ben, conversation, "Undisturbed")
    tab.wait_entry(text="Undisturbed")
    assert time.monotonic() - begun < 5
    assert suite.is_ready(suite.chat)
