"""The Python text of a model builds a model like it, or there is none."""

from importlib import import_module

import keras
import numpy as np
import pytest
from keras import layers, ops

from which_api.judge import simplify
from which_api.source import source_of
from which_api.trace import _equal, sample

WRITTEN = [
    "plain_stack",
    "convolutional_stack",
    "autoencoder",
    "two_inputs",
    "two_outputs",
    "multi_task",
    "skip_connection",
    "inception_branches",
    "image_and_tabular",
]


def run(text: str) -> keras.Model:
    space: dict = {}
    exec(text, space)
    return space["model"]


@pytest.mark.parametrize("name", WRITTEN)
def test_source_of_a_recipe(name):
    model = import_module(f"examples.{name}").build()
    simple = simplify(model)
    assert simple.source, "there is no source"
    built = run(simple.source)
    assert type(built) is type(simple.model)
    assert [w.shape for w in built.weights] == [w.shape for w in model.weights]
    built.set_weights(model.get_weights())
    data = sample(model.inputs if len(model.inputs) > 1 else model.inputs[0])
    assert _equal(built(data), model(data))


class Own(layers.Layer):
    """A layer that no text can name."""

    def call(self, x):
        return x


def test_no_source_is_better_than_a_wrong_one():
    x = keras.Input((4,))
    for y in (Own()(x), ops.relu(x), layers.Lambda(lambda t: t)(x)):
        assert source_of(keras.Model(x, y)) == ""
    twice = layers.Dense(4)
    assert source_of(keras.Sequential([keras.Input((4,)), twice, twice])) == ""


def test_names_cannot_smuggle_code():
    x = keras.Input((4,), name='x"); import os; ("')
    model = keras.Model(x, layers.Dense(2, name="class")(x), name="a\\nb")
    built = run(source_of(model))
    assert built.name == model.name
    assert np.shape(built(np.ones((1, 4)))) == (1, 2)
