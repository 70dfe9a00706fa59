"""Every page, in light and dark, wide and at 360 pixels."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.conftest import EXAMPLES, ROOT
from tests.what_tests_use import STYLES, article
from tools.bench.pages import PAGES as PAGE_TYPES

from .barriers import Found, barriers_in_both, by_layout

pytestmark = pytest.mark.browser

PAGES = sorted(
    path.relative_to(ROOT / "docs").with_suffix(".html").as_posix()
    for path in (ROOT / "docs").rglob("*.md")
)
MADE = ["search.html", "genindex.html", "404.html"]  # without a source
# Pictures without a name, or the word that they are decoration, that are no part of a
# named control either.
NAMELESS = """() => [...document.querySelectorAll("svg, img, canvas, object")]
  .filter((e) => e.checkVisibility() && !e.parentElement.closest("svg"))
  .filter((e) => !e.closest('[aria-hidden="true"]'))
  .filter((e) => {
    if (e.tagName === "IMG") return !e.hasAttribute("alt");
    if (e.querySelector(":scope > title")?.textContent.trim()) return false;
    if (e.getAttribute("role") !== "img") return true;
    const ids = (e.getAttribute("aria-labelledby") || "").split(" ");
    const text = ids.map((i) => document.getElementById(i)?.textContent || "");
    return !(e.getAttribute("aria-label") || text.join("").trim());
  })
  .filter((e) => !e.closest("button[aria-label]"))
  .map((e) => e.outerHTML.slice(0, 120))"""


# On a narrow screen each page is the same document. What changes is the theme's frame,
# the same on all pages of a kind; every week all pages are looked at again.
PAGES_OF_A_KIND = {address.partition("?")[0] for address in PAGE_TYPES.values()}


def what_is_seen(name: str, **others: object) -> list[Path | str]:
    """Return what the test of a page depends on: its article, and all that styles it.

    The frame around it, which is the same on all pages of a kind, changes with every
    title of the site; the first page of each kind is looked at in any case.
    """
    path = ROOT / "build/html" / name
    whole = path.exists() and name in {*PAGES_OF_A_KIND, *MADE}
    frame = path.read_text(encoding="utf-8") if whole else ""
    return [article(name), frame, *STYLES]


def with_every_text(page: Page) -> Found:
    """Return the barriers of a page, with the colors of all its texts."""
    return barriers_in_both(page, every_text=True)


@dataclass
class Tab:
    """A page of the browser, and what has happened in it."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen. What the page's policy refuses is an error on the console."""
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on(
            "console", lambda m: m.type == "error" and self.complaints.append(m.text)
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def faults(
        self,
        address: str,
        name: str,
        barriers: Callable[[Page], Found] = barriers_in_both,
    ) -> dict[str, object]:
        """Visit a page; return what is wrong with it, by what was looked at."""
        self.asked.clear()
        self.complaints.clear()
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        answer = self.page.goto(f"{address}/{name}")
        width = self.page.evaluate("document.documentElement.scrollWidth")
        found: dict[str, object] = {
            "not there": not answer.ok,
            "not one h1": self.page.locator("h1").count() != 1,
            "wider than the screen": width > self.page.viewport_size["width"],
            "pictures without a text": self.page.evaluate(NAMELESS),
            "barriers": barriers(self.page),
        }
        found["other hosts"] = [
            url for url in self.asked if not url.startswith((address, "data:"))
        ]
        found["complaints"] = [*self.complaints]
        return {what: each for what, each in found.items() if each}


@pytest.fixture(
    scope="module",
    params=[
        # One worker for each width, so that two share the work.
        pytest.param(width, marks=pytest.mark.xdist_group(f"browser-{width}"))
        for width in (1280, 360)
    ],
)
def tab(request, chromium):
    """Return a page of the browser of one width, for all tests."""
    viewport = {"width": request.param, "height": 800}
    context = chromium.new_context(viewport=viewport)
    yield Tab(context.new_page())
    context.close()


@pytest.mark.kept(on=what_is_seen)
@pytest.mark.parametrize("name", [*PAGES, *MADE])
def test_page(tab, address, name):
    """It asks no other host, complains of nothing, fits, and keeps nobody out."""
    narrow = tab.page.viewport_size["width"] < 1280
    again = narrow and name not in PAGES_OF_A_KIND
    assert tab.faults(address, name, by_layout if again else barriers_in_both) == {}


@pytest.mark.parametrize("name", ["index.html", "fix/errors/merge-layers.html"])
def test_every_text_of_a_page(tab, address, name):
    """The colors of each text, where `test_page` takes three of each look."""
    assert tab.faults(address, name, with_every_text) == {}


@pytest.mark.weekly
@pytest.mark.parametrize("name", [*PAGES, *MADE])
def test_every_text(tab, address, name):
    assert tab.faults(address, name, with_every_text) == {}


FAULTS: dict[str, tuple[str, Callable[[dict], bool]]] = {
    "an image without a text": (
        "<img src='data:,'>",
        lambda found: (
            found["pictures without a text"] and "image-alt" in dict(found["barriers"])
        ),
    ),
    "text that is too pale in light": (
        "<p style='color: #ddd; background: #fff'>pale</p>",
        lambda found: "color-contrast" in dict(found["barriers"]),
    ),
    "text that is too dark in dark": (
        "<style>@media (prefers-color-scheme: dark) {article p {color: #333}}</style>",
        lambda found: "color-contrast" in dict(found["barriers"]),
    ),
    "a link that only its color shows, in dark": (
        "<style>@media (prefers-color-scheme: dark) {"
        "article p a {color: #ddd !important; text-decoration: none !important;"
        "border: 0 !important}}</style><p>Some text and <a href='#x'>a link</a>.</p>",
        lambda found: "link-in-text-block" in dict(found["barriers"]),
    ),
    "a request to another host": (
        "<img alt='' src='http://127.0.0.1:9/x.png'>",
        lambda found: found["complaints"],
    ),
    "a script that fails": (
        "<script src='_static/no-such-file.js'></script>",
        lambda found: found["complaints"],
    ),
    "a wide box": (
        "<div style='position: absolute; width: 2000px'>wide</div>",
        lambda found: found["wider than the screen"],
    ),
    "a second title": ("<h1>Two</h1>", lambda found: found["not one h1"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_page_would_be_seen(tab, address, fault):
    """Each kind of fault, put into a page on its way to the browser."""
    html, is_told = FAULTS[fault]

    def broken(route: Route) -> None:
        answer = route.fetch()
        body = answer.text().replace("</article>", f"{html}</article>", 1)
        route.fulfill(response=answer, body=body)

    tab.page.route("**/glossary.html", broken)
    try:
        found = tab.faults(address, "reference/glossary.html")
        assert is_told(found), found
    finally:
        tab.page.unroute("**/glossary.html")


def test_a_request_to_another_host_would_be_seen(tab, address):
    """Even one that the policy of the page does not refuse."""

    def without_policy(route: Route) -> None:
        answer = route.fetch()
        picture = "<img alt='' src='http://127.0.0.1:9/x.png'>"
        body = answer.text().replace("</article>", f"{picture}</article>", 1)
        body = body.replace("Content-Security-Policy", "none")
        route.fulfill(response=answer, body=body)

    tab.page.route("**/glossary.html", without_policy)
    try:
        found = tab.faults(address, "reference/glossary.html")
        assert found["other hosts"] == ["http://127.0.0.1:9/x.png"]
    finally:
        tab.page.unroute("**/glossary.html")


def test_tabs_show_one_way_at_a_time(tab, address):
    tab.page.goto(f"{address}/index.html")
    shown = tab.page.locator(".sd-tab-content:visible")
    assert shown.count() == 1
    assert "keras.Sequential" in shown.inner_text()
    tab.page.get_by_text("Functional", exact=True).first.click()
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
