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

from proved_pages.pipeline import setup

__all__ = ["setup"]
