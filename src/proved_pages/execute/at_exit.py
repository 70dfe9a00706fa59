"""Clean up at the end of this process, and not at the end of a fork of it.

Sphinx forks to read pages, and a fork inherits what ``atexit`` was told.
"""

import atexit
import os
from collections.abc import Callable


def at_exit(clean: Callable[..., object], *arguments: object) -> None:
    """Call `clean` with `arguments` when the process that says so ends."""
    atexit.register(_in, os.getpid(), clean, *arguments)


def _in(process: int, clean: Callable[..., object], *arguments: object) -> None:
    if os.getpid() == process:
        clean(*arguments)
