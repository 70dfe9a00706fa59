"""Run programs as a reader's machine would, one after another.

    python -I plain_machine.py

reads one job a line (JSON: kind, path, folder, log) and answers each with the exit
status of a process that ran it: a downloaded notebook (`ipynb`) or script (`py`) in an
empty folder, or a module of the repository's folder (`module`). That process is forked
from this one, which has imported TensorFlow and nothing of the repository: an import
takes seconds, and a fork takes none. No operation of TensorFlow may run before it. What
the program prints goes to the file `log`, its errors to `log`.err.
"""

import importlib.util
import json
import os
import runpy
import signal
import sys
import traceback

LIMIT = 300  # seconds a page


def run_script(path: str) -> None:
    """Run a script from top to bottom."""
    runpy.run_path(path, run_name="__main__")


def run_notebook(path: str) -> None:
    """Run all cells as IPython does; a cell that is tagged to raise must raise."""
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    shell.colors = "nocolor"
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        raised = not shell.run_cell(cell.source, store_history=True).success
        expected = "raises-exception" in cell.metadata.get("tags", [])
        if raised != expected:
            what = "raised" if raised else "did not raise"
            raise SystemExit(f"{what}:\n{cell.source}")


def run_module(name: str) -> None:
    """Do what ``python -m name`` does."""
    runpy.run_module(name, run_name="__main__", alter_sys=True)


RUN = {"ipynb": run_notebook, "py": run_script, "module": run_module}


def child(kind: str, path: str, folder: str, log: str) -> None:
    """Be the reader's process."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(LIMIT)
    for number, name in ((1, log), (2, f"{log}.err")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.argv = [path]
    status = 1
    try:
        if kind != "module" and importlib.util.find_spec("examples") is not None:
            raise SystemExit("the repository can be seen from here")
        RUN[kind](path)
        status = 0
    except SystemExit as stop:
        print(stop, file=sys.stderr)
        status = 1 if stop.code else 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    """Answer jobs until there are no more."""
    import IPython
    import nbformat
    import sklearn.datasets
    import sklearn.linear_model
    import tensorflow

    assert IPython and nbformat and sklearn and tensorflow
    print("ready", flush=True)
    for line in sys.stdin:
        process = os.fork()
        if not process:
            child(**json.loads(line))
        _, status = os.waitpid(process, 0)
        print(status, flush=True)


if __name__ == "__main__":
    main()
