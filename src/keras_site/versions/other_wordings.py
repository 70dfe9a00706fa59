"""What other releases say instead of an error or a warning: as they said it when run.

Below a cell whose error came with other words stands, for each of these wordings, which
releases say it. The fixer and the search find them (`texts_of`).
"""

import re
from collections.abc import Iterable

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from keras_site.versions.row_verdicts import OTHER_WORDS
from keras_site.versions.shown_versions import (
    found_on,
    joined,
    kept_facts,
    results,
    rows,
)
from proved_pages.execute.notebooks import executed_notebook
from proved_pages.execute.page_cells import code_cells
from proved_pages.prove.cells import cell_containers

LETTERS = 300  # of a wording that a page shows
# What TensorFlow 2 puts around the message of an error that came in recorded code.
_TRACEBACK = re.compile(r"in user code:.*^\s+(?=\w+: )", re.DOTALL | re.MULTILINE)
_ARGUMENTS = re.compile(r"\s*Call arguments received by layer.*", re.DOTALL)


def gist(said: str) -> str:
    """Return "Type: message" without traceback and call arguments, and not too long."""
    kind, _, text = said.partition(": ")
    inner = _TRACEBACK.sub("", text)
    if inner != text:
        kind, _, text = inner.partition(": ")
    text = " ".join(_ARGUMENTS.sub("", text).split())
    whole = f"{kind}: {text}"
    if len(whole) <= LETTERS:
        return whole
    return whole[:LETTERS].rsplit(" ", 1)[0] + " …"


def wordings(app: Sphinx, page: str) -> dict[int, dict[str, list[str]]]:
    """Return what is said elsewhere on a page.

    By the number of the code cell, counted from 0, and by wording: the labels of rows.
    """
    kept, known = results(app), rows()
    labels = {row.name: row.label for row in known}
    found: dict[int, dict[str, list[str]]] = {}
    for name, noted in kept_facts(app.env).get(page, {}).items():
        for row, each in found_on(kept, known, name, noted.digest).items():
            if each.letter == OTHER_WORDS:
                said = found.setdefault(noted.cell, {})
                said.setdefault(gist(each.raised), []).append(labels[row])
    return found


def said_by(app: Sphinx, row: str, page: str, cells: Iterable[int]) -> list[str]:
    """Return what some cells say on a row, as "Type: message"."""
    label = next(each.label for each in rows() if each.name == row)
    said = wordings(app, page)
    return [
        text
        for cell in cells
        for text, labels in said.get(cell, {}).items()
        if label in labels
    ]


def texts_of(app: Sphinx, page: str, cells: Iterable[int]) -> list[str]:
    """Return the messages, without their types, that some cells give elsewhere."""
    said = wordings(app, page)
    return [text.partition(": ")[2] for cell in cells for text in said.get(cell, {})]


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the wordings below the cells of a page."""
    said = wordings(app, docname)
    if not said:
        return
    notebook = executed_notebook(app.env, docname)
    numbers = {id(cell): number for number, cell in enumerate(code_cells(notebook))}
    for index, place in cell_containers(doctree).items():
        for text, labels in said.get(numbers[id(notebook.cells[index])], {}).items():
            verb = "says" if len(labels) == 1 else "say"
            line = nodes.paragraph(classes=["older-wording"])
            line += nodes.Text(f"{joined(labels)} {verb}: ")
            line += nodes.literal("", text)
            place += line


def shown(app: Sphinx, env: BuildEnvironment) -> dict[str, object]:
    """Return by page what it shows of other wordings."""
    return {page: wordings(app, page) for page in kept_facts(env)}
