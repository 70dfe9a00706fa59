"""Read the graph of layers out of a model in memory, as `graph` does from a config.

A config is not enough here: that of a Sequential holds a layer that stands in it twice
only once, and that of a model with a custom layer may not exist.

The wiring of a functional model is read from attributes that Keras does not document
(3.15.1); tests hold the result equal to what `graph.read` makes of the config.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import keras
from keras.src.ops.function import make_node_key
from keras.src.ops.node import Node

from .graph import Call, Edge, Graph, usual

# The id of a call, its layer or operation, and its node.
GraphNode = tuple[str, keras.Operation, Node]


def is_functional(model: keras.Model) -> bool:
    """Whether `model` is a functional model whose own ``call`` runs its graph."""
    return hasattr(model, "_run_through_graph") and _runs_graph(model)


def _runs_graph(model: keras.Model) -> bool:
    functional = type(keras.Model(x := keras.Input((1,)), x))
    return type(model).call is functional.call


def is_sequential(model: keras.Model) -> bool:
    """Whether `model` is a Sequential whose own ``call`` runs its stack."""
    same = type(model).call is keras.Sequential.call
    return isinstance(model, keras.Sequential) and same


def graph_of(model: keras.Model) -> Graph | None:
    """Return the graph of a Sequential or functional model; None for a subclass."""
    if is_sequential(model):
        return _stack(model)
    return _graph(model) if is_functional(model) else None


def _stack(model: keras.Sequential) -> Graph:
    calls: list[Call] = []
    seen: Counter[str] = Counter()
    for tensor in getattr(model, "inputs", None) or ():
        if isinstance(model.inputs, list):
            name = tensor._keras_history.operation.name
            calls.append(Call(f"{name}/0", name, "InputLayer", tuple(tensor.shape)))
    for layer in model.layers:
        kind = type(layer).__name__
        calls.append(Call(f"{layer.name}/{seen[layer.name]}", layer.name, kind))
        seen[layer.name] += 1
    ids = [call.id for call in calls]
    edges = tuple(Edge(a, b) for a, b in pairwise(ids))
    return Graph(model.name, tuple(calls), edges, tuple(ids[:1]), tuple(ids[-1:]))


def nodes_of(model: keras.Model) -> Iterator[GraphNode]:
    """Yield the id, the layer or operation and the node of each call of a graph.

    The id is that of `graph.Call`; a node that is no part of this model is left out.
    """
    for operation in model.operations:
        number = 0
        for index, node in enumerate(operation._inbound_nodes):
            if make_node_key(operation, index) in model._nodes:
                yield f"{operation.name}/{number}", operation, node
                number += 1


def _graph(model: keras.Model) -> Graph:
    calls: list[Call] = []
    made_by: dict[int, str] = {}  # the id of a symbolic tensor -> its call
    nodes = list(nodes_of(model))
    for call, operation, node in nodes:
        for tensor in node.output_tensors:
            made_by[id(tensor)] = call
        shape = tuple(node.output_tensors[0].shape)
        calls.append(
            Call(
                call,
                operation.name,
                type(operation).__name__,
                shape,
                plain=_is_plain(operation, node),
                layered=isinstance(operation, keras.Layer),
                whole=len(node.output_tensors) == 1,
            )
        )
    edges = tuple(
        Edge(made_by[id(tensor)], call)
        for call, _, node in nodes
        for tensor in node.arguments.keras_tensors
    )
    return Graph(
        model.name,
        tuple(calls),
        edges,
        tuple(made_by[id(tensor)] for tensor in keras.tree.flatten(model._inputs)),
        tuple(made_by[id(tensor)] for tensor in keras.tree.flatten(model._outputs)),
        _keys(model._inputs_struct),
        _keys(model._outputs_struct),
    )


def _is_plain(operation: keras.Operation, node: Node) -> bool:
    """Whether a stack could make this call: a layer with one tensor, no more."""
    if node.is_input:
        return True
    arguments = node.arguments
    return (
        isinstance(operation, keras.Layer)
        and len(arguments.args) == 1
        and isinstance(arguments.args[0], keras.KerasTensor)
        and all(
            usual(type(operation).__name__, *argument)
            for argument in arguments.kwargs.items()
        )
    )


def _keys(structure: object) -> tuple[str, ...]:
    return tuple(map(str, structure)) if isinstance(structure, dict) else ()


def shared_inside(model: keras.Model) -> list[tuple[str, list[str]]]:
    """Find layers that stand in several of a model's layers, deeper than the graph.

    Returns pairs of a layer's name and the names of the layers that hold it. Its
    weights are shared, and the graph does not show it.
    """
    holders: dict[int, list[str]] = {}
    names: dict[int, str] = {}
    for layer in dict.fromkeys(model.layers):
        for inner in dict.fromkeys(layer._flatten_layers()):
            if inner.weights and not isinstance(inner, keras.Model):
                holders.setdefault(id(inner), []).append(layer.name)
                names[id(inner)] = inner.name
    return [(names[key], found) for key, found in holders.items() if len(found) > 1]
