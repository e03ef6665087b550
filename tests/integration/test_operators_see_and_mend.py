"""What operators see and do: inboxes are tried for real, what could not be handled is tried again or given up, and how everything is."""
import secrets
import socket
import threading
import uuid

import pytest
from aiosmtpd.smtp import AuthResult

from bus_suite import wait_until
from chat_suite import ChatSuite
from email_suite import Controller
from ports import free_port


class Relay:
    """An SMTP server: .mails is what it was given whole. auth: wants this password; refuses: says no to these recipients."""

    def __init__(self, auth=None, refuses=()):
        relay, self.mails, self.recipients = self, [], []

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, options):
                relay.recipients.append((envelope.mail_from, address))
                if address in refuses:
                    return "550 5.1.1 nobody here by that name"
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, server, session, envelope):
                relay.mails.append(envelope)
                return "250 OK"

        def check(server, session, envelope, mechanism, data):
            return AuthResult(success=auth is not None and data.password == auth.encode())

        self.controller = Controller(Handler(), hostname="127.0.0.1", port=free_port(), authenticator=check, auth_required=auth is not None,
                                     auth_require_tls=False)
        self.controller.start()
        self.host = f"127.0.0.1:{self.controller.port}"

    def stop(self):
        self.controller.stop()


@pytest.fixture(scope="module")
def relay():
    running = Relay()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def suite(relay):
    with ChatSuite() as running:
        running.lmtp = f"127.0.0.1:{free_port()}"
        running.email = running.daemon("email", HILO_LMTP_ADDRESS=running.lmtp, HILO_MAIL_HOSTNAME="suite.example", HILO_SEAL_KEY=running.seal_key,
                                       HILO_SMTP_URL=f"smtp://{relay.host}", HILO_FILES=str(running.folder / "files"))
        wait_until(lambda: running.replicas("email") and running.replicas("chat"), 20, "mail and chat daemons have shards")
        yield running


def try_inbox(suite, inbox):
    """The steps by their names; how it ended."""
    answer = suite.admin.post(f"/inboxes/{inbox['id']}/test")
    if answer.status == 202:
        request = answer.json["request"]["id"]
        wait_until(lambda: suite.admin.get(f"/requests/{request}").json["state"] != "pending", 30, "the test is done")
        result = suite.admin.get(f"/requests/{request}").json["outcome"]
    else:
        assert answer.status == 201, answer.body
        result = answer.json
    steps = {step["step"]: step for step in result["steps"]}
    assert result["ok"] == all(step["ok"] for step in result["steps"])
    return {name: step["code"] for name, step in steps.items()}, steps, result["ok"]


# ---- inboxes are tried ----

def test_a_mail_inbox_is_spoken_for_and_nothing_is_sent(suite, relay):
    inbox = suite.make_inbox()
    codes, steps, ok = try_inbox(suite, inbox)
    assert ok and codes == {"address": "ok", "receive": "ok", "secret": "skipped", "resolve": "ok", "connect": "ok", "tls": "skipped",
                            "sign_in": "skipped", "send": "ok"}
    assert steps["address"]["detail"] == inbox["address"] and steps["receive"]["detail"] == suite.lmtp
    assert relay.recipients[-1] == (inbox["address"], inbox["address"]) and relay.mails == []


def test_the_same_test_again_is_answered_from_memory(suite, relay):
    inbox, key = suite.make_inbox(), secrets.token_hex(8)
    first = suite.admin.post(f"/inboxes/{inbox['id']}/test", headers={"Idempotency-Key": key})
    tried = len(relay.recipients)
    again = suite.admin.post(f"/inboxes/{inbox['id']}/test", headers={"Idempotency-Key": key})
    assert (first.status, first.json) == (again.status, again.json) and len(relay.recipients) == tried


@pytest.mark.parametrize("url, step, code", [
    ("smtp://nobody.invalid", "resolve", "not_found"),
    ("smtp://127.0.0.1:{closed}", "connect", "refused"),
    ("smtps://127.0.0.1:{plain}", "tls", "unexpected"),
    ("smtp://ann:secret-word@127.0.0.1:{plain}", "tls", "no_tls"),
])
def test_what_is_wrong_with_a_relay_is_said(suite, relay, url, step, code):
    inbox = suite.make_inbox(smtp_url=url.format(closed=free_port(), plain=relay.controller.port))
    codes, steps, ok = try_inbox(suite, inbox)
    assert not ok and codes[step] == code
    assert list(codes).index(step) == len(codes) - 1  # what hangs on it is not tried
    assert "secret-word" not in str(steps)


def test_a_relay_that_refuses_is_quoted(suite):
    refusing = Relay(refuses={"refused@suite.example"})
    inbox = suite.make_inbox("refused@suite.example", smtp_url=f"smtp://{refusing.host}")
    codes, steps, ok = try_inbox(suite, inbox)
    refusing.stop()
    assert not ok and codes["send"] == "rejected" and "nobody here by that name" in steps["send"]["detail"]


def test_a_server_that_says_nothing_is_given_up(suite):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        threading.Thread(target=lambda: silent.accept()[0].recv(1), daemon=True).start()
        inbox = suite.make_inbox(smtp_url=f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        codes, _, ok = try_inbox(suite, inbox)
    assert not ok and codes["connect"] == "timeout"


def test_an_inbox_that_is_off_takes_nothing_in(suite):
    inbox = suite.make_inbox()
    suite.admin.patch(f"/inboxes/{inbox['id']}", {"active": False})
    codes, _, ok = try_inbox(suite, inbox)
    assert not ok and (codes["receive"], codes["send"]) == ("inactive", "ok")


def test_a_password_sealed_with_another_key_is_noticed(suite):
    inbox = suite.make_inbox(smtp_url="smtp://ann:pw@relay.example")
    suite.execute("UPDATE config.inbox SET smtp_url_sealed = %s WHERE id = %s", secrets.token_bytes(80), inbox["id"])
    codes, _, ok = try_inbox(suite, inbox)
    assert not ok and codes["secret"] == "cannot_open" and "connect" not in codes


def test_a_chat_inbox_is_tried(suite):
    mail = suite.make_inbox()
    chat = suite.make_chat_inbox(mail_inbox_id=mail["id"])
    codes, steps, ok = try_inbox(suite, chat)
    assert ok and codes == {"address": "ok", "receive": "ok", "secret": "ok", "origins": "ok", "mail_inbox": "ok"}
    assert (steps["origins"]["detail"], steps["mail_inbox"]["detail"]) == ("https://shop.example", mail["address"])
    suite.admin.patch(f"/inboxes/{mail['id']}", {"active": False})
    bare = suite.make_chat_inbox(origins=())
    assert try_inbox(suite, chat)[0]["mail_inbox"] == "inactive"
    assert try_inbox(suite, bare)[0] == {"address": "ok", "receive": "ok", "secret": "ok", "origins": "missing", "mail_inbox": "skipped"}


# ---- what could not be handled ----

def park(suite, *reasons, key=None, service="routing"):
    """Events of one key that lie aside, as a daemon leaves them. Returns their ids."""
    key, ids = key or str(uuid.uuid4()), []
    for number, reason in enumerate(reasons):
        suite.query("INSERT INTO bus.parked (service, xid, id, key, type, reason, error, payload, key_hash, occurred_at) "
                    "VALUES (%s, '77', nextval('bus.event_id_seq'), %s, 'message.identified', %s, %s, %s, 0, now()) RETURNING id",
                    service, key, reason, "it cannot be read" if reason == "failed" else "", b"no envelope")
        ids.append(suite.query("SELECT id FROM bus.v_parked ORDER BY parked_at DESC, id DESC LIMIT 1")[0][0])
    return ids


def parked(suite, identifier):
    return next((item for item in suite.admin.get("/parked", limit=100).json["items"] if item["id"] == identifier), None)


def test_parked_work_is_listed_newest_first_in_pages(suite):
    ids = park(suite, "failed", "held", "held", service="nobody")
    seen, after = [], {}
    while True:
        page = suite.admin.get("/parked", limit=2, **after).json
        seen += [item["id"] for item in page["items"]]
        if not page["next"]:
            break
        after = {"after": page["next"]}
    assert [identifier for identifier in seen if identifier in ids] == ids[::-1] and len(seen) == len(set(seen))
    item = parked(suite, ids[0])
    assert (item["kind"], item["service"], item["reason"], item["error"], item["size"], item["retrying"], item["retry_at"]) == (
        "event", "nobody", "failed", "it cannot be read", 11, False, None)
    suite.query("UPDATE bus.parked SET retry_at = now() + interval '40 seconds' WHERE service = 'nobody' AND reason = 'failed' RETURNING 1")
    item = parked(suite, ids[0])
    assert not item["retrying"] and item["retry_at"] > item["parked_at"]
    assert suite.admin.get("/parked", after="nonsense").status == 400


def test_a_parked_event_is_tried_again_by_its_own_daemon(suite):
    failed, = park(suite, "failed")
    answer = suite.admin.post(f"/parked/{failed}/retry")
    assert (answer.status, answer.json) == (200, {"id": failed, "state": "retrying"})

    def failed_again():
        item = parked(suite, failed)
        return item and not item["retrying"] and item["error"] != "it cannot be read"
    wait_until(failed_again, 30, "routing has tried it again, in vain")
    assert suite.admin.post(f"/parked/{failed}/discard").json == {"id": failed, "state": "discarded"}
    assert parked(suite, failed) is None and suite.admin.post(f"/parked/{failed}/discard").status == 404


def test_what_is_held_waits_for_what_is_before_it(suite):
    failed, held = park(suite, "failed", "held", service="nobody")
    answer = suite.admin.post(f"/parked/{held}/retry")
    assert (answer.status, answer.code) == (409, "refused")
    assert suite.admin.post(f"/parked/{failed}/discard").status == 200
    assert parked(suite, held)


def test_giving_up_is_done_once_and_written_down(suite):
    failed, = park(suite, "failed", service="nobody")
    answers = [suite.admin.post(f"/parked/{failed}/discard", headers={"Idempotency-Key": failed}) for _ in range(2)]
    assert [(answer.status, answer.json["state"]) for answer in answers] == [(200, "discarded")] * 2
    entry = suite.admin.get("/audit", action="parked.discarded").json["items"][0]
    assert (entry["object"]["id"], entry["object"]["name"]) == (failed, "message.identified")


def test_a_mail_that_cannot_be_read_is_read_again_when_asked(suite):
    inbox, number = suite.make_inbox(), str(uuid.uuid4())
    raw = f"From: Ann <ann@example.org>\r\nTo: {inbox['address']}\r\nSubject: Again\r\nMessage-ID: <{number}@example.org>\r\n\r\nHello\r\n".encode()
    suite.execute("INSERT INTO channel.unparsed (id, inbox_id, channel, dedupe_key, error, raw, size_bytes) VALUES (%s, %s, 'email', %s, %s, %s, %s)",
                  number, inbox["id"], number, "it was a bad day", raw, len(raw))
    item = parked(suite, number)
    assert (item["kind"], item["reason"], item["inbox_id"], item["size"]) == ("mail", "unparsed", inbox["id"], len(raw))
    assert suite.admin.post(f"/parked/{number}/retry").status == 200
    wait_until(lambda: parked(suite, number) is None, 30, "it is read and gone")
    wait_until(lambda: suite.admin.get("/conversations", inbox=inbox["id"]).json["items"], 20, "it is a conversation")


@pytest.mark.parametrize("identifier", ["x", "routing.1", "routing.99999999999999999999.1", "routing.1.1'--", "....", "01a201fd-20b3-738e-a543-9d7b6517506c"])
def test_what_is_not_parked_is_not_found(suite, identifier):
    assert suite.admin.post(f"/parked/{identifier}/discard").status == 404


# ---- how everything is ----

def test_health_names_every_daemon_and_who_waits(suite):
    inbox = suite.make_inbox()
    suite.make_conversation(inbox["id"])
    wait_until(lambda: suite.admin.get("/health").json["ok"], 20, "all is well")
    health = suite.admin.get("/health").json
    daemons = {daemon["name"]: daemon for daemon in health["daemons"]}
    assert set(daemons) == {"bus", "email", "chat", "identity", "routing", "gateway"}
    assert all(daemon["ready"] and daemon["replicas"] >= 1 for daemon in daemons.values())
    queue = next(queue for queue in health["queues"] if queue["inbox_id"] == inbox["id"])
    assert queue["waiting"] == 1 and queue["oldest_at"]
    assert health["log"]["bytes"] > 0 and health["unrouted"]["count"] == len(suite.query(
        "SELECT FROM bus.parked WHERE service = 'routing' AND type = 'message.identified'"))


def test_health_shows_a_supervisor_their_own_inboxes(suite):
    own, other = suite.make_inbox(), suite.make_inbox()
    suite.make_conversation(other["id"])
    supervisor = suite.make_agent("supervisor", [own["id"]])
    health = supervisor.get("/health").json
    assert [queue["inbox_id"] for queue in health["queues"]] == [own["id"]] and health["unrouted"]["count"] == 0
    assert health["outbound"] == {"queued": 0, "failed": 0, "oldest_at": None}
    assert suite.make_agent(inboxes=[own["id"]]).get("/health").status == 403


def test_a_message_nobody_has_routed_is_seen(suite):
    inbox = suite.make_inbox()
    before = suite.admin.get("/health").json["unrouted"]["count"]
    suite.query("INSERT INTO bus.parked (service, xid, id, key, type, reason, error, payload, key_hash, occurred_at, inbox_id) "
                "VALUES ('identity', '78', 1, 'k', 'message.received', 'failed', 'x', '', 0, now() - interval '1 hour', %s) RETURNING id", inbox["id"])
    unrouted = suite.admin.get("/health").json["unrouted"]
    assert unrouted["count"] == before + 1 and unrouted["oldest_at"]
    suite.query("DELETE FROM bus.parked WHERE xid = '78' RETURNING id")
