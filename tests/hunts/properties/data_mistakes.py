"""Data that fit takes without a word: orders, splits, batches, tuples, types."""

import dataclasses
import itertools
import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import EVERY_SEQUENTIAL, NETWORKS, each, same
from tests.hunts.zoo.case import ROWS

BEHIND = ["", ".batch(7)", ".map(lambda *x: x)", ".prefetch(2)", ".batch(8).repeat(1)"]
BEFORE = ["", ".cache()", ".map(lambda *x: x)"]


def numbers_of(dataset):
    """Read all numbers of a dataset of numbers once."""
    rows = [np.ravel(tf.nest.flatten(row)[0]) for row in dataset]
    return np.concatenate(rows).tolist()


@over(
    each(
        "numbers of rows, seeds, and steps before and behind the shuffle",
        [
            (rows, seed, before, behind)
            for (rows, seed, before), behind in zip(
                itertools.product([30, 64, 200], [None, 0, 1, 9], BEFORE),
                itertools.cycle(BEHIND),
                strict=False,
            )
        ],
    )
)
def trap_a_shuffled_dataset_comes_in_a_new_order(case):
    """Read twice: two orders by default, one without reshuffling."""
    rows, seed, before, behind = case
    data = tf.data.Dataset.range(rows)

    def shuffled(data, **kwargs):
        data = eval(f"data{before}", {"data": data}).shuffle(
            rows + rows % 7, seed, **kwargs
        )
        return eval(f"data{behind}", {"data": data})

    once, twice = (numbers_of(each) for each in [shuffled(data)] * 2)
    dataset = shuffled(data)
    orders = [numbers_of(dataset) for _ in range(3)]
    assert all(sorted(order) == list(range(rows)) for order in [once, twice, *orders])
    assert orders[0] != orders[1] != orders[2] != orders[0]
    stays = shuffled(data, reshuffle_each_iteration=False)
    orders = [numbers_of(stays) for _ in range(3)]
    assert orders[0] == orders[1] == orders[2] != list(range(rows))
    # Labels that are collected after predict.
    x = np.arange(float(rows)).reshape(rows, 1)
    pairs = tf.data.Dataset.from_tensor_slices((x, x)).shuffle(rows, seed).batch(8)
    model = keras.Sequential([keras.Input((1,)), layers.Rescaling(1.0)])
    model.compile(run_eagerly=True)
    predicted = model.predict(pairs, verbose=0)
    labels = np.concatenate([y for _, y in pairs])
    assert np.mean(predicted == labels) < 0.4
    assert np.array_equal(np.sort(predicted, axis=0), np.sort(labels, axis=0))


@over(
    each(
        "numbers of rows, parts for training, seeds, and steps before the shuffle",
        itertools.product([50, 100, 300], [0.5, 0.8], [None, 0, 7], ["", ".cache()"]),
    )
)
def trap_take_and_skip_after_shuffle_overlap(case):
    """Train twice, validate twice: other rows each time, and some in both."""
    rows, part, seed, before = case
    data = eval(f"data{before}", {"data": tf.data.Dataset.range(rows)})
    data, cut = data.shuffle(rows, seed), int(rows * part)
    train, validation = data.take(cut), data.skip(cut)
    seen = [set(numbers_of(train)) for _ in range(2)]
    held_out = [set(numbers_of(validation)) for _ in range(2)]
    assert seen[0] != seen[1] and held_out[0] != held_out[1]
    for one, other in itertools.product(seen, held_out):
        assert (len(one), len(other)) == (cut, rows - cut)
        assert one & other


def no_state(case):
    """Whether one call leaves no state for the next."""
    return not any(getattr(layer, "stateful", False) for layer in case.every_layer)


def rows_of(x, first, last=None):
    """Cut rows out of all arrays of a structure."""
    return keras.tree.map_structure(lambda each: each[first:last], x)


@over(
    dataclasses.replace(NETWORKS, fixed=NETWORKS.fixed[::2]).where(
        no_state, "models without a stateful layer"
    )
)
def trap_validation_split_takes_the_last_rows(case):
    """val_loss is that of the last fifth, and of no other fifth."""
    fixed = any(
        tensor.shape[0] is not None for tensor in keras.tree.flatten(case.given)
    )
    rows = 5 * ROWS if fixed else 10 + len(case.name) % 7
    seeds = range(5 if fixed else 1)  # a model with a batch size has data of that size
    model = case.fresh()
    x, y = (
        keras.tree.map_structure(
            lambda *parts: np.concatenate(parts), *[draw(rows, seed) for seed in seeds]
        )
        for draw in (case.x, case.y)
    )
    model.compile(keras.optimizers.SGD(0.0), loss="mse", run_eagerly=True)
    history = model.fit(x, y, validation_split=0.2, batch_size=ROWS, verbose=0).history
    last = -(-rows // 5)  # rounded up

    def loss_of(first, stop):
        data = rows_of(x, first, stop), rows_of(y, first, stop)
        found = model.evaluate(*data, batch_size=ROWS, verbose=0, return_dict=True)
        return found["loss"]

    assert np.isclose(history["val_loss"][0], loss_of(rows - last, rows), rtol=1e-4)
    assert not np.isclose(history["val_loss"][0], loss_of(0, last), rtol=1e-4)


@over(
    each(
        "sizes of batches in the dataset and in fit, and numbers of rows",
        itertools.product([1, 4, 10, 32], [1, 8, 32, None], [20, 64]),
    )
)
def trap_steps_follow_the_dataset(case):
    """Count the steps: they are the batches of the dataset, without a warning of it."""
    size, asked, rows = case
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    data = tf.data.Dataset.from_tensor_slices((x, x[:, :1])).batch(size)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", loss="mse", run_eagerly=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(data, batch_size=asked, verbose=0)
    assert int(model.optimizer.iterations) == -(-rows // size)
    assert not any("batch" in str(w.message) for w in caught)


@over(
    dataclasses.replace(EVERY_SEQUENTIAL, fixed=EVERY_SEQUENTIAL.fixed[::2]).where(
        lambda case: len(case.model.output_shape) == 2,
        "Sequential models with outputs of shape (n, k)",
    )
)
def trap_a_flat_triple_trains_on_the_second_input(case):
    """Train on (a, b, y): the weights are those of x=a, y=b, sample_weight=y."""
    a, b = case.x(), case.y()
    y = np.random.default_rng(2).uniform(1, 9, (ROWS, 1)).astype("float32")
    trained = {}
    loss = ("mse", "mae", "huber", "log_cosh")[len(case.code) % 4]
    for way in ("triple", "by name", "y as target"):
        model = case.fresh()
        model.compile(keras.optimizers.SGD(0.01), loss=loss, run_eagerly=True)
        keras.utils.set_random_seed(3)
        if way == "triple":
            data = tf.data.Dataset.from_tensor_slices((a, b, y)).batch(ROWS)
            history = model.fit(data, shuffle=False, verbose=0).history
        if way == "by name":
            named = {"sample_weight": y, "batch_size": ROWS}
            history = model.fit(a, b, **named, shuffle=False, verbose=0).history
        if way == "y as target":
            target = np.broadcast_to(y.reshape(-1, *[1] * (b.ndim - 1)), b.shape)
            named = {"batch_size": ROWS}
            history = model.fit(a, target, **named, shuffle=False, verbose=0).history
        trained[way] = model.get_weights(), history["loss"]
    assert same(trained["triple"], trained["by name"], 1e-5)
    assert not same(trained["triple"][1], trained["y as target"][1], 1e-5)


NAMED = [
    ("price", "area"),
    ("area", "price"),
    ("b", "a"),
    ("c", "a", "b"),
    ("two", "one", "three"),
    ("B", "a", "C"),
    ("n10", "n9", "n1", "n2"),
]


@over(
    each(
        "names of outputs, losses, and kinds of models",
        itertools.product(NAMED, ["mse", "mae"], ["functional", "subclass"]),
    )
)
def trap_listed_targets_follow_the_alphabet(case):
    """Give a list in the order of the sorted names: each target meets its output."""
    names, loss, kind = case

    class Heads(keras.Model):
        def __init__(self):
            super().__init__()
            self.heads = [layers.Dense(1, name=name) for name in names]

        def call(self, x, training=False):
            return {name: head(x) for name, head in zip(names, self.heads, strict=True)}

    keras.utils.set_random_seed(0)
    inputs = keras.Input((2,))
    model = Heads()
    if kind == "functional":
        heads = {name: layers.Dense(1, name=name)(inputs) for name in names}
        model = keras.Model(inputs, heads)
    x = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
    random = np.random.default_rng(1)
    y = [random.normal(scale=1.0 + n, size=(6, 1)) for n in range(len(names))]
    model.compile(loss=loss, run_eagerly=True)
    answer = model(x)
    got = model.evaluate(x, y, verbose=0, return_dict=True)["loss"]
    measure = np.square if loss == "mse" else np.abs

    def total(order):
        pairs = zip(order, y, strict=True)
        return sum(np.mean(measure(answer[name] - target)) for name, target in pairs)

    assert np.isclose(got, total(sorted(names)), rtol=1e-4)
    if list(names) != sorted(names):
        assert not np.isclose(got, total(names), rtol=1e-4)


def consumer(name):
    """Return a layer that takes ids."""
    return {
        "hashing": lambda: layers.Hashing(num_bins=1000),
        "salted": lambda: layers.Hashing(num_bins=10**6, salt=7),
        "bins": lambda: layers.Discretization([16_777_216.5, 16_777_300.5, 2.0**25]),
        "scaled": lambda: layers.Rescaling(1.0),
        "dense": lambda: layers.Dense(2),
    }[name]()


@over(
    each(
        "layers, kinds of models, types of ids and ids",
        itertools.product(
            ["hashing", "salted", "bins", "scaled", "dense"],
            ["sequential", "functional"],
            ["int64", "int32"],
            [2**24, 2**24 + 4, 2**25 + 4],
        ),
    )
)
def trap_float32_inputs_merge_large_ids(case):
    """Give an id and the one behind it: the outputs are equal."""
    layer, kind, dtype, number = case
    ids = np.array([[number], [number + 1]], dtype)
    inputs, step = keras.Input((1,)), consumer(layer)
    model = keras.Sequential([inputs, step])
    if kind == "functional":
        model = keras.Model(inputs, step(inputs))
    assert model.inputs[0].dtype == "float32"
    assert ids[0] != ids[1] and np.float32(ids[0, 0]) == np.float32(ids[1, 0])
    model.compile(run_eagerly=True)
    for answer in (model(ids), model.predict(ids, verbose=0)):
        assert np.array_equal(answer[0], answer[1])
