"""Small throw-away sites, built by the real Makefile, conf.py and extensions."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar

import pytest

from _ext import forks, warm_parent
from _ext.kernels import OWNER
from tests.conftest import ROOT

PARTS = (
    "Makefile",
    ".make",
    "conf.py",
    "requirements.in",
    "requirements.txt",
    "docs/_ext",
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


@dataclass
class Site:
    """A copy of the repository with pages of its own."""

    root: Path
    alone: bool = False  # whether each build starts a warm parent of its own
    shared: ClassVar[dict[str, str]] = {}  # how the other builds find a common one

    def page(self, name: str, body: str, head: str = HEAD) -> int:
        """Write a page; return the number of its first line after the head."""
        path = self.root / "docs" / f"{name}.md"
        path.write_text(f"{head}# Page {name}\n\n{body}", encoding="utf-8")
        return len(head.splitlines()) + 3

    @staticmethod
    def command(verb: str, *variables: str) -> list[str]:
        """Return the command of a make target, with this Python's environment."""
        venv = Path(sys.executable).parents[1]
        return ["make", verb, f"VENV={venv}", "JOBS=2", *variables]

    def start(
        self, verb: str = "html", *variables: str, output: IO | int = subprocess.DEVNULL
    ) -> subprocess.Popen:
        """Start a make target in a process group of its own, to be killed with it."""
        return subprocess.Popen(
            self.command(verb, *variables),
            cwd=self.root,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def make(self, verb: str = "html", *variables: str) -> Build:
        """Run a make target to its end."""
        done = subprocess.run(
            self.command(verb, *variables),
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
    return Site(folder)


@pytest.fixture(scope="session", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let builds share the process that has imported TensorFlow, as `make live` does.

    Those of a site that is `alone` do not.
    """
    if forks.why_not():
        yield
        return
    folder = tmp_path_factory.mktemp("warm")
    program = [sys.executable, warm_parent.__file__]
    arguments = [forks.address(os.getpid()), str(os.getpid()), str(folder)]
    with subprocess.Popen(
        program + arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=os.environ | {"KERAS_HOME": str(folder)},
    ) as parent:
        assert parent.stdout.readline() == b"ready\n"
        Site.shared[OWNER] = str(os.getpid())
        yield
        Site.shared.clear()
        parent.terminate()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return a site that has the repository's machinery and no pages yet."""
    return new_site(tmp_path)


@pytest.fixture
def build(site: Site) -> Callable[..., Build]:
    """Return a function that builds a site whose only page has the given body."""

    def build_page(body: str, head: str = HEAD, options: str = "") -> Build:
        site.page("index", body, head)
        return site.make("html", f"SPHINXOPTS={options}")

    return build_page
