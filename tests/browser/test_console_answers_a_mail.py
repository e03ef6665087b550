"""An agent at the console: a mail arrives while they look, they answer, the customer's mailbox has it, and the matter is resolved."""
from chat_world import SUPPORT
from instance import wait_for


def test_a_mail_is_answered_and_resolved(world):
    address = world.address("nora")
    with world.console() as ben:
        ben.list("mine")
        world.write_mail(address, SUPPORT, "The lid is broken", "The lid of my kettle broke.\n\nNora")
        ben.row("The lid is broken").first().waitFor()  # without a reload
        ben.open("The lid is broken")
        ben.wait_entries("The lid of my kettle broke.")
        waiting = ben.page.locator("header .waiting")  # how long, until they are answered
        assert ben.word("ui.waiting") in waiting.innerText()
        ben.send("We send you a new lid today.")
        ben.wait_entries("The lid of my kettle broke.", "We send you a new lid today.")
        mail, _ = world.wait_mail(address, "We send you a new lid today.")
        assert mail["Subject"].startswith("Re: The lid is broken [#")
        waiting.waitFor({"state": "detached"})
        wait_for("word that it was sent", lambda: ben.word("thread.delivery.sent") in ben.entries()[-1])

        world.postfix.submit(address, mail["Reply-To"] or mail["From"].addresses[0].addr_spec, mail["Subject"], "Thank you!",
                             In_Reply_To=mail["Message-ID"])
        ben.wait_entries("The lid of my kettle broke.", "We send you a new lid today.", "Thank you!")
        ben.button("inbox.resolve", exact=False).first().click()
        ben.page.getByText(ben.word("common.status.resolved"), {"exact": True}).first().waitFor()
        ben.list("mine")  # the row one has open stays where it is
        assert not any("The lid is broken" in row for row in ben.rows())
        conversation = next(c for c in world.agent.get("/conversations", status="resolved")["items"] if c["subject"] == "The lid is broken")
        assert conversation["assignee"]["name"] == "Ben Roth"
        assert ben.troubles() == []


def test_a_note_is_seen_by_colleagues_only(world):
    address = world.address("olga")
    world.write_mail(address, SUPPORT, "An invoice", "Please send me the invoice.")
    conversation = world.wait_conversation("Please send me the invoice.")
    with world.console(world.staff("Mia Wolf")) as mia, world.console() as ben:
        mia.show(conversation)
        ben.show(conversation)
        ben.send("She asked last year as well.", kind="note")
        mia.wait_entries("Please send me the invoice.", "She asked last year as well.")
        ben.send("Here it is.")
        mia.wait_entries("Please send me the invoice.", "She asked last year as well.", "Here it is.")
        assert "She asked last year" not in world.wait_mail(address, "Here it is.")[0].as_string()
        assert mia.troubles() == [] and ben.troubles() == []
