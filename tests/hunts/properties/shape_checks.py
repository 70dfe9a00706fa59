"""Which shapes are refused, when, and by whom."""

import itertools

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import data_for, each, made, refused


class Adds(keras.Model):
    """Adds what two layers make of its inputs."""

    def __init__(self, left, right, add):
        super().__init__()
        self.left, self.right, self.add = left, right, add

    def call(self, inputs, training=False):
        one, other = inputs if isinstance(inputs, list) else [inputs, inputs]
        return self.add([self.left(one), self.right(other)])


# Shapes, two layers whose results do not fit, the first of them again.
UNFIT = [
    ((4,), "layers.Dense(3)", "layers.Dense(5)"),
    ((4,), "layers.Dense(3)", "layers.Identity()"),
    ((4,), "layers.Dense(2, activation='relu')", "NoisyDense(4)"),
    ((4,), "layers.RepeatVector(3)", "layers.RepeatVector(2)"),
    ((4,), "layers.Reshape((2, 2))", "layers.Identity()"),
    ((4,), "layers.Reshape((2, 2))", "layers.Reshape((4, 1))"),
    ((4,), "keras.Sequential([layers.Dense(3)])", "Scale()"),
    ((6, 3), "layers.GRU(4)", "layers.LSTM(5)"),
    ((6, 3), "layers.GRU(4, return_sequences=True)", "layers.GRU(3)"),
    ((6, 3), "layers.Conv1D(3, 2)", "layers.Conv1D(3, 2, padding='same')"),
    ((6, 3), "layers.Conv1D(2, 2, padding='causal')", "layers.Identity()"),
    ((6, 3), "layers.Permute((2, 1))", "layers.BatchNormalization()"),
    ((6, 3), "layers.Flatten()", "layers.Identity()"),
    ((6, 3), "layers.MaxPooling1D()", "layers.Identity()"),
    ((6, 3), "layers.ZeroPadding1D(1)", "layers.Dropout(0.5)"),
    ((6, 3), "layers.TimeDistributed(layers.Dense(2))", "layers.LayerNormalization()"),
    ((6, 3), "layers.Bidirectional(layers.GRU(3))", "layers.GRU(3)"),
    ((None, 3), "layers.Dense(2)", "layers.Dense(5)"),
    ((None, 3), "layers.GRU(2)", "layers.GlobalAveragePooling1D()"),
    ((8, 8, 2), "layers.Conv2D(3, 3)", "layers.Conv2D(3, 3, padding='same')"),
    ((8, 8, 2), "layers.Conv2D(3, 1)", "layers.Identity()"),
    ((8, 8, 2), "layers.Conv2D(2, 3, strides=2)", "layers.MaxPooling2D()"),
    ((8, 8, 2), "layers.GlobalMaxPooling2D()", "layers.Flatten()"),
    ((8, 8, 2), "layers.UpSampling2D()", "layers.Cropping2D(1)"),
    ((8, 8, 2), "layers.Conv2DTranspose(2, 2, strides=2)", "layers.Identity()"),
    ((8, 6, 2), "layers.Permute((2, 1, 3))", "layers.Identity()"),
    ((None, None, 2), "layers.Conv2D(3, 1)", "layers.DepthwiseConv2D(3)"),
    ((4, 4, 4, 1), "layers.Conv3D(2, 2)", "layers.Conv3D(2, 3)"),
    ((5,), "layers.Embedding(10, 4)", "layers.Embedding(10, 3)"),
    ((5,), "layers.Embedding(10, 4)", "layers.Identity()"),
]
# Whole shapes of two inputs, of which the number of rows may be known.
UNFIT_INPUTS = [
    ((None, 3), (None, 5)),
    ((2, 3), (4, 3)),
    ((None, 6, 3), (None, 6, 2)),
    ((None, 8, 8, 2), (None, 8, 7, 2)),
    ((3, None, 2), (3, None, 4)),
]
ADDS = {
    "a new Add": lambda: lambda pair: layers.Add()(pair),
    "an Add made before": layers.Add,
    "layers.add": lambda: layers.add,
}
FIRST_CALLS = {
    "a call": lambda model, x: model(x),
    "a call in training": lambda model, x: model(x, training=True),
    "inputs": lambda model, x: model(
        keras.tree.map_structure(lambda a: keras.Input(batch_shape=a.shape), x)
    ),
    "fit": lambda model, x: model.fit(x, np.ones(5), verbose=0),
    "predict": lambda model, x: model.predict(x, verbose=0),
    "evaluate": lambda model, x: model.evaluate(x, np.ones(5), verbose=0),
}


@over(
    each(
        "pairs of layers or inputs, and ways to add them",
        [
            (pair, [*ADDS][n % 3], [*FIRST_CALLS][n // 2 % 6 if n % 2 else 0])
            for n, pair in enumerate([*UNFIT, *UNFIT_INPUTS])
        ],
    )
)
def folklore_wrong_shapes_fail_at_definition(case):
    """Add what does not fit, in a functional and in a subclassed model."""
    pair, add, first = case
    if len(pair) == 3:
        shape, *codes = pair
        inputs = keras.Input(shape)
        x, ends = data_for(inputs), [inputs, inputs]
    else:
        codes = ["layers.Identity()"] * 2
        inputs = ends = [keras.Input(batch_shape=shape) for shape in pair]
        x, first = [data_for(end) for end in inputs], "a call"
    tensors = [made(code)(end) for code, end in zip(codes, ends, strict=True)]
    said = ("incompatible shapes", "different batch sizes")
    error = refused(ADDS[add](), tensors)
    assert isinstance(error, ValueError), error
    assert any(text in str(error) for text in said), error
    fit = ADDS[add]()([tensors[0], tensors[0]])
    keras.Model(inputs, fit)(x)

    def subclass(codes):
        model = Adds(*map(made, codes), ADDS[add]())
        model.compile("sgd", loss="mse", run_eagerly=True)
        return model

    wrong, right = subclass(codes), subclass(codes[:1] * 2)
    assert not wrong.built
    error = refused(FIRST_CALLS[first], wrong, x)
    assert isinstance(error, ValueError), error
    assert any(text in str(error) for text in said), error
    right([x[0], x[0]] if isinstance(x, list) else x)


class Checked(keras.Model):
    """Works on the last axis, and may say what it takes."""

    def __init__(self, spec=None):
        super().__init__()
        self.dense, self.drop = layers.Dense(3), layers.Dropout(0.5)
        if spec is not None:
            self.input_spec = spec

    def call(self, inputs, training=False):
        tensors = keras.tree.flatten(inputs)
        return self.drop(
            sum(ops.sum(self.dense(x)) for x in tensors), training=training
        )


SHAPES = ((4,), (1,), (6, 3), (8, 8, 2), (2, 3, 4, 5))
Spec = layers.InputSpec
# Specs of a row of this shape.
TELL_THE_RANK = {
    "shape": lambda row: Spec(shape=(None, *row)),
    "a shape with unknown sizes": lambda row: Spec(shape=(None,) * len(row) + row[-1:]),
    "ndim": lambda row: Spec(ndim=len(row) + 1),
    "max_ndim": lambda row: Spec(max_ndim=len(row) + 1),
    "ndim and axes": lambda row: Spec(ndim=len(row) + 1, axes={-1: row[-1]}),
    "shape and dtype": lambda row: Spec(shape=(None, *row), dtype="float32"),
}
SPECS = TELL_THE_RANK
# Where the axis more is, and how the model first meets it.
MORE = {
    "in front": lambda x: x[None],
    "second": lambda x: x[:, None],
    "at the end": lambda x: x[..., None],
}
MEETS = {
    "a call": lambda model, x: model(x),
    "predict": lambda model, x: model.predict(x, verbose=0),
    "a symbolic input": lambda model, x: model(
        keras.tree.map_structure(lambda a: keras.Input(batch_shape=a.shape), x)
    ),
    "a second call": lambda model, x: model(x),
}
STRUCTURES = {
    "one": lambda make: make(0),
    "two": lambda make: [make(0), make(1)],
    "a dict": lambda make: {"a": make(0), "b": make(1)},
}


@over(
    each(
        "specs, shapes, structures and places of the axis",
        [
            (spec, row, [*STRUCTURES][n % 3], [*MORE][n // 3 % 3], [*MEETS][n % 4])
            for n, (row, spec) in enumerate(itertools.product(SHAPES, SPECS))
        ],
    )
)
def input_spec_lets_a_subclass_check(case):
    """Call on an input that fits, and on one with an axis more."""
    name, row, structure, place, meets = case
    make = STRUCTURES[structure]
    right = make(lambda n: data_for(keras.Input(row), seed=n))
    wrong = make(lambda n: MORE[place](data_for(keras.Input(row), seed=n)))
    checked, free = Checked(make(lambda n: SPECS[name](row))), Checked()
    for model in (checked, free):
        model.compile(run_eagerly=True)
    if meets == "a second call":
        checked(right)
    assert refused(MEETS[meets], free, wrong) is None
    error = refused(MEETS[meets], checked, wrong)
    assert isinstance(error, ValueError), error
    assert f"of layer '{checked.name}' is incompatible with the layer" in str(error)
    assert refused(MEETS[meets], checked, right) is None


class Row(keras.Model):
    """Calls layers in a row."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def call(self, x, training=False):
        for step in self.steps:
            x = step(x)
        return x


# Shapes, and the layers that read the inputs: those that check the width.
CHECK = [
    ((4,), "layers.Dense(3)"),
    ((4,), "layers.Dense(3, use_bias=False, activation='relu')"),
    ((4,), "layers.Dense(3, dtype='mixed_float16')"),
    ((6, 4), "layers.Dense(3)"),
    ((6, 4), "layers.Conv1D(3, 2)"),
    ((6, 4), "layers.Conv1D(3, 2, padding='causal')"),
    ((6, 4), "layers.SeparableConv1D(3, 2)"),
    ((6, 4), "layers.Conv1DTranspose(3, 2)"),
    ((8, 8, 4), "layers.Conv2D(3, 3, activation='relu')"),
    ((8, 8, 4), "layers.SeparableConv2D(3, 3)"),
    ((8, 8, 4), "layers.DepthwiseConv2D(3)"),
    ((8, 8, 4), "layers.Conv2DTranspose(3, 3)"),
    ((4, 4, 4, 4), "layers.Conv3D(2, 2)"),
    ((4,), "layers.BatchNormalization()"),
    ((8, 8, 4), "layers.BatchNormalization()"),
    ((6, 4), "layers.GroupNormalization(2)"),
    ((4,), "layers.SpectralNormalization(layers.Dense(3))"),
    ((4,), "keras.Sequential([layers.Dense(3), layers.Dense(2)])"),
    ((4,), "NoisyDense(3)"),
    ((6, 4), "layers.Flatten()"),  # so that the next layer checks it
    ((4,), "layers.Dropout(0.5)"),
    ((6, 4), "layers.MaxPooling1D()"),
]


@over(
    each(
        "layers that read the inputs, and wrong widths",
        itertools.product(CHECK, (3, 5, 1)),
    )
)
def subclass_checks_what_its_layers_check(case):
    """Call a subclassed model with weights on an input of another width."""
    (shape, code), width = case
    model = Row([made(code), layers.Dense(2, "tanh", name="next")])
    right, wrong = (np.ones((5, *shape[:-1], n), "float32") for n in (4, width))
    model(right)
    error = refused(model, wrong)
    assert isinstance(error, ValueError), error
    inner = [layer.name for layer in [*model.steps, *made_of(model.steps[0])]]
    assert any(f"layer '{name}'" in str(error) for name in inner), error
    assert f"layer '{model.name}'" not in str(error)
    model(right)


def made_of(layer):
    """Return the layers inside a layer."""
    return layer._flatten_layers(include_self=False)
