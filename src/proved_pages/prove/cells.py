"""The code cells of a page as Sphinx read it, and how they show errors and warnings.

The page shows the message of an expected error alone, as ``ValueError: ...``, because a
traceback through the build machine's folders teaches a reader nothing. Warnings are
shown as they were printed.
"""

from typing import TypeGuard

import nbformat
from docutils import nodes
from sphinx.application import Sphinx

from proved_pages.execute.notebooks import executed_notebook
from proved_pages.execute.page_cells import declared_warnings
from proved_pages.terminal import plain


def is_code_cell(node: nodes.Node | None) -> TypeGuard[nodes.container]:
    """Whether MyST-NB made `node` of a code cell; it has ``cell_index``."""
    if not isinstance(node, nodes.container):
        return False
    return bool(node.get("nb_element") == "cell_code")


def cell_containers(doctree: nodes.Element) -> dict[int, nodes.container]:
    """Map the index of each code cell in its notebook to its place on the page."""
    return {
        node["cell_index"]: node
        for node in doctree.findall(nodes.container)
        if is_code_cell(node)
    }


def show_messages_only(app: Sphinx, doctree: nodes.document) -> None:
    """Tidy the expected errors of the page that was just read."""
    places = cell_containers(doctree)
    if not places:
        return
    notebook = executed_notebook(app.env, app.env.docname)
    for index, place in places.items():
        cell = notebook.cells[index]
        error = next((o for o in cell.outputs if o.output_type == "error"), None)
        if error and cell.metadata.get("raises") is not None:
            _show_message_only(place, error)
        if declared_warnings(cell):
            _mark_warnings(place)


def _show_message_only(place: nodes.container, error: nbformat.NotebookNode) -> None:
    """Replace the traceback on the page by the line that a reader would paste."""
    for block in place.findall(nodes.literal_block):
        if "traceback" in block["classes"]:
            message = plain(f"{error.ename}: {error.evalue}").rstrip()
            new = nodes.literal_block(message, message, language="none")
            new["classes"] += ["output", "expected-error"]
            block.parent.replace(block, new)


def _mark_warnings(place: nodes.container) -> None:
    """Let the page show what was written to stderr as a warning."""
    for block in place.findall(nodes.literal_block):
        if "stderr" in block["classes"]:
            block["classes"].append("expected-warning")
            block["language"] = "none"
