"""Read a page: a MyST file becomes the notebook that MyST-NB executes.

MyST-NB's own reader is used, through its documented extension point
(``nb_custom_formats``); what is added to its result is what this site needs:

* a cell that declares ``:raises:`` may raise (cells.py checks that it does);
* the page's freshness key, in the kernel's metadata, which jupyter-cache hashes;
* a page without code starts no kernel.

Before that, `check` refuses what would let a cell go unrun or an error unseen, and
names file, line and cure.
"""

from collections.abc import Mapping
from pathlib import Path

import nbformat
import yaml
from docutils import nodes
from myst_nb.core.read import read_myst_markdown_notebook
from myst_nb.sphinx_ import Parser
from myst_parser.config.main import MdParserConfig
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from proved_pages.execute.freshness import (
    code_digest,
    modules_used,
    page_key,
    shared_key,
)
from proved_pages.execute.kernels import ipython_config
from proved_pages.execute.page_cache import cache_folder
from proved_pages.problems import report
from proved_pages.settings import code_folders, packages_of

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


def read(
    text: str,
    packages: Mapping[str, str],
    extensions: list[str],
    shared: str,
    code: str = "",
) -> nbformat.NotebookNode:
    """Turn the `text` of a page into a notebook.

    `packages` are those that pages import, with their folders; `extensions` are the
    MyST extensions in use; `shared` is `freshness.shared_key`. `code` changes nothing
    here: see `use_reader`.
    """
    config = MdParserConfig(enable_extensions=set(extensions))
    notebook = read_myst_markdown_notebook(text, config=config, add_source_map=True)
    _mend_source_map(notebook, text)
    sources = []
    for cell in code_cells(notebook):
        sources.append(cell.source)
        if "raises" in cell.metadata:
            cell.metadata["tags"] = [*tags(cell), "raises-exception"]
    if sources:
        kernel = notebook.metadata.setdefault("kernelspec", {"name": "python3"})
        kernel.setdefault("display_name", "Python 3")
        folders = {name: Path(folder) for name, folder in packages.items()}
        kernel["key"] = page_key(sources, folders, shared)
    else:
        notebook.metadata["mystnb"] = {"execution_mode": "off"}
    return notebook


def _mend_source_map(notebook: nbformat.NotebookNode, text: str) -> None:
    """Make the line numbers of warnings and errors in prose right.

    MyST-NB 1.4.0 forgets that it strips blank lines from the start of a Markdown cell,
    and counts one line too many.
    """
    lines = text.splitlines()
    starts = notebook.metadata["source_map"]
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            start = starts[index]
            while not lines[start].strip():
                start += 1
            starts[index] = start - 1


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """List the code cells of a notebook, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def located_code_cells(
    notebook: nbformat.NotebookNode,
) -> list[tuple[int, nbformat.NotebookNode]]:
    """List the code cells of a page with the line of their fence, counted from 1."""
    pairs = zip(notebook.metadata["source_map"], notebook.cells, strict=True)
    return [(start, cell) for start, cell in pairs if cell.cell_type == "code"]


def tags(cell: nbformat.NotebookNode) -> list[str]:
    """List a cell's tags, whether written as a list or as one word."""
    found = cell.metadata.get("tags", [])
    listed = [found] if isinstance(found, str) else found
    return [tag.replace("_", "-") for tag in listed]  # MyST-NB takes both spellings


def check_page(app: Sphinx, docname: str, content: list[str]) -> None:
    """Refuse a page whose cells would not all run, and note which modules it uses."""
    env = app.env
    text = content[0]
    settings = reader_settings(app.config)
    try:
        notebook = read(text, **settings)
    except Exception as error:  # whatever MyST-NB cannot read, it says so
        report(env, docname, 1, f"the page cannot be read: {error}")
        text = content[0] = "# Unreadable"
        notebook = read(text, **settings)
    env.temp_data["notebook"] = notebook  # for report.py, which counts its cells
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
        # `read` itself sets mystnb on pages without cells, so look at the text.
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
            declared = tag == "raises-exception" and "raises" in cell.metadata
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
    code = "\n".join(cell.source for _, cell in cells)
    for path in modules_used(code, packages_of(app)):
        env.note_dependency(path, docname=docname)


class PageParser(Parser):
    """MyST-NB's parser, with a cache for each page, and a name for a dying one.

    One jupyter-cache for all pages is no match for several processes: 1.0.1 decides in
    two queries which old entries go, and drops one that another process has just added
    ("Notebook file does not exist for cache record", seen with twelve processes).
    """

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Parse and execute a page."""
        env = document.settings.env
        config = env.mystnb_config
        folder = str(cache_folder(env, env.docname))
        env.mystnb_config = config.copy(execution_cache_path=folder)
        try:
            super().parse(inputstring, document)
        except RuntimeError as error:  # DeadKernelError is one; so is a failed start
            if "kernel" not in str(error).lower():
                raise
            report(
                env,
                env.docname,
                1,
                f"the kernel died while the cells of this page ran ({error})",
                "look for a cell that ends the process or needs too much memory",
            )
            document.clear()
            super().parse("# The kernel died", document)
        finally:
            env.mystnb_config = config


def _front_matter(text: str) -> dict:
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


def reader_settings(config: Config) -> dict[str, object]:
    """Return the arguments of `read` that come from conf.py."""
    return config.nb_custom_formats[".md"][1]


def use_reader(app: Sphinx, config: Config) -> None:
    """Make MyST-NB read every page through `read`."""
    limits = {
        "timeout": config.nb_execution_timeout,
        "merge_streams": config.nb_merge_streams,
        "ipython": ipython_config(config.proved_quiet_start),
    }
    lock = Path(app.confdir, config.proved_lock) if config.proved_lock else None
    if lock and not lock.is_file():
        raise ConfigError(f"proved_lock: there is no file {lock}; name it in conf.py")
    shared = shared_key(lock, config.kernel_environment, limits)
    settings = {
        "packages": {name: str(path) for name, path in packages_of(app).items()},
        "extensions": sorted(config.myst_enable_extensions),
        "shared": shared,
        "code": code_digest(code_folders(config)),
    }
    # Sphinx reads every page again when this value changes: a new key, a new look, or
    # another code of this extension, whose directives would make other pages.
    config.nb_custom_formats = {".md": [f"{__name__}.{read.__name__}", settings]}
