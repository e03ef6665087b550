"""instance.py - a whole Hilo of a test's own: deploy/up in a folder in /tmp on free ports, and its API.

    with Instance() as hilo:
        admin = hilo.sign_in()
        admin.post("/inboxes", {...})
HILO_BIN_DIR names ready daemons; without it deploy/up builds them."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from ports import free_ports

ROOT = pathlib.Path(__file__).resolve().parents[2]
PORTS = 16
DAEMONS = ["bus", "email", "identity", "routing", "gateway", "chat"]


def wait_for(what, find, limit_s=10.0, every_s=0.01):
    """Returns: the first true answer of find(), and how many seconds it took."""
    began = time.monotonic()
    while True:
        found = find()
        took = time.monotonic() - began
        if found:
            return found, took
        assert took < limit_s, f"waited {limit_s} s in vain for {what}"
        time.sleep(every_s)


class Refused(Exception):
    def __init__(self, status, problem):
        super().__init__(f"{status} {problem}")
        self.status, self.problem = status, problem


class Person:
    """Somebody who signed in."""

    def __init__(self, url, email, password):
        self.url, self.token = url + "/api/v1", None
        answer = self.post("/session", {"email": email, "password": password})
        self.token, self.agent = answer["token"], answer["agent"]

    def call(self, method, path, body=None, headers=()):
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json", **dict(headers)})
        if self.token:
            request.add_header("Authorization", "Bearer " + self.token)
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Refused(error.code, json.load(error)) from None

    def get(self, path, **query):
        return self.call("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def post(self, path, body):
        return self.call("POST", path, body)

    def put(self, path, body):
        return self.call("PUT", path, body)

    @contextlib.contextmanager
    def available(self):
        """Takes work until the block ends, as a signed-in client does: by saying so again and again."""
        ended = threading.Event()
        self.put("/presence", {"status": "available"})

        def repeat():
            while not ended.wait(20):
                self.put("/presence", {"status": "available"})
        thread = threading.Thread(target=repeat, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            ended.set()
            thread.join()


class Instance:
    """settings: further HILO_* variables for deploy/up."""

    def __init__(self, **settings):
        self.var = pathlib.Path(tempfile.mkdtemp(prefix="hilo-e2e-", dir="/tmp")) / "var"
        self.port = free_ports(PORTS)
        self.lmtp_port = self.port + 2
        self.env = {**os.environ, "HILO_VAR": str(self.var), "HILO_PORT": str(self.port), **settings}

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if (self.var / ".hilo").exists():
            self.run("deploy/down", "--purge")
        shutil.rmtree(self.var.parent, ignore_errors=True)

    def run(self, *command, check=True):
        """Returns: what it printed."""
        done = subprocess.run([ROOT / command[0], *command[1:]], env=self.env, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert not check or done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def up(self, *arguments):
        shown = self.run("deploy/up", *arguments)
        self.admin = json.loads((self.var / "admin.json").read_text())
        return shown

    def down(self, *arguments):
        return self.run("deploy/down", *arguments)

    def sign_in(self, email=None, password=None):
        """As the first administrator unless somebody else is named."""
        return Person(self.admin["url"], email or self.admin["email"], password or self.admin["password"])

    def pid(self, service):
        """Of a supervised process; 0 when it is down."""
        return int((self.var / "service" / service / "supervise" / "pid").read_text().strip() or 0)

    def kill(self, daemon):
        """With SIGKILL; the supervisor starts another one."""
        os.kill(self.pid(daemon), signal.SIGKILL)

    def is_ready(self, daemon):
        """Its own word, by /readyz."""
        port = self.port + 10 + DAEMONS.index(daemon)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False
