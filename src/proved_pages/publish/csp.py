"""Give every page a policy that the browser enforces: nothing from any other host.

The inline scripts of the theme are allowed by the hash of their text, so that no other
inline script runs, whoever may bring it onto a page. Style attributes cannot be hashed
(Keras colors its summaries with them), so inline styles stay allowed.

The policy also holds for pages that are opened from a folder: there, Chromium takes
``'self'`` as any file.
"""

import base64
import hashlib
import re
from collections.abc import Iterator

from sphinx.application import Sphinx

from proved_pages.finish import Page

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",  # the theme's icons stand in its style sheets
    "connect-src": "'self'",  # Lighthouse reads robots.txt from the page
    "form-action": "'self'",  # the search field
    "base-uri": "'none'",
}
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
_TYPE = re.compile(r"""\btype=["']?([^"'\s>]+)""")
_PLACE = '<meta charset="utf-8">'  # furo's first tag; before anything is loaded


def inline_scripts(html: str) -> Iterator[str]:
    """Yield the text of the scripts that stand on a page and that a browser runs."""
    for attributes, body in _SCRIPT.findall(html):
        kind = _TYPE.search(attributes)
        runs = kind is None or kind[1] in ("text/javascript", "module")
        if runs and not re.search(r"\bsrc=", attributes):
            yield body


def policy(html: str) -> str:
    """Return the policy of a page."""
    parts = dict(POLICY)
    for body in inline_scripts(html):
        digest = hashlib.sha256(body.encode()).digest()
        source = f" 'sha256-{base64.b64encode(digest).decode()}'"
        if source not in parts["script-src"]:
            parts["script-src"] += source
    return "; ".join(f"{name} {sources}" for name, sources in parts.items())


def add_policy(app: Sphinx, page: Page) -> None:
    """Write the policy into the page; the last thing that happens to it."""
    if page.text.count(_PLACE) != 1:
        raise ValueError(f"{page.name}: no place for the policy, {_PLACE}")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(page.text)}">'
    page.text = page.text.replace(_PLACE, _PLACE + meta)
