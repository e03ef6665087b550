"""The first hour of an empty installation: the guide from signing in to a customer who is answered. It can be left and taken up again,
goes back, and says what is wrong."""
import pytest

from browser import Js
from console import Console
from instance import Instance, wait_for
from mail_servers import Dovecot, Postfix
from ports import free_port

SUPPORT = "support@company.example"


@pytest.fixture(scope="module")
def empty():
    """Nothing but the first administrator and mail servers."""
    hilo = Instance()
    with Dovecot() as dovecot, Postfix({"company.example": hilo.lmtp_port, "customer.example": dovecot.lmtp_port}) as postfix:
        hilo.env |= {"HILO_SMTP_URL": postfix.url}
        with hilo:
            hilo.postfix, hilo.dovecot = postfix, dovecot
            yield hilo


@pytest.fixture
def eva(empty, chromium):
    """The first administrator, who signed in with what the installation wrote down."""
    with Console(chromium, empty.admin["url"], empty.admin["email"], empty.admin["password"]) as console:
        yield console
        assert console.troubles() == []


class Guide:
    def __init__(self, console):
        self.console, self.page, self.word, self.button = console, console.page, console.word, console.button

    def step(self, key):
        return self.button(f"setup.{key}.title")

    def wait_open(self, key):
        wait_for(f"the step {key}", lambda: self.step(key).getAttribute("aria-expanded") == "true", 15, 0.05)

    def wait_focus(self, text):
        wait_for(f"the focus on {text}", lambda: self.page.evaluate(Js("() => document.activeElement.textContent")) == text, 15, 0.05)

    def wait_text(self, key, **values):
        self.page.getByText(self.word(key, **values)).first().waitFor()

    def fill(self, key, text):
        self.page.getByLabel(self.word(key)).fill(text)

    def dialog(self, opener, submit, **fields):
        """Opens it, fills it in and sends it."""
        self.button(opener).click()
        self.send(submit, **fields)

    def send(self, submit, **fields):
        inside = self.page.getByRole("dialog")
        for key, text in fields.items():
            inside.getByLabel(self.word("settings." + key.replace("_", "."))).fill(text)
        inside.getByRole("button", {"name": self.word(submit), "exact": True}).click()


def test_the_guide_leads_from_signing_in_to_a_customer_who_is_answered(empty, chromium, eva):
    guide = Guide(eva)
    eva.page.waitForURL("**/setup")
    guide.wait_focus(eva.word("setup.title"))
    guide.wait_text("setup.count", done=0, all=4)

    # a company has a name
    guide.fill("settings.company.name", "   ")
    eva.button("setup.company.save").click()
    guide.wait_text("ui.fault.missing")
    guide.fill("settings.company.name", "Almazara Olmo")
    eva.button("setup.company.save").click()
    guide.wait_focus(eva.word("setup.inbox.title"))
    guide.wait_text("setup.count", done=1, all=4)

    # left and taken up again, and back to what was done
    eva.list("all")
    guide.wait_text("setup.offer", done=1, all=4)
    eva.page.getByRole("link", {"name": eva.word("setup.goOn")}).click()
    guide.wait_open("inbox")
    guide.step("company").click()
    wait_for("the name", lambda: eva.page.getByLabel(eva.word("settings.company.name")).inputValue() == "Almazara Olmo")
    guide.step("inbox").click()

    # an inbox that works
    guide.dialog("settings.inboxes.make", "settings.inboxes.create", inboxes_name="Support", inboxes_address=SUPPORT)
    guide.wait_text("setup.count", done=2, all=4)
    eva.button("settings.test.run").click()
    guide.wait_text("settings.test.good")
    guide.dialog("setup.inbox.another", "settings.inboxes.create", inboxes_name="Help", inboxes_address=SUPPORT)
    guide.wait_text("common.problem.address_taken")
    eva.page.keyboard().press("Escape")
    eva.button("setup.next").click()
    guide.wait_open("agent")

    # somebody to answer, by a link
    guide.dialog("settings.agents.make", "settings.agents.invite", agents_name="Lucía Paz", agents_email=empty.admin["email"])
    guide.wait_text("common.problem.email_taken")
    guide.send("settings.agents.invite", agents_email="lucia@company.example")
    link = eva.page.getByRole("textbox", {"name": eva.word("settings.agents.link")}).textContent()
    eva.button("settings.agents.done").click()
    eva.button("setup.next").click()
    guide.wait_open("message")
    guide.wait_text("setup.message.waiting")

    lucia = accept(chromium, empty, link)
    with lucia:
        lucia.button("inbox.beAvailable").click()
        lucia.button("inbox.beAvailable").waitFor({"state": "detached"})
        empty.postfix.submit("maria@customer.example", SUPPORT, "Do you press in November?", "I would like to come and see it.")
        guide.wait_text("setup.allDone")
        eva.page.getByRole("link", {"name": eva.word("setup.toInbox")}).first().click()
        eva.row("Do you press in November?").first().waitFor()
        assert eva.page.getByRole("link", {"name": eva.word("setup.goOn")}).count() == 0  # nothing is left to offer
        lucia.row("Do you press in November?").first().waitFor()
        lucia.open("Do you press in November?")
        lucia.send("Until the 20th: come at eight.")
        lucia.wait_entries("I would like to come and see it.", "Until the 20th: come at eight.")
        wait_for("the answer in the mailbox", lambda: empty.dovecot.mails("maria@customer.example"), 30, 0.1)
        lucia.button("inbox.resolve", exact=False).first().click()
        lucia.page.getByText(lucia.word("common.status.resolved"), {"exact": True}).first().waitFor()
        assert lucia.troubles() == []


def accept(chromium, hilo, link):
    """Chooses a password with an invitation in a browser of their own. Returns: their console, not signed in yet."""
    lucia = Console(chromium, hilo.admin["url"], "lucia@company.example", "a kettle of oil")
    lucia.page.goto(link)
    for password, key in (("oil", "sign-in.invitation.short"), (lucia.password, "sign-in.invitation.done")):
        lucia.page.getByLabel(lucia.word("sign-in.invitation.password")).fill(password)
        lucia.button("sign-in.invitation.submit").click()
        lucia.page.getByText(lucia.word(key, n=8)).last().waitFor()
    # good once
    lucia.page.goto(link)
    lucia.page.getByLabel(lucia.word("sign-in.invitation.password")).fill("another kettle")
    lucia.button("sign-in.invitation.submit").click()
    lucia.page.getByText(lucia.word("sign-in.invitation.gone")).waitFor()
    return lucia


def test_the_test_of_an_inbox_says_what_is_wrong_and_where_it_is_mended(empty, eva):
    guide = Guide(eva)
    inbox = empty.sign_in().post("/inboxes", {"channel": "email", "name": "Orders", "address": "orders@company.example"})
    eva.page.goto(f"{eva.url}/settings/inboxes/{inbox['id']}?tab=mail")

    def relay(use):
        eva.page.getByLabel(eva.word("settings.mail.outgoing")).selectOption({"label": eva.word(f"settings.mail.use.{use}")})

    def save_and_test(key):
        eva.button("common.save").click()
        guide.wait_text("settings.form.saved")
        eva.button("settings.test.run").click()
        guide.wait_text(key)
    relay("own")
    guide.fill("settings.mail.host", "127.0.0.1")
    eva.page.getByRole("spinbutton", {"name": eva.word("settings.mail.port")}).fill(str(free_port()))
    save_and_test("settings.test.mend.mail")
    guide.wait_text("settings.test.code.refused")
    eva.page.getByRole("tab", {"name": eva.word("settings.inboxes.tab.general")}).click()
    eva.button("settings.inboxes.tab.mail").click()  # what the test found leads back to where it is set
    relay("default")
    save_and_test("settings.test.good")
