"""Claims that speak of the same thing stand side by side."""

import json

import pytest

from keras_site.subjects import SUBJECTS, read_by_hand, subjects_of
from proved_pages.prove.claims import Claim
from tests.conftest import ROOT

BY_HAND = ROOT / "docs/reference/subjects.txt"


def claim(statement: str, name: str = "a-claim") -> Claim:
    return Claim(name, "page", 1, statement, (), "assert x", "")


@pytest.fixture(scope="module")
def claims(site) -> list[Claim]:
    """Return the claims of the built site."""
    rows = json.loads((site / "claims.json").read_text(encoding="utf-8"))
    return [claim(row["statement"], row["id"]) for row in rows if "statement" in row]


@pytest.fixture(scope="module")
def by_hand() -> dict[str, set[str]]:
    return read_by_hand(BY_HAND.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("statement", "subjects"),
    [
        ("A `.keras` file keeps the weights.", {"saving", "weights"}),
        ("Dropout is off in `predict`.", {"training-flag"}),
        ("An LSTM passes its mask on.", {"recurrent", "masks"}),
        ("Nothing of that.", set()),
    ],
)
def test_a_sentence_says_its_subjects(statement, subjects):
    assert set(subjects_of(claim(statement), {})) == subjects


def test_what_is_written_by_hand_is_added():
    found = read_by_hand("# why\na-claim masks  # because\n\n")
    assert found == {"a-claim": {"masks"}}
    assert subjects_of(claim("Loss."), found) == ["losses", "masks"]


def test_nothing_by_hand_is_there_twice(claims, by_hand):
    """A pattern that learns a word takes the line of a claim with it."""
    for each in claims:
        assert not by_hand.get(each.id, set()) & set(subjects_of(each, {})), each.id


def test_every_claim_has_a_subject_and_every_subject_two_claims(claims, by_hand):
    count = dict.fromkeys(SUBJECTS, 0)
    for each in claims:
        found = subjects_of(each, by_hand)
        assert found, each.id
        for subject in found:
            count[subject] += 1
    assert min(count.values()) > 1, count
