"""Publish all claims as ``claims.json``, beside the pages, for programs."""

import json
from pathlib import Path

from sphinx.application import Sphinx

from proved_pages.prove.claims import CLAIMS_JSON, Claim, anchor_of, domain
from proved_pages.prove.hunted import hunts
from proved_pages.settings import checked_on

ENTRY = "claim-published"  # an event: others add to the entry of a claim


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the file.

    A claim that was replaced has an entry, too, with its address and ``replaced_by``.
    """
    if exception or app.builder.format != "html":
        return
    entries = []
    for found in domain(app.env).all():
        page = app.builder.get_target_uri(found.page)
        entry = _entry(app, found) | {"url": f"{page}#{found.anchor}"}
        app.emit(ENTRY, found, entry)
        entries.append(entry)
        entries += [
            {
                "id": old,
                "page": found.page,
                "replaced_by": found.id,
                "url": f"{page}#{anchor_of(old)}",
            }
            for old in found.replaces
        ]
    rows = [json.dumps(each, ensure_ascii=False, sort_keys=True) for each in entries]
    text = "[\n" + ",\n".join(rows) + "\n]\n"  # a claim on each line
    Path(app.outdir, CLAIMS_JSON).write_text(text, encoding="utf-8")


def _entry(app: Sphinx, found: Claim) -> dict[str, object]:
    """Return a claim, its hunt, and the versions that it was checked on."""
    on = {name.lower(): number for name, number in checked_on(app.config).items()}
    unpublished = {"parts", "replaces", *(() if found.kind else ("kind", "all"))}
    entry = {k: v for k, v in vars(found).items() if k not in unpublished}
    all_hunts = hunts(app)
    result = all_hunts.result(found.id) if all_hunts else None
    return entry | on | ({"cases": result.cases} if result else {})
