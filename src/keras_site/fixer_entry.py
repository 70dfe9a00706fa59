"""What an entry of the fixer must have, decided from plain data.

An entry explains one error, one warning or one silent trap. `review` reads what its
section holds and says what it lacks; it knows nothing of Sphinx, so it can be tested
and reused alone (`fixes` reads the sections, and reports).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from proved_pages.prove.proof import why_it_cannot_fail

ERROR, TRAP, WARNING = KINDS = ("error", "trap", "warning")


@dataclass(frozen=True)
class Raised:
    """An error or a warning of a cell: its type and its message, without colors."""

    type: str
    message: str


@dataclass(frozen=True)
class Cell:
    """A code cell of an entry.

    `before` are the sources of the cells that stand before it on its page; `raised` is
    what it declares and raised, and `warned` what it declares and warned of; `is_proof`
    says that it proves a claim; `is_fix` that it has the tag ``fix``.
    """

    source: str
    before: Sequence[str] = ()
    raised: Raised | None = None
    warned: tuple[Raised, ...] = ()
    is_proof: bool = False
    is_fix: bool = False


@dataclass(frozen=True)
class Problem:
    """What an entry lacks, and the cure; both are parts of a sentence."""

    what: str
    cure: str


@dataclass(frozen=True)
class Review:
    """What was found in an entry.

    `raised` is the error or the warning that its heading quotes, if any; `fixes` are
    the positions of the cells that show its fix; `problems` is what it lacks.
    """

    raised: Raised | None
    fixes: list[int]
    problems: list[Problem]


@cache  # each build compares every message with every heading
def words(text: str) -> str:
    """Return the words of `text` in lower case, without quotes and punctuation.

    Messages are compared like this: headings lose backticks, and people paste quotes
    of all kinds. static/error-search.js does the same.
    """
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def contains(message: str, part: str) -> bool:
    """Whether the words of `part` stand in `message`, one after another."""
    return padded(part) in padded(message)


def padded(text: str) -> str:
    """Return the words of `text` between spaces, so that only whole words are found.

    Who compares many messages with many parts, as `contains` does, pads each once.
    """
    return f" {words(text)} "


def review(kind: str, title: str, has_meaning: bool, cells: Sequence[Cell]) -> Review:
    """Review an entry of `kind` with the heading `title` and its code `cells`.

    `has_meaning` says that its first paragraph stands before any code.
    """
    problems = []
    if not has_meaning:
        problems.append(
            Problem(
                "does not begin with its meaning", "say in one sentence what it means"
            )
        )
    shows = {ERROR: _raises(title), WARNING: _warns(title), TRAP: _proves}[kind]
    evidence = next((n for n, cell in enumerate(cells) if shows(cell)), None)
    if evidence is None:
        problems.append(_NO_EVIDENCE[kind])
    first = 0 if evidence is None else evidence + 1
    fixes = [n for n, cell in enumerate(cells) if cell.is_fix and n >= first]
    if not fixes:
        problems.append(
            Problem("has no fix that runs", "end it with a cell tagged `fix`")
        )
    for number in fixes:
        reason = why_it_cannot_fail(cells[number].source, list(cells[number].before))
        if reason:
            problems.append(
                Problem(f"has a fix that cannot fail: {reason}", "assert that it works")
            )
    raised = None
    if evidence is not None:
        raised = next(_quoted(cells[evidence], title), None)
    return Review(raised if kind != TRAP else None, fixes, problems)


def _quoted(cell: Cell, title: str) -> Iterator[Raised]:
    """Yield what a cell raised or warned of that says the title."""
    for each in (cell.raised, *cell.warned):
        if each is not None and contains(each.message, title):
            yield each


_NO_EVIDENCE = {
    ERROR: Problem(
        "has no cell that raises what its heading says",
        "add one with `:raises:`; the heading is a part of the message",
    ),
    WARNING: Problem(
        "has no cell that warns of what its heading says",
        "add one with `:warns:`; the heading is a part of the message",
    ),
    TRAP: Problem("has no claim", "prove that the code which looks right is wrong"),
}


def _raises(title: str) -> Callable[[Cell], bool]:
    return lambda cell: cell.raised is not None and contains(cell.raised.message, title)


def _warns(title: str) -> Callable[[Cell], bool]:
    return lambda cell: any(contains(each.message, title) for each in cell.warned)


def _proves(cell: Cell) -> bool:
    return cell.is_proof
