"""The Input of a Sequential: a second one, a late one, and one by `input_shape`."""

import itertools
import warnings

import keras
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import STACKS, Part, data_for, each, made, refusal, same

from .sequential_models import ONE_LAYER, is_new


def added(*steps):
    """Make a Sequential by `add`."""
    model = keras.Sequential()
    for step in steps:
        model.add(step)
    return model


def by_config(*steps):
    """Make a Sequential of the config that such a one would have."""
    config = keras.Sequential(name="it").get_config()
    found = [getattr(step, "_keras_history", (step,))[0] for step in steps]
    config["layers"] = [keras.saving.serialize_keras_object(layer) for layer in found]
    return keras.Sequential.from_config(config)


def listed(*steps):
    """Make a Sequential of a list."""
    return keras.Sequential(list(steps))


def as_layers(*steps):
    """Make a Sequential of a list with InputLayers in the place of tensors."""
    return listed(*(getattr(step, "_keras_history", (step,))[0] for step in steps))


MAKERS = {
    "list": listed,
    "add": added,
    "from_config": by_config,
    "list of InputLayers": as_layers,
}
# Where two Inputs, a and b, may stand; s is a layer.
PLACES = {
    "side by side": lambda a, b, s: [a, b, s()],
    "with a layer between": lambda a, b, s: [a, s(), b],
    "with a layer behind each": lambda a, b, s: [a, s(), b, s()],
    "with nothing behind": lambda a, b, s: [a, b],
}
INPUTS = [
    ("keras.Input((4,))", "keras.Input((6,))"),
    ("keras.Input((4,))", "keras.Input((4,))"),
    ("keras.Input((4,), name='a')", "keras.Input((4,), name='b')"),
    ("keras.Input((4,), dtype='int32')", "keras.Input((3,), dtype='float16')"),
    ("keras.Input(batch_shape=(5, 4))", "keras.Input(batch_shape=(5, 2))"),
    ("keras.Input((6, 3))", "keras.Input((4,))"),
    ("keras.Input((None, 3))", "keras.Input((None, 3))"),
    ("keras.Input((8, 8, 2))", "keras.Input((8, 8, 2), optional=True)"),
    ("keras.Input((4,))", "keras.Input(())"),
]


def refuses_both(case):
    """Whether two Inputs are refused when the model is made, and one is not."""
    (one, other), place, maker = case
    maker = MAKERS[maker]
    a, b = made(one), made(other)
    says = refusal(lambda: maker(*PLACES[place](a, b, layers.Identity)))
    assert "You cannot add a different Input layer to it." in says, says
    for single in (made(one), made(other)):
        row = maker(single, layers.Identity())
        assert len(row.inputs) == 1
        x = data_for(single)
        assert same(row(x), x)


@over(
    each(
        "pairs of Inputs, places for them, and ways to make the model",
        itertools.product(INPUTS, PLACES, MAKERS),
    )
)
def sequential_cannot_declare_two_inputs(case):
    """Make it in each way with both Inputs, and then with one of them."""
    refuses_both(case)


IMAGE_AND_TABLE = [
    (f"keras.Input({image})", f"keras.Input({table})")[::order]
    for n, (image, table) in enumerate(
        itertools.product(
            ("(4, 8, 1)", "(8, 8, 3), name='image'", "(None, None, 1)", "(16, 16)"),
            ("(12,)", "(1,), name='table'", "(32,), dtype='int32'"),
        )
    )
    for order in ((1, -1) if n % 2 else (1,))
]


@over(
    each(
        "images and rows of tables, places of their Inputs, and ways to make the model",
        itertools.product(IMAGE_AND_TABLE, PLACES, list(MAKERS)[:3]),
    )
)
def image_and_table_do_not_fit_in_sequential(case):
    """Make it in each way with both Inputs, and then with one of them."""
    refuses_both(case)


KNOWING = {
    "a Sequential": lambda: keras.Sequential([keras.Input((4,)), layers.Dense(4)]),
    "a functional model": lambda: made(
        "(lambda i: keras.Model(i, layers.Dense(4)(i)))(keras.Input((4,)))"
    ),
    "a functional model of a dict": lambda: made(
        "(lambda i: keras.Model({'a': i}, layers.Dense(4)(i)))"
        "(keras.Input((4,), name='a'))"
    ),
}


def knowing(stack):
    """Return a model of the layers of a stack that knows its input, of three kinds."""
    if len(stack.name) % 3 == 0:
        model = keras.Sequential(stack.new_layers())
        model(stack.x())
        return model
    return stack.sequential() if len(stack.name) % 3 == 1 else stack.functional()


@over(
    Part(
        "stacks and models",
        (*STACKS.fixed, *ONE_LAYER[::4], *KNOWING),
        STACKS.drawn,
    )
)
def a_late_input_fails_on_the_first_call(stack):
    """Put an Input behind the first layer and the last, and behind a whole model."""
    says = "Layer InputLayer has no positional arguments."
    if isinstance(stack, str):
        model = KNOWING[stack]()
        for maker in (listed, added):
            assert says in refusal(lambda m=maker: m(model, keras.Input((4,))))
        return
    x = stack.x()
    makers = (listed, added)[:: (-1) ** len(stack.name)]
    places = {1, len(stack.layers)} if is_new(stack) else set()
    for maker, place in zip(makers, places, strict=False):
        row = stack.new_layers()
        row.insert(place, stack.input())
        late = maker(*row)
        assert len(late.layers) == len(row) and not late.built
        assert says in refusal(lambda late=late: late(x))
    model = knowing(stack)
    late = keras.Input(model.output_shape[1:])
    for maker in makers:
        assert says in refusal(lambda m=maker: m(model, late))
    # In front of all, the same Input works.
    row = listed(stack.input(), *stack.new_layers())
    assert row(x).shape[0] == len(x)


def first_takes_input_shape(stack):
    """Whether the first layer takes `input_shape`, and the batch size is free.

    `SpatialDropout` and its kind do not take it: Keras refuses the argument.
    """
    first = stack.layers[0]
    plain = "Spatial" not in first and first.startswith(
        ("layers.", "Scale", "NoisyDense", "Counter")
    )
    return plain and not stack.rows


@over(
    Part("stacks", (*STACKS.fixed, *ONE_LAYER[::2]), STACKS.drawn).where(
        first_takes_input_shape, "stacks whose first layer is given `input_shape`"
    )
)
def input_shape_argument_warns(stack):
    """Make the first layer with `input_shape`, and compare with a stack with Input."""
    first, *rest = stack.layers
    comma = "" if first.endswith("()") else ", "
    first = f"{first[:-1]}{comma}input_shape={stack.shape})"
    expected = keras.Sequential([keras.Input(stack.shape), *stack.new_layers()])
    x = stack.x()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        layer = made(first)
    texts = [str(warning.message) for warning in caught]
    assert any("prefer using an `Input(shape)` object" in text for text in texts)
    maker = (listed, added)[len(stack.name) % 2]
    model = maker(layer, *(made(code) for code in rest))
    assert model.built and model.input_shape == (None, *stack.shape)
    assert [w.shape for w in model.weights] == [w.shape for w in expected.weights]
    model.set_weights(expected.get_weights())
    assert same(model(x, training=False), expected(x, training=False), 1e-6)
    # An Input in its place does not warn.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        keras.Sequential([keras.Input(stack.shape), *stack.new_layers()])
    assert not any("input_shape" in str(warning.message) for warning in caught)
