"""The instructions for people name only what exists, and CI does what they say."""

import re
import subprocess

import pytest

from tests.conftest import ROOT

GUIDES = [
    "README.md",
    "CONTRIBUTING.md",
    "examples/README.md",
    "src/README.md",
    "src/keras_site/README.md",
    "src/proved_pages/README.md",
    "tests/README.md",
    "tools/README.md",
]
ONE_SCREEN = 50  # lines
TEXTS = [
    *(name for name in GUIDES if name != "src/proved_pages/README.md"),
    ".ci/run",
    ".github/workflows/site.yml",
    ".github/workflows/weekly.yml",
    ".readthedocs.yaml",
]


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text()
    return set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("name", TEXTS)
def test_named_targets_exist(name):
    named = set(re.findall(r"\bmake ([a-z]+)\b", (ROOT / name).read_text()))
    assert named, f"{name} names no make target"
    assert named <= targets()


def test_every_target_is_phony_and_listed_in_help():
    makefile = (ROOT / "Makefile").read_text()
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    assert targets() == phony
    done = subprocess.run(
        ["make", "help"], cwd=ROOT, text=True, capture_output=True, check=True
    )
    listed = set(re.findall(r"^make (\w+)", done.stdout, re.MULTILINE))
    assert listed == targets() - {"help", "setup"}


def test_bare_make_shows_help():
    done = subprocess.run(
        ["make"], cwd=ROOT, text=True, capture_output=True, check=True
    )
    assert "make html" in done.stdout


def test_what_everybody_reads_is_one_screen():
    assert len((ROOT / "CONTRIBUTING.md").read_text().splitlines()) <= ONE_SCREEN


@pytest.mark.parametrize("name", GUIDES)
def test_named_files_exist(name):
    text = (ROOT / name).read_text()
    for path in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (ROOT / name).parent.joinpath(path).exists(), path
    folders = "docs|examples|tests|tools|src|\\.ci"
    for path in re.findall(rf"`((?:{folders})/[\w./-]*)`", text):
        if "NAME" in path:
            continue  # stands for any name
        assert (ROOT / path).exists(), path
