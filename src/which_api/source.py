"""Write Python source that builds a model like the given one, where that is honest.

Only what the text can say is written: layers of ``keras.layers`` whose configs hold
numbers, texts and the objects that Keras names. The text is run before it is returned,
and must build a model with the same graph and equal configs; if it does not, or if the
model has custom layers or keras.ops operations, the text is empty.
"""

import inspect
import json
import keyword
import re
from collections.abc import Mapping
from typing import Any

import keras

from .keras_graph import GraphNode, graph_of, is_functional, is_sequential, nodes_of


class _NoSourceError(Exception):
    """The model holds something that no honest text can say."""


def source_of(model: keras.Model) -> str:
    """Return the source of a Sequential or functional model, or an empty text."""
    try:
        if is_sequential(model):
            text = _sequential(model)
        elif is_functional(model):
            text = _functional(model)
        else:
            return ""
        return text if _builds_the_same(text, model) else ""
    except _NoSourceError:
        return ""


def _sequential(model: keras.Sequential) -> str:
    return f"{_HEAD}model = {_stack(model)}\n"


def _stack(model: keras.Sequential, indent: str = "") -> str:
    """Write a Sequential, one layer a line."""
    if len({id(layer) for layer in model.layers}) < len(model.layers):
        raise _NoSourceError  # a layer stands in it twice
    parts = [_input(tensor) for tensor in model.inputs]
    parts += [_layer(layer, f"{indent}        ") for layer in model.layers]
    body = "".join(f"{indent}        {part},\n" for part in parts)
    return (
        f"keras.Sequential(\n{indent}    [\n{body}{indent}    ],\n"
        f"{indent}    name={_value(model.name)},\n{indent})"
    )


_HEAD = "import keras\nfrom keras import layers\n\n"


def _functional(model: keras.Model) -> str:
    lines: list[str] = []
    names: dict[int, str] = {}  # the id of a symbolic tensor -> its variable
    shared: dict[int, str] = {}  # the id of a layer that is called again -> the same
    taken: set[str] = set()

    def fresh(wanted: str) -> str:
        name = re.sub(r"\W", "_", wanted)
        if not name.isidentifier() or keyword.iskeyword(name):
            name = f"x_{name}"
        while name in taken or name in ("keras", "layers", "model"):
            name += "_"
        taken.add(name)
        return name

    nodes = list(nodes_of(model))
    uses = [id(operation) for _, operation, _ in nodes]
    for _, operation, node in _in_order(nodes):
        result = fresh(operation.name)
        for tensor in node.output_tensors:
            names[id(tensor)] = result
        if len(node.output_tensors) > 1 or not isinstance(operation, keras.Layer):
            raise _NoSourceError
        if node.is_input:
            lines.append(f"{result} = {_input(node.output_tensors[0])}")
            continue
        made = _layer(operation)
        if uses.count(id(operation)) > 1:
            if id(operation) not in shared:
                shared[id(operation)] = fresh(f"{operation.name}_layer")
                lines.append(f"{shared[id(operation)]} = {made}")
            made = shared[id(operation)]
        arguments = [_argument(a, names) for a in node.arguments.args]
        arguments += [
            f"{key}={_argument(value, names)}"
            for key, value in node.arguments.kwargs.items()
            if value is not None and (key, value) != ("training", False)
        ]
        lines.append(f"{result} = {made}({', '.join(arguments)})")
    ends = [_argument(e, names) for e in (model._inputs_struct, model._outputs_struct)]
    lines.append(
        f"model = keras.Model({ends[0]}, {ends[1]}, name={_value(model.name)})"
    )
    return _HEAD + "\n".join(lines) + "\n"


def _in_order(nodes: list[GraphNode]) -> list[GraphNode]:
    """Sort calls so that each one comes after those that feed it."""
    done: set[int] = set()
    ordered, waiting = [], nodes
    while waiting:
        later = []
        for each in waiting:
            node = each[2]
            if all(id(t) in done for t in node.arguments.keras_tensors):
                done.update(id(t) for t in node.output_tensors)
                ordered.append(each)
            else:
                later.append(each)
        if len(later) == len(waiting):
            raise _NoSourceError
        waiting = later
    return ordered


def _argument(value: object, names: Mapping[int, str]) -> str:
    if isinstance(value, keras.KerasTensor):
        return names[id(value)]
    if isinstance(value, list):
        return f"[{', '.join(_argument(each, names) for each in value)}]"
    if isinstance(value, tuple):
        return f"({''.join(_argument(each, names) + ', ' for each in value)})"
    if isinstance(value, dict):
        pairs = (
            f"{_value(key)}: {_argument(each, names)}" for key, each in value.items()
        )
        return f"{{{', '.join(pairs)}}}"
    return _value(value)


def _input(tensor: keras.KerasTensor) -> str:
    layer = tensor._keras_history.operation
    config = layer.get_config()
    shape = tuple(config["batch_shape"])
    if config["sparse"] or config.get("ragged") or config.get("optional"):
        raise _NoSourceError
    named = f"name={_value(config['name'])}"
    if shape[:1] == (None,):
        text = f"{shape[1:]!r}, {named}"
    else:
        text = f"batch_shape={shape!r}, {named}"
    dtype = "" if config["dtype"] == "float32" else f", dtype={_value(config['dtype'])}"
    return f"keras.Input({text}{dtype})"


def _layer(layer: keras.Layer, indent: str = "") -> str:
    """Write a layer of ``keras.layers`` with the arguments that differ from default."""
    kind = type(layer)
    if kind is keras.Sequential and layer.built and isinstance(layer.inputs, list):
        return _stack(layer, indent)
    if getattr(keras.layers, kind.__name__, None) is not kind or isinstance(
        layer, keras.layers.Wrapper | keras.layers.Lambda | keras.layers.RNN
    ):
        raise _NoSourceError
    config = layer.get_config()
    parameters = inspect.signature(kind.__init__).parameters
    required = [
        name
        for name, parameter in parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        and name != "self"
    ]
    try:
        usual = kind(**{name: config[name] for name in required}).get_config()
    except (KeyError, TypeError, ValueError) as error:
        raise _NoSourceError from error
    written = [f"{name}={_value(config[name])}" for name in required]
    written += [
        f"{key}={_value(value)}"
        for key, value in config.items()
        if key not in required and (key == "name" or value != usual.get(key))
    ]
    return f"layers.{kind.__name__}({', '.join(written)})"


def _value(value: object) -> str:
    if isinstance(value, tuple | list):
        parts = [_value(each) for each in value]
        if isinstance(value, tuple):
            return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
        return f"[{', '.join(parts)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool | int | float) or value is None:
        return repr(value)
    if isinstance(value, Mapping) and str(value.get("module")).startswith("keras."):
        package, name = value["module"], value["class_name"]
        if "src" in package or value.get("registered_name"):
            raise _NoSourceError
        inner = ", ".join(
            f"{key}={_value(each)}"
            for key, each in value["config"].items()
            if each is not None
        )
        return f"{package}.{name}({inner})"
    raise _NoSourceError


def _builds_the_same(text: str, model: keras.Model) -> bool:
    """Run the text, and compare the graph and the config of each layer."""
    space: dict[str, Any] = {}
    try:
        exec(text, space)  # our own text, made of literals and names of Keras
    except (TypeError, ValueError):
        return False
    built = space["model"]
    ours = {layer.name: layer.get_config() for layer in model.layers}
    theirs = {layer.name: layer.get_config() for layer in built.layers}
    strip = ("seed",)
    for configs in (ours, theirs):
        for config in configs.values():
            for key in strip:
                config.pop(key, None)
    one, other = graph_of(model), graph_of(built)
    if one is None or other is None:
        return False
    return ours == theirs and set(one.edges) == set(other.edges)
