"""The extension's README lists what it offers: no more, no less."""

import re

from proved_pages.settings import SETTINGS
from tests.conftest import ROOT

FOLDER = ROOT / "src/proved_pages"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
PIPELINE = (FOLDER / "pipeline.py").read_text(encoding="utf-8")


def rows(heading: str) -> set[str]:
    """Return what stands in backticks in the first column below a heading."""
    part = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    first = re.findall(r"^\| (.*?) \|", part, re.MULTILINE)
    return {name for cell in first for name in re.findall(r"`+ ?(.*?) ?`+", cell)}


def test_every_setting_is_explained_with_its_default():
    assert rows("Settings") == {name for name, *_ in SETTINGS}
    for name, default, *_ in SETTINGS:
        if not name.startswith("colab"):
            shown = repr(default).replace("'", '"')
            assert f"| `{name}` | `{shown}` |" in README


def test_every_directive_and_role_is_explained():
    names = re.findall(r'add_directive\("([\w-]+)"', PIPELINE)
    names += re.findall(r'add_role\("([\w-]+)"', PIPELINE)
    assert len(names) >= 5
    for name in names:
        assert f"{{{name}}}" in README


def test_published_files_are_there(site):
    for name in rows("What is published beside the pages"):
        if "PAGE" not in name and "." in name and name not in (".py", "sitemap.xml"):
            assert (site / name).is_file(), name


def test_every_folder_has_its_job():
    folders = {f"{path.parent.name}/" for path in FOLDER.glob("*/__init__.py")}
    assert rows("What happens when") == folders
