"""Run the pages of a plan on whatever Keras this Python has. Plain Python, alone.

    python row_runner.py PLAN.json ROW.json OUT.jsonl

It runs in the environments of other releases, so it imports nothing of this repository.
A page runs in a process of its own, forked after ``import keras`` and before any
operation. Its statements run one by one, and a failing one does not end the page:

- what the failing statement should have bound is taken away and called *spoiled*, and
  so is what it may have changed;
- what later statements make of spoiled names is spoiled, too;
- a proof that touched a spoiled name could not be measured: it is never called false.

OUT has a line of JSON for each cell that was run; of a cell that declares warnings, it
has what was written to stderr, too.
"""

import builtins
import importlib
import json
import linecache
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import types
from collections.abc import Iterable
from typing import Any

ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "JAX_PLATFORMS": "cpu",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
}
STATEMENT = 90  # seconds that a statement may take
PAGE = 600  # seconds that a page may take
TEXT = 4000  # letters of a message that are kept
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}")
_FOLDER = re.compile(
    r"/[^\s'\"()]*/(?=site-packages/|lib/python3|examples/|which_api/)"
)
# Values that no call changes: a failing call of them spoils nothing.
FIXED = (
    types.ModuleType,
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    str,
    int,
    float,
    tuple,
    frozenset,
)
FIXED_KINDS = ("ndarray", "EagerTensor", "KerasTensor", "ArrayImpl")


class TooLong(BaseException):
    """A statement took too long. No page can catch it by accident."""


def on_alarm(*_: object) -> None:
    """End the statement that runs."""
    raise TooLong


class Page:
    """The names of a page, what is spoiled among them, and what its cells did."""

    def __init__(self, cells: list[dict[str, Any]]) -> None:
        """Make the module in which the cells run."""
        self.cells = cells
        module = types.ModuleType("__main__")
        self.names = module.__dict__
        self.names["__builtins__"] = builtins
        self.names["display"] = lambda *values, **_: [repr(value) for value in values]
        sys.modules["__main__"] = module
        self.spoiled: dict[str, int] = {}  # name: which cell it comes from

    def run_cell(self, number: int) -> dict[str, Any]:
        """Run a cell; return what it did, as a row of the result."""
        cell = self.cells[number]
        place = f"<page-cell-{number}>"
        lines = [line + "\n" for line in cell["source"].splitlines()]
        linecache.cache[place] = (len(cell["source"]), None, lines, place)
        started = time.process_time()
        begun = os.fstat(2).st_size
        error: dict[str, Any] | None = None
        touched: set[int] = set()
        for index, statement in enumerate(cell["statements"]):
            used = [n for n in statement["uses"] if n in self.spoiled]
            touched |= {self.spoiled[name] for name in used} - {number}
            raised = self.run(statement, place)
            if raised is None:
                self.settle(statement, used)
                continue
            error = error or describe(raised, statement["line"], used)
            is_declared = cell["raises"] and (
                index == len(cell["statements"]) - 1
                or type(raised).__name__ == cell["raises"].partition(":")[0].strip()
            )
            if is_declared:
                break  # nothing behind it was meant to run
            if not statement["asserts"]:
                self.spoil(statement, number)
            if cell["raises"] or isinstance(raised, TooLong):
                for rest in cell["statements"][index + 1 :]:
                    self.spoil(rest, number)
                break
        row: dict[str, Any] = {
            "cell": number,
            "error": error,
            "touched": sorted(touched),
            "seconds": round(time.process_time() - started, 2),
        }
        if cell["warns"]:
            row["written"] = plain(written_since(begun))[: 5 * TEXT]
        return row

    def run(self, statement: dict[str, Any], place: str) -> BaseException | None:
        """Run a statement; return what it raised."""
        first = statement["line"]
        code = "\n" * (first - 1) + statement["source"]
        signal.alarm(STATEMENT)
        try:
            exec(compile(code, place, "exec"), self.names)
        except (Exception, SystemExit, TooLong) as error:
            signal.alarm(0)
            if statement["imports"]:
                return self.import_each(statement, place, error)
            return error
        finally:
            signal.alarm(0)
        return None

    def import_each(
        self, statement: dict[str, Any], place: str, error: BaseException
    ) -> BaseException | None:
        """Import the names of a ``from`` one by one; what is missing stays missing."""
        for each in statement["imports"]:
            try:
                exec(compile(each, place, "exec"), self.names)
            except Exception:
                continue
        missing = [n for n in statement["binds"] if n not in self.names]
        return error if missing else None

    def settle(self, statement: dict[str, Any], used: list[str]) -> None:
        """Note that a statement ran: what it binds is spoiled if it used what is."""
        for name in statement["binds"]:
            self.spoiled.pop(name, None)
        if used and not statement["asserts"]:
            for name in statement["binds"]:
                self.spoiled[name] = self.spoiled.get(name, self.spoiled[used[0]])
            self.taint(statement, self.spoiled[used[0]])

    def spoil(self, statement: dict[str, Any], number: int) -> None:
        """Take away what a statement should have bound that failed or did not run."""
        for name in statement["binds"]:
            if statement["imports"] and name in self.names:
                continue
            self.spoiled[name] = number
            self.names.pop(name, None)
        self.taint(statement, number)

    def taint(self, statement: dict[str, Any], number: int) -> None:
        """Note what a statement may have left half changed."""
        for name in statement["changes"]:
            value = self.names.get(name)
            is_fixed = isinstance(value, FIXED) or type(value).__name__ in FIXED_KINDS
            if name.startswith("file:") or (name in self.names and not is_fixed):
                self.spoiled.setdefault(name, number)


def describe(error: BaseException, line: int, used: Iterable[str]) -> dict[str, Any]:
    """Return what is kept of an error: type, text, and whose code raised it."""
    last, step = "", error.__traceback__
    while step:
        last, step = step.tb_frame.f_code.co_filename, step.tb_next
    is_ours = last.startswith("<page") or (os.sep + "examples" + os.sep) in last
    return {
        "type": type(error).__name__,
        "text": plain(str(error))[:TEXT],
        "ours": is_ours or (os.sep + "numpy" + os.sep + "testing") in last,
        "line": line,
        "used": list(used),
    }


def written_since(begun: int) -> str:
    """Return what was written to stderr, a file, behind its first `begun` bytes."""
    sys.stderr.flush()
    return os.pread(2, os.fstat(2).st_size - begun, begun).decode("utf-8", "replace")


def plain(text: str) -> str:
    """Return a message without colors, addresses and folders of this machine."""
    text = _COLOR.sub("", text).strip()
    text = text.replace(os.environ["RUN_FOLDER"], "…")
    return _ADDRESS.sub("0x…", _FOLDER.sub("", text))


def child(page: dict[str, Any], out: str) -> None:
    """Run a page and write what its cells did."""
    signal.signal(signal.SIGALRM, on_alarm)
    os.chdir(tempfile.mkdtemp(prefix="page-", dir=os.environ["RUN_FOLDER"]))
    for number in (1, 2):
        log, _ = tempfile.mkstemp(dir=os.environ["RUN_FOLDER"])
        os.dup2(log, number)
    state = Page(page["cells"])
    with open(out, "a", encoding="utf-8") as rows:
        for number in range(len(page["cells"])):
            row = {"page": page["page"]}
            row.update(state.run_cell(number))
            rows.write(json.dumps(row) + "\n")
            rows.flush()


def fork(page: dict[str, Any], out: str) -> int:
    """Start the process of a page; return its number."""
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        child(page, out)
        status = 0
    except BaseException:
        with open(out, "a", encoding="utf-8") as rows:
            text = traceback.format_exc()[-TEXT:]
            rows.write(json.dumps({"page": page["page"], "died": text}) + "\n")
    finally:
        os._exit(status)


def import_keras(row: dict[str, Any]) -> dict[str, str]:
    """Import what the row calls keras, before any process is forked."""
    name = row.get("keras")
    if name == "tf_keras":
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
    if row.get("backend"):
        os.environ["KERAS_BACKEND"] = row["backend"]
    numpy, tensorflow = map(importlib.import_module, ("numpy", "tensorflow"))
    if name:
        sys.modules["keras"] = importlib.import_module(name)
        for full, module in list(sys.modules.items()):
            if full.startswith(name + "."):
                sys.modules["keras" + full[len(name) :]] = module
    keras = importlib.import_module("keras")
    for slow in ("matplotlib.pyplot", "sklearn.linear_model"):
        importlib.import_module(slow)
    return {
        "keras": keras.__version__,
        "numpy": numpy.__version__,
        "python": sys.version.split()[0],
        "tensorflow": tensorflow.__version__,
    }


def main() -> None:
    """Run all pages, two at a time; the longest stand first in the plan."""
    plan_name, row_name, out = sys.argv[1:]
    with open(plan_name, encoding="utf-8") as file:
        pages = json.load(file)["pages"]
    with open(row_name, encoding="utf-8") as file:
        row = json.load(file)
    os.environ.update(ENVIRONMENT)
    os.environ["RUN_FOLDER"] = tempfile.mkdtemp(prefix="versions-")
    os.environ["KERAS_HOME"] = os.environ["RUN_FOLDER"]
    sys.path[:0] = row["path"]
    out = os.path.abspath(out)
    with open(out, "w", encoding="utf-8") as rows:
        rows.write(json.dumps({"versions": import_keras(row)}) + "\n")
    waiting = list(pages)
    running: dict[int, tuple[str, float]] = {}
    while waiting or running:
        while waiting and len(running) < row.get("at_once", 2):
            page = waiting.pop(0)
            running[fork(page, out)] = (page["page"], time.monotonic() + PAGE)
        finished, _ = os.waitpid(-1, os.WNOHANG)
        if finished:
            name, _ = running.pop(finished)
            done = len(pages) - len(waiting) - len(running)
            print(f"  {done}/{len(pages)} {name}", flush=True)
            continue
        for process, (name, until) in list(running.items()):
            if time.monotonic() > until:
                os.kill(process, signal.SIGKILL)
                with open(out, "a", encoding="utf-8") as rows:
                    rows.write(json.dumps({"page": name, "died": "too long"}) + "\n")
        time.sleep(0.02)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(out, "a", encoding="utf-8") as rows:
        rows.write(json.dumps({"cpu": round(used.ru_utime + used.ru_stime)}) + "\n")
    shutil.rmtree(os.environ["RUN_FOLDER"], ignore_errors=True)


if __name__ == "__main__":
    main()
