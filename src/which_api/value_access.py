"""Notice when Python asks a symbolic tensor for its value.

    with value_access_marked():
        model.call(keras.Input((4,)))  # `if`, `float`, `for`, NumPy: ValueAccessError

Keras and TensorFlow refuse such a question with errors of several classes. What they
refuse is raised here as an error of the same class that is a `ValueAccessError`, too:
code that handles the one still does, and nobody has to compare texts.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, wraps
from unittest import mock

import keras
import tensorflow as tf


class ValueAccessError(Exception):
    """Python asked a symbolic tensor for its value, by the method `asked`."""

    asked = ""


# The methods are those of the classes, so one trace at a time may replace them. The
# errors of other threads are marked meanwhile, which does not change what they are.
_LOCK = threading.RLock()


@contextmanager
def value_access_marked() -> Iterator[None]:
    """Mark the errors of those who ask for a value; afterwards all is as before."""
    with _LOCK, ExitStack() as undo:
        for kind, names in _kinds().items():
            for name in names:
                new = _attribute(kind, name) if name == "numpy" else _asking(kind, name)
                undo.enter_context(mock.patch.object(kind, name, new, create=True))
        yield


@cache
def _kinds() -> dict[type, tuple[str, ...]]:
    """Return the classes without values, and what Python may ask them.

    A `KerasTensor` that indexes another one is asked for `__index__` although a graph
    can do that: TensorFlow's own recording tells the difference.
    """
    with tf.Graph().as_default():
        symbolic = type(tf.constant(0))
    numbers = ("__int__", "__float__")
    shared = ("__bool__", "__iter__", "__array__", *numbers, "numpy")
    variable = type(tf.Variable(0))
    return {
        keras.KerasTensor: shared,
        symbolic: (*shared, "__complex__", "__index__"),
        variable: ("numpy",),
    }


def _asking(kind: type, name: str) -> Callable[..., object]:
    """Return the method `name` with its errors marked."""
    method = getattr(kind, name, None)

    def refuse(tensor: object) -> None:
        raise TypeError(f"{name} wants the value of a symbolic {kind.__name__}")

    @wraps(method or refuse)
    def ask(tensor: object, *args: object, **options: object) -> object:
        try:
            return (method or refuse)(tensor, *args, **options)
        except ValueAccessError:
            raise
        except Exception as error:
            raise _marked(error, name) from error

    return ask


def _attribute(kind: type, name: str) -> object:
    """Return the attribute `name`: the method if there is one, else what refuses it."""
    if hasattr(kind, name):
        return _asking(kind, name)

    def missing(tensor: object) -> None:
        text = f"{kind.__name__!r} object has no attribute {name!r}"
        raise _marked(AttributeError(text), name)

    return property(missing)


def _marked(error: Exception, asked: str) -> ValueAccessError:
    """Return an equal error whose class is a `ValueAccessError`, too.

    Keras makes new errors of the class of those it catches, so the class has the mark.
    """
    kind = type(error)
    both = type(kind.__name__, (ValueAccessError, kind), {"asked": asked})
    marked: ValueAccessError = both(*error.args)
    return marked
