"""Each fault of a page fails the build, which names the file, the line and the cure."""

import pytest

from keras_site.versions import shown_versions
from tools.throwaway import Build, cell, new_site

from .faults import PROBLEM, WARNING, Entry, Fault, cells, claims, entries, pages, told
from .faults import write as write_pages
from .test_downloads import PROGRAM

PROBLEMS = cells.FAULTS | claims.FAULTS | entries.FAULTS | pages.FAULTS
WARNINGS = cells.WARNINGS | claims.WARNINGS | entries.WARNINGS | pages.WARNINGS
WHY = '\n[gone]\n"keras-2.15" = "something"\n'
NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
GOOD = {"good": cell("print(6 * 7)"), **claims.GOOD}

pytestmark = pytest.mark.xdist_group("faults")  # each site is built once


@pytest.fixture(scope="module")
def problems(tmp_path_factory) -> Build:
    """Build a site with every fault that is told as a problem."""
    site = new_site(tmp_path_factory.mktemp("problems"))
    write_pages(site, PROBLEMS, [*GOOD, "book"])
    for page, body in GOOD.items():
        site.page(page, body)
    (site.root / "docs/book.ipynb").write_text(NOTEBOOK, encoding="utf-8")
    (site.root / "examples/adding.py").write_text(PROGRAM, encoding="utf-8")
    (site.root / "docs/reference").mkdir()
    (site.root / "docs/reference/bench.json").write_text("{}", encoding="utf-8")
    (site.root / "docs" / shown_versions.WHY).write_text(WHY, encoding="utf-8")
    return site.make("html", "SPHINXOPTS=-D nb_execution_timeout=10")


@pytest.fixture(scope="module")
def warnings(tmp_path_factory) -> Build:
    """Build a site with every fault that Sphinx warns of."""
    site = new_site(tmp_path_factory.mktemp("warnings"))
    write_pages(site, WARNINGS, ["good"])
    site.page("good", GOOD["good"])
    site.page("orphan", "Nobody links here.\n")
    return site.make()


def assert_told(found: list[Entry], page: str, line: int, *words: str) -> None:
    """Find one entry, of that page and line, that has all the words."""
    here = [entry for entry in found if entry.page == page]
    assert any(
        entry.line == line and all(word in entry.text for word in words)
        for entry in here
    ), here


def all_places(faults: dict[str, Fault]) -> set[tuple[str, int]]:
    """Return where faults must be told: pages and lines."""
    return {(page, fault.line) for page, fault in faults.items()}


def places_told(found: list[Entry]) -> set[tuple[str, int]]:
    return {(entry.page, entry.line) for entry in found}


@pytest.mark.parametrize("page", PROBLEMS)
def test_problem(problems: Build, page: str):
    fault: Fault = PROBLEMS[page]
    assert_told(told(problems, PROBLEM), page, fault.line, *fault.says)


def test_notebook(problems: Build):
    found = told(problems, PROBLEM)
    assert_told(found, "book", 1, "the page is a notebook", "Cure:")


def test_a_reason_for_a_claim_that_is_gone(problems: Build):
    found = told(problems, PROBLEM)
    page = shown_versions.WHY.removesuffix(".toml")
    assert_told(found, page, 2, "there is no claim `gone`", "Cure: mend its name")


# Where a page with one fault has a second one, because it is so small.
ALSO_TOLD = {
    ("claim-by-assertion", 12),  # the error has another message
    ("claim-twice", 8),  # an id of one word
    ("entry-twice", 25),  # no meaning
    ("form-without-samples", 8),  # none of the pages that verdicts link to
    ("loosens-execution", 11),  # its cell raises
    ("loosens-mystnb", 11),
}


def test_all_problems_are_told_at_once_and_no_others(problems: Build):
    """Those of cells, which come first, with those of pages; and no traceback."""
    found = told(problems, PROBLEM)
    assert problems.status != 0
    assert f"The site was not built: {len(found)} problems\n" in problems.output
    expected = all_places(PROBLEMS)
    others = {("book", 1), ("reference/versions_why", 2)}
    assert places_told(found) == {*expected, *ALSO_TOLD, *others}
    assert "Loaded Extensions" not in problems.output


@pytest.mark.parametrize("page", WARNINGS)
def test_warning(warnings: Build, page: str):
    fault: Fault = WARNINGS[page]
    assert_told(told(warnings, WARNING), page, fault.line, *fault.says)


def test_orphan(warnings: Build):
    found = told(warnings, WARNING)
    assert_told(found, "orphan", 1, "isn't included in any toctree")


def test_all_warnings_are_told_at_once_and_no_others(warnings: Build):
    found = told(warnings, WARNING)
    assert warnings.status != 0
    assert places_told(found) == {*all_places(WARNINGS), ("orphan", 1)}
    assert "warning(s), each printed above" in warnings.output
