"""Facts by page or claim, kept beside the results: no build finds them again.

They hold under one stamp, of all that they depend on beside their page. Losing them
costs time, and nothing else.
"""

import json
from pathlib import Path
from typing import Any

from proved_pages.execute.whole_files import write_whole


def load(file: Path, stamp: str) -> dict[str, Any]:
    """Return what is kept in `file`, by page; nothing if it has another stamp."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found["pages"] if found.get("stamp") == stamp else {}


def save(file: Path, stamp: str, pages: dict[str, Any]) -> None:
    """Keep `pages` in `file`."""
    write_whole(file, json.dumps({"stamp": stamp, "pages": pages}))
