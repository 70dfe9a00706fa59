"""``make keep``: keep which tests passed, so that they run when they are stale.

It takes ``build/passed.json``, which the tests write, into ``tests/passed.json``, less
what names a test that is no longer there; ``tests/passed_before.py`` says how both are
used.
"""

import json
import subprocess
import sys

from tools.throwaway import ROOT

NEW, KEPT = ROOT / "build" / "passed.json", ROOT / "tests" / "passed.json"


def collected() -> set[str]:
    """Return the names of all tests, without xdist's groups."""
    command = [sys.executable, "-m", "pytest", "tests", "--collect-only", "-q"]
    command += ["--weekly", "-n0", "--dist=no"]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True)
    return {line.strip() for line in done.stdout.splitlines() if "::" in line}


Keys = dict[str, str]


def merged(kept: Keys, new: Keys, there: set[str]) -> Keys:
    """Return the keys of the tests that are `there`, the new ones before the old."""
    return {name: key for name, key in sorted((kept | new).items()) if name in there}


def main() -> int:
    """Merge the two files; return the exit status."""
    if not NEW.exists():
        print(f"{NEW.relative_to(ROOT)} is not there: run `make test` first")
        return 1
    kept: Keys = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    new: Keys = json.loads(NEW.read_text(encoding="utf-8"))
    now = merged(kept, new, collected())
    text = json.dumps(now, indent=1, ensure_ascii=False)
    KEPT.write_text(text + "\n", encoding="utf-8")
    changed = sum(kept.get(name) != key for name, key in now.items())
    print(f"{len(now)} tests are kept, {changed} of them new or changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
