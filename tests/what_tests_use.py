"""What the tests of whole folders and modules depend on, where that is known.

Such a test need not run again before one of these changes; see ``passed_before.py``.
Tests that look at the whole site, or at files that any page may change, are not here.
"""

from pathlib import Path

import pytest

from tools.throwaway import PARTS

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.txt", "package-lock.json")

# Small sites are built from the machinery alone, and pages of their own.
MACHINERY = (*(part for part in PARTS if part != "examples"), "src", "tools", *LOCKS)
MUTANTS = "tests/mutants/__init__.py"
USED = {
    "tests/gates": (*MACHINERY, "tests/gates"),
    # Rules and verdicts, in Python and in JavaScript, on made networks and examples.
    "tests/which_api": ("src", "tools", "examples", *LOCKS, "tests/which_api"),
    "tests/mutants/test_keeping.py": ("src", MUTANTS, *LOCKS),
    "tests/mutants/test_mutants.py": ("src", MUTANTS, *LOCKS),
    "tests/mutants/test_mutants_of_a_site.py": (
        *MACHINERY,
        MUTANTS,
    ),
    "tests/hunts/test_hunting.py": ("src", "examples", *LOCKS, "tests/hunts"),
    "tests/test_numpy_site.py": ("src", "tools", *LOCKS, "tests/numpy_site"),
    "tests/test_upstream_defects.py": ("UPSTREAM_DEFECTS.md", *LOCKS),
    "tests/test_snippet.py": ("src", "examples", *LOCKS),
}
# All that makes a page look and act as it does, but for its own text.
STYLES = [
    ROOT / where
    for where in (
        "docs/_static",
        "docs/_templates",
        "src/keras_site/static",
        "src/keras_site/templates",
        "src/proved_pages/static",
        "src/proved_pages/templates",
        "conf.py",
        *LOCKS,
        "tests/browser/barriers.py",
        "tests/browser/conftest.py",
    )
]


def mark(item: pytest.Item) -> None:
    """Mark a test with what its folder or its module uses, unless it says so itself."""
    where = item.path.relative_to(ROOT)
    for place in (where, *where.parents):
        used = USED.get(place.as_posix())
        if used and item.get_closest_marker("kept") is None:
            inputs = [ROOT / part for part in used]
            item.add_marker(pytest.mark.kept(on=lambda inputs=inputs, **_: inputs))


def article(name: str) -> str:
    """Return the article of a built page; all of a page that has none."""
    path = ROOT / "build/html" / name
    html = path.read_text(encoding="utf-8") if path.exists() else ""
    return html.partition("<article")[2].partition("</article>")[0] or html


def looks_at(*names: str) -> pytest.MarkDecorator:
    """Mark the tests of a module that looks at the articles of these pages only."""
    return pytest.mark.kept(on=lambda **_: [*map(article, names), *STYLES])
