"""``make live`` shows a change, runs only what it must, and leaves nothing behind."""

import http.client
import os
import signal
import socket
import sys
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from tests.waiting import wait_for

from .conftest import Site, cell
from .test_forks import nothing_runs


@pytest.fixture
def port() -> Iterator[int]:
    """Lend a port that nobody else gets: it stays ours, bound and not listened at.

    On Linux a server may listen at it nevertheless (socket(7), SO_REUSEADDR).
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        found = holder.getsockname()[1]
        if sys.platform != "linux":
            holder.close()
        yield found


@pytest.fixture
def live(site: Site, port: int) -> Iterator[tuple[str, Callable[[], str]]]:
    """Start ``make live``; return its address and a function that reads its output."""
    site.without_tensorflow()
    site.page(
        "index", "```{toctree}\nother\n```\n\nFirst.\n\n" + cell("print(60007 * 7)")
    )
    site.page("other", cell("print(6 * 8)"))
    (site.root / "src").mkdir()  # is watched, too
    log = site.root / "live.log"
    with log.open("w") as output:
        server = site.start("live", f"PORT={port}", output=output)
    try:
        yield f"http://127.0.0.1:{port}/index.html", log.read_text
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(timeout=120)
        nothing_runs(site.root)


def wait_for_text(text: str, address: str) -> None:
    """Read the page again and again until it holds `text`."""

    def is_shown() -> bool:
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return text in answer.read().decode()
        except (OSError, http.client.HTTPException):
            return False  # not served yet, or written anew while it was sent

    wait_for(f"a page with {text!r}", is_shown)


def test_a_change_is_shown(site: Site, live):
    address, log = live
    page = site.root / "docs/index.md"
    wait_for_text("First.", address)
    wait_for_text("420049", address)
    page.write_text(page.read_text().replace("First.", "Second."))
    wait_for_text("Second.", address)
    assert log().count("running  index") == 1
    page.write_text(page.read_text().replace("60007 * 7", "70007 * 7"))
    wait_for_text("490049", address)
    assert log().count("running  index") == 2
    assert log().count("running  other") == 1
    # A page that fails leaves the one before in the browser, and is mended by a save.
    page.write_text(page.read_text().replace("70007 * 7", "1 / 0"))
    told = "The page in the browser is the one before"
    wait_for(told, lambda: told in log())
    assert "raised ZeroDivisionError" in log()
    page.write_text(page.read_text().replace("1 / 0", "80007 * 7"))
    wait_for_text("560049", address)
