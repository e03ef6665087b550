"""Lists, one conversation, its timeline, its customer: what stands in them, in which order, and how they page."""
import hashlib
import json
import secrets
import urllib.request
import uuid

import pytest

from bus_suite import wait_until
from gateway_suite import GatewaySuite


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as made:
        yield made


@pytest.fixture
def inbox(suite):
    return suite.make_inbox()["id"]


def ids(answer):
    return [c["id"] for c in answer.json["items"]]


def test_latest_activity_comes_first_and_pages_meet_without_gap_or_double(suite, inbox):
    made = [suite.make_conversation(inbox, subject=f"Number {n}")["id"] for n in range(7)]
    everything = ids(suite.admin.get("/conversations", inbox=inbox))
    assert everything == made[::-1]
    pages, after = [], None
    while True:
        page = suite.admin.get("/conversations", inbox=inbox, limit=3, **({"after": after} if after else {}))
        pages.append(ids(page))
        after = page.json["next"]
        if not after:
            break
    assert pages == [everything[:3], everything[3:6], everything[6:]]
    exactly = suite.admin.get("/conversations", inbox=inbox, limit=7)
    assert len(ids(exactly)) == 7 and exactly.json["next"] is None


def test_pages_meet_across_buckets_and_equal_times(suite, inbox):
    """The index knows stretches of 64 s only; the order within and between them is still by time, then id."""
    made = [suite.make_conversation(inbox)["id"] for n in range(6)]
    base = 1_700_000_000 // 64 * 64
    offsets = [0, 63, 64, 64, 65, 128]
    for number, offset in zip(made, offsets):
        suite.sql(f"UPDATE routing.conversation SET last_activity_at = to_timestamp({base + offset}), activity_bucket = {(base + offset) // 64} "
                  f"WHERE id = '{number}'")
    expected = [number for _, number in sorted(zip(offsets, made), reverse=True)]
    seen, after = [], None
    for _ in range(6):
        page = suite.admin.get("/conversations", inbox=inbox, limit=1, **({"after": after} if after else {}))
        seen += ids(page)
        after = page.json["next"]
    assert seen == expected and after is None


def test_views_and_status_choose(suite, inbox):
    agent = suite.make_agent(inboxes=[inbox])
    mine, nobodys, done = (suite.make_conversation(inbox)["id"] for _ in range(3))
    assert agent.post(f"/conversations/{mine}/assign", {"agent_id": agent.agent["id"]}).status == 200
    assert agent.post(f"/conversations/{done}/assign", {"agent_id": agent.agent["id"]}).status == 200
    assert agent.post(f"/conversations/{done}/status", {"status": "resolved"}).status == 200
    assert ids(agent.get("/conversations", view="mine")) == [mine]
    assert ids(agent.get("/conversations", view="mine", status="resolved")) == [done]
    assert ids(agent.get("/conversations", view="unassigned")) == [nobodys]
    assert set(ids(agent.get("/conversations"))) == {mine, nobodys}
    assert ids(agent.get("/conversations", status="resolved")) == [done]
    assert ids(agent.get("/conversations", status="pending")) == []
    assert ids(agent.get("/conversations", view="mine", q="matter")) == [mine]


@pytest.mark.parametrize("query", [{"view": "some"}, {"status": "closed"}, {"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"after": "x"},
                                   {"after": "5-zz"}, {"after": f"-1-{uuid.uuid4()}"}, {"inbox": "x"}, {"q": "x" * 201}, {"limit": "1e1"}])
def test_bad_parameters_are_refused(suite, query):
    answer = suite.admin.get("/conversations", **query)
    assert (answer.status, answer.code) == (400, "invalid_parameter")


@pytest.mark.parametrize("q", ["100%", "_", "\\", "%", "a_b"])
def test_what_is_searched_is_taken_literally(suite, inbox, q):
    suite.make_conversation(inbox, subject="plain axb words", name="Plain")
    found = suite.make_conversation(inbox, subject=f"with {q} inside", name="Plain")["id"]
    assert ids(suite.admin.get("/conversations", q=q, inbox=inbox)) == [found]


def test_search_finds_words_names_and_addresses_in_any_case(suite, inbox):
    word = secrets.token_hex(6)
    found = suite.make_conversation(inbox, address=f"{word}@mail.example", name=f"Zoë {word}x", subject=f"About {word}y")["id"]
    suite.make_conversation(inbox)
    for q in (f"{word}@mail", f"ZOË {word}X"[4:], f"about {word}Y"):
        assert ids(suite.admin.get("/conversations", q=q)) == [found]


def test_a_reference_finds_also_what_is_resolved(suite, inbox):
    made = suite.make_conversation(inbox)
    assert suite.admin.post(f"/conversations/{made['id']}/status", {"status": "resolved"}).status == 200
    for q in (made["ref"], made["ref"].lower().replace("-", ""), made["ref"].replace("0", "o").replace("1", "L")):
        assert ids(suite.admin.get("/conversations", q=q)) == [made["id"]]


def test_a_conversation_is_found_by_id_and_by_reference_however_written(suite, inbox):
    made = suite.make_conversation(inbox)
    for name in (made["id"], made["id"].upper(), made["ref"], made["ref"].lower(), made["ref"].replace("-", ""), made["ref"].replace("-", " ")):
        answer = suite.admin.get(f"/conversations/{name}")
        assert answer.json["id"] == made["id"] and answer.headers["ETag"] == f'"{answer.json["version"]}"'
    for name in ("x", made["ref"][:-1], made["ref"] + "0", made["id"][:-1], "%00", "UUUU-UUUU"):
        assert suite.admin.get(f"/conversations/{name}").status == 404


def test_what_a_conversation_says_of_itself(suite, inbox):
    made = suite.make_conversation(inbox, address=f"{secrets.token_hex(4)}@mail.example", name="Ann", subject="Lamp", text="It is   dark.\nVery.")
    assert (made["subject"], made["status"], made["channel"], made["customer"]["name"], made["priority"], made["tags"]) == (
        "Lamp", "open", "email", "Ann", "normal", [])
    assert made["last_message"]["author"] == "Ann" and made["last_message"]["direction"] == "in"
    assert made["waiting_since"] == made["last_message"]["created_at"]
    suite.admin.post(f"/conversations/{made['id']}/messages", {"kind": "reply", "text": "Light."})
    after = suite.admin.get(f"/conversations/{made['id']}").json
    assert after["waiting_since"] is None and after["last_message"]["direction"] == "out" and after["version"] > made["version"]


def test_every_read_has_a_cursor_that_only_grows(suite, inbox):
    made = suite.make_conversation(inbox)
    paths = ["/session", "/agents", "/inboxes", f"/inboxes/{inbox}", "/conversations", f"/conversations/{made['id']}",
             f"/conversations/{made['id']}/timeline", f"/customers/{made['customer']['id']}"]
    cursors = [suite.admin.get(path).json["cursor"] for path in paths for _ in range(2)]
    assert cursors == sorted(cursors)


# ---- timelines ----

def test_the_timeline_shows_mails_both_ways_and_notes(suite, inbox):
    files = [("bill.pdf", "application/pdf", hashlib.sha256(b"pdf").hexdigest(), 3)]
    made = suite.make_conversation(inbox, address="kim@mail.example", name="Kim", subject="Bill", text="See attached.", html="<b>See</b>",
                                   files=files)
    agent = suite.make_agent(inboxes=[inbox])
    note = agent.post(f"/conversations/{made['id']}/messages", {"kind": "note", "text": "checked"}).json
    reply = agent.post(f"/conversations/{made['id']}/messages", {"kind": "reply", "text": "Thanks", "html": "<p>Thanks</p>"}).json
    first, second, third = agent.get(f"/conversations/{made['ref']}/timeline").json["items"]
    assert (first["direction"], first["text"], first["html"], first["author"]["type"], first["author"]["name"]) == ("in", "See attached.", "<b>See</b>", "customer", "Kim")
    assert first["from"] == {"name": "Kim", "address": "kim@mail.example"} and first["subject"] == "Bill" and first["delivery"] is None
    assert [(f["name"], f["content_type"], f["size"], f["inline"]) for f in first["attachments"]] == [("bill.pdf", "application/pdf", 3, False)]
    assert second == note and (note["kind"], note["direction"], note["delivery"]) == ("note", None, None) and "subject" not in note
    assert (third["id"], third["text"], third["html"], third["author"]["id"]) == (reply["id"], "Thanks", "<p>Thanks</p>", agent.agent["id"])
    assert third["to"] == [{"name": "Kim", "address": "kim@mail.example"}] and third["delivery"]["state"] == "queued"


@pytest.mark.parametrize("state, answer, shown, reason", [
    ("queued", None, "queued", None), ("queued", "451 later", "queued", "451 later"), ("leased", None, "sending", None), ("sent", "250 ok", "sent", None),
    ("failed", "550 no such user", "failed", "550 no such user"), ("unknown", "lost", "unknown", "lost")])
def test_delivery_says_where_a_reply_stands(suite, inbox, state, answer, shown, reason):
    made = suite.make_conversation(inbox)
    reply = suite.admin.post(f"/conversations/{made['id']}/messages", {"kind": "reply", "text": "Hi"}).json
    suite.execute("INSERT INTO channel.outbound (message_id, conversation_id, sequence, inbox_id, channel, state, attempts, payload, answer, submitted_at) "
                     "VALUES (%s, %s, 2, %s, 'email', %s, 1, '', %s, now())", reply["id"], made["id"], inbox, state, answer)
    assert suite.admin.get(f"/conversations/{made['id']}/timeline").json["items"][-1]["delivery"] == {"state": shown, "reason": reason}


def test_the_timeline_pages_by_sequence(suite, inbox):
    made = suite.make_conversation(inbox)
    for n in range(4):
        suite.admin.post(f"/conversations/{made['id']}/messages", {"kind": "note", "text": f"note {n}"})
    path = f"/conversations/{made['id']}/timeline"
    first = suite.admin.get(path, limit=3).json
    second = suite.admin.get(path, limit=3, after=first["next"]).json
    assert [m["text"] for m in first["items"] + second["items"]] == ["Help, please.", "note 0", "note 1", "note 2", "note 3"]
    assert second["next"] is None and suite.admin.get(path, after=99).json["items"] == []
    latest = suite.admin.get(path, before=10 ** 18, limit=2).json
    assert [m["text"] for m in latest["items"]] == ["note 2", "note 3"] and latest["next"] is None
    older = suite.admin.get(path, before=latest["items"][0]["sequence"], limit=2).json
    assert [m["sequence"] for m in older["items"]] == [2, 3]
    for query in ({"after": "x"}, {"after": -1}, {"limit": 201}, {"before": 0}, {"before": 2, "after": 1}):
        assert suite.admin.get(path, **query).status == 400


def test_text_comes_through_whatever_it_is(suite, inbox):
    text = "\u202eright‮ \U0001f600 \"quotes\" \\ <script>alert(1)</script> \u0007\u2028 Ж"
    made = suite.make_conversation(inbox, text=text, subject=text, name="O'Brien \"Bob\" <b>")
    assert suite.admin.get(f"/conversations/{made['id']}/timeline").json["items"][0]["text"] == text
    assert made["customer"]["name"] == "O'Brien \"Bob\" <b>"


# ---- customers ----

def test_a_customer_has_their_addresses_and_conversations(suite, inbox):
    address = f"{secrets.token_hex(4)}@mail.example"
    first = suite.make_conversation(inbox, address=address, name="Ann")
    suite.admin.post(f"/conversations/{first['id']}/status", {"status": "resolved"})
    suite.sql(f"UPDATE routing.conversation SET resolved_at = now() - interval '90 days' WHERE id = '{first['id']}'")
    second = suite.make_conversation(inbox, address=address, name="Ann")
    customer = suite.admin.get(f"/customers/{second['customer']['id']}").json
    assert customer["name"] == "Ann" and customer["contact_points"] == [{"channel": "email", "address": address, "level": "claimed"}]
    assert {c["id"] for c in customer["conversations"]} == {first["id"], second["id"]}


# ---- files ----

def fetch(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


def upload(suite, name, data, content_type="application/octet-stream"):
    answer = suite.admin.call("POST", "/uploads", raw=data, headers={"Content-Type": content_type}, query={"name": name})
    assert answer.status == 201
    return answer.json


def test_an_upload_leaves_with_a_reply_and_is_fetched_by_its_signed_address(suite, inbox):
    data = secrets.token_bytes(300_000)
    file = upload(suite, "../../etc/Ünder line;\"x\".bin", data)
    assert file["name"] == "Ünder line;\"x\".bin" and file["size"] == len(data)
    made = suite.make_conversation(inbox)
    reply = suite.admin.post(f"/conversations/{made['id']}/messages", {"kind": "reply", "text": "Here", "attachments": [file["id"], file["id"]]}).json
    attached, = reply["attachments"]
    assert (attached["id"], attached["name"], attached["size"]) == (file["id"], file["name"], len(data))
    status, headers, body = fetch(attached["url"])
    assert status == 200 and body == data
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%9Cnder%20line%3B%22x%22.bin"
    assert headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in headers["Content-Security-Policy"]
    assert headers["Content-Type"] == "application/octet-stream"
    requested = [e for e in suite.log("type = 'reply.requested'") if e.reply_requested.message_id == reply["id"]]
    assert [f.sha256 for f in requested[0].reply_requested.attachments] == [hashlib.sha256(data).hexdigest()]


def test_markup_is_never_served_as_markup(suite, inbox):
    for name, kind, served in (("x.html", "text/html", "application/octet-stream"), ("x.svg", "image/svg+xml", "application/octet-stream"),
                               ("x.png", "image/png", "image/png")):
        file = upload(suite, name, b"<script>", kind)
        assert file["content_type"] == kind
        made = suite.make_conversation(inbox)
        reply = suite.admin.post(f"/conversations/{made['id']}/messages", {"kind": "note", "text": "x", "attachments": [file["id"]]}).json
        assert fetch(reply["attachments"][0]["url"])[1]["Content-Type"] == served


def test_a_changed_or_old_address_opens_nothing(suite, inbox):
    file = upload(suite, "a.txt", b"secret")
    made = suite.make_conversation(inbox)
    reply = suite.admin.post(f"/conversations/{made['id']}/messages", {"kind": "note", "text": "x", "attachments": [file["id"]]}).json
    url = reply["attachments"][0]["url"]
    until = url.partition("until=")[2].partition("&")[0]
    changed = [url[:-1] + ("0" if url[-1] != "0" else "1"), url.replace("name=612e747874", "name=612e68746d6c"), url.replace(f"until={until}", "until=99999999999"),
               url.partition("&signature")[0], url.replace(hashlib.sha256(b"secret").hexdigest(), hashlib.sha256(b"other").hexdigest()),
               url.replace("/attachments/", "/attachments/..%2f")]
    assert {fetch(address)[0] for address in changed} <= {400, 404}
    assert fetch(url)[0] == 200


def test_uploads_are_refused_by_name_size_and_disk(suite):
    def put(raw, **query):
        return suite.admin.call("POST", "/uploads", raw=raw, query=query)
    assert put(b"x").code == "invalid_parameter"
    for name in ("", ".", "..", "a/", "a\nb"):
        assert put(b"x", name=name).code == "invalid_parameter"
    assert put(b"", name="empty.txt").json["size"] == 0
    assert put(b"x" * (25 << 20), name="big.bin").status == 201


def test_a_file_larger_than_allowed_is_refused(suite):
    answer = suite.admin.clone().call("POST", "/uploads", raw=b"x" * ((25 << 20) + 1), query={"name": "big.bin"})
    assert (answer.status, answer.code) == (413, "body_size")


def test_json_answers_are_compact_enough_and_not_cached(suite, inbox):
    answer = suite.admin.get("/conversations", inbox=inbox)
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Content-Type"].startswith("application/json")
    json.loads(answer.body)


def test_old_uploads_and_sessions_are_cleared_away(suite):
    file = upload(suite, "old.txt", b"old")
    suite.sql(f"UPDATE gateway.upload SET created_at = now() - interval '8 days' WHERE id = '{file['id']}'")
    gateway = suite.start_gateway()
    wait_until(lambda: suite.sql(f"SELECT count(*) FROM gateway.upload WHERE id = '{file['id']}'") == "0", 10, "the old upload is gone")
    gateway.stop()
