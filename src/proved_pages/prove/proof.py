"""Decide, from its source alone, whether the proof of a claim could ever fail.

A proof is a cell that would fail if its claim were false. This module cannot know
what a cell means, but it can refuse the cells that pass whatever happens:
``assert True``, ``assert x == x``, an assert in a branch that may not run, an assert
whose error is caught. The rules are strict so that they stay easy to explain:
at least one ``assert`` stands at the top level of the cell, where nothing can skip
it, and its test mentions a value that the run computed.
"""

import ast
import builtins
from collections.abc import Iterable

# Calls that raise AssertionError themselves, the way numpy's testing module does.
ASSERTING_CALLS = ("assert_allclose", "assert_array_equal", "assert_equal")

CONSTANT_NAMES = frozenset(dir(builtins)) - {"open", "input", "globals", "locals"}


class Constants:
    """Collect the names that a page binds only to constants.

    ``x = 1`` followed by ``assert x == 1`` cannot fail. One object serves all cells
    of a page, in order, because names live on from cell to cell.
    """

    def __init__(self) -> None:
        """Begin with no names."""
        self.names: set[str] = set()

    def read(self, tree: ast.Module) -> None:
        """Add or remove the names that the cell `tree` binds."""
        for statement in tree.body:
            bound = {
                node.id
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
            value = None
            if isinstance(statement, ast.Assign | ast.AnnAssign):
                value = statement.value
            if value and self.is_fixed(value):
                self.names |= bound
            else:
                self.names -= bound

    def is_fixed(self, expression: ast.expr) -> bool:
        """Whether a name bound to `expression` stays constant: no list to append to."""
        mutable = ast.List | ast.Dict | ast.Set | ast.Call
        return self.is_constant(expression) and not any(
            isinstance(node, mutable) for node in ast.walk(expression)
        )

    def is_constant(self, expression: ast.expr) -> bool:
        """Whether `expression` is made of literals, built-ins and constants only."""
        local = {
            node.id
            for node in ast.walk(expression)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        return all(
            node.id in CONSTANT_NAMES or node.id in self.names or node.id in local
            for node in ast.walk(expression)
            if isinstance(node, ast.Name)
        )


def always_true(test: ast.expr, constants: Constants) -> str | None:
    """Say why `test` holds whatever the run computed, or None if it may be false."""
    match test:
        case ast.Tuple(elts=[_, *_]):
            return "its test is a tuple, which is always true (drop the brackets)"
        case ast.List(elts=[_, *_]) | ast.Set() | ast.Dict(keys=[_, *_]):
            return "its test is a non-empty display, which is always true"
        case ast.Lambda() | ast.GeneratorExp() | ast.JoinedStr():
            return "its test is an object that is always true"
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            if ast.dump(left) == ast.dump(right):
                return "it compares an expression with itself"
        case ast.BoolOp(op=ast.Or(), values=values):
            if any(isinstance(v, ast.Constant) and v.value for v in values):
                return "one side of its `or` is always true"
            if len({ast.dump(v) for v in values} & _negations(values)):
                return "it says `x or not x`"
        case ast.BoolOp(op=ast.And(), values=values):
            reasons = [always_true(value, constants) for value in values]
            if all(reasons):
                return reasons[0]
            return None
    if constants.is_constant(test):
        return "its test is made of constants only"
    return None


def why_it_cannot_fail(source: str, earlier: Iterable[str] = ()) -> str | None:
    """Say why the cell `source` cannot fail, or return None if it can.

    `earlier` holds the sources of the page's cells before it, in order.
    """
    constants = Constants()
    for cell in earlier:
        if tree := _parse(cell):
            constants.read(tree)
    if source.lstrip().startswith("%%"):
        return "a cell magic may keep its asserts from running"
    tree = _parse(source)
    if tree is None:
        return "it is not plain Python"
    constants.read(tree)
    if any(
        isinstance(node, ast.ClassDef) and node.name == "AssertionError"
        for node in ast.walk(tree)
    ):
        return "it redefines AssertionError"

    reasons = []
    for statement in tree.body:
        match statement:
            case ast.Assert(test=test):
                reason = always_true(test, constants)
                if reason is None:
                    return None
                reasons.append(f"line {statement.lineno}: {reason}")
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name), args=args)):
                if name in ASSERTING_CALLS and len(args) >= 2:
                    if ast.dump(args[0]) == ast.dump(args[1]):
                        reasons.append(
                            f"line {statement.lineno}: it compares a value with itself"
                        )
                    elif not all(constants.is_constant(arg) for arg in args):
                        return None
            case ast.Raise():
                break  # what follows never runs
    if reasons:
        return "; ".join(reasons)
    if any(isinstance(node, ast.Assert) for node in ast.walk(tree)):
        return (
            "its only assert stands inside another statement, which may skip or catch "
            "it (move it to the top level of the cell)"
        )
    return "it has no assert"


def _negations(values: list[ast.expr]) -> set[str]:
    return {
        ast.dump(value.operand)
        for value in values
        if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not)
    }


def _parse(source: str) -> ast.Module | None:
    """Parse a cell; lines with IPython's own syntax count as empty."""
    lines = [
        "" if line.lstrip().startswith(("%", "!")) else line
        for line in source.splitlines()
    ]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:
        return None
