"""What ran where, and what is false where: ``{versions-table}``, ``{changed-claims}``.

Both are computed from what ``make versions`` kept, of the claims as they are today.
"""

from collections import Counter
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from keras_site.versions import shown_versions
from keras_site.versions.row_verdicts import FALSE, HOLDS, NOT_MEASURED, OTHER_WORDS
from keras_site.versions.shown_versions import denials, found_of, reasons_of, rows
from proved_pages.marks import mark, marked
from proved_pages.markup import render
from proved_pages.prove.claims import Claim, domain

MARK = "shows-versions"  # the mark of pages with one of the two
LOUD = ("error", "warning")  # kinds of claims whose change a program tells


class versions_table(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the table of all rows until every page is known."""


class changed_claims(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the claims that are false somewhere until every page is known."""


class VersionsTableDirective(SphinxDirective):
    """``{versions-table}``: releases and backends, and how many claims hold there."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder; `fill` replaces it when all pages are read."""
        mark(self.env, MARK)
        return [versions_table()]


class ChangedClaimsDirective(SphinxDirective):
    """``{changed-claims}``: claims that are false elsewhere, the silent ones first."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder; `fill` replaces it when all pages are read."""
        mark(self.env, MARK)
        return [changed_claims()]


def table_rows(app: Sphinx) -> list[dict[str, object]]:
    """Return what the table says of each row that ran."""
    kept = shown_versions.results(app)
    letters: dict[str, Counter[str]] = {row.name: Counter() for row in rows()}
    for claim in domain(app.env).all():
        for name, found in found_of(app, claim).items():
            letters[name][found.letter] += 1
    return [
        {
            "label": row.label,
            "versions": kept.rows[row.name]["versions"],
            "holds": letters[row.name][HOLDS] + letters[row.name][OTHER_WORDS],
            "false": letters[row.name][FALSE],
            "unknown": letters[row.name][NOT_MEASURED],
        }
        for row in rows()
        if letters[row.name]
    ]


def changed(app: Sphinx) -> dict[str, list[Claim]]:
    """Return what is false on other rows: by the sentence that says why, the claims.

    What a program does not tell comes first, then what it tells by errors or warnings.
    """
    labels = {row.name: row.label for row in rows()}
    found: dict[str, list[Claim]] = {}
    claims = sorted(domain(app.env).all(), key=lambda claim: claim.kind in LOUD)
    for claim in claims:
        for text in denials(found_of(app, claim), labels, reasons_of(app, claim.id)):
            found.setdefault(text, []).append(claim)
    return found


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholders of a page."""
    for place in list(doctree.findall(versions_table)):
        html = render("keras_site", "versions-table.html.jinja", rows=table_rows(app))
        place.replace_self(nodes.raw("", html, format="html"))
    for listing in list(doctree.findall(changed_claims)):
        listing.replace_self(list(_listed(app, docname)) or _nothing())


def _nothing() -> list[nodes.Node]:
    return [nodes.paragraph("", "No claim of today was seen to be false elsewhere.")]


def _listed(app: Sphinx, docname: str) -> Iterator[nodes.Node]:
    items = nodes.bullet_list()
    for text, claims in changed(app).items():
        item = nodes.list_item()
        for claim in claims:
            link = make_refnode(
                app.builder,
                docname,
                claim.page,
                claim.anchor,
                nodes.Text(claim.statement),
            )
            item += nodes.paragraph("", "", link)
        item += nodes.paragraph("", "", *shown_versions.with_code(text))
        items += item
    if items.children:
        yield items


def shown(app: Sphinx, env: BuildEnvironment) -> dict[str, object]:
    """Return by page what it shows of other releases."""
    pages = marked(env, MARK)
    if not pages:
        return {}
    told = [
        (why, [(claim.id, claim.statement) for claim in claims])
        for why, claims in changed(app).items()
    ]
    return {page: [table_rows(app), told] for page in pages}
