"""A warm process that runs code in forks of itself.

It imports what pages import, and nothing runs before a fork but imports: a child that
is forked after TensorFlow has trained hangs. A request is a line of JSON::

    {"code": "...", "limit": 20}

and so is the answer, an `Outcome`. Each child has an empty folder to itself, and
nobody listens to what it prints. `ways` are the modules that are registered
(``proved_mutant_ways``): mutants call functions of them, and where calls are watched,
their ``describe(function, arguments, keywords, result)`` says what is worth noting;
their ``settle()`` is called where a value is used that was `kept`.
"""

import contextlib
import gc
import importlib
import json
import linecache
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from proved_pages.mutate.edits import HELP
from proved_pages.mutate.keeping import KEEP
from proved_pages.mutate.kept import DEAR, Keeper
from proved_pages.mutate.watching import WATCH

PAGE = "<page>"
PROGRAM = f"import sys\nfrom {__name__} import main\nmain(sys.argv[1])"
_LONGEST = 4000  # characters of a message that are kept


@dataclass
class Outcome:
    """What became of code: it `ended` ``well``, or by an error, or ``late``.

    `seen` is what was noted of its calls, by their numbers, and `helped` are the
    functions of registered modules that it called to the end.
    """

    ended: str
    type: str = ""
    message: str = ""
    seconds: float = 0.0
    cpu: float = 0.0  # seconds, which other work on the machine does not change
    seen: dict[str, list[str]] = field(default_factory=dict)
    helped: list[str] = field(default_factory=list)
    kept: dict[str, float] = field(default_factory=dict)  # as in `Keeper.found`
    made: bool = False  # as in `Keeper.made`


def run(code: str, ways: Iterable[types.ModuleType], keeper: Keeper) -> Outcome:
    """Run code in this process, as a program; expensive values are kept."""
    module = types.ModuleType("__main__")
    seen: dict[int, set[str]] = {}
    helped: set[str] = set()
    module.__dict__.update(
        {
            "display": lambda *shown, **options: None,
            HELP: _helper(helped),
            KEEP: keeper,
            WATCH: _watcher(
                seen, [w.describe for w in ways if hasattr(w, "describe")], keeper
            ),
        }
    )
    sys.modules["__main__"] = module
    # Whoever asks for the source of a function (AutoGraph does) finds it here.
    lines = [line + "\n" for line in code.splitlines()]
    linecache.cache[PAGE] = (len(code), None, lines, PAGE)
    try:
        exec(compile(code, PAGE, "exec"), module.__dict__)
        found = Outcome("well")
    except BaseException as error:
        found = Outcome("error", type(error).__name__, str(error)[:_LONGEST])
    found.seen = {str(number): sorted(notes) for number, notes in seen.items()}
    found.helped = sorted(helped)
    found.kept, found.made = keeper.found, keeper.made
    return found


def _helper(helped: set[str]) -> Callable[[str, str], Callable[..., Any]]:
    """Return the function by which mutants find those of registered modules."""

    def find(module: str, name: str) -> Callable[..., Any]:
        def called(*arguments: object) -> object:
            result = getattr(sys.modules[module], name)(*arguments)
            helped.add(name)
            return result

        return called

    return find


def _watcher(
    seen: dict[int, set[str]],
    describers: list[Callable[..., Iterable[str]]],
    keeper: Keeper,
) -> Callable[..., Any]:
    """Return a function that lets a call be noted under its number.

    What a kept value is made with is not noted, whether it is made now or was before.
    """

    def watch(number: int, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: object, **keywords: object) -> object:
            result = function(*arguments, **keywords)
            if keeper.busy:
                return result
            for describe in describers:
                with contextlib.suppress(Exception):  # it must not disturb the page
                    notes = describe(function, arguments, keywords, result)
                    seen.setdefault(number, set()).update(notes)
            return result

        return called

    return watch


def forked(
    code: str, limit: float, ways: list[types.ModuleType], keeper: Keeper
) -> Outcome:
    """Run code in a fork, at most `limit` seconds."""
    folder = tempfile.mkdtemp(prefix="mutant-")
    reading, writing = os.pipe()
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _become(folder, writing, code, ways, keeper)
    os.close(writing)
    answer = b""
    ends = began + limit
    while True:
        ready, _, _ = select.select([reading], [], [], max(0, ends - time.monotonic()))
        if not ready:
            break
        part = os.read(reading, 1 << 16)
        if not part:
            break
        answer += part
    os.close(reading)
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)
    _, _, used = os.wait4(pid, 0)
    shutil.rmtree(folder, ignore_errors=True)
    seconds = round(time.monotonic() - began, 2)
    cpu = round(used.ru_utime + used.ru_stime, 2)
    if not answer:
        late = seconds >= limit
        return Outcome("late" if late else "died", seconds=seconds, cpu=cpu)
    found = Outcome(**json.loads(answer))
    found.seconds, found.cpu = seconds, cpu
    return found


def _become(
    folder: str, writing: int, code: str, ways: list[types.ModuleType], keeper: Keeper
) -> None:
    """Run code, tell the parent, and end (in a child)."""
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.chdir(folder)
        tempfile.tempdir = None
        os.environ["TMPDIR"] = folder
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed()
        found = run(code, ways, keeper)
        with os.fdopen(writing, "wb") as answer:
            answer.write(json.dumps(asdict(found)).encode())
    finally:
        os._exit(0)


class Worker:
    """The process, as those who ask it see it."""

    def __init__(
        self,
        imports: Iterable[str],
        ways: Iterable[str],
        environment: Mapping[str, str],
        cwd: str,
        kept: str = "",
        dear: float = DEAR,
    ) -> None:
        """Start it in the folder `cwd`, with these variables and no others.

        In the folder `kept`, it shares values with other workers: those that took
        `dear` CPU seconds.
        """
        self.home = tempfile.mkdtemp(prefix="mutants-")
        settings = {
            "imports": list(imports),
            "ways": list(ways),
            "path": sys.path,
            "kept": kept or self.home,
            "dear": dear,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment, "TMPDIR": self.home},
            cwd=cwd,
        )

    def run(self, code: str, limit: float) -> Outcome:
        """Run code in a fork."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"code": code, "limit": limit}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise ChildProcessError("the process that runs mutants ended")
        return Outcome(**json.loads(answer))

    def close(self) -> None:
        """End it."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.home, ignore_errors=True)


def main(settings: str) -> None:
    """Serve until nobody asks any more."""
    told = json.loads(settings)
    sys.path[:] = told["path"]
    answers = os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    ways = [importlib.import_module(name) for name in told["ways"]]
    for name in told["imports"]:
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    keeper = Keeper(Path(told["kept"]), ways, told["dear"])
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        found = forked(asked["code"], asked["limit"], ways, keeper)
        answers.write(json.dumps(asdict(found)) + "\n")
        answers.flush()
