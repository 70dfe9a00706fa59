"""Parts of the front end are locked; without network they are left out in one line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder with what the installation needs."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "tools").mkdir()
    for name in ("__init__.py", "frontend.py"):
        shutil.copy(ROOT / "tools" / name, tmp_path / "tools")
    return tmp_path


def install(folder: Path, **environment: str) -> tuple[int, list[str]]:
    """Install where no registry answers and nothing was kept."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.frontend"],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={
            **{name: os.environ[name] for name in ("PATH", "HOME")},
            "npm_config_registry": "http://127.0.0.1:9/",
            "npm_config_cache": str(folder / "cache"),
            **environment,
        },
    )
    return done.returncode, done.stdout.splitlines()


def test_no_registry_leaves_out_what_needs_it(copy):
    status, lines = install(copy)
    assert status == 0
    assert len(lines) == 1
    assert "no registry of npm, so `make lint` cannot check scripts" in lines[0]
    assert not (copy / "node_modules/.installed-from").exists()


def test_no_registry_fails_in_ci(copy):
    status, lines = install(copy, CI="true")
    assert status != 0
    assert len(lines) == 1
    assert "npm did not reach its registry" in lines[0]


def test_broken_lock_fails_everywhere(copy):
    """What is wrong with the lock itself is not put down to the network."""
    (copy / "package-lock.json").write_text("<<<<<<<")
    status, lines = install(copy)
    assert status != 0
    assert len(lines) == 1
    assert "npm failed, so package-lock.json is not installed" in lines[0]


def test_lock_names_no_host_and_pins_everything():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    direct = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    packages = {name: part for name, part in lock["packages"].items() if name}
    assert len(packages) > 50
    for name, part in packages.items():
        assert "resolved" not in part, name
        assert part["integrity"].startswith("sha512-"), name
    for name, version in direct.items():
        assert packages[f"node_modules/{name}"]["version"] == version
