"""Read and write few pages in the process that builds: a fork costs more than a page.

With ``-j``, Sphinx reads and writes in forked processes, even a single page, whose
environment then travels back through a pipe. An author who saves a page waits for
that. So where few pages are read, or written, `Sphinx.parallel` is 1 meanwhile.
"""

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from proved_pages.state import state

FEW = 4  # pages; forks win with more


def read_here(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Read here if `docnames` are few, which Sphinx decides after this event."""
    state(app).stale.update(docnames)
    if len(docnames) <= FEW:
        _work_here(app)


def write_here(app: Sphinx, env: BuildEnvironment) -> None:
    """Write here if few pages changed, which Sphinx decides after this event."""
    restore(app)
    if len(state(app).stale) <= FEW:
        _work_here(app)


def _work_here(app: Sphinx) -> None:
    state(app).parallel = app.parallel
    app.parallel = 1


def restore(app: Sphinx, exception: Exception | None = None) -> None:
    """Give the application back the number of processes that was asked for."""
    wanted = state(app).parallel
    if wanted is not None:
        app.parallel = wanted
        state(app).parallel = None
