"""On random graphs: "Sequential" exactly when a Sequential does the same.

Hypothesis draws networks (chains, branches, merges, sharing, nested models, several and
dict inputs and outputs, layers of several tensors, keras.ops, masks, a tensor used
twice). For each one, a verdict of Sequential must come with a Sequential of the same
layers that gives equal outputs, before and after saving; any other verdict must name
evidence in the graph that no stack has, or a Sequential of its layers must differ. And
the scripts of the page "Check your model" must say the same of all of them.

RANDOM_NETWORKS=800 draws more of them, as the weekly workflow does (`make networks`).
"""

import os
import tempfile
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import layers, ops

from tests.which_api import vectors
from which_api.graph import evidence, read
from which_api.judge import judge
from which_api.keras_graph import graph_of
from which_api.simplify import as_sequential, prove
from which_api.trace import _equal, sample

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning",
    "ignore:The structure of `inputs`:UserWarning",
    "ignore:Layer .* does not support masking:UserWarning",
)

NETWORKS = int(os.environ.get("RANDOM_NETWORKS", "100"))
WIDTH, STEPS = 3, 4
TENSOR = (STEPS, WIDTH)  # every tensor on the way is (rows, STEPS, WIDTH)


def nested(kind: str) -> keras.Model:
    """Return a small model to use as a layer."""
    if kind == "sequential":
        return keras.Sequential([keras.Input(TENSOR), layers.Dense(WIDTH)])
    x = keras.Input(TENSOR)
    y = layers.Dense(WIDTH)(x)
    if kind == "skip":
        return keras.Model(x, layers.Add()([x, y]))
    return keras.Model(x, [y, layers.Dense(WIDTH)(y)])


# One step: tensor -> tensor, of the same shape.
ONE = {
    "dense": lambda: layers.Dense(WIDTH, activation="tanh"),
    "norm": lambda: layers.BatchNormalization(),
    "dropout": lambda: layers.Dropout(0.5),
    "masking": lambda: layers.Masking(0.0),
    "recurrent": lambda: layers.SimpleRNN(WIDTH, return_sequences=True),
    "convolution": lambda: layers.Conv1D(WIDTH, 2, padding="same"),
    "stack": lambda: nested("sequential"),
    "skip": lambda: nested("skip"),
    "heads": lambda: (lambda heads: lambda x: heads(x)[0])(nested("heads")),
    "state": lambda: (lambda cell: lambda x: cell(x)[0])(
        layers.LSTM(WIDTH, return_sequences=True, return_state=True)
    ),
    "relu": lambda: ops.relu,
    "double": lambda: lambda x: 2.0 * x,
    "list": lambda: lambda x: layers.Concatenate()([x]),
    "training": lambda: (lambda drop: lambda x: drop(x, training=True))(
        layers.Dropout(0.5)
    ),
    "split": lambda: lambda x: ops.split(x, [WIDTH - 0], axis=-1)[0],
}
# Two tensors -> one tensor.
TWO = {
    "add": lambda a, b: layers.Add()([a, b]),
    "plus": lambda a, b: a + b,
    "attention": lambda a, b: layers.Attention()([a, b]),
    "heads": lambda a, b: layers.MultiHeadAttention(1, WIDTH)(a, b),
    "query": lambda a, b: layers.MultiHeadAttention(1, WIDTH)(query=a, value=b),
    "where": lambda a, b: ops.where(a > 0, a, b),
}


# A plan is plain data; the model is made from it in the test.
PLAIN = ("convolution", "dense", "dropout", "masking", "norm", "recurrent", "stack")
STEP = st.one_of(
    st.tuples(st.just("next"), st.sampled_from(PLAIN), st.just(0)),
    st.tuples(st.just("next"), st.sampled_from(sorted(ONE)), st.just(0)),
    st.tuples(st.just("any"), st.sampled_from(sorted(ONE)), st.integers(0, 9)),
    st.tuples(st.just("merge"), st.sampled_from(sorted(TWO)), st.integers(0, 9)),
    st.tuples(st.just("again"), st.just(""), st.integers(0, 9)),
)
ANY = st.fixed_dictionaries(
    {
        "inputs": st.sampled_from([1, 1, 1, 2]),
        "steps": st.lists(STEP, max_size=5),
        "second output": st.sampled_from([None, None, None, 0, 1, 2]),
        "structure": st.sampled_from(["bare", "bare", "bare", "list", "dict"]),
    }
)
CHAIN = st.fixed_dictionaries(
    {
        "inputs": st.just(1),
        "steps": st.lists(
            st.tuples(st.just("next"), st.sampled_from(PLAIN), st.just(0)), max_size=5
        ),
        "second output": st.none(),
        "structure": st.just("bare"),
    }
)
PLAN = st.one_of(ANY, ANY, CHAIN)


def network(plan: dict) -> keras.Model:
    """Make the model of a plan."""
    start = [keras.Input(TENSOR, name=f"input_{n}") for n in range(plan["inputs"])]
    tensors, used = list(start), []
    for what, name, number in plan["steps"]:
        source = tensors[-1]
        if what == "merge":
            tensors.append(TWO[name](source, tensors[number % len(tensors)]))
        elif what == "again":
            if used:
                tensors.append(used[number % len(used)](source))
        else:
            if what == "any":
                source = tensors[number % len(tensors)]
            step = ONE[name]()
            used.append(step)
            tensors.append(step(source))
    ends = [tensors[-1]]
    if plan["second output"] is not None:
        ends.append(tensors[plan["second output"] % len(tensors)])
    inputs: object = start if len(start) > 1 else start[0]
    outputs: object = ends if len(ends) > 1 else ends[0]
    if plan["structure"] == "list":
        inputs, outputs = start, ends
    elif plan["structure"] == "dict":
        inputs = {tensor.name: tensor for tensor in start}
        outputs = {f"output_{n}": tensor for n, tensor in enumerate(ends)}
    return keras.Model(inputs, outputs)


def test_sequential_exactly_when_a_sequential_does_the_same(tmp_path):
    verdicts: Counter[str] = Counter()
    texts = []

    @settings(
        max_examples=NETWORKS,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        database=None,
    )
    @given(PLAN)
    def holds(plan):
        model = network(plan)
        verdicts[verdict_that_holds(model)] += 1
        texts.append(model.to_json())

    holds()
    assert verdicts.keys() == {"sequential", "functional"}
    assert min(verdicts.values()) >= NETWORKS / 5  # both were tried often
    vectors.run(tmp_path, [vectors.of_text(text) for text in texts])


def verdict_that_holds(model) -> str:
    """Return the verdict on a model, and hold against it what the model does."""
    found = judge(model)
    graph = graph_of(model)
    from_config = read(model.get_config())
    assert [c.id for c in graph.calls] == [c.id for c in from_config.calls]
    assert graph.edges == from_config.edges
    assert evidence(graph).keys() == evidence(from_config).keys()
    assert found.api in ("sequential", "functional")
    if found.api == "sequential":
        assert not found.reasons
        stack = as_sequential(model)
        inputs = keras.tree.flatten(model._inputs_struct)[0]
        assert prove(model, stack, inputs).holds
        data = sample(inputs)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "stack.keras")
            stack.save(path)
            loaded = keras.saving.load_model(path)
        assert _equal(loaded(data), stack(data))
    else:
        assert not_a_chain(graph) or a_flat_copy_differs(model), found.reasons
        with pytest.raises(ValueError, match="is no chain"):
            as_sequential(model)
    return found.api


def a_flat_copy_differs(model) -> bool:
    """Whether a Sequential of the layers fails, misses a step or computes another."""
    if len(model.layers) < len(model.operations):
        return True
    data = sample(model.inputs[0]) - 0.5
    try:
        return not _equal(keras.Sequential(model.layers)(data), model(data))
    except ValueError:
        return True


def not_a_chain(graph) -> bool:
    """Look again, in another way: some tensor does not go to exactly one place."""
    if graph.input_keys or graph.output_keys:
        return True
    layers_called = [call.layer for call in graph.calls]
    targets = [edge.target for edge in graph.edges]
    sources = [edge.source for edge in graph.edges] + list(graph.outputs)
    for names in (layers_called, targets, sources):
        if len(set(names)) < len(names):
            return True
    return len(graph.inputs) != 1 or len(graph.outputs) != 1


def test_a_layer_inside_two_layers_is_shared():
    dense = layers.Dense(WIDTH)
    x = keras.Input(TENSOR)
    one, other = (keras.Sequential([keras.Input(TENSOR), dense]) for _ in range(2))
    model = keras.Model(x, other(one(x)))
    found = judge(model)
    assert found.api == "functional"
    assert f"`{dense.name}` stands inside" in found.reasons[0].text


def test_a_layer_twice_in_a_sequential_is_shared():
    dense = layers.Dense(4)
    found = judge(keras.Sequential([keras.Input((4,)), dense, dense]))
    assert found.api == "functional"
    assert any("a saved file keeps it once" in note for note in found.notes)


def test_outputs_are_really_compared():
    x = keras.Input((2,))
    one = keras.Model(x, layers.Dense(2)(x))
    other = keras.Sequential([keras.Input((2,)), layers.Dense(2)])
    assert not prove(one, other, x).equal_outputs
    assert np.shape(sample(x)) == (3, 2)
