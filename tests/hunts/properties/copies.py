"""Copies of models and of weights: what they hold, and what they do not."""

import copy
import dataclasses
import itertools
import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import NETWORKS, STACKS, each, same

GRAPHED = NETWORKS.where(lambda case: case.kind != "subclass", "models with a graph")


def is_random(weight):
    """Whether its numbers were drawn: not all zeros and ones."""
    return not np.isin(weight.numpy(), (0, 1)).all()


def give_numbers(model, seed):
    """Give each weight numbers of its own."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        weight.assign(random.uniform(0.5, 1.5, weight.shape))


def seeded(config):
    """Return a config in which each initializer has a number as its seed."""
    if isinstance(config, dict):
        found = {key: seeded(value) for key, value in config.items()}
        if found.get("module") == "keras.initializers" and "seed" in found["config"]:
            found["config"] = {**found["config"], "seed": 7}
        return found
    if isinstance(config, list | tuple):
        return type(config)(seeded(value) for value in config)
    return config


@over(GRAPHED)
def trap_a_clone_has_new_weights(case):
    """Check that random weights differ in clones, not in deep copies or by a seed."""
    model = case.fresh()
    for again in (
        keras.models.clone_model(model),
        type(model).from_config(model.get_config()),
        keras.models.model_from_json(model.to_json()),
    ):
        assert len(again.layers) == len(model.layers)
        assert all(a is not b for a, b in zip(again.layers, model.layers, strict=True))
        for new, old in zip(again.weights, model.weights, strict=True):
            if is_random(old):
                assert not same(new, old, 1e-3), old.path
            else:
                assert same(new, old), old.path
    give_numbers(model, 3)
    copied = copy.deepcopy(model)
    assert same(copied.get_weights(), model.get_weights())
    assert all(a is not b for a, b in zip(copied.weights, model.weights, strict=True))
    fixed = type(model).from_config(seeded(model.get_config()))
    again = keras.models.clone_model(fixed)
    for new, old in zip(again.weights, fixed.weights, strict=True):
        # The config of a NoisyDense does not hold the initializers inside it.
        assert same(new, old) or "noisy_dense" in old.path


def renamed(steps):
    """Give the layers of each class each other's names, the last one's to the first."""
    for kind in {type(step) for step in steps}:
        alike = [step for step in steps if type(step) is kind]
        names = [step.name for step in alike]
        for step, name in zip(alike, reversed(names), strict=True):
            step.name = name if len(alike) > 1 else f"other_{name}"
    return steps


@over(STACKS)
def trap_weights_files_go_by_position(stack):
    """Check that names, and layers of other classes between, do not matter."""
    source = keras.Sequential([stack.input(), *stack.new_layers()])
    give_numbers(source, 1)
    source.save_weights("source.weights.h5")
    steps = renamed(stack.new_layers(seed=1))
    between = [new for step in steps for new in (layers.Identity(), step)]
    target = keras.Sequential([stack.input(), *between])
    target.load_weights("source.weights.h5")
    assert same(target.get_weights(), source.get_weights())

    def heads(names):
        inputs = stack.input()
        x = inputs
        for step in stack.new_layers(seed=2):
            x = step(x)
        return keras.Model(inputs, [layers.Dense(3, name=name)(x) for name in names])

    source, target = heads(["price", "risk"]), heads(["risk", "price"])
    give_numbers(source, 1)
    source.save_weights("heads.weights.h5")
    target.load_weights("heads.weights.h5")
    for name, other in (("price", "risk"), ("risk", "price")):
        one = source.get_layer(name).get_weights()
        assert same(target.get_layer(other).get_weights(), one)
        assert not same(target.get_layer(name).get_weights(), one)


@over(dataclasses.replace(STACKS, fixed=STACKS.fixed[::2]))
def trap_a_failed_set_weights_has_changed_the_model(stack):
    """Check that a list changes the layers before, a file all layers that fit."""

    def in_a_row(width):
        return keras.Sequential(
            [stack.input(), *stack.new_layers(), layers.Dense(3), layers.Dense(width)]
        )

    def heads(width):
        inputs = stack.input()
        x = inputs
        for step in stack.new_layers():
            x = step(x)
        return keras.Model(inputs, [layers.Dense(n)(x) for n in (3, width, 3)])

    for make, behind in ((in_a_row, 0), (heads, 1)):
        source, by_list, by_file = make(2), make(5), make(5)
        for seed, model in enumerate((source, by_list, by_file)):
            give_numbers(model, seed)
        source.save_weights("source.weights.h5")
        wanted = [layer.get_weights() for layer in source.layers]
        before = len(wanted) - behind - 1  # layers before the one that does not fit
        assert message(by_list.set_weights, source.get_weights())
        assert message(by_file.load_weights, "source.weights.h5")
        for n, weights in enumerate(wanted):
            found = by_list.layers[n].get_weights(), by_file.layers[n].get_weights()
            if n < before:
                assert same(found[0], weights)
            else:
                assert not same(found[0], weights)
            if n == before:
                assert not same(found[1], weights)
            else:
                assert same(found[1], weights)


def message(load, given):
    """Return the message of the ValueError that a call raises, or nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            load(given)
        except ValueError as error:
            return str(error)
    return ""


@over(
    each(
        "vocabularies and options",
        itertools.product((2, 3, 7), (1, 2), (None, "", "pad"), ("adapt", "given")),
    )
)
def trap_a_weights_file_holds_no_vocabulary(case):
    """Check that words stay those of the loading model, but for a .keras file."""
    count, unknown, mask, how = case
    words = [f"word{n}" for n in range(count)]

    def reader(words):
        options = {"num_oov_indices": unknown, "mask_token": mask}
        if how == "given":
            lookup = layers.StringLookup(vocabulary=words, **options)
        else:
            lookup = layers.StringLookup(**options)
            lookup.adapt([word for n, word in enumerate(words) for _ in range(9 - n)])
        embed = layers.Embedding(lookup.vocabulary_size(), 2)
        return keras.Sequential([keras.Input((1,), dtype="string"), lookup, embed])

    trained, fresh = reader(words), reader(words[::-1])
    given = fresh.layers[0].get_vocabulary()
    assert given != trained.layers[0].get_vocabulary()
    trained.save_weights("reader.weights.h5")
    fresh.load_weights("reader.weights.h5")
    assert fresh.layers[0].get_vocabulary() == given
    one, other = (tf.constant([[word] for word in w]) for w in (words, words[::-1]))
    assert same(fresh(one), trained(other)) and not same(fresh(one), trained(one))
    trained.save("reader.keras")
    loaded = keras.saving.load_model("reader.keras")
    assert loaded.layers[0].get_vocabulary() == trained.layers[0].get_vocabulary()
    assert same(loaded(one), trained(one))


@over(
    each(
        "shapes, axes and models",
        itertools.product(
            ((1,), (4,), (3, 2), (4, 4, 3)), (-1, None, 1), ("row", "graph", "last")
        ),
    )
)
def trap_set_weights_does_not_reach_normalization(case):
    """Check that the weights arrive, and the answers are those of before."""
    shape, axis, kind = case
    random = np.random.default_rng(len(shape))
    x = random.normal(50, 9, size=(8, *shape)).astype("float32")

    def adapted(data):
        norm = layers.Normalization(axis=axis)
        inputs = keras.Input(shape)
        if data is not None:
            norm.adapt(data)
        if kind == "last":
            return keras.Sequential([inputs, layers.Rescaling(2.0), norm])
        if kind == "row":
            return keras.Sequential([inputs, norm, layers.Dense(2)])
        return keras.Model(
            inputs, layers.Dense(2)(layers.Concatenate()([norm(inputs)] * 2))
        )

    def norm_of(model):
        return next(e for e in model.layers if isinstance(e, layers.Normalization))

    model = adapted(x)
    for target in (adapted(3 * x + 7), adapted(None), keras.models.clone_model(model)):
        norm = norm_of(target)
        before = norm(x)
        target.set_weights(model.get_weights())
        assert same(target.get_weights(), model.get_weights())
        assert same(norm(x), before)
        assert not same(target(x), model(x), 1e-3)
    assert same(before, x)  # of the clone


@over(
    dataclasses.replace(NETWORKS, fixed=NETWORKS.fixed[::2]).where(
        lambda case: case.model.weights, "models with weights"
    )
)
def trap_model_weights_are_live(case):
    """Check that the list follows training and assignment, and copies do not."""
    model, x, y = case.fresh(), case.x(), case.y()
    live, kept = model.weights, model.get_weights()
    copies = copy.deepcopy(kept)
    model.compile(keras.optimizers.SGD(0.1), loss="mse", run_eagerly=True)
    model.fit(x, y, batch_size=5, verbose=0)
    assert same(live, model.get_weights()) and same(kept, copies)
    give_numbers(model, 1)
    assert same(live, model.get_weights()) and same(kept, copies)
    assert not same(live, kept)
    now = model.get_weights()
    for numbers in kept:
        if np.ndim(numbers):  # a number of no dimension is no array, and a copy
            numbers[...] = 5
    assert same(model.get_weights(), now)


OPTIMIZERS = [
    "SGD",
    "SGD momentum",
    "RMSprop",
    "RMSprop centered",
    "Adam",
    "Adam amsgrad",
    "AdamW",
    "Adagrad",
    "Adadelta",
    "Adamax",
    "Nadam",
    "Ftrl",
    "Lion",
    "Lamb",
    "Adafactor",
]


def optimizer(name, rate):
    """Make the optimizer of a name, with an option behind it."""
    name, *option = name.split()
    options = {
        "momentum": {"momentum": 0.9},
        "centered": {"centered": True},
        "amsgrad": {"amsgrad": True},
    }
    more = options[option[0]] if option else {}
    return getattr(keras.optimizers, name)(learning_rate=rate, **more)


@over(
    each(
        "pairs of optimizers",
        [
            (one, OPTIMIZERS[(n + step) % len(OPTIMIZERS)], trained)
            for n, one in enumerate(OPTIMIZERS)
            for step, trained in ((0, False), (0, True), (1, n % 2 == 0))
        ],
    )
)
def trap_load_weights_loads_the_learning_rate(case):
    """Check that rate and count come from the file if there are as many variables."""
    from_file, into, trained = case
    x = np.ones((8, 4), "float32")

    def compiled(name, rate, steps):
        model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(1)])
        model.compile(optimizer(name, rate), loss="mse", run_eagerly=True)
        for _ in range(steps):
            model.train_on_batch(x, x[:, :1])
        return model

    source, target = compiled(from_file, 0.125, 3), compiled(into, 0.5, int(trained))
    source.save_weights("source.weights.h5")
    shapes = [
        [tuple(variable.shape) for variable in model.optimizer.variables]
        for model in (source, target)
    ]
    said = message(target.load_weights, "source.weights.h5")
    assert same(target.get_weights(), source.get_weights())
    rate, count = (
        float(target.optimizer.learning_rate),
        int(target.optimizer.iterations),
    )
    if shapes[0] == shapes[1]:
        assert (rate, count, said) == (0.125, 3, "")
    elif len(shapes[0]) != len(shapes[1]):
        assert (rate, count, said) == (0.5, int(trained), "")
    else:
        assert "could not be loaded" in said


@over(
    STACKS.where(
        lambda stack: stack.case("list").model.trainable_variables,
        "stacks with weights to train, as a base",
    )
)
def trap_models_on_one_base_share_it(stack):
    """Check that training one model changes what the other one predicts."""
    base = keras.Sequential([stack.input(), *stack.new_layers()])
    one = keras.Sequential([stack.input(), base, layers.Dense(1)])
    inputs = stack.input()
    two = keras.Model(inputs, layers.Dense(2)(base(inputs)))
    x = stack.x()
    y = 3 + np.zeros(one(x).shape)
    reset(base)
    before = two(x)
    one.compile(keras.optimizers.SGD(0.1), loss="mse", run_eagerly=True)
    one.fit(x, y, batch_size=5, verbose=0)
    assert one.layers[0] is base and base in two.layers
    reset(base)
    assert not same(two(x), before)


def reset(model):
    """Reset the layers that are stateful."""
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()
