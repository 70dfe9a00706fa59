"""What all tests share."""

import ast
import json
import os
import signal
from pathlib import Path

import pytest

from conf import kernel_environment

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


@pytest.fixture(scope="session")
def site() -> Path:
    """Return the folder of the built site, which `make test` builds first."""
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
