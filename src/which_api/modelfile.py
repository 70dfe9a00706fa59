"""Read the config of a model out of a file, as data: nothing in the file is run.

A ``.keras`` file is a zip archive with a ``config.json``; the text of ``to_json()`` is
that config itself. Files that are no such thing, are cut short, or unpack to far more
than a config are refused with one sentence.
"""

import json
import zipfile
import zlib
from pathlib import Path

from .graph import Config, refusal

LARGEST = 64 * 2**20  # bytes of JSON; ResNet50's config has 0.2 MB
DEEPEST = 500  # levels of JSON; a model inside a model adds six
_HDF5 = b"\x89HDF\r\n\x1a\n"
_ZIP = b"PK\x03\x04"


def read_config(path: Path | str) -> Config:
    """Return the config of the model in a file, with its class name.

    The result is the object that Keras writes: ``{"class_name": ..., "config": ...}``.
    Raises OSError if the file cannot be read, and ConfigError if it holds no model.
    """
    path = Path(path)
    if path.is_dir():
        raise refusal("folder")
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(_HDF5):
        raise refusal("hdf5")
    if start.startswith(_ZIP):
        return parse(_member(path))
    if path.stat().st_size > LARGEST:
        raise refusal("too-long", limit=LARGEST >> 20)
    if not start:
        raise refusal("empty")
    return parse(path.read_bytes())


def _member(path: Path) -> bytes:
    """Return config.json out of a .keras file, unpacking no more than LARGEST bytes."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("config.json") as member:
            text = member.read(LARGEST + 1)
    except KeyError as error:
        raise refusal("other-zip") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,  # an unknown way to pack
        RuntimeError,  # encrypted
        ValueError,
    ) as error:
        raise refusal("damaged-zip", why=error) from error
    if len(text) > LARGEST:
        raise refusal("unpacks", limit=LARGEST >> 20)
    return text


def parse(text: bytes | str) -> Config:
    """Return the object in the JSON of a model; raise ConfigError if it is none."""
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise refusal("too-deep") from error
    except UnicodeDecodeError as error:
        raise refusal("no-text", encoding=error.encoding.upper()) from error
    except ValueError as error:
        raise refusal("no-json", why=error) from error
    if _is_too_deep(found):
        raise refusal("too-deep")
    if not isinstance(found, dict) or not isinstance(found.get("config"), dict):
        raise refusal("no-config")
    if not isinstance(found.get("class_name"), str):
        raise refusal("no-class")
    return found


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEEPEST + 1):
        inside = [each for each in level if isinstance(each, list | dict)]
        if not inside:
            return False
        level = [
            part
            for each in inside
            for part in (each.values() if isinstance(each, dict) else each)
        ]
    return True
