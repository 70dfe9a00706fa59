"""Every page downloads as a notebook and as a script: what the files hold."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from tests.conftest import ROOT

from .conftest import PAGES

LEFT_OVER = {
    "a colon fence": r"^:{3,}",
    "a directive": r"^ *(`{3,}|~{3,})\{",
    "a role": r"\{[a-zA-Z][\w:+-]*\}`",
    "a label": r"^\([\w-]+\)=\s*$",
    "an option": r"^ *:[a-z][\w-]*:(?!`)( |$)",
    "a cell that stands there twice": r"^```ipython",
    "a comment or a break": r"^(%|\+\+\+)( |$)",
}


@pytest.fixture
def notebook(folder: Path) -> Callable[[str], nbformat.NotebookNode]:
    """Return a function that reads the notebook of a page."""
    return lambda page: nbformat.read(folder / f"{page}.ipynb", as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_each_page_with_code_is_there_and_no_other(folder):
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*.*")}
    assert files == {f"{page}.{end}" for page in PAGES for end in ("ipynb", "py")}


@pytest.mark.parametrize("page", PAGES)
def test_notebook_is_whole(page, notebook, site):
    """Valid, numbered, with the outputs of the page, and for the usual kernel."""
    found = notebook(page)
    nbformat.validate(found)
    assert (found.nbformat, found.nbformat_minor) == (4, 5)
    assert found.metadata.kernelspec.name == "python3"
    cells = code_cells(found)
    assert [cell.execution_count for cell in cells] == [*range(1, len(cells) + 1)]
    html = (site / f"{page}.html").read_text()
    shown = re.split(r'<div class="cell(?=[ "])', html)[1:]
    # What an exercise asks for is shown on the page in a fold, and is left out here.
    told = [cell for cell in shown if not re.match('[^"]*tag_(answer|solution)', cell)]
    with_output = [cell for cell in cells if cell.outputs]
    assert len(with_output) == sum('<div class="cell_output' in cell for cell in told)
    source = (ROOT / "docs" / f"{page}.md").read_text()
    raising = [c for c in cells if "raises-exception" in c.metadata.get("tags", [])]
    assert len(raising) == len(re.findall("^:raises:", source, re.MULTILINE))
    for cell in raising:
        assert any(output.output_type == "error" for output in cell.outputs)


@pytest.mark.parametrize("page", PAGES)
def test_first_cell_says_what_it_is(page, notebook):
    first = notebook(page).cells[0]
    title, about = first.source.split("\n\n")[:2]
    assert first.cell_type == "markdown" and title.startswith("# ")
    for word in ("TensorFlow 2.", "Keras 3.", "Python 3.", "License: MIT"):
        assert word in about


def test_nothing_of_myst_is_left(notebook):
    found = []
    for page in PAGES:
        for cell in notebook(page).cells:
            if cell.cell_type == "markdown":
                for what, pattern in LEFT_OVER.items():
                    for match in re.finditer(pattern, cell.source, re.MULTILINE):
                        line = cell.source[: match.end() + 40].splitlines()[-1]
                        found.append(f"{page}: {what}: {line}")
    assert not found, "\n".join(found)


def test_nothing_of_this_machine_is_in_them(folder):
    for path in sorted(folder.rglob("*.*")):
        text = path.read_text()
        for secret in (str(ROOT), sys.prefix, str(Path.home()) + "/", "/tmp/"):
            assert secret not in text, f"{secret} in {path}"
        assert not re.search(r"\b0x[0-9a-f]{7,}\b", text), path


def test_each_page_links_to_its_files(site):
    link = re.compile(r'<a href="([^"]*)" download>')
    for path in sorted(site.rglob("*.html")):
        page = path.relative_to(site).with_suffix("").as_posix()
        found = [(path.parent / to).resolve() for to in link.findall(path.read_text())]
        found = [file for file in found if file.suffix != ".zip"]  # of many pages
        wanted = [site / f"_notebooks/{page}{end}" for end in (".ipynb", ".py")]
        assert found == (wanted if page in PAGES else []), page
