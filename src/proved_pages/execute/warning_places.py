"""Shorten what warnings say of this machine: no page shows its paths and addresses."""

import re

# An installed module, or the cell itself, which a kernel gives a file with its number.
_INSTALLED = re.compile(r"^\S*/(?:site|dist)-packages/(?=\S+:\d+: )", re.MULTILINE)
_CELL = re.compile(r"^\S*/ipykernel_\d+/\d+\.py(?=:\d+: )", re.MULTILINE)
_ADDRESS = re.compile(r"(?<= at )0x[0-9a-f]{7,}\b")
# In a kernel, TensorFlow's logger writes to stdout.
LOGGED = re.compile(r"^(?:WARNING|ERROR|CRITICAL):[\w.]+:.*$", re.MULTILINE)


def shortened(text: str) -> str:
    """Return what was written to stderr, the same on every machine."""
    return _ADDRESS.sub("0x...", _CELL.sub("cell", _INSTALLED.sub("", text)))


def shortened_logs(text: str) -> str:
    """Return what was written to stdout; lines of loggers as `shortened` has them."""
    return LOGGED.sub(lambda line: shortened(line[0]), text)
