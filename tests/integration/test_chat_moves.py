"""A conversation goes from chat to mail and back and stays one; whose it is, only proof decides."""
import signal
import uuid

import pytest

from bus_suite import wait_until
from routing_suite import RoutingSuite, inconsistencies, version_violations


@pytest.fixture(scope="module")
def suite():
    with RoutingSuite() as made:
        made.start_all()
        made.support = made.inbox("support@example.com")
        made.widget = made.chat_inbox(mail=made.support)
        made.lonely = made.chat_inbox()
        made.ben = made.agent(presence="available")
        yield made
        assert version_violations(made) == []
        assert inconsistencies(made) == {}


class Visitor:
    """Somebody in a browser of their own."""

    def __init__(self, suite, name):
        self.suite, self.address, self.email = suite, f"v:{uuid.uuid4()}", f"{name}@mail.example"

    def write(self, text="Hello?", level=None, **fields):
        evidence = [(self.email, level)] if level else []
        return self.suite.attached(self.suite.chat(self.suite.widget, self.address, text, evidence=evidence, **fields))

    def confirm(self):
        self.suite.confirm(self.suite.widget, self.address, self.email)
        self.suite.handled()

    def mail(self, **fields):
        return self.suite.attached(self.suite.mail(self.suite.support, self.email, **fields))


@pytest.fixture
def ann(suite, request):
    return Visitor(suite, request.node.name.replace("[", "-").replace("]", ""))


def leaves(suite, conversation):
    suite.visitor(conversation, "VisitorPresenceChanged", present=False)
    suite.handled()


def comes(suite, conversation):
    suite.visitor(conversation, "VisitorPresenceChanged", present=True)
    suite.handled()


def time_passes(suite, conversation):
    """The wait is over, if there is one; and a tick has had its turn. Afterwards nothing waits, but for an address."""
    suite.query("UPDATE routing.conversation SET continue_at = now() - interval '1 second' WHERE id = %s AND continue_at IS NOT NULL RETURNING 1",
                conversation)
    wait_until(lambda: suite.query("SELECT coalesce(continue_at > now(), true) FROM routing.conversation WHERE id = %s", conversation)[0][0],
               10, "the wait is over")


def mails(suite, conversation):
    return [e for e in suite.log("conversation_id = %s AND type = 'message.submitted'", conversation) if e.message_submitted.channel == 1]


def customer_of(suite, channel, address):
    rows = suite.query("SELECT customer_id FROM identity.contact_point WHERE channel = %s AND address = %s", channel, address)
    return rows and str(rows[0][0])


def interactions(suite, conversation):
    return suite.query("SELECT channel, ended_at IS NULL FROM routing.interaction WHERE conversation_id = %s ORDER BY started_at", conversation)


def test_a_chat_finds_its_conversation_again_and_is_answered_there(suite, ann):
    conversation = ann.write()
    assert suite.types(conversation)[:2] == ["conversation.opened", "interaction.started"]
    assert ann.write("Still there?") == conversation
    suite.reply(conversation, suite.ben)
    submitted = suite.log("conversation_id = %s AND type = 'message.submitted'", conversation)[-1].message_submitted
    assert (submitted.channel, submitted.to_address, submitted.from_inbox_id, submitted.subject) == (2, ann.address, "", "")
    suite.status(conversation, suite.ben, "resolved")
    assert ann.write("One more thing") == conversation
    suite.status(conversation, suite.ben, "resolved")
    suite.query("UPDATE routing.conversation SET resolved_at = resolved_at - interval '25 hours' WHERE id = %s RETURNING 1", conversation)
    assert ann.write("A new thing") != conversation


def test_who_left_before_the_answer_gets_one_mail(suite, ann):
    conversation = ann.write("Where is my lamp?", level="confirmed")
    comes(suite, conversation)
    leaves(suite, conversation)
    suite.reply(conversation, suite.ben, "On its way.")
    suite.reply(conversation, suite.ben, "It comes on Monday.")
    row = suite.conversation(conversation)
    assert row["continue_at"] and mails(suite, conversation) == []
    time_passes(suite, conversation)
    [mail] = mails(suite, conversation)
    text = mail.message_submitted.text
    assert text.startswith("On its way.\n\nIt comes on Monday.\n\n") and "it is the same conversation." in text and "> Where is my lamp?" in text
    assert (mail.message_submitted.to_address, mail.message_submitted.from_inbox_id) == (ann.email, suite.support)
    assert mail.message_submitted.subject == f"Your chat [#{row['ref']}]" and mail.message_submitted.author_name == "Ben"
    assert not mail.message_submitted.in_reply_to and not mail.message_submitted.references  # it is the first
    assert interactions(suite, conversation) == [("chat", False), ("email", True)]
    assert suite.types(conversation)[-5:] == ["interaction.ended", "interaction.started", "conversation.moved", "message.attached", "message.submitted"]
    move = suite.query("SELECT message_id::text, from_channel, to_channel, reason, by_agent_id FROM routing.move WHERE conversation_id = %s", conversation)
    assert move == [(mail.message_submitted.message_id, "chat", "email", "customer_left", None)]
    assert suite.query("SELECT e.kind, m.text, m.author_type FROM routing.entry e JOIN routing.message m ON m.id = e.message_id WHERE m.id = %s",
                       move[0][0]) == [("system", "Moved from chat to email", "system")]
    # the answer by mail finds it, by either hint; then they return to the chat
    assert ann.mail(tag=mail.message_submitted.reply_tag) == conversation
    assert ann.mail(thread_ids=[mail.message_submitted.rfc_message_id]) == conversation
    suite.reply(conversation, suite.ben, "You are welcome.")
    reply = mails(suite, conversation)[-1].message_submitted
    assert (reply.from_inbox_id, reply.to_address) == (suite.support, ann.email) and reply.rfc_message_id.endswith("@example.com")
    assert ann.write("I am back") == conversation
    assert interactions(suite, conversation) == [("chat", False), ("email", False), ("chat", True)]
    reasons = suite.query("SELECT reason FROM routing.move WHERE conversation_id = %s ORDER BY created_at", conversation)
    assert reasons == [("customer_left",), ("customer_wrote",)]
    assert suite.conversation(conversation)["channels"] == ["chat", "email", "chat"]
    assert len(mails(suite, conversation)) == 2
    leaves(suite, conversation)
    suite.reply(conversation, suite.ben, "Welcome back.")
    time_passes(suite, conversation)
    last = mails(suite, conversation)[-1].message_submitted
    assert last.in_reply_to == reply.rfc_message_id  # whoever wrote it, the newest mail
    assert last.references[0] == mail.message_submitted.rfc_message_id and last.references[-1] == reply.rfc_message_id
    assert len(last.references) == len(set(last.references)) == 4


def test_who_is_moved_to_mail_before_they_saw_it_is_told_there(suite, ann):
    conversation = ann.write(level="confirmed")
    suite.reply(conversation, suite.ben, "On its way.")
    assert suite.move(conversation, suite.ben, "email").message_id
    time_passes(suite, conversation)
    [mail] = mails(suite, conversation)
    assert mail.message_submitted.text.startswith("On its way.") and mail.message_submitted.from_inbox_id == suite.support
    assert ann.mail(thread_ids=[mail.message_submitted.rfc_message_id]) == conversation


def test_the_channels_of_its_last_stretches_are_kept(suite, ann):
    conversation = ann.write(level="confirmed")
    comes(suite, conversation)
    assert suite.conversation(conversation)["channels"] is None  # one needs no list
    [routing] = suite.routings
    routing.signal(signal.SIGSTOP)  # so that both moves are one batch's
    try:
        first = suite.mail(suite.support, ann.email, subject=f"Re: [#{suite.conversation(conversation)['ref']}]")
        wait_until(lambda: suite.log("type = 'message.identified'")[-1].message_identified.message_id == first, 10, "the mail is identified")
        suite.chat(suite.widget, ann.address, "And here")
    finally:
        routing.signal(signal.SIGCONT)
    assert suite.attached(first) == conversation
    suite.handled()
    assert suite.conversation(conversation)["channels"] == ["chat", "email", "chat"]
    for channel in ["email", "chat"] * 2:
        assert suite.move(conversation, suite.ben, channel).message_id
    assert suite.conversation(conversation)["channels"] == ["chat", "email", "chat", "email", "chat"]


def test_the_mail_speaks_the_visitors_language(suite, ann):
    suite.query("INSERT INTO chat.visitor (id, inbox_id, address, locale) VALUES (%s, %s, %s, 'es-ES') RETURNING 1",
                uuid.uuid4(), suite.widget, ann.address)
    conversation = ann.write("Hola", level="confirmed")
    suite.reply(conversation, suite.ben, "Buenas")
    time_passes(suite, conversation)
    [mail] = mails(suite, conversation)
    assert mail.message_submitted.subject.startswith("Tu chat [#") and "es la misma conversación" in mail.message_submitted.text


def test_the_wait_is_real(suite, ann):
    conversation = ann.write(level="confirmed")
    leaves(suite, conversation)
    suite.reply(conversation, suite.ben)
    [(wait,)] = suite.query("SELECT extract(epoch FROM continue_at - reply_at) FROM routing.conversation WHERE id = %s", conversation)
    assert wait == 15
    assert mails(suite, conversation) == []
    wait_until(lambda: len(mails(suite, conversation)) == 1, 40, "the mail leaves by itself")


def test_what_was_seen_is_not_mailed(suite, ann):
    conversation = ann.write(level="confirmed")
    comes(suite, conversation)
    suite.reply(conversation, suite.ben)
    suite.visitor(conversation, "MessageRead", sequence=suite.conversation(conversation)["sequence"])
    leaves(suite, conversation)
    assert suite.conversation(conversation)["continue_at"] is None


def test_who_is_back_in_time_gets_none(suite, ann):
    conversation = ann.write(level="confirmed")
    comes(suite, conversation)
    suite.reply(conversation, suite.ben)
    leaves(suite, conversation)
    assert suite.conversation(conversation)["continue_at"]
    comes(suite, conversation)
    assert suite.conversation(conversation)["continue_at"] is None
    leaves(suite, conversation)  # and gone again without having seen it
    time_passes(suite, conversation)
    assert len(mails(suite, conversation)) == 1


@pytest.mark.parametrize("level", [None, "claimed", "verified"])
def test_an_address_without_proof_gets_none(suite, ann, level):
    conversation = ann.write(level=level)
    suite.reply(conversation, suite.ben)
    leaves(suite, conversation)
    time_passes(suite, conversation)
    assert mails(suite, conversation) == [] and suite.conversation(conversation)["channel"] == "chat"
    assert customer_of(suite, "email", ann.email) == []


def test_an_address_confirmed_late_is_not_too_late(suite, ann):
    conversation = ann.write(level="claimed")
    suite.reply(conversation, suite.ben, "On its way.")
    time_passes(suite, conversation)
    assert mails(suite, conversation) == []
    ann.confirm()
    time_passes(suite, conversation)
    assert [mail.message_submitted.to_address for mail in mails(suite, conversation)] == [ann.email]


def test_a_chat_without_a_mail_inbox_stays_a_chat(suite, ann):
    conversation = suite.attached(suite.chat(suite.lonely, ann.address, evidence=[(ann.email, "confirmed")]))
    suite.reply(conversation, suite.ben)
    leaves(suite, conversation)
    time_passes(suite, conversation)
    assert mails(suite, conversation) == []


def test_files_of_the_answer_go_along(suite, ann):
    conversation = ann.write(level="confirmed")
    file = suite.pb.hilo_dot_v1_dot_message__pb2.Attachment(id=str(uuid.uuid4()), name="plan.pdf", content_type="application/pdf", size_bytes=7, sha256="ab" * 32)
    suite.reply(conversation, suite.ben, attachments=[file])
    time_passes(suite, conversation)
    assert list(mails(suite, conversation)[0].message_submitted.attachments) == [file]


def test_mail_first_and_then_signed_in_is_one_conversation(suite, ann):
    conversation = ann.mail(name="Ann", rfc_id="second@ann.example", thread_ids=["first@ann.example"])
    signed = f"u:{suite.widget}:{uuid.uuid4()}"
    assert suite.attached(suite.chat(suite.widget, signed, evidence=[(ann.email, "confirmed")])) == conversation
    row = suite.conversation(conversation)
    assert (row["channel"], row["inbox_id"], row["via_inbox_id"]) == ("chat", suite.support, suite.widget)
    suite.reply(conversation, suite.ben)
    submitted = suite.log("conversation_id = %s AND type = 'message.submitted'", conversation)[-1].message_submitted
    assert (submitted.channel, submitted.to_address, submitted.from_inbox_id) == (2, signed, suite.widget)
    leaves(suite, conversation)
    time_passes(suite, conversation)
    [mail] = mails(suite, conversation)
    assert (mail.message_submitted.from_inbox_id, mail.message_submitted.subject) == ("", f"Broken lamp [#{row['ref']}]")
    assert mail.message_submitted.in_reply_to == "second@ann.example"
    assert list(mail.message_submitted.references) == ["first@ann.example", "second@ann.example"]
    assert ann.mail(tag=mail.message_submitted.reply_tag) == conversation


def test_somebody_elses_address_gains_nothing(suite, ann):
    conversation = ann.mail(name="Ann")
    mallory = Visitor(suite, "mallory")
    mallory.email = ann.email
    other = mallory.write(level="claimed", shown=conversation)
    assert other != conversation and suite.conversation(other)["linked_from"] is None
    assert customer_of(suite, "chat", mallory.address) != customer_of(suite, "email", ann.email)
    assert suite.query("SELECT count(*) FROM identity.claim WHERE address = %s", ann.email) == [(1,)]
    suite.reply(other, suite.ben, "A secret")
    leaves(suite, other)
    time_passes(suite, other)
    assert mails(suite, other) == []


def test_two_people_stay_two(suite, ann):
    first = suite.chat(suite.widget, f"u:{suite.widget}:1-{ann.email}", evidence=[(ann.email, "confirmed")])
    second = suite.chat(suite.widget, f"u:{suite.widget}:2-{ann.email}", evidence=[(ann.email, "confirmed")])
    assert suite.attached(first) != suite.attached(second)
    assert suite.query("SELECT count(DISTINCT customer_id) FROM identity.contact_point WHERE address LIKE %s", f"%{ann.email}")[0][0] == 2


def test_a_merge_keeps_both_histories(suite, ann):
    old, chat = ann.mail(name="Ann"), ann.write("Who am I?")
    before = suite.conversation(chat)["version"]
    assert suite.conversation(chat)["customer_id"] != suite.conversation(old)["customer_id"]
    ann.confirm()
    row = suite.conversation(chat)
    assert row["customer_id"] == suite.conversation(old)["customer_id"] == customer_of(suite, "chat", ann.address)
    assert row["version"] == before + 1 and suite.types(chat)[-1] == "conversation.customer_changed"
    assert suite.query("SELECT to_customer_id::text, evidence ->> 'address', evidence ->> 'level' FROM identity.link "
                       "WHERE from_customer_id <> to_customer_id AND evidence ->> 'address' = %s", ann.email) == [
        (row["customer_id"], ann.email, "3")]
    assert ann.write("And now?", shown=chat) == chat
    ann.confirm()
    assert len(suite.log("type = 'customer.merged' AND key = %s", row["customer_id"])) == 1


def test_a_merge_and_a_mail_survive_kills_and_happen_once(suite, ann):
    old, chat = ann.mail(name="Ann"), ann.write("Who am I?")
    suite.reply(chat, suite.ben, "Just a moment")
    suite.routings[0].kill()
    suite.confirm(suite.widget, ann.address, ann.email)
    message = suite.chat(suite.widget, ann.address, "Hello again")
    suite.identities[0].kill()
    suite.identities, suite.routings = [suite.daemon("identity")], [suite.daemon("routing")]
    assert suite.attached(message, 30) == chat
    suite.handled(30)
    assert suite.conversation(chat)["customer_id"] == suite.conversation(old)["customer_id"]
    leaves(suite, chat)
    suite.reply(chat, suite.ben, "Here I am")
    suite.routings[0].kill()
    suite.query("UPDATE routing.conversation SET continue_at = now() WHERE id = %s RETURNING 1", chat)
    suite.routings = [suite.daemon("routing") for _ in range(2)]
    wait_until(lambda: mails(suite, chat), 30, "the mail leaves")
    suite.handled(30)
    assert len(mails(suite, chat)) == 1
    assert suite.types(chat).count("conversation.customer_changed") == 1


def test_the_browser_goes_along_with_who_signs_in(suite, ann):
    conversation = ann.write("Anonymous so far")
    signed = f"u:{suite.widget}:{uuid.uuid4()}"
    suite.confirm(suite.widget, ann.address, signed)
    suite.handled()
    assert customer_of(suite, "chat", signed) == customer_of(suite, "chat", ann.address)
    assert suite.attached(suite.chat(suite.widget, signed, shown=conversation)) == conversation
    # one conversation, but what stands in the browser's stretch is one thing, and what the signed-in customer writes another
    assert interactions(suite, conversation) == [("chat", False), ("chat", True)]
    assert suite.query("SELECT count(*) FROM routing.move WHERE conversation_id = %s", conversation) == [(0,)]
    assert suite.types(conversation)[-3:] == ["interaction.ended", "interaction.started", "message.attached"]
    suite.reply(conversation, suite.ben)
    assert suite.log("conversation_id = %s AND type = 'message.submitted'", conversation)[-1].message_submitted.to_address == signed


def test_the_customer_ends_it_and_nobody_else_does(suite, ann):
    conversation, stranger = ann.write(), Visitor(suite, "stranger")
    stranger.write()
    point = {v.address: suite.query("SELECT id::text FROM identity.contact_point WHERE address = %s", v.address)[0][0] for v in (ann, stranger)}
    suite.visitor(conversation, "EndRequested", contact_point_id=point[stranger.address])
    suite.handled()
    assert suite.conversation(conversation)["status"] == "open"
    suite.visitor(conversation, "EndRequested", contact_point_id=point[ann.address])
    suite.handled()
    assert suite.conversation(conversation)["status"] == "resolved"
    assert suite.types(conversation)[-2:] == ["interaction.ended", "conversation.status_changed"]


def test_an_agent_moves_it_where_the_customer_can_be_reached(suite, ann):
    conversation = ann.write()
    assert suite.move(conversation, suite.ben, "email").code == "no_reachable_channel"
    ann.confirm()
    done = suite.move(conversation, suite.ben, "email")
    assert suite.query("SELECT reason, by_agent_id::text FROM routing.move WHERE message_id = %s", done.message_id) == [("agent", suite.ben)]
    suite.reply(conversation, suite.ben)
    assert mails(suite, conversation)[-1].message_submitted.to_address == ann.email
    assert suite.move(conversation, suite.ben, "chat").code == "no_reachable_channel"
    comes(suite, conversation)
    assert suite.move(conversation, suite.ben, "chat").message_id
    assert suite.conversation(conversation)["channel"] == "chat"
    sam = suite.agent(inboxes=[suite.support], name="Sam")
    assert suite.move(conversation, sam, "email").code == "forbidden"


def test_another_mail_inbox_stays_apart(suite, ann):
    conversation = ann.write(level="confirmed")
    suite.reply(conversation, suite.ben)
    time_passes(suite, conversation)
    [mail] = mails(suite, conversation)
    sales = suite.inbox()
    message = suite.mail(sales, ann.email, tag=mail.message_submitted.reply_tag)
    assert suite.attached(message) != conversation
