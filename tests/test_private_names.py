"""No private name of another project is used, but those that the table lists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import OURS, ROOT

DOCUMENTED = {"_exit", "tempdir"}  # os._exit, tempfile.tempdir: the library says so
FILES = sorted(
    path for folder in ("src", "tools") for path in (ROOT / folder).rglob("*.py")
)


def table() -> str:
    """Return the table of exceptions."""
    text = (ROOT / "src/README.md").read_text(encoding="utf-8")
    return text.split("## Private names of other projects")[1].split("\n## ")[0]


def is_private(name: str) -> bool:
    return bool(re.fullmatch(r"_(?!_)\w+", name)) or name == "src"


def defined(trees: list[ast.Module]) -> set[str]:
    """Return the names that this repository defines itself."""
    found = set()
    for tree in trees:
        for node in ast.walk(tree):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    found.add(node.name)
                case ast.Attribute(value=ast.Name("self"), ctx=ast.Store()):
                    found.add(node.attr)
                case ast.Name(ctx=ast.Store()):
                    found.add(node.id)
    return found


def private_names(tree: ast.Module, own: set[str]) -> Iterator[str]:
    """Yield private names of others that are imported, read or replaced."""
    imported = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {a.asname or a.name.split(".")[0]: a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            imported |= {a.asname or a.name: f"{module}.{a.name}" for a in node.names}
            if module.split(".")[0] not in OURS:
                for alias in node.names:
                    if any(map(is_private, [*module.split("."), alias.name])):
                        yield f"{module}.{alias.name}"
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr in DOCUMENTED:
            continue
        if is_private(node.attr) and node.attr not in own:
            yield node.attr
        if isinstance(node.ctx, ast.Store):
            base = node.value
            while isinstance(base, ast.Attribute):
                base = base.value
            whole = imported.get(base.id) if isinstance(base, ast.Name) else None
            if whole and whole.split(".")[0] not in OURS:
                yield f"{whole}.{node.attr}"


def code_of(path: Path) -> Iterator[ast.Module]:
    """Yield the module, and what it holds of code in strings of several lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and str(node.value).count("\n") > 2:
            try:
                yield ast.parse(str(node.value))
            except SyntaxError:
                continue


def test_every_private_name_has_its_row():
    own = defined([ast.parse(path.read_text(encoding="utf-8")) for path in FILES])
    rows = table()
    unlisted = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        for tree in code_of(path)
        for name in private_names(tree, own)
        if name not in rows and ".".join(name.split(".")[-2:]) not in rows
    }
    assert sorted(unlisted) == []


def test_the_table_lists_what_is_used_and_is_short():
    text = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    rows = [row for row in table().splitlines() if row.startswith("| `")]
    assert len(rows) <= 5
    for row in rows:
        for name in re.findall(r"`([\w.]+)`", row.split(" | ")[0]):
            assert name.rpartition(".")[2] in text, name
        where = re.findall(r"`([\w./]+)`", row)
        for path in (name for name in where if "/" in name):
            assert (ROOT / path).exists(), path


def test_private_names_are_found():
    source = (
        "import other\nimport a.b as c\nfrom other._inner import x\n"
        "other.thing._hidden\nc.Name = 1\nself._ours\nother.__doc__\n"
    )
    found = sorted(private_names(ast.parse(source), {"_ours"}))
    assert found == ["_hidden", "a.b.Name", "other._inner.x"]
