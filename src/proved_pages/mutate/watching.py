"""Let a slice note what its calls are given and return, while it runs unchanged."""

import ast
import re
from collections.abc import Mapping

from proved_pages.mutate.edits import Change, Code, number_of
from proved_pages.mutate.statements import root

WATCH = "_watch"  # the name that notes a call
# These look at who calls them, or are not worth a note.
_NOT = frozenset(
    re.findall(
        r"\w+",
        "super locals globals vars dir eval exec print isinstance len type zip range "
        "list tuple dict set str int float all any sorted map hasattr getattr open",
    )
)


def watched(code: Code, more: Mapping[int, Change] | None = None) -> str:
    """Return the code of a slice in which calls with an argument are noted.

    `more` are further changes, which do not change what is noted.
    """
    changes: dict[int, Change] = dict(more or {})
    for node in code.nodes():
        if not isinstance(node, ast.Call) or not node.args or _is_decorator(code, node):
            continue
        if isinstance(node.args[0], ast.Starred) or root(node.func) in _NOT:
            continue
        number = ast.Constant(number_of(node))
        changes[number_of(node.func)] = ast.Call(
            ast.Name(WATCH, ast.Load()), [number, node.func], []
        )
    return code.source(changes)


def _is_decorator(code: Code, node: ast.Call) -> bool:
    above = code.parent(node)
    scopes = ast.FunctionDef | ast.ClassDef
    return isinstance(above, scopes) and any(node is d for d in above.decorator_list)


def notes(seen: Mapping[str, list[str]]) -> dict[int, set[str]]:
    """Return what was noted, by the numbers of the calls."""
    return {int(number): set(words) for number, words in seen.items()}
