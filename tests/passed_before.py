"""Tests that need not run again: nothing that they depend on has changed.

A test that takes long, and whose inputs are few and known, is marked with a function
that returns these inputs, from the test's parameters::

    @pytest.mark.kept(on=lambda page, **others: [ROOT / "docs" / f"{page}.md"])

The key of such a test is a digest of its inputs (files, or the text itself), of its own
module and of the version of Python. ``tests/passed.json``, which is committed, has the
keys with which tests have passed. A test whose key is there does not run, unless it is
one of the fixed tenth, which always runs. ``make test WEEKLY=1`` runs all, and whoever
asks for one file by its name gets all of its tests.

What passed is written to ``build/passed.json``, and ``make keep`` takes it over.
"""

import functools
import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

PASSED = "tests/passed.json"
NEW = "build/passed.json"
KEPT = "kept"  # the name of the mark, and of what a report carries

Keys = dict[str, str]
HAD_PASSED = pytest.StashKey[Keys]()  # the marked tests that need not run


@functools.cache
def digest_of(path: Path) -> str:
    """Return a digest of a file, or of all files of a folder."""
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.is_file())
        parts = [f"{p.relative_to(path)} {digest_of(p)}" for p in inside if _counts(p)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()


def _counts(path: Path) -> bool:
    return "__pycache__" not in path.parts


def key_of(item: pytest.Item) -> str:
    """Return the key of a test; empty, if the test is not marked."""
    mark = item.get_closest_marker(KEPT)
    if mark is None:
        return ""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    inputs: Iterable[Path | str] = mark.kwargs["on"](**parameters)
    parts = [digest_of(each) if isinstance(each, Path) else each for each in inputs]
    whole = [str(sys.version_info[:2]), digest_of(item.path), *parts]
    return hashlib.sha256("\0".join(whole).encode()).hexdigest()[:16]


def name_of(item: pytest.Item) -> str:
    """Return the name of a test, without the group in which xdist runs it."""
    return f"{item.path.relative_to(item.config.rootpath).as_posix()}::{item.name}"


def read(path: Path) -> Keys:
    """Return the keys in a file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def one_in(number: int, name: str) -> bool:
    """Whether a name is in a fixed part of all names: one in `number` of them."""
    return hashlib.sha256(name.encode()).digest()[0] % number == 0


def in_the_tenth(name: str) -> bool:
    """Whether a test, or a claim's property, always runs."""
    return one_in(10, name)


def leave_out(
    config: pytest.Config, items: list[pytest.Item], everything: bool
) -> list[pytest.Item]:
    """Return the tests that need not run, of `items`; none where `everything` runs.

    Who names a file, and not the folder of all tests, wants to see its tests run.
    """
    asked = {config.invocation_params.dir / where for where in config.args}
    everything = everything or not asked <= {config.rootpath, config.rootpath / "tests"}
    passed = read(config.rootpath / PASSED)
    keys, left = config.stash.setdefault(HAD_PASSED, {}), []
    for item in items:
        key = key_of(item)
        if not key:
            continue
        name = name_of(item)
        item.user_properties.append((KEPT, [name, key]))
        if passed.get(name) == key and not everything and not in_the_tenth(name):
            left.append(item)
            keys[name] = key
    return left


class Passed:
    """Writes down which marked tests passed; xdist's workers report to one process."""

    def __init__(self, config: pytest.Config) -> None:
        """Know nothing yet."""
        self.config = config
        self.passed: Keys = {}
        self.left: Keys = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take down a test that passed."""
        if report.when == "call" and report.passed:
            self.passed |= dict(
                pair for what, pair in report.user_properties if what == KEPT
            )

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object, error: object) -> None:
        """Take over what a worker left out."""
        self.left |= getattr(node, "workeroutput", {}).get(KEPT, {})

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write what passed; a worker says what it left out."""
        self.left |= self.config.stash.get(HAD_PASSED, {})
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput[KEPT] = self.left
            return
        new = self.config.rootpath / NEW
        new.parent.mkdir(exist_ok=True)
        now = read(new) | self.left | self.passed
        text = json.dumps(now, indent=1, sort_keys=True, ensure_ascii=False)
        new.write_text(text + "\n", encoding="utf-8")

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Say how many did not run, and how to run them."""
        if self.left:
            terminalreporter.write_line(
                f"{len(self.left)} tests did not run: they passed before, and nothing "
                "that they depend on has changed; `make test WEEKLY=1` runs them, too."
            )
