"""Several outputs: a loss for each, heads that are added, dropped or in a row."""

import itertools

import keras
import numpy as np
from keras import layers

from tests.hunts.property import over
from tests.hunts.zoo import EVERY_SEQUENTIAL, STACKS, each, same

NAMES = ["digit", "right_half", "z", "Alpha", "spread", "malignant", "a", "out_2"]
LOSSES = ["mse", "mae", "huber", "log_cosh"]


def number_of(case):
    """Give every case a number of its own, the same in each run."""
    return sum(map(ord, case.name + getattr(case, "code", "") + str(case.layers)))


def through(stack):
    """Return the symbolic input and the last tensor of a stack."""
    x = inputs = stack.input()
    for layer in stack.new_layers():
        x = layer(x)
    return inputs, x


def with_heads(stack, names, **kwargs):
    """Make a model with a head for each name on the last tensor of a stack."""
    inputs, x = through(stack)
    heads = {
        name: layers.Dense(1 + n, dtype="float32", name=name, **kwargs)(x)
        for n, name in enumerate(names)
    }
    return keras.Model(inputs, heads)


def targets_of(model, x, seed=1):
    """Return random targets in the structure of the outputs."""
    random = np.random.default_rng(seed)
    return keras.tree.map_structure(
        lambda answer: random.normal(size=answer.shape).astype("float32"), model(x)
    )


@over(
    STACKS.where(
        lambda stack: "regulariz" not in stack.list_code.lower(),
        "models with two to four heads on a stack without regularization",
    )
)
def each_output_has_its_own_loss(stack):
    """Compare the total that evaluate reports with the weighted sum of the others."""
    number = number_of(stack)
    names = list(itertools.islice(itertools.cycle(NAMES), number % 5, number % 5 + 3))
    model = with_heads(stack, names[: 2 + number % 2])
    names = model.output_names
    losses = {name: LOSSES[(number + n) % 4] for n, name in enumerate(names)}
    weights = {name: 0.5 + 3.0 * n for n, name in enumerate(names)}
    eager = number % 3 != 0  # it sums up in another way than a compiled step
    model.compile(loss=losses, loss_weights=weights, run_eagerly=eager)
    x = stack.x(stack.rows or 6)
    size = stack.rows or 3
    targets = targets_of(model, x)
    got = model.evaluate(x, targets, batch_size=size, verbose=0, return_dict=True)
    assert set(got) == {"loss", *(f"{name}_loss" for name in names)}
    total = sum(weights[name] * got[f"{name}_loss"] for name in names)
    assert np.isclose(got["loss"], total, rtol=1e-4)


@over(
    each(
        "lists and dicts of two to five inputs and two to four outputs",
        itertools.product((2, 3, 5), (2, 3, 4), ("list", "dict"), ("list", "dict")),
    )
)
def functional_takes_several_inputs_and_outputs(case):
    """Give them in both structures; call, train and predict with all of them."""
    ins, outs, given_as, returned_as = case
    rank = 1 + ins % 2
    tensors = [keras.Input((3,) * rank, name=f"in{n}") for n in range(ins)]
    codes = [layers.Dense(2, "tanh")(layers.Flatten()(each)) for each in tensors]
    joined = layers.Concatenate()(codes)
    ends = [layers.Dense(n + 1, name=f"out{n}")(joined) for n in range(outs)]

    def pack(kind, values, name):
        if kind == "list":
            return list(values)
        return {f"{name}{n}": value for n, value in enumerate(values)}

    model = keras.Model(pack(given_as, tensors, "in"), pack(returned_as, ends, "out"))
    assert len(model.inputs) == ins and len(model.outputs) == outs
    random = np.random.default_rng(0)
    data = [random.normal(size=(4, *(3,) * rank)).astype("float32") for _ in tensors]
    data = pack(given_as, data, "in")
    answers = model(data)
    assert isinstance(answers, {"list": list, "dict": dict}[returned_as])
    shapes = [answer.shape for answer in keras.tree.flatten(answers)]
    assert shapes == [(4, n + 1) for n in range(outs)]
    model.compile("sgd", loss="mse", run_eagerly=True)
    before = model.get_weights()
    targets = keras.tree.map_structure(lambda answer: np.ones(answer.shape), answers)
    model.fit(data, targets, verbose=0)
    assert all(
        not np.array_equal(*pair)
        for pair in zip(before, model.get_weights(), strict=True)
    )
    for value in keras.tree.flatten(data):  # each input has a say
        kept = value.copy()
        answers = keras.tree.flatten(model(data))
        value += 1.0
        others = keras.tree.flatten(model(data))
        value[:] = kept
        pairs = zip(answers, others, strict=True)
        assert all(not np.allclose(*pair) for pair in pairs)


@over(STACKS.where(lambda stack: stack.rows is None, "stacks that end in two heads"))
def two_heads_in_sequential_become_a_row(stack):
    """Append two heads to a stack: the second one reads the first."""
    first = layers.Dense(3, activation="softmax", name="first")
    second = layers.Dense(2, activation="sigmoid", name="second")
    model = keras.Sequential([stack.input(), *stack.new_layers(), first, second])
    assert second.input is first.output
    assert len(model.outputs) == 1 and model.outputs[0] is second.output
    assert second.kernel.shape[0] == 3
    answer = model(stack.x())
    assert answer.shape[-1] == 2
    assert model.output_shape[-1] == 2


@over(STACKS.where(lambda stack: stack.rows is None, "stacks that end in two heads"))
def sequential_may_end_in_a_model_with_two_outputs(stack):
    """Let a stack end in a functional model with a list or a dict of two outputs."""
    inputs, x = through(stack)
    body = keras.Model(inputs, x)
    code = keras.Input(x.shape[1:])
    ends = [layers.Dense(3)(code), layers.Dense(2, activation="sigmoid")(code)]
    packed = ends if number_of(stack) % 2 else {"digit": ends[0], "half": ends[1]}
    heads = keras.Model(code, packed)
    model = keras.Sequential([stack.input(), *body.layers[1:], heads])
    assert isinstance(model, keras.Sequential) and len(model.outputs) == 2
    data = stack.x()
    answers = model(data)
    assert [each.shape[-1] for each in keras.tree.flatten(answers)] == [3, 2]
    keras.tree.assert_same_structure(answers, packed)
    assert same(answers, heads(body(data)), 1e-6)


def quiet(stack):
    """Whether no layer keeps a state from one call to the next."""
    return "stateful" not in stack.list_code


@over(STACKS.where(quiet, "models with an auxiliary head, without a stateful RNN"))
def dropping_the_auxiliary_head_keeps_the_answers(stack):
    """Train with a head on a tensor in the middle, and drop that head."""
    tensors = [stack.input()]
    for layer in stack.new_layers():
        tensors.append(layer(tensors[-1]))
    middle = tensors[len(tensors) // 2]
    middle = keras.ops.cast(middle, "float32") if "int" in middle.dtype else middle
    main = layers.Dense(2, name="main")(tensors[-1])
    head = layers.Dense(1, name="early")
    model = keras.Model(tensors[0], {"main": main, "early": head(middle)})
    model.compile("sgd", loss="mse", run_eagerly=True)
    x = stack.x()
    model.fit(x, targets_of(model, x), verbose=0)
    slim = keras.Model(model.inputs[0], main)
    assert np.array_equal(slim(x), model(x)["main"], equal_nan=True)
    assert model.count_params() - slim.count_params() == head.count_params()
    kept = [layer for layer in model.layers if layer in slim.layers]
    assert slim.layers == kept and head not in slim.layers
    assert {head} <= set(model.layers) - set(slim.layers)


def middle_of(case, model):
    """Return a layer before the last one."""
    return model.layers[number_of(case.stack) % (len(model.layers) - 1)]


@over(
    EVERY_SEQUENTIAL.where(
        lambda case: (
            case.form != "layers of another"
            and len(case.model.layers) > 1
            and not isinstance(middle_of(case, case.model), keras.Model)
        ),
        "Sequential models whose middle layer is no model, and in no other model",
    )
)
def an_auxiliary_head_fits_around_a_sequential(case):
    """Put a head on the output of the first, or of a later layer, and train it."""
    stack = case.fresh()
    early = layers.Dense(1, name="early")(middle_of(case, stack).output)
    around = keras.Model(stack.inputs[0], {"main": stack.outputs[0], "early": early})
    x = case.x()
    around.compile("sgd", loss="mse", run_eagerly=True)
    before = [layer.get_weights() for layer in stack.layers]
    around.fit(x, targets_of(around, x), verbose=0)
    for layer, weights in zip(stack.layers, before, strict=True):
        assert not layer.trainable_variables or not same(layer.get_weights(), weights)


@over(STACKS.where(quiet, "models with two or three heads, without a stateful RNN"))
def a_subclass_can_return_a_dict_of_tasks(stack):
    """Write the same layers as a subclass that returns a dict."""
    number = number_of(stack)
    graph = with_heads(stack, NAMES[number % 6 : number % 6 + 2 + number % 2])

    class Tasks(keras.Model):
        def __init__(self):
            super().__init__()
            self.steps = [x for x in graph.layers[1:] if x.name not in NAMES]
            self.heads = {name: graph.get_layer(name) for name in graph.output_names}

        def call(self, x, training=False):
            for step in self.steps:
                x = step(x)
            return {name: head(x) for name, head in self.heads.items()}

    x = stack.x()
    model = Tasks()
    ours, theirs = model(x), graph(x)
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)
    losses = dict.fromkeys(graph.output_names, "mse")
    for each_model in (model, graph):
        each_model.compile(loss=losses, run_eagerly=True)
    targets = targets_of(graph, x)
    one, other = (
        each_model.evaluate(x, targets, verbose=0, return_dict=True)
        for each_model in (model, graph)
    )
    assert one.keys() == other.keys() == {"loss", *(f"{name}_loss" for name in losses)}


@over(STACKS.where(lambda stack: True, "models with a head for each of two tasks"))
def without_loss_weights_one_task_is_the_total(stack):
    """Evaluate new models on a class and on numbers that are large on average."""
    inputs, x = through(stack)
    ends = {
        "yes": layers.Dense(1, "sigmoid", dtype="float32", name="yes")(x),
        "size": layers.Dense(1, dtype="float32", name="size")(x),
    }
    model = keras.Model(inputs, ends)
    model.compile(loss={"yes": "binary_crossentropy", "size": "mse"}, run_eagerly=True)
    data = stack.x()
    number = number_of(stack)
    random = np.random.default_rng(number)
    shape = model(data)["yes"].shape
    size = random.gamma([0.5, 1.0, 20.0][number % 3], size=shape)
    size *= [35.0, 100.0, 3000.0][number // 3 % 3] / np.mean(size)
    targets = {"yes": random.integers(0, 2, shape), "size": size}
    got = model.evaluate(data, targets, verbose=0, return_dict=True)
    assert got["size_loss"] > 0.999 * got["loss"]


WITHOUT_DECAY = ["sgd", "adam", "rmsprop", "adagrad", "adadelta", "adamax", "nadam"]
WITHOUT_DECAY += ["lion", "adafactor"]


@over(
    STACKS.where(
        lambda stack: len(stack.sequential().trainable_variables) > 0,
        "models with weights, two heads and different optimizers",
    )
)
def a_loss_weight_of_zero_stops_that_head(stack):
    """Train with a loss weight of 0 for one of two heads."""
    number = number_of(stack)
    inputs, x = through(stack)
    body = keras.Model(inputs, x)
    off = [
        [layers.Dense(2)],
        [layers.Dense(3, activation="tanh"), layers.Dense(1)],
        [layers.Dense(3), layers.BatchNormalization(), layers.Dense(1)],
    ][number % 3]
    on = layers.Dense(1, dtype="float32", name="on")
    ends = {"on": on(x)}
    for layer in off:
        x = layer(x)
    ends["off"] = x
    model = keras.Model(inputs, ends)

    def kept(optimizer):
        zero = {"on": 1.0, "off": 0}
        losses = {"on": "mse", "off": "mse"}
        model.compile(optimizer, loss=losses, loss_weights=zero, run_eagerly=True)
        parts = ([on], body.layers, off)
        before = [[np.array(w) for w in weights(part)] for part in parts]
        data = stack.x()
        model.fit(data, targets_of(model, data), verbose=0)
        return [
            same([np.array(w) for w in weights(part)], values)
            for part, values in zip(parts, before, strict=True)
        ]

    def weights(part):
        return [w for layer in part for w in layer.trainable_variables]

    assert kept(WITHOUT_DECAY[number % len(WITHOUT_DECAY)]) == [False, False, True]
    assert kept(keras.optimizers.AdamW(0.01)) == [False, False, False]


@over(
    each(
        "names of two and three tasks, and misspelled names",
        [
            (tasks, wrong)
            for tasks in itertools.permutations(["malignant", "spread", "B"], 2)
            for wrong in ("area", "Spread", "malign", "zzz", "m")
        ]
        + [
            (tasks, wrong)
            for tasks in itertools.permutations(["one", "two", "three"])
            for wrong in ("four", "tow", "")
        ],
    )
)
def a_misspelled_loss_weight_reaches_the_wrong_task(case):
    """Misspell one name: the order of the alphabet says who gets which weight."""
    tasks, wrong = case
    inputs = keras.Input((3,))
    heads = {name: layers.Dense(1, name=name)(inputs) for name in tasks}
    model = keras.Model(inputs, heads)
    for n, right in enumerate(tasks):
        given = {name: 10.0**m for m, name in enumerate(tasks)}
        given[wrong] = given.pop(right)
        losses = {name: ["mse", "mae"][n % 2] for name in tasks}
        model.compile(loss=losses, loss_weights=given, run_eagerly=True)
        x = np.random.default_rng(0).normal(size=(5, 3))
        targets = targets_of(model, x)
        got = model.evaluate(x, targets, verbose=0, return_dict=True)
        weights = [given[name] for name in sorted(given)]
        pairs = zip(weights, sorted(tasks), strict=True)
        total = sum(weight * got[f"{name}_loss"] for weight, name in pairs)
        assert np.isclose(got["loss"], total, rtol=1e-4)
