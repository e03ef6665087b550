"""Whatever happens to tabs and connections, every message stands once and in order, for the visitor and for the agent."""
from instance import wait_for


def said(world, conversation):
    return [entry["text"] for entry in world.timeline(conversation) if entry["kind"] == "message"]


def test_two_tabs_show_the_same(world):
    first = world.visitor().visit().open().begin()
    first.write("One from the first tab")
    conversation = world.wait_conversation("One from the first tab")
    second = first.tab().visit().open()
    second.wait_lines("you: One from the first tab")
    second.write("Two from the second tab")
    first.wait_lines("you: One from the first tab", "you: Two from the second tab")
    world.answer(conversation, "Three from the agent")
    everything = ["you: One from the first tab", "you: Two from the second tab", "us: Three from the agent"]
    for tab in (first, second):
        tab.wait_lines(*everything)
    first.page.reload()
    first.open().wait_lines(*everything)
    assert said(world, conversation) == ["One from the first tab", "Two from the second tab", "Three from the agent"]
    assert first.troubles() == [] and second.troubles() == []
    first.close()


def test_a_network_that_is_cut_in_mid_sentence(world):
    visitor = world.visitor().visit().open().begin()
    visitor.write("Before the tunnel")
    conversation = world.wait_conversation("Before the tunnel")
    visitor.wait_lines("you: Before the tunnel")

    visitor.context.setOffline(True)
    visitor.write("In the tunnel 1")
    visitor.write("In the tunnel 2")
    visitor.wait_lines("you: Before the tunnel", "you, unsent: In the tunnel 1", "you, unsent: In the tunnel 2")
    world.answer(conversation, "Are you there?")
    visitor.field("composer.label").fill("Half a sen")
    visitor.context.setOffline(False)

    visitor.field("composer.label").press("End")
    visitor.page.keyboard().type("tence")
    visitor.field("composer.label").press("Enter")
    in_order = ["Before the tunnel", "Are you there?", "In the tunnel 1", "In the tunnel 2", "Half a sentence"]
    wait_for("everything with the agent", lambda: said(world, conversation) == in_order, 30, 0.1)
    visitor.wait_lines(*[("us: " if text == "Are you there?" else "you: ") + text for text in in_order], limit_s=30)
    assert visitor.troubles() == []
    visitor.close()


def test_a_tab_closed_with_something_unsent_sends_it_when_it_is_back(world):
    visitor = world.visitor().visit().open().begin()
    visitor.write("Sent")
    conversation = world.wait_conversation("Sent")
    visitor.wait_lines("you: Sent")
    visitor.context.setOffline(True)
    visitor.write("Kept")
    visitor.wait_lines("you: Sent", "you, unsent: Kept")
    visitor.leave()
    visitor.context.setOffline(False)
    visitor.visit().open().wait_lines("you: Sent", "you: Kept")
    assert said(world, conversation) == ["Sent", "Kept"]
    visitor.close()


def test_a_chat_daemon_that_is_replaced_loses_nothing(world):
    visitor = world.visitor().visit().open().begin()
    visitor.write("Before it went")
    conversation = world.wait_conversation("Before it went")
    killed = world.hilo.pid("chat")
    world.hilo.kill("chat")
    visitor.write("While it was away")
    wait_for("another daemon", lambda: world.hilo.pid("chat") not in (0, killed) and world.hilo.is_ready("chat"), 30, 0.1)
    world.answer(conversation, "After it came")
    wait_for("everything with the agent", lambda: len(said(world, conversation)) == 3, 30, 0.1)
    assert sorted(said(world, conversation)) == ["After it came", "Before it went", "While it was away"]
    visitor.wait_lines(*[("us: " if text == "After it came" else "you: ") + text for text in said(world, conversation)], limit_s=30)
    visitor.close()
