"""Run all claims on other releases and backends, and keep what was found.

    make versions                 the rows and claims that are stale
    make versions ONLY=keras-3.9  one row
    python -m tools.versions lock NAME   compile the lock of a row

Each row has an environment of its own, one at a time, in build/versions.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from keras_site.versions import release_rows as rows
from keras_site.versions import row_results as results
from keras_site.versions import row_runner
from keras_site.versions.row_plan import Page, pages_of, plan_of
from keras_site.versions.row_verdicts import WORDS, verdict
from proved_pages.mutate.__main__ import settings_of
from proved_pages.settings import find_packages

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "docs/reference/versions.json"
BUILD = ROOT / "build/versions"
RUNNER = Path(row_runner.__file__)


def compile_lock(row: rows.Row) -> None:
    """Write the lock of a row, of what was released by its day, with hashes.

    Raises CalledProcessError where its packages do not fit together, or the index
    cannot be reached.
    """
    rows.LOCKS.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "-"]
    command += ["--generate-hashes", "--no-header", "--no-annotate"]
    command += ["--python-version", row.python, "--exclude-newer", f"{row.until}"]
    command += ["--python-platform", "x86_64-manylinux_2_28"]
    command += ["--output-file", str(row.lock)]
    text = "\n".join(row.requires)
    subprocess.run(
        command, input=text, text=True, check=True, stdout=subprocess.DEVNULL
    )


def install(row: rows.Row, folder: Path) -> Path:
    """Make the environment of a row in `folder`, and return its Python.

    Raises CalledProcessError where it cannot be installed.
    """
    uv = [sys.executable, "-m", "uv"]
    subprocess.run(
        [*uv, "venv", "--quiet", "--clear", "--python", row.python, str(folder)],
        check=True,
    )
    python = folder / "bin/python"
    sync = ["pip", "sync", "--quiet", "--require-hashes", "--only-binary", ":all:"]
    subprocess.run([*uv, *sync, "--python", str(python), str(row.lock)], check=True)
    return python


def run_row(
    row: rows.Row, pages: list[Page], keep: bool = False
) -> tuple[dict[str, str], dict[str, dict[int, Any]]]:
    """Run pages in the environment of a row.

    Returns its versions, and for each page by the number of the cell what it did.
    Raises CalledProcessError where the row cannot be installed or run.
    """
    folder = BUILD / "environment"
    started = time.monotonic()
    print(f"{row.name}: installing", flush=True)
    python = install(row, folder)
    print(f"{row.name}: {len(pages)} pages", flush=True)
    plan, told, out = (BUILD / name for name in ("plan.json", "row.json", "out.jsonl"))
    plan.write_text(json.dumps({"pages": [plan_of(page) for page in pages]}))
    path = [str(ROOT), str(ROOT / "src")]
    told.write_text(
        json.dumps({"keras": row.keras, "backend": row.backend, "path": path})
    )
    command = [str(python), str(RUNNER), str(plan), str(told), str(out)]
    alone = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}  # our packages stay clean
    subprocess.run(command, env=alone, check=True)
    versions: dict[str, str] = {}
    did: dict[str, dict[int, Any]] = {}
    for line in out.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        versions = entry.get("versions", versions)
        if "cell" in entry:
            did.setdefault(entry["page"], {})[entry["cell"]] = entry
        elif "died" in entry:
            print(f"{row.name}: {entry['page']} died: {entry['died'][-300:]}")
        elif "cpu" in entry:
            print(f"{row.name}: {entry['cpu']} CPU seconds")
    if not keep:
        shutil.rmtree(folder)
    print(f"{row.name}: {time.monotonic() - started:.0f} s", flush=True)
    return versions, did


def main() -> int:
    """Run what was asked for; return an exit status."""
    asked = _asked()
    known = {row.name: row for row in rows.all_rows()}
    unknown = set(asked.names) - set(known)
    if unknown:
        sys.exit(f"no row {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    chosen = [known[name] for name in asked.names] or list(known.values())
    if asked.action == "lock":
        for row in chosen:
            compile_lock(row)
        return 0
    config = settings_of(ROOT)
    packages = find_packages(config["proved_packages"], ROOT)
    pages = list(pages_of(ROOT / "docs", config["myst_enable_extensions"]))
    targets = {page.name: list(results.targets_of(page, packages)) for page in pages}
    kept = results.load(RESULT)
    BUILD.mkdir(parents=True, exist_ok=True)
    for row in chosen:
        stale = [
            page
            for page in pages
            if asked.pages in page.name
            and any(asked.all or not kept.fresh(row, t) for t in targets[page.name])
        ]
        if not stale:
            print(f"{row.name}: nothing is stale")
            continue
        versions, did = run_row(row, stale, asked.keep)
        for page in stale:
            for target in targets[page.name]:
                ran = did.get(page.name, {}).get(target.cell)
                found = verdict(target.raises, ran, target.warns)
                kept.add(row, versions, target, found)
        names = [target.name for each in targets.values() for target in each]
        results.save(RESULT, kept, known, names)
        print(f"{row.name}: {_count(kept, row)}")
    return 0


def _count(kept: results.Results, row: rows.Row) -> str:
    """Return how many targets have which letter."""
    letters = Counter(found.letter for found in kept.found[row.name].values())
    return ", ".join(
        f"{number} {WORDS[each]}" for each, number in letters.most_common()
    )


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", nargs="?", default="run", choices=["run", "lock"])
    parser.add_argument("names", nargs="*", help="rows; all of them if none is named")
    parser.add_argument("--all", action="store_true", help="also what is not stale")
    parser.add_argument(
        "--pages", default="", help="only pages with this in their name"
    )
    parser.add_argument("--keep", action="store_true", help="keep the environment")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
