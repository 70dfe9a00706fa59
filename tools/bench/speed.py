"""What does the choice of an API cost? The same network in three styles, measured.

The numbers of docs/learn/speed.md. That page proves what is compiled; a proof cannot
hold a time, so the times are measured here, as ratios, and shown on
docs/reference/bench.md.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tools.bench.ratios import Ratio, compare, summary

STYLES = ("sequential", "functional", "subclass")
UNITS = (64, 64, 64, 10)
ROWS = 32


def sequential() -> keras.Model:
    """Return a network of dense layers as a stack."""
    return keras.Sequential(
        [keras.Input((64,)), *[layers.Dense(n, activation="relu") for n in UNITS]]
    )


def functional() -> keras.Model:
    """Return the same network as a functional model."""
    inputs = x = keras.Input((64,))
    for n in UNITS:
        x = layers.Dense(n, activation="relu")(x)
    return keras.Model(inputs, x)


class Subclass(keras.Model):
    """The same network as a subclassed model."""

    def __init__(self) -> None:
        """Make the layers."""
        super().__init__()
        self.dense = [layers.Dense(n, activation="relu") for n in UNITS]

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Return (rows, 10) for inputs (rows, 64)."""
        for layer in self.dense:
            x = layer(x)
        return x


MAKERS: dict[str, Callable[[], keras.Model]] = {
    "sequential": sequential,
    "functional": functional,
    "subclass": Subclass,
}


def data(rows: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs (rows, 64) and targets (rows, 10)."""
    random = np.random.default_rng(0)
    x = random.normal(size=(rows, 64)).astype("float32")
    return x, random.normal(size=(rows, 10)).astype("float32")


def trained(name: str, **compile_options: object) -> keras.Model:
    """Return a compiled model of a style, after one training step."""
    model = MAKERS[name]()
    model.compile("adam", loss="mse", **compile_options)
    model.train_on_batch(*data())
    return model


def measure() -> Iterator[tuple[str, str, list[Ratio]]]:
    """Yield a heading, what is compared with what, and the ratios."""
    x, y = data()
    models = {name: trained(name) for name in STYLES}
    tensor = tf.constant(x)

    yield (
        "A direct call, `model(x)`, 32 rows",
        "a direct call of the functional model",
        compare({name: partial(m, tensor) for name, m in models.items()}, "functional"),
    )
    compiled = {name: tf.function(m) for name, m in models.items()}
    yield (
        "A compiled call, `tf.function(model)(x)`, 32 rows",
        "the compiled functional model",
        compare(
            {name: partial(f, tensor) for name, f in compiled.items()}, "functional"
        ),
    )
    many = np.repeat(x, 32, axis=0)
    yield (
        "`predict` on 1024 rows",
        "`predict` of the functional model",
        compare(
            {name: partial(m.predict, many, verbose=0) for name, m in models.items()},
            "functional",
        ),
    )
    yield (
        "One training step, `train_on_batch`, 32 rows",
        "a step of the functional model",
        compare(
            {name: partial(m.train_on_batch, x, y) for name, m in models.items()},
            "functional",
        ),
    )
    model = models["functional"]
    fast = compiled["functional"]
    yield (
        "A direct call against a compiled one (functional)",
        "the compiled call",
        compare(
            {"direct": lambda: model(tensor), "compiled": lambda: fast(tensor)},
            "compiled",
        ),
    )
    eager = trained("functional", run_eagerly=True)
    yield (
        "A training step with `run_eagerly=True` (functional)",
        "the compiled step",
        compare(
            {
                "eager": lambda: eager.train_on_batch(x, y),
                "compiled": lambda: model.train_on_batch(x, y),
            },
            "compiled",
        ),
    )
    yield (
        "The first call of `predict`, which records the graph",
        "a later call of the same model",
        [first_call(name) for name in STYLES],
    )


def first_call(name: str, rounds: int = 5) -> Ratio:
    """Return the first `predict` of a new model as a multiple of its later ones."""
    x, _ = data()
    ratios = []
    for _ in range(rounds):
        model = MAKERS[name]()
        model(x)  # creates the weights
        seconds = []
        for _ in range(6):
            started = time.perf_counter()
            model.predict(x, verbose=0)
            seconds.append(time.perf_counter() - started)
        ratios.append(seconds[0] / statistics.median(seconds[1:]))
    return summary(name, ratios)
