"""browser.py - Debian's Chromium, driven by playwright-core through tests/browser/driver.mjs, so that a story stands in one Python file
next to what the agent does and what lies in mailboxes.

    with Chromium() as chromium:
        page = chromium.newContext({"locale": "es"}).newPage()
        page.goto("http://localhost:8000/")
        page.frameLocator("iframe").getByRole("button", {"name": "Enviar"}).click()
Methods and options are Playwright's own; Js("els => els.length") is a function."""
import json
import pathlib
import re
import subprocess

DRIVER = pathlib.Path(__file__).resolve().parents[1] / "browser" / "driver.mjs"
# these only say where; everything else is done at once
WHERE = re.compile(r"frameLocator|contentFrame|getBy\w+|locator|first|last|nth|filter|keyboard|mouse")


class Failed(Exception):
    """What Playwright said."""


class Js(dict):
    def __init__(self, source):
        super().__init__({"$js": source})


class Remote:
    """An object of Playwright's, or a place on one."""

    def __init__(self, chromium, handle, path=()):
        self._chromium, self._handle, self._path = chromium, handle, path

    def __getattr__(self, name):
        def call(*arguments):
            path = (*self._path, (name, *arguments))
            return Remote(self._chromium, self._handle, path) if WHERE.fullmatch(name) else self._chromium.call(self._handle, path)
        return call


class Chromium(Remote):
    def __init__(self):
        super().__init__(self, 0)
        self.count = 0

    def __enter__(self):
        self.process = subprocess.Popen(["node", DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        finally:
            self.process.kill()

    def call(self, handle, path):
        self.count += 1
        self.process.stdin.write(json.dumps({"n": self.count, "on": handle, "path": path}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["n"] == self.count
        if "error" in answer:
            raise Failed(answer["error"])
        value = answer.get("value")
        return Remote(self, value["handle"]) if isinstance(value, dict) and set(value) == {"handle"} else value
