"""Keep what expensive code returned, where the code of a slice runs (`keeping`).

A value is kept by pickle, in a file of its own, with the state of the random numbers
behind it, and with lists, dicts and sets that were filled on the way. What does not
survive that is not kept; nor is the value of code that changes anything else that one
of its names stands for.
"""

import contextlib
import pickle
import random
import sys
import time
import types
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

DEAR = 1.0  # CPU seconds from which on a value is kept
_CODE = types.ModuleType | types.FunctionType | types.BuiltinFunctionType | type


class Keeper:
    """Keeps values in a folder.

    `found` are the CPU seconds that each value took, and `made` says that one of them
    took them now. `busy`: a value is being made, and what is called belongs to it.
    """

    def __init__(
        self, folder: Path, ways: Iterable[types.ModuleType] = (), dear: float = DEAR
    ) -> None:
        """Use a folder; a way's ``settle()`` is called where nothing was made."""
        self.folder, self.dear = folder, dear
        self.ways = list(ways)
        self.found: dict[str, float] = {}
        self.made = False
        self.busy = False

    def __call__(
        self,
        key: str,
        make: Callable[[], Any],
        touched: Callable[[], Mapping[str, Any]],
    ) -> Any:  # noqa: ANN401 (whatever a page computes)
        """Return what was kept under a key, or make it, and keep it if it was dear."""
        file = self.folder / f"{key}.pickle"
        if file.exists():
            with contextlib.suppress(Exception):  # made anew
                took, value, filled, state = pickle.loads(file.read_bytes())
                _fill(touched(), filled)
                self._settle(state)
                self.found[key] = took
                return value
        before = _pickled(touched())
        self.busy, began = True, time.process_time()
        try:
            value = make()
        finally:
            self.busy = False
        took = round(time.process_time() - began, 2)
        if took >= self.dear and before is not None:
            filled = _changed(touched(), before)
            if filled is not None:
                self._keep(file, took, value, filled)
        return value

    def _keep(
        self, file: Path, took: float, value: object, filled: Mapping[str, Any]
    ) -> None:
        with contextlib.suppress(Exception):  # it cannot be kept
            text = pickle.dumps((took, value, filled, _state()))
            now = _state()
            pickle.loads(text)
            _restore(now)
            new = file.with_suffix(f".{id(value)}")
            new.write_bytes(text)
            new.replace(file)
            self.made = True
            self.found[file.stem] = took

    def _settle(self, state: Any) -> None:  # noqa: ANN401 (as `_state` returns it)
        for way in self.ways:
            if hasattr(way, "settle"):
                way.settle()
        _restore(state)


def _pickled(values: Mapping[str, object]) -> dict[str, bytes] | None:
    """Return values as bytes, to see whether they changed; None: no bytes tell."""
    try:
        return {n: pickle.dumps(v) for n, v in values.items() if not _is_code(v)}
    except Exception:
        return None


def _changed(
    values: Mapping[str, Any], before: Mapping[str, bytes]
) -> dict[str, Any] | None:
    """Return the lists, dicts and sets that changed; None: something else did."""
    after = _pickled(values)
    if after is None or after.keys() != before.keys():
        return None
    found = {name: values[name] for name in after if after[name] != before[name]}
    return found if all(type(v) in (list, dict, set) for v in found.values()) else None


def _fill(values: Mapping[str, Any], filled: Mapping[str, Any]) -> None:
    """Put into lists, dicts and sets of a page what had changed in them."""
    for name, new in filled.items():
        old = values[name]
        old.clear()
        old.extend(new) if isinstance(old, list) else old.update(new)


def _is_code(value: object) -> bool:
    return isinstance(value, _CODE)


def _state() -> tuple[Any, Any]:
    """Return the state of the random numbers of Python and of NumPy."""
    numpy = sys.modules.get("numpy")
    return random.getstate(), numpy.random.get_state() if numpy else None


def _restore(state: tuple[Any, Any]) -> None:
    random.setstate(state[0])
    numpy = sys.modules.get("numpy")
    if numpy and state[1] is not None:
        numpy.random.set_state(state[1])
