"""Facts by page: kept in the environment, forgotten with a page, merged with ``-j``.

What an extension notes while it reads a page has to survive in the saved environment,
to go when the page goes, and to come over from the processes that read pages side by
side. `noted` holds it, and `keep_by_page` sees to the other two.
"""

from collections.abc import Set
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def noted(env: BuildEnvironment, name: str) -> dict[str, Any]:
    """Return what is kept under `name`, by page."""
    if not hasattr(env, name):
        setattr(env, name, {})
    found: dict[str, Any] = getattr(env, name)
    return found


def keep_by_page(app: Sphinx, name: str) -> None:
    """Forget what is kept under `name` with its page, and merge it."""

    def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        noted(env, name).pop(docname, None)

    def merge(
        app: Sphinx, env: BuildEnvironment, docnames: Set[str], other: BuildEnvironment
    ) -> None:
        theirs = noted(other, name)
        noted(env, name).update({d: theirs[d] for d in docnames if d in theirs})

    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
