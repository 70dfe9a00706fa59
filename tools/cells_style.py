"""Check or mend the style of the code cells on pages, with ruff.

    python -m tools.cells_style          report what ruff would change or refuse
    python -m tools.cells_style --fix    let `ruff format` rewrite the cells

Lint: each page becomes one Python file in which every line that is no code is blank,
so that ruff's line numbers are the page's own. A cell that is nothing but an import
which is meant to fail is left out. Format: each cell is a file of its own.
"""

import pathlib
import shutil
import subprocess
import sys

from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

from proved_pages.execute.page_cells import located_code_cells

DOCS = pathlib.Path("docs")
WORK = pathlib.Path("build/style")
RUFF = [sys.executable, "-m", "ruff"]


def cells_of(page: pathlib.Path, imports: bool = True) -> list[tuple[int, str]]:
    """List the code cells of `page` as (line of its first code, source).

    Without those, if so wished, that only show an import which fails.
    """
    text = page.read_text(encoding="utf-8")
    config = MdParserConfig(enable_extensions={"colon_fence"})
    notebook = read_myst_markdown_notebook(text, config=config, add_source_map=True)
    lines = text.splitlines()
    found = []
    for start, cell in located_code_cells(notebook):
        lines_of_code = cell.source.splitlines()
        only_imports = all(x.startswith(("from ", "import ")) for x in lines_of_code)
        if not imports and only_imports and "raises" in cell.metadata:
            continue
        first = lines_of_code[:1]
        line = start  # the fence's own line, counted from 1
        while first and lines[line] != first[0]:
            line += 1  # skip the cell's options
        found.append((line + 1, cell.source))
    return found


def lint(pages: list[pathlib.Path]) -> bool:
    """Run ``ruff check`` over the cells of all pages; whether all is well."""
    for page in pages:
        lines = [""] * len(page.read_text(encoding="utf-8").splitlines())
        for line, source in cells_of(page, imports=False):
            for offset, code in enumerate(source.splitlines()):
                lines[line - 1 + offset] = "" if code[:1] in "%!" else code
        target = WORK / "lint" / page.with_suffix(".py")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    command = [*RUFF, "check", "--quiet", "--output-format", "concise", "--no-cache"]
    result = subprocess.run(
        [*command, str(WORK / "lint")], stdout=subprocess.PIPE, text=True
    )
    for found in result.stdout.splitlines():
        print(found.replace(str(WORK / "lint") + "/", "").replace(".py:", ".md:", 1))
    return result.returncode == 0


def style(pages: list[pathlib.Path], fix: bool) -> bool:
    """Run ``ruff format`` over every cell; write the result back if `fix`."""
    folder = WORK / "format"
    places = {}
    for page in pages:
        for line, source in cells_of(page):
            name = f"{'-'.join(page.parts)}-{line}.py"
            places[folder / name] = page, line, source
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(source + "\n", encoding="utf-8")
    if not places:
        return True
    subprocess.run([*RUFF, "format", "--quiet", "--no-cache", str(folder)], check=True)
    good = True
    # From the last line of a page to its first, so that earlier lines stay in place.
    for path, (page, line, source) in sorted(
        places.items(), key=lambda item: (item[1][0], -item[1][1])
    ):
        new = path.read_text(encoding="utf-8").rstrip("\n")
        if new == source:
            continue
        if fix:
            lines = page.read_text(encoding="utf-8").splitlines()
            lines[line - 1 : line - 1 + len(source.split("\n"))] = new.split("\n")
            page.write_text("\n".join(lines) + "\n", encoding="utf-8")
        else:
            good = False
            print(f"{page}:{line}: `make format` would change this cell")
    return good


def main() -> int:
    """Do what the command line says; return the exit status."""
    shutil.rmtree(WORK, ignore_errors=True)
    pages = sorted(DOCS.rglob("*.md"))
    fix = "--fix" in sys.argv[1:]
    formatted = style(pages, fix)
    return 0 if lint(pages) and formatted else 1


if __name__ == "__main__":
    sys.exit(main())
