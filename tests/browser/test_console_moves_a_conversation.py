"""An agent chooses over which channel the answer goes: from the chat to the customer's mailbox, and back into the chat, one thread."""
from instance import wait_for


def pick(ben, channel):
    ben.page.getByRole("button", {"name": ben.word("composer.channel.label")}).click()
    ben.page.getByRole("menuitemcheckbox", {"name": ben.word(f"channels.{channel}")}).click()


def moves(world, conversation):
    return [(entry["move"]["from"], entry["move"]["to"]) for entry in world.timeline(conversation) if entry.get("move")]


def test_the_agent_moves_it_to_mail_and_back_to_the_chat(world):
    address = world.address("tara")
    tara = world.visitor().visit().open().begin("Tara Lind", address)
    world.confirm(tara, address)
    tara.write("Can you send me the manual?")
    conversation = world.wait_conversation("Can you send me the manual?")
    with world.console() as ben:
        ben.show(conversation)
        ben.wait_entries("Can you send me the manual?")
        pick(ben, "email")
        ben.page.getByText(ben.word("composer.channel.moves")).waitFor()
        ben.send("It is in your mailbox.")
        moved = ben.word("thread.move.moved", **{"from": "Chat", "to": "E-mail"})
        ben.wait_entries("Can you send me the manual?", moved, "It is in your mailbox.")
        world.wait_mail(address, "It is in your mailbox.")
        tara.wait_lines("you: Can you send me the manual?", "move: email", "us: It is in your mailbox.")

        pick(ben, "chat")
        ben.send("And I am here, if you have questions.")
        wait_for("the answer in the chat", lambda: tara.lines()[-1] == "us: And I am here, if you have questions.")
        back = ben.word("thread.move.moved", **{"from": "E-mail", "to": "Chat"})
        ben.wait_entries("Can you send me the manual?", moved, "It is in your mailbox.", back, "And I am here, if you have questions.")
        assert moves(world, conversation) == [("chat", "email"), ("email", "chat")]
        assert world.mails_with(address, "if you have questions") == []
        assert ben.troubles() == [] and tara.troubles() == []
        tara.close()
