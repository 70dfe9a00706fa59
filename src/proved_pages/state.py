"""What a build remembers beside Sphinx's own objects: one object for each build."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

Problem = tuple[int, str, str]  # the line on its page, what is wrong, and the cure
# Finds problems in the `execute.run_page.Outcome` of the cells of a page.
Check = Callable[[Sphinx, Sequence[Any], Any], list[Problem]]
Shown = Callable[[Sphinx, BuildEnvironment], Mapping[str, object]]
Listed = Callable[[BuildEnvironment], object]


@dataclass
class State:
    """What the parts of the extension tell each other while a build runs.

    It is forgotten with the build; what must survive is kept by page (`by_page`).
    """

    run_folder: Path | None = None  # what this build's kernels leave behind
    checks: list[Check] = field(default_factory=list)  # see `execute.checks`
    ran: dict[str, int] = field(default_factory=dict)  # by page, cells run just now
    failed: dict[str, NotebookNode] = field(default_factory=dict)  # not kept, by page
    problems: dict[str, list[Problem]] = field(default_factory=dict)  # of the stage
    shown: list[Shown] = field(default_factory=list)  # see `dependents.shows`
    listed: list[Listed] = field(default_factory=list)  # see `dependents.lists`
    relations: dict[str, list[str | None]] | None = None  # of pages; see `machines`
    hunts: Any = None  # a `prove.hunts.Hunts`, once it is read
    sources: Any = None  # of `execute.sources`, once they are found
    mutants: Any = None  # a `mutate.results.Score`, once it is counted
    warnings: int = 0  # logged so far, less those that conf.py suppresses
    digests: dict[str, str] | None = None  # by page, of what it shows of others
    stale: set[str] = field(default_factory=set)  # pages that will be written
    parallel: int | None = None  # as asked for, while `few_pages` has set it to 1


_STATES: WeakKeyDictionary[Sphinx, State] = WeakKeyDictionary()


def state(app: Sphinx) -> State:
    """Return what the build `app` remembers."""
    return _STATES.setdefault(app, State())
