"""What pages show of hunts, and what is wrong with the hunts of a site (`hunts`)."""

from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from proved_pages.execute import kept_facts
from proved_pages.marks import LISTS_ALL_PAGES, mark, marked
from proved_pages.problems import report
from proved_pages.prove.claims import Claim, domain
from proved_pages.prove.hunts import (
    Hunts,
    Property,
    read_properties,
    stamp,
    with_results,
)
from proved_pages.settings import executed_folder, packages_of
from proved_pages.state import state

FILE = "hunts.json"  # beside the results of the cells: properties and their keys
SHOWS_HUNTS = "shows-hunts"  # the mark of the page of all properties


class hunt_list(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the list of all properties until every page is known."""


class HuntsDirective(SphinxDirective):
    """``{hunts}``: every property, with its code and what it held for."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder; `fill` replaces it when all pages are read."""
        mark(self.env, LISTS_ALL_PAGES)
        mark(self.env, SHOWS_HUNTS)
        return [hunt_list()]


def hunts(app: Sphinx) -> Hunts | None:
    """Return the hunts of the site, read once in a build; None: it has none."""
    config, now = app.config, state(app)
    if not config.proved_hunts:
        return None
    if now.hunts is None:
        folder = Path(app.confdir) / config.proved_hunts
        now.hunts = with_results(folder, _properties(app, folder))
    assert isinstance(now.hunts, Hunts)
    return now.hunts


def _properties(app: Sphinx, folder: Path) -> dict[str, Property]:
    """Read the properties; they are kept while nothing that they depend on changes."""
    lock = Path(app.confdir) / app.config.proved_lock
    what = (folder, lock, app.config.proved_hunt_packages, packages_of(app))
    kept, now = executed_folder(app) / FILE, stamp(*what)
    rows = kept_facts.load(kept, now)
    if rows:
        return {
            claim: Property(claim, folder / file, *rest)
            for claim, (file, *rest) in rows.items()
        }
    found = read_properties(*what)
    rows = {
        claim: [str(each.file.relative_to(folder)), each.line, each.source, each.key]
        for claim, each in found.items()
    }
    kept_facts.save(kept, now, rows)
    return found


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Report claims without their hunt, stale results, and properties of no claim."""
    found = hunts(app)
    if found is None:
        return
    claims = {claim.id: claim for claim in domain(env).all()}
    for claim in claims.values():
        wrong = _wrong(claim, found)
        if wrong:
            report(env, claim.page, claim.line, *wrong)
    # What belongs to no claim is told on the page of all properties, or on the first.
    place = (marked(env, SHOWS_HUNTS) or sorted(env.found_docs))[0]
    for name in sorted(found.properties.keys() - claims.keys()):
        here = found.properties[name]
        where = f"{here.file.name}:{here.line}"
        message = f"the property `{name}` ({where}) belongs to no claim"
        report(env, place, 1, message, "name it by a claim's id, or delete it")
    for name in sorted(found.waiting - claims.keys()):
        message = f"`{name}` waits for a hunt and is no claim"
        report(env, place, 1, message, "delete its line in waiting.txt")


def _wrong(claim: Claim, found: Hunts) -> tuple[str, str] | None:
    """Return what is wrong with the hunt of a claim, and the cure."""
    waits, has = claim.id in found.waiting, claim.id in found.properties
    held = found.result(claim.id) is not None
    if waits and (held or not claim.all):
        why = "was hunted" if held else "speaks of one case"
        message = f"the claim `{claim.id}` {why} and still waits for one"
        return message, "delete its line in waiting.txt"
    if claim.all and not has and not waits:
        return (
            f"the claim `{claim.id}` speaks of all cases and is not hunted",
            f"write its property, `{claim.id.replace('-', '_')}`, and hunt it; or "
            "narrow the sentence, and its kind",
        )
    if has and not claim.kind:
        return f"the claim `{claim.id}` is hunted and has no kind", "write `:kind:`"
    if has and not held and not waits:
        return (
            f"the hunt of the claim `{claim.id}` is stale: its property, the zoo or a "
            "version has changed",
            "run `make hunt`, and commit the results",
        )
    return None


def shown(app: Sphinx, env: BuildEnvironment) -> dict[str, object]:
    """Return by page what it shows of hunts."""
    found = hunts(app)
    if found is None:
        return {}
    shows: dict[str, object] = {
        page: [hunt_words(claim, found) for claim in claims]
        for page, claims in domain(env).pages.items()
    }
    sources = {name: each.source for name, each in sorted(found.properties.items())}
    everything = [dict(shows), sources]
    for page in marked(env, SHOWS_HUNTS):
        shows[page] = everything
    return shows


def hunt_words(claim: Claim, found: Hunts) -> str:
    """Say what a claim held for; empty where it is not hunted."""
    result = found.result(claim.id)
    if result:
        return f"held for {result.words}"
    return "not hunted yet" if claim.id in found.waiting else ""


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Say below each claim of a page what it held for; list all where it is asked."""
    found = hunts(app)
    if found is None:
        return
    pages = marked(app.env, SHOWS_HUNTS)
    claims = {claim.id: claim for claim in domain(app.env).pages.get(docname, [])}
    for place in doctree.findall(nodes.admonition):
        claim = claims.get(place.get("claim_id", ""))
        words = hunt_words(claim, found) if claim else ""
        if claim and words:
            line: nodes.Node = nodes.Text(words[0].upper() + words[1:])
            if pages and found.result(claim.id):
                anchor = anchor_of(claim.id)
                line = make_refnode(app.builder, docname, pages[0], anchor, line)
            place += nodes.paragraph("", "", line, nodes.Text("."), classes=["hunted"])
    for listed in list(doctree.findall(hunt_list)):
        listed.replace_self(list(_listed(app, docname, found)))


def anchor_of(claim_id: str) -> str:
    """Return the fragment of the address of a property."""
    return f"hunt-{claim_id}"


def _listed(app: Sphinx, docname: str, found: Hunts) -> Iterator[nodes.Node]:
    claims = {claim.id: claim for claim in domain(app.env).all()}
    for name in sorted(found.properties):
        claim = claims[name]
        link = make_refnode(
            app.builder, docname, claim.page, claim.anchor, nodes.Text(claim.statement)
        )
        words = nodes.Text(f" ({hunt_words(claim, found)})")
        yield nodes.paragraph("", "", link, words, ids=[anchor_of(name)])
        yield _code(found.properties[name])


def _code(found: Property) -> nodes.literal_block:
    return nodes.literal_block(found.source, found.source, language="python")
