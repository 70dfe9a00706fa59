"""Folklore: a sentence that other pages teach, its verdict, and the claim that decides.

    ```{folklore} half-true
    :claims: a-shared-layer-counts-once
    `Sequential` cannot share layers.

    What happens, and what to do.
    ```

The first paragraph is the sentence. The verdict is `true`, `half-true` or `false`, on
the versions that this site runs on. A claim that does not exist fails the build, as
any dead reference does.
"""

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from proved_pages.problems import report

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
        self.set_source_info(place)
        badge = VERDICTS.get(verdict, verdict)
        sentence = body[0] if body else None
        if isinstance(sentence, nodes.Element):
            sentence["classes"].append("folklore-sentence")
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
