"""The page that checks models gets its rules and its samples from Python."""

import json

import pytest

from .conftest import HEAD, Site, cell

SAMPLES = cell(
    "from IPython.display import JSON\n\nJSON({'a': '{}', 'b <': '\"</script>\"'})",
    ":tags: [remove-output]\n",
)
LINKED = ("choose/rules", "choose/which-api", "learn/convert")
FORM = "```{check-model}\n```\n\n"


@pytest.fixture
def site_with_pages(site: Site) -> Site:
    """Return a site with the pages that a verdict links to."""
    for name in LINKED:
        (site.root / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        site.page(name, "")
    return site


def index(site: Site, *parts: str) -> None:
    links = "\n".join([*LINKED, "other"])
    site.page("index", f"```{{toctree}}\n{links}\n```\n")
    site.page("other", "".join(parts), HEAD)


def test_rules_and_samples_are_published(site_with_pages):
    site = site_with_pages
    index(site, FORM, SAMPLES)
    site.make().passed()
    html = site.root / "build/html"
    text = (html / "_static/which-api/rules-data.js").read_text(encoding="utf-8")
    data = json.loads(text.removeprefix("const WHICH_API_DATA = ").rstrip(";\n"))
    assert data["SAMPLES"] == {"a": "{}", "b <": '"</script>"'}
    assert data["APIS"][0]["name"] == "sequential"
    assert {each["api"] for each in data["RULES"]} == {e["name"] for e in data["APIS"]}
    assert data["SENTENCES"]["stack"].endswith("a stack.")
    page = (html / "other.html").read_text(encoding="utf-8")
    assert 'data-rules="choose/rules.html"' in page
    assert '<button type="button">a</button>' in page
    assert '<button type="button">b &lt;</button>' in page
    places = [
        page.index(f"which-api/{name}.js")
        for name in ("rules-data", "json", "graph", "verdict", "diagram", "page")
    ]
    assert places == sorted(places)
    assert "which-api/" not in (html / "index.html").read_text(encoding="utf-8")


def test_the_form_is_there_whichever_builder_read_the_page(site_with_pages):
    """Both builders share what was read; the doctests came first once, without form."""
    site = site_with_pages
    index(site, FORM, SAMPLES)
    site.make("doctest").passed()
    site.make().passed()
    page = (site.root / "build/html/other.html").read_text(encoding="utf-8")
    assert 'id="model-file"' in page and '<button type="button">a</button>' in page


def test_a_page_without_samples_is_refused(site_with_pages):
    index(site_with_pages, FORM)
    site_with_pages.make().refused("docs/other.md:", "no sample models", "Cure:")


def test_a_link_to_nowhere_is_refused(site_with_pages):
    (site_with_pages.root / "docs/learn/convert.md").unlink()
    index(site_with_pages, FORM, SAMPLES)
    site_with_pages.make().refused("links to docs/learn/convert.md", "Cure:")
