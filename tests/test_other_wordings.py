"""Wordings of other releases are shown without what surrounds the message."""

import json

import pytest
from bs4 import BeautifulSoup

from keras_site.fixer_entry import words
from keras_site.versions.other_wordings import LETTERS, gist
from keras_site.versions.release_rows import all_rows
from keras_site.versions.row_results import load
from keras_site.versions.row_verdicts import OTHER_WORDS
from tests.conftest import ROOT

IN_USER_CODE = """ValueError: in user code:

    File "site-packages/keras/src/engine/training.py", line 1401, in train_function  *
        return step_function(self, iterator)
    File "cell", line 3, in call
        raise TypeError: not this one

    ValueError: Shapes (None, 1)
 and (None, 3) are incompatible
"""
CALLED = """ValueError: Exception encountered when calling layer "add" (type Add).

Dimensions must be equal.

Call arguments received by layer "add" (type Add):
  • x=tf.Tensor(shape=(None, 4), dtype=float32)"""


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("IndexError: list index", "IndexError: list index"),
        (
            IN_USER_CODE,
            "ValueError: Shapes (None, 1) and (None, 3) are incompatible",
        ),
        (
            CALLED,
            'ValueError: Exception encountered when calling layer "add" (type Add). '
            "Dimensions must be equal.",
        ),
        ("KeyError: a: b: c", "KeyError: a: b: c"),
    ],
)
def test_the_message_alone_is_shown(said: str, shown: str):
    assert gist(said) == shown


def test_a_long_message_ends_between_two_words():
    shown = gist("ValueError: " + "many words " * 100)
    assert len(shown) <= LETTERS + 2
    assert shown.endswith((" many …", " words …"))


def test_all_that_is_kept_has_a_message():
    """Nothing of a traceback is left, whatever the releases say."""
    results = load(ROOT / "docs/reference/versions.json")
    said = {
        found.raised
        for row in results.found.values()
        for found in row.values()
        if found.letter == OTHER_WORDS
    }
    for text in map(gist, said):
        assert "in user code" not in text and 'File "' not in text, text
        assert text.partition(": ")[2].strip(" …"), text


def test_the_fixer_knows_what_other_releases_say(site):
    """A wording below an error of an entry is one of the texts that a paste finds."""
    text = (site / "_static/error-messages.js").read_text(encoding="utf-8")
    entries = json.loads(text[text.index("[") : text.rindex("]") + 1])
    known = [each for entry in entries for each in entry["texts"]]
    labels = tuple(row.label for row in all_rows())
    found = 0
    for path in (site / "fix/errors").glob("*.html"):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for line in page.select(".cell .older-wording"):
            assert line.text.startswith(labels)
            message = words(line.code.text.partition(": ")[2])
            found += any(each.startswith(message[:60]) for each in known)
    results = load(ROOT / "docs/reference/versions.json")
    assert found > 20 or not any(map(results.has, all_rows()))
