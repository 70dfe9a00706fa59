"""Claims that hold are published; what is wrong with others is in test_faults."""

import json
import zlib
from pathlib import Path

import pytest

from .conftest import Site, cell, claim, new_site
from .faults.claims import EVEN, ODD

pytestmark = pytest.mark.xdist_group("claims")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Build a site with good claims; return its folder."""
    site = new_site(tmp_path_factory.mktemp("claims"))
    site.page(
        "index",
        claim("two-is-even", "The number `2` is *even*.")
        + EVEN
        + claim("x-is-no-number", "The letter x is no number.")
        + cell("int('x')", ':raises: "ValueError: invalid literal"\n')
        + "See {claim}`two-is-even`.\n\n```{claim-ledger}\n```\n\n"
        "```{toctree}\nother\n```\n",
    )
    new = ":replaces: four-is-odd four-is-three\nThe number 4 is even."
    site.page("other", claim("four-is-even", new) + EVEN)
    site.make().passed()
    return site.root / "build/html"


@pytest.fixture(scope="module")
def published(built: Path) -> dict[str, dict]:
    """Return the published claims by id."""
    entries = json.loads((built / "claims.json").read_text())
    found = {entry["id"]: entry for entry in entries}
    assert len(found) == len(entries)
    return found


def test_good_claims_pass_and_are_published(built: Path, published):
    assert list(published)[:2] == ["two-is-even", "x-is-no-number"]
    first = published["two-is-even"]
    assert first["statement"] == "The number 2 is even."
    assert first["page"] == "index"
    assert first["url"] == "index.html#claim-two-is-even"
    page = (built / "index.html").read_text()
    assert "3 claims on 2 pages, " in page
    assert page.count('href="#claim-two-is-even"') >= 3  # itself, the link, the ledger


def test_a_replaced_claim_leads_to_the_one_that_stands_there_now(built, published):
    assert list(published)[2:] == ["four-is-even", "four-is-odd", "four-is-three"]
    assert published["four-is-even"]["statement"] == "The number 4 is even."
    for old in ("four-is-odd", "four-is-three"):
        assert published[old] == {
            "id": old,
            "page": "other",
            "replaced_by": "four-is-even",
            "url": f"other.html#claim-{old}",
        }
    text = (built / "other.html").read_text()
    place = text.index('id="claim-four-is-even"')
    assert place < text.index('id="claim-four-is-odd"') < text.index("is even.")
    inventory = zlib.decompress((built / "objects.inv").read_bytes().split(b"\n", 4)[4])
    assert b"four-is-odd claim:claim -1 other.html#claim-$ -\n" in inventory


def test_optimized_python_cannot_strip_the_proof(site: Site, monkeypatch):
    site.alone = True
    site.without_tensorflow()
    site.page("index", claim("two-is-odd") + ODD)
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    site.make().refused("the claim `two-is-odd` does not hold")
