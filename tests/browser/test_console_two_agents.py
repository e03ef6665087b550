"""Two agents look at the same conversation: each sees that the other is there and writes, and what either does shows on both screens;
so does what they note of the customer and how they call them, whichever of their conversations is open."""
from chat_world import SUPPORT
from instance import wait_for


def test_two_agents_see_each_other(world):
    address = world.address("lena")
    world.write_mail(address, SUPPORT, "Which size?", "Is the large one large?")
    conversation = world.wait_conversation("Is the large one large?")
    with world.console(world.staff("Zoe Adam")) as zoe, world.console() as ben:
        zoe.show(conversation)
        ben.show(conversation)
        zoe.page.getByText(zoe.word("thread.viewers.viewing", names="Ben Roth").split(" | ")[0]).first().waitFor()
        ben.write("It is")
        zoe.page.getByText(zoe.word("thread.viewers.typing", names="Ben Roth").split(" | ")[0]).first().waitFor()
        zoe.button("inbox.snooze.do", exact=False).first().click()
        zoe.page.getByRole("menuitem", {"name": zoe.word("inbox.snooze.reply")}).click()
        ben.page.getByText(ben.word("thread.untilReply")).first().waitFor()
        # what was begun stays; the snooze lasts until the customer writes, whatever we answer
        ben.page.keyboard().insertText(" very large.")
        ben.page.keyboard().press("Control+Enter")
        zoe.wait_entries("Is the large one large?", "It is very large.")
        assert world.agent.get(f"/conversations/{conversation['id']}")["status"] == "snoozed"
        mail, _ = world.wait_mail(address, "It is very large.")
        world.postfix.submit(address, mail["Reply-To"] or mail["From"].addresses[0].addr_spec, mail["Subject"], "I take it.", In_Reply_To=mail["Message-ID"])
        zoe.wait_entries("Is the large one large?", "It is very large.", "I take it.")
        wait_for("it to be open again", lambda: world.agent.get(f"/conversations/{conversation['id']}")["status"] == "open")
        assert zoe.troubles() == [] and ben.troubles() == []


def test_what_one_notes_of_a_customer_and_calls_them_shows_on_the_others_screen(world):
    address = world.address("olga")
    conversations = []
    for text in ("Is the blue one blue?", "Is the red one red?"):
        world.write_mail(address, SUPPORT, text, text)
        conversations.append(world.wait_conversation(text))
    with world.console(world.staff("Zita Adam")) as zita, world.console() as ben:
        for console, conversation in ((zita, conversations[0]), (ben, conversations[1])):
            console.show(conversation)
            console.page.getByLabel(console.word("customer.note.text")).waitFor()
        ben.page.getByLabel(ben.word("customer.note.text")).fill("She sees few colours.")
        ben.button("customer.note.add").click()
        noted = zita.page.getByRole("listitem").filter({"hasText": "She sees few colours."})
        noted.waitFor()
        noted.getByText("Ben Roth").waitFor()
        ben.page.getByRole("button", {"name": ben.word("customer.note.removeOf", name="Ben Roth")}).click()
        ben.button("customer.note.remove").click()
        noted.waitFor({"state": "detached"})
        ben.button("customer.editName").click()
        ben.page.getByRole("textbox", {"name": ben.word("customer.name"), "exact": True}).fill("Olga Prism")
        ben.page.keyboard().press("Enter")
        zita.page.getByRole("heading", {"name": "Olga Prism"}).waitFor()
        for text in ("Is the blue one blue?", "Is the red one red?"):
            zita.row(text).filter({"hasText": "Olga Prism"}).waitFor()
        assert zita.troubles() == [] and ben.troubles() == []
