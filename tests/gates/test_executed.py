"""Results of cells: kept by what they depend on, carried, shared, and never missing."""

import json
import re
import shutil
from pathlib import Path

import pytest

from proved_pages.execute.results import KEPT

from .conftest import HEAD, Build, Site, cell, claim, new_site
from .kept import Kept
from .test_determinism import contents
from .test_freshness import ran, two_pages

pytestmark = [pytest.mark.xdist_group("two-pages")]

FIRST = len(HEAD.splitlines()) + 3


def execute(site: Site, *options: str, folder: str = "build/executed") -> Build:
    """Run the stage alone."""
    return site.python("proved_pages.execute", ".", "docs", folder, *options)


def results(site: Site) -> list[str]:
    """List the results of a site, without the keys."""
    folder = site.root / "build/executed"
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*.ipynb"))
    return sorted(path.rsplit(".", 2)[0] for path in paths)


# --- carried ------------------------------------------------------------------------


@pytest.fixture
def carried(kept: Kept, tmp_path: Path) -> Site:
    """Return a second copy of a site, with the results of the first one."""
    second = new_site(tmp_path / "elsewhere/second")
    two_pages(second)
    shutil.copytree(kept.site.root / "build/executed", second.root / "build/executed")
    return second


def test_carried_results_are_used(kept: Kept, carried: Site):
    done = carried.make()
    done.passed()
    assert ran(done.output) == set()
    assert "3 cells (0 run now" in done.output
    assert contents(carried) == contents(kept.site)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_carried_results_become_stale(carried: Site):
    """By a change of an example, of the lock, or of the kernels' environment."""
    replace(carried.root / "examples/base.py", "15", "16")
    done = execute(carried)
    done.passed()
    assert ran(done.output) == {"user"}
    lock = carried.root / "requirements.txt"
    lock.write_text(lock.read_text() + "# another lock\n")
    done = execute(carried)
    done.passed()
    assert ran(done.output) == {"index", "user", "other"}
    conf = carried.root / "conf.py"
    replace(conf, '"PYTHONHASHSEED": "0"', '"PYTHONHASHSEED": "1"')
    done = execute(carried)
    done.passed()
    assert ran(done.output) == {"index", "user", "other"}
    assert "0 cells on 0 pages run now" in execute(carried).output


def test_a_copy_that_was_cut_off_is_no_result(carried: Site):
    path = next(carried.root.glob("build/executed/user.*.ipynb"))
    path.write_bytes(path.read_bytes()[:-20])
    done = execute(carried)
    done.passed()
    assert ran(done.output) == {"user"}


def test_results_hold_no_prose_and_no_path(kept: Kept):
    paths = list(kept.site.root.glob("build/executed/*"))
    assert len(paths) >= 3
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert "Words." not in text
        assert "Page user" not in text
        assert str(kept.site.root.parent) not in text


# --- shares -------------------------------------------------------------------------


def test_two_shares_run_every_page_once(site: Site):
    names = [f"page{n}" for n in range(7)]
    site.page("index", "\n".join(["```{toctree}", *names, "```"]))
    for n, name in enumerate(names):
        site.page(name, cell(f"print({n})") * (n + 1))
    seen = []
    for part in ("1/2", "2/2"):
        done = execute(site, "--share", part, folder=f"build/share{part[0]}/executed")
        done.passed()
        seen += ran(done.output)
        shutil.copytree(
            site.root / f"build/share{part[0]}/executed",
            site.root / "build/executed",
            dirs_exist_ok=True,
        )
    assert sorted(seen) == names
    done = site.make()
    done.passed()
    assert "28 cells (0 run now" in done.output


def test_no_share(site: Site):
    done = execute(site, "--share", "3/2")
    assert done.status == 2
    assert "'3/2' is no share" in done.output


def test_the_stage_alone_tells_problems(site: Site):
    site.page("index", "```{toctree}\nother\n```\n\n" + cell("print(1)"))
    first = site.page(
        "other", claim("one-is-two") + cell("one = int('1')\nassert one == 2")
    )
    for _ in range(2):
        done = execute(site)
        line = first + len(claim("one-is-two").splitlines())
        done.refused(
            "1 problem",
            f"docs/other.md:{line}: the claim `one-is-two` does not hold: its proof",
            "AssertionError",
            "Cure:",
        )
        assert results(site) == ["index"]
    assert ran(done.output) == {"other"}


# --- plain Sphinx -------------------------------------------------------------------


def test_plain_sphinx_runs_every_cell(site: Site):
    """Started as people start it; and it fails on a broken cell, time and again."""
    two_pages(site)
    site.alone = True
    site.without_tensorflow()
    command = ("sphinx", "build", "-c", ".", "docs", "out")
    done = site.python(*command)
    done.passed()
    assert ran(done.output) == {"index", "user", "other"}
    assert "3 cells (3 run now" in done.output
    assert ">15" in (site.root / "out/user.html").read_text(encoding="utf-8")
    assert not list(site.root.glob("out/*executed")) + list(site.root.glob("out/kern*"))
    (site.root / "examples/base.py").write_text("NUMBER = 1 / 0\n")
    site.alone = False
    for _ in range(2):
        done = site.python(*command)
        done.refused(f"docs/user.md:{FIRST}:", "ZeroDivisionError", "Cure:")
        assert ran(done.output) == {"user"}


def test_another_builder_runs_nothing_again(two: Site):
    done = two.make("doctest")
    done.passed()
    assert ran(done.output) == set()


# --- a result for every page --------------------------------------------------------

LATE_EDIT = """

def edit(app, env, docnames):
    path = app.srcdir / "index.md"
    path.write_text(path.read_text().replace("print(1)", "print(2)"))


def setup(app):
    app.connect("env-before-read-docs", edit)
"""


def test_a_page_without_a_result_is_refused(site: Site):
    """It was saved after its cells ran and before Sphinx read it."""
    first = site.page("index", cell("print(1)"))
    conf = site.root / "conf.py"
    conf.write_text(conf.read_text(encoding="utf-8") + LATE_EDIT, encoding="utf-8")
    site.make().refused(
        f"docs/index.md:{first}: the cells of this page have no result",
        "Cure: build again",
    )
    site.make().passed()
    assert ">2" in (site.root / "build/html/index.html").read_text(encoding="utf-8")


def test_mystnb_must_not_run_cells(build):
    done = build(cell("print(1)"), options="-D nb_execution_mode=force")
    done.refused("nb_execution_mode = 'force'", "drop the line from conf.py")


# --- what is kept -------------------------------------------------------------------


def test_the_newest_results_of_a_page_are_kept(site: Site):
    site.page("index", cell("print(0)"))
    site.page(
        "gone", cell("print(0)"), head=HEAD.replace("---\n", "---\norphan: 1\n", 1)
    )
    for n in range(KEPT + 1):
        site.page("index", cell(f"print({n})"))
        execute(site).passed()
    assert results(site) == ["gone", *["index"] * KEPT]
    (site.root / "docs/gone.md").unlink()
    site.page("index", cell("print(1)"))  # as another branch has it
    done = execute(site)
    done.passed()
    assert ran(done.output) == set()
    assert results(site) == ["index"] * KEPT


def test_seconds_are_kept_and_not_published(kept: Kept):
    for name in ("times.json", "cpu.json"):
        kept_seconds = kept.site.root / "build/executed" / name
        seconds = json.loads(kept_seconds.read_text(encoding="utf-8"))
        assert set(seconds) == {"index", "user", "other"}
        assert min(seconds.values()) > 0
        assert name not in contents(kept.site)


def test_pages_over_their_budget_are_named(two: Site):
    """By the CPU seconds of the run that was kept, whenever that was."""
    cpu = two.root / "build/executed/cpu.json"
    cpu.write_text('{"index": 19.5, "other": 701.0, "user": 20.5}')
    page = two.root / "docs/user.md"
    page.write_text(page.read_text() + "\nA new sentence.\n")
    done = two.make()
    done.passed()
    found = re.findall(
        r"the cells of (.*?); (?:a page|they) may take (\d+)", done.output
    )
    assert found == [
        ("other took 701 CPU seconds", "20"),
        ("user took 20 CPU seconds", "20"),
        ("all pages took 741 CPU seconds", "720"),
    ]
