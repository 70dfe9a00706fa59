"""Stacks: layers in a row, and every way to make a model of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np

from .case import NAMES, ROWS, Case, data_for


@dataclass(frozen=True, eq=False)
class Stack:
    """Layers in a row: `layers` are expressions, `shape` is that of one row."""

    name: str
    shape: tuple[int | None, ...]
    layers: tuple[str, ...]
    dtype: str = "float32"
    rows: int | None = None  # a batch size that the input fixes

    @property
    def input_code(self) -> str:
        """The expression that makes the input."""
        if self.rows:
            shape = (self.rows, *self.shape)
            return f"keras.Input(batch_shape={shape}, dtype={self.dtype!r})"
        return f"keras.Input({self.shape}, dtype={self.dtype!r})"

    @property
    def list_code(self) -> str:
        """The expression that makes the list of layers."""
        return "[\n" + "".join(f"    {layer},\n" for layer in self.layers) + "]"

    def new_layers(self, seed: int = 0) -> list[keras.layers.Layer]:
        """Make the layers: unbuilt, and different objects each time."""
        keras.utils.set_random_seed(seed)
        return eval(self.list_code, dict(NAMES))

    def input(self) -> keras.KerasTensor:
        """Make the symbolic input."""
        return eval(self.input_code, dict(NAMES))

    def x(self, rows: int = ROWS, seed: int = 0) -> np.ndarray:
        """Return an array that fits."""
        return data_for(self.input(), rows, seed)

    def sequential(self, seed: int = 0) -> keras.Sequential:
        """Make a Sequential from a list."""
        return self.case("list").fresh(seed)

    def functional(self, seed: int = 0) -> keras.Model:
        """Make a functional model, whose weights are those of `sequential`."""
        return self.case("functional").fresh(seed)

    def subclass(self, seed: int = 0) -> keras.Model:
        """Make a subclassed model, built, whose weights are those of `sequential`."""
        return self.case("subclass").fresh(seed)

    @cached_property
    def cases(self) -> dict[str, Case]:
        """A network for each form."""
        return {form: self._case(form) for form in FORMS}

    def case(self, form: str) -> Case:
        """Return the network of a form."""
        return self.cases[form]

    def _case(self, form: str) -> Case:
        code = FORMS[form].format(
            layers=self.list_code, input=self.input_code, rows=self.rows or ROWS
        )
        kind = form if form in ("functional", "subclass") else "sequential"
        kind = "functional" if form.startswith("functional") else kind
        return Case(
            f"{self.name}, {form}",
            code,
            kind,
            form,
            self.input_code,
            len(self.layers),
            self,
        )


FORMS = {
    "list": "model = keras.Sequential([{input}, *{layers}])\n",
    "add": (
        "model = keras.Sequential()\nmodel.add({input})\n"
        "for layer in {layers}:\n    model.add(layer)\n"
    ),
    "functional": (
        "x = inputs = {input}\nfor layer in {layers}:\n    x = layer(x)\n"
        "model = keras.Model(inputs, x)\n"
    ),
    "subclass": """\
class Stack(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.steps = {layers}

    def call(self, x, training=False):
        for layer in self.steps:
            x = layer(x)  # Keras hands `training` on
        return x


model = Stack()
model(np.ones([n or 6 for n in ({rows}, *{input}.shape[1:])], {input}.dtype))
""",
    "from_config": (
        "made = keras.Sequential([{input}, *{layers}])\n"
        "model = keras.Sequential.from_config(made.get_config())\n"
        "model.set_weights(made.get_weights())\n"
    ),
    "functional clone": (
        "x = inputs = {input}\nfor layer in {layers}:\n    x = layer(x)\n"
        "made = keras.Model(inputs, x)\nmodel = keras.models.clone_model(made)\n"
        "for old, new in zip(made.variables, model.variables):\n    new.assign(old)\n"
    ),
    "loaded": (
        "import tempfile\nmade = keras.Sequential([{input}, *{layers}])\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    made.save(folder + '/made.keras')\n"
        "    model = keras.saving.load_model(folder + '/made.keras')\n"
    ),
    "layers of another": (
        "x = inputs = {input}\nfor layer in {layers}:\n    x = layer(x)\n"
        "other = keras.Model(inputs, x)\n"
        "model = keras.Sequential([{input}, *other.layers[1:]])\n"
    ),
}

NESTED = "keras.Sequential([keras.Input((4,)), layers.Dense(3, activation='tanh')])"
RESIDUAL = "(lambda x: keras.Model(x, layers.Add()([x, layers.Dense(4)(x)])))(keras.Input((4,)))"
DEEP = f"keras.Sequential([keras.Input((4,)), {RESIDUAL}, {NESTED}])"
IMAGE = (8, 8, 2)
STEPS = (6, 3)

ALL = [
    Stack("one dense", (4,), ("layers.Dense(2)",)),
    Stack("dense", (4,), ("layers.Dense(3, activation='relu')", "layers.Dense(2)")),
    Stack("no bias", (4,), ("layers.Dense(3, use_bias=False)", "layers.Dense(1)")),
    Stack("softmax", (4,), ("layers.Dense(5)", "layers.Softmax()")),
    Stack("activations only", (4,), ("layers.ReLU()", "layers.LeakyReLU()")),
    Stack("deep", (4,), ("layers.Dense(4, activation='tanh')",) * 6),
    Stack(
        "dropout", (4,), ("layers.Dense(8)", "layers.Dropout(0.5)", "layers.Dense(2)")
    ),
    Stack("noise", (4,), ("layers.GaussianNoise(1.0)", "layers.Dense(2)")),
    Stack("gaussian dropout", (4,), ("layers.GaussianDropout(0.5)", "layers.Dense(2)")),
    Stack(
        "batch normalization",
        (4,),
        ("layers.Dense(3)", "layers.BatchNormalization()", "layers.Dense(2)"),
    ),
    Stack("layer norm", (4,), ("layers.LayerNormalization()", "layers.Dense(2)")),
    Stack("rescaling", (4,), ("layers.Rescaling(0.1, offset=1.0)", "layers.Dense(2)")),
    Stack(
        "regularizers",
        (4,),
        (
            "layers.Dense(3, kernel_regularizer='l2')",
            "layers.Dense(2, activity_regularizer='l1')",
        ),
    ),
    Stack(
        "frozen",
        (4,),
        ("layers.Dense(3, trainable=False)", "layers.Dense(2)"),
    ),
    Stack(
        "convolution",
        IMAGE,
        (
            "layers.Conv2D(3, 3, activation='relu')",
            "layers.MaxPooling2D()",
            "layers.Flatten()",
            "layers.Dense(2)",
        ),
    ),
    Stack(
        "separable convolution",
        IMAGE,
        ("layers.SeparableConv2D(3, 3)", "layers.GlobalAveragePooling2D()"),
    ),
    Stack(
        "depthwise, strides",
        IMAGE,
        ("layers.DepthwiseConv2D(3, strides=2)", "layers.Flatten()", "layers.Dense(1)"),
    ),
    Stack(
        "up and down",
        IMAGE,
        (
            "layers.Conv2D(3, 3, strides=2, padding='same')",
            "layers.Conv2DTranspose(2, 3, strides=2, padding='same')",
        ),
    ),
    Stack(
        "images of any size",
        (None, None, 2),
        ("layers.Conv2D(3, 3)", "layers.GlobalMaxPooling2D()", "layers.Dense(2)"),
    ),
    Stack(
        "batch normalized images",
        IMAGE,
        (
            "layers.Conv2D(3, 3, use_bias=False)",
            "layers.BatchNormalization()",
            "layers.ReLU()",
            "layers.GlobalAveragePooling2D()",
            "layers.Dense(2)",
        ),
    ),
    Stack(
        "causal", STEPS, ("layers.Conv1D(4, 2, padding='causal')", "layers.Dense(2)")
    ),
    Stack("lstm", STEPS, ("layers.LSTM(4)", "layers.Dense(2)")),
    Stack(
        "gru twice", STEPS, ("layers.GRU(4, return_sequences=True)", "layers.GRU(3)")
    ),
    Stack("any length", (None, 3), ("layers.SimpleRNN(4)", "layers.Dense(2)")),
    Stack(
        "bidirectional",
        STEPS,
        ("layers.Bidirectional(layers.GRU(3))", "layers.Dense(2)"),
    ),
    Stack("time distributed", STEPS, ("layers.TimeDistributed(layers.Dense(2))",)),
    Stack(
        "embedding, mask, lstm",
        (6,),
        (
            "layers.Embedding(10, 4, mask_zero=True)",
            "layers.LSTM(3)",
            "layers.Dense(2)",
        ),
        "int32",
    ),
    Stack(
        "embedding, average",
        (None,),
        (
            "layers.Embedding(10, 4)",
            "layers.GlobalAveragePooling1D()",
            "layers.Dense(2)",
        ),
        "int32",
    ),
    Stack(
        "masking",
        STEPS,
        (
            "layers.Masking(0.0)",
            "layers.GRU(3, return_sequences=True)",
            "layers.Dense(1)",
        ),
    ),
    Stack(
        "dropout of steps",
        STEPS,
        ("layers.SpatialDropout1D(0.5)", "layers.Flatten()", "layers.Dense(2)"),
    ),
    Stack(
        "shapes",
        (4,),
        (
            "layers.RepeatVector(3)",
            "layers.Permute((2, 1))",
            "layers.Reshape((6, 2))",
            "layers.Flatten()",
            "layers.Dense(2)",
        ),
    ),
    Stack(
        "one-hot",
        (3,),
        ("layers.CategoryEncoding(10, 'multi_hot')", "layers.Dense(2)"),
        "int32",
    ),
    Stack("nested stack", (4,), (NESTED, "layers.Dense(2)")),
    Stack("residual block", (4,), (RESIDUAL, "layers.Dense(2)")),
    Stack("nested twice", (4,), (DEEP, "layers.Dropout(0.5)", "layers.Dense(2)")),
    Stack("own layer", (4,), ("layers.Dense(3)", "Scale()", "layers.Dense(2)")),
    Stack("own layer with noise", (4,), ("NoisyDense(3)", "layers.Dense(2)")),
    Stack("own layer that counts", (4,), ("Counter()", "layers.Dense(2)")),
    Stack(
        "mixed precision",
        (4,),
        (
            "layers.Dense(3, dtype='mixed_float16')",
            "layers.Dense(2, dtype='mixed_float16')",
        ),
    ),
    Stack(
        "float16 at the end",
        (4,),
        ("layers.Dense(3)", "layers.Dense(2, dtype='float16')"),
    ),
    Stack("batch size given", (4,), ("layers.Dense(3)", "layers.Dense(2)"), rows=5),
    Stack(
        "stateful",
        STEPS,
        ("layers.GRU(3, stateful=True)", "layers.Dense(2)"),
        rows=5,
    ),
]


def networks(form: str) -> Iterator[Case]:
    """Yield all stacks in one form."""
    for stack in ALL:
        yield stack.case(form)
