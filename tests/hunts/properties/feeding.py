"""What fit makes of arrays, lists, dicts and datasets."""

import itertools
import warnings
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import NETWORKS, STACKS, each, same

tree = keras.tree


def in_tuples(structure):
    """Return the structure with tuples for lists, which a dataset needs."""
    return tuple(structure) if isinstance(structure, list) else structure


def ten_rows(case):
    """Return inputs and targets of two batches of five rows."""
    x, y = (
        tree.map_structure(
            lambda *parts: np.concatenate(parts), *(rows(5, seed) for seed in seeds)
        )
        for rows, seeds in ((case.x, (0, 1)), (case.y, (2, 3)))
    )
    return x, y


def trained(case, *data, batches=None, **options):
    """Train a fresh model; return its weights, its loss and the targets it saw."""
    model, seen = case.fresh(), []
    if batches is None:
        step = model.train_step

        def watched(batch):
            seen.append(tree.flatten(batch[1])[0])
            return step(batch)

        model.train_step = watched
    model.compile("sgd", loss="mse", run_eagerly=True)
    history = model.fit(*data, verbose=0, **options).history
    return model.get_weights(), history["loss"], np.concatenate(seen)


@over(replace(NETWORKS, fixed=NETWORKS.fixed[::3]))
def arrays_and_dataset_train_alike(case):
    """Compare a dataset with arrays in order, and with shuffled ones."""
    x, y = ten_rows(case)
    rows = tf.data.Dataset.from_tensor_slices((in_tuples(x), in_tuples(y)))
    *from_rows, rows_seen = trained(case, rows.batch(5))
    *in_order, order_seen = trained(case, x, y, batch_size=5, shuffle=False)
    *_, shuffled_seen = trained(case, x, y, batch_size=5)
    targets = tree.flatten(y)[0]
    assert same(from_rows, in_order)
    assert same(rows_seen, targets) and same(order_seen, targets)
    assert not same(shuffled_seen, targets)
    assert same(np.sort(shuffled_seen, axis=None), np.sort(targets, axis=None))


def stack():
    return keras.Sequential([keras.Input((4,)), layers.Dense(1)])


def deferred():
    return keras.Sequential([layers.Dense(3, activation="tanh"), layers.Dense(1)])


def graph():
    inputs = keras.Input((4,))
    return keras.Model(inputs, layers.Add()([layers.Dense(4)(inputs), inputs]))


class Subclass(keras.Model):
    def __init__(self):
        super().__init__()
        self.norm, self.dense = layers.BatchNormalization(), layers.Dense(1)

    def call(self, x, training=False):
        return self.dense(self.norm(x, training=training))


BUILDS = (stack, deferred, graph, Subclass)


@over(
    each(
        "models, numbers of rows and batch sizes",
        itertools.product(BUILDS, (10, 24), (1, 8, 50), (1, 32)),
    )
)
def batch_size_is_ignored_for_a_dataset(case):
    """Count the rows of each step, and look for a warning."""
    build, rows, of_dataset, batch_size = case
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    model, seen = build(), []
    model.compile("sgd", loss="mse", run_eagerly=True)
    step = model.train_step

    def watched(batch):
        seen.append(len(batch[0]))
        return step(batch)

    model.train_step = watched
    data = tf.data.Dataset.from_tensor_slices((x, x[:, :1])).batch(of_dataset)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(data, batch_size=batch_size, shuffle=False, verbose=0)
    full, rest = divmod(rows, of_dataset)
    assert seen == [of_dataset] * full + [rest] * bool(rest)
    assert int(model.optimizer.iterations) == len(seen)
    assert caught == []


JOINS = {
    "concatenate": lambda a, b: layers.Concatenate()([a, b]),
    "subtract": lambda a, b: a - b,
    "scaled": lambda a, b: a * ops.sigmoid(b),
    "maximum": lambda a, b: layers.Maximum()([a, b]),
    "one is not read much": lambda a, b: a + 0.0 * b,
}
TOWERS = {
    "none": lambda: (lambda a: a, lambda b: b),
    "two": lambda: (layers.Dense(3), layers.Dense(3, activation="relu")),
    "shared": lambda: (layers.Dense(3),) * 2,
}


@over(
    each(
        "models with two inputs of one shape",
        itertools.product(JOINS, TOWERS, ((4,), (6, 3), (8, 8, 1))),
    )
)
def a_list_in_the_wrong_order_trains(case):
    """Feed the list in the wrong order: each input takes what stands in its place."""
    join, towers, shape = case
    outputs = len(shape)

    def fitted(order, *arrays):
        keras.utils.set_random_seed(0)
        ends = [keras.Input(shape, name="old"), keras.Input(shape, name="new")]
        left, right = TOWERS[towers]()
        joined = JOINS[join](left(ends[0]), right(ends[1]))
        flat = layers.Flatten()(joined)
        heads = [layers.Dense(n + 1)(flat) for n in range(outputs)]
        model = keras.Model([ends[n] for n in order], heads)
        model.compile("sgd", loss="mse", run_eagerly=True)
        targets = [np.ones((8, n + 1)) for n in range(outputs)]
        model.fit(list(arrays), targets, batch_size=4, shuffle=False, verbose=0)
        return model.get_weights()

    random = np.random.default_rng(0)
    old, new = (random.normal(size=(8, *shape)).astype("float32") for _ in "ab")
    wrong = fitted([0, 1], new, old)
    assert same(wrong, fitted([1, 0], old, new))
    assert all(np.isfinite(weight).all() for weight in wrong)


@over(replace(STACKS, fixed=STACKS.fixed[::2]))
def a_flat_triple_is_x_y_weight(stack):
    """Train a Sequential on triples and with weights; give them to two inputs."""
    x = np.concatenate([stack.x(5, 0), stack.x(5, 1)])
    random = np.random.default_rng(2)
    shape = stack.case("list").model.output_shape
    y = random.normal(size=(10, *(n or 6 for n in shape[1:]))).astype("float32")
    ones = [1] * max(len(shape) - 2, 1)
    weight = random.uniform(0.5, 2.0, size=(10, *ones)).astype("float32")

    def fitted(*data, **options):
        model = stack.sequential()
        model.compile("sgd", loss="mse", run_eagerly=True)
        history = model.fit(*data, shuffle=False, verbose=0, **options).history
        return history["loss"], model.get_weights()

    triples = tf.data.Dataset.from_tensor_slices((x, y, weight)).batch(5)
    flat = fitted(triples)
    assert same(flat, fitted(x, y, sample_weight=weight, batch_size=5))
    assert not same(flat, fitted(x, y, batch_size=5))

    ends = [stack.input(), stack.input()]
    outputs = layers.Add()([stack.sequential()(end) for end in ends])
    model = keras.Model(ends, outputs)
    model.compile("sgd", loss="mse", run_eagerly=True)
    try:
        model.fit(triples, shuffle=False, verbose=0)
    except ValueError as error:
        assert "it received 1 input tensors" in str(error)
    else:
        raise AssertionError("it was not refused")


class Receiver(keras.Model):
    """Uses the first array of what it is given, and notes the structure."""

    def __init__(self):
        super().__init__()
        self.dense, self.received = layers.Dense(1), []

    def call(self, x, training=False):
        self.received.append(sorted(x) if isinstance(x, dict) else type(x))
        return self.dense(tree.flatten(x)[0])


KEYS = (("a",), ("b", "a"), ("old", "new", "row"), ("z", "x y", "1", "mask"))


@over(
    each(
        "structures of inputs",
        itertools.product((*KEYS, 1, 2, 3, 5), ((4,), (6, 3)), (2, 32), (True, False)),
    )
)
def a_subclass_receives_the_structure_as_passed(case):
    """Note what call receives for a dict with keys, and for a list of arrays."""
    keys, shape, batch_size, eager = case
    array = np.ones((6, *shape), "float32")
    as_list = isinstance(keys, int)
    x = [array] * keys if as_list else dict.fromkeys(keys, array)
    keras.utils.set_random_seed(0)
    model = Receiver()
    model.compile("sgd", loss="mse", run_eagerly=eager)
    model.fit(x, np.ones((6, *shape[:-1], 1)), batch_size=batch_size, verbose=0)
    expected = tuple if as_list else sorted(keys)
    assert model.received and all(found == expected for found in model.received)


class DictOutputs(keras.Model):
    def __init__(self, sizes):
        super().__init__()
        self.heads = {key: layers.Dense(size) for key, size in sizes.items()}

    def call(self, x, training=False):
        return {key: head(x) for key, head in self.heads.items()}


class TupleOutputs(DictOutputs):
    def call(self, x, training=False):
        return tuple(super().call(x).values())


SIZES = (
    {"price": 1, "pair": 2},
    {"a": 1, "b": 1},
    {"c": 2, "b": 3, "a": 4},
    {"one": 1, "two": 1, "three": 5, "four": 2},
    {"loss of": 3, "x": 1},
)
LOSSES = (
    "mse",
    "mae",
    "huber",
    "log_cosh",
    keras.losses.MeanSquaredError,
    keras.losses.CategoricalHinge,
)


@over(
    each(
        "outputs and losses",
        itertools.product(SIZES, LOSSES),
    )
)
def tuple_outputs_of_a_subclass_have_no_names(case):
    """Read the history of one model with a dict, and of one with a tuple."""
    sizes, loss = case
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    y = {key: np.ones((8, size), "float32") for key, size in sizes.items()}

    def history(kind, targets):
        keras.utils.set_random_seed(0)
        model = kind(sizes)
        one = loss if isinstance(loss, str) else loss()
        model.compile("sgd", loss=one, run_eagerly=True)
        found = model.fit(x, targets, verbose=0).history
        return {key: values[0] for key, values in found.items()}

    from_dict = history(DictOutputs, y)
    from_tuple = history(TupleOutputs, list(y.values()))
    assert set(from_dict) == {"loss", *(f"{key}_loss" for key in sizes)}
    (left,) = set(from_tuple) - {"loss"}
    assert isinstance(loss, type) or left == f"{loss}_loss"
    assert np.isclose(from_tuple["loss"], from_dict["loss"])
    del from_dict["loss"]
    assert any(np.isclose(from_tuple[left], value) for value in from_dict.values())
