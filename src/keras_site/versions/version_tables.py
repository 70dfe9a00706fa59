"""What ran where, what is false there, and what errors say there.

``{versions-table}``, ``{changed-claims}`` and ``{errors-elsewhere}`` are computed from
what ``make versions`` kept, of the claims as they are today. With the name of a row, as
in ``{changed-claims} keras-2.15``, they speak of this row alone.
"""

from collections import Counter
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from keras_site import fixes
from keras_site.versions import other_wordings, shown_versions
from keras_site.versions.row_verdicts import FALSE, HOLDS, NOT_MEASURED, OTHER_WORDS
from keras_site.versions.shown_versions import denials, found_of, reasons_of, rows
from proved_pages.marks import mark, marked
from proved_pages.markup import render
from proved_pages.problems import report
from proved_pages.prove.claims import Claim, domain

MARK = "shows-versions"  # the mark of pages with one of the two
LOUD = ("error", "warning")  # kinds of claims whose change a program tells


class versions_table(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the table of all rows until every page is known."""


class changed_claims(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the claims that are false somewhere until every page is known."""


class errors_elsewhere(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for what errors say on another release until every page is known."""


class _OfRows(SphinxDirective):
    """A directive that speaks of all rows, or of the one that it names."""

    optional_arguments = 1
    placeholder: type[nodes.Element]

    def run(self) -> list[nodes.Node]:
        """Return a placeholder; `fill` replaces it when all pages are read."""
        mark(self.env, MARK)
        name = self.arguments[0] if self.arguments else ""
        known = [row.name for row in rows()]
        if name and name not in known:
            message = f"there is no row `{name}` in rows.toml"
            cure = f"name one of {', '.join(known)}"
            report(self.env, self.env.docname, self.lineno, message, cure)
            return []
        return [self.placeholder("", row=name)]


class VersionsTableDirective(_OfRows):
    """``{versions-table}``: releases and backends, and how many claims hold there."""

    placeholder = versions_table


class ChangedClaimsDirective(_OfRows):
    """``{changed-claims}``: claims that are false elsewhere, the silent ones first."""

    placeholder = changed_claims


class ErrorsElsewhereDirective(_OfRows):
    """``{errors-elsewhere} ROW``: entries of the fixer, and what they say there."""

    required_arguments = 1
    optional_arguments = 0
    placeholder = errors_elsewhere


def table_rows(app: Sphinx, only: str = "") -> list[dict[str, object]]:
    """Return what the table says of each row that ran, or of the one named `only`."""
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
        if letters[row.name] and only in ("", row.name)
    ]


def changed(app: Sphinx, only: str = "") -> dict[str, list[Claim]]:
    """Return what is false on other rows, or on the one named `only`.

    By the sentence that says why, the claims. What a program does not tell comes first,
    then what it tells by errors or warnings.
    """
    labels = {row.name: row.label for row in rows()}
    found: dict[str, list[Claim]] = {}
    claims = sorted(domain(app.env).all(), key=lambda claim: claim.kind in LOUD)
    for claim in claims:
        verdicts = {
            name: each
            for name, each in found_of(app, claim).items()
            if only in ("", name)
        }
        for text in denials(verdicts, labels, reasons_of(app, claim.id)):
            found.setdefault(text, []).append(claim)
    return found


def errors_on(app: Sphinx, row: str) -> list[tuple[fixes.Entry, str]]:
    """Return the entries of the fixer whose message has other words on a row."""
    return [
        (entry, text)
        for entry in fixes.all_entries(app.env)
        for text in dict.fromkeys(
            other_wordings.said_by(app, row, entry.page, entry.cells)
        )
    ]


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholders of a page."""
    for place in list(doctree.findall(versions_table)):
        told = table_rows(app, place["row"])
        html = render("keras_site", "versions-table.html.jinja", rows=told)
        place.replace_self(nodes.raw("", html, format="html"))
    for listing in list(doctree.findall(changed_claims)):
        listing.replace_self(list(_listed(app, docname, listing["row"])) or _nothing())
    for errors in list(doctree.findall(errors_elsewhere)):
        errors.replace_self(list(_said(app, docname, errors["row"])) or _nothing())


def _nothing() -> list[nodes.Node]:
    return [nodes.paragraph("", "Nothing of today was seen.")]


def _said(app: Sphinx, docname: str, row: str) -> Iterator[nodes.Node]:
    items = nodes.bullet_list()
    for entry, text in errors_on(app, row):
        link = make_refnode(
            app.builder, docname, entry.page, entry.label, nodes.Text(entry.title)
        )
        item = nodes.list_item("", nodes.paragraph("", "", nodes.literal("", text)))
        item += nodes.paragraph("", "Here: ", link)
        items += item
    if items.children:
        yield items


def _listed(app: Sphinx, docname: str, row: str) -> Iterator[nodes.Node]:
    items = nodes.bullet_list()
    for text, claims in changed(app, row).items():
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
    said = [
        (row.name, [(entry.label, entry.title, text) for entry, text in found])
        for row in rows()
        if (found := errors_on(app, row.name))
    ]
    return {page: [table_rows(app), told, said] for page in pages}
