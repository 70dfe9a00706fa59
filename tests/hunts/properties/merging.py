"""Merge layers: what they refuse in a stack, and what images must have in common."""

import itertools

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import STACKS, Part, data_for, each, made, refusal, same

from .sequential_models import ONE_LAYER
from .sharing import KEEP_THE_SHAPE


def rows_of(start, steps):
    """Return ways to make a Sequential of steps, of which the last may be refused."""
    whole = steps.pop()

    def by_config():
        config = keras.Sequential([start(), *steps]).get_config()
        config["layers"].append(keras.saving.serialize_keras_object(whole))
        return keras.Sequential.from_config(config)

    return {
        "list": lambda: keras.Sequential([start(), *steps, whole]),
        "add": lambda: keras.Sequential([start(), *steps]).add(whole),
        "from_config": by_config,
    }


MERGES = [
    "layers.Add()",
    "layers.Average()",
    "layers.Concatenate()",
    "layers.Concatenate(axis=1)",
    "layers.Dot(-1)",
    "layers.Dot((1, 1), normalize=True)",
    "layers.Maximum()",
    "layers.Minimum()",
    "layers.Multiply()",
    "layers.Subtract()",
]


@over(
    Part(
        "stacks",
        (*STACKS.fixed, *ONE_LAYER[::6]),
        STACKS.drawn,
        (lambda stack: "Lambda" not in str(stack.layers),),
    )
)
def a_merge_layer_refuses_a_single_tensor(stack):
    """Put each behind the last layer, and call it on its output and on an array."""
    row = stack.sequential()
    (end,) = row.outputs
    numbers = np.asarray(row(stack.x()))
    for n, code in enumerate(MERGES):
        for single in (end, numbers, keras.ops.convert_to_tensor(numbers)):
            alone = made(code)
            assert "called on a list" in refusal(lambda f=alone, x=single: f(x))
        if "Dot" not in code:
            pair = made(code)([numbers, numbers])
            assert np.shape(pair)[0] == len(numbers)
        if (n + len(stack.name)) % 5 == 0:
            ways = rows_of(stack.input, [*stack.new_layers(), made(code)])
            for make in ways.values():
                assert "called on a list" in refusal(make)


CONVOLUTIONS = [
    ((8, 8, 1), "Conv2D(12, 3, padding='same')", "Conv2D(12, 5, padding='same')"),
    ((8, 8, 3), "Conv2D(2, 1)", "Conv2D(4, 3)"),
    ((9, 7, 2), "Conv2D(3, (1, 3), activation='relu')", "Conv2D(3, (3, 1))"),
    ((8, 8, 2), "Conv2D(4, 3, strides=2)", "Conv2D(4, 2, use_bias=False)"),
    ((8, 8, 2), "Conv2D(4, 3, dilation_rate=2)", "Conv2D(2, 3, groups=2)"),
    ((8, 8, 2), "SeparableConv2D(3, 3)", "Conv2D(3, 5)"),
    ((8, 8, 2), "DepthwiseConv2D(3)", "DepthwiseConv2D(2, depth_multiplier=2)"),
    ((4, 4, 2), "Conv2DTranspose(3, 2)", "Conv2DTranspose(3, 3, strides=2)"),
    ((None, None, 3), "Conv2D(2, 3)", "Conv2D(2, 4)"),
    ((8, 8, 1), "Conv2D(2, 3, dtype='mixed_float16')", "Conv2D(2, 1)"),
    ((12, 3), "Conv1D(2, 3)", "Conv1D(2, 5)"),
    ((12, 3), "Conv1D(2, 3, padding='causal')", "SeparableConv1D(4, 2)"),
    ((None, 3), "Conv1D(2, 3)", "DepthwiseConv1D(2)"),
    ((6, 6, 6, 1), "Conv3D(2, 3)", "Conv3D(2, 1)"),
    ((8, 8, 1), "Conv2D(8, 8)", "Conv2D(8, 1)"),
]


@over(
    each(
        "pairs of convolutions in a row before Concatenate",
        itertools.product(CONVOLUTIONS, ["", "axis=1"]),
    )
)
def concatenate_in_a_stack_gets_one_tensor(case):
    """See what the second takes, and put Concatenate behind it."""
    (shape, *codes), options = case
    image = keras.Input(shape)
    one, other = (made(f"layers.{code}") for code in codes)
    row = keras.Sequential([image, one, other])
    assert other.input is one.output and other.input is not row.inputs[0]
    x = data_for(image)
    assert same(row(x), other(one(x)), 1e-6)

    def steps():
        return [made(f"layers.{code}") for code in codes] + [
            layers.Concatenate(**made(f"dict({options})"))
        ]

    says = "A `Concatenate` layer should be called on a list"
    for make in rows_of(lambda: keras.Input(shape), steps()).values():
        assert says in refusal(make)
    assert says in refusal(lambda: keras.Sequential(steps()).build((None, *shape)))
    assert says in refusal(lambda: keras.Sequential(steps())(x))
    # Side by side, the same three layers do their work.
    branches = [made(f"layers.{code}")(image) for code in (codes[0], codes[0])]
    assert keras.Model(image, steps()[-1](branches))(x).shape[0] == len(x)


# The sizes of images that are joined: the first two or three differ, or do not.
SIZES = [
    [(8, 8, 3), (6, 8, 3)],
    [(8, 8, 3), (8, 6, 3)],
    [(8, 6, 3), (6, 8, 3)],
    [(4, 4, 2), (1, 1, 2)],
    [(4, 4, 2), (1, 4, 5)],
    [(4, 1, 2), (4, 4, 2)],
    [(5, 5, 1), (5, 5, 3), (5, 4, 1)],
    [(5, 5, 1), (4, 5, 1), (5, 5, 1)],
    [(None, None, 3), (4, 4, 3)],
    [(None, 4, 3), (6, 5, 1)],
    [(None, None, 1), (None, 5, 1), (7, 7, 1)],
]
# Pairs of filters of different sizes, and options of each.
FILTERS = [
    (shape, f"{kind}({start}{one}{options})", f"{kind}({start}{other}{options})")
    for shape in ((8, 8, 1), (9, 12, 4), (None, None, 3))
    for kind, start, options in (
        ("Conv2D", "12, ", ""),
        ("Conv2D", "2, ", ", activation='relu', use_bias=False"),
        ("Conv2D", "2, ", ", dtype='mixed_float16'"),
        ("SeparableConv2D", "3, ", ""),
        ("DepthwiseConv2D", "", ""),
        ("Conv2DTranspose", "3, ", ""),
    )
    for one, other in ((3, 5), (1, 2), ("(1, 3)", "(3, 1)"), ("(2, 3)", "(2, 2)"))
]


def joins_or_refuses(inputs, branches, join, fit):
    """Join images, and if their sizes are known only with data, compute the result."""
    x = [data_for(each, rows=2, seed=n) for n, each in enumerate(inputs)]
    known = all(None not in tensor.shape[1:] for tensor in branches)
    says = refusal(lambda: join(branches))
    if fit:
        assert not says
        joined = keras.Model(inputs, join.output)(x)
        assert joined.shape[-1] == sum(tensor.shape[-1] for tensor in branches)
    elif known:
        assert "`Concatenate` layer requires inputs with matching shapes" in says
    elif not says:
        # The sizes come with the data, and TensorFlow looks at them.
        try:
            keras.Model(inputs, join.output)(x)
        except (ValueError, tf.errors.InvalidArgumentError):
            return
        raise AssertionError("it was not refused")


@over(
    each(
        "images of several sizes, and pairs of filters without padding",
        [*SIZES, *FILTERS],
    )
)
def concatenated_branches_need_one_height_and_width(case):
    """Join different sizes, then equal ones; and filters without and with padding."""
    if isinstance(case, list):
        unlike = [keras.Input(shape) for shape in case]
        joins_or_refuses(unlike, unlike, layers.Concatenate(), False)
        joins_or_refuses(unlike, unlike, layers.Concatenate(axis=3), False)
        alike = [keras.Input((*case[-1][:2], n + 1)) for n, _ in enumerate(case)]
        joins_or_refuses(alike, alike, layers.Concatenate(), True)
        return
    shape, *codes = case
    image = keras.Input(shape)
    branches = [made(f"layers.{code}")(image) for code in codes]
    arrays = [keras.Model(image, each)(data_for(image)) for each in branches]
    assert arrays[0].shape[1:3] != arrays[1].shape[1:3]
    joins_or_refuses([image], branches, layers.Concatenate(), False)
    padded = [made(f"layers.{code[:-1]}, padding='same')")(image) for code in codes]
    joins_or_refuses([image], padded, layers.Concatenate(), True)


# What stands between the layer and Add.
BETWEEN = [[], ["layers.ReLU()"], ["layers.Dropout(0.5)", "layers.UnitNormalization()"]]
SKIPS = [
    (shape, [code, *BETWEEN[n % 3]])
    for n, (shape, code) in enumerate(KEEP_THE_SHAPE)
    if "Lambda" not in code
]


@over(
    each(
        "layers before Add",
        SKIPS,
    )
)
def a_stack_cannot_reach_back(case):
    """Look at what a layer in the place of Add receives; then put Add there."""
    shape, codes = case
    steps = [made(code) for code in codes]
    probe = layers.Identity()
    row = keras.Sequential([keras.Input(shape), *steps, probe])
    if not isinstance(steps[-1], keras.Model):
        assert probe.input is steps[-1].output
    x = data_for(row.inputs[0])
    before = steps[0](x)
    for step in steps[1:]:
        before = step(before)
    assert same(row(x), before, 1e-6)

    def again():
        return [*map(made, codes), layers.Add()]

    says = "A merge layer should be called on a list of inputs"
    for make in rows_of(lambda: keras.Input(shape), again()).values():
        assert says in refusal(make)
    assert says in refusal(lambda: keras.Sequential(again()).build((None, *shape)))
    assert says in refusal(lambda: keras.Sequential(again())(x))
