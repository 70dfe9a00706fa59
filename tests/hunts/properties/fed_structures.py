"""Names, lists and axes of data: what a model takes, and what it says otherwise."""

import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import EVERY_SEQUENTIAL, GRAPHS, STACKS, Part, each, refusal, same

from .several_inputs import joined

ERRORS = (TypeError, ValueError, KeyError, AttributeError)


def error_of(call):
    """Return the error that a call raises; None: it raises none."""
    try:
        call()
    except ERRORS as error:
        return error
    return None


@over(STACKS)
def a_sequential_has_no_output_names(stack):
    """Train or evaluate with losses by name; then as a functional model."""
    x, model = stack.x(), stack.sequential()
    if len(stack.name) % 2 and not model.layers[0].built:
        model = keras.Sequential(stack.new_layers())
    y = np.zeros(np.shape(model(x)), "float32")
    end = model.layers[-1].name
    assert not hasattr(model, "output_names")
    named = [
        ({end: "mse"}, y),
        ({end: keras.losses.Huber()}, {end: y}),
        ({end: "mae", "other": "mse"}, {end: y, "other": y}),
        ({"output": "mse", "other": "mae"}, y),
    ]
    first = len(stack.layers) % 2
    for n, (losses, targets) in enumerate((named[first], named[3 - first])):
        weights = dict.fromkeys(losses, 0.5) if (n + len(end)) % 2 else None
        model.compile("sgd", loss=losses, loss_weights=weights, run_eagerly=True)
        call = [model.fit, model.evaluate][n % 2]
        error = error_of(lambda call=call, y=targets: call(x, y, verbose=0))
        assert error is not None
        assert "name" not in str(error) and "output" not in str(error), error
    functional = keras.Model(model.inputs[0], model.outputs[0])
    (end,) = functional.output_names
    functional.compile("sgd", loss={end: "mse"}, run_eagerly=True)
    functional.evaluate(x, y, verbose=0)


def says_of_structure(model, x):
    """Return the warnings about the structure of inputs that a call gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model(x)
    texts = [str(warning.message) for warning in caught]
    return [text for text in texts if "structure of `inputs`" in text]


@over(
    Part(
        "Sequential models",
        (*EVERY_SEQUENTIAL.fixed, *STACKS.fixed[::2]),
        EVERY_SEQUENTIAL.drawn,
    )
)
def convert_with_tensors_not_lists(case):
    """Call a model of both lists, and one of both tensors, on an array, often."""
    if hasattr(case, "fresh"):
        sequential = case.fresh()
    else:
        sequential = keras.Sequential(case.new_layers())
        sequential(case.x())
    x = case.x()
    lists = keras.Model(sequential.inputs, sequential.outputs)
    tensors = keras.Model(sequential.inputs[0], sequential.outputs[0])
    for data in (x, x[:5], x):
        (said,) = says_of_structure(lists, data)
        assert said.startswith("The structure of `inputs` doesn't match the expected")
        assert says_of_structure(tensors, data) == []
    assert same(keras.tree.flatten(lists(x)), [tensors(x)]) or case_is_stateful(case)


def case_is_stateful(case):
    """Whether a layer takes its state from one batch to the next."""
    stack = getattr(case, "stack", case)
    return "stateful" in str(stack.layers)


def known_end(model):
    """Return a step that any output goes through."""
    return layers.Identity(dtype=ops.dtype(model.outputs[0]))


def around(base):
    """Return models around a base: a Sequential of two kinds, two functional models."""
    start = base.inputs[0]

    def new():
        return keras.Input(batch_shape=start.shape, dtype=start.dtype)

    image, twice = new(), new()
    return [
        lambda: keras.Sequential(
            [new(), layers.Identity(dtype=start.dtype), base, known_end(base)]
        ),
        lambda: keras.Sequential([base, known_end(base)]),
        lambda: keras.Model(image, known_end(base)(base(image))),
        lambda: keras.Sequential(
            [new(), keras.Sequential([new(), base]), known_end(base)]
        ),
        lambda: keras.Model(twice, [known_end(base)(base(twice)), base(twice)]),
    ]


BASES = Part(
    "bases with an Input of their own",
    (
        *EVERY_SEQUENTIAL.fixed,
        *(stack.case("functional") for stack in STACKS.fixed[::4]),
    ),
    EVERY_SEQUENTIAL.drawn,
)


@over(BASES)
def a_layer_inside_a_nested_base_is_on_another_path(case):
    """Ask for the output of each layer inside the base, in models of five kinds."""
    base = case.fresh()
    number, ways = len(case.name), around(base)
    for outer in (ways[number % 5](), ways[(number + 2) % 5]()):
        for layer in base.layers:
            says = refusal(
                lambda outer=outer, layer=layer: keras.Model(
                    outer.inputs[0], [layer.output, outer.outputs[0]]
                )
            )
            assert "Output with path `0` is not connected to `inputs`" in says
        # The base itself, and a layer behind it, are on the path.
        end = outer.layers[-1] if len(outer.outputs) == 1 else None
        if end is not None:
            model = keras.Model(outer.inputs[0], [end.output, outer.outputs[0]])
            assert len(model.outputs) == 2
    # The base alone has a path to each of its layers, if they were made for it.
    for layer in base.layers if case.form != "layers of another" else []:
        if not isinstance(layer, keras.Model):
            keras.Model(base.inputs[0], [layer.output, base.outputs[0]])


OF_FOUR = [stack for stack in STACKS.fixed if stack.shape == (4,) and not stack.rows]
FORMS = ("list", "functional", "add", "from_config")
GRAPHS_OF_FOUR = [
    case
    for case in GRAPHS.fixed
    if case.code.count("keras.Input(") == 1 and "keras.Input((4,))" in case.code
]


@over(
    each(
        "models with Input((4,))",
        [
            *(stack.case(FORMS[n % 4]) for n, stack in enumerate(OF_FOUR)),
            *GRAPHS_OF_FOUR,
        ],
    )
)
def a_missing_batch_axis_is_refused(case):
    """Feed rows from a dataset to each method, and a row to predict; then batches."""
    model, x, y = case.fresh(), case.x(), case.y()
    model.compile("sgd", loss="mse", run_eagerly=len(case.name) % 3 > 0)
    rows = tf.data.Dataset.from_tensor_slices(
        (x, tuple(y) if isinstance(y, list) else y)
    )
    only = tf.data.Dataset.from_tensor_slices(x)
    assert all(row.shape == (4,) for row, _ in rows)
    fed = [model.evaluate, model.fit][len(case.name) % 2]
    for call in (
        lambda: fed(rows, verbose=0),
        lambda: model.predict(only, verbose=0),
        lambda: model.predict(x[0], verbose=0),
    ):
        assert "input has incompatible shape (4,)" in refusal(call)
    answers = model.predict(only.batch(2), verbose=0)
    assert all(len(answer) == len(x) for answer in keras.tree.flatten(answers))
    assert np.isfinite(model.evaluate(rows.batch(2), verbose=0)).any()


TWO_NAMES = [
    (("image", "table"), ((4, 8, 1), (12,))),
    (("table", "image"), ((12,), (4, 8, 1))),
    (("a", "b"), ((4,), (4,))),
    (("b", "a"), ((4,), (4,))),
    (("words of it", "1"), ((6,), (None, 3))),
    (("left", "left_too"), ((3, 2), (1,))),
]
# How the inputs were declared, and what the data are in.
DECLARED = ["list", "dict", "optional", "nested"]
GIVEN = ["without it", "under another name", "with a third array"]


def two_named(names, shapes, declared):
    """Make a model of two named inputs."""
    more = {"optional": True} if declared == "optional" else {}
    tensors = [
        keras.Input(shape, name=name, **more)
        for name, shape in zip(names, shapes, strict=True)
    ]
    flat = [
        layers.GlobalAveragePooling1D()(tensor) if None in tensor.shape[1:] else tensor
        for tensor in tensors
    ]
    inputs = dict(zip(names, tensors, strict=True)) if declared == "dict" else tensors
    model = keras.Model(inputs, joined(flat))
    return keras.Sequential([model, layers.Dense(1)]) if declared == "nested" else model


@over(
    each(
        "models of two named inputs, and data without one of them",
        [
            (*names, declared, given)
            for names in TWO_NAMES
            for declared in (DECLARED if names[0][0] != "b" else DECLARED[:2])
            for given in GIVEN
        ],
    )
)
def a_missing_input_is_named(case):
    """Leave out one and then the other, in a call and in each method."""
    names, shapes, declared, given = case
    keras.utils.set_random_seed(0)
    model = two_named(names, shapes, declared)
    whole = {
        name: np.ones((4, *(n or 5 for n in shape)), "float32")
        for name, shape in zip(names, shapes, strict=True)
    }
    units = model(whole).shape[-1]
    model.compile("sgd", loss="mse", run_eagerly=True)
    y = np.ones((4, units), "float32")
    for missing in names:
        data = {name: array for name, array in whole.items() if name != missing}
        if given == "under another name":
            data[missing + "s"] = whole[missing]
        elif given == "with a third array":
            data["third"] = np.ones((4, 1), "float32")
        for call in (
            lambda x: model(x),
            [
                lambda x: model.predict(x, verbose=0),
                lambda x: model.fit(x, y, verbose=0),
                lambda x: model.evaluate(x, y, verbose=0),
                lambda x: model.train_on_batch(x, y),
            ][(len(given) + len(missing) + DECLARED.index(declared)) % 4],
        ):
            says = refusal(lambda call=call, data=data: call(data))
            assert f'Missing data for input "{missing}"' in says, says
    assert model.predict(whole, verbose=0).shape == (4, units)
