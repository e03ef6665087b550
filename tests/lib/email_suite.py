"""email_suite.py - the real mail daemon on a private log: mails delivered by LMTP, replies caught by a scripted SMTP server.

    with EmailSuite() as suite, SmtpServer() as smtp:
        inbox = suite.inbox("support@suite.example")
        email = suite.email(HILO_SMTP_URL=smtp.url)
        suite.deliver(mail("ann@example.org", "Where is it?"), "support@suite.example")
        suite.submit(conversation, 1, to="ann@example.org")
        smtp.wait(1)
"""
import datetime
import email
import email.policy
import itertools
import socket
import threading
import time
import uuid

from aiosmtpd.controller import Controller

from bus_suite import BIN, BusSuite, wait_until
from ports import free_port
from routing_suite import compile_events, hash_key32

SEAL_KEY = "07" * 32
numbers = itertools.count(1)


def mail(sender="ann@example.org", subject="Where is it?", text="My parcel is late.", message_id=None, **headers):
    """A mail's bytes. headers: In_Reply_To="<…>"."""
    lines = [f"From: {sender}", "To: <support@suite.example>", f"Subject: {subject}",
             f"Message-ID: <{message_id or f'm{next(numbers)}@example.org'}>", "Date: Sat, 01 Aug 2026 10:00:00 +0000"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", text, ""]).encode()


class Lmtp:
    """A dialogue by hand: say(b"NOOP") -> the reply's lines as text."""

    def __init__(self, port, greet=True):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.file = self.socket.makefile("rb")
        if greet:
            assert self.read().startswith("220 ")
            assert self.say(b"LHLO test").startswith("250")

    def read(self):
        lines = []
        while True:
            line = self.file.readline().decode()
            if not line:
                raise ConnectionError("closed")
            lines.append(line.rstrip("\r\n"))
            if line[3:4] != "-":
                return "\n".join(lines)

    def write(self, data):
        self.socket.sendall(data)

    def say(self, command):
        self.write(command + b"\r\n")
        return self.read()

    def begin(self, *recipients, sender="ann@example.org"):
        """Up to the 354."""
        assert self.say(f"MAIL FROM:<{sender}>".encode()).startswith("250")
        for recipient in recipients:
            assert self.say(f"RCPT TO:<{recipient}>".encode()).startswith("250")
        assert self.say(b"DATA").startswith("354")

    def deliver(self, data, *recipients, sender="ann@example.org"):
        """Returns the final replies, one for each recipient."""
        self.begin(*recipients, sender=sender)
        self.write(stuffed(data))
        return [self.read() for _ in recipients]

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def stuffed(data):
    return b"".join(b"." + line if line.startswith(b".") else line for line in data.splitlines(keepends=True)) + b".\r\n"


class EmailSuite(BusSuite):
    def __enter__(self):
        super().__enter__()
        self.pb = compile_events()
        self.lmtp_port = free_port()
        self.files = self.folder / "files"
        return self

    # ---- the world ----

    def inbox(self, address="support@suite.example", name="Support", sealed=None):
        inbox_id = str(uuid.uuid4())
        with self.connect() as connection:
            connection.execute("INSERT INTO config.inbox (id, channel, name, address, smtp_url_sealed) VALUES (%s, 'email', %s, %s, %s)",
                               (inbox_id, name, address, sealed))
        return inbox_id

    def email(self, wait=True, port=None, **settings):
        port = port or self.lmtp_port
        env = {
            "HILO_DATABASE_URL": self.dsn("hilo_email"),
            "HILO_HEALTH_ADDRESS": f"127.0.0.1:{free_port()}",
            "HILO_BUS_SERVER_KEY": self.keys["server"]["public"],
            "HILO_BUS_CLIENT_KEY": self.keys["client"]["public"],
            "HILO_BUS_CLIENT_SECRET": self.keys["client"]["secret"],
            "HILO_LMTP_ADDRESS": f"127.0.0.1:{port}",
            "HILO_MAIL_HOSTNAME": "suite.example",
            "HILO_MAIL_AUTHSERV": "mx.suite.example",
            "HILO_FILES": str(self.files),
            "HILO_SEAL_KEY": SEAL_KEY,
            **settings,
        }
        process = self.run("email", [BIN / "hilo-email"], env)
        if wait:
            self.wait_takes_mail(port)
        return process

    def wait_takes_mail(self, port=None):
        """Until MAIL is answered 250: listening, and the database there."""
        def takes():
            try:
                with Lmtp(port or self.lmtp_port) as lmtp:
                    return lmtp.say(b"MAIL FROM:<>").startswith("250")
            except OSError:
                return False
        wait_until(takes, 20, "the mail daemon takes mail")

    # ---- mails ----

    def lmtp(self):
        return Lmtp(self.lmtp_port)

    def deliver(self, data, *recipients):
        """The final replies."""
        with self.lmtp() as lmtp:
            return lmtp.deliver(data, *(recipients or ("support@suite.example",)))

    def messages(self, where="true", *parameters):
        return self.query("SELECT subject, text, contact_address, recipient_tag, level, automatic, raw, raw_file, html, id, inbox_id::text"
                          f" FROM channel.message WHERE {where} ORDER BY received_at", *parameters)

    def received(self):
        """The bodies of message.received, in the log's order."""
        rows = self.query("SELECT payload FROM bus.event WHERE type = 'message.received' ORDER BY xid, id")
        return [self.pb.Envelope.FromString(row[0]).message_received for row in rows]

    # ---- replies ----

    def submit(self, inbox, conversation, sequence, to="ann@example.org", text="Dear Ann,", **fields):
        """message.submitted of a conversation of this inbox, as routing appends it. Returns the message's id."""
        message = fields.pop("message_id", None) or str(uuid.uuid4())
        envelope = self.pb.Envelope(id=str(uuid.uuid4()), source="routing", type="message.submitted", subject=message, inbox_id=inbox,
                                    key=conversation, correlation_id=conversation, time_us=time.time_ns() // 1000, actor="system")
        body = envelope.message_submitted
        fields.setdefault("rfc_message_id", f"{message}@suite.example")
        attachments = fields.pop("attachments", [])
        body.MergeFrom(type(body)(conversation_id=conversation, message_id=message, channel=1, sequence=sequence, to_address=to, text=text,
                                  subject=fields.pop("subject", "Where is it?"), **fields))
        for attachment in attachments:
            body.attachments.add(**attachment)
        self.append(envelope, inbox, conversation)
        return message

    def append(self, envelope, inbox=None, conversation=None):
        now = datetime.datetime.now(datetime.timezone.utc)
        with self.connect() as connection:
            connection.execute("INSERT INTO bus.event (key_hash, type, inbox_id, conversation_id, key, occurred_at, payload)"
                               " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                               (hash_key32(envelope.key), envelope.type, inbox, conversation, envelope.key, now, envelope.SerializeToString()))

    def notice(self, inbox, to="ann@example.org", text="Is this you?", **fields):
        """notice.submitted, as the chat daemon appends it. Returns the notice's id."""
        notice = str(uuid.uuid4())
        envelope = self.pb.Envelope(id=str(uuid.uuid4()), source="chat", type="notice.submitted", subject=notice, key=f"email:{to}",
                                    time_us=time.time_ns() // 1000, actor="system")
        body = envelope.notice_submitted
        body.MergeFrom(type(body)(notice_id=notice, from_inbox_id=inbox, to_address=to, text=text, subject=fields.pop("subject", "Is this you?"),
                                  **fields))
        self.append(envelope)
        return notice

    def state(self, message):
        rows = self.query("SELECT state FROM channel.outbound WHERE message_id = %s", message)
        return rows[0][0] if rows else None

    def ends(self, message):
        """message.sent and message.failed of it."""
        rows = self.query("SELECT payload FROM bus.event WHERE type IN ('message.sent', 'message.failed') ORDER BY xid, id")
        envelopes = [self.pb.Envelope.FromString(row[0]) for row in rows]
        return [e for e in envelopes if e.subject == message]


class SmtpServer:
    """Takes mail as scripted: script(recipient) may return a reply for RCPT ("550 …"), ("data", reply) for after the final dot,
    "drop" to break the line after the final dot, "drop data" before it; None takes it. tries: every recipient asked for."""

    def __init__(self, script=None, port=None):
        self.script = script or (lambda recipient: None)
        self.mails, self.tries = [], []
        self.lock = threading.Lock()
        self.port = port or free_port()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(self, server, session, envelope, address, options):
        with self.lock:
            self.tries.append(address)
            self.answer = self.script(address)
        if isinstance(self.answer, str) and self.answer[0].isdigit():
            return self.answer
        session.answer = self.answer
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        answer = session.answer
        if isinstance(answer, tuple) and answer[0] == "data":
            return answer[1]
        if answer != "drop data":
            with self.lock:
                self.mails.append((envelope.mail_from, envelope.rcpt_tos[0],
                                   email.message_from_bytes(envelope.original_content, policy=email.policy.default)))
        if answer in ("drop", "drop data"):
            server.transport.abort()
        return "250 2.0.0 queued as 4F1"

    def wait(self, count, limit_s=20):
        wait_until(lambda: len(self.mails) >= count, limit_s, f"{count} mails came")
        return self.mails

    def __enter__(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop()
