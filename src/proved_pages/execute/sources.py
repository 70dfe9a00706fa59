"""Find the pages of a site and their code cells, before Sphinx reads anything.

Reading a page takes some hundredths of a second, and a hundred pages would take longer
than a build that changes one of them. So the cells of each page are kept beside the
results, with a digest of the text in which they stood.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.project import Project

from proved_pages.execute.kept_facts import load, save
from proved_pages.execute.page_cells import Cell, cells_of, read_text
from proved_pages.execute.reader import ReaderSettings

SUFFIX = ".md"
FILE = "cells.json"


@dataclass(frozen=True)
class Source:
    """A page as its author wrote it; `digest` is that of its `text`.

    `error` says why MyST-NB cannot read it; it has no cells then.
    """

    page: str
    path: Path
    text: str
    digest: str
    cells: tuple[Cell, ...]
    error: str = ""


def find_sources(app: Sphinx, folder: Path, reader: ReaderSettings) -> list[Source]:
    """Return the pages with code cells or an error, in the order of the alphabet.

    What is known of them is kept in `folder`; `reader` is what the function
    `reader_settings` returns.
    """
    kept = folder / FILE
    stamp = _digest(json.dumps(reader, sort_keys=True, default=str))
    known = load(kept, stamp)
    now: dict[str, dict[str, object]] = {}
    found = []
    for page, path in sorted(_paths(app).items()):
        text = path.read_text(encoding="utf-8")
        digest = _digest(text)
        entry = known.get(page, {})
        if entry.get("text") != digest:
            entry = {"text": digest, **_read(text, reader["extensions"])}
        now[page] = entry
        cells, error = tuple(map(_cell, entry["cells"])), entry["error"]
        if cells or error:
            found.append(Source(page, path, text, digest, cells, error))
    if now != known:
        save(kept, stamp, now)
    return found


def _paths(app: Sphinx) -> dict[str, Path]:
    """Return the files of the pages, as Sphinx will find them."""
    config = app.config
    unwanted = [
        *config.exclude_patterns,
        *config.templates_path,
        *app.builder.get_asset_paths(),
    ]
    project = Project(app.srcdir, config.source_suffix)
    pages = project.discover(unwanted, config.include_patterns)
    paths = {page: Path(project.doc2path(page, absolute=True)) for page in pages}
    return {page: path for page, path in paths.items() if path.suffix == SUFFIX}


def _read(text: str, extensions: list[str]) -> dict[str, object]:
    try:
        cells = cells_of(read_text(text, extensions))
    except Exception as error:  # whatever MyST-NB cannot read, it says so
        return {"cells": [], "error": str(error) or type(error).__name__}
    return {"cells": [asdict(cell) for cell in cells], "error": ""}


def _cell(entry: dict[str, Any]) -> Cell:
    return Cell(**entry | {"tags": tuple(entry["tags"])})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
