"""One network in three styles: the workflow, the order of creation, the wiring."""

import itertools

import keras
import numpy as np
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import (
    EVERY_SEQUENTIAL,
    GRAPHS,
    STACKS,
    SUBCLASSES,
    each,
    same,
)
from tests.hunts.zoo.case import NAMES


def of_keras(case):
    """Whether all layers are Keras's own, none is stateful, and each stands once."""
    return not any(
        getattr(layer, "stateful", False)
        or isinstance(layer, layers.Lambda)
        or not type(layer).__module__.startswith("keras.")
        for layer in case.every_layer
    )


def workflow(case):
    """Go through everything; return the loaded model, and whether it is equal."""
    model, x, y = case.fresh(), case.x(), case.y()
    model.compile("adam", loss="mse", run_eagerly=True)
    model.fit(x, y, batch_size=5, verbose=0)
    model.save("workflow.keras")
    loaded = keras.saving.load_model("workflow.keras")
    assert loaded.compiled
    answers = [each.predict(x, verbose=0) for each in (model, loaded)]
    scores = [each.evaluate(x, y, verbose=0) for each in (model, loaded)]
    return loaded, same(*answers) and same(*scores)


@over(EVERY_SEQUENTIAL.where(of_keras, "Sequential models of Keras's layers"))
def sequential_supports_the_full_workflow(case):
    """Train, save and load it: a compiled Sequential, equal answers and scores."""
    loaded, equal = workflow(case)
    assert type(loaded) is keras.Sequential
    assert equal


@over(GRAPHS.where(of_keras, "functional models of Keras's layers and operations"))
def functional_supports_the_full_workflow(case):
    """Train, save and load it: a functional model, equal answers and scores."""
    loaded, equal = workflow(case)
    assert type(loaded).__name__ == "Functional"
    assert equal


SIZES = ((2, 3, 1), (4, 4, 4), (8, 2, 5), (1, 6, 6), (16, 32, 10))


@over(
    each(
        "sizes, activations and seeds",
        itertools.product(SIZES, ("relu", "tanh", None), (0, 7)),
    )
)
def creation_order_decides_the_seeds(case):
    """Compare nested calls with statements, and two orders of building."""
    (width, hidden, out), activation, seed = case
    x = np.random.default_rng(1).normal(size=(12, width)).astype("float32")
    y = x[:, :1] + np.ones((12, out), "float32")

    def nested():
        inputs = keras.Input((width,))
        return keras.Model(
            inputs, layers.Dense(out)(layers.Dense(hidden, activation)(inputs))
        )

    def in_statements(outer_first):
        if outer_first:
            last = layers.Dense(out)
            first = layers.Dense(hidden, activation)
        else:
            first = layers.Dense(hidden, activation)
            last = layers.Dense(out)
        return keras.Sequential([keras.Input((width,)), first, last])

    def weights_and_loss(build, *how):
        keras.utils.set_random_seed(seed)
        model = build(*how)
        before = model.get_weights()
        model.compile("sgd", loss="mse", run_eagerly=True)
        loss = [float(model.train_on_batch(x, y)) for _ in range(2)]
        return before, loss

    weights, losses = weights_and_loss(nested)
    outer_weights, outer_losses = weights_and_loss(in_statements, True)
    inner_weights, inner_losses = weights_and_loss(in_statements, False)
    assert same(weights, outer_weights) and losses == outer_losses
    assert not same(weights[0], inner_weights[0])
    assert not same(weights[2], inner_weights[2])
    assert losses != inner_losses

    # The seed is taken at creation: building in another order changes nothing.
    keras.utils.set_random_seed(seed)
    last, first = layers.Dense(out), layers.Dense(hidden)
    first.build((None, width))
    last.build((None, hidden))
    assert same([first.kernel, last.kernel], [weights[0], weights[2]])


@over(
    STACKS.where(
        lambda stack: (
            stack.case("functional").model.trainable_weights
            and not any(layer.weights for layer in stack.new_layers())
        ),
        "stacks of layers without weights yet",
    )
)
def sequential_trains_after_one_compile(stack):
    """Train without Input and build: all weights are there, and some moved."""
    expected = stack.functional()
    x = stack.x()
    shape = expected(x).shape
    target = np.random.default_rng(1).normal(size=shape).astype("float32")
    model = keras.Sequential(stack.new_layers())
    assert model.weights == []
    model.compile("adam", loss="mse", run_eagerly=True)
    model.fit(x, target, batch_size=5, verbose=0)
    assert [w.shape for w in model.weights] == [w.shape for w in expected.weights]
    pairs = zip(model.trainable_weights, expected.trainable_weights, strict=True)
    assert not all(same(after, before) for after, before in pairs)


def plain(case):
    """Whether its layers are no models, called once each, with the same answers."""
    return (
        not case.has(keras.Model)
        and "training=True" not in case.code
        and not any(getattr(layer, "stateful", False) for layer in case.every_layer)
        and all(len(layer._inbound_nodes) == 1 for layer in case.model.layers)
    )


def inside(model):
    """Return the tensors between in a chain; nothing, if the model is no chain."""
    levels = list(model._nodes_by_depth.values())
    chain = len(model.inputs) == len(model.outputs) == 1 and all(
        len(nodes) == len(nodes[0].outputs) == 1 and len(nodes[0].input_tensors) < 2
        for nodes in levels
    )
    return [layer.output for layer in model.layers[1:-1]] if chain else []


@over(GRAPHS.where(plain, "functional models of layers that are called once"))
def functional_shows_its_wiring(case):
    """Find all tensors; in a chain, end and start a model at each."""
    model, x = case.fresh(), case.x()
    flat = keras.tree.flatten(x)
    tensors = [*model.inputs, *model.outputs]
    tensors += keras.tree.flatten([layer.output for layer in model.layers])
    assert all(isinstance(tensor, keras.KerasTensor) for tensor in tensors)
    answers = model(x)
    found = keras.Model(model.inputs, tensors)(flat)
    ends = [*flat, *keras.tree.flatten(answers)]
    assert same(found[: len(ends)], ends)
    for hidden in inside(model):
        features = keras.Model(model.inputs, hidden)
        classifier = keras.Model(hidden, model.outputs)
        assert same(classifier(features(x)), answers)


def unregistered(case):
    """Make the model of a class that is not registered."""
    code = case.code.replace("@keras.saving.register_keras_serializable('zoo')\n", "")
    names = dict(NAMES)
    exec(code, names)
    return names["model"]


def raised(call, *args, **kwargs):
    """Return the error of a call, or None."""
    try:
        call(*args, **kwargs)
    except Exception as error:
        return error
    return None


@over(SUBCLASSES)
def unregistered_subclass_does_not_load(case):
    """Load it with its class in custom_objects or a scope, and not without."""
    model = unregistered(case)
    model.save("unregistered.keras")
    error = raised(keras.saving.load_model, "unregistered.keras")
    assert isinstance(error, TypeError) and "Could not locate class" in str(error)
    known = {type(model).__name__: type(model)}
    loaded = keras.saving.load_model("unregistered.keras", custom_objects=known)
    assert type(loaded) is type(model)
    with keras.saving.custom_object_scope(known):
        assert type(keras.saving.load_model("unregistered.keras")) is type(model)


BODIES = (
    ("layers.Dense(2)", (5, 3)),
    ("layers.LSTM(2)", (5, 4, 3)),
    ("layers.Conv2D(2, 3)", (5, 6, 6, 1)),
    ("keras.Sequential([layers.Dense(3), layers.BatchNormalization()])", (5, 3)),
    ("layers.Dense(2, activation='relu')", (2, 7)),
)
DEFAULTS = {"name": None, "trainable": True, "dtype": None}
TAKEN = [
    taken
    for length in range(3)
    for taken in itertools.combinations(DEFAULTS, length)
    if not {"trainable", "dtype"} <= set(taken)
]


def of_class(body, taken, more=""):
    """Make a subclassed model whose __init__ takes these arguments only."""
    arguments = "".join(f", {name}={DEFAULTS[name]}" for name in taken)
    handed = ", ".join(f"{name}={name}" for name in taken)
    code = f"""
@keras.saving.register_keras_serializable("narrow")
class Narrow(keras.Model):
    def __init__(self{arguments}):
        super().__init__({handed})
        self.inner = {body}

    def call(self, x, training=False):
        return self.inner(x)
{more}"""
    names = dict(NAMES)
    exec(code, names)
    return names["Narrow"]()


LEAVES_OUT = """
    def get_config(self):
        config = super().get_config()
        return {name: config[name] for name in TAKEN if name in config}
"""
DROPS = """
    @classmethod
    def from_config(cls, config):
        return cls(**{name: config[name] for name in TAKEN if name in config})
"""
ALL_OF_IT = """
    def get_config(self):
        return super().get_config()
"""


@over(
    each(
        "layers in a class, and arguments of its __init__",
        itertools.product(BODIES, TAKEN),
    )
)
def subclass_without_kwargs_does_not_load(case):
    """Load it: only if one method leaves out what __init__ does not take."""
    (body, shape), taken = case
    x = np.random.default_rng(0).normal(size=shape).astype("float32")

    def saved(more):
        keras.utils.set_random_seed(0)
        model = of_class(body, taken, more.replace("TAKEN", repr(taken)))
        answer = model(x)
        model.save("narrow.keras")
        return answer

    for more in ("", ALL_OF_IT):
        saved(more)
        error = raised(keras.saving.load_model, "narrow.keras")
        assert isinstance(error, TypeError)
        assert "got an unexpected keyword argument" in str(error)
    for more in (LEAVES_OUT, DROPS):
        answer = saved(more)
        assert same(keras.saving.load_model("narrow.keras")(x), answer)


@over(EVERY_SEQUENTIAL)
def sequential_has_inputs_but_no_input(case):
    """Ask for the two lists, and the two tensors, around a call on data."""
    model = case.fresh()
    for _ in range(2):
        assert isinstance(model.inputs, list) and isinstance(model.outputs, list)
        assert all(isinstance(t, keras.KerasTensor) for t in model.inputs)
        assert all(isinstance(t, keras.KerasTensor) for t in model.outputs)
        assert not hasattr(model, "input") and not hasattr(model, "output")
        model(case.x())
