"""Common mistakes: branches in a row, a layer twice, a layer after predict."""

import itertools
import warnings

import keras
import numpy as np
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import STACKS, each, made, same
from tests.hunts.zoo.stacks import RESIDUAL


def raises(error, call, *arguments):
    """Whether a call raises this error."""
    try:
        call(*arguments)
    except error:
        return True
    return False


def numbers(shape, rows=5):
    """Return rows of this shape."""
    values = np.random.default_rng(0).normal(size=(rows, *shape))
    return values.astype("float32")


def through(steps, x):
    """Call layers in a row."""
    for step in steps:
        x = step(x)
    return x


AROUND = [
    ((4,), ["layers.Dense(4)"]),
    ((4,), ["layers.Dense(8, activation='tanh')", "layers.Dense(4)"]),
    ((4,), ["layers.BatchNormalization()", "layers.Dense(4)", "layers.Dropout(0.5)"]),
    ((4,), ["keras.Sequential([layers.Dense(3), layers.Dense(4)])"]),
    ((4,), ["NoisyDense(4)", "Scale()", "layers.Dense(4)"]),
    ((6, 3), ["layers.LayerNormalization()", "layers.GRU(3, return_sequences=True)"]),
    ((6, 3), ["layers.Conv1D(3, 2, padding='causal')", "layers.LeakyReLU()"]),
    ((8, 8, 2), ["layers.Conv2D(4, 3, padding='same')", "layers.Conv2D(2, 1)"]),
]
BEFORE = [[], ["layers.LayerNormalization()"]]
AFTER = [[], ["layers.Dense(3)"], ["layers.Flatten()", "layers.Dense(2)"]]
PLUS = ["x + y", "y + x", "ops.add(x, y)"]


@over(
    each(
        "skip connections",
        (
            (around, before, after, PLUS[n % 3])
            for n, (around, before, after) in enumerate(
                itertools.product(AROUND, BEFORE, AFTER)
            )
        ),
    )
)
def sequential_of_layers_drops_the_branches(case):
    """Keep all layers in their order, and lose the sum."""
    (shape, around), before, after, plus = case
    before, around, after = (
        [made(code) for code in codes] for codes in (before, around, after)
    )
    inputs = keras.Input(shape)
    start = through(before, inputs)
    summed = made(plus, x=start, y=through(around, start))
    model = keras.Model(inputs, through(after, summed))

    flat, x = keras.Sequential(model.layers), numbers(shape)
    row = [*before, *around, *after]
    assert len(flat.layers) == len(row)
    assert all(one is other for one, other in zip(flat.layers, row, strict=True))
    assert flat.count_params() == model.count_params()
    assert same(flat(x), through(row, x), 1e-6)
    start = through(before, x)
    assert same(model(x), through(after, start + through(around, start)), 1e-5)
    assert not same(model(x), flat(x), 1e-3)


HEADS = itertools.product(
    [((4,), 4), ((4,), 1), ((6, 3), 2)],  # the shape of a row, and of what is shared
    [1, 2, 4],
    [1, 2, 5],
    [{}, {"use_bias": False, "activation": "tanh"}],
)


@over(each("pairs of heads", HEADS))
def sequential_of_layers_puts_heads_in_a_row(case):
    """Two heads on a shared tensor: in a row if the widths fit, else an error."""
    (shape, shared), one, other, options = case
    inputs, body = keras.Input(shape), layers.Dense(shared)
    heads = layers.Dense(one, **options), layers.Dense(other)
    features = body(inputs)
    model = keras.Model(inputs, [head(features) for head in heads])
    assert len(model.outputs) == 2
    assert all(a is b for a, b in zip(model.layers[2:], heads, strict=True))
    if one != shared:
        assert raises(ValueError, keras.Sequential, model.layers)
        return
    row, x = keras.Sequential(model.layers), numbers(shape)
    assert len(row.outputs) == 1
    assert same(row(x), through([body, *heads], x), 1e-6)
    answers = model(x)
    assert same(answers, [head(body(x)) for head in heads], 1e-6)


WIDTHS = [[3], [1, 2], [5, 4, 3], [2, 2, 2, 2]]
ACTIVATIONS = [None, "relu", "tanh", "softmax"]


@over(each("Dense networks", itertools.product([2, 4], WIDTHS, ACTIVATIONS, [1, 8])))
def subclassing_too_early(case):
    """Each hidden tensor is there or not; a batch of batches is refused or not."""
    width, widths, activation, rows = case

    class Net(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.steps = [layers.Dense(n, activation=activation) for n in widths]

        def call(self, x, training=False):
            return through(self.steps, x)

    x, subclass, inputs = numbers((width,), rows), Net(), keras.Input((width,))
    subclass(x)
    steps = [layers.Dense(n, activation=activation) for n in widths]
    functional = keras.Model(inputs, through(steps, inputs))
    functional.set_weights(subclass.get_weights())

    for n, step in enumerate(steps, 1):
        features = keras.Model(inputs, step.output)
        assert same(features(x), through(subclass.steps[:n], x), 1e-6)
    assert not any(hasattr(step, "output") for step in subclass.steps)
    assert same(functional(x), subclass(x), 1e-6)
    assert raises(ValueError, functional, x[None])
    assert same(subclass(x[None]), subclass(x)[None], 1e-6)


# Layers that return the shape that they take.
KEEPERS = [
    ((4,), "layers.Dense(4)"),
    ((4,), "layers.Dense(4, activation='relu', use_bias=False)"),
    ((4,), "layers.BatchNormalization()"),
    ((4,), "layers.PReLU()"),
    ((4,), "layers.Dropout(0.5)"),
    ((4,), "Scale()"),
    ((4,), "NoisyDense(4)"),
    ((4,), "keras.Sequential([layers.Dense(3), layers.Dense(4)])"),
    ((4,), RESIDUAL),
    ((4,), "layers.Dense(4, dtype='mixed_float16')"),
    ((6, 4), "layers.GRU(4, return_sequences=True)"),
    ((6, 4), "layers.Conv1D(4, 3, padding='same')"),
    ((6, 6, 4), "layers.Conv2D(4, 3, padding='same')"),
]
# s: the layer; m: another one; e: one of another class than all of these.
ROWS = ["ss", "sms", "msse", "sss", "smmse"]


@over(each("stacks with a repeated layer", itertools.product(KEEPERS, ROWS)))
def repeated_layer_is_lost_on_saving(case):
    """Run as often as it stands there; load with its first place only."""
    (shape, code), row = case
    kinds = {"s": made(code), "m": layers.Dense(4), "e": layers.LayerNormalization()}
    model = keras.Sequential([keras.Input(shape), *(kinds[kind] for kind in row)])
    x = numbers(shape)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        model.save("twice.keras")
        loaded = keras.saving.load_model("twice.keras")
    assert same(model(x), through([kinds[kind] for kind in row], x), 1e-6)
    once = [kinds[kind] for kind in dict.fromkeys(row)]
    assert len(model.layers) == len(row) > len(loaded.layers) == len(once)
    assert same(loaded(x), through(once, x), 1e-6)


def in_a_row(layer, inputs):
    """Call it on what it returned."""
    return layer(layer(inputs))


def on_two_tensors(layer, inputs):
    """Call it on the input, and on what a step made of that."""
    return layers.Subtract()([layer(inputs), layer(layers.LeakyReLU()(inputs))])


def as_two_outputs(layer, inputs):
    """Return both results."""
    return [layer(inputs), layer(inputs * 2.0)]


USES = {use.__name__: use for use in (in_a_row, on_two_tensors, as_two_outputs)}


@over(each("functional models with a shared layer", itertools.product(KEEPERS, USES)))
def repeated_layer_survives_in_a_functional_model(case):
    """Two calls before and after, and the same answer."""
    (shape, code), use = case
    inputs, layer = keras.Input(shape), made(code)
    model = keras.Model(inputs, USES[use](layer, inputs))
    model.save("reused.keras")
    loaded = keras.saving.load_model("reused.keras")
    for each_model in (model, loaded):
        (found,) = [
            x for x in each_model.get_config()["layers"] if x["name"] == layer.name
        ]
        assert len(found["inbound_nodes"]) == 2
    x = numbers(shape)
    assert loaded.count_params() == model.count_params()
    assert same(loaded(x), model(x), 1e-6)


# The method, and the number of rows: some leave a smaller batch at the end.
GROWN = [
    (stack, ("predict", "evaluate")[n % 2], 5 if stack.rows or n % 5 else 8)
    for n, stack in enumerate(STACKS.fixed)
    if n % 3
]


@over(each("stacks that grow after predict or evaluate", GROWN))
def predict_is_stale_after_add(case):
    """Ten times as much when called, and the old answer from the compiled method."""
    stack, method, rows = case
    model, x = stack.sequential(), stack.x(rows)

    def fresh_state():
        for layer in model.layers:
            if getattr(layer, "stateful", False):
                layer.reset_state()

    fresh_state()
    called = np.asarray(model(x), "float32")
    model.compile("sgd", loss="mse", jit_compile=False)

    def run():
        fresh_state()
        if method == "predict":
            return model.predict(x, batch_size=5, verbose=0)
        return model.evaluate(x, np.zeros_like(called), batch_size=5, verbose=0)

    old = run()
    model.add(layers.Rescaling(10.0, dtype="float32"))
    assert same(run(), old)
    fresh_state()
    assert same(model(x), 10 * called, 1e-5)
    assert not same(called, 10 * called, 1e-2)
