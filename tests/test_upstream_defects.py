"""The suspected defects of Keras: each still does what the list says.

All run in one process of TensorFlow. A defect that is mended fails its test: then the
entry goes, and the page that shows it is corrected.
"""

import json
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

LIST = ROOT / "UPSTREAM_DEFECTS.md"
ENTRY = re.compile(
    r"^## (?P<title>[^\n]*)\n\n```python\n(?P<code>.*?)^```\n\n"
    r"```text\n(?P<said>.*?)^```\n"
    r"\n(?P<notes>(?:- [^\n]*\n)+)",
    re.MULTILINE | re.DOTALL,
)
RUN = r"""
import contextlib, io, json, os, re, sys, tempfile

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

answers = []
for code in json.load(sys.stdin):
    told = io.StringIO()
    os.chdir(tempfile.mkdtemp())
    names = {"keras": keras, "np": np, "tf": tf, "layers": layers, "ops": ops}
    keras.utils.set_random_seed(0)
    with contextlib.redirect_stdout(told):
        try:
            exec(code, names | {"__name__": "defect"})
        except Exception as error:
            message = re.sub(r"\x1b\[\d*m", "", str(error))
            print(f"{type(error).__name__}: {message}")
    answers.append(told.getvalue())
print(json.dumps(answers))
"""
ENTRIES = [
    match.groupdict() for match in ENTRY.finditer(LIST.read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def answers() -> dict[str, str]:
    """Return what each piece of code prints and raises."""
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps([entry["code"] for entry in ENTRIES]),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return {entry["title"]: each for entry, each in zip(ENTRIES, found, strict=True)}


def test_every_section_of_the_list_is_an_entry():
    titles = re.findall(r"^## (.*)$", LIST.read_text(encoding="utf-8"), re.MULTILINE)
    assert [entry["title"] for entry in ENTRIES] == titles


@pytest.mark.xdist_group("defects")  # all answers come from one process
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["title"])
def test_a_defect_is_still_there(entry, answers):
    said = answers[entry["title"]].splitlines()
    for line in entry["said"].splitlines():
        assert any(each.startswith(line) for each in said), said


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["title"])
def test_the_page_that_shows_a_defect_is_there(entry):
    assert "- Expected: " in entry["notes"]
    shown = re.search(r"^- Shown: (?:`(.+)`, `(.+)`|nowhere)$", entry["notes"], re.M)
    assert shown
    if shown[1]:
        assert f"({shown[2]})=" in (ROOT / shown[1]).read_text(encoding="utf-8")
