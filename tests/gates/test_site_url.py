"""With SITE_URL, everything that needs an absolute address has the right one."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from .kept import Kept

pytestmark = pytest.mark.xdist_group("site-url")

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
def kept(tmp_path_factory) -> Kept:
    """Build a small site for a host that publishes it below a path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITE_URL", ADDRESS)
        return Kept(tmp_path_factory.mktemp("site"), write_pages)


@pytest.fixture
def built(kept: Kept) -> Path:
    """Return the folder of the built site."""
    return kept.site.root / "build/html"


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


def test_sitemap_goes_with_the_address(kept: Kept, monkeypatch):
    monkeypatch.delenv("SITE_URL", raising=False)
    with kept.again() as site:
        html = site.root / "build/html"
        assert (html / "sitemap.xml").exists()
        site.make().passed()
        assert not (html / "sitemap.xml").exists()
        assert ADDRESS not in (html / "deep/index.html").read_text()
