"""Measure how long a build takes, against other tools and against what is possible.

All tools run the same cells: those of this site's own pages, without the prose, which
other tools could not read. The pages are drawn by lot, always the same ones. Other
tools are installed into an environment of their own (build/bench/tools); one that
cannot be installed, or that fails, is named and left out.

The limit is what no build can beat that runs every cell once: TensorFlow is imported
once, and then every page's cells run in forks of that process, one page on each core,
without a pause. Seconds are printed on the way, and not kept.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import nbformat

from tools.bench.ratios import Ratio, summary
from tools.throwaway import cell, new_site

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build" / "bench"
EXECUTED = ROOT / "build" / "jupyter_execute"
CORES = os.cpu_count() or 1
GROWTH = (10, 20, 40, 80)
SAMPLE = GROWTH[0]  # pages for the comparison with other tools
ROUNDS = 3  # of what takes seconds; what takes minutes runs once
LIMIT = "the limit: TensorFlow imported once, every cell run once, on all cores"
MADE = (".git", ".venv", "build", "node_modules")  # of the repository
EDITED = "docs/fix/errors/not-built.md"  # a short page
TOOLS = {
    "nbconvert": "nbconvert",
    "mkdocs-jupyter": "mkdocs-jupyter",
    "nbsphinx": "nbsphinx",
    "Jupyter Book 1": "jupyter-book<2",
}


def pages() -> list[nbformat.NotebookNode]:
    """Return the site's pages with cells, as notebooks of code cells, in random order.

    Raises SystemExit if the site has not been built.
    """
    found = []
    for path in sorted(EXECUTED.rglob("*.ipynb")):
        book = nbformat.read(path, as_version=4)
        book.cells = [c for c in book.cells if c.cell_type == "code"]
        if book.cells:
            found.append(book)
    if not found:
        raise SystemExit("build the site first: make html")
    random.Random(0).shuffle(found)
    return found


def bare(
    book: nbformat.NotebookNode, name: str, rst: bool = False
) -> nbformat.NotebookNode:
    """Return a notebook with a title and the cells, without outputs.

    With `rst`, the title is written so that nbsphinx does not need pandoc for it.
    """
    title = nbformat.v4.new_markdown_cell(f"# {name}")
    if rst:
        kind = {"raw_mimetype": "text/restructuredtext"}
        title = nbformat.v4.new_raw_cell(f"{name}\n{'=' * len(name)}", metadata=kind)
    cells = [title]
    for code in book.cells:
        tags = ["raises-exception"] if "raises" in code.metadata else []
        cells.append(nbformat.v4.new_code_cell(code.source, metadata={"tags": tags}))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made: nbformat.NotebookNode = nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": kernel}
    )
    return made


def our_site(books: list[nbformat.NotebookNode], folder: Path) -> Path:
    """Write a site with this repository's machinery and one page for each notebook."""
    shutil.rmtree(folder, ignore_errors=True)
    site = new_site(folder)
    names = [f"page{number:02}" for number in range(len(books))]
    site.page("index", "\n".join(["```{toctree}", *names, "```"]))
    for name, book in zip(names, books, strict=True):
        site.page(name, "".join(map(directive, book.cells)))
    return folder


def directive(source: nbformat.NotebookNode) -> str:
    """Write a cell of a notebook as a cell of a page."""
    raises = source.metadata.get("raises")
    return cell(source.source, f":raises: {json.dumps(raises)}\n" if raises else "")


def seconds(command: list[str], folder: Path, **env: str) -> float:
    """Return how long `command` takes; raise CalledProcessError if it fails."""
    started = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        print(done.stdout[-3000:], file=sys.stderr)
        raise subprocess.CalledProcessError(done.returncode, command)
    took = time.perf_counter() - started
    print(f"    {took:7.1f} s  {' '.join(command)[-60:]}", file=sys.stderr)
    return took


# Cells alone make a page that is not whole: what one wrote may name claims of pages
# that are not in the sample, or be meant for a directive.
UNRESOLVED = "SPHINXOPTS=-D suppress_warnings=mystnb,ref"


def make(folder: Path, *variables: str) -> float:
    """Return how long ``make html`` takes in `folder`."""
    venv = Path(sys.executable).parents[1]
    return seconds(["make", "html", f"VENV={venv}", UNRESOLVED, *variables], folder)


def cold(folder: Path, *variables: str) -> float:
    """Return how long ``make html`` takes from nothing."""
    shutil.rmtree(folder / "build", ignore_errors=True)
    return make(folder, *variables)


@dataclass(frozen=True)
class Cells:
    """What all cells of some pages take by themselves, in seconds."""

    imports: float
    pages: list[float]

    def limit(self, count: int | None = None) -> float:
        """Return the seconds that no build of the first `count` pages can beat.

        There may be more than were measured: then they begin again.
        """
        chosen = islice(cycle(self.pages), count or len(self.pages))
        return self.imports + sum(chosen) / CORES


def run_cells(books: list[nbformat.NotebookNode]) -> Cells:
    """Run the cells of all pages, as many pages at a time as there are cores."""
    folder = WORK / "limit"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, book in enumerate(books):
        nbformat.write(bare(book, "page"), folder / f"page{number:02}.ipynb")
    program = [sys.executable, str(Path(__file__).parent / "all_cells.py")]
    result = folder / "seconds.json"
    arguments = [str(folder), str(result), str(CORES)]
    seconds([*program, *arguments], folder, PYTHONPATH=str(ROOT))
    return Cells(**json.loads(result.read_text(encoding="utf-8")))


def stock_folder(books: list[nbformat.NotebookNode]) -> Path:
    """Write the notebooks, and what each of the other tools wants beside them."""
    folder = WORK / "stock"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "docs").mkdir(parents=True)
    names = [f"page{number:02}" for number in range(len(books))]
    for name, book in zip(names, books, strict=True):
        nbformat.write(bare(book, name), folder / "docs" / f"{name}.ipynb")
    listed = "\n".join(["```{toctree}", *names, "```"])
    (folder / "docs/index.md").write_text(f"# Index\n\n{listed}\n", encoding="utf-8")
    rst = "Index\n=====\n\n.. toctree::\n\n" + "".join(f"   {n}\n" for n in names)
    (folder / "nbsphinx/docs").mkdir(parents=True)
    for name, book in zip(names, books, strict=True):
        path = folder / "nbsphinx/docs" / f"{name}.ipynb"
        nbformat.write(bare(book, name, rst=True), path)
    (folder / "nbsphinx/docs/index.rst").write_text(rst, encoding="utf-8")
    always = "nbsphinx_execute = 'always'\nnbsphinx_allow_errors = True\n"
    (folder / "nbsphinx/conf.py").write_text(f"extensions = ['nbsphinx']\n{always}")
    (folder / "conf.py").write_text(
        "extensions = ['myst_nb']\nhtml_theme = 'furo'\nnb_execution_mode = 'force'\n"
        "nb_execution_timeout = 300\nnb_execution_allow_errors = True\n"
    )
    (folder / "mkdocs.yml").write_text(
        "site_name: x\nplugins:\n  - mkdocs-jupyter:\n      execute: true\n"
        "      allow_errors: true\n"
    )
    (folder / "docs/_config.yml").write_text(
        "title: x\nexecute:\n  execute_notebooks: force\n  timeout: 300\n"
        "  allow_errors: true\n"
    )
    chapters = "".join(f"- file: {name}\n" for name in names)
    toc = f"format: jb-book\nroot: index\nchapters:\n{chapters}"
    (folder / "docs/_toc.yml").write_text(toc)
    return folder


def tool_python(name: str) -> Path:
    """Install another tool beside this environment's packages; return its Python."""
    place = WORK / "tools" / name.split()[0].lower()
    python = place / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        # TensorFlow and the kernel are this environment's own.
        ours = next(p for p in sys.path if p.endswith("site-packages"))
        theirs = next(place.glob("lib/python*/site-packages"))
        subprocess.run(
            [str(python), "-m", "pip", "install", "-q", TOOLS[name]], check=True
        )
        (theirs / "zz-ours.pth").write_text(ours + "\n")
    return python


def stock(folder: Path, jobs: int) -> float:
    """Return how long MyST-NB takes without this site's machinery."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    sphinx = [sys.executable, "-m", "sphinx", "build", "-q", "-j", str(jobs)]
    where = ["-c", ".", "-d", "out/doctrees", "docs", "out/html"]
    return seconds([*sphinx, *where], folder, PYTHONPATH=str(ROOT))


def others(folder: Path) -> dict[str, Callable[[], float]]:
    """Return how to run each of the other tools, by name."""

    def run(name: str, command: list[str], where: Path = folder) -> float:
        python = str(tool_python(name))
        return seconds([python, *command], where, PYTHONPATH=str(ROOT))

    def nbconvert() -> float:
        books = sorted(str(p) for p in (folder / "docs").glob("*.ipynb"))
        options = ["--to", "html", "--execute", "--allow-errors", "--output-dir", "out"]
        return run("nbconvert", ["-m", "nbconvert", *options, *books])

    def nbsphinx() -> float:
        shutil.rmtree(folder / "nbsphinx/out", ignore_errors=True)
        where = ["-c", ".", "docs", "out"]
        command = ["-m", "sphinx", "build", "-q", "-j", str(CORES), *where]
        return run("nbsphinx", command, folder / "nbsphinx")

    def mkdocs() -> float:
        command = ["-m", "mkdocs", "build", "-q", "--site-dir", "out-mkdocs"]
        return run("mkdocs-jupyter", command)

    def book() -> float:
        shutil.rmtree(folder / "docs/_build", ignore_errors=True)
        program = str(tool_python("Jupyter Book 1").with_name("jupyter-book"))
        return run("Jupyter Book 1", [program, "build", "-q", "docs"])

    return {
        "stock MyST-NB, one process": lambda: stock(folder, 1),
        f"stock MyST-NB, -j {CORES}": lambda: stock(folder, CORES),
        "nbconvert": nbconvert,
        "mkdocs-jupyter": mkdocs,
        f"nbsphinx, -j {CORES}": nbsphinx,
        "Jupyter Book 1": book,
    }


Point = tuple[int, float, float]


def compared(books: list[nbformat.NotebookNode], base: float) -> Iterator[Ratio]:
    """Yield how long each tool takes for `books`, against the limit, `base` seconds."""
    site = our_site(books, WORK / "sample")
    yield Ratio("the limit", 1.0)
    yield summary("this build", [cold(site) / base for _ in range(ROUNDS)])
    yield Ratio("this build, FORK=0", cold(site, "FORK=0") / base)
    for name, tool in others(stock_folder(books)).items():
        try:
            yield Ratio(name, tool() / base)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"  {name}: left out ({type(error).__name__})", file=sys.stderr)


def whole_site(folder: Path) -> Path:
    """Copy the repository, without what was made in it."""
    shutil.rmtree(folder, ignore_errors=True)
    made = shutil.ignore_patterns(*MADE, "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, folder, ignore=made)
    return folder


def edited(site: Path, whole: float) -> Iterator[Ratio]:
    """Yield how long a build takes after an edit, against the `whole` one."""
    kinds: dict[str, Callable[[Path], None]] = {
        "nothing changed": lambda page: None,
        "one sentence": lambda page: _append(page, "\nOne more sentence.\n"),
        "one cell": lambda page: _append(page, "\n```{code-cell} python\n1 + 1\n```\n"),
    }
    for name, edit in kinds.items():
        found = []
        for _ in range(ROUNDS):
            edit(site / EDITED)
            found.append(make(site) / whole)
        yield summary(name, found)


def _append(page: Path, text: str) -> None:
    page.write_text(page.read_text(encoding="utf-8") + text, encoding="utf-8")


def measure(plot: list[Point]) -> Iterator[tuple[str, str, list[Ratio]]]:
    """Yield heading, what 1.00 is, and the ratios.

    `plot` gets pages, the time of a build and its limit, in limits of the fewest pages.
    """
    books = pages()
    cells = run_cells(books)
    grown, unit = [], cells.limit(SAMPLE)
    for count in GROWTH:
        some = list(islice(cycle(books), count))
        took = cold(our_site(some, WORK / "growth"))
        low = cells.limit(count)
        grown.append(Ratio(f"{count} pages", took / low))
        plot.append((count, round(took / unit, 2), round(low / unit, 2)))
    took = stock(stock_folder(some), CORES)
    grown.append(Ratio(f"{count} pages, stock MyST-NB, -j {CORES}", took / low))
    site = whole_site(WORK / "whole")
    whole = cold(site)
    yield (
        "A build from nothing of more and more pages",
        LIMIT,
        [*grown, Ratio("this site, with its text", whole / cells.limit())],
    )
    yield (
        "A build of this site after an edit",
        "a build from nothing",
        list(edited(site, whole)),
    )
    yield (
        f"A build from nothing of {SAMPLE} of this site's pages",
        LIMIT,
        list(compared(books[:SAMPLE], unit)),
    )
