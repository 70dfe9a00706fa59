"""What `trainable` of a base does: when it is read, and which layers it reaches."""

import itertools
import warnings

import keras
import numpy as np
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import NETWORKS, STACKS, each, same


def parts_of(stack):
    """Return the two halves of a stack, each as a Sequential."""
    steps, middle = stack.new_layers(), (len(stack.layers) + 1) // 2
    base = keras.Sequential([stack.input(), *steps[:middle]], name="base")
    code = keras.Input(batch_shape=base.output_shape, dtype=base.outputs[0].dtype)
    return base, keras.Sequential([code, *steps[middle:]], name="head")


def ready(model, run_eagerly=False):
    """Compile."""
    model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=run_eagerly)


def fit_moves(base, model, x, y):
    """Return whether fit changes weights of the base that it may train."""
    weights = FREE[base]
    before = [weight.numpy() for weight in weights]
    model.fit(x, y, batch_size=len(x), shuffle=False, verbose=0)
    return not same(before, weights)


FREE = {}


def base_and_head(stack):
    """Return a base, the model of it and a head, and data."""
    base, head = parts_of(stack)
    FREE.clear()
    FREE[base] = base.trainable_weights
    model = keras.Sequential([base, head])
    x = stack.x(stack.rows or 8)
    y = np.random.default_rng(1).normal(size=model(x).shape)
    return base, model, x, y


LEARNING = STACKS.where(
    lambda stack: len(stack.layers) > 1 and parts_of(stack)[0].trainable_weights,
    "stacks cut into a base that learns and a head",
)


@over(
    LEARNING.where(
        lambda stack: len(stack.layers) < 4,
        "stacks of two or three layers, cut into a base that learns and a head",
    )
)
def freezing_after_training_needs_a_new_compile(stack):
    """Change it in one direction, with and without a new compile, and eagerly."""
    base, model, x, y = base_and_head(stack)
    first = len(stack.list_code) % 2 == 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        base.trainable = first
        ready(model)
        assert fit_moves(base, model, x, y) == first
        base.trainable = not first
        assert fit_moves(base, model, x, y) == first
        assert not [each for each in caught if "trainable" in str(each.message)]
    ready(model)
    assert fit_moves(base, model, x, y) != first
    if first:
        ready(model, run_eagerly=True)
        for trainable in (True, False):
            base.trainable = trainable
            assert fit_moves(base, model, x, y) == trainable
        return
    base.trainable = False
    trains_others = bool(model.trainable_weights)
    ready(model, run_eagerly=True)
    assert not fit_moves(base, model, x, y)
    base.trainable, message = True, ""
    try:
        assert fit_moves(base, model, x, y)
    except ValueError as error:
        message = str(error)
    assert ("Unknown variable" in message) == trains_others


@over(LEARNING)
def trainable_is_read_at_the_first_training_step(stack):
    """Compare the weights of a base that was frozen between compile and fit."""
    base, model, x, y = base_and_head(stack)
    ready(model)
    base.trainable = False
    before = [weight.numpy() for weight in base.weights]
    assert not fit_moves(base, model, x, y)
    assert same(before, base.weights)


NORMS = [
    (shape, momentum, others, frozen)
    for shape, momentum, others, frozen in itertools.product(
        [(4,), (5, 3), (4, 4, 2)],
        [0.99, 0.5],
        [{}, {"center": False, "scale": False}, {"axis": 1}],
        ["layer", "stack", "graph", "made so"],
    )
]


@over(each("normalizations, inputs and ways to freeze", NORMS))
def frozen_batch_normalization_ignores_training(how):
    """Compare outputs and averages in training and not; then unfrozen."""
    shape, momentum, others, frozen = how
    keras.utils.set_random_seed(0)
    norm = layers.BatchNormalization(
        momentum=momentum, trainable=frozen != "made so", **others
    )
    inputs = keras.Input(shape)
    model = keras.Sequential([inputs, layers.Dense(shape[-1]), norm])
    if frozen == "graph":
        model = keras.Model(inputs, norm(layers.Dense(shape[-1])(inputs)) * 1.0)
    x = np.random.default_rng(0).normal(3.0, 2.0, size=(7, *shape)).astype("float32")
    model(x, training=True)  # averages of its own
    if frozen in ("stack", "graph"):
        model.trainable = False
    norm.trainable = False
    averages = norm.get_weights()
    assert same(model(x, training=True), model(x, training=False))
    assert same(norm.get_weights(), averages)
    norm.trainable = model.trainable = True
    plain, batch = np.asarray(model(x)), np.asarray(model(x, training=True))
    assert not same(plain, batch, 1e-2)
    assert not same(norm.get_weights(), averages)
    axis = others.get("axis", -1)
    rest = tuple(n for n in range(batch.ndim) if n != axis % batch.ndim)
    assert same(batch.mean(axis=rest), np.zeros(batch.shape[axis]), 1e-3)


def base_with_norm(shape, before, after, kind, deep):
    """Return a base that holds a BatchNormalization, and that layer."""
    keras.utils.set_random_seed(0)
    norm = layers.BatchNormalization()
    steps = [
        *(layers.Dense(3, activation="tanh") for _ in range(before)),
        norm,
        *(layers.Dense(2) for _ in range(after)),
    ]
    x = inputs = keras.Input(shape)
    if deep:
        inner = keras.Input((*shape[:-1], 3 if before else shape[-1]))
        steps[before:] = [keras.Sequential([inner, *steps[before:]])]
    if kind == "sequential":
        return keras.Sequential([inputs, *steps]), norm
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x), norm


BASES = list(
    itertools.product(
        [(4,), (5, 3)], [0, 1, 2], [0, 1], ["sequential", "functional"], [False, True]
    )
)


@over(each("bases with a BatchNormalization", BASES))
def training_false_does_not_hold_in_fit(how):
    """Compare the averages after fit with and without training=False."""
    base, norm = base_with_norm(*how)
    inputs = keras.Input(how[0])
    x = np.random.default_rng(0).normal(3.0, 2.0, size=(7, *how[0])).astype("float32")
    x[:, 0] *= 3
    graph = keras.Model(inputs, base(inputs, training=False))
    for model in (keras.Sequential([inputs, base]), graph):
        base.trainable = False
        base.trainable = True
        model.compile("sgd", "mse", run_eagerly=True)
        before = [norm.moving_mean.numpy(), norm.moving_variance.numpy()]
        model.train_on_batch(x, np.zeros(model(x).shape))
        assert not same(norm.moving_mean, before[0])
        assert not same(norm.moving_variance, before[1])


@over(each("bases with a BatchNormalization", BASES))
def batch_normalization_stays_frozen_layer_by_layer(how):
    """Averages, answers and the trainable weights of the rest, after a step of fit."""
    base, norm = base_with_norm(*how)
    inputs = keras.Input(how[0])
    base.trainable = False
    base.trainable = True
    norm.trainable = False
    x = np.random.default_rng(0).normal(3.0, 2.0, size=(7, *how[0])).astype("float32")
    head = layers.Dense(2)
    graph = keras.Model(inputs, head(base(inputs)))
    for model in (keras.Sequential([inputs, base, head]), graph):
        assert len(model.trainable_weights) == 2 * (how[1] + how[2] + 1)
        model.compile("sgd", "mse", run_eagerly=True)
        before = norm.get_weights()
        dense = [weight.numpy() for weight in model.trainable_weights]
        model.train_on_batch(x, np.ones(model(x).shape))
        assert same(norm.get_weights(), before)
        assert not any(map(same, model.trainable_weights, dense))
        assert same(model(x, training=True), model(x))


@over(NETWORKS.where(lambda case: any(layer.weights for layer in case.every_layer)))
def setting_trainable_to_its_old_value_does_nothing(case):
    """Layers at one depth, frozen by themselves; then True, and False and True."""
    base = case.fresh()
    inside = list(base._flatten_layers(include_self=False))
    leaves = [x for x in inside if not list(x._flatten_layers(include_self=False))]
    for frozen in (base.layers, leaves):  # a base, of which models may hold models
        base.trainable = False
        base.trainable = True
        for layer in frozen:
            layer.trainable = False
        base.trainable = True
        assert not any(layer.trainable for layer in frozen)
        base.trainable = False
        base.trainable = True
        assert all(layer.trainable for layer in inside)
        assert len(base.trainable_weights) > 0 or not any(
            layer._trainable_variables for layer in inside
        )


def flags(model):
    """Return `trainable` of a model and of the layers in it that have weights."""
    return [
        model.trainable,
        *(layer.trainable for layer in model.layers if layer.weights),
    ]


def holds_single_layers(model):
    """Whether no layer of a model holds other layers."""
    return not any(
        list(layer._flatten_layers(include_self=False)) for layer in model.layers
    )


@over(
    NETWORKS.where(
        lambda case: (
            case.kind != "subclass"
            and case.model.trainable_weights
            and holds_single_layers(case.model)
        ),
        "Sequential and functional models that learn, of single layers",
    )
)
def a_loaded_frozen_sequential_says_it_is_trainable(case):
    """`trainable` of a frozen base and of its layers, from a file, then set to True."""
    base = case.fresh()
    base.trainable = False
    base.save("frozen.keras")
    loaded = keras.saving.load_model("frozen.keras")
    assert loaded.trainable_weights == []
    assert not any(layer.trainable for layer in loaded.layers if layer.weights)
    if isinstance(base, keras.Sequential):
        assert loaded.trainable is True
        loaded.trainable = True
        assert loaded.trainable_weights == []
    else:
        assert flags(loaded) == flags(base)
        loaded.trainable = base.trainable = True
        assert flags(loaded) == flags(base)
        assert len(loaded.trainable_weights) == len(base.trainable_weights)
