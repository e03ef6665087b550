"""Where the reader has chosen all colours (high contrast), nothing is said by a colour of ours: what is selected, has the focus, is
switched on, who is there and which channels a thread went through are seen by lines, shapes and the reader's own colours."""
import pytest

from browser import Js
from chat_world import SUPPORT
from instance import wait_for

# the reader's colours as the page has them, and a style of elements
SCRIPT = """window.styles = (where, ...names) => [...document.querySelectorAll(where)].map((one) => {
  const style = getComputedStyle(one)
  return names.map((name) => style[name])
})
window.system = (name) => {
  const probe = document.body.appendChild(document.createElement('i'))
  probe.style.cssText = `forced-color-adjust: none; color: ${name}`
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}"""


class Reader:
    def __init__(self, console):
        self.console, self.page = console, console.page
        self.canvas, self.text, self.highlight = (self.run("name => system(name)", name) for name in ("Canvas", "CanvasText", "Highlight"))

    def run(self, script, *arguments):
        return self.page.evaluate(Js(script), *arguments)

    def styles(self, where, *names):
        return self.run("([where, names]) => styles(where, ...names)", [where, names])

    def rings(self, where):
        """Of each: how far its outline lies from its edge; None without one that is seen."""
        return [offset if style != "none" and width != "0px" and colour != self.canvas else None for style, width, colour, offset in
                self.styles(where, "outlineStyle", "outlineWidth", "outlineColor", "outlineOffset")]


@pytest.fixture(params=["light", "dark"])
def reader(world, request):
    """Looks at a conversation that went from mail to chat; one more is in the list."""
    address, question = world.address("fay"), f"Is the {request.param} jar of glass?"
    world.write_mail(world.address("gus"), SUPPORT, "Another jar", f"One more {request.param} jar, please.")
    world.wait_conversation(f"One more {request.param} jar, please.")
    world.write_mail(address, SUPPORT, "A jar", question)
    conversation = world.wait_conversation(question)
    visitor = world.visitor().visit(sub=address, name="Fay Moss", email=address).open()
    visitor.wait_lines(f"you: {question}")
    visitor.write("Here I am again.")
    world.wait_message(conversation, "Here I am again.")
    world.answer(conversation, "It is of glass.")
    visitor.close()
    console = world.console(world.staff("Cora Dunn"), scheme=request.param, forcedColors="active")
    console.context.addInitScript({"content": SCRIPT})
    with console:
        console.show(conversation)
        console.page.getByRole("article").filter({"hasText": "It is of glass."}).waitFor()
        console.row("A jar").first().waitFor()
        assert console.page.evaluate(Js("() => matchMedia('(forced-colors: active)').matches"))
        yield Reader(console)
        assert console.troubles() == []


def test_everything_is_told_apart_without_our_colours(reader):
    console, keys = reader.console, reader.page.keyboard()

    # the row that is open, and within the list the one that has the focus
    selected = reader.rings("[role=row][aria-selected=true] .row")
    assert len(selected) == 1 and selected[0]
    assert set(reader.rings("[role=row][aria-selected=false] .row")) == {None}
    reader.page.getByRole("grid").focus()
    keys.press("Home")
    focus = lambda: [ring for ring in reader.rings("[role=row]") if ring]
    assert len(focus()) == 1
    at = reader.run("() => [...document.querySelectorAll('[role=row]')].findIndex((one) => one.ariaSelected === 'true')")
    for _ in range(at):
        keys.press("ArrowDown")
    assert focus() and focus() != selected, "both are seen on one row"
    here = reader.rings("[aria-current=page]")
    assert here and None not in here

    # the thread: patterns and knots in the reader's own colour
    lines = dict(reader.styles("[role=feed] [data-line]", "background", "forcedColorAdjust"))
    assert len(lines) == 2 and all(reader.text in each for each in lines), lines
    knots = {tuple(each) for each in reader.styles("[role=feed] .knot:is(.filled, .open)", "backgroundColor", "borderTopColor")}
    assert knots == {(reader.text, reader.text), (reader.canvas, reader.text)}
    strands = reader.styles("[role=feed] svg .strand", "stroke", "strokeWidth")
    assert {stroke for stroke, _ in strands} == {reader.text} and len({width for _, width in strands}) == 2
    assert {stroke for stroke, in reader.styles("[role=feed] svg .halo", "stroke")} == {reader.canvas}

    # who is there: a shape each
    shapes = {}
    for presence in ("available", "busy", "away", "offline"):
        console.page.getByRole("button", {"name": console.word("shell.presence.switch", name="Cora Dunn")}).click()
        console.page.getByRole("menuitemcheckbox").filter({"hasText": console.word(f"shell.presence.{presence}")}).click()
        found, _ = wait_for(presence, lambda: reader.styles(f".rail .presence.{presence}", "backgroundColor", "borderRadius", "clipPath", "boxShadow"))
        shapes[presence] = tuple(found[0])
    assert len({shape[1:] for shape in shapes.values()}) == 4, shapes
    assert [shapes[name][0] for name in shapes] == [reader.text] * 3 + [reader.canvas]

    # what is switched on
    console.page.goto(f"{console.url}/search?q=jar")
    console.page.getByRole("button", {"pressed": True}).waitFor()
    pressed, others = (set(map(tuple, reader.styles(f"[aria-pressed={state}]", "backgroundColor", "color"))) for state in ("true", "false"))
    assert pressed and others and not pressed & others
    console.button("shell.palette.open").click()
    console.page.getByRole("dialog").waitFor()
    keys.press("ArrowDown")
    wait_for("an offer to be marked", lambda: [each for each in reader.rings("[data-highlighted]") if each])
    keys.press("Escape")
    console.page.goto(f"{console.url}/settings/profile")
    switch = console.page.getByRole("switch", {"name": console.word("settings.profile.sound")})
    looks = lambda: [reader.styles(f"[role=switch][aria-checked={state}]{inner}", "backgroundColor")[0] for state in ("true", "false") for inner in ("", " .knob")]
    switch.waitFor()
    if switch.getAttribute("aria-checked") == "false":
        switch.click()
    track, knob, off_track, off_knob = wait_for("both states", lambda: reader.page.getByRole("switch", {"checked": False}).count() and looks())[0]
    assert track != knob and off_track != off_knob and track != off_track
    here = reader.rings(".nav [aria-current=page]")
    assert here and None not in here
