"""A forked kernel behaves like an ordinary one, and leaves nothing behind."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import wait_for

from .conftest import Site, cell, new_site

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux", reason="kernels are forked on Linux only"
    ),
    pytest.mark.xdist_group("forks"),
]


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

WAITS = "import threading\nprint('begun', flush=True)\nthreading.Event().wait()"
IMPORTED = "import sys\nprint('layers:', 'keras.src.layers' in sys.modules)"


@pytest.fixture(scope="module")
def both_ways(tmp_path_factory) -> dict[str, dict[str, str]]:
    """Build a site with forked kernels and with ordinary ones; return its pages."""
    site = new_site(tmp_path_factory.mktemp("both-ways"))
    site.alone = True
    site.page("index", "```{toctree}\nabout\nimported\n```\n")
    raises = cell("1 / 0", ":raises: 'ZeroDivisionError: d'\n")
    site.page("about", cell(ABOUT) + raises)
    site.page("imported", cell(IMPORTED))
    found = {}
    for fork in ("1", "0"):
        done = site.make("html", f"FORK={fork}")
        done.passed()
        assert ("not forked: as asked for" in done.output) == (fork == "0")
        html = site.root / "build/html"
        found[fork] = {
            name: (html / f"{name}.html").read_text(encoding="utf-8")
            for name in ("about", "imported")
        }
        shutil.rmtree(site.root / "build")
    return found


def outputs(page: str) -> list[str]:
    return re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)


def test_a_page_is_the_same_either_way(both_ways):
    forked, one_by_one = both_ways["1"]["about"], both_ways["0"]["about"]
    assert len(outputs(forked)) >= 4
    assert outputs(one_by_one) == outputs(forked)
    assert one_by_one == forked


def test_tensorflow_is_there_before_the_first_cell(both_ways):
    """Otherwise nothing was forked, and the other tests compare like with like."""
    assert "layers: True" in both_ways["1"]["imported"]
    assert "layers: False" in both_ways["0"]["imported"]


WRONG = {
    "exit": "import os\nos._exit(3)",
    "killed": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "time-limit": WAITS,
    "error": "int('three')",
    "warning": "import warnings\nwarnings.warn('look')",
    "sys-exit": "import sys\nsys.exit(3)",
    "interrupt": "raise KeyboardInterrupt",
}


@pytest.fixture(scope="module")
def told_both_ways(tmp_path_factory) -> tuple[str, str]:
    """Build a site in which all of that goes wrong; return what is told, each way."""
    site = new_site(tmp_path_factory.mktemp("wrong"))
    site.alone = True
    site.without_tensorflow()
    site.page("index", "\n".join(["```{toctree}", *WRONG, "```\n"]))
    for name, source in WRONG.items():
        site.page(name, cell(source))
    told = []
    for fork in ("1", "0"):
        limit = "SPHINXOPTS=-D nb_execution_timeout=10"
        done = site.make("html", "JOBS=1", f"FORK={fork}", limit)
        done.refused("The site was not built: ")
        shutil.rmtree(site.root / "build")
        text = re.sub(r"kernels start one by one.*\n", "", done.output)
        text = re.sub(r"\d+-\d\d-\d\d \d\d:\d\d:\d\d,\d+|in \d+\.\d s", "WHEN", text)
        text = re.sub(r"ipykernel_\d+", "KERNEL", text)
        told.append(re.sub(r"run-\d+/tmp/\w+|0x[0-9a-f]+", "WHERE", text))
    return told[0], told[1]


@pytest.mark.parametrize("name", WRONG)
def test_what_goes_wrong_is_told_alike(told_both_ways: tuple[str, str], name: str):
    told = [
        re.search(rf"^docs/{name}\.md:.*?(?=^docs/|\Z)", text, re.M | re.S)[0]
        for text in told_both_ways
    ]
    assert told[0].splitlines() == told[1].splitlines()


def test_all_that_a_failing_build_says_is_alike(told_both_ways: tuple[str, str]):
    told = [text.splitlines() for text in told_both_ways]
    assert told[0] == told[1]


def test_unsafe_forks_are_not_made(site: Site):
    """A thread that runs after the imports would be lost: kernels start one by one."""
    modules = site.root / "examples/thread.py"
    modules.write_text(
        "import threading\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    site.without_tensorflow("examples.thread")
    site.page("index", "```{toctree}\nother\n```\n\n" + cell("print(6 * 7)"))
    site.page("other", cell("print(6 * 8)"))
    done = site.make("html")
    done.passed()
    assert done.output.count("not forked: 2 threads run after the imports") == 1
    assert "42" in (site.root / "build/html/index.html").read_text(encoding="utf-8")


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


def nothing_runs(root: Path) -> None:
    """Wait until all processes of the site in `root` have ended."""
    try:
        wait_for("an end of all processes", lambda: not processes(root))
    finally:
        left = processes(root)
        for each in left:
            os.kill(int(each.split()[0]), signal.SIGKILL)
        assert left == []


def begin(site: Site) -> subprocess.Popen:
    """Start a build of two pages that wait; return when both cells have begun."""
    site.without_tensorflow()
    mark = "from pathlib import Path\nPath('left-by-the-page').touch()\n"
    site.page("index", "```{toctree}\nother\n```\n\n" + cell(mark + WAITS))
    site.page("other", cell(mark + WAITS))
    build = site.start()
    marks = "build/kernel-home/run-*/tmp/*/left-by-the-page"

    def both_have_begun() -> bool:
        assert build.poll() is None
        return len(list(site.root.glob(marks))) == 2

    try:
        wait_for("two cells that have begun", both_have_begun)
    except BaseException:
        os.killpg(build.pid, signal.SIGKILL)
        raise
    return build


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
    if whom == "group":
        os.killpg(build.pid, number)
    elif whom == "build":
        os.kill(sphinx(site.root), number)
    else:
        parents = [p for p in processes(site.root) if "warm_parent.py" in p]
        os.kill(min(int(p.split()[0]) for p in parents), number)
    try:
        assert build.wait(timeout=120) != 0
    finally:
        nothing_runs(site.root)
    assert not list(site.root.glob("build/kernel-home/run-*"))


def test_nothing_is_left_by_a_build_that_succeeds(site: Site):
    """Nor by one before: a machine that lost its power leaves a folder."""
    dead = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True)
    left = site.root / f"build/kernel-home/run-{dead.stdout.strip()}/tmp/x"
    left.mkdir(parents=True)
    site.without_tensorflow()
    site.page("index", cell("import subprocess\nprint(subprocess.run(['true']))"))
    site.make("html").passed()
    nothing_runs(site.root)
    assert not list(site.root.glob("build/kernel-home/run-*"))
