"""Addresses of pages: one form, wherever the site names one."""

import re
from urllib.parse import urljoin

from sphinx.application import Sphinx

_INDEX = re.compile(r"(?<=/)index\.html(?=$|[?#])")


def base(app: Sphinx) -> str:
    """Return the site's address with a slash at its end; empty if nobody knows it."""
    address = app.config.html_baseurl
    return f"{address.rstrip('/')}/" if address else ""


def canonical(address: str) -> str:
    """Return the one form of an absolute address: without ``index.html``.

    That is what people type and link to, and what hosts answer.
    """
    return _INDEX.sub("", address, count=1)


def url(app: Sphinx, docname: str) -> str:
    """Return a page's one address; relative to the site if nobody knows the site's."""
    path = app.builder.get_target_uri(docname)
    return canonical(base(app) + path) if base(app) else path


def url_of_link(app: Sphinx, docname: str, target: str) -> str:
    """Return the absolute address of `target`, as a link on the page `docname` has it.

    Empty if nobody knows the site's address.
    """
    page = base(app) + app.builder.get_target_uri(docname)
    return canonical(urljoin(page, target)) if base(app) else ""
