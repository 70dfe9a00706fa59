"""A forked kernel behaves like an ordinary one, and leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import Site, cell

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="kernels are forked on Linux only"
)


@pytest.fixture
def site(site: Site) -> Site:
    """Return a site whose builds share nothing."""
    site.alone = True
    return site


# Everything in which a fork could differ from a process of its own.
ABOUT = """\
import os, signal, socket, sys, threading
import numpy as np
unlike = ("JPY_PARENT_PID", "WARM_PARENT", "FORK", "MAKE", "MFLAGS")
print(*sorted(n for n in os.environ if not n.startswith(unlike)), sep="\\n")
print(os.listdir(), os.getcwd() == os.path.realpath(os.curdir))
print(sys.argv[1:2], sys.flags, sys._xoptions, len(sys.path), sys.path[-1][-13:])
print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
print(os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid(), os.umask(0o22))
print(sorted(t.name.split("-")[0] for t in threading.enumerate()))
print(sys.stdin.closed, oct(os.fstat(0).st_mode), os.read(0, 1))
print(__name__, sorted(name for name in dir() if not name.startswith("_")))
import keras
print(keras.layers.Dense(1).name, keras.random.uniform((2,), seed=1).numpy())
keras.utils.set_random_seed(0)
print(keras.layers.Dense(1)(np.ones((1, 2))).numpy(), np.random.random())"""

WAITS = "import time\nprint('begun', flush=True)\ntime.sleep(60)"


def published(site: Site) -> str:
    return (site.root / "build/html/index.html").read_text(encoding="utf-8")


def outputs(page: str) -> list[str]:
    return re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)


def test_a_page_is_the_same_either_way(site: Site):
    site.page("index", cell(ABOUT) + cell("1 / 0", ":raises: 'ZeroDivisionError: d'\n"))
    site.make("html").passed()
    forked = published(site)
    site.make("clean").passed()
    one_by_one = site.make("html", "FORK=0")
    one_by_one.passed()
    assert "not forked: as asked for" in one_by_one.output
    assert outputs(published(site)) == outputs(forked)
    assert published(site) == forked


def test_tensorflow_is_there_before_the_first_cell(site: Site):
    """Otherwise nothing was forked, and the other tests compare like with like."""
    site.page("index", cell("import sys\nprint('keras.src.layers' in sys.modules)"))
    site.make("html").passed()
    assert "True" in published(site)
    site.make("clean").passed()
    site.make("html", "FORK=0").passed()
    assert "False" in published(site)


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ("import os\nos._exit(3)", ""),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", ""),
        (WAITS, "SPHINXOPTS=-D nb_execution_timeout=2"),
        ("int('three')", ""),
        ("import warnings\nwarnings.warn('look')", ""),
        ("import sys\nsys.exit(3)", ""),
        ("raise KeyboardInterrupt", ""),
    ],
    ids=["exit", "killed", "time-limit", "error", "warning", "sys-exit", "interrupt"],
)
def test_what_goes_wrong_is_told_alike(site: Site, source: str, options: str):
    site.page("index", cell(source))
    told = []
    for fork in ("1", "0"):
        site.make("clean").passed()
        done = site.make("html", f"FORK={fork}", *filter(None, [options]))
        done.refused("The site was not built: ")
        text = re.sub(r"kernels start one by one.*\n", "", done.output)
        text = re.sub(r"\d+-\d\d-\d\d \d\d:\d\d:\d\d,\d+|in \d+\.\d s", "WHEN", text)
        text = re.sub(r"ipykernel_\d+", "KERNEL", text)
        told.append(re.sub(r"run-\d+/tmp/\w+|0x[0-9a-f]+", "WHERE", text))
    assert told[0].splitlines() == told[1].splitlines()


def test_unsafe_forks_are_not_made(site: Site):
    """A thread that runs after the imports would be lost: kernels start one by one."""
    modules = site.root / "examples/thread.py"
    modules.write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    )
    path = site.root / "conf.py"
    text = path.read_text(encoding="utf-8")
    assert '"sklearn.datasets"' in text
    text = text.replace('"sklearn.datasets"', '"examples.thread"')
    path.write_text(text, encoding="utf-8")
    site.alone = True
    site.page("index", "```{toctree}\nother\n```\n\n" + cell("print(6 * 7)"))
    site.page("other", cell("print(6 * 8)"))
    done = site.make("html")
    done.passed()
    assert done.output.count("not forked: 2 threads run after the imports") == 1
    assert "42" in published(site)


def test_a_debugger_gets_ordinary_kernels(monkeypatch):
    from proved_pages.execute import forks

    assert forks.why_not() == ""
    monkeypatch.setitem(sys.modules, "pydevd", sys)
    assert forks.why_not() == "a debugger is attached"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert forks.why_not() == "not on Linux"


# --- nothing is left ----------------------------------------------------------------


def processes(root: Path) -> list[str]:
    """List the processes that work for the site in `root`, by their command lines.

    Their sockets are abstract: they end with the process and have no file.
    """
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            where = os.readlink(folder / "cwd")
        except OSError:
            continue
        if str(root) in command or Path(where).is_relative_to(root):
            found.append(f"{folder.name} {command}")
    return found


def settle(root: Path) -> list[str]:
    """Wait for processes that are ending; return those that stay."""
    for _ in range(100):
        if not (left := processes(root)):
            break
        time.sleep(0.1)
    return left


def begin(site: Site) -> subprocess.Popen:
    """Start a build of two pages that wait; return when both cells have begun."""
    site.page("index", "```{toctree}\nother\n```\n\n" + cell(WAITS))
    mark = "from pathlib import Path\nPath('left-by-the-page').touch()\n"
    site.page("other", cell(mark + WAITS))
    build = site.start()
    for _ in range(600):
        if list(site.root.glob("build/kernel-home/run-*/tmp/*/left-by-the-page")):
            return build
        assert build.poll() is None
        time.sleep(0.1)
    raise AssertionError("the cells did not begin within a minute")


def sphinx(root: Path) -> int:
    """Return the process id of the build itself: the first Python of the site."""
    builds = [p for p in processes(root) if "-m sphinx build" in p]
    return min(int(p.split()[0]) for p in builds)


@pytest.mark.parametrize(
    ("number", "whom"),
    [
        (signal.SIGINT, "group"),
        (signal.SIGTERM, "build"),
        (signal.SIGKILL, "build"),
        (signal.SIGKILL, "group"),
        (signal.SIGKILL, "parent"),
    ],
    ids=["ctrl-c", "terminated", "killed", "all-killed", "parent-killed"],
)
def test_nothing_is_left(site: Site, number: int, whom: str):
    build = begin(site)
    try:
        if whom == "group":
            os.killpg(build.pid, number)
        elif whom == "build":
            os.kill(sphinx(site.root), number)
        else:
            parents = [p for p in processes(site.root) if "warm_parent.py" in p]
            os.kill(min(int(p.split()[0]) for p in parents), number)
        assert build.wait(timeout=30) != 0
        assert settle(site.root) == []
        assert not list(site.root.glob("build/kernel-home/run-*"))
    finally:
        for left in processes(site.root):
            os.kill(int(left.split()[0]), signal.SIGKILL)


def test_nothing_is_left_by_a_build_that_succeeds(site: Site):
    site.page("index", cell("import subprocess\nprint(subprocess.run(['true']))"))
    site.make("html").passed()
    assert settle(site.root) == []
    assert not list(site.root.glob("build/kernel-home/run-*"))


def test_folders_of_dead_builds_are_removed(site: Site):
    """A machine that lost its power leaves a folder; the next build removes it."""
    dead = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True)
    left = site.root / f"build/kernel-home/run-{dead.stdout.strip()}/tmp/x"
    left.mkdir(parents=True)
    site.page("index", cell("print(1)"))
    site.make("html").passed()
    assert not left.parents[1].exists()
