"""Say something to whoever watches the build."""

import sys


def say(text: str) -> None:
    """Print one whole line, also from one of several processes."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
