"""Read the graph of layers out of a model's config, as plain data.

A config is what ``model.get_config()`` returns, or the ``config`` of ``to_json()``. It
is only read, never run, and TensorFlow is not imported. A subclassed model has no graph
in its config: then `read` returns None.

    >>> config = {"layers": [{"class_name": "InputLayer", "config": {"name": "i"}},
    ...                      {"class_name": "Dense", "config": {"name": "d"}}]}
    >>> [call.id for call in read(config).calls], read(config).edges
    (['i/0', 'd/0'], (Edge(source='i/0', target='d/0'),))
    >>> evidence(read(config))
    {}
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Call:
    """One use of a layer: a layer that is called twice has two calls.

    `id` is ``layer/number``; `kind` is the layer's class; `shape` is that of its first
    output, batch first, or None where the config does not tell.
    """

    id: str
    layer: str
    kind: str
    shape: Shape | None = None


@dataclass(frozen=True)
class Edge:
    """A tensor on its way: from the call that made it to one that takes it."""

    source: str
    target: str


@dataclass(frozen=True)
class Graph:
    """A model's calls in the order of its layers, and what joins them."""

    name: str
    calls: tuple[Call, ...]
    edges: tuple[Edge, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def read(config: Mapping) -> Graph | None:
    """Return the graph of a Sequential or functional model, or None if there is none.

    Raises KeyError or TypeError if `config` is no config of a Keras 3 model.
    """
    if "input_layers" in config:
        return _functional(config)
    if "layers" in config:
        return _sequential(config)
    return None


def evidence(graph: Graph) -> dict[str, tuple[Call, ...] | tuple[Edge, ...]]:
    """Say what in a graph rules out `Sequential`, by the id of the rule.

    The values are the calls or the edges to look at. A stack gives an empty dict.
    """
    by_id = {call.id: call for call in graph.calls}
    uses = Counter(call.layer for call in graph.calls)
    taken = Counter([edge.source for edge in graph.edges] + list(graph.outputs))
    takes = Counter(edge.target for edge in graph.edges)
    found = {
        "several-inputs": tuple(by_id[i] for i in graph.inputs),
        "several-outputs": tuple(by_id[i] for i in graph.outputs),
        "shared-layer": tuple(c for c in graph.calls if uses[c.layer] > 1),
        "branch-and-merge": tuple(
            e for e in graph.edges if taken[e.source] > 1 or takes[e.target] > 1
        ),
    }
    for ends in ("several-inputs", "several-outputs"):
        if len(found[ends]) < 2:
            found[ends] = ()
    return {rule: where for rule, where in found.items() if where}


def _sequential(config: Mapping) -> Graph:
    calls: list[Call] = []
    seen: Counter[str] = Counter()
    for layer in config["layers"]:
        name = layer["config"]["name"]
        shape = layer["config"].get("batch_shape")
        kind = layer["class_name"]
        calls.append(Call(f"{name}/{seen[name]}", name, kind, shape and tuple(shape)))
        seen[name] += 1
    ids = [call.id for call in calls]
    edges = tuple(Edge(a, b) for a, b in pairwise(ids))
    name = config.get("name", "sequential")
    return Graph(name, tuple(calls), edges, tuple(ids[:1]), tuple(ids[-1:]))


def _functional(config: Mapping) -> Graph:
    calls: list[Call] = []
    edges: list[Edge] = []
    shapes: dict[str, Shape] = {}
    for layer in config["layers"]:
        name = layer["name"]
        for number, use in enumerate(layer["inbound_nodes"] or [None]):
            calls.append(Call(f"{name}/{number}", name, layer["class_name"]))
            for tensor in _tensors(use):
                source, index, position = tensor["keras_history"]
                edges.append(Edge(f"{source}/{index}", f"{name}/{number}"))
                if position == 0:
                    shapes[f"{source}/{index}"] = tuple(tensor["shape"])
        if not layer["inbound_nodes"] and "batch_shape" in layer["config"]:
            shapes[f"{name}/0"] = tuple(layer["config"]["batch_shape"])
    return Graph(
        config["name"],
        tuple(Call(c.id, c.layer, c.kind, shapes.get(c.id)) for c in calls),
        tuple(edges),
        tuple(_ends(config["input_layers"])),
        tuple(_ends(config["output_layers"])),
    )


def _tensors(arguments: object) -> Iterator[Mapping]:
    """Yield the description of every tensor among the arguments of a call."""
    if isinstance(arguments, Mapping):
        if "keras_history" in arguments:
            yield arguments
            return
        arguments = list(arguments.values())
    if isinstance(arguments, list | tuple):
        for argument in arguments:
            yield from _tensors(argument)


def _ends(ends: object) -> Iterator[str]:
    """Yield the calls at the ends of a graph: one triple, a list or a dict of them."""
    if isinstance(ends, Mapping):
        ends = list(ends.values())
    match ends:
        case [str(name), int(index), int()]:
            yield f"{name}/{index}"
        case _:
            for end in ends:
                yield from _ends(end)
