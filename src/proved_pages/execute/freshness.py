"""Decide when the outputs of a page may be reused, and never show a stale one.

A key of the cells alone would keep a page's old outputs when a module that it imports
changes, or a library does. So every page's key also holds a digest of

* everything that all pages share: the lock, the versions installed, Python, the
  machine's architecture, and the kernels' environment (`shared_key`);
* the modules of the site's own packages (``proved_packages``) that its cells name, and
  the ones that these import (`page_key`).

Prose is not part of any key: an edit of a sentence runs nothing. Neither is a path of
this machine: what ran in one clone may be used in another. The modules are also noted
as the page's dependencies, so that Sphinx reads the page again when one changes.
"""

import ast
import hashlib
import importlib.metadata
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from proved_pages.execute.page_cells import Cell

# The packages of the site: name, and the folder of that name.
Packages = Mapping[str, Path]

_MENTION = r"\b{package}\b(?P<path>(?:\.\w+)*)"
_FROM = r"from\s+{package}(?P<path>(?:\.\w+)*)\s+import\s+(?P<names>\([^)]*\)|[^\n#;]+)"


def name_in(path: Path, packages: Packages) -> str:
    """Write the path of a module as an import finds it: ``package/module.py``."""
    for name, folder in packages.items():
        if path.is_relative_to(folder):
            return f"{name}/{path.relative_to(folder).as_posix()}"
    raise ValueError(f"{path} is in none of the packages {', '.join(packages)}")


def shared_key(
    lock: Path | None, environment: Mapping[str, str], limits: Mapping[str, object]
) -> str:
    """Digest what every executed page depends on.

    `lock` is a file with the exact versions of all packages, if the site has one;
    `environment` is what the kernels get; `limits` is any further setting that can
    change what a cell prints.
    """
    # `.name` and `.version` would each parse the metadata anew, at every build.
    packages = [dist.metadata for dist in importlib.metadata.distributions()]
    installed = sorted(f"{meta['Name']}=={meta['Version']}" for meta in packages)
    facts = [
        lock.read_text(encoding="utf-8") if lock else "",
        *installed,
        platform.python_implementation(),
        sys.version.split()[0],
        platform.system(),
        platform.machine(),
        repr(sorted(environment.items())),
        repr(sorted(limits.items())),
    ]
    return _digest(fact.encode() for fact in facts)


def code_digest(folders: Iterable[Path]) -> str:
    """Digest the Python and the templates of `folders`, names and contents."""
    files = (
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".py", ".jinja")
    )
    return _digest(p for file in files for p in (file.name.encode(), file.read_bytes()))


def packages_digest(packages: Packages, shared: str) -> str:
    """Digest all that any page could depend on, beyond its own cells."""
    files = (path for folder in packages.values() for path in folder.rglob("*.py"))
    return _digest([shared.encode(), *_contents(files, packages)])


def page_key(cells: Iterable[Cell], packages: Packages, shared: str) -> str:
    """Digest all that the outputs of a page depend on: its `cells`, and the rest.

    `shared` is `shared_key`.
    """
    cells = list(cells)
    files = modules_used("\n".join(cell.source for cell in cells), packages)
    parts = [shared.encode()]
    parts += [repr((cell.source, cell.raises, cell.tags)).encode() for cell in cells]
    return _digest([*parts, *_contents(files, packages)])


def _contents(files: Iterable[Path], packages: Packages) -> list[bytes]:
    """List the names and the contents of `files`, in the order of their names."""
    named = sorted((name_in(path, packages), path) for path in files)
    return [part for name, path in named for part in (name.encode(), path.read_bytes())]


def modules_used(source: str, packages: Packages) -> set[Path]:
    """List the files of `packages` that `source` uses, directly or through others.

    Where a mention cannot be traced to one module (``import examples``, a computed
    name), all of them count: too many runs are a nuisance, a stale page is a lie.
    """
    found: set[Path] = set()
    todo = _mentioned(source, packages)
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found.add(path)
        text = path.read_text(encoding="utf-8")
        todo |= _mentioned(text, packages) | _relative(text, path)
    return found


def modules_imported(source: str, packages: Packages) -> set[Path]:
    """List the files of `packages` that `source` imports, directly or not.

    Unlike `modules_used`, a word in a text counts for nothing: these files go along
    with a page that is downloaded.
    """
    found: set[Path] = set()
    todo = _mentioned(_imports(source), packages)
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            text = path.read_text(encoding="utf-8")
            todo |= _mentioned(_imports(text), packages) | _relative(text, path)
    return found


@cache
def _imports(source: str) -> str:
    """Return the imports of a source, and nothing else.

    Of cells that Python cannot parse (a magic of IPython, or a mistake, which is told
    where the cell runs), these are the lines that look like imports.
    """
    try:
        nodes = ast.walk(ast.parse(source))
    except SyntaxError:
        return "\n".join(re.findall(r"^\s*(?:from|import)\s.*$", source, re.MULTILINE))
    return "\n".join(
        ast.unparse(n)
        for n in nodes
        if isinstance(n, ast.Import) or (isinstance(n, ast.ImportFrom) and not n.level)
    )


def _mentioned(source: str, packages: Packages) -> set[Path]:
    code = re.sub(r"^\s*#.*$", "", source, flags=re.MULTILINE)
    found: set[Path] = set()
    for package, folder in packages.items():
        imports = re.compile(_FROM.format(package=package))
        for match in imports.finditer(code):
            found |= _modules(folder, match["path"], match["names"])
        rest = imports.sub("", code)
        for match in re.finditer(_MENTION.format(package=package), rest):
            found |= _modules(folder, match["path"], "")
    return found


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
    wanted = [base / name for name in re.findall(r"\w+", names)]
    modules = {
        init
        for path in wanted
        for init in (path.with_suffix(".py"), path / "__init__.py")
        if init.is_file()
    }
    if names and (modules or base != package):
        return modules | inits
    return set(base.rglob("*.py"))


def _inits(folder: Path, package: Path) -> set[Path]:
    inits = set()
    while True:
        if (folder / "__init__.py").is_file():
            inits.add(folder / "__init__.py")
        if folder == package or folder == folder.parent:
            return inits
        folder = folder.parent


def _digest(parts: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:16]
