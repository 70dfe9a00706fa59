"""Stacks of convolutions: Flatten and global pooling, and the sizes of images."""

import functools
import itertools

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from examples import convolutional_stack
from tests.hunts.property import over
from tests.hunts.zoo import each

CONV = {1: layers.Conv1D, 2: layers.Conv2D, 3: layers.Conv3D}
MAX = {1: layers.MaxPooling1D, 2: layers.MaxPooling2D, 3: layers.MaxPooling3D}
POOL = {
    1: [layers.GlobalMaxPooling1D, layers.GlobalAveragePooling1D],
    2: [layers.GlobalMaxPooling2D, layers.GlobalAveragePooling2D],
    3: [layers.GlobalMaxPooling3D, layers.GlobalAveragePooling3D],
}

OPEN = [(None, None), (None, 8), (8, None)]


def before_flatten(number):
    """Return layers that keep height and width open."""
    return [
        [],
        [layers.Conv2D(4, 3, padding="same")],
        [layers.Conv2D(2, 3), layers.MaxPooling2D(), layers.BatchNormalization()],
        [layers.DepthwiseConv2D(3), layers.ReLU(), layers.Dropout(0.3)],
        [layers.UpSampling2D(), layers.ZeroPadding2D(1), layers.Dense(3)],
        [keras.Sequential([layers.SeparableConv2D(2, 3)])],
    ][number]


@over(
    each(
        "stacks with open sizes",
        itertools.product(OPEN, range(6), [1, 3], ["sequential", "functional"]),
    )
)
def flatten_before_dense_needs_the_image_size(how):
    """Build Dense right behind Flatten, and without Flatten."""
    size, number, channels, kind = how
    message = ""
    steps = [*before_flatten(number), layers.Flatten(), layers.Dense(10)]
    image = keras.Input((*size, channels))
    try:
        if kind == "sequential":
            keras.Sequential([image, *steps])
        else:
            for step in steps:
                image = step(image)
    except ValueError as error:
        message = str(error)
    assert "fully-defined" in message and "None" in message
    tensor = fixed = keras.Input((8, 8, channels))
    for step in before_flatten(number):
        tensor = step(tensor)
    values = int(np.prod(tensor.shape[1:]))
    dense = layers.Dense(10)
    keras.Sequential([fixed, *before_flatten(number), layers.Flatten(), dense])
    assert dense.kernel.shape == (values, 10)


@functools.cache
def recipe():
    """Return the stack of the recipe."""
    return convolutional_stack.build()


@over(
    each(
        "sizes of images",
        [
            *itertools.product([2, 3, 5, 16], [2, 3, 7, 33]),
            *[(1, 8), (8, 1), (1, 1), (4, 101), (64, 64), (2, 100), (100, 2), (17, 5)],
            *[(12, 12), (8, 8)],
        ],
    )
)
def global_pooling_takes_images_of_any_size(size):
    """Ask the stack of the recipe: numbers for 2 by 2 and above, none below."""
    images = np.random.default_rng(0).random((3, *size, 1)).astype("float32")
    assert recipe().count_params() == 23946
    try:
        answer = np.asarray(recipe()(images))
    except tf.errors.InvalidArgumentError:  # nothing is left to pool
        assert min(size) < 2
        return
    assert answer.shape == (3, 10)
    assert np.isfinite(answer).all() == (min(size) >= 2)
    if min(size) >= 2:
        assert np.allclose(answer.sum(axis=-1), 1.0, atol=1e-5)


def evenly(dimensions, number):
    """Return layers that keep the size, or divide it evenly."""
    conv, pool = CONV[dimensions], MAX[dimensions]
    return [
        [],
        [conv(4, 3, padding="same")],
        [conv(3, 3, padding="same", strides=2), layers.BatchNormalization()],
        [conv(4, 3, padding="same"), pool(), layers.ReLU(), conv(2, 1)],
        [pool(4), conv(5, 5, padding="same")],
    ][number]


@over(
    each(
        "stacks and sizes",
        itertools.product([(8, 8), (4, 12), (16, 8)], range(5), [1, 3], [1, 10]),
    )
)
def weights_after_flatten_grow_with_the_image(how):
    """Count the weights of Dense at a size and at twice that size."""
    size, number, channels, units = how

    def kernel(times, bridge, use_bias):
        image = keras.Input((*(times * side for side in size), channels))
        dense = layers.Dense(units, use_bias=use_bias)
        keras.Sequential([image, *evenly(2, number), bridge, dense])
        return dense.kernel.shape[0] * dense.kernel.shape[1], dense.count_params()

    flat = [kernel(times, layers.Flatten(), False) for times in (1, 2)]
    assert flat[1][0] == 4 * flat[0][0]
    biased = [kernel(times, layers.Flatten(), True) for times in (1, 2)]
    assert biased[1][1] - units == 4 * (biased[0][1] - units)
    for pooling in POOL[2]:
        assert kernel(1, pooling(), True) == kernel(2, pooling(), True)


FIRST = [
    (steps, first, others)
    for steps, (first, others) in itertools.product(
        range(5),
        [
            ((8, 8), [(4, 16), (16, 4)]),
            ((4, 8), [(8, 4), (16, 2)]),
            ((12, 12), [(6, 24), (24, 6)]),
            ((6, 10), [(10, 6), (30, 2)]),
            ((16, 16), [(8, 32), (32, 8)]),
        ],
    )
]


def keeping(number):
    """Return layers that keep height and width."""
    return [
        [],
        [layers.Conv2D(4, 3, padding="same")],
        [layers.Conv2D(2, 5, padding="same"), layers.BatchNormalization()],
        [layers.DepthwiseConv2D(3, padding="same"), layers.Dropout(0.5)],
        [layers.MaxPooling2D(3, 1, padding="same"), layers.Conv2D(1, 1)],
    ][number]


@over(each("stacks without Input and sizes", FIRST))
def a_stack_without_input_keeps_the_first_size(how):
    """Call with the first size, with others of as many values, and of other numbers."""
    number, first, others = how
    lazy = keras.Sequential([*keeping(number), layers.Flatten(), layers.Dense(10)])
    assert not lazy.built

    def images(size):
        return np.random.default_rng(0).random((3, *size, 1)).astype("float32")

    assert lazy(images(first)).shape == (3, 10)
    for size in others:
        assert lazy(images(size)).shape == (3, 10)
    for size in [(first[0] + 1, first[1]), (first[0] * 2, first[1]), (2, 3), (40, 40)]:
        message = ""
        try:
            lazy(images(size))
        except ValueError as error:
            message = str(error)
        assert "expected axis -1" in message or "incompatible" in message
    # It reads them wrongly: as if they had the first size.
    *_, flatten, dense = lazy.layers
    channels = dense.kernel.shape[0] // (first[0] * first[1])
    maps = np.random.default_rng(1).random((3, *first, channels)).astype("float32")
    for size in others:
        read = dense(flatten(maps.reshape(3, *size, channels)))
        assert np.array_equal(read, dense(flatten(maps)))
