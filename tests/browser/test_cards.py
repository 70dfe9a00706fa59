"""On a phone, each row of a wide table is a card, and nothing is cut."""

import pytest

from proved_pages.look.wide import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-360")]

# Of each table: whether its head is seen, and by how much it is wider than its place.
TABLES = """() => [...document.querySelectorAll("table.cards")].map((table) => {
  const place = table.closest(".table-wrapper") || table.parentElement;
  return [table.tHead.checkVisibility(), place.scrollWidth - place.clientWidth];
})"""
NAME = """() => [...document.querySelectorAll("[data-column]")].map((cell) =>
  getComputedStyle(cell, "::before").content)"""


@pytest.mark.parametrize(
    "name", ["index", "learn/save", "learn/inspect", "reference/cheat-sheet"]
)
def test_rows_are_cards(chromium, address, name):
    for width, is_phone in ((PHONE, True), (1280, False)):
        context = chromium.new_context(viewport={"width": width, "height": 800})
        page = context.new_page()
        page.goto(f"{address}/{name}.html")
        tables = page.evaluate(TABLES)
        assert tables
        for head_is_seen, too_wide in tables:
            assert head_is_seen != is_phone
            assert too_wide <= 0
        names = page.evaluate(NAME)
        assert names and all((each != "none") == is_phone for each in names)
        context.close()
