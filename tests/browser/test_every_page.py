"""Every page, in light and dark, wide and at 360 pixels."""

import pytest

from tests.conftest import EXAMPLES, ROOT

from .conftest import barriers

pytestmark = pytest.mark.browser

PAGES = sorted(
    path.relative_to(ROOT / "docs").with_suffix(".html").as_posix()
    for path in (ROOT / "docs").rglob("*.md")
)


VIEWS = [(w, scheme) for w in (1280, 360) for scheme in ("light", "dark")]


@pytest.fixture(
    scope="module",
    params=[
        # One worker for each width, so that two share the work.
        pytest.param(v, marks=pytest.mark.xdist_group(f"browser-{v[0]}"))
        for v in VIEWS
    ],
    ids=lambda view: f"{view[0]}-{view[1]}",
)
def tab(request, chromium):
    """Return a page of the browser of one width and one color scheme, for all tests."""
    width, scheme = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    page = context.new_page()
    page.on("request", lambda r: page.asked.append(r.url))
    page.on("console", lambda m: m.type == "error" and page.complaints.append(m.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()


@pytest.fixture
def view(tab):
    """Return the page, with empty lists of its requests and complaints."""
    tab.asked, tab.complaints = [], []
    return tab


@pytest.mark.parametrize("name", [*PAGES, "search.html", "genindex.html", "404.html"])
def test_page(view, address, name):
    """It asks no other host, complains of nothing, fits, and keeps nobody out."""
    answer = view.goto(f"{address}/{name}")
    assert answer.ok
    if name in PAGES:
        assert view.locator("h1").count() == 1
    assert all(url.startswith((address, "data:")) for url in view.asked)
    assert view.complaints == []
    width = view.evaluate("document.documentElement.scrollWidth")
    assert width <= view.viewport_size["width"], "the page is wider than the screen"
    assert barriers(view) == []


def test_tabs_show_one_way_at_a_time(view, address):
    view.goto(f"{address}/index.html")
    shown = view.locator(".sd-tab-content:visible")
    assert shown.count() == 1
    assert "keras.Sequential" in shown.inner_text()
    view.get_by_text("Functional", exact=True).first.click()
    assert shown.count() == 1
    assert "keras.Model(inputs, outputs)" in shown.inner_text()


@pytest.mark.xdist_group("browser-1280")
def test_gallery_filters_without_a_script(address, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/recipes/index.html")
    cards = page.locator(".gallery .card")
    names = {card.get_attribute("data-api") for card in cards.all()}
    assert cards.count() == len(EXAMPLES)
    assert names == {"sequential", "functional", "subclass"}
    page.get_by_role("radio", name="Subclassed model").check()
    shown = page.locator(".gallery .card:visible")
    assert {card.get_attribute("data-api") for card in shown.all()} == {"subclass"}
    page.get_by_role("radio", name="any").first.check()
    for feature, label in (
        ("shared-layer", "A layer used more than once"),
        ("several-inputs", "More than one input"),
        ("branch-and-merge", "A branch, a merge or a skip connection"),
        ("loop", "A loop that runs with the model"),
        ("own-training-step", "A training step of your own"),
    ):
        page.get_by_role("radio", name=label).check()
        assert 0 < shown.count() < cards.count()
        for card in shown.all():
            assert feature in card.get_attribute("data-has").split()
    context.close()


def test_search_finds_a_claim(view, address):
    view.goto(f"{address}/search.html?q=sequential-is-a-model")
    # Results appear one after the other.
    view.locator('#search-results a[href*="how-they-relate"]').first.wait_for()
