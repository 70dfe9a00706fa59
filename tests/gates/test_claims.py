"""A claim that is false, unproved or not unique fails the build."""

import json
import zlib

import pytest

from .conftest import HEAD, cell, claim

FIRST = len(HEAD.splitlines()) + 3


def test_good_claims_pass_and_are_published(site):
    site.page(
        "index",
        claim("two-is-even", "The number `2` is *even*.")
        + cell("n = int('2')\nassert n % 2 == 0")
        + claim("x-is-no-number", "The letter x is no number.")
        + cell("int('x')", ':raises: "ValueError: invalid literal"\n')
        + "See {claim}`two-is-even`.\n\n```{claim-ledger}\n```\n",
    )
    site.make().passed()
    found = json.loads((site.root / "build/html/claims.json").read_text())
    assert [entry["id"] for entry in found] == ["two-is-even", "x-is-no-number"]
    assert found[0]["statement"] == "The number 2 is even."
    assert found[0]["page"] == "index"
    assert found[0]["url"] == "index.html#claim-two-is-even"
    page = (site.root / "build/html/index.html").read_text()
    assert "2 claims on 1 page, " in page
    assert page.count('href="#claim-two-is-even"') >= 3  # itself, the link, the ledger


def test_replaced_claim(site):
    """Its old address leads to the claim that stands there now."""
    new = ":replaces: two-is-odd two-is-three\nThe number 2 is even."
    site.page(
        "index",
        claim("two-is-even", new) + cell("n = int('2')\nassert n % 2 == 0"),
    )
    site.make().passed()
    built = site.root / "build/html"
    entries = json.loads((built / "claims.json").read_text())
    assert entries[0]["statement"] == "The number 2 is even."
    assert entries[1:] == [
        {
            "id": old,
            "page": "index",
            "replaced_by": "two-is-even",
            "url": f"index.html#claim-{old}",
        }
        for old in ("two-is-odd", "two-is-three")
    ]
    text = (built / "index.html").read_text()
    place = text.index('id="claim-two-is-even"')
    assert place < text.index('id="claim-two-is-odd"') < text.index("is even.")
    inventory = zlib.decompress((built / "objects.inv").read_bytes().split(b"\n", 4)[4])
    assert b"two-is-odd claim:claim -1 index.html#claim-$ -\n" in inventory


def test_link_to_a_replaced_claim(build):
    """Pages speak of the claim that holds."""
    body = claim("two-is-even", ":replaces: two-is-odd\nThe number 2 is even.")
    proof = cell("n = int('2')\nassert n % 2 == 0")
    build(body + proof + "See {claim}`two-is-odd`.\n").refused("two-is-odd")


def test_replaced_id_in_use(build):
    one = claim("same-id", "Something.") + cell("assert int('1')")
    two = claim("new-id", ":replaces: same-id\nSomething.") + cell("assert int('1')")
    build(one + two).refused("`same-id` is used twice", "Cure:")


def test_replaced_id_that_is_none(build):
    two = claim("new-id", ":replaces: Same_Id\nSomething.") + cell("assert int('1')")
    build(two).refused("`Same_Id` is no claim id", "Cure:")


def test_false_claim(build):
    done = build(claim("two-is-odd") + cell("n = int('2')\nassert n % 2 == 1"))
    done.refused(
        f"docs/index.md:{FIRST + 4}:",
        "the claim `two-is-odd` does not hold",
        "AssertionError",
    )


def test_optimized_python_cannot_strip_the_proof(build, monkeypatch):
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    build(claim("two-is-odd") + cell("n = int('2')\nassert n % 2 == 1")).refused(
        "the claim `two-is-odd` does not hold"
    )


@pytest.mark.parametrize(
    "follower", ["", "Some words first.\n\n" + cell("assert int('1')"), "## Heading\n"]
)
def test_claim_without_proof(build, follower):
    done = build(claim("no-proof") + follower)
    done.refused(
        f"docs/index.md:{FIRST}:", "the claim `no-proof` has no proof", "Cure:"
    )


def test_claim_whose_proof_cannot_fail(build):
    done = build(claim("always-true") + cell("assert True"))
    done.refused(
        f"docs/index.md:{FIRST}:", "`always-true` cannot fail", "constants", "Cure:"
    )


def test_claim_proved_by_a_wanted_assertion_error(build):
    proof = cell("assert int('0')", ':raises: "AssertionError: x"\n')
    build(claim("by-assertion") + proof).refused("`by-assertion` cannot fail")


def test_duplicate_id_on_one_page(build):
    one = claim("same-id") + cell("assert int('1')")
    build(one + one).refused("`same-id` is used twice", "Cure:")


def test_duplicate_id_on_two_pages(site):
    one = claim("same-id") + cell("assert int('1')")
    site.page("index", "```{toctree}\nother\n```\n\n" + one)
    site.page("other", one)
    site.make().refused("docs/other.md:", "`same-id` is used twice", "index.md:")


def test_odd_id(build):
    build(claim("Same_Id") + cell("assert int('1')")).refused(
        "`Same_Id` is no claim id"
    )


def test_claim_of_two_paragraphs(build):
    done = build(claim("two-facts", "One.\n\nTwo.") + cell("assert int('1')"))
    done.refused("`two-facts` is not one paragraph")


def test_link_to_no_claim(build):
    build("See {claim}`not-there-at-all`.\n").refused(
        "docs/index.md:", "not-there-at-all"
    )


def test_rule_without_proof_or_recipe(site):
    site.page("index", "```{rule-table}\n```\n")
    done = site.make()
    done.refused("the proof of the rule `plain-stack` is no claim", "rules.py")


def test_unknown_rule(build):
    build("```{rule} no-such-rule\n```\n").refused("there is no rule `no-such-rule`")
