"""Small throw-away sites, built by the real Makefile, conf.py and extensions."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar, Protocol

import pytest

ROOT = Path(__file__).parents[1]
PARTS = (
    "Makefile",
    "tools",
    "conf.py",
    "requirements.in",
    "requirements.txt",
    "docs/_static",
    "docs/_templates",
    "examples",
)
HEAD = """\
---
file_format: mystnb
kernelspec:
  name: python3
---
"""


def cell(source: str, options: str = "") -> str:
    """Write a code cell."""
    return f"```{{code-cell}} python\n{options}{source}\n```\n\n"


def claim(name: str, statement: str = "Something holds.") -> str:
    """Write a claim without its proof."""
    return f"```{{claim}} {name}\n{statement}\n```\n\n"


@dataclass
class Build:
    """How a build ended, and all that it printed."""

    status: int
    output: str

    def refused(self, *words: str) -> None:
        """Assert that the build failed and that its output holds all `words`."""
        assert self.status != 0, self.output
        for word in words:
            assert word in self.output, f"{word!r} is not in:\n{self.output}"

    def passed(self) -> None:
        """Assert that the build succeeded."""
        assert self.status == 0, self.output


class Quick(Protocol):
    """Runs what a build runs, without starting Python each time."""

    def make(self, site: "Site", verb: str, *variables: str) -> Build:
        """Run what a make target runs."""

    def run(self, site: "Site", module: str, *arguments: str) -> Build:
        """Run a module."""


@dataclass
class Site:
    """A copy of the repository with pages of its own."""

    root: Path
    alone: bool = False  # whether builds are started by make, and share nothing
    shared: ClassVar[dict[str, str]] = {}  # how the other builds find a warm parent
    quick: ClassVar["Quick | None"] = None  # how they run, if not by make

    def page(self, name: str, body: str, head: str = HEAD) -> int:
        """Write a page; return the number of its first line after the head."""
        path = self.root / "docs" / f"{name}.md"
        path.write_text(f"{head}# Page {name}\n\n{body}", encoding="utf-8")
        return len(head.splitlines()) + 3

    def without_tensorflow(self, *modules: str) -> None:
        """Let kernels be forked from a process that has imported only `modules`."""
        with (self.root / "conf.py").open("a", encoding="utf-8") as conf:
            conf.write(f"\nproved_warm_modules = {list(modules)!r}\n")
            conf.write("proved_quiet_start = {}\n")

    @staticmethod
    def command(verb: str, *variables: str) -> list[str]:
        """Return the command of a make target, with this Python's environment."""
        venv = Path(sys.executable).parents[1]
        return ["make", verb, f"VENV={venv}", "JOBS=2", *variables]

    def start(
        self,
        verb: str = "html",
        *variables: str,
        output: IO[bytes] | int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """Start a make target in a process group of its own, to be killed with it."""
        return subprocess.Popen(
            self.command(verb, *variables),
            cwd=self.root,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def own_packages(self, environment: pytest.MonkeyPatch) -> Path:
        """Give the site a copy of the packages, to be changed; return its folder.

        A build must import it, so it starts Python.
        """
        self.alone = True
        ignore = shutil.ignore_patterns("__pycache__", "pyproject.toml", "*.egg-info")
        folder = self.root / "src"
        shutil.copytree(ROOT / "src", folder, ignore=ignore)
        environment.setenv("PYTHONPATH", str(folder))
        return folder

    def make(self, verb: str = "html", *variables: str) -> Build:
        """Run a make target to its end."""
        if self.quick and not self.alone and verb in ("html", "doctest"):
            return self.quick.make(self, verb, *variables)
        return self._run(self.command(verb, *variables))

    def python(self, module: str, *arguments: str) -> Build:
        """Do what ``python -m MODULE ARGUMENTS`` does in the folder of the site."""
        if self.quick and not self.alone:
            return self.quick.run(self, module, *arguments)
        return self._run([sys.executable, "-m", module, *arguments])

    def _run(self, command: list[str]) -> Build:
        done = subprocess.run(
            command,
            cwd=self.root,
            env=os.environ | ({} if self.alone else self.shared),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=180,
        )
        return Build(done.returncode, done.stdout)


def new_site(folder: Path) -> Site:
    """Make a site in `folder` that has the repository's machinery and no pages yet."""
    for part in PARTS:
        source, target = ROOT / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target, ignore=ignore)
        else:
            shutil.copy(source, target)
    # The hunts and mutants of this site's claims; those of a small one have no kinds.
    with (folder / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write('\nproved_hunts = proved_mutants = ""\n')
    return Site(folder)
