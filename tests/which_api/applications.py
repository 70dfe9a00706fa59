"""The networks of ``keras.applications``, as configs."""

import gzip
import hashlib
import inspect
import json
import os
from pathlib import Path

import keras

from tests.conftest import ROOT
from which_api import graph, keras_graph
from which_api.keras_graph import graph_of

NAMES = sorted(n for n, f in vars(keras.applications).items() if inspect.isfunction(f))
FOLDER = ROOT / "build/test-inputs"
SOURCES = (__file__, graph.__file__, keras_graph.__file__)


def applications() -> dict[str, dict]:
    """Return for each network its ``json``, and its ``edges`` in memory.

    They are built once for each version of Keras, and for each state of the code that
    reads them, and kept in build/. Tests that call this belong to one group of xdist.
    """
    key = hashlib.sha256(keras.__version__.encode())
    for source in SOURCES:
        key.update(hashlib.sha256(Path(source).read_bytes()).digest())
    path = FOLDER / f"applications-{key.hexdigest()[:16]}.json.gz"
    if not path.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        for old in FOLDER.glob("applications-*"):
            old.unlink(missing_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(gzip.compress(json.dumps(_built()).encode()))
        part.replace(path)  # whole, or not at all
    return json.loads(gzip.decompress(path.read_bytes()))


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
