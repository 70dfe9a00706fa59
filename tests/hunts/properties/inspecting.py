"""What models tell of themselves, and which inputs they let in."""

import itertools

import keras
import numpy as np
from keras import layers, ops, tree

from tests.hunts.property import over
from tests.hunts.zoo import (
    EVERY_SEQUENTIAL,
    NETWORKS,
    STACKS,
    each,
    same,
)
from tests.hunts.zoo.own import Scale
from tests.hunts.zoo.stacks import Stack

FUNCTIONAL = type(keras.Model(start := keras.Input((1,)), layers.ReLU()(start)))


def summary(model):
    lines = []
    model.summary(72, print_fn=lambda text, **kwargs: lines.append(text))
    return "\n".join(lines)


def row(model, layer):
    """Return the cells of the row of a layer: name, shape, count."""
    (found,) = [
        line.split("│")[1:-1]
        for line in summary(model).splitlines()
        if line.startswith(f"│ {layer.name} ")
    ]
    return [cell.strip() for cell in found]


def flat_shapes(structure):
    """List the shapes, which are tuples of numbers, in a structure."""
    if isinstance(structure, tuple) and all(isinstance(n, int) for n in structure):
        return [structure]
    parts = structure.values() if isinstance(structure, dict) else structure
    return [shape for part in parts for shape in flat_shapes(part)]


def reset(model):
    """Forget what a recurrent layer keeps between batches."""
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            layer.reset_states()


def refusal(model, data):
    """Say why a model refuses data; empty: it does not."""
    try:
        model(data)
    except ValueError as error:
        return str(error)
    return ""


class Steps(keras.Model):
    """Call layers in a row."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def call(self, x, training=False):
        for layer in self.steps:
            x = layer(x)
        return x


def all_new(stack):
    """Whether no layer is a model, which knows its input."""
    return not any(isinstance(layer, keras.Model) for layer in stack.new_layers())


@over(
    STACKS.where(
        lambda stack: (
            all_new(stack) and any(type(x) is layers.Dense for x in stack.new_layers())
        ),
        "stacks with a Dense layer",
    )
)
def summary_of_an_unbuilt_model_does_not_raise(stack):
    """Read the rows of all Dense layers in an unbuilt model."""
    for make in (keras.Sequential, Steps):
        model = make(stack.new_layers())
        assert not model.weights
        for layer in model.layers:
            if type(layer) is layers.Dense:
                _, shape, count = row(model, layer)
                assert shape == "?" and count == "0 (unbuilt)"


@over(
    STACKS.where(
        lambda stack: (
            all_new(stack)
            and all(type(x).__module__[:6] == "keras." for x in stack.new_layers())
            and "stateful" not in str(stack.layers)
            and (
                stack.sequential().weights
                or any("ReLU" in step or "Dropout" in step for step in stack.layers)
            )
        ),
        "stacks of new layers of Keras",
    )
)
def subclass_summary_shows_its_first_batch(stack):
    """Call it on batches of two sizes, and on a symbolic tensor; read all rows."""
    width = stack.x(1).shape[1:]
    for rows in (8, 3):
        model = Steps(stack.new_layers())
        model(np.ones((rows, *width), stack.dtype))
        for layer in model.layers:
            if layer.weights:
                assert row(model, layer)[1].startswith(f"({rows}")
            if isinstance(layer, layers.ReLU | layers.Dropout):
                assert row(model, layer)[1] == "?"
    model = Steps(stack.new_layers())
    model(keras.Input(width, dtype=stack.dtype))
    for layer in model.layers:
        if layer.weights:
            assert row(model, layer)[1].startswith("(None")
        if isinstance(layer, layers.ReLU | layers.Dropout):
            assert row(model, layer)[1] == "?"


JOINS = {
    "Add": lambda a, b: layers.Add()([a, b]),
    "Multiply": lambda a, b: layers.Multiply()([a, b]),
    "Concatenate": lambda a, b: layers.Concatenate()([a, b]),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "ops.maximum": ops.maximum,
}
BODIES = {
    "one layer": lambda: [layers.Dense(4)],
    "two layers": lambda: [layers.Dense(3, activation="relu"), layers.Dense(4)],
    "many": lambda: [layers.Dense(4), layers.LayerNormalization(), Scale()],
    "a model": lambda: [keras.Sequential([layers.Dense(2), layers.Dense(4)])],
    "dropout": lambda: [layers.Dense(4), layers.Dropout(0.5)],
}


class Skip(keras.Model):
    """Run layers, and join what comes out to what goes in, so many times."""

    def __init__(self, body, join, head):
        super().__init__()
        self.body, self.head, self.join = body, head, join
        joins = {"Add": layers.Add, "Multiply": layers.Multiply}
        self.joins = joins.get(join, layers.Concatenate)()

    def call(self, x, training=False):
        y = x
        for layer in self.body:
            y = layer(y)
        if self.join in ("Add", "Multiply", "Concatenate"):
            return self.head(self.joins([x, y]))
        return self.head(JOINS[self.join](x, y))


@over(each("bodies, joints and inputs", itertools.product(BODIES, JOINS)))
def only_a_functional_summary_shows_connections(case):
    """Write one network as a class, and draw its graph."""
    body, join = case
    for head in (layers.ReLU(), layers.Dense(2)):
        model = Skip(BODIES[body](), join, head)
        x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
        inputs = keras.Input((4,))
        y = model(x)
        drawn = keras.Model(inputs, model.call(inputs))
        assert same(drawn(x), y, 1e-6)
        assert "Connected to" in summary(drawn)
        assert "Connected to" not in summary(model)


def dense(name):
    return layers.Dense(4, name=name)


# Ways to assign layers to an attribute, and their names in order.
WAYS = {
    "one": (lambda n: dense(f"{n}a"), "a"),
    "list": (lambda n: [dense(f"{n}c"), dense(f"{n}b")], "cb"),
    "dict": (lambda n: {"z": dense(f"{n}e"), "y": dense(f"{n}d")}, "ed"),
    "model": (lambda n: keras.Sequential([dense("inner")], name=f"{n}f"), "f"),
    "tuple": (lambda n: (dense(f"{n}h"), dense(f"{n}g")), "hg"),
    "nested list": (lambda n: [[dense(f"{n}j")], [dense(f"{n}i")]], "ji"),
}


def flat(value):
    """List the layers in what was assigned."""
    if isinstance(value, layers.Layer):
        return [value]
    parts = value.values() if isinstance(value, dict) else value
    return [layer for part in parts for layer in flat(part)]


@over(
    each(
        "ways to assign, and orders of the calls",
        itertools.product(itertools.permutations(WAYS, 2), (1, -1)),
    )
)
def subclass_lists_layers_as_created(case):
    """Assign layers in two ways, and call them in two orders."""
    ways, order = case

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.z = WAYS[ways[0]][0]("1")
            self.other = 3
            self.a = WAYS[ways[1]][0]("2")

        def call(self, x, training=False):
            for layer in (flat(self.z) + flat(self.a))[::order]:
                x = layer(x)
            return x

    names = [
        f"{n}{letter}"
        for n, way in zip("12", ways, strict=True)
        for letter in WAYS[way][1]
    ]
    model = Net()
    assert [layer.name for layer in model.layers] == names
    model(np.ones((2, 4)))
    assert [layer.name for layer in model.layers] == names
    start = keras.Input((4,))
    drawn = keras.Model(start, model.call(start))
    called = [layer.name for layer in (flat(model.z) + flat(model.a))[::order]]
    assert [layer.name for layer in drawn.layers[1:]] == called


@over(
    STACKS.where(
        lambda stack: not any(isinstance(x, FUNCTIONAL) for x in stack.new_layers()),
        "stacks without functional models",
    )
)
def all_hidden_outputs_of_a_sequential(stack):
    """Compare the outputs of all layers with those of one layer after the other."""
    model = keras.Sequential([stack.input(), *stack.new_layers()])
    outputs = [layer.output for layer in model.layers]
    every = keras.Model(model.inputs[0], outputs)
    x = y = stack.x()
    expected = []
    for layer in model.layers:
        y = layer(y)
        expected.append(y)
    reset(model)
    assert same(every(x), expected if len(expected) > 1 else expected[0], 1e-6)


@over(
    STACKS.where(
        lambda stack: not any(isinstance(x, keras.Model) for x in stack.new_layers()),
        "stacks of layers that are no models",
    )
)
def layer_output_is_its_first_call(stack):
    """Call layers on numbers, in a functional model, twice, and in a Sequential."""
    one, two, y = stack.input(), stack.input(), stack.x()
    steps, ends = stack.new_layers(), []
    x = one
    for layer in steps:
        y = layer(y)  # a call on numbers gives no tensor
        x = layer(x)
        ends.append(x)
    model = keras.Model(one, x)
    reused = keras.Sequential([two, *model.layers[1:]])
    assert all(a.output is b for a, b in zip(steps, ends, strict=True))
    first = keras.Model(one, [layer.output for layer in steps])
    y = stack.x()
    reset(model)
    expected = []
    for layer in steps:
        y = layer(y)
        expected.append(y)
    reset(model)
    answers = first(stack.x())
    assert same(answers, expected if len(expected) > 1 else expected[0], 1e-6)
    for layer in steps:
        message = ""
        try:
            keras.Model(reused.inputs[0], layer.output)
        except ValueError as error:
            message = str(error)
        assert "is not connected to `inputs`" in message
    # Twice in one functional model: the first of the two.
    for layer in stack.new_layers()[:1]:
        a, b = stack.input(), stack.input()
        first, second = layer(a), layer(b)
        model = keras.Model([a, b], [second, first])
        assert model.layers[-1].output is first


@over(EVERY_SEQUENTIAL)
def called_sequential_has_another_input(case):
    """Call it on a new tensor; then join its input to each of its hidden outputs."""
    model = case.fresh()
    assert not hasattr(model, "input")
    new = case.stack.input()
    model(new)
    assert model.input is new and model.input is not model.inputs[0]
    for layer in model.layers:
        message = ""
        try:
            keras.Model(model.input, layer.output)
        except ValueError as error:
            message = str(error)
        assert "is not connected to `inputs`" in message


# Layers that take any width, or images or steps of any size.
ANY = {
    (4,): ["Rescaling(2.0)", "ReLU()", "Dropout(0.5)", "Softmax()", "RepeatVector(3)"],
    (5, 3): ["GlobalMaxPooling1D()", "ReLU()", "UnitNormalization()", "Cropping1D(1)"],
    (6, 2): ["Conv1D(3, 2)", "GRU(3)", "TimeDistributed(layers.Dense(2))"],
    (8, 8, 2): ["Conv2D(2, 3)", "MaxPooling2D()", "BatchNormalization()"],
    (7, 9, 1): ["GlobalAveragePooling2D()", "UpSampling2D()", "Resizing(4, 4)"],
}


@over(
    each(
        "layers and other lengths",
        [
            (shape, layer, axis, length)
            for shape, found in ANY.items()
            for layer in found
            for axis in range(
                len(shape)
                - any(name in layer for name in ("Conv", "GRU", "Time", "Batch"))
                - (len(shape) == 3 and "Conv" not in layer and "Batch" not in layer)
            )
            for length in (shape[axis] + 1, 11)
        ],
    )
)
def a_sequential_checks_the_number_of_axes(case):
    """Change one length; then add an axis, and take one away."""
    shape, code, axis, length = case
    layer = eval(f"layers.{code}")
    model = keras.Sequential([keras.Input(shape), layer])
    graph = keras.Model(model.inputs[0], model.outputs[0])
    other = [*shape]
    other[axis] = length
    data = np.random.default_rng(0).normal(size=(5, *other)).astype("float32")
    assert same(model(data), layer(data))
    assert "expected shape=(None, " in refusal(graph, data)
    right = np.ones((5, *shape), "float32")
    assert not refusal(model, right) and not refusal(graph, right)
    # Apart from an axis of length 1 at the end, which may be missing, or one too many.
    bare = data[..., 0] if shape[-1] == 1 else data[..., None]
    assert same(model(bare), layer(data))
    for wrong in (
        np.ones((5, *shape, 2)),
        np.ones((2, 5, *shape[:-1], 2)),
        np.ones((*shape[:-1], 2) if shape[-1] > 1 else (9, 2)),
    ):
        assert refusal(model, wrong) and refusal(graph, wrong)
    # Where only the last axis differs, and one of the lengths is 1, a graph takes it.
    if not any(name in code for name in ("Conv", "GRU", "Time", "Batch")):
        last = np.ones((5, *shape[:-1], 3 if shape[-1] == 1 else 1), "float32")
        assert same(graph(last), layer(last)) and same(model(last), layer(last))


class Probe(layers.Layer):
    """Note the type of the input."""

    def __init__(self):
        super().__init__()
        self.seen = None

    def call(self, x):
        self.seen = keras.backend.standardize_dtype(x.dtype)
        return ops.cast(x, "float32")


class Doubled(layers.Layer):
    """Add the input to itself."""

    def __init__(self):
        super().__init__()
        self.add = layers.Add()

    def call(self, x):
        return self.add([x, x])


@over(STACKS.where(lambda stack: stack.dtype == "float32", "stacks of floats"))
def declared_inputs_convert_whole_numbers(stack):
    """Stand a layer that notes the type before the others; add 200 and 200."""
    shape = stack.x().shape
    whole = np.random.default_rng(0).integers(100, 255, shape).astype("uint8")
    floats = whole.astype("float32")

    def sequential(steps):
        return keras.Sequential([stack.input(), *steps])

    def functional(steps):
        x = start = stack.input()
        for layer in steps:
            x = layer(x)
        return keras.Model(start, x)

    for make, dtype in (
        (sequential, "float32"),
        (functional, "float32"),
        (Steps, "uint8"),
    ):
        probe = Probe()
        model = make([probe, *stack.new_layers()])
        answers = []
        for x in (floats, whole):
            model(x)
            reset(model)
            answers.append(model(x))
            reset(model)
        assert probe.seen == dtype
        assert same(*answers)
        model.run_eagerly = True
        model.predict_on_batch(whole)
        assert probe.seen == dtype
        total = make([Doubled()])(np.full(shape, 200, "uint8"))
        assert np.all(np.asarray(total) == (144 if make is Steps else 400))


@over(STACKS.where(lambda stack: stack.shape[-1] not in (1, None)))
def a_trailing_axis_of_one_is_dropped(stack):
    """Add an axis to the data, in a call and in predict."""
    x = stack.x()
    for model in (stack.sequential(), stack.functional()):
        model.run_eagerly = True
        reset(model)
        expected = np.asarray(model(x))
        for way in (model, model.predict_on_batch):
            reset(model)
            assert same(way(x[..., None]), expected, 1e-3)


NARROW = [
    Stack(f"narrow {number}", (1,), steps, dtype)
    for number, (steps, dtype) in enumerate(
        itertools.chain(
            itertools.product(
                [
                    ("layers.Dense(2)",),
                    ("layers.Dense(3)", "layers.Dense(1)"),
                    ("layers.Rescaling(2.0)", "layers.Dropout(0.5)"),
                    ("layers.BatchNormalization()", "layers.Dense(2)"),
                    ("layers.RepeatVector(3)", "layers.GRU(2)"),
                    ("Scale()", "layers.ReLU()"),
                ],
                ["float32"],
            ),
            [(("layers.Embedding(10, 3)", "layers.Flatten()"), "int32")],
        )
    )
]


@over(
    each("narrow models and numbers of rows", itertools.product(NARROW, (1, 2, 5, 8)))
)
def input_of_width_one_takes_a_flat_array(case):
    """Give the numbers flat and in rows, in a call and in predict."""
    stack, rows = case
    model = stack.functional()
    column = stack.x(rows)
    assert column.shape == (rows, 1)
    expected = np.asarray(model(column))
    assert len(expected) == rows
    for way in (model, model.predict_on_batch):
        assert same(way(column[:, 0]), expected, 1e-5)


@over(NETWORKS)
def config_of_a_subclass_has_no_layers(case):
    """Read the config; rebuild what has layers in it."""
    model = case.model
    config = model.get_config()
    made = type(model).from_config(model.get_config())
    if case.kind == "subclass":
        assert "layers" not in config
        assert type(made) is type(model)
    else:
        names = [layer.name for layer in model.layers]
        listed = [x.get("name") or x["config"]["name"] for x in config["layers"]]
        assert all(name in listed for name in names)
        assert [layer.name for layer in made.layers] == names
        assert [type(x) for x in made.layers] == [type(x) for x in model.layers]
        assert [w.shape for w in made.weights] == [w.shape for w in model.weights]


@over(NETWORKS)
def subclass_has_no_compute_output_shape(case):
    """Ask for the shape of the output, also of a functional model around it."""
    x = case.x(7)
    shapes = tree.map_structure(lambda array: array.shape, x)
    found = [tuple(t.shape) for t in tree.flatten(case.fresh()(x))]
    inner = case.fresh()
    around = keras.Model(case.given, inner(case.given))
    answering = [around, case.fresh()]
    if case.kind == "subclass":
        message = ""
        try:
            answering.pop().compute_output_shape(shapes)
        except NotImplementedError as error:
            message = str(error)
        assert "have a `compute_output_shape` method implemented" in message
    for model in answering:
        answer = flat_shapes(model.compute_output_shape(shapes))
        assert answer == found
