"""The networks of ``keras.applications``, as configs."""

import inspect
from pathlib import Path

import keras

from which_api import graph, keras_graph
from which_api.keras_graph import graph_of

from .kept import kept

NAMES = sorted(n for n, f in vars(keras.applications).items() if inspect.isfunction(f))


def applications() -> dict[str, dict]:
    """Return for each network its ``json``, and its ``edges`` in memory."""
    sources = (__file__, graph.__file__, keras_graph.__file__)
    return kept("applications", _built, *map(Path, sources))


def _built() -> dict[str, dict]:
    found = {}
    for name in NAMES:
        # In a stateless scope, no memory is used for the weights.
        with keras.StatelessScope(initialize_variables=False):
            model = getattr(keras.applications, name)(weights=None)
        keras.utils.clear_session()  # or the next scope would make all those weights
        edges = [[edge.source, edge.target] for edge in graph_of(model).edges]
        found[name] = {"json": model.to_json(), "edges": edges}
    return found
