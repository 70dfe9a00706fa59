"""The keys of all pages, of which most builds change none.

A key follows from a page's text, from what all pages share and from the modules of the
site's packages. While none of these has changed, neither has the key: it is kept beside
the results, because to find the modules of a hundred pages takes a third of a second.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from proved_pages.execute.freshness import Packages, packages_digest, page_key
from proved_pages.execute.sources import Source
from proved_pages.execute.whole_files import write_whole

FILE = "keys.json"


def page_keys(
    sources: Iterable[Source], packages: Packages, shared: str, folder: Path
) -> dict[str, str]:
    """Return the key of each page; `folder` is that of the results."""
    kept = folder / FILE
    stamp = packages_digest(packages, shared)
    known = _known(kept, stamp)
    now, keys = {}, {}
    for source in sources:
        digest, key = known.get(source.page, ("", ""))
        if digest != source.digest:
            key = page_key(source.cells, packages, shared)
        now[source.page] = [source.digest, key]
        keys[source.page] = key
    if now != known:
        write_whole(kept, json.dumps({"stamp": stamp, "pages": now}))
    return keys


def _known(kept: Path, stamp: str) -> dict[str, list[str]]:
    try:
        found = json.loads(kept.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found["pages"] if found.get("stamp") == stamp else {}
