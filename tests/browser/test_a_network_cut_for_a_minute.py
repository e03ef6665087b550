"""The network is gone for a minute in mid-sentence and nobody is told: no connection closes, no packet arrives. The agent writes
meanwhile; afterwards every message stands once and in the same order on both sides."""
import time

from instance import wait_for
from tunnel import Tunnel

CUT_S = 60


class Cut:
    """A visitor behind a network of its own, with a conversation the agent has."""

    def __init__(self, world, name, forgets, writes):
        self.world, self.name, self.writes = world, name, writes
        self.tunnel = Tunnel(forgets).__enter__()
        self.visitor = world.visitor(proxy={"server": self.tunnel.url}).visit().open().begin()
        self.visitor.write(f"{name} before")
        self.conversation = world.wait_conversation(f"{name} before")
        self.visitor.wait_lines(f"you: {name} before")

    def cut(self):
        self.tunnel.cut()
        if self.writes:
            self.visitor.write(f"{self.name} in the tunnel 1")
            self.visitor.write(f"{self.name} in the tunnel 2")
            self.visitor.field("composer.label").fill(f"{self.name} half a sen")

    def finish(self):
        self.visitor.field("composer.label").press("End")
        self.visitor.page.keyboard().type("tence" if self.writes else f"{self.name} here again")
        self.visitor.field("composer.label").press("Enter")

    def said(self):
        return [entry["text"] for entry in self.world.timeline(self.conversation) if entry["kind"] == "message"]

    def check(self):
        own = ["before", "in the tunnel 1", "in the tunnel 2", "half a sentence"] if self.writes else ["before", "here again"]
        own, answers = [f"{self.name} {text}" for text in own], ["Are you there?", "Still there?"]
        wait_for(f"all that {self.name} wrote", lambda: len(self.said()) >= len(own) + len(answers), 30, 0.1)
        said = self.said()
        assert [text for text in said if text not in answers] == own and [text for text in said if text in answers] == answers
        self.visitor.wait_lines(*[("us: " if text in answers else "you: ") + text for text in said], limit_s=30)

    def close(self):
        self.visitor.close()
        self.tunnel.__exit__()


def test_a_network_that_says_nothing_for_a_minute(world):
    cuts = [Cut(world, "Writing", forgets=False, writes=True), Cut(world, "Roaming", forgets=True, writes=True),
            Cut(world, "Listening", forgets=True, writes=False)]
    began = time.monotonic()
    for cut in cuts:
        cut.cut()
    for pause_s, text in ((CUT_S / 4, "Are you there?"), (CUT_S / 2, "Still there?")):
        time.sleep(pause_s)
        for cut in cuts:
            world.answer(cut.conversation, text)
    for cut in cuts:
        assert not set(cut.visitor.lines()) & {"us: Are you there?", "us: Still there?"}
    time.sleep(began + CUT_S - time.monotonic())
    for cut in cuts:
        cut.tunnel.mend()
    # who only listens hears of the dead connection by its silence
    cuts[2].visitor.wait_lines("you: Listening before", "us: Are you there?", "us: Still there?", limit_s=60)
    for cut in cuts:
        cut.finish()
    for cut in cuts:
        cut.check()
        assert cut.visitor.troubles() == []
        cut.close()
