"""Hunt claims that speak of all cases.

A test runs the property of one claim over its part of the zoo, and leaves the result in
``build/hunts``, of which ``make hunt`` makes ``results.json``. Of the properties whose
result is fresh, `make test` runs a fixed tenth, each over a fixed eighth of its cases.
"""

import json
import os
import re
from dataclasses import replace

import pytest

from tests.conftest import ROOT
from tests.passed_before import one_in

from .conftest import known
from .property import Property, hunt, read_all

# A zoo has layers that warn; a property that speaks of warnings catches them itself.
pytestmark = pytest.mark.filterwarnings("ignore")


def in_the_eighth(case: object) -> bool:
    """Whether a case is in the fixed eighth, which is the same for all properties."""
    name = getattr(case, "name", "") or re.sub("0x[0-9a-f]+", "", repr(case))
    return one_in(8, name)


def eighth(found: Property) -> Property:
    """Return the property over an eighth of its cases; over all, if that has none."""
    part = found.part
    # First, so that the other conditions build no network in vain.
    part = replace(part, conditions=(in_the_eighth, *part.conditions), all=True)
    return replace(found, part=part) if part.cases() else found


def test_property(claim: str, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)  # models are saved here
    drawn_with = int(os.environ.get("HUNT_SEED", "0"))
    found = read_all()[claim]
    hunts = known()
    kept = hunts.result(claim)
    if kept is not None and request.config.getoption("--hunt") == "some":
        assert hunt(eighth(found), drawn_with) <= kept.cases
        return
    cases = hunt(found, drawn_with)
    if drawn_with == 0:
        key = hunts.properties[claim].key
        row = {"cases": cases, "of": found.part.of, "key": key}
        folder = ROOT / "build" / "hunts"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{claim}.json").write_text(json.dumps(row), encoding="utf-8")
        assert kept is None or kept.cases == cases, "run `make hunt ALL=1`"


def test_an_eighth_is_a_part_of_all_cases():
    """Not none of them, and the same ones each time; a small part is not divided."""
    found = read_all()["loss-weights-are-as-many-as-losses"]
    all_cases, some = found.part.cases(), eighth(found).part.cases()
    assert 0 < len(some) < len(all_cases) / 2
    assert len(some) == sum(map(in_the_eighth, all_cases))
    assert all(map(in_the_eighth, some))


def test_each_property_is_found_by_its_name():
    """By the build, which reads the source, and by the hunt, which imports it."""
    assert sorted(known().properties) == sorted(read_all())
