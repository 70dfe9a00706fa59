"""Run every cell of the notebooks in a folder, one after another, as fast as can be.

    python all_cells.py FOLDER RESULT.json

One process imports TensorFlow; each notebook's cells run in a fork of it.
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


def main(folder: str, result: str) -> None:
    """Run all notebooks; write how many seconds the imports and each page took."""
    pages: list[float] = []
    for path in sorted(Path(folder).glob("*.ipynb")):
        started = time.perf_counter()
        pid = os.fork()
        if pid == 0:
            with tempfile.TemporaryDirectory() as empty:
                os.chdir(empty)
                with contextlib.redirect_stdout(io.StringIO()):
                    run(path)
            sys.exit(0)
        _, status = os.waitpid(pid, 0)
        if status:
            sys.exit(f"{path.name} failed")
        pages.append(time.perf_counter() - started)
    Path(result).write_text(
        json.dumps({"imports": IMPORTED - STARTED, "pages": pages}), encoding="utf-8"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
