"""Changes that a recording, or a layer that is built, does not see."""

import dataclasses
import itertools

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import NETWORKS, STACKS, each, same


def reset(model):
    """Reset the layers that are stateful."""
    for layer in getattr(model, "layers", []):
        if getattr(layer, "stateful", False):
            layer.reset_state()


class Stamp(layers.Layer):
    """Return the number that it has in Python: that of the moment of the recording."""

    number = 0

    def call(self, x):
        x = ops.cast(x, "float32")
        return ops.zeros_like(x) + self.number


class Stamped(keras.Model):
    """A subclassed model with one such layer."""

    def __init__(self, stamp):
        super().__init__()
        self.stamp = stamp

    def call(self, x):
        return self.stamp(x)


def stamped(kind, shape, dtype):
    """Make a model of a kind, and its layer."""
    stamp, inputs = Stamp(), keras.Input(shape, dtype=dtype)
    if kind == "functional":
        return keras.Model(inputs, stamp(inputs)), stamp
    if kind == "subclass":
        return Stamped(stamp), stamp
    return keras.Sequential([inputs, stamp]), stamp


# Calls one after the other: how many rows, and in batches of how many.
CALLS = [
    [(8, 4), (6, 4), (4, 4), (3, 4)],
    [(6, 4), (8, 4), (2, 4), (5, 5)],
    [(3, 8), (8, 8), (3, 3), (1, 1)],
    [(1, 4), (2, 4), (1, 1), (9, 4)],
    [(5, 5), (10, 5), (7, 5), (5, 2)],
    [(4, 2), (4, 4), (4, 3), (2, 2)],
]
KINDS = ("sequential", "functional", "subclass")
DATA = [((1,), "float32"), ((3, 2), "float32"), ((2,), "int32")]
RECORDED = each(
    "calls, kinds of models and data",
    [
        (calls, kind, DATA[(n + k) % 3])
        for n, calls in enumerate(CALLS)
        for k, kind in enumerate(KINDS)
    ]
    + [
        (calls[::-1], KINDS[n % 3], DATA[(n // 3) % 3])
        for n, calls in enumerate([*CALLS, [(7, 3), (1, 3), (3, 3), (6, 3)]])
    ],
)


@over(RECORDED)
def trap_one_answer_mixes_old_and_new_rows(case):
    """Check each row: its recording is of the first size, or of all others."""
    calls, kind, (shape, dtype) = case
    model, stamp = stamped(kind, shape, dtype)
    first = {}  # the size and the number of the first recording
    others = None
    for number, (count, size) in enumerate(calls, 1):
        stamp.number = number
        sizes = [size] * (count // size) + [count % size] * (count % size > 0)
        meant = []
        for rows in sizes:
            if not first:
                first = {rows: number}
            if rows not in first and others is None:
                others = number
            meant += [first.get(rows, others)] * rows
        x = np.ones((count, *shape), dtype)
        found = model.predict(x, batch_size=size, verbose=0).reshape(count, -1)
        assert found[:, 0].tolist() == meant


@over(RECORDED)
def trap_evaluate_chooses_one_recording(case):
    """Check that a call has one number, by whether its arrays fill all batches."""
    calls, kind, (shape, dtype) = case
    model, stamp = stamped(kind, shape, dtype)
    model.compile(loss="mae")
    full = {}  # the batch size of the recording for full batches, and its number
    every = None  # the number of the one that takes all
    for number, (count, size) in enumerate(calls, 1):
        stamp.number = number
        if count % size == 0:
            if not full and every is None:
                full = {size: number}
            if size not in full and every is None:
                every = number
            meant = full.get(size, every)
        else:
            every = number if every is None else every
            meant = every
        x = np.ones((count, *shape), dtype)
        found = model.evaluate(x, 0 * x, batch_size=size, verbose=0)
        assert found == meant


@over(
    dataclasses.replace(STACKS, fixed=STACKS.fixed[::2]).where(
        lambda stack: len(stack.layers) > 1 and not stack.rows,
        "stacks of two layers or more",
    )
)
def trap_predict_runs_a_popped_layer(stack):
    """Check that the seen size has the layer, and that a new size has not."""
    model = stack.sequential()
    x, popped = stack.x(3), model.layers[-1]
    old = np.asarray(model(x))
    rest = keras.Sequential([stack.input(), *model.layers[:-1]])
    assert same(model.predict(x[:2], verbose=0), old[:2], 1e-5)
    model.pop()
    assert popped not in model.layers and model.output_shape == rest.output_shape
    new = np.asarray(rest(x))
    assert same(model(x), new, 1e-6)
    assert same(model.predict(x[:2], verbose=0), old[:2], 1e-5)
    if old.shape[1:-1] == new.shape[1:-1]:  # only the width can differ
        mixed = model.predict(x, batch_size=2, verbose=0)
        assert isinstance(mixed, tf.RaggedTensor) == (old.shape != new.shape)
        rows = [
            row.to_tensor() if isinstance(row, tf.RaggedTensor) else row
            for row in mixed
        ]
        assert same(rows, [*old[:2], new[2]], 1e-5)


@over(NETWORKS.where(lambda case: case.model.layers, "models with layers"))
def trap_layers_is_a_copy(case):
    """Check that a popped list leaves the model as it was."""
    model, twin, x = case.fresh(), case.fresh(), case.x()
    kept = model.layers
    assert model.layers is not model.layers
    for _ in kept:
        model.layers.pop()
    assert len(model.layers) == len(kept)
    assert all(a is b for a, b in zip(model.layers, kept, strict=True))
    assert same(model(x), twin(x))  # the same seed, so the same draws
    kept.clear()
    assert model.layers and same(model.get_weights(), twin.get_weights())


@over(dataclasses.replace(STACKS, of="stacks as the last layer"))
def trap_the_outer_shape_is_stale(stack):
    """Check that a call has the new width and the symbolic shape the old one."""
    for functional in (False, True):
        inner = keras.Sequential([stack.input(), *stack.new_layers()])
        first = layers.Identity()
        if functional:
            inputs = stack.input()
            outer = keras.Model(inputs, inner(first(inputs)))
        else:
            outer = keras.Sequential([stack.input(), first, inner])
        old = outer.output_shape
        x = stack.x()
        outer(x)
        inner.add(layers.Dense(9))
        reset(inner)
        found = outer(x)
        reset(inner)
        assert found.shape[-1] == 9 and same(found, inner(x), 1e-6)
        assert outer.output_shape == outer.outputs[0].shape == old
        assert old[-1] != 9


WITH_ACTIVATION = {
    "Dense": ((4,), lambda f: layers.Dense(3, activation=f)),
    "Dense on steps": ((3, 4), lambda f: layers.Dense(3, activation=f)),
    "Activation": ((4,), lambda f: layers.Activation(f)),
    "Conv1D": ((5, 2), lambda f: layers.Conv1D(3, 2, activation=f)),
    "Conv2D": ((5, 5, 2), lambda f: layers.Conv2D(3, 2, activation=f)),
    "Conv2DTranspose": (
        (3, 3, 2),
        lambda f: layers.Conv2DTranspose(3, 2, activation=f),
    ),
    "DepthwiseConv2D": ((5, 5, 2), lambda f: layers.DepthwiseConv2D(2, activation=f)),
    "SeparableConv1D": ((5, 2), lambda f: layers.SeparableConv1D(3, 2, activation=f)),
    "EinsumDense": (
        (4,),
        lambda f: layers.EinsumDense("ab,bc->ac", output_shape=3, activation=f),
    ),
}
PAIRS = [("softmax", "linear"), ("linear", "tanh"), ("sigmoid", "relu")]


@over(each("layers and activations", itertools.product(WITH_ACTIVATION, PAIRS)))
def trap_predict_keeps_the_old_activation(case):
    """Check that the seen size has the old activation, and a new size has not."""
    name, (old, new) = case
    shape, make = WITH_ACTIVATION[name]
    layer = make(old)
    more = [layers.Rescaling(2.0)] if old == "sigmoid" else []
    model = keras.Sequential([keras.Input(shape), layer, *more])
    x = np.random.default_rng(0).normal(size=(3, *shape)).astype("float32")
    before = np.asarray(model(x))
    assert same(model.predict(x[:2], verbose=0), before[:2], 1e-5)
    layer.activation = keras.activations.get(new)
    after = np.asarray(model(x))
    twin = make(new)
    twin.build((None, *shape))
    twin.set_weights(layer.get_weights())
    assert same(after, twin(x) * (2.0 if more else 1.0), 1e-5)
    assert not same(after, before, 1e-2)
    assert same(model.predict(x[:2], verbose=0), before[:2], 1e-5)
    mixed = model.predict(x, batch_size=2, verbose=0)
    assert same(mixed, np.concatenate([before[:2], after[2:]]), 1e-5)


MET = []  # the stacks of which a `Late` was made


@keras.saving.register_keras_serializable("late")
class Late(keras.Model):
    """A subclassed model that makes the layers of a stack, and one more."""

    def __init__(self, at, **kwargs):
        super().__init__(**kwargs)
        self.at, self.steps = at, MET[at].new_layers()
        self.last = layers.Dense(2)

    def call(self, x, training=False):
        for step in self.steps:
            x = step(x)
        return self.last(x)

    def get_config(self):
        return {**super().get_config(), "at": self.at}


@over(
    dataclasses.replace(
        STACKS, of="stacks with a Dense behind", fixed=STACKS.fixed[::2]
    )
)
def trap_a_late_regularizer_waits_for_a_reload(stack):
    """Check that there is no loss now, and one after loading, but in a subclass."""
    inputs = stack.input()
    x = inputs
    for step in [*stack.new_layers(), layers.Dense(2)]:
        x = step(x)
    MET.append(stack)
    late = Late(len(MET) - 1)
    late(stack.x())
    row = keras.Sequential([stack.input(), *stack.new_layers(), layers.Dense(2)])
    for model, more in ((row, 1), (keras.Model(inputs, x), 1), (late, 0)):
        layer = late.last if model is late else model.layers[-1]
        data = stack.x()
        model(data)
        before = len(model.losses)
        kind = ["L1", "L2", "OrthogonalRegularizer"][len(stack.name) % 3]
        layer.kernel_regularizer = getattr(keras.regularizers, kind)(0.1)
        model(data)
        assert len(model.losses) == before
        model.save("late.keras")
        loaded = keras.saving.load_model("late.keras")
        loaded(data)
        assert len(loaded.losses) == before + more


@over(
    dataclasses.replace(STACKS, fixed=STACKS.fixed[::3]).where(
        lambda stack: stack.case("list").model.trainable_variables,
        "stacks with trainable weights",
    )
)
def trap_freezing_after_fit_needs_compile(stack):
    """Check that fit goes on training the layer, and not if none came before."""
    x = stack.x()

    def moves(model, layer, y):
        before = [weight.numpy() for weight in layer.trainable_variables]
        all_weights = layer.trainable_variables
        layer.trainable = False
        model.fit(x, y, batch_size=5, verbose=0)
        after = [weight.numpy() for weight in all_weights]
        return not same(before, after)

    def trained(model):
        return next(layer for layer in model.layers if layer.trainable_variables)

    model = stack.sequential()
    y = 3 + np.zeros(model(x).shape)
    model.compile(keras.optimizers.SGD(0.1), loss="mse")
    model.fit(x, y, batch_size=5, verbose=0)
    assert moves(model, trained(model), y)
    fresh = keras.Sequential([stack.input(), *stack.new_layers(), layers.Dense(2)])
    y = 3 + np.zeros(fresh(x).shape)
    fresh.compile(keras.optimizers.SGD(0.1), loss="mse")
    assert not moves(fresh, trained(fresh), y)


RATES = ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax"]
RATES += ["Nadam", "Ftrl", "Lion", "Lamb", "Adafactor"]


@over(
    each(
        "optimizers and losses",
        [
            (name, loss, (0.0, 0.7)[(n + m) % 2])
            for n, name in enumerate(RATES)
            for m, loss in enumerate(("mse", "huber", "log_cosh"))
        ],
    )
)
def trap_lr_and_loss_are_only_attributes(case):
    """Check that the rate and the loss that are computed are those of compile."""
    name, loss, rate = case
    x = np.ones((8, 4), "float32")
    weights = []
    for attribute in (False, True):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
        optimizer = getattr(keras.optimizers, name)(learning_rate=0.1)
        model.compile(optimizer, loss=loss, run_eagerly=True)
        start = model.evaluate(x, x[:, :1] + 3, verbose=0)
        before = model.get_weights()
        if attribute:
            model.optimizer.lr = rate
            model.loss = "mae"
            assert np.isclose(float(model.optimizer.learning_rate), 0.1)
            assert model.evaluate(x, x[:, :1] + 3, verbose=0) == start
        model.fit(x, x[:, :1] + 3, verbose=0)
        assert not same(model.get_weights(), before)
        weights.append(model.get_weights())
    assert same(*weights)


@over(
    each(
        "shapes, axes, batch sizes and models",
        [
            (shape, axis, size, kind)
            for n, shape in enumerate(((1,), (4,), (3, 2), (4, 4, 3)))
            for m, axis in enumerate((-1, None, 1))
            for size, kind in (
                (2, ("last", "row")[(n + m) % 2]),
                (5, ("graph", "last", "row")[(n + m) % 3]),
            )
        ]
        + [((2, 2), -1, 3, "row"), ((6,), (1,), 4, "graph")],
    )
)
def trap_adapt_after_predict_is_ignored(case):
    """Check that the seen size has the old numbers, and a new size has not."""
    shape, axis, size, kind = case
    random = np.random.default_rng(size)
    data = [
        random.normal(mean, scale, size=(9, *shape)).astype("float32")
        for mean, scale in ((0, 1), (50, 9))
    ]
    norm, inputs = layers.Normalization(axis=axis), keras.Input(shape)
    norm.adapt(data[0])
    if kind == "last":
        model = keras.Sequential([inputs, layers.Rescaling(2.0), norm])
    elif kind == "row":
        model = keras.Sequential([inputs, norm, layers.Dense(2)])
    else:
        model = keras.Model(inputs, layers.Dense(2)(norm(inputs)))
    x = data[1][: size + 1]
    old = np.asarray(model(x))
    assert same(model.predict(x[:size], verbose=0), old[:size], 1e-4)
    norm.adapt(data[1])
    new = np.asarray(model(x))
    assert not same(new, old, 1e-2)
    fresh = layers.Normalization(axis=axis)
    fresh.adapt(data[1])
    assert same(norm(x), fresh(x), 1e-5)
    assert same(model.predict(x[:size], verbose=0), old[:size], 1e-4)
    mixed = model.predict(x, batch_size=size, verbose=0)
    assert same(mixed, np.concatenate([old[:size], new[size:]]), 1e-4)
