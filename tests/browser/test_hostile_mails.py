"""Mails that mean harm (tests/data/hostile_mail), sent in and opened in the console like any other: nothing of theirs runs, nothing
is fetched, nothing outside their frame changes, and no Content-Security-Policy had to stop anything. Then an ordinary one, that shows."""
import base64
import email.message
import http.server
import smtplib
import threading

import pytest

from browser import Js
from instance import ROOT, wait_for

MAILS = sorted((ROOT / "tests/data/hostile_mail").glob("*.html"))
ADDRESS = "hostile@company.example"
# The Vue runtime asks for a policy and does without. Chromium reports handlers and bases when it parses them, also in the inert
# document in which mails are cleaned; that none of them gets out of there is looked at below.
EXPECTED = ("TrustedTypePolicy named 'vue'", "Executing inline event handler", "Setting the document's base URI")
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFElEQVR4nGP8z8DAwMDAxMDAwAAADQIBA1sg9wAAAABJRU5ErkJggg==")

# Of the <main> of a mail's frame. Returns: what should not be there.
HARM = Js("""(main, evil) => {
	const found = []
	const ours = (address) => address.startsWith(location.origin + '/') || address.startsWith('data:image/')
	const foreign = (css) => [...css.matchAll(/url\\("?([^")]*)/g)].some((match) => !ours(match[1])) || /@import|@font-face|image-set|expression|behavior|-moz-binding/.test(css)
	if (self.hiloRan !== undefined) found.push('a script ran')
	if (document.title !== 'Mail') found.push('the title changed')
	if (document.baseURI !== location.href) found.push('the base changed')
	const tags = 'script,iframe,frame,frameset,object,embed,applet,form,input,textarea,select,button:not([aria-expanded]),svg,math,base,meta,link,template,video,audio,source,track,portal,dialog,noscript,slot,area,image'
	for (const element of main.querySelectorAll(tags)) found.push(`<${element.localName}>`)
	for (const element of main.querySelectorAll('*')) {
		if (element.localName.includes('-') || element.namespaceURI !== 'http://www.w3.org/1999/xhtml') found.push(`<${element.localName}>`)
		for (const { name, value } of element.attributes) {
			if (/^on|^(srcdoc|action|formaction|ping|srcset|poster|background|autofocus|popover|contenteditable|is|name|download|usemap|tabindex)$/.test(name)) found.push(`${element.localName} ${name}`)
			if (name === 'id' && !value.startsWith('user-content-')) found.push(`id ${value}`)
			if (name === 'href' && !(/^(https?:\\/\\/|mailto:|tel:)/.test(value) && element.target === '_blank' && /\\bnoopener\\b/.test(element.rel))) found.push(`link to ${value}`)
			if (name === 'src' && !ours(value)) found.push(`picture from ${value}`)
			if (name === 'style' && foreign(value)) found.push(`style ${value}`)
		}
		if (element.localName === 'style' && foreign(element.textContent)) found.push(`<style> ${element.textContent}`)
	}
	if (performance.getEntriesByType('resource').some((entry) => entry.name.startsWith(evil))) found.push('it fetched something')
	return found
}""")
OUTSIDE = Js("""() => [
	...(self.hiloRan === undefined ? [] : ['a script ran']),
	...[...document.querySelectorAll('[id*=hilo-hostile], [name*=hilo-hostile]')].map((element) => element.outerHTML),
	...(/Hilo/.test(document.title) ? [] : [document.title]),
]""")
GO = Js("(path) => { history.pushState(history.state, '', path); dispatchEvent(new PopStateEvent('popstate', { state: history.state })) }")
SIGN_IN = Js("""async (who) => (await fetch('/api/v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() }, body: JSON.stringify(who) })).status""")


class Evil(http.server.ThreadingHTTPServer):
    """Notes who asks; nobody should."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.asked = []
        self.host = f"127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


def send(world, name, *parts):
    """parts: each adds to the message."""
    message = email.message.EmailMessage()
    message["From"] = f"{name} <{name.replace('_', '-')}@customer.example>"
    message["To"] = ADDRESS
    message["Subject"] = name
    message["Message-ID"] = f"<{name}@customer.example>"
    for part in parts:
        part(message)
    with smtplib.LMTP("127.0.0.1", world.hilo.lmtp_port) as lmtp:
        lmtp.send_message(message, f"{name}@customer.example", [ADDRESS])


def html(text):
    return lambda message: message.set_content(text, subtype="html", cte="base64")


@pytest.fixture(scope="module")
def console(world):
    """The administrator at the console; an inbox nobody else has, for hostile mails."""
    admin = world.hilo.sign_in()
    inbox = admin.post("/inboxes", {"channel": "email", "name": "Hostile", "address": ADDRESS})
    context = world.chromium.newContext({"locale": "en", "viewport": {"width": 1280, "height": 900}})
    page = context.newPage()
    page.goto(world.hilo.admin["url"] + "/sign-in")
    assert page.evaluate(SIGN_IN, {"email": world.hilo.admin["email"], "password": world.hilo.admin["password"]}) == 200
    page.goto(world.hilo.admin["url"] + "/inbox/all")
    page.getByRole("main").first().waitFor()
    yield admin, inbox, page
    context.close()


def conversations(admin, inbox):
    rows, after = [], None
    while True:
        page = admin.get("/conversations", view="all", inbox=inbox["id"], limit=100, **({"after": after} if after else {}))
        rows += page["items"]
        after = page["next"]
        if not after:
            return {row["subject"]: row["id"] for row in rows}


def show(page, conversation, subject):
    """Returns: the frame's <main>."""
    page.evaluate(GO, f"/inbox/all/{conversation}")
    page.getByRole("heading", {"level": 1, "name": subject, "exact": True}).waitFor()
    frame = page.frameLocator(".mail iframe")
    frame.locator("main > *").first().waitFor({"state": "attached"})
    return frame.locator("body > main")


def troubles(page):
    return [trouble for trouble in page.troubles() if not any(one in trouble for one in EXPECTED)]


def test_nothing_of_theirs_happens(world, console):
    admin, inbox, page = console
    evil = Evil()
    for mail in MAILS:
        text = mail.read_text().replace("{{run}}", "self.hiloRan=1;document.title=1").replace("{{evil}}", f"http://{evil.host}/{mail.stem}").replace("{{host}}", evil.host)
        send(world, mail.stem, html(text))
    found, _ = wait_for("all mails in their conversations", lambda: len(rows := conversations(admin, inbox)) >= len(MAILS) and rows, 60, 0.2)
    harm, framed, before = {}, 0, len(troubles(page))
    for mail in MAILS:
        entry = admin.get(f"/conversations/{found[mail.stem]}/timeline")["items"][0]
        if not entry["html"] and not entry["has_html"]:
            continue  # nothing of it is shown but its text
        framed += 1
        main = show(page, found[mail.stem], mail.stem)
        problems = main.evaluate(HARM, f"http://{evil.host}")
        pictures = page.getByRole("button", {"name": "Show pictures"})
        if pictures.count():
            pictures.click()
            page.waitForTimeout(300)  # whatever it would fetch is on its way
            problems += main.evaluate(HARM, f"http://{evil.host}")
        problems += page.evaluate(OUTSIDE) + troubles(page)[before:]
        before = len(troubles(page))
        if problems:
            harm[mail.stem] = problems
    assert harm == {}
    assert framed > 0.9 * len(MAILS)
    assert evil.asked == []
    evil.shutdown()


def test_a_mail_that_grows_with_its_frame_ends_somewhere(console):
    admin, inbox, page = console
    show(page, conversations(admin, inbox)["style_grows_for_ever"], "style_grows_for_ever")
    frame = page.locator(".mail iframe")
    height, _ = wait_for("a height that stays", lambda: (before := frame.boundingBox()["height"]) and page.waitForTimeout(700) is None and frame.boundingBox()["height"] == before and before, 20)
    assert height <= 30000


def test_an_ordinary_mail_shows(world, console):
    admin, inbox, page = console

    def parts(message):
        message.set_content("The tin is dented.")
        message.add_alternative(
            '<p>The tin is <b>dented</b>: <img src="cid:tin@customer" alt="the tin"></p><p>See <a href="https://shop.example/20417">the order</a>.</p>'
            '<div class="gmail_quote"><div class="gmail_attr">On Monday you wrote:</div><blockquote>How is the tin?</blockquote></div>', subtype="html")
        message.get_payload()[1].add_related(PIXEL, "image", "png", cid="<tin@customer>", filename="tin.png", disposition="inline")
    send(world, "ordinary", parts)
    found, _ = wait_for("its conversation", lambda: conversations(admin, inbox).get("ordinary"), 20, 0.1)
    main = show(page, found, "ordinary")
    picture = main.locator("img")
    wait_for("its own picture", lambda: picture.evaluate(Js("(img) => img.complete && img.naturalWidth")) == 2, 10, 0.1)
    assert main.locator("b").innerText() == "dented"
    # what it quotes is folded, and opens
    quote, button = main.locator("blockquote"), main.getByRole("button")
    assert not quote.isVisible()
    before = page.locator(".mail iframe").boundingBox()["height"]
    button.click()
    assert quote.isVisible()
    wait_for("a taller frame", lambda: page.locator(".mail iframe").boundingBox()["height"] > before, 5, 0.05)
    # nothing remote: nobody is asked about pictures
    assert page.getByRole("button", {"name": "Show pictures"}).count() == 0
