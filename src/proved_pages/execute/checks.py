"""The checks that the outcome of a page must pass, before and after it is kept."""

from collections.abc import Sequence

from sphinx.application import Sphinx

from proved_pages.execute.page_cells import Cell
from proved_pages.execute.run_page import Outcome
from proved_pages.state import Check, Problem, state


def checks(app: Sphinx, check: Check) -> None:
    """Register `check`: it finds what is wrong with the outcome of a page's cells."""
    state(app).checks.append(check)


def problems_of(app: Sphinx, cells: Sequence[Cell], outcome: Outcome) -> list[Problem]:
    """Return what all registered checks find."""
    return [
        problem for check in state(app).checks for problem in check(app, cells, outcome)
    ]
