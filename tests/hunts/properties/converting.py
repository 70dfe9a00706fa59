"""From a Sequential to a functional model, back, and from a class to a graph."""

import itertools
import logging

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import EVERY_SEQUENTIAL, STACKS, Part, each, same
from tests.hunts.zoo.own import NoisyDense, Scale, Split
from tests.hunts.zoo.stacks import Stack


def reset(model):
    """Forget what a recurrent layer keeps between batches."""
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            layer.reset_states()


def targets(answer):
    random = np.random.default_rng(1)
    return random.normal(size=np.shape(answer)).astype("float32")


def heads(shape, number):
    start = keras.Input(shape)
    return keras.Model(start, [layers.Dense(n + 1)(start) for n in range(number)])


class Three(layers.Layer):
    """Return three tensors."""

    def call(self, x):
        return x, ops.tanh(x), ops.square(x)


LAST = {
    "Split": (2, lambda shape: Split()),
    "three tensors": (3, lambda shape: Three()),
    "two heads": (2, lambda shape: heads(shape, 2)),
    "four heads": (4, lambda shape: heads(shape, 4)),
}


@over(
    each(
        "stacks and last layers of several outputs",
        itertools.product([s for s in STACKS.fixed if not s.rows][::4], LAST),
    )
)
def outputs_0_is_the_first_of_several(case):
    """Compare the numbers of both models with those of the Sequential."""
    stack, last = case
    number, make = LAST[last]
    shape = stack.case("list").model.output_shape[1:]
    model = keras.Sequential([stack.input(), *stack.new_layers(), make(shape)])
    x = stack.x()
    every = model(x)
    first = keras.Model(model.inputs[0], model.outputs[0])
    whole = keras.Model(model.inputs[0], model.outputs)
    assert len(every) == len(whole.outputs) == number and len(first.outputs) == 1
    assert same(first(x), every[0]) and not same(every[0], every[1])
    assert same(list(whole(x)), list(every))


@over(
    EVERY_SEQUENTIAL.where(
        lambda case: bool(case.model.trainable_variables),
        "Sequential models with weights to train",
    )
)
def converted_model_is_not_compiled(case):
    """Train the Sequential for two steps, then convert it and compile that."""
    model = case.fresh()
    model.compile("adam", loss="mse", run_eagerly=True)
    x, y = case.x(), case.y()
    for _ in range(2):
        model.train_on_batch(x, y)
    functional = keras.Model(model.inputs[0], model.outputs[0])
    assert model.compiled and not functional.compiled
    functional.compile("adam", loss="mse", run_eagerly=True)
    functional.optimizer.build(functional.trainable_variables)

    def moments(of):
        return [
            np.any(np.asarray(v))
            for v in of.optimizer.variables
            if "momentum" in v.path or "velocity" in v.path
        ]

    assert int(model.optimizer.iterations) == 2
    assert int(functional.optimizer.iterations) == 0
    assert len(moments(model)) == len(moments(functional)) > 0
    assert any(moments(model)) and not any(moments(functional))
    functional.train_on_batch(x, y)
    assert int(functional.optimizer.iterations) == 1


@over(
    STACKS.where(
        lambda stack: not keras.Sequential(stack.new_layers()).built,
        "stacks of which an unbuilt Sequential is made",
    )
)
def unbuilt_sequential_converts_in_a_loop(stack):
    """Call the layers in a loop; compare weights and numbers."""
    unbuilt = keras.Sequential(stack.new_layers())
    tensor = inputs = stack.input()
    for layer in unbuilt.layers:
        tensor = layer(tensor)
    looped = keras.Model(inputs, tensor)
    known = stack.sequential()
    assert [w.shape for w in unbuilt.weights] == [w.shape for w in known.weights]
    assert [id(w) for w in looped.weights] == [id(w) for w in unbuilt.weights]
    x = stack.x()
    reset(looped)
    expected = np.asarray(looped(x))
    reset(looped)
    assert same(unbuilt(x), expected, 1e-6)
    assert [id(w) for w in looped.weights] == [id(w) for w in unbuilt.weights]


STEPS = {
    "relu": ops.relu,
    "tanh": ops.tanh,
    "* 2": lambda x: x * 2,
    "1 - x": lambda x: 1.0 - x,
    "square": ops.square,
    "x ** 3 + 1": lambda x: x**3 + 1,
    "softmax": ops.softmax,
}


@over(
    each(
        "stacks with operations between the layers",
        itertools.product(
            [s for s in STACKS.fixed if s.dtype == "float32" and not s.rows][::3],
            STEPS,
        ),
    )
)
def sequential_of_layers_drops_operations(case):
    """Put an operation before the layers, between them, and behind them."""
    stack, step = case
    steps, operation = stack.new_layers(), STEPS[step]
    x = inputs = stack.input()
    x = operation(x)
    for layer in steps:
        x = operation(layer(x))
    chain = keras.Model(inputs, x)
    assert len(chain.operations) > len(chain.layers) == len(steps) + 1
    lost = keras.Sequential(chain.layers)
    assert all(a is b for a, b in zip(lost.layers, steps, strict=True))
    data = y = stack.x()
    for layer in steps:
        y = layer(y)
    assert same(lost(data), y, 1e-6)
    left = keras.Model(lost.inputs[0], lost.outputs[0]).operations
    assert len(left) == len(steps) + 1
    assert all(isinstance(step, layers.Layer) for step in left)


class Times(layers.Layer):
    """A layer of one's own with an argument."""

    def call(self, x, factor=2.0, shift=0.0):
        return x * factor + shift


ARGUMENTS = {
    "Dropout": (lambda: layers.Dropout(0.5), {"training": True}),
    "GaussianNoise": (lambda: layers.GaussianNoise(0.5), {"training": True}),
    "GaussianDropout": (lambda: layers.GaussianDropout(0.5), {"training": True}),
    "AlphaDropout": (lambda: layers.AlphaDropout(0.5), {"training": True}),
    "BatchNormalization": (
        lambda: layers.BatchNormalization(center=False),
        {"training": True},
    ),
    "NoisyDense": (lambda: NoisyDense(20), {"training": True}),
    "factor": (Times, {"factor": 5.0}),
    "factor and shift": (Times, {"factor": 0.5, "shift": 1.0}),
    "a model": (
        lambda: keras.Sequential([layers.Dense(20), layers.Dropout(0.5)]),
        {"training": True},
    ),
}
AROUND = {
    "dense": (lambda: [layers.Dense(20)], list),
    "nothing": (list, list),
    "both": (lambda: [layers.Dense(20)], lambda: [Scale(), layers.ReLU()]),
    "behind": (list, lambda: [layers.Dense(3)]),
}


@over(
    each("arguments of calls, and layers around", itertools.product(ARGUMENTS, AROUND))
)
def sequential_of_layers_drops_call_arguments(case):
    """Compare with the layers called by hand, without the arguments."""
    make, arguments = ARGUMENTS[case[0]]
    before, after = (part() for part in AROUND[case[1]])
    x = inputs = keras.Input((20,))
    with_arguments = make()
    for layer in before:
        x = layer(x)
    x = with_arguments(x, **arguments)
    for layer in after:
        x = layer(x)
    model = keras.Model(inputs, x)
    lost = keras.Sequential(model.layers)
    data = y = np.random.default_rng(0).normal(size=(8, 20)).astype("float32")
    for layer in (*before, with_arguments, *after):
        y = layer(y)
    assert same(lost(data), y, 1e-6)
    assert not same(model(data), y, 1e-3)


class Seen(layers.Layer):
    """Count the batches that it sees."""

    def __init__(self, factor, name):
        super().__init__(name=name)
        self.factor, self.count = factor, 0

    def call(self, x):
        if not isinstance(x, keras.KerasTensor):
            self.count += 1
        return x * self.factor


TAKEN = {
    "no else": lambda net, x, training: net.yes(x) if training else x,
    "not": lambda net, x, training: x if not training else net.yes(x),
    "both": lambda net, x, training: net.yes(x) if training else net.no(x),
    "is True": lambda net, x, training: net.yes(x) if training is True else net.no(x),
}


@over(
    each(
        "ways to write the branches, layers, and ways to draw",
        itertools.product(
            TAKEN, ("dense", "dropout", "normalized"), (None, False, True)
        ),
    )
)
def drawn_graph_keeps_one_training_branch(case):
    """Draw it with one value of `training`; run, train and predict with others."""
    way, body, drawn_with = case

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = layers.Dense(4)
            self.middle = {
                "dense": lambda: layers.Dense(4),
                "dropout": lambda: layers.Dropout(0.0),
                "normalized": lambda: layers.LayerNormalization(),
            }[body]()
            self.yes, self.no = Seen(2.0, "yes"), Seen(3.0, "no")

        def call(self, x, training=False):
            return TAKEN[way](self, self.middle(self.first(x)), training)

    net, inputs = Net(), keras.Input((4,))
    chosen = {} if drawn_with is None else {"training": drawn_with}
    drawn = keras.Model(inputs, net.call(inputs, **chosen))
    x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    one = np.asarray(net(x, training=True))
    other = np.asarray(net(x, training=False))
    assert not same(one, other, 1e-3)
    expected = one if drawn_with else other
    taken, left = (net.yes, net.no) if drawn_with else (net.no, net.yes)
    for layer in (net.yes, net.no):
        layer.count = 0
    names = [layer.name for layer in drawn.layers]
    assert left.name not in names
    for training in (True, False):
        assert same(drawn(x, training=training), expected, 1e-6)
    assert same(drawn.predict_on_batch(x), expected, 1e-5)
    drawn.compile("sgd", loss="mse", run_eagerly=True)
    taken.count = 0
    drawn.train_on_batch(x, x)
    drawn.test_on_batch(x, x)
    assert left.count == 0
    assert (taken.count > 0) == (taken.name in names)
    assert (taken.name in names) == (bool(drawn_with) or way in ("both", "is True"))


OWN = {
    "scale": (
        lambda net: net.add_weight(shape=(), initializer="ones"),
        lambda y, w: y * w,
    ),
    "shift": (
        lambda net: net.add_weight(shape=(3,), initializer="zeros"),
        lambda y, w: y + w,
    ),
    "matrix": (lambda net: net.add_weight(shape=(3, 3)), ops.matmul),
    "gate": (
        lambda net: net.add_weight(shape=(1,), initializer="zeros"),
        lambda y, w: y * ops.sigmoid(w),
    ),
    "power": (
        lambda net: net.add_weight(shape=(), initializer="ones"),
        lambda y, w: ops.tanh(y * w) + w,
    ),
}
BODIES = {
    "dense": lambda: [layers.Dense(3)],
    "deep": lambda: [layers.Dense(4, activation="tanh"), layers.Dense(3)],
    "normalized": lambda: [layers.Dense(3), layers.BatchNormalization()],
    "nested": lambda: [keras.Sequential([keras.Input((4,)), layers.Dense(3)])],
    "dropout": lambda: [layers.Dropout(0.2), layers.Dense(3)],
}


@over(each("weights of a model, and layers in it", itertools.product(OWN, BODIES)))
def drawn_graph_does_not_train_the_models_own_weights(case):
    """Train the drawn model, then the class."""
    make, use = OWN[case[0]]

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.steps = BODIES[case[1]]()
            self.own = make(self)

        def call(self, x, training=False):
            for layer in self.steps:
                x = layer(x)
            return use(x, self.own)

    net, inputs = Net(), keras.Input((4,))
    drawn = keras.Model(inputs, net.call(inputs))
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    assert any(w is net.own for w in net.trainable_weights)
    assert all(w is not net.own for w in drawn.weights)
    assert len(net.weights) == len(drawn.weights) + 1
    assert same(drawn(x), net(x), 1e-6)
    y = np.ones((8, 3), "float32")
    for model, trains in ((drawn, False), (net, True)):
        before, kernel = net.own.numpy(), drawn.trainable_weights[0].numpy()
        model.compile("adam", loss="mse", run_eagerly=True)
        model.fit(x, y, verbose=0)
        assert same(net.own, before) != trains
        assert not same(drawn.trainable_weights[0], kernel)


def own_classes():
    """Make a class with a `train_step`, and one with layers, too.

    A class that was called with inputs and outputs is a functional one from then on.
    """

    class OwnStep(keras.Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)

        def train_step(self, data):
            return {"own": 1.0}

    class OwnNet(OwnStep):
        def __init__(self, steps):
            super().__init__()
            self.steps = steps

        def call(self, x, training=False):
            for layer in self.steps:
                x = layer(x)
            return x

    return OwnStep, OwnNet


@over(STACKS)
def drawn_graph_drops_the_train_step(stack):
    """Fit all three, and read what they report."""
    OwnStep, OwnNet = own_classes()  # noqa: N806 (classes)
    own, inputs = OwnNet(stack.new_layers()), stack.input()
    outputs = own.call(inputs)
    x = stack.x()
    y = targets(own(x))
    for model, reported in (
        (own, ["own"]),
        (keras.Model(inputs, outputs), ["loss"]),
        (OwnStep(inputs, outputs), ["own"]),
    ):
        model.compile("sgd", loss="mse", run_eagerly=True)
        assert list(model.fit(x, y, batch_size=5, verbose=0).history) == reported


def grow(model, place):
    """Continue from the output of a layer."""
    middle = model.layers[place].output
    end = layers.Concatenate()([layers.Dense(2)(middle) for _ in range(2)])
    return keras.Model(model.inputs[0], end)


def flat(stack):
    """Whether all layers have an `output` in the Sequential."""
    return not any(type(layer).__name__ == "Functional" for layer in stack.new_layers())


@over(STACKS.where(flat, "stacks without functional models in them"))
def grown_model_keeps_trained_weights(stack):
    """Train it, and grow it from each of its layers."""
    model = stack.sequential()
    x = stack.x()
    new = [w.numpy() for w in model.trainable_weights]
    model.compile("sgd", loss="mse", run_eagerly=True)
    model.train_on_batch(x, targets(model(x)))
    assert not new or not same(new, model.trainable_weights)
    trained = [[w.numpy() for w in layer.weights] for layer in model.layers]
    for place in range(len(model.layers)):
        grown = grow(model, place)
        kept = model.layers[: place + 1]
        assert all(a is b for a, b in zip(grown.layers[1:], kept, strict=False))
        for layer, values in zip(kept, trained[: place + 1], strict=True):
            assert same(layer.weights, values)
            assert all(any(w is v for v in grown.weights) for w in layer.weights)


ADAPTED = "(lambda layer: layer.adapt(np.eye(4)) or layer)(layers.Normalization())"
NORMALIZED = [
    Stack("normalized", (4,), (ADAPTED, "layers.Dense(2)")),
    Stack("normalized, deep", (4,), (ADAPTED, "layers.Dense(3)", "layers.ReLU()")),
]


def by_numbers(model, kept):
    kept.set_weights(model.get_weights())


def by_file(model, kept):
    model.save_weights("model.weights.h5")
    kept.load_weights("model.weights.h5")


@over(
    Part("stacks", (*STACKS.fixed, *NORMALIZED), STACKS.drawn).where(
        lambda stack: flat(stack) and bool(stack.sequential().trainable_weights),
        "stacks with weights to train",
    )
)
def training_the_grown_model_changes_the_original(stack):
    """Grow it from its last layer, train that, and look at both and at clones."""
    model, x = stack.sequential(), stack.x()
    clones = []
    for keep in (by_file,) if stack in NORMALIZED else (by_file, by_numbers):
        clones.append(keras.models.clone_model(model))
        keep(model, clones[-1])
    before, trainable = model.get_weights(), [*model.trainable_weights]
    values = [w.numpy() for w in trainable]
    expected = np.asarray(model(x))
    grown = grow(model, -1)
    grown.compile("sgd", loss="mse", run_eagerly=True)
    grown.train_on_batch(x, targets(grown(x)))
    assert not same(trainable, values)
    for kept in clones:
        assert not {id(w) for w in kept.weights} & {id(w) for w in model.weights}
        assert same(kept.get_weights(), before)
        assert same(kept(x), expected, 1e-6)


MADE_OF_LAYERS = {
    "chain": lambda x: layers.Dense(2)(layers.Dense(4, activation="relu")(x)),
    "skip": lambda x: layers.Add()([x, layers.Dense(4)(x)]),
    "branches": lambda x: layers.Concatenate()([layers.Dense(2)(x), layers.ReLU()(x)]),
    "dropout": lambda x: layers.Dense(2)(layers.Dropout(0.5)(x)),
    "normalized": lambda x: layers.Dense(2)(layers.BatchNormalization()(x)),
    "two outputs": lambda x: [layers.Dense(2)(x), layers.Dense(3)(x)],
    "nested": lambda x: keras.Sequential([keras.Input((4,)), layers.Dense(3)])(x),
    "steps": lambda x: layers.GRU(3)(layers.RepeatVector(3)(x)),
    "images": lambda x: layers.Conv2D(2, 1)(layers.Reshape((2, 2, 1))(x)),
    "shared": lambda x: (
        lambda dense: layers.Multiply()([dense(x), dense(layers.ReLU()(x))])
    )(layers.Dense(4)),
}
WITH_STEPS = {
    "layers only": lambda x: x,
    "x + y": lambda x: x + layers.Dense(4)(x),
    "relu": lambda x: ops.relu(layers.Dense(4)(x)),
}


@over(
    each(
        "functional models, with a step and without",
        itertools.product(MADE_OF_LAYERS, WITH_STEPS),
    )
)
def an_h5_file_is_for_models_of_layers(case):
    """Save it as .h5; load it if it has only layers, and save that as .keras."""
    logging.getLogger("absl").setLevel(logging.ERROR)
    body, step = case
    inputs = keras.Input((4,))
    model = keras.Model(inputs, MADE_OF_LAYERS[body](WITH_STEPS[step](inputs)))
    model.save("model.h5")
    if step == "layers only":
        loaded = keras.models.load_model("model.h5", compile=False)
        loaded.save("model.keras")
        again = keras.saving.load_model("model.keras")
        x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
        expected = model(x)
        assert same(loaded(x), expected) and same(again(x), expected)
    else:
        refused = False
        try:
            keras.models.load_model("model.h5", compile=False)
        except (TypeError, ValueError):
            refused = True
        assert refused
