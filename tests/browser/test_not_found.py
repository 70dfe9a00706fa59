"""The page for missing addresses helps, however deep the address."""

import functools
import threading
from pathlib import Path

import pytest

from tests.gates.test_site_url import write_pages
from tools.throwaway import new_site

from .conftest import Quiet, Server

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-360")]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build a small site for a host that publishes it below /keras/."""
    site = new_site(tmp_path_factory.mktemp("site"))
    write_pages(site)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITE_URL", "https://example.org/keras")
        site.make().passed()
    return site.root / "build/html"


class Host(Quiet):
    """Serve a site below /keras/, and its 404 page for whatever is missing."""

    def translate_path(self, path: str) -> str:
        """Map an address below /keras/ to a file."""
        assert path.startswith("/keras/"), path
        return super().translate_path(path.removeprefix("/keras"))

    def send_error(self, code: int, *rest: object) -> None:
        """Answer as GitHub Pages does."""
        text = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.mark.parametrize(
    "missing", ["two-inputs", "deep/two_input.html", "a/b/c/d.html"]
)
def test_missing_page_at_any_depth(built, chromium, missing):
    handler = functools.partial(Host, directory=str(built))
    context = chromium.new_context()
    page = context.new_page()
    failed = []
    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}/keras/"
        page.on("response", lambda r: r.ok or failed.append(r.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(base + missing)
        assert failed == [base + missing]  # style sheets and scripts were found
        assert page.locator("h1").inner_text() == "There is no page at this address"
        close = page.locator("#close-pages a")
        if "two" in missing:
            assert close.first.get_attribute("href") == "/keras/deep/two_inputs.html"
        else:
            assert close.count() == 0
            assert "None was found" in page.locator("#close-pages").inner_text()
        page.get_by_label("Search this site").fill("two")
        page.locator("article").get_by_role("button", name="Search").click()
        page.wait_for_url(f"{base}search.html?q=two")
        page.goto(base + missing)
        page.get_by_role("link", name="Choose").or_(
            page.get_by_role("link", name="The answer")
        ).first.click()
        assert page.url == f"{base}index.html"
        server.shutdown()
    context.close()
