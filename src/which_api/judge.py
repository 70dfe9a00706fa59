"""Judge a model in memory: which API it needs, and what looks like a mistake.

    judge(model).api
    simplify(model).model

A Sequential or functional model is read; the ``call`` of a subclassed model is tried
on symbolic tensors (see `trace`).
"""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, replace

import keras

from .keras_graph import graph_of, is_functional, is_sequential, shared_inside
from .rules import APIS, choose
from .simplify import Proof, as_sequential, prove
from .source import source_of
from .trace import ShapesUnknownError, Trace, looks_at_training, trace
from .traps import traps
from .verdict import Reason, Verdict, verdict

# What to try before a subclass is accepted.
LAYER_FIRST = (
    "If `ops.where`, `ops.cond` or `ops.while_loop` can express that decision, write "
    "it as a layer of your own: a Sequential or a functional model can hold the layer, "
    "and `fit` and `predict` compile it. A subclass is for Python that they cannot "
    "express."
)
# Methods that change how a model is trained, and not what it computes.
TRAINING = (
    "train_step",
    "test_step",
    "predict_step",
    "compute_loss",
    "compute_metrics",
    "make_train_function",
    "fit",
)


@dataclass(frozen=True)
class Simple:
    """A model in its simplest API, the proof that it is the same, and its source.

    `source` is Python text that builds a model like it (with new weights), or empty
    where that cannot be written honestly, for example with custom layers.
    """

    model: keras.Model
    proof: Proof
    source: str


def judge(model: keras.Model, inputs: object = None) -> Verdict:
    """Return the simplest API that expresses `model`, with reasons and notes.

    `inputs` are a batch of data, or symbolic inputs, for a subclassed model of which
    Keras does not know what it takes. The verdict is ``unknown`` if its forward pass
    can neither be recorded nor be shown to depend on values. The values of variables
    are left as they are.
    """
    found, recorded = _judge(model, inputs)
    notes = (
        *found.notes,
        *_training_notes(model),
        *_undeclared_training(model, inputs),
        *traps(model, recorded),
    )
    return replace(found, notes=notes)


def simplify(model: keras.Model, inputs: object = None) -> Simple:
    """Return the same model in its simplest API, with the same layers.

    Raises ValueError if there is none: it cannot be recorded, or it cannot be proved
    that the simpler model does the same.
    """
    found, recorded = _judge(model, inputs)
    if recorded is None:
        raise ValueError(f"{model.name} cannot be rebuilt: {'; '.join(_told(found))}")
    simple = as_sequential(recorded) if found.api == "sequential" else recorded
    proof = prove(model, simple, _symbolic_inputs(recorded))
    if not proof.holds:
        raise ValueError(f"{model.name} and its simpler form differ: {proof}")
    return Simple(simple, proof, source_of(simple))


def _told(found: Verdict) -> list[str]:
    return [reason.text for reason in found.reasons] + list(found.notes)


def current_api(model: keras.Model) -> str:
    """Return the API that `model` is written in."""
    if is_sequential(model):
        return "sequential"
    return "functional" if is_functional(model) else "subclass"


def freer_than_needed(now: str, needed: str) -> bool:
    """Whether the API `now` is freer than the one `needed`; False if unknown."""
    order = [api.name for api in APIS]
    return needed in order and order.index(now) > order.index(needed)


def _judge(model: keras.Model, inputs: object) -> tuple[Verdict, keras.Model | None]:
    """Return the verdict, and the model whose graph can be read."""
    if graph := graph_of(model):
        return _with_hidden_sharing(verdict(graph), model), model
    try:
        tried = trace(model, inputs)
    except ShapesUnknownError as error:
        return Verdict("unknown", (), (f"{model.name}: {error}.",)), None
    if tried.model is not None:
        graph = graph_of(tried.model)
        assert graph is not None  # what was recorded is a functional model
        found = verdict(graph)
        found = _with_hidden_sharing(found, tried.model)
        note = "`call` runs on symbolic tensors, and the graph computes the same."
        return replace(found, notes=(note, *found.notes)), tried.model
    return _not_recorded(tried), None


def _not_recorded(tried: Trace) -> Verdict:
    if tried.value_line:
        text = f"The forward pass looks at a value: {tried.value_line}."
        reason = Reason("value-dependent", text)
        return Verdict("subclass", (reason,), (LAYER_FIRST,))
    if tried.stopped:
        return Verdict("unknown", (), tried.remarks)
    # No rule asks for a subclass: the graph exists once that code is a layer.
    return Verdict("functional", (), tried.remarks)


def _with_hidden_sharing(found: Verdict, model: keras.Model) -> Verdict:
    hidden = tuple(
        Reason(
            "shared-layer",
            f"`{name}` stands inside {' and '.join(f'`{h}`' for h in holders)}: its "
            "weights are shared.",
        )
        for name, holders in shared_inside(model)
    )
    if not hidden:
        return found
    reasons = (*found.reasons, *hidden)
    return Verdict(choose({r.rule for r in reasons}).name, reasons, found.notes)


def _training_notes(model: keras.Model) -> Iterator[str]:
    for name in TRAINING:
        if getattr(type(model), name, None) is not getattr(keras.Model, name, None):
            yield (
                f"`{name}` is its own. It decides how the model is trained, not what "
                "it computes: a functional model takes it, too."
            )


def _undeclared_training(model: keras.Model, inputs: object) -> Iterator[str]:
    """Look for a ``call`` that `fit` gives no `training`, although layers ask for it.

    A direct call hands `training` on to the layers by itself, so the comparison of
    the models cannot see it.
    """
    if graph_of(model) or "training" in inspect.signature(model.call).parameters:
        return
    if looks_at_training(model, inputs):
        yield (
            "`call` does not declare `training`, so `fit` does not send it: a layer "
            "such as Dropout or BatchNormalization then works as in inference. The "
            "same layers in a Sequential or a functional model do get it."
        )


def _symbolic_inputs(model: keras.Model) -> object:
    """Return the symbolic inputs of a model whose graph is known, as it takes them."""
    if is_sequential(model):
        if not model.inputs:
            raise ValueError(f"{model.name} has no Input and was never called")
        return model.inputs[0]
    return model._inputs_struct
