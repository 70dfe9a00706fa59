"""The site works from a folder on disk, without a server."""

import pytest

from .test_every_page import PAGES, PAGES_OF_A_KIND

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-1280")]


@pytest.fixture
def page(chromium):
    context = chromium.new_context()
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda m: m.type == "error" and page.complaints.append(m.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()


def test_pages_do_not_complain(page, site):
    """Those of each kind; `test_every_page.py` visits all from a server."""
    for name in sorted({*PAGES_OF_A_KIND, "search.html", "genindex.html"}):
        page.goto((site / name).as_uri())
        assert (name, page.complaints) == (name, [])


@pytest.mark.weekly
def test_no_page_complains(page, site):
    for name in PAGES:
        page.goto((site / name).as_uri())
        assert (name, page.complaints) == (name, [])


def test_theme(page, site):
    page.goto((site / "learn/index.html").as_uri())
    before = page.evaluate("document.body.dataset.theme")
    page.get_by_role("button", name="Toggle Light / Dark / Auto").click()
    chosen = page.evaluate("document.body.dataset.theme")
    assert chosen != before
    page.goto((site / "index.html").as_uri())  # the inline script reads the choice
    assert page.evaluate("document.body.dataset.theme") == chosen
    assert page.complaints == []


def test_search(page, site):
    page.goto((site / "index.html").as_uri())
    field = page.get_by_role("combobox", name="Search").first
    field.fill("siamese network")
    field.press("Enter")
    page.locator('#search-results a[href*="recipes/siamese"]').first.wait_for()
    page.locator("#search-status:not(:empty)").wait_for()  # the last thing it writes
    assert page.complaints == []


def test_pasted_error(page, site):
    message = "A merge layer should be called on a list of inputs"
    page.goto((site / "search.html").as_uri() + "?q=" + message.replace(" ", "+"))
    first = page.locator("#search-results a").first
    first.wait_for()
    assert first.get_attribute("href").endswith("#error-merge-needs-a-list")
    assert page.complaints == []


def test_tabs(page, site):
    page.goto((site / "index.html").as_uri())
    page.get_by_text("Functional", exact=True).first.click()
    page.goto((site / "learn/inspect.html").as_uri())
    assert (
        page.locator("input:checked + .sd-tab-label").all_inner_texts()
        == ["Functional"] * page.locator(".sd-tab-set").count()
    )
    assert page.complaints == []


def test_gallery(page, site):
    page.goto((site / "recipes/index.html").as_uri())
    cards = page.locator(".gallery .card:visible")
    every = cards.count()
    page.get_by_role("radio", name="Subclassed model").check()
    assert 0 < cards.count() < every
    assert page.complaints == []
