"""``make hunt``: run the properties of claims, and keep what they held for.

``python -m tools.hunts stale`` runs those whose result is stale, ``all`` all of them,
and any other word those whose claim has it in its id. What held goes into
``tests/hunts/results.json``, whatever the others did.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from proved_pages.prove.hunts import RESULTS, read_hunts

ROOT = Path(__file__).resolve().parents[1]
HELD = ROOT / "build" / "hunts"
KEPT = ROOT / "tests" / "hunts" / RESULTS
WAITING = KEPT.with_name("waiting.txt")


def merge(kept: dict[str, object], held: Path, ids: set[str]) -> dict[str, object]:
    """Return the results of the claims `ids`: those in the folder `held` are newer."""
    found = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in held.glob("*.json")
    }
    merged = kept | found
    return {claim: merged[claim] for claim in sorted(merged) if claim in ids}


def main() -> int:
    """Hunt; return pytest's exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="?", default="stale")
    parser.add_argument("-n", dest="workers", default="2")
    options = parser.parse_args()
    for path in HELD.glob("*.json"):
        path.unlink()
    where = "tests/hunts/test_properties.py"
    command = [sys.executable, "-m", "pytest", where, f"--hunt={options.which}"]
    command += [
        "-n",
        options.workers,
        "--dist",
        "worksteal",
        "-q",
        "--tb=short",
        "--durations=40",
    ]
    done = subprocess.run(command, cwd=ROOT, check=False)
    # pytest says 5 where nothing is stale.
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    merged = merge(kept, HELD, _ids())
    # What held no longer waits.
    waiting = [name for name in WAITING.read_text().split() if name not in merged]
    WAITING.write_text("".join(f"{name}\n" for name in waiting), encoding="utf-8")
    text = json.dumps(merged, indent=1, sort_keys=True)
    KEPT.write_text(text + "\n", encoding="utf-8")
    return 0 if done.returncode == 5 else done.returncode


def _ids() -> set[str]:
    """Return the claims that have a property."""
    return set(read_hunts(KEPT.parent, ROOT / "requirements.txt", ()).properties)


if __name__ == "__main__":
    sys.exit(main())
