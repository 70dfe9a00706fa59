"""What a Sequential and a Model have to do with each other."""

import itertools

import keras
import numpy as np
from keras import layers, ops, tree

from tests.hunts.property import over
from tests.hunts.zoo import EVERY_SEQUENTIAL, GRAPHS, NETWORKS, STACKS, Part, each, same
from tests.hunts.zoo.own import NoisyDense, Scale, Split
from tests.hunts.zoo.stacks import Stack

FUNCTIONAL = type(keras.Model(start := keras.Input((1,)), layers.ReLU()(start)))

# A layer with several outputs in the middle, and a layer in two places.
CHAINS = [
    Stack("a pair in the middle", (4,), ("Split()", "layers.Add()")),
    Stack(
        "two pairs",
        (4,),
        (
            "layers.Dense(3)",
            "Split()",
            "layers.Concatenate()",
            "Split()",
            "layers.Add()",
        ),
    ),
    Stack("a layer twice", (4,), ("*[layers.Dense(4)] * 2", "layers.ReLU()")),
    Stack("a layer three times", (4,), ("*[Scale()] * 3", "layers.Dense(2)")),
    Stack("a model twice", (4,), ("*[keras.Sequential([layers.Dense(4)])] * 2",)),
]


def tensors(structure):
    return tree.flatten(structure)


def reset(model):
    """Forget what a recurrent layer keeps between batches."""
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            layer.reset_states()


def renew(given):
    """Make symbolic tensors like those given."""
    return tree.map_structure(
        lambda t: keras.Input(batch_shape=t.shape, dtype=t.dtype), given
    )


@over(
    Part(
        "Sequential models",
        (*EVERY_SEQUENTIAL.fixed, *(stack.case("list") for stack in CHAINS)),
        EVERY_SEQUENTIAL.drawn,
    )
)
def sequential_is_a_linear_stack(case):
    """From the outputs back to the input, each place takes from the place before."""
    model = case.model
    end = model.outputs
    for layer in reversed(model.layers):
        (node,) = {
            id(node): node
            for t in end
            for node in [t._keras_history.operation._inbound_nodes[t._keras_history[1]]]
        }.values()
        assert node.operation is layer
        if "pair" not in case.name:
            assert len(node.output_tensors) == 1
            assert len(tensors(node.arguments.args)) == 1
        end = tensors(node.arguments.args)
        assert all(isinstance(t, keras.KerasTensor) for t in end)
        beside = [t for t in node.input_tensors if all(t is not own for own in end)]
        mask = tensors(node.arguments.kwargs.get("mask"))
        assert all(any(t is m for m in mask) for t in beside)
    assert len(end) == 1 and end[0] is model.inputs[0]


@over(NETWORKS)
def model_covers_two_styles(case):
    """Join tensors by a network, and run it in a `call`."""
    inner = case.fresh()
    before = [variable.numpy() for variable in inner.variables]
    x = case.x()
    given = renew(case.given)
    ends = inner(given)
    drawn = keras.Model(given, ends)
    for of_model, of_graph in [(drawn.inputs, given), (drawn.outputs, ends)]:
        mine = tensors(of_graph)
        assert len(of_model) == len(mine)
        assert {id(t) for t in of_model} == {id(t) for t in mine}

    class Doubled(keras.Model):
        def call(self, x, training=False):
            return tree.map_structure(lambda t: 2 * t, inner(x, training=training))

    def answer(model, **training):
        reset(inner)
        for variable, value in zip(inner.variables, before, strict=True):
            variable.assign(value)  # the state of its random numbers, too
        return model(x, **training)

    assert same(answer(drawn), answer(inner), 1e-6)
    for training in (False, True):
        one = answer(inner, training=training)
        two = tree.map_structure(lambda t: 2 * t, one)
        assert same(answer(Doubled(), training=training), two)


PUBLIC = [
    keras,
    keras.models,
    keras.layers,
    keras.saving,
    keras.utils,
    keras.applications,
    keras.ops,
    keras.tree,
]


@over(GRAPHS)
def model_call_returns_a_functional(case):
    """See that the type is one class below Model, with no public name."""
    model = case.model
    again = keras.Model(model.input, model.output)
    for made in (model, again):
        assert type(made) is not keras.Model and isinstance(made, keras.Model)
        assert type(made) is FUNCTIONAL and type(made).__name__ == "Functional"
        assert not any(hasattr(module, "Functional") for module in PUBLIC)
        assert not any(
            value is type(made) for module in PUBLIC for value in vars(module).values()
        )


@over(STACKS)
def not_unrelated_apis(stack):
    """Built or new, it is one layer of the larger model, which has its weights."""
    for inner in (stack.sequential(), keras.Sequential(stack.new_layers())):
        start = stack.input()
        first = inner(start)
        whole = keras.Model(start, [first, layers.ReLU()(first)])
        assert whole.layers[1] is inner and len(whole.layers) == 3
        assert [id(w) for w in whole.weights] == [id(w) for w in inner.weights]
        for number, weight in enumerate(inner.weights):
            random = np.random.default_rng(number).uniform(0.1, 0.5, weight.shape)
            weight.assign(random)
        x = stack.x()
        reset(inner)
        once = np.asarray(inner(x))
        reset(inner)
        assert same(whole(x), [once, np.maximum(once, 0)], 1e-6)


@over(Part("stacks", (*STACKS.fixed, *CHAINS), STACKS.drawn))
def sequential_holds_a_functional_model(stack):
    """With an Input, built on data, built on a symbolic tensor."""
    ways = [stack.sequential()]
    for start in (stack.x(), stack.input()):
        ways.append(keras.Sequential(stack.new_layers()))
        ways[-1](start)
    for model in ways:
        inner = model._functional
        assert type(inner) is FUNCTIONAL
        assert isinstance(inner.layers[0], layers.InputLayer)
        own = list({id(layer): layer for layer in model.layers}.values())
        assert len(inner.layers) - 1 == len(own)
        assert all(a is b for a, b in zip(inner.layers[1:], own, strict=True))
        assert not isinstance(model, FUNCTIONAL)


@over(
    Part(
        "Sequential models",
        (*EVERY_SEQUENTIAL.fixed, *(stack.case("add") for stack in CHAINS)),
        EVERY_SEQUENTIAL.drawn,
    ).where(lambda case: "pair" not in case.name)
)
def built_sequential_has_one_input_and_one_output(case):
    """Count the tensors, and what comes out."""
    model = case.model
    assert len(model.inputs) == 1 and len(model.outputs) == 1
    assert len(tensors(case.fresh()(case.x()))) == 1


def two_tensor_model():
    a, b = keras.Input((3,)), keras.Input((3,))
    return keras.Model([a, b], layers.Add()([layers.Dense(3)(a), b]))


class TakesAList(layers.Layer):
    """A layer of one's own that takes a list."""

    def call(self, inputs):
        return sum(inputs)


class ListModel(keras.Model):
    """A subclassed model that takes a list."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, inputs, training=False):
        return self.dense(inputs[0]) * inputs[1]


FIRST = {
    "Concatenate": layers.Concatenate,
    "Add": layers.Add,
    "Subtract": layers.Subtract,
    "Multiply": layers.Multiply,
    "Average": layers.Average,
    "Maximum": layers.Maximum,
    "Minimum": layers.Minimum,
    "Dot": lambda: layers.Dot(axes=1),
    "own layer": TakesAList,
    "subclassed model": ListModel,
    "functional model": two_tensor_model,
}
TAILS = {
    "nothing": list,
    "dense": lambda: [layers.Dense(3), layers.Dense(2)],
    "noise": lambda: [NoisyDense(3), layers.BatchNormalization()],
}


@over(each("first layers and others", itertools.product(FIRST, TAILS)))
def sequential_may_take_a_list(case):
    """Call it on two arrays; look for tensors before and after."""
    first, tail = FIRST[case[0]](), TAILS[case[1]]()
    model = keras.Sequential([first, *tail])
    random = np.random.default_rng(0)
    pair = [random.normal(size=(5, 3)).astype("float32") for _ in range(2)]
    answer = model(pair)
    x = first(pair)
    for layer in tail:
        x = layer(x)
    assert same(answer, x)
    for name in ("inputs", "outputs", "input_shape", "output_shape"):
        assert not hasattr(model, name)


def heads(width, number):
    start = keras.Input(width)
    ends = [layers.Dense(n + 1)(start) for n in range(number)]
    return keras.Model(start, ends)


class InADict(layers.Layer):
    """Return tensors in a dict."""

    def call(self, x):
        return {"a": x, "b": ops.negative(x), "c": ops.tanh(x)}


LAST = {
    "two heads": (2, lambda shape: heads(shape, 2)),
    "three heads": (3, lambda shape: heads(shape, 3)),
    "Split": (2, lambda shape: Split()),
    "dict": (3, lambda shape: InADict()),
    "a Sequential with Split": (
        2,
        lambda shape: keras.Sequential([Scale(), Split()]),
    ),
}


@over(
    each(
        "stacks and last layers",
        itertools.product([s for s in STACKS.fixed if not s.rows][::4], LAST),
    )
)
def sequential_may_return_several_outputs(case):
    """Put a layer of several outputs at the end of a stack."""
    stack, last = case
    number, make = LAST[last]
    shape = stack.case("list").model.output_shape[1:]
    for first in ([stack.input()], []):
        model = keras.Sequential([*first, *stack.new_layers(), make(shape)])
        answer = model(stack.x())
        assert len(model.inputs) == 1 and len(model.outputs) == number
        assert len(tensors(answer)) == number
