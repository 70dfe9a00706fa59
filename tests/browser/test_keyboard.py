"""Everything by keyboard, with visible focus; and as the system asks it to look."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-360")]

# What the focused element is called, and whether a reader sees that it is focused: by
# its own outline, by that of a label that stands for it, or by a pseudo-element.
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const drawn = (element, pseudo) => {
    if (!element) return false;
    const s = getComputedStyle(element, pseudo);
    const r = element.getBoundingClientRect();
    const onScreen = r.right > 0 && r.left < innerWidth && r.width > 0;
    return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0
      && (pseudo || (onScreen && s.opacity !== "0")) && s.visibility === "visible";
  };
  const labels = e.labels ? [...e.labels] : [];
  return {
    name: e.getAttribute("aria-label") || (e.labels && e.labels.length
      && e.labels[0].innerText) || e.innerText || e.id || e.tagName,
    kind: e.tagName.toLowerCase() + [...e.classList].map((c) => "." + c).join("")
      + (e.matches(".sd-tab-set > input") ? ".of-tabs" : ""),
    seen: drawn(e) || drawn(e, "::after") || labels.some((l) => drawn(l)),
  };
}"""


@pytest.fixture
def open_page(chromium, address):
    """Return a function that opens a page in a window of its own."""
    contexts = []

    def open_one(name, width=1280, **options):
        viewport = {"width": width, "height": 800}
        contexts.append(chromium.new_context(viewport=viewport, **options))
        page = contexts[-1].new_page()
        page.goto(f"{address}/{name}")
        return page

    yield open_one
    for context in contexts:
        context.close()


def walk(page, limit=400):
    """Press Tab until the page's end; return what had the focus."""
    stops = []
    for _ in range(limit):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None:
            return stops
        stops.append(stop)
    raise AssertionError(f"no end after {limit} stops: a trap?")


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize(
    "name",
    ["index.html", "recipes/two_inputs.html", "fix/errors/not-built.html", "404.html"],
)
def test_tab_reaches_everything_and_is_seen(open_page, name, width):
    page = open_page(name, width, reduced_motion="reduce")  # nothing fades in
    stops = walk(page)
    assert [stop for stop in stops if not stop["seen"]] == []
    kinds = " ".join(stop["kind"] for stop in stops)
    assert "skip-to-content" in kinds
    assert "theme-toggle" in kinds
    assert "footer" not in kinds
    if width == 1280:
        assert "input.sidebar-search" in kinds
        assert "toctree-checkbox" in kinds
    else:
        assert "input.sidebar-search" not in kinds  # beside the screen
        assert "sidebar-toggle" in kinds
    buttons = page.locator(".copybtn").filter(visible=True)
    assert buttons.count() == kinds.count("button.copybtn")
    assert kinds.count("input.of-tabs") == page.locator(".sd-tab-set").count()


def test_skip_link(open_page):
    page = open_page("learn/index.html")
    while (
        page.evaluate(FOCUSED) is None or "skip" not in page.evaluate(FOCUSED)["kind"]
    ):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = "document.activeElement.closest('#furo-main-content') !== null"
    assert page.evaluate(inside)


def test_menus_of_a_narrow_screen(open_page):
    page = open_page("learn/subclassing.html", 360, reduced_motion="reduce")
    search = page.get_by_role("combobox", name="Search").first
    assert not search.is_visible()
    page.get_by_label("Toggle site navigation sidebar").focus()
    page.keyboard.press("Space")
    assert search.is_visible()
    page.keyboard.press("Space")
    assert not search.is_visible()
    contents = page.locator(".toc-tree li li a").first
    assert not contents.is_visible()
    page.get_by_label("Toggle table of contents sidebar").focus()
    page.keyboard.press("Space")
    assert contents.is_visible()


def test_a_part_of_the_sidebar_opens(open_page):
    page = open_page("index.html")
    link = page.locator('.sidebar-tree a[href="recipes/siamese.html"]')
    assert not link.is_visible()
    page.get_by_label("Toggle navigation of Recipes").focus()
    page.keyboard.press("Space")
    assert link.is_visible()


def chosen(page):
    return page.locator(".sd-tab-set > input:checked + label").all_inner_texts()


def test_the_choice_of_a_tab_is_kept(open_page, address):
    """By arrow key, on all tabs of the page, on other pages, after a reload."""
    page = open_page("index.html")
    sets = page.locator(".sd-tab-set")
    assert chosen(page) == ["Sequential"] * sets.count()
    page.locator(".sd-tab-set > input").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert chosen(page) == ["Subclass"] * sets.count()
    for name in ("learn/inspect.html", "learn/scale.html", "index.html"):
        page.goto(f"{address}/{name}")
        assert sets.count() > 0
        assert chosen(page) == ["Subclass"] * sets.count()
        page.reload()
        assert chosen(page) == ["Subclass"] * sets.count()


def test_less_motion(open_page):
    moving = """() => [...document.querySelectorAll("*")].filter((e) => {
      const s = getComputedStyle(e);
      return parseFloat(s.transitionDuration) > 0 || s.animationName !== "none"
        || s.scrollBehavior === "smooth";
    }).length"""
    assert open_page("index.html").evaluate(moving) > 0
    assert open_page("index.html", reduced_motion="reduce").evaluate(moving) == 0


def test_colors_of_the_system(open_page):
    """With forced colors, tabs, pictures and their text can still be told apart."""
    page = open_page("index.html", forced_colors="active")
    border = "e => getComputedStyle(e).borderBottomColor"
    labels = page.locator(".sd-tab-label")
    assert labels.nth(0).evaluate(border) != labels.nth(1).evaluate(border)
    page = open_page("recipes/two_inputs.html", forced_colors="active")
    fill = "e => getComputedStyle(e).fill"
    stroke = "e => getComputedStyle(e).stroke"
    picture = page.locator("svg.model").first
    box = picture.locator("rect").first.evaluate(fill)
    assert picture.locator("text").first.evaluate(fill) != box
    assert picture.locator(".plain").first.evaluate(stroke) != box
    assert picture.locator(".why").first.evaluate(stroke) != box
