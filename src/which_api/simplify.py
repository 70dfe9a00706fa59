"""Hand back a model in the simplest API that fits: the same layers, the same weights.

    simple = simplify(model)
    simple.model, simple.proof, simple.source

The layers are not copied, so training one model trains the other. That they do the
same is proved each time, by running both: equal outputs, equal parameter count, and
equal weights after one step of gradient descent with ``training=True``. `fit` can
still differ: it sends `training` only to a ``call`` that declares it (see `judge`).
"""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from .graph import evidence
from .keras_graph import graph_of, is_sequential, nodes_of
from .trace import _equal, _unchanged, sample


@dataclass(frozen=True)
class Proof:
    """What was compared, on random inputs, with what result."""

    equal_outputs: bool
    equal_parameters: bool
    equal_step: bool

    @property
    def holds(self) -> bool:
        """Whether the two models are the same in all that was compared."""
        return self.equal_outputs and self.equal_parameters and self.equal_step


def as_sequential(model: keras.Model) -> keras.Sequential:
    """Return a Sequential of the layers of a functional model that is a chain.

    Raises ValueError if the model is no chain of layers with one tensor each.
    """
    if is_sequential(model):
        return model
    graph = graph_of(model)
    if graph is None or evidence(graph):
        raise ValueError(f"{model.name} is no chain")
    after = {edge.source: edge.target for edge in graph.edges}
    by_call = {call: operation for call, operation, _ in nodes_of(model)}
    call = graph.inputs[0]
    stack: list[keras.Layer] = [_input_like(by_call[call])]
    while call in after:
        call = after[call]
        stack.append(by_call[call])
    if len(stack) == 1:
        stack.append(keras.layers.Identity())
    return keras.Sequential(stack, name=model.name)


def _input_like(layer: keras.layers.InputLayer) -> keras.KerasTensor:
    config = layer.get_config()
    return keras.Input(
        batch_shape=config["batch_shape"],
        dtype=config["dtype"],
        sparse=config["sparse"],
        name=config["name"],
    )


def prove(one: keras.Model, other: keras.Model, inputs: object) -> Proof:
    """Compare two models that share their layers.

    `inputs` are symbolic inputs, nested as both models take them.
    """
    outputs = []
    steps = []
    for model in (one, other):
        with _unchanged(one), _unchanged(other):
            outputs.append(
                [model(sample(inputs, rows, seed)) for rows, seed in ((3, 0), (5, 1))]
            )
        with _unchanged(one), _unchanged(other):
            steps.append(_step(model, sample(inputs)))
    return Proof(
        _equal(outputs[0], outputs[1]),
        one.count_params() == other.count_params(),
        len(steps[0]) == len(steps[1])
        and all(
            key in steps[1] and _equal(v, steps[1][key]) for key, v in steps[0].items()
        ),
    )


def _step(model: keras.Model, data: object) -> dict[int, np.ndarray]:
    """Step down the mean of the squared outputs, in training; return the weights."""
    with tf.GradientTape() as tape:
        outputs = keras.tree.flatten(model(data, training=True))
        floats = [t for t in outputs if "float" in str(t.dtype)]
        loss = sum(tf.reduce_mean(tf.cast(t, "float32") ** 2) for t in floats)
    variables = model.trainable_variables
    if variables and floats:
        for variable, slope in zip(
            variables,
            tape.gradient(loss, [v.value for v in variables]),
            strict=True,
        ):
            if slope is not None:
                variable.assign_sub(0.1 * tf.convert_to_tensor(slope))
    return {id(variable): variable.value.numpy() for variable in model.variables}
