"""Many conversations at once, by mouse and by keyboard; views that keep a list and are shared; what a list is narrowed to."""
import secrets

import pytest

from browser import Js
from chat_world import SUPPORT
from instance import wait_for


@pytest.fixture(scope="module")
def heap(world):
    """Four mails with one tag, of nobody else's, and a supervisor's console at their list."""
    tag = f"heap-{secrets.token_hex(2)}"
    world.admin.post("/tags", {"name": tag})
    subjects = [f"{tag} {name}" for name in ("one", "two", "three", "four")]
    for subject in subjects:
        world.write_mail(world.address("heap"), SUPPORT, subject, f"About {subject}.")
    for subject in subjects:
        found = world.wait_conversation(f"About {subject}.")
        world.agent.post(f"/conversations/{found['id']}/triage", {"tags": {"add": [tag]}})
    wait_for("the tag on all", lambda: len(world.agent.get("/conversations", tag=tag)["items"]) == 4)
    with world.console(world.staff("Vera Stone", "supervisor", ["all"])) as vera:
        vera.tag, vera.subjects = tag, subjects
        yield vera
        assert vera.troubles() == []


def rows(world, vera, **query):
    return {row["subject"]: row for row in world.agent.get("/conversations", tag=vera.tag, **query)["items"]}


def tick(console, text):
    console.row(text).hover()
    console.row(text).getByRole("checkbox").click()


def tool(console, key):
    return console.page.getByRole("toolbar").getByRole("button", {"name": console.word(key), "exact": True})


def choose(console, text):
    console.page.getByRole("option").filter({"hasText": text}).first().click()


def told(console, text):
    console.page.locator(".undo").filter({"hasText": text}).waitFor()


def undo(console):
    console.button("common.undo").click()


def test_several_ticked_by_mouse_are_tagged_and_assigned_and_it_is_taken_back(world, heap):
    vera = heap
    vera.list(f"tag-{vera.tag}")
    for subject in vera.subjects[:2]:
        tick(vera, subject)
    vera.page.getByText(vera.word("inbox.bulk.count", n=2).split(" | ")[1]).waitFor()
    extra = f"extra-{secrets.token_hex(2)}"
    tool(vera, "inbox.tags").click()
    vera.page.getByPlaceholder(vera.word("inbox.tagWhich")).fill(extra)
    choose(vera, extra)  # a supervisor may make one here
    told(vera, vera.word("inbox.done.tags", n=2).split(" | ")[1])
    vera.page.keyboard().press("Escape")
    wait_for("two with it", lambda: {s for s, row in rows(world, vera).items() if extra in row["tags"]} == set(vera.subjects[:2]))
    undo(vera)
    wait_for("none with it", lambda: not [s for s, row in rows(world, vera).items() if extra in row["tags"]])

    tool(vera, "inbox.assign").click()
    choose(vera, "Vera Stone")
    told(vera, vera.word("inbox.done.assigned", n=2, name="Vera Stone").split(" | ")[1])
    wait_for("two of Vera's", lambda: {s for s, row in rows(world, vera).items() if row["assignee"]["name"] == "Vera Stone"} == set(vera.subjects[:2]))
    undo(vera)
    wait_for("all of Ben's again", lambda: {row["assignee"]["name"] for row in rows(world, vera).values()} == {"Ben Roth"})


def test_several_chosen_by_keyboard_are_resolved_and_snoozed(world, heap):
    vera = heap
    vera.list(f"tag-{vera.tag}")
    vera.page.getByRole("grid").focus()
    keys = vera.page.keyboard()
    keys.press("Home")
    keys.press("Space")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Shift+Space")
    vera.page.getByText(vera.word("inbox.bulk.count", n=3).split(" | ")[1]).waitFor()
    tool(vera, "inbox.resolve").focus()
    keys.press("Enter")
    told(vera, vera.word("inbox.done.resolved", n=3).split(" | ")[1])
    wait_for("three resolved", lambda: len(rows(world, vera, status="resolved")) == 3)
    undo(vera)
    wait_for("all open again", lambda: len(rows(world, vera, status="open")) == 4)
    wait_for("four rows", lambda: len(vera.rows()) == 4)

    vera.page.getByRole("grid").focus()
    keys.press("Space")  # on the row it stands on
    vera.button("inbox.bulk.all").focus()
    keys.press("Enter")
    tool(vera, "inbox.snooze.do").focus()
    keys.press("Enter")
    vera.page.getByRole("menuitem", {"name": vera.word("inbox.snooze.hours3")}).focus()
    keys.press("Enter")
    told(vera, vera.word("inbox.done.snoozed", n=4).split(" | ")[1])
    assert all(row["snoozed_until"] for row in rows(world, vera, status="snoozed").values())
    undo(vera)
    wait_for("awake again", lambda: len(rows(world, vera, status="open")) == 4)


def test_several_are_made_urgent_and_set_to_pending_and_each_gets_back_what_it_had(world, heap):
    vera = heap
    high = rows(world, vera)[vera.subjects[1]]
    world.agent.post(f"/conversations/{high['id']}/triage", {"priority": "high"})
    vera.list(f"tag-{vera.tag}")
    vera.row(vera.subjects[1]).getByRole("img", {"name": vera.word("common.priority.high")}).waitFor()
    for subject in vera.subjects[:3]:
        tick(vera, subject)
    tool(vera, "inbox.priority").click()
    vera.page.getByRole("menuitemcheckbox", {"name": vera.word("common.priority.urgent")}).click()
    told(vera, vera.word("inbox.done.priority", n=3, priority=vera.word("common.priority.urgent")).split(" | ")[1])
    priorities = lambda: [rows(world, vera)[subject]["priority"] for subject in vera.subjects]
    wait_for("three urgent ones", lambda: priorities() == ["urgent"] * 3 + ["normal"])
    assert vera.page.getByRole("row").getByRole("img", {"name": vera.word("common.priority.urgent")}).count() == 3
    tool(vera, "inbox.priority").click()  # it says what they have
    assert vera.page.getByRole("menuitemcheckbox", {"checked": True}).allInnerTexts() == [vera.word("common.priority.urgent")]
    vera.page.keyboard().press("Escape")
    undo(vera)
    wait_for("what they had", lambda: priorities() == ["normal", "high", "normal", "normal"])

    world.agent.post(f"/conversations/{high['id']}/status", {"status": "snoozed"})
    vera.row(vera.subjects[1]).getByText(vera.word("common.status.snoozed")).waitFor()
    vera.button("inbox.bulk.clear").click()
    for subject in vera.subjects[:2]:
        tick(vera, subject)
    tool(vera, "inbox.toPending").click()
    told(vera, vera.word("inbox.done.pending", n=2).split(" | ")[1])
    states = lambda: [rows(world, vera)[subject]["status"] for subject in vera.subjects]
    wait_for("two that wait", lambda: states() == ["pending", "pending", "open", "open"])
    for subject in vera.subjects[:2]:
        vera.row(subject).getByText(vera.word("common.status.pending")).waitFor()
    undo(vera)
    wait_for("one awake, one asleep", lambda: states() == ["open", "snoozed", "open", "open"])
    world.agent.post(f"/conversations/{high['id']}/status", {"status": "open"})
    world.agent.post(f"/conversations/{high['id']}/triage", {"priority": "normal"})


def test_how_far_it_is_and_who_was_refused_is_told(world, heap):
    vera = heap
    other = world.admin.post("/inboxes", {"channel": "email", "name": "Elsewhere", "address": f"{secrets.token_hex(4)}@company.example"})
    elsewhere = rows(world, vera)[vera.subjects[3]]
    world.admin.post(f"/conversations/{elsewhere['id']}/inbox", {"inbox_id": other["id"]})
    world.staff("Lars Holm", inboxes=[world.mail_inbox["id"]])
    vera.list(f"tag-{vera.tag}")
    tick(vera, vera.subjects[0])
    vera.button("inbox.bulk.all").click()
    vera.page.evaluate(Js("""() => { window.said = []; new MutationObserver(() => window.said.push(document.querySelector('.undo')?.innerText ?? ''))
        .observe(document.body, { subtree: true, childList: true, characterData: true }) }"""))
    tool(vera, "inbox.assign").click()
    choose(vera, "Lars Holm")
    told(vera, vera.word("inbox.done.assigned", n=3, name="Lars Holm").split(" | ")[1])
    told(vera, elsewhere["ref"])
    assert any(vera.word("inbox.bulk.progress", ready=2, n=4) in text for text in vera.page.evaluate(Js("() => window.said")))
    undo(vera)  # of those that were changed
    wait_for("all as before", lambda: {row["assignee"]["name"] for row in
                                       world.admin.get("/conversations", tag=vera.tag)["items"] if row["assignee"]} == {"Ben Roth"})


def test_a_view_is_kept_shared_changed_and_deleted(world, heap):
    vera = heap
    name = f"Rush {secrets.token_hex(2)}"
    urgent = rows(world, vera)[vera.subjects[1]]
    world.agent.post(f"/conversations/{urgent['id']}/triage", {"priority": "urgent"})
    with world.console() as ben:
        ben.list("all")
        vera.list(f"tag-{vera.tag}")
        vera.page.getByRole("button", {"name": vera.word("inbox.filter.title"), "exact": True}).click()
        vera.page.getByRole("dialog").getByLabel(vera.word("inbox.priority")).selectOption({"label": vera.word("common.priority.urgent")})
        vera.page.keyboard().press("Escape")
        wait_for("one row", lambda: [vera.subjects[1] in row for row in vera.rows()] == [True])

        def more(key):
            vera.page.getByRole("button", {"name": vera.word("inbox.sort.open", sort=vera.word("inbox.sort.activity"))}).click()
            vera.page.getByRole("menuitem", {"name": vera.word(key)}).click()
        more("inbox.view.save")
        vera.page.getByRole("dialog").getByLabel(vera.word("inbox.view.name")).fill(name)
        vera.page.getByRole("dialog").getByLabel(vera.word("inbox.view.shared")).check()
        vera.button("common.save").click()
        vera.page.getByRole("heading", {"name": name}).waitFor()
        ben.page.getByRole("link", {"name": name}).click()  # it came by itself
        ben.row(vera.subjects[1]).waitFor()
        assert len(ben.rows()) == 1

        more("inbox.view.change")
        vera.page.getByRole("dialog").getByLabel(vera.word("inbox.view.name")).fill(f"{name} hour")
        vera.button("common.save").click()
        ben.page.getByRole("heading", {"name": f"{name} hour"}).waitFor()
        more("inbox.view.remove")
        ben.page.getByRole("link", {"name": f"{name} hour"}).waitFor({"state": "detached"})
        undo(vera)
        ben.page.getByRole("link", {"name": f"{name} hour"}).waitFor()
        assert ben.troubles() == []
