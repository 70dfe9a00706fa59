"""Fork the kernels of all pages from one warm process, where that is safe.

It is Jupyter's own extension point that does it, a kernel provisioner, so that nbclient
does not know:
https://jupyter-client.readthedocs.io/en/stable/provisioning.html

The process is `warm_parent`. The build starts it before it runs cells, and ends it with
itself. ``make html FORK=0`` starts ordinary kernels instead, and so does a build
where forking is not possible; the site is the same, byte for byte.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from jupyter_client.connect import KernelConnectionInfo
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from proved_pages.execute import warm_parent
from proved_pages.execute.at_exit import at_exit
from proved_pages.execute.kernels import owner
from proved_pages.execute.sockets import SocketProvisioner, use_provisioner
from proved_pages.state import state

NAME = "proved-pages-forks"
WHERE = "WARM_PARENT"


def why_not() -> str:
    """Say why kernels cannot be forked here; empty if they can."""
    if sys.platform != "linux":
        return "not on Linux"
    if sys.gettrace() is not None or "pydevd" in sys.modules:
        return "a debugger is attached"
    return ""


def address(process: int) -> str:
    """Name the abstract socket of the parent that belongs to `process`."""
    return f"warm-parent-{os.getuid()}-{process}"


class CannotForkError(Exception):
    """The warm parent must not fork; the reason is its text."""


class ForkedKernel:
    """A kernel that was forked: what a provisioner needs of `subprocess.Popen`.

    `pid` and `returncode` are as there. The standard streams belong to the kernel.
    """

    def __init__(
        self, where: str, argv: list[str], cwd: str, env: Mapping[str, str]
    ) -> None:
        """Ask the parent at `where` for a kernel.

        Raises ConnectionError if there is no answer, and CannotForkError with the
        reason if it says no.
        """
        self.returncode: int | None = None
        self.connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.connection.connect(f"\0{where}")
        request = json.dumps({"argv": argv, "cwd": cwd, "env": dict(env)})
        stdin, nobody = os.pipe()  # as jupyter_client does: there is nothing to read
        os.close(nobody)
        try:
            socket.send_fds(self.connection, [request.encode()], [stdin, 1, 2])
        finally:
            os.close(stdin)
        answer = self.connection.recv(1024)
        if not answer:
            self.connection.close()
            raise ConnectionError("the warm parent ended; its error stands above")
        if answer.startswith(warm_parent.NO):
            self.connection.close()
            raise CannotForkError(answer.removeprefix(warm_parent.NO).decode())
        self.pid = int(answer)

    def poll(self) -> int | None:
        """Return the exit status, or None while the kernel runs."""
        if self.returncode is None:
            with contextlib.suppress(BlockingIOError):
                answer = self.connection.recv(64, socket.MSG_DONTWAIT)
                # No answer: the parent was killed, and its kernels with it.
                self.returncode = int(answer) if answer else -signal.SIGKILL
                self.connection.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the kernel has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


class ForkProvisioner(SocketProvisioner):
    """Start a kernel as a fork of the warm parent."""

    async def launch_kernel(
        self,
        cmd: list[str],
        **kwargs: Any,  # noqa: ANN401 (jupyter_client says no more)
    ) -> KernelConnectionInfo:
        """Fork; `cmd` is the command line of an ordinary kernel."""
        options = cmd[cmd.index(warm_parent.KERNEL_MODULE) + 1 :]
        cwd = str(kwargs.get("cwd") or Path.cwd())
        where = os.environ[WHERE]
        try:
            kernel = ForkedKernel(where, options, cwd, kwargs["env"])
        except CannotForkError as reason:
            say_why(str(reason))
            return await super().launch_kernel(cmd, **kwargs)
        # LocalProvisioner says Popen, and uses what ForkedKernel has of it.
        self.process = cast("subprocess.Popen[bytes]", kernel)
        # The kernel leads a group of its own (setsid), perhaps only in a moment.
        self.pid = self.pgid = kernel.pid
        self.cwd = cwd
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait for the kernel; LocalProvisioner looks every tenth of a second."""
        if self.process is None:
            return 0
        if not isinstance(self.process, ForkedKernel):
            return await super().wait()
        while self.process.poll() is None:
            await asyncio.sleep(0.01)
        status, self.process = self.process.returncode, None
        return status


def say_why(reason: str) -> None:
    """Say once in a build that kernels are not forked, from whichever process."""
    said = Path(os.environ["JUPYTER_RUNTIME_DIR"], "not-forked")
    with contextlib.suppress(FileExistsError):
        said.touch(exist_ok=False)
        sys.stdout.write(f"kernels start one by one and are not forked: {reason}\n")
        sys.stdout.flush()


def start(app: Sphinx) -> None:
    """Start the warm parent, or say why not.

    It imports when the first page asks for a kernel.
    """
    reason = why_not() if app.config.fork_kernels else "as asked for"
    if reason:
        say_why(reason)
        return
    use_provisioner(NAME)
    where = os.environ[WHERE] = address(owner())
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        if probe.connect_ex(f"\0{where}") == 0:
            return
    program = [sys.executable, warm_parent.__file__]
    arguments = [where, str(owner()), str(state(app).run_folder)]
    parent = subprocess.Popen(
        [*program, *arguments, *app.config.proved_warm_modules],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches the build alone
    )
    if parent.stdout is None or parent.stdout.readline() != b"ready\n":
        raise ExtensionError("the warm parent did not start; its error stands above")
    if owner() == os.getpid():
        at_exit(_end, parent)


def _end(parent: subprocess.Popen[bytes]) -> None:
    """End the parent with the build."""
    parent.terminate()
    parent.wait()
