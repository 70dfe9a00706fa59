"""Read a page: a MyST file becomes the notebook that MyST-NB renders.

MyST-NB reads each page through `read`, by its documented extension point
(``nb_custom_formats``), and runs nothing itself: the cells ran before (`stage`), and
their outputs are put in here. A page whose outputs are not there fails the build.

Before that, `prepare` refuses what would let a cell go unrun or an error unseen, and
names file, line and cure.
"""

from contextvars import ContextVar
from pathlib import Path
from typing import TypedDict

import nbformat
import yaml
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError, ExtensionError

from proved_pages import figures
from proved_pages.execute import notebooks
from proved_pages.execute.checks import problems_of
from proved_pages.execute.freshness import (
    code_digest,
    modules_of,
    page_key,
    shared_key,
)
from proved_pages.execute.kernels import ipython_config
from proved_pages.execute.page_cells import (
    MAY_RAISE,
    Cell,
    cells_of,
    located_code_cells,
    read_text,
    tags,
)
from proved_pages.execute.results import Results, fill
from proved_pages.execute.run_page import Outcome
from proved_pages.problems import report
from proved_pages.settings import code_folders, executed_folder, packages_of
from proved_pages.state import state

MYSTNB_DEFAULT = "auto"  # of nb_execution_mode

FRONT_MATTER = """\
---
file_format: mystnb
kernelspec:
  name: python3
---"""

# Tags of MyST-NB that keep a cell from running, or its output from being seen.
FORBIDDEN_TAGS = {
    "skip-execution": "every cell runs; make it a fenced block marked as wrong, or go",
    "remove-stderr": "a cell that writes to stderr is to be mended, not muted",
    "remove-cell": "the reader must see every cell that runs",
    "remove-input": "the reader must see every cell that runs",
    "raises-exception": 'declare what it raises instead: `:raises: "ValueError: text"`',
}


class ReaderSettings(TypedDict):
    """What reading a page depends on: see `use_reader`."""

    extensions: list[str]
    shared: str
    code: str


# The page that Sphinx is reading: MyST-NB gives its reader nothing but the text.
_page: ContextVar[tuple[str, str, nbformat.NotebookNode]] = ContextVar("page")


def read(text: str, **settings: object) -> nbformat.NotebookNode:
    """Return the notebook of the page that is being read, outputs included.

    `settings` are there for Sphinx alone: see `use_reader`.
    """
    docname, prepared, notebook = _page.get()
    if text != prepared:
        raise ExtensionError(
            f"{docname}: another extension changed the text after its cells were found;"
            " let it do so at source-read, before 900"
        )
    return notebook


def prepare(app: Sphinx, docname: str, content: list[str]) -> None:
    """Make the notebook of the page that is being read, and refuse what is wrong."""
    env = app.env
    settings = reader_settings(app.config)
    try:
        notebook = read_text(content[0], settings["extensions"])
    except Exception as error:
        if docname not in state(app).problems:  # the stage read it as it stands
            report(env, docname, 1, f"the page cannot be read: {error}")
        content[0] = "# Unreadable"
        notebook = read_text(content[0], settings["extensions"])
    if Path(env.doc2path(docname)).suffix == ".ipynb":
        report(
            env,
            docname,
            1,
            "the page is a notebook, whose cells would not run",
            "write it as a MyST file, " + FRONT_MATTER.replace("\n", " "),
        )
    _refuse(app, docname, content[0], notebook)
    cells = cells_of(notebook)
    files = modules_of(cells, packages_of(app))
    if cells:
        _fill(app, docname, notebook, cells, files)
    for path in files:
        env.note_dependency(path, docname=docname)
    notebooks.keep(env, docname, notebook)
    _page.set((docname, content[0], notebook))


def _fill(
    app: Sphinx,
    docname: str,
    notebook: nbformat.NotebookNode,
    cells: list[Cell],
    files: set[Path],
) -> None:
    """Put the outputs of the page's cells, which use `files`, into its notebook.

    They are checked again: they may have passed the checks of an older version.
    """
    shared = reader_settings(app.config)["shared"]
    if failed := state(app).failed.get(docname):
        if [cell.source for cell in failed.cells] == [cell.source for cell in cells]:
            fill(notebook, failed)
        return  # the stage has told why
    key = page_key(cells, files, packages_of(app), shared)
    result = Results(executed_folder(app)).load(docname, key)
    if result is None:
        report(
            app.env,
            docname,
            cells[0].line,
            "the cells of this page have no result: the page, or what it imports, "
            "changed while the site was built, or the result was removed",
            "build again",
        )
        return
    fill(notebook, result)
    for line, message, cure in problems_of(app, cells, Outcome(result)):
        report(app.env, docname, line, message, cure)


def _refuse(
    app: Sphinx, docname: str, text: str, notebook: nbformat.NotebookNode
) -> None:
    """Refuse a page whose cells would not all run, or not by the common rules."""
    env = app.env
    cells = located_code_cells(notebook)
    if cells and not _has_kernel_line(text):
        report(
            env,
            docname,
            1,
            "the page has code cells but no kernel line",
            "begin the page with\n" + FRONT_MATTER,
        )
    for key in ("mystnb", "execution"):
        if key in _front_matter(text):
            report(
                env,
                docname,
                1,
                f"the page changes how it is executed (`{key}:` in its first lines)",
                "execution rules are the same on every page; they stand in conf.py",
            )
    for start, cell in cells:
        for tag in tags(cell):
            declared = tag == MAY_RAISE and "raises" in cell.metadata
            if tag in FORBIDDEN_TAGS and not declared:
                report(
                    env,
                    docname,
                    start,
                    f"the tag `{tag}` is not used on this site",
                    FORBIDDEN_TAGS[tag],
                )
        if not cell.source.strip():
            report(env, docname, start, "the cell is empty", "fill it or drop it")


def _front_matter(text: str) -> dict[str, object]:
    if not text.startswith("---"):
        return {}
    try:
        found = yaml.safe_load(text.split("\n---", 1)[0].removeprefix("---"))
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def _has_kernel_line(text: str) -> bool:
    matter = _front_matter(text)
    kernel = matter.get("kernelspec")
    named = isinstance(kernel, dict) and kernel.get("name") == "python3"
    return named and matter.get("file_format") == "mystnb"


def reader_settings(config: Config) -> ReaderSettings:
    """Return what reading a page depends on: see `use_reader`."""
    settings: ReaderSettings = config.nb_custom_formats[".md"][1]
    return settings


def use_reader(app: Sphinx, config: Config) -> None:
    """Make MyST-NB read every page through `read`, and run none."""
    if config.nb_execution_mode not in (MYSTNB_DEFAULT, "off"):
        raise ConfigError(
            f"nb_execution_mode = {config.nb_execution_mode!r}: proved_pages runs all "
            "cells itself, before Sphinx reads the pages; drop the line from conf.py"
        )
    config.nb_execution_mode = "off"
    limits = {
        "timeout": config.nb_execution_timeout,
        "merge_streams": config.nb_merge_streams,
        "ipython": ipython_config(config.proved_quiet_start),
        "in_temp": config.nb_execution_in_temp,
    }
    if config.proved_figures is not None:
        how = Path(figures.__file__).read_text(encoding="utf-8")
        limits["figures"] = [sorted(config.proved_figures.items()), how]
    lock = Path(app.confdir, config.proved_lock) if config.proved_lock else None
    if lock and not lock.is_file():
        raise ConfigError(f"proved_lock: there is no file {lock}; name it in conf.py")
    shared = shared_key(lock, config.kernel_environment, limits)
    settings: ReaderSettings = {
        "extensions": sorted(config.myst_enable_extensions),
        "shared": shared,
        "code": code_digest(code_folders(config)),
    }
    # Sphinx reads every page again when this value changes: a new key, or another code
    # of this extension, whose directives would make other pages.
    config.nb_custom_formats = {".md": [f"{__name__}.{read.__name__}", settings]}
