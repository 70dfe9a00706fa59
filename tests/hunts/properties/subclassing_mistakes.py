"""Mistakes in subclassed models that Keras does not report."""

import dataclasses
import itertools
import types

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import STACKS, each, same


def arguments(*wanted):
    """Return every combination of some axes."""
    return list(itertools.product(*wanted))


def reset(*steps):
    """Reset the layers that are stateful."""
    for step in steps:
        if getattr(step, "stateful", False):
            step.reset_state()


SIGNATURES = {
    "x": "",
    "x, **kwargs": "",
    "x, *args, **kwargs": "",
    "x, train=False": "",
    "x, mask=None, **kwargs": "",
    "x, training=False": "training",
    "x, training=None, **kwargs": "training",
    "x, *, training=False": "training",
    "x, mask=None, training=True": "training",
}


def net(signature, steps, passed_on=False):
    """Make a model whose call has the signature, and notes what it got."""
    body = [
        "class Net(keras.Model):",
        "    def __init__(self, steps):",
        "        super().__init__()",
        "        self.steps, self.got = steps, []",
        f"    def call(self, {signature}):",
        "        given = dict(locals())",
        "        given.update(given.get('kwargs', {}))",
        "        self.got.append(given.get('training'))",
        "        for step in self.steps:",
        "            x = step(x)",
        "        return x",
    ]
    names = {"keras": keras}
    exec("\n".join(body), names)
    return names["Net"](steps)


BEFORE = {
    "nothing": ((4,), list),
    "dense": ((4,), lambda: [layers.Dense(3)]),
    "convolution": ((6, 6, 2), lambda: [layers.Conv2D(2, 3)]),
    "recurrent": ((5, 3), lambda: [layers.GRU(2, return_sequences=True)]),
}


@over(each("signatures and layers", arguments(SIGNATURES, BEFORE)))
def trap_kwargs_do_not_declare_training(case):
    """Check that only an argument of this name gets it, and moves the averages."""
    signature, name = case
    shape, before = BEFORE[name]
    declared = SIGNATURES[signature] == "training"
    x = np.random.default_rng(0).normal(5, 1, (8, *shape)).astype("float32")

    def fitted(outer):
        norm = layers.BatchNormalization()
        model = inner = net(signature, [*before(), norm])
        if outer == "sequential":
            model = keras.Sequential([keras.Input(shape), inner])
        elif outer == "functional":
            inputs = keras.Input(shape)
            model = keras.Model(inputs, inner(inputs))
        y = np.zeros(
            model(x, training=False).shape if outer else answer(inner, x).shape
        )
        moving = norm.moving_mean.numpy()
        inner.got.clear()
        model.compile("sgd", loss="mse", run_eagerly=True)
        model.fit(x, y, verbose=0)
        return norm, moving, inner.got[-1]

    norm, moving, got = fitted(None)
    assert (got is True) == declared
    assert same(norm.moving_mean, moving) != declared
    for outer in ("sequential", "functional"):
        norm, moving, got = fitted(outer)
        assert not same(norm.moving_mean, moving)


def answer(model, x):
    """Build a model by a call in prediction, whatever its call takes."""
    keywords = (
        {"training": False} if "training" in model.call.__code__.co_varnames else {}
    )
    return model(x, **keywords)


class Flip(keras.Model):
    """It does not declare training."""

    def __init__(self, flip, deep):
        super().__init__()
        self.flip = keras.Sequential([flip]) if deep else flip

    def call(self, inputs):
        return self.flip(inputs)


class Declared(Flip):
    """It declares training."""

    def call(self, inputs, training=False):
        return self.flip(inputs, training=training)


@over(
    each(
        "modes, shapes and ways to hold the layer",
        arguments(
            ("horizontal", "vertical", "horizontal_and_vertical"),
            ((4, 4, 1), (8, 5, 3), (2, 9, 2)),
            (1, 5),
            (False, True),
        ),
    )
)
def trap_undeclared_training_augments_in_predict(case):
    """Check that predictions are flipped unless call declares training."""
    mode, shape, seed, deep = case
    images = np.random.default_rng(seed).normal(size=(16, *shape)).astype("float32")
    answers = []
    for cls in (Flip, Declared):
        model = cls(layers.RandomFlip(mode, seed=seed), deep)
        model.compile(run_eagerly=True)
        answers.append(model.predict(images, batch_size=8, verbose=0))
    assert same(answers[1], images) and not same(answers[0], images)
    flips = {"horizontal": [2], "vertical": [1], "horizontal_and_vertical": [1, 2]}
    for found, image in zip(answers[0], images, strict=True):
        meant = [image]
        for axis in flips[mode]:
            meant += [np.flip(one, axis - 1) for one in meant]
        assert any(same(found, one) for one in meant)


FLAGS = {
    "a bool": (False, True, lambda x, flag: x * 2 if flag else x),
    "a number": (1.0, 3.0, lambda x, flag: x * flag),
    "a name": ("relu", "exponential", lambda x, flag: keras.activations.get(flag)(x)),
    "a function": (keras.ops.abs, keras.ops.exp, lambda x, flag: flag(x)),
    "a list": ([1.0], [1.0, 5.0], lambda x, flag: x + sum(flag)),
    "an array": (np.ones(1, "float32"), np.full(1, 4.0, "float32"), lambda x, f: x * f),
}


class Switch(keras.Model):
    """It does what a flag in Python says."""

    def __init__(self, flag, step):
        super().__init__()
        self.holder, self.step = types.SimpleNamespace(flag=flag), step

    def call(self, inputs):
        return self.step(inputs, self.holder.flag)


class Plain(Switch):
    """Its flag is an attribute of the model."""

    def __init__(self, flag, step):
        super().__init__(flag, step)
        self.flag = flag

    def call(self, inputs):
        return self.step(inputs, self.flag)


@over(
    each(
        "flags, shapes and batch sizes",
        arguments(FLAGS, ((4,), (3, 2)), (2, 8), (Plain,))
        + arguments(FLAGS, [(1,)], [3], (Switch,)),
    )
)
def trap_predict_keeps_the_python_flag(case):
    """Check that predict keeps the old value for the size that it has seen."""
    name, shape, size, cls = case
    first, second, step = FLAGS[name]
    model = cls(first, step)
    x = np.random.default_rng(0).uniform(1, 2, (size + 1, *shape)).astype("float32")
    old, new = np.asarray(step(x, first)), np.asarray(step(x, second))
    assert not same(old, new, 1e-3)
    assert same(model.predict(x[:size], verbose=0), old[:size], 1e-5)
    if cls is Plain:
        model.flag = second
    else:
        model.holder.flag = second
    assert same(model(x), new, 1e-5)
    assert same(model.predict(x[:size], verbose=0), old[:size], 1e-5)
    mixed = model.predict(x, batch_size=size, verbose=0)
    assert same(mixed, np.concatenate([old[:size], new[size:]]), 1e-5)


DRAWS = {
    "normal": lambda width: np.random.normal(size=width),
    "uniform": lambda width: np.random.uniform(1, 2, size=width),
    "generator": lambda width: np.random.default_rng().normal(size=width),
    "one number": lambda width: np.random.normal(),
    "choice": lambda width: np.random.choice(10_000) + 1.0,
}


class NoisyModel(keras.Model):
    """A model that adds noise of NumPy."""

    def __init__(self, draw):
        super().__init__()
        self.draw = draw

    def call(self, x):
        return x + np.asarray(self.draw(x.shape[-1]), "float32")


@over(
    each("draws, shapes and batch sizes", arguments(DRAWS, ((4,), (3, 2)), (2, 5, 8)))
)
def trap_numpy_noise_is_frozen_by_recording(case):
    """Check for one noise in all batches of a size, and in all steps of a fit."""
    name, shape, size = case
    np.random.seed(size)
    x = np.zeros((2 * size + 1, *shape), "float32")
    noisy = NoisyModel(DRAWS[name])
    assert not same(noisy(x), noisy(x))
    noise = noisy.predict(x, batch_size=size, verbose=0)
    assert same(noise, np.broadcast_to(noise[:1], noise.shape)) is False
    assert all(same(row, noise[0]) for row in noise[: 2 * size])
    assert not same(noise[-1], noise[0])
    assert same(noisy.predict(x[:size], batch_size=size, verbose=0), noise[:size])

    losses = []
    seen = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: losses.append(logs["loss"])
    )
    inputs = keras.Input(shape)
    model = keras.Sequential([inputs, layers.Dense(shape[-1]), NoisyModel(DRAWS[name])])
    model.compile(keras.optimizers.SGD(0.0), loss="mae")
    model.fit(x, x, batch_size=size, epochs=2, callbacks=[seen], verbose=0)
    assert len(losses) == 6 and np.allclose(losses, losses[0], rtol=1e-5)
    assert losses[0] > 1e-4


class Plainly:
    """An object of one's own that is no layer."""

    def __init__(self, steps):
        self.steps = list(steps)

    def __call__(self, x):
        for step in self.steps:
            x = step(x)
        return x


@dataclasses.dataclass
class Data:
    """The same as a data class."""

    steps: object

    def __call__(self, x):
        return Plainly(self.steps)(x)


HOLDERS = {
    "object": Plainly,
    "dataclass": Data,
    "object in an object": lambda steps: Plainly([Plainly(steps)]),
    "object in a list": lambda steps: [Plainly(steps)],
    "object in a dict": lambda steps: {"one": Plainly(steps)},
    "object in a tuple": lambda steps: (Data(steps), Plainly([])),
}


class Grouped(keras.Model):
    """It holds a block and a head."""

    def __init__(self, block):
        super().__init__()
        self.block, self.head = block, layers.Dense(1)

    def call(self, x, training=False):
        blocks = self.block
        if isinstance(blocks, dict):
            blocks = list(blocks.values())
        for block in blocks if isinstance(blocks, list | tuple) else [blocks]:
            x = block(x)
        return self.head(x)


@over(dataclasses.replace(STACKS, of="stacks in an object", fixed=STACKS.fixed[::2]))
def trap_a_plain_object_hides_its_layers(stack):
    """Check that the weights inside are not the model's, and fit leaves them alone."""
    for name in ("object", list(HOLDERS)[1 + len(stack.name) % (len(HOLDERS) - 1)]):
        steps = stack.new_layers()
        model = Grouped(HOLDERS[name](steps))
        x = stack.x()
        y = 1 + np.zeros(model(x).shape)
        hidden = [weight for step in steps for weight in step.weights]
        assert len(model.weights) == 2
        assert not any(a is b for a in hidden for b in model.weights)
        before = [weight.numpy() for weight in hidden if weight.trainable]
        head = model.head.get_weights()
        model.compile("sgd", loss="mse", run_eagerly=True)
        model.fit(x, y, batch_size=5, verbose=0)
        assert same([weight for weight in hidden if weight.trainable], before)
        assert not same(model.head.get_weights(), head)


@over(dataclasses.replace(STACKS, of="stacks as class attributes"))
def trap_a_class_attribute_layer_is_shared_and_untracked(stack):
    """Check that all models of the class have the layers, and none the weights."""
    steps = stack.new_layers()
    names = [f"step{n}" for n in range(len(steps))]

    def call(self, x, training=False):
        for name in names:
            x = getattr(self, name)(x)
        return x

    body = {"call": call, **dict(zip(names, steps, strict=True))}
    shared = type("Shared", (keras.Model,), body)
    one, two, x = shared(), shared(), stack.x()
    first = one(x)
    reset(*steps)
    assert same(two(x), first)
    for model in (one, two):
        held = [getattr(model, name) for name in names]
        assert all(a is b for a, b in zip(held, steps, strict=True))
    assert one.weights == two.weights == [] and one.layers == []
    made = sum(len(step.weights) for step in steps)
    assert made == len(stack.case("list").model.weights)


@over(dataclasses.replace(STACKS, of="stacks in a list", fixed=STACKS.fixed[::2]))
def trap_a_list_item_is_replaced_behind_keras(stack):
    """Check that the call runs the new layer, layers and weights have the old one."""
    for at in range(len(stack.layers)):
        model = stack.subclass()
        old, new = model.steps[at], stack.new_layers(seed=1)[at]
        weights = list(model.weights)
        model.steps[at] = new
        x = stack.x()
        reset(*model.steps)
        found = model(x)
        reset(*model.steps)
        meant = x
        for n, step in enumerate(model.steps):
            meant = (new if n == at else step)(meant)
        assert same(found, meant, 1e-6)
        assert any(layer is old for layer in model.layers)
        assert not any(layer is new for layer in model.layers)
        assert len(model.weights) == len(weights)
        assert all(a is b for a, b in zip(model.weights, weights, strict=True))
        assert not any(a is b for a in new.weights for b in weights)


class Gain(layers.Layer):
    """A layer with a tf.Variable."""

    def __init__(self, variable, **kwargs):
        super().__init__(**kwargs)
        self.variable = variable

    def call(self, x):
        return x * self.variable


class Scale(keras.Model):
    """A model that holds a tf.Variable in one of several ways."""

    def __init__(self, variable, how):
        super().__init__()
        self.how, self.dense = how, layers.Dense(1)
        if how == "attribute":
            self.gain = variable
        elif how == "list":
            self.gain = [variable]
        elif how == "dict":
            self.gain = {"gain": variable}
        else:
            self.gain = Gain(variable)

    def call(self, x, training=False):
        x = self.dense(x)
        if self.how == "layer":
            return self.gain(x)
        key = {"attribute": None, "list": 0, "dict": "gain"}[self.how]
        return x * (self.gain if key is None else self.gain[key])


@over(
    each(
        "places, shapes and optimizers",
        arguments(
            ("attribute", "list", "dict", "layer"),
            ((), (1,), (8, 1)),
            ("SGD", "Adam", "Lion"),
        ),
    )
)
def trap_a_tf_variable_is_not_trained_or_saved(case):
    """Check that fit leaves it as it is, and it is not in the file."""
    how, shape, name = case
    x = np.ones((8, 4), "float32")
    variables = tf.Variable(tf.fill(shape, 3.0)), tf.Variable(tf.ones(shape))
    model, loaded = (Scale(variable, how) for variable in variables)
    model(x), loaded(x)
    before = model.dense.get_weights()
    optimizer = getattr(keras.optimizers, name)(learning_rate=0.1)
    model.compile(optimizer, loss="mse", run_eagerly=True)
    model.fit(x, x[:, :1] + 7, verbose=0)
    assert not same(model.dense.get_weights(), before)
    assert same(variables[0], np.full(shape, 3.0)) and len(model.weights) == 2
    model.save_weights("scale.weights.h5")
    loaded.load_weights("scale.weights.h5")
    assert same(loaded.get_weights(), model.get_weights())
    assert same(variables[1], np.ones(shape))


class Ignoring(keras.Model):
    """It takes keywords and passes none on."""

    def __init__(self, units=1, **kwargs):
        super().__init__()
        self.dense = layers.Dense(units)

    def call(self, x, training=False):
        return self.dense(x)


class IgnoringGraph(keras.Model):
    """The same with a graph."""

    def __init__(self, units=1, **kwargs):
        inputs = keras.Input((4,))
        super().__init__(inputs, layers.Dense(units)(inputs))


class IgnoringLayer(layers.Layer):
    """The same as a layer."""

    def __init__(self, units=1, **kwargs):
        super().__init__()
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x)


@over(
    each(
        "classes, names and dtypes",
        arguments(
            (Ignoring, IgnoringGraph, IgnoringLayer),
            ("mine", "a_b"),
            ("mixed_float16", "float64", "bfloat16"),
            (1, 3),
        ),
    )
)
def trap_kwargs_not_passed_on_are_lost(case):
    """Check that name, trainable and dtype are those of a model given nothing."""
    cls, name, dtype, units = case
    model, plain = cls(units, name=name, trainable=False, dtype=dtype), cls(units)
    x = np.ones((2, 4), "float32")
    assert model.name != name and model.trainable
    assert model.dtype_policy.name == plain.dtype_policy.name == "float32"
    assert np.asarray(model(x)).dtype == "float32" and len(model.trainable_weights) == 2
