"""Talk to kernels through Unix sockets, so that parallel builds do not fight for ports.

jupyter_client finds free TCP ports, and the kernel binds them a second later. With
several pages running at once another kernel may have taken one by then ("Address
already in use", seen in one of ten builds on two cores). A socket in a folder of our
own cannot be taken. Where there are no Unix sockets (Windows), Sphinx reads pages one
after another, and TCP stays.

It uses Jupyter's own extension point:
https://jupyter-client.readthedocs.io/en/stable/provisioning.html
"""

import atexit
import os
import shutil
import socket
import tempfile
from importlib.metadata import EntryPoint

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

NAME = "unix-sockets"


class SocketProvisioner(LocalProvisioner):
    """Start a kernel on this machine that listens on Unix sockets."""

    async def pre_launch(self, **kwargs: object) -> dict[str, object]:
        """Choose the transport before jupyter_client chooses ports."""
        manager = self.parent
        manager.transport = "ipc"
        manager.cache_ports = False
        folder = os.environ["JUPYTER_RUNTIME_DIR"]
        manager.ip = os.path.join(folder, str(manager.kernel_id))
        return await super().pre_launch(**kwargs)


def use_sockets() -> None:
    """Make `SocketProvisioner` the one that every kernel of this process gets."""
    factory = KernelProvisionerFactory.instance()
    if not hasattr(socket, "AF_UNIX") or factory.default_provisioner_name == NAME:
        return
    # A short path: the address of a socket has room for about 100 characters.
    folder = tempfile.mkdtemp(prefix="kernels-", dir="/tmp")
    os.environ["JUPYTER_RUNTIME_DIR"] = folder
    atexit.register(_remove, folder, os.getpid())
    factory.provisioners[NAME] = EntryPoint(
        NAME, f"{__name__}:SocketProvisioner", factory.GROUP_NAME
    )
    factory.default_provisioner_name = NAME


def _remove(folder: str, owner: int) -> None:
    """Remove the sockets' folder, in the process that made it and in no fork of it."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
