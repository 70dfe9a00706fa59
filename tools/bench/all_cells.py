"""Run every cell of the notebooks in a folder, as fast as can be.

    python all_cells.py FOLDER RESULT.json CORES

One process imports TensorFlow; each notebook's cells run in a fork of it, as many
notebooks at a time as there are cores: a core that has the machine for itself is faster
than one whose neighbor works, too.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import time
from pathlib import Path

STARTED = time.perf_counter()

import keras  # noqa: E402, F401 (so that no fork has to)
import nbformat  # noqa: E402
import sklearn.datasets  # noqa: E402, F401
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402

IMPORTED = time.perf_counter()


def run(path: Path) -> None:
    """Run the cells of one notebook."""
    shell = InteractiveShell.instance()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            done = shell.run_cell(cell.source)
            expected = "raises-exception" in cell.metadata.get("tags", [])
            if bool(done.error_in_exec) != expected:
                raise RuntimeError(f"{path.name}: {done.error_in_exec!r}")


def start(path: Path) -> int:
    """Run the cells of one notebook in a fork; return its id."""
    pid = os.fork()
    if pid == 0:
        with tempfile.TemporaryDirectory() as empty:
            os.chdir(empty)
            with contextlib.redirect_stdout(io.StringIO()):
                run(path)
        sys.exit(0)
    return pid


def main(folder: str, result: str, cores: str) -> None:
    """Run all notebooks; write how many seconds the imports and each page took."""
    waiting = sorted(Path(folder).glob("*.ipynb"))
    took: dict[Path, float] = {}
    running: dict[int, tuple[Path, float]] = {}
    while waiting or running:
        while waiting and len(running) < int(cores):
            path = waiting.pop(0)
            running[start(path)] = path, time.perf_counter()
        pid, status = os.wait()
        path, started = running.pop(pid)
        if status:
            sys.exit(f"{path.name} failed")
        took[path] = time.perf_counter() - started
    pages = [took[path] for path in sorted(took)]
    Path(result).write_text(
        json.dumps({"imports": IMPORTED - STARTED, "pages": pages}), encoding="utf-8"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
