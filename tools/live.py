"""Build the site at every save and show it, with everything imported once.

    make live

sphinx-autobuild watches, serves, and reloads the browser. It starts a new Python for
each build, which imports Sphinx and TensorFlow again. Here (on Linux) a process that
has imported Sphinx forks for each build, and one that has imported TensorFlow forks
for each changed page (src/proved_pages/execute/forks.py); both end with this program.
The packages of this repository are imported by each build anew, so an edit counts at
once.
"""

import contextlib
import gc
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

import nbformat
import sphinx_autobuild.__main__ as autobuild
from sphinx_autobuild.build import Builder
from sphinx_autobuild.utils import show_message

# Packages of this repository: each build imports them anew, so that an edit counts.
OURS = (
    "__main__",
    "conf",
    "examples",
    "keras_site",
    "proved_pages",
    "tools",
    "which_api",
)


class WarmBuilder(Builder):
    """Asks the warm process for a build, instead of starting Python."""

    requests: Connection

    def __call__(self, *, changed_paths: Sequence[Path]) -> None:
        """Build; say what has changed, and when the browser shows an older state."""
        for path in changed_paths[:5]:
            show_message(f"changed: {os.path.relpath(path)}")
        self.requests.send(self.sphinx_args)
        if self.requests.recv() != 0:
            show_message("The page in the browser is the one before this change.")
        show_message(f"Serving on {self.uri}")


def import_all(names: list[str]) -> None:
    """Import the modules that a build has imported, but none of this repository."""
    for name in names:
        if name.partition(".")[0] not in OURS:
            with contextlib.suppress(ImportError):  # some exist in one build only
                importlib.import_module(name)


def serve_builds(requests: Connection) -> None:
    """Fork and build for each request; end when nobody can ask any more.

    After each build, import what it had to import by itself, for the next one.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's
    for minor in (4, 5):  # compiles their schemas, which each build would do again
        nbformat.validate(nbformat.v4.new_notebook(nbformat_minor=minor))
    with contextlib.suppress(EOFError):
        while True:
            arguments = requests.recv()
            gc.freeze()  # no build looks for garbage in what this process imported
            imported, tell = Pipe(duplex=False)
            pid = os.fork()
            if pid == 0:
                requests.close()
                build(arguments, tell)
            tell.close()
            names = []
            with contextlib.suppress(EOFError):  # the build was killed
                names = imported.recv()
            _, status = os.waitpid(pid, 0)
            requests.send(os.waitstatus_to_exitcode(status))
            import_all(names)


def build(arguments: list[str], tell: Connection) -> NoReturn:
    """Build once, tell what was imported, and end this process."""
    from sphinx.cmd.build import main

    before = set(sys.modules)
    try:
        status = main(arguments)
    finally:
        tell.send([name for name in sys.modules if name not in before])
    sys.exit(status)


def main() -> None:
    """Start the warm process where one can fork, and then the server."""
    if sys.platform == "linux":
        os.environ["KERNELS_OWNER"] = str(os.getpid())
        ours, theirs = Pipe()
        if os.fork() == 0:
            ours.close()
            serve_builds(theirs)
            return
        theirs.close()
        WarmBuilder.requests = ours
        # It has no other way in, and does not list what it imports as its own.
        autobuild.Builder = WarmBuilder  # type: ignore[attr-defined]
    autobuild.main(sys.argv[1:])


if __name__ == "__main__":
    main()
