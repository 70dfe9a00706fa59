"""`proved_pages` serves any site: one of ten lines, on NumPy, without TensorFlow."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# Python imports it when it starts: in the build, in the warm parent, in each kernel.
NEITHER = """\
import sys

for name in ("tensorflow", "keras", "keras_site", "which_api", "examples"):
    sys.modules[name] = None  # an import of it fails
"""


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    """Return a copy of the site in a place where nothing knows of this one."""
    folder = tmp_path / "numbers"
    shutil.copytree(Path(__file__).parent / "numpy_site", folder)
    (folder / "sitecustomize.py").write_text(NEITHER)
    return folder


def build(folder: Path, monkeypatch) -> tuple[int, str]:
    """Build it with plain Sphinx."""
    words = ["sphinx", "build", "-q", "-W", ".", "out/html"]
    return run(folder, monkeypatch, *words)


def run(folder: Path, monkeypatch, *words: str) -> tuple[int, str]:
    """Run a module of Python in the site's folder."""
    monkeypatch.setenv("PYTHONPATH", str(folder))
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout


def test_three_claims_are_proved(numbers, monkeypatch):
    status, output = build(numbers, monkeypatch)
    assert status == 0, output
    found = json.loads((numbers / "out/html/claims.json").read_text(encoding="utf-8"))
    assert [claim["id"] for claim in found] == [
        "a-sum-drops-the-axis",
        "a-slice-is-a-view",
        "shapes-must-fit",
    ]
    assert all(claim["numpy"] for claim in found)
    page = (numbers / "out/html/index.html").read_text(encoding="utf-8")
    assert page.count("Checked claim") == 3
    assert "3 claims on 1 page, checked on NumPy" in page
    assert "ValueError: operands could not be broadcast" in page


def test_a_false_claim_fails_and_this_site_is_out_of_reach(numbers, monkeypatch):
    """The packages that must not be there can really not be imported."""
    page = numbers / "index.md"
    text = page.read_text(encoding="utf-8")
    assert "shape == (3,)" in text
    page.write_text(text.replace("shape == (3,)", "shape == (2,)"), encoding="utf-8")
    imports = text.replace("import numpy as np", "import numpy as np, keras")
    assert "keras" in imports
    (numbers / "imports.md").write_text(imports, encoding="utf-8")
    status, output = build(numbers, monkeypatch)
    assert status != 0
    assert "claim `a-sum-drops-the-axis` does not hold" in output
    fence = text[: text.index("assert numbers.sum")].count("\n")
    assert f"index.md:{fence}: " in output
    assert re.search(r"^imports\.md:\d+: .* raised ModuleNotFoundError", output, re.M)
    assert "keras" in output


def test_a_page_that_cannot_be_read_is_told_once(numbers, monkeypatch):
    """The command that only runs cells tells it, too."""
    page = numbers / "index.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(f"{text}\n```{{code-cell}} python\n:tags: [a\n1\n```\n")
    stage = ["proved_pages.execute", ".", ".", "out/executed"]
    for words in (stage, ["sphinx", "build", "-q", "-W", ".", "out/html"]):
        status, output = run(numbers, monkeypatch, *words)
        assert status != 0
        assert output.count("index.md:1: the page cannot be read") == 1, output
