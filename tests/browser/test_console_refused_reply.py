"""The customer's mail server refuses an answer: the agent sees that and why, tries again when it is mended, and it arrives once."""
from chat_world import SUPPORT


def test_what_a_mail_server_refused_is_tried_again(world):
    address = world.address("rosa")
    world.write_mail(address, SUPPORT, "A closed mailbox", "Does my mailbox work?")
    conversation = world.wait_conversation("Does my mailbox work?")
    with world.console() as ben:
        ben.show(conversation)
        ben.wait_entries("Does my mailbox work?")
        world.postfix.refuse(address)
        try:
            ben.send("It does now.")
            reply = ben.page.getByRole("article").filter({"hasText": "It does now."})
            reply.filter({"hasText": ben.word("thread.delivery.failed")}).filter({"hasText": "the mailbox is closed"}).waitFor({"timeout": 30000})
        finally:
            world.postfix.refuse()
        reply.getByRole("button", {"name": ben.word("thread.retry")}).click()
        reply.filter({"hasNotText": ben.word("thread.delivery.failed")}).filter({"hasText": ben.word("thread.delivery.sent")}).waitFor({"timeout": 30000})
        assert reply.getByRole("button", {"name": ben.word("thread.retry")}).count() == 0
        world.wait_mail(address, "It does now.")
        ben.wait_entries("Does my mailbox work?", "It does now.")
        assert ben.troubles() == []
