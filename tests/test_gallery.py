"""What the gallery makes of an example and of the pictures on its page."""

import ast
import xml.etree.ElementTree as ET

import pytest

from keras_site.gallery import (
    Card,
    Picture,
    _empty,
    _filters,
    as_file,
    code_features,
    silhouette,
    write_pictures,
)
from which_api.diagram import draw
from which_api.rules import rule

LAYER = "class A(layers.Layer):\n    def {name}(self, x):\n        {body}\n"


@pytest.mark.parametrize(
    ("source", "features"),
    [
        ("def build():\n    for _ in range(3):\n        x = dense(x)\n", set()),
        (LAYER.format(name="call", body="return x"), set()),
        (LAYER.format(name="call", body="for _ in x: pass"), {"loop"}),
        (LAYER.format(name="__init__", body="for _ in x: pass"), set()),
        (LAYER.format(name="train_step", body="return {}"), {"own-training-step"}),
        ("def decode(x):\n    while x:\n        x = step(x)\n", {"loop"}),
        ("def write(model, x):\n    for _ in x:\n        model(x)\n", {"loop"}),
        ("y = ops.while_loop(a, b, c)\n", {"loop", "values-in-a-layer"}),
        ("y = ops.cond(a, b, c)\n", {"values-in-a-layer"}),
    ],
)
def test_features_of_code(source, features):
    assert code_features(ast.parse(source)) == features


FIGURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 158.4" role="img">'
    '<text fill="currentColor">loss</text></svg>'
)
MODEL = {
    "name": "stack",
    "layers": [
        {"class_name": kind, "config": {"name": name, "batch_shape": [None, 4]}}
        for kind, name in (("InputLayer", "in"), ("Dense", "one"), ("Dense", "two"))
    ],
}


def test_a_figure_as_a_file_has_its_own_colors_and_font():
    text = as_file(Picture("plot", FIGURE, "It falls."), "#123")
    root = ET.fromstring(text)
    assert root.attrib["color"] == "#123" and "sans-serif" in root.attrib["font-family"]


def test_a_silhouette_is_the_graph_without_words():
    drawn = draw(MODEL)
    svg = silhouette(Picture("model", drawn.svg, drawn.text), 5)
    root = ET.fromstring(svg)
    tags = {each.tag.rpartition("}")[2] for each in root.iter()}
    assert not tags & {"text", "title", "desc"} and {"rect", "path", "marker"} <= tags
    assert root.attrib["aria-hidden"] == "true" and "role" not in root.attrib
    # A marker, and two arrows that refer to it.
    assert svg.count("model-5-tip") == svg.count("model-") == 3


def card(name: str, rule_id: str, picture: Picture | None = None) -> Card:
    return Card(name, rule(rule_id), "", picture, frozenset({rule_id}))


def test_former_pictures_are_removed(tmp_path):
    figure = Picture("plot", FIGURE, "It falls.")
    write_pictures(tmp_path, [card("old", "plain-stack", figure)])
    write_pictures(tmp_path, [card("new", "plain-stack", figure)])
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["new-dark.svg", "new-light.svg"]
    assert figure.size == (360, 158)


def test_filters_that_no_card_has_both_of():
    shown = [card("a", "plain-stack"), card("b", "several-inputs")]
    assert list(_empty(shown, list(_filters(shown)))) == [
        ("api-sequential", "has-several-inputs"),
        ("has-several-inputs", "api-sequential"),
    ]
