"""Which properties run: the stale ones and a fixed tenth, or as asked."""

import pytest

from conf import proved_hunt_packages, proved_hunts, proved_packages
from proved_pages.prove.hunts import Hunts, read_hunts
from proved_pages.settings import find_packages
from tests.conftest import ROOT
from tests.passed_before import in_the_tenth


def known() -> Hunts:
    """Return the properties and their results."""
    return read_hunts(
        ROOT / proved_hunts,
        ROOT / "requirements.txt",
        proved_hunt_packages,
        find_packages(proved_packages, ROOT),
    )


def chosen(which: str) -> list[str]:
    """Return the claims whose properties run.

    `which` is all, stale, or some: the stale ones that do not wait, and a fixed tenth.
    Anything else is a claim, or a part of its id.
    """
    hunts = known()
    names = sorted(hunts.properties)
    if which == "all":
        return names
    if which not in ("stale", "some"):
        return [name for name in names if which in name]
    tenth = set(filter(in_the_tenth, names))
    waiting = hunts.waiting
    return [
        name
        for name in names
        if (hunts.result(name) is None and (which == "stale" or name not in waiting))
        or (which == "some" and name in tenth and name not in waiting)
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "claim" in metafunc.fixturenames:
        which = metafunc.config.getoption("--hunt")
        metafunc.parametrize("claim", chosen(which))
