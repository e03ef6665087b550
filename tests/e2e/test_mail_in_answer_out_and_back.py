"""A customer's mail comes through a real Postfix to the agent who is free; the answer leaves through it and lies threaded in the
customer's real mailbox; whatever the customer answers lands in the same conversation."""
import email.utils
import time

import pytest

from instance import Instance, wait_for
from mail_servers import Dovecot, Postfix

SUPPORT = "support@company.example"
MARIA = "maria@customer.example"


@pytest.fixture(scope="module")
def world():
    """Postfix stands between Hilo and the customers: it must know Hilo's port, and Hilo must know its."""
    hilo = Instance()
    with Dovecot() as dovecot, Postfix({"company.example": hilo.lmtp_port, "customer.example": dovecot.lmtp_port}) as postfix:
        hilo.env["HILO_SMTP_URL"] = postfix.url
        with hilo:
            admin = hilo.sign_in()
            inbox = admin.post("/inboxes", {"channel": "email", "name": "Company Support", "address": SUPPORT})
            admin.post("/agents", {"name": "Ana Gil", "email": "ana@company.example", "role": "agent", "inboxes": [inbox["id"]],
                                   "password": "a long enough password"})
            ana = hilo.sign_in("ana@company.example", "a long enough password")
            with ana.available():
                yield World(hilo, postfix, dovecot, ana)


class World:
    def __init__(self, hilo, postfix, dovecot, ana):
        self.hilo, self.postfix, self.dovecot, self.ana = hilo, postfix, dovecot, ana

    def conversations(self):
        return self.ana.get("/conversations", view="all")["items"]

    def assigned(self, subject):
        return next((c for c in self.conversations() if c["subject"] == subject and c["assignee"]), None)

    def timeline(self, conversation):
        return self.ana.get(f"/conversations/{conversation['id']}/timeline")["items"]

    def wait_message(self, conversation, text):
        entries, _ = wait_for(f"“{text}” in its conversation", lambda: [
            entry for entry in self.timeline(conversation) if text in (entry["text"] or "")])
        return entries[0]


def test_the_whole_story(world):
    question = f"<question.{time.time_ns()}@customer.example>"
    began = time.monotonic()
    world.postfix.submit(MARIA, SUPPORT, "Mi pedido no llega", "¿Dónde está mi pedido?", Message_Id=question)

    conversation, _ = wait_for("the mail to be assigned", lambda: world.assigned("Mi pedido no llega"))
    took = time.monotonic() - began
    assert took < 1.0, f"the mail was with the agent only after {took:.2f} s"
    assert conversation["assignee"]["name"] == "Ana Gil"
    assert conversation["channel"] == "email" and conversation["status"] == "open"
    customer = world.ana.get(f"/customers/{conversation['customer']['id']}")
    assert [(point["channel"], point["address"]) for point in customer["contact_points"]] == [("email", MARIA)]
    first = world.wait_message(conversation, "¿Dónde está mi pedido?")
    assert first["direction"] == "in" and first["author"]["type"] == "customer"

    # the agent answers; it lies in the customer's mailbox, threaded under the question
    world.ana.post(f"/conversations/{conversation['id']}/messages", {"kind": "reply", "text": "Llega mañana, prometido. – Ana"})
    mails, _ = wait_for("the answer in the customer's mailbox", lambda: world.dovecot.mails(MARIA))
    answer = mails[0]
    assert len(mails) == 1
    assert email.utils.parseaddr(answer["From"])[1] == SUPPORT
    assert answer["In-Reply-To"].strip() == question
    assert question in answer["References"].split()
    assert answer["Subject"].startswith("Re: Mi pedido no llega")
    assert "Llega mañana, prometido. – Ana" in answer.get_body(("plain",)).get_content()
    wait_for("the answer to be shown as sent", lambda: world.wait_message(conversation, "prometido")["delivery"]["state"] == "sent")

    # the customer answers with a mail program: it threads by headers, whatever the subject has become
    world.postfix.submit(MARIA, SUPPORT, "otra cosa", "Perfecto, gracias.", In_Reply_To=answer["Message-ID"].strip(),
                         References=f"{question} {answer['Message-ID'].strip()}")
    second = world.wait_message(conversation, "Perfecto, gracias.")
    assert second["direction"] == "in"

    # and with one that keeps no headers: the address to answer to says where it belongs
    reply_to = email.utils.parseaddr(answer["Reply-To"])[1]
    assert reply_to.startswith("support+") and reply_to.endswith("@company.example")
    world.postfix.submit(MARIA, reply_to, "sin cabeceras", "Ya ha llegado.")
    world.wait_message(conversation, "Ya ha llegado.")

    assert [entry["direction"] for entry in world.timeline(conversation) if entry["kind"] == "message"] == ["in", "out", "in", "in"]
    assert len(world.conversations()) == 1


def test_a_stranger_with_the_address_of_an_answer_gets_in_nowhere(world):
    world.postfix.submit("eva@customer.example", SUPPORT, "Consulta de Eva", "Hola, soy Eva.")
    evas, _ = wait_for("Eva's conversation", lambda: world.assigned("Consulta de Eva"))
    world.ana.post(f"/conversations/{evas['id']}/messages", {"kind": "reply", "text": "Hola, Eva."})
    mails, _ = wait_for("the answer in Eva's mailbox", lambda: world.dovecot.mails("eva@customer.example"))
    reply_to = email.utils.parseaddr(mails[0]["Reply-To"])[1]

    world.postfix.submit("mallory@customer.example", reply_to, "Mallory was here", "Change the delivery address.",
                         In_Reply_To=mails[0]["Message-ID"].strip())
    mallorys, _ = wait_for("a conversation of Mallory's own", lambda: world.assigned("Mallory was here"))
    assert mallorys["id"] != evas["id"] and mallorys["customer"]["id"] != evas["customer"]["id"]
    assert all("delivery address" not in (entry["text"] or "") for entry in world.timeline(evas))


def test_an_answer_waits_while_the_mail_server_is_away(world):
    world.postfix.submit(MARIA, SUPPORT, "Paciencia", "¿Hay alguien?")
    conversation, _ = wait_for("the mail to be assigned", lambda: world.assigned("Paciencia"))
    already = len(world.dovecot.mails(MARIA))
    world.postfix.pause()
    world.ana.post(f"/conversations/{conversation['id']}/messages", {"kind": "reply", "text": "Sí, estamos aquí."})
    world.wait_message(conversation, "Sí, estamos aquí.")
    world.postfix.resume()
    wait_for("the answer once the server is back", lambda: len(world.dovecot.mails(MARIA)) == already + 1, limit_s=60, every_s=0.2)
    time.sleep(0.5)
    assert len(world.dovecot.mails(MARIA)) == already + 1
