"""The scripts of the page "Check your model" say what Python says, under Node.

Random networks are compared where they are made: test_random_graphs.py.
"""

import importlib
import json
import random
import struct
import zipfile
from pathlib import Path

import keras
import pytest
from keras import layers

from tests.conftest import EXAMPLES, ROOT
from which_api.rules import rule
from which_api.sentences import SENTENCES, say

from . import vectors
from .applications import NAMES, SOME, application
from .hostile import hostile_chain, hostile_graph
from .test_files import (
    damaged_archives,
    damaged_configs,
    damaged_texts,
    functional,
    real_texts,
    zipped,
)

pytestmark = pytest.mark.filterwarnings(
    # Keras saves arrays in a way that NumPy 2 will not accept for ever.
    "ignore:__array__ implementation:DeprecationWarning",
    "ignore:The structure of `inputs`:UserWarning",
    "ignore:Layer .* does not support masking:UserWarning",
)


def compared(folder: Path, texts: list[str]) -> list[dict]:
    """Let Node judge the texts; return what Python says, and Node too."""
    found = [vectors.of_text(text) for text in texts]
    vectors.run(folder, found)
    return [each["wanted"] for each in found]


def counted(found: list[dict]) -> dict[str, int]:
    """Count the verdicts, and the refusals."""
    said = ["refused" if "refused" in f else f["verdict"]["api"] for f in found]
    return {each: said.count(each) for each in said}


# --- models ---------------------------------------------------------------------------


@pytest.mark.xdist_group("applications")
def test_applications(tmp_path):
    found = compared(tmp_path, [application(name)["json"] for name in SOME])
    assert counted(found) == {"sequential": 3, "functional": len(SOME) - 3}
    assert all(each["picture"] for each in found)


@pytest.mark.weekly
@pytest.mark.xdist_group("applications")
def test_all_applications(tmp_path):
    found = compared(tmp_path, [application(name)["json"] for name in NAMES])
    assert counted(found) == {"sequential": 3, "functional": 37}
    assert all(each["picture"] for each in found)


def test_all_recipes(tmp_path):
    modules = [importlib.import_module(f"examples.{name}") for name in EXAMPLES]
    found = compared(tmp_path, [module.build().to_json() for module in modules])
    assert len(found) == len(EXAMPLES) > 20
    needed = [rule(module.RULE).api for module in modules]
    apis = [each["verdict"]["api"] for each in found]
    assert apis == [each.replace("subclass", "unknown") for each in needed]


def test_a_class_around_a_graph(tmp_path):
    """The page says how a model is written; a subclass may have a graph, too."""
    stack, _, graph = real_texts()
    texts = [
        graph.replace('"class_name": "Functional"', '"class_name": "Net"', 1),
        stack.replace('"class_name": "Sequential"', '"class_name": "constructor"', 1),
        json.dumps({"class_name": "Net", "config": {"name": "net", "units": 8}}),
        json.dumps({"class_name": "Net", "config": {"name": 5}}),
        json.dumps({"class_name": "Net", "config": {}}),
    ]
    found = compared(tmp_path, texts)
    written = ["functional", "sequential", *["subclass"] * 3]
    assert [each["now"] for each in found] == written
    assert [each["name"] for each in found[2:]] == ["net", "Net", "Net"]


def test_a_text_as_a_shell_shows_it(tmp_path):
    """In a shell, to_json() is shown in quotes, with its backslashes doubled."""
    model = keras.Sequential([keras.Input((4,))], name='it\'s "quoted" \\ é')
    vector = vectors.of_text(model.to_json())
    vectors.run(tmp_path, [vector, {**vector, "text": f" {model.to_json()!r}\n"}])
    assert vector["wanted"]["name"] == model.name


# --- anything -------------------------------------------------------------------------


def test_a_thousand_hostile_graphs(tmp_path):
    rng = random.Random(0)
    found = counted(compared(tmp_path, [hostile_graph(rng) for _ in range(1000)]))
    assert found["functional"] > 500
    assert found["refused"] > 50


def test_a_thousand_hostile_chains(tmp_path):
    rng = random.Random(0)
    found = counted(compared(tmp_path, [hostile_chain(rng) for _ in range(1000)]))
    assert min(found[each] for each in ("sequential", "functional")) > 50
    assert found["refused"] > 20


def test_damaged_configs(tmp_path):
    found = counted(compared(tmp_path, list(damaged_configs(real_texts()))))
    assert min(found[each] for each in ("refused", "sequential", "functional")) > 100


def test_damaged_texts(tmp_path):
    found = [vectors.of_bytes(text, tmp_path) for text in damaged_texts(real_texts())]
    vectors.run(tmp_path, found)
    refused = counted([each["wanted"] for each in found])["refused"]
    assert 1000 < refused < len(found)


def test_damaged_archives(tmp_path):
    functional().save(tmp_path / "whole.keras")
    whole = (tmp_path / "whole.keras").read_bytes()
    contents = [*damaged_archives(whole), whole]
    found = [vectors.of_bytes(content, tmp_path) for content in contents]
    vectors.run(tmp_path, found)
    said = counted([each["wanted"] for each in found])
    assert said == {"refused": len(found) - 1, "functional": 1}


DEEP = '{"class_name": "Net", "config": {"a": VALUE}}'


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "1", "NaN", "[NaN]", "{}", "[1,]", '{"a":1,}', "\ufeff{}", "nul"],
        *['"\\ud83d"', '"\\x"', '"\t"', "01", "1.", "-", "[1 2]", "{'a': 1}", "{} {}"],
        *["[" * 100_000, '{"config":' * 100_000, '{"config": {}}', "[1NaN]", "[-NaN]"],
        DEEP.replace("VALUE", "[" * 499 + "]" * 499),
        DEEP.replace("VALUE", "[" * 50_000 + "]" * 50_000),
        '{"config": {"layers": []}, "class_name": "Sequential"}',
        '{"config": {"layers": [], "input_layers": ""}, "class_name": "Functional"}',
        '{"config": {"x": 1}, "class_name": null}',
        str(functional().get_config()),
    ],
    ids=lambda text: repr(text[:20]),
)
def test_texts_that_are_no_models(tmp_path, text):
    (found,) = compared(tmp_path, [text])
    assert found["refused"]


def test_json_is_read_as_python_writes_it(tmp_path):
    """NaN, huge numbers, doubled keys, halves of characters and depth are no errors."""
    layer = '{"class_name": "Dense", "config": {"name": "d", "x": VALUE}}'
    config = f'{{"name": "NAME", "layers": [{layer}]}}'
    text = f'{{"class_name": "Sequential", "config": {config}}}'
    texts = [
        text.replace("NAME", name).replace("VALUE", value)
        for name in (r"\ud83d\ude00", r"\ud83d", 'a", "name": "b', r"NaN\"NaN\\")
        for value in ("NaN", "[NaN,-Infinity, Infinity]", "1e999", "9" * 4300, "-0.10")
    ]
    texts.append(text.replace("VALUE", "[" * 495 + "]" * 495))
    masked = keras.Sequential([keras.Input((2, 2)), layers.Masking(float("nan"))])
    texts.append(masked.to_json())
    assert "NaN" in texts[-1]
    assert counted(compared(tmp_path, texts)) == {"sequential": len(texts)}


def test_nan_is_no_size_and_no_usual_argument(tmp_path):
    text = functional().to_json()
    sized = text.replace("[null, 4]", "[NaN, 4]", 1)
    x = keras.Input((2,), name="x")
    called = keras.Model(x, layers.Dropout(0.5)(x, training=False)).to_json()
    argument = called.replace('"training": false', '"training": NaN', 1)
    assert sized != text and argument != called
    refused, found = compared(tmp_path, [sized, argument])
    assert "other than whole numbers" in refused["refused"]
    assert found["verdict"]["reasons"][0]["rule"] == "operation-in-the-chain"


# --- files ----------------------------------------------------------------------------


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
        (b"hello", "no JSON: ", "model.to_json()"),
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
        (
            b'{"class_name": "F", "config": {"name": "f", "layers": [{"name": "a", '
            b'"class_name": "A", "config": {}, "inbound_nodes": [[["x", 0, 0, {}]]]}], '
            b'"input_layers": []}}',
            "not written as by Keras 3",
            "in Keras 3",
        ),
    ],
)
def test_files_that_are_no_models(tmp_path, content, said, cure):
    vector = {**vectors.of_bytes(content, tmp_path), "cure": cure}
    assert said in vector["wanted"]["refused"]
    vectors.run(tmp_path, [vector])


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        (24, 10, "Bad CRC-32"),  # its size
        (20, 2**31, "it is cut short"),  # its packed size
        (42, 2**31, "it is cut short"),  # where it begins
        (16, 0, "Bad CRC-32"),
        (10, 99, "That compression method is not supported"),
        (8, 1 | 8 << 16, "File 'config.json' is encrypted"),
    ],
)
def test_archives_that_lie(tmp_path, field, value, why):
    """The scripts have a reader of their own; Python's believes some lies."""
    vector = vectors.of_bytes(lying(SMALL, field, value), tmp_path)
    refused = {"refused": say("damaged-zip", why=why)[:-1]}
    vectors.run(tmp_path, [{**vector, "wanted": refused, "cure": "again"}])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_json_file(tmp_path, encoding):
    """PowerShell writes UTF-16."""
    vector = vectors.of_bytes(real_texts()[2].encode(encoding), tmp_path)
    assert vector["wanted"]["verdict"]["api"] == "functional"
    vectors.run(tmp_path, [vector])


def test_files_of_models(tmp_path):
    """Keras stores the config as it is; another program may pack it."""
    stack = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    for index, model in enumerate((functional(), stack)):
        model.save(tmp_path / f"{index}.keras")
    (tmp_path / "packed.keras").write_bytes(SMALL)
    found = [vectors.of_file(path) for path in sorted(tmp_path.glob("*.keras"))]
    assert counted([each["wanted"] for each in found])["sequential"] == 2
    vectors.run(tmp_path, found)


def test_a_hundred_megabytes_of_nonsense(tmp_path):
    path = tmp_path / "model.keras"
    with path.open("wb") as file:
        file.truncate(100 * 2**20)
    vector = vectors.of_file(path)
    assert "neither a .keras file nor JSON" in vector["wanted"]["refused"]
    vectors.run(tmp_path, [vector])


def test_five_gigabytes_are_not_read(tmp_path):
    """The weights are a hole in the file; their 5 GB would not fit into memory."""
    path = tmp_path / "large.keras"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(5 * 2**30)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("config.json", real_texts()[2])
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
    assert path.stat().st_size > 5 * 2**30
    vectors.run(tmp_path, [vectors.of_file(path)])


# --- sentences ------------------------------------------------------------------------


def test_each_sentence_is_said_on_both_sides():
    """A sentence that one side alone says stands with that side."""
    python = [*(ROOT / "src/which_api").glob("*.py")]
    scripts = [*vectors.FOLDER.glob("*.js")]
    for side in (python, scripts):
        texts = [path.read_text("utf-8") for path in side if path.stem != "sentences"]
        unsaid = {s for s in SENTENCES if not any(f'"{s}"' in text for text in texts)}
        assert not unsaid


def test_a_difference_is_noticed(tmp_path):
    """The comparison itself can fail."""
    right = vectors.of_text(real_texts()[2])
    for part in ("name", "now", "verdict", "picture"):
        wrong = {**right, "wanted": {**right["wanted"], part: "other"}}
        with pytest.raises(AssertionError, match="deepStrictEqual"):
            vectors.run(tmp_path, [right, wrong])
    with pytest.raises(AssertionError, match="not refused"):
        vectors.run(tmp_path, [{**right, "wanted": {"refused": "no JSON"}}])
