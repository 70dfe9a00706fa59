"""Several inputs: by name, forced into a Sequential, or packed into one."""

import itertools
import warnings

import keras
import numpy as np
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import data_for, each, refusal, same

WORDS = ["record", "blood", "Image", "a", "z_9", "table"]


def joined(tensors, units=2):
    """Return numbers to which each tensor counts in another way."""
    codes = [layers.Dense(3)(layers.Flatten()(each)) for each in tensors]
    return layers.Dense(units)(layers.Concatenate()(codes))


@over(
    each(
        "models of two to four named inputs, made of a list or a dict",
        [
            (names, how)
            for names in (
                *itertools.permutations(WORDS[:3]),
                WORDS[:2],
                WORDS[1::-1],
                WORDS[2:],
            )
            for how in ("list", "dict", "other keys")
        ],
    )
)
def named_inputs_are_matched_by_name(case):
    """Give a dict in each order; all inputs have the same shape."""
    names, how = case
    tensors = [keras.Input((4,), name=name) for name in names]
    answer = joined(tensors)
    by_list = keras.Model(tensors, answer)
    keys = [f"key{n}" for n, _ in enumerate(names)][::-1]
    keys = keys if how == "other keys" else list(names)
    if how == "list":
        model = by_list
    elif how == "dict":
        model = keras.Model(dict(zip(keys, tensors, strict=True)), answer)
    else:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            model = keras.Model(dict(zip(keys, tensors, strict=True)), answer)
        assert any("must match the names" in str(each.message) for each in caught)
    arrays = [data_for(tensor, seed=n) for n, tensor in enumerate(tensors)]
    wanted = by_list(arrays)
    assert not same(wanted, by_list(arrays[::-1]), 1e-3)
    data = dict(zip(keys, arrays, strict=True))
    for order in itertools.permutations(keys):
        assert same(model({key: data[key] for key in order}), wanted)
    if how == "list":  # other keys are ignored there
        assert same(model({"0": 7 * arrays[0], **data, "zz": arrays[0]}), wanted)
    turned = {key: data[key] for key in reversed(keys)}
    model.compile("sgd", loss="mse", run_eagerly=True)
    assert same(model.predict(turned, verbose=0), wanted, 1e-6)
    if how == "other keys":
        named = dict(zip(names, arrays, strict=True))
        assert "Missing data for input" in refusal(lambda: model(named))


TAILS = {
    "dense": lambda: [layers.Dense(1)],
    "deep": lambda: [layers.Dense(4, "relu"), layers.Dense(3, "tanh"), layers.Dense(1)],
    "normalized": lambda: [layers.LayerNormalization(), layers.Dense(2)],
    "dropout": lambda: [layers.Dense(4), layers.Dropout(0.5), layers.Dense(1)],
}
FORCED = [
    (shape, widths, tail)
    for shape in ((), (3,), (2, 2))
    for widths in ((4, 6), (1, 2), (5, 3), (2, 7))
    for tail in TAILS
]
FORCED_OF = "Sequential models that begin with Concatenate, and pairs of arrays"


def two_arrays(shape, widths):
    """Return two arrays of the same shape, but for their last axis."""
    random = np.random.default_rng(0)
    return [random.normal(size=(8, *shape, n)).astype("float32") for n in widths]


@over(each(FORCED_OF, FORCED))
def forcing_two_inputs_into_sequential(case):
    """Train it on a list of two arrays, and look for inputs."""
    shape, widths, tail = case
    keras.utils.set_random_seed(0)
    forced = keras.Sequential([layers.Concatenate(), *TAILS[tail]()])
    forced.compile("sgd", loss="mse", run_eagerly=True)
    x = two_arrays(shape, widths)
    forced(x)
    before = forced.get_weights()
    forced.fit(x, np.ones((8, *shape, 1)), verbose=0)
    assert not same(forced.get_weights(), before)
    answer = forced.predict(x, verbose=0)
    assert answer.shape[:-1] == (8, *shape)
    by_hand = np.concatenate(x, axis=-1)
    for layer in forced.layers[1:]:
        by_hand = layer(by_hand)
    assert same(answer, by_hand, 1e-5)
    assert forced.built and not hasattr(forced, "inputs")


@over(
    each(
        "pairs of arrays of different widths, neither of which is 1, and models",
        [case for case in FORCED if 1 not in case[1]],
    )
)
def forced_inputs_can_be_swapped_silently(case):
    """Swap two arrays of different widths, and do the same in a functional model."""
    shape, widths, tail = case
    keras.utils.set_random_seed(0)
    forced = keras.Sequential([layers.Concatenate(), *TAILS[tail]()])
    x = two_arrays(shape, widths)
    right = forced(x)
    wrong = forced(x[::-1])
    assert wrong.shape == right.shape and not same(wrong, right, 1e-4)

    names = ("left", "right")
    inputs = [
        keras.Input((*shape, n), name=name)
        for n, name in zip(widths, names, strict=True)
    ]
    y = layers.Concatenate()(inputs)
    for layer in forced.layers[1:]:
        y = layer(y)
    model = keras.Model(inputs, y)
    assert same(model(x), right, 1e-6)
    said = refusal(lambda: model(x[::-1]))
    assert "Input 0 with name 'left'" in said


@over(
    each(
        "shapes of images, and widths of rows",
        itertools.product(
            ((4, 8, 1), (8, 8, 3), (2, 2, 2), (5, 1, 4), (4, 4, 4, 1)),
            (1, 2, 4, 8, 12),
            (-1, 1),
        ),
    )
)
def an_image_and_a_vector_do_not_concatenate(case):
    """Concatenate an image with a row, and a flattened image with a row."""
    shape, width, axis = case
    image, table = keras.Input(shape), keras.Input((width,))
    flat = layers.Concatenate(axis=axis)([layers.Flatten()(image), table])
    assert flat.shape == (None, np.prod(shape) + width)
    for pair in ([image, table], [table, image]):
        join = layers.Concatenate(axis=axis)
        assert "inputs with matching shapes" in refusal(
            lambda join=join, pair=pair: join(pair)
        )


@over(
    each(
        "models of two inputs of different shapes",
        itertools.product(
            ((4, 8, 1), (6,), (3, 2), (2, 2, 2)), ((12,), (1,), (5, 3)), (1, 2, 4)
        ),
    )
)
def packing_both_sources_does_not_make_a_stack(case):
    """Pack both inputs into one row, and cut it in two."""
    one, other, units = case
    keras.utils.set_random_seed(0)
    inputs = [keras.Input(one), keras.Input(other)]
    model = keras.Model(inputs, joined(inputs, units))
    width = int(np.prod(one))
    packed = keras.Input((width + int(np.prod(other)),))
    cuts = [
        layers.Lambda(lambda row: row[:, :width]),
        layers.Lambda(lambda row: row[:, width:]),
    ]
    parts = [cut(packed) for cut in cuts]
    pairs = zip(parts, (one, other), strict=True)
    parts = [layers.Reshape(shape)(part) for part, shape in pairs]
    one_input = keras.Model(packed, model(parts))
    x = [data_for(tensor, seed=n) for n, tensor in enumerate(inputs)]
    rows = np.hstack([array.reshape(len(array), -1) for array in x])
    assert same(one_input(rows), model(x))
    assert cuts[0].input is packed and cuts[1].input is packed
