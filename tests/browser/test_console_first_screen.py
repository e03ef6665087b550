"""What a link shows is fetched while it is found out who asks, not after."""
from browser import Js
from chat_world import SUPPORT

HOLD_MS = 1500
STARTS = Js("""() => {
  const all = performance.getEntriesByType('resource')
  const session = all.find((one) => new URL(one.name).pathname.endsWith('/session'))
  const files = all.filter((one) => one.startTime < session.responseEnd - 500).map((one) => new URL(one.name).pathname.split('/').pop().split('-')[0])
  return { held: session.responseEnd - session.startTime, files }
}""")


def test_a_conversation_and_its_composer_come_beside_the_question_who_asks(world):
    world.write_mail(world.address("ines"), SUPPORT, "By a link", "Do you see it?")
    conversation = world.wait_conversation("Do you see it?")
    with world.console() as ben:
        ben.page.route("**/api/v1/session", Js(f"async (route) => {{ await new Promise((done) => setTimeout(done, {HOLD_MS})); await route.continue() }}"))
        ben.show(conversation)
        ben.wait_entries("Do you see it?")
        seen = ben.page.evaluate(STARTS)
        assert seen["held"] >= HOLD_MS
        assert {"Shell", "InboxView", "ThreadView", "Composer", "ReplyEditor", "CustomerPanel"} <= set(seen["files"]), seen
