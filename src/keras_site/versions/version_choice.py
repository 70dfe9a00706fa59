"""The choice "I use …" in the sidebar, which marks claims by what a row found.

The page carries the letters of its claims: the class ``rows-hfn_`` of a claim has one
letter for each row that the choice offers, in its order. The script version-choice.js
says in words what they mean for the row that a reader has chosen; without scripts there
is no choice (docs/_templates/version-choice.html). What nobody has explained is not
called false: it was not seen to hold.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from keras_site.versions.row_verdicts import FALSE, NOT_MEASURED, Found
from keras_site.versions.shown_versions import found_of, reasons_of, results, rows
from proved_pages.prove.claims import Claim, domain

CLASS = "rows-"  # and the letters of a claim
_NOT_RUN = "_"


def options(app: Sphinx) -> list[dict[str, str]]:
    """Return what can be chosen: the rows that ran as they are today."""
    kept = results(app)
    return [
        {
            "name": row.name,
            "label": row.label,
            "detail": _detail(kept.rows[row.name]["versions"], bool(row.backend)),
        }
        for row in rows()
        if kept.has(row)
    ]


def _detail(versions: Mapping[str, str], has_backend: bool) -> str:
    """Return the other name of a row: people know the release of one or the other."""
    if has_backend:
        return f"Keras {versions['keras']}"
    major, minor, *_ = versions["tensorflow"].split(".")
    return f"TensorFlow {major}.{minor}"


def letters(
    found: Mapping[str, Found], why: Mapping[str, str], names: Sequence[str]
) -> str:
    """Return one letter for each row, or the empty string if none has run."""
    told = "".join(
        _NOT_RUN
        if name not in found
        else NOT_MEASURED
        if found[name].letter == FALSE and name not in why
        else found[name].letter
        for name in names
    )
    return told if told.strip(_NOT_RUN) else ""


def letters_of(app: Sphinx, claim: Claim, names: Sequence[str]) -> str:
    """Return the letters of a claim of today."""
    return letters(found_of(app, claim), reasons_of(app, claim.id), names)


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give each claim of a page the class with its letters."""
    names = [option["name"] for option in options(app)]
    claims = {claim.id: claim for claim in domain(app.env).pages.get(docname, [])}
    for place in doctree.findall(nodes.admonition):
        claim = claims.get(place.get("claim_id", ""))
        told = letters_of(app, claim, names) if claim else ""
        if told:
            place["classes"].append(CLASS + told)


def add_choice(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    """Offer the choice in the sidebar of every page, if there is one."""
    found = options(app)
    context["version_options"] = found
    if found:
        app.add_js_file("version-choice.js", loading_method="defer")


def shown(app: Sphinx, env: BuildEnvironment) -> dict[str, object]:
    """Return by page what it has of the choice."""
    offered = options(app)
    names = [option["name"] for option in offered]
    pages = domain(env).pages
    return {
        page: [
            offered,
            [letters_of(app, claim, names) for claim in pages.get(page, [])],
        ]
        for page in env.found_docs
        if offered
    }
