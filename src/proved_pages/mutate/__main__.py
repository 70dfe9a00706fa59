"""Break the proofs of a site on purpose, and keep which of the mutants they noticed.

    python -m proved_pages.mutate CONFDIR SOURCEDIR [--all] [--only PART] [-n 2]

Only proofs whose result is stale run, without ``--all``; with ``--only`` those whose
page or claim has PART in its name; with ``--slow`` also those that were too slow. With
``--forget`` no result is kept. Results go to ``results.json`` in the folder that
conf.py names (``proved_mutants``), after every proof.

Exit status 1, and one line each, if a mutant survives that has no reason in
``survivors.toml``, or if a reason is there for one that does not.
"""

import argparse
import os
import re
import resource
import runpy
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from proved_pages.execute.kernels import UNWANTED
from proved_pages.execute.page_cells import cells_of, read_text
from proved_pages.mutate import results
from proved_pages.mutate.judge import SLOWEST, TOO_SLOW, Verdict, judge
from proved_pages.mutate.proofs import Proof, proofs_of
from proved_pages.mutate.worker import Worker
from proved_pages.settings import SETTINGS, find_packages

SLOW = 50  # times a plain cell: the value of what calls it is kept
LONG = 10  # CPU seconds from which on it is said how long a proof took
SLOWER = 60.0  # CPU seconds that a proof may take with ``--slow``


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    about, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="python -m proved_pages.mutate", description=about, epilog=rest
    )
    parser.add_argument("confdir", type=Path, help="the folder of conf.py")
    parser.add_argument("sourcedir", type=Path, help="the folder of the pages")
    parser.add_argument("--all", action="store_true", help="fresh results, too")
    parser.add_argument("--only", default="", help="a part of a page's or claim's name")
    parser.add_argument("--slow", action="store_true", help="those that take long, too")
    parser.add_argument("--forget", action="store_true", help="keep no results")
    parser.add_argument("-n", type=int, default=2, help="processes at a time")
    return parser.parse_args(arguments)


def settings_of(confdir: Path) -> dict[str, Any]:
    """Return the settings of conf.py, and the defaults of those that it has not."""
    sys.path.insert(0, str(confdir.resolve()))
    defaults = {name: default for name, default, *_ in SETTINGS}
    defaults |= {"myst_enable_extensions": []}
    return defaults | runpy.run_path(str(confdir / "conf.py"))


def all_proofs(sourcedir: Path, extensions: list[str]) -> list[Proof]:
    """Return the proofs of all pages, in the order of the alphabet."""
    found: list[Proof] = []
    for path in sorted(sourcedir.rglob("*.md")):
        page = path.relative_to(sourcedir).with_suffix("").as_posix()
        text = path.read_text(encoding="utf-8")
        if "{claim}" in text and "file_format: mystnb" in text:
            found += proofs_of(page, text, cells_of(read_text(text, extensions)))
    return found


def environment(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that cells get."""
    unwanted = {*UNWANTED, *config["proved_unset"]}
    kept = {name: v for name, v in os.environ.items() if name not in unwanted}
    given: dict[str, str] = config["kernel_environment"]
    return kept | given


def main() -> int:
    """Run what is stale; return the exit status."""
    wanted = parse()
    config = settings_of(wanted.confdir)
    folder = wanted.confdir / config["proved_mutants"]
    proofs = all_proofs(wanted.sourcedir, config["myst_enable_extensions"])
    keys_of = results.Keys(
        config["proved_mutant_ways"],
        find_packages(config["proved_packages"], wanted.confdir),
        wanted.confdir / config["proved_lock"] if config["proved_lock"] else None,
        config["proved_mutant_packages"],
    )
    keys = {proof.claim: keys_of.of(proof) for proof in proofs}
    rows = {k: row for k, row in results.load(folder).items() if k in keys}
    todo = [
        proof
        for proof in in_turn(proofs)
        if (wanted.all or _waits(rows.get(proof.claim), keys[proof.claim], wanted.slow))
        and (wanted.only in proof.claim or wanted.only in proof.page)
    ]
    lines: dict[tuple[str, str], str] = {}
    if todo:
        for verdict in _judged(todo, config, wanted):
            now = {verdict.claim: results.row(verdict, keys[verdict.claim])}
            rows |= now
            if not wanted.forget:  # others may run, too
                results.save(folder, results.load(folder) | now)
            for line, name in verdict.survivors:
                lines[verdict.claim, name] = f"{verdict.page}.md:{line}"
    if not wanted.forget:
        rows = {k: row for k, row in results.load(folder).items() if k in keys}
        results.save(folder, rows)
    places = {proof.claim: f"{proof.page}.md" for proof in proofs}
    return _tell(rows, keys, folder, places, lines)


def in_turn(proofs: Iterable[Proof]) -> list[Proof]:
    """Put the first proofs of all pages first, then the second ones, and so on.

    Proofs of one page use the same values: the first to run makes those that are kept.
    """
    places: Counter[str] = Counter()
    found = []
    for number, proof in enumerate(proofs):
        found.append((places[proof.page], number, proof))
        places[proof.page] += 1
    return [proof for *_, proof in sorted(found, key=lambda each: each[:2])]


def _waits(row: Mapping[str, Any] | None, key: str, slow: bool) -> bool:
    """Whether a proof is to run: its result is stale, or it was too slow before."""
    stale = row is None or row["key"] != key
    return stale or (slow and row is not None and row.get("not_mutated") == TOO_SLOW)


def _judged(
    todo: list[Proof], config: Mapping[str, Any], wanted: argparse.Namespace
) -> Iterator[Verdict]:
    ways = list(config["proved_mutant_ways"])
    slow = [p for p, times in config["proved_slow_calls"].items() if times >= SLOW]
    workers: SimpleQueue[Worker] = SimpleQueue()
    everyone = []
    kept = tempfile.mkdtemp(prefix="mutants-kept-")
    slowest = SLOWER if wanted.slow else SLOWEST
    for _ in range(min(wanted.n, len(todo))):
        worker = Worker(
            config["proved_warm_modules"],
            ways,
            environment(config),
            str(Path.cwd()),
            kept,
        )
        workers.put(worker)
        everyone.append(worker)

    def one(proof: Proof) -> Verdict:
        worker = workers.get()
        try:
            return judge(proof, worker, ways, slow, slowest)
        finally:
            workers.put(worker)

    began = time.monotonic()
    with ThreadPoolExecutor(len(everyone)) as pool:
        jobs = [pool.submit(one, proof) for proof in todo]
        for count, job in enumerate(as_completed(jobs), 1):
            verdict = job.result()
            noticed = sum(verdict.noticed.values())
            of = noticed + len(verdict.survivors)
            what = verdict.why_not or f"{noticed} of {of} noticed"
            what += f", {verdict.cpu:.0f} CPU s" if verdict.cpu > LONG else ""
            took = time.monotonic() - began
            print(
                f"{count}/{len(todo)} {took:.0f} s  {verdict.page} {verdict.claim}: "
                f"{what}{' (whole page)' if verdict.whole else ''}",
                flush=True,
            )
            yield verdict
    for worker in everyone:
        worker.close()
    shutil.rmtree(kept, ignore_errors=True)


def _tell(
    rows: results.Rows,
    keys: Mapping[str, str],
    folder: Path,
    places: Mapping[str, str],
    lines: Mapping[tuple[str, str], str],
) -> int:
    rows = {claim: row for claim, row in rows.items() if row["key"] == keys[claim]}
    allowed = results.excuses(folder)
    found = results.score(rows, keys)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    print(
        f"{found.noticed} of {found.mutants} mutants of {found.claims} proofs were "
        f"noticed; {cpu:.0f} CPU seconds"
    )
    noticed: Counter[str] = Counter()
    lived: Counter[str] = Counter()
    for row in rows.values():
        noticed.update(row.get("noticed", {}))
        lived.update(name.split(":")[0] for name in row.get("survivors", []))
    for operator in sorted(noticed | lived):
        print(f"  {operator}: {noticed[operator]} noticed, {lived[operator]} survived")
    why = Counter(
        re.sub(":.*", "", row["not_mutated"])
        for row in rows.values()
        if "not_mutated" in row
    )
    for reason, count in why.items():
        print(f"  not mutated, {reason}: {count}")
    if len(rows) < len(keys):
        print(f"  not run since they changed: {len(keys) - len(rows)}")
    wrong = 0
    for claim, row in rows.items():
        if row.get("not_mutated", "").startswith("does not run"):
            print(f"{claim}: the proof {row['not_mutated']}")
            wrong += 1
    waits = results.waiting(folder)
    unexcused = results.unexcused(rows, allowed)
    for claim, name in unexcused:
        if (claim, name) in waits:
            continue
        place = lines.get((claim, name), places[claim])
        print(f"{place}: {claim} survives {name}")
        wrong += 1
    known = {c: why for c, why in allowed.items() if c in rows or c not in keys}
    for claim, name in results.needless(rows, known):
        print(f"{folder / results.SURVIVORS}: {claim} does not survive {name}")
        wrong += 1
    looked_into = {(c, name) for c, name in waits if c in rows or c not in keys}
    for claim, name in sorted(looked_into - set(unexcused)):
        print(f"{folder / results.WAITING}: {claim} waits no more for {name}")
        wrong += 1
    if waits:
        print(f"{len(waits)} survivors wait for somebody to look into them")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
