"""Hand back a model in the simplest API that fits: the same layers, the same weights.

    simple = simplify(model)
    simple.model, simple.proof, simple.source

The layers are not copied, so training one model trains the other. That they do the
same is proved each time, by running both: equal outputs, equal parameter count, and
equal weights after one training step.
"""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from .graph import evidence
from .live import graph_of, is_plain, is_sequential, nodes_of
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

    A call that a stack cannot make (a keras.ops operation, a layer with further
    arguments, one output of several) is wrapped into a functional model of its own,
    which is a layer. Raises ValueError if the model is no chain.
    """
    if is_sequential(model):
        return model
    graph = graph_of(model)
    if graph is None or evidence(graph):
        raise ValueError(f"{model.name} is no chain")
    nodes = list(nodes_of(model))
    after = {edge.source: edge.target for edge in graph.edges}
    by_call = {call: (operation, node) for call, operation, node in nodes}
    call = graph.inputs[0]
    stack: list[keras.Layer] = [_input_like(by_call[call][0])]
    tensors = {id(t): t for t in keras.tree.flatten(model._outputs)}
    while call in after:
        call = after[call]
        operation, node = by_call[call]
        following = by_call[after[call]][1] if call in after else None
        taken = following.arguments.keras_tensors if following else tensors.values()
        whole = len(node.output_tensors) == 1
        if is_plain(operation, node) and whole:
            stack.append(operation)
        else:
            stack.append(_wrapped(operation, node, next(iter(taken))))
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


def _wrapped(
    operation: keras.Operation, node: object, taken: keras.KerasTensor
) -> keras.Model:
    """Return a functional model that makes one call, with all of its arguments."""
    (tensor,) = node.arguments.keras_tensors
    inputs = keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype)
    args, kwargs = node.arguments.fill_in({id(tensor): inputs})
    outputs = keras.tree.flatten(operation(*args, **kwargs))
    index = taken._keras_history.tensor_index
    return keras.Model(inputs, outputs[index], name=f"{operation.name}_call")


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
    """Make one step down the mean of the squared outputs; return the new weights."""
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
