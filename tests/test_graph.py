"""The graph that is read from a config, what it proves, and its picture."""

import inspect
import itertools
import xml.etree.ElementTree as ET
from importlib import import_module

import keras
import pytest
from keras import layers, ops

from tests.conftest import EXAMPLES
from which_api.diagram import draw
from which_api.graph import TRAINS_BY_DEFAULT, evidence, read
from which_api.rules import choose, rule


def model(draw_graph, inputs=1):
    """Draw a functional model of `inputs` inputs of four numbers."""
    given = [keras.Input((4,), name=f"input_{n}") for n in range(inputs)]
    return keras.Model(given if inputs > 1 else given[0], draw_graph(*given))


def twice(x):
    dense = layers.Dense(4, name="dense")
    return dense(dense(x))


def auxiliary(x):
    middle = layers.Dense(4)(x)
    return [middle, layers.Dense(1)(middle)]


def augmented(x):
    image = layers.Reshape((2, 2, 1))(x)
    return layers.Conv2D(1, 1)(layers.Resizing(4, 4)(layers.RandomFlip()(image)))


SHAPES = {
    "augmented": (augmented, 1, set()),
    "chain": (lambda x: layers.Dense(3)(layers.Dense(4)(x)), 1, set()),
    "ops": (
        lambda x: ops.relu(layers.Dense(4)(x)),
        1,
        {"operation-in-the-chain"},
    ),
    "two inputs": (
        lambda x, y: layers.Add()([x, y]),
        2,
        {"several-inputs", "branch-and-merge"},
    ),
    "keyword": (
        lambda x, y: layers.Attention()([x[:, None], y[:, None]]),
        2,
        {"several-inputs", "branch-and-merge"},
    ),
    "two outputs": (
        lambda x: {"a": layers.Dense(1)(x), "b": layers.Dense(2)(x)},
        1,
        {"several-outputs", "branch-and-merge"},
    ),
    "auxiliary": (auxiliary, 1, {"several-outputs", "branch-and-merge"}),
    "skip": (lambda x: x + layers.Dense(4)(x), 1, {"branch-and-merge"}),
    "shared": (twice, 1, {"shared-layer"}),
    "nested": (
        lambda x: keras.Sequential([layers.Dense(4), layers.Dense(2)])(x),
        1,
        set(),
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_evidence(name):
    draw_graph, inputs, expected = SHAPES[name]
    built = model(draw_graph, inputs)
    assert set(evidence(read(built.get_config()))) == expected


def test_layers_that_work_in_training_by_default_are_all_listed():
    """Keras notes their default, True, where it notes False for all others."""
    classes = [
        value
        for name, value in vars(layers).items()
        if isinstance(value, type) and issubclass(value, keras.Layer)
    ]
    trains = {
        each.__name__
        for each in classes
        if (given := inspect.signature(each.call).parameters.get("training"))
        and given.default is True
    }
    assert trains == TRAINS_BY_DEFAULT


def test_sequential_with_a_layer_twice():
    dense = layers.Dense(4)
    stack = keras.Sequential([keras.Input((4,)), layers.Dense(4), dense])
    assert evidence(read(stack.get_config())) == {}
    assert len(read(stack.get_config()).calls) == 3


def test_subclass_has_no_graph():
    class Net(keras.Model):
        pass

    assert read(Net().get_config()) is None
    with pytest.raises(ValueError, match="no graph to draw"):
        draw(Net())


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_need_the_api_that_they_declare(name):
    module = import_module(f"examples.{name}")
    graph = read(module.build().get_config())
    if graph is None:
        assert rule(module.RULE).api == "subclass"
        return
    found = evidence(graph)
    assert choose(found).name == rule(module.RULE).api
    asked = rule(module.RULE)
    assert asked.id in found or asked.id == "plain-stack" or not asked.decides


# --- pictures ------------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"


def boxes(svg):
    return [
        tuple(float(rect.get(key)) for key in ("x", "y", "width", "height"))
        for rect in ET.fromstring(svg).iter(f"{SVG}rect")
    ]


@pytest.mark.parametrize("name", SHAPES)
def test_picture(name):
    draw_graph, inputs, expected = SHAPES[name]
    built = model(draw_graph, inputs)
    svg = draw(built).svg
    root = ET.fromstring(svg)
    assert root.find(f"{SVG}title").text and root.find(f"{SVG}desc").text
    marked = [e for e in root.iter() if e.get("class") == "why"]
    assert bool(marked) == bool(expected)
    assert len(boxes(svg)) == len(read(built.get_config()).calls)
    assert len(svg) < 8_000


@pytest.mark.parametrize("name", EXAMPLES)
def test_boxes_stand_apart_and_inside(name):
    module = import_module(f"examples.{name}")
    if rule(module.RULE).api == "subclass":
        return  # it has no picture; test_subclass_has_no_graph
    svg = draw(module.build()).svg
    _, _, width, height = map(float, ET.fromstring(svg).get("viewBox").split())
    for x, y, w, h in boxes(svg):
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in itertools.combinations(boxes(svg), 2):
        apart = x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1
        assert apart


def test_the_same_model_gives_the_same_picture():
    config = model(SHAPES["skip"][0]).get_config()
    one, other = draw(config), draw(config)
    number = [d.svg.split('id="model-')[1].split("-")[0] for d in (one, other)]
    assert number[0] != number[1]  # ids are unique on a page
    same = one.svg.replace(f"model-{number[0]}-", f"model-{number[1]}-")
    assert same == other.svg
