"""Hunt claims that speak of all cases.

A test runs the property of one claim over its part of the zoo, and leaves the result in
``build/hunts``, of which ``make hunt`` makes ``results.json``.
"""

import json
import os

import pytest

from tests.conftest import ROOT

from .conftest import known
from .property import hunt, read_all

# A zoo has layers that warn; a property that speaks of warnings catches them itself.
pytestmark = pytest.mark.filterwarnings("ignore")


def test_property(claim: str, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # models are saved here
    drawn_with = int(os.environ.get("HUNT_SEED", "0"))
    found = read_all()[claim]
    cases = hunt(found, drawn_with)
    if drawn_with == 0:
        hunts = known()
        key = hunts.properties[claim].key
        row = {"cases": cases, "of": found.part.of, "key": key}
        folder = ROOT / "build" / "hunts"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{claim}.json").write_text(json.dumps(row), encoding="utf-8")
        kept = hunts.result(claim)
        assert kept is None or kept.cases == cases, "run `make hunt ALL=1`"


def test_each_property_is_found_by_its_name():
    """By the build, which reads the source, and by the hunt, which imports it."""
    assert sorted(known().properties) == sorted(read_all())
