"""What all tests share."""

import ast
import json
import os
import signal
from pathlib import Path

import pytest

from conf import kernel_environment
from tests.passed_before import Passed, leave_out
from tests.what_tests_use import mark

ROOT = Path(__file__).parents[1]
# What is imported from this repository.
OURS = {"conf", "examples", "keras_site", "proved_pages", "tests", "tools", "which_api"}


def defines_build(path: Path) -> bool:
    """Whether a module of examples/ is an example: it has a function ``build``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.FunctionDef) and node.name == "build" for node in tree.body
    )


# Found, not listed, and without importing TensorFlow.
EXAMPLES = sorted(p.stem for p in (ROOT / "examples").glob("*.py") if defines_build(p))
# The same environment as the site's cells have; before anything imports TensorFlow.
os.environ.update(kernel_environment)

# A shell that starts the tests in the background lets them ignore Ctrl-C, and what they
# start would ignore it, too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests call make as people do, not as a part of the `make test` that runs them.
for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
    os.environ.pop(name, None)


# What `make test QUICK=1` leaves out: browsers, and what takes long.
SLOW = (
    "browser",
    "gates/test_checksums.py",
    "gates/test_determinism.py",
    "gates/test_executed.py",
    "gates/test_forks.py",
    "gates/test_freshness.py",
    "gates/test_killed.py",
    "gates/test_live.py",
    "gates/test_parallel.py",
    "hunts/test_properties.py",
    "hunts/test_hunting.py",
    "mutants/test_mutants_of_a_site.py",
    "downloads/test_run.py",
    "test_examples.py",
    "test_numpy_site.py",
    "test_setup.py",
    "test_snippet.py",
    "which_api/test_applications.py",
    "which_api/test_random_graphs.py",
)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Passed(config), "passed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="see `make test QUICK=1`")
    parser.addoption("--weekly", action="store_true", help="see `make test WEEKLY=1`")
    parser.addoption("--hunt", default="some", help="see tests/hunts/conftest.py")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if config.getoption("--quick"):
        return collection_path in [ROOT / "tests" / name for name in SLOW] or None
    return None


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    weekly = config.getoption("--weekly")
    for item in items:
        mark(item)
    left = leave_out(config, items, everything=weekly)
    if not weekly:
        left += [item for item in items if item.get_closest_marker("weekly")]
    config.hook.pytest_deselected(items=left)
    gone = {id(item) for item in left}
    items[:] = [item for item in items if id(item) not in gone]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    say = terminalreporter.write_line
    if config.getoption("--quick"):
        say("A quick run: no browser, nothing slow, and not the built site.")
    elif not config.getoption("--weekly"):
        say("Tests marked `weekly` did not run; `make test WEEKLY=1` runs them, too.")
    cpu = ROOT / "build/executed/cpu.json"
    if os.environ.get("CI") and cpu.is_file():  # told, not tested: machines differ
        seconds = json.loads(cpu.read_text(encoding="utf-8"))
        most = sorted(seconds, key=lambda page: -seconds[page])[:9]
        say(
            f"Cells took {sum(seconds.values()):.0f} CPU seconds; most: "
            + ", ".join(f"{page} {seconds[page]:.0f}" for page in most)
        )


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Path:
    """Return the folder of the built site, which `make test` builds first."""
    if request.config.getoption("--quick"):
        pytest.skip("a quick run does not look at the built site")
    folder = ROOT / "build/html"
    assert (folder / "index.html").is_file(), "build the site first: make html"
    return folder


@pytest.fixture(scope="session")
def claims(site: Path) -> list[dict]:
    """Return the published claims that stand, less those that were replaced."""
    entries = json.loads((site / "claims.json").read_text(encoding="utf-8"))
    return [entry for entry in entries if "replaced_by" not in entry]


@pytest.fixture(scope="session")
def replaced(site: Path) -> dict[str, dict]:
    """Return the entries of replaced claims, by their old ids."""
    entries = json.loads((site / "claims.json").read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in entries if "replaced_by" in entry}
