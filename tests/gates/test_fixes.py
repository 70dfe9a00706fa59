"""Good entries of the fixer are listed and linked; faulty ones are in test_faults."""

from pathlib import Path

import pytest

from .conftest import cell, claim, new_site
from .faults.entries import FIX, entry, folklore

ERROR = cell("int('x')", ':raises: "ValueError: invalid literal"\n')
WARNING = cell(
    "import warnings\nwarnings.warn('invalid literal for int() here')",
    ':warns: "UserWarning: invalid literal"\n',
)

pytestmark = pytest.mark.xdist_group("fixes")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Build a site with three entries and a sentence that is refuted."""
    site = new_site(tmp_path_factory.mktemp("fixes"))
    site.page(
        "index",
        "```{toctree}\nother\nwarned\nfolklore\n```\n\n```{error-list}\n```\n\n"
        + entry("invalid literal for `int()`", ERROR, FIX, label="error-of-int")
        + entry(
            "Two is odd",
            claim("two-is-even") + cell("n = int('2')\nassert n % 2 == 0"),
            FIX,
            label="trap-two",
        ),
    )
    site.page("other", ERROR + WARNING)
    site.page(
        "warned", entry("literal for `int()`", WARNING, FIX, label="warning-of-int")
    )
    site.page("folklore", folklore("two-is-no-odd-number"))
    site.make().passed()
    return site.root / "build/html"


def test_good_entries_are_listed(built: Path):
    index = (built / "index.html").read_text()
    other = (built / "other.html").read_text()
    assert 'href="#error-of-int"' in index
    assert 'class="also-shown">Also shown on: <a' in index
    assert 'href="index.html#error-of-int"' in other
    messages = (built / "_static/error-messages.js").read_text()
    assert '"invalid literal for int"' in messages
    assert "trap-two" not in messages


def test_a_warning_leads_to_the_entry_of_a_warning(built: Path):
    """Also where the longer heading of an error stands in it."""
    other = (built / "other.html").read_text()
    assert other.count('class="error-link"') == 2
    error, warning = other.split("This warning and its fix: ")
    assert "index.html#error-of-int" in error and "index.html#error-" not in warning
    assert "warned.html#warning-of-int" in warning


def test_folklore_names_the_claim_that_decides_it(built: Path):
    page = (built / "folklore.html").read_text()
    assert page.count('href="#claim-two-is-no-odd-number"') >= 2
