"""The code cells of a page: what they say, where they stand, and what may run them.

A page is a MyST file. MyST-NB's own parser turns its text into a notebook; what is
added is what this extension needs:

* a cell that declares ``:raises:`` may raise, and one that declares ``:warns:`` may
  warn (`prove.outputs` checks that they do);
* line numbers in prose are right.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import nbformat
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

MAY_RAISE = "raises-exception"
# The tags that nbclient knows. They are written with hyphens.
RUN_TAGS = {MAY_RAISE, "skip-execution"}
_FENCE = re.compile(r"(`{3,}|:{3,})\s*")


@dataclass(frozen=True)
class Cell:
    """A code cell.

    `raises` is the error that it declares, and `warns` are the warnings; `tags` those
    of `RUN_TAGS`; `line` is the line of its fence, counted from 1; `behind` is the
    first line of the directive that ends directly before it, such as
    ``{claim} bool-is-an-int``, or empty.
    """

    source: str
    raises: str | None = None
    tags: tuple[str, ...] = ()
    line: int = 1
    behind: str = ""
    warns: tuple[str, ...] = ()


def read_text(text: str, extensions: Iterable[str]) -> nbformat.NotebookNode:
    """Turn the text of a page into a notebook without outputs.

    `extensions` are the MyST extensions in use.
    """
    config = MdParserConfig(enable_extensions=set(extensions))
    notebook: nbformat.NotebookNode = read_myst_markdown_notebook(
        text, config=config, add_source_map=True
    )
    _mend_source_map(notebook, text)
    cells = code_cells(notebook)
    for cell in cells:
        if "raises" in cell.metadata:
            cell.metadata["tags"] = [*tags(cell), MAY_RAISE]
    if cells:
        kernel = notebook.metadata.setdefault("kernelspec", {"name": "python3"})
        kernel.setdefault("display_name", "Python 3")
    return notebook


def _mend_source_map(notebook: nbformat.NotebookNode, text: str) -> None:
    """Make the line numbers of warnings and errors in prose right.

    MyST-NB 1.4.0 forgets that it strips blank lines from the start of a Markdown cell,
    and counts one line too many.
    """
    lines = text.splitlines()
    starts = notebook.metadata["source_map"]
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            start = starts[index]
            while not lines[start].strip():
                start += 1
            starts[index] = start - 1


def cells_of(notebook: nbformat.NotebookNode) -> list[Cell]:
    """List the code cells of a page that was read."""
    found, before = [], ""
    pairs = zip(notebook.metadata["source_map"], notebook.cells, strict=True)
    for line, cell in pairs:
        if cell.cell_type == "code":
            raises = cell.metadata.get("raises")
            found.append(
                Cell(
                    cell.source,
                    None if raises is None else str(raises),
                    tuple(sorted(RUN_TAGS.intersection(tags(cell)))),
                    line,
                    before,
                    declared_warnings(cell),
                )
            )
        before = _last_directive(cell.source) if cell.cell_type == "markdown" else ""
    return found


def declared_warnings(cell: nbformat.NotebookNode) -> tuple[str, ...]:
    """List the warnings that a cell declares, whether written as a list or as one."""
    found = cell.metadata.get("warns", [])
    return tuple(map(str, found)) if isinstance(found, list) else (str(found),)


def _last_directive(prose: str) -> str:
    """Return the first line of the directive that ends `prose`, without its fence."""
    lines = prose.rstrip().splitlines()
    end = _FENCE.fullmatch(lines[-1]) if lines else None
    if end:
        for line in reversed(lines[:-1]):
            if line.startswith(end[1] + "{"):
                return line.removeprefix(end[1]).strip()
    return ""


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """List the code cells of a notebook, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def located_code_cells(
    notebook: nbformat.NotebookNode,
) -> list[tuple[int, nbformat.NotebookNode]]:
    """List the code cells of a page with the line of their fence, counted from 1."""
    pairs = zip(notebook.metadata["source_map"], notebook.cells, strict=True)
    return [(start, cell) for start, cell in pairs if cell.cell_type == "code"]


def tags(cell: nbformat.NotebookNode) -> list[str]:
    """List a cell's tags, whether written as a list or as one word."""
    found = cell.metadata.get("tags", [])
    listed = [found] if isinstance(found, str) else found
    return [tag.replace("_", "-") for tag in listed]  # MyST-NB takes both spellings
