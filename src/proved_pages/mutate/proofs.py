"""The claims of a page with the cells that prove them, from the page's text alone."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proved_pages.execute.page_cells import Cell

_CLAIM = re.compile(r"\{claim\}\s+(\S+)")
_OPTION = re.compile(r":[\w-]+:")


@dataclass(frozen=True)
class Part:
    """A cell: its source, the error that it declares, and the line it begins on."""

    source: str
    raises: str
    line: int


@dataclass(frozen=True)
class Proof:
    """The proof of a claim: the last of `parts`, behind all cells before it.

    `near` is the number of the first cell behind the proof of the claim before: those
    cells set this claim's stage. `statement` is the claim's text, as written.
    """

    claim: str
    page: str
    statement: str
    parts: tuple[Part, ...]
    near: int

    @property
    def raises(self) -> str:
        """The error that the proof declares, or the empty string."""
        return self.parts[-1].raises


def proofs_of(page: str, text: str, cells: Sequence[Cell]) -> Iterator[Proof]:
    """Yield the proofs of a page, in its order."""
    lines = text.splitlines()
    parts: list[Part] = []
    near = 0
    for cell in cells:
        parts.append(Part(cell.source, cell.raises or "", _first_line(cell, lines)))
        claim = _CLAIM.match(cell.behind)
        if claim:
            sentence = _statement(lines, claim[1])
            yield Proof(claim[1], page, sentence, tuple(parts), near)
            near = len(parts)


def _first_line(cell: Cell, lines: Sequence[str]) -> int:
    """Return the line of the page on which the source of `cell` begins."""
    first = cell.source.split("\n", 1)[0].strip()
    for number in range(cell.line, len(lines)):
        if lines[number].strip() == first:
            return number + 1
    return cell.line + 1


def _statement(lines: Sequence[str], claim: str) -> str:
    """Return the text of a claim, without the options of its directive."""
    body: list[str] = []
    inside = False
    for line in lines:
        if inside:
            if re.fullmatch(r"\s*(`{3,}|:{3,})\s*", line):
                break
            if not _OPTION.match(line.strip()):
                body.append(line.strip())
        elif re.fullmatch(
            rf"\s*(`{{3,}}|:{{3,}}){{claim}}\s+{re.escape(claim)}\s*", line
        ):
            inside = True
    return " ".join(" ".join(body).split())
