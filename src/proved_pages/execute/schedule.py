"""Read the longest pages first, and hand out less and less, so that all end together.

With ``-j`` Sphinx cuts the list of pages into batches of one size, and each process
takes the next batch when it is done. In the order of the alphabet the recipes, which
train, come last and in one batch, and one core works while the others wait. Here the
longest pages come first, and each batch is a share of what is left ("guided
self-scheduling", Polychronopoulos and Kuck, 1987, doi:10.1109/TC.1987.5009495).

How long a page will take is not known before it ran, but nearly all of the time is
training. So pages are compared by the calls in their cells that train.
"""

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import sphinx.builders
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.parallel import make_chunks

from proved_pages.state import state

_CELL = re.compile(r"^```\{code-cell\}", re.MULTILINE)


def estimate(source: str, slow_calls: Mapping[str, int]) -> int:
    """Return about how long a page takes, in plain cells.

    `slow_calls` are patterns of code that takes longer, and how many times as long.
    """
    slow = (n * len(re.findall(part, source)) for part, n in slow_calls.items())
    return len(_CELL.findall(source)) + sum(slow)


def longest_first(estimates: dict[str, int], docnames: list[str]) -> list[str]:
    """Return the pages with the longest ones first."""
    return sorted(docnames, key=lambda page: (-estimates[page], page))


def batches(
    estimates: dict[str, int], docnames: list[str], processes: int
) -> list[list[str]]:
    """Return the pages in batches, in the order in which Sphinx is to be given them.

    A batch takes an equal share, and a fourth of that, of what is left: the first ones
    hold one or two of the longest pages, the later ones more and more short pages. None
    is below a hundredth of the whole, because each costs a fork of the build.
    """
    pages = longest_first(estimates, docnames)
    whole = left = sum(estimates[page] for page in pages)
    found: list[list[str]] = []
    while pages:
        share, batch = 0, []
        while pages and (not batch or share < max(left / (4 * processes), whole / 100)):
            batch.append(pages.pop(0))
            share += estimates[batch[-1]]
        left -= share
        found.append(batch)
    # `ParallelTasks` of Sphinx starts as many as there are processes, and takes each
    # later one from the end of those that wait.
    return found[:processes] + found[: processes - 1 : -1]


def order(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Let Sphinx read the pages that are about to be read in that order.

    One page is read, and written, in this process: what an author waits for after a
    save is 0.3 s shorter without the forks and what they send back.
    """
    state(app).parallel = app.parallel
    if len(docnames) == 1:
        app.parallel = 1
    texts = {p: Path(env.doc2path(p)).read_text(encoding="utf-8") for p in docnames}
    slow = app.config.proved_slow_calls
    estimates = {page: estimate(text, slow) for page, text in texts.items()}
    docnames[:] = longest_first(estimates, docnames)
    # Sphinx has no option for it. Were the name gone, its own batches would be used.
    sphinx.builders.make_chunks = partial(batches, estimates)


def as_before(app: Sphinx, env: BuildEnvironment) -> None:
    """Let Sphinx cut what it writes as it does: that is evenly long.

    Pages are written side by side again if a single page that was read changes many,
    as a new title does.
    """
    sphinx.builders.make_chunks = make_chunks
    if state(app).parallel is not None:
        app.parallel = state(app).parallel
