"""Shapes, batches and masks: numbers that meet though they should not."""

import itertools
import warnings

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import each, floats, same
from tests.hunts.zoo.case import NAMES


@over(
    each(
        "shapes of two inputs, layers behind them, rows and batch sizes",
        itertools.product(
            [(4,), (1,), (5, 3), (4, 4, 2)],
            ["layers.Dense(2)", "layers.Activation('tanh')"],
            [(8, 8), (8, 3), (5, 32), (1, 1)],
        ),
    )
)
def trap_ops_concatenate_joins_the_batches(case):
    """Two rows come out for each row; the layer joins the last axis."""
    shape, last, (rows, size) = case
    ends = [keras.Input(shape), keras.Input(shape)]
    one, two = floats(rows, *shape), floats(rows, *shape, seed=1)
    assert ops.concatenate(ends).shape == (None, *shape)
    assert same(ops.concatenate([one, two]), np.concatenate([one, two], 0))
    joined = layers.Concatenate()
    assert joined(ends).shape == (None, *shape[:-1], 2 * shape[-1])
    assert same(joined([one, two]), np.concatenate([one, two], -1))
    model = keras.Model(ends, eval(last, dict(NAMES))(ops.concatenate(ends)))
    model.compile(run_eagerly=True)
    answer = model.predict([one, two], batch_size=size, verbose=0)
    assert len(answer) == 2 * rows and answer.shape[0] == 2 * rows


@over(
    each(
        "shapes of one row, and numbers of rows",
        itertools.product(
            [(3, 4), (5, 2), (1, 3), (2, 3, 4), (4, 4, 1), (7,)], [1, 2, 8, 9, 33]
        ),
    )
)
def trap_ops_reshape_counts_the_batch_axis(case):
    """(-1, width) makes a row of each step; output_shape shows None for both."""
    shape, rows = case
    width = shape[-1]
    x, inputs = floats(rows, *shape), keras.Input(shape)
    cut = ops.reshape(inputs, (-1, width))
    model = keras.Model(inputs, layers.Dense(1)(cut))
    assert model.output_shape == (None, 1)
    model.compile(run_eagerly=True)
    answer = model.predict(x, verbose=0)
    assert answer.shape == (rows * int(np.prod(shape[:-1])), 1)
    assert same(keras.Model(inputs, cut)(x), x.reshape(-1, width))
    # Any shape holds the batch axis: with a number in its place, as many rows.
    whole = (rows * int(np.prod(shape)), 1)
    assert same(ops.reshape(x, whole), x.reshape(whole))
    assert same(ops.reshape(x, (rows, -1)), x.reshape(rows, -1))


USES = ["x / {0}", "x - {0}", "x * {0}", "layers.Dense(2)(x + {0})"]


@over(
    each(
        "reductions, uses of the number, shapes of rows and batch sizes",
        itertools.product(
            ["max", "sum", "mean"], USES, [(4,), (3, 2), (4, 4, 1)], [1, 3]
        ),
    )
)
def trap_a_reduction_without_axis_spans_the_batch(case):
    """Reduce the whole batch to one number: predictions go by the batch size."""
    name, use, shape, size = case
    keras.utils.set_random_seed(0)
    reduce, inputs = getattr(ops, name), keras.Input(shape)
    rows = np.abs(floats(8, *shape)) + np.arange(8.0).reshape(8, *[1] * len(shape))
    rows = rows.astype("float32")
    assert np.shape(reduce(rows)) == ()
    assert np.isclose(reduce(rows), getattr(np, name)(rows), rtol=1e-5)
    answer = eval(use.format("r(x)"), {**NAMES, "x": inputs, "r": reduce})
    model = keras.Model(inputs, answer)
    model.compile(run_eagerly=True)
    small = model.predict(rows, batch_size=size, verbose=0)
    assert not np.allclose(small, model.predict(rows, batch_size=8, verbose=0))


@over(
    each(
        "numbers of steps, units, rows and losses",
        itertools.product([2, 4, 7], [1, 3], [1, 4, 8], ["mse", "mae"]),
    )
)
def trap_dense_works_on_the_last_axis(case):
    """Keep all axes but the last; a column of targets counts for each step."""
    steps, units, rows, loss = case
    keras.utils.set_random_seed(0)
    for shape in ((steps, 4), (steps, 3, 4)):
        dense, x = layers.Dense(units), floats(rows, *shape)
        assert dense(keras.Input(shape)).shape == (None, *shape[:-1], units)
        wanted = x @ dense.kernel.numpy() + dense.bias.numpy()
        assert same(dense(x), wanted, 1e-5)
    model = keras.Sequential([keras.Input((steps, 4)), layers.Dense(units)])
    assert model.output_shape == (None, steps, units)
    x, y = floats(rows, steps, 4), floats(rows, 1, seed=1)
    measure = np.square if loss == "mse" else np.abs
    if units > 1:
        return
    spread = np.mean(measure(model(x).numpy()[..., 0] - y))
    model.compile("sgd", loss=loss, run_eagerly=True)
    assert np.isclose(model.evaluate(x, y, verbose=0), spread, rtol=1e-4)
    before = model.get_weights()[0]
    model.fit(x, y, verbose=0)
    assert not np.array_equal(model.get_weights()[0], before)


CUTS = [
    ((3, 2), (2, 3)),
    ((3, 2), (6,)),
    ((12,), (3, 4)),
    ((4, 3), (2, -1)),
    ((4, 3), (2, 2, 3)),
    ((2, 3, 4), (4, 3, 2)),
    ((2, 3, 4), (6, 4)),
    ((5, 1), (1, 5)),
    ((2, 2, 3, 2), (4, -1)),
]


@over(
    each(
        "shapes before and after, numbers of rows, and types of numbers",
        itertools.product(CUTS, [1, 4], ["float32", "int32"]),
    )
)
def trap_reshape_cuts_rows_anew(case):
    """Reshape keeps the order in each row; Permute is a transposition."""
    (before, after), rows, dtype = case
    x = np.arange(rows * np.prod(before), dtype=dtype).reshape(rows, *before)
    inputs = keras.Input(before, dtype=dtype)

    def in_a_model(layer, x):
        return keras.Model(inputs, layer(inputs))(x)

    for call in (lambda layer, x: layer(x), in_a_model):
        cut = np.asarray(call(layers.Reshape(after, dtype=dtype), x))
        assert np.array_equal(cut, x.reshape(rows, *after))
        assert np.array_equal(cut.reshape(rows, -1), x.reshape(rows, -1))
        for axes in itertools.permutations(range(1, len(before) + 1)):
            swapped = call(layers.Permute(axes, dtype=dtype), x)
            assert np.array_equal(swapped, x.transpose(0, *axes))


@over(
    each(
        "numbers of rows, of queries, of keys, and widths",
        itertools.product([1, 4], [1, 3, 6], [2, 3, 5], [2, 4]),
    )
)
def trap_attention_takes_query_value_key(case):
    """[query, value, key] is the formula; query, key, value swaps key and value."""
    rows, queries, keys, width = case
    query = floats(rows, queries, width)
    key, value = floats(rows, keys, width, seed=1), floats(rows, keys, width, seed=2)

    def formula(query, key, value):
        return ops.softmax(query @ key.swapaxes(1, 2)) @ value

    for layer in (layers.Attention(), layers.Attention(dropout=0.5)):
        right, papers = layer([query, value, key]), layer([query, key, value])
        assert same(right, formula(query, key, value), 1e-5)
        assert same(papers, formula(query, value, key), 1e-5)
        assert not same(papers, right, 1e-3)


OPERATORS = [
    "2.0 * e",
    "e / 3.0",
    "e + 1.0",
    "1.0 - e",
    "-e",
    "e ** 2",
    "e + e",
    "ops.tanh(e)",
    "ops.multiply(e, 2.0)",
    "e[:, :, 1:]",
    "ops.concatenate([e, e], axis=-1)",
]
READERS = [
    "layers.LSTM(3)",
    "layers.GRU(3)",
    "layers.SimpleRNN(3)",
    "layers.Bidirectional(layers.LSTM(2))",
]


@over(
    each(
        "operations behind an Embedding, and recurrent layers",
        itertools.product(OPERATORS, READERS),
    )
)
def trap_an_operator_drops_the_mask(case):
    """Pad a sequence: with the operation, and only then, the answer is another."""
    operation, reader = case
    keras.utils.set_random_seed(0)
    words = keras.Input((None,), dtype="int32")
    embed = layers.Embedding(9, 4, mask_zero=True, embeddings_initializer="normal")
    short, padded = np.array([[1, 2], [3, 8]]), np.array([[1, 2, 0, 0], [3, 8, 0, 0]])
    embedded = embed(words)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        changed = eval(operation, {**NAMES, "e": embedded})
        model = keras.Model(words, eval(reader, dict(NAMES))(changed))
        model.compile(run_eagerly=True)
        model.predict(padded, verbose=0)
    assert [w for w in caught if w.category is UserWarning] == []
    assert getattr(embedded, "_keras_mask", None) is not None
    assert getattr(changed, "_keras_mask", None) is None
    assert not np.allclose(model(padded), model(short), atol=1e-4)
    plain = keras.Model(words, eval(reader, dict(NAMES))(embedded))
    assert np.allclose(plain(padded), plain(short), atol=1e-6)
