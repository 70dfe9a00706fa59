"""Which of all mutants of a proof run: a fixed few, the most telling ones first."""

from collections.abc import Iterable

from proved_pages.mutate.edits import Mutant

MOST = 12


def chosen(
    mutants: Iterable[Mutant], order: Iterable[str], most: int = MOST
) -> list[Mutant]:
    """Take one of each operator in turn, in their `order`, until there are `most`."""
    queues: dict[str, list[Mutant]] = {name: [] for name in order}
    names = set()
    for mutant in mutants:
        if mutant.name not in names:
            names.add(mutant.name)
            queues.setdefault(mutant.operator, []).append(mutant)
    found: list[Mutant] = []
    while len(found) < most and any(queues.values()):
        for queue in queues.values():
            if queue and len(found) < most:
                # The statements of the proof, and those right before it, stand last.
                found.append(queue.pop())
    return found
