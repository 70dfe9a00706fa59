"""Draw the graph of a model as SVG, and highlight what rules out `Sequential`.

    draw(model)

in a notebook shows the picture. The drawing follows the colors of the page around it,
has a title and a description in words, needs no program and no JavaScript, and is the
same for the same model. It is made from the model's config alone (see `graph`).
"""

import itertools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Protocol

from .graph import Call, Config, Edge, Evidence, Graph, calls_in, depths, evidence, read
from .rules import rule

LINE = 16  # height of a line of text
CHARACTER = 7.2  # width of a bold character at 12 pixels
PADDING = 10
DOWN = 30  # between two rows
ACROSS = 18  # between two boxes
MARGIN = 4
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
    why = evidence(graph)
    return Drawing(_svg(graph, why), _caption(why))


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


def _caption(why: Mapping[str, object]) -> str:
    if not why:
        return "One path from input to output: a stack."
    titles = [rule(each).title for each in why]
    return "Not a stack: " + "; ".join(t[0].lower() + t[1:] for t in titles) + "."


# --- layout --------------------------------------------------------------------------


@dataclass
class _Box:
    """A call, or (with no lines) a point where a long edge passes a row."""

    lines: tuple[str, ...]
    row: int
    x: float = 0.0  # of its middle

    @property
    def width(self) -> float:
        if not self.lines:
            return 10.0
        return max(64.0, max(map(len, self.lines)) * CHARACTER + 2 * PADDING)


def _lines(call: Call, shared: bool) -> tuple[str, ...]:
    kind = call.kind
    if kind == "InputLayer":
        kind = f"Input {call.layer}"
    elif kind in ("Sequential", "Functional"):
        kind = f"{call.layer} ({kind})"
    lines = [kind]
    if call.shape:
        lines.append(f"({', '.join(map(str, call.shape))})")
    if shared:
        lines.append("shared weights")
    return tuple(lines)


def _layout(
    graph: Graph, shared: set[str]
) -> tuple[list[list[_Box]], dict[str, _Box], list[tuple[Edge, list[_Box]]]]:
    """Return the rows of boxes, the box of each call, and the way of each edge."""
    rows = depths(graph)  # each call one row below the lowest of those that feed it
    table: list[list[_Box]] = [[] for _ in range(max(rows.values(), default=-1) + 1)]
    boxes = {}
    for call in graph.calls:
        box = _Box(_lines(call, call.id in shared), rows[call.id])
        boxes[call.id] = box
        table[box.row].append(box)
    ways = []
    above: dict[int, list[_Box]] = defaultdict(list)
    below: dict[int, list[_Box]] = defaultdict(list)
    for edge in graph.edges:
        way = [boxes[edge.source]]
        for passed in range(rows[edge.source] + 1, rows[edge.target]):
            point = _Box((), passed)
            table[passed].append(point)
            way.append(point)
        way.append(boxes[edge.target])
        ways.append((edge, way))
        for a, b in itertools.pairwise(way):
            below[id(a)].append(b)
            above[id(b)].append(a)
    for boxes_in_row in table:
        _spread(boxes_in_row)
    for _ in range(SWEEPS):
        for row in reversed(table):
            _settle(row, below)
        for row in table:
            _settle(row, above)
    left = min(box.x - box.width / 2 for box in itertools.chain(*table))
    for box in itertools.chain(*table):
        box.x += MARGIN - left
    return table, boxes, ways


def _settle(row: list[_Box], near: Mapping[int, list[_Box]]) -> None:
    """Move the boxes of a row below or above their neighbors, in an order that fits."""
    goals = {}
    for box in row:
        around = [other.x for other in near[id(box)]] or [box.x]
        goals[id(box)] = _mean(around)
    row.sort(key=lambda box: goals[id(box)])  # stable: equal ones keep their order
    for box in row:
        box.x = goals[id(box)]
    middle = _mean([box.x for box in row])
    _spread(row, keep=True)
    shift = middle - _mean([box.x for box in row])
    for box in row:
        box.x += shift


def _mean(numbers: list[float]) -> float:
    """Return the mean, added from left to right.

    `sum` rounds in another way since Python 3.12; the picture is the same on all
    versions, and in the browser (docs/_static/which-api/diagram.js).
    """
    total = 0.0
    for number in numbers:
        total += number
    return total / len(numbers)


def _spread(row: list[_Box], keep: bool = False) -> None:
    """Push overlapping boxes of a row apart, from left to right."""
    end = float("-inf") if keep else 0.0
    for box in row:
        least = end + box.width / 2
        box.x = max(box.x, least) if keep else least
        end = box.x + box.width / 2 + ACROSS


# --- drawing -------------------------------------------------------------------------


def _svg(graph: Graph, why: Evidence) -> str:
    marked = {each for where in why.values() for each in where}
    shared = {call.id for call in calls_in(why, "shared-layer")}
    table, boxes, ways = _layout(graph, shared)
    tops: list[float] = []
    heights: list[float] = []
    y = float(MARGIN)
    for row in table:
        tall = max(len(box.lines) for box in row) * LINE + 10
        tops.append(y)
        heights.append(tall)
        y += tall + DOWN
    width = max(box.x + box.width / 2 for box in itertools.chain(*table)) + MARGIN
    height = y - DOWN + MARGIN
    number = next(_number)
    parts = []
    for edge, way in sorted(ways, key=lambda item: item[0] in marked):
        style = _HIGHLIGHT if edge in marked else _PLAIN
        parts.append(_line(way, tops, heights, style, number))
    for call in graph.calls:
        box = boxes[call.id]
        tall = len(box.lines) * LINE + 10
        top = tops[box.row] + (heights[box.row] - tall) / 2
        style = _HIGHLIGHT if call in marked else _PLAIN
        parts.append(_rect(box, top, tall, style))
    return (
        f'<svg class="model" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" role="img" aria-labelledby="model-{number}-title '
        f'model-{number}-text" font-size="12" text-anchor="middle" '
        'fill="currentColor" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="model-{number}-title">Graph of {escape(graph.name)}</title>'
        f'<desc id="model-{number}-text">{escape(_words(graph, why))}</desc>'
        f'<defs><marker id="model-{number}-tip" viewBox="0 0 8 8" refX="7.5" refY="4" '
        'markerWidth="8" markerHeight="8" orient="auto" markerUnits="userSpaceOnUse">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>' + "".join(parts) + "</svg>"
    )


_PLAIN = 'class="plain" stroke="currentColor" stroke-width="1"'
_HIGHLIGHT = 'class="why" stroke="currentColor" stroke-width="2.5"'


def _line(
    way: list[_Box], tops: list[float], heights: list[float], style: str, number: int
) -> str:
    start = way[0]
    path = f"M{start.x:.1f} {tops[start.row] + heights[start.row]:.1f}"
    for a, b in itertools.pairwise(way):
        y1, y2 = tops[a.row] + heights[a.row], tops[b.row]
        if not a.lines:
            path += f"V{y1:.1f}"
        half = (y1 + y2) / 2
        path += f"C{a.x:.1f} {half:.1f} {b.x:.1f} {half:.1f} {b.x:.1f} {y2:.1f}"
    return (
        f'<path {style} fill="none" marker-end="url(#model-{number}-tip)" d="{path}"/>'
    )


def _rect(box: _Box, top: float, tall: float, style: str) -> str:
    left = box.x - box.width / 2
    rect = (
        f'<rect {style} fill="none" rx="5" x="{left:.1f}" y="{top:.1f}" '
        f'width="{box.width:.1f}" height="{tall}"/>'
    )
    for index, line in enumerate(box.lines):
        weight = ' font-weight="600"' if index == 0 else ""
        rect += (
            f'<text{weight} x="{box.x:.1f}" y="{top + 17 + index * LINE:.1f}">'
            f"{escape(line)}</text>"
        )
    return rect


def _words(graph: Graph, why: Evidence) -> str:
    """Say what the picture shows, for people who do not see it."""
    name = {call.id: _lines(call, False)[0] for call in graph.calls}
    steps = [f"{name[edge.source]} to {name[edge.target]}" for edge in graph.edges]
    return f"{_caption(why)} Arrows: {', '.join(steps)}."
