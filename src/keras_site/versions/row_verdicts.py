"""What a row's run says of each proof, in a letter.

| letter | of a proof |
|---|---|
| `h` | it holds |
| `w` | the declared error or warning came, with other words |
| `f` | false: an assertion of the page failed, or what is declared did not come |
| `n` | not measurable: something that it needs is missing or failed there |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proved_pages.prove.warned import is_declared, parse, warnings_in

HOLDS, OTHER_WORDS, FALSE, NOT_MEASURED = "h", "w", "f", "n"
WORDS = {
    HOLDS: "hold",
    OTHER_WORDS: "raise or warn with other words",
    FALSE: "are false",
    NOT_MEASURED: "could not be measured",
}


@dataclass(frozen=True)
class Found:
    """A verdict, and what was raised or warned: "Type: text", or the empty string."""

    letter: str
    raised: str = ""


def verdict(
    raises: str, ran: Mapping[str, Any] | None, warns: Sequence[str] = ()
) -> Found:
    """Judge a cell by the runner's row.

    `raises` is the error that it declares, or empty, and `warns` are the warnings.
    """
    if ran is None:
        return Found(NOT_MEASURED, "the page died")
    error = ran["error"]
    raised = f"{error['type']}: {error['text']}" if error else ""
    if ran["touched"] or (error and error["used"]):
        return Found(NOT_MEASURED, raised)
    if not raises:
        if error is None:
            return _warned(warns, ran["written"]) if warns else Found(HOLDS)
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


def _warned(warns: Sequence[str], written: str) -> Found:
    """Judge a cell that declares warnings by what it wrote to stderr."""
    found, _ = warnings_in(written)
    missing = [
        each
        for each in warns
        if not any(is_declared(warned, [each]) for warned in found)
    ]
    if not missing:
        return Found(HOLDS)
    kinds = {parsed[0] for parsed in map(parse, missing) if parsed}
    others = [
        warned
        for warned in found
        if warned.category in kinds and not is_declared(warned, warns)
    ]
    if others:
        return Found(OTHER_WORDS, f"{others[0]}")
    return Found(FALSE)


def _plain(text: str) -> str:
    return " ".join(text.split())
