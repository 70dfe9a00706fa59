"""A build that is killed at any moment is followed by one that equals a clean one."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from .conftest import Site, cell, claim, new_site
from .test_determinism import contents
from .test_forks import settle

MOMENTS = (0.5, 1.2, 2.0, 2.8, 3.6, 4.4)  # seconds


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


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("state", ["nothing", "an older build"])
def test_the_next_build_is_whole(tmp_path: Path, clean, moment: float, state: str):
    site = new_site(tmp_path)
    if state == "an older build":
        write_pages(site, "Title", 2)
        site.make().passed()
    write_pages(site, "Edited", 3)
    build = site.start()
    try:
        build.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        os.killpg(build.pid, signal.SIGKILL)
        build.wait()
    assert settle(site.root) == []
    site.make().passed()
    assert contents(site).keys() == clean.keys()
    assert [name for name, data in contents(site).items() if data != clean[name]] == []


BEGUN = """\
from pathlib import Path
build = next(p for p in Path.cwd().parents if p.name == "build")
assert [p.parent.name for p in build.rglob("being-read")] == ["page.cache"]
print(6 * 7)"""


def test_a_half_written_cache_is_dropped(site: Site):
    """jupyter-cache writes its database in steps; a kill between them is rare."""
    site.page("index", "```{toctree}\nsub/page\n```\n", head="")
    (site.root / "docs/sub").mkdir()
    site.page("sub/page", cell(BEGUN))
    site.make().passed()
    folder = site.root / "build/.jupyter_cache/sub/page.cache"
    assert (folder / "__version__.txt").exists()
    assert not list(site.root.glob("build/**/being-read"))

    (folder / "being-read").touch()  # as while the page is read
    (folder / "global.db").write_bytes(b"")
    (folder / "__version__.txt").unlink()
    path = site.root / "docs/sub/page.md"
    path.write_text(path.read_text() + "\nMore.\n")
    done = site.make()
    done.passed()
    assert "running  sub/page" in done.output
    assert "More." in (site.root / "build/html/sub/page.html").read_text()
