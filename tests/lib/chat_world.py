"""chat_world.py - what the stories of visitors have in common: inboxes, an agent who is free, mailboxes, browsers."""
import re
import secrets
import time

from console import Console
from instance import wait_for
from shop import Visitor

SUPPORT = "support@company.example"


class World:
    def __init__(self, hilo, postfix, dovecot, shop, chromium):
        self.hilo, self.postfix, self.dovecot, self.shop, self.chromium = hilo, postfix, dovecot, shop, chromium
        admin = hilo.sign_in()
        self.mail_inbox = admin.post("/inboxes", {"channel": "email", "name": "Company Support", "address": SUPPORT})
        self.chat_inbox = admin.post("/inboxes", {"channel": "chat", "name": "Shop", "chat": {
            "origins": [shop.origin], "mail_inbox_id": self.mail_inbox["id"],
            "settings": {"prechat": {"name": "optional", "email": "optional"}}}})
        shop.embed, shop.inbox = self.chat_inbox["chat"]["embed"], self.chat_inbox["chat"]["public_id"]
        shop.secret = admin.get(f"/inboxes/{self.chat_inbox['id']}/chat/secret")["secret"]
        self.admin = admin
        self.ben = self.staff("Ben Roth")
        self.agent = hilo.sign_in(*self.ben)

    def staff(self, name, role="agent", inboxes=None):
        """Somebody new, of both inboxes unless others are named. Returns: e-mail address and password."""
        email, password = f"{name.split()[0].lower()}.{secrets.token_hex(3)}@company.example", secrets.token_hex(16)
        self.admin.post("/agents", {"name": name, "email": email, "role": role, "password": password,
                                    "inboxes": inboxes or [self.mail_inbox["id"], self.chat_inbox["id"]]})
        return email, password

    def console(self, who=None, **options):
        """Their browser with the console; who: e-mail address and password."""
        return Console(self.chromium, self.hilo.admin["url"], *(who or self.ben), **options)

    def address(self, name):
        """Nobody else's."""
        return f"{name}.{secrets.token_hex(4)}@customer.example"

    # ---- what the agent sees and does ----

    def conversations(self):
        return self.agent.get("/conversations", view="all")["items"]

    def timeline(self, conversation):
        return self.agent.get(f"/conversations/{conversation['id']}/timeline")["items"]

    def wait_conversation(self, text):
        """The one in whose timeline this stands, once it is the agent's."""
        def find():
            return next((c for c in self.conversations() if c["assignee"] and any(text in (e["text"] or "") for e in self.timeline(c))), None)
        return wait_for(f"a conversation with “{text}”", find, 15, 0.05)[0]

    def wait_message(self, conversation, text):
        return wait_for(f"“{text}” in its conversation", lambda: [e for e in self.timeline(conversation) if text in (e["text"] or "")])[0][0]

    def answer(self, conversation, text):
        self.agent.post(f"/conversations/{conversation['id']}/messages", {"kind": "reply", "text": text})

    # ---- mailboxes ----

    def write_mail(self, address, recipient, subject, text, **headers):
        """As a mail server does that has checked its sender."""
        self.postfix.submit(address, recipient, subject, text, **headers,
                            Authentication_Results="mx.mail.example; dmarc=pass header.from=customer.example")

    def mails_with(self, address, text):
        return [mail for mail in self.dovecot.mails(address) if text in mail.get_body(("plain",)).get_content()]

    def wait_mail(self, address, text, limit_s=60.0):
        """The mail that says so, the only one, and how many seconds it took."""
        mails, took = wait_for(f"“{text}” in the mailbox of {address}", lambda: self.mails_with(address, text), limit_s, 0.1)
        assert len(mails) == 1
        return mails[0], took

    def confirmation_link(self, address):
        mails, _ = wait_for(f"a link in the mailbox of {address}", lambda: self.mails_with(address, "/chat/v1/confirm/"), 15, 0.1)
        assert len(mails) == 1
        return re.search(r"http\S+/chat/v1/confirm/\S+", mails[0].get_body(("plain",)).get_content()).group()

    # ---- visitors ----

    def visitor(self, **options):
        return Visitor(self.chromium, self.shop, **options)

    def confirm(self, visitor, address):
        """Uses the link, as its owner does."""
        page = visitor.context.newPage()
        page.goto(self.confirmation_link(address))
        page.getByRole("button").click()
        page.locator("form").waitFor({"state": "detached"})
        page.close()


def stays(condition, duration_s):
    """Fails as soon as it is no longer so."""
    end = time.monotonic() + duration_s
    while time.monotonic() < end:
        assert condition()
        time.sleep(0.2)
