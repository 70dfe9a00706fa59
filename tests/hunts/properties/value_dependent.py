"""Steps that depend on values: early exits, and Python that reads tensors."""

import itertools

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from examples.custom_forward import EarlyExit
from tests.hunts.property import over
from tests.hunts.zoo import each

HOW = list(
    itertools.product(
        [0.0, 0.3, 0.4, 0.6, 2.0],  # nobody is as sure as 2.0
        [1, 7],  # rows
        ["dense", "images", "normalized"],
    )
)
EXITS = each("early exits, thresholds and batches", HOW)


class RowCounter(layers.Layer):
    """Counts the rows that it receives."""

    def build(self, input_shape):
        """Make the counter."""
        self.rows = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x):
        """Count."""
        self.rows.assign_add(ops.cast(ops.shape(x)[0], "float32"))
        return x


def exits_of(how):
    """Return an early exit of two networks, its input shape, and data."""
    threshold, rows, kind = how
    keras.utils.set_random_seed(rows)
    exits = EarlyExit(threshold)
    shape = (8, 8, 1) if kind == "images" else (4,)
    cheap = [layers.Flatten(), layers.Dense(3, activation="softmax")]
    deep = {
        "dense": [layers.Dense(5, activation="tanh")],
        "images": [layers.Conv2D(2, 3, activation="relu"), layers.Flatten()],
        "normalized": [layers.BatchNormalization(), layers.Dropout(0.5)],
    }[kind]
    exits.cheap = keras.Sequential([keras.Input(shape), *cheap])
    last = layers.Dense(3, activation="softmax")
    exits.deep = keras.Sequential([keras.Input(shape), *deep, last])
    x = np.random.default_rng(rows).normal(size=(rows, *shape)).astype("float32")
    return exits, shape, x


@over(EXITS)
def a_deciding_layer_skips_the_other_rows(how):
    """Count the rows that go deep, in a compiled predict and in a call."""
    exits, shape, x = exits_of(how)
    unsure = np.max(exits.cheap(x), axis=-1) < how[0]
    expected = np.where(unsure[:, None], exits.deep(x), exits.cheap(x))
    counter = RowCounter()
    exits.deep = keras.Sequential([keras.Input(shape), counter, *exits.deep.layers])
    model = keras.Sequential([keras.Input(shape), exits])
    counter.rows.assign(0)
    answers = model.predict(x, verbose=0)
    assert int(counter.rows) == unsure.sum()
    assert np.allclose(answers, expected, atol=1e-6)
    assert np.allclose(model(x), expected, atol=1e-6)
    assert int(counter.rows) == 2 * unsure.sum()


@over(EXITS)
def fit_trains_only_the_path_that_answers(how):
    """Fit on one image at a time, and on all: which path has a slope."""
    exits, shape, x = exits_of(how)
    model = keras.Sequential([keras.Input(shape), exits])
    model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=True)
    paths = (exits.cheap, exits.deep)
    for row in x[:3, None]:
        unsure = np.max(exits.cheap(row)) < how[0]
        before = [path.trainable_weights[-1].numpy() for path in paths]
        model.fit(row, np.array([[5.0, -5.0, 2.0]]), verbose=0)
        after = [path.trainable_weights[-1].numpy() for path in paths]
        moved = [not np.array_equal(*pair) for pair in zip(before, after, strict=True)]
        assert moved == [not unsure, unsure]
    # Of a batch, the cheap network learns from the sure rows alone.
    unsure = np.max(exits.cheap(x), axis=-1) < how[0]
    weight = exits.cheap.trainable_weights[0]
    with tf.GradientTape(persistent=True) as tape:
        both = ops.sum((exits(x) - 1.0) ** 2)
        sure = ops.sum((exits.cheap(x[~unsure]) - 1.0) ** 2) if any(~unsure) else None
    slope = tape.gradient(both, weight.value)
    if sure is None:
        assert slope is None or not np.any(slope)
    else:
        assert np.allclose(slope, tape.gradient(sure, weight.value), atol=1e-5)


@over(EXITS)
def a_graph_can_choose_but_pays_for_both(how):
    """Compare answers with the early exit, and count the rows of the deep network."""
    exits, shape, x = exits_of(how)
    every, inputs = RowCounter(), keras.Input(shape)
    counted = keras.Sequential([keras.Input(shape), every, *exits.deep.layers])
    cheap, deep = exits.cheap(inputs), counted(inputs)
    sure = ops.max(cheap, axis=-1, keepdims=True)
    both = keras.Model(inputs, ops.where(sure < exits.threshold, deep, cheap))
    every.rows.assign(0)
    early = keras.Sequential([keras.Input(shape), exits])
    assert np.allclose(both.predict(x, verbose=0), early(x), atol=1e-6)
    assert int(every.rows) == len(x)


def read_if(x):
    """Decide by an `if`."""
    return x * 2.0 if ops.any(x > 0) else x


def read_while(x):
    """Decide by a `while`."""
    while ops.max(ops.abs(x)) > 1.0:
        x = x / 2.0
    return x


def read_bool(x):
    """Decide by bool()."""
    return x * float(bool(ops.all(x < 0)))


def read_and(x):
    """Decide by `and`."""
    return x * (2.0 if ops.any(x > 0) and ops.any(x < 0) else 1.0)


def read_not(x):
    """Decide by `not`."""
    return x * (2.0 if not ops.any(x > 0) else 1.0)


def read_assert(x):
    """Check by an assert."""
    assert ops.all(x < 1e9)
    return x


def read_max(x):
    """Decide by the max() of Python."""
    return x * max(ops.sum(x), 1.0)


def read_assigned(x):
    """Decide by a value that Python chose between two."""
    return ops.relu(x) if ops.sum(x) > ops.sum(x * x) else x


READS = [
    read_if,
    read_while,
    read_bool,
    read_and,
    read_not,
    read_assert,
    read_max,
    read_assigned,
]


def network_of(read, kind):
    """Return a model whose call, or that of a layer in it, reads a value."""

    class Reading(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            return read(self.dense(x))

    class ReadingLayer(layers.Layer):
        def call(self, x):
            return read(x)

    class Around(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.reads = layers.Dense(3), ReadingLayer()

        def call(self, x, training=False):
            return self.reads(self.dense(x))

    class Before(keras.Model):
        def __init__(self):
            super().__init__()
            self.norm, self.dense = layers.BatchNormalization(), layers.Dense(2)

        def call(self, x, training=False):
            return self.dense(read(self.norm(x, training=training)))

    return {"model": Reading, "layer": Around, "in the middle": Before}[kind]()


@over(
    each(
        "subclassed models that read a value, and batches",
        itertools.product(READS, ["model", "layer", "in the middle"], [1, 40]),
    )
)
def predict_compiles_the_forward_pass(how):
    """Call, predict eagerly, and predict: an error in the last only."""
    read, kind, rows = how
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    model = network_of(read, kind)
    assert model(x).shape[0] == rows
    model.compile(run_eagerly=True)
    assert model.predict(x, verbose=0).shape[0] == rows
    model.compile()
    message = ""
    try:
        model.predict(x, verbose=0)
    except (TypeError, ValueError) as error:
        message = str(error)
    assert "symbolic" in message and "bool" in message
