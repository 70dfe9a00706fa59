"""What the tests of the downloads share."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGES = sorted(
    path.relative_to(ROOT / "docs").with_suffix("").as_posix()
    for path in (ROOT / "docs").rglob("*.md")
    if re.search(r"^```\{code-cell\}", path.read_text(), re.MULTILINE)
)


@pytest.fixture(scope="session")
def folder(site: Path) -> Path:
    """Return the folder of the downloads."""
    return site / "_notebooks"
