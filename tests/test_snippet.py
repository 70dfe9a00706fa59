"""Code that is cut out of an example runs on its own and builds the same model."""

import json
import subprocess
import sys

import pytest

from keras_site.snippet import cut
from tests.conftest import EXAMPLES, ROOT

SOURCE = '''\
"""About."""

import os, sys
from math import pi, tau as turn

SIZE = 2  # kept
SIZE += 1  # kept, too
OTHER = 3
OTHER += 1
low, high = 0, turn


@os.fspath
def helper():
    return SIZE


class Unused:
    x = OTHER


def build(n: int = SIZE):
    # A comment stays.
    return helper() + high
'''

CUT = """\
import os
from math import tau as turn

SIZE = 2  # kept
SIZE += 1  # kept, too
low, high = 0, turn


@os.fspath
def helper():
    return SIZE


def build(n: int = SIZE):
    # A comment stays.
    return helper() + high
"""


def test_what_is_needed_and_nothing_else():
    assert cut(SOURCE, "build") == CUT


def test_without_imports_and_constants():
    assert cut("def f():\n    return 1\n\n\nf()\n", "f") == "def f():\n    return 1\n"


def test_an_unknown_name():
    with pytest.raises(KeyError):
        cut(SOURCE, "missing")


RUN = """
import importlib, json, sys
found = {}
for name, text in json.load(sys.stdin).items():
    here = {}
    exec(text, here)
    theirs = importlib.import_module(f"examples.{name}").build()
    ours = here["build"]()
    found[name] = [
        [type(model).__name__, model.name, model.count_params()]
        for model in (ours, theirs)
    ]
json.dump(found, open(sys.argv[1], "w"))
"""


def test_each_example(tmp_path):
    """In a process of its own: the code registers classes with Keras once more."""
    texts = {
        name: cut((ROOT / f"examples/{name}.py").read_text(encoding="utf-8"), "build")
        for name in EXAMPLES
    }
    result = tmp_path / "found.json"
    command = [sys.executable, "-c", RUN, str(result)]
    subprocess.run(command, input=json.dumps(texts), text=True, cwd=ROOT, check=True)
    found = json.loads(result.read_text())
    assert sorted(found) == EXAMPLES
    for name, (ours, theirs) in found.items():
        assert ours == theirs, name
        assert "def main" not in texts[name]
