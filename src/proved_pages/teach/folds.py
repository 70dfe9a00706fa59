"""Fold cells that a learner need not read: ``:tags: [checked]`` on a proof, and others.

The cell runs like any other, and stays the proof of its claim. On the page it stands in
one of sphinx-design's dropdowns, whose own transform and style sheet do the rest.
"""

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx

from proved_pages.execute.page_cells import tags
from proved_pages.prove.cells import cell_containers

CHECKED = "checked"
TITLE = "How this is checked"


def fold_checked(app: Sphinx, doctree: nodes.document) -> None:
    """Fold the cells of the page that was just read which only check."""
    for cell in cell_containers(doctree).values():
        if CHECKED in metadata_tags(cell):
            place = closed(TITLE, CHECKED)
            cell.parent.replace(cell, place)
            place += cell


def metadata_tags(cell: nodes.container) -> list[str]:
    """List the tags of a code cell on a page."""
    return tags(NotebookNode(metadata=cell["cell_metadata"]))


def closed(title: str, name: str) -> nodes.container:
    """Make a closed fold without content, as sphinx-design's ``{dropdown}`` does."""
    return nodes.container(
        "",
        nodes.rubric(title, title),
        is_div=True,
        design_component="dropdown",
        classes=["sd-dropdown"],
        type="dropdown",
        opened=False,
        has_title=True,
        icon=None,
        chevron=None,
        container_classes=["sd-mb-3", name],
        title_classes=[],
        body_classes=[],
    )
