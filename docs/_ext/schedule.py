"""Read the longest pages first, and give each process as much to do as the others.

With ``-j`` Sphinx cuts the list of pages into batches of one size, and each process
takes the next batch when it is done. In the order of the alphabet the recipes, which
train, come last and in one batch, and one core works while the others wait.

How long a page will take is not known before it ran, but nearly all of the time is
training. So pages are compared by the calls in their cells that train.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.parallel import make_chunks

# What a page is made of, and about how many times as long as a plain cell it takes:
# CPU time of all cells of this site, fitted once. Only the order matters.
WEIGHTS = (
    (re.compile(r"^```\{code-cell\}", re.MULTILINE), 1),
    (re.compile(r"\.main\("), 50),  # an example: loads data, trains, compares
    (re.compile(r"\bfit\("), 8),
    (re.compile(r"\btrain\("), 16),
    (re.compile(r"\bsurvey\("), 60),  # builds ten networks of keras.applications
)


def estimate(source: str) -> int:
    """Return about how long a page takes, in cells that only build a model."""
    return sum(weight * len(part.findall(source)) for part, weight in WEIGHTS)


def deal(estimates: dict[str, int], processes: int) -> list[str]:
    """Return the pages in the order in which they are to be handed to Sphinx.

    The first batch of each process takes the longest pages, dealt so that these
    batches take equally long. The short ones follow; they fill what is uneven.
    """
    pages = sorted(estimates, key=lambda page: (-estimates[page], page))
    if processes < 2 or not pages:
        return pages
    sizes = [len(batch) for batch in make_chunks(pages, processes)]
    first: list[list[str]] = [[] for _ in sizes[:processes]]
    for page in pages[: sum(sizes[:processes])]:
        open_ = [n for n in range(len(first)) if len(first[n]) < sizes[n]]
        least = min(open_, key=lambda n: sum(estimates[p] for p in first[n]))
        first[least].append(page)
    return [p for batch in first for p in batch] + pages[sum(sizes[:processes]) :]


def order(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Put the pages that are about to be read into that order."""
    texts = {p: Path(env.doc2path(p)).read_text(encoding="utf-8") for p in docnames}
    estimates = {page: estimate(text) for page, text in texts.items()}
    docnames[:] = deal(estimates, app.parallel)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("env-before-read-docs", order, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
