"""The keys of all pages, of which most builds change none.

A key follows from a page's text, from what all pages share and from the modules of the
site's packages. While none of these has changed, neither has the key: it is kept beside
the results, because to find the modules of a hundred pages takes a third of a second.
"""

from collections.abc import Iterable
from pathlib import Path

from proved_pages.execute.freshness import modules_of, packages_digest, page_key
from proved_pages.execute.kept_facts import load, save
from proved_pages.execute.modules_used import Packages
from proved_pages.execute.sources import Source

FILE = "keys.json"


def page_keys(
    sources: Iterable[Source], packages: Packages, shared: str, folder: Path
) -> dict[str, str]:
    """Return the key of each page; `folder` is that of the results."""
    kept = folder / FILE
    stamp = packages_digest(packages, shared)
    known = load(kept, stamp)
    now, keys = {}, {}
    for source in sources:
        digest, key = known.get(source.page, ("", ""))
        if digest != source.digest:
            files = modules_of(source.cells, packages)
            key = page_key(source.cells, files, packages, shared)
        now[source.page] = [source.digest, key]
        keys[source.page] = key
    if now != known:
        save(kept, stamp, now)
    return keys
