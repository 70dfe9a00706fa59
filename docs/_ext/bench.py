"""Show the ratios that ``make bench`` measured: ``{bench-tables}``.

They are read from docs/reference/bench.json. A time cannot be proved by a cell, so the
page says on which machine and versions it was measured.
"""

import json
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from _ext import ROOT
from _ext.problems import report

RESULT = ROOT / "docs" / "reference" / "bench.json"
_WIDTH = 160  # of the longest bar, in pixels


class BenchTablesDirective(SphinxDirective):
    """``{bench-tables}``: every comparison, as a table with bars."""

    def run(self) -> list[nodes.Node]:
        """Return where it was measured, and the tables."""
        self.env.note_dependency(str(RESULT))
        try:
            found = json.loads(RESULT.read_text(encoding="utf-8"))
            where = (
                f"Measured on {found['machine']}, with Python {found['python']} and "
                f"Keras {found['keras']}."
            )
            html = "".join(_table(table) for table in found["tables"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            name = Path(RESULT).name
            report(
                self.env,
                self.env.docname,
                self.lineno,
                f"{name} cannot be read: {error!r}",
                "run `make bench`, which writes it",
            )
            return []
        return [
            nodes.paragraph("", where),
            nodes.raw("", html, format="html"),
        ]


def _table(table: dict) -> str:
    longest = max(middle for _, middle, _, _ in table["rows"])
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        f"<td>{_bar(middle / longest)}</td>"
        f"<td>{middle:.2f}</td><td>{low:.2f} to {high:.2f}</td></tr>"
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


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.add_directive("bench-tables", BenchTablesDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
