"""The networks of ``keras.applications``, as configs."""

import gzip
import hashlib
import inspect
import json
import os
import shutil
from functools import cache
from pathlib import Path

import keras

from tests.conftest import ROOT
from which_api import graph, keras_graph
from which_api.keras_graph import graph_of

NAMES = sorted(n for n, f in vars(keras.applications).items() if inspect.isfunction(f))
# One of each family, and all that are stacks; the others have a turn every week.
SOME = [
    "ConvNeXtTiny",
    "DenseNet121",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "InceptionResNetV2",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "NASNetMobile",
    "ResNet50",
    "ResNet50V2",
    "VGG16",
    "VGG19",
    "Xception",
]
FOLDER = ROOT / "build/test-inputs"
SOURCES = (__file__, graph.__file__, keras_graph.__file__)


def application(name: str) -> dict:
    """Return of a network its ``json``, and its ``edges`` in memory.

    It is built once for each version of Keras, and for each state of the code that
    reads it, and kept in build/.
    """
    path = FOLDER / f"{_key()}/{name}.json.gz"
    if not path.is_file():
        if not path.parent.is_dir():
            shutil.rmtree(FOLDER, ignore_errors=True)
            path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(gzip.compress(json.dumps(_built(name)).encode()))
        part.replace(path)  # whole, or not at all
    return json.loads(gzip.decompress(path.read_bytes()))


@cache
def _key() -> str:
    key = hashlib.sha256(keras.__version__.encode())
    for source in SOURCES:
        key.update(hashlib.sha256(Path(source).read_bytes()).digest())
    return key.hexdigest()[:16]


def _built(name: str) -> dict:
    # In a stateless scope, no memory is used for the weights.
    with keras.StatelessScope(initialize_variables=False):
        model = getattr(keras.applications, name)(weights=None)
    keras.utils.clear_session()  # or the next scope would make all those weights
    edges = [[edge.source, edge.target] for edge in graph_of(model).edges]
    return {"json": model.to_json(), "edges": edges}
