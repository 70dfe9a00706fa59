"""Entries of the fixer without their error, their claim or their fix; folklore."""

from tools.throwaway import cell, claim

from . import Fault

FIX = cell("n = int('2')\nassert n == 2", ":tags: [fix]\n")


def entry(title: str, *parts: str, label: str) -> str:
    """Write an entry with its meaning."""
    return f"({label})=\n## {title}\n\nIt means this.\n\n" + "".join(parts)


def error(word: str) -> str:
    """Write a cell with an error that no other page has."""
    return cell(
        f"raise ValueError('nobody knows {word}')",
        f':raises: "ValueError: nobody knows {word}"\n',
    )


def faulty(word: str, *parts: str, says: str, title: str = "", below: int = 1) -> Fault:
    """Return an entry for the error of `word`; the fault is told on its heading."""
    body = entry(title or f"nobody knows {word}", *parts, label=f"error-{word}")
    return Fault(body, (says, "Cure:"), below)


NO_FIX = "has no fix that runs"
UNLIKE = "raises what its heading says"

ENTRIES = {
    "entry-unlike-its-error": faulty(
        "bats", error("bats"), FIX, title="Another text", says=UNLIKE
    ),
    "entry-without-error": faulty("cats", FIX, says=UNLIKE),
    "entry-unlike-its-warning": Fault(
        entry(
            "nobody likes cats",
            cell(
                "import warnings\n\nwarnings.warn('nobody likes apes')",
                ':warns: "UserWarning: nobody likes apes"\n',
            ),
            FIX,
            label="warning-cats",
        ),
        ("warns of what its heading says", "Cure:"),
        1,
    ),
    "entry-without-fix": faulty("dogs", error("dogs"), says=NO_FIX),
    "entry-whose-fix-comes-first": faulty("eels", FIX, error("eels"), says=NO_FIX),
    "entry-whose-fix-cannot-fail": faulty(
        "foxes",
        error("foxes"),
        cell("assert True", ":tags: [fix]\n"),
        says="has a fix that cannot fail",
    ),
    "entry-without-claim": Fault(
        entry("Two is odd", FIX, label="trap-two"), ("has no claim", "Cure:"), 1
    ),
    "entry-without-meaning": Fault(
        f"(error-gnus)=\n## nobody knows gnus\n\n{error('gnus')}{FIX}",
        ("does not begin with its meaning", "Cure:"),
        1,
    ),
    "entry-twice": Fault(
        entry("nobody knows hens", error("hens"), FIX, label="error-hens")
        + entry("Nobody knows hens", error("hens"), FIX, label="error-hens-too"),
        ("is also that of `error-hens`", "Cure:"),
        None,
    ),
    "entry-with-odd-wording": faulty(
        "ibises",
        error("ibises"),
        FIX,
        "```{older-wording} https://example.com\nOld\n```\n",
        says="is no GitHub thread",
        below=16,
    ),
}

FOLKLORE = """\
```{{folklore}} false
:claims: {claim}
Two is odd.

It is even.
```
"""
EVEN = cell("n = int('2')\nassert n % 2 == 0")


def folklore(claim_id: str, old: str = "", new: str = "") -> str:
    """Write a proved claim, and a sentence that it refutes, with one change."""
    text = FOLKLORE.format(claim=claim_id)
    assert old in text
    return claim(claim_id) + EVEN + text.replace(old, new, 1)


FAULTS = ENTRIES | {
    "folklore-without-verdict": Fault(
        folklore("even-a", "} false", "} maybe"), ("`maybe` is no verdict",), 9
    ),
    "folklore-without-claim": Fault(
        folklore("even-b", ":claims: even-b\n"), ("has no claim",), 9
    ),
    "folklore-without-words": Fault(
        folklore("even-c", "\n\nIt is even."), ("is not explained",), 9
    ),
}
WARNINGS = {
    "folklore-by-no-claim": Fault(
        folklore("even-d", ":claims: even-d", ":claims: no-such-claim"),
        ("no-such-claim",),
        9,
    )
}
