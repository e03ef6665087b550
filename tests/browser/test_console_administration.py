"""What an administrator does on the screen holds: for the widget, for a colleague who is signed in, for a program with a token."""
import re
import secrets
import subprocess

import pytest

from browser import Js
from chat_world import SUPPORT
from instance import Person, Refused, wait_for


@pytest.fixture(scope="module")
def ada(world):
    with world.console(world.staff("Ada Lind", "administrator", ["all"])) as console:
        yield console
        assert console.troubles() == []


def settings(console, path):
    console.page.goto(f"{console.url}/settings/{path}")
    console.page.getByRole("main").getByRole("heading").first().waitFor()


def field(console, key):
    return console.page.getByLabel(Js(rf"/^{re.escape(console.word(key))}\s*({console.word('ui.required')})?$/")).first()


def pick(console, key, text):
    """Of a list that is searched by typing; what is new is made."""
    field(console, key).fill(text)
    console.page.getByRole("option").filter({"hasText": text}).first().click()
    console.page.keyboard().press("Tab")


def save(console):
    console.button("common.save").click()
    console.page.getByText(console.word("settings.form.saved"), {"exact": True}).waitFor()


def tab(console, name):
    console.page.getByRole("tab", {"name": name}).click()


def is_refused(person):
    try:
        person.get("/conversations")
    except Refused as refused:
        return refused.status == 401
    return False


def test_a_chat_inbox_is_made_looks_as_chosen_and_opens_when_it_shall(world, ada):
    name = f"Garden {secrets.token_hex(2)}"
    settings(ada, "inboxes")
    ada.button("settings.inboxes.make").click()
    field(ada, "settings.inboxes.channel").selectOption({"label": ada.word("settings.channel.chat")})
    field(ada, "settings.inboxes.name").fill(name)
    pick(ada, "settings.chat.origins", world.shop.origin)
    ada.button("settings.inboxes.create").click()
    ada.page.getByRole("heading", {"name": name}).waitFor()

    tab(ada, ada.word("settings.inboxes.tab.look"))
    preview = ada.page.frameLocator("figure iframe")
    preview.getByText(name).first().waitFor()
    field(ada, "settings.chat.title").fill("The greenhouse")
    field(ada, "settings.chat.greeting").fill("What shall grow?")
    ada.page.getByPlaceholder("#1A1D2B").fill("#7A1F5C")
    preview.getByText("The greenhouse").first().waitFor()
    preview.getByText("What shall grow?").first().waitFor()
    wait_for("the accent", lambda: "rgb(122, 31, 92)" in preview.locator("body *").evaluateAll(
        Js("all => all.map((one) => getComputedStyle(one).backgroundColor)")))
    save(ada)

    tab(ada, ada.word("settings.inboxes.tab.hours"))
    ada.page.getByRole("switch", {"name": ada.word("settings.hours.always")}).click()
    monday = ada.page.getByRole("group", {"name": "Monday"})
    monday.getByLabel(ada.word("settings.hours.until")).fill("08:00")
    ada.page.getByRole("alert").filter({"hasText": ada.word("settings.hours.fault.order")}).waitFor()
    monday.getByLabel(ada.word("settings.hours.until")).fill("17:30")
    ada.button("settings.hours.likeMonday").click()
    save(ada)

    tab(ada, ada.word("settings.inboxes.tab.install"))
    made = next(inbox for inbox in world.admin.get("/inboxes")["items"] if inbox["name"] == name)
    embed = ada.page.getByRole("textbox", {"name": ada.word("settings.chat.embed")}).innerText()
    assert made["chat"]["public_id"] in embed and embed == made["chat"]["embed"]
    look = made["chat"]["settings"]
    assert (look["title"]["en"], look["greeting"]["en"], look["accent"]) == ("The greenhouse", "What shall grow?", "#7A1F5C")
    assert made["chat"]["origins"] == [world.shop.origin]
    assert all(look["hours"]["days"][day][0][1] == "17:30" for day in "12345")


def test_somebody_is_invited_and_gets_team_skills_and_capacity(world, ada):
    email = world.address("nora")
    settings(ada, "agents")
    ada.button("settings.agents.make").click()
    field(ada, "settings.agents.name").fill("Nora Falk")
    field(ada, "settings.agents.email").fill(email)
    ada.button("settings.agents.invite").click()
    link = ada.page.getByRole("textbox", {"name": ada.word("settings.agents.link")}).innerText()
    ada.page.getByRole("link", {"name": ada.word("settings.agents.more")}).click()
    ada.page.getByRole("heading", {"name": "Nora Falk"}).waitFor()
    pick(ada, "settings.skills.label", "swedish")
    field(ada, "settings.capacity.all").fill("9")
    field(ada, "settings.channel.chat").fill("2")
    save(ada)

    team = f"Night {secrets.token_hex(2)}"
    settings(ada, "teams/new")
    field(ada, "settings.teams.name").fill(team)
    pick(ada, "settings.teams.members", "Nora Falk")
    ada.button("common.save").click()
    ada.page.getByRole("row").filter({"hasText": team}).filter({"hasText": "Nora Falk"}).waitFor()
    nora = next(agent for agent in world.admin.get("/agents")["items"] if agent["email"] == email)
    assert (nora["skills"], nora["capacity"], nora["channel_capacity"]) == (["swedish"], 9, {"email": None, "chat": 2})

    context = world.chromium.newContext({"locale": "en"})
    page = context.newPage()
    page.goto(link)
    page.locator("input[type=password]").first().fill("four plain quiet words")
    page.getByRole("button").last().click()
    page.getByText(ada.word("sign-in.invitation.done")).waitFor()
    context.close()
    assert Person(ada.url, email, "four plain quiet words").agent["teams"] == nora["teams"] != []


def test_rights_that_change_show_at_once(world, ada):
    world.write_mail(world.address("rita"), SUPPORT, "Rights of Rita", "Who may read this?")
    world.wait_conversation("Who may read this?")
    who = world.staff("Otis Wren")
    with world.console(who) as otis:
        otis.list("all")
        otis.row("Rights of Rita").first().waitFor()
        settings(ada, f"agents/{world.hilo.sign_in(*who).agent['id']}")
        chosen = ada.page.locator("form").getByRole("button", {"name": ada.word("ui.remove", name=world.mail_inbox["name"])})
        chosen.click()
        save(ada)
        otis.row("Rights of Rita").first().waitFor({"state": "detached"})
        pick(ada, "settings.agents.inboxes", world.mail_inbox["name"])
        save(ada)
        otis.row("Rights of Rita").first().waitFor()
        assert otis.troubles() == []


def test_words_at_hand_differ_by_channel(world, ada):
    shortcut, tag = f"thanks-{secrets.token_hex(2)}", f"garden-{secrets.token_hex(2)}"
    settings(ada, "canned-replies/new")
    field(ada, "settings.canned.title").fill("Thank somebody")
    field(ada, "settings.canned.shortcut").fill(shortcut)
    ada.page.getByRole("tabpanel").getByRole("textbox").fill("Many thanks.")
    ada.page.getByRole("tab", {"name": ada.word("settings.channel.email")}).click()
    ada.page.getByRole("tabpanel").getByRole("textbox").fill("Dear {{customer.name}}, many thanks for your letter.")
    field(ada, "settings.canned.scope").selectOption({"label": ada.word("settings.canned.shared")})
    ada.button("common.save").click()
    ada.page.getByRole("row").filter({"hasText": shortcut}).waitFor()
    settings(ada, "tags")
    ada.button("settings.tags.make").click()
    field(ada, "settings.tags.name").fill(tag)
    field(ada, "settings.tags.description").fill("What grows outside")
    ada.button("common.save").click()
    ada.page.getByRole("row").filter({"hasText": tag}).waitFor()

    world.write_mail(f"Gerda Moss <{world.address('gerda')}>", SUPPORT, "Of gardens", "Here is my letter.")
    conversation = world.wait_conversation("Here is my letter.")
    with world.console() as ben:
        ben.show(conversation)
        ben.write(f"/{shortcut}")
        ben.page.getByRole("option").filter({"hasText": "Thank somebody"}).click()
        ben.page.getByText("Dear Gerda Moss, many thanks for your letter.").waitFor()
        ben.page.keyboard().press("Control+Enter")
        ben.wait_entries("Here is my letter.", "Dear Gerda Moss, many thanks for your letter.")
        ben.page.getByRole("button", {"name": ben.word("inbox.tags"), "exact": True}).first().click()
        ben.page.getByRole("option").filter({"hasText": tag}).click()
        wait_for("the tag", lambda: tag in world.agent.get(f"/conversations/{conversation['id']}")["tags"])


def test_a_token_is_shown_once_works_until_revoked_and_all_of_it_is_told(world, ada):
    name = f"reports {secrets.token_hex(2)}"
    settings(ada, "tokens")
    ada.button("settings.tokens.make").click()
    dialog = ada.page.getByRole("dialog")
    dialog.getByLabel(ada.word("settings.tokens.name")).fill(name)
    dialog.getByRole("button", {"name": ada.word("settings.tokens.make")}).click()
    token = dialog.getByRole("textbox", {"name": ada.word("settings.tokens.token"), "exact": True}).innerText()
    ada.button("settings.tokens.done").click()
    ada.page.getByRole("row").filter({"hasText": name}).waitFor()
    ada.page.reload()
    ada.page.getByRole("row").filter({"hasText": name}).waitFor()
    assert token not in ada.page.content()

    program = object.__new__(Person)
    program.url, program.token = ada.url + "/api/v1", token
    assert program.get("/conversations")["items"]
    ada.button("settings.tokens.revokeOf", name=name).click()
    ada.page.getByRole("dialog").getByRole("button", {"name": ada.word("settings.tokens.revoke"), "exact": True}).click()
    ada.page.getByRole("row").filter({"hasText": name}).waitFor({"state": "detached"})
    wait_for("the token to be refused", lambda: is_refused(program), 2)

    settings(ada, "audit")
    log = ada.page.getByRole("row").filter({"hasText": "Ada Lind"})
    for action in ["token_created", "token_deleted"]:
        log.filter({"hasText": ada.word(f"settings.audit.action.{action}")}).filter({"hasText": name}).first().waitFor()


def test_what_could_not_be_handled_is_seen_tried_again_and_given_up(world, ada):
    url = (world.hilo.var / "secrets/database-url-routing").read_text().strip()
    subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", url, "-c",
                    "INSERT INTO bus.parked (service, xid, id, key, type, reason, error, payload, key_hash, occurred_at) VALUES "
                    "('routing', '77', 1, gen_random_uuid(), 'message.identified', 'failed', 'it cannot be read', 'no envelope', 0, now())"],
                   check=True, capture_output=True)
    settings(ada, "health")
    ada.page.getByText(ada.word("settings.health.toParked")).click()
    row = ada.page.getByRole("row").filter({"hasText": "message.identified"})
    row.filter({"hasText": "it cannot be read"}).getByRole("button", {"name": ada.word("settings.parked.retry")}).click()
    # by its own daemon, in vain again: that shows by itself, and what it says of it
    row.filter({"hasText": "it cannot be read"}).waitFor({"state": "detached"})
    row.getByRole("button", {"name": ada.word("settings.parked.retry")}).waitFor()
    row.getByRole("button", {"name": ada.word("settings.parked.discard")}).click()
    ada.page.getByRole("dialog").getByRole("button", {"name": ada.word("settings.parked.discard")}).click()
    ada.page.getByText(ada.word("settings.parked.empty")).waitFor()
    assert world.admin.get("/parked")["items"] == []
    settings(ada, "health")
    for daemon in ["gateway", "routing", "email", "chat"]:
        ada.page.getByRole("row").filter({"hasText": daemon}).filter({"hasText": ada.word("settings.health.ready")}).first().waitFor()
