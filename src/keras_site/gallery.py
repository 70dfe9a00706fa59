"""Show every recipe as a card: ``{gallery}``.

Nothing on a card is typed twice. The title is the page's, the sentence is the first one
of the example's docstring, the API and the reason come from the rule that the example
names, and the picture is the one that the page's own cell drew. The filters are radio
buttons and CSS: they need no JavaScript, and without CSS all cards show.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from keras_site.places import examples
from keras_site.rule_pages import RulesDirective, recipes_of
from keras_site.snippet import cut
from proved_pages.execute.notebooks import executed_notebook
from proved_pages.marks import LISTS_ALL_PAGES, mark, marked
from proved_pages.markup import render
from proved_pages.problems import report
from which_api.rules import APIS, RULES, Rule, api, rule

_FIGURE = re.compile(
    r'<figure class="model">(<svg.*?</svg>)<figcaption>(.*?)</figcaption>', re.DOTALL
)


# What a network may have beside the rules, found in the source of its example.
CODE_FEATURES = {"loop": "A loop that runs with the model"}
TRAINING, VALUES = "own-training-step", "values-in-a-layer"  # rules that code answers
NOT_FORWARD = ("__init__", "build", "get_config", "train_step")
LOOP_CALLS = ("while_loop", "fori_loop", "scan")
VALUE_CALLS = ("cond", "while_loop", "switch")
SHOWS_RECIPES = "shows-recipes"


class gallery(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the cards until every page is known."""


class GalleryDirective(RulesDirective):
    """``{gallery}``: a card for each recipe."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder; `fill` replaces it when all pages are read."""
        self.note_source()
        mark(self.env, LISTS_ALL_PAGES)
        mark(self.env, SHOWS_RECIPES)
        return [gallery()]


@dataclass(frozen=True)
class Card:
    """What the card of one recipe shows.

    `features` are the ids of rules and keys of `CODE_FEATURES`; `code` is what builds
    the model.
    """

    name: str
    rule: Rule
    sentence: str
    svg: str
    features: frozenset[str]
    code: str = ""


def cards(env: BuildEnvironment) -> Iterator[Card]:
    """Yield the recipes, from the simplest API to the freest."""
    recipes = recipes_of(env)
    simplest_first = [
        each for kind in APIS for each in reversed(RULES) if each.api == kind.name
    ]
    for each in simplest_first:
        for name in recipes.get(each.id, []):
            path = examples(env) / f"{name}.py"
            source = path.read_text(encoding="utf-8")
            tree = ast.parse(source)
            text = ast.get_docstring(tree) or ""
            svg, caption = "", ""
            if each.api != "subclass":  # its page may draw another model to compare
                svg, caption = _picture(env, f"recipes/{name}")
            found = {r.id for r in RULES if r.title.lower() in caption.lower()}
            features = frozenset(found | {each.id} | code_features(tree))
            sentence, code = text.split("\n\n")[0], cut(source, "build")
            yield Card(name, each, sentence, svg, features, code)


def code_features(tree: ast.Module) -> set[str]:
    """Find the keys of `CODE_FEATURES` that hold for an example, and two rules.

    A loop counts where a model runs: in a method of a layer or model, in a function
    that is given a model, or as a ``while`` anywhere. A ``for`` that builds layers is
    no loop of the network.
    """
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.While):
            found.add("loop")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in LOOP_CALLS:
                found.add("loop")
            if node.func.attr in VALUE_CALLS:
                found.add(VALUES)
        elif isinstance(node, ast.FunctionDef):
            given = {argument.arg for argument in node.args.args}
            if "model" in given and _loops(node):
                found.add("loop")
        elif isinstance(node, ast.ClassDef):
            methods = [m for m in node.body if isinstance(m, ast.FunctionDef)]
            if any(method.name == "train_step" for method in methods):
                found.add(TRAINING)
            for method in methods:
                if _loops(method) and method.name not in NOT_FORWARD:
                    found.add("loop")
    return found


def _loops(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.For) for node in ast.walk(function))


def _picture(env: BuildEnvironment, docname: str) -> tuple[str, str]:
    """Return the first drawing on a page, and its caption; empty if it has none."""
    if docname not in env.found_docs:
        return "", ""
    for cell in executed_notebook(env, docname).cells:
        for output in cell.get("outputs", []):
            match = _FIGURE.search(output.get("data", {}).get("text/html", ""))
            if match:
                unique = docname.replace("/", "-")
                return re.sub(r"\bmodel-\d+-", f"{unique}-", match[1]), match[2]
    return "", ""


def read_recipes(env: BuildEnvironment) -> dict[str, float]:
    """Say when each recipe was read: its card may have changed since."""
    read = env.all_docs
    return {page: read[page] for page in sorted(read) if page.startswith("recipes/")}


def refuse_missing_pages(app: Sphinx, env: BuildEnvironment) -> None:
    """Report examples without a page and pages without a picture."""
    if not marked(env, SHOWS_RECIPES):
        return
    recipes = recipes_of(env)
    named = [(rule(r).api, name) for r, names in recipes.items() for name in names]
    for kind, name in named:
        if f"recipes/{name}" not in env.found_docs:
            report(
                env,
                "recipes/index",
                1,
                f"the example {name} has no page",
                f"show it on docs/recipes/{name}.md",
            )
        elif kind != "subclass" and not _picture(env, f"recipes/{name}")[0]:
            report(
                env,
                f"recipes/{name}",
                1,
                "the recipe has no picture",
                "draw a model in one of its cells: draw(model)",
            )


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholder by the cards."""
    for place in list(doctree.findall(gallery)):
        place.replace_self(nodes.raw("", _html(app, docname), format="html"))


def _html(app: Sphinx, docname: str) -> str:
    shown = list(cards(app.env))
    return render(
        "keras_site",
        "gallery.html.jinja",
        filters=list(_filters(shown)),
        cards=[_on_card(app, docname, card) for card in shown],
    )


def _filters(shown: list[Card]) -> Iterator[dict[str, object]]:
    """Yield what a reader can choose by: a legend, a key, and values with texts."""
    names = {card.rule.api for card in shown}
    yield {
        "legend": "API",
        "key": "api",
        "options": [(a.name, a.title) for a in APIS if a.name in names],
    }
    used = {feature for card in shown for feature in card.features}
    rules = [(r.id, r.title) for r in RULES if r.id in used and r.id != "plain-stack"]
    code = [(key, title) for key, title in CODE_FEATURES.items() if key in used]
    yield {"legend": "Your network has", "key": "has", "options": rules + code}


def _on_card(app: Sphinx, docname: str, card: Card) -> dict[str, object]:
    page = f"recipes/{card.name}"
    reason = card.rule.title.rpartition(": ")[2]  # "None of these: a plain stack"
    return {
        "api": api(card.rule.api),
        "features": sorted(card.features),
        "uri": app.builder.get_relative_uri(docname, page),
        "title": app.env.titles[page].astext(),
        "sentence": card.sentence,
        "picture": Markup(card.svg),  # SVG of which_api.diagram, out of a cell
        "reason": reason[0].lower() + reason[1:],
    }
