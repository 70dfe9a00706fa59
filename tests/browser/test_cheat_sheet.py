"""The cheat sheet prints on one sheet, and no page prints what only screens need."""

import re

import pytest

from tests.what_tests_use import looks_at
from which_api.rules import RULES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser-1280"),
    looks_at("reference/cheat-sheet.html", "index.html", "learn/convert.html"),
]

SHEET = "reference/cheat-sheet.html"
MARGIN = 10  # mm, as in docs/_static/print.css
PAPER = {"A4": (210, 297), "Letter": (215.9, 279.4)}  # mm
MM = 96 / 25.4  # pixels


@pytest.fixture(params=["light", "dark"])
def page(request, chromium):
    context = chromium.new_context(color_scheme=request.param)
    yield context.new_page()
    context.close()


def sheets(page, paper):
    """Count the pages of the PDF."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper)))


@pytest.mark.parametrize("paper", PAPER)
def test_one_sheet(page, address, paper):
    page.goto(f"{address}/{SHEET}")
    assert sheets(page, paper) == 1
    # The count would see one line too many.
    page.add_style_tag(content="#cheat-sheet { padding-bottom: 4cm }")
    assert sheets(page, paper) == 2


@pytest.mark.parametrize("paper", PAPER)
def test_no_text_is_cut(page, address, paper):
    """Nothing is wider than its box or the paper, or hidden behind an edge."""
    width, height = ((side - 2 * MARGIN) * MM for side in PAPER[paper])
    page.set_viewport_size({"width": int(width), "height": int(height)})
    page.goto(f"{address}/{SHEET}")
    page.emulate_media(media="print")
    assert page.locator("#cheat-sheet").bounding_box()["height"] <= height
    cut = page.evaluate(
        """() => [...document.querySelectorAll("#cheat-sheet, #cheat-sheet *")]
          .filter((e) => e.getClientRects().length && !e.closest("svg"))
          .filter((e) => getComputedStyle(e).display !== "inline")
          .filter((e) => {
            const style = getComputedStyle(e);
            const box = e.getBoundingClientRect();
            return box.right > innerWidth + 0.5
              || (style.overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1)
              || (style.overflowY !== "visible" && e.scrollHeight > e.clientHeight + 1);
          })
          .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert cut == []


def test_all_of_it_is_on_paper(page, address):
    page.goto(f"{address}/{SHEET}")
    page.emulate_media(media="print")
    sheet = page.locator("#cheat-sheet")
    for text in ("keras.Sequential(", "keras.Model(inputs, outputs)", "class Net"):
        assert sheet.get_by_text(text).first.is_visible()
    columns = sheet.locator(".sd-tab-content").all()
    tops = {round(column.bounding_box()["y"]) for column in columns}
    assert len(columns) == 3 and len(tops) == 1, "the three styles stand side by side"
    assert sheet.locator("section:visible").count() == 6
    assert sheet.locator("table.rules tbody tr:visible").count() == len(RULES)


@pytest.mark.parametrize("name", ["index.html", "learn/convert.html", SHEET])
def test_paper_has_the_text_alone(page, address, name):
    page.goto(f"{address}/{name}")
    page.evaluate("document.body.dataset.theme = 'dark'")  # as the reader chose
    page.emulate_media(media="print")
    for part in (".sidebar-drawer", ".toc-drawer", ".mobile-header", ".headerlink"):
        assert page.locator(f"{part}:visible").count() == 0, part
    assert page.locator("button:visible").count() == 0
    assert page.locator("article h1").is_visible()
    for tab in page.locator(".sd-tab-content").all():
        assert tab.is_visible()
    for code in page.locator("article pre:visible").all():
        assert code.evaluate("e => e.scrollHeight <= e.clientHeight + 1")
    color = page.locator("article h1").evaluate("e => getComputedStyle(e).color")
    dark_text = [int(part) < 80 for part in re.findall(r"\d+", color)[:3]]
    assert all(dark_text), "light letters on white paper"
