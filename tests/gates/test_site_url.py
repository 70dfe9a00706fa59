"""With SITE_URL, everything that needs an absolute address has the right one."""

import functools
import json
import re
import threading
import xml.etree.ElementTree as ET

import pytest

from tests.browser.conftest import Quiet, Server, chromium  # noqa: F401 (a fixture)

from .conftest import new_site

HEAD = "---\nmyst:\n  html_meta:\n    description: {}\n---\n"
ADDRESS = "https://example.org/keras"


def write_pages(site):
    (site.root / "docs/deep").mkdir()
    toctree = "```{toctree}\ndeep/index\n```\n"
    site.page("index", toctree, HEAD.format("All & everything."))
    toctree = "```{toctree}\ntwo_inputs\n```\n"
    site.page("deep/index", toctree, HEAD.format("Deep."))
    site.page("deep/two_inputs", "Hello.\n", HEAD.format("A page </script> of two."))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build a small site for a host that publishes it below a path."""
    site = new_site(tmp_path_factory.mktemp("site"))
    write_pages(site)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITE_URL", ADDRESS)
        site.make().passed()
    return site.root / "build/html"


def test_one_address_for_each_page(built):
    for name, path in (
        ("index", ""),
        ("deep/index", "deep/"),
        ("deep/two_inputs", "deep/two_inputs.html"),
    ):
        text = (built / f"{name}.html").read_text(encoding="utf-8")
        assert f'<link rel="canonical" href="{ADDRESS}/{path}">' in text
        assert f'property="og:url" content="{ADDRESS}/{path}"' in text
        assert f'"og:image" content="{ADDRESS}/_static/preview.png"' in text
    for name in ("404", "search", "genindex"):
        assert 'rel="canonical"' not in (built / f"{name}.html").read_text()


def test_sitemap(built):
    tree = ET.parse(built / "sitemap.xml")
    found = [element.text for element in tree.iter() if element.tag.endswith("}loc")]
    paths = ("deep/", "deep/two_inputs.html", "")
    assert sorted(found) == sorted(f"{ADDRESS}/{path}" for path in paths)
    assert "lastmod" not in (built / "sitemap.xml").read_text()
    robots = (built / "robots.txt").read_text()
    assert f"Sitemap: {ADDRESS}/sitemap.xml\n" in robots


def test_llms_txt(built):
    text = (built / "llms.txt").read_text()
    assert f"]({ADDRESS}/_sources/deep/two_inputs.md): A page" in text
    assert "> All & everything." in text


def test_structured_data(built):
    text = (built / "deep/two_inputs.html").read_text(encoding="utf-8")
    pattern = r'<script type="application/ld\+json">(.*?)</script>'
    (block,) = re.findall(pattern, text, re.DOTALL)
    page, way = json.loads(block)["@graph"]
    assert page["@type"] == "TechArticle"
    assert page["description"] == "A page </script> of two."
    items = way["itemListElement"]
    assert [item["position"] for item in items] == [1, 2, 3]
    assert [item["item"] for item in items] == [
        f"{ADDRESS}/",
        f"{ADDRESS}/deep/",
        f"{ADDRESS}/deep/two_inputs.html",
    ]


def test_sitemap_goes_with_the_address(tmp_path, monkeypatch):
    site = new_site(tmp_path)
    write_pages(site)
    monkeypatch.setenv("SITE_URL", ADDRESS)
    site.make().passed()
    assert (site.root / "build/html/sitemap.xml").exists()
    monkeypatch.delenv("SITE_URL")
    site.make().passed()
    assert not (site.root / "build/html/sitemap.xml").exists()
    assert ADDRESS not in (site.root / "build/html/deep/index.html").read_text()


class Host(Quiet):
    """Serve a site below /keras/, and its 404 page for whatever is missing."""

    def translate_path(self, path: str) -> str:
        """Map an address below /keras/ to a file."""
        assert path.startswith("/keras/"), path
        return super().translate_path(path.removeprefix("/keras"))

    def send_error(self, code: int, *rest: object) -> None:
        """Answer as GitHub Pages does."""
        text = open(f"{self.directory}/404.html", "rb").read()  # noqa: SIM115
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.mark.browser
@pytest.mark.xdist_group("browser-360")
@pytest.mark.parametrize("missing", ["two-inputs", "deep/two_input.html", "a/b/c/d.html"])
def test_missing_page_at_any_depth(built, chromium, missing):  # noqa: F811
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
        page.get_by_label("Search words").fill("two")
        page.get_by_role("button", name="Search").click()
        page.wait_for_url(f"{base}search.html?q=two")
        page.goto(base + missing)
        page.get_by_role("link", name="Choose").or_(
            page.get_by_role("link", name="The answer")
        ).first.click()
        assert page.url == f"{base}index.html"
        server.shutdown()
    context.close()
