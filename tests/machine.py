"""A machine that runs programs one after another, each in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

Run = Callable[[str, str, Path], subprocess.CompletedProcess]


@contextmanager
def machine(home: Path, env: Mapping[str, str]) -> Iterator[Run]:
    """Start tests/plain_machine.py in `home` with the environment `env`.

    The function that it yields runs one program to its end: its kind, its path or name,
    and the folder to run it in.
    """
    with subprocess.Popen(
        [sys.executable, "-I", Path(__file__).with_name("plain_machine.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what TensorFlow says when it is imported
        text=True,
        cwd=home,
        env=env,
    ) as server:
        assert server.stdout.readline() == "ready\n"
        log = home / "log"

        def run(kind: str, path: str, folder: Path) -> subprocess.CompletedProcess:
            job = {"kind": kind, "path": path, "folder": str(folder), "log": str(log)}
            server.stdin.write(json.dumps(job) + "\n")
            server.stdin.flush()
            status = os.waitstatus_to_exitcode(int(server.stdout.readline()))
            err = Path(f"{log}.err").read_text(encoding="utf-8")
            return subprocess.CompletedProcess(path, status, log.read_text(), err)

        yield run
        server.stdin.close()
