"""Run the longest pages first, and cut all pages into shares of one length.

In the order of the alphabet the recipes, which train, come last, and one core works
while the others wait. With the longest pages first, workers that take the next page
when they are done end together: not later than 4/3 of the best possible end (Graham,
1969, doi:10.1137/0117039).

How long a page takes is known when it ran here before. Else it is guessed: nearly all
of the time is training, so pages are compared by the calls in their cells that train.
"""

import re
from collections.abc import Mapping

_CELL = re.compile(r"^```\{code-cell\}", re.MULTILINE)


def estimate(source: str, slow_calls: Mapping[str, int]) -> int:
    """Return about how long a page takes, in plain cells.

    `slow_calls` are patterns of code that takes longer, and how many times as long.
    """
    slow = (n * len(re.findall(part, source)) for part, n in slow_calls.items())
    return len(_CELL.findall(source)) + sum(slow)


def expected(
    estimates: Mapping[str, float], times: Mapping[str, float]
) -> dict[str, float]:
    """Return how long each page of `estimates` will take, to be compared.

    `times` are the seconds that some of them took before. They tell how long a plain
    cell takes, too, and so turn the estimates of the others into seconds.
    """
    known = estimates.keys() & times.keys()
    whole = sum(estimates[page] for page in known)
    unit = sum(times[page] for page in known) / whole if whole else 1.0
    return {page: times.get(page, unit * n) for page, n in estimates.items()}


def longest_first(lengths: Mapping[str, float]) -> list[str]:
    """Return the pages with the longest ones first."""
    return sorted(lengths, key=lambda page: (-lengths[page], page))


def share(lengths: Mapping[str, float], number: int, shares: int) -> list[str]:
    """Return the pages of share `number` (counted from 1) of all `shares`.

    Machines that know the same pages come to the same shares, without a word.
    """
    sums = [0.0] * shares
    found = []
    for page in longest_first(lengths):
        least = sums.index(min(sums))
        sums[least] += lengths[page]
        if least == number - 1:
            found.append(page)
    return found


def parse_share(text: str) -> tuple[int, int]:
    """Read ``2/4`` as the second of four shares; raise ValueError if it is none."""
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise ValueError(f"{text!r} is no share; 2/4 is the second of four")
    return int(found[1]), int(found[2])
