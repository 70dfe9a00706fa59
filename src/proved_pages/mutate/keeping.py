"""Values that are kept: what an expensive statement of a slice returned is used again.

A recipe's program trains for ten seconds, and then a proof looks at what it returned. A
mutant that leaves alone all that the program depends on is given the value that it
returned before. Here it is found out which statements this may be done with; `kept`
does it, where the code runs.
"""

import ast
import hashlib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from proved_pages.mutate.edits import Change, Code, Mutant, number_of
from proved_pages.mutate.slices import behind, may_change

KEEP = "_keep"  # the name of the function that keeps a value


@dataclass(frozen=True)
class Keepable:
    """A statement ``NAME = VALUE`` whose value may be kept.

    `key` is made of it and of all that it depends on, whose numbers are in `needs`.
    It may change what the names in `touches` stand for; if it does, it is not kept.
    """

    value: ast.expr
    key: str
    needs: frozenset[int]
    touches: tuple[str, ...]


def keepables(code: Code) -> list[Keepable]:
    """Return the statements of a slice whose value may be kept, if it is expensive."""
    statements = code.slice.statements
    found = []
    for number, top in enumerate(code.tops):
        value = _value(top)
        if value is None:
            continue
        needs = behind(statements, number)
        binds = statements[number].names.binds
        touched = may_change(statements, number) - binds
        if any(name.startswith("file:") for name in touched):
            continue
        known = {n for i in needs for n in statements[i].names.binds}
        text = "\n".join(ast.unparse(statements[i].node) for i in [*needs, number])
        key = hashlib.sha256(text.encode()).hexdigest()[:24]
        touches = tuple(sorted(touched & known))
        found.append(Keepable(value, key, frozenset([*needs, number]), touches))
    return found


def _value(top: ast.stmt) -> ast.expr | None:
    """Return the value that a statement gives to names, if it is that of a call."""
    match top:
        case ast.Assign(targets=targets, value=value):
            if not all(isinstance(t, ast.Name | ast.Tuple | ast.List) for t in targets):
                return None
        case ast.AugAssign(target=ast.Name(), value=value):
            pass
        case _:
            return None
    inside = list(ast.walk(value))
    if any(isinstance(n, ast.NamedExpr | ast.Await | ast.Yield) for n in inside):
        return None
    return value if any(isinstance(n, ast.Call) for n in inside) else None


def keeping(found: Iterable[Keepable]) -> dict[int, Change]:
    """Return the changes that let values be kept, and used where they are kept."""
    changes: dict[int, Change] = {}
    for each in found:
        names = [ast.Constant(name) for name in each.touches]
        values = [ast.Name(name, ast.Load()) for name in each.touches]
        touched = ast.Dict([*names], [*values])
        arguments = [ast.Constant(each.key), _later(each.value), _later(touched)]
        call = ast.Call(ast.Name(KEEP, ast.Load()), arguments, [])
        changes[number_of(each.value)] = call
    return changes


def _later(value: ast.expr) -> ast.Lambda:
    nothing = ast.arguments([], [], None, [], [], None, [])
    return ast.Lambda(nothing, value)


def untouched(
    code: Code, mutant: Mutant, found: Iterable[Keepable]
) -> tuple[list[Keepable], list[Keepable]]:
    """Return what a mutant leaves alone, and what it would change the value of."""
    changed = _numbers(code, mutant.changes)
    alone: list[Keepable] = []
    other: list[Keepable] = []
    for each in found:
        (other if each.needs & changed else alone).append(each)
    return alone, other


def _numbers(code: Code, changes: Mapping[int, Change]) -> Set[int]:
    """Return the numbers of the statements that are changed."""
    places = {id(s): number for number, s in enumerate(code.slice.statements)}
    return {places[id(code.of[n])] for n in changes if n in code.of}
