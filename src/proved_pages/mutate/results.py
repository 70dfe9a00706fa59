"""What is known of the mutants of a site: what is kept, what is stale, the score.

``results.json`` in the folder ``proved_mutants`` has a row for each claim. Its key is
made of the slice, the sentence, the code of the operators, the modules of the site that
run with the slice and the locked versions: a change of any of them makes the row stale.
``survivors.toml`` says why a mutant may live, one line each::

    [the-claims-id]
    "drop: model.compile('sgd')" = "any optimizer will do"

``waiting.txt`` lists survivors that nobody has looked into; it may only get shorter::

    the-claims-id | drop: model.compile('sgd')
"""

import hashlib
import importlib.util
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from proved_pages.execute import freshness, modules_used
from proved_pages.execute.freshness import modules_digest
from proved_pages.execute.modules_used import Packages, modules_run
from proved_pages.mutate.judge import Verdict
from proved_pages.mutate.proofs import Proof
from proved_pages.mutate.slices import slice_of
from proved_pages.python_source import bare
from proved_pages.settings import locked_versions

RESULTS, SURVIVORS, WAITING = "results.json", "survivors.toml", "waiting.txt"
OPERATORS = ("edits", "operators", "orders", "choice")  # modules that make mutants
SLICING = ("proofs", "statements", "slices", "results")  # that find what to break
Rows = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Score:
    """How many mutants of how many proofs were made, and how many were noticed."""

    noticed: int
    mutants: int
    claims: int
    excused: int


class Keys:
    """Makes the keys of proofs; what they share is read once."""

    def __init__(
        self,
        ways: Iterable[str],
        packages: Packages,
        lock: Path | None,
        pinned: Iterable[str],
    ) -> None:
        """Find the operators, and the versions of `pinned` in `lock`."""
        self.packages = packages
        here = Path(__file__).parent
        self._operators = [here / f"{name}.py" for name in OPERATORS]
        for name in ways:
            spec = importlib.util.find_spec(name)
            assert spec and spec.origin, name
            self._operators.append(Path(spec.origin))
        self._pins = locked_versions(lock, pinned) if lock else []
        slicing = [here / f"{name}.py" for name in SLICING]
        slicing += [Path(str(each.__file__)) for each in (freshness, modules_used)]
        code = [path.read_text("utf-8") for path in [*self._operators, *slicing]]
        self.stamp = "".join([*code, *self._pins])

    @cached_property
    def shared(self) -> list[str]:
        """What all keys are made of: an unchanged build never asks for it."""
        return [*map(_bare, self._operators), *self._pins]

    def of(self, proof: Proof) -> str:
        """Return the key of a proof."""
        try:
            source = slice_of(proof).text
        except SyntaxError:
            source = proof.parts[-1].source
        used = modules_digest(modules_run(source, self.packages), self.packages)
        parts = [*self.shared, source, proof.statement, proof.raises, used]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _bare(path: Path) -> str:
    """Return the code of a module without what makes no difference."""
    return bare(path.read_text(encoding="utf-8"))


def load(folder: Path) -> Rows:
    """Return the rows that are kept."""
    path = folder / RESULTS
    rows: Rows = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return rows


def save(folder: Path, rows: Rows) -> None:
    """Keep the rows, one claim a line: a change of one is a change of one line."""
    lines = [f" {json.dumps(k)}: {json.dumps(rows[k])}" for k in sorted(rows)]
    folder.mkdir(parents=True, exist_ok=True)
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (folder / RESULTS).write_text(text, encoding="utf-8")


def row(verdict: Verdict, key: str) -> dict[str, Any]:
    """Return what is kept of a verdict."""
    found: dict[str, Any] = {"key": key}
    if verdict.why_not:
        return found | {"not_mutated": verdict.why_not}
    found["noticed"] = dict(sorted(verdict.noticed.items()))
    if verdict.survivors:
        found["survivors"] = [name for _, name in verdict.survivors]
    if verdict.whole:
        found["whole"] = True
    return found


def excuses(folder: Path) -> dict[str, dict[str, str]]:
    """Return by claim why mutants may live."""
    path = folder / SURVIVORS
    if not path.exists():
        return {}
    return tomllib.loads(path.read_text(encoding="utf-8"))


def waiting(folder: Path) -> set[tuple[str, str]]:
    """Return the survivors, with their claims, that still wait for somebody."""
    path = folder / WAITING
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [line.partition(" | ") for line in lines if line.strip()]
    return {(claim, name) for claim, _, name in rows}


def unexcused(
    rows: Rows, allowed: Mapping[str, Mapping[str, str]]
) -> list[tuple[str, str]]:
    """Return the survivors that have no reason, with their claims."""
    return [
        (claim, name)
        for claim in sorted(rows)
        for name in rows[claim].get("survivors", [])
        if not allowed.get(claim, {}).get(name, "").strip()
    ]


def needless(
    rows: Rows, allowed: Mapping[str, Mapping[str, str]]
) -> list[tuple[str, str]]:
    """Return the reasons for mutants that do not survive (any more).

    Nothing is known of those of a proof that was not mutated.
    """
    return [
        (claim, name)
        for claim, reasons in sorted(allowed.items())
        for name in reasons
        if name not in rows.get(claim, {}).get("survivors", [])
        and "not_mutated" not in rows.get(claim, {})
    ]


def score(rows: Rows, keys: Mapping[str, str]) -> Score:
    """Count, by the rows whose key is that of today."""
    fresh = {
        claim: row
        for claim, row in rows.items()
        if keys.get(claim) == row["key"] and "noticed" in row
    }
    noticed = sum(sum(row["noticed"].values()) for row in fresh.values())
    lived = sum(len(row.get("survivors", [])) for row in fresh.values())
    tried = [row for row in fresh.values() if row["noticed"] or row.get("survivors")]
    return Score(noticed, noticed + lived, len(tried), lived)
