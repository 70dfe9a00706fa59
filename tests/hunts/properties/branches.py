"""Branches: wide and deep models, inception blocks and skip connections."""

import itertools

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import data_for, each, made, same

from .sharing import KEEP_THE_SHAPE


def wide_and_deep(case):
    """Return a wide and deep model, and its layers."""
    columns, hidden, activation, units = case
    keras.utils.set_random_seed(0)
    table = keras.Input((columns,))
    normalize = layers.Normalization(mean=0.5, variance=2.0)
    wide, deep = layers.Dense(units), layers.Dense(units)
    between = [layers.Dense(width, activation) for width in hidden]
    x = normalize(table)
    y = x
    for layer in between:
        y = layer(y)
    ends = [wide(x), deep(y)]
    score = layers.Add()(ends)
    model = keras.Model(table, score)
    return model, normalize, wide, between, deep, [*ends, score]


WIDE = [
    (columns, hidden, ("relu", "swish", "tanh")[n % 3], 1 + n // 3 % 2)
    for n, (columns, hidden) in enumerate(
        itertools.product((2, 3, 18, 40), ((4,), (8, 4), (64, 64), (3,) * 4))
    )
    for n in (n, n + 3)
]
WIDE_OF = "wide and deep models of 2 to 40 columns and one to four hidden layers"


def table_for(columns):
    """Return rows of a table."""
    return np.random.default_rng(columns).normal(size=(9, columns)).astype("float32")


@over(each(WIDE_OF, WIDE))
def wide_and_deep_answers_are_a_sum(case):
    """Look at both paths with a second model."""
    model, *_, ends = wide_and_deep(case)
    wide, deep, score = keras.Model(model.inputs[0], ends)(table_for(case[0]))
    assert same(score, np.asarray(wide) + np.asarray(deep))
    assert same(score, model(table_for(case[0])))
    assert not same(score, deep) and not same(score, wide)


@over(
    each(
        "tables of 2 to 40 columns and one to four hidden layers",
        [(columns, hidden, kind, 1) for columns, hidden, kind, _ in WIDE],
    )
)
def wide_and_deep_in_a_stack_reads_one_number(case):
    """Look at the kernel of the first hidden layer in a row, and in the model."""
    columns, hidden, activation, _ = case
    rest = [layers.Dense(width, activation) for width in hidden]
    stack = keras.Sequential(
        [keras.Input((columns,)), layers.Dense(1), *rest, layers.Dense(1)]
    )
    assert stack.layers[1].kernel.shape == (1, hidden[0])
    *_, between, _, _ = wide_and_deep(case)
    assert between[0].kernel.shape == (columns, hidden[0])
    x = table_for(columns)
    one = stack.layers[0](x)
    for layer in stack.layers[1:]:
        one = layer(one)
    assert same(stack(x), one, 1e-6)


@over(each(WIDE_OF, WIDE))
def both_paths_may_be_sequential_models(case):
    """Put the layers of each path into a Sequential."""
    model, normalize, wide, between, deep, _ = wide_and_deep(case)
    columns = case[0]
    table = keras.Input((columns,))
    deep_path = keras.Sequential([keras.Input((columns,)), *between, deep])
    wide_path = keras.Sequential([keras.Input((columns,)), wide])
    x = normalize(table)
    twin = keras.Model(table, layers.Add()([wide_path(x), deep_path(x)]))
    assert twin.count_params() == model.count_params()
    assert same(twin(table_for(columns)), model(table_for(columns)))


NORMALIZED = {
    "stack": lambda first: keras.Sequential(
        [keras.Input((3,)), first, layers.Dense(2, "tanh"), layers.Dense(1)]
    ),
    "skip": lambda first: (
        lambda x, y: keras.Model(x, layers.Add()([y, layers.Dense(3)(y)]))
    )(*(lambda x: (x, first(x)))(keras.Input((3,)))),
    "two places": lambda first: (
        lambda x: keras.Model(x, layers.Dense(1)(first(x) - layers.Dense(3)(x)))
    )(keras.Input((3,))),
    "steps": lambda first: keras.Sequential(
        [keras.Input((4, 3)), first, layers.GRU(2)]
    ),
    "images": lambda first: keras.Sequential(
        [keras.Input((4, 4, 3)), first, layers.Conv2D(2, 3), layers.Flatten()]
    ),
}


@over(
    each(
        "models with Normalization, and sizes of batches",
        itertools.product(NORMALIZED, (1, 8, 32), (1, 5)),
    )
)
def adapt_after_predict_is_not_seen(case):
    """Predict, adapt, and predict batches of the same size and of another."""
    name, size, more = case
    more = size + 1 if more == size else more
    keras.utils.set_random_seed(0)
    first = layers.Normalization()
    model = NORMALIZED[name](first)
    model.compile("sgd", loss="mse")
    x = data_for(model.inputs[0], size + more)
    before = model.predict(x[:size], batch_size=size, verbose=0)
    first.adapt(5.0 + 3.0 * x)
    sizes = [size] if more < size else []
    rows = x if sizes else x[:size]
    mixed = model.predict(rows, batch_size=size, verbose=0)
    new = np.asarray(model(x))
    assert same(mixed[:size], before) and not same(new[:size], before, 1e-3)
    if sizes:
        other = mixed[size:]
    else:
        other = model.predict(x[size:], batch_size=more, verbose=0)
    assert same(other, new[size:], 1e-5)
    model.compile("sgd", loss="mse")
    assert same(model.predict(x, batch_size=size, verbose=0), new, 1e-5)


def inception(x, filters, kernels, pool):
    """Return the views of x: the tensors of all branches, and one of them all."""
    how = {"padding": "same", "activation": "relu"}
    views = [layers.Conv2D(filters, kernel, **how)(x) for kernel in kernels]
    if pool:
        pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)
        views.append(layers.Conv2D(filters + 1, 1, **how)(pooled))
    return views, layers.Concatenate()(views)


INCEPTION = list(
    itertools.product(
        ((4, 4, 1), (8, 8, 3), (6, 4, 2)),
        (1, 4),
        ((1, 3), (1, 3, 5), (2, 2, 1, 3)),
        (True, False),
    )
)
INCEPTION_OF = "inception blocks of two to five branches"


@over(each(INCEPTION_OF, INCEPTION))
def inception_branches_start_from_one_tensor(case):
    """Count the layers that take the tensor of the second of two blocks."""
    shape, filters, kernels, pool = case
    image = keras.Input(shape)
    _, middle = inception(image, filters, kernels, pool)
    views, end = inception(middle, filters, kernels, pool)
    model = keras.Model(image, end)
    for start in (image, middle):
        first = [layer for layer in model.layers[1:] if layer.input is start]
        assert len(first) == len(views) == len(kernels) + pool


@over(
    each(
        "shapes, numbers of branches, and types",
        itertools.product(
            ((), (5,), (4, 4), (2, 3, 4)),
            ((1, 1), (3, 2), (2, 5, 1), (4,) * 6),
            ("float32", "float64"),
        ),
    )
)
def concatenate_puts_the_channels_side_by_side(case):
    """Concatenate arrays of different numbers of channels."""
    shape, channels, dtype = case
    inputs = [keras.Input((*shape, n), dtype=dtype) for n in channels]
    branches = [data_for(each, seed=n) for n, each in enumerate(inputs)]
    join = layers.Concatenate(dtype=dtype)
    joined = np.asarray(keras.Model(inputs, join(inputs))(branches))
    assert joined.shape[-1] == sum(channels)
    assert same(joined, np.concatenate(branches, axis=-1))
    assert join.count_params() == 0 and join.weights == []


@over(each(INCEPTION_OF, INCEPTION))
def inception_blocks_can_stand_in_a_stack(case):
    """Stack two blocks, each a functional model, with the weights of one model."""
    shape, filters, kernels, pool = case
    keras.utils.set_random_seed(0)

    def make_block(x):
        x = keras.Input(x.shape[1:])
        return keras.Model(x, inception(x, filters, kernels, pool)[1])

    image = keras.Input(shape)
    first = inception(image, filters, kernels, pool)[1]
    small = layers.MaxPooling2D()(first)
    second = inception(small, filters, kernels, pool)[1]
    model = keras.Model(image, layers.Dense(2)(layers.Flatten()(second)))
    stack = keras.Sequential(
        [
            keras.Input(shape),
            make_block(image),
            layers.MaxPooling2D(),
            make_block(small),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    x = data_for(image)
    assert not same(stack(x), model(x))
    stack.set_weights(model.get_weights())
    assert same(stack(x), model(x))


@over(each("layers that keep the shape", KEEP_THE_SHAPE))
def skip_connection_is_one_line(case):
    """Add what goes into a layer to what comes out."""
    shape, code = case
    keras.utils.set_random_seed(0)
    layer, x = made(code), keras.Input(shape)
    block = keras.Model(x, layers.Add()([x, layer(x)]))
    data = data_for(x)
    through = np.asarray(layer(data)).astype("float32")
    assert same(block(data), data + through)
    assert same(keras.Model(x, x + ops.cast(layer(x), "float32"))(data), data + through)
    assert not same(block(data), through)


@over(each("layers that keep the shape, in rows of one to three", KEEP_THE_SHAPE))
def skips_add_no_weights(case):
    """Count the weights of a row of layers, with and without skips."""
    shape, code = case
    depth = 1 + len(code) % 3

    def model(skips):
        inputs = x = keras.Input(shape)
        for _ in range(depth):
            y = made(code)(x)
            x = layers.Add()([x, y]) if skips else y
        return keras.Model(inputs, x)

    having, without = model(True), model(False)
    assert having.count_params() == without.count_params()
    assert len(having.weights) == len(without.weights)
    assert len(having.layers) == len(without.layers) + depth


@over(
    each(
        "layers that keep the shape, without Lambda",
        [(shape, code) for shape, code in KEEP_THE_SHAPE if "Lambda" not in code],
    )
)
def residual_blocks_can_stand_in_a_stack(case):
    """Stack two residual blocks, and save and load the stack."""
    shape, code = case
    keras.utils.set_random_seed(0)

    def residual(tensor):
        return layers.Add()([tensor, made(code)(tensor)])

    def make_block():
        tensor = keras.Input(shape)
        return keras.Model(tensor, residual(tensor))

    inputs = keras.Input(shape)
    functional = keras.Model(inputs, residual(residual(inputs)))
    stack = keras.Sequential([keras.Input(shape), make_block(), make_block()])
    stack.set_weights(functional.get_weights())
    data = data_for(inputs)
    assert same(stack(data), functional(data))
    stack.save("stack.keras")
    assert same(keras.saving.load_model("stack.keras")(data), stack(data))
