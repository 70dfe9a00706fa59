"""What the gallery reads from the source of an example."""

import ast

import pytest

from keras_site.gallery import code_features

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
