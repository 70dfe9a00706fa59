"""The options of an exercise, and whether what was computed says which one is right."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docutils import nodes

_RIGHT, _WRONG = "[x] ", "[ ] "
_BEFORE_REASON = ": "


@dataclass(frozen=True)
class Option:
    """What a reader can choose: `shown` on the page, and why it is right or wrong.

    `code` is the first code in it, which may be the value that was asked for.
    """

    right: bool
    shown: tuple[nodes.Node, ...]
    reason: tuple[nodes.Node, ...]
    code: str


def options_of(items: nodes.bullet_list) -> list[Option]:
    """Read ``- [x] `(32, 10)`: ten scores for each image.`` and the like.

    Raises ValueError, with the text of an item that is written in another way.
    """
    return [_option(item) for item in items.children if isinstance(item, nodes.Element)]


def _option(item: nodes.Element) -> Option:
    paragraph = item.children[0] if len(item.children) == 1 else nodes.paragraph()
    inline = list(paragraph.children)
    mark = inline[0].astext()[: len(_RIGHT)] if inline else ""
    if mark not in (_RIGHT, _WRONG):
        raise ValueError(item.astext())
    inline[0] = nodes.Text(inline[0].astext()[len(mark) :])
    for place, node in enumerate(inline):
        text, found, rest = node.astext().partition(_BEFORE_REASON)
        told = bool(rest.strip()) or place + 1 < len(inline)
        if isinstance(node, nodes.Text) and found and told:
            shown = [*inline[:place], nodes.Text(text)]
            codes = [n.astext() for n in shown if isinstance(n, nodes.literal)]
            reason = (nodes.Text(rest), *inline[place + 1 :])
            return Option(
                mark == _RIGHT, tuple(shown), reason, codes[0] if codes else ""
            )
    raise ValueError(item.astext())


def why_not_proved(options: Sequence[Option], printed: str) -> str:
    """Say what the value that a cell printed leaves open; empty: it settles all.

    Either the value is the code in the right option and in no other; or it is a list
    that says of each option, in order, whether it is right.
    """
    if sum(option.right for option in options) != 1 or len(options) < 2:
        return "one of two or more options is marked with [x]"
    if not printed:
        return "its cell ends in no value"
    try:
        value = ast.literal_eval(printed)
    except (ValueError, SyntaxError):
        value = None
    if isinstance(value, list) and value and set(map(type, value)) == {bool}:
        if value == [option.right for option in options]:
            return ""
        return f"its cell says {printed} of the options"
    return next(_unlike(options, printed), "")


def _unlike(options: Sequence[Option], printed: str) -> Iterator[str]:
    for option in options:
        if option.right and option.code != printed:
            yield f"the right option is `{option.code}`, and its cell says {printed}"
        if not option.right and (not option.code or _same(option.code, printed)):
            yield f"the option `{option.code}` is not refuted by {printed}"


def _same(code: str, printed: str) -> bool:
    """Whether two texts are one value: ``(32, 10)`` and ``(32,10)``."""
    try:
        return bool(ast.literal_eval(code) == ast.literal_eval(printed))
    except (ValueError, SyntaxError):
        return code == printed
