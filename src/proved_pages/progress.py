"""Say what the build is doing while it does it, and what it did in one last line.

Sphinx runs with ``--quiet``; what matters to an author is which page's cells are
running, and for how long. The same facts, without the times, are the site's own
status page (``{site-status}``).
"""

import doctest
import sys
import time
from pathlib import Path

from docutils import nodes
from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from proved_pages.by_page import noted
from proved_pages.execute.page_cache import cache_folder
from proved_pages.execute.reader import code_cells
from proved_pages.marks import LISTS_ALL_PAGES, mark
from proved_pages.problems import relative
from proved_pages.prove.claims import domain
from proved_pages.settings import checked_on

FACTS = "page_facts"  # in the environment


class site_status(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the site's figures until every page is known."""


class KernelEnvironmentDirective(SphinxDirective):
    """``{kernel-environment}``: under which settings each cell runs (conf.py)."""

    def run(self) -> list[nodes.Node]:
        """Return a table of the variables that every kernel gets."""
        rows = list(self.config.kernel_environment.items())
        table = _table(rows, ("Variable", "Value"))
        table["classes"].append("kernel-environment")
        return [table]


class SiteStatusDirective(SphinxDirective):
    """``{site-status}``: versions, pages, cells, claims."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder; `fill_status` replaces it when all pages are read."""
        mark(self.env, LISTS_ALL_PAGES)
        return [site_status()]


def say(text: str) -> None:
    """Print one whole line, also from one of several processes."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _facts(env: BuildEnvironment) -> dict[str, dict[str, int]]:
    return noted(env, FACTS)


def begin(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Announce the work, and forget what ran in an earlier build."""
    for page in _facts(env).values():
        page["ran"] = 0
    if docnames:
        say(f"reading {len(docnames)} of {len(env.found_docs)} pages")


def announce(app: Sphinx, docname: str, content: list[str]) -> None:
    """Say that a page's cells start to run, unless their outputs can be reused."""
    env = app.env
    notebook = env.temp_data["notebook"]
    cells = len(code_cells(notebook))
    doctests = sum(
        len(doctest.DocTestParser().get_examples(cell.source))
        for cell in notebook.cells
        if cell.cell_type == "markdown"
    )
    known = cells == 0 or _is_cached(env, notebook)
    _facts(env)[docname] = {
        "cells": cells,
        "doctests": doctests,
        "errors": sum("raises" in cell.metadata for cell in code_cells(notebook)),
        "ran": 0 if known else cells,
    }
    env.temp_data["started"] = time.monotonic()
    if not known:
        say(f"  running  {docname} ({cells} cells)")


def _is_cached(env: BuildEnvironment, notebook: nodes.Node) -> bool:
    try:
        cache = get_cache(cache_folder(env, env.docname))
        cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    return True


def ran(app: Sphinx, doctree: nodes.document) -> None:
    """Say that a page is done, and how long its cells took."""
    env = app.env
    if _facts(env)[env.docname]["ran"]:
        seconds = time.monotonic() - env.temp_data["started"]
        say(f"  done     {env.docname} in {seconds:.1f} s")


def totals(env: BuildEnvironment) -> dict[str, int]:
    """Count pages, cells, cells run in this build, doctest examples and claims."""
    facts = _facts(env).values()
    return {
        "pages": len(facts),
        "cells": sum(page["cells"] for page in facts),
        "ran": sum(page["ran"] for page in facts),
        "doctests": sum(page["doctests"] for page in facts),
        "errors": sum(page["errors"] for page in facts),
        "claims": sum(1 for _ in domain(env).all()),
    }


def fill_status(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholder by a table of figures."""
    places = list(doctree.findall(site_status))
    if not places:
        return
    count = totals(app.env)
    rows = [
        ("Pages", count["pages"]),
        ("Code cells, all run", count["cells"]),
        ("Claims, all proved", count["claims"]),
        ("Expected errors, all raised", count["errors"]),
        ("Doctest examples", count["doctests"]),
        *checked_on(app.config).items(),
    ]
    for place in places:
        place.replace_self(_table(rows, ("What", "This build")))


def _table(rows: list[tuple[str, object]], head: tuple[str, str]) -> nodes.table:
    group = nodes.tgroup("", cols=2)
    group += [nodes.colspec(colwidth=3), nodes.colspec(colwidth=1)]
    for tag, entries in (
        (nodes.thead, [head]),
        (nodes.tbody, rows),
    ):
        part = tag()
        for cells in entries:
            row = nodes.row()
            for cell in cells:
                row += nodes.entry("", nodes.paragraph("", str(cell)))
            part += row
        group += part
    return nodes.table("", group)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Print the last line of a build that succeeded."""
    if exception or app.builder.format != "html":
        return
    count = totals(app.env)
    where = relative(Path(app.outdir) / "index.html")
    say(
        f"{count['pages']} pages, {count['cells']} cells ({count['ran']} run now, the "
        f"rest unchanged), {count['claims']} claims proved. Open {where}"
    )
