"""The longest pages come first, and the processes have equally much to do."""

import random

import pytest
from sphinx.util.parallel import make_chunks

from _ext.schedule import deal, estimate

from .conftest import Site, cell


def finish(batches: list[list[str]], seconds: dict[str, int], processes: int) -> int:
    """Play Sphinx: a process takes the next batch when it is done; return the end."""
    ends = [0] * processes
    for batch in batches:
        ends[ends.index(min(ends))] += sum(seconds[page] for page in batch)
    return max(ends)


@pytest.mark.parametrize("processes", [2, 3, 4, 8])
def test_no_process_works_long_alone(processes: int):
    """With one page in four that trains, all of them last in the alphabet."""
    chance = random.Random(0)
    seconds = {f"a{n:02}": chance.randint(1, 12) for n in range(70)}
    seconds |= {f"recipe{n:02}": chance.randint(30, 90) for n in range(22)}
    least = max(sum(seconds.values()) / processes, max(seconds.values()))
    ours = finish(make_chunks(deal(seconds, processes), processes), seconds, processes)
    stock = finish(make_chunks(sorted(seconds), processes), seconds, processes)
    assert ours < stock
    assert ours < 1.15 * least


def test_every_page_is_read_once():
    for count in (0, 1, 2, 5, 19, 92):
        seconds = {f"p{n}": n % 7 for n in range(count)}
        for processes in (1, 2, 16, 64):
            assert sorted(deal(seconds, processes)) == sorted(seconds)


def test_a_page_that_trains_takes_longest():
    trains = cell("import keras\nresult = example.main()")
    shows = cell("import keras") * 12
    assert estimate(trains) > estimate(shows) > estimate("No cell.")


def test_pages_are_read_in_that_order(site: Site):
    site.page("index", "```{toctree}\nalpha\nomega\n```\n")
    site.page("alpha", cell("print('short')"))
    site.page("omega", cell("def fit():\n    print('long')\n\n\nfit()"))
    done = site.make("html", "JOBS=1")
    done.passed()
    assert done.output.index("running  omega") < done.output.index("running  alpha")
