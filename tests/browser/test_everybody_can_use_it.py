"""Each screen of the widget in both languages and both themes: axe finds nothing, and a keyboard is enough."""
import pytest

from instance import wait_for


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "es"])
def test_axe_finds_nothing_on_any_screen(world, locale, scheme):
    visitor = world.visitor(locale=locale, scheme=scheme).visit()
    found = {}

    def audit(screen, url="/widget/frame"):
        wrong = visitor.page.audit(url)
        if wrong:
            found[screen] = wrong

    audit("launcher", world.shop.origin)
    visitor.open()
    assert visitor.frame.locator("html").getAttribute("lang") == locale
    audit("home")
    visitor.button("home.start").click()
    visitor.field("prechat.email").fill("not an address")
    audit("form")
    visitor.button("prechat.go").click()
    visitor.frame.locator("[aria-invalid=true]").waitFor()
    audit("form with an error")
    visitor.field("prechat.email").fill("")
    visitor.button("prechat.skip").click()
    visitor.field("composer.label").waitFor()
    audit("empty thread")
    text = f"Axe {locale} {scheme}: https://shop.example/cart"
    visitor.write(text)
    audit("message under way")
    conversation = world.wait_conversation(text)
    world.answer(conversation, "An answer")
    visitor.wait_lines(f"you: {text}", "us: An answer")
    audit("thread")
    visitor.button("menu").click()
    audit("menu")
    visitor.button("continue.menu").click()
    visitor.button("continue.save").waitFor()
    audit("where answers go")
    visitor.field("prechat.email").fill(world.address("axe"))
    visitor.button("continue.save").click()
    visitor.button("continue.check").waitFor()
    audit("an address that is claimed")
    visitor.button("back").click()
    visitor.context.setOffline(True)
    visitor.frame.locator(".strip.down").waitFor()
    audit("no connection")
    visitor.context.setOffline(False)
    visitor.frame.locator(".strip:not(.down)").waitFor({"state": "attached"})
    visitor.button("menu").click()
    visitor.button("end.menu").click()
    audit("end?")
    visitor.button("end.yes").click()
    visitor.frame.locator(".ended").waitFor()
    audit("ended")
    audit("launcher when open", world.shop.origin)
    assert found == {}
    assert visitor.troubles() == []
    visitor.close()


def focused(visitor):
    """The name of what has the focus inside the widget."""
    return visitor.frame.locator(":focus").evaluateAll(
        {"$js": "found => found.map((e) => e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent.trim())[0] ?? null"})


def tab_to(visitor, key):
    for _ in range(20):
        visitor.page.keyboard().press("Tab")
        if (focused(visitor) or "").startswith(visitor.words[key]):
            return
    raise AssertionError(f"Tab does not lead to “{visitor.words[key]}”")


def test_a_keyboard_is_enough(world):
    visitor = world.visitor().visit()
    keyboard = visitor.page.keyboard()
    keyboard.press("Tab")
    keyboard.press("Enter")  # the launcher is the only thing on the page
    visitor.frame.locator("main button").first().waitFor()
    tab_to(visitor, "home.start")
    keyboard.press("Enter")
    tab_to(visitor, "prechat.name")
    keyboard.type("Nadia")
    keyboard.press("Enter")
    visitor.field("composer.label").waitFor()
    wait_for("the focus where one writes", lambda: focused(visitor) == visitor.words["composer.label"])
    keyboard.type("Without a mouse")
    keyboard.press("Enter")
    conversation = world.wait_conversation("Without a mouse")
    world.answer(conversation, "Nor do I have one")
    visitor.wait_lines("you: Without a mouse", "us: Nor do I have one")

    keyboard.press("Shift+Tab")
    tab_to(visitor, "composer.label")
    for _ in range(8):
        keyboard.press("Shift+Tab")
        if focused(visitor) == visitor.words["menu"]:
            break
    keyboard.press("Enter")
    tab_to(visitor, "end.menu")
    keyboard.press("Escape")
    assert focused(visitor) == visitor.words["menu"]

    # Escape closes the widget, and the focus is where it came from
    keyboard.press("Escape")
    wait_for("the focus on the launcher", lambda: visitor.page.evaluate("document.activeElement.localName") == "hilo-chat")
    assert visitor.launcher().getAttribute("aria-expanded") == "false"
    keyboard.press("Enter")
    visitor.wait_lines("you: Without a mouse", "us: Nor do I have one")
    assert visitor.troubles() == []
    visitor.close()
