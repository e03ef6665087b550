"""A visitor chats, leaves before the answer comes, reads it in her mailbox within a minute, answers there, and finds all of it in the
chat when she is back: one conversation, its moves marked on both sides."""
import email.utils
import time

from chat_world import SUPPORT, stays
from instance import wait_for

LEFT_WITHIN_S = 60.0


def moves(world, conversation):
    return [(entry["move"]["from"], entry["move"]["to"], entry["move"]["reason"]) for entry in world.timeline(conversation) if entry.get("move")]


def test_the_whole_story(world):
    address = world.address("maria")
    maria = world.visitor().visit().open().begin("María Gil", address)
    world.confirm(maria, address)
    maria.write("Where is my parcel?")
    conversation = world.wait_conversation("Where is my parcel?")
    assert (conversation["channel"], conversation["assignee"]["name"]) == ("chat", "Ben Roth")
    world.answer(conversation, "Let me look it up.")
    maria.wait_lines("you: Where is my parcel?", "us: Let me look it up.")
    troubles = maria.troubles()
    maria.leave()

    # the answer finds nobody there: it goes to her mailbox, once, and says where the conversation goes on
    world.answer(conversation, "It arrives tomorrow.")
    began = time.monotonic()
    mail, _ = world.wait_mail(address, "It arrives tomorrow.", LEFT_WITHIN_S)
    took = time.monotonic() - began
    assert took < LEFT_WITHIN_S, f"the mail took {took:.1f} s"
    assert email.utils.parseaddr(mail["From"])[1] == SUPPORT
    text = " ".join(mail.get_body(("plain",)).get_content().split())
    assert "You left our chat before this answer came. Reply to this e-mail, or come back to the chat: it is the same conversation." in text
    assert "Where is my parcel?" in text  # the thread so far
    assert moves(world, conversation) == [("chat", "email", "customer_left")]

    # she answers by mail
    reply_to = email.utils.parseaddr(mail["Reply-To"])[1]
    world.write_mail(address, reply_to, "Re: " + mail["Subject"], "Great, thank you!", In_Reply_To=mail["Message-ID"].strip())
    world.wait_message(conversation, "Great, thank you!")

    # and comes back: everything is there, with the move marked
    maria.visit().open()
    so_far = ["you: Where is my parcel?", "us: Let me look it up.", "us: It arrives tomorrow.", "move: email", "you: Great, thank you!"]
    maria.wait_lines(*so_far)
    maria.write("I am back.")
    maria.wait_lines(*so_far, "move: chat", "you: I am back.")
    world.answer(conversation, "Welcome back.")
    wait_for("the answer in the chat", lambda: maria.lines()[-1] == "us: Welcome back.")

    assert moves(world, conversation) == [("chat", "email", "customer_left"), ("email", "chat", "customer_wrote")]
    assert [(entry["text"].strip(), entry["channel"]) for entry in world.timeline(conversation) if entry["kind"] == "message"] == [
        ("Where is my parcel?", "chat"), ("Let me look it up.", "chat"), ("It arrives tomorrow.", "chat"), ("Great, thank you!", "email"),
        ("I am back.", "chat"), ("Welcome back.", "chat")]
    # nothing is mailed twice, and nothing that was read in the chat
    stays(lambda: len(world.dovecot.mails(address)) == 2, 3)  # the link to confirm it, and the answer
    assert troubles == [] and maria.troubles() == []
    maria.close()
