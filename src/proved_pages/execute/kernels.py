"""The environment that every cell runs in: the same on every machine.

conf.py says what is in it (``kernel_environment``); this extension applies it before
the first kernel starts, and keeps the user's own IPython and Jupyter settings out.
Doctests run inside the Sphinx process and see the same variables.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from proved_pages import figures
from proved_pages.execute.at_exit import at_exit
from proved_pages.execute.sockets import use_sockets
from proved_pages.settings import beside_doctrees
from proved_pages.state import state

# Where variables come from the user's shell and would change what a cell does.
UNWANTED = (
    "PYTHONOPTIMIZE",  # would strip every assert: no claim could fail
    "PYTHONWARNINGS",  # could hide a warning that the reader would see
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "JUPYTER_PATH",  # could offer another kernel called python3
    "PYTEST_CURRENT_TEST",  # makes ipykernel let C code write past the page
)

IPYTHON_CONFIG = """\
from ipykernel.iostream import OutStream

c = get_config()
c.HistoryManager.enabled = False  # parallel kernels would fight over one database

# ipykernel 7.4 wakes the thread that watches a stream with a last byte. When the
# kernel's loop is closed by then, it prints a traceback as the kernel ends, after all
# cells are done. Nothing of a page is lost with that byte.
watch = OutStream._watch_pipe_fd


def watch_to_the_end(stream):
    watch(stream)
    if stream._exc and "Event loop is closed" in str(stream._exc[1]):
        stream._exc = None


OutStream._watch_pipe_fd = watch_to_the_end
"""

# Matplotlib's figures are shown by this extension of IPython.
_FIGURES = f"""
c.InteractiveShellApp.extensions = [{figures.__name__!r}]
"""

# Some libraries write to stderr when they are imported, whatever the variables. Let
# them do so before the first cell, with nobody listening; what they write later still
# fails the page.
_QUIETLY = """
import os

null, stderr = os.open(os.devnull, os.O_WRONLY), os.dup(2)
os.dup2(null, 2)
{statements}
os.dup2(stderr, 2)
"""


def ipython_config(quiet_start: Mapping[str, str], draws: bool = False) -> str:
    """Return the configuration of the kernels, as Python.

    `quiet_start` maps a distribution to what to run, if it is installed, before the
    first cell of every page; `draws` tells whether pages show figures.
    """
    text = IPYTHON_CONFIG + (_FIGURES if draws else "")
    statements = [code for name, code in quiet_start.items() if _is_installed(name)]
    if statements:
        text += _QUIETLY.format(statements="\n".join(statements))
    return text


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


# The process whose builds share kernels' folders and warm parent: the build itself, or
# one that outlives it, as `make live` does.
OWNER = "KERNELS_OWNER"


def owner() -> int:
    """Return the id of that process."""
    return int(os.environ.get(OWNER, os.getpid()))


def make_run_folder(home: Path) -> Path:
    """Make the folder for what this build's kernels leave behind, inside `home`.

    Temporary files go there, too: of a build that was killed, nothing stays in /tmp,
    and its folder is removed by the next one.
    """
    for other in home.glob("run-*"):
        if not is_alive(int(other.name.removeprefix("run-"))):
            shutil.rmtree(other, ignore_errors=True)
    folder = home / f"run-{owner()}"
    for name in ("tmp", "runtime"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    os.environ["JUPYTER_RUNTIME_DIR"] = str(folder / "runtime")
    for name in ("TMPDIR", "TEMP", "TMP"):
        os.environ[name] = str(folder / "tmp")
    tempfile.tempdir = None  # look again
    if owner() == os.getpid():
        at_exit(shutil.rmtree, folder, True)
    return folder


def is_alive(process: int) -> bool:
    """Whether a process of this id runs."""
    if sys.platform == "win32":
        return True  # there, os.kill(process, 0) would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def set_environment(app: Sphinx, config: Config) -> None:
    """Give this process, and so each kernel it starts, the declared environment."""
    for name in (*UNWANTED, *config.proved_unset):
        os.environ.pop(name, None)
    os.environ.update(config.kernel_environment)

    root = Path(app.confdir)
    private = beside_doctrees(app, "kernel-home")
    profile = private / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(
        ipython_config(config.proved_quiet_start, config.proved_figures is not None)
    )
    if config.proved_figures is not None:
        style = private / "matplotlibrc"
        style.write_text(figures.matplotlibrc(config.proved_figures), encoding="utf-8")
        os.environ.update(MATPLOTLIBRC=str(style), MPLBACKEND="agg")
    os.environ.update(
        PYTHONPATH=str(root),  # packages beside conf.py
        IPYTHONDIR=str(private / "ipython"),
        JUPYTER_CONFIG_DIR=str(private / "jupyter"),
        JUPYTER_DATA_DIR=str(private / "jupyter"),
    )
    for name, folder in config.proved_private_folders.items():
        os.environ[name] = str(private / folder)
    state(app).run_folder = make_run_folder(private)
    use_sockets()
