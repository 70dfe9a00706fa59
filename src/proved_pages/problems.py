"""Collect what is wrong with the pages, and fail the build with all of it at once.

Who reads pages calls `report`; the stage before, which runs cells, calls `note`. When
every page has been read, and before anything is written or kept, the build stops with
one entry per problem: file, line, what is wrong, and the cure. After such a build all
pages are read again, so that a second run finds the same problems; a plain warning
would be forgotten with the page that raised it (sphinx-doc/sphinx issue 725). For the
same reason `stay_red` turns warnings into a failure at the end of the build.
"""

import logging
from pathlib import Path
from typing import NoReturn

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import is_suppressed_warning

from proved_pages.by_page import noted
from proved_pages.state import Problem, state

FACTS = "page_problems"  # in the environment
STOPPED = "stopped"  # a file beside the doctrees: the last build did not end well


def stop(app: Sphinx, message: str) -> NoReturn:
    """End the build with `message` and exit status 1; let the next one read all pages.

    SystemExit rather than a SphinxError: Sphinx 9 surrounds the latter with a page of
    versions and asks the author to report a bug in Sphinx.
    """
    (Path(app.doctreedir) / STOPPED).touch()
    raise SystemExit(f"\nThe site was not built: {message}")


def read_again(
    app: Sphinx,
    env: BuildEnvironment,
    added: set[str],
    changed: set[str],
    removed: set[str],
) -> list[str]:
    """Let Sphinx read all pages after a build that `stop` ended."""
    mark = Path(app.doctreedir) / STOPPED
    return sorted(env.found_docs) if mark.is_file() else []


COUNTED = "proved_pages_counted"  # on the record of a warning


class WarningCounter(logging.Handler):
    """Counts the warnings of a build, but not those that conf.py suppresses."""

    def __init__(self, app: Sphinx) -> None:
        """Count in the state of `app`."""
        super().__init__(logging.WARNING)
        self.app = app

    def emit(self, record: logging.LogRecord) -> None:
        """Count one, once: Sphinx holds some back and logs the same record again."""
        if hasattr(record, COUNTED):
            return
        setattr(record, COUNTED, True)
        kind = getattr(record, "type", "")
        part = getattr(record, "subtype", "")
        if not is_suppressed_warning(kind, part, self.app.config.suppress_warnings):
            state(self.app).warnings += 1


def count_warnings(app: Sphinx) -> None:
    """Count the warnings that Sphinx and its extensions log from now on."""
    logging.getLogger("sphinx").addHandler(WarningCounter(app))


def report(
    env: BuildEnvironment, docname: str, line: int | None, message: str, cure: str = ""
) -> None:
    """Note a problem on page `docname` at `line` (counted from 1).

    Instead of a page it may be the name of another file among the pages.
    """
    _problems(env).setdefault(docname, []).append((line or 1, message, cure))


def note(app: Sphinx, docname: str, line: int, message: str, cure: str = "") -> None:
    """Note a problem that was found before Sphinx reads pages."""
    state(app).problems.setdefault(docname, []).append((line, message, cure))


def _problems(env: BuildEnvironment) -> dict[str, list[Problem]]:
    return noted(env, FACTS)


def relative(path: Path) -> str:
    """Name a file the way the reader of the terminal can open it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def fail(app: Sphinx, env: BuildEnvironment) -> None:
    """Stop the build if any page has a problem."""
    if found := told(app, env):
        stop(app, found)


def _file_of(env: BuildEnvironment, name: str) -> Path:
    """Return the file of a page, or the file among the pages that has this name."""
    path = Path(env.srcdir) / name
    return path if path.is_file() else Path(env.doc2path(name))


def told(app: Sphinx, env: BuildEnvironment) -> str:
    """Return all problems in words: empty if there are none."""
    found = {page: list(listed) for page, listed in _problems(env).items()}
    for page, listed in state(app).problems.items():
        found.setdefault(page, []).extend(listed)
    entries = []
    for docname, listed in sorted(found.items()):
        for line, message, cure in sorted(listed):
            where = f"{relative(_file_of(env, docname))}:{line}"
            text = f"{where}: {message}"
            entries.append(text + (f"\n    Cure: {cure}" if cure else ""))
    if not entries:
        return ""
    count = f"{len(entries)} problem{'s' if len(entries) > 1 else ''}"
    return count + "\n\n" + "\n\n".join(entries) + "\n"


def stay_red(app: Sphinx, exception: Exception | None) -> None:
    """Make a build with warnings fail now, and fail again until they are gone.

    A link that is dead on another site fails by itself, and says nothing of the pages.
    """
    if exception is not None or app.builder.name == "linkcheck":
        return
    if count := state(app).warnings:
        stop(app, f"{count} warning(s), each printed above")
    (Path(app.doctreedir) / STOPPED).unlink(missing_ok=True)
