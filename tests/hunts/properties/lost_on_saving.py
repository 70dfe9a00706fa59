"""What a .keras file does not hold, and what does not come back from it."""

import itertools
import json
import warnings
import zipfile
from dataclasses import replace

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import NETWORKS, SUBCLASSES, each, same
from tests.hunts.zoo.case import NAMES


def load(model, **kwargs):
    """Save and load; a class of a stack's own is not registered."""
    model.save("it.keras")
    own = {type(model).__name__: type(model)}
    return keras.saving.load_model("it.keras", custom_objects=own, **kwargs)


def config_in(path):
    """Read the config of a model from its file."""
    with zipfile.ZipFile(path) as file:
        return json.loads(file.read("config.json"))


TWICE = [
    ("layers.ReLU()", (4,)),
    ("layers.Dense(4)", (4,)),
    ("layers.Dropout(0.5)", (4,)),
    ("layers.BatchNormalization()", (4,)),
    ("layers.LeakyReLU(0.3)", (6, 3)),
    ("layers.GRU(3, return_sequences=True)", (6, 3)),
    ("layers.Conv2D(2, 3, padding='same')", (8, 8, 2)),
    ("layers.MaxPooling2D(2, 1, padding='same')", (8, 8, 2)),
    ("Scale()", (4,)),
    ("keras.Sequential([keras.Input((4,)), layers.Dense(4)])", (4,)),
]
PLACES = ["r-r", "-r-r", "rr-", "-rr", "r-r-r"]  # of the layer, and of others


@over(
    each("layers and the places they stand in", itertools.product(TWICE, PLACES)),
)
def trap_a_repeated_relu_is_lost(case):
    """Find it once, in its first place, in the file and in the loaded model."""
    (code, shape), places = case
    keras.utils.set_random_seed(0)
    repeated = eval(code, dict(NAMES))
    other = layers.LayerNormalization  # of another class, and with weights
    steps = [repeated if place == "r" else other() for place in places]
    model = keras.Sequential([keras.Input(shape), *steps])
    x = np.random.default_rng(0).normal(size=(4, *shape)).astype("float32")
    loaded = load(model)
    once = list({id(step): step for step in steps}.values())
    saved = [
        layer["config"]["name"] for layer in config_in("it.keras")["config"]["layers"]
    ]
    assert saved[1:] == [step.name for step in once]
    assert len(model.layers) == len(steps) and len(loaded.layers) == len(once)
    wanted = x
    for step in once:
        wanted = step(wanted)
    assert same(loaded(x), wanted, 1e-5)


VALUES = [  # a default, and another value
    (1.0, 5.0),
    (3, 8),
    (0, -2),
    ("'sum'", "'mean'"),
    (True, False),
    (None, 2.5),
    (1e-3, 1e6),
    ("[1, 2]", "[3, 4]"),
    ("(1, 2)", "(3, 4)"),
]
SIGNATURES = ["scale={0}", "first=7, scale={0}", "scale={0}, last='x'"]


@over(
    each(
        "kinds of values and signatures, alone and inside a model",
        itertools.product(VALUES, SIGNATURES, ["alone", "inside"]),
    )
)
def trap_default_arguments_are_saved_as_defaults(case):
    """Load the default where a model was given a value, and the value in a layer."""
    (default, value), signature, place = case
    body = """
@keras.saving.register_keras_serializable("hunts", "{name}")
class {name}({base}):
    def __init__(self, {signature}, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.dense = layers.Dense(2)

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, x):
        return self.dense(x)
"""
    names = dict(NAMES)
    signature = signature.format(default)
    for name, base in (("OwnModel", "keras.Model"), ("OwnLayer", "layers.Layer")):
        exec(body.format(name=name, base=base, signature=signature), names)
    value, default = (eval(str(each), {}) for each in (value, default))
    model = names["OwnModel"](scale=value)
    outer = model
    if place == "inside":
        outer = keras.Sequential([keras.Input((4,)), model])
    outer(np.ones((2, 4), "float32"))
    outer.save("it.keras")
    loaded = keras.saving.load_model("it.keras")
    again = loaded if place == "alone" else loaded.layers[0]
    assert tuple_of(model.scale) == tuple_of(value)
    assert tuple_of(again.scale) == tuple_of(default) != tuple_of(value)
    if isinstance(value, float | int):
        layer = names["OwnLayer"](scale=value)
        stack = keras.Sequential([keras.Input((4,)), layer])
        stack.save("layer.keras")
        assert keras.saving.load_model("layer.keras").layers[0].scale == value


def tuple_of(value):
    """Compare lists, tuples and what Keras makes of them as tuples."""
    return tuple(value) if isinstance(value, list | tuple) else value


@over(NETWORKS)
def trap_attributes_are_not_saved(case):
    """Set a number, a text and a list: the loaded model has none, but the rest."""
    model = case.fresh()
    mine = {"tuned_cut": 0.31415, "of_version": "v2", "its_classes": ["cat", "dog"]}
    for name, value in mine.items():
        setattr(model, name, value)
    model.compile(keras.optimizers.Adam(0.125), loss="mse")
    loaded = load(model)
    with zipfile.ZipFile("it.keras") as file:
        inside = set(file.namelist())
        text = "".join(
            file.read(name).decode() for name in inside if name.endswith("json")
        )
    assert inside == {"metadata.json", "config.json", "model.weights.h5"}
    assert not any(name in text for name in (*mine, "0.31415", '"v2"', '"cat"'))
    for name in mine:
        assert hasattr(model, name) and not hasattr(loaded, name)
    assert same(model.get_weights(), loaded.get_weights())
    assert float(loaded.optimizer.learning_rate) == 0.125 and loaded.loss == "mse"


def unbuilt(case):
    """Make a subclassed model anew, as its class makes it."""
    return type(case.model)()


def built_by_call_only(case):
    """Whether neither __init__ nor an own build makes the weights."""
    return bool(case.model.weights) and (
        "build" not in vars(type(case.model)) and not unbuilt(case).weights
    )


def shapes_of(x):
    """Return the shapes that build takes."""
    return keras.tree.map_structure(lambda each: (None, *each.shape[1:]), x)


@over(
    SUBCLASSES.where(
        built_by_call_only,
        "subclassed models whose weights neither __init__ nor build makes",
    )
)
def trap_load_weights_after_build_loads_nothing(case):
    """Count no weights after build and load_weights; the first call makes others."""
    x, trained = case.x(), case.fresh(seed=1)
    trained.save_weights("it.weights.h5")
    keras.utils.set_random_seed(2)
    loaded = unbuilt(case)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        loaded.build(shapes_of(x))
    assert loaded.built and loaded.weights == []
    loaded.load_weights("it.weights.h5")
    assert loaded.weights == []
    loaded(x)
    assert len(loaded.weights) == len(trained.weights)
    assert not same(loaded.get_weights(), trained.get_weights())


INNER = [
    ("layers.Dense(3)", (4,)),
    ("layers.Dense(3, activation='relu', use_bias=False)", (4,)),
    ("layers.BatchNormalization()", (4,)),
    ("layers.LayerNormalization()", (4,)),
    ("layers.Conv1D(3, 2)", (6, 3)),
    ("layers.Conv2D(3, 3)", (8, 8, 2)),
    ("layers.SeparableConv2D(3, 3)", (8, 8, 2)),
    ("layers.GRU(3)", (6, 3)),
    ("layers.Bidirectional(layers.LSTM(3))", (6, 3)),
    ("layers.EinsumDense('ab,bc->ac', 3)", (4,)),
    ("layers.PReLU()", (4,)),
    ("Scale()", (4,)),
    ("NoisyDense(3)", (4,)),
    ("keras.Sequential([layers.Dense(3), layers.Dense(2)])", (4,)),
]
OWN = ["build", "init", "both"]


@over(
    each(
        "inner layers, and where the model makes its own weights",
        itertools.product(INNER, OWN),
    )
)
def trap_own_build_must_build_the_inner_layers(case):
    """Load the own weights only; those of the inner layers are others, silently."""
    (code, shape), own = case

    @keras.saving.register_keras_serializable("hunts", "Half")
    class Half(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = eval(code, dict(NAMES))
            if own != "build":
                self.shift = self.add_weight(shape=(), initializer="zeros")

        def build(self, input_shape):
            if own != "init":
                self.gain = self.add_weight(shape=(), initializer="ones")

        def call(self, x, training=False):
            x = self.inner(x)
            x = x * self.gain if own != "init" else x
            return x + self.shift if own != "build" else x

    keras.utils.set_random_seed(0)
    model = Half()
    x = np.random.default_rng(0).normal(size=(4, *shape)).astype("float32")
    model(x)
    for weight in model.weights:
        weight.assign(weight + 2.0)
    mine = [w for w in ("gain", "shift") if hasattr(model, w)]
    model.save("half.keras")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loaded = keras.saving.load_model("half.keras")
    assert [w for w in caught if w.category is UserWarning] == []
    assert len(loaded.weights) == len(mine) and model.inner.weights
    for name in mine:
        assert np.array_equal(getattr(loaded, name), getattr(model, name))
    loaded(x)
    assert len(loaded.weights) == len(model.weights)
    assert not same(loaded.inner.get_weights(), model.inner.get_weights())


def holds_layers(layer):
    """Whether it holds other layers, in attributes or in lists."""
    return any(
        isinstance(each, layers.Layer)
        for value in vars(layer).values()
        for each in (value if isinstance(value, list | tuple) else [value])
    )


def to_freeze(model):
    """Return the places of layers with weights, that hold no layers."""
    return [
        place
        for place, layer in enumerate(model.layers)
        if layer.trainable_weights and not holds_layers(layer)
    ]


HEADS = (1, 2, 3)  # of a frozen MultiHeadAttention


@over(
    replace(NETWORKS, fixed=(*NETWORKS.fixed[::2], *HEADS)).where(
        lambda case: case in HEADS or bool(to_freeze(case.model)),
        "models with such layers to freeze",
    )
)
def trap_a_subclass_forgets_which_layers_are_frozen(case):
    """Freeze a layer: all models but the subclassed ones know it later."""
    if case in HEADS:
        inputs, attention = keras.Input((5, 4)), layers.MultiHeadAttention(case, 3)
        graph = keras.Model(inputs, attention(inputs, inputs))
        attention.trainable = False
        again = load(graph)
        assert not graph.trainable_weights
        assert len(again.trainable_weights) == len(graph.weights)
        return
    model = case.fresh()
    places = to_freeze(model)
    place = places[len(case.code) % len(places)]
    model.layers[place].trainable = False
    left = len(model.trainable_weights)
    loaded = load(model)
    if case.kind == "subclass":
        assert loaded.layers[place].trainable
        assert len(loaded.trainable_weights) > left
    else:
        assert not loaded.layers[place].trainable
        assert len(loaded.trainable_weights) == left


@over(NETWORKS)
def trap_a_model_without_optimizer_saves_but_does_not_load(case):
    """Save, fail to load, and load without compiling."""
    model = case.fresh()
    model.compile(optimizer=None, loss="mse")
    model.save("it.keras")
    own = {type(model).__name__: type(model)}
    try:
        loaded = keras.saving.load_model("it.keras", custom_objects=own)
    except AttributeError as error:
        loaded = str(error)
    assert loaded == "'NoneType' object has no attribute 'build'"
    loaded = keras.saving.load_model("it.keras", custom_objects=own, compile=False)
    assert loaded.built and same(loaded.get_weights(), model.get_weights())


CALLS = [
    "inputs + 1.0",
    "inputs * 2.0",
    "ops.tanh(inputs)",
    "self.dense(inputs)",
    "ops.negative(self.dense(inputs))",
    "self.dense(self.dense(inputs)) + 1.0",
]
WHERE = ["sequential", "functional", "nested", "model"]


@over(
    each(
        "codes before and after, and where the class stands",
        [
            (*pair, where, True)
            for pair, where in zip(
                itertools.permutations(CALLS, 2), itertools.cycle(WHERE), strict=False
            )
        ]
        + [
            (*pair, where, False)
            for pair in itertools.permutations(CALLS[:3], 2)
            for where in WHERE
        ],
    )
)
def trap_a_file_loads_with_the_code_of_today(case):
    """Register another class under the name: the loaded model computes what it says."""
    before, after, where, weights = case
    keras.utils.set_random_seed(0)

    def register(code, name):
        base = keras.Model if where == "model" else layers.Layer

        def init(self, **kwargs):
            base.__init__(self, **kwargs)
            if weights:
                self.dense = layers.Dense(4)

        def build(self, input_shape):
            if weights:
                self.dense.build(input_shape)

        def call(self, inputs):
            return eval(code, {"ops": ops, "self": self, "inputs": inputs})

        members = {"__init__": init, "build": build, "call": call}
        made = type(name, (base,), members)  # paths of weights hold it
        return keras.saving.register_keras_serializable("hunts", "Step")(made)

    step = register(before, "Step")()
    inputs, x = keras.Input((4,)), np.random.default_rng(0).normal(size=(3, 4))
    model = {
        "sequential": lambda: keras.Sequential([inputs, step]),
        "functional": lambda: keras.Model(inputs, step(inputs)),
        "nested": lambda: keras.Sequential([keras.Sequential([inputs, step])]),
        "model": lambda: step,
    }[where]()
    answer = model(x)
    model.save("code.keras")
    with zipfile.ZipFile("code.keras") as file:
        config = file.read("config.json").decode()
    assert before not in config and "Step" in config
    assert bool(model.weights) == weights
    new = register(after, "Step" if weights else "Another")
    loaded = keras.saving.load_model("code.keras")
    found = loaded if where == "model" else loaded.layers[-1]
    found = found.layers[-1] if where == "nested" else found
    assert type(found) is new
    wanted = eval(after, {"ops": ops, "self": step, "inputs": x.astype("float32")})
    assert same(loaded(x), wanted, 1e-5) and not same(loaded(x), answer, 1e-5)
