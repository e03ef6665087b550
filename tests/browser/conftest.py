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


# files that take the longest begin first, so that those that run side by side end at about the same time
LONGEST = ["test_console_everybody_can_use_it.py", "test_hostile_mails.py", "test_console_lost_connection.py",
           "test_a_network_cut_for_a_minute.py", "test_chat_leave_mail_answer_and_back.py"]


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))
