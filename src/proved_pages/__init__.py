"""A Sphinx extension for pages whose every cell runs and whose every claim is proved.

Add ``"proved_pages"`` to the extensions of conf.py. README.md beside this file lists
directives, roles, settings and published files; `pipeline` says what happens when.

execute    runs the cells: environment, kernels, forks, freshness of results
prove      looks at what the cells did: outputs, declared errors, claims and proofs
publish    what is published beside the pages: downloads, search, files for machines
look       how a page looks: tabs, mends of the theme
problems   collects what the others found and fails the build with all of it
progress   says what the build does, and what it did
markup     makes HTML from the templates of this and other packages
dependents writes a page again when what it shows of other pages has changed
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: "Sphinx") -> dict[str, object]:
    """Register everything; see `pipeline`."""
    # Kernels import this package, too, for their figures; they need no Sphinx.
    from proved_pages.pipeline import setup as register

    return register(app)
