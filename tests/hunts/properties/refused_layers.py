"""What a Sequential refuses in its row: layers of two tensors, and wrong shapes."""

import itertools

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import Stack, data_for, each, made, refusal, same


def reason(call):
    """Return why a call is refused, by which error; empty: it is not."""
    try:
        call()
    except (ValueError, TypeError, KeyError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


@keras.saving.register_keras_serializable("refused")
class Two(layers.Layer):
    """Needs two tensors."""

    def call(self, x, y):
        return x + y


@keras.saving.register_keras_serializable("refused")
class TwoBuilt(layers.Layer):
    """Needs two tensors, and builds by the shapes of both."""

    def build(self, x_shape, y_shape):
        self.w = self.add_weight(shape=(x_shape[-1], y_shape[-1]))

    def call(self, x, y):
        return ops.matmul(x, self.w) + y


@keras.saving.register_keras_serializable("refused")
class Three(layers.Layer):
    """Needs three tensors."""

    def call(self, x, y, z, training=False):
        return x + y * z


@keras.saving.register_keras_serializable("refused")
class TwoModel(keras.Model):
    """A model that needs two tensors."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(4)

    def call(self, x, y, training=False):
        return self.dense(x) + y


@keras.saving.register_keras_serializable("refused")
class Strict(layers.Layer):
    """Needs to be told whether it trains."""

    def call(self, inputs, training):
        return inputs


@keras.saving.register_keras_serializable("refused")
class NeedsMask(layers.Layer):
    """Needs a mask."""

    def call(self, inputs, mask):
        return inputs


@keras.saving.register_keras_serializable("refused")
class NeedsBoth(layers.Layer):
    """Needs a mask and to be told whether it trains."""

    def call(self, inputs, training, mask):
        return inputs


@keras.saving.register_keras_serializable("refused")
class Relaxed(layers.Layer):
    """Needs one tensor."""

    def call(self, inputs, other=None, training=False, mask=None):
        return inputs


NEED_TWO = {
    "MultiHeadAttention": lambda: layers.MultiHeadAttention(2, 2),
    "GroupQueryAttention": lambda: layers.GroupQueryAttention(2, 2, 1),
    "GRUCell": lambda: layers.GRUCell(4),
    "LSTMCell": lambda: layers.LSTMCell(4),
    "SimpleRNNCell": lambda: layers.SimpleRNNCell(4),
    "StackedRNNCells": lambda: layers.StackedRNNCells([layers.GRUCell(4)]),
    "Two": Two,
    "TwoBuilt": TwoBuilt,
    "Three": Three,
    "TwoModel": TwoModel,
    "Strict": Strict,
    "NeedsMask": NeedsMask,
    "NeedsBoth": NeedsBoth,
}
AROUND = {
    "alone": lambda it: [it],
    "first": lambda it: [it, layers.Dense(4)],
    "last": lambda it: [layers.Dense(4), it],
    "in the middle": lambda it: [layers.ReLU(), it, layers.LayerNormalization()],
    "behind two tensors": lambda it: [layers.Dense(4), made("Split()"), it],
    "in a Sequential": lambda it: [layers.Dense(4), keras.Sequential([it])],
}
SHAPE = (5, 4)


@over(
    each(
        "layers that require two arguments, and places in a stack",
        itertools.product(NEED_TWO, AROUND),
    )
)
def sequential_refuses_layers_that_need_two_tensors(case):
    """Make it with an Input by a list and by add; call one without on all sorts."""
    kind, place = case
    says = "multiple required positional arguments"
    x = np.ones((2, *SHAPE), "float32")

    def steps(maker=NEED_TWO[kind]):
        return AROUND[place](maker())

    def add():
        model = keras.Sequential([keras.Input(SHAPE)])
        for step in steps():
            model.add(step)

    start = [keras.Input(SHAPE)]
    assert says in refusal(lambda: keras.Sequential([*start, *steps()]))
    assert says in refusal(add)
    calls = [
        lambda model: model(x),
        lambda model: model(x, training=True),
        lambda model: model(keras.Input(SHAPE)),
    ]
    if place == "alone":
        calls.append(lambda model: model.predict(x, verbose=0))
    for call in calls:
        model = keras.Sequential(steps())  # it is made without an error
        assert not model.built
        assert reason(lambda model=model, call=call: call(model))
    model = keras.Sequential(steps())
    assert says in refusal(lambda: model(x))
    # With defaults, and on two tensors of a functional model, it works.
    relaxed = steps(Relaxed)
    assert keras.tree.flatten(keras.Sequential([*start, *relaxed])(x))
    if "Needs" not in kind and kind != "Strict" and "Cell" not in kind:
        tensors = [keras.Input(SHAPE) for _ in range(3 if kind == "Three" else 2)]
        graph = keras.Model(tensors, NEED_TWO[kind]()(*tensors))
        assert graph([x] * len(tensors)).shape == x.shape


TWO_OUT = {
    "a list": "(lambda i: keras.Model(i, [layers.Dense(3)(i), layers.Dense(2)(i)]))"
    "(keras.Input((4,)))",
    "a dict": "(lambda i: keras.Model(i, {'a': layers.Dense(3)(i), 'b': i}))"
    "(keras.Input((4,)))",
    "a tuple": "(lambda i: keras.Model(i, (layers.Dense(3)(i), layers.Dense(3)(i))))"
    "(keras.Input((4,)))",
    "a Sequential": "keras.Sequential([keras.Input((4,)), Split()])",
    "images": "(lambda i: keras.Model(i, [layers.Reshape((8, 8, 1))("
    "layers.Dense(64)(i)) for _ in 'ab']))(keras.Input((4,)))",
    "a subclass": "TwoHeads()",
}


@keras.saving.register_keras_serializable("refused")
class TwoHeads(keras.Model):
    """Returns two tensors."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.one, self.other = layers.Dense(3), layers.Dense(3)

    def call(self, x, training=False):
        return self.one(x), self.other(x)


# All have an `input_spec`: some from the start, some when they are built.
CHECKING = [
    ("layers.Dense(4)", (3,)),
    ("layers.Dense(4, dtype='mixed_float16')", (3,)),
    ("layers.EinsumDense('ab,bc->ac', 3)", (3,)),
    ("layers.Conv1D(2, 1)", (6, 3)),
    ("layers.Conv2D(2, 3)", (8, 8, 1)),
    ("layers.Conv3D(2, 3)", (8, 8, 8, 1)),
    ("layers.Conv2DTranspose(2, 3)", (8, 8, 1)),
    ("layers.DepthwiseConv2D(3)", (8, 8, 1)),
    ("layers.SeparableConv2D(2, 3)", (8, 8, 1)),
    ("layers.MaxPooling2D()", (8, 8, 1)),
    ("layers.AveragePooling1D(2)", (6, 3)),
    ("layers.GlobalAveragePooling2D()", (8, 8, 1)),
    ("layers.GlobalMaxPooling1D()", (6, 3)),
    ("layers.LSTM(3)", (6, 3)),
    ("layers.GRU(3, return_sequences=True)", (6, 3)),
    ("layers.SimpleRNN(3)", (6, 3)),
    ("layers.Bidirectional(layers.GRU(3))", (6, 3)),
    ("layers.ConvLSTM1D(2, 3)", (4, 6, 2)),
    ("layers.SpatialDropout1D(0.5)", (6, 3)),
    ("layers.Cropping2D(1)", (8, 8, 1)),
    ("layers.ZeroPadding1D(1)", (6, 3)),
    ("layers.UpSampling2D()", (8, 8, 1)),
    ("layers.RepeatVector(3)", (3,)),
    ("layers.Permute((2, 1))", (6, 3)),
    ("layers.Flatten()", (8, 8, 1)),
    ("layers.BatchNormalization()", (3,)),
    ("layers.GroupNormalization(1)", (3,)),
    ("layers.PReLU()", (3,)),
    ("layers.SpectralNormalization(layers.Dense(3))", (3,)),
    ("keras.Sequential([keras.Input((3,)), layers.Dense(4)])", (3,)),
    ("(lambda i: keras.Model(i, layers.Dense(4)(i)))(keras.Input((3,)))", (3,)),
]


@over(
    each(
        "layers that check their one tensor, behind models with two outputs",
        [
            (layer, heads)
            for (n, layer), (m, heads) in itertools.product(
                enumerate(CHECKING), enumerate(TWO_OUT)
            )
            if (n + m) % 2 == 0
        ],
    )
)
def nothing_follows_two_outputs_in_sequential(case):
    """Put it behind the model, new and built, with an Input and without."""
    (code, shape), heads = case

    def model():
        return TwoHeads() if heads == "a subclass" else made(TWO_OUT[heads])

    for built in (False, True):
        layer = made(code)
        if built:
            layer(keras.Input(shape))
            assert layer.input_spec or isinstance(layer, keras.Sequential)
        from_start = bool(layer.input_spec)
        found = [
            reason(lambda it=layer: keras.Sequential([keras.Input((4,)), model(), it])),
            reason(lambda it=layer: keras.Sequential([model(), it])(np.ones((2, 4)))),
        ]
        assert all(found)
        if from_start and not isinstance(layer, keras.Model):
            assert all("but it received 2 input tensors" in text for text in found)
            assert all("expects 1 " in text for text in found)
    # Behind one tensor of the shape, it works; and the two outputs may come last.
    row = keras.Sequential([keras.Input(shape), made(code)])
    assert row(data_for(row.inputs[0])).shape
    last = keras.Sequential([keras.Input((4,)), model()])
    assert len(keras.tree.flatten(last(np.ones((2, 4), "float32")))) == 2


MEMBERS = [
    Stack(name, shape, tuple(f"layers.{code}" for code in codes), dtype)
    for name, shape, codes, dtype in [
        (
            "the recipe's",
            (16, 16, 1),
            (
                "Conv2D(8, 3, padding='same', activation='relu')",
                "MaxPooling2D()",
                "GlobalMaxPooling2D()",
                "Dense(10, activation='softmax')",
            ),
            "float32",
        ),
        (
            "flat",
            (28, 28, 1),
            ("Flatten()", "Dense(10, activation='softmax')"),
            "float32",
        ),
        (
            "colors",
            (8, 8, 3),
            ("Conv2D(4, 3)", "Flatten()", "Dense(10)", "Softmax()"),
            "float32",
        ),
        (
            "any size",
            (None, None, 1),
            ("Conv2D(4, 3)", "GlobalAveragePooling2D()", "Dense(10, 'softmax')"),
            "float32",
        ),
        (
            "integers",
            (8, 8, 1),
            ("Rescaling(1 / 16)", "Flatten()", "Dense(10, 'softmax')"),
            "int32",
        ),
        (
            "rows as steps",
            (16, 16),
            ("LSTM(8)", "Dropout(0.5)", "Dense(10, 'softmax')"),
            "float32",
        ),
        (
            "of ten by ten pixels",
            (10, 10, 1),
            ("Flatten()", "Dense(16, 'relu')", "Dense(10, 'softmax')"),
            "float32",
        ),
        (
            "of ten channels",
            (6, 6, 10),
            (
                "BatchNormalization()",
                "Conv2D(10, 3)",
                "GlobalMaxPooling2D()",
                "Softmax()",
            ),
            "float32",
        ),
        (
            "batch normalized",
            (8, 8, 1),
            (
                "BatchNormalization()",
                "Conv2D(4, 3)",
                "Flatten()",
                "Dense(10, 'softmax')",
            ),
            "float32",
        ),
        (
            "volumes",
            (6, 6, 6, 1),
            ("Conv3D(2, 3)", "Flatten()", "Dense(10, 'softmax')"),
            "float32",
        ),
    ]
]
FORMS = ["list", "functional", "subclass", "from_config", "add"]


@over(
    each(
        "pairs of members of an ensemble that read images",
        [
            (stack, FORMS[n % 5], other)
            for n, stack in enumerate(MEMBERS)
            for other in FORMS
        ],
    )
)
def members_in_a_stack_feed_each_other(case):
    """Look at what stands behind the first member; then put the second there."""
    stack, first, second = case
    one, other = stack.case(first).fresh(0), stack.case(second).fresh(1)
    x = stack.x()
    probe = layers.Identity()
    row = keras.Sequential([stack.input(), one, probe])
    assert probe.input.shape == (None, 10) and probe.input is not row.inputs[0]
    answers = np.asarray(row(x))
    assert same(answers, one(x), 1e-6) and np.allclose(answers.sum(axis=1), 1, 1e-3)
    # The sizes fit sometimes, and the second refuses the numbers and not the tensor.
    says = refusal(lambda: keras.Sequential([stack.input(), one, other])(x))
    fits = None in stack.shape or stack.shape[0] == 10
    assert says and (fits or "is incompatible with the layer" in says), says
    assert reason(lambda: other(answers))
    # Side by side, they work.
    image = stack.input()
    ensemble = keras.Model(image, layers.Average()([one(image), other(image)]))
    both = (np.asarray(one(x)) + np.asarray(other(x))) / 2
    assert same(ensemble(x), both, 1e-5)


ENCODERS = [
    Stack(name, shape, tuple(f"layers.{code}" for code in codes), dtype)
    for name, shape, codes, dtype in [
        ("the recipe's", (64,), ("Dense(8, activation='relu')", "Dense(1)"), "float32"),
        ("one dense layer", (5,), ("Dense(3)",), "float32"),
        ("normalized", (6,), ("BatchNormalization()", "Dense(3, 'tanh')"), "float32"),
        ("rescaled integers", (8,), ("Rescaling(1 / 16)", "Dense(3)"), "int32"),
        ("flattened", (8, 8, 1), ("Flatten()", "Dense(3)"), "float32"),
        ("convolution", (8, 8, 1), ("Conv2D(3, 3)", "GlobalMaxPooling2D()"), "float32"),
        ("colors", (6, 6, 3), ("Conv2D(3, 3)", "Flatten()", "Dense(2)"), "float32"),
        (
            "any size",
            (None, None, 1),
            ("Conv2D(3, 3)", "GlobalAveragePooling2D()"),
            "float32",
        ),
        ("rows as steps", (8, 6), ("GRU(4)", "Dense(2)"), "float32"),
        ("patches", (8, 8, 2), ("Reshape((8, 16))", "LSTM(3)"), "float32"),
        ("volumes", (4, 4, 4, 1), ("Conv3D(2, 2)", "Flatten()"), "float32"),
    ]
]
ENCODER_FORMS = ["list", "functional", "from_config", "functional clone"]


@over(
    each(
        "encoders of one image, and numbers of images",
        [
            (stack, form, many)
            for n, stack in enumerate(ENCODERS)
            for m, form in enumerate(ENCODER_FORMS)
            if (n + m) % 2 == 0
            # As many as there are rows in an image, and any number, fit more easily.
            for many in {3, stack.shape[0] or 5, None}
        ],
    )
)
def an_encoder_alone_does_not_spread_over_a_set(case):
    """Put it into a Sequential that takes sets; then the same in TimeDistributed."""
    stack, form, many = case
    encoder = stack.case(form).fresh()
    shape = (many, *stack.shape)
    x = data_for(keras.Input(shape, dtype=stack.dtype))
    images = stack.x()
    assert len(encoder(images)) == len(images)

    def row(step):
        return keras.Sequential([keras.Input(shape, dtype=stack.dtype), step])

    # If the sizes fit by chance, it is refused when it gets the numbers.
    assert refusal(lambda: row(encoder)(x))
    if many:
        spread = np.asarray(row(layers.TimeDistributed(encoder))(x))
        for n in range(many):
            assert same(spread[:, n], encoder(x[:, n]), 1e-4)
