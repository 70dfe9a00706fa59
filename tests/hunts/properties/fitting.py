"""What fit asks for: a compiled model, its order of the rows, updated metrics."""

import itertools
import warnings
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import NETWORKS, each, floats, refusal


class Noted(layers.Layer):
    """Hands on what it is given, and notes its first column."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def call(self, x):
        if isinstance(x, tf.Tensor) and hasattr(x, "numpy"):
            self.seen += x.numpy()[..., 0].ravel().tolist()
        return x


class Row(keras.Model):
    """Calls layers in a row."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def call(self, x, training=False):
        for step in self.steps:
            x = step(x)
        return x


def styled(style, *steps):
    """Make a model of inputs of two columns."""
    if style == "sequential":
        return keras.Sequential([keras.Input((2,)), *steps])
    if style == "no input":
        return keras.Sequential([*steps])
    if style == "subclass":
        return Row([*steps])
    x = inputs = keras.Input((2,))
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x)


STYLES = ("sequential", "no input", "functional", "subclass")
ROWS = 12  # so many that no shuffle leaves them by chance as they were
X, Y = np.arange(2.0 * ROWS, dtype="float32").reshape(ROWS, 2), floats(ROWS, 1)
PAIRS = tf.data.Dataset.from_tensor_slices((X, Y))
# Datasets, and the options of fit that they need.
DATASETS = {
    "batches": (lambda: PAIRS.batch(4), {}),
    "pairs of rows": (lambda: PAIRS.batch(2), {}),
    "a last batch": (lambda: PAIRS.batch(5), {}),
    "a remainder": (lambda: PAIRS.batch(5, drop_remainder=True), {}),
    "one batch": (lambda: tf.data.Dataset.from_tensors((X, Y)), {}),
    "without an end": (lambda: PAIRS.batch(4).repeat(), {"steps_per_epoch": 3}),
    "prefetched": (lambda: PAIRS.batch(4).prefetch(2), {}),
    "cached": (lambda: PAIRS.cache().batch(4), {}),
    "mapped": (lambda: PAIRS.map(lambda x, y: (x, y)).batch(4), {}),
    "batches mapped": (lambda: PAIRS.batch(4).map(lambda x, y: (x, 2.0 * y)), {}),
    "with weights": (
        lambda: tf.data.Dataset.from_tensor_slices((X, Y, np.ones(ROWS))).batch(4),
        {},
    ),
    "from a generator": (
        lambda: tf.data.Dataset.from_generator(
            lambda: zip(X, Y, strict=True),
            output_signature=(tf.TensorSpec((2,)), tf.TensorSpec((1,))),
        ).batch(4),
        {},
    ),
    "two in a row": (lambda: PAIRS.take(5).concatenate(PAIRS.skip(5)).batch(6), {}),
    "class weights": (
        lambda: tf.data.Dataset.from_tensor_slices((X, np.arange(ROWS) % 2)).batch(4),
        {"class_weight": {0: 1.0, 1: 2.0}},
    ),
}


@over(
    each(
        "styles and datasets",
        [
            (style, name, 1 + (n % 8 < 2))
            for n, (name, style) in enumerate(itertools.product(DATASETS, STYLES))
            if n % 2 == n // 4 % 2
        ],
    )
)
def fit_on_a_dataset_warns_about_shuffle(case):
    """Note the order of the rows, and the warnings, for each kind of shuffle."""
    style, name, epochs = case
    make, options = DATASETS[name]
    note = Noted()
    model = styled(style, note, layers.Dense(1))
    model(X[:1])
    model.compile("sgd", loss="mse", run_eagerly=True)
    order = [row[0] for x, *_ in make().take(ROWS) for row in x.numpy()][:ROWS]
    assert order == X[: len(order), 0].tolist() and len(order) >= ROWS - 4
    for shuffle in ({}, {"shuffle": True}, {"shuffle": False}):
        note.seen.clear()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.fit(make(), epochs=epochs, verbose=0, **options, **shuffle)
        texts = [str(warning.message) for warning in caught]
        told = [text for text in texts if "`shuffle=True` was passed" in text]
        assert len(told) == (shuffle != {"shuffle": False}), texts
        assert all("will be ignored" in text for text in told)
        assert note.seen == order * epochs
    if epochs == 1:
        return
    note.seen.clear()
    model.fit(X, Y, verbose=0)  # arrays are shuffled, without a warning
    assert sorted(note.seen) == X[:, 0].tolist() and note.seen != X[:, 0].tolist()


@over(replace(NETWORKS, fixed=NETWORKS.fixed[::3]))
def fit_without_compile_raises(case):
    """Fit a model that was not compiled, on arrays and a dataset; then compile it."""
    model, x, y = case.fresh(), case.x(), case.y()
    data = tf.data.Dataset.from_tensors(tuple(keras.tree.flatten([x, y])))
    unbuilt = keras.Sequential(case.stack.new_layers() if case.stack else [])
    for made in (model, unbuilt):
        for given in ((x, y), (data,)):
            text = refusal(made.fit, *given, verbose=0)
            assert text.startswith("You must call `compile()`"), text
    before = model.get_weights()
    model.compile("sgd", loss="mse", run_eagerly=True)
    history = model.fit(x, y, batch_size=5, verbose=0).history
    assert len(history["loss"]) == 1
    assert len(model.get_weights()) == len(before)


def step(self, data):
    """Train, and update the metrics or not."""
    x, y = data
    with tf.GradientTape() as tape:
        told = self(x, training=True)
        loss = ops.mean((told - y) ** 2)
    gradients = tape.gradient(loss, self.trainable_variables)
    self.optimizer.apply(gradients, self.trainable_variables)
    if self.updates:
        self.compute_metrics(x, y, told)
    return loss


class Reports(Row):
    """Has a custom training step in a subclassed model."""

    key = "my_loss"
    updates = False

    def train_step(self, data):
        return {self.key: step(self, data)}


class ReportsAll(Reports):
    """Reports all of its metrics, too."""

    def train_step(self, data):
        loss = step(self, data)
        results = {} if not self.updates else self.get_metrics_result()
        return {self.key: loss, **results}


class Averages(Reports):
    """Has a metric of its own, and updates that one only."""

    def __init__(self, *args):
        super().__init__(*args)
        self.mean_loss = keras.metrics.Mean(name="mean_loss")

    def train_step(self, data):
        self.mean_loss.update_state(step(self, data))
        return {"mean_loss": self.mean_loss.result()}


class Names(Averages):
    """Names in `metrics` its own metric only, as many examples do."""

    @property
    def metrics(self):
        return [self.mean_loss]


class Drawn(keras.Model):
    """Is given a graph, and has a custom training step."""

    updates, key = False, "loss"

    def train_step(self, data):
        return {self.key: step(self, data)}


class Stacked(keras.Sequential):
    """Is given a list of layers, and has a custom training step."""

    updates, key = False, "loss"

    def train_step(self, data):
        return {self.key: step(self, data)}


def of_two(kind):
    """Make a model of two columns."""
    dense = layers.Dense(1)
    if kind is Drawn:
        inputs = keras.Input((2,))
        return Drawn(inputs, dense(inputs))
    if kind is Stacked:
        return Stacked([keras.Input((2,)), dense])
    return kind([dense])


KINDS = (Reports, ReportsAll, Averages, Drawn, Stacked)
METRICS = {
    "a name": lambda: ["mae"],
    "two names": lambda: ["mse", "accuracy"],
    "an object": lambda: [keras.metrics.RootMeanSquaredError()],
    "a function": lambda: [keras.losses.mean_absolute_error],
    "one of one's own": lambda: [lambda y, told: ops.max(ops.abs(y - told))],
    "a tuple": lambda: ("mape", keras.metrics.MeanSquaredError(name="m")),
    "in lists": lambda: [["mae", "mse"]],
}
# Training steps, names of metrics, whether to record a graph, and a strategy.
UPDATE_NONE = [
    (kind, metrics, n % 8 == 0, tf.distribute.get_strategy)
    for n, (kind, metrics) in enumerate(itertools.product(KINDS, METRICS))
    if n % 4
]


@over(
    each(
        "training steps, metrics, and ways to run",
        UPDATE_NONE,
    )
)
def metrics_that_no_step_updates_stop_fit(case):
    """Update no metrics in the step; update them; leave them out."""
    kind, metrics, graph, strategy = case
    x, y = X[:4] / 10, Y[:4]

    def fitted(updates, **options):
        with strategy().scope():
            model = of_two(kind)
            model.updates = updates
            model.compile("sgd", loss="mse", run_eagerly=not graph, **options)
        return model.fit(x, y, verbose=0).history

    text = refusal(fitted, False, metrics=METRICS[metrics]())
    assert text.startswith("Cannot get result() since the metric has not"), text
    for history in (fitted(True, metrics=METRICS[metrics]()), fitted(False)):
        assert history and all(np.isfinite(each).all() for each in history.values())
