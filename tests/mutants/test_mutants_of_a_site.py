"""A whole small site on NumPy: its proofs are broken, and its ledger says so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from proved_pages.mutate import results
from tests.conftest import ROOT

pytestmark = pytest.mark.filterwarnings("ignore")


def run(folder: Path, *words: str) -> tuple[int, str]:
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    folder = tmp_path / "numbers"
    shutil.copytree(ROOT / "tests/numpy_site", folder)
    with (folder / "conf.py").open("a") as conf:
        conf.write('proved_mutants = "mutants"\n')
    with (folder / "index.md").open("a") as page:
        page.write(
            "\n```{claim} a-sorted-array-ends-with-the-largest\n"
            "The last number of a sorted array is the largest.\n```\n"
            "\n```{code-cell} python\nnumbers = np.array([1, 2, 3])\nnumbers.sort()\n"
            "assert numbers[-1] == numbers.max()\n```\n\n```{claim-ledger}\n```\n"
        )
    return folder


def test_the_ledger_says_how_many_mutants_were_noticed(numbers):
    status, said = run(numbers, "proved_pages.mutate", ".", ".", "-n", "1")
    claim, mutant = "a-sorted-array-ends-with-the-largest", "drop: numbers.sort()"
    assert status == 1, said
    assert f"{claim} survives {mutant}" in said  # the numbers were sorted before
    reason = f'[{claim}]\n"{mutant}" = "they are sorted already"\n'
    (numbers / "mutants" / results.SURVIVORS).write_text(reason)
    status, said = run(numbers, "proved_pages.mutate", ".", ".")
    assert status == 0, said
    assert "1/" not in said  # nothing is stale

    status, said = run(numbers, "sphinx", "build", "-q", "-W", ".", "out/html")
    assert status == 0, said
    rows = results.load(numbers / "mutants")
    noticed = sum(sum(row["noticed"].values()) for row in rows.values())
    page = (numbers / "out/html/index.html").read_text(encoding="utf-8")
    words = "of these mutants were noticed"
    assert f"{noticed} of {noticed + 1} {words}" in page

    index = numbers / "index.md"
    index.write_text(index.read_text().replace("np.array([1, 2, 3])", "np.arange(9)"))
    status, said = run(numbers, "sphinx", "build", "-q", "-W", ".", "out/html")
    assert status == 0, said
    page = (numbers / "out/html/index.html").read_text(encoding="utf-8")
    assert f"{noticed + 1} {words}" not in page  # a stale result counts for nothing
