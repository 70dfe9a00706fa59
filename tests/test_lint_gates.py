"""`make lint` refuses a script with an unknown name, a wrong type, a wrong key."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tools import frontend, scripts

needs_npm = pytest.mark.skipif(
    not frontend.is_ready() and os.environ.get("CI") != "true",
    reason="no registry of npm when the environment was made",
)


def run(command: list[str], **options: str) -> tuple[int, str]:
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )
    return done.returncode, done.stdout


def eslint(source: str) -> tuple[int, str]:
    name = "src/proved_pages/static/new.js"
    words = [scripts.ESLINT, "--stdin", "--stdin-filename", name]
    return run(frontend.command("node", *words), input=source)


@needs_npm
@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("document.title = searchIndxe;", "no-undef"),
        ("let title = 1; document.title = String(title);", "prefer-const"),
        ("setTimeout('x()', 1);", "no-implied-eval"),
        ("const left = 1;", "no-unused-vars"),
        ("import './other.js';", "Parsing error"),  # pages load classic scripts
    ],
)
def test_script_is_refused(source, rule):
    status, said = eslint(source)
    assert status == 1
    assert rule in said


@needs_npm
def test_script_that_says_what_it_uses():
    status, said = eslint("/* global PAGES */\ndocument.title = PAGES[0][1];\n")
    assert status == 0, said


@needs_npm
@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "const list = document.getElementById('x');\nlist.remove();",
            "possibly 'null'",
        ),
        ("PAGES.push(1);", "not assignable"),
        ("const twice = (word) => word + word;", "implicitly has an 'any' type"),
    ],
)
def test_type_is_refused(tmp_path: Path, source, said):
    shutil.copy(ROOT / "tsconfig.json", tmp_path)
    package = tmp_path / "src/proved_pages"
    (package / "static").mkdir(parents=True)
    shutil.copy(ROOT / "src/proved_pages/globals.d.ts", package)
    (package / "static/new.js").write_text(source)
    words = [scripts.TYPESCRIPT, "--project", str(tmp_path)]
    status, text = run(frontend.command("node", *words))
    assert status != 0
    assert "new.js" in text
    assert said in text


@pytest.mark.parametrize(
    ("schema", "name", "right", "wrong"),
    [
        ("github-workflows", ".github/workflows/site.yml", "runs-on:", "run-on:"),
        (
            "github-workflows",
            ".github/workflows/site.yml",
            "contents: read",
            "all: read",
        ),
        ("dependabot", ".github/dependabot.yml", "schedule:", "schedules:"),
        ("readthedocs", ".readthedocs.yaml", "commands:", "command:"),
    ],
)
def test_wrong_key_is_refused(tmp_path: Path, schema, name, right, wrong):
    command = [str(Path(sys.executable).with_name("check-jsonschema"))]
    command += ["--builtin-schema", f"vendor.{schema}"]
    text = (ROOT / name).read_text()
    assert right in text
    copy = tmp_path / Path(name).name
    copy.write_text(text)
    assert run([*command, str(copy)])[0] == 0
    copy.write_text(text.replace(right, wrong))
    status, said = run([*command, str(copy)])
    assert status == 1
    assert "validation errors" in said
    assert wrong.split(":")[0] in said or right.split(":")[0] in said


@pytest.mark.parametrize(
    "words",
    [
        "-m ruff check",
        "-m ruff format --quiet --check",
        "-m mypy",
        "lint-imports",
        "doccmd --language python --no-write-to-file",
        "-m tools.scripts",
        "vendor.github-workflows .github/workflows/*.yml",
        "vendor.dependabot .github/dependabot.yml",
    ],
)
def test_make_lint_runs_it(words):
    """A check that nobody starts refuses nothing."""
    status, said = run(["make", "--dry-run", "lint"])
    assert status == 0
    assert words in said


@needs_npm
def test_scripts_fail_when_a_tool_does(monkeypatch, capfd):
    monkeypatch.setattr(scripts, "TYPESCRIPT", "no-such-tool.js")
    assert scripts.main() != 0
