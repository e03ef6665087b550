"""Who looks elsewhere is told by the desktop: of a customer's words, of a mention, of work that comes; and a page says nothing of its own."""
from browser import Js
from chat_world import SUPPORT
from instance import wait_for

LOOKS_ELSEWHERE = """window.told = []
window.Notification = class { static permission = 'granted'; constructor(title, { body }) { told.push([title, body]) } close() {} }
Document.prototype.hasFocus = () => false"""


def test_the_desktop_tells_of_what_concerns_me(world):
    address = world.address("vera")
    world.write_mail(address, SUPPORT, "A loose screw", "One screw is loose.")
    conversation = world.wait_conversation("One screw is loose.")
    who = world.staff("Uma Berg")
    uma = world.hilo.sign_in(*who)
    uma.put("/preferences", {"notifications": True})
    me = uma.get("/session")["agent"]["id"]
    console = world.console(who)
    console.context.addInitScript({"content": LOOKS_ELSEWHERE})
    with console:
        console.list("mine")
        told = lambda: console.page.evaluate(Js("() => told"))
        world.agent.post(f"/conversations/{conversation['id']}/messages", {"kind": "note", "text": "@Uma Berg, do you know it?", "mentions": [me]})
        wait_for("word of the mention", lambda: told() == [[console.word("shell.alert.mention", name="Ben Roth"), "@Uma Berg, do you know it?"]])
        world.agent.post(f"/conversations/{conversation['id']}/assign", {"agent_id": me})
        name = conversation["customer"]["name"]
        wait_for("word of the work", lambda: told()[1:] == [[console.word("shell.alert.assigned", name=name), "A loose screw"]])
        world.write_mail(address, SUPPORT, f"Re: A loose screw [#{conversation['ref']}]", "It is two screws.")
        wait_for("the customer's words", lambda: told()[2:] == [[console.word("shell.alert.message", name=name), "It is two screws."]])
        assert console.troubles() == [] and console.said() == []
