"""What ``make versions`` found: kept in docs/reference/versions.json.

``rows`` says for each row what it was and the key of its environment and runner. Under
``cells`` stands a line for each claim, by its id, and for each other cell that declares
an error or a warning, by its page and the number of the cell::

    "pop-returns-the-layer": ["5f0c1d2e3a4b", "hhnfh.h", [3, 12]]

the digest of its code, a letter for each row in the order of ``rows`` (``.``: not run),
and for the letters that are no ``h``, in their order, the number of the message
in ``messages`` (0 is none). A result counts only while the digest of the code and the
key of the row are those of today.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from keras_site.versions.release_rows import Row
from keras_site.versions.row_plan import Page
from keras_site.versions.row_verdicts import (
    FALSE,
    HOLDS,
    NOT_MEASURED,
    OTHER_WORDS,
    Found,
)
from proved_pages.execute.freshness import modules_digest
from proved_pages.execute.modules_used import Packages, modules_run
from proved_pages.mutate.proofs import Part, Proof
from proved_pages.mutate.slices import slice_of, whole_of
from proved_pages.python_source import bare

UNKNOWN = "."
PUBLISHED = {  # in claims.json
    HOLDS: "holds",
    OTHER_WORDS: "holds, in other words",
    FALSE: "false",
    NOT_MEASURED: "not measured",
}
LETTERS = 12  # of a digest
HERE = Path(__file__).parent
MACHINERY = ("row_runner.py", "row_plan.py", "row_verdicts.py")


@dataclass(frozen=True)
class Target:
    """A cell that gets a verdict: a claim's proof, or a declared error or warning."""

    name: str
    page: str
    cell: int
    raises: str
    digest: str
    warns: tuple[str, ...] = ()


@dataclass
class Results:
    """All that is known: by row what it was, by row and target what was found."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    found: dict[str, dict[str, Found]] = field(default_factory=dict)

    def has(self, row: Row) -> bool:
        """Whether a row ran, in its environment and by the runner of today."""
        return self.rows.get(row.name, {}).get("key") == key_of(row)

    def fresh(self, row: Row, target: Target) -> Found | None:
        """Return what was found for a target of today, or None."""
        if not self.has(row):
            return None
        if self.digests.get(target.name) != target.digest:
            return None
        return self.found.get(row.name, {}).get(target.name)

    def add(
        self, row: Row, versions: Mapping[str, str], target: Target, new: Found
    ) -> None:
        """Note a verdict; what is older than the row or the code of today goes."""
        known = self.rows.get(row.name)
        if known is None or known["key"] != key_of(row):
            self.found[row.name] = {}
        self.rows[row.name] = {
            "label": row.label,
            "key": key_of(row),
            "versions": dict(versions),
        }
        if self.digests.get(target.name) != target.digest:
            for found in self.found.values():
                found.pop(target.name, None)
            self.digests[target.name] = target.digest
        self.found.setdefault(row.name, {})[target.name] = new


@cache  # asked for each claim and row, and made of large files
def key_of(row: Row) -> str:
    """Return the key of a row: its lock, Python, imports, and the runner."""
    parts = [row.lock.read_text(encoding="utf-8") if row.lock.exists() else ""]
    parts += [row.python, row.keras, row.backend]
    parts += [bare((HERE / name).read_text(encoding="utf-8")) for name in MACHINERY]
    return _digest(parts)


def targets_of(page: Page, packages: Packages) -> Iterator[Target]:
    """Yield what gets a verdict on a page, in its order."""
    claims = {len(proof.parts) - 1: proof for proof in page.proofs}
    for number, cell in enumerate(page.cells):
        proof = claims.get(number)
        if proof:
            yield _target(proof.claim, page, number, proof, packages)
        elif cell.raises or cell.warns:
            parts = tuple(
                Part(each.source, each.raises or "", each.line)
                for each in page.cells[: number + 1]
            )
            name = f"{page.name}#{number}"
            alone = Proof(name, page.name, "", parts, number)
            yield _target(name, page, number, alone, packages)


def _target(
    name: str, page: Page, number: int, proof: Proof, packages: Packages
) -> Target:
    source = slice_of(proof).text or whole_of(proof).text
    used = modules_digest(modules_run(source, packages), packages)
    warns = page.cells[number].warns
    digest = _digest([source, proof.raises, *warns, used])
    return Target(name, page.name, number, proof.raises, digest, warns)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:LETTERS]


def load(path: Path) -> Results:
    """Read what is kept."""
    results = Results()
    if not path.exists():
        return results
    kept = json.loads(path.read_text(encoding="utf-8"))
    results.rows = kept["rows"]
    for name, (digest, letters, numbers) in kept["cells"].items():
        results.digests[name] = digest
        told = iter(numbers)
        for row, letter in zip(results.rows, letters, strict=True):
            if letter == UNKNOWN:
                continue
            number = 0 if letter == HOLDS else next(told)
            found = Found(letter, kept["messages"][number])
            results.found.setdefault(row, {})[name] = found
    return results


def save(
    path: Path, results: Results, order: Iterable[str], names: Iterable[str]
) -> None:
    """Keep the rows in `order`, and of the targets those that are still there."""
    rows = {name: results.rows[name] for name in order if name in results.rows}
    texts = sorted(
        {f.raised for row in rows for f in results.found.get(row, {}).values()} - {""}
    )
    messages = {"": 0} | {text: n for n, text in enumerate(texts, 1)}
    lines = []
    for name in sorted(set(names) & set(results.digests)):
        found = [results.found.get(row, {}).get(name) for row in rows]
        letters = "".join(each.letter if each else UNKNOWN for each in found)
        told = [
            messages[each.raised] for each in found if each and each.letter != HOLDS
        ]
        line = json.dumps([results.digests[name], letters, told])
        lines.append(f"  {json.dumps(name)}: {line}")
    path.write_text(
        '{"rows": '
        + json.dumps(rows, indent=1)
        + ',\n"cells": {\n'
        + ",\n".join(lines)
        + '\n},\n"messages": '
        + json.dumps(list(messages), indent=0, ensure_ascii=False)
        + "}\n",
        encoding="utf-8",
    )
