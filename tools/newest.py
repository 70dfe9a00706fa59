"""Let the lock have the newest releases, or what comes after them. For the canary.

    make newest      requirements.in without its pins, compiled for this Python alone
    make upstream    and then Sphinx, MyST-NB and Keras as they are in development

The lock as it was stays in build/canary/before.txt, for tools/canary_report.py.
"""

import pathlib
import platform
import re
import subprocess
import sys

from tools import lock

BEFORE = pathlib.Path("build/canary/before.txt")
UPSTREAM = (
    "git+https://github.com/sphinx-doc/sphinx",
    "git+https://github.com/executablebooks/MyST-NB",
    "keras-nightly",
)
_PIN = re.compile(r"^([\w.-]+)==[\w.*+!-]+", re.MULTILINE)


def loosen(text: str) -> str:
    """Take the pins out of requirements; what else they ask for stays."""
    return _PIN.sub(r"\1", text)


def releases() -> int:
    """Compile the lock with the newest releases that fit together; return a status."""
    BEFORE.parent.mkdir(parents=True, exist_ok=True)
    BEFORE.write_bytes(lock.LOCK.read_bytes())
    text = lock.SOURCE.read_text(encoding="utf-8")
    lock.SOURCE.write_text(loosen(text), encoding="utf-8")
    return lock.compile_lock("--upgrade", "--python-version", platform.python_version())


def upstream() -> int:
    """Install what is in development over the releases; return a status."""
    pip = [sys.executable, "-m", "pip"]
    # The same module comes from two distributions, so the other one goes first.
    subprocess.run([*pip, "uninstall", "--yes", "--quiet", "keras"], check=True)
    install = [
        *pip,
        "install",
        "--quiet",
        "--pre",
        "--upgrade-strategy",
        "only-if-needed",
    ]
    return subprocess.run([*install, "--upgrade", *UPSTREAM]).returncode


if __name__ == "__main__":
    sys.exit(upstream() if "--upstream" in sys.argv[1:] else releases())
