"""What .keras files and weights files keep, and what loads them."""

import itertools
from dataclasses import replace

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import NETWORKS, STACKS, SUBCLASSES, each, floats, same
from tests.hunts.zoo.case import NAMES

tree = keras.tree
load = keras.saving.load_model


def raised(call, *args, **kwargs):
    """Return the error of a call, or None."""
    try:
        call(*args, **kwargs)
    except Exception as error:
        return error
    return None


def ten_rows(case):
    """Return inputs and targets of two batches of five rows."""
    x, y = (
        tree.map_structure(
            lambda *parts: np.concatenate(parts), *(rows(5, seed) for seed in seeds)
        )
        for rows, seeds in ((case.x, (0, 1)), (case.y, (2, 3)))
    )
    return x, y


def goes_on(case):
    """Whether it learns, and neither chance nor an earlier batch moves its answers."""
    return (
        not case.random
        and case.model.trainable_weights
        and not any(getattr(layer, "stateful", False) for layer in case.every_layer)
    )


@over(
    replace(NETWORKS, fixed=NETWORKS.fixed[::5]).where(
        goes_on, "models with trainable weights, without dropout, noise or kept states"
    )
)
def keras_file_resumes_training(case):
    """Compare the next losses of a model, of its file, and with a new optimizer."""
    model = case.fresh()
    x, y = ten_rows(case)
    how = {"batch_size": 5, "shuffle": False, "verbose": 0}
    model.compile("adam", loss="mse", run_eagerly=True)
    model.fit(x, y, **how)
    model.save("model.keras")
    known = {type(model).__name__: type(model)} if case.kind == "subclass" else None
    loaded, anew = (load("model.keras", custom_objects=known) for _ in "ab")
    anew.compile("adam", loss="mse", run_eagerly=True)
    going_on, from_file, from_new = (
        each.fit(x, y, epochs=2, **how).history["loss"]
        for each in (model, loaded, anew)
    )
    assert going_on == from_file
    assert from_new != from_file


FUNCTIONS = (
    *("tanh", "relu", "relu6", "sigmoid", "softplus", "softsign", "silu", "gelu"),
    *("elu", "selu", "leaky_relu", "hard_sigmoid", "softmax", "log_softmax"),
    *("square", "sin", "cos", "exp", "abs", "negative", "sqrt", "arctan", "expm1"),
    *("sign", "floor", "sinh", "log1p", "erf"),
)
HOLDERS = {
    "dense": lambda function: layers.Dense(2, activation=function),
    "convolution": lambda function: layers.Conv1D(2, 1, activation=function),
    "activation": layers.Activation,
}


@over(
    each(
        "functions, layers and kinds of models",
        [
            (*case, ("sequential", "functional")[number % 2])
            for number, case in enumerate(itertools.product(FUNCTIONS, HOLDERS))
        ],
    )
)
def a_saved_function_must_be_found_by_name(case):
    """Save it as an activation; and a function of that kind as a loss."""
    name, holder, kind = case
    function = getattr(ops, name)

    def saved(activation, loss):
        inputs, layer = keras.Input((3, 4)), HOLDERS[holder](activation)
        model = (
            keras.Model(inputs, layer(inputs))
            if kind == "functional"
            else keras.Sequential([inputs, layer])
        )
        model.compile("sgd", loss=loss)
        model.save("functions.keras")
        return model

    x = floats(2, 3, 4)
    model = saved(function, "mse")
    error = raised(load, "functions.keras")
    has_the_name = hasattr(keras.activations, name)
    assert (error is None) == has_the_name
    assert has_the_name or "Could not locate function" in str(error)
    loaded = load("functions.keras", custom_objects={name: function})
    assert has_the_name or same(loaded(x), model(x))

    def own_loss(y, found):
        return ops.mean(function(y - found) ** 2)

    own_loss.__name__ = f"{name}_error"
    saved("tanh", own_loss)
    error = raised(load, "functions.keras")
    assert "Could not locate function" in str(error)
    known = {own_loss.__name__: own_loss}
    loaded = load("functions.keras", custom_objects=known)
    assert loaded.compiled and loaded.loss is own_loss


# Signatures with arguments that have defaults, and other values for them.
SIGNATURES = {
    "a=1.0": {"a": 5.0},
    "a=1": {"a": -2},
    "a='relu'": {"a": "tanh"},
    "a=None": {"a": 3},
    "a=True": {"a": False},
    "a=(1, 2)": {"a": (3, 4)},
    "*, a=2": {"a": 3},
    "a=1, b='same'": {"a": 2, "b": "valid"},
    "a=0, *, b=0.5": {"a": 1, "b": 0.25},
    "units=3, rate=0.1": {"units": 4},
}
BODIES = {
    "layers.Dense(2)": (5, 4),
    "layers.Conv1D(2, 2)": (5, 6, 3),
    "keras.Sequential([layers.Dense(3), layers.LayerNormalization()])": (5, 4),
}


@over(
    each("arguments with defaults, and layers", itertools.product(SIGNATURES, BODIES))
)
def default_argument_is_lost_without_get_config(case):
    """Save a model with other values than the defaults, and read those of its file."""
    signature, body = case
    given = SIGNATURES[signature]
    code = f"""
@keras.saving.register_keras_serializable("defaults")
class Net(keras.Model):
    def __init__(self, {signature}, **kwargs):
        super().__init__(**kwargs)
        self.given = dict({", ".join(f"{name}={name}" for name in given)})
        self.inner = {body}

    def call(self, x, training=False):
        return self.inner(x)
"""
    names = dict(NAMES)
    exec(code, names)
    model, default = names["Net"](**given), names["Net"]()
    model(floats(*BODIES[body]))
    assert all(model.given[name] == value for name, value in given.items())
    assert all(default.given[name] != value for name, value in given.items())
    config = model.get_config()
    model.save("defaults.keras")
    loaded = load("defaults.keras")
    for name in given:
        assert config[name] == default.given[name]
        assert loaded.given[name] in (default.given[name], [1, 2])


INNER = {
    "layers.Dense(2)": (5, 4),
    "layers.Dense(3, activation='relu', kernel_regularizer='l2')": (5, 4),
    "layers.BatchNormalization()": (5, 4),
    "layers.Dropout(0.5)": (5, 4),
    "layers.Embedding(10, 3)": (5, 4),
    "layers.Conv2D(2, 3, padding='same')": (2, 8, 8, 1),
    "layers.LSTM(3, return_sequences=True)": (5, 6, 3),
    "layers.Bidirectional(layers.GRU(2))": (5, 6, 3),
    "NoisyDense(3)": (5, 4),
    "keras.Sequential([layers.Dense(3), layers.ReLU(), layers.Dense(1)])": (5, 4),
    "(lambda i: keras.Model(i, layers.Dense(2)(i) + 1))(keras.Input((4,)))": (5, 4),
}


@keras.saving.register_keras_serializable("layer_argument")
class Holder(keras.Model):
    """Keeps what it is given; calls the layers in it."""

    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner

    def call(self, x, training=False):
        for layer in tree.flatten(self.inner):
            x = layer(x)
        return x

    def get_config(self):
        return {**super().get_config(), "inner": self.inner}


@keras.saving.register_keras_serializable("layer_argument")
class Restored(Holder):
    @classmethod
    def from_config(cls, config):
        inner = config.pop("inner")
        made = keras.saving.deserialize_keras_object
        inner = [made(one) for one in inner] if isinstance(inner, list) else made(inner)
        return cls(inner=inner, **config)


@over(
    each(
        "layers, alone, in a list or as one of two",
        itertools.product(INNER, ("alone", "in a list", "with another")),
    )
)
def layer_argument_needs_from_config(case):
    """Load a class that takes what it gets, and one that makes layers of it."""
    code, place = case
    x = np.abs(floats(*INNER[code]))
    keras.utils.set_random_seed(0)

    def inner():
        layer = eval(code, dict(NAMES))
        others = [layers.Dense(2)] if place == "with another" else []
        return layer if place == "alone" else [layer, *others]

    left, made = Holder(inner()), Restored(inner())
    left(x)
    left.save("left.keras")
    found = load("left.keras").inner
    found = found if isinstance(found, list) else [found]
    assert all(isinstance(one, dict) for one in found)
    answer = made(x)
    made.save("made.keras")
    assert same(load("made.keras")(x), answer)


@over(STACKS)
def weights_file_fits_sequential_and_functional(stack):
    """Load the weights of one into the other, made with another seed."""
    sequential, functional = stack.sequential(), stack.functional(seed=1)
    sequential.save_weights("stack.weights.h5")
    names = [layer.name for layer in functional.layers[1:]]
    assert names != [layer.name for layer in sequential.layers]
    functional.load_weights("stack.weights.h5")
    assert same(functional.get_weights(), sequential.get_weights())
    x = stack.x()
    assert same(functional(x), sequential(x))


ATTRIBUTES = (
    ("hidden", "outer"),
    ("one", "two"),
    ("_hidden", "_outer"),
    ("a", "b"),
    ("dense_1", "dense_2"),
    ("Zone", "two"),
    ("layer", "layers_2"),
    ("two", "one"),
    ("_one", "two"),
    ("zoo", "alpha"),
    ("_a", "out"),
    ("second", "first"),
)
CHAINS = (
    ("layers.Dense(4, activation='tanh')", "layers.Dense(4)", (5, 4)),
    ("layers.LSTM(3, return_sequences=True)", "layers.GRU(3)", (5, 6, 3)),
    ("layers.LayerNormalization()", "layers.Dense(3)", (5, 3)),
    ("layers.Dense(5, use_bias=False)", "layers.Dense(5, use_bias=False)", (5, 5)),
)


@over(each("names of attributes, and layers", itertools.product(ATTRIBUTES, CHAINS)))
def subclass_weights_file_depends_on_attribute_names(case):
    """Load the file if no name sorts before `layers`; set the weights in any case."""
    names, (first, last, shape) = case
    x = floats(*shape)

    class Named(keras.Model):
        def __init__(self, order):
            super().__init__()
            made = {
                names[0]: eval(first, dict(NAMES)),
                names[1]: eval(last, dict(NAMES)),
            }
            for name in order:
                setattr(self, name, made[name])

        def call(self, inputs, training=False):
            return getattr(self, names[1])(getattr(self, names[0])(inputs))

    def fresh():
        keras.utils.set_random_seed(1)
        made = [eval(first, dict(NAMES)), eval(last, dict(NAMES))]
        return keras.Sequential([keras.Input(shape[1:]), *made])

    keras.utils.set_random_seed(0)
    model = Named(names)
    model(x)
    trained = [floats(*w.shape, seed=n) for n, w in enumerate(model.weights)]
    model.set_weights(trained)
    answer = model(x)
    model.save_weights("named.weights.h5")
    stack = fresh()
    raised(stack.load_weights, "named.weights.h5")  # or it loads a part of the file
    fits = all(name.startswith("_") or name > "layers" for name in names)
    assert same(stack(x), answer) == fits
    stack = fresh()
    stack.set_weights(model.get_weights())
    assert same(stack(x), answer)
    backwards = Named(names[::-1])
    backwards(x)
    assigned = [getattr(backwards, name) for name in names[::-1]]
    ordered = [weight for layer in assigned for weight in layer.weights]
    assert all(a is b for a, b in zip(backwards.weights, ordered, strict=True))


@over(
    SUBCLASSES.where(
        lambda case: (
            "def build" not in case.code
            and case.model.weights
            and not case.unbuilt().weights
        ),
        "subclassed models without a build and without weights",
    )
)
def build_then_load_weights_loads_nothing(case):
    """Load a file after build, and after a call."""
    model = case.fresh()
    x = case.x()
    model.save_weights("subclass.weights.h5")
    built, called = case.unbuilt(1), case.unbuilt(1)
    given = case.given
    if isinstance(given, dict):
        built.build({key: value.shape for key, value in given.items()})
    elif isinstance(given, list):
        built.build([value.shape for value in given])
    else:
        built.build(given.shape)
    called(x)
    built.load_weights("subclass.weights.h5")
    called.load_weights("subclass.weights.h5")
    assert built.built and built.weights == []
    assert same(called.get_weights(), model.get_weights())


def by_chance(case):
    """Whether an answer depends on chance, or on the answers before."""
    return "training=True" in case.code or any(
        getattr(layer, "stateful", False) for layer in case.every_layer
    )


@over(replace(NETWORKS, fixed=NETWORKS.fixed[::5]))
def exported_folder_is_not_a_keras_model(case):
    """Load the folder with load_model, and make a layer of it."""
    model, x = case.fresh(), case.x()
    model.export("exported", verbose=False)
    error = raised(load, "exported")
    assert isinstance(error, ValueError)
    assert "only supports V3 `.keras` files" in str(error)
    layer = layers.TFSMLayer("exported", call_endpoint="serve")
    assert isinstance(layer, layers.Layer)
    served = x
    if case.kind == "subclass":  # its exported form takes floats, ids too
        served = tree.map_structure(lambda a: a.astype("float32"), x)
    found, expected = tree.flatten(layer(served)), tree.flatten(model(x))
    assert [one.shape for one in found] == [one.shape for one in expected]
    assert same(found, expected, 1e-5) or by_chance(case)
