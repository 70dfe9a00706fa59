"""What an entry of the fixer must have, without Sphinx."""

import pytest

from keras_site.fixer_entry import Cell, Raised, contains, review, words

SHOWS = Cell("int('x')", raised=Raised("ValueError", "invalid literal for int(): 'x'"))
WARNS = Cell("w()", warned=(Raised("UserWarning", "no"), Raised("W", "too old")))
PROVES = Cell("assert int('2') % 2 == 0", is_proof=True)
FIX = Cell("n = int('2')\nassert n == 2", is_fix=True)


def lacks(*arguments) -> list[str]:
    return [problem.what for problem in review(*arguments).problems]


def test_good_entries():
    found = review("error", "invalid literal for `int()`", True, [SHOWS, FIX])
    assert (found.raised, found.fixes, found.problems) == (SHOWS.raised, [1], [])
    found = review("warning", "too old", True, [WARNS, FIX])
    assert (found.raised, found.fixes, found.problems) == (WARNS.warned[1], [1], [])
    found = review("trap", "Two is odd", True, [PROVES, FIX, FIX])
    assert (found.raised, found.fixes, found.problems) == (None, [1, 2], [])


@pytest.mark.parametrize(
    ("kind", "title", "has_meaning", "cells", "problem"),
    [
        ("error", "another text", True, [SHOWS, FIX], "raises what its heading says"),
        ("warning", "literal", True, [WARNS, FIX], "warns of what its heading says"),
        ("error", "too old", True, [WARNS, FIX], "raises what its heading says"),
        ("error", "literal", True, [FIX], "raises what its heading says"),
        ("error", "literal", True, [SHOWS], "no fix that runs"),
        ("error", "literal", True, [FIX, SHOWS], "no fix that runs"),
        ("error", "literal", False, [SHOWS, FIX], "begin with its meaning"),
        ("trap", "Two is odd", True, [SHOWS, FIX], "has no claim"),
        (
            "trap",
            "Two is odd",
            True,
            [PROVES, Cell("assert True", is_fix=True)],
            "cannot fail",
        ),
        (
            "trap",
            "Two is odd",
            True,
            [PROVES, Cell("assert n == 2", before=("n = 2",), is_fix=True)],
            "cannot fail",
        ),
    ],
)
def test_what_is_missing(kind, title, has_meaning, cells, problem):
    (what,) = lacks(kind, title, has_meaning, cells)
    assert problem in what


def test_everything_that_is_missing_is_said_at_once():
    assert len(lacks("error", "literal", False, [])) == 3


def test_words():
    assert words("“Input 0” of layer `dense_1`") == "input 0 of layer dense 1"
    assert contains("the Input 0 of layer", "input 0")
    assert not contains("the Input 01 of layer", "input 0")
