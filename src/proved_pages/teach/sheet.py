"""``{exercise-sheet}``: the exercises of all pages without their answers, for print."""

from collections.abc import Iterator

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from proved_pages.by_page import noted
from proved_pages.execute.notebooks import executed_notebook
from proved_pages.marks import LISTS_ALL_PAGES, mark
from proved_pages.prove.cells import is_code_cell
from proved_pages.prove.ledger import page_heading
from proved_pages.teach.exercises import FACTS, MARK


class exercise_sheet(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the exercises until every page is known."""


class ExerciseSheetDirective(SphinxDirective):
    """``{exercise-sheet}``: every exercise of the site, by page, without its answer."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder; `fill` replaces it when all pages are read."""
        mark(self.env, LISTS_ALL_PAGES)
        mark(self.env, MARK)  # their style
        return [exercise_sheet()]


def exercises(env: BuildEnvironment) -> dict[str, object]:
    """Return what sheets show of the pages, in the order of the site's contents."""
    found = noted(env, FACTS)
    order = [page for page in env.collect_relations() if page in found]
    return {page: found[page] for page in order}


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholder by all exercises."""
    for place in list(doctree.findall(exercise_sheet)):
        place.replace_self(list(_sheet(app, docname)))


def _sheet(app: Sphinx, docname: str) -> Iterator[nodes.Node]:
    for page in exercises(app.env):
        yield page_heading(app, docname, page)
        cells = executed_notebook(app.env, page).cells
        for found in app.env.get_doctree(page).findall(nodes.admonition):
            if found.get("exercise"):
                sources = {n: cell.source for n, cell in enumerate(cells)}
                yield _bare(found.deepcopy(), sources)


def _bare(exercise: nodes.admonition, sources: dict[int, str]) -> nodes.admonition:
    """Drop the answer of an exercise, and what leads to other places."""
    exercise["ids"] = []
    for child in list(exercise.children):
        if isinstance(child, nodes.Element) and child.get("design_component"):
            exercise.remove(child)
        elif is_code_cell(child):
            source = sources[child["cell_index"]]
            code = nodes.literal_block(source, source, language="python")
            exercise.replace(child, code)
    for link in list(exercise.findall(addnodes.pending_xref)):
        link.replace_self(link.children)
    return exercise
