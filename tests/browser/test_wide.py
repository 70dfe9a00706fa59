"""On a phone, the words of pictures stay readable: wide pictures scroll."""

from pathlib import Path

import pytest

from proved_pages.look.wide import LETTERS, PHONE
from tests.conftest import EXAMPLES
from tests.what_tests_use import STYLES, article

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-360")]

# The size in pixels of the smallest word of each picture, and what cannot be reached.
SMALLEST = """() => [...document.querySelectorAll("figure svg[viewBox]")]
  .filter((svg) => svg.querySelector("text") && svg.checkVisibility())
  .map((svg) => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const sizes = [...svg.querySelectorAll("text")].map((each) =>
      parseFloat(getComputedStyle(each).fontSize) * scale);
    const scrolls = svg.parentElement;
    const wide = scrolls.scrollWidth > scrolls.clientWidth;
    return [Math.min(...sizes), wide && scrolls.tabIndex !== 0];
  })"""
OTHERS = [
    "learn/how-they-relate",
    "learn/training-properly",
    "reference/bench",
    "reference/site-costs",
]


def what_is_seen(name: str, **others: object) -> list[Path | str]:
    """Return what the test of a page depends on."""
    return [article(f"{name}.html"), *STYLES]


@pytest.mark.kept(on=what_is_seen)
@pytest.mark.parametrize("name", [*(f"recipes/{each}" for each in EXAMPLES), *OTHERS])
def test_words_of_pictures(chromium, address, name):
    context = chromium.new_context(viewport={"width": PHONE, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/{name}.html")
    for smallest, out_of_reach in page.evaluate(SMALLEST):
        assert smallest > LETTERS - 0.1
        assert not out_of_reach
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    context.close()


def test_a_wide_diagram_scrolls_by_keyboard(chromium, address):
    context = chromium.new_context(viewport={"width": PHONE, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/recipes/ensemble.html")
    place = page.get_by_role("region", name="Picture 1", exact=True)
    place.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")
    context.close()
