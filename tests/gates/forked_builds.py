"""Run the commands of the Makefile in forks of one Python that has imported Sphinx.

Which commands these are, ``make --dry-run`` says, so a build is that of the Makefile in
all but its start: `warm_python` says what that is.
"""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.throwaway import Build, Site


class WarmPython:
    """The process that forks, and what it is asked."""

    def __init__(self, process: subprocess.Popen, log: Path) -> None:
        """Ask `process`; let commands write to the file `log`."""
        self.process = process
        self.log = log

    def run(self, site: Site, module: str, *arguments: str) -> Build:
        """Do what ``python -m MODULE ARGUMENTS`` does in the folder of a site."""
        self.log.unlink(missing_ok=True)
        job = {
            "cwd": str(site.root),
            "env": os.environ | site.shared,
            "module": module,
            "arguments": arguments,
            "output": str(self.log),
        }
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        return Build(status, self.log.read_text(encoding="utf-8"))

    def make(self, site: Site, verb: str, *variables: str) -> Build:
        """Run the Python modules that a make target runs, in their order.

        The environment is not set up: it is the one that runs the tests.
        """
        listed = subprocess.run(
            [*site.command(verb, *variables), "--dry-run"],
            cwd=site.root,
            text=True,
            check=True,
            capture_output=True,
        )
        whole = Build(0, "")
        for line in listed.stdout.splitlines():
            _, *words = shlex.split(line)
            if words[0] == "-m" and whole.status == 0:
                done = self.run(site, *words[1:])
                whole = Build(done.status, whole.output + done.output)
        return whole


@contextmanager
def warm_python(folder: Path) -> Iterator[WarmPython]:
    """Start the process; it keeps nothing but a log in `folder`."""
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("warm_python.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
    ) as process:
        yield WarmPython(process, folder / "output.txt")
        process.stdin.close()
