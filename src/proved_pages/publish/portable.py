"""Make the code of a page run without the repository.

Pages import ``examples``. A reader who downloads a page has no such package, so what a
page imports goes with it, made from the files when the site is built:

* **The program.** A recipe imports one module, ``from examples import siamese``. Its
  source becomes a cell of the page, to read and to change. The name that the page calls
  it by then stands for the notebook itself, so that ``siamese.build()`` is found. From
  the first cell that uses the package itself (``examples.adapt``, which reads the file
  of a module), the name stands for the module again, whose file goes along, too.
* **Files.** The parts of ``src/which_api``, and whatever a page looks for by name,
  are written into a temporary folder by one cell, as text, and imported from there. To
  install them by name would be shorter, but a page that was downloaded must run in a
  notebook without a network, and with the version that its outputs come from.
"""

import ast
import builtins
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from proved_pages.execute.modules_used import Packages, modules_imported, name_in
from proved_pages.python_source import indented

_BUILTIN_ERRORS = {
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception)
}
_OWN_NAMES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_BY_NAME = "  # the cells below call it by its name"


@dataclass
class Portable:
    """What the cells of a page become.

    `cells` are the new sources, by position; a source may be empty. `program` is the
    module whose source becomes a cell, with the source and the position it goes before.
    `helper` is the cell that writes files, with the position it goes before.
    """

    cells: list[str]
    program: str = ""
    program_cell: str = ""
    program_at: int = -1
    helper: str = ""
    helper_at: int = -1
    clashes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Import:
    """An import of single modules of programs at the top level of a cell."""

    cell: int
    first: int
    last: int
    modules: dict[str, str]  # module: the name that the page gives it
    names: dict[str, tuple[str, str]]  # name on the page: (module, name there)

    @property
    def wanted(self) -> set[str]:
        """The modules that it imports, or imports from."""
        return {*self.modules, *(module for module, _ in self.names.values())}


def portable(sources: list[str], packages: Packages, programs: str = "") -> Portable:
    """Rewrite the cells of a page so that they run on their own.

    `programs` is the one of `packages` whose modules pages show as programs, if any.
    """
    made = Portable(list(sources))
    if programs:
        _put_program(made, packages, programs)
    files = modules_imported("\n".join(made.cells), packages)
    if files:
        made.helper = helper_cell(files, packages)
        made.helper_at = next(
            index
            for index, source in enumerate(made.cells)
            if modules_imported(source, packages)
        )
    return made


def _put_program(made: Portable, packages: Packages, programs: str) -> None:
    """Replace the imports of a module by its source, unless something else needs it."""
    folder = packages[programs]
    imports = [
        found
        for index, source in enumerate(made.cells)
        for found in _imports(source, index, programs, folder)
    ]
    modules = {module for found in imports for module in found.wanted}
    if len(modules) != 1:
        return
    module = modules.pop()
    path = folder / f"{module}.py"
    text = path.read_text(encoding="utf-8")
    cells = list(made.cells)
    for found in reversed(imports):
        cells[found.cell] = _without(cells[found.cell], found)
    alone = {path, folder / "__init__.py"}
    others = modules_imported("\n".join(cells), packages)
    needed = modules_imported(f"from {programs} import {module}", packages)
    if not needed <= alone or path in others:
        return
    whole = {name for found in imports for name in found.modules.values()}
    parts = {
        name: there
        for found in imports
        for name, (_, there) in found.names.items()
        if name != there
    }
    source = _without_main(text)
    names = [f"{name} = sys.modules[__name__]{_BY_NAME}" for name in sorted(whole)]
    names += [f"{name} = {there}" for name, there in sorted(parts.items())]
    made.clashes = sorted(clashes(cells, source) | whole & _defined(source).keys())
    if whole and folder / "__init__.py" in others:
        _import_again(cells, packages, programs, module, whole)
    made.cells, made.program, made.program_at = cells, module, imports[0].cell
    made.program_cell = source
    if names:
        made.program_cell += "\n\n\n" + ("import sys\n\n" if whole else "")
        made.program_cell += "\n".join(names)


def _import_again(
    cells: list[str], packages: Packages, package: str, module: str, names: set[str]
) -> None:
    """Import `module` as `names`, from its file, in the first cell to use `package`."""
    init = packages[package] / "__init__.py"
    at = next(
        index
        for index, source in enumerate(cells)
        if init in modules_imported(source, packages)
    )
    imports = [
        f"from {package} import {module}" + (f" as {name}" if name != module else "")
        for name in sorted(names)
    ]
    cells[at] = "\n".join([*imports, cells[at]])


def _imports(source: str, cell: int, package: str, folder: Path) -> Iterable[_Import]:
    """Find what is imported from single modules of `package`, which is in `folder`."""
    for node in _parsed(source).body:
        if not isinstance(node, ast.ImportFrom) or node.level:
            continue
        modules, names = {}, {}
        if node.module == package:
            modules = {a.name: a.asname or a.name for a in node.names}
        elif node.module and node.module.startswith(f"{package}."):
            module = node.module.removeprefix(f"{package}.")
            names = {a.asname or a.name: (module, a.name) for a in node.names}
        found = _Import(
            cell, node.lineno, node.end_lineno or node.lineno, modules, names
        )
        files = [folder / f"{module}.py" for module in found.wanted]
        if files and all(path.is_file() for path in files):
            yield found


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:  # a magic of IPython, or a mistake that is meant to be seen
        return ast.parse("")


def _without(source: str, found: _Import) -> str:
    """Drop the lines of an import, and the blank line that it leaves behind."""
    lines = source.splitlines()
    before, after = lines[: found.first - 1], lines[found.last :]
    if not before or not before[-1].strip():
        while after and not after[0].strip():
            after.pop(0)
    return "\n".join(before + after).strip("\n")


def _without_main(text: str) -> str:
    """Drop ``if __name__ == "__main__"`` at the end of a module."""
    lines = text.splitlines()
    for node in reversed(ast.parse(text).body):
        if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
            del lines[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines).rstrip()


def clashes(cells: Iterable[str], program: str) -> set[str]:
    """Name what both the page and its program define, and define differently.

    In a notebook that holds both, the page would change the program.
    """
    mine: dict[str, str] = {}
    for cell in cells:
        mine.update(_defined(cell))
    theirs = _defined(program)
    return {
        name
        for name in mine.keys() & theirs.keys()
        if mine[name] != theirs[name] or not mine[name].startswith("from ")
    }


def _defined(source: str) -> dict[str, str]:
    """Map each name that a module or cell defines to the import that does, if any."""
    found: dict[str, str] = {}
    todo: list[ast.AST] = list(_parsed(source).body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = ""
            continue  # what is inside has names of its own
        if isinstance(node, _OWN_NAMES):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            where = getattr(node, "module", None) or ""
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                found[name] = f"from {where} import {alias.name}"
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = ""
        todo += ast.iter_child_nodes(node)
    return found


# --- files that go with a page ----------------------------------------------------

_HELPER = """\
# @title Files that this page imports, from the packages of its site
import sys
import tempfile
from pathlib import Path

_folder = tempfile.TemporaryDirectory()
_files = {{
{files}
}}
for _name, _text in _files.items():
    _path = Path(_folder.name, _name)
    _path.parent.mkdir(parents=True, exist_ok=True)
    _path.write_text(_text, encoding="utf-8")
sys.path.insert(0, _folder.name)"""


def helper_cell(files: Iterable[Path], packages: Packages) -> str:
    """Return code that writes `files` of `packages` and makes them importable."""
    rows = [
        f'    "{name}": {_literal(path.read_text(encoding="utf-8"))},'
        for name, path in sorted((name_in(path, packages), path) for path in files)
    ]
    return _HELPER.format(files="\n".join(rows))


def _literal(text: str) -> str:
    """Write a file as a string that can be read."""
    for quotes in ("'''", '"""'):
        literal = f"r{quotes}{text}{quotes}"
        try:
            if quotes not in text and ast.literal_eval(literal) == text:
                return literal
        except SyntaxError:  # a quote or a backslash at the end
            continue
    return repr(text)


# --- a page as a script -----------------------------------------------------------


def expecting(source: str, declared: tuple[str, str]) -> str:
    """Surround the code of a cell that must raise, so that a script goes on."""
    name, part = declared
    known = name in _BUILTIN_ERRORS
    checked = "" if known else f'    assert type(raised).__name__ == "{name}", raised\n'
    return (
        f"try:\n{indented(source)}\n"
        f"except {name if known else 'Exception'} as raised:\n{checked}"
        '    print(f"{type(raised).__name__}: {raised}")\n'
        f"else:\n    raise AssertionError({f'{name} expected: {part}'!r})"
    )
