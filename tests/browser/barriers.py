"""What axe-core finds on a page: all its rules, in light and in dark.

Most of its time goes into the rules that compare colors, and a page has thousands of
texts in a few dozen looks. So those rules see three texts of each look: the first, the
last and one in between. A look is all that they compute with: the color and the font of
the text, and the background, the opacity and the position of everything around it. All
other rules see every element. `every_text` leaves none out.
"""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

COLOR_RULES = ["color-contrast", "link-in-text-block"]

# Texts by their look; three of each.
TEXTS = """() => {
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
  return [...looks.values()].flatMap((all) =>
    [...new Set([all[0], all[all.length >> 1], all.at(-1)])]);
}"""

RUN = f"""async ([options, some]) => {{
  const found = some
    ? await axe.run({{include: ({TEXTS})()}}, options)
    : await axe.run(options);
  return found.violations.map((v) => [v.id, v.nodes.map((node) => node.target)]);
}}"""

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


def _run(page: Page, options: dict, some: bool = False) -> Found:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [tuple(each) for each in page.evaluate(RUN, [options, some])]


def by_color(page: Page, every_text: bool = False) -> Found:
    """Return what the rules that compare colors find: rules, and elements."""
    return _run(page, COLOR, not every_text)


def by_layout(page: Page) -> Found:
    """Return what the rules on places and sizes find: rules, and elements."""
    return _run(page, LAYOUT)


def barriers(page: Page, every_text: bool = False) -> Found:
    """Return what all rules find: rules, and the elements that break them."""
    return _run(page, STRUCTURE) + by_color(page, every_text)


def barriers_in_both(page: Page, every_text: bool = False) -> Found:
    """Return what is found in light, and what the colors of dark add.

    In dark the document is the same, so what all other rules find in light they would
    find again. With reduced motion nothing fades from one to the other.
    """
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    light, found = page.evaluate(BACKGROUND), barriers(page, every_text)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert page.evaluate(BACKGROUND) != light, "the page does not turn dark"
    return found + by_color(page, every_text)
