"""Write a page again when what it shows of other pages has changed.

Sphinx writes the pages that it read in this build. A page that shows a title, a link or
a list that comes from another page would stay as it was. So each page has a digest of
what it shows of others; the digests of the last build that came to its end are kept
beside the doctrees, and pages whose digest differs are written, too.

While pages are being written there are no kept digests. A build that was killed then is
followed by one that writes every page.
"""

import hashlib
import json
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from proved_pages.marks import LISTS_ALL_PAGES, marked
from proved_pages.state import Listed, Shown, state


def shows(app: Sphinx, what: Shown) -> None:
    """Register `what`: it says by page, in JSON or in words, what comes from others."""
    state(app).shown.append(what)


def navigation(app: Sphinx, env: BuildEnvironment) -> dict[str, object]:
    """Return what every page shows: titles, their order, and the targets of links."""
    std = env.domains.standard_domain
    everywhere = _digest(
        [
            sorted((page, title.astext()) for page, title in env.titles.items()),
            sorted(env.toctree_includes.items()),
            sorted(std.labels.items()),
            sorted((*key, *value) for key, value in std.objects.items()),
        ]
    )
    return dict.fromkeys(env.found_docs, everywhere)


def lists(app: Sphinx, what: Listed) -> None:
    """Register `what`: it returns facts of all pages, which some pages list.

    Those pages have the mark `LISTS_ALL_PAGES`.
    """
    state(app).listed.append(what)


def whole_site(app: Sphinx, env: BuildEnvironment) -> dict[str, object]:
    """Return what pages show that list something of all pages."""
    listed = _digest([what(env) for what in state(app).listed])
    return dict.fromkeys(marked(env, LISTS_ALL_PAGES), listed)


def pages_to_write(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages whose digest differs from that of the last finished build."""
    parts: dict[str, list[object]] = {page: [] for page in sorted(env.found_docs)}
    for what in state(app).shown:
        for page, shown in what(app, env).items():
            parts[page].append(shown)
    digests = {page: _digest(shown) for page, shown in parts.items()}
    state(app).digests = digests
    kept = _kept(app)
    try:
        before = json.loads(kept.read_text(encoding="utf-8"))
    except FileNotFoundError:
        before = {}
    kept.unlink(missing_ok=True)
    changed = [p for p, digest in digests.items() if before.get(p) != digest]
    state(app).stale.update(changed)
    return changed


def keep(app: Sphinx, exception: Exception | None) -> None:
    """Keep the digests: all pages that should be written have been."""
    digests = state(app).digests
    if exception is None and digests is not None:
        _kept(app).write_text(json.dumps(digests), encoding="utf-8")


def _kept(app: Sphinx) -> Path:
    return Path(app.doctreedir) / f"shown-{app.builder.name}.json"


def _digest(value: object) -> str:
    text = json.dumps(value, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
