"""What takes Keras long to make, kept in build/ for the next run of the tests."""

import gzip
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import keras
import tensorflow as tf

from tests.conftest import ROOT

FOLDER = ROOT / "build/test-inputs"
MAKERS = (keras, tf)

T = TypeVar("T")


def kept(name: str, make: Callable[[], T], *sources: Path) -> T:
    """Return what `make` returns, which must be plain data.

    It is made once for each version of the packages that make it and each state of
    `sources`, the files of the code that does.
    """
    key = hashlib.sha256(Path(__file__).read_bytes())
    for package in MAKERS:
        key.update(f"{package.__name__} {package.__version__}\n".encode())
    for source in sources:
        key.update(hashlib.sha256(source.read_bytes()).digest())
    path = FOLDER / f"{name}-{key.hexdigest()[:16]}.json.gz"
    if not path.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        for old in FOLDER.glob(f"{name}-*.json.gz"):
            old.unlink(missing_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(gzip.compress(json.dumps(make()).encode(), compresslevel=3))
        part.replace(path)  # whole, or not at all
    return json.loads(gzip.decompress(path.read_bytes()))
