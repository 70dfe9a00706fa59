"""Each page's cache of executed cells, which may be trusted after a killed build, too.

jupyter-cache 1.0.1 writes tables, record and notebook one after another. Killed in
between, it leaves what no later build can read ("Unexpected error accessing jupyter
cache, it may need to be cleared"). So a mark stands in the folder while a page is read.
Where a mark was left, the folder is dropped, and the cells of that page run again.
"""

import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

MARK = "being-read"


def cache_folder(env: BuildEnvironment, docname: str) -> Path:
    """Return where the executed versions of a page are kept, and of no other page."""
    return Path(env.mystnb_config.execution_cache_path, f"{docname}.cache")


def begin(app: Sphinx, docname: str, content: list[str]) -> None:
    """Drop what a killed build left half written, and mark the folder."""
    folder = cache_folder(app.env, docname)
    if (folder / MARK).exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def end(app: Sphinx, doctree: nodes.document) -> None:
    """Remove the mark: the page was read to its end."""
    (cache_folder(app.env, app.env.docname) / MARK).unlink()
