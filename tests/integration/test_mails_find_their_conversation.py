"""An answer lands in its conversation by tag, Message-ID or reference; what is forged, foreign or late opens a new one."""
import pytest

from bus_suite import wait_until
from routing_suite import RoutingSuite, inconsistencies, version_violations


@pytest.fixture(scope="module")
def suite():
    with RoutingSuite() as made:
        made.start_all()
        made.support = made.inbox("support@example.com")
        made.sales = made.inbox("sales@example.com")
        made.ben = made.agent(inboxes=[made.support, made.sales], presence="available")
        yield made
        assert version_violations(made) == []
        assert inconsistencies(made) == {}


class Opened:
    """Ann's first mail and Ben's answer to it."""

    def __init__(self, suite, address):
        self.rfc_id = f"first-{address}"
        self.message = suite.mail(suite.support, address, rfc_id=self.rfc_id)
        self.conversation = suite.attached(self.message)
        assert suite.reply(self.conversation, suite.ben).message_id
        self.submitted = suite.log("conversation_id = %s AND type = 'message.submitted'", self.conversation)[-1].message_submitted
        self.ref = suite.conversation(self.conversation)["ref"]


@pytest.fixture
def ann(suite, request):
    return Opened(suite, f"{request.node.name.replace('[', '-').strip(']')}@mail.example")


def address_of(ann):
    return ann.rfc_id.removeprefix("first-")


def test_a_strangers_mail_opens_a_conversation(suite):
    message = suite.mail(suite.support, "new@mail.example", "Where is my lamp?", name="Nia")
    conversation = suite.attached(message)
    assert suite.types(conversation) == ["conversation.opened", "interaction.started", "conversation.assigned", "message.attached"]
    row = suite.conversation(conversation)
    assert (row["status"], row["assignee_id"], row["subject"], row["last_author"]) == ("open", suite.ben, "Where is my lamp?", "Nia")


def test_two_mails_of_a_stranger_at_once_make_one_customer_and_two_conversations(suite):
    with suite.gateway.transaction():
        messages = [suite.mail(suite.support, "twice@mail.example") for _ in range(2)]
    conversations = [suite.attached(message) for message in messages]
    assert conversations[0] != conversations[1]
    assert len({suite.conversation(c)["customer_id"] for c in conversations}) == 1


@pytest.mark.parametrize("rule", ["tag", "own_id", "foreign_id", "subject"])
def test_each_rule_alone_is_enough(suite, ann, rule):
    hint = {"tag": {"tag": ann.submitted.reply_tag}, "own_id": {"thread_ids": [ann.submitted.rfc_message_id]},
            "foreign_id": {"thread_ids": [ann.rfc_id]}, "subject": {"subject": f"AW: lamp [#{ann.ref.lower()}]"}}[rule]
    assert suite.attached(suite.mail(suite.support, address_of(ann), **hint)) == ann.conversation
    assert suite.types(ann.conversation)[-1] == "message.attached"


def test_the_answer_carries_what_threads_it(suite, ann):
    submitted = ann.submitted
    assert submitted.in_reply_to == ann.rfc_id
    assert list(submitted.references) == [ann.rfc_id]
    assert submitted.rfc_message_id.endswith("@example.com")
    assert submitted.to_address == address_of(ann)
    assert f"[#{ann.ref}]" in submitted.subject


def test_a_forged_tag_is_nothing(suite, ann):
    tag = ann.submitted.reply_tag
    forged = tag[:-1] + ("0" if tag[-1] != "0" else "1")
    conversation = suite.attached(suite.mail(suite.support, address_of(ann), tag=forged))
    assert conversation != ann.conversation
    assert suite.conversation(conversation)["linked_from"] is None


def test_a_forged_message_id_is_nothing(suite, ann):
    local, domain = ann.submitted.rfc_message_id.split("@")
    forged = f"{local[:-1]}{'0' if local[-1] != '0' else '1'}@{domain}"
    conversation = suite.attached(suite.mail(suite.support, address_of(ann), thread_ids=[forged]))
    assert conversation != ann.conversation
    assert suite.conversation(conversation)["linked_from"] is None


@pytest.mark.parametrize("rule", ["tag", "own_id", "foreign_id", "subject"])
def test_another_customer_gets_a_conversation_of_their_own(suite, ann, rule):
    hint = {"tag": {"tag": ann.submitted.reply_tag}, "own_id": {"thread_ids": [ann.submitted.rfc_message_id]},
            "foreign_id": {"thread_ids": [ann.rfc_id]}, "subject": {"subject": f"[#{ann.ref}]"}}[rule]
    before = suite.conversation(ann.conversation)["version"]
    conversation = suite.attached(suite.mail(suite.support, f"mallory-{rule}@mail.example", **hint))
    assert conversation != ann.conversation
    assert suite.conversation(conversation)["linked_from"] == (None if rule == "tag" else ann.conversation)
    assert suite.conversation(ann.conversation)["version"] == before


def test_another_inbox_opens_a_linked_conversation(suite, ann):
    conversation = suite.attached(suite.mail(suite.sales, address_of(ann), tag=ann.submitted.reply_tag))
    row = suite.conversation(conversation)
    assert (row["linked_from"], row["inbox_id"]) == (ann.conversation, suite.sales)


def test_an_answer_to_a_resolved_conversation_reopens_it(suite, ann):
    suite.status(ann.conversation, suite.ben, "resolved")
    interaction = suite.conversation(ann.conversation)["interaction_id"]
    assert suite.attached(suite.mail(suite.support, address_of(ann), tag=ann.submitted.reply_tag)) == ann.conversation
    assert suite.types(ann.conversation)[-2:] == ["conversation.reopened", "message.attached"]
    row = suite.conversation(ann.conversation)
    assert (row["status"], row["assignee_id"]) == ("open", suite.ben)
    assert row["interaction_id"] != interaction


def test_one_resolved_long_ago_stays_resolved(suite, ann):
    suite.status(ann.conversation, suite.ben, "resolved")
    suite.query("UPDATE routing.conversation SET resolved_at = resolved_at - interval '15 days' WHERE id = %s RETURNING 1", ann.conversation)
    conversation = suite.attached(suite.mail(suite.support, address_of(ann), tag=ann.submitted.reply_tag))
    assert suite.conversation(conversation)["linked_from"] == ann.conversation
    assert suite.conversation(ann.conversation)["status"] == "resolved"


def test_an_automatic_answer_wakes_nothing(suite, ann):
    suite.status(ann.conversation, suite.ben, "resolved")
    message = suite.mail(suite.support, address_of(ann), "Out of office", tag=ann.submitted.reply_tag, automatic=True)
    assert suite.attached(message) == ann.conversation
    assert suite.conversation(ann.conversation)["status"] == "resolved"


def test_better_evidence_raises_the_level_and_weaker_does_not_lower_it(suite):
    for level, want in (("claimed", 1), ("verified", 2), ("claimed", 2)):
        suite.attached(suite.mail(suite.support, "level@mail.example", level=level))
        assert suite.query("SELECT level FROM identity.contact_point WHERE address = 'level@mail.example'") == [(want,)]


def test_a_malformed_event_is_parked_and_its_neighbours_go_on(suite):
    pb = suite.pb.hilo_dot_v1_dot_message__pb2
    with suite.gateway.transaction():
        suite.append(suite.gateway, "email:bad@mail.example", pb.MessageReceived(message_id="no id", channel=1, inbox_id=suite.support,
                     contact_address="bad@mail.example"), inbox=suite.support)
        good = suite.mail(suite.support, "good@mail.example")
    suite.attached(good)
    wait_until(lambda: suite.query("SELECT service, reason FROM bus.parked") == [("identity", "failed")], 15, "the bad event is parked")
    suite.query("DELETE FROM bus.parked RETURNING 1")
