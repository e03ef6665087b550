"""console.py - the web console as somebody who works in it has it: a browser of their own, and its words by their keys.

    with staff.console(chromium) as lucia:
        lucia.list("mine")
        lucia.open("Order 20417")
        lucia.reply("It left this morning.")"""
import json

from browser import Js
from instance import ROOT, wait_for

WORDS = ROOT / "services/console/src/i18n"


def words(locale):
    """Every text by its key."""
    found = {}

    def walk(prefix, value):
        if isinstance(value, str):
            found[prefix] = value
        else:
            for key, member in value.items():
                walk(f"{prefix}.{key}" if prefix else key, member)
    for file in WORDS.glob(f"*.{locale}.json"):
        walk("", json.loads(file.read_text()))
    return found


class Console:
    """Signed in on entering; context: further options of Playwright's newContext()."""

    def __init__(self, chromium, url, email, password, locale="en", scheme="light", **context):
        self.url, self.email, self.password, self.words = url, email, password, words(locale)
        self.context = chromium.newContext({"locale": locale, "colorScheme": scheme, "viewport": {"width": 1440, "height": 900}, **context})
        self.context.setDefaultTimeout(15000)
        self.page = self.context.newPage()

    def __enter__(self):
        self.page.goto(f"{self.url}/sign-in")
        self.page.getByLabel(self.words["sign-in.email"]).fill(self.email)
        self.page.getByLabel(self.words["sign-in.password"]).fill(self.password)
        self.page.getByRole("button", {"name": self.words["sign-in.submit"]}).click()
        self.page.getByRole("navigation").first().waitFor()
        return self

    def __exit__(self, *_):
        self.context.close()

    def word(self, key, **values):
        text = self.words[key]
        for name, value in values.items():
            text = text.replace("{%s}" % name, str(value))
        return text

    def button(self, key, exact=True, **values):
        return self.page.getByRole("button", {"name": self.word(key, **values), "exact": exact})

    def troubles(self):
        return self.page.troubles()

    def said(self):
        """Errors and warnings in the browser's own console, but for questions that were answered: nobody signed in, not there."""
        return [each for each in self.page.said() if "the server responded with a status of 40" not in each]

    # ---- lists ----

    def go(self, path):
        """As by a link: the page stays, so does the connection."""
        self.page.evaluate(Js("path => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate', { state: history.state })) }"), path)

    def list(self, name="mine"):
        self.page.goto(f"{self.url}/inbox/{name}")
        self.page.locator("[role=grid], .list .empty").first().waitFor()

    def rows(self):
        """What the list shows, a text a row."""
        return self.page.getByRole("row").evaluateAll(Js("rows => rows.map((row) => row.innerText.replace(/\\s+/g, ' '))"))

    def row(self, text):
        return self.page.getByRole("row").filter({"hasText": text})

    def open(self, text):
        self.row(text).first().click()
        self.page.getByRole("feed").waitFor()

    def show(self, conversation):
        self.page.goto(f"{self.url}/inbox/all/{conversation['id']}")
        self.page.getByRole("feed").waitFor()

    # ---- a conversation ----

    def entries(self):
        """The timeline's texts in their order, a line each, without who and when."""
        return self.page.getByRole("feed").getByRole("article").evaluateAll(Js("all => all.map((one) => one.innerText.replace(/\\s+/g, ' '))"))

    def wait_entries(self, *texts, limit_s=15.0):
        """Until these are the timeline's entries, each beginning so."""
        def agree():
            shown = self.entries()
            return len(shown) == len(texts) and all(text in one for text, one in zip(texts, shown))
        try:
            wait_for(f"entries {texts}", agree, limit_s, 0.1)
        except AssertionError as error:
            raise AssertionError(f"{error}; shown: {self.entries()}") from None

    def write(self, text, kind="reply"):
        self.page.getByRole("tab", {"name": self.word(f"composer.kind.{kind}")}).click()
        editor = self.page.getByRole("textbox", {"name": self.word(f"composer.text.{kind}")})
        editor.click()
        self.page.keyboard().insertText(text)
        return editor

    def send(self, text, kind="reply"):
        self.write(text, kind)
        self.button(f"composer.send.{kind}").click()
