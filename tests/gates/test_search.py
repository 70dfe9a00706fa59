"""The search index: what is in it, and that it depends on nothing but the pages."""

import json

import pytest

from keras_site.words import SAME
from proved_pages.publish.search import stems

from .conftest import HEAD, Site, cell, claim
from .kept import Kept
from .test_determinism import contents

pytestmark = pytest.mark.xdist_group("search-index")

INDEX = "_static/search-index.js"
ABOUT = HEAD.replace(
    "---\nfile",
    "---\nmyst:\n  html_meta:\n    description: All about zebras.\n"
    "    keywords: striped horse, quagga\n"
    "asked_as:\n  label-of-mine: streaks, bands\nfile",
)


def index_of(site: Site) -> dict:
    text = (site.root / "build/html" / INDEX).read_text(encoding="utf-8")
    return json.loads(text.removeprefix("const SEARCH_INDEX = ").rstrip(";\n"))


def words_of(index: dict, number: int) -> dict[str, int]:
    """Return how often each stem stands in one section, as search-rank.js reads it."""
    found = {}
    for stem, distances in index["terms"].items():
        at = 0
        for step in distances:
            at += step // 8
            if at == number:
                found[stem] = step % 8
    return found


def test_index_has_sections_keywords_terms_and_claims(site: Site):
    body = (
        "Zebras are black: {doc}`index`.\n\n"
        "(label-of-mine)=\n## Stripes\n\n"
        "EarlyStopping hides the lions of {doc}`index`.\n\n"
        + claim("zebras-have-stripes", "There are stripes.")
        + cell("tally = len('abc')\nprint('gir' + 'affe')\nassert tally == 3")
        + "```{glossary}\nlion\n  Eats zebras.\n```\n"
    )
    site.page("index", body, ABOUT)
    site.make().passed()
    index = index_of(site)
    assert index["pages"] == ["index.html"]
    hides = "EarlyStopping hides the lions of Page index."
    assert index["sections"] == [
        [0, "", "Page index", "All about zebras.", ["striped horse", "quagga"]],
        [0, "label-of-mine", "Stripes", hides, ["streaks", "bands"]],
        [0, "term-lion", "lion", "Eats zebras.", [], 1],
    ]
    assert words_of(index, 0) == {"zebra": 1, "black": 1}
    inside = words_of(index, 1)
    # The parts of a name, code (once), and the claim; not what a cell prints.
    assert {"earlystop", "earli", "stop", "lion", "stripe"} <= inside.keys()
    assert inside["talli"] == 1
    assert words_of(index, 2) == {"eat": 1, "zebra": 1}
    assert index["lengths"][0] == 2
    assert "giraff" not in index["terms"]
    assert index["claims"] == {
        "zebras-have-stripes": "index.html#claim-zebras-have-stripes"
    }
    html = (site.root / "build/html/index.html").read_text(encoding="utf-8")
    assert '<meta content="striped horse, quagga" name="keywords"' in html


def write(site: Site, second: str) -> None:
    site.page("index", "```{toctree}\none\ntwo\n```\n")
    site.page("one", "One text.\n\n```{glossary}\nword\n  Of the first.\n```\n")
    site.page("two", second)


@pytest.fixture(scope="module")
def birds(tmp_path_factory) -> Kept:
    """Build a site with a page about penguins."""
    folder = tmp_path_factory.mktemp("birds")
    return Kept(folder, lambda site: write(site, "About penguins.\n"))


def test_incremental_build_equals_a_clean_one(birds: Kept, site: Site):
    """Sphinx's own index keeps words that are gone, and forgets glossary entries."""
    write(site, "About ostriches.\n\n## Gone\n\nOnce.\n")
    site.make("html", "JOBS=1").passed()
    assert b"ostrich" in contents(site)[INDEX]
    write(site, "About penguins.\n")
    site.make("html", "JOBS=1").passed()
    one, other = contents(site), contents(birds.site)
    assert one.keys() == other.keys()
    assert "searchindex.js" not in one
    assert [name for name in one if one[name] != other[name]] == []
    assert b"ostrich" not in one[INDEX]


def test_build_after_a_lost_index_writes_it_again(birds: Kept):
    """As after a build that was killed between reading and writing."""
    before = contents(birds.site)
    with birds.again() as site:
        (site.root / "build/html" / INDEX).unlink()
        (site.root / "build/html/two.html").unlink()
        site.make().passed()
        assert contents(site) == before


def test_removed_page_leaves_the_index(birds: Kept):
    assert b"penguin" in contents(birds.site)[INDEX]
    with birds.again() as site:
        site.page("index", "```{toctree}\none\n```\n")
        (site.root / "docs/two.md").unlink()
        site.make().passed()
        assert b"penguin" not in contents(site)[INDEX]
        assert "two.html" not in index_of(site)["pages"]


def test_words_that_mean_the_same_stand_in_one_row():
    """A word in two rows would find only what the second says."""
    everywhere = [phrase for row in SAME for phrase in row]
    # "if statement" is no phrase: without its small word it would be every statement.
    found = [" ".join(stems(phrase)) or phrase for phrase in everywhere]
    assert [phrase for phrase in found if found.count(phrase) > 1] == []
    assert all(stems(phrase) or phrase.isdigit() for phrase in everywhere)
