"""Let wide pictures scroll on a phone; they do not shrink until nobody can read them.

An SVG in a ``<figure>`` is as wide as its place, so that on a narrow screen its words
get smaller. This gives it a least width, with which the smallest of them has `LETTERS`
pixels. Where that is more than a phone has, the picture stands in a box that scrolls,
and that the keyboard can reach.
"""

import itertools
import math
import re

from sphinx.application import Sphinx

from proved_pages.finish import Page

LETTERS = 11  # pixels
PHONE = 360  # pixels: a narrow phone; a picture gets all of it
_PICTURE = re.compile(r"(<figure\b[^>]*>\s*)(<svg\b.*?</svg>)", re.DOTALL)
_WIDTH = re.compile(r'viewBox="\S+ \S+ ([\d.]+) ')
_FONT = re.compile(r'font-size="([\d.]+)"')


def mend(app: Sphinx, page: Page) -> None:
    """Let the wide pictures of a page scroll."""
    numbers = itertools.count(1)  # two regions of one name are one too many

    def wider(found: re.Match[str]) -> str:
        before, svg = found.groups()
        least = least_width(svg)
        if least <= PHONE:
            return found[0]
        return (
            f'{before}<div class="wide" style="--least: {least}px" tabindex="0" '
            f'role="region" aria-label="Picture {next(numbers)}">{svg}</div>'
        )

    page.text = _PICTURE.sub(wider, page.text)


def least_width(svg: str) -> int:
    """Return the width in pixels below which a word of a picture is too small."""
    width = _WIDTH.search(svg)
    fonts = [float(size) for size in _FONT.findall(svg)]
    if not width or not fonts or "<text" not in svg:
        return 0
    return math.ceil(float(width[1]) * LETTERS / min(fonts))
