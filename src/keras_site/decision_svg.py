"""Draw the decision diagram: one question below the other, each with its way out.

A question that rules out nothing has no way out: its yes names what to write as a part,
and the way goes on.

The picture is inline SVG of a few kilobytes. It takes its colors from the page, so it
follows light and dark, and it scales down to a phone. Its title and description say
the same in words.
"""

import textwrap
from collections.abc import Sequence
from html import escape

from which_api.rules import Rule, api

WIDTH = 340  # so that the text stays readable at 360 pixels
LINE = 19  # height of a line of text
CHARACTERS = 42  # in a line of a question
GAP = 62  # between two questions: room for "no", "yes" and the answer
ANSWER = 40  # height of an answer
NO, YES = 46, 230  # where the two arrows leave a question


def draw(rules: Sequence[Rule]) -> str:
    """Return the SVG for `rules`, in order; the last one is the answer to all noes."""
    parts: list[str] = []
    top = 2
    *asked, rest = rules
    for rule in asked:
        top = _question(parts, rule, top)
    _answer(parts, rest, 2, top)
    height = top + ANSWER + 2
    described = " ".join(
        f"{_plain(rule.question)} If yes: {_then(rule)}." for rule in asked
    )
    described += f" If no every time: {api(rest.api).title}."
    return (
        f'<svg class="decision" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-labelledby="decision-title decision-text">'
        '<title id="decision-title">Which API does a model need?</title>'
        f'<desc id="decision-text">{escape(described)}</desc>'
        '<defs><marker id="decision-arrow" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="8" markerHeight="8" orient="auto" '
        'markerUnits="userSpaceOnUse"><path d="M0 0 8 4 0 8z"/></marker></defs>'
        f"{''.join(parts)}</svg>"
    )


def _question(parts: list[str], rule: Rule, top: int) -> int:
    """Draw one question and its answer; return where the next one starts."""
    lines = textwrap.wrap(_plain(rule.question), CHARACTERS)
    bottom = top + len(lines) * LINE + 16
    parts.append(_box("question", 2, top, WIDTH - 4, bottom - top))
    for number, line in enumerate(lines):
        parts.append(_text("question", 14, top + 22 + number * LINE, line))
    parts.append(_arrow(NO, bottom, bottom + GAP - 1))
    on = "no" if rule.decides else "yes or no"
    parts.append(_text("word", NO + 8, bottom + GAP / 2 + 5, on))
    parts.append(_arrow(YES, bottom, bottom + 17))
    parts.append(_text("word", YES + 8, bottom + 14, "yes"))
    _answer(parts, rule, YES - 100, bottom + 18, height=32)
    return bottom + GAP


def _answer(parts: list[str], rule: Rule, x: int, y: int, height: int = ANSWER) -> None:
    width = WIDTH - 2 - x
    kind = rule.api if rule.decides else "part"
    text = api(rule.api).title if rule.decides else _plain(rule.write)
    parts.append(_box(f"answer {kind}", x, y, width, height))
    parts.append(_text("answer", x + width / 2, y + height / 2 + 5, text))


def _then(rule: Rule) -> str:
    """Say in words what follows from a yes."""
    if rule.decides:
        return api(rule.api).title
    return f"write {_plain(rule.write)}, and go on"


def _plain(text: str) -> str:
    return text.replace("`", "")


def _box(kind: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" '
        f'height="{height:g}" rx="6"/>'
    )


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


def _arrow(x: float, y1: float, y2: float) -> str:
    return (
        f'<path class="arrow" d="M{x:g} {y1:g}V{y2:g}" '
        'marker-end="url(#decision-arrow)"/>'
    )
