"""`make lint` refuses wrong types: mypy, with the settings of pyproject.toml."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

# docutils's nodes and nbformat's look alike: both are called nodes, both have keys.
SOURCE = """\
from docutils import nodes
from nbformat import NotebookNode

from proved_pages.execute.page_cells import code_cells
from proved_pages.prove.cells import cell_containers
from which_api.rules import rule


def use(page: nodes.document, notebook: NotebookNode) -> None:
    cell_containers(page)
    code_cells(notebook)
    rule("shared-layer")
    cell_containers(notebook)  # wrong
    code_cells(page)  # wrong
    rule(3)  # wrong


def cells(notebook: NotebookNode) -> list[nodes.Element]:
    return code_cells(notebook)  # wrong


def untyped(page):  # wrong
    return page
"""


def test_a_wrong_type_is_refused_with_the_line(tmp_path):
    file = tmp_path / "uses.py"
    file.write_text(SOURCE, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    found = re.findall(r"^\S*uses\.py:(\d+): error: ", done.stdout, re.MULTILINE)
    lines = SOURCE.splitlines()
    wanted = [n for n, line in enumerate(lines, 1) if line.endswith("# wrong")]
    assert [*map(int, found)] == wanted, done.stdout + done.stderr
    assert done.returncode == 1


def test_lint_checks_types():
    done = subprocess.run(
        ["make", "-n", "lint"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert re.search(r"-m mypy( --no-error-summary)?$", done.stdout, re.MULTILINE)
