"""The rule table decides, and is complete."""

import itertools

import pytest

from which_api.rules import APIS, RULES, api, choose, rule

ORDER = [each.name for each in APIS]


def test_apis_go_from_simple_to_free():
    assert ORDER == ["sequential", "functional", "subclass"]


def test_ids_are_unique():
    assert len({each.id for each in RULES}) == len(RULES)


def test_each_api_has_a_rule():
    assert {each.api for each in RULES} == set(ORDER)


def test_nothing_said_is_a_stack():
    assert choose([]).name == "sequential"


@pytest.mark.parametrize("each", RULES, ids=lambda each: each.id)
def test_one_yes_gives_the_rules_own_api(each):
    assert choose([each.id]) is api(each.api)
    assert rule(each.id) is each


def test_the_most_demanding_yes_decides():
    for some in itertools.combinations(RULES, 2):
        wanted = max((each.api for each in some), key=ORDER.index)
        assert choose(each.id for each in some).name == wanted


def test_unknown_rule():
    with pytest.raises(KeyError):
        choose(["no-such-rule"])


def test_the_first_yes_decides_in_the_diagrams_order():
    """The diagram stops at the first yes, so no later rule may demand more."""
    ranks = [ORDER.index(each.api) for each in RULES if each.decides]
    assert ranks == sorted(ranks, reverse=True)
    assert RULES[-1].api == "sequential" and RULES[-1].decides


def test_what_rules_out_nothing_is_asked_first():
    """Otherwise a reader would take it for a reason to subclass."""
    asides = [each for each in RULES if not each.decides]
    assert asides and list(RULES[: len(asides)]) == asides
    assert choose(each.id for each in asides).name == "sequential"
