"""Setting up says in one line what is wrong: an old Python, no network, an old lock."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder with what `make setup` needs."""
    for name in ("Makefile", "requirements.in", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    return tmp_path


def make(folder: Path, *words: str, **environment: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        ["make", *words],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
    )
    assert "Traceback" not in done.stdout
    return done.returncode, done.stdout.splitlines()


def pretend(folder: Path, version: str) -> Path:
    """Write a stand-in for a Python of another version."""
    path = folder / "other-python"
    code = (
        "import os, runpy, sys; "
        f"sys.version_info = ({version.replace('.', ', ')}, 0, 'final', 0); "
        "sys.argv = sys.argv[1:]; sys.path[0] = os.path.dirname(sys.argv[0]); "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}" "$@"\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("version", ["3.6", "3.10", "3.14"])
def test_unsuitable_python(copy, version):
    """With no other Python on the PATH, one line says what is needed."""
    python = pretend(copy, version)
    tools = copy / "bin"
    tools.mkdir()
    for tool in ("make", "sh", "env"):
        (tools / tool).symlink_to(shutil.which(tool))
    status, lines = make(copy, "setup", f"PYTHON={python}", PATH=str(tools))
    assert status != 0
    assert f"needs Python 3.11 to 3.13, and python3 is {version}" in lines[0]
    assert "make PYTHON=" in lines[0]
    assert len(lines) == 2  # the second is make's own


def test_set_up_script_can_be_read_by_an_old_python():
    source = (ROOT / "tools/environment.py").read_text()
    ast.parse(source, feature_version=(3, 7))


def test_no_network(copy):
    status, lines = make(
        copy,
        "setup",
        f"PYTHON={sys.executable}",
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_EXTRA_INDEX_URL="",
        PIP_FIND_LINKS="",
        PIP_RETRIES="0",
        PIP_NO_CACHE_DIR="1",
    )
    assert status != 0
    assert any("no network?" in line for line in lines)
    assert not (copy / ".venv/installed-lock.txt").exists()


def test_lock_names_no_host_and_pins_everything():
    lock = (ROOT / "requirements.txt").read_text()
    assert "://" not in lock
    packages = [line for line in lock.splitlines() if line[:1].isalnum()]
    assert len(packages) > 100
    assert all("==" in line for line in packages)
    assert lock.count("--hash=sha256:") > len(packages)


def test_every_requirement_has_its_reason():
    for line in (ROOT / "requirements.in").read_text().splitlines():
        if line and not line.startswith("#"):
            assert " # " in line, line
