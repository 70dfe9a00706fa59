"""Nothing leaves the site's own host: the browser itself would stop it.

That no page asks another host, and that no policy refuses what its page needs, is seen
at the visit of every page: test_every_page.py.
"""

import http.server
import queue
import threading
import urllib.request

import pytest

from .conftest import Quiet, Server

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-1280")]

WAIT = 30  # seconds at most


class Guest(Quiet):
    """Another host: it answers whatever it is asked, and remembers that it was."""

    asked: queue.SimpleQueue[str]

    def do_GET(self) -> None:  # noqa: N802 (the base class's name)
        """Answer with a script."""
        self.asked.put(self.path.strip("/?"))
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(b"window.foreign = true;")

    do_POST = do_GET  # noqa: N815


@pytest.fixture
def other_host():
    """Serve on another port, which is another origin; return the address."""
    Guest.asked = queue.SimpleQueue()
    with Server(("127.0.0.1", 0), Guest) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def page(chromium):
    context = chromium.new_context()
    yield context.new_page()
    context.close()


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


def is_refusal(message):
    return message.type == "error" and "Content Security Policy" in message.text


@pytest.mark.parametrize("kind", TRICKS)
def test_the_policy_refuses_another_host(page, address, other_host, kind):
    """Even to a script that has found its way onto a page."""
    page.goto(f"{address}/index.html")
    with page.expect_console_message(is_refusal):
        page.evaluate(f"URL => {{ {TRICKS[kind]} }}", f"{other_host}/{kind}")
    urllib.request.urlopen(f"{other_host}/after-the-refusal", timeout=WAIT).close()
    assert Guest.asked.get(timeout=WAIT) == "after-the-refusal"
    assert Guest.asked.empty()


def test_the_other_host_would_have_answered(chromium, other_host):
    """The same tricks work on a page without a policy, so the test above can fail."""
    context = chromium.new_context()
    page = context.new_page()
    with Server(("127.0.0.1", 0), Plain) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        for kind in TRICKS:
            page.evaluate(f"URL => {{ {TRICKS[kind]} }}", f"{other_host}/{kind}")
            assert Guest.asked.get(timeout=WAIT) == kind
        server.shutdown()
    context.close()


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
    directives = page.evaluate(
        """() => new Promise((resolve) => {
          const refused = [];
          document.addEventListener("securitypolicyviolation", (event) => {
            refused.push(event.effectiveDirective);
            if (refused.length === 2) resolve(refused);
          });
          const script = document.createElement("script");
          script.textContent = "window.injected = true";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend",
            '<img src="data:," onerror="window.injected = true">');
        })"""
    )
    assert sorted(directives) == ["script-src-attr", "script-src-elem"]
    assert page.evaluate("window.injected") is None
