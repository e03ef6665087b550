"""shop.py - a shop's page of another origin than Hilo's with the widget's two lines in it, and what its visitors do with the widget.

    with Shop() as shop:
        shop.embed, shop.inbox, shop.secret = chat["embed"], chat["public_id"], secret
        ana = Visitor(chromium, shop)
        ana.open()
        ana.write("Where is my parcel?")"""
import base64
import hashlib
import hmac
import http.server
import json
import re
import threading
import time
import urllib.parse

from browser import Failed, Js
from instance import ROOT, wait_for
from ports import free_port

# "closed" hides the launcher from tests just as it does from the shop's own scripts
OPEN_SHADOWS = """const attach = Element.prototype.attachShadow
Element.prototype.attachShadow = function (how) { return attach.call(this, { ...how, mode: 'open' }) }"""

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Shop</title>
<main><h1>Shop</h1><p>Things to buy.</p></main>
%s
%s
</html>"""


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Shop:
    """http://localhost:PORT/?who={"sub":"…"}: the page, with that customer signed in."""

    def __init__(self):
        self.port = free_port()
        self.embed = self.inbox = self.secret = ""

    @property
    def origin(self):
        return f"http://localhost:{self.port}"

    def token(self, **claims):
        """What the shop's server signs for its customer."""
        now = int(time.time())
        parts = [{"alg": "HS256", "typ": "JWT"}, {"iat": now, "exp": now + 300, "aud": self.inbox, **claims}]
        signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
        return f"{signed}.{base64url(hmac.new(self.secret.encode(), signed.encode(), hashlib.sha256).digest())}"

    def page(self, path):
        who = urllib.parse.parse_qs(urllib.parse.urlparse(path).query).get("who")
        identify = f"<script>hilo('identify', {{token: '{self.token(**json.loads(who[0]))}'}})</script>" if who else ""
        return PAGE % (self.embed, identify)

    def __enter__(self):
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = shop.page(self.path).encode() if urllib.parse.urlparse(self.path).path == "/" else b""
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


WIDGET = ROOT / "services/chat/widget/src"


def words(locale):
    """The widget's own texts by their keys."""
    catalogue = (WIDGET / "i18n" / f"{locale}.ts").read_text()
    return dict(re.findall(r"^\t'([\w.]+)': '(.*)',$", catalogue, re.M))


class Visitor:
    """A browser of its own: what it keeps is kept until forget()."""

    def __init__(self, chromium, shop, locale="en", scheme="light", **context):
        self.shop, self.words = shop, words(locale)
        self.context = chromium.newContext({"locale": locale, "colorScheme": scheme, "viewport": {"width": 1000, "height": 800}, **context})
        self.context.setDefaultTimeout(15000)
        self.context.addInitScript({"content": OPEN_SHADOWS})
        self.page = None

    def visit(self, **customer):
        """Loads the shop's page; customer: the claims it signs them in with."""
        if self.page is None:
            self.page = self.context.newPage()
        query = "?" + urllib.parse.urlencode({"who": json.dumps(customer)}) if customer else ""
        self.page.goto(f"{self.shop.origin}/{query}")
        return self

    def tab(self):
        """Another tab of the same browser."""
        other = object.__new__(Visitor)
        other.__dict__ = {**self.__dict__, "page": None}
        return other

    def leave(self):
        """Closes the tab; the browser stays."""
        self.page.close()
        self.page = None

    def close(self):
        self.context.close()

    # ---- the widget ----

    @property
    def frame(self):
        return self.page.frameLocator("iframe")

    def button(self, key):
        return self.frame.getByRole("button", {"name": self.words[key], "exact": True})

    def field(self, key):
        return self.frame.getByLabel(self.words[key])

    def launcher(self):
        return self.page.locator("hilo-chat").getByRole("button")

    def open(self):
        """The widget: at the thread if there is a conversation, else at its home."""
        self.launcher().click()
        self.frame.locator("main button").first().waitFor()
        return self

    def begin(self, name=None, email=None):
        """From home to the thread, by way of the form."""
        self.button("home.start").click()
        if name:
            self.field("prechat.name").fill(name)
        if email:
            self.field("prechat.email").fill(email)
        self.button("prechat.go" if name or email else "prechat.skip").click()
        self.field("composer.label").waitFor()
        return self

    def write(self, text):
        self.field("composer.label").fill(text)
        self.field("composer.label").press("Enter")
        return self

    def lines(self):
        """The thread as it is read: "you: …", "us: …", "you, unsent: …", "move: …", "system: …"."""
        return self.frame.locator(".entry, .move, .system").evaluateAll(Js("""rows => rows.map((row) => {
            const text = (row.querySelector('.body') ?? row.querySelector('p'))?.textContent.trim() ?? ''
            if (row.matches('.move')) return 'move: ' + row.dataset.line
            if (row.matches('.system')) return 'system: ' + text
            return (row.matches('.yours') ? 'you' : 'us') + (row.matches('.pending:not(.accepted)') ? ', unsent: ' : ': ') + text
        })"""))

    def wait_lines(self, *wanted, limit_s=15):
        """Until exactly these are shown."""
        found = []

        def same():
            nonlocal found
            try:
                found = self.lines()
            except Failed:
                found = []
            return found == list(wanted)
        try:
            wait_for("the thread", same, limit_s, 0.05)
        except AssertionError:
            raise AssertionError(f"after {limit_s} s the thread is {found}, not {list(wanted)}") from None
        return self

    def troubles(self):
        return self.page.troubles()
