"""Which API fits: what a stack can hold, what a graph can, and the stack test."""

import itertools
import re
from functools import cache
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import GRAPHS, NETWORKS, STACKS, each, made, same
from tests.hunts.zoo.case import NAMES
from tests.hunts.zoo.own import Split
from which_api.judge import judge

PAGES = Path(__file__).parents[3] / "docs"


def raises(error, call, *arguments):
    """Whether a call raises this error."""
    try:
        call(*arguments)
    except error:
        return True
    return False


@over(STACKS)
def a_chain_can_be_a_sequential(stack):
    """Compare with the same layers in a Sequential, in training, too."""
    graph, other = stack.functional(), stack.functional()
    rebuilt = keras.Sequential([stack.input(), *other.layers[1:]])
    assert all(a is b for a, b in zip(rebuilt.layers, other.layers[1:], strict=True))
    assert rebuilt.count_params() == graph.count_params()
    for training in (False, True):
        x = stack.x(seed=training)
        assert same(graph(x, training=training), rebuilt(x, training=training))


@over(STACKS)
def sequential_refuses_a_second_input(stack):
    """Put another `Input` behind each layer, and behind the first one."""
    row = [stack.input(), *stack.new_layers()]
    for place in range(1, len(row) + 1):
        other = [*row[:place], stack.input(), *row[place:]]
        assert raises(ValueError, keras.Sequential, other)
    assert raises(ValueError, stack.sequential().add, stack.input())


HEADS = [
    ("layers.Dense(3)", "layers.Dense(1)"),
    ("layers.Dense(2, activation='softmax')", "layers.Dense(2)"),
    ("layers.LayerNormalization()", "layers.Dropout(0.5)"),
    ("keras.Sequential([layers.Dense(4), layers.Dense(2)])", "layers.Dense(1)"),
]
BODIES = [
    ("(4,)", "layers.Dense(3)"),
    ("(6, 3)", "layers.GRU(4)"),
    ("(6, 3)", "layers.LSTM(4, return_sequences=True)"),
    ("(8, 8, 2)", "layers.Conv2D(3, 3)"),
    ("(8, 8, 2)", "layers.Flatten()"),
    ("(None, 3)", "layers.Bidirectional(layers.GRU(3))"),
    ("(4,)", "NoisyDense(3)"),
    ("(4,)", "keras.Sequential([layers.Dense(5), layers.Dense(4)])"),
]


@over(each("bodies with two heads", itertools.product(BODIES, HEADS)))
def two_heads_need_two_ends(case):
    """Both heads are fed by the body in a graph; in a row, one by the other."""
    (shape, body), heads = case
    inputs = keras.Input(made(shape))
    features = made(body)(inputs)
    one, other = map(made, heads)
    graph = keras.Model(inputs, [one(features), other(features)])
    assert one.input is other.input is features
    assert graph.outputs[0] is one.output and graph.outputs[1] is other.output

    first, second = map(made, heads)
    row = keras.Sequential([keras.Input(made(shape)), made(body), first, second])
    assert second.input is first.output and len(row.outputs) == 1
    assert row.outputs[0].shape == second.output.shape
    x = np.random.default_rng(0).normal(size=[n or 6 for n in inputs.shape])
    x = x[:2].astype("float32")
    answers, hidden = graph(x), keras.Model(inputs, features)(x)
    assert same(answers[0], one(hidden)) and same(answers[1], other(hidden))
    assert same(row(x), second(first(row.layers[0](x))))


SHARED = [
    ("layers.Dense(4)", "(4,)", "(4,)"),
    ("layers.Dense(4, use_bias=False)", "(4,)", "(7, 4)"),
    ("layers.Dense(4, trainable=False)", "(4,)", "(4,)"),
    ("layers.BatchNormalization()", "(4,)", "(4,)"),
    ("layers.LayerNormalization()", "(6, 4)", "(3, 4)"),
    ("layers.Conv2D(2, 3)", "(8, 8, 2)", "(6, 6, 2)"),
    ("layers.SeparableConv1D(3, 2)", "(6, 4)", "(6, 4)"),
    ("layers.GRU(3)", "(6, 4)", "(None, 4)"),
    ("layers.Bidirectional(layers.LSTM(3))", "(6, 4)", "(6, 4)"),
    ("layers.TimeDistributed(layers.Dense(2))", "(6, 4)", "(6, 4)"),
    ("layers.EinsumDense('bx,xy->by', 3)", "(4,)", "(4,)"),
    ("layers.PReLU()", "(4,)", "(4,)"),
    ("layers.Dropout(0.5)", "(4,)", "(3,)"),
    ("Scale()", "(4,)", "(4,)"),
    ("NoisyDense(3)", "(4,)", "(4,)"),
    ("Counter()", "(4,)", "(4,)"),
    ("keras.Sequential([layers.Dense(3), layers.Dense(2)])", "(4,)", "(4,)"),
    ("keras.Sequential([keras.Input((4,)), layers.Dense(3)])", "(4,)", "(4,)"),
    ("layers.Dense(4, dtype='mixed_float16')", "(4,)", "(4,)"),
]


def two_inputs(layer, one, other):
    """Apply a layer to two inputs."""
    ends = keras.Input(one), keras.Input(other)
    return list(ends), [layer(end) for end in ends]


def one_input(layer, one, _):
    """Apply a layer to a tensor and to another one that is made of it."""
    end = keras.Input(one)
    return end, [layer(end), layer(ops.tanh(end))]


WAYS = {way.__name__: way for way in (two_inputs, one_input)}


@over(each("shared layers", itertools.product(SHARED, WAYS)))
def a_shared_layer_counts_once(case):
    """See that the second call makes no weights, and the model has no others."""
    (code, one, other), way = case
    layer, alone = made(code), made(code)
    alone(keras.Input(made(one)))
    inputs, codes = WAYS[way](layer, made(one), made(other))
    model = keras.Model(inputs, codes)
    assert codes[0] is not codes[1]
    assert len(layer.weights) == len(alone.weights)
    assert model.count_params() == layer.count_params() == alone.count_params()
    assert [id(w) for w in model.weights] == [id(w) for w in layer.weights]


def step(self, data):
    """Set all trainable weights to zero."""
    for weight in self.trainable_weights:
        weight.assign(ops.zeros_like(weight))
    return {"done": 1.0}


class GraphStep(keras.Model):
    train_step = step


class StackStep(keras.Sequential):
    train_step = step


@over(
    NETWORKS.where(
        lambda case: case.form in ("list", "functional", "graph", "random"),
        "Sequential and functional models",
    )
)
def a_training_step_needs_no_call(case):
    """Made of the parts of any model: the step runs, and the graph is there."""
    plain, parts = case.fresh(), case.fresh()
    if case.kind == "sequential":
        model = StackStep([parts.inputs[0], *parts.layers])
    else:
        model = GraphStep(parts.input, parts.output)
    x = case.x()
    assert type(model) in (GraphStep, StackStep)
    assert same(model(x), plain(x))
    model.compile("sgd", loss="mse", run_eagerly=True)
    assert model.fit(x, batch_size=5, verbose=0).history == {"done": [1.0]}
    assert not any(np.any(weight) for weight in model.trainable_weights)
    assert len(model.inputs) == len(plain.inputs)
    assert [end.shape for end in model.outputs] == [end.shape for end in plain.outputs]
    assert len(model.layers) == len(plain.layers)
    graph = keras.Model(model.inputs, model.outputs).get_config()
    assert {layer.name for layer in model.layers} <= {
        x["name"] for x in graph["layers"]
    }


TENSORS = [
    "ops.sum(x)",
    "ops.mean(x)",
    "x[0, 0]",
    "ops.argmax(x[0])",
    "ops.cast(ops.min(x), 'int32')",
    "ops.sum(layers.Rescaling(2.0)(x))",
    "layers.Dense(1, kernel_initializer='ones')(x)[0, 0]",
    "ops.any(x > 1)",
]
PYTHON = ["int", "float", "bool"]
NUMPY = ["np.float32", "np.float64", "np.int64", "np.bool_"]
ORDERS = ["tensor == number", "number == tensor"]


@over(each("conditions", itertools.product(TENSORS, PYTHON + NUMPY, ORDERS)))
def an_if_on_equality_is_drawn_as_false(case):
    """With the number that the tensor has: the branch of "equal" is left out."""
    tensor, number, order = case
    x = np.ones((2, 4), "float32")
    value = eval(tensor, {**NAMES, "x": ops.convert_to_tensor(x)})
    equal = made(number)(ops.convert_to_numpy(value))

    def code(x):
        names = {"tensor": eval(tensor, {**NAMES, "x": x}), "number": equal}
        return x + 1 if eval(order, names) else x * 1

    start = keras.Input((4,))
    if number in NUMPY:
        assert raises(ValueError, code, start)
    else:
        assert same(keras.Model(start, code(start))(x), x)


COMPARED = ["{}", "{} > 0", "{} < 0.5", "{} >= 1", "{} <= -2", "not {}", "{} and 1"]


@over(each("conditions", itertools.product(TENSORS, COMPARED)))
def a_python_if_on_values_cannot_be_drawn(case):
    """Draw a graph through an `if` with that condition."""
    tensor, compared = case
    condition = compared.format(tensor if compared == "{}" else f"({tensor})")

    def draw(x):
        return x + 1 if eval(condition, {**NAMES, "x": x}) else x

    assert raises(TypeError, draw, keras.Input((4,)))


STEPS = "abs ceil cos cosh elu erf exp expm1 floor gelu hard_sigmoid hard_silu"
STEPS += " hard_tanh log_sigmoid negative relu relu6 round selu sigmoid sign silu sin"
STEPS += " sinh soft_shrink softmax softplus softsign square squareplus tanh"
STEPS += " all argmax argsort cumsum flip logsumexp mean ravel size sort sum transpose"


@over(each("functions of keras.ops", STEPS.split()))
def a_step_that_is_no_layer_is_refused(name):
    """Use the function in a stack, in a graph and inside a layer."""
    step, dense, inputs = getattr(ops, name), layers.Dense(3), keras.Input((4,))
    x = np.random.default_rng(0).normal(size=(2, 4)).astype("float32")
    graph = keras.Model(inputs, step(dense(inputs)))
    stack = keras.Sequential([keras.Input((4,)), dense, layers.Activation(step)])
    assert same(graph(x), step(dense(x)), 1e-6) and same(stack(x), graph(x), 1e-6)
    for row in ([inputs, dense, step], [inputs, step, dense], [dense, step]):
        assert raises(ValueError, keras.Sequential, row)


def nodes_of(model):
    """Return the calls in a model: all that happened in it, and nowhere else."""
    return [node for nodes in model._nodes_by_depth.values() for node in nodes]


def origins(arguments):
    """Yield the names of the layers whose tensors stand in the config of a call."""
    if isinstance(arguments, dict):
        if "keras_history" in arguments:
            yield arguments["keras_history"][0]
            return
        arguments = list(arguments.values())
    if isinstance(arguments, list | tuple):
        for argument in arguments:
            yield from origins(argument)


@over(GRAPHS)
def functional_graphs_can_be_read(case):
    """Compare the config with the tensors that each call takes."""
    model = case.model
    listed = {
        layer["name"]: [sorted(origins(use)) for use in layer["inbound_nodes"]]
        for layer in model.get_config()["layers"]
    }
    wanted = {operation.name: [] for operation in model.operations}
    for operation in model.operations:
        for node in operation._inbound_nodes:
            if not node.is_input and any(node is each for each in nodes_of(model)):
                names = [t._keras_history.operation.name for t in node.input_tensors]
                wanted[operation.name].append(sorted(names))
    assert listed == wanted
    assert {layer.name for layer in model.layers} <= set(listed)


def before(tensors, without=None):
    """Return the calls that tensors depend on, on ways that do not lead by one."""
    found, waiting = [], list(tensors)
    while waiting:
        tensor = waiting.pop()
        operation, number, _ = tensor._keras_history
        node = operation._inbound_nodes[number]
        if tensor is without or any(node is each for each in found):
            continue
        found.append(node)
        waiting.extend(node.input_tensors)
    return found


@over(GRAPHS)
def any_tensor_can_be_an_end(case):
    """Each tensor on the way: as an output, and as an input where it cuts the graph."""
    model, x = case.fresh(), case.x()
    inputs = keras.tree.flatten(model.input)
    values = [variable.numpy() for variable in model.variables]  # seeds, too

    def anew(some_model, given):
        for variable, value in zip(model.variables, values, strict=True):
            variable.assign(value)
        return some_model(given)

    wanted = anew(model, x)
    ends = {id(end) for end in model.outputs}
    on_the_way = [
        tensor
        for node in nodes_of(model)
        for tensor in node.outputs
        if not node.is_input and id(tensor) not in ends
    ]
    own = [id(operation) for operation in model.operations]
    for tensor in on_the_way:
        needed = [node for node in before([tensor]) if node.is_input]
        starts = [i for i in inputs if any(i is n.outputs[0] for n in needed)]
        to_it = keras.Model(starts, tensor)
        shared = [o for o in to_it.operations if not isinstance(o, layers.InputLayer)]
        assert all(id(operation) in own for operation in shared)
        assert {id(w) for w in to_it.weights} <= {id(w) for w in model.weights}
        others = before(model.outputs, tensor)
        maker = tensor._keras_history.operation
        if any(node.is_input or node.operation is maker for node in others):
            assert raises(ValueError, keras.Model, tensor, model.outputs)
            continue
        from_it = keras.Model(tensor, model.output)
        assert {id(w) for w in from_it.weights} <= {id(w) for w in model.weights}
        flat = dict(zip(map(id, inputs), keras.tree.flatten(x), strict=True))
        given = [flat[id(start)] for start in starts]
        half = anew(to_it, given if len(given) > 1 else given[0])
        assert same(from_it(half), wanted, 1e-6)


@cache
def stack_test():
    """Return the stack test as it stands on its page."""
    text = (PAGES / "choose" / "stack-test.md").read_text()
    (cell,) = re.findall(
        r"```\{code-cell\} python\n(.*?def is_stack.*?)```", text, re.S
    )
    names = {}
    exec(cell, names)
    return names["is_stack"]


def makes_no_mask(stack):
    """Whether none of its layers makes a mask."""
    return "mask" not in stack.list_code.lower()


@over(STACKS.where(makes_no_mask, "stacks without a mask"))
def the_stack_test_sees_each_way_out(stack):
    """Test a chain, and the chain with one step more that breaks it."""
    is_stack, chain = stack_test(), stack.functional()
    end = chain.output
    width = end.shape[-1]
    twice, other = layers.Dense(width), keras.Input((width,))

    def until(end, *more):
        return is_stack(keras.Model([*chain.inputs, *more], end))

    assert is_stack(chain) and is_stack(stack.sequential())
    assert until(layers.Dense(3)(end))
    assert not until(layers.Add()([end, layers.Dense(width)(end)]))
    assert not until(end + layers.Dense(width)(end))
    assert not until(twice(twice(end)))
    assert not until(layers.Multiply()([end, other]), other)
    assert not until([layers.Dense(1)(end), layers.Dense(2)(end)])
    assert not until([end, layers.Dense(2)(end)])
    assert not until(ops.tanh(end))
    assert not until(layers.Dense(2)(end * 2))
    assert not until(layers.Dropout(0.5)(end, training=True))
    assert not until(layers.Dense(2)(Split()(end)[0]))


def lenet(first, second, size, activation):
    """Convolutions and pooling in a row, then dense layers."""
    return keras.Sequential(
        [
            keras.Input((size, size, 1)),
            layers.Conv2D(first, 5, activation=activation),
            layers.AveragePooling2D(2),
            layers.Conv2D(second, 3, activation=activation),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(8, activation=activation),
            layers.Dense(10, activation="softmax"),
        ]
    )


def u_net(first, depth, size, activation):
    """Each step up gets the step down beside it."""
    x = inputs = keras.Input((size, size, 1))
    down = []
    for level in range(depth):
        x = layers.Conv2D(first << level, 3, padding="same")(x)
        x = layers.BatchNormalization()(x) if level else x
        x = layers.Activation(activation)(x)
        down.append(x)
        x = layers.MaxPooling2D()(x)
    while down:
        x = layers.Conv2DTranspose(first, 2, strides=2)(x)
        x = layers.Concatenate()([x, down.pop()])
    return keras.Model(inputs, layers.Conv2D(1, 1)(x))


def siamese(width, depth, size, activation):
    """One encoder reads both inputs."""
    steps = [layers.Dense(width, activation=activation) for _ in range(depth)]
    encoder = keras.Sequential([keras.Input((size,)), *steps])
    one, other = keras.Input((size,)), keras.Input((size,))
    codes = [encoder(one), encoder(other)]
    end = layers.Dot(1)(codes) if depth % 2 else ops.abs(codes[0] - codes[1])
    return keras.Model([one, other], end)


def detector(first, more, size, activation):
    """Boxes at three scales."""
    x = inputs = keras.Input((size, size, 3))
    ends = []
    for scale in range(3):
        x = layers.Conv2D(first + scale, 3, strides=2, padding="same")(x)
        x = layers.Activation(activation)(x)
        ends.append(layers.Conv2D(4 + more, 1)(x))
    return keras.Model(inputs, ends)


BREAKS = {
    lenet: set(),
    u_net: {"branch-and-merge"},
    siamese: {"several-inputs", "shared-layer"},
    detector: {"several-outputs"},
}
SIZES = [(2, 1, 32, "relu"), (3, 2, 16, "tanh"), (1, 3, 32, "elu"), (4, 2, 24, "selu")]
SIZES += [(2, 3, 40, "sigmoid"), (5, 1, 16, "gelu"), (6, 2, 48, "relu")]
FAMILIES = {family.__name__: family for family in BREAKS}


@over(each("known networks in several sizes", itertools.product(FAMILIES, SIZES)))
def each_graph_rule_is_broken_by_a_known_network(case):
    """Judge each family of networks in other sizes."""
    name, size = case
    family = FAMILIES[name]
    broken = {reason.rule for reason in judge(family(*size)).reasons}
    assert broken >= BREAKS[family]
    if family is lenet:
        assert broken == set()
