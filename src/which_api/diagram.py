"""Draw the graph of a model as SVG, and highlight what rules out `Sequential`.

    draw(model)

in a notebook shows the picture. The drawing follows the colors of the page around it,
has a title and a description in words, needs no program and no JavaScript, and is the
same for the same model. It is made from the model's config alone (see `graph`).

What is drawn is a `Picture`: rows of boxes, arrows, words. The page "Check your model"
makes the same one in JavaScript; the SVG is each side's own.
"""

import itertools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Protocol

from .graph import Call, Config, Edge, Evidence, Graph, depths, evidence, read
from .rules import rule
from .sentences import say

LINE = 16  # height of a line of text
DOWN = 30  # between two rows
MARGIN = 4
# Across, a picture is laid out in thousandths of a pixel, as whole numbers: sums of
# them are exact, so that both languages put the boxes of a row into the same order.
PIXEL = 1000
CHARACTER = 7200  # width of a bold character at 12 pixels
PADDING = 10 * PIXEL
ACROSS = 18 * PIXEL  # between two boxes
NARROWEST = 64 * PIXEL  # a box
POINT = 10 * PIXEL  # where an arrow passes a row
SWEEPS = 4  # passes up and down; more change nothing on small graphs

_number = itertools.count(1)


class HasConfig(Protocol):
    """Anything with a config: a Keras model."""

    def get_config(self) -> Config:
        """Return the config."""
        ...


@dataclass(frozen=True)
class Drawing:
    """A picture of a model, as ``svg``, and in words, as ``text``."""

    svg: str
    text: str

    def _repr_html_(self) -> str:
        caption = f"<figcaption>{self.text}</figcaption>"
        return f'<figure class="model">{self.svg}{caption}</figure>'

    def __repr__(self) -> str:  # noqa: D105 (its text)
        return self.text


def draw(model: HasConfig | Config) -> Drawing:
    """Draw a Sequential or functional model, or its config.

    Raises ValueError for a subclassed model: its config holds no graph.
    """
    config = model if isinstance(model, Mapping) else model.get_config()
    graph = read(config)
    if graph and not isinstance(model, Mapping):
        graph = _with_shapes(graph, model)
    if graph is None:
        raise ValueError(
            "A subclassed model has no graph to draw: its wiring is the Python code in "
            "call(). Draw keras.Model(inputs, model.call(inputs)) instead, if it works."
        )
    drawn = picture(graph)
    return Drawing(_svg(drawn), drawn.caption)


def _with_shapes(graph: Graph, model: HasConfig) -> Graph:
    """Add the shapes that the model knows and its config does not hold."""
    shapes = {}
    ends = getattr(model, "outputs", None) or ()
    for end, tensor in zip(graph.outputs, ends, strict=False):
        shapes[end] = tuple(tensor.shape)
    if "input_layers" not in model.get_config():  # a Sequential: one call a layer
        calls = [call for call in graph.calls if call.kind != "InputLayer"]
        if ends:
            layers = getattr(model, "layers", ())
            for call, layer in zip(calls, layers, strict=True):
                shapes[call.id] = tuple(layer.output.shape)
    return replace(
        graph,
        calls=tuple(replace(c, shape=c.shape or shapes.get(c.id)) for c in graph.calls),
    )


# --- what is drawn -------------------------------------------------------------------


@dataclass(eq=False)
class Spot:
    """A place in a row: the box of a call or, with no lines, a point of an arrow.

    `x` is its middle, and `place` tells how many spots of its row stand before it.
    """

    row: int
    lines: tuple[str, ...] = ()
    place: int = 0
    x: int = 0

    @property
    def width(self) -> int:
        """Return how wide it is, in thousandths of a pixel."""
        if not self.lines:
            return POINT
        return max(NARROWEST, max(map(len, self.lines)) * CHARACTER + 2 * PADDING)


@dataclass(frozen=True)
class Picture:
    """What is drawn of a graph, and the same in words.

    `boxes` holds the spot of each call, and `arrows` the spots that each edge passes,
    its ends included. What rules out `Sequential` is `marked`.
    """

    title: str
    caption: str
    words: str
    rows: list[list[Spot]]
    boxes: dict[Call, Spot]
    arrows: list[tuple[Edge, list[Spot]]]
    marked: set[Call | Edge]


def picture(graph: Graph) -> Picture:
    """Lay out a graph, and say what there is to see."""
    why = evidence(graph)
    shared = set(why.get("shared-layer", ()))
    depth = depths(graph)  # each call one row below the lowest of those that feed it
    boxes = {
        call: Spot(depth[call.id], _lines(call, call in shared)) for call in graph.calls
    }
    by_id = {call.id: spot for call, spot in boxes.items()}
    arrows = []
    for edge in graph.edges:
        start, end = by_id[edge.source], by_id[edge.target]
        passed = [Spot(row) for row in range(start.row + 1, end.row)]
        arrows.append((edge, [start, *passed, end]))
    caption = _caption(why)
    return Picture(
        say("title", name=graph.name),
        caption,
        _words(graph, caption),
        _rows(list(boxes.values()), [way for _, way in arrows]),
        boxes,
        arrows,
        {each for where in why.values() for each in where},
    )


def _caption(why: Evidence) -> str:
    if not why:
        return say("stack")
    titles = [rule(each).title for each in why]
    return say("no-stack", titles="; ".join(t[0].lower() + t[1:] for t in titles))


def _words(graph: Graph, caption: str) -> str:
    """Say what the picture shows, for people who do not see it."""
    name = {call.id: _lines(call, False)[0] for call in graph.calls}
    steps = [
        say("arrow", source=name[edge.source], target=name[edge.target])
        for edge in graph.edges
    ]
    return say("words", caption=caption, arrows=", ".join(steps))


def _lines(call: Call, shared: bool) -> tuple[str, ...]:
    kind = call.kind
    if kind == "InputLayer":
        kind = say("input-box", layer=call.layer)
    elif kind in ("Sequential", "Functional"):
        kind = say("model-box", layer=call.layer, kind=kind)
    lines = [kind]
    if call.shape:
        lines.append(f"({', '.join(map(str, call.shape))})")
    if shared:
        lines.append(say("shared-box"))
    return tuple(lines)


def _rows(boxes: list[Spot], ways: list[list[Spot]]) -> list[list[Spot]]:
    """Put boxes, and the points between them, into rows, and give each its place."""
    rows: list[list[Spot]] = [[] for _ in range(max(box.row for box in boxes) + 1)]
    above: dict[Spot, list[Spot]] = defaultdict(list)
    below: dict[Spot, list[Spot]] = defaultdict(list)
    for spot in itertools.chain(boxes, *(way[1:-1] for way in ways)):
        rows[spot.row].append(spot)
    for one, other in itertools.chain(*map(itertools.pairwise, ways)):
        below[one].append(other)
        above[other].append(one)
    for row in rows:
        _spread(row, 0)
    for _ in range(SWEEPS):
        for row in reversed(rows):
            _settle(row, below)
        for row in rows:
            _settle(row, above)
    left = min(spot.x - spot.width // 2 for row in rows for spot in row)
    for row in rows:
        for place, spot in enumerate(row):
            spot.place = place
            spot.x += MARGIN * PIXEL - left
    return rows


def _settle(row: list[Spot], near: Mapping[Spot, list[Spot]]) -> None:
    """Move the spots of a row below or above their neighbors, in an order that fits."""
    for spot, goal in [(spot, _middle(near[spot] or [spot])) for spot in row]:
        spot.x = goal
    row.sort(key=lambda spot: spot.x)  # stable: equal ones keep their order
    middle = _middle(row)
    _spread(row, row[0].x - row[0].width // 2)
    shift = middle - _middle(row)
    for spot in row:
        spot.x += shift


def _middle(spots: list[Spot]) -> int:
    return sum(spot.x for spot in spots) // len(spots)


def _spread(row: list[Spot], end: int) -> None:
    """Push the spots of a row apart that overlap, to the right of `end`."""
    for spot in row:
        spot.x = max(spot.x, end + spot.width // 2)
        end = spot.x + spot.width // 2 + ACROSS


# --- SVG -----------------------------------------------------------------------------


def _svg(drawn: Picture) -> str:
    tops, heights = [], []
    y = MARGIN
    for row in drawn.rows:
        tops.append(y)
        heights.append(max(map(_tall, row)))
        y += heights[-1] + DOWN
    spots = list(itertools.chain(*drawn.rows))
    width = max(spot.x + spot.width // 2 for spot in spots) / PIXEL + MARGIN
    height = y - DOWN + MARGIN
    number = next(_number)
    parts = []
    for edge, way in sorted(drawn.arrows, key=lambda arrow: arrow[0] in drawn.marked):
        style = _HIGHLIGHT if edge in drawn.marked else _PLAIN
        parts.append(_path(way, tops, heights, style, number))
    for call, box in drawn.boxes.items():
        top = tops[box.row] + (heights[box.row] - _tall(box)) / 2
        style = _HIGHLIGHT if call in drawn.marked else _PLAIN
        parts.append(_rect(box, top, style))
    return (
        f'<svg class="model" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" role="img" aria-labelledby="model-{number}-title '
        f'model-{number}-text" font-size="12" text-anchor="middle" '
        'fill="currentColor" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="model-{number}-title">{escape(drawn.title)}</title>'
        f'<desc id="model-{number}-text">{escape(drawn.words)}</desc>'
        f'<defs><marker id="model-{number}-tip" viewBox="0 0 8 8" refX="7.5" refY="4" '
        'markerWidth="8" markerHeight="8" orient="auto" markerUnits="userSpaceOnUse">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>' + "".join(parts) + "</svg>"
    )


_PLAIN = 'class="plain" stroke="currentColor" stroke-width="1"'
_HIGHLIGHT = 'class="why" stroke="currentColor" stroke-width="2.5"'


def _tall(spot: Spot) -> int:
    return len(spot.lines) * LINE + 10


def _path(
    way: list[Spot], tops: list[int], heights: list[int], style: str, number: int
) -> str:
    x, y = way[0].x / PIXEL, tops[way[0].row] + heights[way[0].row]
    path = f"M{x:.1f} {y:.1f}"
    for one, other in itertools.pairwise(way):
        x1, x2 = one.x / PIXEL, other.x / PIXEL
        y1, y2 = tops[one.row] + heights[one.row], tops[other.row]
        if not one.lines:
            path += f"V{y1:.1f}"
        half = (y1 + y2) / 2
        path += f"C{x1:.1f} {half:.1f} {x2:.1f} {half:.1f} {x2:.1f} {y2:.1f}"
    return (
        f'<path {style} fill="none" marker-end="url(#model-{number}-tip)" d="{path}"/>'
    )


def _rect(box: Spot, top: float, style: str) -> str:
    x, width = box.x / PIXEL, box.width / PIXEL
    rect = (
        f'<rect {style} fill="none" rx="5" x="{x - width / 2:.1f}" y="{top:.1f}" '
        f'width="{width:.1f}" height="{_tall(box)}"/>'
    )
    for index, line in enumerate(box.lines):
        weight = ' font-weight="600"' if index == 0 else ""
        rect += (
            f'<text{weight} x="{x:.1f}" y="{top + 17 + index * LINE:.1f}">'
            f"{escape(line)}</text>"
        )
    return rect
