"""Claims: sentences that a reader may rely on, each with its proof right behind it.

    ```{claim} bool-is-an-int
    `bool` is a subclass of `int`.
    ```

    ```{code-cell} python
    assert issubclass(bool, int)
    ```

``:kind:`` says what the sentence speaks of (`kinds`); one that speaks of all cases is
hunted (`hunts`). The build fails when a claim has no proof, when its proof could not
fail (proof.py), or when its id is used twice. A sentence that turned out to be false
is replaced under a new id; ``:replaces: old-id`` keeps the old address, and claims.json
says what stands there now (``replaced_by``). ``{claim}`bool-is-an-int``` links to a
claim from anywhere; ``{claim-ledger}`` lists them all; ``claims.json`` is published
beside the pages; the ids are in ``objects.inv``, for other projects' intersphinx.

sphinx-proof was considered for the markup (0.4.0 read). It numbers its items, makes
labels up where none is given, has no claim among its kinds, and knows nothing of the
cell that follows; all that this site needs would still have to be written around it.
"""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from nbformat import NotebookNode
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.domains import Domain, ObjType
from sphinx.environment import BuildEnvironment
from sphinx.roles import XRefRole
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode
from sphinx.util.typing import OptionSpec

from proved_pages.execute.notebooks import executed_notebook
from proved_pages.problems import report
from proved_pages.prove.cells import is_code_cell
from proved_pages.prove.kinds import kind_label, wrong_kind
from proved_pages.prove.outputs import parse_declared
from proved_pages.prove.proof import why_it_cannot_fail

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
CLAIMS_JSON = "claims.json"
CURE_ID = "use lower-case words joined by hyphens; an id never changes"


@dataclass(frozen=True)
class Claim:
    """One claim, as the ledger and claims.json show it.

    `statement` is plain text; `parts` is the same as (text, is_code) pairs; `proof` is
    the source of the cell that proves it; `raises` the error that the cell must raise,
    or the empty string; `replaces` holds the ids of false claims that stood here;
    `kind` is one of `kinds.KINDS`, or empty where the site sorts none; `all` says that
    it speaks of all of its kind, and so is hunted.
    """

    id: str
    page: str
    line: int
    statement: str
    parts: tuple[tuple[str, bool], ...]
    proof: str
    raises: str
    replaces: tuple[str, ...] = ()
    kind: str = ""
    all: bool = False

    @property
    def anchor(self) -> str:
        """The fragment of its address."""
        return anchor_of(self.id)


def anchor_of(claim_id: str) -> str:
    """Return the fragment of the address of a claim, of a replaced one, too."""
    return f"claim-{claim_id}"


class ClaimDirective(SphinxDirective):
    """``{claim} id`` with the statement as its body.

    ``:replaces:`` names the ids, apart by spaces, of false claims that it replaces, and
    ``:kind:`` one of `kinds.KINDS`. ``:all:`` says of an error or a warning that it is
    produced in all cases of some kind.
    """

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[OptionSpec] = {
        "all": directives.flag,
        "kind": directives.unchanged_required,
        "replaces": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Return the claim, with its title and the statement."""
        name = self.arguments[0]
        replaces = self.options.get("replaces", "").split()
        docname, line = self.env.docname, self.lineno
        for each in (name, *replaces):
            if not ID.fullmatch(each):
                report(self.env, docname, line, f"`{each}` is no claim id", CURE_ID)
        body = self.parse_content_to_nodes()
        if len(body) != 1 or not isinstance(body[0], nodes.paragraph):
            report(
                self.env,
                docname,
                line,
                f"the claim `{name}` is not one paragraph",
                "state one fact, in one paragraph, inside the directive",
            )
        place = nodes.admonition(
            "",
            classes=["claim"],
            ids=[anchor_of(each) for each in (name, *replaces)],
            claim_id=name,
            replaces=tuple(replaces),
            kind=self.options.get("kind", ""),
            of_all="all" in self.options,
        )
        self.set_source_info(place)
        title = nodes.title("", "Checked claim ")
        link = nodes.reference(
            "", "", refuri=f"#{anchor_of(name)}", classes=["claim-id"]
        )
        link += nodes.literal("", name)
        title += link
        label = kind_label(place["kind"], place["of_all"])
        if label:
            title += nodes.inline("", f" {label}", classes=["claim-kind"])
        place += [title, *body]
        return [place]


class ClaimRole(XRefRole):
    """``{claim}`id``` links to a claim."""

    def process_link(
        self,
        env: BuildEnvironment,
        refnode: nodes.Element,
        has_explicit_title: bool,
        title: str,
        target: str,
    ) -> tuple[str, str]:
        """Point the reference at this domain."""
        refnode["refdomain"], refnode["reftype"] = "claim", "claim"
        return title, target


class ClaimDomain(Domain):
    """Knows the claims of every page."""

    name = "claim"
    label = "Claims"
    object_types = {"claim": ObjType("claim", "claim")}  # noqa: RUF012 (Sphinx's API)
    roles = {"claim": ClaimRole()}  # noqa: RUF012 (the same)
    initial_data = {"pages": {}}  # noqa: RUF012 (the same)
    data_version = 1

    @property
    def pages(self) -> dict[str, list[Claim]]:
        """The claims of each page, in the order of the page."""
        found: dict[str, list[Claim]] = self.data["pages"]
        return found

    def all(self) -> Iterator[Claim]:
        """Yield every claim, page by page."""
        for docname in sorted(self.pages):
            yield from self.pages[docname]

    def clear_doc(self, docname: str) -> None:
        """Forget a page."""
        self.pages.pop(docname, None)

    def merge_domaindata(self, docnames: Set[str], otherdata: dict[str, Any]) -> None:
        """Take over what another process read (``sphinx-build -j``)."""
        theirs = otherdata["pages"]
        self.pages.update({d: theirs[d] for d in docnames if d in theirs})

    def resolve_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: addnodes.pending_xref,
        contnode: nodes.Element,
    ) -> nodes.reference | None:
        """Link to the claim `target`, or leave it to the warning about dead links.

        A link without words of its own is a sign, so that a sentence reads on; the
        statement is its tooltip, and the id in words its name for screen readers.
        """
        for found in self.all():
            if found.id == target:
                shown = contnode if node.get("refexplicit") else _sign(found)
                link = make_refnode(
                    builder, fromdocname, found.page, found.anchor, shown
                )
                link["reftitle"] = found.statement
                return link
        return None

    def resolve_any_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: addnodes.pending_xref,
        contnode: nodes.Element,
    ) -> list[tuple[str, nodes.reference]]:
        """Offer a claim to references that do not say what they point to."""
        found = self.resolve_xref(
            env, fromdocname, builder, "claim", target, node, contnode
        )
        return [("claim:claim", found)] if found else []

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Offer every claim to the search and to objects.inv."""
        hidden = -1  # from the search, not from objects.inv
        for found in self.all():
            yield found.id, found.id, "claim", found.page, found.anchor, 1
            for old in found.replaces:
                yield old, old, "claim", found.page, anchor_of(old), hidden


def _sign(claim: Claim) -> nodes.inline:
    """Return what a link to a claim shows: a sign, and words that are read aloud."""
    words = f"checked: {claim.id.replace('-', ' ')}"
    return nodes.inline(
        "",
        "",
        nodes.inline("", "✓", classes=["claim-sign"]),
        nodes.inline("", words, classes=["read-aloud"]),
        classes=["claim-link"],
    )


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Find the proof of each claim on the page that was just read."""
    env = app.env
    places = [p for p in doctree.findall(nodes.admonition) if p.get("claim_id")]
    if not places:
        return
    docname = env.docname
    cells: list[NotebookNode] = executed_notebook(env, docname).cells
    found = []
    for place in places:
        name, line = place["claim_id"], place.line or 1
        follower = place.next_node(descend=False, siblings=True)
        if not is_code_cell(follower):
            report(
                env,
                docname,
                line,
                f"the claim `{name}` has no proof",
                "put the code cell that would fail if it were false right behind it",
            )
            continue
        index = follower["cell_index"]
        follower["proves"] = name
        follower["classes"].append("proof")
        source = cells[index].source
        declared = cells[index].metadata.get("raises")
        reason = _why_no_proof(source, declared, cells[:index])
        if reason:
            report(
                env,
                docname,
                line,
                f"the proof of the claim `{name}` cannot fail: {reason}",
                "assert, at the top level of the cell, what the claim says; or declare "
                "the error that it speaks of with `:raises:`",
            )
        paragraph = place.children[1] if len(place.children) > 1 else place
        parts = tuple(_parts(paragraph))
        statement = " ".join("".join(text for text, _ in parts).split())
        kind, of_all = place["kind"], place["of_all"]
        required = bool(app.config.proved_hunts)
        wrong = wrong_kind(kind, of_all, statement, required)
        if wrong:
            report(env, docname, line, f"the claim `{name}` {wrong[0]}", wrong[1])
        found.append(
            Claim(
                id=name,
                page=docname,
                line=line,
                statement=statement,
                parts=parts,
                proof=source,
                raises=declared or "",
                replaces=place["replaces"],
                kind=kind,
                all=of_all or kind == "always",
            )
        )
    domain(env).pages[docname] = found


def _why_no_proof(
    source: str, declared: str | None, earlier: list[NotebookNode]
) -> str | None:
    if declared is None:
        before = [c.source for c in earlier if c.cell_type == "code"]
        return why_it_cannot_fail(source, before)
    parsed = parse_declared(declared)
    if parsed and parsed[0] in ("AssertionError", "Exception", "BaseException"):
        return f"{parsed[0]} is not an error that a library raises on purpose"
    return None  # a badly written :raises: is reported by outputs.py


def _parts(paragraph: nodes.Node) -> Iterator[tuple[str, bool]]:
    """Split a statement into text and inline code."""
    for text in paragraph.findall(nodes.Text):
        yield text.astext(), isinstance(text.parent, nodes.literal)


def domain(env: BuildEnvironment) -> ClaimDomain:
    """Return the claims of this build."""
    found = env.get_domain(ClaimDomain.name)
    assert isinstance(found, ClaimDomain)
    return found


def refuse_duplicates(app: Sphinx, env: BuildEnvironment) -> None:
    """Report every id that stands more than once on the site."""
    first: dict[str, Claim] = {}
    for found in domain(env).all():
        for claim_id in (found.id, *found.replaces):
            if claim_id in first:
                other = first[claim_id]
                where = f"{env.doc2path(other.page).name}:{other.line}"
                report(
                    env,
                    found.page,
                    found.line,
                    f"the claim id `{claim_id}` is used twice, first on "
                    f"{other.page} ({where})",
                    "give one of them another id",
                )
            first.setdefault(claim_id, found)
