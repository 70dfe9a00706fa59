"""Cut one function out of a module, with all that it needs and nothing else.

The chooser shows the ``build`` of an example. It is cut from the file that the tests
run, not typed again, and what is cut out runs on its own.
"""

import ast

_CONSTANTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)


def cut(source: str, name: str) -> str:
    """Return the code of the function `name` and of every name it leads to.

    Imports come first, then constants, functions and classes in the order of the file.
    Raises KeyError if the module defines no such name.
    """
    lines = source.splitlines()
    body = ast.parse(source).body
    owners: dict[str, list[ast.stmt]] = {}  # more than one if a name gets more later
    for node in body:
        for owned in _defines(node):
            owners.setdefault(owned, []).append(node)
    wanted, names = list(owners[name]), {name}
    for node in wanted:  # grows while it is read
        for used in sorted(_uses(node) & owners.keys() - names):
            names.add(used)
            wanted += [owner for owner in owners[used] if owner not in wanted]
    imports, parts = [], []
    for node in body:
        if node not in wanted:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            node.names = [n for n in node.names if (n.asname or n.name) in names]
            imports.append(ast.unparse(node))
        else:
            space = "" if isinstance(node, _CONSTANTS) else "\n\n"
            first = min([node.lineno, *(d.lineno for d in _decorators(node))])
            parts.append(space + "\n".join(lines[first - 1 : node.end_lineno]))
    constants = "" if parts[0].startswith("\n") else "\n"
    return "\n".join([*imports, constants + parts[0], *parts[1:]]).strip() + "\n"


def _defines(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    if isinstance(node, _CONSTANTS):
        return {
            inner.id
            for inner in ast.walk(node)
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
        }
    return set()


def _uses(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return set()
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _decorators(node: ast.stmt) -> list[ast.expr]:
    return getattr(node, "decorator_list", [])
