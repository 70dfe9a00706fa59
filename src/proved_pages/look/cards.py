"""Let tables be cards on a phone: each row a block, each cell with its column's name.

A table whose texts do not fit side by side on a phone gets the class ``cards``, and
each of its cells the heading of its column as ``data-column``.
``static/cards.css`` does the rest, on narrow screens only. The first cell of a row is
the title of its card and gets no name.
"""

import html
import re

from docutils import nodes
from sphinx.application import Sphinx

CSS = "cards.css"
# Letters of the longest texts of all columns, side by side: on a phone, 45 are a line.
# Two columns may be three lines high, more columns stay on one.
FITS_TWO, FITS = 120, 45
_TABLE = re.compile(r'<table class="([^"]*\bdocutils\b[^"]*)">(.*?)</table>', re.DOTALL)
_HEAD = re.compile(r'<th class="head[^"]*">(.*?)</th>', re.DOTALL)
_ROW = re.compile(r"<tr\b[^>]*>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(td|th)\b([^>]*)>(.*?)</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def name_columns(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, object],
    doctree: nodes.document | None,
) -> None:
    """Name the columns in the cells of the wide tables of a page."""
    body = context.get("body")
    if isinstance(body, str):
        context["body"] = with_cards(body)
        if context["body"] != body:
            app.add_css_file(CSS)


def with_cards(body: str) -> str:
    """Return the HTML of a page, with its wide tables marked and their cells named."""
    return _TABLE.sub(_as_cards, body)


def _as_cards(found: re.Match[str]) -> str:
    classes, inside = found.groups()
    head, body, rest = inside.partition("<tbody>")
    columns = [_text(each) for each in _HEAD.findall(head)]
    rows = [_CELL.findall(row) for row in _ROW.findall(rest)]
    if len(columns) < 2 or any(len(row) != len(columns) for row in rows):
        return found[0]
    widest = [
        max(len(_text(content)) for _, _, content in column)
        for column in zip(*rows, strict=True)
    ]
    if sum(widest) <= (FITS_TWO if len(columns) == 2 else FITS):
        return found[0]

    def named(row: re.Match[str]) -> str:
        names = iter(["", *columns[1:]])

        def cell(each: re.Match[str]) -> str:
            tag, attributes, content = each.groups()
            name = next(names)
            if name and _text(content):
                attributes += f' data-column="{html.escape(name)}"'
            return f"<{tag}{attributes}>{content}</{tag}>"

        return _CELL.sub(cell, row[0])

    return f'<table class="{classes} cards">{head}{body}{_ROW.sub(named, rest)}</table>'


def _text(markup: str) -> str:
    """Return the words of a piece of HTML."""
    return " ".join(html.unescape(_TAG.sub("", markup)).split())
