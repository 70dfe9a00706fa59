"""The ledger: every claim of the site, by page, with its kind and its hunt."""

from collections import Counter
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode
from sphinx.util.osutil import relative_uri

from proved_pages.marks import LISTS_ALL_PAGES, mark
from proved_pages.prove.claims import CLAIMS_JSON, Claim, domain
from proved_pages.prove.hunted import hunt_words, hunts
from proved_pages.prove.kinds import KINDS, kind_label
from proved_pages.prove.mutated import mutants, words
from proved_pages.settings import checked_on, in_words


class claim_ledger(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the list of all claims until every page is known."""


class ClaimLedgerDirective(SphinxDirective):
    """``{claim-ledger}``: every claim of the site, by page."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder; `fill_ledger` replaces it when all pages are read."""
        mark(self.env, LISTS_ALL_PAGES)
        return [claim_ledger()]


def fill_ledger(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholder by the list of all claims."""
    for place in list(doctree.findall(claim_ledger)):
        place.replace_self(list(_ledger(app, docname)))


def _ledger(app: Sphinx, docname: str) -> Iterator[nodes.Node]:
    pages = domain(app.env).pages
    on = checked_on(app.config)
    versions = [f"{name} {on[name]}" for name in app.config.proved_on or on]
    count = sum(map(len, pages.values()))
    to_json = relative_uri(app.builder.get_target_uri(docname), CLAIMS_JSON)
    yield nodes.paragraph(
        "",
        "",
        nodes.Text(
            f"{_count(count, 'claim')} on {_count(len(pages), 'page')}, checked on "
            f"{in_words(versions)}. "
            "The same list for programs: "
        ),
        nodes.reference("", CLAIMS_JSON, refuri=to_json),
        nodes.Text("."),
    )
    yield from _kinds(app)
    if broken := words(mutants(app)):
        yield nodes.paragraph("", broken, classes=["mutants"])
    for page in sorted(pages):
        yield page_heading(app, docname, page)
        listing = nodes.bullet_list(classes=["ledger"])
        listing += [list_item(app, docname, found) for found in pages[page]]
        yield listing


def page_heading(app: Sphinx, docname: str, page: str) -> nodes.paragraph:
    """Return what stands on page `docname` above a list of what `page` has."""
    heading = nodes.paragraph(classes=["ledger-page"])
    title = app.env.titles[page].astext()
    heading += make_refnode(app.builder, docname, page, "", nodes.strong("", title))
    return heading


def list_item(app: Sphinx, docname: str, claim: Claim) -> nodes.list_item:
    """Return a claim as an item of a list on page `docname`, with a link to it."""
    sentence = nodes.paragraph()
    for text, is_code in claim.parts:
        sentence += (nodes.literal if is_code else nodes.inline)(text, text)
    name = nodes.literal("", claim.id)
    sentence += nodes.Text(" ")
    sentence += make_refnode(app.builder, docname, claim.page, claim.anchor, name)
    about = _about(app, claim)
    if about:
        sentence += nodes.inline("", f" {about}", classes=["claim-kind"])
    return nodes.list_item("", sentence, classes=[f"kind-{claim.kind}"])


def _kinds(app: Sphinx) -> Iterator[nodes.Node]:
    """Say how many claims there are of each kind, and how the hunts stand."""
    claims = [claim for claim in domain(app.env).all() if claim.kind]
    if not claims:
        return
    count = Counter(claim.kind for claim in claims)
    of_all = sum(claim.all for claim in claims)
    words = [f"{label}: {count[kind]}" for kind, label in KINDS.items() if count[kind]]
    yield nodes.paragraph("", "; ".join(words).capitalize() + ".")
    found = hunts(app)
    results = [found.result(claim.id) for claim in claims] if found else []
    held = [result.cases for result in results if result]
    if held:
        yield nodes.paragraph(
            "",
            f"{_count(len(held), 'claim')} hunted in {sum(held):,} cases: "
            "no counter-example is left. "
            f"{of_all - len(held)} of those for all of their kind are proved "
            "for the case on their page, and not hunted yet.",
        )


def _about(app: Sphinx, claim: Claim) -> str:
    """Return the kind of a claim, and what its hunt held for."""
    found = hunts(app)
    words = hunt_words(claim, found) if found else ""
    return ", ".join(filter(None, [kind_label(claim.kind, claim.all), words]))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
