"""Run a proof as it is, then its mutants, and say which of them it noticed."""

import importlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from proved_pages.mutate import operators
from proved_pages.mutate.choice import chosen
from proved_pages.mutate.edits import Code, Mutant, helpers_of
from proved_pages.mutate.operators import Operator
from proved_pages.mutate.proofs import Proof
from proved_pages.mutate.slices import Slice, slice_of, whole_of
from proved_pages.mutate.watching import notes, watched
from proved_pages.mutate.worker import Outcome

SLOWEST = 8.0  # CPU seconds of a proof whose mutants would take too long
FIRST = 60.0  # seconds that a proof itself may take, on a machine that does more
ORDER = (
    "original",
    "fresh",
    "drop",
    "training",
    "input",
    "side",
    "constant",
    "expected",
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
    seconds: float = 0.0


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


def judge(
    proof: Proof, runs: Runs, ways: Sequence[str] = (), slow: Sequence[str] = ()
) -> Verdict:
    """Break a proof; `slow` are patterns of code that is not run again and again."""
    verdict = Verdict(proof.claim, proof.page)
    try:
        found = slice_of(proof)
    except SyntaxError:
        verdict.why_not = "not plain Python"
        return verdict
    if any(re.search(pattern, found.source) for pattern in slow):
        verdict.why_not = "too slow"
        return verdict
    code = None
    for attempt in (found, whole_of(proof)):
        code, outcome = _unchanged(attempt, runs, verdict)
        if code is not None or outcome.ended == "late":
            break
        verdict.whole = True
    if outcome.ended == "late":
        verdict.why_not = "too slow"
    elif code is None:
        verdict.why_not = f"does not run: {outcome.type} {outcome.message[:200]}"
    elif outcome.cpu > SLOWEST:
        verdict.why_not = "too slow"
    else:
        _break(code, outcome.seconds, runs, ways, verdict)
    return verdict


def _unchanged(
    found: Slice, runs: Runs, verdict: Verdict
) -> tuple[Code | None, Outcome]:
    """Run a slice as it is, watched if that works; None: it does not hold."""
    code = Code(found)
    for source in (watched(code), code.source()):
        outcome = runs.run(source, FIRST)
        verdict.seconds += outcome.seconds
        if holds(found.proof, outcome):
            code.seen = notes(outcome.seen)
            return code, outcome
        if outcome.ended == "late":
            break
    return None, outcome


def _break(
    code: Code, seconds: float, runs: Runs, ways: Sequence[str], verdict: Verdict
) -> None:
    survivors: list[Mutant] = []
    groups: set[str] = set()
    for mutant in chosen(mutants_of(code, ways), ORDER):
        outcome = runs.run(code.source(mutant.changes), 3 * seconds + 5)
        verdict.seconds += outcome.seconds
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


def _is_trivial(outcome: Outcome) -> bool:
    """Whether no mutant was tried: a name is missing, or it does not apply."""
    return outcome.type in ("NameError", "UnboundLocalError", "SyntaxError")


def mutants_of(code: Code, ways: Sequence[str]) -> Iterator[Mutant]:
    """Yield all mutants of a proof, in the order of the page."""
    for operator in all_operators(ways):
        for mutant in operator(code):
            if not operators.compares_itself(code, mutant):
                yield mutant


def all_operators(ways: Sequence[str]) -> list[Operator]:
    """Return the general operators and those of the registered modules."""
    found = list(operators.GENERAL)
    for name in ways:
        found += importlib.import_module(name).OPERATORS
    return found
