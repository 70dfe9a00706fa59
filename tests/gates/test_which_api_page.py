"""The page that checks models gets its rules and its samples from Python."""

import json
from pathlib import Path

import pytest

from .conftest import cell, new_site
from .faults.pages import FORM

SAMPLES = cell(
    "from IPython.display import JSON\n\nJSON({'a': '{}', 'b <': '\"</script>\"'})",
    ":tags: [remove-output]\n",
)
LINKED = ("choose/rules", "choose/which-api", "learn/convert")  # by a verdict

pytestmark = pytest.mark.xdist_group("which-api-page")


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> Path:
    """Build a site with the form, for doctests first; return its folder.

    Both builders share what was read; the doctests came first once, without form.
    """
    site = new_site(tmp_path_factory.mktemp("which-api"))
    for name in LINKED:
        (site.root / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        site.page(name, "")
    links = "\n".join([*LINKED, "other"])
    site.page("index", f"```{{toctree}}\n{links}\n```\n")
    site.page("other", FORM + SAMPLES)
    site.make("doctest").passed()
    site.make().passed()
    return site.root / "build/html"


def test_rules_and_samples_are_published(html: Path):
    text = (html / "_static/which-api/rules-data.js").read_text(encoding="utf-8")
    data = json.loads(text.removeprefix("const WHICH_API_DATA = ").rstrip(";\n"))
    assert data["SAMPLES"] == {"a": "{}", "b <": '"</script>"'}
    assert data["APIS"][0]["name"] == "sequential"
    assert {each["api"] for each in data["RULES"]} == {e["name"] for e in data["APIS"]}
    assert data["SENTENCES"]["stack"].endswith("a stack.")


def test_the_form_is_there_whichever_builder_read_the_page(html: Path):
    page = (html / "other.html").read_text(encoding="utf-8")
    assert 'id="model-file"' in page
    assert 'data-rules="choose/rules.html"' in page
    assert '<button type="button">a</button>' in page
    assert '<button type="button">b &lt;</button>' in page


def test_its_scripts_are_loaded_in_order_and_on_its_page_only(html: Path):
    page = (html / "other.html").read_text(encoding="utf-8")
    places = [
        page.index(f"which-api/{name}.js")
        for name in ("rules-data", "json", "graph", "verdict", "diagram", "page")
    ]
    assert places == sorted(places)
    assert "which-api/" not in (html / "index.html").read_text(encoding="utf-8")
