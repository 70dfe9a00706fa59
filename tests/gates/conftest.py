"""Small throw-away sites: fixtures."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from proved_pages.execute import forks, warm_parent
from proved_pages.execute.kernels import OWNER
from tools.throwaway import HEAD, Build, Site, cell, claim, new_site

from .forked_builds import WarmPython, warm_python
from .kept import Kept

__all__ = ["HEAD", "Build", "Site", "cell", "claim", "new_site"]


@pytest.fixture(scope="session", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmPython | None]:
    """Fork builds and kernels from processes that have imported what they need.

    Nothing here needs TensorFlow, and it is not imported, but by the builds of a site
    that is `alone`: these are started by make, and share nothing.
    """
    if forks.why_not():
        yield None
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
        with warm_python(tmp_path_factory.mktemp("builds")) as python:
            Site.quick = python
            yield python
        Site.shared.clear()
        Site.quick = None
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


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Return the site of two pages and a first one, built and never changed."""
    from .test_freshness import two_pages

    return Kept(tmp_path_factory.mktemp("kept"), two_pages)


@pytest.fixture
def two(kept: Kept) -> Iterator[Site]:
    """Return the same site, to be changed."""
    with kept.again() as site:
        yield site
