"""A Python that has imported what builds import, and forks for each command.

    python warm_python.py

reads one job a line (JSON: cwd, env, module, arguments, output) and answers with the
exit status of a process that did what ``python -m MODULE ARGUMENTS`` does in the folder
`cwd`, with the environment `env` and with its output in the file `output`. An import of
Sphinx and of its extensions takes a second, a fork some milliseconds.

Nothing is run before a fork but imports. Which ones, the first build tells; what a site
has of its own (conf.py, examples) each build imports anew.
"""

import contextlib
import importlib
import json
import os
import runpy
import signal
import sys
import tempfile

LIMIT = 180  # seconds a command: a watchdog
OWN = ("__main__", "conf", "examples", "tools")  # of the site that is built


def become(job: dict, tell: int) -> None:
    """Do what ``python -m`` does, in a fresh fork; tell which modules it imported."""
    signal.alarm(LIMIT)
    null = os.open(os.devnull, os.O_RDONLY)
    output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for ours, standard in ((null, 0), (output, 1), (output, 2)):
        os.dup2(ours, standard)
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    tempfile.tempdir = None
    sys.path.insert(0, job["cwd"])
    sys.argv[1:] = job["arguments"]
    before = set(sys.modules)
    try:
        runpy.run_module(job["module"], run_name="__main__", alter_sys=True)
    finally:
        names = [name for name in sys.modules if name not in before]
        with os.fdopen(tell, "w") as file:
            json.dump(names, file)


def import_all(names: list[str]) -> None:
    """Import what a build has imported, but nothing of its site."""
    for name in names:
        if name.partition(".")[0] not in OWN:
            with contextlib.suppress(ImportError):  # some exist in one build only
                importlib.import_module(name)


def serve() -> tuple[dict, int] | None:
    """Return None at the end or, in a forked child, the job to do."""
    for line in sys.stdin:
        read, write = os.pipe()
        process = os.fork()
        if not process:
            os.close(read)
            return json.loads(line), write
        os.close(write)
        with os.fdopen(read) as file:
            text = file.read()
        _, status = os.waitpid(process, 0)
        import_all(json.loads(text or "[]"))  # nothing from one that was killed
        print(os.waitstatus_to_exitcode(status), flush=True)
    return None


if __name__ == "__main__":
    # This file's folder is no place to import from.
    sys.path[:] = sys.path[1:]
    if work := serve():
        become(*work)
