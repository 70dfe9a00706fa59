"""Talk to kernels through Unix sockets, so that parallel builds do not fight for ports.

jupyter_client finds free TCP ports, and the kernel binds them a second later. With
several pages running at once another kernel may have taken one by then ("Address
already in use", seen in one of ten builds on two cores). A socket with a name of its
own cannot be taken. On Linux the name is abstract (unix(7)): there is no file that a
killed build could leave behind. Where there are no Unix sockets (Windows), pages run
one after another, and TCP stays.

It uses Jupyter's own extension point:
https://jupyter-client.readthedocs.io/en/stable/provisioning.html
"""

import os
import shutil
import socket
import sys
import tempfile

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from proved_pages.execute.at_exit import at_exit

NAME = "proved-pages-sockets"
FOLDER = "KERNEL_SOCKETS"  # where names are not abstract


class SocketProvisioner(LocalProvisioner):
    """Start a kernel on this machine that listens on Unix sockets."""

    async def pre_launch(self, **kwargs: object) -> dict[str, object]:
        """Choose the transport before jupyter_client chooses ports."""
        manager = self.parent
        assert manager is not None  # jupyter_client has made it
        manager.transport = "ipc"
        manager.cache_ports = False
        if sys.platform == "linux":
            manager.ip = f"@kernel-{manager.kernel_id}"
        else:
            manager.ip = os.path.join(os.environ[FOLDER], str(manager.kernel_id))
        return await super().pre_launch(**kwargs)


def use_provisioner(name: str) -> None:
    """Let every kernel of this process be started by the provisioner `name`.

    Our two are entry points of this distribution, in pyproject.toml.
    """
    KernelProvisionerFactory.instance().default_provisioner_name = name


def kernels_at_once(wanted: int) -> int:
    """Return how many kernels may run at a time, if `wanted` are asked for."""
    return max(1, wanted) if hasattr(socket, "AF_UNIX") else 1


def use_sockets() -> None:
    """Make `SocketProvisioner` the one that every kernel of this process gets."""
    if not hasattr(socket, "AF_UNIX"):
        return
    use_provisioner(NAME)
    if sys.platform != "linux" and FOLDER not in os.environ:
        # A short path: the address of a socket has room for about 100 characters.
        os.environ[FOLDER] = folder = tempfile.mkdtemp(prefix="kernels-", dir="/tmp")
        at_exit(shutil.rmtree, folder, True)
