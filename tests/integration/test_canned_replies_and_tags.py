"""Canned replies and tags: everybody's own, those that leaders share, and who sees and writes which."""
import secrets
import urllib.parse

import pytest

from gateway_suite import GatewaySuite


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as made:
        yield made


@pytest.fixture(scope="module")
def world(suite):
    return World(suite)


class World:
    """Two inboxes, a supervisor of the first and of both, an agent of each."""

    def __init__(self, suite):
        self.suite = suite
        self.first, self.second = suite.make_inbox()["id"], suite.make_inbox()["id"]
        self.lead = suite.make_agent("supervisor", [self.first])
        self.both = suite.make_agent("supervisor", [self.first, self.second])
        self.near = suite.make_agent(inboxes=[self.first])
        self.far = suite.make_agent(inboxes=[self.second])


def reply(**more):
    return {"shortcut": f"r{secrets.token_hex(5)}", "title": "Greeting", "text": "Hello {{customer.name}}", **more}


def make(client, **more):
    answer = client.post("/canned-replies", reply(**more))
    assert answer.status == 201, answer.body
    return answer.json


def ids(client, **query):
    return [r["id"] for r in client.get("/canned-replies", **query).json["items"]]


def test_a_personal_reply_is_its_owners_alone(world):
    mine = make(world.near, variants={"chat": "Hi"})
    assert (mine["scope"], mine["owner"]["id"], mine["inbox_ids"], mine["variants"]) == ("personal", world.near.agent["id"], [], {"chat": "Hi"})
    assert mine["id"] in ids(world.near)
    for other in (world.far, world.lead, world.suite.admin):
        assert mine["id"] not in ids(other)
        assert other.get(f"/canned-replies/{mine['id']}").status == 404
        assert other.patch(f"/canned-replies/{mine['id']}", {"title": "x"}).status == 404
        assert other.delete(f"/canned-replies/{mine['id']}").status == 404
    changed = world.near.patch(f"/canned-replies/{mine['id']}", {"text": "Bye", "variants": {"chat": None, "email": "Dear"}},
                               headers={"If-Match": '"1"'})
    assert changed.headers["ETag"] == '"2"'
    assert changed.json == {**mine, "text": "Bye", "variants": {"email": "Dear"}, "version": 2}
    assert world.near.delete(f"/canned-replies/{mine['id']}").status == 204
    assert world.near.get(f"/canned-replies/{mine['id']}").status == 404


def test_a_shared_reply_is_for_its_inboxes(world):
    made = make(world.lead, scope="shared", inbox_ids=[world.first])
    assert (made["owner"], made["inbox_ids"]) == (None, [world.first])
    assert made["id"] in ids(world.near) and made["id"] not in ids(world.far)
    assert world.far.get(f"/canned-replies/{made['id']}").status == 404
    assert made["id"] in ids(world.near, inbox=world.first)
    assert made["id"] not in ids(world.both, inbox=world.second)


def test_a_reader_is_told_of_own_inboxes_only(world):
    made = make(world.both, scope="shared", inbox_ids=[world.first, world.second])
    assert world.near.get(f"/canned-replies/{made['id']}").json["inbox_ids"] == [world.first]
    assert ids(world.near, inbox=world.second) == []
    for change in ({"title": "x"}, {"inbox_ids": [world.first]}):
        assert world.lead.patch(f"/canned-replies/{made['id']}", change).code == "forbidden"
    assert world.lead.delete(f"/canned-replies/{made['id']}").code == "forbidden"
    assert world.both.patch(f"/canned-replies/{made['id']}", {"inbox_ids": [world.second]}).status == 200
    assert world.near.get(f"/canned-replies/{made['id']}").status == 404


def test_what_is_for_all_inboxes_is_written_by_those_who_have_all(world):
    everywhere = make(world.suite.admin, scope="shared")
    assert everywhere["id"] in ids(world.near, inbox=world.first) and everywhere["id"] in ids(world.far)
    assert world.both.post("/canned-replies", reply(scope="shared")).code == "forbidden"
    assert world.lead.patch(f"/canned-replies/{everywhere['id']}", {"title": "x"}).code == "forbidden"
    assert world.suite.make_agent("supervisor", ["all"]).patch(f"/canned-replies/{everywhere['id']}", {"title": "x"}).status == 200


def test_agents_share_nothing(world):
    assert world.near.post("/canned-replies", reply(scope="shared", inbox_ids=[world.first])).code == "forbidden"
    shared = make(world.lead, scope="shared", inbox_ids=[world.first])
    assert world.near.patch(f"/canned-replies/{shared['id']}", {"title": "x"}).code == "forbidden"
    assert world.near.delete(f"/canned-replies/{shared['id']}").code == "forbidden"


@pytest.mark.parametrize("inbox", ["second", None])
def test_foreign_and_unknown_inboxes_are_refused_alike(world, inbox):
    wrong = getattr(world, inbox) if inbox else "00000000-0000-7000-8000-000000000001"
    answer = world.lead.post("/canned-replies", reply(scope="shared", inbox_ids=[wrong]))
    assert (answer.status, answer.json["field"], answer.json["detail"]) == (422, "inbox_ids", "inbox_ids must hold inboxes you have.")


def test_a_shortcut_is_taken_once_in_its_scope(world):
    shared = make(world.suite.admin, scope="shared")
    assert world.suite.admin.post("/canned-replies", reply(scope="shared", shortcut=shared["shortcut"])).code == "shortcut_taken"
    own = make(world.near, shortcut=shared["shortcut"])
    assert world.near.post("/canned-replies", reply(shortcut=own["shortcut"])).code == "shortcut_taken"
    make(world.far, shortcut=shared["shortcut"])
    other = make(world.near)
    assert world.near.patch(f"/canned-replies/{other['id']}", {"shortcut": own["shortcut"]}).code == "shortcut_taken"


def test_words_find_shortcut_title_and_text(world):
    word = secrets.token_hex(6)
    found = [make(world.near, shortcut=f"a{word}"), make(world.near, title=f"About {word}"), make(world.near, text=f"So {word.upper()} 100% _x")]
    make(world.near)
    assert sorted(ids(world.near, q=word)) == sorted(r["id"] for r in found)
    assert ids(world.near, q=f"{word} 100%") == [found[2]["id"]] and ids(world.near, q=f"{word}%") == []


@pytest.mark.parametrize("change, field", [
    ({"shortcut": "A"}, "shortcut"), ({"shortcut": "-a"}, "shortcut"), ({"shortcut": "a b"}, "shortcut"), ({"shortcut": "x" * 41}, "shortcut"),
    ({"title": ""}, "title"), ({"text": ""}, "text"), ({"text": "x" * 20001}, "text"), ({"variants": {"sms": "x"}}, "variants.sms"),
    ({"variants": {"chat": ""}}, "variants.chat"), ({"variants": []}, "variants"), ({"scope": "all"}, "scope"),
    ({"inbox_ids": ["00000000-0000-7000-8000-000000000001"]}, "inbox_ids")])
def test_bad_replies_are_refused(world, change, field):
    answer = world.near.post("/canned-replies", reply(**change))
    assert (answer.status, answer.json["field"]) == (422, field)


def test_who_may_see_a_reply_is_told_and_of_personal_ones_only_the_owner(world):
    own, other = world.suite.stream(world.near).wait_ready(), world.suite.stream(world.far).wait_ready()
    personal = make(world.near)
    shared = make(world.suite.admin, scope="shared")
    own.wait_configured("canned_reply", personal["id"], world.near.agent["id"])
    for stream in (own, other):
        stream.wait_configured("canned_reply", shared["id"])
    assert personal["id"] not in [e["data"].get("id") for e in other.events]


# ---- tags ----

def path(tag):
    return f"/tags/{tag}"


def test_a_tag_is_made_described_and_deleted(world):
    number = secrets.token_hex(4)
    made = world.lead.post("/tags", {"name": f" Devolución {number} ", "description": "Goods come back"}).json
    assert made == {"name": f"devolución {number}", "description": "Goods come back", "version": 1}
    assert made in world.near.get("/tags").json["items"]
    changed = world.lead.patch(path(made["name"]), {"description": ""}, headers={"If-Match": '"1"'})
    assert (changed.json, changed.headers["ETag"]) == ({**made, "description": "", "version": 2}, '"2"')
    assert world.lead.patch(path(made["name"]), {}, headers={"If-Match": '"1"'}).code == "stale_version"
    assert world.lead.delete(path(made["name"])).status == 204
    assert world.lead.delete(path(made["name"])).status == 404
    assert made["name"] not in [t["name"] for t in world.near.get("/tags").json["items"]]


def test_a_tag_is_made_once(world):
    name = f"t{secrets.token_hex(4)}"
    assert world.lead.post("/tags", {"name": name}).status == 201
    assert world.lead.post("/tags", {"name": name.upper()}).code == "name_taken"


@pytest.mark.parametrize("name", ["", " ", "-x", "a/b", "a,b", "x" * 41, "a\u202eb", 1, None])
def test_bad_tags_are_refused(world, name):
    answer = world.lead.post("/tags", {"name": name})
    assert (answer.status, answer.json["field"]) == (422, "name")


def test_agents_write_no_tags(world):
    assert world.near.post("/tags", {"name": "x"}).code == "forbidden"
    assert world.near.patch("/tags/x", {}).code == "forbidden"
    assert world.near.delete("/tags/x").code == "forbidden"


def test_screens_are_told_of_a_tag_by_name(world):
    stream = world.suite.stream(world.near).wait_ready()
    name = f"t{secrets.token_hex(4)} ñ"
    world.lead.post("/tags", {"name": name})
    stream.wait_configured("tag", name)
    assert urllib.parse.quote(name) != name  # the path holds it encoded
    assert world.lead.delete(path(name)).status == 204
