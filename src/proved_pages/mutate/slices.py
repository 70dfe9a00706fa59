"""The slice of a proof: the statements of its page that it depends on.

Forward through the page, it is noted which names hold which others (``model`` holds
``layer`` after ``model = Sequential([layer])``): what changes one may change the
others. Then backward from the proof, a statement is kept that binds or may change a
name that is needed.
"""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from proved_pages.mutate.proofs import Proof
from proved_pages.mutate.statements import Names, names_of, root
from proved_pages.python_source import lines_of

PROOF, NEAR, FAR = "proof", "near", "far"
GUARD = "guard"  # marks a ``try`` that is not the page's own
_DEFINE = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Statement:
    """A statement at the top level of a cell.

    `place` says where: in the proof, near it (behind the proof of the claim before) or
    far; `line` is that of the page.
    """

    node: ast.stmt
    cell: int
    line: int
    place: str
    names: Names


@dataclass(frozen=True)
class Slice:
    """The statements that a proof depends on; `whole`: all before it."""

    proof: Proof
    statements: tuple[Statement, ...]
    whole: bool = False

    @property
    def source(self) -> str:
        """Its code, as Python writes it."""
        return ast.unparse(module_of(self))

    @property
    def text(self) -> str:
        """Its code, as the page writes it."""
        parts = self.proof.parts
        return "\n".join(
            lines_of(parts[s.cell].source, s.node) for s in self.statements
        )


def statements_of(proof: Proof) -> list[Statement]:
    """Read all cells up to the proof. Raises SyntaxError where Python cannot."""
    found = []
    last = len(proof.parts) - 1
    for number, part in enumerate(proof.parts):
        place = PROOF if number == last else NEAR if number >= proof.near else FAR
        for node, names in parsed(part.source):
            line = part.line + node.lineno - 1
            found.append(Statement(node, number, line, place, names))
    return found


@cache  # a cell stands before many proofs
def parsed(source: str) -> list[tuple[ast.stmt, Names]]:
    """Read a cell: its statements, with their names.

    Lines with IPython's own syntax count as empty. Raises SyntaxError.
    """
    lines = [
        "" if line.lstrip().startswith(("%", "!")) else line
        for line in source.splitlines()
    ]
    return [(node, names_of(node)) for node in ast.parse("\n".join(lines)).body]


def whole_of(proof: Proof) -> Slice:
    """Return all statements up to the proof, and in it."""
    return Slice(proof, tuple(statements_of(proof)), whole=True)


def slice_of(proof: Proof) -> Slice:
    """Return the statements that the proof depends on."""
    statements = statements_of(proof)
    changed, _ = _changes(statements)
    stable = _stable(statements)
    modules = _modules(statements)
    last = len(proof.parts) - 1
    ending = {statements[-1].cell: statements[-1]} if statements else {}
    for statement in statements:
        if proof.parts[statement.cell].raises:
            ending[statement.cell] = statement
    needed: set[str] = set()
    kept = []
    for statement, changes in reversed(list(zip(statements, changed, strict=True))):
        names, node = statement.names, statement.node
        if _shows(node):
            continue
        if statement.cell == last:
            wanted = bool(proof.raises) or _asserts(node) or _is_global(node, modules)
        elif _asserts(node) and not names.binds & needed:
            continue
        else:  # what raised, on purpose, did nothing
            wanted = _is_global(node, modules)
            if ending.get(statement.cell) is statement:
                continue
        if wanted or names.binds & needed or changes & (needed - stable):
            kept.append(statement)
            if isinstance(
                node, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom
            ):
                needed -= names.binds
            elif isinstance(node, ast.With):
                needed -= _bound_in_block(node)
            elif (
                isinstance(node, ast.FunctionDef | ast.ClassDef)
                and node.name not in names.uses
            ):
                needed.discard(node.name)
            needed |= names.uses
            if _overwrites(node):
                needed -= {n for n in names.changes if n.startswith("file:")}
    return Slice(proof, tuple(reversed(kept)))


def behind(statements: Sequence[Statement], number: int) -> list[int]:
    """Return the numbers of the statements that one depends on, in their order."""
    changed, _ = _changes(list(statements))
    stable, modules = _stable(statements), _modules(statements)
    needed = set(statements[number].names.uses)
    found = []
    for each in range(number - 1, -1, -1):
        names, node = statements[each].names, statements[each].node
        changes = changed[each] & (needed - stable)
        if names.binds & needed or changes or _is_global(node, modules):
            found.append(each)
            needed |= names.uses
    return found[::-1]


def may_change(statements: Sequence[Statement], number: int) -> set[str]:
    """Return the names whose values a statement is given, or acts on.

    What these hold may change, too. Modules are not among them.
    """
    return _changes(list(statements))[1][number]


def module_of(found: Slice) -> ast.Module:
    """Join the statements; what was meant to raise, before the proof, may do so."""
    body: list[ast.stmt] = []
    last = len(found.proof.parts) - 1
    open_cell = -1
    for statement in found.statements:
        if statement.cell != last and found.proof.parts[statement.cell].raises:
            if statement.cell != open_cell:
                caught = ast.ExceptHandler(
                    ast.Name("Exception", ast.Load()), None, [ast.Pass()]
                )
                guard = ast.Try([], [caught], [], [])
                setattr(guard, GUARD, True)
                body.append(guard)
                open_cell = statement.cell
            attempt = body[-1]
            assert isinstance(attempt, ast.Try)
            attempt.body.append(statement.node)
        else:
            body.append(statement.node)
    return ast.fix_missing_locations(ast.Module(body, []))


def _stable(statements: Iterable[Statement]) -> set[str]:
    """Return the names of functions, classes and modules."""
    return {n for s in statements if isinstance(s.node, _DEFINE) for n in s.names.binds}


def _modules(statements: Iterable[Statement]) -> set[str]:
    """Return the names that are imported."""
    imports = ast.Import | ast.ImportFrom
    return {n for s in statements if isinstance(s.node, imports) for n in s.names.binds}


def _changes(statements: list[Statement]) -> tuple[list[set[str]], list[set[str]]]:
    """Return what each statement may change: what holds it changes, too.

    The second list has only what it is given or acts on.
    """
    stable = _stable(statements)
    holds: dict[str, set[str]] = {}
    parts: dict[str, set[str]] = {}  # the same, without functions and modules
    # What is only handed on (an input, an array) is not changed by whoever holds it.
    active = {name for s in statements for name in _acted_on(s.node)}
    inside: dict[str, set[str]] = {}
    values: set[str] = set()  # plain numbers: a call that is given them changes nothing
    found, directly = [], []
    for statement in statements:
        names = statement.names
        direct = names.changes | (names.handed - values)
        for name in names.uses:
            for held in _below(name, holds):
                direct |= inside.get(held, set())
        directly.append(direct)
        everything = set(direct)
        for name in direct - stable:
            below = _below(name, parts)
            everything |= below
            shared = below & active
            everything |= {above for above in parts if shared & _below(above, parts)}
        found.append(everything)
        if isinstance(statement.node, ast.Import | ast.ImportFrom):
            continue
        values -= names.binds
        if names.plain:
            values |= names.binds
        for name in names.binds:
            inside[name] = set(names.inside)
            if not names.plain:
                before = holds.get(name, set()) if name in names.uses else set()
                holds[name] = before | (names.uses - {name})
                if name not in stable:
                    parts[name] = {n for n in holds[name] if n not in stable}
    modules = _modules(statements)
    return [each - modules for each in found], [each - modules for each in directly]


@cache
def _acted_on(node: ast.stmt) -> set[str]:
    """Return the names that are called, or of which an attribute is looked at."""
    return {
        name
        for each in ast.walk(node)
        if isinstance(each, ast.Call | ast.Attribute)
        and (name := root(each.func if isinstance(each, ast.Call) else each.value))
    }


def _below(name: str, holds: dict[str, set[str]]) -> set[str]:
    """Return a name and all that it holds, through others."""
    found, todo = set(), [name]
    while todo:
        each = todo.pop()
        if each not in found:
            found.add(each)
            todo += holds.get(each, ())
    return found


@cache
def _asserts(node: ast.stmt) -> bool:
    """Whether a statement checks something."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return False
    return any(
        isinstance(n, ast.Assert)
        or (isinstance(n, ast.Attribute) and n.attr.startswith("assert_"))
        for n in ast.walk(node)
    )


def _bound_in_block(node: ast.With) -> set[str]:
    """Return the names that the body of a ``with`` binds before it uses them."""
    found = {
        n.id
        for item in node.items
        for n in ast.walk(item)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    used: set[str] = set()
    for each in node.body:
        names = names_of(each)
        used |= names.uses
        if isinstance(each, ast.Assign | ast.AnnAssign):
            found |= names.binds - used
    return found


def _overwrites(node: ast.stmt) -> bool:
    """Whether a statement only writes a file anew: ``model.save("net.keras")``."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="save" | "save_weights"))):
            return True
    return False


def _shows(node: ast.stmt) -> bool:
    """Whether a statement only shows something."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id="print" | "display"))):
            return True
    return False


def _is_global(node: ast.stmt, modules: set[str]) -> bool:
    """Whether a statement may change what no name of the page stands for."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return root(node.value) in modules and root(node.value) != "print"
    if isinstance(node, ast.Assign):
        return any(
            root(t) in modules
            for t in node.targets
            if isinstance(t, ast.Attribute | ast.Subscript)
        )
    return False
