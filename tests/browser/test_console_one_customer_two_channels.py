"""A customer writes by mail, goes on in the chat and leaves: at the console it is one thread, its moves marked."""
from browser import Js
from chat_world import SUPPORT


def test_mail_and_chat_are_one_thread(world):
    address = world.address("iris")
    world.write_mail(address, SUPPORT, "Two boxes", "I ordered two boxes, one came.")
    conversation = world.wait_conversation("I ordered two boxes, one came.")
    with world.console() as ben:
        ben.show(conversation)
        ben.wait_entries("I ordered two boxes, one came.")
        iris = world.visitor().visit(sub=address, name="Iris Kuhn", email=address).open()
        iris.wait_lines("you: I ordered two boxes, one came.")
        iris.write("Hello, it is me again.")
        ben.wait_entries("I ordered two boxes, one came.", ben.word("thread.move.moved", **{"from": "E-mail", "to": "Chat"}), "Hello, it is me again.")
        ben.send("The other one comes tomorrow.")  # where the customer is now
        iris.wait_lines("you: I ordered two boxes, one came.", "move: chat", "you: Hello, it is me again.", "us: The other one comes tomorrow.")
        iris.write("Thank you")
        ben.page.getByRole("article").filter({"hasText": "Thank you"}).waitFor()
        row = ben.row("Two boxes").first()  # the whole way, in small and in words
        assert row.locator(".strip i").evaluateAll(Js("lines => lines.map(line => line.dataset.line)")) == ["chat", "mail"]
        row.getByRole("img", {"name": ben.word("channels.through", channels="E-mail, Chat")}).waitFor()
        assert [c["id"] for c in world.conversations() if c["customer"]["id"] == conversation["customer"]["id"]] == [conversation["id"]]
        assert ben.troubles() == [] and iris.troubles() == []
        iris.close()
