"""Every page has a policy; it allows the theme's inline scripts by their text alone."""

import base64
import hashlib
import re
from pathlib import Path

import pytest

from proved_pages.publish.csp import inline_scripts, policy

from .conftest import HEAD, cell, new_site

pytestmark = pytest.mark.xdist_group("policy")

META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def hashes(text):
    return set(re.findall(r"'sha256-([^']+)'", text))


def test_hash_of_an_inline_script():
    body = "\n let x = '<b>';\n"
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    assert hashes(policy(f"<script>{body}</script>")) == {digest}
    twice = f"<script>{body}</script><p><script defer>{body}</script>"
    assert policy(twice).count("sha256-") == 1


def test_what_a_browser_does_not_run_needs_no_hash():
    page = (
        '<script src="a.js"></script>'
        '<script defer="defer" src="b.js"></script>'
        '<script type="application/ld+json">{"a": 1}</script>'
    )
    assert list(inline_scripts(page)) == []
    assert list(inline_scripts('<script type="module">x</script>')) == ["x"]


def test_nothing_is_allowed_that_would_let_scripts_in():
    sources = dict(part.split(" ", 1) for part in policy("").split("; "))
    assert sources["default-src"] == "'none'"
    assert sources["script-src"] == "'self'"
    everything = " ".join(sources.values())
    assert not re.search(r"https?:|\*|unsafe-eval", everything)


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> Path:
    """Build a page with a cell and a description, and one without."""
    site = new_site(tmp_path_factory.mktemp("policy"))
    front = HEAD + "myst:\n  html_meta:\n    description: One page.\n---\n"
    head = front.replace("---\nmyst", "myst", 1)
    site.page("index", "```{toctree}\none\n```\n\n" + cell("print(1)"), head)
    site.page("one", "Hello.\n", head="")
    site.make().passed()
    return site.root / "build/html"


def test_policy_of_built_pages(html: Path):
    """On every page, before anything is loaded, with a hash for each inline script."""
    pages = sorted(html.rglob("*.html"))
    names = {page.name for page in pages}
    assert names >= {
        "index.html",
        "one.html",
        "search.html",
        "genindex.html",
        "404.html",
    }
    for page in pages:
        text = page.read_text(encoding="utf-8")
        (found,) = META.findall(text)
        assert "<script" not in text[: text.index(found)]
        assert "<link" not in text[: text.index(found)]
        wanted = {
            base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
            for body in inline_scripts(text)
        }
        assert wanted and hashes(found) == wanted
        assert not re.search(r"<[^>]+ on[a-z]+=", text), page


def test_files_are_loaded_where_they_are_used(html: Path):
    with_cells = (html / "index.html").read_text(encoding="utf-8")
    without = (html / "one.html").read_text(encoding="utf-8")
    for name in ("mystnb.", "copybutton.js", "clipboard.min.js", "copybutton.css"):
        assert name in with_cells
        assert name not in without
    for name in ("sphinx-design.min.css", "design-tabs.js"):
        assert name not in with_cells + without
