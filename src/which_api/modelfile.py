"""Read the config of a model out of a file, as data: nothing in the file is run.

A ``.keras`` file is a zip archive with a ``config.json``; the text of ``to_json()`` is
that config itself. Files that are no such thing, are cut short, or unpack to far more
than a config are refused with one sentence.
"""

import json
import zipfile
import zlib
from pathlib import Path

from .graph import Config, ConfigError

LARGEST = 64 * 2**20  # bytes of JSON; ResNet50's config has 0.2 MB
_HDF5 = b"\x89HDF\r\n\x1a\n"
_ZIP = b"PK\x03\x04"


def read_config(path: Path | str) -> Config:
    """Return the config of the model in a file, with its class name.

    The result is the object that Keras writes: ``{"class_name": ..., "config": ...}``.
    Raises OSError if the file cannot be read, and ConfigError if it holds no model.
    """
    path = Path(path)
    if path.is_dir():
        raise ConfigError(
            "a folder (a SavedModel?) holds no config; save the model as .keras"
        )
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(_HDF5):
        raise ConfigError("an HDF5 file is not read; save the model as .keras")
    if start.startswith(_ZIP):
        return parse(_member(path))
    if path.stat().st_size > LARGEST:
        raise ConfigError(f"neither a .keras file nor JSON below {LARGEST >> 20} MB")
    if not start:
        raise ConfigError("the file is empty")
    return parse(path.read_bytes())


def _member(path: Path) -> bytes:
    """Return config.json out of a .keras file, unpacking no more than LARGEST bytes."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("config.json") as member:
            text = member.read(LARGEST + 1)
    except KeyError as error:
        raise ConfigError("a zip file without config.json is no model") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,  # an unknown way to pack
        RuntimeError,  # encrypted
        ValueError,
    ) as error:
        raise ConfigError(f"the zip file is damaged ({error})") from error
    if len(text) > LARGEST:
        raise ConfigError(f"its config unpacks to more than {LARGEST >> 20} MB")
    return text


def parse(text: bytes | str) -> Config:
    """Return the object in the JSON of a model; raise ConfigError if it is none."""
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ConfigError("the JSON is nested too deeply for a model") from error
    except ValueError as error:  # a JSONDecodeError or a UnicodeDecodeError
        raise ConfigError(f"no JSON: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("config"), dict):
        raise ConfigError('the JSON is no model: it has no "config"')
    if not isinstance(found.get("class_name"), str):
        raise ConfigError('the JSON is no model: it has no "class_name"')
    return found
