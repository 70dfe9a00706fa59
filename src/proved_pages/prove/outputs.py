"""Say what is wrong with the outputs of a page's cells: nothing, before they are kept.

Every cell ran, was silent, or failed as declared. The outputs are checked in the
executed notebook, before any tag or theme can hide them. A cell that is meant to fail
says so and says how::

    ```{code-cell} python
    :raises: "ValueError: A merge layer should be called on a list of inputs"
    ```

What warns says ``:warns:`` (`warned`); else nothing may be written to stderr.
"""

import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from sphinx.application import Sphinx

from proved_pages.execute.page_cells import Cell
from proved_pages.execute.run_page import DIED, TIMED_OUT, Outcome
from proved_pages.prove.warned import unlike_declared, warned_text
from proved_pages.state import Problem
from proved_pages.terminal import plain

_ADDRESS = re.compile(r"\b0x[0-9a-f]{7,}\b")
_DECLARED = re.compile(r"(?P<type>[A-Za-z_][\w.]*): *(?P<part>\S.*)", re.DOTALL)
_CLAIM = re.compile(r"\{claim\}\s+(\S+)")


@dataclass(frozen=True)
class Rules:
    """What the outputs of a page are checked by.

    `paths` are those of this machine, which no page may show; `logged` finds lines of
    loggers that write to stdout; `timeout` is what a cell may take, in seconds.
    """

    paths: tuple[str, ...] = ()
    logged: str = ""
    timeout: int = 60


def check(app: Sphinx, cells: Sequence[Cell], outcome: Outcome) -> list[Problem]:
    """Find what is wrong with the outcome of a page's cells, by the site's rules."""
    config = app.config
    temporary = tempfile.gettempdir().rstrip("/") + "/"
    paths = (str(app.confdir), sys.prefix, str(Path.home()), temporary)
    rules = Rules(paths, config.proved_log_lines, config.nb_execution_timeout)
    return find_problems(cells, outcome, rules)


def find_problems(
    cells: Sequence[Cell], outcome: Outcome, rules: Rules
) -> list[Problem]:
    """Return each problem with its line on the page and its cure."""
    executed: list[nbformat.NotebookNode] = outcome.notebook.cells
    if outcome.trouble == DIED:
        return [
            (
                1,
                f"the kernel died while the cells of this page ran ({outcome.details})",
                "look for a cell that ends the process or needs too much memory",
            )
        ]
    if outcome.trouble == TIMED_OUT:
        counts = [ran.execution_count for ran in executed]
        started = [n for n, count in enumerate(counts) if count is not None]
        return [
            (
                cells[started[-1]].line if started else 1,
                f"the cell ran longer than {rules.timeout} seconds\n\n"
                f"{_indented(outcome.details)}\n",
                "make it shorter; the limit is nb_execution_timeout in conf.py",
            )
        ]
    found = []
    for cell, ran in zip(cells, executed, strict=True):
        error = next((o for o in ran.outputs if o.output_type == "error"), None)
        stopped = True
        if ran.execution_count is None:
            told = [("the cell did not run", "")]
        elif cell.raises is not None:
            told = _unlike_declared(cell.raises, error)
            stopped = False
        elif error:
            told = [_raised(cell, error)]
        else:
            told = []
            stopped = False
        told += _of_stderr(cell, ran)
        told += _noise(ran, rules, bool(cell.warns))
        found += [(cell.line, message, cure) for message, cure in told]
        if stopped:
            break
    return found


def _raised(cell: Cell, error: nbformat.NotebookNode) -> tuple[str, str]:
    """Say that a cell raised what it had not declared."""
    trace = "\n".join(error.get("traceback", [])) or error.evalue
    claim = _CLAIM.match(cell.behind)
    what = f"the proof of the claim `{claim[1]}`" if claim else "the cell"
    if claim and error.ename == "AssertionError":
        what = f"the claim `{claim[1]}` does not hold: its proof"
    return (
        f"{what} raised {error.ename}\n\n{_indented(trace)}\n",
        "mend the cell, or declare the error with `:raises:` if it is wanted",
    )


def squeezed(text: str) -> str:
    """Drop terminal colors and fold white space: messages are compared like this."""
    return " ".join(plain(text).split())


def parse_declared(declared: object) -> tuple[str, str] | None:
    """Split ``"ValueError: part of the message"``; None if either half is missing."""
    match = _DECLARED.fullmatch(str(declared).strip())
    return (match["type"], squeezed(match["part"])) if match else None


def _unlike_declared(
    declared: object, error: nbformat.NotebookNode | None
) -> list[tuple[str, str]]:
    """Say how the `error` of a cell differs from the one it declares."""
    parsed = parse_declared(declared)
    if parsed is None:
        return [
            (
                f"`:raises: {declared}` does not name a type and a part of the message",
                'write it as `:raises: "ValueError: part of the message"`',
            )
        ]
    name, part = parsed
    if error is None:
        return [
            (
                f"the cell declares {name} but raised nothing",
                "drop `:raises:` or mend the cell; the behavior may have changed",
            )
        ]
    raised = f"{error.ename}: {plain(error.evalue)}"
    if error.ename != name:
        return [
            (
                f"the cell declares {name} but raised another type\n\n"
                f"{_indented(raised)}\n",
                f"declare {error.ename}, or mend the cell",
            )
        ]
    if part not in squeezed(error.evalue):
        return [
            (
                f"the error does not say {part!r}\n\n{_indented(raised)}\n",
                "declare a part of the message that is really raised",
            )
        ]
    return []


def _of_stderr(cell: Cell, ran: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """Say how what a cell wrote to stderr differs from the warnings it declares."""
    written = warned_text(ran, bool(cell.warns))
    if not written and not cell.warns:
        return []
    return unlike_declared(cell.warns, written)


def _noise(
    cell: nbformat.NotebookNode, rules: Rules, may_warn: bool
) -> list[tuple[str, str]]:
    """Find what no page may show: memory addresses, paths of this machine."""
    found = []
    for output in cell.outputs:
        if output.get("name") == "stderr" and not may_warn:
            continue  # it was told already
        text = plain(_text_of(output))
        if (
            not may_warn
            and rules.logged
            and (match := re.search(rules.logged, text, re.MULTILINE))
        ):
            found.append(
                (
                    f"a library logged to the page: {match[0]}",
                    "mend the cause; nothing on a page is allowed to warn",
                )
            )
        if match := _ADDRESS.search(text):
            found.append(
                (
                    f"the output shows a memory address, {match[0]}",
                    "print a name or a type instead: addresses change every time",
                )
            )
        for path in rules.paths:
            if path in text:
                found.append(
                    (
                        f"the output shows a path of this machine, {path}",
                        "print the file's name only",
                    )
                )
    return found


def _text_of(output: nbformat.NotebookNode) -> str:
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return str(output.evalue)
    return "\n".join(str(value) for value in output.data.values())


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in plain(text).rstrip().splitlines())
