"""What freezing reaches, and layers that keep numbers from call to call."""

import dataclasses
import itertools
import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import NETWORKS, STACKS, each, same

OPTIMIZERS = ("SGD", "Adam", "AdamW", "RMSprop", "Lion", "Adagrad", "Nadam")
OPTIMIZERS += ("Adadelta", "Adamax", "Adafactor", "Lamb", "Muon")


def calm(stack):
    """Whether a stack computes the same in training, by chance at least."""
    return not stack.case("list").random


def model_of(stack, *more, seed=0):
    """Make a Sequential of a stack and more layers."""
    return keras.Sequential([stack.input(), *stack.new_layers(seed), *more])


@over(NETWORKS.where(lambda case: case.kind != "subclass", "models with a graph"))
def trap_layers_zero_is_the_input(case):
    """Check that only a functional model has its InputLayer in layers, as the first."""
    found = case.model.layers
    if case.kind == "functional":
        assert isinstance(found[0], layers.InputLayer)
    else:
        assert not any(isinstance(layer, layers.InputLayer) for layer in found)
        again = keras.Model(case.model.inputs, case.model.outputs).layers
        assert isinstance(again[0], layers.InputLayer)
        assert len(again) == len(found) + 1
        assert all(a is b for a, b in zip(again[1:], found, strict=True))


@over(NETWORKS.where(lambda case: case.model.layers, "models with layers"))
def trap_setting_trainable_to_the_same_value_does_nothing(case):
    """Check that a value that the model has reaches no layer, a new one reaches all."""
    model = case.fresh()
    model.trainable = False
    model.trainable = True
    assert all(layer.trainable for layer in model.layers)
    for layer in model.layers:
        layer.trainable = False
        model.trainable = True
        assert model.trainable and not layer.trainable
        model.trainable = False
        model.trainable = True
        assert layer.trainable
        model.trainable = False
        assert not layer.trainable
        layer.trainable = True
        model.trainable = False
        assert layer.trainable and not model.trainable
        model.trainable = True


@over(STACKS.where(calm, "stacks without chance, with one more layer"))
def trap_freezing_does_not_stop_dropout(stack):
    """Check that frozen Dropout drops, and that frozen BatchNormalization predicts."""
    x = stack.x()
    drops = model_of(stack, layers.Rescaling(1.0, offset=9.0), layers.Dropout(0.5))
    drops.trainable = False
    assert not drops.layers[-1].trainable
    assert not same(drops(x, training=True), drops(x), 1e-3)
    for alone in (False, True):
        norms = model_of(stack, layers.BatchNormalization(momentum=0.5))
        (norms.layers[-1] if alone else norms).trainable = False
        before = norms.layers[-1].get_weights()
        reset(norms)
        in_training = norms(x, training=True)
        reset(norms)
        if not alone:
            assert same(in_training, norms(x), 1e-6)
        assert same(norms.layers[-1].get_weights(), before)
        made = keras.ops.convert_to_tensor(np.ones((4, *in_training.shape[1:])))
        assert same(norms.layers[-1](made, training=True), norms.layers[-1](made))


def reset(model):
    """Reset the layers that are stateful."""
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()


@over(dataclasses.replace(STACKS, of="stacks with a BatchNormalization behind"))
def trap_a_training_call_moves_the_averages(stack):
    """Check that one call moves the averages, and that predictions differ."""
    norm = layers.BatchNormalization(momentum=0.9)
    model = model_of(stack, norm)
    x = stack.x()
    reset(model)
    before, averages = (
        model(x),
        (norm.moving_mean.numpy(), norm.moving_variance.numpy()),
    )
    reset(model)
    model(x, training=True)
    assert not same(norm.moving_variance, averages[1])
    reset(model)
    assert not same(model(x), before)


@over(
    each(
        "data sets and shapes",
        itertools.product((-50.0, -1.0, 3.0, 200.0), (1, 2, 5), ((), (3,), (2, 2))),
    )
)
def trap_averages_of_batch_normalization_lag(case):
    """Check that a third of the way is gone after 40 steps, 98 percent after 400."""
    mean, width, between = case
    x = np.random.default_rng(0).normal(mean, 3, size=(16, *between, width))
    x = tf.constant(x, "float32")
    norm = layers.BatchNormalization()
    norm.build(x.shape)
    goal = np.mean(x, axis=tuple(range(len(x.shape) - 1)))

    @tf.function
    def steps(count):
        for _ in tf.range(count):
            norm(x, training=True)

    steps(tf.constant(40))
    assert np.allclose(norm.moving_mean / goal, 0.33, atol=0.005)
    steps(tf.constant(360))
    assert np.allclose(norm.moving_mean / goal, 0.98, atol=0.005)


@over(
    dataclasses.replace(
        STACKS, of="stacks with a BatchNormalization behind", fixed=STACKS.fixed[::2]
    )
)
def trap_the_learning_rate_does_not_slow_the_averages(stack):
    """Check that each rate moves the averages as far, and 0 moves no weight."""
    averages = []
    for number, rate in enumerate((0.0, 0.5)):
        norm = layers.BatchNormalization()
        model = model_of(stack, norm)
        x = stack.x()
        name = OPTIMIZERS[(len(stack.name) + number) % len(OPTIMIZERS)]
        optimizer = getattr(keras.optimizers, name)(learning_rate=rate)
        model.compile(optimizer, loss="mse", run_eagerly=True)
        reset(model)
        before = model(x)
        reset(model)
        weights = [weight.numpy() for weight in model.trainable_weights]
        model.fit(x, 1 + np.zeros(before.shape), batch_size=len(x), verbose=0)
        averages.append((norm.moving_mean.numpy(), norm.moving_variance.numpy()))
        if rate == 0:
            assert same(weights, model.trainable_weights)
            reset(model)
            assert not same(model(x), before)
    assert same(averages[0], averages[1], 1e-6)
    assert not same(averages[0][1], np.ones_like(averages[0][1]))


@over(
    each(
        "shapes, axes and dtypes",
        [
            (shape, axis, dtype, invert)
            for shape in ((4,), (1,), (3, 2), (8, 8, 3))
            for axis in (-1, None, 1)
            for dtype in ("float32", "float64", "int32", "uint8", "float16")
            for invert in (False, True)
        ],
    )
)
def trap_normalization_without_adapt_is_the_identity(case):
    """Check that what comes out is what goes in, as float32, and nothing is said."""
    shape, axis, dtype, invert = case
    x = np.random.default_rng(0).normal(100, 20, size=(6, *shape)).astype(dtype)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        norm = layers.Normalization(axis=axis, invert=invert)
        model = keras.Sequential([keras.Input(shape, dtype=dtype), norm])
        model.compile(run_eagerly=True)
        answers = [model(x), norm(x), model.predict(x, verbose=0)]
        answers.append(layers.Normalization(axis=axis, invert=invert)(x))
    assert all(same(answer, x.astype("float32")) for answer in answers)
    assert all(np.asarray(answer).dtype == "float32" for answer in answers)
    assert not caught


@over(
    each(
        "stateful models and data",
        itertools.product((1, 2, 4), (1, 3, 6), (1, 5), (False, True)),
    )
)
def trap_stateful_layers_remember_predict(case):
    """Check that each call begins with the state that the call before has left."""
    rows, steps, units, sequences = case
    x = np.random.default_rng(rows).normal(size=(2 * rows, steps, 2)).astype("float32")
    lstm = layers.LSTM(units, stateful=True, return_sequences=sequences)
    model = keras.Sequential([keras.Input(batch_shape=(rows, steps, 2)), lstm])
    model.compile(run_eagerly=units == 1)
    plain = layers.LSTM(units, return_sequences=sequences, return_state=True)
    plain.build(x[:rows].shape)
    plain.set_weights(lstm.get_weights())

    def meant(state, data):
        answers = []
        for batch in np.split(data, len(data) // rows):
            answer, *state = plain(batch, initial_state=state)
            answers.append(answer)
        return np.concatenate(answers), state

    state = [np.zeros((rows, units), "float32")] * 2
    first, state = meant(state, x)
    assert same(model.predict(x, batch_size=rows, verbose=0), first, 1e-5)
    assert same(lstm.states, state, 1e-5)
    second, state = meant(state, x)
    assert same(model.predict(x, batch_size=rows, verbose=0), second, 1e-5)
    assert not same(first, second, 1e-4)
    third, state = meant(state, x[:rows])
    assert same(model(x[:rows]), third, 1e-5)
    assert not same(third, first[:rows], 1e-4)
