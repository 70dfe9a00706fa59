"""The proofs of this site notice what breaks them, or it is said why not."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT


def mutate(*options: str) -> None:
    words = [sys.executable, "-m", "proved_pages.mutate", ".", "docs", "--forget"]
    done = subprocess.run(
        [*words, *options],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout[-3000:] + "\nrun `make mutate`"


def test_what_changed():
    mutate()


@pytest.mark.weekly
def test_everything():
    mutate("--all")
