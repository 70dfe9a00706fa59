"""Run scripts as a reader's machine would, one after another.

    python -I plain_machine.py REPOSITORY NAME...

reads one job a line (JSON: path, folder, log) and answers each with the exit status of
a process that ran the script in an empty folder. That process is forked from this one,
which has imported what pages import: an import takes seconds, and a fork takes none. No
operation of TensorFlow may run before it.

No package NAME of REPOSITORY can be imported, though some are installed as links to it.
What a script prints goes to the file `log`, its errors to `log`.err.
"""

import importlib.util
import json
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

LIMIT = 300  # seconds a page


def forget(repository: str) -> None:
    """Undo what the environment does to make packages of the repository importable."""

    def is_ours(path: str) -> bool:
        inside = Path(path).is_relative_to(repository)
        return inside and not Path(path).is_relative_to(sys.prefix)  # .venv is there

    def is_link(finder: object) -> bool:
        return getattr(finder, "__module__", "").startswith("__editable__")

    sys.path[:] = [path for path in sys.path if not is_ours(path)]
    sys.meta_path[:] = [finder for finder in sys.meta_path if not is_link(finder)]


def child(path: str, folder: str, log: str, names: Iterable[str]) -> None:
    """Be the reader's process."""
    import numpy

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(LIMIT)
    for number, name in ((1, log), (2, f"{log}.err")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.argv = [path]
    numpy.random.seed()  # Python's own seeds itself after a fork
    status = 1
    try:
        if seen := [name for name in names if importlib.util.find_spec(name)]:
            raise SystemExit(f"the repository can be seen from here: {seen}")
        runpy.run_path(path, run_name="__main__")
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


def main(repository: str, *names: str) -> None:
    """Answer jobs until there are no more."""
    import sklearn.datasets
    import sklearn.linear_model
    import tensorflow

    assert sklearn and tensorflow
    forget(repository)
    print("ready", flush=True)
    for line in sys.stdin:
        process = os.fork()
        if not process:
            child(**json.loads(line), names=names)
        _, status = os.waitpid(process, 0)
        print(status, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
