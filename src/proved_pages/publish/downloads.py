"""Every page with code, to take away: ``_notebooks/PAGE.ipynb`` and ``PAGE.py``.

The notebook holds the page's text as plain Markdown (markdown.py), its cells with the
outputs of this build, and whatever it imports from the packages of the site
(portable.py), so that it runs from top to bottom without the repository.
The script is the same in the percent format; a cell that is meant to fail is in a
``try`` that fails when it does not.

A line below the title links to both. Google's Colab opens a notebook only from a
repository on GitHub: ``colab_repository`` (OWNER/NAME) and ``colab_branch`` say where
the folder ``_notebooks`` is published; without the first there is no such link.

The files are written with the pages: for those that this build writes, and for any that
is missing. Equal builds give equal bytes.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx

from proved_pages.execute.notebooks import executed_notebook
from proved_pages.execute.page_cells import tags
from proved_pages.marks import HAS_CELLS, is_marked, mark
from proved_pages.markup import render
from proved_pages.problems import report
from proved_pages.prove.cells import (
    cell_containers,
)
from proved_pages.prove.outputs import parse_declared
from proved_pages.publish.addresses import base, url, url_of_link
from proved_pages.publish.markdown import CodeBlock, blocks
from proved_pages.publish.portable import Portable, expecting, portable
from proved_pages.settings import checked_on, in_words, packages_of
from proved_pages.teach.exercises import ANSWER
from proved_pages.teach.folds import CHECKED
from proved_pages.teach.written import (
    CHECK,
    SOLUTION,
    check_of_a_reader,
    solution_as_text,
)
from proved_pages.terminal import plain

FOLDER = "_notebooks"
CSS = "downloads.css"
COLAB = "https://colab.research.google.com/github/"
# A kernel is asked for by name; plain Jupyter and Colab both have this one.
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}  # Jupyter, Colab
# What a reader may have to install, by the name that code imports.
PACKAGES = {
    "sklearn": "scikit-learn",
    "matplotlib": "matplotlib",
    "IPython": "ipython",
}


def paths(app: Sphinx, docname: str) -> tuple[Path, Path]:
    """Return where the notebook and the script of a page are written."""
    base = Path(app.outdir, FOLDER, *docname.split("/"))
    return base.with_name(base.name + ".ipynb"), base.with_name(base.name + ".py")


def note(app: Sphinx, doctree: nodes.document) -> None:
    """Note whether the page that was just read has code; refuse names that clash."""
    env = app.env
    if not cell_containers(doctree):
        return
    mark(env, HAS_CELLS)
    cells: list[NotebookNode] = executed_notebook(env, env.docname).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    made = portable(sources, packages_of(app), app.config.proved_programs)
    for name in made.clashes:
        report(
            env,
            env.docname,
            1,
            f"the page and {app.config.proved_programs}/{made.program}.py both define "
            f"`{name}`; its notebook holds both, so one would replace the other",
            "give it another name on the page",
        )


def write(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the files of a page that Sphinx has just resolved."""
    if app.builder.format != "html" or not has_cells(app, docname):
        return
    notebook = make_notebook(app, doctree, docname)
    script = as_script(notebook)
    for cell in notebook.cells:
        cell.metadata.pop("raises", None)
    texts = nbformat.writes(notebook) + "\n", script
    for path, text in zip(paths(app, docname), texts, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            nbformat.validate(notebook)
            path.write_text(text, encoding="utf-8")


def complete(app: Sphinx, exception: Exception | None) -> None:
    """Write what is missing, and remove what no page has any more."""
    if exception or app.builder.format != "html":
        return
    wanted: set[Path] = set()
    for docname in sorted(app.env.found_docs):
        if has_cells(app, docname):
            files = paths(app, docname)
            wanted.update(files)
            if not all(path.is_file() for path in files):
                # This asks for the page's references again, and so calls `write`.
                app.env.get_and_resolve_doctree(docname, app.builder, tags=app.tags)
    for path in Path(app.outdir, FOLDER).rglob("*.*"):
        if path.is_file() and path not in wanted:
            path.unlink()


def has_cells(app: Sphinx, docname: str) -> bool:
    """Whether a page has code cells."""
    return is_marked(app.env, docname, HAS_CELLS)


# --- the notebook -----------------------------------------------------------------


def make_notebook(app: Sphinx, doctree: nodes.document, docname: str) -> NotebookNode:
    """Return the notebook of a page; a cell that must raise says so in `raises`."""
    originals: list[NotebookNode] = executed_notebook(app.env, docname).cells
    indexes = [i for i, cell in enumerate(originals) if cell.cell_type == "code"]
    programs = app.config.proved_programs
    sources = [originals[i].source for i in indexes]
    made = portable(sources, packages_of(app), programs)
    position = {index: number for number, index in enumerate(indexes)}

    cells: list[NotebookNode] = []
    prose: list[str] = []
    solutions: list[str] = []  # which come behind their checks

    def end_prose() -> None:
        if prose:
            text = "\n\n".join(_lists_joined(prose))
            cells.append(_cell("markdown", text, {}))
            prose.clear()

    def code(
        source: str,
        metadata: dict[str, object],
        outputs: list[NotebookNode] | None = None,
    ) -> None:
        end_prose()
        cells.append(_cell("code", source, metadata, outputs=outputs or []))

    for block in blocks(
        doctree,
        lambda reference: _address(app, docname, reference),
        lambda node: _instead(node, made, programs),
    ):
        if isinstance(block, str):
            prose.append(block)
            if block.startswith("# ") and not cells and len(prose) == 1:
                prose.append(_about(app, docname, indexes, originals, made))
            continue
        number, original = position[block], originals[block]
        if number == made.program_at:
            prose.append(f"The program, `{programs}/{made.program}.py`:")
            code(made.program_cell, {})
        if number == made.helper_at:
            code(made.helper, dict(FOLDED))
        named = bool(prose) and prose[-1].startswith("The fix")
        if "fix" in tags(original) and not named:
            prose.append("**The fix:**")
        source = made.cells[number]
        if SOLUTION in tags(original):
            solutions.append(solution_as_text(source))
        elif CHECK in tags(original):
            code(check_of_a_reader(source), {})
            prose.extend(solutions)
            solutions.clear()
        elif source:
            hidden = {"remove-output", ANSWER} & {*tags(original)}
            shown = not hidden
            outputs = _outputs(original) if shown else []
            code(source, _metadata(original), outputs)
    end_prose()
    _number(cells, docname)
    metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    return NotebookNode(cells=cells, metadata=metadata, nbformat=4, nbformat_minor=5)


def _cell(
    kind: str, source: str, metadata: dict[str, object], **more: object
) -> NotebookNode:
    """Make a cell; nbformat's own functions validate each cell, which takes seconds."""
    cell: NotebookNode = nbformat.from_dict(
        {"cell_type": kind, "source": source, "metadata": metadata, **more}
    )
    return cell


def _about(
    app: Sphinx,
    docname: str,
    indexes: list[int],
    originals: list[NotebookNode],
    made: Portable,
) -> str:
    """Say where a notebook comes from, what it needs, and what may be done with it."""
    code = "\n".join([*made.cells, made.program_cell, made.helper])
    address = url(app, docname) if base(app) else ""
    name = f"[{app.config.project}]({address})" if address else app.config.project
    on = checked_on(app.config)
    names = list(app.config.proved_on)
    needs = [f"{name.lower()}=={on[name]}" for name in names]
    needs += [
        f"{package}=={_version(package)}"
        for module, package in PACKAGES.items()
        if re.search(rf"^ *(from|import) {module}\b", code, re.MULTILINE)
    ]
    terms = [f"© {app.config.copyright}"]
    if app.config.proved_license:
        terms.insert(0, f"License: {app.config.proved_license}")
    versions = in_words([f"{each} {on[each]}" for each in ("Python", *names)])
    same = f" To have the same: `pip install {' '.join(needs)}`." if needs else ""
    return (
        f"*A page of {name}{f', <{address}>' if address else ''}, checked with "
        f"{versions}.{same} {', '.join(terms)}.*"
    )


@cache
def _version(package: str) -> str:
    return version(package)


def _instead(node: CodeBlock, made: Portable, programs: str) -> str | None:
    """Return what replaces a block of code: the program is a cell already."""
    if not made.program:
        return None
    if Path(node.get("source") or "").name == f"{made.program}.py":
        return f"*`{made.program}.py` is in a cell above.*"
    if "doctest" in (node.get("testnodetype"), *node["classes"]):
        line = rf"^>>> from {programs}\.{made.program} import .*\n"
        text = re.sub(line, "", node.astext(), flags=re.MULTILINE)
        return f"```python\n{text.rstrip()}\n```"
    return None


def _lists_joined(prose: list[str]) -> Iterator[str]:
    """Put the items of one list (cards) into one block."""
    block = ""
    for text in prose:
        if block.startswith("- ") and text.startswith("- "):
            block += "\n" + text
            continue
        if block:
            yield block
        block = text
    yield block


def _metadata(original: NotebookNode) -> dict[str, object]:
    """Return what Jupyter and Colab understand of a cell's metadata."""
    metadata: dict[str, object] = {}
    if "raises" in original.metadata:
        metadata |= {"raises": original.metadata["raises"], "tags": [_RAISES]}
    if {"hide-input", CHECKED, ANSWER} & {*tags(original)}:
        metadata |= FOLDED
    return metadata


_RAISES = "raises-exception"


def _outputs(original: NotebookNode) -> list[NotebookNode]:
    """Return the outputs of a cell; of an error, the message without the traceback."""
    outputs = []
    for output in original.outputs:
        kept = nbformat.from_dict(output)
        if kept.output_type == "error":
            kept.evalue = plain(kept.evalue)
            kept.traceback = [f"{kept.ename}: {kept.evalue}"]
        elif "metadata" in kept:
            kept.metadata = {}
        outputs.append(kept)
    return outputs


def _number(cells: list[NotebookNode], docname: str) -> None:
    """Count the code cells, and give each cell an id that follows from its content."""
    count = 0
    for index, cell in enumerate(cells):
        text = f"{docname}\n{index}\n{cell.source}"
        cell["id"] = hashlib.sha256(text.encode()).hexdigest()[:12]
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count


# --- the script -------------------------------------------------------------------


def as_script(notebook: NotebookNode) -> str:
    """Return a notebook as a script in the percent format."""
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            lines = [f"# {line}".rstrip() for line in cell.source.splitlines()]
            parts.append("\n".join(["# %% [markdown]", *lines]))
            continue
        source = cell.source
        if "raises" in cell.metadata:
            declared = parse_declared(cell.metadata["raises"])
            assert declared, "cells.py has refused what it cannot read"
            source = expecting(source, declared)
        parts.append(f"# %%\n{source}")
    return "\n\n".join(parts) + "\n"


# --- addresses --------------------------------------------------------------------


def _address(app: Sphinx, docname: str, reference: nodes.reference) -> str | None:
    """Return the absolute address of a reference, if it has one."""
    target = reference.get("refuri", "")
    if reference.get("refid"):
        target = f"#{reference['refid']}"
    if re.match(r"https?://|mailto:", target):
        return target
    return url_of_link(app, docname, target) or None if target else None


# --- the links on the page --------------------------------------------------------


def add_links(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Put the links below the title; on the front page, at the end."""
    if doctree is None or not has_cells(app, pagename):
        return
    app.add_css_file(CSS)
    here = context["pathto"]
    file = quote(pagename)
    colab = ""
    if repository := app.config.colab_repository:
        branch = f"{repository}/blob/{app.config.colab_branch}"
        colab = f"{COLAB}{branch}/{FOLDER}/{file}.ipynb"
    line = render(
        "proved_pages",
        "downloads.html.jinja",
        notebook=here(f"{FOLDER}/{file}.ipynb", 1),
        script=here(f"{FOLDER}/{file}.py", 1),
        colab=colab,
    )
    body = context["body"]
    title, found, rest = body.partition("</h1>")
    if pagename == app.config.root_doc or not found:
        context["body"] = body + line
    else:
        context["body"] = f"{title}{found}\n{line}{rest}"
