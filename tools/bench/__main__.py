"""Measure what the site says about speed, print it, and keep it for the site.

    make bench              everything
    make bench PARTS=pages  only the weight and the scores of the built pages

Writes docs/reference/bench.json, which docs/reference/bench.md shows, with the
versions and the machine. Of times nothing but ratios is kept: seconds of one machine
say little about another one.
"""

import json
import os
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import distributions as find_distributions
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from conf import kernel_environment
from tools.bench.ratios import Ratio

ROOT = Path(__file__).parents[2]
RESULT = ROOT / "docs" / "reference" / "bench.json"
os.environ.update(kernel_environment)  # as in the site's own cells

PARTS = ("speed", "pages", "builds")


def machine() -> str:
    """Say what was measured on, without names of hosts or people."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"


def measure_speed() -> dict[str, object]:
    """Run every comparison and print it as it comes."""
    # TensorFlow, which takes its time.
    from tools.bench import decisions, speed, verdicts

    return {
        "machine": machine(),
        "python": platform.python_version(),
        "keras": version("keras"),
        "tables": printed(
            chain(speed.measure(), decisions.measure(), verdicts.measure())
        ),
    }


def printed(found: Iterable[tuple[str, str, list[Ratio]]]) -> list[dict[str, object]]:
    """Print each comparison as it comes; return them as the site shows them."""
    tables: list[dict[str, object]] = []
    for heading, base, ratios in found:
        print(f"\n{heading}\n  1.00 = {base}")
        for r in ratios:
            rounds = "once" if r.low is None else f"{r.low:.4f} to {r.high:.4f}"
            print(f"  {r.name:32} {r.middle:7.2f}   ({rounds})")
        sys.stdout.flush()
        rows = [[r.name, *map(kept, (r.middle, r.low, r.high))] for r in ratios]
        tables.append({"heading": heading, "base": base, "rows": rows})
    return tables


def kept(value: float | None) -> float | None:
    """Round a ratio: two places, or four if it is small; None stays None."""
    return None if value is None else round(value, 2 if value >= 0.1 else 4)


def measure_builds() -> dict[str, object]:
    """Compare builds of this site with the limit, and with those of other tools."""
    from tools.bench import builds

    used = {"Sphinx": "sphinx", "MyST-NB": "myst-nb", "TensorFlow": "tensorflow"}
    if not installed("tensorflow"):
        used["TensorFlow"] = "tensorflow-cpu"
    on = ", ".join(f"{name} {version(package)}" for name, package in used.items())
    where = f"{machine()}; Python {platform.python_version()}, {on}"
    plot: list[builds.Point] = []
    tables = printed(builds.measure(plot))
    return {"builds": {"where": where, "tables": tables, "plot": plot}}


def installed(name: str) -> bool:
    """Whether a distribution is installed."""
    return any(find_distributions(name=name))


def measure_pages() -> dict[str, object]:
    """Weigh and score a page of each type."""
    from tools.bench import pages

    print("\nPages, compressed, and their scores (mobile, desktop)")
    return {"pages": pages.measure()}


def main() -> None:
    """Measure the parts that are asked for, keep the others, and write the file."""
    parts = sys.argv[1:] or PARTS
    if unknown := set(parts) - set(PARTS):
        raise SystemExit(f"there is no part {sorted(unknown)}; there are {PARTS}")
    found = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    if "speed" in parts:
        found |= measure_speed()
    if "pages" in parts:
        found |= measure_pages()
    if "builds" in parts:
        found |= measure_builds()
    RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten to {RESULT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
