"""A marked test runs when its inputs change, and writes down that it passed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.passed_before import in_the_tenth
from tools.keep import merged

CONFTEST = """\
from tests.passed_before import Passed, leave_out

def pytest_configure(config):
    config.pluginmanager.register(Passed(config))

def pytest_addoption(parser):
    parser.addoption("--weekly", action="store_true")

def pytest_collection_modifyitems(config, items):
    left = leave_out(config, items, everything=config.getoption("--weekly"))
    items[:] = [item for item in items if item not in left]
"""
# One that always runs, two that need not, and one without a mark.
TESTS = """\
from pathlib import Path
import pytest

def inputs(name, **others):
    return [Path(__file__).with_name(f"{name}.txt")]

@pytest.mark.kept(on=inputs)
@pytest.mark.parametrize("name", NAMES)
def test_text(name):
    assert Path(__file__).with_name(f"{name}.txt").read_text() != "bad"

def test_plain():
    pass
"""


def named(always: bool, number: int) -> list[str]:
    """Return parameters whose tests are in the fixed tenth, or are not."""
    names = (f"n{n}" for n in range(999))
    fit = (
        name
        for name in names
        if in_the_tenth(f"tests/test_it.py::test_text[{name}]") == always
    )
    return [next(fit) for _ in range(number)]


ALWAYS, OTHERS = named(True, 1), named(False, 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of tests."""
    tests = tmp_path / "tests"
    tests.mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = kept\n")
    (tests / "conftest.py").write_text(CONFTEST)
    names = repr([*ALWAYS, *OTHERS])
    (tests / "test_it.py").write_text(TESTS.replace("NAMES", names))
    for name in [*ALWAYS, *OTHERS]:
        (tests / f"{name}.txt").write_text("good")
    return tmp_path


def run(folder: Path, *options: str) -> str:
    """Run the tests; return their last words."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=folder,
        # Without the plugins that are installed, it starts in a tenth of the time.
        env=os.environ
        | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        text=True,
        capture_output=True,
    )
    return done.stdout + done.stderr


def keep(folder: Path) -> dict[str, str]:
    """Do what ``make keep`` does."""
    text = (folder / "build/passed.json").read_text()
    (folder / "tests/passed.json").write_text(text)
    return json.loads(text)


@pytest.mark.parametrize(
    "workers", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "workers"]
)
def test_what_passed_does_not_run_until_it_changes(folder: Path, workers):
    assert "4 passed" in run(folder, *workers)
    assert len(keep(folder)) == 3
    said = run(folder, *workers)
    assert "2 passed" in said
    assert "2 tests did not run: they passed before" in said
    assert len(keep(folder)) == 3
    if workers:
        return
    assert "4 passed" in run(folder, "--weekly")
    assert "4 passed" in run(folder, "tests/test_it.py")
    assert "2 passed" in run(folder, "tests")
    (folder / f"tests/{OTHERS[0]}.txt").write_text("better")
    assert "3 passed" in run(folder)
    assert "3 passed" in run(folder)  # it was not kept
    keep(folder)
    assert "2 passed" in run(folder)
    module = folder / "tests/test_it.py"
    module.write_text(module.read_text() + "# another test\n")
    assert "4 passed" in run(folder)


def test_what_failed_is_not_kept(folder: Path):
    (folder / f"tests/{OTHERS[0]}.txt").write_text("bad")
    assert "1 failed, 3 passed" in run(folder)
    assert set(keep(folder)) == {
        f"tests/test_it.py::test_text[{name}]" for name in (*ALWAYS, OTHERS[1])
    }
    assert "1 failed, 2 passed" in run(folder)


def test_keeping_drops_tests_that_are_gone():
    kept, new = {"a": "1", "b": "1", "gone": "1"}, {"b": "2", "c": "1"}
    assert merged(kept, new, {"a", "b", "c"}) == {"a": "1", "b": "2", "c": "1"}
