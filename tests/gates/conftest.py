"""Small throw-away sites: fixtures."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conf import proved_warm_modules
from proved_pages.execute import forks, warm_parent
from proved_pages.execute.kernels import OWNER
from tools.throwaway import HEAD, Build, Site, cell, claim, new_site

__all__ = ["HEAD", "Build", "Site", "cell", "claim", "new_site"]


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
    arguments += proved_warm_modules
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
