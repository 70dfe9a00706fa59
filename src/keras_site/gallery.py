"""Show every recipe as a card: ``{gallery}``.

Nothing on a card is typed twice. The title is the page's, the sentence is the first one
of the example's docstring, and the API and the reason come from the rule that the
example names. The picture is the first figure that a cell of the page drew, or else the
graph of its model without words. Figures are files of their own, which a browser loads
when they come into sight; each is there in the colors of the light and the dark page.

The filters are radio buttons and CSS: they need no JavaScript, and without CSS all
cards show. static/gallery.js keeps them in the address.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.osutil import relative_uri

from keras_site.places import examples
from keras_site.rule_pages import RulesDirective, recipes_of
from keras_site.snippet import cut
from proved_pages.execute.notebooks import executed_notebook
from proved_pages.execute.whole_files import write_whole
from proved_pages.marks import LISTS_ALL_PAGES, loads, mark, marked
from proved_pages.markup import render
from proved_pages.problems import report
from which_api.rules import APIS, RULES, Rule, api, rule

FOLDER = "_static/recipes"  # of the figures, in the built site
# The words of a figure, where no style sheet of the page reaches them, in the theme's
# colors of text.
FONT = "system-ui, sans-serif"
COLORS = {"light": "#000", "dark": "#cfd0d0"}
_FIGURE = re.compile(
    r'<figure class="(plot|model)">(<svg.*?</svg>)<figcaption.*?>(.*?)</figcaption>',
    re.DOTALL,
)
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_WORDS = re.compile(r"<(text|title|desc)\b.*?</\1>", re.DOTALL)
_NAMED = re.compile(r' (?:role|aria-labelledby)="[^"]*"')

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
class Picture:
    """A picture of a recipe's page: a figure (``plot``) or a graph (``model``)."""

    kind: str
    svg: str
    caption: str

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height, as whole numbers."""
        found = _SIZE.search(self.svg)
        assert found, "figures.py and diagram.py write the size"
        return round(float(found[1])), round(float(found[2]))


@dataclass(frozen=True)
class Card:
    """What the card of one recipe shows.

    `features` are the ids of rules and keys of `CODE_FEATURES`; `code` is what builds
    the model.
    """

    name: str
    rule: Rule
    sentence: str
    picture: Picture | None
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
            drawn = pictures(env, f"recipes/{name}")
            if each.api == "subclass":  # its page may draw another model to compare
                drawn.pop("model", None)
            graph = drawn.get("model")
            caption = graph.caption.lower() if graph else ""
            found = {r.id for r in RULES if r.title.lower() in caption}
            features = frozenset(found | {each.id} | code_features(tree))
            sentence, code = text.split("\n\n")[0], cut(source, "build")
            yield Card(name, each, sentence, drawn.get("plot", graph), features, code)


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


def pictures(env: BuildEnvironment, docname: str) -> dict[str, Picture]:
    """Return the first picture of each kind on a page."""
    found: dict[str, Picture] = {}
    if docname in env.found_docs:
        for picture in all_pictures(env, docname):
            found.setdefault(picture.kind, picture)
    return found


def all_pictures(env: BuildEnvironment, docname: str) -> list[Picture]:
    """Return the pictures of a page, in order."""
    return [
        Picture(kind, svg, unescape(caption))
        for cell in executed_notebook(env, docname).cells
        for output in cell.get("outputs", [])
        for kind, svg, caption in _FIGURE.findall(
            output.get("data", {}).get("text/html", "")
        )
    ]


def silhouette(picture: Picture, number: int) -> str:
    """Return the graph of a model without words; `number` is its place on the page."""
    svg = _WORDS.sub("", picture.svg)
    svg = re.sub(r"\bmodel-\d+-", f"model-{number}-", svg)
    tag, end, rest = svg.partition(">")
    tag = _NAMED.sub("", tag).replace("<svg ", '<svg aria-hidden="true" ', 1)
    return tag + end + rest


def as_file(picture: Picture, color: str) -> str:
    """Return a figure as a file of its own, with words in `color`."""
    look = f'<svg color="{color}" font-family="{FONT}" '
    return picture.svg.replace("<svg ", look, 1)


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
        elif kind != "subclass" and "model" not in pictures(env, f"recipes/{name}"):
            report(
                env,
                f"recipes/{name}",
                1,
                "the recipe has no picture",
                "draw a model in one of its cells: draw(model)",
            )


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholder by the cards, and write their pictures."""
    for place in list(doctree.findall(gallery)):
        html = ""
        if app.builder.format == "html":
            shown = list(cards(app.env))
            write_pictures(Path(app.outdir, FOLDER), shown)
            html = _html(app, docname, shown)
        place.replace_self(nodes.raw("", html, format="html"))


def write_pictures(folder: Path, shown: list[Card]) -> None:
    """Write the figures of cards, and remove those of former ones."""
    wanted = {
        folder / f"{card.name}-{look}.svg": as_file(card.picture, color)
        for card in shown
        if card.picture and card.picture.kind == "plot"
        for look, color in COLORS.items()
    }
    for path, text in wanted.items():
        write_whole(path, text)
    for path in set(folder.glob("*.svg")) - set(wanted):
        path.unlink()


add_files = loads(SHOWS_RECIPES, "gallery.js")


def _html(app: Sphinx, docname: str, shown: list[Card]) -> str:
    filters = list(_filters(shown))
    return render(
        "keras_site",
        "gallery.html.jinja",
        filters=filters,
        empty=list(_empty(shown, filters)),
        cards=[_on_card(app, docname, *each) for each in enumerate(shown)],
    )


def _empty(
    shown: list[Card], filters: list[dict[str, Any]]
) -> Iterator[tuple[str, str]]:
    """Yield the ids of two filters that no card has both of, either way round."""
    used = {
        (card.rule.api, feature) for card in shown for feature in sorted(card.features)
    }
    apis, features = [[key for key, _ in each["options"]] for each in filters]
    for kind, feature in product(apis, features):
        if (kind, feature) not in used:
            yield f"api-{kind}", f"has-{feature}"
            yield f"has-{feature}", f"api-{kind}"


def _filters(shown: list[Card]) -> Iterator[dict[str, Any]]:
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


def _on_card(app: Sphinx, docname: str, number: int, card: Card) -> dict[str, object]:
    page = f"recipes/{card.name}"
    reason = card.rule.title.rpartition(": ")[2]  # "None of these: a plain stack"
    here = app.builder.get_target_uri(docname)
    files, graph = {}, ""
    if card.picture and card.picture.kind == "plot":
        for look in COLORS:
            file = f"{FOLDER}/{card.name}-{look}.svg"
            files[look] = relative_uri(here, file)
    elif card.picture:
        graph = silhouette(card.picture, number)
    return {
        "anchor": f"recipes-{card.name}",
        "api": api(card.rule.api),
        "features": sorted(card.features),
        "uri": app.builder.get_relative_uri(docname, page),
        "title": app.env.titles[page].astext(),
        "sentence": card.sentence,
        "picture": card.picture,
        "files": files,
        "graph": Markup(graph),  # SVG of which_api.diagram, out of a cell
        "reason": reason[0].lower() + reason[1:],
    }
