"""Nothing leaves the site's own host, and the browser itself would stop it."""

import http.server
import threading

import pytest

from .conftest import Quiet, Server
from .test_every_page import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-1280")]

EVERY = [*PAGES, "search.html", "genindex.html", "404.html"]


class Guest(Quiet):
    """Another host: it answers whatever it is asked, and remembers that it was."""

    asked = ()

    def do_GET(self) -> None:  # noqa: N802 (the base class's name)
        """Answer with a script."""
        Guest.asked = (*Guest.asked, self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(b"window.foreign = true;")


@pytest.fixture(scope="module")
def other_host():
    """Serve on another port, which is another origin; return the address."""
    with Server(("127.0.0.1", 0), Guest) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def page(chromium):
    context = chromium.new_context()
    page = context.new_page()
    page.asked, page.refused = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda m: m.type == "error" and page.refused.append(m.text))
    yield page
    context.close()


def test_every_page_asks_its_own_host_only_and_its_policy_refuses_nothing(
    page, address
):
    for name in EVERY:
        page.asked.clear()
        page.refused.clear()
        page.goto(f"{address}/{name}")
        foreign = [u for u in page.asked if not u.startswith((address, "data:"))]
        assert (name, foreign, page.refused) == (name, [], [])


TRICKS = {
    "image": "new Image().src = URL",
    "script": "document.head.append(Object.assign(document.createElement('script'),"
    " {src: URL}))",
    "style": "document.head.append(Object.assign(document.createElement('link'),"
    " {rel: 'stylesheet', href: URL}))",
    "frame": "document.body.append(Object.assign(document.createElement('iframe'),"
    " {src: URL}))",
    "fetch": "fetch(URL).catch(() => 0)",
    "beacon": "navigator.sendBeacon(URL, 'x')",
    "form": "(() => {const f = document.createElement('form'); f.action = URL;"
    " document.body.append(f); f.submit();})()",
}


@pytest.mark.parametrize("kind", TRICKS)
def test_the_policy_refuses_another_host(page, address, other_host, kind):
    """Even to a script that has found its way onto a page."""
    page.goto(f"{address}/index.html")
    page.refused.clear()
    Guest.asked = ()
    url = f"{other_host}/{kind}"
    page.evaluate(f"URL => {{ {TRICKS[kind]} }}", url)
    page.wait_for_timeout(300)
    assert Guest.asked == ()
    assert any("Content Security Policy" in text for text in page.refused)


def test_the_other_host_would_have_answered(chromium, other_host):
    """The same tricks work on a page without a policy, so the test above can fail."""
    context = chromium.new_context()
    page = context.new_page()
    with Server(("127.0.0.1", 0), Plain) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        Guest.asked = ()
        for kind in TRICKS:
            page.evaluate(f"URL => {{ {TRICKS[kind]} }}", f"{other_host}/{kind}")
            page.wait_for_timeout(100)
        server.shutdown()
    context.close()
    asked = {path.strip("/?") for path in Guest.asked}
    assert asked >= set(TRICKS) - {"beacon"}  # a beacon is sent with POST


class Plain(http.server.BaseHTTPRequestHandler):
    """A page without a policy."""

    def do_GET(self) -> None:
        """Answer with an empty page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>x</title><body></body>")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_a_script_that_is_written_into_a_page_does_not_run(page, address):
    page.goto(f"{address}/index.html")
    page.refused.clear()
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.injected = true";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend",
            '<img src="data:," onerror="window.injected = true">');
        }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.injected") is None
    assert len(page.refused) >= 2
