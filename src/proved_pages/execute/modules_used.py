"""Find the modules of a site's own packages that the cells of a page use."""

import ast
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

# The packages of the site: name, and the folder of that name.
Packages = Mapping[str, Path]

_MENTION = r"\b{package}\b(?P<path>(?:\.\w+)*)"
_FROM = r"from\s+{package}(?P<path>(?:\.\w+)*)\s+import\s+(?P<names>\([^)]*\)|[^\n#;]+)"
# Only the package itself runs here. What is reached through its name is mentioned, too.
_WHOLE = r"(?m)^[+\s]*import\s+{package}[^\S\n]*$"

# Imports by a computed name, and lines that are imports wherever they stand.
_COMPUTES = re.compile(r"\b(import_module|__import__|find_spec|run_module|run_path)\b")
_IMPORT_LINE = re.compile(
    r"^[+\s]*((?:from\s+\w[\w.]*\s+)?import\s[^\n]*)$", re.MULTILINE
)


def name_in(path: Path, packages: Packages) -> str:
    """Write the path of a module as an import finds it: ``package/module.py``."""
    for name, folder in packages.items():
        if path.is_relative_to(folder):
            return f"{name}/{path.relative_to(folder).as_posix()}"
    raise ValueError(f"{path} is in none of the packages {', '.join(packages)}")


def modules_used(source: str, packages: Packages) -> set[Path]:
    """List the files of `packages` that `source` uses, directly or through others.

    Every mention in `source` counts, also one in a text. Where it cannot be traced to
    one module (a computed name, the bare name of the package), all of them count: too
    many runs are a nuisance, a stale page is a lie. Of the modules that are found, only
    what runs with them counts (see `modules_run`).
    """
    return _followed(source, packages, lambda text: text, _runs)


def modules_imported(source: str, packages: Packages) -> set[Path]:
    """List the files of `packages` that `source` imports, directly or not.

    Unlike `modules_used`, a word in a text counts for nothing, unless `source` imports
    by a computed name: these files go along with a page that is downloaded.
    """
    return _followed(source, packages, _imports, _imports)


def modules_run(source: str, packages: Packages) -> set[Path]:
    """List the files of `packages` that run when `source` does.

    These are `modules_imported`, and what is imported in a text that looks like code.
    """
    return _followed(source, packages, _runs, _runs)


def _followed(
    source: str,
    packages: Packages,
    first: Callable[[str], str],
    then: Callable[[str], str],
) -> set[Path]:
    """List the files that `source` mentions, and those that they mention in turn.

    `first` says what of `source` counts, `then` what of the files.
    """
    found: set[Path] = set()
    todo = _mentioned(first(source), packages)
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            text = path.read_text(encoding="utf-8")
            todo |= _mentioned(then(text), packages) | _relative(text, path)
    return found


@cache
def _imports(source: str) -> str:
    """Return the imports of a source, and what it reaches through their names.

    Of a source that imports by a computed name, this is all of it. Of cells that Python
    cannot parse (a magic of IPython, or a mistake, which is told where the cell runs),
    these are the lines that look like imports.
    """
    if _COMPUTES.search(source):
        return source
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return "\n".join(re.findall(r"^\s*(?:from|import)\s.*$", source, re.MULTILINE))
    found = [
        n
        for n in nodes
        if isinstance(n, ast.Import) or (isinstance(n, ast.ImportFrom) and not n.level)
    ]
    names = {
        alias.name for n in found if isinstance(n, ast.Import) for alias in n.names
    }
    return "\n".join([*map(ast.unparse, found), *_reached(nodes, names)])


def _reached(nodes: list[ast.AST], modules: set[str]) -> set[str]:
    """Return how `nodes` mention modules: ``module.sub.name``, or their bare names."""
    inner = {id(n.value) for n in nodes if isinstance(n, ast.Attribute)}
    reached = set()
    for node in nodes:
        first = node
        while isinstance(first, ast.Attribute):
            first = first.value
        if (
            isinstance(first, ast.Name)
            and first.id in modules
            and id(node) not in inner
        ):
            reached.add(ast.unparse(node))
    return reached


@cache
def _runs(source: str) -> str:
    """Return what of a source says which modules run with it."""
    return "\n".join([_imports(source), *_IMPORT_LINE.findall(source)])


def _mentioned(source: str, packages: Packages) -> set[Path]:
    return {
        path
        for package, folder in packages.items()
        for dotted, names in _mentions(source, package)
        for path in _modules(folder, dotted, names)
    }


@cache  # the same modules stand behind many pages
def _mentions(source: str, package: str) -> list[tuple[str, str]]:
    """List what follows each mention of `package`, and the names imported from it."""
    code = re.sub(r"^\s*#.*$", "", source, flags=re.MULTILINE)
    imports = re.compile(_FROM.format(package=package))
    found = [(match["path"], match["names"]) for match in imports.finditer(code)]
    rest, whole = re.subn(_WHOLE.format(package=package), "", imports.sub("", code))
    if whole:
        found.append((".__init__", ""))
    others = re.finditer(_MENTION.format(package=package), rest)
    return found + [(match["path"], "") for match in others]


def _relative(source: str, path: Path) -> set[Path]:
    found: set[Path] = set()
    for level, module, names in _relative_imports(source):
        found |= _modules(path.parents[level - 1], module, names)
    return found


@cache  # the same modules stand behind many pages
def _relative_imports(source: str) -> list[tuple[int, str, str]]:
    """List the dots, the module and the names of each ``from .module import names``."""
    return [
        (
            node.level,
            f".{node.module or ''}".rstrip("."),
            ", ".join(alias.name for alias in node.names),
        )
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.level
    ]


def _modules(package: Path, dotted: str, names: str) -> set[Path]:
    """Find the files behind ``package.dotted``, or behind `names` inside it."""
    base = package.joinpath(*dotted.strip(".").split(".")) if dotted else package
    while not base.is_dir() and not base.with_suffix(".py").is_file():
        if base == package:
            return set()
        base = base.parent  # the last parts were attributes, not modules
    if base.with_suffix(".py").is_file():
        return {base.with_suffix(".py"), *_inits(base.parent, package)}
    inits = _inits(base, package)
    if base == package and not names and _defined(package, dotted):
        return inits
    if not names or "*" in names:
        return set(base.rglob("*.py"))
    wanted = [base / name for name in re.findall(r"\w+", names)]
    modules = {
        init
        for path in wanted
        for init in (path.with_suffix(".py"), path / "__init__.py")
        if init.is_file()
    }
    return modules | inits  # other names are those of the package itself


def _defined(package: Path, dotted: str) -> bool:
    """Tell if the package itself defines the first name of `dotted`."""
    init = package / "__init__.py"
    name = dotted.strip(".").split(".")[0]
    if not name or not init.is_file():
        return False
    defines = rf"^(?:def|class)\s+{name}\b|^{name}\b.*="
    return re.search(defines, init.read_text("utf-8"), re.MULTILINE) is not None


def _inits(folder: Path, package: Path) -> set[Path]:
    inits = set()
    while True:
        if (folder / "__init__.py").is_file():
            inits.add(folder / "__init__.py")
        if folder == package or folder == folder.parent:
            return inits
        folder = folder.parent
