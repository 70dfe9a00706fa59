"""The general ways to break a proof.

Each operator looks for places where a change ought to be noticed: in the proof, in the
cells right before it, and wherever the claim's sentence speaks of what stands there. A
change that makes no difference by construction is not made: a print, a seed, a name
that nobody uses; a comparison of a value with itself.
"""

import ast
import copy
import re
from collections.abc import Callable, Iterator

from proved_pages.mutate.edits import Code, Mutant, number_of, short
from proved_pages.mutate.slices import FAR, PROOF
from proved_pages.mutate.statements import VALUES, names_of, root

Operator = Callable[[Code], Iterator[Mutant]]

# Statements that change what is printed or logged, or where random numbers begin.
NEUTRAL = re.compile(
    r"(print|display|warnings\.\w+|logging\.[\w.]+|gc\.collect)\("
    r"|[\w.()]+\.(setLevel|set_verbosity|simplefilter|filterwarnings)\("
)
SEEDS = re.compile(r"[\w.]*seed\(")  # neutral, unless the sentence speaks of seeds
NEUTRAL_ARGUMENTS = frozenset({"verbose", "seed", "random_state", "atol", "rtol"})
SEEDED = re.compile(r"seed|rng|RandomState")
EQUAL_CALLS = re.compile(r"(array_equal|allclose|isclose|assert_\w*(equal|close))$")
_SMALL = 9  # a number up to this one stands in many places that mean nothing by it


def words_of(sentence: str) -> set[str]:
    """Return the words of a sentence, names in code taken apart."""
    return set(re.findall(r"[A-Za-z_]\w*", sentence))


def numbers_of(sentence: str) -> set[float]:
    """Return the numbers of a sentence."""
    digits = re.findall(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?", sentence)
    return {float(number.replace(",", "")) for number in digits}


def speaks_of(code: Code, node: ast.AST) -> bool:
    """Whether the sentence names what `node` calls, or an attribute that it sets.

    What a call is given is not what the statement does.
    """
    words = words_of(code.sentence)
    for each in _done_by(node):
        match each:
            case (
                ast.Call(func=ast.Attribute(attr=name))
                | ast.Call(func=ast.Name(id=name))
            ):
                if name in words:
                    return True
            case ast.Attribute(attr=name, ctx=ast.Store()) if name in words:
                return True
    return False


def _done_by(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and what is in it, but not the arguments of its calls."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.Call) and child is not node.func:
            continue
        yield from _done_by(child)


def drop(code: Code) -> Iterator[Mutant]:
    """Drop a statement that does something and binds nothing."""
    last = code.tops[-1] if code.tops else None
    for node in code.nodes():
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                if _names_part_of(decorator, code.sentence):
                    mutant = code.mutant("drop", decorator, None)
                    old = "@" + mutant.old
                    yield Mutant("drop", mutant.line, old, "", mutant.changes)
        if not isinstance(node, ast.stmt) or (node is last and code.raises):
            continue
        if _does_something(code, node) and _near(code, node):
            yield code.mutant("drop", node, None)


def _names_part_of(node: ast.AST, sentence: str) -> bool:
    """Whether a part of a name in `node`, such as ``register``, is in the sentence."""
    parts = re.findall(r"[a-z]{5,}", short(node))
    return any(part in sentence.lower() for part in parts)


def _near(code: Code, node: ast.AST) -> bool:
    if code.place(node) != FAR:
        return True
    return speaks_of(code, node) and bool(names_of_proof(code) & _roots(node))


def names_of_proof(code: Code) -> set[str]:
    """Return the names that the proof itself uses, or the cells right before it."""
    return {
        name
        for top in code.tops
        if code.place(top) != FAR
        for name in names_of(top).uses
    }


def _roots(node: ast.AST) -> set[str]:
    """Return the names of which a statement calls or sets something."""
    return {
        name
        for each in ast.walk(node)
        if isinstance(each, ast.Call | ast.Attribute) and (name := root(each))
    }


def _does_something(code: Code, node: ast.stmt) -> bool:
    alone = _is_alone(code, node)
    match node:
        case ast.Expr(value=ast.Call() as call):
            checks = isinstance(call.func, ast.Attribute) and (
                call.func.attr.startswith("assert_")
            )
            if short(call).startswith("super()") or is_neutral(code, call):
                return False
            return not (checks or alone)
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript() as target]):
            return not (alone or _is_of_self(target))
        case ast.AugAssign() | ast.Delete():
            return not alone
        case ast.Assign(targets=[ast.Name(id="_")], value=ast.Call()):
            return not alone
        case ast.For() | ast.With() | ast.If():
            top = any(node is each for each in code.tops)
            idle = _is_needed(code, node) or _checks(node) or _only_prints(code, node)
            return top and not idle
    return False


def _only_prints(code: Code, node: ast.For | ast.With | ast.If) -> bool:
    """Whether a block prints and names what it prints, and does nothing else."""
    return all(
        (isinstance(each, ast.Expr) and _is_neutral_call(code, each.value))
        or (isinstance(each, ast.Assign) and _binds_names(each))
        for each in node.body
    )


def _is_neutral_call(code: Code, value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and is_neutral(code, value)


def _binds_names(node: ast.Assign) -> bool:
    return all(isinstance(target, ast.Name) for target in node.targets)


def is_neutral(code: Code, call: ast.Call) -> bool:
    """Whether it makes no difference that a call is made."""
    text = short(call)
    seeds = SEEDS.match(text) and "seed" not in code.sentence
    return bool(NEUTRAL.match(text) or seeds)


def _is_alone(code: Code, node: ast.stmt) -> bool:
    """Whether a statement is all of a block that is dropped as a whole."""
    above = code.parent(node)
    blocks = ast.For | ast.With | ast.If
    return (
        isinstance(above, blocks)
        and len(above.body) == 1
        and (_does_something(code, above))
    )


def _is_of_self(target: ast.expr) -> bool:
    return root(target) == "self"


def _checks(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Assert) for each in ast.walk(node))


def _is_needed(code: Code, node: ast.stmt) -> bool:
    """Whether a later statement uses a name that no other binds before."""
    binds = names_of(node).binds
    before: set[str] = set()
    later = False
    for top in code.tops:
        names = names_of(top)
        if top is node:
            later = True
        elif later:
            if names.uses & (binds - before):
                return True
            binds = binds - names.binds
        else:
            before |= names.binds
    return False


def constant(code: Code) -> Iterator[Mutant]:
    """Change a number or a switch that the sentence speaks of, or the assert."""
    numbers, words = numbers_of(code.sentence), words_of(code.sentence)
    for node in code.nodes():
        if not isinstance(node, ast.Constant) or _is_neutral(code, node):
            continue
        checks = any(isinstance(above, ast.Assert) for above in code.around(node))
        value = node.value
        if checks:
            continue
        if isinstance(value, bool):
            if _name_of(code, node) in words and code.place(node) != FAR:
                yield _shown(code, "constant", node, ast.Constant(not value))
        elif isinstance(value, int | float) and value in numbers:
            small = value <= _SMALL and value == int(value)
            known = code.place(node) != FAR and _speaks_around(code, node)
            if small and not known:
                continue
            yield _shown(code, "constant", node, ast.Constant(_other(value)))
    for top in code.tops:
        if isinstance(top, ast.Assert) and code.place(top) == PROOF:
            yield from _expected(code, top)


def _speaks_around(code: Code, node: ast.AST) -> bool:
    """Whether the sentence names what a number is given to."""
    sentence = code.sentence.lower()
    for above in code.around(node):
        match above:
            case ast.keyword(arg=str(name)):
                return any(p in sentence for p in name.split("_") if len(p) > 2)
            case ast.Call(func=function):
                if root(function) in VALUES:
                    return False
                names = words_of(short(function)) - {"keras", "layers", "np", "ops"}
                return any(name.lower() in sentence for name in names)
            case ast.Subscript(value=value):
                return short(value) in code.sentence
    return False


def _shown(code: Code, operator: str, node: ast.AST, new: ast.expr) -> Mutant:
    """Write a change down with the expression around it: a number alone says little."""
    around: ast.AST = node
    for above in code.around(node):
        if not isinstance(above, ast.expr | ast.keyword):
            break
        around = above
        if isinstance(above, ast.Call | ast.keyword):
            break
    changes = {number_of(node): new}
    mutant = code.mutant(operator, node, new)
    if around is node or len(short(around)) > 60:
        return mutant
    tree = copy.deepcopy(around)
    for each in ast.walk(tree):
        for name, part in ast.iter_fields(each):
            if isinstance(part, ast.AST) and number_of(part) == number_of(node):
                setattr(each, name, new)
            if isinstance(part, list):
                part[:] = [
                    new
                    if isinstance(p, ast.AST) and number_of(p) == number_of(node)
                    else p
                    for p in part
                ]
    return Mutant(operator, mutant.line, short(around), short(tree), changes)


def _is_neutral(code: Code, node: ast.Constant) -> bool:
    if not isinstance(code.parent(node), ast.expr | ast.keyword | ast.stmt):
        return True
    for above in code.around(node):
        if isinstance(above, ast.keyword) and above.arg in NEUTRAL_ARGUMENTS:
            return True
        if isinstance(above, ast.Call) and SEEDED.search(short(above.func)):
            return True
        if isinstance(above, ast.JoinedStr | ast.Expr) and not isinstance(
            getattr(above, "value", None), ast.Call
        ):
            return True
        if isinstance(above, ast.Call) and is_neutral(code, above):
            return True
    return False


def _name_of(code: Code, node: ast.Constant) -> str:
    """Return the argument that a switch is given to."""
    match code.parent(node):
        case ast.keyword(arg=str(name)):
            return name
    return ""  # an attribute that is set: dropping the statement says as much


def _other(value: float) -> float:
    if isinstance(value, int):
        return value + 1
    return value * 2 if value else 1.0


def _expected(code: Code, top: ast.Assert) -> Iterator[Mutant]:
    """Change one value that an assert expects: the first that it compares with."""
    for node, positive in comparisons(top.test):
        if not positive or not isinstance(node, ast.Compare):
            continue
        for side in (node.left, *node.comparators):
            each = _literal(side)
            if each is None:
                continue
            new: bool | float | str
            match each.value:
                case bool():
                    new = not each.value
                case int() | float():
                    new = _other(each.value)
                case str():
                    new = each.value + "?"
                case _:
                    continue
            yield _shown(code, "expected", each, ast.Constant(new))
            return


def _literal(side: ast.expr) -> ast.Constant | None:
    """Return the first literal of what is expected, if nothing of it is computed."""
    match side:
        case ast.Constant():
            return side
        case ast.Tuple(elts=[first, *_]) | ast.List(elts=[first, *_]):
            return _literal(first)
        case ast.Set(elts=[first, *_]) | ast.Dict(values=[first, *_]):
            return _literal(first)
    return None


def comparisons(test: ast.AST, positive: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    """Yield comparisons for equality in a test, and whether they are to be true."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            yield from comparisons(inner, not positive)
        case ast.Compare(ops=[ast.Eq() | ast.Is() | ast.In()]):
            yield test, positive
        case ast.Compare(ops=[ast.NotEq() | ast.IsNot()]):
            yield test, not positive
        case ast.Call(func=function, args=[_, _, *_]) if EQUAL_CALLS.search(
            short(function)
        ):
            yield test, positive
        case ast.Lambda():
            return
        case (
            ast.ListComp(elt=inner)
            | ast.SetComp(elt=inner)
            | ast.GeneratorExp(elt=inner)
        ):
            yield from comparisons(inner, positive)
        case _:
            for child in ast.iter_child_nodes(test):
                yield from comparisons(child, positive)


def sides(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """Return both sides of a comparison."""
    match node:
        case ast.Compare(left=left, ops=[_], comparators=[right]):
            return left, right
        case ast.Call(args=[left, right, *_]):
            return left, right
    return None


def other_side(code: Code) -> Iterator[Mutant]:
    """Compare one side with itself where two calls are claimed to differ.

    A difference of two random draws, or of what is no number, stays a difference. Where
    equality is claimed, what computes one side becomes the other (`alias`).
    """
    for top in code.tops:
        if not isinstance(top, ast.Assert) or code.place(top) != PROOF:
            continue
        for node, positive in comparisons(top.test):
            both = sides(node)
            if both is None or positive or not _are_alike(*both):
                continue
            for side, other in (both, both[::-1]):
                changes = {number_of(side): copy.deepcopy(other)}
                line = code.line(node)
                yield Mutant("side", line, short(side), short(other), changes)


def _are_alike(left: ast.expr, right: ast.expr) -> bool:
    """Whether both sides are calls of one function, or of one method of two objects."""
    if not isinstance(left, ast.Call) or not isinstance(right, ast.Call):
        return False
    names = [{n.id: "_" for n in ast.walk(s) if isinstance(n, ast.Name)}
             for s in (left.func, right.func)]  # fmt: skip
    functions = [
        ast.dump(_Spell({}, each).visit(copy.deepcopy(side.func)))
        for each, side in zip(names, (left, right), strict=True)
    ]
    return functions[0] == functions[1] and ast.dump(left) != ast.dump(right)


def compares_itself(code: Code, mutant: Mutant) -> bool:
    """Whether a mutant makes an assert compare a value with itself."""
    for top in code.tops:
        inside = {number_of(node) for node in ast.walk(top)}
        if isinstance(top, ast.Assert) and inside & mutant.changes.keys():
            changed = ast.parse(code.source(mutant.changes))
            return _same_sides(changed) > _same_sides(code.tree)
    return False


def _same_sides(tree: ast.AST) -> int:
    """Count the comparisons, wanted to be true, of a value with itself."""
    count = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            for each, positive in comparisons(node.test):
                both = sides(each)
                same = both and ast.unparse(both[0]) == ast.unparse(both[1])
                count += bool(positive and same)
    return count


def alias(code: Code) -> Iterator[Mutant]:
    """Let a name that is claimed to equal another be that other.

    Not where all that is left would compare a value with itself.
    """
    bound = assigned(code)
    for top in code.tops:
        if not isinstance(top, ast.Assert) or code.place(top) != PROOF:
            continue
        for node, positive in comparisons(top.test):
            both = sides(node)
            if both is None or not positive:
                continue
            first, second = (root(side) for side in both)
            if first is None or second is None or first == second:
                continue
            for name, other in ((first, second), (second, first)):
                if (
                    name in bound
                    and other in bound
                    and bound[other][0] < bound[name][0]
                    and isinstance(bound[name][1].value, ast.Call)
                    and _alike(*both, name, other)
                    and not only_compares(code, name, other)
                ):
                    value = bound[name][1].value
                    new = ast.Name(other, ast.Load())
                    changes = {number_of(value): new}
                    old = f"{name} = {short(value)}"
                    line = code.line(value)
                    yield Mutant("side", line, old, f"{name} = {other}", changes)


def _alike(left: ast.expr, right: ast.expr, name: str, other: str) -> bool:
    """Whether both sides are the same, but for the names."""
    renamed = [_Spell({}, {name: other}).visit(copy.deepcopy(s)) for s in (left, right)]
    return ast.dump(renamed[0]) == ast.dump(renamed[1])


def assigned(code: Code) -> dict[str, tuple[int, ast.Assign]]:
    """Return the names that are bound once, each by an assignment of its own."""
    count: dict[str, int] = {}
    found: dict[str, tuple[int, ast.Assign]] = {}
    for place, top in enumerate(code.tops):
        for name in names_of(top).binds:
            count[name] = count.get(name, 0) + 1
        match top:
            case ast.Assign(targets=[ast.Name(id=name)]):
                found[name] = (place, top)
    return {name: each for name, each in found.items() if count[name] == 1}


def only_compares(code: Code, name: str, other: str) -> bool:
    """Whether `name` in the place of `other` leaves nothing but ``a == a``.

    That is so if all that is done with `name` is to be compared with `other`.
    """
    bound = assigned(code)

    def spelled(node: ast.expr, depth: int = 3) -> str:
        """Write an expression, names replaced by what they are bound to."""
        copied = copy.deepcopy(node)
        for _ in range(depth):
            copied = _Spell(bound, {name: other}).visit(copied)
        return ast.dump(_Spell({}, {name: other}).visit(copied))

    touched = False
    for top in code.tops:
        if name not in names_of(top).uses:
            continue
        if isinstance(top, ast.Assign) and not touched:
            continue  # its value is spelled out where it is compared
        if not isinstance(top, ast.Assert):
            return False
        tests = top.test.values if isinstance(top.test, ast.BoolOp) else [top.test]
        for test in tests:
            if name not in {n.id for n in ast.walk(test) if isinstance(n, ast.Name)}:
                continue
            pairs = [sides(node) for node, wanted in comparisons(test) if wanted]
            if not any(pair and spelled(pair[0]) == spelled(pair[1]) for pair in pairs):
                return False
    return True


class _Spell(ast.NodeTransformer):
    def __init__(
        self, bound: dict[str, tuple[int, ast.Assign]], names: dict[str, str]
    ) -> None:
        self.bound, self.names = bound, names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.names:
            return ast.Name(self.names[node.id], ast.Load())
        if node.id in self.bound and node.id not in self.names.values():
            value = self.bound[node.id][1].value
            if isinstance(value, ast.Call):
                return copy.deepcopy(value)
        return node


GENERAL: tuple[Operator, ...] = (drop, alias, constant, other_side)
