"""Stateful RNNs: batches of another size than they were built for."""

import itertools

import keras
import numpy as np

from tests.hunts.property import over
from tests.hunts.zoo import each
from tests.hunts.zoo.case import NAMES


class Holds(keras.Model):
    """Calls layers in a row."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def call(self, x, training=False):
        for step in self.steps:
            x = step(x)
        return x


def styled(style, shape, steps):
    """Make a model for batches of two."""
    if style == "sequential":
        return keras.Sequential([keras.Input(shape, batch_size=2), *steps])
    if style == "subclass":
        model = Holds(steps)
        model(np.zeros((2, *shape), "float32"))
        return model
    x = inputs = keras.Input(shape, batch_size=2)
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x)


STYLES = ("sequential", "functional", "subclass")
LAYERS = [
    "[layers.LSTM(5, stateful=True)]",
    "[layers.GRU(5, stateful=True)]",
    "[layers.GRU(3, stateful=True, reset_after=False)]",
    "[layers.SimpleRNN(4, stateful=True)]",
    "[layers.LSTM(1, stateful=True, go_backwards=True)]",
    "[layers.GRU(4, stateful=True, unroll=True)]",
    "[layers.LSTM(4, stateful=True, dropout=0.5, use_bias=False)]",
    "[layers.LSTM(3, stateful=True, return_sequences=True)]",
    "[layers.GRU(3, stateful=True, return_sequences=True)]",
    "[layers.RNN(layers.SimpleRNNCell(3), stateful=True)]",
    "[layers.RNN([layers.GRUCell(3), layers.LSTMCell(2)], stateful=True)]",
    "[layers.LSTM(3, stateful=True), layers.Dense(2, 'softmax')]",
    "[layers.Dense(3), layers.GRU(3, stateful=True)]",
    "[layers.LSTM(3, stateful=True, return_sequences=True),"
    " layers.LSTM(2, stateful=True)]",
    "[layers.Masking(0.0), layers.LSTM(3, stateful=True)]",
    "[layers.Bidirectional(layers.LSTM(3, stateful=True))]",
]


# What is predicted in batches of two, and in one batch.
BY_TWO = [
    (code, style, (3, 7, 1)[n % 3], {"batch_size": 2})
    for n, (code, style) in enumerate(itertools.product(LAYERS, STYLES))
    if n % 5 not in (1, 3)
]


@over(each("stateful RNNs, styles and lengths", BY_TWO))
def stateful_rnn_may_predict_too_many_rows(case):
    """Predict five samples with a model built for batches of two."""
    code, style, length, options = case
    keras.utils.set_random_seed(0)
    shape = (length, 2)
    model = styled(style, shape, eval(code, dict(NAMES)))
    x = np.random.default_rng(0).normal(size=(5, *shape)).astype("float32")
    answers = model.predict(x, verbose=0, **options)
    assert answers.shape[0] == 6 and np.isfinite(answers).all()
    assert model.predict(x[:4], batch_size=2, verbose=0).shape[0] == 4
