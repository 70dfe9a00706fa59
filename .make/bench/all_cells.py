"""Run every cell of the notebooks in a folder, one after another, as fast as can be.

One process imports TensorFlow; each notebook's cells run in a fork of it.
"""

import contextlib
import io
import os
import sys
import tempfile
from pathlib import Path

import keras  # noqa: F401 (so that no fork has to)
import nbformat
import sklearn.datasets  # noqa: F401
from IPython.core.interactiveshell import InteractiveShell


def run(path: Path) -> None:
    """Run the cells of one notebook."""
    shell = InteractiveShell.instance()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            done = shell.run_cell(cell.source)
            expected = "raises-exception" in cell.metadata.get("tags", [])
            if bool(done.error_in_exec) != expected:
                raise RuntimeError(f"{path.name}: {done.error_in_exec!r}")


if __name__ == "__main__":
    for path in sorted(Path(sys.argv[1]).glob("*.ipynb")):
        pid = os.fork()
        if pid == 0:
            with tempfile.TemporaryDirectory() as folder:
                os.chdir(folder)
                with contextlib.redirect_stdout(io.StringIO()):
                    run(path)
            sys.exit(0)
        _, status = os.waitpid(pid, 0)
        if status:
            sys.exit(f"{path.name} failed")
