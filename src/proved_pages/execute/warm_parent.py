"""A process that has imported what pages import, and forks a kernel on request.

Importing TensorFlow takes two seconds, and starting a kernel one more. This program
does both once. For every request it forks: the child becomes an ordinary kernel, a
process of its own with the working directory, the environment and the standard streams
that the request names. Nothing is run before the fork but imports, so that layer names
and seeds start fresh.

`forks` starts it and asks it. A request is one message on a Unix socket::

    {"argv": [...], "cwd": "...", "env": {...}}  and three file descriptors

and two messages are the answer: the child's process id, and later its exit status, as
`subprocess.Popen.returncode` has it; or one, `NO` and the reason why it cannot fork. It
imports nothing until the first request.

It ends with its owner, whatever ends that one, and so do its kernels: an exit of the
owner, or of a process that asked for a kernel, is seen through its file descriptor.

Linux only: it needs abstract sockets, pidfd_open(2) and PR_SET_PDEATHSIG (prctl(2)).
"""

import contextlib
import ctypes
import gc
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOM = 1 << 20  # bytes of a request; an environment has a few thousand
STREAMS = 3
NO = b"no: "
PR_SET_PDEATHSIG = 1  # linux/prctl.h
KERNEL_MODULE = "ipykernel_launcher"
KERNEL_APP = "ipykernel.kernelapp"


@dataclass
class Job:
    """A kernel to become: what the request said."""

    argv: list[str]
    cwd: str
    env: dict[str, str]
    streams: list[int]


class Parent:
    """Serve requests until the owner is gone."""

    def __init__(
        self, listener: socket.socket, owner: int, modules: Sequence[str]
    ) -> None:
        """Watch `listener`, and the process `owner` (a file descriptor of it).

        `modules` are imported before the first fork.
        """
        self.listener = listener
        self.modules = modules
        self.owner = owner
        self.unsafe: str | None = None  # why it cannot fork; None: not tried yet
        self.watch = selectors.DefaultSelector()
        self.kernels: dict[int, socket.socket] = {}  # by process id
        self.watch.register(listener, selectors.EVENT_READ, self.greet)
        self.watch.register(owner, selectors.EVENT_READ, self.leave)
        self.over = False

    def serve(self) -> Job | None:
        """Return None at the end, or, in a forked child, the kernel to become."""
        while not self.over:
            for key, _ in self.watch.select():
                job: Job | None = key.data(key.fileobj)
                if job is not None:
                    self.close()
                    return job
                if self.over:
                    break
        for pid in self.kernels:
            stop(pid)
        for pid in self.kernels:
            os.waitpid(pid, 0)
        return None

    def close(self) -> None:
        """Close all that belongs to the parent (in a child)."""
        for key in list(self.watch.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
            else:
                os.close(key.fd)
        self.watch.close()

    def leave(self, _: int) -> None:
        """Note that the owner is gone."""
        self.over = True

    def greet(self, listener: socket.socket) -> None:
        """Accept a connection of this user's own processes."""
        connection, _ = listener.accept()
        size = struct.calcsize("3i")
        asked = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        _, user, _ = struct.unpack("3i", asked)
        if user != os.getuid():
            connection.close()
            return
        self.watch.register(connection, selectors.EVENT_READ, self.start)

    def start(self, connection: socket.socket) -> Job | None:
        """Fork a kernel; in the child, return what it is to become."""
        self.watch.unregister(connection)
        message, streams, _, _ = socket.recv_fds(connection, ROOM, STREAMS)
        if not message:
            connection.close()
            return None
        job = Job(**json.loads(message), streams=streams)
        if self.unsafe is None:
            self.unsafe = import_all(self.modules)
        if self.unsafe:
            connection.send(NO + self.unsafe.encode())
            connection.close()
            return None
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            connection.close()
            die_with(parent)
            return job
        for stream in streams:
            os.close(stream)
        self.kernels[pid] = connection
        with contextlib.suppress(BrokenPipeError):  # killed meanwhile: see `abandon`
            connection.send(str(pid).encode())
        child = os.pidfd_open(pid)
        self.watch.register(child, selectors.EVENT_READ, lambda fd: self.bury(fd, pid))
        # Who asked says no more, so this is the end of its connection, and its own.
        self.watch.register(
            connection, selectors.EVENT_READ, lambda gone: self.abandon(gone, pid)
        )
        return None

    def abandon(self, connection: socket.socket, pid: int) -> None:
        """Kill a kernel that nobody waits for any more."""
        if pid in self.kernels:
            self.watch.unregister(connection)
            stop(pid)

    def bury(self, child: int, pid: int) -> None:
        """Report the exit status of a kernel that has ended."""
        _, status = os.waitpid(pid, 0)
        connection = self.kernels.pop(pid)
        self.watch.unregister(child)
        os.close(child)
        if connection in self.watch.get_map():
            self.watch.unregister(connection)
        with contextlib.suppress(BrokenPipeError):  # who asked for it may be gone
            connection.send(str(os.waitstatus_to_exitcode(status)).encode())
        connection.close()


def stop(pid: int) -> None:
    """Kill a kernel and the processes that it started."""
    for kill in (os.killpg, os.kill):  # perhaps it has no group of its own yet
        with contextlib.suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)


def import_all(modules: Sequence[str]) -> str:
    """Import what pages import, with nobody listening.

    A page that needs a module which is missing says so itself.

    Returns why a fork is not safe now: it would lose a thread. Empty if it is safe.
    """
    # ipykernel reads it when it is imported: a kernel ends with its parent.
    os.environ["JPY_PARENT_PID"] = str(os.getpid())
    stderr = os.dup(2)
    os.dup2(0, 2)  # some libraries write there, whatever the variables
    try:
        for name in (KERNEL_APP, *modules):
            with contextlib.suppress(ModuleNotFoundError):
                __import__(name)
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        return f"{threads} threads run after the imports"
    gc.collect()
    gc.freeze()  # the kernels share these pages of memory as long as nobody writes
    return ""


def die_with(parent: int) -> None:
    """Let this process be killed when `parent` ends, even by SIGKILL."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def import_folders(env: Mapping[str, str]) -> list[str]:
    """List the folders of PYTHONPATH."""
    return [path for path in env.get("PYTHONPATH", "").split(os.pathsep) if path]


def become_kernel(job: Job) -> None:
    """Turn this process, a fresh fork, into the kernel that was asked for."""
    os.setsid()
    for number, stream in enumerate(job.streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(job.cwd)
    ours = import_folders(os.environ)
    os.environ.clear()
    os.environ.update(job.env, JPY_PARENT_PID=str(os.getppid()))
    # What Python read from the environment when it started.
    kept = [folder for folder in sys.path if folder not in ours]
    sys.path[:] = import_folders(job.env) + kept
    tempfile.tempdir = None
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # the others seed themselves after a fork
    sys.argv[1:] = job.argv
    runpy.run_module(KERNEL_MODULE, run_name="__main__", alter_sys=True)


def main(address: str, owner: str, folder: str, *modules: str) -> Job | None:
    """Serve at the abstract socket `address` for the process `owner`.

    At the end, remove `folder`, which holds what the kernels leave behind. `modules`
    are what pages import.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's
    try:
        watched = os.pidfd_open(int(owner))
    except ProcessLookupError:
        return None
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(f"\0{address}")
    listener.listen(64)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    os.dup2(0, 1)  # /dev/null: nobody reads on
    parent = Parent(listener, watched, modules)
    job = parent.serve()
    if job is None:
        shutil.rmtree(folder, ignore_errors=True)
    return job


if __name__ == "__main__":
    # This file's folder is no place to import from.
    sys.path[:] = [p for p in sys.path if Path(p) != Path(__file__).parent]
    if work := main(*sys.argv[1:]):
        become_kernel(work)
