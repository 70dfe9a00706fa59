"""Judge many architectures, and show the verdicts as a table and as a picture.

rows = survey({"VGG16": keras.applications.VGG16(weights=None)})
as_table(rows), as_picture(rows)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from .diagram import Drawing
from .graph import Graph
from .rules import api
from .verdict import verdict

ROW = 18  # pixels
NAMES = 150  # pixels for the names at the left
LONGEST = 320  # pixels for the longest bar


@dataclass(frozen=True)
class Row:
    """The verdict on one architecture.

    `calls` counts the calls of layers; `merges` those that take several tensors, and
    `branches` the tensors that are used more than once. `rules` are the ids of those
    that rule out a stack.
    """

    name: str
    api: str
    calls: int
    merges: int
    branches: int
    rules: tuple[str, ...]
    first_reason: str


def row(name: str, graph: Graph) -> Row:
    """Return the verdict on a graph as one row."""
    found = verdict(graph)
    takes: dict[str, int] = {}
    goes: dict[str, int] = {}
    for edge in graph.edges:
        takes[edge.target] = takes.get(edge.target, 0) + 1
        goes[edge.source] = goes.get(edge.source, 0) + 1
    return Row(
        name,
        found.api,
        len(graph.calls),
        sum(count > 1 for count in takes.values()),
        sum(count > 1 for count in goes.values()),
        tuple(sorted({reason.rule for reason in found.reasons})),
        found.reasons[0].text if found.reasons else "",
    )


def survey(graphs: Mapping[str, Graph]) -> list[Row]:
    """Return a row for each graph."""
    return [row(name, graph) for name, graph in graphs.items()]


def as_table(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        "| Architecture | API | Calls of layers | Merges | Branches |",
        "|---|---|--:|--:|--:|",
    ]
    lines += [
        f"| {r.name} | {api(r.api).title} | {r.calls} | {r.merges} | {r.branches} |"
        for r in rows
    ]
    return "\n".join(lines)


def as_picture(rows: Iterable[Row], title: str = "Merges by architecture") -> Drawing:
    """Draw a bar for each row: its merges. A stack has none, and is marked."""
    rows = list(rows)
    most = max((r.merges for r in rows), default=0) or 1
    width, height = NAMES + LONGEST + 60, ROW * len(rows) + 8
    parts = []
    for index, r in enumerate(rows):
        y = ROW * index + 15
        weight = ' font-weight="700"' if r.api == "sequential" else ""
        bar = max(1, round(LONGEST * r.merges / most))
        label = "a stack" if r.api == "sequential" else str(r.merges)
        parts.append(
            f'<text{weight} x="{NAMES - 8}" y="{y}" text-anchor="end">'
            f"{escape(r.name)}</text>"
            f'<rect class="bar" x="{NAMES}" y="{y - 10}" width="{bar}" height="12"/>'
            f'<text{weight} x="{NAMES + bar + 6}" y="{y}">{label}</text>'
        )
    stacks = [r.name for r in rows if r.api == "sequential"]
    words = (
        f"{len(stacks)} of {len(rows)} are stacks: {', '.join(stacks)}. "
        f"The others have up to {most} merges."
    )
    svg = (
        f'<svg class="model" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        'aria-labelledby="survey-title survey-text" font-size="12" '
        'fill="currentColor" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="survey-title">{escape(title)}</title>'
        f'<desc id="survey-text">{escape(words)}</desc>{"".join(parts)}</svg>'
    )
    return Drawing(svg, words)
