"""The text of Python code, as it is written.

Keys of results are made of it: `ast.unparse` and `ast.dump` write the same code
differently under different Pythons.
"""

import ast


def lines_of(text: str, node: ast.stmt) -> str:
    """Return the lines of a statement in `text`, with its decorators."""
    above = [by.lineno for by in getattr(node, "decorator_list", [])]
    first = min([node.lineno, *above])
    return "\n".join(text.splitlines()[first - 1 : node.end_lineno])


def bare(text: str) -> str:
    """Return the lines of a module that make a difference.

    Docstrings, blank lines and lines of comments are left out.
    """
    told: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        block = getattr(node, "body", None)
        if isinstance(block, list) and len(block) > 1:
            first = block[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                told.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return "\n".join(
        line
        for number, line in enumerate(text.splitlines(), 1)
        if number not in told and line.strip() and not line.lstrip().startswith("#")
    )


def indented(source: str) -> str:
    """Indent code by four spaces, but not the lines inside a string."""
    inside: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.JoinedStr() | ast.Constant(value=str() | bytes()):
                end = node.end_lineno or node.lineno
                inside.update(range(node.lineno + 1, end + 1))
    return "\n".join(
        line if number in inside or not line else "    " + line
        for number, line in enumerate(source.splitlines(), 1)
    )
