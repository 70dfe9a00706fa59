"""The page that checks a model in the browser says what the Python rules say."""

import base64
import importlib
import itertools
import json
import random
import struct
import zipfile
from dataclasses import asdict
from pathlib import Path

import keras
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.core import Phase
from keras import layers

from tests.conftest import EXAMPLES
from tests.which_api.test_applications import NAMES
from tests.which_api.test_files import (
    damaged_archives,
    damaged_configs,
    damaged_texts,
    functional,
    real_texts,
    zipped,
)
from tests.which_api.test_random_graphs import PLAN, network
from which_api import diagram
from which_api.__main__ import main
from which_api.graph import ConfigError
from which_api.modelfile import parse
from which_api.rules import RULES, api, rule
from which_api.verdict import UNKNOWN, verdict_of_config

from .conftest import barriers

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("check-model"),
    # Keras saves arrays in a way that NumPy 2 will not accept for ever.
    pytest.mark.filterwarnings(
        "ignore:__array__ implementation:DeprecationWarning",
        "ignore:The structure of `inputs`:UserWarning",
        "ignore:Layer .* does not support masking:UserWarning",
    ),
]

PAGE = "choose/check-your-model.html"
BATCH = 250

# What the scripts say of each text: the verdict and the picture, or the refusal.
JUDGE = """texts => {
  const { ConfigError, draw, finish, parse, read, verdictOfConfig } = WhichApi;
  return JSON.stringify(texts.map((text) => {
    try {
      const config = finish(parse(text)).get("config");
      const graph = finish(read(config));
      const drawing = graph && draw(graph, 1);
      return {
        verdict: verdictOfConfig(config),
        svg: drawing && drawing.svg,
        caption: drawing && drawing.text,
      };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { refused: error.message };
    }
  }));
}"""

# The same for bytes, as from a file; only whether they are refused.
REFUSED = """async (files) => {
  const { ConfigError, finish, parse, read, readText, verdictOfConfig } = WhichApi;
  const found = [];
  for (const text of files) {
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    try {
      const [json] = await readText(new Blob([bytes]));
      found.push(verdictOfConfig(finish(parse(json)).get("config")).api);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      found.push("refused");
    }
  }
  return found;
}"""


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


def judged_in_python(text: str, monkeypatch) -> dict:
    monkeypatch.setattr(diagram, "_number", itertools.repeat(1))
    try:
        config = parse(text)["config"]
        verdict = verdict_of_config(config)
    except ConfigError as error:
        return {"refused": str(error)}
    drawing = None if verdict == UNKNOWN else diagram.draw(config)
    return {
        "verdict": json.loads(json.dumps(asdict(verdict))),
        "svg": drawing and drawing.svg,
        "caption": drawing and drawing.text,
    }


def batches(items: list, size: int = BATCH) -> list[list]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def assert_equal(page, texts: list[str], monkeypatch) -> list[dict]:
    """Judge in Python and in the page; return what both say."""
    wanted = [judged_in_python(text, monkeypatch) for text in texts]
    found = []
    for batch in batches(texts):
        found += json.loads(page.evaluate(JUDGE, batch))
    assert len(found) == len(wanted)
    for text, here, there in zip(texts, wanted, found, strict=True):
        if "refused" in here:  # Python's own errors have Python's own words
            assert "refused" in there, text[:300]
        else:
            assert there == here, text[:300]
    return wanted


# --- the same verdicts and the same pictures ------------------------------------------


def test_all_applications(page, monkeypatch):
    texts = []
    for name in NAMES:
        with keras.StatelessScope(initialize_variables=False):
            model = getattr(keras.applications, name)(weights=None)
        texts.append(model.to_json())
        keras.utils.clear_session()
    found = assert_equal(page, texts, monkeypatch)
    assert len(found) == 40
    assert all(each["svg"] for each in found)
    assert sum(each["verdict"]["api"] == "sequential" for each in found) == 3


def test_all_recipes(page, monkeypatch):
    texts, needed = [], []
    for name in EXAMPLES:
        module = importlib.import_module(f"examples.{name}")
        texts.append(module.build().to_json())
        needed.append(rule(module.RULE).api)
    found = assert_equal(page, texts, monkeypatch)
    assert len(found) == len(EXAMPLES) > 20
    apis = [each["verdict"]["api"] for each in found]
    assert apis == [each.replace("subclass", "unknown") for each in needed]


def random_texts(count: int) -> list[str]:
    """Return the JSON of different networks, drawn as test_random_graphs does."""
    texts: dict[str, None] = {}
    seen = set()

    @settings(
        max_examples=5000,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate],
    )
    @given(PLAN)
    def collect(plan):
        if len(texts) < count and repr(plan) not in seen:
            seen.add(repr(plan))
            keras.utils.clear_session(free_memory=False)  # names only
            texts[network(plan).to_json()] = None

    collect()
    return list(texts)


def test_random_graphs(page, monkeypatch):
    texts = random_texts(300)
    found = assert_equal(page, texts, monkeypatch)
    assert len(found) == len(set(texts)) == 300
    apis = [each["verdict"]["api"] for each in found]
    assert min(apis.count("sequential"), apis.count("functional")) >= 50


NAMES_TO_FEAR = [
    *["2", "10", "é", "😀", "\ud800", "\uffff", "a/1", "", "None", "\n", "\0"],
    *["__proto__", "constructor", "toString", "a`b", "</svg><script>boom()</script>"],
    *["\" onload='boom()", "&amp;", "]]>", "<img src=x onerror=boom()>"],
]


def hostile(rng: random.Random) -> str:
    """Return a functional config in which anything that a graph can be may occur."""
    names = rng.sample(NAMES_TO_FEAR, rng.randrange(1, 10))
    calls: list[tuple[str, int]] = []

    def tensor() -> dict:
        history = [*rng.choice(calls), rng.choice([0, 0, 0, 1])]
        shape = rng.choice([[None, 3], [2, None, 10**20], [], [0]])
        return {
            "class_name": "__keras_tensor__",
            "config": {"keras_history": history, "shape": shape},
        }

    def use() -> dict:
        tensors = [tensor() for _ in range(rng.choice([1, 1, 1, 2, 3]))]
        more = [{}, {"mask": None}, {"training": False}, {"training": 0}]
        return {
            "args": tensors if len(tensors) == 1 else [tensors],
            "kwargs": rng.choice([*more, {"state": tensors[0]}]),
        }

    listed = []
    for name in names:
        uses = [use() for _ in range(rng.randrange(3))] if calls else []
        kind = rng.choice(["Dense", "Add", "Functional", "Kläße", *NAMES_TO_FEAR])
        own = {"name": name}
        if rng.random() < 0.1:
            own["input_layers"] = []
        if not uses:
            kind, own["batch_shape"] = "InputLayer", [None, 4]
        layer = {"class_name": kind, "config": own, "name": name}
        layer["module"] = rng.choice(["keras.layers", "keras.src.ops.numpy", None, 1])
        listed.append({**layer, "inbound_nodes": uses})
        calls += [(name, number) for number in range(max(1, len(uses)))]

    def ends() -> object:
        found = [[*rng.choice(calls), 0] for _ in range(rng.choice([1, 1, 2, 8]))]
        keys = rng.sample(NAMES_TO_FEAR, len(found))
        return rng.choice([found, found[0], dict(zip(keys, found, strict=True))])

    config = {"name": rng.choice(NAMES_TO_FEAR), "layers": listed}
    config |= {"input_layers": ends(), "output_layers": ends()}
    return json.dumps({"class_name": "Functional", "config": config})


def test_a_thousand_hostile_graphs(page, monkeypatch):
    rng = random.Random(0)
    found = assert_equal(page, [hostile(rng) for _ in range(1000)], monkeypatch)
    assert sum("verdict" in each for each in found) > 500
    assert sum("refused" in each for each in found) > 50


def test_numbers_are_written_alike(page):
    rng = random.Random(0)
    numbers = [n / 8 for n in range(-100, 1000)]  # ties among them
    numbers += [rng.uniform(-100, 10000) for _ in range(5000)]
    for digits in (0, 1):
        found = page.evaluate(
            "([all, digits]) => all.map((x) => WhichApi.fixed(x, digits))",
            [numbers, digits],
        )
        assert found == [f"{x:.{digits}f}" for x in numbers]


# --- what is no model -----------------------------------------------------------------


def test_damaged_configs_are_refused_alike(page, monkeypatch):
    found = assert_equal(page, list(damaged_configs(real_texts())), monkeypatch)
    assert sum("refused" in each for each in found) > 100
    assert sum("verdict" in each for each in found) > 100


def test_damaged_texts_are_refused_alike(page):
    texts = list(damaged_texts(real_texts()))
    wanted = []
    for text in texts:
        try:
            wanted.append(verdict_of_config(parse(text)["config"]).api)
        except ConfigError:
            wanted.append("refused")
    found = []
    for batch in batches(texts):
        files = [base64.b64encode(each).decode() for each in batch]
        found += page.evaluate(REFUSED, files)
    assert found == wanted
    assert 1000 < found.count("refused") < len(found)


def test_damaged_archives_are_refused(page, tmp_path):
    functional().save(tmp_path / "whole.keras")
    whole = (tmp_path / "whole.keras").read_bytes()
    files = [base64.b64encode(each).decode() for each in damaged_archives(whole)]
    assert page.evaluate(REFUSED, files) == ["refused"] * len(files)
    assert page.evaluate(REFUSED, [base64.b64encode(whole).decode()]) == ["functional"]


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "1", "NaN", "[NaN]", "{}", "[1,]", '{"a":1,}', "\ufeff{}", "nul"],
        *['"\\ud83d"', '"\\x"', '"\t"', "01", "1.", "-", "[1 2]", "{'a': 1}", "{} {}"],
        *["[" * 100_000, '{"config":' * 100_000, "9" * 4301, '{"config": {}}'],
        '{"config": {"layers": []}, "class_name": "Sequential"}',
        '{"config": {"layers": [], "input_layers": ""}, "class_name": "Functional"}',
        '{"config": {"x": 1}, "class_name": null}',
    ],
    ids=lambda text: repr(text[:20]),
)
def test_texts_that_are_no_models(page, text):
    with pytest.raises(ConfigError):
        verdict_of_config(parse(text)["config"])
    (found,) = json.loads(page.evaluate(JUDGE, [text]))
    assert "refused" in found


def test_json_is_read_as_python_reads_it(page, monkeypatch):
    """NaN, huge numbers, doubled keys and halves of characters are no errors."""
    layer = '{"class_name": "Dense", "config": {"name": "d", "x": VALUE}}'
    config = f'{{"name": "NAME", "layers": [{layer}]}}'
    text = f'{{"class_name": "Sequential", "config": {config}}}'
    texts = [
        text.replace("NAME", name).replace("VALUE", value)
        for name in (r"\ud83d\ude00", r"\ud83d", 'a", "name": "b', r"\u0000")
        for value in ("NaN", "-Infinity", "1e999", "9" * 4300, "-0", "0.10", "[ ]")
    ]
    found = assert_equal(page, texts, monkeypatch)
    assert {each["verdict"]["api"] for each in found} == {"sequential"}


# --- files ----------------------------------------------------------------------------


def give(page, name: str, content: bytes) -> None:
    payload = {"name": name, "mimeType": "", "buffer": content}
    page.locator("#model-file").set_input_files(payload)


def result_of(page) -> str:
    """Wait for the result; return its text."""
    page.locator(".result:not([hidden])").wait_for()
    return page.locator(".result").inner_text()


def test_real_files_get_the_verdict_of_the_command(page, tmp_path, capsys):
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


def test_a_deflated_archive(page):
    give(page, "deflated.keras", zipped("config.json", real_texts()[0].encode()))
    assert "Sequential" in result_of(page)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_json_file(page, encoding):
    """PowerShell writes UTF-16."""
    give(page, "config.json", real_texts()[2].encode(encoding))
    assert "Functional model" in result_of(page)


def lying(content: bytes, field: int, value: int) -> bytes:
    """Return a zip file whose directory lies about its only member."""
    data = bytearray(content)
    start = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, start + field, value)
    return bytes(data)


SMALL = zipped("config.json", real_texts()[0].encode())


@pytest.mark.parametrize(
    ("content", "said", "cure"),
    [
        (b"", "the file is empty", "Copy or download it again"),
        (b"hello", "no JSON: Expecting value", "model.to_json()"),
        (b"\xff\xff\xff", "no JSON: it is no text", "model.save"),
        (b"\x89HDF\r\n\x1a\n....", "an HDF5 file is not read", "load_model("),
        (b"[1, 2]", 'no "config"', "config.json"),
        (b'{"config": {}}', 'no "class_name"', "config.json"),
        (b"[" * 100_000, "nested too deeply", "to_json()"),
        (zipped("other.txt", b"x"), "without config.json", "model.save"),
        (zipped("config.json", b"x"), "no JSON", "to_json()"),
        (zipped("config.json", b" " * (65 * 2**20)), "more than 64 MB", "No model"),
        (b"PK\x03\x04" + b"\0" * 1000, "damaged", "again"),
        (SMALL[:-30], "damaged", "again"),
        (lying(SMALL, 24, 10), "damaged", "again"),  # its size
        (lying(SMALL, 20, 2**31), "damaged", "again"),  # its packed size
        (lying(SMALL, 42, 2**31), "damaged", "again"),  # where it begins
        (lying(SMALL, 16, 0), "Bad CRC-32", "again"),
        (lying(SMALL, 10, 99), "damaged", "again"),  # how it is packed
        (lying(SMALL, 8, 1 | 8 << 16), "encrypted", "again"),
        (
            b'{"class_name": "F", "config": {"layers": [{"name": "a", '
            b'"inbound_nodes": [[["x", 0, 0, {}]]]}], "input_layers": []}}',
            "not written as by Keras 3",
            "in Keras 3",
        ),
    ],
)
def test_files_that_are_no_models(page, content, said, cure):
    give(page, "model.keras", content)
    text = result_of(page)
    assert text.startswith("No verdict")
    assert "model.keras: " in text
    assert said in text
    assert cure in text
    assert page.locator(".progress").inner_text() == "No verdict"


def test_a_hundred_megabytes_of_nonsense(page, tmp_path):
    path = tmp_path / "model.keras"
    with path.open("wb") as file:
        file.truncate(100 * 2**20)
    page.locator("#model-file").set_input_files(path)
    assert "neither a .keras file nor JSON below 64 MB" in result_of(page)


def test_five_gigabytes_are_not_read(page, tmp_path):
    """The weights are a hole in the file; their 5 GB would not fit into a string."""
    path = tmp_path / "large.keras"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(5 * 2**30)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("config.json", real_texts()[2])
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
    assert path.stat().st_size > 5 * 2**30
    page.locator("#model-file").set_input_files(path)
    text = result_of(page)
    assert "Functional model" in text
    assert "saved by Keras 3.15.1" in text


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
    assert page.locator(".result :is(img, script)").count() == 0
    assert page.evaluate("window.boomed") is None


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


def test_a_hundred_thousand_layers(page):
    """The page answers while it works, and leaves out what nobody could look at."""
    page.evaluate("setInterval(() => { window.beats = (window.beats ?? 0) + 1; }, 20)")
    give(page, "long.json", long_chain(100_000).encode())
    page.locator(".result:not([hidden])").wait_for(timeout=240_000)
    text = page.locator(".result").inner_text()
    assert "long: Functional model" in text
    assert "There is no diagram" in text
    assert page.locator(".result li").count() <= 400
    assert page.evaluate("window.beats") > 20  # a page that hangs has no heart beat


def test_a_new_check_ends_the_one_before(page):
    give(page, "long.json", long_chain(20_000).encode())
    page.get_by_role("button", name="two inputs").click()
    page.get_by_role("heading", name="two_inputs").wait_for()
    page.wait_for_timeout(3000)
    assert "two_inputs" in result_of(page)


# --- the page itself ------------------------------------------------------------------


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


def test_a_text_as_a_shell_shows_it(page):
    """In a shell, to_json() is shown in quotes, with its backslashes doubled."""
    model = keras.Sequential([keras.Input((4,))], name='it\'s "quoted" \\ é')
    page.locator("#model-text").fill(repr(model.to_json()))
    page.get_by_role("button", name="Check", exact=True).click()
    assert result_of(page).startswith('it\'s "quoted" \\ é: Sequential')


def test_get_config_is_not_enough(page):
    page.locator("#model-text").fill(str(functional().get_config()))
    page.get_by_role("button", name="Check", exact=True).click()
    assert "model.to_json()" in result_of(page)


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


def test_announcements(page):
    page.evaluate(
        """() => {
          window.said = [];
          const region = document.querySelector("[role=status]");
          new MutationObserver(() => window.said.push(region.textContent))
            .observe(region, { childList: true });
        }"""
    )
    give(page, "config.json", real_texts()[2].encode())
    result_of(page)
    said = page.evaluate("window.said")
    assert said[0] == "Checking config.json …"
    assert said[-1].endswith(": Functional model")


def test_from_a_folder_on_disk(context, site, tmp_path):
    page = context.new_page()
    page.goto((site / PAGE).as_uri())
    functional().save(tmp_path / "model.keras")
    page.locator("#model-file").set_input_files(tmp_path / "model.keras")
    assert "Functional model" in result_of(page)
    page.close()


def test_without_a_script(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    text = page.locator(".check-model").inner_text()
    assert "which-api model.keras" in text
    assert page.locator(".check-model form").is_hidden()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_results_keep_nobody_out(chromium, address, width, scheme):
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    long = json.loads(real_texts()[2])
    long["config"]["name"] = "x" * 300
    for text in (functional().to_json(), json.dumps(long), "x" * 500, SMALL.hex()):
        page.locator("#model-text").fill(text)
        page.get_by_role("button", name="Check", exact=True).click()
        result_of(page)
        shown = page.evaluate("document.documentElement.scrollWidth")
        assert shown <= width, "the page is wider than the screen"
        assert barriers(page) == []
    context.close()


def test_scripts_are_loaded_here_only(site):
    users = [
        path.relative_to(site).as_posix()
        for path in Path(site).rglob("*.html")
        if "which-api/page.js" in path.read_text(encoding="utf-8")
    ]
    assert users == [PAGE]
