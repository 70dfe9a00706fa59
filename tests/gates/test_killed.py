"""A build that is killed at any moment is followed by one that equals a clean one."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Site, cell, claim, new_site
from .test_determinism import contents
from .test_forks import settle

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
    "pages are written": writes("html/page*.html"),
    "the search is written": writes("html/search-index.js"),
}


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
def clean(tmp_path_factory) -> dict[str, bytes]:
    """Return the files of a clean build of the pages as they are after the edit."""
    site = new_site(tmp_path_factory.mktemp("clean"))
    write_pages(site, "Edited", 3)
    site.make().passed()
    return contents(site)


def kill_when(moment: Callable[[Site, str], bool], site: Site) -> None:
    """Build, and kill all of it at `moment`, or let it end if that comes first."""
    (site.root / BEGAN).touch()
    log = site.root / "output.txt"
    with log.open("w") as output:
        build = site.start(output=output)
    while build.poll() is None:
        if moment(site, log.read_text()):
            os.killpg(build.pid, signal.SIGKILL)
            break
        time.sleep(0.005)
    build.wait()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("state", ["nothing", "an older build"])
def test_the_next_build_is_whole(tmp_path: Path, clean, moment: str, state: str):
    site = new_site(tmp_path)
    if state == "an older build":
        write_pages(site, "Title", 2)
        site.make().passed()
    write_pages(site, "Edited", 3)
    kill_when(MOMENTS[moment], site)
    assert settle(site.root) == []
    site.make().passed()
    assert contents(site).keys() == clean.keys()
    assert [name for name, data in contents(site).items() if data != clean[name]] == []
    assert not list(site.root.glob("build/executed/**/*.part"))


def test_what_ran_before_the_kill_is_used(site: Site):
    """And what was being written then is removed."""
    write_pages(site, "Title", 3)
    kill_when(says("  done     page"), site)
    part = site.root / "build/executed/page0.x.ipynb.4194305.part"  # above pid_max
    part.write_text("{")
    kept = len(list(site.root.glob("build/executed/page*.ipynb")))
    assert 1 <= kept <= 6
    done = site.make()
    done.passed()
    assert done.output.count("  running  ") == 6 - kept
    assert not part.exists()
