"""Show what ``make bench`` measured, in tables with bars.

``{bench-tables}`` shows the speed of models, ``{page-weights}`` the weight of pages,
``{build-tables}`` the builds of this site. All are read from docs/reference/bench.json.
A time cannot be proved by a cell, so the page says on which machine and versions it was
measured.
"""

import json
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from proved_pages.markup import render
from proved_pages.problems import report

RESULT = "reference/bench.json"  # among the pages
_WIDTH = 160  # of the longest bar, in pixels
Measured = Mapping[str, Any]  # JSON; what is missing in it is told when it is shown


class MeasuredDirective(SphinxDirective):
    """What the directives share: they read one file."""

    def show(self, found: Measured) -> tuple[str, str]:
        """Return a sentence and HTML."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Return how it was measured, and the tables."""
        path = Path(self.env.srcdir, RESULT)
        self.env.note_dependency(path)
        try:
            where, html = self.show(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            report(
                self.env,
                self.env.docname,
                self.lineno,
                f"{path.name} cannot be read: {error!r}",
                "run `make bench`, which writes it",
            )
            return []
        return [
            nodes.paragraph("", where),
            nodes.raw("", html, format="html"),
        ]


class BenchTablesDirective(MeasuredDirective):
    """``{bench-tables}``: every comparison, as a table with bars."""

    def show(self, found: Measured) -> tuple[str, str]:
        """Return where it was measured, and the tables."""
        where = (
            f"Measured on {found['machine']}, with Python {found['python']} and "
            f"Keras {found['keras']}."
        )
        return where, "".join(_table(table) for table in found["tables"])


class PageWeightsDirective(MeasuredDirective):
    """``{page-weights}``: what a page of each type weighs, and its scores."""

    def show(self, found: Measured) -> tuple[str, str]:
        """Return how it was measured, and one table."""
        if "pages" not in found:  # this page must be built before it can be weighed
            return "Not measured yet: run make bench.", ""
        pages = found["pages"]
        how = "Compressed, with an empty cache. "
        if pages["no_scores"]:
            how += f"There are no Lighthouse scores: {pages['no_scores']}."
        else:
            how += (
                f"Scores of {pages['lighthouse'].replace('@', ' ')}, of 100: "
                "performance, accessibility, best practices, search engines."
            )
        rows = [
            row | {"phone": _scores(row, "mobile"), "desktop": _scores(row, "desktop")}
            for row in pages["rows"]
        ]
        return how, render("keras_site", "page-weights.html.jinja", rows=rows)


class BuildTablesDirective(MeasuredDirective):
    """``{build-tables}``: builds against other tools and against the limit."""

    def show(self, found: Measured) -> tuple[str, str]:
        """Return where it was measured, and the tables."""
        if "builds" not in found:  # the site must be built before its builds are timed
            return "Not measured yet: run make bench.", ""
        builds = found["builds"]
        tables = "".join(_table(table) for table in builds["tables"])
        return f"Measured on {builds['where']}.", tables + _plot(builds["plot"])


def _scores(row: Measured, view: str) -> str:
    if view not in row:
        return "not run"
    shown = [str(score) for score in row[view]]
    if row.get("noindex"):
        shown[-1] = "kept out"
    return ", ".join(shown)


def _table(table: Measured) -> str:
    longest = max(middle for _, middle, _, _ in table["rows"])
    rows = [
        {
            "name": name,
            "bar": round(_WIDTH * middle / longest),
            "ratio": _number(middle),
            "between": _between(low, high),
        }
        for name, middle, low, high in table["rows"]
    ]
    return render(
        "keras_site",
        "ratio-table.html.jinja",
        heading=table["heading"],
        base=table["base"],
        longest=_WIDTH,
        rows=rows,
    )


def _number(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.4f}"


def _between(low: float | None, high: float | None) -> str:
    return (
        "measured once"
        if low is None or high is None
        else f"{_number(low)} to {_number(high)}"
    )


def _plot(points: list[list[float]]) -> str:
    """Draw the time of a build and its limit over the number of pages."""
    left, right, top, bottom = 40, 340, 20, 200
    most = max(pages for pages, _, _ in points)
    longest = max(max(build, limit) for _, build, limit in points)

    def at(pages: float, time: float) -> tuple[float, float]:
        x = left + (right - left) * pages / most
        return x, bottom - (bottom - top) * time / longest

    def line(name: str, values: list[tuple[float, float]], dashed: bool) -> Measured:
        points = [at(*value) for value in values]
        x, y = points[-1]
        return {
            "name": name,
            "points": [f"{x:.1f},{y:.1f}" for x, y in points],
            "text_x": f"{x + 6:.1f}",
            "text_y": f"{y + 4:.1f}",
            "dashed": dashed,
        }

    levels = [
        {"time": time, "y": f"{y:.1f}", "text_y": f"{y + 4:.1f}"}
        for time in takewhile(lambda time: time < longest, (1, 2, 4, 8, 16))
        for _, y in [at(0, time)]
    ]
    said = "; ".join(
        f"{pages} pages: {build:.2f}, limit {limit:.2f}"
        for pages, build, limit in points
    )
    return render(
        "keras_site",
        "build-plot.html.jinja",
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        said=said,
        levels=levels,
        ticks=[
            {"pages": pages, "x": f"{at(pages, 0)[0]:.1f}"} for pages, _, _ in points
        ],
        lines=[
            line("this build", [(p, build) for p, build, _ in points], False),
            line("the limit", [(p, limit) for p, _, limit in points], True),
        ],
        least=points[0][0],
    )
