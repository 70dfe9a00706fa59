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

import hashlib
import importlib.metadata
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from proved_pages.execute.modules_used import (
    Packages,
    modules_used,
    name_in,
)
from proved_pages.execute.page_cells import Cell


def shared_key(
    lock: Path | None, environment: Mapping[str, str], limits: Mapping[str, object]
) -> str:
    """Digest what every executed page depends on.

    `lock` is a file with the exact versions of all packages, if the site has one;
    `environment` is what the kernels get; `limits` is any further setting that can
    change what a cell prints.
    """
    installed = sorted(map(_requirement, importlib.metadata.distributions()))
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


def _requirement(dist: importlib.metadata.Distribution) -> str:
    """Return ``name==version`` of what is installed.

    `dist.metadata` would parse the whole of it, description included, and all builds
    would take a tenth of a second longer.
    """
    head = (dist.read_text("METADATA") or "").partition("\n\n")[0]
    found = dict(re.findall(r"^(Name|Version): *(.*)$", head, re.MULTILINE))
    if len(found) < 2:  # an egg, say
        return f"{dist.metadata['Name']}=={dist.metadata['Version']}"
    return f"{found['Name']}=={found['Version']}"


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


def modules_of(cells: Iterable[Cell], packages: Packages) -> set[Path]:
    """Return the files of the site's own packages that `cells` use."""
    return modules_used("\n".join(cell.source for cell in cells), packages)


def modules_digest(files: Iterable[Path], packages: Packages) -> str:
    """Digest modules of the site's own packages, by their names and contents."""
    return _digest(_contents(files, packages))


def page_key(
    cells: Iterable[Cell], files: Iterable[Path], packages: Packages, shared: str
) -> str:
    """Digest all that the outputs of a page depend on: its `cells`, and the rest.

    `files` are `modules_of` them; `shared` is `shared_key`.
    """
    parts = [shared.encode()]
    for cell in cells:
        said = (cell.source, cell.raises, cell.tags)
        # What hardly a cell has adds nothing to the keys of the others.
        parts.append(repr((*said, cell.warns) if cell.warns else said).encode())
    return _digest([*parts, *_contents(files, packages)])


def _contents(files: Iterable[Path], packages: Packages) -> list[bytes]:
    """List the names and the contents of `files`, in the order of their names."""
    named = sorted((name_in(path, packages), path) for path in files)
    return [part for name, path in named for part in (name.encode(), path.read_bytes())]


def _digest(parts: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:16]
