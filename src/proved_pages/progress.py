"""Say what the build is doing while it does it, and what it did in one last line.

Sphinx runs with ``--quiet``; what matters to an author is which page's cells are
running, and for how long; `execute.stage` says it. The same facts, without the times,
are the site's own status page (``{site-status}``).
"""

import doctest
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from proved_pages.by_page import noted
from proved_pages.execute.notebooks import executed_notebook
from proved_pages.execute.page_cells import code_cells
from proved_pages.execute.results import CPU, Results
from proved_pages.marks import LISTS_ALL_PAGES, mark
from proved_pages.problems import relative
from proved_pages.prove.claims import domain
from proved_pages.settings import checked_on, executed_folder
from proved_pages.state import state
from proved_pages.terminal import say

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


def _facts(env: BuildEnvironment) -> dict[str, dict[str, int]]:
    return noted(env, FACTS)


def begin(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Announce that pages are read."""
    if docnames:
        say(f"reading {len(docnames)} of {len(env.found_docs)} pages")


def count(app: Sphinx, docname: str, content: list[str]) -> None:
    """Count the cells of the page that is being read, and its doctest examples."""
    notebook = executed_notebook(app.env, docname)
    cells = code_cells(notebook)
    _facts(app.env)[docname] = {
        "cells": len(cells),
        "doctests": sum(
            len(doctest.DocTestParser().get_examples(cell.source))
            for cell in notebook.cells
            if cell.cell_type == "markdown"
        ),
        "errors": sum("raises" in cell.metadata for cell in cells),
    }


def totals(env: BuildEnvironment) -> dict[str, int]:
    """Count pages, cells, doctest examples, expected errors and claims."""
    facts = _facts(env).values()
    return {
        "pages": len(facts),
        "cells": sum(page["cells"] for page in facts),
        "doctests": sum(page["doctests"] for page in facts),
        "errors": sum(page["errors"] for page in facts),
        "claims": sum(1 for _ in domain(env).all()),
    }


def fill_status(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholder by a table of figures."""
    places = list(doctree.findall(site_status))
    if not places:
        return
    total = totals(app.env)
    rows = [
        ("Pages", total["pages"]),
        ("Code cells, all run", total["cells"]),
        ("Claims, all proved", total["claims"]),
        ("Expected errors, all raised", total["errors"]),
        ("Doctest examples", total["doctests"]),
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
        part: nodes.Element = tag()
        for cells in entries:
            row = nodes.row()
            for cell in cells:
                row += nodes.entry("", nodes.paragraph("", str(cell)))
            part += row
        group += part
    return nodes.table("", group)


def over_budget(app: Sphinx) -> list[str]:
    """Name the pages whose cells need more of a processor than conf.py gives them."""
    if not app.config.proved_cpu_budget:
        return []
    page_may, all_may = app.config.proved_cpu_budget
    cpu = Results(executed_folder(app)).seconds(CPU)
    found = [
        f"the cells of {page} took {cpu[page]:.0f} CPU seconds; a page may take "
        f"{page_may} (proved_cpu_budget)"
        for page in sorted(cpu, key=lambda page: -cpu[page])
        if cpu[page] > page_may
    ]
    if (whole := sum(cpu.values())) > all_may:
        found.append(
            f"the cells of all pages took {whole:.0f} CPU seconds; they may take "
            f"{all_may} (proved_cpu_budget)"
        )
    return found


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Print the last line of a build that succeeded."""
    if exception or app.builder.format != "html":
        return
    for line in over_budget(app):
        say(line)
    total = totals(app.env)
    ran = sum(state(app).ran.values())
    where = relative(Path(app.outdir) / "index.html")
    say(
        f"{total['pages']} pages, {total['cells']} cells ({ran} run now, the "
        f"rest unchanged), {total['claims']} claims proved. Open {where}"
    )
