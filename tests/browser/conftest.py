"""One installation for all stories: deploy/up, Postfix, Dovecot, a shop of another origin, an agent who is free, and Chromium."""
import pytest

from browser import Chromium
from chat_world import World
from instance import Instance
from mail_servers import Dovecot, Postfix
from shop import Shop


@pytest.fixture(scope="session")
def chromium():
    with Chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def world(chromium):
    hilo = Instance()
    with Dovecot() as dovecot, Postfix({"company.example": hilo.lmtp_port, "customer.example": dovecot.lmtp_port}) as postfix:
        hilo.env |= {"HILO_SMTP_URL": postfix.url, "HILO_MAIL_AUTHSERV": "mx.mail.example"}
        with hilo, Shop() as shop:
            made = World(hilo, postfix, dovecot, shop, chromium)
            with made.agent.available():
                yield made
