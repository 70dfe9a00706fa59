"""Run a proof as it is, then its mutants, and say which of them it noticed."""

import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from proved_pages.mutate import operators
from proved_pages.mutate.choice import MOST, chosen
from proved_pages.mutate.edits import Code, Mutant, helpers_of
from proved_pages.mutate.keeping import Keepable, keepables, keeping, untouched
from proved_pages.mutate.operators import Operator
from proved_pages.mutate.orders import level
from proved_pages.mutate.proofs import Proof
from proved_pages.mutate.slices import Slice, slice_of, whole_of
from proved_pages.mutate.watching import notes, watched
from proved_pages.mutate.worker import Outcome

SLOWEST = 8.0  # CPU seconds of a proof whose mutants would take too long
FIRST = 60.0  # seconds that a proof itself may take, on a machine that does more
FIRST_KEPT = 180.0  # the same, where what takes long is kept for the next run
MOST_SLOW = 6  # mutants of a slower proof, where these run, too
MOST_DEAR = 2  # mutants that need a value anew that was kept
TOO_SLOW = "too slow"
ORDER = (
    "original",
    "fresh",
    "drop",
    "training",
    "input",
    "side",
    "constant",
    "expected",
    "level",
)


class Runs(Protocol):
    """Whatever runs code: a `worker.Worker`."""

    def run(self, code: str, limit: float) -> Outcome:
        """Run code in a process of its own, at most `limit` seconds."""


@dataclass
class Verdict:
    """What became of the mutants of a proof, by operator; `why_not`: none ran.

    `survivors` are the mutants that the proof did not notice, each with its line.
    """

    claim: str
    page: str
    noticed: dict[str, int] = field(default_factory=dict)
    survivors: list[tuple[int, str]] = field(default_factory=list)
    why_not: str = ""
    whole: bool = False
    cpu: float = 0.0


def holds(proof: Proof, outcome: Outcome) -> bool:
    """Whether a proof holds: it ended well, or by the error that it declares."""
    if not proof.raises:
        return outcome.ended == "well"
    kind, _, part = proof.raises.partition(":")
    return (
        outcome.ended == "error"
        and outcome.type == kind.strip()
        and " ".join(part.split()) in " ".join(outcome.message.split())
    )


@dataclass(frozen=True)
class _Ready:
    """Code that holds as it is, and what it took: mutants of it may run.

    `kept` are the values that were kept, and `took` the CPU seconds of each.
    """

    code: Code
    outcome: Outcome
    kept: tuple[Keepable, ...] = ()
    took: Mapping[str, float] = field(default_factory=dict)


def judge(
    proof: Proof,
    runs: Runs,
    ways: Sequence[str] = (),
    slow: Sequence[str] = (),
    slowest: float = SLOWEST,
) -> Verdict:
    """Break a proof, unless it takes more than `slowest` CPU seconds.

    `slow` are patterns of code whose value is kept from the start, if it can be.
    """
    verdict = Verdict(proof.claim, proof.page)
    try:
        found = slice_of(proof)
    except SyntaxError:
        verdict.why_not = "not plain Python"
        return verdict
    keeps = any(re.search(pattern, found.source) for pattern in slow)
    ready = None
    for attempt in (found, whole_of(proof)):
        ready, outcome = _ready(attempt, runs, verdict, keeps)
        if ready or outcome.ended == "late":
            break
        verdict.whole = True
    if outcome.ended == "late":
        verdict.why_not = TOO_SLOW
    elif ready is None:
        verdict.why_not = f"does not run: {outcome.type} {outcome.message[:200]}"
    elif ready.outcome.cpu > slowest:
        verdict.why_not = TOO_SLOW
    else:
        _break(ready, runs, ways, verdict)
    return verdict


def _ready(
    found: Slice, runs: Runs, verdict: Verdict, keeps: bool
) -> tuple[_Ready | None, Outcome]:
    """Run a slice as it is, with values that are kept where it is slow."""
    plain = outcome = None
    if not keeps:
        plain, outcome = _unchanged(found, runs, verdict)
        if not plain or outcome.cpu <= SLOWEST:
            return plain, outcome
    kept = _with_kept(found, runs, verdict)
    if kept:
        return kept, kept.outcome
    if outcome is None:
        plain, outcome = _unchanged(found, runs, verdict)
    return plain, outcome


def _unchanged(
    found: Slice, runs: Runs, verdict: Verdict
) -> tuple[_Ready | None, Outcome]:
    """Run a slice as it is, watched if that works; None: it does not hold."""
    code = Code(found)
    for source in (watched(code), code.source()):
        outcome = runs.run(source, FIRST)
        verdict.cpu += outcome.cpu
        if holds(found.proof, outcome):
            code.seen = notes(outcome.seen)
            return _Ready(code, outcome), outcome
        if outcome.ended == "late":
            break
    return None, outcome


def _with_kept(found: Slice, runs: Runs, verdict: Verdict) -> _Ready | None:
    """Run a slice as it is until no value is made that could be kept.

    None: there is none, or the proof does not hold with what was kept.
    """
    code = Code(found)
    keepable = keepables(code)
    if not keepable:
        return None
    source = watched(code, keeping(keepable))
    for _ in range(3):
        outcome = runs.run(source, FIRST_KEPT)
        verdict.cpu += outcome.cpu
        if not holds(found.proof, outcome) or not outcome.kept:
            return None
        if not outcome.made:
            code.seen, code.kept = notes(outcome.seen), True
            kept = tuple(each for each in keepable if each.key in outcome.kept)
            return _Ready(code, outcome, kept, outcome.kept)
    return None


def _break(ready: _Ready, runs: Runs, ways: Sequence[str], verdict: Verdict) -> None:
    code = ready.code
    survivors: list[Mutant] = []
    groups: set[str] = set()
    for mutant in _chosen(ready, ways):
        alone, other = untouched(code, mutant, ready.kept)
        anew = sum(ready.took[each.key] for each in other)
        source = code.source({**keeping(alone), **mutant.changes})
        outcome = runs.run(source, 3 * (ready.outcome.seconds + anew) + 5)
        verdict.cpu += outcome.cpu
        if _is_trivial(outcome):
            continue
        if holds(code.slice.proof, outcome):
            if helpers_of(mutant) <= set(outcome.helped):
                survivors.append(mutant)
        else:
            groups.add(mutant.group)
            verdict.noticed[mutant.operator] = (
                verdict.noticed.get(mutant.operator, 0) + 1
            )
    verdict.survivors = [
        (m.line, m.name) for m in survivors if not m.group or m.group not in groups
    ]


def _chosen(ready: _Ready, ways: Sequence[str]) -> list[Mutant]:
    """Choose mutants: first those that leave alone what was kept, then a few others."""
    cheap: list[Mutant] = []
    dear: list[Mutant] = []
    for mutant in mutants_of(ready.code, ways):
        _, other = untouched(ready.code, mutant, ready.kept)
        (dear if other else cheap).append(mutant)
    most = MOST if ready.outcome.cpu <= SLOWEST else MOST_SLOW
    found = chosen(cheap, ORDER, most)
    return found + chosen(dear, ORDER, min(MOST_DEAR, most - len(found)))


def _is_trivial(outcome: Outcome) -> bool:
    """Whether no mutant was tried: a name is missing, or it does not apply."""
    return outcome.type in ("NameError", "UnboundLocalError", "SyntaxError")


def mutants_of(code: Code, ways: Sequence[str]) -> Iterator[Mutant]:
    """Yield all mutants of a proof, in the order of the page.

    What only shows something (a way's pattern ``SHOWS``) is not dropped.
    """
    modules = [importlib.import_module(name) for name in ways]
    shows = [module.SHOWS for module in modules if hasattr(module, "SHOWS")]
    for operator in all_operators(ways):
        for mutant in operator(code):
            if mutant.operator == "drop" and any(s.match(mutant.old) for s in shows):
                continue
            if not operators.compares_itself(code, mutant):
                yield mutant


def all_operators(ways: Sequence[str]) -> list[Operator]:
    """Return the general operators and those of the registered modules."""
    found = [*operators.GENERAL, level]
    for name in ways:
        found += importlib.import_module(name).OPERATORS
    return found
