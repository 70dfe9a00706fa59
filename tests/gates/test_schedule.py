"""The longest pages come first, and workers and machines have equally much to do."""

import random
from itertools import chain

import pytest

import conf
from proved_pages.execute.schedule import (
    estimate,
    expected,
    longest_first,
    parse_share,
    share,
)

from .conftest import Site, cell


def some_pages() -> dict[str, int]:
    """Return seconds by page: one page in four trains."""
    chance = random.Random(0)
    seconds = {f"a{n:02}": chance.randint(1, 12) for n in range(70)}
    return seconds | {f"recipe{n:02}": chance.randint(30, 90) for n in range(22)}


def finish(queue: list[str], seconds: dict[str, int], workers: int) -> int:
    """Let each worker take the next page when it is done; return when all are."""
    ends = [0] * workers
    for page in queue:
        ends[ends.index(min(ends))] += seconds[page]
    return max(ends)


@pytest.mark.parametrize("workers", [2, 3, 4, 8])
def test_no_worker_works_long_alone(workers: int):
    """Even with estimates that are wrong by a half."""
    seconds, chance = some_pages(), random.Random(1)
    guessed = {page: s * chance.uniform(0.5, 1.5) for page, s in seconds.items()}
    least = max(sum(seconds.values()) / workers, max(seconds.values()))
    ours = finish(longest_first(guessed), seconds, workers)
    assert ours < finish(sorted(seconds), seconds, workers)
    assert ours < 1.1 * least


def test_a_page_that_trains_takes_longest():
    trains = cell("import keras\nresult = example.main()")
    shows = cell("import keras") * 12
    slow = conf.proved_slow_calls
    assert estimate(trains, slow) > estimate(shows, slow) > estimate("No cell.", slow)


def test_the_last_time_is_better_than_an_estimate():
    estimates = {"short": 1, "long": 50, "new": 10}
    assert longest_first(expected(estimates, {})) == ["long", "new", "short"]
    lengths = expected(estimates, {"short": 9.9, "long": 0.3, "gone": 100.0})
    assert lengths == {"short": 9.9, "long": 0.3, "new": pytest.approx(2.0)}
    assert longest_first(lengths) == ["short", "new", "long"]


@pytest.mark.parametrize("machines", [1, 2, 4, 7])
def test_shares_hold_every_page_once_and_are_equal(machines: int):
    seconds = some_pages()
    numbers = range(1, machines + 1)
    found = [share(seconds, number, machines) for number in numbers]
    assert sorted(chain.from_iterable(found)) == sorted(seconds)
    sums = [sum(seconds[page] for page in pages) for pages in found]
    assert max(sums) < 1.1 * sum(seconds.values()) / machines
    shuffled = dict(sorted(seconds.items(), key=lambda item: hash(item[0])))
    assert [share(shuffled, number, machines) for number in numbers] == found


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/2/3", "a/b", "-1/2", ""])
def test_what_is_no_share(text: str):
    assert parse_share("2/4") == (2, 4)
    with pytest.raises(ValueError, match="is no share"):
        parse_share(text)


def test_pages_are_run_in_that_order(site: Site):
    site.page("index", "```{toctree}\nalpha\nomega\n```\n")
    site.page("alpha", cell("print('short')"))
    site.page("omega", cell("def fit():\n    print('long')\n\n\nfit()"))
    folder = "build/executed"
    done = site.python("proved_pages.execute", ".", "docs", folder, "-j", "1")
    done.passed()
    assert done.output.index("running  omega") < done.output.index("running  alpha")
