"""The network of an agent is cut for a minute while others go on: a banner says so, what they write is kept, and afterwards the page
equals a fresh one. A reply that cannot be sent is seen to fail and is tried again."""
import time

from browser import Js
from chat_world import SUPPORT
from instance import wait_for
from tunnel import Tunnel

# all that a screen says, but for the clocks
SHOWN = Js("""() => {
  const text = (query) => [...document.querySelectorAll(query)].map((e) => e.innerText.replace(/\\b\\d+ ?(s|min|h)\\b/g, '').replace(/\\s+/g, ' ').trim())
  return { rows: text('[role=row]'), entries: text('[role=feed] article'), heads: text('h1'), sides: text('aside h2, aside h3') }
}""")


def test_after_a_minute_without_network_the_page_equals_a_fresh_one(world):
    addresses = [world.address(name) for name in ("ada", "bea", "cleo")]
    for number, address in enumerate(addresses):
        world.write_mail(address, SUPPORT, f"Cut {number}", f"Question {number}")
    first, second, third = [world.wait_conversation(f"Question {number}") for number in range(3)]
    with Tunnel() as tunnel, world.console(proxy={"server": tunnel.url, "bypass": "<-loopback>"}) as ben, world.console() as fresh:
        ben.show(first)
        ben.wait_entries("Question 0")
        ben.page.getByRole("textbox", {"name": ben.word("composer.text.reply")}).waitFor()  # it comes by the network as well
        tunnel.cut()
        began = time.monotonic()
        ben.send("Written into the void.")
        world.answer(first, "Written elsewhere.")
        world.write_mail(world.address("dora"), SUPPORT, "Cut 3", "Question 3")
        world.wait_conversation("Question 3")
        world.agent.post(f"/conversations/{second['id']}/status", {"status": "resolved"})
        world.agent.post(f"/conversations/{third['id']}/triage", {"priority": "urgent"})
        ben.page.getByText(ben.word("shell.connection.lost")).first().waitFor({"timeout": 60000})
        time.sleep(max(0, 60 - (time.monotonic() - began)))
        tunnel.mend()
        ben.page.locator(".banner").waitFor({"state": "detached", "timeout": 60000})
        ben.page.getByRole("article").filter({"hasText": "Written into the void."}).filter({"hasText": "✓"}).waitFor({"timeout": 60000})

        fresh.show(first)
        fresh.page.getByRole("article").filter({"hasText": "Written into the void."}).waitFor()
        try:
            wait_for("the two to be equal", lambda: ben.page.evaluate(SHOWN) == fresh.page.evaluate(SHOWN), 15, 0.5)
        except AssertionError:
            assert ben.page.evaluate(SHOWN) == fresh.page.evaluate(SHOWN)  # says where they differ
            raise
        texts = [e["text"] for e in world.timeline(first)]
        assert sorted(texts[1:]) == ["Written elsewhere.", "Written into the void."]
        assert ben.troubles() == []


def test_a_reply_that_fails_says_so_and_is_tried_again(world):
    address = world.address("fay")
    world.write_mail(address, SUPPORT, "Fails once", "Will it fail?")
    conversation = world.wait_conversation("Will it fail?")
    with world.console() as ben:
        ben.show(conversation)
        ben.page.route("**/messages", Js("(route) => route.abort()"))
        ben.send("It did.")
        failed = ben.page.getByRole("article").filter({"hasText": "It did."})
        failed.getByRole("button", {"name": ben.word("thread.retry")}).waitFor()
        ben.page.unroute("**/messages")
        failed.getByRole("button", {"name": ben.word("thread.retry")}).click()
        ben.wait_entries("Will it fail?", "It did.")
        world.wait_mail(address, "It did.")
        assert [e["text"].strip() for e in world.timeline(conversation)] == ["Will it fail?", "It did."]
