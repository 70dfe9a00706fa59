"""What machines read of the built site, and what other projects can link to."""

import hashlib
import json
import re
import struct
import zlib
from html import unescape

import pytest
from sphinx.util.inventory import InventoryFile

from tests.conftest import ROOT
from which_api.rules import RULES

PAGES = sorted(
    path.relative_to(ROOT / "docs").with_suffix("").as_posix()
    for path in (ROOT / "docs").rglob("*.md")
)


def meta(html, key, name):
    """Return the contents of the meta tags of one name, however they are written."""
    tags = [
        tag for tag in re.findall(r"<meta [^>]*>", html) if f'{key}="{name}"' in tag
    ]
    return [unescape(re.search(r'content="([^"]*)"', tag)[1]) for tag in tags]


@pytest.fixture(scope="module")
def html(site):
    return {name: (site / f"{name}.html").read_text("utf-8") for name in PAGES}


def test_every_page_has_a_description_of_its_own(html):
    found = {}
    for name, text in html.items():
        (description,) = meta(text, "name", "description")
        assert 50 <= len(description) <= 160, name
        assert meta(text, "property", "og:description") == [description], name
        assert description not in found, (name, found[description])
        found[description] = name


def test_every_page_has_a_title_of_its_own(html):
    titles = [re.search(r"<title>([^<]*)</title>", text)[1] for text in html.values()]
    assert len(set(titles)) == len(titles)
    for name, text in html.items():
        assert len(meta(text, "property", "og:title")) == 1, name


def test_every_page_has_its_markdown(html, site):
    for name, text in html.items():
        (tag,) = re.findall(r'<link rel="alternate"[^>]*>', text)
        assert 'type="text/markdown"' in tag
        href = re.search(r'href="([^"]*)"', tag)[1]
        source = (site / f"{name}.html").parent / href
        assert source.read_text("utf-8") == (ROOT / f"docs/{name}.md").read_text(
            "utf-8"
        )


def test_pages_that_are_none_stay_out_of_search_engines(site):
    for name in ("search", "genindex", "404"):
        text = (site / f"{name}.html").read_text("utf-8")
        assert meta(text, "name", "robots") == ["noindex"], name


def test_llms_txt_names_every_page_and_only_what_exists(site):
    text = (site / "llms.txt").read_text("utf-8")
    lines = text.splitlines()
    assert lines[0] == "# Sequential or Model?"
    assert lines[2].startswith("> ") and len(lines[2]) > 50
    links = re.findall(r"^- \[[^\]]+\]\(([^)]+)\): \S", text, re.MULTILINE)
    for link in links:
        assert (site / link).is_file(), link
    pages = {f"_sources/{name}.md" for name in PAGES if name != "index"}
    assert set(links) >= pages
    assert len(set(links)) == len(links)
    assert text.count("\n## ") >= 5


def test_without_an_address_nothing_absolute_is_made_up(html, site):
    """The site of the tests is built without SITE_URL; test_site_url has one."""
    assert not (site / "sitemap.xml").exists()
    assert (site / "robots.txt").read_text() == "User-agent: *\nAllow: /\n"
    for text in html.values():
        assert 'rel="canonical"' not in text
        assert "og:image" not in text
        assert "application/ld+json" not in text


def test_other_projects_can_link_to_everything_that_has_a_name(site, claims, replaced):
    with (site / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", lambda base, path: path)
    labels = inventory["std:label"]
    ids = {claim["id"] for claim in claims} | set(replaced)
    assert set(inventory["claim:claim"]) == ids
    assert {f"rule-{rule.id}" for rule in RULES} <= set(labels)
    script = (site / "_static/error-messages.js").read_text("utf-8")
    anchors = re.findall(r'^"anchor": "([^"]+)"', script, re.MULTILINE)
    assert len(anchors) > 100
    assert set(anchors) <= set(labels)
    traps = [label for label in labels if label.startswith("trap-")]
    assert len(traps) > 50
    for term in ("stack", "merge layer", "functional model", "forward pass"):
        assert term in inventory["std:term"]
    named = [*(labels[a] for a in anchors), *inventory["std:term"].values()]
    for item in named:
        page, _, anchor = item.uri.partition("#")
        assert f'id="{anchor}"' in (site / page).read_text("utf-8"), item.uri


def chunks(png):
    """Yield the type and the data of each part of a PNG."""
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (check,) = struct.unpack(">I", png[at + 8 + length : at + 12 + length])
        assert check == zlib.crc32(kind + data)
        yield kind, data
        at += 12 + length


def test_preview_is_drawn_from_its_source(site):
    png = (site / "_static/preview.png").read_bytes()
    parts = dict(chunks(png))
    assert struct.unpack(">II", parts[b"IHDR"][:8]) == (1200, 630)
    source = (ROOT / "tools/preview.svg").read_bytes()
    digest = hashlib.sha256(source).hexdigest().encode()
    assert parts[b"tEXt"] == b"Source\0" + digest, "run tools/preview.py"
    assert len(png) < 100_000


def test_data_for_scripts_is_json(site):
    text = (site / "_static/pages.js").read_text("utf-8")
    rows = json.loads(text.removeprefix("const PAGES = ").rstrip(";\n"))
    assert [address for address, _ in rows] == [f"{name}.html" for name in PAGES]
