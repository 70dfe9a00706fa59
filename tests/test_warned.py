"""Warnings that a cell declares, from the text that it wrote."""

import pytest

from proved_pages.execute.warning_places import shortened, shortened_logs
from proved_pages.prove.warned import Warned, unlike_declared, warnings_in

TEXT = """\
/usr/lib/python3/site-packages/keras/src/dense.py:106: UserWarning: Do not pass `x`
a second line
  super().__init__(**kwargs)
WARNING:absl:You are saving an HDF5 file
/tmp/ipykernel_12/345.py:1: FutureWarning: soon
  warnings.warn("soon")
"""


def test_places_are_shortened():
    lines = shortened(TEXT).splitlines()
    assert lines[0] == "keras/src/dense.py:106: UserWarning: Do not pass `x`"
    assert lines[4] == "cell:1: FutureWarning: soon"
    log = "WARNING:tensorflow:calls to <function f at 0x7f0123456789> triggered"
    assert shortened_logs(f"at 0x7f0123456789\n{log}\n") == (
        f"at 0x7f0123456789\n{log.replace('0x7f0123456789', '0x...')}\n"
    )


def test_warnings_are_split():
    found, rest = warnings_in(f"oops\n{shortened(TEXT)}")
    assert found == [
        Warned("UserWarning", "Do not pass `x`\na second line"),
        Warned("WARNING", "absl:You are saving an HDF5 file"),
        Warned("FutureWarning", "soon"),
    ]
    assert rest == "oops"


DECLARED = [
    "UserWarning: Do not pass `x` a second",
    "WARNING: absl: You are saving",
    "FutureWarning: soon",
]


def test_all_are_declared():
    assert unlike_declared(DECLARED, shortened(TEXT)) == []
    assert unlike_declared(["WARNING:absl:You are", *DECLARED], shortened(TEXT)) == []


@pytest.mark.parametrize("missing", range(3))
def test_one_that_is_not_declared_is_told(missing):
    declared = [each for n, each in enumerate(DECLARED) if n != missing]
    ((what, _),) = unlike_declared(declared, shortened(TEXT))
    assert "warned of what it does not declare" in what


def test_text_before_the_first_warning_is_none():
    ((what, _),) = unlike_declared(DECLARED, f"oops\n{shortened(TEXT)}")
    assert what == "the cell wrote to stderr (a warning?)\n\n    oops\n"
