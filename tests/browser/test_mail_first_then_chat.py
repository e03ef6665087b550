"""A customer who wrote by mail opens the chat of a shop that has signed him in: it is the same conversation, on both sides."""
from chat_world import SUPPORT
from instance import wait_for


def test_the_chat_goes_on_with_what_was_written_by_mail(world):
    address = world.address("pau")
    world.write_mail(address, SUPPORT, "The wrong colour", "I got blue, not green.")
    conversation = world.wait_conversation("I got blue, not green.")
    world.answer(conversation, "Which order was it?")
    world.wait_mail(address, "Which order was it?")

    pau = world.visitor().visit(sub=address, name="Pau Riba", email=address).open()
    pau.wait_lines("you: I got blue, not green.", "us: Which order was it?")
    pau.write("Number 4711.")
    wait_for("the message in the chat", lambda: pau.lines()[-2:] == ["move: chat", "you: Number 4711."])
    world.wait_message(conversation, "Number 4711.")
    world.answer(conversation, "The green one is on its way.")
    pau.wait_lines("you: I got blue, not green.", "us: Which order was it?", "move: chat", "you: Number 4711.", "us: The green one is on its way.")

    entries = world.timeline(conversation)
    assert [entry["channel"] for entry in entries if entry["kind"] == "message"] == ["email", "email", "chat", "chat"]
    assert [c["id"] for c in world.conversations() if c["customer"]["id"] == conversation["customer"]["id"]] == [conversation["id"]]
    assert not world.mails_with(address, "The green one")
    assert pau.troubles() == []
    pau.close()


def test_a_token_the_shop_did_not_sign_opens_nothing(world):
    address = world.address("rosa")
    world.write_mail(address, SUPPORT, "A secret", "My card ends in 4242.")
    world.wait_conversation("My card ends in 4242.")
    secret, world.shop.secret = world.shop.secret, "not the shop's"
    try:
        mallory = world.visitor().visit(sub=address, email=address).open()
    finally:
        world.shop.secret = secret
    mallory.button("home.start").waitFor()  # nothing to go on with
    assert mallory.lines() == []
    mallory.close()
