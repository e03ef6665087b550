"""Each screen of the console in both languages and both themes: axe finds nothing, and a keyboard is enough."""
import pytest

from browser import Js
from chat_world import SUPPORT
from instance import wait_for

SETTINGS = ["profile", "inboxes", "agents", "teams", "canned-replies", "tags", "company", "tokens", "audit", "parked", "health"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "es"])
def test_axe_finds_nothing_on_any_screen(world, locale, scheme):
    text = f"Axe {locale} {scheme}"
    world.write_mail(world.address("axe"), SUPPORT, text, f"{text}: is everything well?")
    conversation = world.wait_conversation(f"{text}: is everything well?")
    who = world.staff("Ada Lind", "administrator", ["all"])
    world.hilo.sign_in(*who).put("/preferences", {"locale": locale, "theme": scheme})
    found = {}
    with world.console(who, locale=locale, scheme=scheme) as ada:
        def audit(screen):
            assert ada.page.locator("html").getAttribute("lang") == locale
            wrong = ada.page.audit(ada.url)
            if wrong:
                found[screen] = wrong
        ada.list("all")
        audit("list")
        ada.show(conversation)
        ada.write("A few words", "note")
        audit("conversation")
        ada.button("shell.palette.open").click()
        ada.page.getByRole("dialog").waitFor()
        audit("palette")
        ada.page.keyboard().press("Escape")
        ada.page.goto(f"{ada.url}/search?q=Axe")
        ada.page.getByRole("main").waitFor()
        audit("search")
        for page in SETTINGS:
            ada.page.goto(f"{ada.url}/settings/{page}")
            ada.page.getByRole("main").getByRole("heading").first().waitFor()
            ada.page.waitForTimeout(300)
            audit(page)
        ada.page.goto(f"{ada.url}/setup")
        ada.page.getByRole("main").getByRole("heading").first().waitFor()
        audit("setup")
        assert found == {}
        assert ada.troubles() == [] and ada.said() == []


def test_a_keyboard_is_enough(world):
    address = world.address("kay")
    world.write_mail(address, SUPPORT, "By keyboard", "Can you do it without a mouse?")
    conversation = world.wait_conversation("Can you do it without a mouse?")
    with world.console() as ben:
        ben.list("mine")
        ben.row("By keyboard").first().waitFor()
        keys = ben.page.keyboard()
        keys.press("?")
        sheet = ben.page.getByRole("dialog", {"name": ben.word("shell.shortcuts.title")})
        sheet.waitFor()
        keys.press("Escape")
        sheet.waitFor({"state": "detached"})
        for _ in ben.rows():
            before = ben.page.url()
            if conversation["id"] in before:
                break
            keys.press("j")
            wait_for("the next one", lambda: ben.page.url() != before)
        ben.wait_entries("Can you do it without a mouse?")
        writes = Js("() => document.activeElement.isContentEditable")
        keys.press("r")
        wait_for("the editor to have the keyboard", lambda: ben.page.evaluate(writes))
        keys.insertText("Yes.")
        keys.press("Control+Enter")
        ben.wait_entries("Can you do it without a mouse?", "Yes.")
        world.wait_mail(address, "Yes.")
        def left():  # the editor has the keyboard again as soon as the answer has gone
            keys.press("Escape")
            ben.page.waitForTimeout(300)
            return not ben.page.evaluate(writes)
        wait_for("the editor to be left", left)
        keys.press("e")
        wait_for("it to be resolved", lambda: any(c["subject"] == "By keyboard" for c in world.agent.get("/conversations", status="resolved")["items"]))


def test_magnified_to_the_double_nothing_is_cut_off_and_the_thread_keeps_room(world):
    world.write_mail(world.address("lupe"), SUPPORT, "Through a glass", "Can you read this, magnified?")
    conversation = world.wait_conversation("Can you read this, magnified?")
    with world.console(world.staff("Lena Lupe", "administrator", ["all"]), viewport={"width": 640, "height": 400}) as lena:
        def fits():
            return lena.page.evaluate(Js("""() => [...document.querySelectorAll('main, main *')].filter((one) => !one.closest('pre, code, table, .visually-hidden')
                && one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 150))""")) == []
        lena.list("all")
        assert fits()
        lena.show(conversation)
        lena.page.getByRole("textbox", {"name": lena.word("composer.text.reply")}).waitFor()
        assert fits() and lena.page.getByRole("feed").boundingBox()["height"] > 0
        room = lena.page.evaluate(Js("""() => { let box = document.querySelector('[role=feed]')
            while (getComputedStyle(box).overflowY === 'visible') box = box.parentElement
            return box.clientHeight }"""))
        assert room >= 80, room
        for page in SETTINGS:
            lena.page.goto(f"{lena.url}/settings/{page}")
            lena.page.getByRole("main").getByRole("heading").first().waitFor()
            assert fits(), page


def test_words_that_run_from_right_to_left_do(world):
    text = "שלום, איפה החבילה שלי?"
    world.write_mail(world.address("dalia"), SUPPORT, "החבילה 20417", text)
    conversation = world.wait_conversation(text)
    with world.console() as ben:
        ben.show(conversation)
        ben.wait_entries(text)
        ways = ben.page.evaluate(Js("""() => ['[data-page-title][dir]', '[role=feed] [dir=auto]'].map((where) =>
            getComputedStyle(document.querySelector(where)).direction)"""))
        assert ways == ["rtl", "rtl"]
        ben.list("all")
        assert ben.row(text).locator("bdi").filter({"hasText": text}).evaluate(Js("one => getComputedStyle(one).direction")) == "rtl"


@pytest.mark.parametrize("locale", ["en", "es"])
def test_what_is_missing_is_said_at_its_field_in_the_readers_words(world, locale):
    who = world.staff("Mar Soto", "administrator", ["all"])
    world.hilo.sign_in(*who).put("/preferences", {"locale": locale})
    with world.console(who, locale=locale) as mar:
        inside = mar.page.getByRole("dialog")

        def fault(label):
            """What a reader of screens is told of the field, if it is marked as wrong."""
            return inside.getByLabel(label).evaluate(Js("""one => one.ariaInvalid === 'true' && one === document.activeElement
                ? one.getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id).textContent).join(' ') : null"""))

        def send(page, make, submit):
            mar.page.goto(f"{mar.url}/settings/{page}")
            mar.button(make).first().click()
            inside.getByRole("button", {"name": mar.word(submit), "exact": True}).click()
        send("tags", "settings.tags.make", "common.save")
        assert mar.word("ui.fault.missing") in fault(mar.word("settings.tags.name"))
        send("tokens", "settings.tokens.make", "settings.tokens.make")
        assert mar.word("ui.fault.missing") in fault(mar.word("settings.tokens.name"))
        send("agents", "settings.agents.make", "settings.agents.invite")
        name, email = (inside.getByLabel(mar.word(f"settings.agents.{each}")) for each in ("name", "email"))
        assert mar.word("ui.fault.missing") in fault(mar.word("settings.agents.name"))
        assert inside.getByText(mar.word("ui.fault.missing")).count() == 2
        name.fill("Noa Gil")
        email.fill("noa")
        assert inside.getByText(mar.word("ui.fault.missing")).count() == 0
        mar.page.keyboard().press("Enter")
        assert mar.word("ui.fault.email") in fault(mar.word("settings.agents.email")) and name.getAttribute("aria-invalid") is None
        mar.page.keyboard().press("Escape")

        mar.page.goto(f"{mar.url}/settings/inboxes/{world.mail_inbox['id']}")
        for nothing in ("", "  "):
            mar.page.getByLabel(mar.word("settings.inboxes.name")).fill(nothing)
            mar.page.getByText(mar.word("ui.fault.missing")).waitFor({"state": "detached"})
            mar.button("common.save").click()
            mar.page.getByText(mar.word("ui.fault.missing")).waitFor()
        assert mar.troubles() == []
