"""Write a file whole or not at all, whenever the build is killed."""

import os
from pathlib import Path

PART = ".part"  # ends the name of a file that is being written


def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path`: who reads it finds the old text or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two builds at once do not write the same part.
    part = path.with_name(f"{path.name}.{os.getpid()}{PART}")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
