"""Compile requirements.in to requirements.txt, and tell whether that is still fresh.

Run as `make lock`. The lock's first lines hold a digest of the requirements that it
was compiled from (reasons and comments left out), so that `make html` and `make test`
can refuse a stale lock without asking the network.
"""

import hashlib
import itertools
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


# Where TensorFlow 2.21 has wheels; each must find a wheel of everything else, too.
PLATFORMS = (
    "x86_64-manylinux_2_28",
    "aarch64-manylinux_2_28",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
)
PYTHONS = ("3.11", "3.12", "3.13")


def digest(text: str) -> str:
    """Digest the requirements in `text`, without comments and blank lines."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    wanted = "\n".join(" ".join(line.split()) for line in lines if line)
    return hashlib.sha256(wanted.encode()).hexdigest()[:16]


def is_fresh() -> bool:
    """Whether the lock was compiled from today's requirements.in."""
    found = DIGEST.search(LOCK.read_text(encoding="utf-8"))
    return found is not None and found[1] == digest(SOURCE.read_text(encoding="utf-8"))


EVERYWHERE = (
    "--universal",  # every platform in one file, told apart by markers
    *("--python-version", "3.11"),  # the oldest Python that is supported
    *("--fork-strategy", "fewest"),  # one version of each package on all Pythons
)


def compile_lock(*options: str) -> int:
    """Ask uv for one set of versions that suits `options`; return its status."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", str(SOURCE)),
        *("--generate-hashes", "--no-header", "--quiet"),
        *("--output-file", str(LOCK)),
    ]
    status = subprocess.run([*command, *options]).returncode
    if status == 0:
        header = HEADER.format(digest=digest(SOURCE.read_text(encoding="utf-8")))
        LOCK.write_text(header + LOCK.read_text(encoding="utf-8"), encoding="utf-8")
        print(f"{LOCK} is compiled from {SOURCE}")
    return status


def try_everywhere() -> int:
    """Look whether the lock can be installed on each platform; return a status."""
    status = 0
    for platform, python in itertools.product(PLATFORMS, PYTHONS):
        command = [
            *(sys.executable, "-m", "uv", "pip", "install", "--dry-run"),
            *("--require-hashes", "--only-binary", ":all:"),
            *("--python-platform", platform, "--python-version", python),
            *("--target", "build/nowhere", "--quiet", "--requirement", str(LOCK)),
        ]
        failed = subprocess.run(command).returncode
        print(f"  {'NO ' if failed else 'yes'} {platform}, Python {python}")
        status = status or failed
    return status


if __name__ == "__main__":
    sys.exit(compile_lock(*EVERYWHERE, *sys.argv[1:]) or try_everywhere())
