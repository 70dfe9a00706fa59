"""Folklore: a sentence that other pages teach, its verdict, and the claim that decides.

    ```{folklore} half-true
    :claims: a-shared-layer-counts-once
    `Sequential` cannot share layers.

    What happens, and what to do.
    ```

``{folklore-list}`` lists all sentences, by page. The first paragraph of an entry is the
sentence. The verdict is `true`, `half-true` or `false`, on
the versions that this site runs on. A claim that does not exist fails the build, as
any dead reference does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from proved_pages.by_page import noted
from proved_pages.marks import LISTS_ALL_PAGES, mark
from proved_pages.problems import report
from proved_pages.prove.ledger import page_heading

FACTS = "page_folklore"  # in the environment
LONGEST = 60  # characters of the address of a sentence
VERDICTS = {"true": "True", "half-true": "Half-true", "false": "False"}


class FolkloreDirective(SphinxDirective):
    """``{folklore} verdict`` with the claims that decide it."""

    required_arguments = 1
    has_content = True
    option_spec = {"claims": directives.unchanged}  # noqa: RUF012 (docutils' API)

    def run(self) -> list[nodes.Node]:
        """Return the sentence with its verdict, the explanation and the claims."""
        verdict = self.arguments[0]
        claims = self.options.get("claims", "").split()
        body = self.parse_content_to_nodes()
        if verdict not in VERDICTS:
            self._wrong(f"`{verdict}` is no verdict", f"use one of {[*VERDICTS]}")
        if not claims:
            self._wrong("the sentence has no claim", "name what decides it: `:claims:`")
        if len(body) < 2:
            self._wrong(
                "the sentence is not explained",
                "write the sentence, an empty line, and what really happens",
            )
        place = nodes.container(classes=["folklore", f"folklore-{verdict}"])
        place["verdict"] = verdict
        self.set_source_info(place)
        badge = VERDICTS.get(verdict, verdict)
        sentence = body[0] if body else None
        if isinstance(sentence, nodes.Element):
            sentence["classes"].append("folklore-sentence")
            said = sentence.astext()
            place["ids"].append(nodes.make_id(f"said-{said}")[:LONGEST].rstrip("-"))
            place["said"] = said
            place["search_title"] = f"{badge}: {said}"
            sentence["is_title"] = True
            sentence.insert(0, nodes.strong("", badge, classes=["verdict"]))
            sentence.insert(1, nodes.Text(" "))
        place += body
        place += self._decided_by(claims)
        return [place]

    def _wrong(self, message: str, cure: str) -> None:
        report(self.env, self.env.docname, self.lineno, message, cure)

    def _decided_by(self, claims: list[str]) -> nodes.paragraph:
        text = nodes.paragraph(classes=["decided-by"])
        text += nodes.Text("Decided by: ")
        for number, name in enumerate(claims):
            if number:
                text += nodes.Text(", ")
            link = addnodes.pending_xref(
                "",
                nodes.literal("", name),
                refdomain="claim",
                reftype="claim",
                reftarget=name,
                refdoc=self.env.docname,
                refwarn=True,
            )
            self.set_source_info(link)
            text += link
        return text


@dataclass(frozen=True)
class Said:
    """A sentence with its verdict, and the anchor on its page."""

    anchor: str
    verdict: str
    text: str


class folklore_list(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the list of all sentences until every page is known."""


class FolkloreListDirective(SphinxDirective):
    """``{folklore-list}``: every sentence of the site, by page."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder; `fill` replaces it when all pages are read."""
        mark(self.env, LISTS_ALL_PAGES)
        return [folklore_list()]


def sentences(env: BuildEnvironment) -> dict[str, list[Said]]:
    """Return the sentences of each page, in its order."""
    return noted(env, FACTS)


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the sentences of the page that was just read."""
    found = [
        Said(place["ids"][0], place["verdict"], place["said"])
        for place in doctree.findall(nodes.container)
        if "said" in place
    ]
    if found:
        sentences(app.env)[app.env.docname] = found


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholder by the list."""
    for place in list(doctree.findall(folklore_list)):
        place.replace_self(list(_list(app, docname)))


def _list(app: Sphinx, docname: str) -> Iterator[nodes.Node]:
    for page, found in sorted(sentences(app.env).items()):
        yield page_heading(app, docname, page)
        listing = nodes.bullet_list(classes=["sentences"])
        for said in found:
            text = nodes.inline(said.text, said.text)
            line = nodes.paragraph()
            line += make_refnode(app.builder, docname, page, said.anchor, text)
            line += nodes.inline(
                "", f" {VERDICTS[said.verdict]}", classes=["claim-kind"]
            )
            listing += nodes.list_item("", line, classes=[f"kind-{said.verdict}"])
        yield listing
