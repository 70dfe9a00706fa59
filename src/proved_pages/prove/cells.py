"""Look at every executed cell: it ran, was silent, or failed as declared.

The outputs are checked in the executed notebook, before any tag or theme can hide
them. A cell that is meant to fail says so and says how::

    ```{code-cell} python
    :raises: "ValueError: A merge layer should be called on a list of inputs"
    ```

The page then shows the message alone, as ``ValueError: ...``, because a traceback
through the build machine's folders teaches a reader nothing.
"""

import re
import sys
import tempfile
from pathlib import Path

import nbformat
from docutils import nodes
from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from proved_pages.execute.page_cache import cache_folder
from proved_pages.problems import report

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{7,}\b")
_DECLARED = re.compile(r"(?P<type>[A-Za-z_][\w.]*): *(?P<part>\S.*)", re.DOTALL)


def executed_notebook(env: BuildEnvironment, docname: str) -> nbformat.NotebookNode:
    """Load the notebook that MyST-NB wrote for `docname`, outputs included."""
    return nbformat.read(_path(env, docname), as_version=4)


def _path(env: BuildEnvironment, docname: str) -> Path:
    return Path(env.mystnb_config.output_folder) / f"{docname}.ipynb"


def complete(app: Sphinx, doctree: nodes.document) -> None:
    """Put outputs that came from the cache into the notebook on disk.

    MyST-NB 1.4.0 writes the notebook without them: jupyter-cache returns a new
    notebook, and the one that is written is the old one.
    """
    env = app.env
    notebook = executed_notebook(env, env.docname)
    counts = [c.execution_count for c in notebook.cells if c.cell_type == "code"]
    if not counts or any(counts):
        return
    cache = get_cache(cache_folder(env, env.docname))
    try:
        _, notebook = cache.merge_match_into_notebook(notebook)
    except KeyError:
        return  # nothing ran; `check` says so
    nbformat.write(notebook, _path(env, env.docname))


def is_code_cell(node: nodes.Node | None) -> bool:
    """Whether MyST-NB made `node` of a code cell; it has ``cell_index``."""
    is_container = isinstance(node, nodes.container)
    return is_container and node.get("nb_element") == "cell_code"


def cell_containers(doctree: nodes.Element) -> dict[int, nodes.container]:
    """Map the index of each code cell in its notebook to its place on the page."""
    return {
        node["cell_index"]: node
        for node in doctree.findall(nodes.container)
        if is_code_cell(node)
    }


def plain(text: str) -> str:
    """Drop terminal colors."""
    return _ANSI.sub("", text)


def squeezed(text: str) -> str:
    """Drop terminal colors and fold white space: messages are compared like this."""
    return " ".join(plain(text).split())


def check_outputs(app: Sphinx, doctree: nodes.document) -> None:
    """Check the outputs of the page that was just read, and tidy expected errors."""
    env, root = app.env, str(app.confdir)
    docname = env.docname
    notebook = executed_notebook(env, docname)
    if not any(cell.cell_type == "code" for cell in notebook.cells):
        return
    places = cell_containers(doctree)
    lines = notebook.metadata["source_map"]
    failed = _timed_out(app, docname, notebook, lines)
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or failed:
            continue
        line = lines[index]
        error = next((o for o in cell.outputs if o.output_type == "error"), None)
        declared = cell.metadata.get("raises")
        if cell.execution_count is None:
            report(env, docname, line, "the cell did not run")
            failed = True
        elif declared is not None:
            for problem, cure in _unlike_declared(declared, error):
                report(env, docname, line, problem, cure)
            if error and index in places:
                _show_message_only(places[index], error)
        elif error:
            failed = True
            trace = "\n".join(error.get("traceback", [])) or error.evalue
            who = places[index].get("proves") if index in places else None
            what = f"the proof of the claim `{who}`" if who else "the cell"
            if who and error.ename == "AssertionError":
                what = f"the claim `{who}` does not hold: its proof"
            report(
                env,
                docname,
                line,
                f"{what} raised {error.ename}\n\n{_indented(trace)}\n",
                "mend the cell, or declare the error with `:raises:` if it is wanted",
            )
        for problem, cure in _noise(cell, root, app.config.proved_log_lines):
            report(env, docname, line, problem, cure)


def _timed_out(
    app: Sphinx, docname: str, notebook: nbformat.NotebookNode, lines: list[int]
) -> bool:
    """Report a cell that used up its time, if one did."""
    execution = app.env.nb_metadata[docname].get("exec_data") or {}
    if execution.get("error") != "CellTimeoutError":
        return False
    started = [
        index
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.execution_count is not None
    ]
    line = lines[started[-1]] if started else 1
    report(
        app.env,
        docname,
        line,
        f"the cell ran longer than {app.config.nb_execution_timeout} seconds\n\n"
        f"{_indented(execution.get('traceback') or '')}\n",
        "make it shorter; the limit is nb_execution_timeout in conf.py",
    )
    return True


def parse_declared(declared: object) -> tuple[str, str] | None:
    """Split ``"ValueError: part of the message"``; None if either half is missing."""
    match = _DECLARED.fullmatch(str(declared).strip())
    return (match["type"], squeezed(match["part"])) if match else None


def _unlike_declared(
    declared: object, error: nbformat.NotebookNode | None
) -> list[tuple[str, str]]:
    """Say how the `error` of a cell differs from the one it declares."""
    parsed = parse_declared(declared)
    if parsed is None:
        return [
            (
                f"`:raises: {declared}` does not name a type and a part of the message",
                'write it as `:raises: "ValueError: part of the message"`',
            )
        ]
    name, part = parsed
    if error is None:
        return [
            (
                f"the cell declares {name} but raised nothing",
                "drop `:raises:` or mend the cell; the behavior may have changed",
            )
        ]
    raised = f"{error.ename}: {plain(error.evalue)}"
    if error.ename != name:
        return [
            (
                f"the cell declares {name} but raised another type\n\n"
                f"{_indented(raised)}\n",
                f"declare {error.ename}, or mend the cell",
            )
        ]
    if part not in squeezed(error.evalue):
        return [
            (
                f"the error does not say {part!r}\n\n{_indented(raised)}\n",
                "declare a part of the message that is really raised",
            )
        ]
    return []


def _noise(
    cell: nbformat.NotebookNode, root: str, logged: str
) -> list[tuple[str, str]]:
    """Find what no page may show: stderr, memory addresses, paths of this machine.

    `root` is the site's folder; `logged` finds lines of loggers that write to stdout.
    """
    found = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            found.append(
                (
                    "the cell wrote to stderr (a warning?)\n\n"
                    f"{_indented(output.text)}\n",
                    "mend the cause; nothing on a page is allowed to warn",
                )
            )
            continue
        text = plain(_text_of(output))
        if logged and (match := re.search(logged, text, re.MULTILINE)):
            found.append(
                (
                    f"a library logged to the page: {match[0]}",
                    "mend the cause; nothing on a page is allowed to warn",
                )
            )
        if match := _ADDRESS.search(text):
            found.append(
                (
                    f"the output shows a memory address, {match[0]}",
                    "print a name or a type instead: addresses change every time",
                )
            )
        for path in _machine_paths(root):
            if path in text:
                found.append(
                    (
                        f"the output shows a path of this machine, {path}",
                        "print the file's name only",
                    )
                )
    return found


def _machine_paths(root: str) -> list[str]:
    temporary = tempfile.gettempdir().rstrip("/") + "/"
    return [root, sys.prefix, str(Path.home()), temporary]


def _text_of(output: nbformat.NotebookNode) -> str:
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return output.evalue
    return "\n".join(str(value) for value in output.data.values())


def _show_message_only(place: nodes.container, error: nbformat.NotebookNode) -> None:
    """Replace the traceback on the page by the line that a reader would paste."""
    for block in place.findall(nodes.literal_block):
        if "traceback" in block["classes"]:
            message = plain(f"{error.ename}: {error.evalue}").rstrip()
            new = nodes.literal_block(message, message, language="none")
            new["classes"] += ["output", "expected-error"]
            block.parent.replace(block, new)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in plain(text).rstrip().splitlines())
