"""Whoever types somebody else's address into the chat sees nothing of theirs, and nothing is sent there but the one mail that asks."""
from chat_world import SUPPORT, stays


def test_a_claim_shows_no_history_and_sends_nothing_but_the_link(world):
    address = world.address("lucia")
    world.write_mail(address, SUPPORT, "Private", "Please keep this to yourself.")
    hers = world.wait_conversation("Please keep this to yourself.")
    world.answer(hers, "Of course.")
    world.wait_mail(address, "Of course.")

    mallory = world.visitor().visit().open().begin("Lucía", address)
    assert mallory.lines() == []
    mallory.write("Change my delivery address.")
    his = world.wait_conversation("Change my delivery address.")
    assert his["id"] != hers["id"] and his["customer"]["id"] != hers["customer"]["id"]
    mallory.wait_lines("you: Change my delivery address.")
    world.confirmation_link(address)
    mallory.leave()

    # nobody is there to read the answer, and the address is nobody's yet: it waits in the chat
    world.answer(his, "To where?")
    stays(lambda: not world.mails_with(address, "To where?"), 20)
    assert [("Of course." in text, "/chat/v1/confirm/" in text) for text in
            (mail.get_body(("plain",)).get_content() for mail in world.dovecot.mails(address))] == [(True, False), (False, True)]
    assert all("delivery address" not in (entry["text"] or "") for entry in world.timeline(hers))

    mallory.visit().open()
    mallory.wait_lines("you: Change my delivery address.", "us: To where?")
    customer = world.agent.get(f"/customers/{hers['customer']['id']}")
    assert [point["channel"] for point in customer["contact_points"]] == ["email"]
    mallory.close()


def test_the_link_works_once_and_asks_for_a_click(world):
    address = world.address("joan")
    joan = world.visitor().visit().open().begin("Joan", address)
    joan.write("Hello?")
    world.wait_conversation("Hello?")
    link = world.confirmation_link(address)
    page = joan.context.newPage()
    page.goto(link)  # as a scanner of links does: nothing is confirmed by that
    page.goto(link)
    page.getByRole("button").click()
    page.locator("form").waitFor({"state": "detached"})
    page.goto(link)
    assert page.getByRole("button").count() == 0
    page.close()
    joan.close()
