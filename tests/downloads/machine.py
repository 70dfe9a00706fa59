"""A machine that runs scripts one after another, each in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import OURS, ROOT

Run = Callable[[Path, Path], subprocess.CompletedProcess]


def plain_environment(home: Path) -> dict[str, str]:
    """Return the environment of a reader who has set nothing, but quiet."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(home),
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


@contextmanager
def machine(home: Path) -> Iterator[Run]:
    """Start plain_machine.py in `home`.

    The function that it yields runs one script to its end, in the folder that it gets.
    """
    server_path = Path(__file__).with_name("plain_machine.py")
    with subprocess.Popen(
        [sys.executable, "-I", server_path, ROOT, *sorted(OURS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what TensorFlow says when it is imported
        text=True,
        cwd=home,
        env=plain_environment(home),
    ) as server:
        assert server.stdout.readline() == "ready\n"
        log = home / "log"

        def run(path: Path, folder: Path) -> subprocess.CompletedProcess:
            job = {"path": str(path), "folder": str(folder), "log": str(log)}
            server.stdin.write(json.dumps(job) + "\n")
            server.stdin.flush()
            status = os.waitstatus_to_exitcode(int(server.stdout.readline()))
            err = Path(f"{log}.err").read_text(encoding="utf-8")
            return subprocess.CompletedProcess(path, status, log.read_text(), err)

        yield run
        server.stdin.close()
