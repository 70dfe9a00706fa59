"""Loss weights: how many there are, and how many losses."""

import itertools

import keras
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import each, floats, refused

NAMES = ("spread", "malignant")


class Net(keras.Model):
    """Has a head for each name, and answers in a dict."""

    def __init__(self, units):
        super().__init__()
        self.heads = {name: layers.Dense(units, name=name) for name in NAMES}

    def call(self, x, training=False):
        return {name: head(x) for name, head in self.heads.items()}


def two_heads(kind, units):
    """Make a model of two outputs, in a dict or a list."""
    if kind == "subclass":
        return Net(units)
    inputs = keras.Input((4,))
    x = layers.Dense(3, "tanh")(inputs) if units > 1 else inputs
    ends = {name: layers.Dense(units, name=name)(x) for name in NAMES}
    return keras.Model(inputs, ends if kind == "dict" else [*ends.values()])


# What has the model see data.
RUNS = {
    "fit": lambda model, x, y: model.fit(x, y, verbose=0),
    "evaluate": lambda model, x, y: model.evaluate(x, y, verbose=0),
    "train_on_batch": lambda model, x, y: model.train_on_batch(x, y),
    "test_on_batch": lambda model, x, y: model.test_on_batch(x, y),
}
LOSSES = ("mse", "mae", "log_cosh")
# The outputs, the losses, all weights, and the weights of which one is left out.
TOLD = {
    "dicts": ("dict", dict, {"spread": 1e-3, "malignant": 1.0}, {"spread": 1e-3}),
    "the other one": ("dict", dict, {"spread": 2.0, "malignant": 1}, {"malignant": 1}),
    "a subclass": (
        "subclass",
        dict,
        {"spread": 0.5, "malignant": 1.0},
        {"malignant": 1.0},
    ),
    "lists": ("list", list, [1.0, 0.5], [1.0]),
    "a tuple": ("list", list, (1.0, 0.5), (0.5,)),
    "names for a list": (
        "list",
        dict,
        {"spread": 1.0, "malignant": 2.0},
        {"spread": 1.0},
    ),
    "a list for a dict": ("dict", dict, [1.0, 0.5], [0.5]),
    "a dict for lists": (
        "list",
        list,
        {"spread": 1.0, "malignant": 2.0},
        {"spread": 1.0},
    ),
    "two losses of one output": ("one", list, [1.0, 0.5], [1.0]),
}


def model_and_data(kind, units, rows=6):
    """Return a model, its inputs and targets in the structure of its outputs."""
    keras.utils.set_random_seed(0)
    x, y = floats(rows, 4), [floats(rows, units, seed=n) for n in (1, 2)]
    if kind == "one":
        inputs = keras.Input((4,))
        return keras.Model(inputs, layers.Dense(units)(inputs)), x, y[0]
    if kind != "list":
        y = dict(zip(NAMES, y, strict=True))
    return two_heads(kind, units), x, y


WEIGHTED = [
    (told, run, LOSSES[n % 3], LOSSES[n % 2], 1 + n % 2)
    for n, (told, run) in enumerate(itertools.product(TOLD, RUNS))
    if n % 4
]


@over(each("structures of losses and weights, and methods", WEIGHTED))
def loss_weights_are_as_many_as_losses(case):
    """Leave one of two weights out: compile is silent, the first data are refused."""
    told, run, *pair, units = case
    kind, container, both, one = TOLD[told]
    losses = pair if container is list else dict(zip(NAMES, pair, strict=True))
    see = RUNS[run]
    for weights in (both, one):
        model, x, y = model_and_data(kind, units)
        model.compile("sgd", loss=losses, loss_weights=weights, run_eagerly=True)
        error = refused(see, model, x, y)
        if weights is not one:
            assert error is None, error
            continue
        assert isinstance(error, ValueError | KeyError), error
        left_out = set(NAMES) - set(one)
        said = "must match the number of losses, got 2 losses and 1 weights"
        named = isinstance(error, KeyError) and error.args[0] in left_out
        assert said in str(error) or named, error


ONE_LOSS = {
    "a name": "mse",
    "a function": keras.losses.mean_absolute_error,
    "an object": keras.losses.Huber(),
    "one of one's own": lambda true, told: keras.ops.mean((true - told) ** 4, axis=-1),
}
BOTH = [{"spread": 1.0, "malignant": 0.3}, {"malignant": 2, "spread": 0.0}]


TWO_WEIGHTS = [
    (loss, kind, BOTH[n % 2], run, 1 + n // 2 % 2)
    for n, (loss, kind, run) in enumerate(
        itertools.product(ONE_LOSS, ("dict", "list", "subclass"), RUNS)
    )
    if n % 3
]


@over(each("losses, outputs, weights and methods", TWO_WEIGHTS))
def loss_weights_need_a_loss_for_each_output(case):
    """Give one loss and two weights, then one loss for each."""
    loss, kind, weights, run, units = case
    one = ONE_LOSS[loss]
    for losses in (one, dict.fromkeys(NAMES, one)):
        model, x, y = model_and_data(kind, units)
        model.compile("sgd", loss=losses, loss_weights=weights, run_eagerly=True)
        error = refused(RUNS[run], model, x, y)
        if losses is not one:
            assert error is None, error
            continue
        assert isinstance(error, ValueError), error
        assert "got 1 losses and 2 weights" in str(error), error
