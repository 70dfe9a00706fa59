"""``make live`` shows a change, runs only what it must, and leaves nothing behind."""

import http.client
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from .conftest import Site, cell
from .test_forks import settle


@pytest.fixture
def live(site: Site) -> Iterator[tuple[str, Callable[[], str]]]:
    """Start ``make live``; return its address and a function that reads its output."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    site.page(
        "index", "```{toctree}\nother\n```\n\nFirst.\n\n" + cell("print(60007 * 7)")
    )
    site.page("other", cell("print(6 * 8)"))
    (site.root / "src").mkdir()  # is watched, too
    log = site.root / "live.log"
    with log.open("w") as output:
        server = site.start("live", f"PORT={port}", output=output)
    yield f"http://127.0.0.1:{port}", log.read_text
    os.killpg(server.pid, signal.SIGINT)
    server.wait(timeout=30)
    assert settle(site.root) == []


def wait_for(text: str, address: str) -> None:
    """Read the page again and again until it holds `text`."""
    page = ""
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                page = answer.read().decode()
        except (OSError, http.client.HTTPException):
            page = ""  # not served yet, or written anew while it was sent
        if text in page:
            return
        time.sleep(0.1)
    raise AssertionError(f"{text!r} did not appear:\n{page[-2000:]}")


def test_a_change_is_shown(site: Site, live):
    address, log = live
    page = site.root / "docs/index.md"
    wait_for("First.", f"{address}/index.html")
    wait_for("420049", f"{address}/index.html")
    page.write_text(page.read_text().replace("First.", "Second."))
    wait_for("Second.", f"{address}/index.html")
    assert log().count("running  index") == 1
    page.write_text(page.read_text().replace("60007 * 7", "70007 * 7"))
    wait_for("490049", f"{address}/index.html")
    assert log().count("running  index") == 2
    assert log().count("running  other") == 1
    # A page that fails leaves the one before in the browser, and is mended by a save.
    page.write_text(page.read_text().replace("70007 * 7", "1 / 0"))
    for _ in range(300):
        if "The page in the browser is the one before" in log():
            break
        time.sleep(0.1)
    assert "raised ZeroDivisionError" in log()
    page.write_text(page.read_text().replace("1 / 0", "80007 * 7"))
    wait_for("560049", f"{address}/index.html")
