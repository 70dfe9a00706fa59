"""The notebooks of pages as Sphinx read them: prose, cells and outputs.

Each is kept beside the doctree of its page, and has its life: it is written when Sphinx
reads the page, and belongs to no builder.
"""

from pathlib import Path

from nbformat import NotebookNode, v4
from sphinx.environment import BuildEnvironment

from proved_pages.execute.whole_files import write_whole


def executed_notebook(env: BuildEnvironment, docname: str) -> NotebookNode:
    """Load the notebook of `docname`, outputs included."""
    text = _path(env, docname).read_text(encoding="utf-8")
    notebook: NotebookNode = v4.reads_json(text)
    return notebook


def keep(env: BuildEnvironment, docname: str, notebook: NotebookNode) -> None:
    """Keep the notebook of the page that is being read."""
    write_whole(_path(env, docname), v4.writes_json(notebook))


def _path(env: BuildEnvironment, docname: str) -> Path:
    return Path(env.doctreedir, f"{docname}.ipynb")
