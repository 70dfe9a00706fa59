"""What axe-core finds on a page: all its rules, in light and in dark.

Most of its time goes into the rules that compare colors, and a page has thousands of
texts in a few dozen looks. So those rules see three texts of each look: the first, the
last and one in between. A look is all that they compute with: the color and the font of
the text, and the background, the opacity and the position of everything around it. All
other rules see every element. `every_text` leaves none out.

A half of a page's elements color a word of code. All that is left of such an element,
when the texts have been chosen, is its text: it has no role, no name and no place of
its own, and axe reads the page twice as fast without it.
"""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

COLOR_RULES = ["color-contrast", "link-in-text-block"]

# Mark texts by their look, three of each; `name` is of the mark.
CHOOSE = """(name) => {
  const NOTHING = "rgba(0, 0, 0, 0)";
  const around = new Map([[null, ""]]);
  const behind = (e) => {
    if (!around.has(e)) {
      const s = getComputedStyle(e);
      const own = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter,
        s.mixBlendMode, s.position, s.zIndex, s.clipPath].join();
      const plain = own === `${NOTHING},none,1,none,normal,static,auto,none`;
      around.set(e, behind(e.parentElement) + (plain ? "" : `${own};`));
    }
    return around.get(e);
  };
  const has = (e) =>
    [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const font = (s) => [s.color, s.fontSize, s.fontWeight, s.fontStyle, s.textShadow,
    s.textDecoration, s.borderBottom, s.display].join();
  const looks = new Map();
  for (const e of document.body.querySelectorAll("*")) {
    const field = e.matches("input, textarea, select");
    if (!(has(e) || field) || !e.checkVisibility()) continue;
    const link = e.closest("a");
    const text = link?.parentElement;
    const beside = text && [has(text), font(getComputedStyle(text))].join();
    const look = [behind(e), font(getComputedStyle(e)), field, beside].join("|");
    if (!looks.has(look)) looks.set(look, []);
    looks.get(look).push(e);
  }
  for (const all of looks.values())
    for (const e of [all[0], all[all.length >> 1], all.at(-1)])
      e.setAttribute(name, "");
}"""

# What colors a word of code, and was not chosen.
PLAIN = """() => {
  for (const e of document.querySelectorAll("pre span[class]"))
    if (e.attributes.length === 1) e.replaceWith(...e.childNodes);
}"""

RUN = """async ([options, mark]) => {
  const found = mark
    ? await axe.run({include: [...document.querySelectorAll(`[${mark}]`)]}, options)
    : await axe.run(options);
  return found.violations.map((v) => [v.id, v.nodes.map((node) => node.target)]);
}"""

# Violations alone are described in full: that halves the time and finds the same.
STRUCTURE = {
    "resultTypes": ["violations"],
    "rules": {
        "target-size": {"enabled": True},  # off by default
        **{rule: {"enabled": False} for rule in COLOR_RULES},
    },
}
COLOR = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": COLOR_RULES},
}
# What depends on where things stand: the same document may break these when narrow.
LAYOUT = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "rule",
        "values": ["region", "scrollable-region-focusable", "target-size"],
    },
}
BACKGROUND = "getComputedStyle(document.body).backgroundColor"

Found = list[tuple[str, list]]


def _run(page: Page, options: dict, mark: str = "") -> Found:
    """Return what is found, on the whole page or on the elements with a `mark`."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [tuple(each) for each in page.evaluate(RUN, [options, mark])]


def _turn(page: Page, scheme: str) -> str:
    """Turn the page light or dark, at once; return the color behind it."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    return page.evaluate(BACKGROUND)


def by_layout(page: Page) -> Found:
    """Return what the rules on places and sizes find: rules, and elements."""
    page.evaluate(PLAIN)
    return _run(page, LAYOUT)


def barriers(page: Page) -> Found:
    """Return what all rules find: rules, and the elements that break them."""
    page.evaluate(CHOOSE, "data-chosen")
    return _run(page, STRUCTURE) + _run(page, COLOR, "data-chosen")


def barriers_in_both(page: Page, every_text: bool = False) -> Found:
    """Return what is found in light, and what the colors of dark add.

    In dark the document is the same, so what all other rules find in light they would
    find again.
    """
    marks = {"light": "", "dark": ""}
    if not every_text:
        marks = {scheme: f"data-chosen-in-{scheme}" for scheme in marks}
        for scheme, mark in marks.items():
            _turn(page, scheme)
            page.evaluate(CHOOSE, mark)
        page.evaluate(PLAIN)
    light = _turn(page, "light")
    found = _run(page, STRUCTURE) + _run(page, COLOR, marks["light"])
    assert _turn(page, "dark") != light, "the page does not turn dark"
    return found + _run(page, COLOR, marks["dark"])
