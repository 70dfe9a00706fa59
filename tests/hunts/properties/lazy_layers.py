"""Layers that a subclassed model creates in its first call."""

import itertools

import keras
import numpy as np

from tests.hunts.property import over
from tests.hunts.zoo import each, made, refusal, same


class Kept:
    """Ways to keep a layer as an attribute."""

    @staticmethod
    def hasattr(model, make):
        if not hasattr(model, "late"):
            model.late = make()
        return model.late

    @staticmethod
    def none(model, make):
        if getattr(model, "late", None) is None:
            model.late = make()
        return model.late

    @staticmethod
    def caught(model, make):
        try:
            return model.late
        except AttributeError:
            model.late = make()
            return model.late

    @staticmethod
    def setattr(model, make):
        if "late" not in vars(model):
            setattr(model, "late", make())  # noqa: B010
        return model.late

    @staticmethod
    def flag(model, make):
        if not model.ready:
            model.late, model.ready = make(), True
        return model.late

    @staticmethod
    def list(model, make):
        if not model.steps:
            model.steps.append(make())
        return model.steps[0]

    @staticmethod
    def dict(model, make):
        if "late" not in model.parts:
            model.parts["late"] = make()
        return model.parts["late"]


WAYS = ["hasattr", "none", "caught", "setattr", "flag", "list", "dict"]


class Lazy(keras.Model):
    """Creates a layer in its first call; has none before."""

    def __init__(self, code, way, **kwargs):
        super().__init__(**kwargs)
        self.code, self.way = code, way
        self.ready, self.steps, self.parts = False, [], {}
        if way == "none":
            self.late = None

    def call(self, x, training=False):
        return getattr(Kept, self.way)(self, lambda: made(self.code))(x)


class LazyWithWeight(Lazy):
    """Has a weight of its own and a metric, but no layer."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.w = self.add_weight(shape=(), initializer="ones")
        self.mean = keras.metrics.Mean()

    def call(self, x, training=False):
        return super().call(x * self.w)


class LazyBuilt(Lazy):
    """Has a `build` that creates a weight, but no layer."""

    def build(self, input_shape):
        self.w = self.add_weight(shape=(), initializer="ones")

    def call(self, x, training=False):
        return super().call(x) * self.w


class Eager(Lazy):
    """Creates the layer in `__init__`."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.late = made(self.code)
        self.ready, self.steps, self.parts = True, [self.late], {"late": self.late}


VECTOR, STEPS, IMAGE, WORDS = (4,), (6, 4), (8, 8, 2), (5,)
LATE = [
    ("layers.Dense(2)", VECTOR),
    ("layers.Dense(2, activation='relu', use_bias=False)", STEPS),
    ("layers.BatchNormalization()", VECTOR),
    ("layers.LayerNormalization()", STEPS),
    ("layers.Conv2D(2, 3)", IMAGE),
    ("layers.GRU(3)", STEPS),
    ("layers.Bidirectional(layers.LSTM(2))", STEPS),
    ("layers.TimeDistributed(layers.Dense(2))", STEPS),
    (
        "keras.Sequential([layers.Dense(3), layers.Dropout(0.5), Scale()])",
        VECTOR,
    ),
    (
        "(lambda i: keras.Model(i, layers.Add()([i, layers.Dense(4)(i)])))"
        "(keras.Input((4,)))",
        VECTOR,
    ),
    ("layers.PReLU()", IMAGE),
    ("Scale()", VECTOR),
    ("NoisyDense(3)", VECTOR),
    ("Counter()", VECTOR),
    ("layers.LSTM(3, dropout=0.5)", STEPS),
    ("layers.SpectralNormalization(layers.Dense(2))", VECTOR),
]
WEIGHTLESS = [
    ("layers.Dropout(0.5)", VECTOR),
    ("layers.ReLU()", STEPS),
    ("layers.Flatten()", IMAGE),
    ("layers.MaxPooling2D()", IMAGE),
]


def numbers(shape, rows=6):
    """Return rows of this shape: integers if they are words."""
    random = np.random.default_rng(0)
    if shape == WORDS:
        return random.integers(0, 9, (rows, *shape)).astype("int32")
    return random.normal(size=(rows, *shape)).astype("float32")


@over(
    each(
        "layers that the first call creates, ways to keep them, and classes",
        [
            (*late, way, [Lazy, LazyWithWeight, LazyBuilt][n % 3])
            for n, (late, way) in enumerate(
                itertools.product([*LATE, *WEIGHTLESS], WAYS)
            )
            if n % 2 == 0
        ],
    )
)
def folklore_a_lone_lazy_layer_is_refused(case):
    """Call it on numbers and on a tensor, after `build`, twice, and in a Sequential."""
    code, shape, way, kind = case
    x = numbers(shape)
    says = "You cannot add new elements of state (variables or sub-layers)"

    def build_first():
        model = kind(code, way)
        model.build((None, *shape))
        model(x)

    for call in (
        lambda: kind(code, way)(x),
        lambda: kind(code, way)(x, training=True),
        lambda: kind(code, way)(keras.Input(shape)),
        lambda: kind(code, way).predict(x, verbose=0),
        lambda: keras.Sequential([keras.Input(shape), kind(code, way)]),
        build_first,
    ):
        assert says in refusal(call)
    model = kind(code, way)
    for _ in range(2):
        assert says in refusal(lambda: model(x))
    assert Eager(code, way)(x).shape[0] == len(x)


@keras.saving.register_keras_serializable("lazy")
class HalfLazy(keras.Model):
    """Creates a layer in `__init__`, which waits for its input, and one in `call`."""

    def __init__(self, first, late, way, order, **kwargs):
        super().__init__(**kwargs)
        self.codes = {"first": first, "late": late, "way": way, "order": order}
        self.ready, self.steps, self.parts = False, [], {}
        if way == "none":
            self.late = None
        self.first = made(first)

    def call(self, x, training=False):
        def late(x):
            make = getattr(Kept, self.codes["way"])
            return make(self, lambda: made(self.codes["late"]))(x)

        if self.codes["order"] == "first, late":
            return late(self.one(x))
        if self.codes["order"] == "late, first":
            return self.one(late(x))
        return self.one(x) + keras.ops.mean(late(x))

    def one(self, x):
        """Call the layer of `__init__`, or all that it made."""
        first = self.first if isinstance(self.first, list) else [self.first]
        for layer in first:
            x = layer(x)
        return x

    def get_config(self):
        return {**super().get_config(), **self.codes}


# What `__init__` creates: from the shape to the same shape.
FIRST = {
    VECTOR: [
        "layers.Dense(4)",
        "[layers.Dense(3), layers.Dense(4)]",
        "keras.Sequential([layers.Dense(4), layers.Dropout(0.5)])",
        "Scale()",
        "NoisyDense(4)",
        "layers.BatchNormalization()",
    ],
    STEPS: [
        "layers.GRU(4, return_sequences=True)",
        "layers.Conv1D(4, 3, padding='same')",
        "layers.TimeDistributed(layers.Dense(4))",
    ],
    IMAGE: [
        "layers.Conv2D(2, 3, padding='same')",
        "layers.SeparableConv2D(2, 3, padding='same')",
    ],
}
KEEPS = ("Normalization", "PReLU", "Scale", "Counter", "lambda i")
STARTS = ["numbers", "tensor", "fit", "predict", "training"]


def lazy_cases():
    """Yield first layers, late ones, ways, orders and first calls."""
    for n, ((late, shape), way) in enumerate(itertools.product(LATE, WAYS)):
        if n % 5:
            continue
        first = FIRST[shape][n % len(FIRST[shape])]
        orders = ["first, late", "both"]
        if any(word in late for word in KEEPS) and "Spectral" not in late:
            orders.append("late, first")
        yield first, late, way, orders[n % len(orders)], STARTS[n // 5 % 5], shape
    embedding = "layers.Embedding(10, 4, mask_zero=True)"
    for n, start in enumerate(STARTS):
        yield embedding, "layers.GRU(3)", WAYS[n], "first, late", start, WORDS
        yield "layers.GRU(3)", embedding, WAYS[n], "late, first", start, WORDS


def late_of(model):
    """Return the layer that the first call kept."""
    way = model.codes["way"]
    if way == "list":
        (late,) = model.steps
        return late
    return model.parts["late"] if way == "dict" else model.late


@over(
    each(
        "layers that the first call creates beside another, and first calls",
        lazy_cases(),
    )
)
def folklore_a_lazy_layer_beside_another_works(case):
    """Call it first in one of five ways; train, save and load it."""
    first, late, way, order, start, shape = case
    keras.utils.set_random_seed(0)
    x = numbers(shape)
    model = HalfLazy(first, late, way, order)
    model.compile("sgd", loss="mse", run_eagerly=start != "fit")
    if start == "numbers":
        model(x)
    elif start == "training":
        model(x, training=True)
    elif start == "tensor":
        model(keras.Input(shape, dtype=x.dtype))
    elif start == "predict":
        model.predict(x, verbose=0)
    else:
        model.fit(x, np.ones(model_shape(case, x)), verbose=0)
    layer = late_of(model)
    assert layer in model._flatten_layers()
    owned = {id(weight) for weight in model.weights}
    assert layer.weights and {id(weight) for weight in layer.weights} <= owned
    before = layer.get_weights()
    y = np.random.default_rng(1).normal(size=np.shape(model(x)))
    model.fit(x, y, verbose=0)
    assert late_of(model) is layer
    assert {id(weight) for weight in model.weights} == owned
    assert not same(before, layer.get_weights())
    model.save("lazy.keras")
    loaded = keras.saving.load_model("lazy.keras")
    assert len(loaded.weights) == len(model.weights)
    assert same(loaded(x), model(x), 1e-6)
    assert same(late_of(loaded).get_weights(), layer.get_weights())


def model_shape(case, x):
    """Return the shape of the answers, by a model of the same class."""
    return np.shape(HalfLazy(*case[:4])(x))
