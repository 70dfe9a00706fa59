"""The page for addresses that lead nowhere: 404.html.

A host shows it for every missing address, however deep, so its own links must not be
relative: they begin with the path that the site is published under (``SITE_URL``).
docs/_static/not-found.js looks at the address and names the pages that come close.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from proved_pages.finish import Page
from proved_pages.publish.constants import write_constant

NAME = "404"
PAGES_JS = "pages.js"
_LINK = re.compile(r'\b(href|src|action|data-content_root)="(?![#/]|[a-z]+:)(?:\./)?')


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Add the page to those that Sphinx writes; its text is in the template."""
    if app.config.proved_not_found:
        yield NAME, {}, f"{NAME}.html"


def add_script(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    """Load the list of pages, what compares it with the address, and the field."""
    if pagename == NAME:
        app.add_js_file(PAGES_JS, loading_method="defer")
        app.add_js_file("not-found.js", loading_method="defer")


def absolute_links(app: Sphinx, page: Page) -> None:
    """Let every link of the page begin at the root of the host."""
    if page.name != NAME or not app.config.html_baseurl:
        return
    root = urlsplit(app.config.html_baseurl).path.rstrip("/") + "/"
    page.text = _LINK.sub(rf'\1="{root}', page.text)


def write_pages(app: Sphinx, env: BuildEnvironment) -> None:
    """Write the list of pages, before the template adds its check sum."""
    if not app.config.proved_not_found:
        return
    if app.builder.format != "html":  # only HTML has addresses to list
        return
    rows = [
        [app.builder.get_target_uri(docname), env.titles[docname].astext()]
        for docname in sorted(env.found_docs)
    ]
    text = json.dumps(rows, ensure_ascii=False, indent=0)
    write_constant(app, PAGES_JS, "PAGES", text)
