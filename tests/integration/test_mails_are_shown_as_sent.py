"""A mail's HTML in the timeline, its own images, and remote ones fetched in the reader's place – from public addresses only."""
import hashlib
import http.server
import struct
import threading
import urllib.error
import urllib.parse
import urllib.request
import zlib

import pytest

from bus_suite import wait_until
from gateway_suite import GatewaySuite


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b""))


class Web:
    """A web server; of what it serves, .seen is what was asked for, with the headers."""

    def __init__(self, address):
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                web.seen.append((self.path, dict(self.headers)))
                status, headers, body = web.pages.get(self.path.partition("?")[0], (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.seen, self.pages = [], {}
        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.url = f"http://{address}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def page(self, path, body=b"", status=200, **headers):
        self.pages[path] = status, {name.replace("_", "-"): value for name, value in headers.items()}, body
        return self.url + path


@pytest.fixture(scope="module")
def suite():
    with GatewaySuite() as running:
        # 127.0.0.2 counts as public, every other loopback address as what it is
        running.gateway_daemon = running.start_gateway(HILO_OUTBOUND_ALLOW="127.0.0.2/32")
        running.api.url = running.admin.url = running.url = running.gateway_daemon.url
        running.admin = running.api.clone()
        running.admin = type(running.api)(running.url).sign_in("admin@suite.example", "correct horse battery")
        yield running


@pytest.fixture(scope="module")
def public():
    return Web("127.0.0.2")


@pytest.fixture(scope="module")
def inside():
    """What stands in our own network."""
    return Web("127.0.0.1")


@pytest.fixture(scope="module")
def inbox(suite):
    return suite.make_inbox()


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


def entry(suite, conversation):
    return suite.admin.get(f"/conversations/{conversation['id']}/timeline").json["items"][0]


def image(shown, url):
    return fetch(shown["image_proxy"] + "?" + urllib.parse.urlencode({"url": url}))


def with_image(suite, inbox, url):
    return entry(suite, suite.make_conversation(inbox["id"], html=f'<p>Hi</p><img src="{url}">'))


def test_html_stands_in_the_timeline(suite, inbox):
    shown = entry(suite, suite.make_conversation(inbox["id"], text="Hi", html="<p>Hi <b>there</b></p>"))
    assert (shown["text"], shown["html"], shown["has_html"]) == ("Hi", "<p>Hi <b>there</b></p>", True)
    assert shown["quoted"] is None and "image_proxy" not in shown


def test_a_mail_without_html_says_so(suite, inbox):
    shown = entry(suite, suite.make_conversation(inbox["id"]))
    assert (shown["html"], shown["has_html"]) == (None, False)


def test_long_html_is_asked_for_by_itself(suite, inbox, public):
    html = f'<img src="{public.url}/a.png">' + "<p>word</p>" * 4000
    conversation = suite.make_conversation(inbox["id"], html=html)
    shown = entry(suite, conversation)
    assert (shown["html"], shown["has_html"]) == (None, True) and "image_proxy" not in shown
    whole = suite.admin.get(f"/conversations/{conversation['id']}/messages/{shown['id']}/html").json
    assert whole["html"] == html and whole["inline"] == {} and whole["image_proxy"]


def test_the_end_that_is_a_quote_is_known(suite, inbox):
    conversation = suite.make_conversation(inbox["id"], text="Grüße\n> Hello\n", html="<p>Grüße</p><blockquote type=cite>Hello")
    shown = entry(suite, conversation)
    assert shown["quoted"] is None  # these came into the database without having been parsed
    suite.execute("UPDATE channel.message SET text_quote = 6, html_quote = 12 WHERE id = %s", shown["id"])
    assert entry(suite, conversation)["quoted"] == {"text": "> Hello\n", "html": "<blockquote type=cite>Hello"}


def test_its_own_images_are_named_by_content_id(suite, inbox):
    picture = png()
    digest = hashlib.sha256(picture).hexdigest()
    folder = suite.folder / "files" / digest[:2] / digest[2:4]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / digest).write_bytes(picture)
    conversation = suite.make_conversation(inbox["id"], html='<img src="cid:logo@shop">', files=[("logo.png", "image/png", digest, len(picture))])
    suite.execute("UPDATE channel.attachment SET content_id = 'logo@shop', inline = true WHERE sha256 = %s", digest)
    shown = entry(suite, conversation)
    assert shown["attachments"][0]["content_id"] == "logo@shop" and shown["attachments"][0]["inline"]
    inline = suite.admin.get(f"/conversations/{conversation['id']}/messages/{shown['id']}/html").json["inline"]
    status, headers, body = fetch(inline["logo@shop"])
    assert (status, headers["Content-Type"], body) == (200, "image/png", picture)
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_html_of_another_inbox_or_message_is_unknown(suite, inbox):
    own, other = suite.make_inbox(), suite.make_inbox()
    mine, theirs = (suite.make_conversation(box["id"], html="<p>secret</p>") for box in (own, other))
    agent = suite.make_agent(inboxes=[own["id"]])
    message = entry(suite, theirs)["id"]
    assert agent.get(f"/conversations/{theirs['id']}/messages/{message}/html").status == 404
    assert agent.get(f"/conversations/{mine['id']}/messages/{message}/html").status == 404
    assert agent.get(f"/conversations/{mine['ref']}/messages/{entry(suite, mine)['id']}/html").status == 200


def test_a_remote_image_is_fetched_once_and_without_saying_who_reads(suite, inbox, public):
    url = public.page("/logo.png", png(), Content_Type="text/html", Set_Cookie="a=b")
    shown = with_image(suite, inbox, url)
    before = len(public.seen)
    for _ in range(2):
        status, headers, body = image(shown, url)
        assert (status, headers["Content-Type"], body) == (200, "image/png", png())
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["X-Content-Type-Options"] == "nosniff" and "Set-Cookie" not in headers
        wait_until(lambda: suite.query("SELECT 1 FROM gateway.image WHERE url_hash = %s", hashlib.sha256(url.encode()).digest()), 5, "it is kept")
    asked = public.seen[before:]
    assert [path for path, _ in asked] == ["/logo.png"]
    assert not {"Cookie", "Referer", "X-Forwarded-For", "Authorization", "Accept-Language"} & set(asked[0][1])


def test_what_the_store_has_lost_is_fetched_again(suite, inbox, public):
    url = public.page("/lost.png", png() + b"lost")
    shown = with_image(suite, inbox, url)
    assert image(shown, url)[0] == 200
    digest = hashlib.sha256(png() + b"lost").hexdigest()
    (suite.folder / "files" / digest[:2] / digest[2:4] / digest).unlink()
    assert image(shown, url)[2] == png() + b"lost"


def test_only_what_the_mail_names_is_fetched(suite, inbox, public):
    named, other = public.page("/named.png", png()), public.page("/other.png", png())
    shown = with_image(suite, inbox, named)
    before = len(public.seen)
    assert image(shown, other)[0] == 404
    assert image(shown, named + "?more")[0] == 404
    assert fetch(shown["image_proxy"])[0] == 404
    assert len(public.seen) == before
    another = with_image(suite, inbox, other)
    message = shown["id"]
    forged = another["image_proxy"].replace(another["id"], message)
    assert fetch(forged + "?" + urllib.parse.urlencode({"url": named}))[0] == 404
    signature = shown["image_proxy"].rpartition("/")
    assert fetch(signature[0] + "/" + "0" * 64 + "?" + urllib.parse.urlencode({"url": named}))[0] == 404


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0", "2130706433", "0x7f.1", "127.1"])
def test_nothing_inside_our_network_is_fetched(suite, inbox, inside, host):
    inside.page("/secret.png", png())
    url = f"http://{host}:{inside.server.server_port}/secret.png"
    assert image(with_image(suite, inbox, url), url)[0] == 404
    assert inside.seen == []


@pytest.mark.parametrize("body", [b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"<html>GIF89a</html>", b""])
def test_what_is_no_picture_is_not_shown(suite, inbox, public, body):
    url = public.page(f"/{hashlib.sha256(body).hexdigest()}", body, Content_Type="image/png")
    assert image(with_image(suite, inbox, url), url)[0] == 404


def test_a_picture_has_an_end(suite, inbox, public):
    small, large = (public.page(f"/{size}.png", png() + b"x" * size) for size in (4_000_000, 5_400_000))
    assert image(with_image(suite, inbox, small), small)[0] == 200
    assert image(with_image(suite, inbox, large), large)[0] == 404


def test_redirects_stay_on_their_host(suite, inbox, public, inside):
    public.page("/there.png", png())
    near = public.page("/near", status=302, Location="/there.png")
    away = public.page("/away", status=302, Location=inside.page("/secret.png", png()))
    round_and_round = public.page("/round", status=302, Location="/round")
    assert image(with_image(suite, inbox, near), near)[0] == 200
    assert image(with_image(suite, inbox, away), away)[0] == 404
    assert image(with_image(suite, inbox, round_and_round), round_and_round)[0] == 404
    assert inside.seen == []
