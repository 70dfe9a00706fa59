"""Lists that leave only what one looks for, and are whole without a script."""

import pytest

from tests.what_tests_use import looks_at

from .barriers import barriers_in_both

LISTS = {
    "fix/errors/index.html": ("never been called", 140),
    "fix/warnings/index.html": ("optimizer", 40),
    "fix/silent-traps/index.html": ("frozen", 80),
    "fix/folklore/index.html": ("batch", 70),
    "fix/questions/index.html": ("save", 80),
    "reference/claims.html": ("mask", 480),
}
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser-1280"),
    looks_at(*LISTS),
]
LEAVES = ".filterable li:not(:has(li))"


@pytest.fixture(scope="module")
def page(chromium):
    context = chromium.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", LISTS)
def test_only_what_has_the_words_is_left(page, address, name):
    words, least = LISTS[name]
    page.goto(f"{address}/{name}")
    items = page.locator(LEAVES)
    every = items.count()
    assert every >= least
    assert items.filter(visible=True).count() == every
    page.locator(".filter-row input").fill(words)
    left = items.filter(visible=True)
    assert 0 < left.count() < every / 4
    for text in left.all_inner_texts():
        assert all(word in text.lower() for word in words.split())
    said = page.locator(".filter-row [role=status]").inner_text()
    assert said == f"{left.count()} of {every}"
    for heading in page.locator(".filterable .ledger-page").filter(visible=True).all():
        below = heading.locator("xpath=following-sibling::ul[1]/li")
        assert below.filter(visible=True).count() > 0
    page.locator(".filter-row input").fill("")
    assert items.filter(visible=True).count() == every


def test_kinds_can_be_chosen(page, address):
    page.goto(f"{address}/fix/folklore/index.html")
    choice = page.get_by_role("combobox", name="Kind")
    choice.select_option("half-true")
    left = page.locator(LEAVES).filter(visible=True)
    assert left.count() == 24
    assert all(text.endswith("Half-true") for text in left.all_inner_texts())


def test_a_sentence_leads_to_its_verdict(page, address):
    page.goto(f"{address}/fix/folklore/index.html")
    link = page.locator(f"{LEAVES} a").first
    sentence = link.inner_text()
    link.click()
    target = page.locator(":target .folklore-sentence")
    assert sentence in target.inner_text()


def test_the_field_keeps_nobody_out(page, address):
    page.goto(f"{address}/fix/folklore/index.html")
    page.locator(".filter-row input").fill("batch")
    assert barriers_in_both(page) == []


def test_without_scripts_all_items_are_there(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/fix/errors/index.html")
    assert page.locator(LEAVES).filter(visible=True).count() >= 140
    assert page.locator(".filter-label").is_hidden()
    context.close()
