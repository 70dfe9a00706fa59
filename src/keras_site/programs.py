"""Say on each recipe's page where its code comes from, and publish all of it.

A recipe's page runs an example of ``examples/`` and draws its model. Cells that do
nothing else are folded: readers want the pictures, and the program that stands below.
The first of them gets one line that says what `examples` is and links ``examples.zip``,
which every HTML build writes. ``{programs}`` puts the same line onto any other page.
"""

import ast
import io
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from keras_site.places import examples
from proved_pages.execute.notebooks import executed_notebook
from proved_pages.marks import mark, marked
from proved_pages.markup import render
from proved_pages.prove.cells import cell_containers

ZIP = "examples.zip"
RECIPES = "recipes/"
MARK = "offers-programs"
DRAWING = "which_api.diagram"
RUNS = ("main", "figures")  # functions of an example
NEEDED = ("keras", "numpy", "scikit-learn", "matplotlib")  # beside the backend
DATE = (1980, 1, 1, 0, 0, 0)  # the first one of the format: no build has another


class programs(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the line until the address of its page is known."""


class ProgramsDirective(SphinxDirective):
    """``{programs}``: where the programs are, to take away."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder."""
        mark(self.env, MARK)
        return [programs()]


def fold(app: Sphinx, doctree: nodes.document) -> None:
    """Fold what a recipe's page does to run and draw its example."""
    env = app.env
    if not env.docname.startswith(RECIPES):
        return
    places = cell_containers(doctree)
    cells = executed_notebook(env, env.docname).cells if places else []
    said = False
    for index, place in places.items():
        source = cells[index].source
        if "proof" in place["classes"] or not is_plumbing(source):
            continue
        place["hide_mode"] = "input"
        place.setdefault("prompt_show", app.config.nb_code_prompt_show)
        place.setdefault("prompt_hide", app.config.nb_code_prompt_hide)
        if not said and "examples" in source:
            said = place["says_programs"] = True
            mark(env, MARK)


def is_plumbing(source: str) -> bool:
    """Whether a cell only imports, runs an example and draws.

    A cell without any of the three, or with anything else, is for readers.
    """
    try:
        kinds = {_kind(statement) for statement in ast.parse(source).body}
    except SyntaxError:  # a magic of IPython
        return False
    return "plumbing" in kinds and "other" not in kinds


def _kind(statement: ast.stmt) -> str:
    match statement:
        case ast.ImportFrom(module=module) if module in ("examples", DRAWING):
            adapts = any(alias.name == "adapt" for alias in statement.names)
            return "other" if adapts else "plumbing"
        case ast.ImportFrom(module=str(module)) if module.startswith("examples."):
            return "plumbing"
        case ast.Import() | ast.ImportFrom():
            return "import"
        case ast.Assign(value=ast.Call(func=ast.Attribute(attr=name))):
            return "plumbing" if name in RUNS else "other"
        case ast.Expr(value=ast.Call(func=ast.Name(id="draw"))):
            return "plumbing"
    return "other"


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the line. Downloads have the programs in them, and are written before."""
    if app.builder.format != "html":
        html = ""
    else:
        here = app.builder.get_target_uri(docname)
        html = render("keras_site", "programs.html.jinja", uri=relative_uri(here, ZIP))
    for place in list(doctree.findall(programs)):
        place.replace_self(nodes.raw("", html, format="html"))
    for cell in cell_containers(doctree).values():
        if cell.get("says_programs"):
            cell.insert(1, nodes.raw("", html, format="html"))  # below what is folded


def write_zip(app: Sphinx, env: BuildEnvironment) -> None:
    """Publish all programs as one file, if a page offers it."""
    if app.builder.format == "html" and marked(env, MARK):
        license_text = Path(app.confdir, "LICENSE").read_bytes()
        files = dict(_files(examples(env), license_text))
        publish_zip(Path(app.outdir, ZIP), files)


def _files(folder: Path, license_text: bytes) -> Iterator[tuple[str, bytes]]:
    yield "examples/LICENSE", license_text
    needs = [f"{name}=={version(name)}\n" for name in NEEDED]
    text = f"# Keras needs a backend, too, such as tensorflow\n{''.join(needs)}"
    yield "examples/requirements.txt", text.encode()
    for path in folder.glob("*.py"):
        yield f"examples/{path.name}", path.read_bytes()


def publish_zip(path: Path, files: dict[str, bytes]) -> None:
    """Write a zip of `files`, unless it is there."""
    made = zipped(files)
    if not path.is_file() or path.read_bytes() != made:
        path.write_bytes(made)


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a zip of `files`: the same bytes for the same files, on every machine.

    Versions of zlib compress differently, so nothing is compressed; it is small.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(name, DATE)
            info.create_system = 3  # Unix, wherever it was made
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return made.getvalue()
