"""Two devices, mixed precision and XLA."""

import itertools
from contextlib import contextmanager
from dataclasses import replace

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import NETWORKS, STACKS, each
from tests.hunts.zoo.case import NAMES

from . import scaling_devices as two

tree = keras.tree


@over(each("styles, batch sizes and numbers of batches", two.BATCHES))
def batch_size_is_the_global_batch(case):
    """Count the rows that each of two devices computes."""
    _, size, batches = case
    seen = two.found("rows_of_devices")[two.key(*case)]
    assert len(seen) >= 2 * batches and set(seen) == {size // 2}


@over(each("styles, networks and optimizers", two.OUTSIDE))
def forgotten_scope_trains_on_one_device(case):
    """Train where there are two devices, without a scope."""
    devices, seen, moved = two.found("forgotten")[two.key(*case)]
    assert devices == 1
    assert seen[-2:] == [8, 8] and set(seen) == {8}
    assert moved > 0


@over(each("batch sizes, rows of the last batch and losses", two.ENDS))
def each_half_of_a_batch_counts_the_same(case):
    """Compare a step on two devices with the steps of the two parts."""
    _, rows, _ = case
    split, parts, alone, sizes = two.found("last_batches")[two.key(*case)]
    assert sum(sizes) == rows and min(sizes) > 0
    assert np.allclose(split, np.mean(parts, axis=0), atol=1e-5)
    assert np.allclose(split, alone, atol=1e-5) == (sizes[0] == sizes[1])


@over(each("shapes, batch sizes and momentum", two.NORMS))
def batch_normalization_sees_one_device(case):
    """Compare the moving variance with that of one half, and of the batch.

    What `get_weights` returns is the number of the first device.
    """
    shape, size, momentum = case
    x = two.data(size, *shape)
    axes = tuple(range(len(shape)))
    half = x[: size // 2].var(axis=axes)
    whole = x.var(axis=axes)
    of_devices, synchronized = two.found("variances")[two.key(*case)]
    assert np.allclose(of_devices, momentum + (1 - momentum) * half, atol=1e-5)
    assert np.allclose(synchronized, momentum + (1 - momentum) * whole, atol=1e-5)
    assert not np.allclose(of_devices, synchronized, atol=1e-5)


@contextmanager
def policy(name):
    """Set the global policy for a while."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


OPTIMIZERS = ("sgd", "adam", "rmsprop", "adamw", "lion")


@over(
    STACKS.where(
        lambda stack: not stack.case("list").has(keras.Model), "stacks without models"
    )
)
def loss_scaling_follows_the_policy_of_the_model(stack):
    """Compile models under the policy, and models of layers that have it."""

    def scales(model):
        model.compile(OPTIMIZERS[len(stack.layers) % 5], loss="mse")
        return isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)

    with policy("mixed_float16"):
        made = (stack.sequential(), stack.functional(), stack.subclass())
        deferred = keras.Sequential(stack.new_layers())
        assert [scales(model) for model in (*made, deferred)] == [True] * 4
        assert not scales(Net(dtype="float32"))
    assert scales(Net(dtype="mixed_float16")) and not scales(Net())
    for name in ["float32", "mixed_bfloat16"][len(stack.list_code) % 2 :][:1]:
        with policy(name):
            assert not scales(stack.sequential())
            given = [
                type(layer).from_config(
                    {**layer.get_config(), "dtype": "mixed_float16"}
                )
                for layer in stack.new_layers()
            ]
            model = keras.Sequential([stack.input(), *given])
            names = {layer.dtype_policy.name for layer in given}
            assert names == {"mixed_float16"}
            assert not scales(model)
            inputs = stack.input()
            assert not scales(keras.Model(inputs, model(inputs)))
            x = inputs
            for layer in given:
                x = layer(x)
            assert not scales(keras.Model(inputs, x))


class Noted(layers.Layer):
    """Notes the types that it is given: Keras casts nothing for it."""

    def __init__(self, dtype="float32"):
        super().__init__(dtype=dtype, autocast=False)
        self.seen, self.last = [], None

    def call(self, x):
        self.seen.append(keras.backend.standardize_dtype(x.dtype))
        self.last = x
        return ops.cast(x, "float32") * 1e-5


class Net(keras.Model):
    """Hands each of its inputs to the same layer."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.note = Noted()

    def call(self, x, other=None, training=False):
        given = tree.flatten(x if other is None else (x, other))
        return [self.note(one) for one in given]


STRUCTURES = {
    "one": lambda make: make(),
    "a list": lambda make: [make(), make()],
    "a dict": lambda make: {"a": make(), "b": make()},
}


@over(
    each(
        "structures, shapes, types and numbers",
        itertools.product(
            STRUCTURES,
            ((2, 1), (3, 4, 2)),
            ("float32", "float64"),
            (70000.0, -1e5, 3e38),
        ),
    )
)
def a_subclass_casts_its_inputs_first(case):
    """Note what the layers in three models are given, for numbers above 65504."""
    structure, shape, dtype, number = case
    x = STRUCTURES[structure](lambda: np.full(shape, number, dtype))
    ends = STRUCTURES[structure](lambda: keras.Input(shape[1:]))
    with policy("mixed_float16"):
        subclass, kept, note = Net(), Net(autocast=False), Noted()
        outputs = [note(end) for end in tree.flatten(ends)]
        graph = keras.Model(ends, outputs)
        note.seen.clear()
        expected = np.full(shape, number * 1e-5)
        assert all(np.isinf(one).all() for one in subclass(x))
        assert set(subclass.note.seen) == {"float16"}
        for model, seen in ((graph, note.seen), (kept, kept.note.seen)):
            found = tree.flatten(model(x))
            assert all(np.allclose(one, expected, rtol=1e-5) for one in found)
            assert seen and "float16" not in seen
        by_name = Net()(np.ones(shape), other=np.full(shape, number, dtype))
        assert np.isinf(by_name[1]).all()


AFTER = (
    "layers.Dense(2, dtype='float32')",
    "layers.Flatten(dtype='float32')",
    "layers.LayerNormalization(dtype='float32')",
    "layers.Dropout(0.5, dtype='float32')",
    "keras.Sequential([layers.Dense(2)])",
)


@over(
    each(
        "shapes, types, numbers and next layers",
        itertools.product(
            ((1, 1), (3, 4), (2, 5, 3)), ("float32", "float64"), (7e4, -1e5), AFTER
        ),
    )
)
def sequential_without_input_casts_its_first_inputs(case):
    """Note what the first layer is given, in three calls."""
    shape, dtype, number, after = case
    x = np.full(shape, number, dtype)
    with policy("mixed_float16"):
        for declared, computes in itertools.product((0, 1), ("float32", None)):
            note = Noted(computes)
            begin = [keras.Input(shape[1:])] if declared else []
            model = keras.Sequential([*begin, note, eval(after, dict(NAMES))])
            infinite = []
            for _ in range(3):
                model(x)
                infinite.append(bool(np.isinf(note.last).all()))
            half = not declared and computes is None
            assert note.compute_dtype == (computes or "float16")
            assert infinite == [not declared, half, half]
            assert half or np.allclose(note.last, number)


@over(replace(NETWORKS, fixed=NETWORKS.fixed[::2]))
def jit_compile_is_off_without_a_gpu(case):
    """Compile by default, and with XLA."""
    model = case.fresh()
    model.compile("adam", loss="mse")
    assert model.jit_compile is False
    model.compile("adam", loss="mse", jit_compile=True)
    assert model.jit_compile is True
