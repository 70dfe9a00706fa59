"""What a reader writes into a notebook is checked: wrong answers fail, right ones pass.

The notebook of each page with exercises to write runs once. At each check it gets wrong
answers, those of the other exercises among them, and then the solution, whose text
stands in a fold behind the check.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from proved_pages.python_source import indented
from tests.conftest import ROOT

from .conftest import PAGES
from .machine import machine

STARTS = "if answer is None:\n"
SOLUTION = re.compile(r"<summary>Solution</summary>\n+```python\n(.*?)\n```", re.DOTALL)
WRITES = [
    page
    for page in PAGES
    if "tags: [starter]" in (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
]

BEGIN = """\
import contextlib as _contextlib
import io as _io

import keras as _keras

_right = []  # of the exercises before
_wrong = [
    lambda: 0,
    lambda: "?",
    lambda: (),
    lambda: _keras.Sequential([_keras.Input((1,)), _keras.layers.Dense(1)]),
    lambda: _keras.layers.Dense(1),
    lambda: lambda *args, **kwargs: None,
]
"""
REFUSE = """\
for _answer in [*(make() for make in _wrong), *_right]:
    answer, _refused = _answer, False
    try:
        with _contextlib.redirect_stdout(_io.StringIO()):
            exec({check!r}, globals())
    except Exception:
        _refused = True
    assert _refused, f"the check of exercise to write {number} accepts {{_answer!r}}"
"""


def trial(notebook: nbformat.NotebookNode) -> str:
    """Return a script that gives the notebook wrong answers, and then its solutions."""
    cells = notebook.cells
    solutions = SOLUTION.findall("\n".join(c.source for c in cells))
    parts, number = [BEGIN], 0
    for cell in cells:
        if cell.cell_type != "code":
            continue
        if cell.source.startswith(STARTS):
            number += 1
            parts += [
                REFUSE.format(check=cell.source, number=number),
                f"{solutions[number - 1]}\n{cell.source}\n_right.append(answer)",
            ]
        elif "raises-exception" in cell.metadata.get("tags", []):
            tried = f"try:\n{indented(cell.source)}"
            parts.append(f"{tried}\nexcept Exception as raised:\n    pass")
        else:
            parts.append(cell.source)
    assert number == len(solutions) > 0
    return "\n".join(parts)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    with machine(tmp_path_factory.mktemp("home")) as run_job:
        yield run_job


def inputs(page: str, **others: object) -> list[Path]:
    """Say what the trial of a page depends on."""
    notebook = ROOT / "build/html/_notebooks" / f"{page}.ipynb"
    return [notebook, ROOT / "requirements.txt", Path(__file__)]


@pytest.mark.kept(on=inputs)
@pytest.mark.parametrize("page", WRITES)
def test_wrong_answers_fail_and_solutions_pass(page, folder, run, tmp_path):
    notebook = nbformat.read(folder / f"{page}.ipynb", as_version=4)
    path = tmp_path / "trial.py"
    path.write_text(trial(notebook), encoding="utf-8")
    done = run(path, tmp_path)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    checks = sum(cell.source.startswith(STARTS) for cell in notebook.cells)
    assert done.stdout.count("Right.") == checks


@pytest.mark.parametrize(
    ("check", "solution", "passes"),
    [
        ("assert answer == 4", "answer = 4", True),
        ("assert answer == 4", "answer = 5", False),
        ("assert answer or True", "answer = 4", False),
        ("assert isinstance(answer, int)", "answer = 4", False),
    ],
)
def test_a_weak_check_would_be_seen(run, tmp_path, check, solution, passes):
    wrapped = f"{STARTS}    pass\nelse:\n    {check}\n    print('Right.')"
    text = f"<summary>Solution</summary>\n\n```python\n{solution}\n```"
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("answer = None"),
            nbformat.v4.new_code_cell(wrapped),
            nbformat.v4.new_markdown_cell(text),
        ]
    )
    path = tmp_path / "trial.py"
    path.write_text(trial(notebook), encoding="utf-8")
    assert (run(path, tmp_path).returncode == 0) is passes
