"""What a row's run says of each proof, in a letter.

| letter | of a proof |
|---|---|
| `h` | it holds |
| `w` | the declared error was raised, with other words |
| `f` | false: an assertion of the page itself failed, or no error was raised |
| `n` | not measurable: something that it needs is missing or failed there |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HOLDS, OTHER_WORDS, FALSE, NOT_MEASURED = "h", "w", "f", "n"
WORDS = {
    HOLDS: "hold",
    OTHER_WORDS: "raise with other words",
    FALSE: "are false",
    NOT_MEASURED: "could not be measured",
}


@dataclass(frozen=True)
class Found:
    """A verdict, and what was raised: "Type: text", or the empty string."""

    letter: str
    raised: str = ""


def verdict(raises: str, ran: Mapping[str, Any] | None) -> Found:
    """Judge a cell that declares the error `raises`, or none, by the runner's row."""
    if ran is None:
        return Found(NOT_MEASURED, "the page died")
    error = ran["error"]
    raised = f"{error['type']}: {error['text']}" if error else ""
    if ran["touched"] or (error and error["used"]):
        return Found(NOT_MEASURED, raised)
    if not raises:
        if error is None:
            return Found(HOLDS)
        is_own = error["type"] == "AssertionError" and error["ours"]
        return Found(FALSE if is_own else NOT_MEASURED, raised)
    kind, _, part = raises.partition(":")
    if error is None:
        return Found(FALSE)
    if error["type"] == "AssertionError" and error["ours"]:
        return Found(FALSE, raised)
    if error["type"] != kind.strip():
        return Found(NOT_MEASURED, raised)
    said = _plain(part) in _plain(error["text"])
    return Found(HOLDS if said else OTHER_WORDS, raised)


def _plain(text: str) -> str:
    return " ".join(text.split())
