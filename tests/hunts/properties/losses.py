"""Losses and loss weights: what they make of logits, labels and shapes."""

import itertools
import warnings

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import each, same
from tests.hunts.zoo.case import NAMES

TINY = 1e-7


def passing(shape):
    """Make a model that returns what it gets, so that data are its answers."""
    return keras.Sequential([keras.Input(shape), layers.Activation("linear")])


def loss_of(model, x, y, loss, size=32):
    """Evaluate a model with a loss, and note the warnings."""
    model.compile(loss=loss)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answer = model.evaluate(x, y, batch_size=size, verbose=0)
    return answer, [w for w in caught if w.category is UserWarning]


@over(
    each(
        "numbers of classes, sizes of logits and steps",
        itertools.product([2, 3, 10], [0.3, 2.0, 20.0], [(), (4,), (3, 2)]),
    )
)
def trap_a_loss_by_name_takes_probabilities(case):
    """Probabilities give the loss of the book; logits are cut, without a word."""
    classes, scale, steps = case
    random = np.random.default_rng(classes)
    logits = random.normal(scale=scale, size=(8, *steps, classes)).astype("float32")
    labels = random.integers(0, classes, (8, *steps))
    hot = np.eye(classes, dtype="float32")[labels]
    sparse = "sparse_categorical_crossentropy"

    def wanted(scores):
        scores = np.clip(scores, TINY, 1 - TINY)
        chosen = np.sum(scores * hot, axis=-1) / np.sum(scores, axis=-1)
        return np.mean(-np.log(chosen))

    probabilities = np.asarray(ops.softmax(logits))
    right = wanted(probabilities.astype("float64"))
    model = passing(logits.shape[1:])
    for loss, y in ((sparse, labels), ("categorical_crossentropy", hot)):
        answer, _ = loss_of(model, probabilities, y, loss)
        assert np.isclose(answer, right, rtol=1e-3)
    by_logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    answer, _ = loss_of(model, logits, labels, by_logits)
    exact = np.mean(np.sum(-hot * np.asarray(ops.log_softmax(logits)), axis=-1))
    assert np.isclose(answer, exact, rtol=1e-3)
    cut, warned = loss_of(model, logits, labels, sparse)
    assert not warned and np.isclose(cut, wanted(logits), rtol=1e-3)
    assert not np.isclose(cut, exact, rtol=1e-2)
    # The same for two classes in one number each.
    chances = np.asarray(ops.sigmoid(logits)).astype("float64")
    chances = np.clip(chances, 0.01, 0.99)
    binary = -np.mean(hot * np.log(chances) + (1 - hot) * np.log(1 - chances))
    answer, _ = loss_of(model, chances, hot, "binary_crossentropy")
    assert np.isclose(answer, binary, rtol=1e-3)


AFTER = [
    "[layers.Reshape((classes,))]",
    "[layers.Flatten()]",
    "[layers.Rescaling(1.0)]",
    "[layers.Reshape((classes, 1)), layers.Flatten()]",
    "[layers.RepeatVector(1), layers.Flatten()]",
    "[layers.Lambda(lambda x: x + 0.0)]",
]
SOFTMAX = [
    "layers.Softmax()",
    "layers.Activation('softmax')",
    "layers.Dense(classes, activation='softmax', kernel_initializer='identity')",
]


@over(
    each(
        "softmaxes, layers behind them and numbers of classes",
        itertools.product(SOFTMAX, AFTER, [2, 3, 10]),
    )
)
def trap_a_softmax_before_another_layer_is_not_noticed(case):
    """Give perfect answers: the loss is that of two softmaxes, without a warning."""
    softmax, after, classes = case
    names = {**NAMES, "classes": classes}
    perfect = 99 * np.eye(classes, dtype="float32")
    labels = np.arange(classes)
    for loss, y in (
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), labels),
        (keras.losses.CategoricalCrossentropy(from_logits=True), np.eye(classes)),
    ):
        steps = [eval(softmax, names), *eval(after, names)]
        model = keras.Sequential([keras.Input((classes,)), *steps])
        answer, warned = loss_of(model, perfect, y, loss)
        assert not warned
        assert np.isclose(answer, np.log(1 + (classes - 1) / np.e), atol=1e-4)


@over(
    each(
        "losses, widths, numbers of rows and models",
        itertools.product(
            ["mse", "mae"],
            [2, 3, 5],
            [3, 8],
            ["sequential", "functional", "deep"],
        ),
    )
)
def trap_mse_spreads_a_single_column(case):
    """One column of targets counts for each output, one output for all targets."""
    loss, width, rows, kind = case
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(rows)
    x = random.normal(size=(rows, 4)).astype("float32")
    measure = np.square if loss == "mse" else np.abs

    def model_of(units):
        if kind == "functional":
            inputs = keras.Input((4,))
            return keras.Model(inputs, layers.Dense(units)(inputs))
        deep = [layers.Dense(4, activation="tanh")] if kind == "deep" else []
        return keras.Sequential([keras.Input((4,)), *deep, layers.Dense(units)])

    for units, wide in ((width, 1), (1, width)):
        model = model_of(units)
        y = random.normal(size=(rows, wide)).astype("float32")
        model.compile("sgd", loss=loss, run_eagerly=True)
        spread = np.mean(measure(model(x).numpy() - y))
        assert (model(x).numpy() - y).shape == (rows, width)
        assert np.isclose(model.evaluate(x, y, verbose=0), spread, rtol=1e-4)
        before = model.get_weights()
        model.fit(x, y, verbose=0)
        assert not same(before, model.get_weights())


@over(
    each(
        "ranges of targets, shapes and numbers of rows",
        itertools.product(
            [(-1, 1), (1, 2), (0, 5), (-3, 0), (-20, 20)],
            [(1,), (4,), (3, 2)],
            [4, 9],
        ),
    )
)
def trap_binary_crossentropy_takes_any_number(case):
    """Put any target into the formula; for -1 and 1, fall below 0."""
    (low, high), shape, rows = case
    random = np.random.default_rng(rows)
    answers = random.uniform(0.05, 0.95, (rows, *shape)).astype("float32")
    model = passing(shape)

    def formula(y, p):
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    for y in (random.uniform(low, high, answers.shape), np.full(answers.shape, high)):
        y = y.astype("float32")
        answer, warned = loss_of(model, answers, y, "binary_crossentropy")
        assert not warned and np.isclose(answer, formula(y, answers), atol=1e-3)
    y = np.where(random.random(answers.shape) < 0.8, -1.0, 1.0).astype("float32")
    y.flat[0] = -1.0
    right = np.where(y > 0, 0.999, 0.001).astype("float32")
    answer, warned = loss_of(model, right, y, "binary_crossentropy")
    assert answer < 0 and not warned


@over(
    each(
        "ways to write a loss, differences, numbers of rows and of inputs",
        itertools.product(
            ["compute_loss", "train_step"], ["square", "abs"], [2, 8, 9, 33], [1, 3]
        ),
    )
)
def trap_flat_targets_broadcast_in_your_own_loss(case):
    """Each row meets all: a perfect model has the mean of all pairs as its loss."""
    way, difference, rows, columns = case
    measure = getattr(ops, difference)

    class OwnLoss(keras.Model):
        def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
            differences = y - y_pred
            self.shape_seen = differences.shape
            self.loss_seen = ops.mean(measure(differences))
            return self.loss_seen

    class OwnStep(keras.Model):
        def train_step(self, data):
            x, y = data
            differences = y - self(x, training=True)
            self.shape_seen = differences.shape
            self.loss_seen = ops.mean(measure(differences))
            return {"own": self.loss_seen}

    inputs = keras.Input((columns,))
    outputs = layers.Dense(1, kernel_initializer="ones")(inputs)
    kind = OwnLoss if way == "compute_loss" else OwnStep
    model = kind(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    x = np.random.default_rng(rows).normal(size=(rows, columns)).astype("float32")
    y = x.sum(axis=1)
    assert np.allclose(model(x)[:, 0], y, atol=1e-5)  # it is perfect
    model.fit(x, y, batch_size=rows, verbose=0)
    loss = float(model.loss_seen)
    assert tuple(model.shape_seen) == (rows, rows)
    pairs = y[:, None] - y
    wanted = np.mean(pairs**2 if difference == "square" else np.abs(pairs))
    assert np.isclose(loss, wanted, rtol=1e-4)
    if difference == "square":
        assert np.isclose(loss, 2 * y.var(), rtol=1e-4)


NAMED = [
    ("price", "area"),
    ("area", "price"),
    ("c", "b", "a"),
    ("b", "c", "a"),
    ("two", "one", "three"),
    ("B", "a", "C"),
    ("n10", "n9", "n1", "n2"),
]


@over(
    each(
        "names of outputs and of weights, and losses",
        itertools.product(NAMED, ["right", "wrong", "reversed"], ["mse", "mae"]),
    )
)
def trap_loss_weights_go_by_the_alphabet(case):
    """Sum the losses in their order, weighted in the order of the names."""
    names, given, loss = case
    keras.utils.set_random_seed(0)
    keys = {
        "right": names,
        "wrong": [f"no {name}" for name in names],
        "reversed": names[::-1],
    }[given]
    weights = {key: 10.0**n for n, key in enumerate(keys)}
    inputs = keras.Input((2,))
    heads = [layers.Dense(1, name=name)(inputs) for name in names]
    model = keras.Model(inputs, heads)
    losses = [loss] * len(names)
    model.compile(
        keras.optimizers.SGD(0.0), losses, loss_weights=weights, run_eagerly=True
    )
    x = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
    y = [np.full((6, 1), 2.0 + n**2) for n in range(len(names))]
    history = model.fit(x, y, verbose=0).history
    measure = np.square if loss == "mse" else np.abs
    parts = [np.mean(measure(a - b)) for a, b in zip(model(x), y, strict=True)]
    by_alphabet = [weights[key] for key in sorted(weights)]
    assert np.isclose(history["loss"][0], np.dot(by_alphabet, parts), rtol=1e-4)


WEIGHTS = [
    {9: 5.0},
    {0: 2.0, 7: 100.0},
    {1: 3.0, 2: 0.0},
    {5: 0.0, 1: 0.5, 8: 9.0},
    {0: 4.0},
]


@over(
    each(
        "class weights, numbers of classes and forms of targets",
        itertools.product(WEIGHTS, [2, 3, 5], ["flat", "column", "one-hot"]),
    )
)
def trap_unknown_classes_in_class_weight_are_ignored(case):
    """Weight each row by its class, with 1 where there is no weight."""
    weights, classes, form = case
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(classes)
    x = random.normal(size=(12, 3)).astype("float32")
    labels = np.arange(12) % classes
    dense = layers.Dense(classes, activation="softmax")
    model = keras.Sequential([keras.Input((3,)), dense])
    hot = np.eye(classes)[labels]
    y = {"flat": labels, "column": labels[:, None], "one-hot": hot}[form]
    loss = ("" if form == "one-hot" else "sparse_") + "categorical_crossentropy"
    model.compile(keras.optimizers.SGD(0.0), loss=loss, run_eagerly=True)
    history = model.fit(x, y, class_weight=weights, verbose=0).history
    rows = -np.log(np.sum(model(x) * hot, axis=-1))
    counted = [weights.get(int(label), 1.0) for label in labels]
    assert np.isclose(history["loss"][0], np.mean(rows * counted), rtol=1e-4)
