"""Run the ``call`` of a subclassed model on symbolic tensors, to see what it needs.

If that works, and the graph it draws computes the same as the model, then the wiring
was never dynamic: a functional model would do. If Python looks at a value on the way,
`trace` says in which line. What the model computes is compared in inference and in
training, because a recording keeps one branch of an ``if training`` only.
"""

import inspect
import linecache
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import keras
import numpy as np
import tensorflow as tf

from .value_access import ValueAccessError, value_access_marked

_PACKAGES = tuple(str(Path(m.__file__).parent) for m in (keras, tf, np) if m.__file__)
_OURS = Path(__file__).parent

Nested = TypeVar("Nested")  # tensors alone, or in lists and dicts


@dataclass(frozen=True)
class Trace:
    """How the attempt ended.

    `model` is the functional model that was recorded, if it computes the same.
    `value_line` is the line that looks at a value; `remarks` say what stood in the way
    of a recording otherwise.
    """

    model: keras.Model | None
    value_line: str = ""
    remarks: tuple[str, ...] = ()
    stopped: bool = False


class ShapesUnknownError(ValueError):
    """Nobody said what the model takes, and Keras does not know."""


def trace(model: keras.Model, inputs: object = None) -> Trace:
    """Record the forward pass of `model` and compare the recording with it.

    `inputs` are symbolic inputs (``keras.Input``) or a batch of data, nested as
    ``call`` takes its first argument. Without them, the shapes that Keras remembers of
    an earlier call are used. Raises
    ShapesUnknownError if there was none. The variables of the model keep their values.
    """
    arguments = _arguments(model, inputs)
    with _unchanged(model):
        before = _plain_state(model)
        try:
            with value_access_marked():
                outputs = model.call(**arguments, **_training(model, None))
            recorded = keras.Model(_flat_if_single(arguments), outputs)
        except Exception as error:  # whatever the user's code raises
            return _stopped(model, arguments, error)
        remarks = [
            f"`call` changes the attribute `{name}`: a graph would not."
            for name, value in _plain_state(model).items()
            if before.get(name, value) != value
        ]
    remarks += list(_differences(model, recorded, arguments))
    if where := _silent_value(model, arguments):
        return Trace(None, value_line=where, stopped=True)
    return Trace(None if remarks else recorded, remarks=tuple(remarks))


# --- inputs --------------------------------------------------------------------------


def _arguments(model: keras.Model, inputs: object) -> dict[str, object]:
    """Return symbolic arguments for ``call``, by name."""
    names = [
        name
        for name, parameter in inspect.signature(model.call).parameters.items()
        if parameter.kind
        in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    if inputs is not None:
        return {names[0]: keras.tree.map_structure(_as_symbolic, inputs)}
    shapes = getattr(model, "_build_shapes_dict", None)
    if not shapes:
        raise ShapesUnknownError(
            "Keras does not know the shapes of its inputs; give a batch of data, or "
            "symbolic tensors, as `inputs`"
        )
    if len(shapes) == 1:  # Keras calls the only one input_shape, whatever its name
        return {names[0]: _symbolic(*shapes.values())}
    return {
        key.removesuffix("_shape"): _symbolic(shape) for key, shape in shapes.items()
    }


def _as_symbolic(value: object) -> keras.KerasTensor:
    if isinstance(value, keras.KerasTensor):
        return value
    tensor = tf.convert_to_tensor(value)
    return keras.Input(batch_shape=(None, *tensor.shape[1:]), dtype=tensor.dtype.name)


def _symbolic(shapes: Iterable[Any]) -> object:
    """Return an Input for each shape, with any number of rows."""
    if isinstance(shapes, dict):
        return {key: _named(shape, key) for key, shape in shapes.items()}
    if isinstance(shapes, list | tuple) and shapes and _is_shape(shapes[0]):
        return [_symbolic(shape) for shape in shapes]
    return _named(shapes, None)


def _is_shape(value: object) -> bool:
    return isinstance(value, list | tuple)


def _named(shape: Iterable[int | None], name: str | None) -> keras.KerasTensor:
    return keras.Input(batch_shape=(None, *list(shape)[1:]), name=name)


def _flat_if_single(arguments: dict[str, object]) -> object:
    values = list(arguments.values())
    return values[0] if len(values) == 1 else values


def _training(model: keras.Model, value: bool | None) -> dict[str, bool | None]:
    takes = "training" in inspect.signature(model.call).parameters
    return {"training": value} if takes else {}


# --- what stopped it -----------------------------------------------------------------


def _stopped(
    model: keras.Model, arguments: dict[str, object], error: Exception
) -> Trace:
    line, said = _user_line(_chain(error)), _useful(error)
    if where := _value_line(error):
        return Trace(None, value_line=where, stopped=True)
    # Not a question of values: TensorFlow can record it, symbolic tensors cannot.
    second = _recording_error(model, arguments)
    if second is not None:
        if where := _value_line(second):
            return Trace(None, value_line=where, stopped=True)
        remark = f"`call` cannot be recorded: {line} ({said})"
        return Trace(None, remarks=(remark,), stopped=True)
    remark = f"symbolic tensors do not pass {line} ({said}): put it into a layer."
    return Trace(None, remarks=(remark,))


def _silent_value(model: keras.Model, arguments: dict[str, object]) -> str:
    """Name the line that looks at a value although symbolic tensors passed it.

    ``if tensor == 0`` compares objects there, and raises nothing; TensorFlow's own
    recording raises.
    """
    error = _recording_error(model, arguments)
    return _value_line(error)


def _recording_error(
    model: keras.Model, arguments: dict[str, object]
) -> Exception | None:
    """Let TensorFlow record ``call``; return what it raises, if anything."""
    specs = keras.tree.map_structure(
        lambda t: tf.TensorSpec(t.shape, t.dtype), arguments
    )
    try:
        with value_access_marked():
            tf.function(
                lambda given: model.call(**given, **_training(model, False)),
                autograph=False,
            ).get_concrete_function(specs)
    except Exception as error:  # whatever the user's code raises
        return error
    return None


def _value_line(error: BaseException | None) -> str:
    """Name the line that asked for a value, and what it was told; "" if none did."""
    errors = list(_chain(error))
    asked = [n for n, each in enumerate(errors) if isinstance(each, ValueAccessError)]
    if not asked:
        return ""
    errors = errors[: asked[-1] + 1]  # what follows happened in Keras, in answer to it
    return f"{_user_line(errors)} ({_useful(errors[-1])})"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _useful(error: BaseException) -> str:
    """Return the first line of a message that says something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("Exception encountered")]
    text = (told or lines or [type(error).__name__])[0]
    return text if len(text) <= 160 else text[:157] + "..."


def _user_line(errors: Iterable[BaseException]) -> str:
    """Name the last line of the user's own code that was running: file, line, text."""
    frames = [
        frame
        for each in errors
        for frame in traceback.extract_tb(each.__traceback__)
        if not frame.filename.startswith(_PACKAGES)
        and Path(frame.filename).parent != _OURS
    ]
    if not frames:
        return "code of Keras"
    last = frames[-1]
    text = last.line or linecache.getline(last.filename, last.lineno or 0).strip()
    name = "a cell" if "ipykernel" in last.filename else Path(last.filename).name
    return (
        f"line {last.lineno} of {name}, `{text}`" if text else f"{name}:{last.lineno}"
    )


# --- is it the same? -----------------------------------------------------------------


def _differences(
    model: keras.Model, recorded: keras.Model, arguments: dict[str, object]
) -> Iterator[str]:
    """Say where the recording does not do what the model does."""
    own = {id(v): v for v in model.trainable_variables}
    for variable in recorded.trainable_variables:
        own.pop(id(variable), None)
    if own:
        names = ", ".join(f"`{v.path}`" for v in own.values())
        yield f"the weights {names} belong to no layer that is called: make it a layer."
        return
    data = sample(arguments)
    for training, when in ((False, "in inference"), (True, "in training")):
        with _unchanged(model):
            first, *others = data.items()
            wanted = model(first[1], training=training, **dict(others))
            state = _values(model)
        with _unchanged(model):
            given = recorded(_flat_if_single(data), training=training)
            same_state = _equal(state, _values(model))
        if not _equal(wanted, given):
            yield f"the recorded graph computes something else {when}."
        elif not same_state:
            yield f"`call` changes variables {when}, and the recorded graph does not."


def looks_at_training(model: keras.Model, inputs: object = None) -> bool:
    """Whether a call with ``training=True`` computes something else than one without.

    False if that cannot be tried. The variables of the model keep their values.
    """
    results = []
    for how in ({}, {"training": True}):
        try:
            first, *others = sample(_arguments(model, inputs)).items()
            with _unchanged(model):
                outputs = model(first[1], **how, **dict(others))
                results.append((outputs, _values(model)))
        except Exception:  # whatever the user's code raises
            return False
    return not _equal(*results)


def sample(arguments: Nested, rows: int = 3, seed: int = 0) -> Nested:
    """Return random numbers (rows, ...) for symbolic inputs, nested alike."""
    random = np.random.default_rng(seed)

    def numbers(tensor: keras.KerasTensor) -> tf.Tensor:
        shape = [rows, *[4 if n is None else n for n in tensor.shape[1:]]]
        if tensor.shape and tensor.shape[0] is not None:
            shape[0] = tensor.shape[0]
        if "int" in str(tensor.dtype) or "bool" in str(tensor.dtype):
            return tf.constant(random.integers(0, 2, shape), tensor.dtype)
        if tensor.dtype == "string":
            return tf.constant(np.full(shape, "a"))
        return tf.constant(random.uniform(0, 1, shape).astype(tensor.dtype))

    made: Nested = keras.tree.map_structure(numbers, arguments)
    return made


def _equal(a: object, b: object) -> bool:
    ones, others = keras.tree.flatten(a), keras.tree.flatten(b)
    return len(ones) == len(others) and all(
        np.shape(one) == np.shape(other)
        and np.allclose(one, other, rtol=1e-5, atol=1e-6, equal_nan=True)
        for one, other in zip(ones, others, strict=True)
    )


def _values(model: keras.Model) -> list[np.ndarray]:
    return [variable.value.numpy() for variable in model.variables]


@contextmanager
def _unchanged(model: keras.Model) -> Iterator[None]:
    """Give the variables back their values, seeds and statistics included."""
    before = [(variable, variable.value.numpy()) for variable in _all_variables(model)]
    try:
        yield
    finally:
        for variable, value in before:
            variable.assign(value)


def _all_variables(model: keras.Model) -> list[keras.Variable]:
    seeds = [
        generator.state
        for layer in model._flatten_layers()
        for generator in getattr(layer, "_seed_generators", [])
    ]
    return list({id(v): v for v in [*model.variables, *seeds]}.values())


def _plain_state(model: keras.Model) -> dict[str, object]:
    """Return the attributes that are plain numbers or texts."""
    kinds = bool | int | float | str
    return {
        name: value
        for name, value in vars(model).items()
        if isinstance(value, kinds) and not name.startswith("_") and name != "built"
    }
