"""Kinds of claims: what a sentence speaks of, and so what can prove it.

``:kind:`` says it. A site without hunts (``proved_hunts``) may leave it out.
"""

import re

KINDS = {
    "example": "shown here",
    "always": "for all of its kind",
    "fact": "all cases computed",
    "error": "an error, produced",
    "warning": "a warning, produced",
}

# What tells a reader that a sentence speaks of one case, or of what is possible.
_ONE_CASE = re.compile(
    r"\b(can|cannot|could|may|might|possible|here|this|these|above|below)\b",
    re.IGNORECASE,
)


def kind_label(kind: str, of_all: bool) -> str:
    """Return what readers see of a kind; empty for none."""
    label = KINDS.get(kind, "")
    also = KINDS["always"]
    return f"{label}, {also}" if of_all and label and label != also else label


def wrong_kind(
    kind: str, of_all: bool, statement: str, required: bool
) -> tuple[str, str] | None:
    """Return what is wrong with the kind of a claim, and the cure; None: nothing.

    `kind` is empty where the claim names none; then `required` decides. `of_all` says
    that it is an error or a warning in all cases of some kind.
    """
    names = ", ".join(KINDS)
    if not kind:
        if not required:
            return None
        return "has no kind", f"say what it speaks of with `:kind:`: {names}"
    if kind not in KINDS:
        return f"is of the kind `{kind}`, which is none", f"use one of {names}"
    if of_all and kind not in ("error", "warning"):
        return (
            f"is of the kind `{kind}`, which `:all:` cannot widen",
            "write `:all:` for an error or a warning only; else `:kind: always`",
        )
    if kind == "example" and not _ONE_CASE.search(statement):
        return (
            "is an example, and its sentence does not say so",
            "write can, may, might, could, here or this; or, if it speaks of all of "
            "its kind, `:kind: always` and hunt it",
        )
    return None
