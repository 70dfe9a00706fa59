"""Mend faults of the stock theme, Furo 2025.12.19 with MyST-NB 1.4.0.

Each entry of `MENDED` keeps people with a keyboard or a screen reader out, as axe-core
4.12 finds; tests/browser finds it again when an entry is dropped.
"""

import itertools
import re
from importlib import resources
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from proved_pages.execute.whole_files import write_whole
from proved_pages.finish import Page

MENDED = (
    # Two <aside> landmarks that a screen reader cannot tell apart.
    (
        r'<aside class="sidebar-drawer">',
        '<aside class="sidebar-drawer" aria-label="Site">',
    ),
    (
        r'<aside class="toc-drawer([^"]*)">',
        r'<aside class="toc-drawer\1" aria-label="Page">',
    ),
    # The switches of both menus, outside of any landmark; site.css shows the menus.
    (
        r'((?:<input type="checkbox" class="sidebar-toggle"[^>]*>\s*){2})',
        r'<nav class="menus" aria-label="Menus">\1</nav>',
    ),
    # Icons beside a text or inside a button that has a name: nothing to read out.
    (
        r"<svg((?: class=\"[^\"]*\")?)>(\s*)<use",
        r'<svg\1 aria-hidden="true">\2<use',
    ),
    (
        r'(class="back-to-top[^>]*>\s*)<svg ',
        r'\1<svg aria-hidden="true" ',
    ),
    # A link, shown while one scrolls up, outside of any landmark.
    (
        r'(<a href="#" class="back-to-top.*?</a>)',
        r'<nav aria-label="Top">\1</nav>',
    ),
    # Code wider than the screen scrolls, but not by keyboard.
    (r"<pre(?![^>]*tabindex)", '<pre tabindex="0"'),
    # So do tables.
    (
        r'<div class="table-wrapper([^"]*)">',
        r'<div class="table-wrapper\1" tabindex="0" role="region" '
        'aria-label="Table {n}">',
    ),
)


_NOTEBOOK_CSS = re.compile(r"_static/(mystnb\.\w+\.css)")


def copy_notebook_css(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    """Copy MyST-NB's style sheet before the first page that names it, not at the end.

    Sphinx adds a check sum to its address only when the file is there, so a first build
    would differ from a second one.
    """
    for file in context.get("css_files", ()):
        if found := _NOTEBOOK_CSS.fullmatch(str(file.filename)):
            path = Path(app.outdir, "_static", found[1])
            if not path.is_file():
                path.parent.mkdir(parents=True, exist_ok=True)
                source = resources.files("myst_nb.static") / "mystnb.css"
                write_whole(path, source.read_text(encoding="utf-8"))


def mend(app: Sphinx, page: Page) -> None:
    """Mend a page before it is written."""
    for pattern, replacement in MENDED:
        page.text = _mended(page.text, pattern, replacement)


def _mended(text: str, pattern: str, replacement: str) -> str:
    numbers = itertools.count(1)  # two regions of one name are one too many
    return re.sub(
        pattern,
        lambda found: found.expand(replacement).replace("{n}", str(next(numbers))),
        text,
        flags=re.DOTALL,
    )
