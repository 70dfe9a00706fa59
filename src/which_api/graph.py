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

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from itertools import pairwise
from numbers import Integral
from typing import Any, TypeGuard

from .sentences import say

Shape = tuple[int | None, ...]
# JSON as Keras wrote it, or was said to: what is in it shows when it is read.
Config = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """One use of a layer: a layer that is called twice has two calls.

    `id` is ``layer/number``; `kind` is the layer's class; `shape` is that of its first
    output, batch first, or None where the config does not tell. A `plain` call is one
    that a stack could make: a layer with one tensor and nothing else. A keras.ops
    operation, or a layer with further arguments, is not; `layered` tells the two apart.
    A `whole` call hands on all that it returns, as far as the config tells.
    """

    id: str
    layer: str
    kind: str
    shape: Shape | None = None
    plain: bool = True
    layered: bool = True
    whole: bool = True


@dataclass(frozen=True)
class Edge:
    """A tensor on its way: from the call that made it to one that takes it."""

    source: str
    target: str


@dataclass(frozen=True)
class Graph:
    """A model's calls in the order of its layers, and what joins them.

    `input_keys` and `output_keys` are the keys where the model takes or returns a
    dict, and empty otherwise.
    """

    name: str
    calls: tuple[Call, ...]
    edges: tuple[Edge, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    input_keys: tuple[str, ...] = ()
    output_keys: tuple[str, ...] = ()


Evidence = dict[str, tuple[Call, ...] | tuple[Edge, ...]]


class ConfigError(ValueError):
    """What was given is not the config of a Keras 3 model.

    `sentence` is the id of what it says, in `sentences.SENTENCES`, if it stands there.
    """

    def __init__(self, text: str, sentence: str = "") -> None:
        """Say `text`."""
        super().__init__(text)
        self.sentence = sentence


def refusal(sentence: str, **slots: object) -> ConfigError:
    """Return the error that says a sentence of the table."""
    return ConfigError(say(sentence, **slots), sentence)


def read(config: Config) -> Graph | None:
    """Return the graph of a Sequential or functional model, or None if there is none.

    Raises ConfigError if `config` is no config of a Keras 3 model.
    """
    try:
        if "input_layers" in config:
            return _checked(_functional(config))
        if _lists_layers(config):
            return _checked(_sequential(config))
    except RecursionError as error:  # `modelfile.parse` refuses such a file
        raise refusal("too-deep") from error
    return None


def _lists_layers(config: Config) -> bool:
    """Whether its ``layers`` are those of a stack, and not a subclass's numbers."""
    layers = config.get("layers")
    if not isinstance(layers, list | tuple):
        return False
    return not layers or any(isinstance(layer, Mapping) for layer in layers)


def _flaw(sentence: str, **slots: object) -> ConfigError:
    return refusal("no-keras-3", why=say(sentence, **slots))


def _checked(graph: Graph) -> Graph:
    """Refuse a graph with ends that do not exist, or with a cycle."""
    known: set[str] = set()
    for call in graph.calls:
        if call.id in known:
            raise _flaw("same-name", layer=call.layer)
        known.add(call.id)
    ends = [end for edge in graph.edges for end in (edge.source, edge.target)]
    for end in (*ends, *graph.inputs, *graph.outputs):
        if end not in known:
            raise _flaw("no-call", call=end)
    if not graph.calls:
        raise _flaw("no-layers")
    depths(graph)
    return graph


def depths(graph: Graph) -> dict[str, int]:
    """Return how many calls lie before each call, at most, on the way from an input.

    Raises ConfigError if the graph has a cycle.
    """
    after = defaultdict(list)
    waits = Counter(edge.target for edge in graph.edges)
    for edge in graph.edges:
        after[edge.source].append(edge.target)
    found = {call.id: 0 for call in graph.calls if not waits[call.id]}
    ready = list(found)
    for source in ready:  # grows while it is read
        for target in after[source]:
            found[target] = max(found.get(target, 0), found[source] + 1)
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    if len(ready) < len(graph.calls):
        raise _flaw("circle")
    return found


def evidence(graph: Graph) -> Evidence:
    """Say what in a graph rules out `Sequential`, by the id of the rule.

    The values are the calls or the edges to look at. A stack gives an empty dict.
    """
    by_id = {call.id: call for call in graph.calls}
    uses = Counter(call.layer for call in graph.calls)
    taken = Counter([edge.source for edge in graph.edges] + list(graph.outputs))
    takes = Counter(edge.target for edge in graph.edges)
    found: Evidence = {
        "several-inputs": tuple(by_id[i] for i in graph.inputs),
        "several-outputs": tuple(by_id[i] for i in graph.outputs),
        "shared-layer": tuple(c for c in graph.calls if uses[c.layer] > 1),
        "branch-and-merge": tuple(
            e for e in graph.edges if taken[e.source] > 1 or takes[e.target] > 1
        ),
    }
    for ends, keys in (
        ("several-inputs", graph.input_keys),
        ("several-outputs", graph.output_keys),
    ):
        if len(found[ends]) < 2 and not keys:
            found[ends] = ()
    if not any(found.values()):  # a chain, and so the question of its steps
        steps = (call for call in graph.calls if not (call.plain and call.whole))
        found["operation-in-the-chain"] = tuple(steps)
    return {rule: where for rule, where in found.items() if where}


def calls_in(found: Evidence, rule: str) -> tuple[Call, ...]:
    """Return the calls that speak for a rule; none for one that is about edges."""
    return tuple(each for each in found.get(rule, ()) if isinstance(each, Call))


def _sequential(config: Config) -> Graph:
    calls: list[Call] = []
    seen: Counter[str] = Counter()
    for layer in map(_mapping, _list(_item(config, "layers"))):
        own = _mapping(_item(layer, "config"))
        name = _text(_item(own, "name"))
        kind = _text(_item(layer, "class_name"))
        given = own.get("batch_shape")
        shape = None if given is None else _shape(given)
        calls.append(Call(f"{name}/{seen[name]}", name, kind, shape))
        seen[name] += 1
    ids = [call.id for call in calls]
    edges = tuple(Edge(a, b) for a, b in pairwise(ids))
    name = _text(config.get("name", "sequential"))
    return Graph(name, tuple(calls), edges, tuple(ids[:1]), tuple(ids[-1:]))


def _functional(config: Config) -> Graph:
    model = _text(_item(config, "name"))
    calls: list[Call] = []
    edges: list[Edge] = []
    shapes: dict[str, Shape] = {}
    nested: set[str] = set()
    partly: set[str] = set()  # calls of which one output of several is taken
    for layer in map(_mapping, _list(_item(config, "layers"))):
        name = _text(_item(layer, "name"))
        kind = _text(_item(layer, "class_name"))
        own = _mapping(_item(layer, "config"))
        uses = _list(_item(layer, "inbound_nodes"))
        if not all(isinstance(use, Mapping) for use in uses):
            raise _flaw("keras-2")
        layered = _is_layer(layer)
        whole = not _returns_several(own)
        for number, use in enumerate(uses or [None]):
            call = f"{name}/{number}"
            plain = layered and (use is None or _is_plain(use, kind))
            calls.append(
                Call(call, name, kind, plain=plain, layered=layered, whole=whole)
            )
            for tensor in _tensors(use):
                origin = _triple(_item(tensor, "keras_history"))
                if origin is None:
                    raise _flaw("no-origin")
                source = f"{origin[0]}/{origin[1]}"
                edges.append(Edge(source, call))
                if origin[2] == 0:
                    shapes[source] = _shape(_item(tensor, "shape"))
                else:
                    partly.add(source)
        if not uses and "batch_shape" in own:
            shapes[f"{name}/0"] = _shape(own["batch_shape"])
        # At the ends, Keras 3.15.1 counts the calls of a nested graph from 1.
        if "input_layers" in own:
            nested.add(name)
    inputs, outputs = _item(config, "input_layers"), _item(config, "output_layers")
    return Graph(
        model,
        tuple(
            replace(
                call,
                shape=shapes.get(call.id),
                whole=call.whole and call.id not in partly,
            )
            for call in calls
        ),
        tuple(edges),
        tuple(_ends(inputs, nested)),
        tuple(_ends(outputs, nested)),
        _keys(inputs),
        _keys(outputs),
    )


# --- what stands in a config, or else a flaw -----------------------------------------


def _item(mapping: Config, key: str) -> object:
    if key not in mapping:
        raise _flaw("no-key", key=key)
    return mapping[key]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _flaw("no-name")
    return value


def _list(value: object) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise _flaw("no-list")
    return value


def _mapping(value: object) -> Config:
    if not isinstance(value, Mapping):
        raise _flaw("no-object")
    return value


def _shape(value: object) -> Shape:
    sizes = tuple(_list(value))
    if not all(size is None or _is_whole(size) for size in sizes):
        raise _flaw("no-shape")
    return sizes


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _triple(value: object) -> tuple[str, int, int] | None:
    """Return the layer, the call and the output that a tensor comes from, or None."""
    match value:
        case [str(layer), call, output] if _is_whole(call) and _is_whole(output):
            return layer, call, output
    return None


# --- layers and their calls ----------------------------------------------------------


def _is_layer(layer: Config) -> bool:
    """Whether it is a layer, and not an operation of ``keras.ops``."""
    module = layer.get("module")
    return not isinstance(module, str) or ".ops." not in f"{module}."


def _returns_several(own: Config) -> bool:
    """Whether a layer's config says that it returns several tensors.

    Those of recurrent layers and of nested models say so; others do not tell.
    """
    if "output_layers" in own:
        return sum(1 for _ in _triples(own["output_layers"])) > 1
    return own.get("return_state") is True


def _is_plain(use: Config, kind: str) -> bool:
    """Whether a call of a layer of `kind` has one tensor as its only argument."""
    match use:
        case {"args": [{"class_name": "__keras_tensor__"}], "kwargs": kwargs}:
            return all(usual(kind, *argument) for argument in _mapping(kwargs).items())
    return False


# The layers of Keras 3.15.1 whose ``call`` has ``training=True`` as its default.
TRAINS_BY_DEFAULT = frozenset(
    {
        "AugMix",
        "AutoContrast",
        "CenterCrop",
        "ContrastLimitedAdaptiveHistogramEqualization",
        "CutMix",
        "Equalization",
        "MaxNumBoundingBoxes",
        "MixUp",
        "Pipeline",
        "RandAugment",
        "RandomBrightness",
        "RandomColorDegeneration",
        "RandomColorJitter",
        "RandomContrast",
        "RandomCrop",
        "RandomElasticTransform",
        "RandomErasing",
        "RandomFlip",
        "RandomGaussianBlur",
        "RandomGrayscale",
        "RandomHue",
        "RandomInvert",
        "RandomPerspective",
        "RandomPosterization",
        "RandomRotation",
        "RandomSaturation",
        "RandomSharpness",
        "RandomShear",
        "RandomTranslation",
        "RandomZoom",
        "Resizing",
        "Solarization",
    }
)


def usual(kind: str, name: str, value: object) -> bool:
    """Whether an argument of a call is what a stack would pass to this layer, too.

    Keras notes ``mask=None`` and the like, and for a layer that was called without
    ``training`` the default of its ``call``: False, but for `TRAINS_BY_DEFAULT`. `fit`
    and `predict` put their own value in the place of it.
    """
    return value is None or (
        name == "training" and value is (kind in TRAINS_BY_DEFAULT)
    )


def _keys(ends: object) -> tuple[str, ...]:
    return tuple(map(str, ends)) if isinstance(ends, Mapping) else ()


def _tensors(arguments: object) -> Iterator[Config]:
    """Yield the description of every tensor among the arguments of a call."""
    if isinstance(arguments, Mapping):
        if "keras_history" in arguments:
            yield arguments
            return
        arguments = list(arguments.values())
    if isinstance(arguments, list | tuple):
        for argument in arguments:
            yield from _tensors(argument)


def _ends(ends: object, nested: Set[str]) -> Iterator[str]:
    """Yield the calls at the ends of a graph."""
    for layer, call, _ in _triples(ends):
        yield f"{layer}/{call - (layer in nested)}"


def _triples(ends: object) -> Iterator[tuple[str, int, int]]:
    """Yield what stands at the ends of a graph: a triple, a list or a dict of them."""
    if isinstance(ends, Mapping):
        ends = list(ends.values())
    if triple := _triple(ends):
        yield triple
        return
    for end in _list(ends):
        yield from _triples(end)
