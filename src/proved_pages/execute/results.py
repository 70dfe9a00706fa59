"""What the cells of a page printed: kept under a name that says what it depends on.

``build/executed/PAGE.KEY.ipynb`` is a notebook of the code cells of PAGE with their
outputs, and no prose. KEY is `freshness.page_key`: nothing on this machine but what the
key digests can change the outputs, so a result may be copied from another machine. It
is there whole or not at all (`whole_files`), and only if its checks passed.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from proved_pages.execute.kernels import is_alive
from proved_pages.execute.page_cells import code_cells
from proved_pages.execute.whole_files import PART, write_whole

KEPT = 3  # results of a page: those of other branches can be used when one comes back
TIMES, CPU = "times.json", "cpu.json"
END = "}\n"  # of each result


class Results:
    """The results in a folder."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`; it need not exist yet."""
        self.folder = folder

    def path(self, page: str, key: str) -> Path:
        """Return where the result of `page` under `key` is kept."""
        return self.folder / f"{page}.{key}.ipynb"

    def has(self, page: str, key: str) -> bool:
        """Whether there is one. It is then the newest of its page.

        A copy of a result that was cut off, on its way from another machine, is none.
        """
        path = self.path(page, key)
        try:
            with path.open("rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - len(END)))
                whole = file.read() == END.encode()
            os.utime(path)
        except FileNotFoundError:
            return False
        return whole

    def load(self, page: str, key: str) -> nbformat.NotebookNode | None:
        """Return the result of `page`, or None."""
        if not self.has(page, key):
            return None
        text = self.path(page, key).read_text(encoding="utf-8")
        notebook: NotebookNode = v4.reads_json(text)
        return notebook

    def store(self, page: str, key: str, notebook: nbformat.NotebookNode) -> None:
        """Keep the result of `page`."""
        write_whole(self.path(page, key), v4.writes_json(notebook) + "\n")

    def tidy(self, pages: Iterable[str]) -> None:
        """Keep the newest few results of each of `pages`, and nothing else."""
        left: dict[str, list[Path]] = {page: [] for page in pages}
        for path in self.folder.rglob(f"*{PART}"):
            if not is_alive(int(path.name.split(".")[-2])):  # of a killed build
                path.unlink(missing_ok=True)
        for path in self.folder.rglob("*.ipynb"):
            name = path.relative_to(self.folder).as_posix()
            page = name.rsplit(".", 2)[0]
            if page in left:
                left[page].append(path)
            else:
                path.unlink(missing_ok=True)
        for paths in left.values():
            if len(paths) > KEPT:
                newest = sorted(paths, key=lambda path: path.stat().st_mtime_ns)
                for path in newest[:-KEPT]:
                    path.unlink(missing_ok=True)

    def seconds(self, name: str) -> dict[str, float]:
        """Return how long the cells of each page took here when last run.

        `name` is that of a file: `TIMES` by the clock, or `CPU`.
        """
        try:
            text = (self.folder / name).read_text(encoding="utf-8")
            seconds: dict[str, float] = json.loads(text)
            return seconds
        except (FileNotFoundError, ValueError):
            return {}

    def keep_seconds(self, name: str, seconds: dict[str, float]) -> None:
        """Keep them. Nothing that is published depends on them."""
        text = json.dumps(seconds, indent=1, sort_keys=True)
        write_whole(self.folder / name, text + "\n")


def fill(notebook: nbformat.NotebookNode, result: nbformat.NotebookNode) -> None:
    """Put the outputs of `result` into the notebook of its page."""
    for cell, executed in zip(code_cells(notebook), result.cells, strict=True):
        cell.outputs = executed.outputs
        cell.execution_count = executed.execution_count
    for name in ("language_info", "widgets"):
        if name in result.metadata:
            notebook.metadata[name] = result.metadata[name]
