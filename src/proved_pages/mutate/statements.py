"""What a statement uses, binds and changes, by names; read, not run.

Where Python cannot tell (a call may change what it is called with), the answer errs on
the side of too much: a slice that is too large costs time, one that is too small does
not run.

A file is a name, too: whoever saves ``net.keras`` changes what whoever loads it uses.
"""

import ast
import builtins
import re
from dataclasses import dataclass, field

_FILE = re.compile(r"[\w./*{}-]+\.[A-Za-z]\w{1,6}")
_FILE_CALL = re.compile(r"save|load|export|open|write|read|File|TFSM|Checkpoint|Backup")
_BUILT_IN = frozenset(dir(builtins))
# Modules whose functions return plain numbers: nothing of what they are given.
VALUES = frozenset({"np", "numpy", "math", "ops", "json", "time"})
# Built-in functions that look at what they are given, and change nothing.
_LOOKS = frozenset(
    re.findall(
        r"\w+",
        "print display len type isinstance issubclass repr str int float bool list "
        "tuple set dict sorted sum min max abs round zip enumerate range hasattr "
        "getattr all any id vars dir",
    )
)
_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass
class Names:
    """The names of a statement: those that it uses, binds and may change.

    Those in `handed` are changed, if at all, because a call is given them. `inside` are
    the names from outside that a function or a class changes when it is called; `plain`
    says that what it binds holds nothing of what it uses.
    """

    uses: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    handed: set[str] = field(default_factory=set)
    inside: set[str] = field(default_factory=set)
    plain: bool = False


def names_of(statement: ast.stmt) -> Names:
    """Read a statement."""
    found = Names()
    _read(statement, found, _bare_calls(statement))
    found.uses -= _BUILT_IN
    found.changes -= _BUILT_IN
    found.handed -= _BUILT_IN
    if isinstance(statement, _SCOPES):
        found.inside, found.changes = found.changes | found.handed, set()
        found.handed = set()
        found.changes |= {n for n in found.inside if n.startswith("file:")}
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        found.plain = root(statement.value) in VALUES
    return found


def root(node: ast.AST | None) -> str | None:
    """Return the name that an expression such as ``model.layers[0].fit(x)`` is of."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _bare_calls(statement: ast.stmt) -> set[int]:
    """Return the calls whose value nobody looks at, and all in a block."""
    blocks = ast.For | ast.With | ast.While | ast.If | ast.Try
    return {
        id(call)
        for node in ast.walk(statement)
        if isinstance(node, ast.Expr | blocks)
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
    }


def _read(node: ast.AST, found: Names, bare: set[int]) -> None:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
            _read_scope(node, found, bare)
            return
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            _read_comprehension(node, found, bare)
            return
        case ast.Import() | ast.ImportFrom():
            found.binds |= {a.asname or a.name.split(".")[0] for a in node.names}
        case ast.Name(id=name, ctx=ast.Store()):
            found.binds.add(name)
        case ast.Name(id=name, ctx=ast.Del()):
            found.changes.add(name)
            found.uses.add(name)
        case ast.Name(id=name):
            found.uses.add(name)
        case ast.ExceptHandler(name=str(name)):
            found.binds.add(name)
        case ast.AugAssign(target=ast.Name(id=name)):
            found.uses.add(name)
        case (
            ast.Attribute(ctx=ast.Store() | ast.Del())
            | ast.Subscript(ctx=ast.Store() | ast.Del())
        ):
            found.changes |= {n for n in [root(node)] if n}
        case ast.Call():
            _read_call(node, found, id(node) in bare)
        case ast.Constant(value=str(text)) if _FILE.fullmatch(text):
            found.uses.add("file:" + text)
            found.changes.add("file:" + text)
    for child in ast.iter_child_nodes(node):
        _read(child, found, bare)
    if isinstance(node, ast.For):  # for layer in model.layers: layer.trainable = False
        targets = {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
        if targets & (found.changes | found.handed):
            found.changes |= {
                n.id for n in ast.walk(node.iter) if isinstance(n, ast.Name)
            }


def _read_call(node: ast.Call, found: Names, bare: bool) -> None:
    called = node.func
    if isinstance(called, ast.Name) and called.id in _LOOKS:
        return
    name = called.attr if isinstance(called, ast.Attribute) else root(called) or ""
    found.changes |= {n for n in [root(called)] if n}
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    if bare or isinstance(called, ast.Name):
        for argument in arguments:
            found.handed |= {
                n.id for n in ast.walk(argument) if isinstance(n, ast.Name)
            }
    if _FILE_CALL.search(name):
        for argument in node.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found.uses.add("file:" + argument.value)
                found.changes.add("file:" + argument.value)


def _read_scope(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda,
    found: Names,
    bare: set[int],
) -> None:
    inner = Names()
    for child in ast.iter_child_nodes(node):
        _read(child, inner, bare)
    local = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    for declared in ast.walk(node):
        if isinstance(declared, ast.Global | ast.Nonlocal):
            inner.changes |= set(declared.names)
            inner.uses |= set(declared.names)
            inner.binds -= set(declared.names)
    local |= inner.binds
    found.uses |= inner.uses - local
    found.changes |= inner.changes - local
    found.handed |= inner.handed - local
    if not isinstance(node, ast.Lambda):
        found.binds.add(node.name)


def _read_comprehension(
    node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp,
    found: Names,
    bare: set[int],
) -> None:
    inner = Names()
    for child in ast.iter_child_nodes(node):
        _read(child, inner, bare)
    own = {
        n.id
        for loop in node.generators
        for n in ast.walk(loop.target)
        if isinstance(n, ast.Name)
    }
    found.uses |= inner.uses - own
    found.changes |= inner.changes - own
    found.handed |= inner.handed - own
    found.binds |= inner.binds - own  # by `:=`
    if own & (inner.changes | inner.handed):  # [train(model) for model in models]
        for loop in node.generators:
            found.changes |= {
                n.id for n in ast.walk(loop.iter) if isinstance(n, ast.Name)
            }
