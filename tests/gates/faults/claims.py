"""Claims that are false, unproved or not unique, and links to claims that are none."""

from tools.throwaway import cell, claim

from . import Fault

ONE = cell("n = int('1')\nassert n == 1")
ODD = cell("n = int('2')\nassert n % 2 == 1")
EVEN = cell("n = int('2')\nassert n % 2 == 0")


def no_proof(name: str, follower: str) -> Fault:
    """Return a claim that something else follows than its proof."""
    said = f"the claim `{name}` has no proof"
    return Fault(claim(name) + follower, (said, "Cure:"))


FAULTS = {
    "claim-replaces-one-in-use": Fault(
        claim("in-use") + ONE + claim("new", ":replaces: in-use\nSomething.") + ONE,
        ("`in-use` is used twice", "Cure:"),
        below=9,
    ),
    "claim-replaces-none": Fault(
        claim("newer", ":replaces: Old_Id\nSomething.") + ONE,
        ("`Old_Id` is no claim id", "Cure:"),
    ),
    "claim-is-false": Fault(
        claim("two-is-odd") + ODD,
        ("the claim `two-is-odd` does not hold", "AssertionError"),
        below=4,
    ),
    "claim-at-the-end": no_proof("at-the-end", ""),
    "claim-before-words": no_proof("before-words", "Some words first.\n\n" + ONE),
    "claim-before-a-heading": no_proof("before-a-heading", "## Heading\n"),
    "claim-that-cannot-fail": Fault(
        claim("always-true") + cell("assert True"),
        ("`always-true` cannot fail", "constants", "Cure:"),
    ),
    "claim-by-assertion": Fault(
        claim("by-assertion")
        + cell("assert int('0')", ':raises: "AssertionError: x"\n'),
        ("`by-assertion` cannot fail",),
    ),
    "claim-twice": Fault(
        claim("twice") + ONE + claim("twice") + ONE,
        ("`twice` is used twice", "Cure:"),
        below=9,
    ),
    "claim-there": Fault(
        claim("here-and-there") + ONE,
        ("`here-and-there` is used twice", "(claim-here.md:"),
    ),
    "claim-of-odd-name": Fault(claim("Same_Id") + ONE, ("`Same_Id` is no claim id",)),
    "claim-of-two-paragraphs": Fault(
        claim("two-facts", "One.\n\nTwo.") + ONE, ("`two-facts` is not one paragraph",)
    ),
}
GOOD = {"claim-here": claim("here-and-there") + ONE}  # the other one is told

WARNINGS = {
    "link-to-a-replaced-claim": Fault(  # pages speak of the claim that holds
        claim("two-is-even", ":replaces: two-is-three\nThe number 2 is even.")
        + EVEN
        + "See {claim}`two-is-three`.\n",
        ("two-is-three",),
        below=10,
    ),
    "link-to-no-claim": Fault(
        "See {claim}`not-there-at-all`.\n", ("not-there-at-all",)
    ),
}
