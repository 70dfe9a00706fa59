"""The chooser is made from the rules and the recipes, or the build fails."""

import json
import re

import pytest

from keras_site.chooser import ASKED, CLOSE, answers, closest, reasons
from keras_site.gallery import Card
from tests.conftest import EXAMPLES
from which_api.rules import RULES, choose, rule

TOCTREE = "```{{toctree}}\n:glob:\n\n{}\n```\n\n"


@pytest.fixture
def pages(site):
    """Write the pages that the chooser links to; return the site."""
    for folder in ("choose", "recipes"):
        (site.root / "docs" / folder).mkdir()
    sections = "".join(f"(rule-{each.id})=\n## {each.title}\n\nx\n\n" for each in RULES)
    proofs = {each.proof for each in RULES}
    proofs = "".join(
        f"```{{claim}} {name}\nIt holds.\n```\n\n"
        "```{code-cell} python\nn = int('2')\nassert n == 2\n```\n\n"
        for name in sorted(proofs)
    )
    site.page("choose/rules", sections + proofs)
    for name in EXAMPLES:
        site.page(f"recipes/{name}", "x", head="")
    site.page("index", TOCTREE.format("choose/*\nrecipes/*") + "```{chooser}\n```\n")
    return site


def test_the_page_holds_what_choose_says(pages):
    pages.make().passed()
    built = pages.root / "build/html"
    index = (built / "index.html").read_text()
    data = re.search(r'<script type="application/json">(.*?)</script>', index)[1]
    found = json.loads(data)
    assert len(found) == 2 ** len(ASKED)
    for digits, tokens in found.items():
        pairs = zip(ASKED, digits, strict=True)
        yes = {each.id for each, digit in pairs if digit == "1"}
        assert tokens[0] == f"api:{choose(yes).name}"
        for token in tokens:
            assert index.count(f'data-for="{token}"') == 1
    assert 'href="choose/rules.html#rule-several-inputs"' in index
    assert index.count("chooser.js") == index.count("chooser.css") == 1
    other = (built / "choose/rules.html").read_text()
    assert "chooser.js" not in other and "chooser.css" not in other


def card(name, rule_id, *others):
    return Card(name, rule(rule_id), "", None, frozenset({rule_id, *others}))


CARDS = [
    card("plain_stack", "plain-stack"),
    card("two_inputs", "several-inputs", "branch-and-merge"),
    card("two_outputs", "several-outputs", "branch-and-merge", "loop"),
    card("siamese", "shared-layer", "several-inputs", "branch-and-merge"),
    card("shared_layer", "shared-layer", "several-inputs", "branch-and-merge"),
    card("skip_connection", "branch-and-merge"),
    card("tree_network", "value-dependent"),
    card("custom_forward", "values-in-a-layer"),
]


@pytest.mark.parametrize(
    ("yes", "names"),
    [
        (set(), ["plain_stack"]),
        ({"several-inputs"}, ["two_inputs"]),
        ({"branch-and-merge"}, ["skip_connection"]),
        ({"several-outputs"}, ["two_outputs"]),
        # The one that is named for its rule stands first, whatever its length.
        ({"several-inputs", "shared-layer"}, ["shared_layer", "siamese"]),
        # Another API is never close, whatever else it has in common.
        ({"value-dependent", "several-inputs"}, ["tree_network"]),
        # A decision on values alone leaves the stack a stack.
        ({"values-in-a-layer"}, ["custom_forward"]),
        ({"values-in-a-layer", "several-inputs"}, ["two_inputs"]),
    ],
)
def test_closest(yes, names):
    assert closest(yes, CARDS) == names


def test_never_more_than_a_few_recipes():
    many = [card(name, "plain-stack") for name in EXAMPLES]
    assert len(many) > CLOSE
    assert len(closest(set(), many)) == CLOSE


def test_reasons_are_those_of_the_needed_api():
    both = {"value-dependent", "several-inputs"}
    assert [each.id for each in reasons(both)] == ["value-dependent"]
    assert [each.id for each in reasons(set())] == ["plain-stack"]


def test_what_rules_out_nothing_is_said_beside_the_reasons():
    own = {"values-in-a-layer", "own-training-step"}
    said = ["values-in-a-layer", "own-training-step"]
    assert [each.id for each in reasons(own)] == ["plain-stack", *said]
    wanted = ["several-inputs", *said]
    assert [each.id for each in reasons({*own, "several-inputs"})] == wanted


def test_every_combination_has_one_api_and_one_code():
    found = answers(CARDS)
    assert len(set(found)) == 2 ** len(ASKED)
    for tokens in found.values():
        kinds = [token.partition(":")[0] for token in tokens]
        assert kinds.count("api") == kinds.count("code") == 1
        assert kinds.count("rule") >= 1
        assert ("also" in tokens) == any(t.startswith("also:") for t in tokens)
        own = {"rule:values-in-a-layer", "rule:own-training-step"} & set(tokens)
        assert ("parts" in tokens) == bool(own)
