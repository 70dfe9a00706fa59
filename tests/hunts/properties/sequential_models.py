"""What a Sequential does with its layers: when it has weights, what it takes."""

import itertools

import keras
import numpy as np
from keras import layers, ops, tree

from tests.hunts.property import over
from tests.hunts.zoo import EVERY_SEQUENTIAL, STACKS, Part, each, same
from tests.hunts.zoo.own import Scale
from tests.hunts.zoo.stacks import Stack

IMAGE, STEPS, VIDEO = (8, 8, 2), (6, 3), (4, 6, 6, 2)
# Keras's own layers that take one tensor, one by one.
ONE_LAYER = [
    Stack(code.partition("(")[0], shape, (f"layers.{code}", *more), dtype)
    for code, shape, dtype, *more in [
        ("ELU()", (4,), "float32"),
        ("PReLU()", (4,), "float32", "layers.Dense(2)"),
        ("Activation('gelu')", (4,), "float32"),
        ("ActivityRegularization(0.1)", (4,), "float32"),
        ("AlphaDropout(0.5)", (4,), "float32"),
        ("EinsumDense('ab,bc->ac', 3)", (4,), "float32"),
        ("GroupNormalization(2)", (4,), "float32"),
        ("RMSNormalization()", (4,), "float32"),
        ("UnitNormalization()", (4,), "float32"),
        ("SpectralNormalization(layers.Dense(3))", (4,), "float32"),
        ("Normalization(mean=0.5, variance=2.0)", (4,), "float32", "layers.Dense(2)"),
        ("Discretization(bin_boundaries=[0.0, 1.0])", (4,), "float32"),
        ("Lambda(lambda x: x * 2)", (4,), "float32", "layers.Dense(2)"),
        ("Identity()", (4,), "float32", "layers.Dense(2)"),
        ("Hashing(7)", (4,), "int32", "layers.Embedding(7, 2)"),
        ("IntegerLookup(vocabulary=[1, 2, 3])", (4,), "int64"),
        ("Conv1DTranspose(2, 3)", STEPS, "float32", "layers.Dense(2)"),
        ("SeparableConv1D(2, 3)", STEPS, "float32"),
        ("DepthwiseConv1D(3)", STEPS, "float32"),
        ("ZeroPadding1D(2)", STEPS, "float32"),
        ("Cropping1D(1)", STEPS, "float32"),
        ("UpSampling1D(2)", STEPS, "float32"),
        ("AdaptiveAveragePooling1D(2)", STEPS, "float32"),
        ("RNN(layers.StackedRNNCells([layers.GRUCell(3)] ))", STEPS, "float32"),
        ("LSTM(3, go_backwards=True)", STEPS, "float32"),
        ("Bidirectional(layers.LSTM(2), merge_mode='sum')", STEPS, "float32"),
        ("SpatialDropout2D(0.5)", IMAGE, "float32"),
        ("Cropping2D(1)", IMAGE, "float32"),
        ("ZeroPadding2D(1)", IMAGE, "float32"),
        ("Resizing(5, 5)", IMAGE, "float32", "layers.Conv2D(2, 3)"),
        ("CenterCrop(4, 4)", IMAGE, "float32", "layers.Conv2D(2, 3)"),
        ("RandomFlip()", IMAGE, "float32", "layers.Conv2D(2, 3)"),
        ("RandomRotation(0.2)", IMAGE, "float32", "layers.Conv2D(2, 3)"),
        ("RandomCrop(4, 4)", IMAGE, "float32", "layers.Conv2D(2, 3)"),
        ("RandomZoom(0.2)", IMAGE, "float32", "layers.Conv2D(2, 3)"),
        ("RandomTranslation(0.2, 0.2)", IMAGE, "float32", "layers.Conv2D(2, 3)"),
        ("RandomContrast(0.2)", IMAGE, "float32", "layers.Conv2D(2, 3)"),
        ("RandomBrightness(0.2)", IMAGE, "float32", "layers.Conv2D(2, 3)"),
        ("GaussianDropout(0.2)", IMAGE, "float32"),
        ("ConvLSTM1D(2, 3)", (4, 6, 2), "float32", "layers.Flatten()"),
        ("ConvLSTM2D(2, 3)", VIDEO, "float32", "layers.Flatten()"),
        ("Conv3D(2, 2)", VIDEO, "float32", "layers.Flatten()"),
        ("AveragePooling3D(2)", VIDEO, "float32", "layers.Flatten()"),
        ("TimeDistributed(layers.Conv2D(2, 3))", VIDEO, "float32"),
        ("LayerNormalization(axis=[1, 2])", IMAGE, "float32"),
    ]
]
MANY = Part("stacks", (*STACKS.fixed, *ONE_LAYER), STACKS.drawn)


def reset(model):
    """Forget what a recurrent layer keeps between batches."""
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            layer.reset_states()


@over(MANY)
def sequential_with_input_builds_layer_by_layer(stack):
    """Count the weights of each layer before and right after `add`."""
    counts = []
    by_data = keras.Sequential(stack.new_layers())
    by_data(stack.x())
    model = keras.Sequential()
    model.add(stack.input())
    for layer, other in zip(stack.new_layers(), by_data.layers, strict=True):
        model.add(layer)
        assert layer.built
        assert [w.shape for w in layer.weights] == [w.shape for w in other.weights]
        counts.append(len(layer.weights))
        assert len(model.weights) == sum(counts)


SEVERAL = [
    Stack("two tensors", (4,), ("Split()",)),
    Stack("a state", STEPS, ("layers.GRU(3, return_state=True)",)),
    Stack("two states", STEPS, ("layers.LSTM(3, return_state=True)",)),
]


@over(Part("stacks", (*MANY.fixed, *SEVERAL), MANY.drawn))
def calling_on_a_symbolic_tensor_creates_the_weights(stack):
    """Compare each layer with one that was called on numbers."""
    tensor, x = stack.input(), stack.x()
    for layer, other in zip(stack.new_layers(), stack.new_layers(), strict=True):
        assert isinstance(layer, keras.Model) or layer.weights == []
        result, numbers = layer(tensor), other(x)
        pairs = zip(tree.flatten(result), tree.flatten(numbers), strict=True)
        for symbol, array in pairs:
            assert isinstance(symbol, keras.KerasTensor) and symbol is not tensor
            known = [n for n in symbol.shape if n is not None]
            assert known == [
                m for n, m in zip(symbol.shape, array.shape, strict=True) if n
            ]
            assert None not in symbol.shape[1:] or None in stack.shape
        assert [w.shape for w in layer.weights] == [w.shape for w in other.weights]
        tensor, x = result, numbers


def is_new(stack):
    """Whether no layer has weights, or is a model that knows its input."""
    return not any(
        layer.weights or (isinstance(layer, keras.Model) and layer.built)
        for layer in stack.new_layers()
    )


NEW = [
    Stack("an unbuilt Sequential", (4,), ("keras.Sequential([layers.Dense(3)])",)),
    Stack(
        "an unbuilt Sequential at the end",
        (4,),
        ("layers.Dense(3)", "keras.Sequential([layers.Dense(3), Scale()])"),
    ),
]


@over(
    Part("stacks of new layers", (*STACKS.fixed, *ONE_LAYER, *NEW), STACKS.drawn).where(
        is_new
    )
)
def sequential_without_input_waits(stack):
    """Make it, build it in two ways, and make another one of its layers."""
    shape = stack.input().shape
    whole = len(stack.sequential().weights)
    for build in (lambda m: m.build(shape), lambda m: m(stack.x())):
        model = keras.Sequential(stack.new_layers())
        assert len(model.layers) == len(stack.layers)
        assert not model.built and model.weights == []
        build(model)
        assert model.built and len(model.weights) == whole
        again = keras.Sequential(model.layers)
        assert [id(w) for w in again.weights] == [id(w) for w in model.weights]


@over(
    MANY.where(lambda stack: is_new(stack) and "stateful" not in str(stack.layers)),
)
def building_on_data_records_the_batch_size(stack):
    """Build with five rows; then give it two and eight, and one to `predict`."""
    shape = stack.x(1).shape[1:]

    def data(rows):
        random = np.random.default_rng(rows)
        return random.integers(1, 9, (rows, *shape)).astype(stack.dtype)

    model = keras.Sequential(stack.new_layers())
    model(data(5))
    assert model.input_shape == (5, *shape)
    other = stack.new_layers()
    for rows in (5, 2, 8):
        x = data(rows)
        y = model(x)
        for layer in other:
            x = layer(x)
        assert y.shape == x.shape
    x = data(3)
    y = model(x, training=False)
    assert len(y) == 3
    assert same(model.predict_on_batch(x), y, 1e-3)


@over(
    Part(
        "Sequential models",
        (*EVERY_SEQUENTIAL.fixed, *(s.case("add") for s in STACKS.fixed[::3])),
        EVERY_SEQUENTIAL.drawn,
    )
)
def pop_keeps_the_other_layers(case):
    """Take layers off while an Input or a layer stays: built or not, with an Input."""
    unbuilt = keras.Sequential(case.stack.new_layers())
    by_data = keras.Sequential(case.stack.new_layers())
    by_data(case.x())
    for model, left in ((case.fresh(), 0), (by_data, 1), (unbuilt, 1)):
        while len(model.layers) > left:
            *kept, last = model.layers
            weights = [w for layer in kept for w in layer.weights]
            before = [w.numpy() for w in weights]
            assert model.pop() is last
            assert len(model.layers) == len(kept)
            assert all(a is b for a, b in zip(model.layers, kept, strict=True))
            assert [id(w) for w in model.weights] == [id(w) for w in weights]
            assert same(model.weights, before)


REFUSED = [
    *(
        getattr(keras.activations, name)
        for name in ("relu", "tanh", "softmax", "gelu", "linear", "sigmoid")
    ),
    ops.tanh,
    ops.relu,
    ops.square,
    np.tanh,
    np.ones(3),
    abs,
    lambda x: x,
    "tanh",
    "relu",
    "Dense",
    "layers.Dense(3)",
    layers.ReLU,
    layers.Dense,
    layers.Flatten,
    layers.Dropout,
    layers.Layer,
    keras.Sequential,
    keras.Model,
    Scale,
    None,
    3,
    [layers.Dense(3)],
    (layers.ReLU(), layers.ReLU()),
    {"class_name": "Dense", "config": {"units": 3}},
    keras.Variable(np.ones(3)),
    keras.optimizers.Adam(),
    keras.losses.MeanSquaredError(),
    keras.metrics.MeanSquaredError(),
    keras.initializers.Zeros(),
    keras.regularizers.L2(),
    layers.GRUCell,
    keras.Input((4,)),
    layers.Dense(3)(keras.Input((4,))),
]


def refused(function, argument):
    """Say why Keras refuses; empty: it does not."""
    try:
        function(argument)
    except ValueError as error:
        return str(error)
    return ""


@over(each("things that are no layers", REFUSED))
def sequential_takes_only_layer_objects(thing):
    """Put it into a list behind an Input, at two places, and add it."""
    start, dense = keras.Input((4,)), layers.Dense(4)
    for message in (
        refused(keras.Sequential, [start, thing]),
        refused(keras.Sequential, [start, dense, thing]),
        refused(keras.Sequential([start]).add, thing),
        refused(keras.Sequential([start, dense]).add, thing),
    ):
        assert "to a Sequential model" in message or "different Input" in message


NAMED = {
    "Dense": lambda: layers.Dense(4, name="it"),
    "ReLU": lambda: layers.ReLU(name="it"),
    "Dropout": lambda: layers.Dropout(0.5, name="it"),
    "own layer": lambda: Scale(name="it"),
    "Sequential": lambda: keras.Sequential([layers.Dense(4)], name="it"),
    "functional model": lambda: keras.Model(
        start := keras.Input((4,)), layers.Dense(4)(start), name="it"
    ),
}


@over(each("pairs of layers of one name", itertools.product(NAMED, NAMED)))
def sequential_refuses_two_layers_of_one_name(case):
    """Neighbours or not, with an Input or not, in a list or added."""
    for first in ([], [keras.Input((4,))]):
        for between in ([], [layers.Dense(4, name="other")]):
            one, other = NAMED[case[0]](), NAMED[case[1]]()
            steps = [*first, one, *between]
            refusal = "Name 'it' is already the name of a layer"
            assert refusal in refused(keras.Sequential, [*steps, other])
            assert refusal in refused(keras.Sequential(steps).add, other)


class Probe(layers.Layer):
    """Note the arguments of the call."""

    def __init__(self):
        super().__init__()
        self.supports_masking = True
        self.seen = []

    def call(self, x, training=None, mask=None):
        self.seen.append((training, mask))
        return x


@over(STACKS)
def sequential_hands_on_training_and_mask(stack):
    """Stand a layer that notes its arguments before each layer, and at the end."""
    x = stack.x()
    x[:, ::2] = 0
    probes = [Probe() for _ in range(len(stack.layers) + 1)]
    steps = [
        step for pair in zip(probes, stack.new_layers(), strict=False) for step in pair
    ]
    for first in ([stack.input()], []):
        model = keras.Sequential([*first, *steps, probes[-1]])
        model(x)
        reset(model)
        masks, y = [], ops.convert_to_tensor(x)
        for layer in model.layers:
            if isinstance(layer, Probe):
                masks.append(getattr(y, "_keras_mask", None))
            y = layer(y)
        for training in (True, False):
            for probe in probes:
                probe.seen.clear()
            model(x, training=training)
            for probe, mask in zip(probes, masks, strict=True):
                ((given, got),) = probe.seen
                assert given is training
                assert (got is None) == (mask is None)
                assert mask is None or same(got, mask)


LARGE_IDS = Stack(
    "large ids",
    (3,),
    ("layers.Embedding(5000, 2)", "layers.Flatten()", "layers.Dense(2)"),
    "int32",
)
LARGE_IDS_IN_HALF = Stack(
    "large ids in float16",
    (3,),
    (
        "layers.Embedding(5000, 2, dtype='mixed_float16')",
        "layers.Flatten(dtype='mixed_float16')",
        "layers.Dense(2, dtype='mixed_float16')",
    ),
    "int32",
)


@over(
    Part(
        "stacks", (*STACKS.fixed, *NEW, LARGE_IDS, LARGE_IDS_IN_HALF), STACKS.drawn
    ).where(lambda stack: len(stack.layers) > 1, "stacks of two layers or more")
)
def a_nested_sequential_is_one_layer(stack):
    """Put the first layers, the last, and all into a Sequential with an Input."""
    parts = stack.new_layers()
    flat = keras.Sequential([stack.input(), *parts])
    middle = len(parts) // 2
    first = keras.Sequential([stack.input(), *stack.new_layers()[:middle]])
    reached = first.outputs[0]
    x = stack.x() + (2046 if "large ids" in stack.name else 0)
    reset(flat)
    once = flat(x)
    trained = keras.Sequential([stack.input(), *stack.new_layers()])(x, training=True)
    for inner, outer in [
        (parts[:middle], lambda inner, rest: [inner, *rest]),
        (parts[middle:], lambda inner, rest: [*rest, inner]),
        (parts, lambda inner, rest: [inner]),
    ]:
        rest = parts[middle:] if inner == parts[:middle] else parts[:middle]
        begin = stack.input()
        if inner == parts[middle:]:
            begin = keras.Input(batch_shape=reached.shape, dtype=reached.dtype)
        listed = outer(keras.Sequential([begin, *inner]), rest)
        nested = keras.Sequential([stack.input(), *listed])
        assert len(nested.layers) == len(listed)
        assert len(flat.layers) == len(stack.layers)
        reset(flat)
        assert same(nested(x), once, 1e-6)
        assert {id(w) for w in nested.weights} == {id(w) for w in flat.weights}
    again = stack.new_layers()
    inner = keras.Sequential([stack.input(), *again[:middle]])
    nested = keras.Sequential([stack.input(), inner, *again[middle:]])
    assert same(nested(x, training=True), trained, 1e-6)


@over(STACKS)
def the_outer_sequential_misses_later_changes(stack):
    """Add to the inner model a layer that changes its shape, in three places."""
    x = stack.x()
    new = stack.new_layers
    for make, rest in [
        (lambda: keras.Sequential([stack.input(), *new()]), []),
        (lambda: keras.Sequential(new()), []),
        (lambda: keras.Sequential([stack.input(), *new()]), [layers.ReLU()]),
    ]:
        body = make()
        outer = keras.Sequential([stack.input(), body, *rest])
        old = outer.output_shape
        before = body(x)
        reset(body)
        added = layers.Dense(7)
        body.add(added)
        expected = added(before)
        for layer in rest:
            expected = layer(expected)
        assert same(outer(x), expected, 1e-6)
        assert outer.output_shape == old and old[-1] != 7


FIRST = {
    "dense": lambda: [layers.Dense(4)],
    "deep": lambda: [layers.Dense(3, activation="relu"), layers.Dense(4)],
    "dropout": lambda: [layers.Dropout(0.3), layers.Dense(4)],
    "normalized": lambda: [layers.Dense(4), layers.BatchNormalization()],
    "nested": lambda: [keras.Sequential([layers.Dense(4, "tanh")])],
}
ADDED = {
    "Dense": lambda: layers.Dense(4),
    "BatchNormalization": lambda: layers.BatchNormalization(),
    "PReLU": lambda: layers.PReLU(alpha_initializer="ones"),
    "own layer": Scale,
    "a model": lambda: keras.Sequential([layers.Dense(4)]),
}
OPTIMIZERS = ("sgd", "adam", "rmsprop")


@over(
    each(
        "models, added layers and optimizers",
        [
            (*pair, OPTIMIZERS[number % 3])
            for number, pair in enumerate(itertools.product(FIRST, ADDED))
        ],
    )
)
def fit_after_add_leaves_the_new_layer_untrained(case):
    """Fit, add, fit, compile, fit; then the same with run_eagerly=True."""
    first, added, optimizer = case
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    for eagerly in (False, True):
        way = {"loss": "mse", "run_eagerly": eagerly, "jit_compile": False}
        model = keras.Sequential([keras.Input((4,)), *FIRST[first]()])
        model.compile(optimizer, **way)
        model.fit(x, x, verbose=0)
        new = ADDED[added]()
        model.add(new)
        assert model.output_shape == (None, 4) and new.trainable_weights
        before = new.get_weights()
        if eagerly:
            message = ""
            try:
                model.fit(x, x, verbose=0)
            except ValueError as error:
                message = str(error)
            assert message.startswith("Unknown variable:")
        else:
            model.fit(x, x, verbose=0)
            assert same(new.get_weights(), before)
        model.compile(optimizer, **way)
        trained = [w.numpy() for w in new.trainable_weights]
        model.fit(x, x, verbose=0)
        assert not same(new.trainable_weights, trained)
