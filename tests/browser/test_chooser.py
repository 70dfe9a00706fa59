"""The chooser of the first page answers as `choose` does, for everyone."""

from itertools import combinations

import pytest
from playwright.sync_api import expect

from keras_site.chooser import ASKED, reasons
from keras_site.snippet import cut
from tests.conftest import ROOT
from tests.what_tests_use import looks_at
from which_api.rules import APIS, choose

from .barriers import barriers_in_both

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser-360"),
    looks_at("index.html", "choose/rules.html"),
]

IDS = [rule.id for rule in ASKED]
ALL = [set(some) for n in range(len(IDS) + 1) for some in combinations(IDS, n)]
TWO = "#needs=several-inputs,shared-layer"


@pytest.fixture
def page(chromium):
    context = chromium.new_context()
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda m: m.type == "error" and page.complaints.append(m.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    assert page.complaints == []
    context.close()


def box(page, rule_id):
    return page.locator(f".chooser input[value={rule_id}]")


# What a reader sees: what is ticked; what is visible of each kind (api, rule, code or
# also); the name of the API; and the code.
SEEN = """() => {
  const visible = (e) => e.checkVisibility() && e.getClientRects().length > 0;
  const seen = (place) =>
    [...document.querySelectorAll(`.chooser ${place}`)].filter(visible);
  const kinds = {api: [], rule: [], code: [], also: []};
  for (const part of seen("[data-for]")) {
    const [kind, name] = part.dataset.for.split(":");
    (kinds[kind] ??= []).push(name);
  }
  return {
    ...kinds,
    ticked: [...document.querySelectorAll(".chooser :checked")].map((e) => e.value),
    title: document.querySelector(".chooser-api").innerText,
    source: seen("pre").map((e) => e.innerText),
    picture: seen("[aria-current] span").map((e) => e.innerText.trim()),
  };
}"""
# Answer with a click where the answer is another one.
CLICK = """yes => {
  for (const box of document.querySelectorAll(".chooser input"))
    if (box.checked !== yes.includes(box.value)) box.click();
}"""


def matches(page, yes):
    """Assert that the page shows the answer to `yes`, and nothing else."""
    seen = page.evaluate(SEEN)
    assert set(seen["ticked"]) == yes
    needed = choose(yes)
    assert seen["api"] == [needed.name]
    assert seen["title"].startswith(needed.title)
    assert seen["picture"] == [needed.title]
    assert seen["rule"] == [rule.id for rule in reasons(yes)]
    (recipe,) = seen["code"]
    source = (ROOT / f"examples/{recipe}.py").read_text(encoding="utf-8")
    assert seen["source"] == [cut(source, "build")]
    assert recipe not in seen["also"]


def test_every_combination(page, address):
    """Each ticked by a click; all and none of them again from the address left behind.

    The script looks each combination up in one table, which the gates hold complete; so
    here the combinations of at most two answers stand for all. Single ones are ticked
    with the mouse, the others by the page itself; and single ones come again as an
    address that changes in the open page, which is read by the same function.
    """
    assert len(ALL) == 2 ** len(ASKED)
    few = [yes for yes in ALL if len(yes) < 3 or len(yes) == len(IDS)]
    page.goto(f"{address}/index.html")
    links = {}
    for yes in few:
        if len(yes) < 2:
            for each in IDS:
                box(page, each).set_checked(each in yes)
        else:
            page.evaluate(CLICK, sorted(yes))
        matches(page, yes)
        links[page.url] = yes
    assert len(links) == len(few)
    for link, yes in links.items():
        if len(yes) == 1:
            page.evaluate("link => location.assign(link)", link)
            expect(page.locator(".chooser :checked")).to_have_value(min(yes))
        elif len(yes) != 2:
            page.goto("about:blank")
            page.goto(link)
        else:
            continue
        matches(page, yes)
        assert page.url == link


def test_each_question_and_each_api_can_be_seen(page, address):
    page.goto(f"{address}/index.html")
    labels = page.locator(".chooser label").all_inner_texts()
    assert labels == [rule.question.replace("`", "") for rule in ASKED]
    assert {choose(yes).name for yes in ALL} == {api.name for api in APIS}


def test_the_links_lead_to_the_rule_and_to_the_recipe(page, address):
    page.goto(f"{address}/index.html{TWO}")
    for link in page.locator(".chooser-answer a:visible").all():
        target = page.context.new_page()
        assert target.goto(link.evaluate("a => a.href")).ok
        anchor = target.url.partition("#")[2]
        assert not anchor or target.locator(f"#{anchor}").count() == 1
        target.close()


def test_address(page, address):
    """Other anchors change nothing, unknown words are ignored, going back works."""
    page.goto(f"{address}/index.html?x=1#needs=shared-layer,nonsense,%3Cb%3E")
    matches(page, {"shared-layer"})
    assert page.locator(".chooser").evaluate(
        "place => place.getBoundingClientRect().top < window.innerHeight"
    ), "the answer that was shared is not in sight"
    page.evaluate("location.hash = '#the-same-network-three-ways'")
    matches(page, {"shared-layer"})
    page.evaluate(f"location.hash = '{TWO}'")
    expect(page.locator(".chooser :checked")).to_have_count(2)
    matches(page, {"several-inputs", "shared-layer"})
    box(page, "shared-layer").uncheck()
    assert page.url == f"{address}/index.html?x=1#needs=several-inputs"
    page.goto(f"{address}/choose/rules.html")
    page.go_back()
    matches(page, {"several-inputs"})


def test_reset(page, address):
    page.goto(f"{address}/index.html{TWO}")
    page.get_by_role("button", name="Reset").click()
    matches(page, set())
    assert page.url == f"{address}/index.html"


def test_keyboard_alone(page, address):
    page.goto(f"{address}/index.html")
    box(page, IDS[0]).focus()
    for each in IDS:
        focused = page.evaluate("document.activeElement.value")
        assert focused == each
        if each in {"several-inputs", "several-outputs"}:
            page.keyboard.press("Space")
        page.keyboard.press("Tab")
    matches(page, {"several-inputs", "several-outputs"})
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate("document.activeElement.textContent") == "Reset"
    assert page.evaluate(outline) != "none"
    page.keyboard.press("Enter")
    matches(page, set())
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")  # on a check box: sends no form, leaves no page
    assert page.url == f"{address}/index.html"
    assert page.evaluate("document.activeElement.value") == IDS[-1]


def test_a_change_is_announced_once(page, address):
    page.goto(f"{address}/index.html{TWO}")
    status = page.locator(".chooser [role=status]")
    assert status.inner_text() == "", "nothing has changed yet"
    page.evaluate(
        "window.said = []; new MutationObserver((all) => all.forEach(() => "
        "said.push(document.querySelector('.chooser [role=status]').textContent)))"
        ".observe(document.querySelector('.chooser [role=status]'), {childList: true})"
    )
    box(page, "several-inputs").uncheck()
    box(page, "several-outputs").check()
    box(page, "value-dependent").check()
    page.get_by_role("button", name="Reset").click()
    assert page.evaluate("said") == [
        "Functional model. A layer used more than once.",
        "Functional model. More than one output; A layer used more than once.",
        "Subclassed model. Python must run on the values.",
        "Sequential. None of these: a plain stack.",
    ]


def test_copy_link(chromium, address):
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}/index.html")
    box(page, "several-inputs").check()
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{address}/index.html#needs=several-inputs"
    box(page, "several-outputs").check()  # another answer, which is not copied yet
    page.get_by_role("button", name="Copy link").wait_for()
    context.close()


def test_copy_link_where_the_browser_refuses(page, address):
    page.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
    )
    page.goto(f"{address}/index.html")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copy it from the address bar").wait_for()


def test_without_javascript_the_rules_are_a_table(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/index.html{TWO}")
    assert not page.locator(".chooser").is_visible()
    table = page.locator("noscript table")
    assert table.is_visible()
    for rule in ASKED:
        row = table.locator("tr", has_text=rule.title)
        use = rule.write.replace("`", "") or choose({rule.id}).title
        assert use in row.inner_text()
        assert row.get_by_role("link", name=rule.title).is_visible()
    context.close()


def test_from_a_folder_on_disk(page, site):
    page.goto((site / "index.html").as_uri() + TWO)
    matches(page, {"several-inputs", "shared-layer"})
    box(page, "several-outputs").check()
    matches(page, {"several-inputs", "shared-layer", "several-outputs"})
    assert page.url.endswith(
        "index.html#needs=several-inputs,several-outputs,shared-layer"
    )
    page.reload()
    matches(page, {"several-inputs", "shared-layer", "several-outputs"})


@pytest.mark.parametrize("width", [1280, 360])
def test_answers_fit_and_keep_nobody_out(chromium, address, width):
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        reduced_motion="reduce",  # it jumps to its answer, and nothing scrolls later
    )
    page = context.new_page()
    for yes in (set(IDS), set(IDS) - {"value-dependent"}):
        page.goto("about:blank")
        page.goto(f"{address}/index.html#needs={','.join(sorted(yes))}")
        matches(page, yes)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert barriers_in_both(page) == []
    context.close()


# What has moved in the text before the page moves it itself. Moves are told in order.
MOVED = """() => new Promise((resolve) => {
  const article = document.querySelector("article");
  const moved = [];
  let late = Infinity;
  new PerformanceObserver((list) => {
    for (const { startTime, sources } of list.getEntries()) {
      const nodes = sources.map(({ node }) => node);
      const inside = nodes.filter((node) => article.contains(node));
      if (startTime < late) moved.push(...inside.map((n) => n.textContent));
      else if (inside.length) resolve(moved);
    }
  }).observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => requestAnimationFrame((time) => {
    late = time;
    article.prepend(Object.assign(document.createElement("p"), {textContent: "late"}));
  }));
})"""


def test_nothing_moves_while_the_page_loads(page, address):
    """In the text: the stock theme moves its own button when its script runs."""
    page.goto(f"{address}/index.html")
    assert page.evaluate(MOVED) == []
