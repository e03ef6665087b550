"""mail_servers.py - a real Postfix and a real Dovecot of a test's own: own configuration, queue and ports; nothing of the system's
is touched. Both need root, as they switch users themselves.

    with Dovecot() as dovecot, Postfix({"company.example": lmtp_port, "customer.example": dovecot.lmtp_port}) as mx:
        mx.submit("maria@customer.example", "support@company.example", "Subject", "Text")
        dovecot.mails("maria@customer.example")"""
import contextlib
import email
import email.policy
import imaplib
import pathlib
import shutil
import signal
import smtplib
import subprocess
import tempfile

from instance import wait_for
from ports import free_port, free_ports


class Server:
    """A process in a folder of its own, gone with everything when the block ends."""

    def __init__(self, name):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"hilo-{name}-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.process = None

    def spawn(self, *command):
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT, start_new_session=True)

    def answers(self):
        """Has it opened its ports? Raises when it has ended instead."""
        raise NotImplementedError

    def __enter__(self):
        try:
            self.start()
            wait_for(f"{type(self).__name__} to answer", self._answers_or_died, 30, 0.05)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _answers_or_died(self):
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "output").read_text(errors="replace")[-3000:])
        with contextlib.suppress(OSError, smtplib.SMTPException, imaplib.IMAP4.error):
            return self.answers()
        return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.stop()
            self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


class Postfix(Server):
    """routes: domain → LMTP port on this machine. Everything else is refused."""

    def __init__(self, routes):
        super().__init__("postfix")
        self.routes = routes
        self.port = free_port()

    def start(self):
        conf, queue, data = (self.folder / name for name in ("conf", "queue", "data"))
        for folder in (conf, queue, data):
            folder.mkdir(mode=0o755)
        shutil.chown(data, "postfix")
        transports = ", ".join(f"{{ {domain} = lmtp:inet:127.0.0.1:{port} }}" for domain, port in self.routes.items())
        self.settings = f"""
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = /dev/stdout
myhostname = mx.mail.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relay_domains = {" ".join(self.routes)}
transport_maps = inline:{{ {transports} }}
recipient_delimiter = +
smtpd_relay_restrictions = reject_unauth_destination
minimal_backoff_time = 5s
queue_run_delay = 5s
alias_maps =
"""
        (conf / "main.cf").write_text(self.settings)
        services = [f"127.0.0.1:{self.port} inet n - n - - smtpd", "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr",
                    "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce",
                    "trace unix - - n - 0 bounce", "flush unix n - n 1000? 0 flush", "proxymap unix - - n - - proxymap",
                    "smtp unix - - n - - smtp", "lmtp unix - - n - - lmtp", "error unix - - n - - error",
                    "retry unix - - n - - error", "anvil unix - - n - 1 anvil", "tlsmgr unix - - n 1000? 1 tlsmgr",
                    "postlog unix-dgram n - n - 1 postlogd"]
        (conf / "master.cf").write_text("\n".join(services) + "\n")
        self.spawn("/usr/sbin/postfix", "-c", conf, "start-fg")

    def stop(self):
        subprocess.run(["/usr/sbin/postfix", "-c", self.folder / "conf", "abort"], check=False, capture_output=True)

    def pause(self):
        """Gone, with its queue kept; resume() brings it back on the same port."""
        self.stop()
        self.process.wait(30)

    def resume(self):
        self.spawn("/usr/sbin/postfix", "-c", self.folder / "conf", "start-fg")
        wait_for("Postfix to answer again", self._answers_or_died, 30, 0.05)

    def refuse(self, *addresses):
        """From now on it takes nothing for these, and for all others again."""
        self.pause()
        access = ", ".join(f"{{ {address} = REJECT the mailbox is closed }}" for address in addresses)
        rule = f"smtpd_recipient_restrictions = check_recipient_access inline:{{ {access} }}\n" if addresses else ""
        (self.folder / "conf/main.cf").write_text(self.settings + rule)
        self.resume()

    def answers(self):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=5):
            return True

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def log(self):
        return (self.folder / "output").read_text(errors="replace")

    def submit(self, sender, recipient, subject, text, **headers):
        """With swaks, as a customer's own mail server would. headers: In_Reply_To="<…>"."""
        command = ["swaks", "--server", f"127.0.0.1:{self.port}", "--from", sender, "--to", recipient, "--h-From", sender,
                   "--h-Subject", subject, "--body", text, "--silent", "2"]
        for name, value in headers.items():
            command += ["--header", f"{name.replace('_', '-')}: {value}"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


class Dovecot(Server):
    """Mailboxes for whoever is written to, read by IMAP."""

    PASSWORD = "of-the-test"

    def __init__(self):
        super().__init__("dovecot")
        self.imap_port = free_ports(2)
        self.lmtp_port = self.imap_port + 1

    def start(self):
        homes = self.folder / "homes"
        homes.mkdir()
        shutil.chown(homes, "mail", "mail")
        (self.folder / "dovecot.conf").write_text(f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = /dev/stderr
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:~/Maildir
postmaster_address = postmaster@mail.example
passdb {{
  driver = static
  args = password={self.PASSWORD}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={homes}/%u allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {self.imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {self.lmtp_port}
  }}
}}
service stats {{
  client_limit = 100
}}
""")
        self.spawn("/usr/sbin/dovecot", "-F", "-c", self.folder / "dovecot.conf")

    def answers(self):
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=5), smtplib.LMTP("127.0.0.1", self.lmtp_port):
            return True

    def mails(self, address):
        """Everything in the inbox of an address, oldest first, parsed."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10) as box:
            box.login(address, self.PASSWORD)
            box.select("INBOX", readonly=True)
            numbers = box.search(None, "ALL")[1][0].split()
            return [email.message_from_bytes(box.fetch(number, "(RFC822)")[1][0][1], policy=email.policy.default)
                    for number in numbers]
