"""Sound and desktop notifications are switched on in the profile, and then this browser makes them, whatever page is shown; switched
off, it does not. Others' matters make neither."""
from browser import Js
from chat_world import SUPPORT, stays
from instance import wait_for

# the browser's own, written down as they happen; somebody who looks elsewhere
SPY = """window.tones = []
window.shown = []
const start = OscillatorNode.prototype.start
OscillatorNode.prototype.start = function (at) {
  tones.push([this.frequency.value, this.context.state])
  start.call(this, at)
}
const Real = Notification
window.Notification = class extends Real {
  constructor(title, options) {
    super(title, options)
    this.addEventListener('show', () => shown.push(['shown', title, options.body]))
    this.addEventListener('error', () => shown.push(['refused', title, options.body]))
  }
}
Document.prototype.hasFocus = () => false"""


def test_sound_and_notifications_come_when_they_are_wanted(world):
    address = world.address("hugo")
    world.write_mail(address, SUPPORT, "A quiet kettle", "Mine does not whistle.")
    conversation = world.wait_conversation("Mine does not whistle.")
    neighbour = world.address("nora")
    world.write_mail(neighbour, SUPPORT, "A loud kettle", "The other whistles all day.")
    bens = world.wait_conversation("The other whistles all day.")
    world.agent.post(f"/conversations/{bens['id']}/assign", {"agent_id": world.agent.get("/session")["agent"]["id"]})
    who = world.staff("Ida Lang")
    ida = world.hilo.sign_in(*who)
    ida.post(f"/conversations/{conversation['id']}/assign", {"agent_id": ida.get("/session")["agent"]["id"]})
    ida.put("/preferences", {"sound": False, "notifications": False})
    console = world.console(who)
    console.context.addInitScript({"content": SPY})
    console.context.grantPermissions(["notifications"], {"origin": world.hilo.admin["url"]})
    with console:
        def write(text, to=conversation, sender=address):
            world.write_mail(sender, SUPPORT, f"Re: A kettle [#{to['ref']}]", text)
            world.wait_message(to, text)

        def happened():
            return console.page.evaluate(Js("() => [tones, shown]"))
        switches = [console.page.getByRole("switch", {"name": console.word(f"settings.profile.{name}")}) for name in ("sound", "notifications")]
        console.page.goto(f"{console.url}/settings/profile")
        write("Is that so?")
        stays(lambda: happened() == [[], []], 2)
        for switch in switches:
            switch.click()
        wait_for("the choice to be kept", lambda: [ida.get("/preferences")[name] for name in ("sound", "notifications")] == [True, True])
        write("Still whistling.", bens, neighbour)
        write("It whistles now.")
        told = ["shown", console.word("shell.alert.message", name=conversation["customer"]["name"]), "It whistles now."]
        wait_for("both", lambda: happened() == [[[660, "running"], [880, "running"]], [told]])
        for switch in switches:
            switch.click()
        wait_for("the choice to be kept", lambda: [ida.get("/preferences")[name] for name in ("sound", "notifications")] == [False, False])
        write("Thank you.")
        stays(lambda: len(happened()[1]) == 1, 2)
        assert console.troubles() == []
