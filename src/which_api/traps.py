"""Silent traps that can be seen in a model: mistakes that Keras raises nothing for."""

import inspect
import warnings
from collections import Counter
from collections.abc import Iterator

import keras

from .keras_graph import is_functional, is_sequential


def traps(model: keras.Model, recorded: keras.Model | None) -> Iterator[str]:
    """Yield a sentence for each trap in `model`.

    `recorded` is the model whose graph is known (it may be the same), or None.
    """
    yield from _repeated(model)
    yield from _never_called(model, recorded)
    if not is_sequential(model) and not is_functional(model):
        yield from _reload(model)


def _repeated(model: keras.Model) -> Iterator[str]:
    """Look for a layer that stands in a Sequential twice, nested ones included."""
    for each in model._flatten_layers():
        if is_sequential(each):
            for layer, count in Counter(map(id, each.layers)).items():
                if count > 1:
                    name = next(x.name for x in each.layers if id(x) == layer)
                    yield (
                        f"`{name}` stands {count} times in the Sequential "
                        f"`{each.name}`: a saved file keeps it once, and loads as "
                        "another model."
                    )


def _never_called(model: keras.Model, recorded: keras.Model | None) -> Iterator[str]:
    """Look for layers that the model owns and its graph does not use."""
    if recorded is None:
        return
    used = {id(layer) for layer in recorded._flatten_layers()}
    for layer in model._flatten_layers(include_self=False, recursive=False):
        metric = isinstance(layer, keras.Metric)
        if id(layer) not in used and layer is not recorded and not metric:
            yield f"The layer `{layer.name}` is never called."


def _reload(model: keras.Model) -> Iterator[str]:
    """Try whether a subclassed model would come back from a file as it is."""
    kind = type(model)
    if (
        keras.saving.get_registered_object(keras.saving.get_registered_name(kind))
        is None
    ):
        yield (
            f"The class `{kind.__name__}` is not registered, so `load_model` needs "
            "`custom_objects`."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong is said below
            again = kind.from_config(model.get_config())
    except NotImplementedError:
        yield "It cannot be saved: `get_config` does not say what `__init__` takes."
        return
    except Exception as error:  # whatever the user's constructor raises
        reason = str(error).strip().splitlines()
        yield (
            "A saved file will not load: "
            f"{reason[-1] if reason else type(error).__name__}"
        )
        return
    for name, parameter in inspect.signature(kind.__init__).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        before, after = getattr(model, name, None), getattr(again, name, None)
        plain = isinstance(before, bool | int | float | str)
        if plain and name not in ("self", "name") and before != after:
            yield (
                f"A loaded model will have `{name}` = {after!r} in place of "
                f"{before!r}: `get_config` does not hold it."
            )
