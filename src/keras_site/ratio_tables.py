"""Show what ``make bench`` measured, in tables with bars.

``{bench-tables}`` shows the speed of models, ``{page-weights}`` the weight of pages,
``{build-tables}`` the builds of this site. All are read from docs/reference/bench.json.
A time cannot be proved by a cell, so the page says on which machine and versions it was
measured.
"""

import json
from collections.abc import Mapping
from html import escape
from itertools import takewhile
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

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
        rows = "".join(_page_row(row) for row in pages["rows"])
        return how, (
            '<div class="table-wrapper docutils container">'
            '<table class="docutils bench"><thead><tr><th scope="col">Page</th>'
            '<th scope="col">KB</th><th scope="col">Files</th>'
            '<th scope="col">Phone</th><th scope="col">Desktop</th></tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )


class BuildTablesDirective(MeasuredDirective):
    """``{build-tables}``: builds against other tools and against the limit."""

    def show(self, found: Measured) -> tuple[str, str]:
        """Return where it was measured, and the tables."""
        if "builds" not in found:  # the site must be built before its builds are timed
            return "Not measured yet: run make bench.", ""
        builds = found["builds"]
        tables = "".join(_table(table) for table in builds["tables"])
        return f"Measured on {builds['where']}.", tables + _plot(builds["plot"])


def _page_row(row: Measured) -> str:
    scores = "".join(f"<td>{_scores(row, view)}</td>" for view in ("mobile", "desktop"))
    return (
        f'<tr><th scope="row">{escape(row["name"])}</th><td>{row["kb"]}</td>'
        f"<td>{row['files']}</td>{scores}</tr>"
    )


def _scores(row: Measured, view: str) -> str:
    if view not in row:
        return "not run"
    shown = [str(score) for score in row[view]]
    if row.get("noindex"):
        shown[-1] = "kept out"
    return ", ".join(shown)


def _table(table: Measured) -> str:
    longest = max(middle for _, middle, _, _ in table["rows"])
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        f"<td>{_bar(middle / longest)}</td>"
        f"<td>{_number(middle)}</td><td>{_between(low, high)}</td></tr>"
        for name, middle, low, high in table["rows"]
    )
    return (
        '<div class="table-wrapper docutils container"><table class="docutils bench">'
        f"<caption>{_code(table['heading'])}<br>"
        f"<small>1.00 is {_code(table['base'])}</small></caption>"
        '<thead><tr><th scope="col">What</th><th scope="col">Drawn</th>'
        '<th scope="col">Ratio</th><th scope="col">Half of the rounds</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
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

    def at(pages: float, time: float) -> str:
        x = left + (right - left) * pages / most
        return f"{x:.1f},{bottom - (bottom - top) * time / longest:.1f}"

    def line(values: list[tuple[float, float]], name: str, dashes: str) -> str:
        x, y = at(*values[-1]).split(",")
        return (
            f'<polyline points="{" ".join(at(*value) for value in values)}" '
            f'fill="none" stroke="currentColor" stroke-width="2"{dashes}/>'
            f'<text x="{float(x) + 6:.1f}" y="{float(y) + 4:.1f}">{name}</text>'
        )

    def level(time: int) -> str:
        y = float(at(0, time).split(",")[1])
        return (
            f'<path d="M{left} {y:.1f}H{right}" stroke="currentColor" opacity="0.15"/>'
            f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{time}</text>'
        )

    ticks = "".join(
        f'<text x="{at(pages, 0).split(",")[0]}" y="{bottom + 16}" '
        f'text-anchor="middle">{pages}</text>'
        for pages, _, _ in points
    )
    said = "; ".join(
        f"{pages} pages: {build:.2f}, limit {limit:.2f}"
        for pages, build, limit in points
    )
    dashes = ' stroke-dasharray="5 4"'
    return (
        '<figure class="plot"><svg viewBox="0 0 430 240" role="img" '
        f'aria-label="Time of a build by the number of pages. {said}." '
        'fill="currentColor" font-size="12">'
        f'<path d="M{left} {top}V{bottom}H{right}" fill="none" '
        'stroke="currentColor" opacity="0.5"/>'
        + "".join(map(level, takewhile(lambda time: time < longest, (1, 2, 4, 8, 16))))
        + ticks
        + f'<text x="{right}" y="{bottom + 34}" text-anchor="end">pages</text>'
        + line([(p, build) for p, build, _ in points], "this build", "")
        + line([(p, limit) for p, _, limit in points], "the limit", dashes)
        + "</svg><figcaption>The time of a build from nothing over the number of "
        f"pages. 1 is the limit for {points[0][0]} pages.</figcaption></figure>"
    )


def _bar(share: float) -> str:
    width = round(_WIDTH * share)
    return (
        f'<svg width="{_WIDTH}" height="12" viewBox="0 0 {_WIDTH} 12" '
        'role="img" aria-label="bar">'
        f'<rect width="{width}" height="12" fill="currentColor" opacity="0.6"/></svg>'
    )


def _code(text: str) -> str:
    """Turn backticks into HTML."""
    parts = escape(text).split("`")
    return "".join(f"<code>{p}</code>" if n % 2 else p for n, p in enumerate(parts))
