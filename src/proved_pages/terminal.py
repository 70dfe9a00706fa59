"""Say something to whoever watches the build; read what programs say in color."""

import re
import sys

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def say(text: str) -> None:
    """Print one whole line, also from one of several processes."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def plain(text: str) -> str:
    """Drop terminal colors."""
    return _ANSI.sub("", text)
