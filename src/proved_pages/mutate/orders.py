"""A way to break proofs of what is better, where an expensive value was kept.

What such a proof knows of a training is numbers, and its asserts say which of two is
larger. So a number becomes another one, with which the sentence would be false: as
small as the one that it beats, or almost as much better as the sentence says.
"""

import ast
import copy
import re
from collections.abc import Iterator

from proved_pages.mutate.edits import Code, Mutant, number_of, short
from proved_pages.mutate.slices import PROOF

_BETTER = re.compile(
    r"\b(than|beats?|loses?|gains?|helps?|more|less|fewer|better|worse|above|below)\b"
)
_AS_GOOD = re.compile(r"\bas (good|well|often|many|accurate)\b|\bgains? nothing\b")
_WORDS = ["half a", "a", "one", "two", "three", "four", "five", "six", "seven", "eight"]
_WORDS += ["nine", "ten", "eleven", "twelve", "fifteen", "twenty", "thirty"]
_VALUES = dict(zip(_WORDS, [0.5, 1, *range(1, 13), 15, 20, 30], strict=True))
_NUMBER = "|".join([*_WORDS, r"\d+(?:\.\d+)?"])
_SAID = re.compile(
    rf"\b(?P<how>at least|more than|at most|less than|within) (?P<number>{_NUMBER})"
    r" (?P<unit>percentage points?|percent (?:smaller|larger|less|more)|percent"
    r"|points?|nats)\b",
    re.I,
)
_COUNTS = re.compile(r"(^len|count_params)$")
_ALMOST = 0.1  # of a number of the sentence, by which it is missed
_PART = 0.2  # by which what is said to be as good becomes smaller
_LARGER = (ast.Gt, ast.GtE)
_SMALLER = (ast.Lt, ast.LtE)


def level(code: Code) -> Iterator[Mutant]:
    """Give a number that is compared a value with which the sentence is false."""
    if not code.kept:
        return
    said = numbers(code.sentence)
    for top in code.tops:
        if not isinstance(top, ast.Assert) or code.place(top) != PROOF:
            continue
        for larger, smaller in _orders(top.test):
            found = _false(larger, smaller, said, code.sentence)
            if found:
                old, new = found
                changes = {number_of(old): new}
                yield Mutant("level", code.line(old), short(old), short(new), changes)


def numbers(sentence: str) -> dict[str, float]:
    """Return the least number of each kind that a sentence speaks of.

    Kinds are ``difference`` and ``ratio``, by which one is better, ``within`` and
    ``loss``, by which it may be worse, and the shares ``least`` and ``most``. Points
    are hundredths, as percentage points are.
    """
    found: dict[str, float] = {}
    for match in _SAID.finditer(sentence):
        word, unit, how = (match[name].lower() for name in ("number", "unit", "how"))
        value = float(_VALUES.get(word, 0) or word)
        value /= 100 if unit.startswith(("perc", "point")) else 1
        few = how in ("at most", "less than")
        if how == "within":
            kind = "within"
        elif unit == "percent":
            kind = "most" if few else "least"
        elif few:
            kind = "loss"
        else:
            kind = "ratio" if unit.startswith("percent ") else "difference"
        found[kind] = min(value, found.get(kind, value))
    return found


def _false(
    larger: ast.expr, smaller: ast.expr, said: dict[str, float], sentence: str
) -> tuple[ast.expr, ast.expr] | None:
    """Return what is computed of one side, and with what the sentence is false."""
    large, small = _computed(larger), _computed(smaller)
    if large is None and small is not None:
        match small:
            case ast.Call(
                func=ast.Name(id="abs"),
                args=[ast.BinOp(left=one, op=ast.Sub(), right=other)],
            ) if "within" in said:
                return one, _plus(other, (1 + _ALMOST) * said["within"])
        if small is smaller and "most" in said:
            return small, _constant((1 + _ALMOST) * said["most"])
        return None
    if large is not None and small is None:
        if large is larger and "least" in said:
            return large, _constant((1 - _ALMOST) * said["least"])
        return None
    if large is None or small is None or _counts(large) or _counts(small):
        return None
    allowed = [said[kind] for kind in ("loss", "within") if kind in said]
    if allowed and _is_less_a_number(smaller):  # it may be worse by so much
        return large, _plus(small, -(1 + _ALMOST) * min(allowed))
    if _is_scaled(larger) or _is_scaled(smaller):
        if "ratio" in said:
            part = 1 - (1 - _ALMOST) * said["ratio"]
            return large, ast.BinOp(copy.deepcopy(small), ast.Div(), _constant(part))
    elif "difference" in said:
        return large, _plus(small, (1 - _ALMOST) * said["difference"])
    if _AS_GOOD.search(sentence):
        size = ast.Call(ast.Name("abs", ast.Load()), [copy.deepcopy(small)], [])
        part_of = ast.BinOp(_constant(_PART), ast.Mult(), size)
        return large, ast.BinOp(copy.deepcopy(small), ast.Sub(), part_of)
    return (large, copy.deepcopy(small)) if _BETTER.search(sentence) else None


def _counts(side: ast.expr) -> bool:
    """Whether a side counts weights or members: no result of a training."""
    return isinstance(side, ast.Call) and bool(_COUNTS.search(short(side.func)))


def _is_less_a_number(side: ast.expr) -> bool:
    """Whether a number is taken from something that is compared."""
    return (
        isinstance(side, ast.BinOp)
        and isinstance(side.op, ast.Sub)
        and isinstance(side.right, ast.Constant)
    )


def _plus(value: ast.expr, number: float) -> ast.expr:
    return ast.BinOp(copy.deepcopy(value), ast.Add(), _constant(number))


def _constant(number: float) -> ast.Constant:
    return ast.Constant(round(number, 4))


def _orders(test: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield the larger and the smaller side of all order comparisons of a test."""
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            for each in values:
                yield from _orders(each)
        case ast.Compare(left=left, ops=ops, comparators=others):
            for op, one, other in zip(ops, [left, *others], others, strict=False):
                if isinstance(op, _LARGER):
                    yield one, other
                elif isinstance(op, _SMALLER):
                    yield other, one


def _computed(side: ast.expr) -> ast.expr | None:
    """Return what is computed of a side, without numbers added to it or times it."""
    match side:
        case (
            ast.BinOp(left=inner, right=ast.Constant())
            | ast.BinOp(left=ast.Constant(), op=ast.Mult() | ast.Add(), right=inner)
        ):
            return _computed(inner)
    named = any(isinstance(node, ast.Name) for node in ast.walk(side))
    return side if named else None


def _is_scaled(side: ast.expr) -> bool:
    """Whether a number times something is compared."""
    return isinstance(side, ast.BinOp) and isinstance(side.op, ast.Mult | ast.Div)
