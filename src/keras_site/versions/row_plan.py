"""What is to be run elsewhere: the cells of all pages, read into statements.

The plan is made here, where the extension is; the runner of a row only needs to run
statements and to look at the names that each uses, binds and may change.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proved_pages.execute.page_cells import Cell, cells_of, read_text
from proved_pages.mutate.proofs import Proof, proofs_of
from proved_pages.mutate.slices import parsed
from proved_pages.mutate.statements import Names
from proved_pages.python_source import lines_of

_DEFINE = ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class Page:
    """A page: its name, its cells, and the proofs of its claims."""

    name: str
    cells: tuple[Cell, ...]
    proofs: tuple[Proof, ...]


def pages_of(sourcedir: Path, extensions: list[str]) -> Iterator[Page]:
    """Read all pages that have cells."""
    for path in sorted(sourcedir.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        if "{code-cell}" in text:
            name = path.relative_to(sourcedir).with_suffix("").as_posix()
            yield page_of(name, text, extensions)


def page_of(name: str, text: str, extensions: list[str]) -> Page:
    """Read a page."""
    cells = cells_of(read_text(text, extensions))
    return Page(name, tuple(cells), tuple(proofs_of(name, text, cells)))


def plan_of(page: Page) -> dict[str, Any]:
    """Return a page as its runner wants it."""
    bodies = [parsed(cell.source) for cell in page.cells]
    stable = {
        name
        for body in bodies
        for node, names in body
        if isinstance(node, _DEFINE)
        for name in names.binds
    }
    return {
        "page": page.name,
        "cells": [
            {
                "source": cell.source,
                "raises": cell.raises or "",
                "warns": bool(cell.warns),
                "statements": [
                    _statement(node, names, cell.source, stable) for node, names in body
                ],
            }
            for cell, body in zip(page.cells, bodies, strict=True)
        ],
    }


def _statement(
    node: ast.stmt, names: Names, source: str, stable: set[str]
) -> dict[str, Any]:
    return {
        "source": lines_of(source, node),
        "line": node.lineno,
        "uses": sorted(names.uses),
        "binds": sorted(names.binds),
        "changes": sorted((names.changes | names.handed) - stable),
        "asserts": isinstance(node, ast.Assert),
        "imports": [
            f"from {'.' * node.level}{node.module or ''} import {each.name}"
            + (f" as {each.asname}" if each.asname else "")
            for each in node.names
        ]
        if isinstance(node, ast.ImportFrom)
        else [],
    }
