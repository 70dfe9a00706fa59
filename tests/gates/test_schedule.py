"""The longest pages come first, and the processes have equally much to do."""

import random
import re
from itertools import chain
from types import SimpleNamespace

import pytest
from sphinx.util.parallel import make_chunks

import conf
from proved_pages.execute import schedule
from proved_pages.execute.schedule import batches, estimate

from .conftest import Site, cell


def finish(work: list[list[str]], seconds: dict[str, int], processes: int) -> int:
    """Play Sphinx's `ParallelTasks`: the first ones, then from the end; return when."""
    ends = [0] * processes
    waiting = work[processes:]
    for batch in work[:processes] + waiting[::-1]:
        ends[ends.index(min(ends))] += sum(seconds[page] for page in batch)
    return max(ends)


@pytest.mark.parametrize("processes", [2, 3, 4, 8])
def test_no_process_works_long_alone(processes: int):
    """With one page in four that trains, and estimates that are wrong by a half."""
    chance = random.Random(0)
    seconds = {f"a{n:02}": chance.randint(1, 12) for n in range(70)}
    seconds |= {f"recipe{n:02}": chance.randint(30, 90) for n in range(22)}
    guessed = {page: int(s * chance.uniform(0.5, 1.5)) for page, s in seconds.items()}
    least = max(sum(seconds.values()) / processes, max(seconds.values()))
    ours = finish(batches(guessed, list(seconds), processes), seconds, processes)
    stock = finish(make_chunks(sorted(seconds), processes), seconds, processes)
    assert ours < stock
    assert ours < 1.1 * least


def test_every_page_is_read_once():
    for count in (0, 1, 2, 5, 19, 92):
        seconds = {f"p{n}": n % 7 for n in range(count)}
        for processes in (1, 2, 16, 64):
            found = batches(seconds, list(seconds), processes)
            assert sorted(chain.from_iterable(found)) == sorted(seconds)
            assert len(found) <= 100


def test_a_page_that_trains_takes_longest():
    trains = cell("import keras\nresult = example.main()")
    shows = cell("import keras") * 12
    slow = conf.proved_slow_calls
    assert estimate(trains, slow) > estimate(shows, slow) > estimate("No cell.", slow)


def test_pages_are_read_in_that_order(site: Site):
    site.page("index", "```{toctree}\nalpha\nomega\n```\n")
    site.page("alpha", cell("print('short')"))
    site.page("omega", cell("def fit():\n    print('long')\n\n\nfit()"))
    done = site.make("html", "JOBS=1")
    done.passed()
    assert done.output.index("running  omega") < done.output.index("running  alpha")


class App:
    """As much of Sphinx as `schedule` needs."""

    parallel = 8
    config = SimpleNamespace(proved_slow_calls={})


def test_pages_are_written_side_by_side_after_one_was_read(tmp_path):
    """A single page is read in this process; a new title changes all of them."""
    (tmp_path / "one.md").write_text("# One")
    env = SimpleNamespace(doc2path=lambda page: tmp_path / f"{page}.md")
    app = App()
    schedule.order(app, env, ["one"])
    assert app.parallel == 1
    schedule.as_before(app, env)
    assert app.parallel == 8


def test_sphinx_asks_for_these_batches(site: Site, monkeypatch):
    """The name that is replaced is the one that Sphinx calls, and only to read."""
    names = [f"page{n}" for n in range(12)]
    site.page("index", "\n".join(["```{toctree}", *names, "```"]))
    for name in names:
        site.page(name, "Words.")
    said = "print('batches', len(docnames), len(found), flush=True)"
    path = site.own_packages(monkeypatch) / "proved_pages/execute/schedule.py"
    text = path.read_text(encoding="utf-8")
    before = "    # `ParallelTasks` of Sphinx starts"
    assert before in text
    path.write_text(text.replace(before, f"    {said}\n{before}"), encoding="utf-8")
    done = site.make()
    done.passed()
    assert re.findall("batches .*", done.output) == ["batches 13 13"]
