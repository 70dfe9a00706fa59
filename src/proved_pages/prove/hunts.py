"""Hunts: what was tried against a claim that speaks of all cases, and what held.

A claim of the kind ``always`` has a property: a function that is named by the claim's
id, with underscores, in a module of ``properties/`` in the folder of the hunts
(``proved_hunts``). Whoever hunts runs it over many cases and writes
``results.json``, which is committed::

    {"the-claims-id": {"cases": 214, "of": "networks", "key": "…"}}

A build runs no hunt. It shows the results, and refuses those that are stale: the key is
made of the property, of all else in its module and in those that it imports from, of
the modules of the site's own packages that run with these, of the rest of the folder,
such as the zoo, and of the locked versions of the packages in ``proved_hunt_packages``.
"""

import ast
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from proved_pages import python_source
from proved_pages.execute import freshness, modules_used
from proved_pages.execute.freshness import modules_digest, packages_digest
from proved_pages.execute.modules_used import Packages, modules_run
from proved_pages.python_source import lines_of
from proved_pages.settings import locked_versions

PROPERTIES, RESULTS, WAITING = "properties", "results.json", "waiting.txt"


@dataclass(frozen=True)
class Property:
    """A function that a claim is hunted with.

    `source` is its code, `file` its module, `line` where it begins there, and `key`
    what its results depend on.
    """

    claim: str
    file: Path
    line: int
    source: str
    key: str


@dataclass(frozen=True)
class Result:
    """That a property held for `cases` of `of`, when `key` was what it depends on."""

    cases: int
    of: str
    key: str

    @property
    def words(self) -> str:
        """Say it."""
        return f"{self.cases:,} of {self.cases:,} {self.of}"


@dataclass(frozen=True)
class Hunts:
    """All properties and results, and the claims that still wait for a hunt."""

    properties: dict[str, Property]
    results: dict[str, Result]
    waiting: frozenset[str]

    def result(self, claim: str) -> Result | None:
        """Return the result of a claim's property, unless it is stale."""
        found, here = self.results.get(claim), self.properties.get(claim)
        return found if found and here and found.key == here.key else None


def read_hunts(
    folder: Path,
    lock: Path,
    packages: Iterable[str],
    ours: Packages | None = None,
) -> Hunts:
    """Read the folder of the hunts; `packages` are looked up in `lock`.

    `ours` are packages of this repository, with their folders: results depend on the
    modules of these that run with a property.

    Raises ValueError, with the file and the line, where two properties have one name
    or a result is written badly.
    """
    return with_results(folder, read_properties(folder, lock, packages, ours))


def with_results(folder: Path, properties: dict[str, Property]) -> Hunts:
    """Add what is kept in the folder of the hunts to its properties."""
    return Hunts(properties, _results(folder / RESULTS), _waiting(folder / WAITING))


def stamp(folder: Path, lock: Path, packages: Iterable[str], ours: Packages) -> str:
    """Return a digest of all that `read_properties` reads, and of how it does so.

    It is made in a tenth of the time.
    """
    others = (python_source, freshness, modules_used)
    how = [Path(__file__), *(Path(str(each.__file__)) for each in others)]
    modules = [*sorted(folder.rglob("*.py")), *how]
    return _digest(
        *(f"{path}\0{path.read_text(encoding='utf-8')}" for path in modules),
        packages_digest(ours, ""),
        *locked_versions(lock, packages),
    )


def read_properties(
    folder: Path,
    lock: Path,
    packages: Iterable[str],
    ours: Packages | None = None,
) -> dict[str, Property]:
    """Return the properties by claim; the arguments and errors are `read_hunts`'."""
    shared = _digest(
        *(path.read_text(encoding="utf-8") for path in _shared(folder)),
        *locked_versions(lock, packages),
    )
    properties: dict[str, Property] = {}
    for path in sorted((folder / PROPERTIES).glob("*.py")):
        for found in _properties_in(path, shared, ours or {}):
            if found.claim in properties:
                first = properties[found.claim]
                raise ValueError(
                    f"{path}:{found.line}: {found.claim} has a property already, in "
                    f"{first.file.name}:{first.line}; give it another name"
                )
            properties[found.claim] = found
    return properties


def _shared(folder: Path) -> list[Path]:
    """Return what all properties may use: the zoo, and how they are run.

    What modules of properties import from each other belongs to those that do so.
    """
    return sorted(
        path
        for path in folder.rglob("*.py")
        if not path.name.startswith(("test_", "conftest"))
        and PROPERTIES not in path.relative_to(folder).parts
    )


def _is_property(node: ast.stmt) -> bool:
    """Whether a statement is a function below ``@over(...)``."""
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(by, ast.Call) and ast.unparse(by.func) == "over"
        for by in node.decorator_list
    )


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _properties_in(path: Path, shared: str, ours: Packages) -> Iterable[Property]:
    """Find the properties of a module; all else in it belongs to each."""
    rest = list(_rest(path))
    text = path.read_text(encoding="utf-8")
    for node in _parsed(path).body:
        if isinstance(node, ast.FunctionDef) and _is_property(node):
            claim = node.name.replace("_", "-")
            source = lines_of(text, node)
            first = node.decorator_list[0].lineno
            # Few import anything of this repository; the keys of others are plain.
            used = modules_run("\n".join([*rest, source]), ours)
            more = [modules_digest(used, ours)] if used else []
            key = _digest(_digest(shared, *rest, *more), source)
            yield Property(claim, path, first, source, key)


def _rest(path: Path) -> Iterable[str]:
    """Return what is in a module beside properties, and in those it imports from."""
    text = path.read_text(encoding="utf-8")
    for node in _parsed(path).body:
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            for name in [node.module] if node.module else [a.name for a in node.names]:
                yield from _rest(path.parent / f"{name}.py")
        if not _is_property(node):
            yield lines_of(text, node)


def _results(path: Path) -> dict[str, Result]:
    if not path.exists():
        return {}
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return {claim: Result(**row) for claim, row in rows.items()}
    except (json.JSONDecodeError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: {error}; delete it, and hunt again") from error


def _waiting(path: Path) -> frozenset[str]:
    if not path.exists():
        return frozenset()
    return frozenset(path.read_text(encoding="utf-8").split())


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
