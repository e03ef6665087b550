"""A visitor's live side: every message once and in order over cut networks, killed daemons and several tabs; nothing of anybody else's;
presence, marks, the queue and typing; and sockets that misbehave."""
import base64
import contextlib
import hmac
import json
import os
import random
import secrets
import signal
import socket
import struct
import threading
import time
import uuid

import pytest

from bus_suite import wait_until
from chat_suite import ChatSuite
from cluster import free_port


@pytest.fixture(scope="module")
def suite():
    with ChatSuite() as made:
        yield made


@pytest.fixture(scope="module")
def shop(suite):
    return suite.make_chat()


@pytest.fixture(scope="module")
def ben(suite, shop):
    """An agent who takes work."""
    agent = suite.make_agent(inboxes=[shop["id"]], name="Ben")
    assert agent.put("/presence", {"status": "available"}).status == 200
    stop = threading.Event()

    def keep_there():
        while not stop.wait(20):
            agent.put("/presence", {"status": "available"})
    threading.Thread(target=keep_there, daemon=True).start()
    yield agent
    stop.set()


@pytest.fixture
def talk(suite, shop, ben):
    """A visitor whose first message is answered by an agent: (visitor, socket, conversation id)."""
    visitor = suite.visitor(shop)
    tab = visitor.socket()
    conversation = suite.conversation_of_client(tab.say("The first"))
    tab.wait_entry(text="The first")
    return visitor, tab, conversation


def texts(entries):
    return [entry["text"] for entry in entries if entry["kind"] == "message"]


def assert_in_order(tab):
    sequences = [entry["sequence"] for entry in tab.entries]
    assert sequences == sorted(set(sequences)), sequences


# ---- the two ways of a message ----

def test_a_first_message_is_acknowledged_shown_and_answered(suite, talk, ben):
    visitor, tab, conversation = talk
    shown = tab.wait(lambda frame: frame.get("conversation"))["conversation"]
    assert (shown["id"], shown["status"]) == (conversation, "open")
    assert tab.wait(lambda frame: frame.get("agent"))["agent"] == {"name": "Ben"}
    suite.reply(ben, conversation, "The answer")
    entry = tab.wait_entry(text="The answer")
    assert (entry["direction"], entry["channel"], entry["author"], entry["client_id"]) == ("out", "chat", {"type": "agent", "name": "Ben"}, None)
    assert texts(tab.entries) == ["The first", "The answer"]


def test_the_session_knows_the_conversation(suite, shop, talk):
    visitor, _, conversation = talk
    status, again = suite.call("POST", "/chat/v1/session", {"inbox": shop["chat"]["public_id"], "token": visitor.token})
    assert status == 200 and again["conversation"]["id"] == conversation and again["conversation"]["sequence"] >= 1


def test_notes_are_never_shown(suite, talk, ben):
    _, tab, conversation = talk
    answer = ben.post(f"/conversations/{conversation}/messages", {"kind": "note", "text": "A secret among us"})
    assert answer.status in (201, 202)
    suite.reply(ben, conversation, "After the note")
    entry = tab.wait_entry(text="After the note")
    assert entry["sequence"] == 3 and tab.sequence == 3
    assert "secret" not in str(tab.frames)
    assert texts(talk[0].poll()["entries"]) == ["The first", "After the note"]


def test_messages_sent_at_once_keep_their_order(suite, talk):
    _, tab, conversation = talk
    ids = [tab.post(f"Line {number}") for number in range(9)]
    assert [tab.outcome(one)[0] for one in ids] == ["accepted"] * 9
    tab.wait_entry(text="Line 8")
    assert texts(tab.entries) == ["The first"] + [f"Line {number}" for number in range(9)]
    assert [entry["client_id"] for entry in tab.entries][1:] == ids
    assert_in_order(tab)


def test_the_same_message_again_is_acknowledged_and_stored_once(suite, talk):
    visitor, tab, _ = talk
    client_id = tab.say("Once")
    other = visitor.socket()
    other.post("Once", client_id)
    assert other.outcome(client_id) == ("accepted", {"id": client_id, "duplicate": True})
    assert suite.query("SELECT count(*) FROM channel.message WHERE dedupe_key LIKE '%%:' || %s", client_id) == [(1,)]


def test_a_message_without_a_socket(suite, shop, ben):
    visitor = suite.visitor(shop)
    client_id = str(uuid.uuid4())
    status, answer = visitor.call("POST", "/messages", {"message": {"id": client_id, "text": "By a request"}})
    assert (status, answer) == (200, {"accepted": {"id": client_id, "duplicate": False}})
    conversation = suite.conversation_of_client(client_id)
    polled = wait_until(lambda: next((p for p in [visitor.poll(wait=5)] if p["entries"]), None), 15, "the entry")
    assert texts(polled["entries"]) == ["By a request"] and polled["conversation"]["id"] == conversation
    begun = time.monotonic()
    threading.Timer(0.5, suite.reply, (ben, conversation, "By a poll")).start()
    got = wait_until(lambda: next((p for p in [visitor.poll(after=polled["sequence"], wait=20)] if p["entries"]), None), 15, "the answer")
    assert texts(got["entries"]) == ["By a poll"] and time.monotonic() - begun < 10
    assert visitor.call("POST", "/seen", {"seen": got["sequence"]})[0] == 204
    assert visitor.call("POST", "/typing", {"typing": True})[0] == 204
    assert visitor.call("POST", "/end", {"end": True})[0] == 204
    assert visitor.call("POST", "/end", {"nothing": True})[0] == 400
    wait_until(lambda: {"end.requested", "message.read"} <= set(suite.types(conversation)), 10, "the end and the mark are told")


REFUSED = [
    ({"id": "not one", "text": "x"}, "bad_message"),
    ({"text": "x"}, "bad_message"),
    ({"id": str(uuid.uuid4()), "text": "x" * 10001}, "too_long"),
    ({"id": str(uuid.uuid4()), "text": "\u00e9" * 10001}, "too_long"),
    ({"id": str(uuid.uuid4()), "text": " \n\t "}, "empty"),
    ({"id": str(uuid.uuid4())}, "empty"),
    ({"id": str(uuid.uuid4()), "text": "\x01\x02"}, "empty"),
    ({"id": str(uuid.uuid4()), "text": "x", "attachments": "y"}, "bad_message"),
    ({"id": str(uuid.uuid4()), "text": "x", "attachments": ["y"]}, "bad_message"),
    ({"id": str(uuid.uuid4()), "text": "x", "attachments": [str(uuid.uuid4())] * 11}, "bad_message"),
    ({"id": str(uuid.uuid4()), "text": "x", "attachments": [str(uuid.uuid4())]}, "unknown_attachment"),
]


@pytest.mark.parametrize("message, code", REFUSED)
def test_what_cannot_be_a_message_is_refused(suite, shop, message, code):
    visitor = suite.visitor(shop)
    tab = visitor.socket()
    tab.send({"message": message})
    assert tab.wait(lambda frame: "refused" in frame)["refused"]["code"] == code
    assert visitor.call("POST", "/messages", message)[0] == 422
    assert tab.close_code is None
    assert suite.query("SELECT count(*) FROM channel.message WHERE contact_address = %s", f"v:{visitor.id}") == [(0,)]


def test_text_is_kept_without_control_characters(talk):
    _, tab, _ = talk
    tab.say("one\x07\r\ntwo\tthree\x7f\u0085\u009b31m 😀 " + "é" * 9000)
    assert tab.wait_for(lambda: texts(tab.entries)[1:], what="it")[0] == "one\ntwo\tthree31m 😀 " + "é" * 9000


def test_more_than_ten_in_ten_seconds_are_refused_and_not_stored(suite, shop, ben):
    visitor = suite.visitor(shop)
    tab = visitor.socket()
    outcomes = [tab.outcome(one) for one in [tab.post(f"Flood {number}") for number in range(16)]]
    kinds = [kind for kind, _ in outcomes]
    assert kinds[:10] == ["accepted"] * 10 and "refused" in kinds
    assert {body["code"] for kind, body in outcomes if kind == "refused"} == {"rate_limited"}
    assert suite.query("SELECT count(*) FROM channel.message WHERE contact_address = %s", f"v:{visitor.id}") == [(kinds.count("accepted"),)]


def test_five_new_conversations_an_hour_from_one_address(suite, shop):
    outcomes = []
    for _ in range(6):
        visitor = suite.visitor(shop)
        tab = visitor.suite_socket(first={"auth": visitor.token, "after": 0}, headers={"X-Forwarded-For": "203.0.113.77"})
        tab.wait(lambda frame: "ready" in frame)
        outcomes.append(tab.outcome(tab.post("New here"))[0])
    assert outcomes == ["accepted"] * 5 + ["refused"]


# ---- gaps and doubles ----

def test_a_client_resumes_after_what_it_has(suite, talk, ben):
    visitor, tab, conversation = talk
    suite.reply(ben, conversation, "Two")
    tab.wait_entry(text="Two")
    tab.close()
    suite.reply(ben, conversation, "Three")
    suite.reply(ben, conversation, "Four")
    again = visitor.socket(after=2)
    again.wait_entry(text="Four")
    assert texts(again.entries) == ["Three", "Four"]
    assert visitor.socket(after=4).ready["conversation"]["sequence"] == 4
    whole = visitor.socket()
    whole.wait_entry(text="Four")
    assert texts(whole.entries) == ["The first", "Two", "Three", "Four"]


@pytest.mark.parametrize("after", [-5, 10**12, "x", None])
def test_a_place_that_cannot_be_is_the_beginning(talk, after):
    other = talk[0].socket(after=after)
    other.wait_entry(text="The first")


def test_a_place_of_another_conversation_is_the_beginning(talk):
    visitor, _, conversation = talk
    visitor.socket(after=1, conversation=str(uuid.uuid4())).wait_entry(text="The first")
    kept = visitor.socket(after=1, conversation=conversation)
    assert kept.ready["conversation"]["id"] == conversation and not kept.entries


def test_a_conversation_longer_than_a_page(suite, talk, ben):
    visitor, _, conversation = talk
    suite.execute("""
        INSERT INTO routing.message (id, conversation_id, inbox_id, author_type, author_name, text, created_at)
        SELECT md5(%s || n)::uuid, %s, %s, 'agent', 'Ben', 'Line ' || n, now() FROM generate_series(2, 450) n""",
                  conversation, conversation, suite.conversation(conversation)["inbox_id"])
    suite.execute("""
        INSERT INTO routing.entry SELECT %s, n, md5(%s || n)::uuid, %s, 'message', 'out', now() FROM generate_series(2, 450) n""",
                  conversation, conversation, suite.conversation(conversation)["interaction_id"])
    suite.execute("UPDATE routing.conversation SET sequence = 450 WHERE id = %s", conversation)
    tab = visitor.socket()
    tab.wait_entry(sequence=450)
    assert [entry["sequence"] for entry in tab.entries] == list(range(1, 451))
    polled, after = [], 0
    while after < 450:
        page = visitor.poll(after=after, wait=5)
        polled += page["entries"]
        assert page["sequence"] > after
        after = page["sequence"]
    assert [entry["sequence"] for entry in polled] == list(range(1, 451))


def test_a_conversation_larger_than_a_queue_reaches_who_reads_slowly(suite, talk):
    visitor, _, conversation = talk
    row = suite.conversation(conversation)
    suite.execute("""
        WITH m AS (INSERT INTO routing.message (id, conversation_id, inbox_id, author_type, author_name, text, created_at)
                   SELECT gen_random_uuid(), %s, %s, 'agent', 'Ben', repeat('😀', 10000), now() FROM generate_series(2, 401) RETURNING id)
        INSERT INTO routing.entry SELECT %s, row_number() OVER () + 1, id, %s, 'message', 'out', now() FROM m""",
                  conversation, row["inbox_id"], conversation, row["interaction_id"])
    suite.execute("UPDATE routing.conversation SET sequence = 401 WHERE id = %s", conversation)
    raw = Raw(visitor.url)
    raw.frame(1, f'{{"auth":"{visitor.token}"}}'.encode())
    time.sleep(3)  # nothing is read
    got, tail = 0, b""
    raw.socket.settimeout(20)
    while b'],"sequence":401}' not in tail:
        chunk = raw.socket.recv(1 << 20)
        assert chunk, "cut"
        got, tail = got + len(chunk), tail[-20:] + chunk
    assert got > 400 * 40000


def test_two_tabs_see_the_same(suite, talk, ben):
    visitor, tab, conversation = talk
    other = visitor.socket()
    other.say("From the other tab")
    tab.wait_entry(text="From the other tab")
    suite.reply(ben, conversation, "To both")
    for one in (tab, other):
        one.wait_entry(text="To both")
        assert_in_order(one)
        assert texts(one.entries) == ["The first", "From the other tab", "To both"]
    other.send({"seen": 3})
    assert tab.wait(lambda frame: "seen" in frame)["seen"] == 3


def test_two_tabs_on_two_daemons(suite, shop, ben):
    second = suite.start_chat()
    try:
        visitor = suite.visitor(shop)
        one, other = visitor.socket(), visitor.socket(url=second.url)
        conversation = suite.conversation_of_client(one.say("By the first daemon"))
        other.wait_entry(text="By the first daemon")
        other.say("By the second")
        for tab in (one, other):
            tab.wait_entry(text="By the second")
        other.send({"seen": 2})
        assert one.wait(lambda frame: frame.get("seen") == 2)
        assert [t for t in suite.types(conversation)].count("visitor.presence_changed") == 1
        for tab in (one, other):
            assert texts(tab.entries) == ["By the first daemon", "By the second"]
    finally:
        second.stop()


def test_every_message_once_and_in_order_when_daemons_are_killed_and_networks_cut(suite, shop, ben):
    """The visitor resends what is not acknowledged, in order, and resumes after what it has; the agent writes meanwhile."""
    doomed = suite.start_chat()
    visitor = suite.visitor(shop)
    first = visitor.socket(url=doomed.url)
    conversation = suite.conversation_of_client(first.say("Begin"))
    seen, fates = [], random.Random(7)
    todo = [(str(uuid.uuid4()), f"in {number}") for number in range(30)]
    answers = threading.Thread(target=lambda: [(suite.reply(ben, conversation, f"out {n}"), time.sleep(0.35)) for n in range(30)])
    answers.start()
    tab, after = first, 0

    def gather():
        nonlocal after
        for entry in tab.entries:
            if entry["sequence"] > after:
                seen.append(entry)
                after = entry["sequence"]

    def again():
        nonlocal tab
        gather()
        for _ in range(200):
            try:
                opened = visitor.suite_socket(doomed.url, {"auth": visitor.token, "after": after})
                opened.wait_for(lambda: opened.close_code is not None or any("ready" in f for f in opened.frames), 10, "ready or closed")
                if opened.close_code is None:
                    tab = opened
                    return
            except (AssertionError, OSError):
                pass
            time.sleep(0.1)
        raise AssertionError("no connection any more")

    for number, (client_id, text) in enumerate(todo):
        if number in (8, 20):
            doomed.kill()
            threading.Timer(0.3, doomed.start).start()
        if number in (4, 14, 25):
            tab._loop.call_soon_threadsafe(tab._socket._response.connection.transport.abort)  # as a cut network
        deadline = time.monotonic() + 60
        while True:
            assert time.monotonic() < deadline, f"{text} is not acknowledged"
            try:
                tab.post(text, client_id)
                tab.wait_for(lambda: tab.close_code is not None or any(client_id == f.get(k, {}).get("id") for f in tab.frames
                                                                       for k in ("accepted", "retry", "refused")), 10, "an answer")
                kind = next((k for f in tab.frames for k in ("accepted", "retry", "refused") if f.get(k, {}).get("id") == client_id), None)
                if kind == "accepted":
                    break
                time.sleep(0.5)
                if kind:
                    tab.frames[:] = [f for f in tab.frames if f.get(kind, {}).get("id") != client_id]
                    continue
            except (ConnectionError, AssertionError, RuntimeError):
                pass
            again()
        time.sleep(fates.uniform(0.2, 0.5))
    answers.join()
    again()
    wait_until(lambda: (gather(), len(seen) >= 61)[1], 30, "all of it")
    assert [e["sequence"] for e in seen] == list(range(1, 62))
    assert [e["text"] for e in seen if e["direction"] == "in"] == ["Begin"] + [text for _, text in todo]
    assert [e["text"] for e in seen if e["direction"] == "out"] == [f"out {n}" for n in range(30)]
    doomed.stop()


def test_a_daemon_that_drains_sends_its_sockets_elsewhere(suite, shop, ben):
    leaving = suite.start_chat()
    visitor = suite.visitor(shop)
    tab = visitor.socket(url=leaving.url)
    conversation = suite.conversation_of_client(tab.say("Stay with me"))
    tab.wait_entry(text="Stay with me")
    leaving.stop()
    assert tab.wait_closed() == 1001
    suite.reply(ben, conversation, "Here")
    elsewhere = visitor.socket(after=1)
    elsewhere.wait_entry(text="Here")
    assert [entry["sequence"] for entry in elsewhere.entries] == [2]


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


class Raw:
    """A bare socket after the handshake: frames as one likes."""

    def __init__(self, url):
        host, port = url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.socket.sendall(f"GET /chat/v1/socket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(1000)
        assert b" 101 " in answer
        self.rest = answer.split(b"\r\n\r\n", 1)[1]

    def frame(self, opcode, payload, fin=True, masked=True):
        head = bytes([(0x80 if fin else 0) | opcode])
        flag = 0x80 if masked else 0
        size = len(payload)
        head += bytes([flag | size]) if size < 126 else bytes([flag | 126]) + struct.pack(">H", size) if size < 65536 else \
            bytes([flag | 127]) + struct.pack(">Q", size)
        mask = secrets.token_bytes(4)
        self.socket.sendall(head + (mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if masked else payload))

    def text_until(self, wanted, limit_s=10):
        """Reads until these bytes came. Returns: all of it."""
        self.socket.settimeout(limit_s)
        while wanted not in self.rest:
            got = self.socket.recv(65536)
            assert got, self.rest
            self.rest += got
        return self.rest

    def close_code(self, limit_s=10):
        """None: ended without a Close frame."""
        self.socket.settimeout(limit_s)
        while True:
            try:
                got = self.socket.recv(65536)
            except ConnectionError:
                break
            if not got:
                break
            self.rest += got
        at = self.rest.find(b"\x88")
        return struct.unpack(">H", self.rest[at + 2:at + 4])[0] if at >= 0 else None


def signed_in(visitor):
    raw = Raw(visitor.url)
    raw.frame(1, f'{{"auth":"{visitor.token}"}}'.encode())
    raw.text_until(b'"ready"')
    raw.rest = b""
    return raw


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


# ---- around the messages ----

def test_marks_of_what_was_seen(suite, talk, ben):
    visitor, tab, conversation = talk
    suite.reply(ben, conversation, "Look")
    tab.wait_entry(text="Look")
    for number in (1, 2, 2, 1, 10**9, 0, -3):
        tab.send({"seen": number})
    wait_until(lambda: suite.query("SELECT sequence FROM chat.seen WHERE conversation_id = %s", conversation) == [(2,)], 10, "the mark")
    marks = [e.message_read.sequence for e in suite.log("conversation_id = %s AND type = 'message.read'", conversation)]
    assert marks == sorted(set(marks)) and marks[-1] == 2
    assert all(e.version == 0 and e.actor.startswith("customer:") for e in suite.log("conversation_id = %s AND type = 'message.read'", conversation))
    assert visitor.socket().ready["seen"] == 2


def test_typing_both_ways(suite, talk, ben):
    _, tab, conversation = talk
    stream = suite.stream(ben).wait_ready()
    stream.send({"watch": [conversation]})
    tab.send({"typing": True})
    assert stream.wait_frame(lambda frame: "typing" in frame)["typing"]["author"]["type"] == "customer"
    tab.send({"typing": False})
    stream.wait_frame(lambda frame: frame.get("typing", {}).get("active") is False)
    stream.send({"typing": {"conversation_id": conversation, "active": True}})
    assert tab.wait(lambda frame: "typing" in frame)["typing"] == {"name": "Ben", "active": True}


def presences(suite, conversation):
    return [e.visitor_presence_changed.present for e in suite.log("conversation_id = %s AND type = 'visitor.presence_changed'", conversation)]


def test_visitors_come_go_and_come_back(suite, talk):
    visitor, tab, conversation = talk
    wait_until(lambda: presences(suite, conversation) == [True], 10, "they are there")
    tab.close()
    time.sleep(2)
    assert presences(suite, conversation) == [True]
    wait_until(lambda: presences(suite, conversation) == [True, False], 40, "they have left")
    visitor.socket()
    wait_until(lambda: presences(suite, conversation) == [True, False, True], 10, "they are back")


def test_who_is_back_within_moments_has_never_left(suite, talk):
    visitor, tab, conversation = talk
    wait_until(lambda: presences(suite, conversation) == [True], 10, "they are there")
    for _ in range(3):
        tab.close()
        time.sleep(4)
        tab = visitor.socket()
    assert presences(suite, conversation) == [True]


def test_visitors_of_a_killed_daemon_are_swept_by_another(suite, shop, ben):
    doomed = suite.start_chat()
    tab = suite.visitor(shop).socket(url=doomed.url)
    conversation = suite.conversation_of_client(tab.say("Hello"))
    wait_until(lambda: presences(suite, conversation) == [True], 10, "they are there")
    doomed.kill()
    wait_until(lambda: presences(suite, conversation) == [True, False], 40, "they have left")


def test_those_who_wait_are_told_their_place(suite):
    lonely = suite.make_chat()  # nobody works it
    tabs = []
    for number in range(3):
        tab = suite.visitor(lonely).socket()
        suite.conversation_of_client(tab.say(f"Waiting {number}"))
        tabs.append(tab)
    for number, tab in enumerate(tabs):
        assert tab.wait(lambda frame: (frame.get("queue") or {}).get("position") == number + 1)["queue"]["wait_s"] is None
    agent = suite.make_agent(inboxes=[lonely["id"]], name="Clara", role="agent")
    first = suite.conversation_of_client(tabs[0].entries[0]["client_id"])
    assert suite.admin.post(f"/conversations/{first}/assign", {"agent_id": agent.agent["id"]}).status in (200, 202)
    tabs[0].wait(lambda frame: frame.get("agent") == {"name": "Clara"})
    tabs[0].wait(lambda frame: "queue" in frame and frame["queue"] is None)
    assert tabs[1].wait(lambda frame: (frame.get("queue") or {}).get("position") == 1)["queue"]["wait_s"] >= 0
    tabs[2].wait(lambda frame: (frame.get("queue") or {}).get("position") == 2)


def test_a_status_that_changes_is_told(suite, talk, ben):
    _, tab, conversation = talk
    assert ben.post(f"/conversations/{conversation}/status", {"status": "resolved"}).status in (200, 202)
    tab.wait(lambda frame: (frame.get("conversation") or {}).get("status") == "resolved")


def test_it_heals_when_redis_was_away(suite, talk, ben):
    _, tab, conversation = talk
    suite.redis.stop()
    try:
        tab.say("Without Redis")
        tab.wait_entry(text="Without Redis")
        suite.reply(ben, conversation, "Nor here")
        tab.wait_entry(text="Nor here")
    finally:
        suite.redis.start()
    wait_until(lambda: presences(suite, conversation) == [True], 10, "they are there all the while")
