"""Let a reader answer the questions of the rule table on the page: ``{chooser}``.

Everything that can be an answer is written into the page here, and so is what to show
for each combination of answers. It comes from `choose` itself, so that the script
(docs/_static/chooser.js) has no rules of its own: it looks up what to show.

The code is cut out of the recipe that is closest to the answers (snippet.py): of the
recipes that need the same API, the one whose model has the fewest other answers.
Without JavaScript, the rules stand there as a table.
"""

from collections.abc import Sequence, Set
from itertools import chain, compress, product

from docutils import nodes
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from keras_site.gallery import Card, cards
from keras_site.rule_pages import RuleTableDirective, recipes_of
from proved_pages.marks import LISTS_ALL_PAGES, loads, mark, marked
from proved_pages.markup import render
from proved_pages.problems import report
from which_api.rules import APIS, RULES, Rule, choose

# What remains when every answer was no is not asked.
ASKED = tuple(rule for rule in RULES if rule.id != "plain-stack")
MARK = "has-chooser"
CLOSE = 3  # recipes that are shown at most: one with its code, the others as links


class chooser(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the chooser until every page is known."""


class ChooserDirective(RuleTableDirective):
    """``{chooser}``: the questions, and the answer at once."""

    def run(self) -> list[nodes.Node]:
        """Return the table for readers without JavaScript, and a placeholder."""
        env = self.env
        mark(env, LISTS_ALL_PAGES)
        mark(env, MARK)
        table = super().run()
        return [
            nodes.raw("", "<noscript>", format="html"),
            *table,
            nodes.raw("", "</noscript>", format="html"),
            chooser(),
        ]


def reasons(yes: Set[str]) -> list[Rule]:
    """Return the rules, of those answered with yes, that rule out a simpler API.

    If there is none, that is a reason too: the rule of the plain stack. Those that rule
    out nothing follow, because they say what to write as a part.
    """
    needed = choose(yes).name
    said = [rule for rule in ASKED if rule.id in yes]
    found = [rule for rule in said if rule.decides and rule.api == needed]
    found = found or [rule for rule in RULES if rule not in ASKED]
    return found + [rule for rule in said if not rule.decides]


def closest(yes: Set[str], recipes: Sequence[Card]) -> list[str]:
    """Name the recipes that need the same API and differ in the fewest answers.

    Among equals, those come first that are shown for one of the answers, then the one
    that has the name of its rule, then those with the shortest code.
    """
    asked = {rule.id for rule in ASKED}

    def distance(card: Card) -> tuple[int, bool]:
        other = card.rule.id not in yes and card.rule in ASKED
        return len(yes ^ (card.features & asked)), other

    same = [card for card in recipes if card.rule.api == choose(yes).name]
    best = min(map(distance, same), default=None)
    found = [card for card in same if distance(card) == best]
    found.sort(key=lambda c: (c.name != _named(c.rule), len(c.code), c.name))
    return [card.name for card in found[:CLOSE]]


def _named(rule: Rule) -> str:
    return rule.id.replace("-", "_")


def answers(recipes: Sequence[Card]) -> dict[str, list[str]]:
    """Map each combination of answers to what is shown for it.

    The key has one digit for each question: 1 for yes. The values are those of the
    attribute ``data-for`` in the page.
    """
    found = {}
    for digits in product((0, 1), repeat=len(ASKED)):
        yes = frozenset(rule.id for rule in compress(ASKED, digits))
        first, *others = closest(yes, recipes)
        found["".join(map(str, digits))] = [
            f"api:{choose(yes).name}",
            *(f"rule:{rule.id}" for rule in reasons(yes)),
            *(["parts"] if any(not rule.decides for rule in reasons(yes)) else []),
            f"code:{first}",
            *(f"also:{name}" for name in others),
            *(["also"] if others else []),
        ]
    return found


def refuse_dead_links(app: Sphinx, env: BuildEnvironment) -> None:
    """Report what the chooser would link to in vain."""
    labels = env.domains.standard_domain.anonlabels
    for docname in marked(env, MARK):
        for rule in RULES:
            if f"rule-{rule.id}" not in labels:
                report(
                    env,
                    docname,
                    1,
                    f"the chooser finds no section `rule-{rule.id}`",
                    "explain the rule, with this label, on docs/choose/rules.md",
                )
        for name in chain.from_iterable(recipes_of(env).values()):
            if f"recipes/{name}" not in env.found_docs:
                report(
                    env,
                    docname,
                    1,
                    f"the chooser finds no page for the example {name}",
                    f"show it on docs/recipes/{name}.md",
                )


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholder by the questions and all answers."""
    for place in list(doctree.findall(chooser)):
        html = _html(app, docname) if app.builder.format == "html" else ""
        place.replace_self(nodes.raw("", html, format="html"))


def _html(app: Sphinx, docname: str) -> str:
    recipes = list(cards(app.env))
    combinations = answers(recipes)
    used = {token for tokens in combinations.values() for token in tokens}
    shown = {card.name: _recipe(app, docname, card) for card in recipes}
    return render(
        "keras_site",
        "chooser.html.jinja",
        asked=ASKED,
        start=combinations["0" * len(ASKED)],
        apis=[api for api in APIS if f"api:{api.name}" in used],
        simplest=APIS[0],
        deciding=[rule for rule in RULES if rule.decides],
        parts=[rule for rule in RULES if not rule.decides],
        links={rule.id: _section(app, docname, rule) for rule in RULES},
        programs=[shown[name] for name in shown if f"code:{name}" in used],
        others=[shown[name] for name in shown if f"also:{name}" in used],
        combinations=htmlsafe_json_dumps(combinations, separators=(",", ":")),
    )


def _recipe(app: Sphinx, docname: str, card: Card) -> dict[str, str]:
    """Return what the chooser shows of a recipe."""
    page = f"recipes/{card.name}"
    title = app.env.titles.get(page)
    return {
        "name": card.name,
        "uri": app.builder.get_relative_uri(docname, page),
        "title": title.astext() if title else card.name,
        "code": _highlighted(card.code),
    }


def _section(app: Sphinx, docname: str, rule: Rule) -> str:
    """Return the link to the section on a rule."""
    labels = app.env.domains.standard_domain.anonlabels
    page, anchor = labels.get(f"rule-{rule.id}", (docname, ""))
    return f"{app.builder.get_relative_uri(docname, page)}#{anchor}"


def _highlighted(code: str) -> Markup:
    """Return HTML as Sphinx has it for a block of Python."""
    return Markup(highlight(code, PythonLexer(), HtmlFormatter()))


add_files = loads(MARK, "chooser.css", "chooser.js")
