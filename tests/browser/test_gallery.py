"""The gallery counts, keeps its filters in the address, and offers no empty choice."""

import pytest

from proved_pages.look.wide import PHONE
from tests.conftest import EXAMPLES
from tests.what_tests_use import looks_at

from .barriers import barriers_in_both

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser-360"),
    looks_at("recipes/index.html"),
]

BOTH = "api=functional&has=shared-layer"


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": PHONE, "height": 800})
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda m: m.type == "error" and page.complaints.append(m.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    assert page.complaints == []
    context.close()


@pytest.fixture
def gallery(address):
    return f"{address}/recipes/index.html"


def shown(page):
    return page.locator(".gallery .card").filter(visible=True)


def said(page):
    return page.locator(".gallery .count").inner_text()


def combinations(page):
    """Return all pairs of filters."""
    ids = [
        page.locator(f"input[name={name}]").evaluate_all("all => all.map(e => e.value)")
        for name in ("api", "has")
    ]
    return [(api, has) for api in ids[0] for has in ids[1]]


def test_every_choice_is_counted_or_cannot_be_made(page, gallery):
    page.goto(gallery)
    every = shown(page).count()
    assert every == len(EXAMPLES)
    assert said(page) == f"{every} of {every} recipes"
    empty = 0
    for api, has in combinations(page):
        page.locator("#has-all").check()
        page.locator(f"#api-{api}").check()
        choice = page.locator(f"#has-{has}")
        if choice.is_disabled():
            empty += 1
            assert choice.evaluate("e => getComputedStyle(e).visibility") == "hidden"
            continue
        choice.check()
        assert shown(page).count() > 0
        assert said(page) == f"{shown(page).count()} of {every} recipes"
    assert empty > 3
    assert barriers_in_both(page) == []


def test_the_address_keeps_the_choice(page, gallery):
    page.goto(gallery)
    page.locator("#api-functional").check()
    assert page.url == f"{gallery}#api=functional"
    page.locator("#has-shared-layer").check()
    assert page.url == f"{gallery}#{BOTH}"
    names = shown(page).locator("h2").all_inner_texts()
    page.goto("about:blank")
    page.goto(f"{gallery}#{BOTH}")
    assert page.locator("#has-shared-layer").is_checked()
    assert shown(page).locator("h2").all_inner_texts() == names
    for name in ("api", "has"):
        page.locator(f"#{name}-all").check()
    assert page.url == gallery


@pytest.mark.parametrize(
    "asked", ["api=none", "has=%22%3E", "api=sequential&has=several-inputs", "other"]
)
def test_an_address_that_no_recipe_fits_leaves_some(page, gallery, asked):
    page.goto(f"{gallery}#{asked}")
    assert shown(page).count() > 0
    assert page.locator(".gallery input:checked").count() == 2


def test_without_a_script_css_counts_and_disables(chromium, gallery):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(gallery)
    page.locator("#api-sequential").check()
    left, every = shown(page).count(), len(EXAMPLES)
    assert 0 < left < every
    tree = context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    texts = "".join(node.get("name", {}).get("value", "") for node in tree["nodes"])
    assert f"{left} of {every} recipes" in texts
    hidden = page.locator("#has-several-inputs")
    assert hidden.evaluate("e => getComputedStyle(e).visibility") == "hidden"
    context.close()


def test_each_card_has_a_picture_that_loads_in_both_looks(page, gallery):
    for look, scheme in (("light", "light"), ("dark", "dark")):
        page.emulate_media(color_scheme=scheme)
        page.goto(gallery)
        pictures = page.locator(f".card img.only-{look}")
        assert pictures.count() > 5
        for picture in pictures.all():
            assert picture.is_visible()
            picture.scroll_into_view_if_needed()
            assert picture.evaluate("e => e.decode().then(() => e.naturalWidth)") > 100
            # The words of a figure have 11 units of 360.
            assert picture.bounding_box()["width"] > PHONE * 0.85
        other = "dark" if look == "light" else "light"
        hidden = page.locator(f".card img.only-{other}")
        assert hidden.filter(visible=True).count() == 0
    graphs = page.locator(".card svg")
    assert graphs.locator("text, title, desc").count() == 0
    assert page.locator(".card .picture p").count() <= 1  # wiring that is Python code
