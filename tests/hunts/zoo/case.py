"""A network of the zoo: runnable code that makes it, and data for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from . import own

# What the code of a network may use.
NAMES = {
    "keras": keras,
    "layers": layers,
    "ops": ops,
    "np": np,
    **{name: vars(own)[name] for name in ("Counter", "NoisyDense", "Scale", "Split")},
}
HEADER = """\
import keras
import numpy as np
from keras import layers, ops

from tests.hunts.zoo.own import Counter, NoisyDense, Scale, Split

keras.utils.set_random_seed(0)
"""
UNKNOWN = 6  # what an unknown dimension becomes in data
ROWS = 5
WORDS = 10  # integers are below it
PADDING = 2  # steps at the end of some sequences


def made(code: str, **names: object) -> Any:
    """Make what an expression of the zoo says; it may use more `names`."""
    return eval(code, {**NAMES, **names})


def floats(*shape: int, seed: int = 0) -> np.ndarray:
    """Draw an array of normal numbers."""
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def data_for(tensor: keras.KerasTensor, rows: int = ROWS, seed: int = 0) -> np.ndarray:
    """Return an array that fits a symbolic tensor: `rows` rows, or what it asks for."""
    random = np.random.default_rng(seed)
    first, *rest = tensor.shape
    shape = (first or rows, *(n or UNKNOWN for n in rest))
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    if dtype.startswith("int"):
        array = random.integers(1, WORDS, shape).astype(dtype)
    else:
        array = random.normal(size=shape).astype(dtype)
    if len(shape) == (2 if dtype.startswith("int") else 3) and shape[1] > PADDING:
        array[1::2, -PADDING:] = 0  # every other sequence ends early: masks matter
    return array


@dataclass(frozen=True, eq=False)
class Case:
    """A network: `code` defines `model` when it runs after `HEADER`.

    `kind` is sequential, functional or subclass; `form` says how it was made. A
    subclassed network is built by its code. `inputs` are the symbolic tensors that it
    takes, as code; a functional model can tell them itself.
    """

    name: str
    code: str
    kind: str
    form: str = ""
    inputs: str = ""
    size: int = 0  # the smaller, the better as a counter-example
    stack: object = None  # the `Stack` it was made of, if it was
    seen: dict[str, object] = field(default_factory=dict, repr=False)

    def fresh(self, seed: int = 0) -> keras.Model:
        """Make the network anew: the same `seed`, the same weights."""
        keras.utils.set_random_seed(seed)
        names = dict(NAMES)
        exec(compile(self.code, f"<{self.name}>", "exec"), names)
        return names["model"]

    def unbuilt(self, seed: int = 0) -> keras.Model:
        """Make a subclassed network anew, without its first call, which builds it."""
        code, call = self.code.rsplit("\nmodel(", 1)
        assert "\n" not in call.strip()
        keras.utils.set_random_seed(seed)
        names = dict(NAMES)
        exec(code, names)
        return names["model"]

    @cached_property
    def model(self) -> keras.Model:
        """The network that all properties share: a property must not change it."""
        return self.fresh()

    @cached_property
    def given(self) -> object:
        """The symbolic tensors that it takes: one, a list or a dict of them."""
        if self.inputs:
            return eval(self.inputs, dict(NAMES))
        return self.model.input

    def x(self, rows: int = ROWS, seed: int = 0) -> object:
        """Return inputs, in the structure that the network takes, each with its own."""
        given = keras.tree.flatten(self.given)
        arrays = [data_for(each, rows, seed + 100 * n) for n, each in enumerate(given)]
        return keras.tree.pack_sequence_as(self.given, arrays)

    def y(self, rows: int = ROWS, seed: int = 1) -> object:
        """Return targets for a loss such as "mse", in the structure of the outputs."""
        random = np.random.default_rng(seed)

        def target(answer: object) -> np.ndarray:
            return random.normal(size=np.shape(answer)).astype("float32")

        return keras.tree.map_structure(target, self.model(self.x(rows)))

    def has(self, *kinds: type) -> bool:
        """Whether a layer of one of these classes is in it, at any depth."""
        return any(isinstance(layer, kinds) for layer in self.every_layer)

    @cached_property
    def every_layer(self) -> list[layers.Layer]:
        """All layers, those inside other layers too, the model itself not."""
        found: list[layers.Layer] = []

        def visit(layer: layers.Layer) -> None:
            # A layer of one's own holds layers as attributes, alone or in lists.
            inner = getattr(layer, "layers", None) or [
                each
                for value in vars(layer).values()
                for each in (value if isinstance(value, list | tuple) else [value])
                if isinstance(each, layers.Layer)
            ]
            for each in inner:
                if all(each is not other for other in found):
                    found.append(each)
                    visit(each)

        visit(self.model)
        return found

    @cached_property
    def random(self) -> bool:
        """Whether training differs from inference by chance: dropout or noise."""
        return self.has(*RANDOM)

    @cached_property
    def counts(self) -> bool:
        """Whether training changes weights that no gradient changes."""
        return bool(self.model.non_trainable_variables) and self.has(
            layers.BatchNormalization, own.Counter
        )

    @cached_property
    def float32(self) -> bool:
        """Whether it computes in float32 everywhere."""
        return all(layer.compute_dtype == "float32" for layer in self.every_layer)

    def where(self, *conditions: Callable[["Case"], bool]) -> bool:
        """Whether all conditions hold."""
        return all(condition(self) for condition in conditions)


RANDOM = (
    layers.Dropout,
    layers.SpatialDropout1D,
    layers.GaussianNoise,
    layers.GaussianDropout,
    layers.AlphaDropout,
    own.NoisyDense,
)


def same(one: object, other: object, tolerance: float = 0.0) -> bool:
    """Whether two structures of arrays are equal, or close to `tolerance`."""
    ones, others = keras.tree.flatten(one), keras.tree.flatten(other)
    if len(ones) != len(others):
        return False
    pairs = [(np.asarray(a), np.asarray(b)) for a, b in zip(ones, others, strict=True)]
    return all(
        a.shape == b.shape
        and np.allclose(
            a.astype("float64"),
            b.astype("float64"),
            rtol=tolerance,
            atol=tolerance,
            equal_nan=True,
        )
        for a, b in pairs
    )
