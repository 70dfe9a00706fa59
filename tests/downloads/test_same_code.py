"""The notebook and the script of a page hold the same code and the same text.

So a page that runs as a script runs as a notebook, too. The script is read here from
its own text, not by the code that wrote it.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from .conftest import PAGES

MARK = re.compile(r"^# %%( \[markdown\])?\n", re.MULTILINE)


def parts(script: str) -> list[tuple[str, str]]:
    """Split a script in the percent format into kinds of cells and their sources."""
    before, *found = MARK.split(script)
    assert before == ""
    texts = [text.removesuffix("\n\n") for text in found[1::2]]
    texts[-1] = texts[-1].removesuffix("\n")
    return [
        ("markdown", re.sub(r"^# ?", "", text, flags=re.MULTILINE))
        if kind
        else ("code", text)
        for kind, text in zip(found[::2], texts, strict=True)
    ]


def raising(part: str) -> tuple[str, str]:
    """Return what a part of a script tries, and the error that it must raise."""
    (tried,) = ast.parse(part).body
    assert isinstance(tried, ast.Try) and not tried.finalbody
    (handler,), (otherwise,) = tried.handlers, tried.orelse
    assert isinstance(otherwise, ast.Raise), "it may end without an error"
    name = handler.type.id
    if name == "Exception":  # the error of a library: its name is compared
        checked = ast.unparse(handler.body[0])
        name = re.fullmatch(
            r"assert type\(raised\).__name__ == '(\w+)', raised", checked
        )[1]
    return ast.dump(ast.Module(tried.body, [])), name


def is_same(cell: nbformat.NotebookNode, kind: str, part: str) -> bool:
    """Whether a cell of a notebook is what a part of the script says."""
    if kind != cell.cell_type:
        return False
    if kind == "markdown":
        return part == "\n".join(line.rstrip() for line in cell.source.splitlines())
    if "raises-exception" in cell.metadata.get("tags", []):
        (error,) = {o.ename for o in cell.outputs if o.output_type == "error"}
        return raising(part) == (ast.dump(ast.parse(cell.source)), error)
    return part == cell.source


def difference(notebook: nbformat.NotebookNode, script: str) -> str | None:
    """Return the first cell that the script does not have just so."""
    theirs = parts(script)
    if len(theirs) != len(notebook.cells):
        return f"{len(notebook.cells)} cells and {len(theirs)} parts"
    for cell, (kind, part) in zip(notebook.cells, theirs, strict=True):
        if not is_same(cell, kind, part):
            return cell.source
    return None


@pytest.mark.parametrize("page", PAGES)
def test_same_code(page, folder):
    notebook = nbformat.read(folder / f"{page}.ipynb", as_version=4)
    script = (folder / f"{page}.py").read_text(encoding="utf-8")
    assert difference(notebook, script) is None
    for cell in notebook.cells:
        if cell.cell_type == "code":
            ast.parse(cell.source)  # no magic: Python alone can run it


@pytest.fixture
def pair(folder: Path) -> tuple[nbformat.NotebookNode, str]:
    """Return the notebook and the script of a page with errors."""
    page = folder / "fix/errors/merge-layers"
    script = page.with_suffix(".py").read_text(encoding="utf-8")
    return nbformat.read(page.with_suffix(".ipynb"), as_version=4), script


def code_cell(notebook: nbformat.NotebookNode, raises: bool) -> nbformat.NotebookNode:
    return next(
        cell
        for cell in notebook.cells
        if cell.cell_type == "code"
        and ("raises-exception" in cell.metadata.get("tags", [])) == raises
    )


@pytest.mark.parametrize("raises", [False, True])
def test_another_line_of_code_would_be_seen(pair, raises):
    notebook, script = pair
    cell = code_cell(notebook, raises)
    cell.source += "\nlast = 1"
    assert difference(notebook, script) == cell.source


def test_another_error_would_be_seen(pair):
    notebook, script = pair
    cell = code_cell(notebook, raises=True)
    for output in cell.outputs:
        output.ename = "KeyError"
    assert difference(notebook, script) == cell.source


def test_a_cell_that_is_missing_or_moved_would_be_seen(pair):
    notebook, script = pair
    last = notebook.cells.pop()
    assert "parts" in difference(notebook, script)
    notebook.cells.insert(0, last)
    assert difference(notebook, script)


def test_a_missing_line_of_text_would_be_seen(pair):
    notebook, script = pair
    first = notebook.cells[0]
    first.source = first.source.partition("\n")[0]
    assert difference(notebook, script) == first.source
