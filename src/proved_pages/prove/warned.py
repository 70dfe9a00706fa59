"""Warnings that a cell declares: they are shown, and all others fail the build.

A cell that is meant to warn says so, and a part of what is said::

    ```{code-cell} python
    :warns: "UserWarning: Do not pass an `input_shape`"
    ```

Warnings of Python are known by their category, and lines of loggers by their level:
``WARNING:absl: You are saving your model``. Several stand in a list.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import nbformat

from proved_pages.execute.warning_places import LOGGED
from proved_pages.terminal import plain

_OF_PYTHON = re.compile(r"(?P<place>\S+:\d+): (?P<category>[A-Za-z_]\w*): (?P<text>.*)")
_LOGGED = re.compile(r"(?P<category>WARNING|ERROR|CRITICAL):(?P<text>[\w.]+:.*)")
_DECLARED = re.compile(r"(?P<category>[A-Za-z_]\w*): *(?P<part>\S.*)", re.DOTALL)


@dataclass(frozen=True)
class Warned:
    """A warning as it was printed: its category, and its message."""

    category: str
    message: str

    def __str__(self) -> str:
        """Return what a reader would paste."""
        return f"{self.category}: {self.message}"


def warnings_in(text: str) -> tuple[list[Warned], str]:
    """Split what was written to stderr into warnings, and the rest.

    The line of source that Python prints below a warning is not a part of it.
    """
    found: list[Warned] = []
    rest: list[str] = []
    of_python = False
    for line in text.splitlines():
        match = _OF_PYTHON.fullmatch(line) or _LOGGED.fullmatch(line)
        if match:
            found.append(Warned(match["category"], match["text"]))
            of_python = match.re is _OF_PYTHON
        elif found and (of_python and line.startswith("  ")):
            of_python = False
        elif found:
            last = found[-1]
            found[-1] = Warned(last.category, f"{last.message}\n{line}".rstrip())
        elif line.strip():
            rest.append(line)
    return found, "\n".join(rest)


def warned_text(ran: nbformat.NotebookNode, logs: bool = True) -> str:
    """Return what an executed cell wrote to stderr, and what it logged to stdout.

    Without `logs`, only the former.
    """
    found = []
    for output in ran.outputs:
        if output.output_type != "stream":
            continue
        text = plain(output.text)
        if output.name == "stderr":
            found.append(text)
        elif logs:
            found += [f"{line[0]}\n" for line in LOGGED.finditer(text)]
    return "".join(found)


def parse(declared: str) -> tuple[str, str] | None:
    """Split ``"UserWarning: a part"``; None if either half is missing."""
    match = _DECLARED.fullmatch(declared.strip())
    return (match["category"], _squeezed(match["part"])) if match else None


def is_declared(warned: Warned, declared: Sequence[str]) -> bool:
    """Whether one of the declarations speaks of a warning."""
    return any(_is_meant(warned, each) for each in declared)


def unlike_declared(declared: Sequence[str], text: str) -> list[tuple[str, str]]:
    """Say how what a cell wrote to stderr differs from what it declares."""
    told = []
    found, rest = warnings_in(text)
    if not declared:
        return [(_wrote(text), "mend the cause, or declare it with `:warns:`")]
    if rest:
        told.append((_wrote(rest), "mend the cause; it is not a warning"))
    for each in declared:
        if parse(each) is None:
            told.append(
                (
                    f"`:warns: {each}` does not name a category and a part of the text",
                    'write it as `:warns: "UserWarning: part of the text"`',
                )
            )
        elif not any(_is_meant(warned, each) for warned in found):
            told.append(
                (
                    f"the cell declares a warning that did not come: {each}",
                    "drop it, or mend the cell; the behavior may have changed",
                )
            )
    for warned in found if all(map(parse, declared)) else ():
        if not is_declared(warned, declared):
            told.append(
                (
                    f"the cell warned of what it does not declare\n\n    {warned}\n",
                    "mend the cause, or declare it with `:warns:`, too",
                )
            )
    return told


def _wrote(text: str) -> str:
    lines = "\n".join(f"    {line}" for line in text.rstrip().splitlines())
    return f"the cell wrote to stderr (a warning?)\n\n{lines}\n"


def _is_meant(warned: Warned, declared: str) -> bool:
    parsed = parse(declared)
    if parsed is None:
        return False
    category, part = parsed
    return category == warned.category and part in _squeezed(warned.message)


def _squeezed(text: str) -> str:
    return " ".join(re.sub(r"^([\w.]+):\s*", r"\1: ", text).split())
