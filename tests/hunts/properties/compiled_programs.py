"""What TensorFlow records of a model in three styles, and how often."""

import itertools
import sys
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import STACKS, each


def operations(function, *args):
    """Return the kinds of operations of the recorded function, in order."""
    graph = tf.function(function).get_concrete_function(*args).graph
    return [operation.type for operation in graph.get_operations()]


class InOrder(keras.Model):
    """Calls layers one after the other."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def call(self, x, training=False):
        for layer in self.steps:
            x = layer(x)
        return x


def three(shape, make, dtype="float32"):
    """Make the three models of the same layers."""
    tensor = inputs = keras.Input(shape, dtype=dtype)
    for layer in make():
        tensor = layer(tensor)
    stack = keras.Sequential([keras.Input(shape, dtype=dtype), *make()])
    return [stack, keras.Model(inputs, tensor), InOrder(make())]


UNITS = ((1,), (8, 1), (3, 3), (16, 8, 4), (2, 2, 2, 2, 2))
WIDTHS = (1, 4, 9)
ACTIVATIONS = (None, "relu", "tanh", "softmax")


def dense(units, activation, bias=True):
    """Return what makes Dense layers; the last one has no activation."""

    def make():
        hidden = [
            layers.Dense(n, activation=activation, use_bias=bias) for n in units[:-1]
        ]
        return [*hidden, layers.Dense(units[-1])]

    return make


@over(
    each(
        "networks of Dense layers",
        itertools.product(UNITS, WIDTHS, ACTIVATIONS, (True, False)),
    )
)
def inference_graphs_have_equal_operations(case):
    """Record the call of each, and compare the operations."""
    units, width, activation, bias = case
    x = tf.ones((8, width))
    models = three((width,), dense(units, activation, bias))
    for model in models:
        model(x)
    first, second, third = (operations(model, x) for model in models)
    assert first == second == third
    assert first.count("MatMul") == len(units)


@over(
    each(
        "networks of Dense layers",
        itertools.product(UNITS, (1, 4), ("relu", "tanh"), (True, False)),
    )
)
def training_graphs_have_equal_operations(case):
    """Record a training step of each, and compare the operations."""
    units, width, activation, bias = case
    x, y = tf.ones((8, width)), tf.ones((8, units[-1]))
    found = []
    for model in three((width,), dense(units, activation, bias)):
        model.compile("adam", loss="mse")
        model(x)
        model.optimizer.build(model.trainable_variables)
        found.append(operations(lambda x, y, m=model: m.train_step((x, y)), x, y))
    assert found[0] == found[1] == found[2]
    assert found[0].count("MatMul") == 3 * len(units) - 1
    assert found[0].count("AssignSubVariableOp") == len(model.trainable_variables)


IMAGES = list(
    itertools.product(
        ("layers.Conv2D(4, 3)", "layers.Conv2D(2, 1, padding='same')"),
        ("layers.ReLU()", "layers.MaxPooling2D()", "layers.AveragePooling2D(3, 1)"),
        ((8, 8, 1), (9, 6, 3)),
        (0.1, 0.5),
        ("layers.Flatten()", "layers.GlobalAveragePooling2D()"),
    )
)
WORDS = list(itertools.product((2, 4, 7), (1, 3, 8), (3, 5, 12), (1, 2)))


@over(each("networks of images and of words", zip(IMAGES, WORDS, strict=False)))
def masks_add_operations_that_compile_away(case):
    """Record both networks in each style."""
    (convolution, after, shape, rate, flat), (vector, units, length, out) = case

    def of_images():
        norm = [layers.BatchNormalization(), eval(after), layers.Dropout(rate)]
        return [eval(convolution), *norm, eval(flat), layers.Dense(out)]

    def of_words():
        embedding = layers.Embedding(9, vector, mask_zero=True)
        return [embedding, layers.SimpleRNN(units), layers.Dense(out)]

    x = tf.ones((8, *shape))
    models = three(shape, of_images)
    for model in models:
        model(x)
    first, second, third = (operations(model, x) for model in models)
    assert first == second == third
    x = tf.ones((8, length), "int32")
    models = three((length,), of_words, "int32")
    for model in models:
        model(x)
    first, second, third = (len(operations(model, x)) for model in models)
    assert first == second == third + 2


@over(
    replace(STACKS, fixed=STACKS.fixed[::2]).where(
        lambda stack: not stack.rows, "stacks that take batches of any size"
    )
)
def each_style_is_recorded_equally_often(stack):
    """Predict on rows that fit the batches, and on others."""
    rows = np.concatenate([stack.x(5, seed) for seed in range(4)])

    def recordings(model):
        counts = []
        for number in (16, 16, 12, 11, 19):
            model.predict(rows[:number], batch_size=8, verbose=0)
            counts.append(model.predict_function.experimental_get_tracing_count())
        return counts

    made = (stack.sequential(), stack.functional(), stack.subclass())
    assert [recordings(model) for model in made] == [[1, 1, 2, 2, 2]] * 3


def entered(call):
    """Return the names of the Python functions of Keras that a second call enters."""
    folder, found = keras.__path__[0], []

    def profile(frame, event, arg):
        if event == "call" and frame.f_code.co_filename.startswith(folder):
            found.append(frame.f_code.co_name)

    call()
    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(None)
    return found


@over(
    STACKS.where(
        lambda stack: not stack.case("list").has(keras.Model), "stacks without models"
    )
)
def declared_inputs_are_checked_on_each_eager_call(stack):
    """Count the Python functions of Keras in a later call of each style."""
    x = tf.constant(stack.x())
    made = (stack.sequential(), stack.functional(), stack.subclass())
    names = [entered(lambda model=model: model(x)) for model in made]
    assert ["_standardize_inputs" in found for found in names] == [True, True, False]
    assert len(names[2]) < min(len(names[0]), len(names[1]))


@over(
    each(
        "networks of Dense layers, nested to some depth",
        itertools.product(UNITS, (1, 4, 9), (1, 2, 3), (True, False)),
    )
)
def nesting_adds_no_operations(case):
    """Compare nested stacks with ReLU layers, and one flat stack."""
    units, width, depth, in_front = case
    x = tf.ones((8, width))
    inputs = keras.Input((width,))
    flat = keras.Sequential([inputs])
    body = [keras.Input((width,))]
    for n in units:
        flat.add(layers.Dense(n, activation="relu"))
        body += [layers.Dense(n), layers.ReLU()]
    flat.add(layers.Dense(1))
    nested = keras.Sequential(body)
    for _ in range(depth - 1):
        nested = keras.Sequential([keras.Input((width,)), nested])
    outputs = layers.Dense(1)(nested(inputs))
    model = keras.Model(inputs, outputs)
    if in_front:
        outer = keras.Input((width,))
        model = keras.Model(outer, model(outer))
    assert operations(model, x) == operations(flat, x)
    linear = keras.Sequential([keras.Input((width,)), *map(layers.Dense, units)])
    linear.add(layers.Dense(1))
    assert operations(model, x) != operations(linear, x)
