"""Every published file is this site's own, or of a project on its license page."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

from keras_site.licenses import OWN_TEXT, PROJECTS, Project
from tests.conftest import ROOT

OWN_FOLDERS = (
    "docs/_static",
    "src/keras_site/static",
    "src/proved_pages/static",
)
# What our own code writes; src/proved_pages/publish/constants.py, and gallery.py and
# licenses.py of src/keras_site.
WRITTEN = (
    "error-messages.js",
    "licenses/*.txt",
    "pages.js",
    "recipes/*.svg",
    "search-index.js",
    "which-api/rules-data.js",
)


def owners(name: str) -> list[str]:
    """Return whose a file below ``_static`` is."""
    found = [
        project.distribution
        for project in PROJECTS
        if any(fnmatch(name, pattern) for pattern in project.files)
    ]
    ours = any((ROOT / folder / name).is_file() for folder in OWN_FOLDERS)
    if ours or any(fnmatch(name, pattern) for pattern in WRITTEN):
        found.append("this site")
    return found


def published(site: Path) -> list[str]:
    static = site / "_static"
    files = (path for path in static.rglob("*") if path.is_file())
    return sorted(path.relative_to(static).as_posix() for path in files)


def test_every_published_file_has_one_owner(site):
    wrong = {name: owners(name) for name in published(site) if len(owners(name)) != 1}
    assert wrong == {}


def test_file_of_nobody_is_found():
    assert owners("pagefind.js") == []


def test_every_pattern_stands_for_a_file(site):
    names = published(site)
    patterns = [pattern for project in PROJECTS for pattern in project.files]
    assert [p for p in patterns if not any(fnmatch(name, p) for name in names)] == []


@pytest.mark.parametrize("project", PROJECTS, ids=lambda each: each.distribution)
def test_page_names_the_license_and_links_its_text(site, project: Project):
    page = (site / "reference/licenses.html").read_text(encoding="utf-8")
    assert f"{project.about['Name']} {project.about['Version']}" in page
    assert f'href="../{project.text_file}">{project.license}<' in page
    text = (site / project.text_file).read_text(encoding="utf-8")
    assert "Copyright" in text
    assert project.license.split("-")[0] in ("MIT", "BSD")
    words = {"MIT": "Permission is hereby granted", "BSD": "Redistribution and use"}
    assert words[project.license.split("-")[0]] in text
    for part in project.parts:
        assert part.notice in (site / part.file).read_text(encoding="utf-8"), part.name
        assert f'href="{part.url}"' in page


def test_own_license_is_published(site):
    assert (site / OWN_TEXT).read_text() == (ROOT / "LICENSE").read_text()
