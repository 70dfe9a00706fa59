"""Show the rules of src/which_api/rules.py as text, as a table, as a picture.

``{rule} several-inputs``   the question, what rules out the simpler API, the recipes
``{rule-table}``            all rules at a glance
``{decision-diagram}``      the questions in order, as an inline SVG (decision_svg.py)

A recipe says which rule it is for by its constant ``RULE``; nothing is listed twice.
The build fails when a rule's proof is no claim, or when no recipe needs it.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

import which_api.rules
from keras_site.decision_svg import draw
from keras_site.places import examples
from proved_pages.marks import mark, marked
from proved_pages.problems import report
from proved_pages.prove.claims import domain
from which_api.rules import RULES, Rule, api, rule

SOURCE = Path("src/which_api/rules.py")
# One line of code, which the rule's own section shows.
MARK = "shows-rules"
# What an example says; parsing all of them would take a tenth of an edit's build.
RULE_ID = re.compile(r'^RULE = "([\w-]+)"$', re.MULTILINE)
NO_RECIPE = frozenset({"operation-in-the-chain"})


def recipes_of(env: BuildEnvironment) -> dict[str, list[str]]:
    """Map each rule's id to the examples that declare it, without importing them."""
    return _recipes(examples(env))


@cache  # a build reads them once; each build is a process of its own
def _recipes(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.py")):
        declared = RULE_ID.search(path.read_text(encoding="utf-8"))
        if declared:
            found.setdefault(declared[1], []).append(path.stem)
    return found


class RulesDirective(SphinxDirective):
    """What the three directives share: the page depends on the table."""

    def note_source(self) -> None:
        """Read the page again when the table or an example changes."""
        self.env.note_dependency(which_api.rules.__file__)
        for path in examples(self.env).glob("*.py"):
            self.env.note_dependency(path)
        mark(self.env, MARK)

    def link(self, domain_name: str, kind: str, target: str, text: str) -> nodes.Node:
        """Return a reference for Sphinx to resolve."""
        reference = pending_xref(
            "",
            nodes.inline(text, text),
            refdomain=domain_name,
            reftype=kind,
            reftarget=target,
            refdoc=self.env.docname,
            refexplicit=True,
            refwarn=True,
        )
        self.set_source_info(reference)
        return reference

    def use(self, rule: Rule) -> list[nodes.Node]:
        """Say what to write where the answer is yes."""
        return self.parse_inline(rule.write or api(rule.api).title)[0]

    def recipe_links(self, rule_id: str) -> Iterator[nodes.Node]:
        """Yield links to the recipes of a rule, with commas between them."""
        for number, name in enumerate(recipes_of(self.env).get(rule_id, [])):
            if number:
                yield nodes.Text(", ")
            text = name.replace("_", " ")
            yield self.link("std", "doc", f"/recipes/{name}", text)


class RuleDirective(RulesDirective):
    """``{rule} id``: one rule."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the question, the answer, what breaks, and the recipes."""
        self.note_source()
        try:
            found = rule(self.arguments[0])
        except KeyError:
            report(
                self.env,
                self.env.docname,
                self.lineno,
                f"there is no rule `{self.arguments[0]}`",
                f"the ids stand in {SOURCE}",
            )
            return []
        facts = nodes.field_list(classes=["rule"])
        for label, content in (
            ("Ask", self.parse_inline(found.question)[0]),
            ("If yes", [nodes.strong("", "", *self.use(found))]),
            ("Why", self.parse_inline(found.breaks)[0]),
            ("Recipe", list(self.recipe_links(found.id))),
        ):
            if not content:
                continue
            field = nodes.field("", nodes.field_name("", label))
            field += nodes.field_body("", nodes.paragraph("", "", *content))
            facts += field
        return [facts]


class RuleTableDirective(RulesDirective):
    """``{rule-table}``: all rules at a glance."""

    def run(self) -> list[nodes.Node]:
        """Return a table of rule, API and recipe."""
        self.note_source()
        group = nodes.tgroup("", cols=3)
        group += [nodes.colspec(colwidth=width) for width in (5, 2, 2)]
        head, body = nodes.thead(), nodes.tbody()
        head += self.row("Your network", "Use", "Recipe")
        for each in RULES:
            title = self.link("std", "ref", f"rule-{each.id}", each.title)
            recipes = list(self.recipe_links(each.id))
            body += self.row([title], self.use(each), recipes)
        group += [head, body]
        return [nodes.table("", group, classes=["rules"])]

    def row(self, *cells: str | list[nodes.Node]) -> nodes.row:
        """Return a table row."""
        row = nodes.row()
        for cell in cells:
            content = [nodes.Text(cell)] if isinstance(cell, str) else cell
            row += nodes.entry("", nodes.paragraph("", "", *content))
        return row


class DecisionDiagramDirective(RulesDirective):
    """``{decision-diagram}``: the questions in the order in which to ask them."""

    def run(self) -> list[nodes.Node]:
        """Return the picture; its text is in its description as well."""
        self.note_source()
        return [nodes.raw("", draw(RULES), format="html")]


def refuse_unproved_rules(app: Sphinx, env: BuildEnvironment) -> None:
    """Report rules without a proof or a recipe, on the pages that show them."""
    claims = {found.id for found in domain(env).all()}
    pages = marked(env, MARK)
    for docname in pages[:1]:
        for each in RULES:
            for problem in _lacks(each, claims, recipes_of(env)):
                report(env, docname, 1, problem, f"mend {SOURCE}")


def _lacks(
    each: Rule, claims: set[str], recipes: dict[str, list[str]]
) -> Iterator[str]:
    if each.proof not in claims:
        yield f"the proof of the rule `{each.id}` is no claim: `{each.proof}`"
    if each.id not in recipes and each.id not in NO_RECIPE:
        yield f"no example has RULE = {each.id!r}"
