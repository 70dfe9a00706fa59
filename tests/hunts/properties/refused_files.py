"""Files that Keras refuses to write, or to read."""

import itertools
import os
import pathlib
import warnings
from dataclasses import replace

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import NETWORKS, data_for, each, made, refused, same


def with_a_margin(margin):
    """Return a lambda that uses what is around it."""
    return lambda pair: ops.maximum(ops.norm(pair[0] - pair[1], axis=-1) - margin, 0.0)


ROOT = "lambda pair: ops.norm(pair[0] - pair[1], axis=-1)"
DISTANCES = {
    "euclidean": lambda: made(ROOT),
    "manhattan": lambda: made(
        "lambda pair: ops.sum(ops.abs(pair[0] - pair[1]), axis=-1, keepdims=True)"
    ),
    "squares": lambda: made("lambda pair: (pair[0] - pair[1]) ** 2"),
    "cosine": lambda: made(
        "lambda pair: -ops.sum(ops.normalize(pair[0]) * ops.normalize(pair[1]), -1)"
    ),
    "with a default": lambda: made(
        "lambda pair, power=3: ops.sum(ops.abs(pair[0] - pair[1]) ** power, axis=-1)"
    ),
    "told of training": lambda: made(
        "lambda pair, training=None: ops.max(ops.abs(pair[0] - pair[1]), axis=-1)"
    ),
    "with what is around it": lambda: with_a_margin(0.25),
    "with a pair unpacked": lambda: made("lambda pair: ops.abs(ops.subtract(*pair))"),
}
ENCODERS = [
    ((4,), "layers.Dense(3)"),
    ((4,), "layers.Identity()"),
    ((4,), "keras.Sequential([layers.Dense(4, 'tanh'), layers.Dense(2)])"),
    ((4,), "NoisyDense(3)"),
    ((6, 3), "layers.GRU(4)"),
    ((6, 3), "keras.Sequential([layers.Conv1D(3, 2), layers.Flatten()])"),
    ((8, 8, 1), "keras.Sequential([layers.Conv2D(2, 3), layers.GlobalMaxPooling2D()])"),
]
FILES = ("{}.keras", "{}.h5", "{}_folder")
BACK = ("{}.keras", "{}_folder")


@keras.saving.register_keras_serializable("hunts")
class Twins(keras.Model):
    """A subclassed siamese network, which makes its Lambda by itself."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.encoder = layers.Dense(3)
        self.distance = layers.Lambda(made(ROOT))

    def call(self, pair, training=False):
        return self.distance([self.encoder(x) for x in pair])


def save(model, path):
    """Save to a file, or to a folder."""
    model.save(path, zipped=not path.endswith("_folder"))


@over(
    each(
        "encoders, distances and files",
        [
            *(
                (encoder, name, FILES[n % 3], BACK[n % 2], "functional")
                for n, (encoder, name) in enumerate(
                    itertools.product(ENCODERS, DISTANCES)
                )
            ),
        ],
    )
)
def a_lambda_distance_does_not_load(case):
    """Save and load a distance in a Lambda, and the same one as steps of ops."""
    (shape, code), name, file, back, style = case
    keras.utils.set_random_seed(0)
    inputs = [keras.Input(shape), keras.Input(shape)]
    encoder, distance = made(code), DISTANCES[name]()
    codes = [encoder(x) for x in inputs]
    data = [data_for(x, seed=n) for n, x in enumerate(inputs)]
    steps = keras.Model(inputs, distance(codes))
    if style == "subclass":
        hidden = Twins()
        hidden(data)
    else:
        hidden = keras.Model(inputs, layers.Lambda(distance)(codes))
        assert same(hidden(data), steps(data), 1e-6)
    save(hidden, file.format("lambda"))
    for options in ({}, {"compile": False}):
        error = refused(keras.saving.load_model, file.format("lambda"), **options)
        assert isinstance(error, ValueError), error
        assert "Requested the deserialization of a `Lambda` layer" in str(error)
    save(steps, back.format("steps"))
    assert same(keras.saving.load_model(back.format("steps"))(data), steps(data))


@keras.saving.register_keras_serializable("hunts")
class Attend(layers.Layer):
    """Attention of a sequence to itself."""

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.attention = layers.MultiHeadAttention(2, size)

    def call(self, x):
        return self.attention(x, x)


def through(hold, x):
    """Call layers in the order of what holds them."""
    for step in hold.values() if isinstance(hold, dict) else hold:
        x = step(x) if callable(step) else through(step, x)
    return x


class Holder(keras.Model):
    """Calls layers in a row, which it holds in an attribute."""

    def __init__(self, hold, steps):
        super().__init__()
        self.hold = hold(steps)
        self.row = len(steps)

    def call(self, x, training=False):
        return through(self.hold, x)

    def get_config(self):
        return {}


class Attributes(Holder):
    """Calls layers in a row, which it holds in an attribute each."""

    def __init__(self, steps):
        super().__init__(lambda steps: (), steps)
        for n, step in enumerate(steps):
            setattr(self, f"step{n}", step)

    def call(self, x, training=False):
        for n in range(self.row):
            x = getattr(self, f"step{n}")(x)
        return x


def in_a_graph(shape, steps):
    """Make a functional model of layers in a row."""
    x = inputs = keras.Input(shape)
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x)


def in_a_stack(shape, steps):
    """Make a Sequential."""
    return keras.Sequential([keras.Input(shape), *steps])


# How a model holds its layers, the first of which all have.
HOLDERS = {
    "sequential": in_a_stack,
    "functional": in_a_graph,
    "nested": lambda shape, steps: in_a_graph(shape, [in_a_stack(shape, steps)]),
    "attributes": lambda shape, steps: Attributes(steps),
    "a list": lambda shape, steps: Holder(list, steps),
    "a tuple": lambda shape, steps: Holder(tuple, steps),
    "a dict": lambda shape, steps: Holder(
        lambda steps: {f"s{n}": step for n, step in enumerate(steps)}, steps
    ),
    "a list in a list": lambda shape, steps: Holder(
        lambda steps: [steps[0], *([step] for step in steps[1:])], steps
    ),
    "a list in a dict": lambda shape, steps: Holder(
        lambda steps: {"first": steps[:1], "then": steps[1:]}, steps
    ),
}
# Shapes and layers, whose weights depend on {n}.
BY_SIZE = [
    ("(4,)", "layers.Dense({n})"),
    ("({n},)", "layers.Dense(4)"),
    ("(4,)", "layers.Dense({n}, use_bias=False)"),
    ("(4,)", "layers.EinsumDense('ab,bc->ac', output_shape={n})"),
    ("(6, 3)", "layers.Conv1D({n}, 2)"),
    ("(6, 3)", "layers.Conv1D(2, {n} - 2)"),
    ("(8, 8, 2)", "layers.Conv2D({n}, 3)"),
    ("(8, 8, {n})", "layers.DepthwiseConv2D(3)"),
    ("(8, 8, 2)", "layers.SeparableConv2D({n}, 3)"),
    ("(8, 8, 2)", "layers.Conv2DTranspose({n}, 2)"),
    ("(6, 3)", "layers.SimpleRNN({n})"),
    ("(6, 3)", "layers.GRU({n})"),
    ("(6, {n})", "layers.LSTM(2)"),
    ("(6, 3)", "layers.RNN([layers.GRUCell({n}), layers.LSTMCell(2)])"),
    ("(6, 3)", "layers.Bidirectional(layers.GRU({n}))"),
    ("(6, 3)", "layers.TimeDistributed(layers.Dense({n}))"),
    ("({n},)", "layers.BatchNormalization()"),
    ("({n},)", "layers.LayerNormalization()"),
    ("({n},)", "layers.GroupNormalization(1)"),
    ("({n},)", "layers.RMSNormalization()"),
    ("({n},)", "layers.PReLU()"),
    ("({n},)", "layers.SpectralNormalization(layers.Dense(2))"),
    ("({n},)", "Scale()"),
    ("(4,)", "NoisyDense({n})"),
    ("(6, 3)", "Attend({n})"),
    ("(4,)", "keras.Sequential([layers.Dense({n}), layers.Dense(4)])"),
    ("(4,)", "layers.Embedding({n} + 9, 2)"),
    ("(4,)", "layers.Embedding(12, {n})"),
]
FIRST = "layers.BatchNormalization()"
WEIGHTS = ("{}.weights.h5", "{}.keras", "{}.h5")


def keep(model, path):
    """Write the weights, alone or with the model."""
    if path.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)


@over(
    each(
        "layers, models that hold them, and files",
        [
            (layer, holder, mistake, WEIGHTS[(n + k) % 3])
            for n, layer in enumerate(BY_SIZE)
            for k, mistake in enumerate(("other shapes", "a layer less"))
            for holder in [[*HOLDERS][(n + 5 * k) % len(HOLDERS)]]
        ],
    )
)
def folklore_load_weights_refuses_other_shapes(case):
    """Load the weights of layers of another size, of fewer layers, and of the same."""
    (shape_code, code), holder, mistake, path = case

    def model(size, seed, whole=True):
        keras.utils.set_random_seed(seed)
        shape = made(shape_code.format(n=size))
        first = "layers.Rescaling(1.0)" if "Embed" in code else FIRST
        steps = [made(first)]
        if whole:
            steps.append(made(code.format(n=size), Attend=Attend))
        net = HOLDERS[holder](shape, steps)
        net(np.ones((2, *shape)))
        return net

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        target = model(3, 0)
        other = model(4, 1) if mistake == "other shapes" else model(3, 1, False)
        equal = model(3, 2)
        keep(other, path.format("other"))
        keep(equal, path.format("equal"))
        error = refused(target.load_weights, path.format("other"))
        assert isinstance(error, ValueError), error
        target.load_weights(path.format("equal"))
    assert len(target.weights) > 0 and same(target.weights, equal.weights)


PATHS = ("folder", "folder/", pathlib.Path("folder"), "to/folder", "folder.tf")


@over(replace(NETWORKS, fixed=NETWORKS.fixed[::2]))
def folklore_save_format_is_refused(case):
    """Save to a folder with `save_format`, a model compiled or not."""
    model = case.fresh()
    models = [case.model, model]
    if case.stack:
        models.append(keras.Sequential(case.stack.new_layers()))  # not built
    model.compile("adam", loss="mse")
    for one, path in itertools.product(models, PATHS):
        error = refused(one.save, path, save_format="tf")
        assert isinstance(error, ValueError), error
        assert "`save_format` argument is deprecated in Keras 3" in str(error)
        assert not os.path.exists(path)


# Signatures with a required argument, and the same one that requires nothing.
SIGNATURES = {
    "given": ("given", "given=None"),
    "given, **kwargs": ("given, **kwargs", "given=None, **kwargs"),
    "given, rate=0.5": ("given, rate=0.5", "given=None, rate=0.5"),
    "rate=0.5, *, given": ("rate=0.5, *, given", "rate=0.5, *, given=None"),
    "*, given, **kwargs": ("*, given, **kwargs", "*, given=None, **kwargs"),
    "given, *more": ("given, *more", "given=None, *more"),
    "given, more": ("given, more=1, **kwargs", "given=None, more=1, **kwargs"),
}
GIVEN = {
    "a whole number": lambda: 3,
    "a number": lambda: 0.5,
    "text": lambda: "relu",
    "nothing": lambda: None,
    "a truth value": lambda: True,
    "a list": lambda: [4, 2],
    "a dict": lambda: {"units": 4},
    "an array": lambda: np.ones(3),
    "a layer": lambda: layers.Dense(2),
    "a model": lambda: keras.Sequential([layers.Dense(2)]),
    "a function": lambda: ops.relu,
    "an object": lambda: keras.initializers.HeNormal(),
}


def class_of(signature):
    """Make a subclass of this signature, without get_config."""
    names = {"keras": keras, "layers": layers}
    passed = "**kwargs" if "kwargs" in signature else ""
    exec(
        "@keras.saving.register_keras_serializable('hunts')\n"
        "class Net(keras.Model):\n"
        f"    def __init__(self, {signature}):\n"
        f"        super().__init__({passed})\n"
        "        self.given, self.out = given, layers.Dense(2)\n\n"
        "    def call(self, x, training=False):\n"
        "        return self.out(x)\n",
        names,
    )
    return names["Net"]


@over(
    each(
        "signatures, values and files",
        [
            (signature, value, FILES[n % 3], n % 4 > 0)
            for n, (signature, value) in enumerate(itertools.product(SIGNATURES, GIVEN))
        ],
    )
)
def required_argument_stops_save_without_get_config(case):
    """Save a model whose argument is required, and one that has a default for it."""
    signature, value, file, called = case
    for required in SIGNATURES[signature]:
        kind = class_of(required)
        if required is SIGNATURES[signature][0]:
            assert refused(kind)  # the argument is required
        model = kind(given=GIVEN[value]())
        if called:
            model(np.ones((2, 3), "float32"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            error = refused(save, model, file.format("net"))
        if required is SIGNATURES[signature][0]:
            assert isinstance(error, NotImplementedError), error
            assert "must override `get_config()`" in " ".join(str(error).split())
        else:
            assert error is None, error
