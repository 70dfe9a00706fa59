"""The page that checks a model, as people use it.

What its scripts say of a model is tested under Node: tests/which_api/test_vectors.py.
"""

import json

import keras
import pytest
from keras import layers

from tests.what_tests_use import looks_at
from tests.which_api.test_files import functional, real_texts
from which_api.__main__ import main
from which_api.rules import RULES, api, rule
from which_api.verdict import UNKNOWN

from .conftest import barriers

pytestmark = [
    pytest.mark.browser,
    looks_at("choose/check-your-model.html", "choose/rules.html"),
    pytest.mark.xdist_group("check-model"),
    # Keras saves arrays in a way that NumPy 2 will not accept for ever.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

PAGE = "choose/check-your-model.html"


@pytest.fixture(scope="module")
def context(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.fixture
def page(context, address):
    """Return the page, fresh; it must ask nobody for anything once it is there."""
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    # Playwright reports its own blob: addresses as well, if there are any. Chromium
    # fetches the icon of the tab when it has nothing else to do.
    asked = [url for url in asked if not url.endswith("/favicon.svg")]
    assert (asked, complaints) == ([], [])
    page.close()


def give(page, name: str, content: bytes) -> None:
    payload = {"name": name, "mimeType": "", "buffer": content}
    page.locator("#model-file").set_input_files(payload)


def result_of(page) -> str:
    """Wait for the result; return its text."""
    page.locator(".result:not([hidden])").wait_for()
    return page.locator(".result").inner_text()


# --- what people give -----------------------------------------------------------------


OBSERVE = """() => {
  window.said = [];
  const region = document.querySelector("[role=status]");
  new MutationObserver(() => window.said.push(region.textContent))
    .observe(region, { childList: true });
}"""


def test_real_files_get_the_verdict_of_the_command(page, tmp_path, capsys):
    page.evaluate(OBSERVE)
    stack = keras.Sequential([keras.Input((4,)), layers.Dense(3)], name="stack")
    x = keras.Input((4,), name="x")
    chain = keras.Model(x, layers.Dense(2, name="dense")(x), name="chain")
    for model in (stack, chain, functional()):
        path = tmp_path / f"{model.name}.keras"
        model.save(path)
        main([str(path), "--json"])
        said = json.loads(capsys.readouterr().out)
        page.locator("#model-file").set_input_files(path)
        page.get_by_role("heading", name=f"{said['model']}:").wait_for()
        text = result_of(page)
        assert f"{said['model']}: {api(said['api']).title}" in text
        assert ("written as a freer one" in text) == said["simpler_would_do"]
        for reason in said["reasons"]:
            assert reason["text"].replace("`", "") in text
            link = page.get_by_role("link", name=rule(reason["rule"]).title)
            assert link.get_attribute("href") == f"rules.html#rule-{reason['rule']}"
        for note in said["notes"]:
            assert note.replace("`", "") in text
        assert f"saved by Keras {keras.__version__}" in text
        assert page.locator(".result svg.model").count() == 1
        announced = page.evaluate("window.said")
        assert announced[-2:] == [f"Checking {path.name} …", text.partition("\n")[0]]


def test_samples(page):
    for label, heading in (
        ("two inputs", "two_inputs: Functional model"),
        ("residual", "skip_connection: Functional model"),
        ("plain stack", "plain_stack: Sequential"),
    ):
        page.get_by_role("button", name=label).click()
        title = page.get_by_role("heading", name=heading)
        title.wait_for()
        assert title.evaluate("node => node === document.activeElement")
        assert page.get_by_role("status").inner_text() == heading
        picture = page.locator(".result svg[role=img]")
        assert picture.locator("title").text_content().startswith("Graph of ")
        assert "Arrows: " in picture.locator("desc").text_content()
        marked = page.locator(".result svg .why").count()
        assert (marked > 0) == ("Functional" in heading)


def test_paste_by_keyboard(page):
    page.locator("#model-file").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "model-text"
    page.keyboard.insert_text(real_texts()[2])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "Functional model" in result_of(page)
    assert page.evaluate("document.activeElement.id") == "model-result"


def test_nothing_given(page):
    page.get_by_role("button", name="Check", exact=True).click()
    assert "Choose a file or paste" in page.get_by_role("status").inner_text()
    assert page.evaluate("document.activeElement.id") == "model-file"
    assert page.locator(".result").is_hidden()


DROP = """([name, text]) => {
  const given = new DataTransfer();
  given.items.add(new File([text], name));
  for (const kind of ["dragover", "drop"]) {
    const event = new DragEvent(kind, {
      dataTransfer: given, bubbles: true, cancelable: true,
    });
    document.querySelector("h1").dispatchEvent(event);
    if (!event.defaultPrevented) throw new Error(`${kind} would leave the page`);
  }
}"""


def test_drop_anywhere(page):
    page.evaluate(DROP, ["config.json", real_texts()[2]])
    assert "Functional model" in result_of(page)
    assert page.locator("form.over").count() == 0


def test_from_a_folder_on_disk(context, site, tmp_path):
    page = context.new_page()
    page.goto((site / PAGE).as_uri())
    functional().save(tmp_path / "model.keras")
    page.locator("#model-file").set_input_files(tmp_path / "model.keras")
    assert "Functional model" in result_of(page)
    page.close()


# --- what is shown --------------------------------------------------------------------


def test_a_subclass_is_unknown(page):
    text = json.dumps({"class_name": "Net", "config": {"name": "net", "units": 8}})
    give(page, "config.json", text.encode())
    found = result_of(page)
    assert found.startswith("net: unknown")
    assert UNKNOWN.notes[0].replace("`", "") in found
    assert "which-api package.module:build" in found
    assert page.locator(".result svg").count() == 0


def test_hostile_names_stay_text(page):
    page.evaluate("() => { window.boom = () => { window.boomed = true; }; }")
    evil = "<img src=x onerror=boom()><script>boom()</script>"
    layer = {"class_name": f"Dense{evil}", "config": {"name": evil}}
    config = {"name": f"'\"{evil}", "layers": [layer, layer]}
    text = json.dumps({"class_name": "Sequential", "config": config})
    give(page, f"{evil}.json".replace("/", "-"), text.encode())
    found = result_of(page)
    assert evil in found
    assert page.locator(".result :is(img, script)").count() == 0
    assert evil in page.locator(".result svg title").text_content()
    give(page, f"{evil}.keras".replace("/", "-"), b"x")
    page.get_by_role("heading", name="No verdict").wait_for()
    assert page.get_by_role("status").inner_text() == "No verdict"
    assert "Paste all that model.to_json() returns" in result_of(page)
    assert page.locator(".result :is(img, script)").count() == 0
    assert page.evaluate("window.boomed") is None


def test_links_lead_somewhere(page, address, context):
    page.get_by_role("button", name="residual").click()
    page.locator(".result a").first.wait_for()
    links = page.locator(".result a").evaluate_all("all => all.map((a) => a.href)")
    links += [
        page.evaluate("id => new URL(`rules.html#rule-${id}`, location).href", r.id)
        for r in RULES
    ]
    other = context.new_page()
    for link in links:
        other.goto("about:blank")  # or a second place on one page is no new answer
        assert other.goto(link).ok
        anchor = link.partition("#")[2]
        assert not anchor or other.locator(f"[id='{anchor}']").count() == 1, link
    other.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_results_keep_nobody_out(chromium, address, width, scheme):
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    long = json.loads(real_texts()[2])
    long["config"]["name"] = "x" * 300
    for text in (json.dumps(long), "x" * 500):
        page.locator("#model-text").fill(text)
        page.get_by_role("button", name="Check", exact=True).click()
        result_of(page)
        shown = page.evaluate("document.documentElement.scrollWidth")
        assert shown <= width, "the page is wider than the screen"
        assert barriers(page) == []
    context.close()


def test_without_a_script(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    text = page.locator(".check-model").inner_text()
    assert "which-api model.keras" in text
    assert page.locator(".check-model form").is_hidden()
    context.close()


# --- what takes long ------------------------------------------------------------------


def long_chain(count: int) -> str:
    """Return a model of many layers, each with a skip connection around it."""

    def tensor(name: str) -> dict:
        given = {"keras_history": [name, 0, 0], "shape": [None, 1]}
        return {"class_name": "__keras_tensor__", "config": given}

    def layer(number: int) -> dict:
        before = [tensor(f"l{n}") for n in {number - 1, max(0, number - 2)}]
        use = {"args": [before], "kwargs": {}}
        return {
            "class_name": "Add" if number else "InputLayer",
            "config": {},
            "name": f"l{number}",
            "inbound_nodes": [use] if number else [],
        }

    config = {"name": "long", "layers": [layer(number) for number in range(count)]}
    config |= {"input_layers": ["l0", 0, 0], "output_layers": [f"l{count - 1}", 0, 0]}
    return json.dumps({"class_name": "Functional", "config": config})


def test_a_hundred_thousand_layers(page, tmp_path):
    """The page answers while it works, and leaves out what nobody could look at."""
    page.evaluate("setInterval(() => { window.beats = (window.beats ?? 0) + 1; }, 20)")
    path = tmp_path / "long.json"
    path.write_text(long_chain(100_000))
    page.locator("#model-file").set_input_files(path)
    page.locator(".result:not([hidden])").wait_for(timeout=240_000)
    text = page.locator(".result").inner_text()
    assert "long: Functional model" in text
    assert "There is no diagram" in text
    assert page.locator(".result li").count() <= 400
    assert page.evaluate("window.beats") > 20  # a page that hangs has no heart beat


# A check rests after each slice of its work; count that where a locator can see it.
COUNT_RESTS = """() => {
  const later = window.setTimeout;
  const told = document.documentElement.dataset;
  let rests = 0;
  told.waiting = 0;
  window.setTimeout = (work, ...more) => {
    rests += 1;
    if (rests > 2) told.working = "";
    told.waiting = Number(told.waiting) + 1;
    return later(() => {
      told.waiting = Number(told.waiting) - 1;
      work();
    }, ...more);
  };
}"""
CLICK = """button => {
  button.click();
  return document.documentElement.dataset.waiting;
}"""


def test_a_new_check_ends_the_one_before(page, tmp_path):
    page.evaluate(COUNT_RESTS)
    path = tmp_path / "long.json"
    path.write_text(long_chain(100_000))
    page.locator("#model-file").set_input_files(path)
    page.locator("html[data-working]").wait_for(state="attached")
    both = page.get_by_role("button", name="two inputs").evaluate(CLICK)
    assert both == "2"
    page.get_by_role("heading", name="two_inputs").wait_for()
    page.locator("html[data-waiting='0']").wait_for(state="attached")  # none works
    assert "two_inputs" in result_of(page)
