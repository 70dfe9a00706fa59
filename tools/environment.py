"""Make the site's own Python environment, from the lock. Called by the Makefile.

    python3 tools/environment.py .venv

It needs nothing but the standard library, and its syntax suits old Pythons, so that
one that is too old gets a sentence rather than a traceback. Where the `python3` that
runs it cannot take TensorFlow's wheels, it looks for one that can.
"""

import os
import re
import shutil
import subprocess
import sys

TYPE_CHECKING = False  # mypy takes it for true; types are comments for old Pythons
if TYPE_CHECKING:
    from collections.abc import Callable  # noqa: F401 (in a comment)
    from typing import NoReturn  # noqa: F401 (the same)

OLDEST, NEWEST = (3, 11), (3, 13)  # the Pythons that TensorFlow 2.21 has wheels for
LOCK = "requirements.txt"
HASHED = ["--require-hashes", "--only-binary", ":all:"]
NETWORK_WORDS = (
    "NewConnectionError",
    "Max retries exceeded",
    "name resolution",
    "Network is unreachable",
    "ConnectTimeoutError",
    "Connection refused",
    "ProxyError",
)


def stop(message):
    # type: (str) -> NoReturn
    """End with one line."""
    sys.stderr.write("make: " + message + "\n")
    sys.exit(1)


def name(version):
    # type: (tuple[int, ...]) -> str
    """Write a version as people do."""
    return ".".join(str(part) for part in version)


def progress(text):
    # type: (str) -> None
    """Show how far the installation is, in one line of a terminal."""
    if sys.stdout.isatty():
        sys.stdout.write("\r" + text)
        sys.stdout.flush()


def find_python():
    # type: () -> str
    """Return the path of a Python that suits, preferring the one that runs this."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    # Python 2 has none.
    which = getattr(shutil, "which", lambda name: None)  # type: Callable[[str], str | None]
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = which("python3.%d" % minor)
        # A version manager's shim may exist for a Python that is not there.
        if found and subprocess.call([found, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            return found
    stop(
        "this site needs Python %s to %s, and python3 is %s. Install one of these, or "
        "name it: make PYTHON=/path/to/python3.12"
        % (name(OLDEST), name(NEWEST), name(sys.version_info[:2]))
    )


def is_stamped(folder, name, wanted):
    # type: (str, str, bytes) -> bool
    """Whether the file `name` in `folder` says that what is `wanted` was installed."""
    try:
        with open(os.path.join(folder, name), "rb") as stamp:
            return stamp.read() == wanted
    except OSError:
        return False


def python_of(folder):
    # type: (str) -> str
    """Return the Python of the environment `folder`."""
    return os.path.join(folder, "Scripts" if os.name == "nt" else "bin", "python")


def lines_of_uv(lock):
    # type: (bytes) -> bytes
    """Return the part of the lock that names uv and its hashes, or nothing."""
    found = re.search(rb"^uv==.*?[^\\]$", lock, re.MULTILINE | re.DOTALL)
    return found.group(0) + b"\n" if found else b""


def install(folder, lock):
    # type: (str, bytes) -> None
    """Create the environment and fill it; stop with one line if that fails.

    uv installs in a quarter of pip's time, but does not read pip's configuration: where
    it cannot reach an index, pip gets its turn.
    """
    python = find_python()
    print("setting up %s from %s (once, about a minute)" % (folder, LOCK))
    sys.stdout.flush()
    if subprocess.call([python, "-m", "venv", "--clear", folder]) != 0:
        stop("could not create %s; on Debian, install python3-venv" % folder)
    log_name = os.path.join(folder, "install.log")
    if not install_with_uv(folder, lock, log_name):
        install_with_pip(folder, LOCK, log_name)
    with open(os.path.join(folder, "installed-lock.txt"), "wb") as stamp:
        stamp.write(lock)


def install_with_uv(folder, lock, log_name):
    # type: (str, bytes, str) -> bool
    """Install the lock, and say whether that went well."""
    uv_lock = os.path.join(folder, "uv-lock.txt")
    with open(uv_lock, "wb") as part:
        part.write(lines_of_uv(lock))
    install_with_pip(folder, uv_lock, log_name)
    python = python_of(folder)
    command = [python, "-m", "uv", "pip", "install", "--python", python]
    command += HASHED + ["--compile-bytecode", "-r", LOCK]
    with open(log_name, "a") as log:
        # In a terminal uv shows by itself how far it is.
        shown = None if sys.stderr.isatty() else log
        return subprocess.call(command, stdout=log, stderr=shown) == 0


def install_with_pip(folder, lock_name, log_name):
    # type: (str, str, str) -> None
    """Install what the file `lock_name` names; stop with one line if that fails."""
    command = [python_of(folder), "-m", "pip", "install", "--progress-bar", "off"]
    command += HASHED + ["--retries", "2", "-r", lock_name]
    with open(log_name, "w") as log:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        packages = 0
        for line in process.stdout or ():
            log.write(line)
            if line.startswith(("Collecting ", "Processing ")):
                packages += 1
                progress("  %d packages found" % packages)
            elif line.startswith("Installing "):
                progress("  %d packages found, installing\n" % packages)
    if process.wait() != 0:
        with open(log_name) as log:
            text = log.read()
        if any(word in text for word in NETWORK_WORDS):
            stop("could not reach the package index (no network?); see " + log_name)
        stop("pip could not install %s; see %s" % (lock_name, log_name))


def packages():
    # type: () -> list[str]
    """Return the folders of our own packages; none in a copy of parts."""
    wanted = [".", "src/proved_pages", "src/keras_site"]
    return [f for f in wanted if os.path.isfile(os.path.join(f, "pyproject.toml"))]


def stamp_of(found):
    # type: (list[str]) -> bytes
    """Return what the installed packages depend on: where and how they are made."""
    parts = [os.path.abspath(".").encode()]
    for folder in found:
        with open(os.path.join(folder, "pyproject.toml"), "rb") as source:
            parts.append(source.read())
    return b"\n".join(parts)


def add_packages(folder, found, stamp):
    # type: (str, list[str], bytes) -> None
    """Install the packages so that an edit counts at once, without network."""
    command = [python_of(folder), "-m", "pip", "install"]
    command += ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    for each in found:
        command += ["--editable", each]
    log_name = os.path.join(folder, "packages.log")
    with open(log_name, "w") as log:
        if subprocess.call(command, stdout=log, stderr=subprocess.STDOUT) != 0:
            stop("pip could not install the packages of src/; see " + log_name)
    with open(os.path.join(folder, "installed-packages.txt"), "wb") as kept:
        kept.write(stamp)


def main():
    # type: () -> None
    """Bring the environment up to date with the lock and the packages of src/."""
    if sys.version_info < (3, 8):
        find_python()  # only to say what is needed, or to go on with a newer one
    else:
        if TYPE_CHECKING:
            from tools import lock as lock_file
        else:
            import lock as lock_file  # beside this file

        if "--old-lock" not in sys.argv and not lock_file.is_fresh():
            stop(
                "%s is older than requirements.in: run `make lock` (its digest does "
                "not match)" % LOCK
            )
    folder = sys.argv[1]
    with open(LOCK, "rb") as source:
        lock = source.read()
    if not is_stamped(folder, "installed-lock.txt", lock):
        install(folder, lock)
    found = packages()
    stamp = stamp_of(found)
    if found and not is_stamped(folder, "installed-packages.txt", stamp):
        add_packages(folder, found, stamp)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("interrupted; the next make begins again")
