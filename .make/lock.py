"""Compile requirements.in to requirements.txt, and tell whether that is still fresh.

Run as `make lock`. The lock's first lines hold a digest of the requirements that it
was compiled from (reasons and comments left out), so that `make html` and `make test`
can refuse a stale lock without asking the network.
"""

import hashlib
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path("requirements.in")
LOCK = pathlib.Path("requirements.txt")
DIGEST = re.compile(r"^# compiled from requirements\.in, digest (\w+)$", re.MULTILINE)
HEADER = """\
# Exact versions and hashes of everything the site is built and tested with.
# Written by `make lock`; edit requirements.in instead.
# compiled from requirements.in, digest {digest}
"""


def digest(text: str) -> str:
    """Digest the requirements in `text`, without comments and blank lines."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    wanted = "\n".join(" ".join(line.split()) for line in lines if line)
    return hashlib.sha256(wanted.encode()).hexdigest()[:16]


def is_fresh() -> bool:
    """Whether the lock was compiled from today's requirements.in."""
    found = DIGEST.search(LOCK.read_text(encoding="utf-8"))
    return bool(found) and found[1] == digest(SOURCE.read_text(encoding="utf-8"))


def compile_lock() -> int:
    """Ask uv for one set of versions that suits every platform; return its status."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", str(SOURCE)),
        "--universal",  # every platform in one file, told apart by markers
        *("--python-version", "3.11"),  # the oldest Python that is supported
        *("--fork-strategy", "fewest"),  # one version of each package on all Pythons
        *("--generate-hashes", "--no-header", "--quiet"),
        *("--output-file", str(LOCK)),
    ]
    status = subprocess.run([*command, *sys.argv[1:]]).returncode
    if status == 0:
        header = HEADER.format(digest=digest(SOURCE.read_text(encoding="utf-8")))
        LOCK.write_text(header + LOCK.read_text(encoding="utf-8"), encoding="utf-8")
        print(f"{LOCK} is compiled from {SOURCE}")
    return status


if __name__ == "__main__":
    sys.exit(compile_lock())
