"""Marks that a page gets while it is read: what kind of page it is, for later steps."""

from collections.abc import Callable
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from proved_pages.by_page import noted

FACTS = "page_marks"  # in the environment
LISTS_ALL_PAGES = "lists-all-pages"  # it shows facts of every page
HAS_CELLS = "has-cells"


def mark(env: BuildEnvironment, name: str) -> None:
    """Mark the page that is being read."""
    noted(env, FACTS).setdefault(env.docname, set()).add(name)


def is_marked(env: BuildEnvironment, docname: str, name: str) -> bool:
    """Whether the page `docname` has the mark `name`."""
    return name in noted(env, FACTS).get(docname, ())


def marked(env: BuildEnvironment, name: str) -> list[str]:
    """List the pages that have the mark `name`, in the order of the alphabet."""
    return sorted(page for page, names in noted(env, FACTS).items() if name in names)


def loads(name: str, *files: str) -> Callable[..., None]:
    """Return a step that loads styles and scripts on the pages with the mark `name`."""

    def add_files(
        app: Sphinx,
        pagename: str,
        templatename: str,
        context: dict[str, Any],
        doctree: object,
    ) -> None:
        if not is_marked(app.env, pagename, name):
            return
        for file in files:
            if file.endswith(".css"):
                app.add_css_file(file)
            else:
                app.add_js_file(file, loading_method="defer")

    return add_files
