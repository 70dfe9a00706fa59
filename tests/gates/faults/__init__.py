"""Faults that a build must tell: each on a page of its own, all in two sites.

A build tells all that is wrong at once, so two builds show every fault that stops no
other one: `PROBLEMS` are told as problems, before anything is written; `WARNINGS` are
those of Sphinx itself, which come when pages are resolved. `told` says which of the
build's words speak of which page, so a fault is found by its own page and line.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tools.throwaway import HEAD, Build, Site

PROBLEM = re.compile(r"^docs/(?P<page>\S+?)\.(?:md|ipynb|toml):(?P<line>\d+): ", re.M)
WARNING = re.compile(
    r"^\S*/docs/(?P<page>\S+?)\.md(?::(?P<line>\d+))?: WARNING: ", re.M
)


@dataclass(frozen=True)
class Fault:
    """A page with one fault, and what the build must say of it.

    `below` is how many lines below the title's paragraph the fault is told; None: on
    the first line of the page.
    """

    body: str
    says: tuple[str, ...]
    below: int | None = 0
    head: str = HEAD

    @property
    def line(self) -> int:
        """The line of the page on which it must be told, counted from 1."""
        return 1 if self.below is None else len(self.head.splitlines()) + 3 + self.below


@dataclass(frozen=True)
class Entry:
    """What a build said of one place: the page, the line, and the words."""

    page: str
    line: int
    text: str


def told(build: Build, form: re.Pattern) -> list[Entry]:
    """Return what a build said, place by place."""
    starts = list(form.finditer(build.output))
    ends = [match.start() for match in starts[1:]] + [len(build.output)]
    return [
        Entry(match["page"], int(match["line"] or 1), build.output[match.end() : end])
        for match, end in zip(starts, ends, strict=True)
    ]


def write(site: Site, faults: dict[str, Fault], others: Iterable[str] = ()) -> None:
    """Write the page of each fault, and a first page that lists them and `others`."""
    pages = "\n".join(["```{toctree}", *faults, *others, "```"])
    site.page("index", f"{pages}\n")
    for page, fault in faults.items():
        site.page(page, fault.body, fault.head)
