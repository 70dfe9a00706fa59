"""What is wrong with the outputs of cells, without a build."""

import pytest
from nbformat import NotebookNode, v4

from proved_pages.execute.page_cells import Cell, cells_of, read_text
from proved_pages.execute.run_page import DIED, TIMED_OUT, Outcome
from proved_pages.prove.outputs import Rules, find_problems

OLD = "UserWarning: too old"
LOG, LOG_LINE = "WARNING:keras: 5 calls", "WARNING:keras:5 calls out of 5"
RULES = Rules(paths=("/home/me",), logged=r"^WARNING:.*$", timeout=9)


def error(name: str, message: str) -> NotebookNode:
    return v4.new_output("error", ename=name, evalue=message, traceback=["\x1b[1mat 1"])


def printed(text: str, name: str = "stdout") -> NotebookNode:
    return v4.new_output("stream", name=name, text=text)


def outcome(*outputs: NotebookNode | None, **trouble: str) -> Outcome:
    """Return an outcome with one output in each cell; None: it did not run."""
    cells = [
        v4.new_code_cell("", execution_count=n, outputs=[each])
        if each
        else v4.new_code_cell("")
        for n, each in enumerate(outputs, 1)
    ]
    return Outcome(v4.new_notebook(cells=cells), **trouble)


def told(cells: list[Cell], came: Outcome) -> list[tuple[int, str]]:
    """Return line and first line of each problem."""
    found = find_problems(cells, came, RULES)
    return [(line, message.partition("\n")[0]) for line, message, _ in found]


@pytest.mark.parametrize(
    ("cell", "output", "message"),
    [
        (Cell(""), printed("fine"), None),
        (Cell(""), None, "the cell did not run"),
        (Cell(""), error("ValueError", "x"), "the cell raised ValueError"),
        (
            Cell("", behind="{claim} one-is-two"),
            error("AssertionError", ""),
            "the claim `one-is-two` does not hold: its proof raised AssertionError",
        ),
        (
            Cell("", behind="{claim} one-is-two"),
            error("NameError", ""),
            "the proof of the claim `one-is-two` raised NameError",
        ),
        (
            Cell("", behind="{note}"),
            error("NameError", ""),
            "the cell raised NameError",
        ),
        (Cell("", raises="ValueError: part"), error("ValueError", "a part"), None),
        (Cell("", warns=(OLD,)), printed(f"a.py:1: {OLD} it is\n", "stderr"), None),
        (Cell("", warns=(LOG,)), printed(f"fine\n{LOG_LINE}\n"), None),
        (
            Cell(""),
            printed(f"a.py:1: {OLD}\n", "stderr"),
            "the cell wrote to stderr (a warning?)",
        ),
        (
            Cell("", warns=(OLD,)),
            printed("fine"),
            f"the cell declares a warning that did not come: {OLD}",
        ),
        (
            Cell("", warns=("too old",)),
            printed(f"a.py:1: {OLD}\n", "stderr"),
            "`:warns: too old` does not name a category and a part of the text",
        ),
        (
            Cell("", raises="ValueError: part"),
            error("ValueError", "all"),
            "the error does not say 'part'",
        ),
        (
            Cell("", raises="ValueError: part"),
            printed("fine"),
            "the cell declares ValueError but raised nothing",
        ),
        (Cell(""), printed("x", "stderr"), "the cell wrote to stderr (a warning?)"),
        (
            Cell(""),
            printed("<object at 0x7fdeadbeef>"),
            "the output shows a memory address, 0x7fdeadbeef",
        ),
        (
            Cell(""),
            printed("in /home/me/x"),
            "the output shows a path of this machine, /home/me",
        ),
        (
            Cell(""),
            printed("x\nWARNING: y"),
            "a library logged to the page: WARNING: y",
        ),
    ],
)
def test_one_cell(cell: Cell, output: NotebookNode | None, message: str | None):
    assert told([cell], outcome(output)) == ([(1, message)] if message else [])


def test_what_follows_the_first_error_is_not_told():
    cells = [Cell("", line=5), Cell("", line=9), Cell("", line=12)]
    came = outcome(error("ValueError", "x"), None, None)
    assert told(cells, came) == [(5, "the cell raised ValueError")]
    came = outcome(printed("x", "stderr"), printed("x", "stderr"), printed("fine"))
    assert [line for line, _ in told(cells, came)] == [5, 9]


def test_a_page_that_did_not_come_to_its_end():
    cells = [Cell("", line=5), Cell("", line=9), Cell("", line=12)]
    came = outcome(printed("a"), printed("b"), None, trouble=TIMED_OUT)
    assert told(cells, came) == [(9, "the cell ran longer than 9 seconds")]
    came = outcome(printed("a"), None, None, trouble=DIED, details="why")
    message = "the kernel died while the cells of this page ran (why)"
    assert told(cells, came) == [(1, message)]


PAGE = """\
# Title

```{claim} one-is-one
It is.
```

```{code-cell} python
:raises: "ValueError: x"
f()
```
:::{note}
Text.
:::
```{code-cell} python
a
```
````{claim} with-a-fence
```
````

Words.

```{code-cell} python
:tags: [hide-input, skip_execution]
b
```
"""


def test_cells_know_where_they_stand():
    cells = cells_of(read_text(PAGE, ["colon_fence"]))
    assert [cell.line for cell in cells] == [7, 14, 23]
    assert [cell.behind for cell in cells] == ["{claim} one-is-one", "{note}", ""]
    assert [cell.raises for cell in cells] == ["ValueError: x", None, None]
    assert [cell.tags for cell in cells] == [
        ("raises-exception",),
        (),
        ("skip-execution",),
    ]
