"""What agents ask of a conversation is done once, within their rights, or refused with a reason."""
import pytest

from bus_suite import wait_until
from routing_suite import RoutingSuite, inconsistencies, now_us, version_violations


@pytest.fixture(scope="module")
def suite():
    with RoutingSuite() as made:
        made.start_all()
        made.support = made.inbox("support@example.com")
        made.other = made.inbox("other@example.com")
        made.ben = made.agent(inboxes=[made.support], presence="available")
        made.eve = made.agent(inboxes=[made.support], name="Eve")
        made.stranger = made.agent(inboxes=[made.other], name="Sam")
        yield made
        assert version_violations(made) == []
        assert inconsistencies(made) == {}


@pytest.fixture
def conversation(suite, request):
    return suite.attached(suite.mail(suite.support, f"{request.node.name}@mail.example".replace("[", "-").replace("]", "")))


def load(suite, agent):
    return suite.query("SELECT load FROM routing.agent WHERE agent_id = %s", agent)[0][0]


def test_a_note_stays_inside(suite, conversation):
    done = suite.reply(conversation, suite.eve, text="He is angry", kind=2)
    assert suite.types(conversation)[-3:] == ["reply.requested", "message.attached", "request.done"]
    assert suite.query("SELECT kind, direction FROM routing.entry WHERE message_id = %s", done.message_id) == [("note", None)]
    assert suite.conversation(conversation)["waiting_since"]


def test_a_reply_ends_the_waiting(suite, conversation):
    assert suite.conversation(conversation)["waiting_since"]
    done = suite.reply(conversation, suite.ben, html="<p>Yes</p>")
    row = suite.conversation(conversation)
    assert row["waiting_since"] is None
    assert done.conversation_version == row["version"]
    stored = suite.query("SELECT author_name, html, to_address FROM routing.message WHERE id = %s", done.message_id)
    assert stored == [("Ben", "<p>Yes</p>", suite.query("SELECT contact_address FROM channel.message WHERE id = %s", row["last_inbound_id"])[0][0])]


def test_who_answers_first_gets_it(suite, conversation):
    suite.assign(conversation, suite.ben, None)
    suite.reply(conversation, suite.eve)
    row = suite.conversation(conversation)
    assert (row["assignee_id"], row["queued_at"]) == (suite.eve, None)


def test_assigning_moves_the_load(suite, conversation):
    before = load(suite, suite.ben), load(suite, suite.eve)
    suite.assign(conversation, suite.ben, suite.eve)
    assert (load(suite, suite.ben), load(suite, suite.eve)) == (before[0] - 1, before[1] + 1)


def test_what_is_given_back_waits_for_somebody_else(suite, conversation):
    suite.assign(conversation, suite.ben, None)
    assert suite.types(conversation)[-3:] == ["conversation.assigned", "conversation.queued", "request.done"]
    suite.presence(suite.eve, "available")
    row = suite.settle(conversation, lambda row: row["assignee_id"], "it is assigned again")
    suite.presence(suite.eve, "away")
    assert row["assignee_id"] == suite.eve


@pytest.mark.parametrize("code, ask", [
    ("forbidden", lambda s, c: s.reply(c, s.stranger)),
    ("forbidden", lambda s, c: s.assign(c, s.stranger, s.stranger)),
    ("forbidden", lambda s, c: s.assign(c, s.ben, s.stranger)),
    ("forbidden", lambda s, c: s.status(c, s.stranger, "resolved")),
    ("expired", lambda s, c: s.reply(c, s.ben, deadline_us=now_us() - 1_000_000)),
    ("stale_version", lambda s, c: s.assign(c, s.ben, s.eve, expected_version=1)),
    ("stale_version", lambda s, c: s.status(c, s.ben, "resolved", expected_version=2)),
    ("not_found", lambda s, c: s.reply("01a200a5-70c2-753b-a29b-e6c024110000", s.ben)),
    ("no_reachable_channel", lambda s, c: s.reply(c, s.ben, interaction_id="01a200a5-70c2-753b-a29b-e6c024110000")),
])
def test_refusals_say_why(suite, conversation, code, ask):
    before = suite.conversation(conversation)
    refused = ask(suite, conversation)
    assert refused.code == code
    after = suite.conversation(conversation)
    assert {k: v for k, v in after.items() if k != "version"} == {k: v for k, v in before.items() if k != "version"}


def test_the_expected_version_is_accepted(suite, conversation):
    version = suite.conversation(conversation)["version"]
    assert suite.status(conversation, suite.ben, "pending", expected_version=version).conversation_version == version + 2


def test_resolving_frees_room_and_a_reply_reopens(suite, conversation):
    before = load(suite, suite.ben)
    suite.status(conversation, suite.ben, "resolved")
    assert load(suite, suite.ben) == before - 1
    suite.reply(conversation, suite.ben)
    assert load(suite, suite.ben) == before
    assert suite.types(conversation)[-4:] == ["conversation.reopened", "message.attached", "message.submitted", "request.done"]
    assert suite.query("SELECT count(*), count(ended_at) FROM routing.interaction WHERE conversation_id = %s", conversation) == [(2, 1)]


def test_a_snooze_ends_by_itself(suite, conversation):
    suite.status(conversation, suite.ben, "snoozed", until_us=now_us() + 1_500_000)
    assert suite.conversation(conversation)["status"] == "snoozed"
    row = suite.settle(conversation, lambda row: row["status"] == "open", "it wakes")
    assert row["assignee_id"] == suite.ben
    woken = suite.log("conversation_id = %s AND type = 'conversation.status_changed'", conversation)[-1]
    assert (woken.actor, woken.conversation_status_changed.previous) == ("system", 3)


def test_a_snooze_without_end_waits_for_the_customer(suite, conversation):
    address = suite.query("SELECT contact_address FROM channel.message m JOIN routing.entry e ON e.message_id = m.id WHERE e.conversation_id = %s", conversation)[0][0]
    suite.status(conversation, suite.ben, "snoozed")
    suite.mail(suite.support, address, f"[#{suite.conversation(conversation)['ref']}]")
    suite.settle(conversation, lambda row: row["status"] == "open", "it wakes")


def test_an_agent_who_was_deactivated_may_not_answer(suite, conversation):
    gone = suite.agent(inboxes=[suite.support], name="Gone")
    suite.change_agent(gone, active=False)
    assert suite.reply(conversation, gone).code == "forbidden"


def test_rights_are_those_of_the_moment_not_those_routing_has_heard_of(suite, conversation):
    late = suite.agent(inboxes=[], name="Late")
    suite.gateway.execute("INSERT INTO staff.agent_inbox VALUES (%s, %s)", (late, suite.support))
    assert suite.reply(conversation, late, kind=2).message_id
    wait_until(lambda: suite.conversation(conversation)["last_direction"] is None, 5, "the note is the newest entry")


def test_triage_changes_what_is_named(suite, conversation):
    suite.triage(conversation, suite.eve, priority=4, add_tags=["refund", "vip"])
    suite.triage(conversation, suite.ben, add_tags=["lamp"], remove_tags=["refund"], sets_subject=True, subject="Broken shade")
    row = suite.conversation(conversation)
    assert (row["priority"], row["tags"], row["subject"]) == (2, ["vip", "lamp"], "Broken shade")
    assert suite.types(conversation)[-3:] == ["triage.requested", "conversation.triaged", "request.done"]
    refused = suite.triage(conversation, suite.eve, add_tags=[f"tag {n}" for n in range(19)])
    assert refused.code == "too_many_tags"
    assert suite.triage(conversation, suite.stranger, priority=1).code == "forbidden"
    assert suite.conversation(conversation)["tags"] == ["vip", "lamp"]


def test_it_goes_to_another_inbox_and_its_customer_may_still_write_to_the_old_one(suite, conversation):
    both = suite.agent(inboxes=[suite.support, suite.other], name="Bo")
    assert suite.change_inbox(conversation, suite.ben, suite.other).code == "forbidden"
    assert suite.change_inbox(conversation, suite.stranger, suite.support).code == "forbidden"
    suite.assign(conversation, suite.ben, suite.ben)
    reply = suite.reply(conversation, both)
    rfc_id = suite.query("SELECT rfc_message_id FROM routing.message WHERE id = %s", reply.message_id)[0][0]
    suite.change_inbox(conversation, both, suite.other)
    row = suite.conversation(conversation)
    assert (row["inbox_id"], row["assignee_id"], row["former_inbox_ids"]) == (suite.other, None, [suite.support])
    changed = [e for e in suite.log("conversation_id = %s", conversation) if e.type == "conversation.inbox_changed"]
    assert [(e.inbox_id, e.conversation_inbox_changed.previous_inbox_id) for e in changed] == [(suite.other, suite.support)]
    address = suite.query("SELECT contact_address FROM channel.message WHERE id = %s", row["last_inbound_id"])[0][0]
    # an answer to what left from the old inbox belongs here all the same
    assert suite.attached(suite.mail(suite.support, address, thread_ids=[rfc_id])) == conversation
    # and is answered from the new one
    suite.reply(conversation, both)
    submitted = [e for e in suite.log("conversation_id = %s", conversation) if e.type == "message.submitted"][-1]
    assert (submitted.inbox_id, submitted.message_submitted.from_inbox_id) == (suite.other, "")
    assert suite.reply(conversation, suite.ben).code == "forbidden"


def test_a_chat_that_goes_to_another_inbox_stays_where_its_visitor_is(suite):
    here, there = suite.chat_inbox(), suite.chat_inbox()
    both = suite.agent(inboxes=[here, there], name="Bo")
    conversation = suite.attached(suite.chat(here, "visitor-1"))
    suite.change_inbox(conversation, both, there)
    row = suite.conversation(conversation)
    assert (row["inbox_id"], row["via_inbox_id"]) == (there, here)
    assert suite.attached(suite.chat(here, "visitor-1", "And now?")) == conversation
    suite.reply(conversation, both)
    submitted = [e for e in suite.log("conversation_id = %s", conversation) if e.type == "message.submitted"][-1]
    assert (submitted.inbox_id, submitted.message_submitted.from_inbox_id) == (there, here)


def test_send_and_resolve_is_one_request(suite, conversation):
    done = suite.reply(conversation, suite.ben, then=4)
    row = suite.conversation(conversation)
    assert (row["status"], row["version"]) == ("resolved", done.conversation_version)
    assert suite.types(conversation)[-6:] == ["reply.requested", "message.attached", "message.submitted", "interaction.ended",
                                              "conversation.status_changed", "request.done"]


def test_send_and_snooze_ends_by_itself(suite, conversation):
    suite.reply(conversation, suite.ben, then=3, until_us=now_us() + 300000)
    assert suite.conversation(conversation)["status"] == "snoozed"
    suite.settle(conversation, lambda row: row["status"] == "open" and not row["snoozed_until"], "the snooze ends")


def test_a_note_names_colleagues_who_may_see_it(suite, conversation):
    done = suite.reply(conversation, suite.ben, kind=2, text="@Eve?", mentions=[suite.eve])
    attached = [e.message_attached for e in suite.log("conversation_id = %s", conversation) if e.type == "message.attached"][-1]
    assert (attached.message_id, list(attached.mentions)) == (done.message_id, [suite.eve])
    assert suite.reply(conversation, suite.ben, kind=2, text="@Sam?", mentions=[suite.stranger]).code == "forbidden"
