"""Wait for something to happen: the only place in which tests let time pass."""

import time
from collections.abc import Callable


def wait_for(what: str, happened: Callable[[], object], seconds: float = 120) -> None:
    """Wait until `happened` is true; `seconds` is many times what it usually takes."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"not within {seconds} seconds: {what}"
        time.sleep(0.01)
