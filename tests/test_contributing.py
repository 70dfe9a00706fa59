"""The instructions for people name only what exists, and CI does what they say."""

import re
import subprocess

import pytest

from tests.conftest import ROOT

TEXTS = [
    "README.md",
    "CONTRIBUTING.md",
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


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_named_files_exist(name):
    text = (ROOT / name).read_text()
    for path in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (ROOT / path).exists(), path
    folders = "docs|examples|tests|tools|src|\\.ci"
    for path in re.findall(rf"`((?:{folders})/[\w./-]*)`", text):
        if "NAME" in path:
            continue  # stands for any name
        assert (ROOT / path).exists(), path
