"""An agent of one inbox sees nothing of another: not in lists, counts, search, by address, nor on the stream."""
import json

from browser import Js
from chat_world import SUPPORT
from instance import wait_for

WORD = "quetzalcoatlus"


def test_nothing_of_another_inbox_shows_anywhere(world):
    other = world.admin.post("/inboxes", {"channel": "email", "name": "Other", "address": "other@company.example"})
    outsider = world.staff("Otto Klein", inboxes=[other["id"]])
    with world.console(outsider) as otto, world.console() as ben:
        otto.page.evaluate(Js("""() => { window.frames_seen = []
          const socket = new WebSocket(location.origin.replace('http', 'ws') + '/api/v1/stream?scope=all')
          socket.onmessage = (m) => window.frames_seen.push(m.data) }"""))
        otto.go("/inbox/all")
        ben.list("all")
        world.write_mail(world.address("gil"), SUPPORT, f"A {WORD}", f"It is a secret {WORD}.")
        conversation = world.wait_conversation(f"It is a secret {WORD}.")
        ben.row(WORD).first().waitFor()
        world.answer(conversation, f"We keep the {WORD}.")
        ben.show(conversation)
        ben.wait_entries(f"It is a secret {WORD}.", f"We keep the {WORD}.")
        seen = "\n".join(otto.page.evaluate(Js("() => window.frames_seen")))
        assert WORD not in seen and conversation["id"] not in seen
        assert otto.rows() == []
        otto.page.goto(f"{otto.url}/inbox/all/{conversation['ref']}")
        otto.page.getByText(otto.word("thread.gone.title")).waitFor()
        otto.page.goto(f"{otto.url}/search?q={WORD}")
        otto.page.waitForTimeout(1500)
        assert WORD not in otto.page.locator("main").innerText().replace(f"“{WORD}”", "")
        person = world.hilo.sign_in(*outsider)
        counts = json.dumps(person.get("/counts"))
        assert world.mail_inbox["id"] not in counts and person.get("/counts")["unassigned"] == 0
        wait_for("the search to know it", lambda: world.agent.get("/search", q=WORD)["items"], 15, 0.3)
        assert person.get("/search", q=WORD)["items"] == []
        assert otto.troubles() == []
