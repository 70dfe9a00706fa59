"""Compare the times of calls as ratios, in one run.

Seconds depend on the machine and on what else it does; a ratio of two calls that take
turns in one process much less. So each round times all of them, in a new order each
time. What is kept is the median of the rounds' ratios, with the quartiles beside it.
"""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """How long a call takes, as a multiple of the call that it is compared with.

    Half of the rounds were between `low` and `high`; both are None after one round.
    """

    name: str
    middle: float
    low: float | None = None
    high: float | None = None


def compare(
    calls: Mapping[str, Callable[[], object]], base: str, rounds: int = 15
) -> list[Ratio]:
    """Time `calls` in turns and return each one's ratio to the one named `base`.

    Each is called a few times first, so that nothing is recorded or compiled while
    the clock runs, and then as often in a row as takes about 20 ms.
    """
    names = list(calls)
    repeats = {}
    for name in names:
        for _ in range(3):
            calls[name]()
        started = time.perf_counter()
        calls[name]()
        once = time.perf_counter() - started
        repeats[name] = max(1, round(0.02 / once))
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        seconds = {}
        for name in names[turn:] + names[:turn]:
            seconds[name] = _time(calls[name], repeats[name])
        for name in names:
            found[name].append(seconds[name] / seconds[base])
    return [summary(name, found[name]) for name in names]


def summary(name: str, ratios: list[float]) -> Ratio:
    """Return the median of `ratios` with the quartiles."""
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return Ratio(name, middle, low, high)


def _time(call: Callable[[], object], repeats: int) -> float:
    gc.collect()
    gc.disable()
    try:
        started = time.perf_counter()
        for _ in range(repeats):
            call()
        return (time.perf_counter() - started) / repeats
    finally:
        gc.enable()
