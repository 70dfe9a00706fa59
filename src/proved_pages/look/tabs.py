"""Show neighboring cells as tabs: ``:tab: functional`` on each of them.

MyST-NB runs only the cells at the top level of a page, so a cell inside a
``{tab-item}`` would never run. Here the cells stay at the top level, run in order like
all others, and are moved into sphinx-design tabs afterwards. The choice of a tab is
kept from page to page.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_design.shared import create_component

from proved_pages.problems import report
from proved_pages.prove.cells import cell_containers


def gather(app: Sphinx, doctree: nodes.document) -> None:
    """Move each run of neighboring cells with a ``tab`` into one set of tabs."""
    labels = app.config.proved_tabs
    cells = [
        node
        for node in cell_containers(doctree).values()
        if "tab" in node["cell_metadata"]
    ]
    for cell in cells:
        name = cell["cell_metadata"]["tab"]
        if name not in labels:
            report(
                app.env,
                app.env.docname,
                cell.line,
                f"there is no tab `{name}`",
                f"use one of {', '.join(labels)}",
            )
            continue
        parent = cell.parent
        place = parent.index(cell)
        before = parent[place - 1] if place else None
        if not (
            isinstance(before, nodes.container)
            and before.get("design_component") == "tab-set"
            and before.get("made_of_cells")
        ):
            before = create_component(
                "tab-set", classes=["sd-tab-set"], made_of_cells=True
            )
            parent.insert(place, before)
        parent.remove(cell)
        before += _item(name, labels[name], cell)


def _item(name: str, text: str, cell: nodes.container) -> nodes.container:
    label = nodes.rubric(text, text, classes=["sd-tab-label"])
    label["sync_id"], label["sync_group"] = name, "api"
    content = create_component(
        "tab-content", classes=["sd-tab-content"], children=[cell]
    )
    return create_component(
        "tab-item", classes=["sd-tab-item"], children=[label, content], selected=False
    )
