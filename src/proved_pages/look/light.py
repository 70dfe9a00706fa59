"""Load a style sheet or a script only on pages that have something for it.

The theme and other extensions give all of theirs to every page.
"""

from typing import Any

from sphinx.application import Sphinx

# A part of the file's name, and what a page must hold to need it.
NEEDED_BY = {
    "mystnb.": 'class="cell',
    "sphinx-design.min.css": 'class="sd-',
    "design-tabs.js": "sd-tab-set",
    "copybutton.css": 'class="highlight',
    "copybutton.js": 'class="highlight',
    "clipboard.min.js": 'class="highlight',
}


def drop_unused(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    """Take files that the page has no use for from the lists of its template."""
    body = context.get("body", "")
    for key in ("css_files", "script_files"):
        context[key] = [f for f in context[key] if _used(str(f.filename), body)]


def _used(filename: str, body: str) -> bool:
    needs = [mark for part, mark in NEEDED_BY.items() if part in filename]
    return all(mark in body for mark in needs)
