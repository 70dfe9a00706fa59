"""Mutants: changes of the code of a slice, and how they are written down.

Every node of a slice's code has a number. A mutant says what becomes of some of them.
"""

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from proved_pages.mutate.slices import GUARD, Slice, Statement, module_of

Change = ast.AST | Sequence[ast.stmt] | None  # None: gone
HELP = "_help"  # the name by which mutants call functions of registered modules


@dataclass(frozen=True)
class Mutant:
    """A change of a slice by an operator, on a line of the page.

    Mutants of one `group` are two ways to ask one question: it is enough if the proof
    notices one of them.
    """

    operator: str
    line: int
    old: str
    new: str
    changes: Mapping[int, Change] = field(compare=False)
    group: str = ""

    @property
    def name(self) -> str:
        """Its name among the mutants of a proof; lines of a page change, so no line."""
        return f"{self.operator}: {self.old}" + (f" -> {self.new}" if self.new else "")


class Code:
    """The code of a slice, with a number for every node.

    `seen` holds what was noted of a call when the code ran unchanged, by its number;
    `kept` says that it runs with an expensive value that was kept.
    """

    def __init__(
        self, found: Slice, seen: Mapping[int, set[str]] | None = None
    ) -> None:
        """Give a number to every node."""
        self.slice = found
        self.sentence = found.proof.statement
        self.raises = found.proof.raises
        self.tree = copy.deepcopy(module_of(found))
        self.seen = dict(seen or {})
        self.kept = False
        self.parents: dict[int, ast.AST] = {}
        self.of: dict[int, Statement] = {}
        for number, node in enumerate(ast.walk(self.tree)):
            node.number = number  # type: ignore[attr-defined]
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[number_of(child)] = node
        self.tops: list[ast.stmt] = []
        for node in self.tree.body:
            if isinstance(node, ast.Try) and hasattr(node, GUARD):
                self.tops += node.body
            else:
                self.tops.append(node)
        for node, statement in zip(self.tops, found.statements, strict=True):
            for each in ast.walk(node):
                self.of[number_of(each)] = statement

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node around a node."""
        return self.parents.get(number_of(node))

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes around a node, from the inside out."""
        above = self.parent(node)
        while above is not None:
            yield above
            above = self.parent(above)

    def place(self, node: ast.AST) -> str:
        """Say where the statement of a node stands: `Statement.place`."""
        return self.of[number_of(node)].place

    def line(self, node: ast.AST) -> int:
        """Return the line of the page on which a node stands."""
        statement = self.of[number_of(node)]
        inside = getattr(node, "lineno", statement.node.lineno)
        return statement.line + inside - statement.node.lineno

    def nodes(self) -> Iterator[ast.AST]:
        """Yield all nodes of the page's own statements, in the order of the page."""
        for top in self.tops:
            yield from _in_order(top)

    def mutant(
        self, operator: str, node: ast.AST, new: Change, **more: Mapping[int, Change]
    ) -> Mutant:
        """Write down the change of a node, with further `more["changes"]`."""
        changes = {number_of(node): new} | dict(more.get("changes", {}))
        return Mutant(operator, self.line(node), short(node), _words(new), changes)

    def source(self, changes: Mapping[int, Change] | None = None) -> str:
        """Return the code, changed."""
        tree = copy.deepcopy(self.tree)
        _Changer(changes or {}).visit(tree)
        return ast.unparse(ast.fix_missing_locations(tree))


def helpers_of(mutant: Mutant) -> set[str]:
    """Return the functions of registered modules that a mutant calls."""
    return {
        str(node.args[1].value)
        for change in mutant.changes.values()
        for new in (change if isinstance(change, Sequence) else [change])
        if new is not None
        for node in ast.walk(new)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == HELP
        and isinstance(node.args[1], ast.Constant)
    }


def number_of(node: ast.AST) -> int:
    """Return the number of a node; -1 for one that an operator has made."""
    return int(getattr(node, "number", -1))


def help_call(module: str, function: str, *arguments: ast.expr) -> ast.Call:
    """Return a call of a function of a registered module."""
    asked = ast.Call(
        ast.Name(HELP, ast.Load()), [ast.Constant(module), ast.Constant(function)], []
    )
    return ast.Call(asked, [copy.deepcopy(a) for a in arguments], [])


def short(node: ast.AST) -> str:
    """Write a node on one line."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else text[:87] + "..."


def _words(new: Change) -> str:
    if new is None:
        return ""
    nodes = new if isinstance(new, Sequence) else [new]
    return "; ".join(map(short, nodes))


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)


class _Changer(ast.NodeTransformer):
    def __init__(self, changes: Mapping[int, Change]) -> None:
        self.changes = changes

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt] | None:
        number = number_of(node)
        if number in self.changes:
            new = self.changes[number]
            if new is None or isinstance(new, ast.AST):
                # What stands inside may be changed, too.
                return None if new is None else self.generic_visit(_renew(new, number))
            return [copy.deepcopy(each) for each in new]
        found = self.generic_visit(node)
        for part in ("body", "orelse"):  # an empty block is no Python
            block = getattr(found, part, None)
            if part == "body" and block == [] and isinstance(found, ast.stmt):
                found.body = [ast.Pass()]  # type: ignore[attr-defined]
        return found


def _renew(new: ast.AST, number: int) -> ast.AST:
    """Copy a node; the place that it takes is not changed a second time."""
    copied = copy.deepcopy(new)
    for node in ast.walk(copied):
        if number_of(node) == number:
            node.number = -1  # type: ignore[attr-defined]
    return copied
