"""Ten thousand broken files and configs: one clear sentence each, quickly."""

import copy
import io
import json
import random
import time
import zipfile
from collections.abc import Iterator

import keras
import pytest
from keras import layers

from which_api.graph import ConfigError, read
from which_api.modelfile import parse, read_config
from which_api.verdict import verdict_of_config

# Keras saves arrays in a way that NumPy 2 will not accept for ever.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning",
)


def functional() -> keras.Model:
    inputs = {"a": keras.Input((4,), name="a"), "b": keras.Input((4,), name="b")}
    dense = layers.Dense(4, name="dense")
    joined = layers.Add(name="add")([dense(inputs["a"]), dense(inputs["b"])])
    return keras.Model(inputs, [joined, layers.Dense(1, name="out")(joined)])


def real_texts() -> list[str]:
    """Return the JSON of a few real models."""
    stack = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(1)])
    nested = keras.Sequential([keras.Input((4,)), stack])
    return [model.to_json() for model in (stack, nested, functional())]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return real_texts()


JUNK = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    [],
    {},
    [[]],
    [None],
    {"a": {}},
    "dense",
    10**9,
]


def places(value: object, path: tuple = ()) -> list[tuple]:
    """List the way to each part of a config."""
    found = [path]
    if isinstance(value, dict):
        for key in value:
            found += places(value[key], (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            found += places(each, (*path, index))
    return found


def mutated(config: dict, rng: random.Random, ways: list[tuple]) -> object:
    """Return a copy with one part replaced, dropped or doubled."""
    new = copy.deepcopy(config)
    way = rng.choice(ways)
    if not way:
        return rng.choice(JUNK)
    place = new
    for step in way[:-1]:
        place = place[step]
    action = rng.randrange(3)
    if action == 0:
        place[way[-1]] = rng.choice(JUNK)
    elif action == 1:
        del place[way[-1]]
    elif isinstance(place, list):
        place.append(copy.deepcopy(place[way[-1]]))
    else:
        place[way[-1]] = [place[way[-1]]]
    return new


def damaged_configs(texts: list[str], count: int = 5000) -> Iterator[str]:
    """Yield JSON that has the form of a config, with one thing wrong."""
    rng = random.Random(0)
    configs = [json.loads(text) for text in texts]
    ways = [places(config) for config in configs]
    for number in range(count):
        which = number % len(configs)
        yield json.dumps(mutated(configs[which], rng, ways[which]))


def damaged_texts(texts: list[str], count: int = 5000) -> Iterator[bytes]:
    """Yield JSON with a few wrong bytes, or cut short, or both."""
    rng = random.Random(1)
    for number in range(count):
        data = bytearray(texts[number % len(texts)].encode())
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        cut = len(data) if number % 2 else rng.randrange(len(data))
        yield bytes(data[:cut])


def damaged_archives(whole: bytes, count: int = 500) -> Iterator[bytes]:
    """Yield a .keras file with a few wrong bytes, cut short."""
    rng = random.Random(2)
    for _ in range(count):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 20)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        yield bytes(data[: rng.randrange(len(data))])


def judged(text: str | bytes) -> str:
    """Return the verdict, or what the refusal says; nothing else may come out."""
    started = time.perf_counter()
    try:
        said = verdict_of_config(parse(text)["config"]).api
    except ConfigError as error:
        said = str(error)
        assert said
        assert "\n" not in said
    assert time.perf_counter() - started < 1
    return said


def test_five_thousand_damaged_configs(texts):
    said = [judged(text) for text in damaged_configs(texts)]
    assert sum("not the config of a Keras 3 model" in each for each in said) > 100
    assert sum(each in ("sequential", "functional") for each in said) > 100


def test_five_thousand_damaged_texts(texts):
    for text in damaged_texts(texts):
        judged(text)


def test_five_hundred_damaged_archives(tmp_path):
    model = functional()
    model.save(tmp_path / "whole.keras")
    path = tmp_path / "broken.keras"
    for content in damaged_archives((tmp_path / "whole.keras").read_bytes()):
        path.write_bytes(content)
        with pytest.raises(ConfigError):
            read_config(path)


def zipped(name: str, content: bytes) -> bytes:
    """Return an archive: the same bytes, and so the same test id, at any time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)  # of 1980
        archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"hello", "no JSON"),
        (b"\x89HDF\r\n\x1a\n....", "HDF5"),
        (b"[1, 2]", 'no "config"'),
        (b'{"config": {}}', 'no "class_name"'),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"config":' * 100_000, "nested too deeply"),
        (zipped("other.txt", b"x"), "without config.json"),
        (zipped("config.json", b"x"), "no JSON"),
        (zipped("config.json", b" " * (65 * 2**20)), "unpacks to more than 64 MB"),
        (b"PK\x03\x04" + b"\0" * 1000, "damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_files_that_are_no_models(tmp_path, content, said):
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        read_config(path)


def test_a_folder(tmp_path):
    with pytest.raises(ConfigError, match="SavedModel"):
        read_config(tmp_path)


def test_a_hundred_megabytes_of_nonsense(tmp_path):
    path = tmp_path / "model.keras"
    with path.open("wb") as file:
        file.truncate(100 * 2**20)
    started = time.perf_counter()
    with pytest.raises(ConfigError, match="JSON below 64 MB"):
        read_config(path)
    assert time.perf_counter() - started < 1


def test_a_circle_is_no_model():
    def layer(name: str, source: str) -> dict:
        tensor = {"keras_history": [source, 0, 0], "shape": [None, 1]}
        use = {"args": [{"class_name": "__keras_tensor__", "config": tensor}]}
        return {
            "name": name,
            "class_name": "Dense",
            "config": {"name": name},
            "inbound_nodes": [{**use, "kwargs": {}}],
        }

    config = {
        "name": "circle",
        "layers": [layer("a", "b"), layer("b", "a")],
        "input_layers": ["a", 0, 0],
        "output_layers": ["b", 0, 0],
    }
    with pytest.raises(ConfigError, match="in a circle"):
        read(config)


def test_a_graph_of_keras_2_is_refused():
    """Its calls are written in another way; without them, a skip looks like a stack."""

    def layer(name: str, *sources: str) -> dict:
        calls = [[[source, 0, 0, {}] for source in sources]] if sources else []
        return {
            "class_name": "Dense",
            "name": name,
            "config": {"name": name},
            "inbound_nodes": calls,
        }

    config = {
        "name": "skip",
        "layers": [layer("x"), layer("dense", "x"), layer("add", "x", "dense")],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["add", 0, 0]],
    }
    with pytest.raises(ConfigError, match="not written as by Keras 3"):
        read(config)


@pytest.mark.parametrize("name", [[], {}, None, 5])
def test_names_are_texts(name):
    layer = {"name": name, "class_name": "x", "config": {}, "inbound_nodes": []}
    ends = {"input_layers": [], "output_layers": []}
    with pytest.raises(ConfigError, match="a name is no text"):
        read({"name": "net", "layers": [layer], **ends})


def test_a_file_and_the_model_give_the_same_verdict(tmp_path):
    model = functional()
    model.save(tmp_path / "model.keras")
    config = read_config(tmp_path / "model.keras")["config"]
    assert verdict_of_config(config) == verdict_of_config(model.get_config())
