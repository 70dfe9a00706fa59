"""A build that is killed at any moment is followed by one that equals a clean one."""

import os
import signal
from collections.abc import Callable

import pytest

from tests.waiting import wait_for

from .conftest import Site, cell, claim, new_site
from .kept import Kept
from .test_determinism import contents
from .test_forks import nothing_runs

pytestmark = [pytest.mark.xdist_group("killed")]

BEGAN = "began"  # a file, as old as the build that is killed


def says(words: str) -> Callable[[Site, str], bool]:
    """Return a moment: when the build has said `words`."""
    return lambda site, output: words in output


def writes(pattern: str) -> Callable[[Site, str], bool]:
    """Return a moment: when the build has written such a file."""

    def has_written(site: Site, output: str) -> bool:
        began = (site.root / BEGAN).stat().st_mtime_ns
        found = site.root.glob(f"build/{pattern}")
        return any(path.stat().st_mtime_ns > began for path in found)

    return has_written


# What a build does, in its order: each is seen from outside.
MOMENTS: dict[str, Callable[[Site, str], bool]] = {
    "it sets up": lambda site, output: True,
    "a cell runs": says("  running  page"),
    "a result is kept": writes("executed/page*.ipynb"),
    "a page has run": says("  done     page"),
    "pages are read": says("reading "),
    "a page was read": writes("doctrees/page*.ipynb"),
    "what was read is kept": writes("doctrees/environment.pickle"),
    "the search is written": writes("html/_static/search-index.js"),
    "pages are written": writes("html/page*.html"),
}


# A build after an edit is killed at these in each run, and at the others every week.
EACH_RUN = ("a cell runs", "a result is kept", "a page was read", "pages are written")

# With nothing there before, most of them leave nothing that a build could fall over.
FIRST_TIME = ("what was read is kept",)


def write_pages(site: Site, title: str, number: int) -> None:
    """Write a site whose pages show each other's titles and claims."""
    names = [f"page{n}" for n in range(6)]
    toctree = "\n".join(["```{toctree}", *names, "```"])
    site.page("index", f"{toctree}\n\n```{{claim-ledger}}\n```\n")
    for n, name in enumerate(names):
        link = f"{{doc}}`page{(n + 1) % 6}`"
        proof = f"n = int('{number}')\nprint(n * {n})\nassert n > 1"
        site.page(name, f"{link}\n\n{claim(f'claim-{n}', title)}{cell(proof)}")
        path = site.root / f"docs/{name}.md"
        path.write_text(path.read_text().replace("# Page", f"# {title}", 1))


@pytest.fixture(scope="module")
def older(tmp_path_factory) -> Kept:
    """Build the pages as they are before the edit."""

    def write(site: Site) -> None:
        site.without_tensorflow()
        write_pages(site, "Title", 2)

    return Kept(tmp_path_factory.mktemp("older"), write)


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> dict[str, bytes]:
    """Return the files of a clean build of the pages as they are after it."""
    site = new_site(tmp_path_factory.mktemp("clean"))
    site.without_tensorflow()
    write_pages(site, "Edited", 3)
    site.make().passed()
    return contents(site)


def kill_when(moment: Callable[[Site, str], bool], site: Site) -> None:
    """Build as people do, and kill all of it at `moment`."""
    (site.root / BEGAN).touch()
    log = site.root / "output.txt"
    with log.open("w") as output:
        build = site.start(output=output)
    try:
        wait_for(
            "the moment, or the end",
            lambda: build.poll() is not None or moment(site, log.read_text()),
        )
    finally:
        if build.poll() is None:
            os.killpg(build.pid, signal.SIGKILL)
    assert build.wait() == -signal.SIGKILL, f"it ended before:\n{log.read_text()}"
    nothing_runs(site.root)


def is_whole(site: Site, clean: dict[str, bytes]) -> None:
    """Build once more; assert that nothing tells of the build that was killed."""
    site.make().passed()
    found = contents(site)
    assert found.keys() == clean.keys()
    assert [name for name, data in found.items() if data != clean[name]] == []
    assert not list(site.root.glob("build/executed/**/*.part"))


@pytest.mark.parametrize("moment", EACH_RUN)
def test_the_next_build_is_whole(older: Kept, clean, moment: str):
    with older.again() as site:
        write_pages(site, "Edited", 3)
        kill_when(MOMENTS[moment], site)
        is_whole(site, clean)


@pytest.mark.weekly
@pytest.mark.parametrize("moment", [name for name in MOMENTS if name not in EACH_RUN])
def test_the_next_build_is_whole_at_other_moments(older: Kept, clean, moment: str):
    test_the_next_build_is_whole(older, clean, moment)


@pytest.mark.parametrize("moment", FIRST_TIME)
def test_the_first_build_is_whole(site: Site, clean, moment: str):
    site.without_tensorflow()
    write_pages(site, "Edited", 3)
    kill_when(MOMENTS[moment], site)
    is_whole(site, clean)


@pytest.mark.weekly
@pytest.mark.parametrize("moment", [name for name in MOMENTS if name not in FIRST_TIME])
def test_the_first_build_is_whole_at_other_moments(site: Site, clean, moment: str):
    test_the_first_build_is_whole(site, clean, moment)


def test_what_ran_before_the_kill_is_used(site: Site):
    """And what was being written then is removed."""
    site.without_tensorflow()
    write_pages(site, "Title", 3)
    kill_when(says("  done     page"), site)
    part = site.root / "build/executed/page0.x.ipynb.4194305.part"  # above pid_max
    part.write_text("{")
    kept = len(list(site.root.glob("build/executed/page*.ipynb")))
    assert 1 <= kept <= 6
    done = site.python("proved_pages.execute", ".", "docs", "build/executed", "-j", "2")
    done.passed()
    assert done.output.count("  running  ") == 6 - kept
    assert not part.exists()
