"""Ways to break a proof that only Keras knows: `proved_pages.mutate` registers them.

Nothing is imported of Keras: a layer is known by its classes' names. Some functions
stand in the code of mutants, and run where the page's cells would.
"""

import ast
import copy
import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from proved_pages.mutate.edits import Change, Code, Mutant, help_call, number_of, short
from proved_pages.mutate.operators import (
    Operator,
    assigned,
    comparisons,
    only_compares,
    words_of,
)
from proved_pages.mutate.slices import FAR, PROOF
from proved_pages.mutate.statements import names_of, root

# Statements that only show: a picture, a part of one, what it is called.
SHOWS = re.compile(
    r"(draw\w*|as_picture|Markdown|plot)\(|(axes|figure|curve|picture|plt)\.\w+\("
)
_OF_WEIGHTS = re.compile(r"weight|output|answer|predict|equal|same|loss|accura|number")
_OF_OPTIMIZER = re.compile(r"optimizer|moments?\b|Adam\b|iteration|trains? on\b")
_OF_TRAINING = re.compile(r"train|dropout|noise|batchnorm|average|drops?\b", re.I)
_SHAPES = frozenset({"shape", "dtype", "ndim", "name", "__class__"})
# Layers that do another thing in training.
_SENSITIVE = re.compile(r"Dropout|Noise|BatchNormalization|Random|SpectralNorm")


# --- what is noted of a call --------------------------------------------------------


def describe(
    function: Any,  # noqa: ANN401 (whatever a page calls)
    arguments: Sequence[Any],
    keywords: Mapping[str, Any],
    result: Any,  # noqa: ANN401 (whatever that returns)
) -> Iterable[str]:
    """Say whether a layer or an operation was called, and with what."""
    first = arguments[0]
    if _is_a(function, "Layer"):
        yield "layer"
        if _is_sensitive(function):
            yield "sensitive"
    elif _is_operation(function):
        yield "op"
    else:
        return
    yield "symbolic" if _is_a(first, "KerasTensor") else "concrete"
    shapes = [getattr(each, "shape", None) for each in (first, result)]
    if shapes[0] is not None and shapes[1] is not None:
        yield "same-shape" if tuple(shapes[0]) == tuple(shapes[1]) else "other-shape"


def _is_operation(function: object) -> bool:
    """Whether it is a function of ``keras.ops``, if the page has imported Keras."""
    operations = getattr(sys.modules.get("keras"), "ops", None)
    name = str(getattr(function, "__name__", ""))
    return callable(function) and getattr(operations, name, None) is function


def _is_a(value: object, name: str) -> bool:
    return any(kind.__name__ == name for kind in type(value).__mro__)


def _is_sensitive(layer: Any, depth: int = 4) -> bool:  # noqa: ANN401 (a layer)
    """Whether a layer, or one inside it, does another thing in training.

    A layer that a plain call trains, such as RandomFlip, does the same thing.
    """
    if _SENSITIVE.search(type(layer).__name__):
        if getattr(layer, "rate", None) == 0:
            return False  # a Dropout that drops nothing, as attention layers have one
        given = inspect.signature(layer.call).parameters.get("training")
        return given is None or given.default is not True
    if getattr(layer, "dropout", 0) or getattr(layer, "recurrent_dropout", 0):
        return True
    kind = type(layer)
    if kind.__module__ == "__main__" and _decides(kind.__dict__.get("call")):
        return True
    inner = getattr(layer, "layers", None) or getattr(layer, "_layers", [])
    return depth > 0 and any(_is_sensitive(each, depth - 1) for each in inner)


def _decides(call: object) -> bool:
    """Whether a method does more with `training` than to hand it on."""
    if not inspect.isfunction(call):
        return False
    tree = ast.parse(textwrap.dedent(inspect.getsource(call)))
    handed = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.keyword)
    }
    return any(
        isinstance(node, ast.Name) and node.id == "training" and id(node) not in handed
        for node in ast.walk(tree)
    )


def settle() -> None:
    """Give TensorFlow's own random numbers a fixed start, as a training would have.

    Where a value is used that was kept, nothing was trained.
    """
    if "tensorflow" in sys.modules:
        sys.modules["tensorflow"].random.set_seed(0)


# --- what mutants call --------------------------------------------------------------

_saved: dict[str, object] = {}


def saving(model: object, path: object) -> object:
    """Remember what is saved to a path, and return it."""
    _saved[str(path)] = model
    return model


def original(path: object, *_: object) -> object:
    """Return what was saved to a path, in the place of what is loaded from it."""
    if str(path) not in _saved:
        raise NameError("nothing was saved there")
    return _saved[str(path)]


def fresh_weights(model: Any) -> Any:  # noqa: ANN401 (a model of Keras)
    """Give a model other weights, and return it."""
    if not getattr(model, "weights", None):
        raise NameError("it has no weights")
    draw = sys.modules["numpy"].random.default_rng(7).uniform
    for variable in model.weights:
        if "float" in str(variable.dtype):
            variable.assign(draw(0.5, 1.5, size=variable.shape))
    return model


def fresh_optimizer(model: Any) -> Any:  # noqa: ANN401 (a model of Keras)
    """Give a model a new optimizer of the same kind, as a new compile would."""
    if getattr(model, "optimizer", None) is None:
        raise NameError("it has no optimizer")
    model.compile_from_config(model.get_compile_config())
    return model


# --- operators ----------------------------------------------------------------------


def loaded(code: Code) -> Iterator[Mutant]:
    """Replace a loaded model by the original, or its weights or optimizer by fresh."""
    for node in code.nodes():
        if not _is_load(node):
            continue
        assert isinstance(node, ast.Call)
        if code.place(node) == FAR and not _is_used(code, node):
            continue
        old, line = short(node), code.line(node)
        if not _says_equal_only(code, node):
            call = help_call(__name__, "original", *node.args[:1])
            changes: dict[int, Change] = {number_of(node): call, **_savings(code)}
            new_words = "what was saved"
            yield Mutant("original", line, old, new_words, changes, f"{line} {old}")
        for function, about in (
            ("fresh_weights", _OF_WEIGHTS),
            ("fresh_optimizer", _OF_OPTIMIZER),
        ):
            if about.search(code.sentence):
                changes = {number_of(node): ast.Call(_helper(function), [node], [])}
                group = f"{line} {old}" if function == "fresh_weights" else ""
                new_words = f"{function}({old})"
                yield Mutant("fresh", line, old, new_words, changes, group)


def _is_used(code: Code, load: ast.Call) -> bool:
    """Whether the proof itself names what was loaded far from it."""
    above = code.parent(load)
    names = above.targets if isinstance(above, ast.Assign) else []
    used = {n for t in code.tops if code.place(t) == PROOF for n in names_of(t).uses}
    return any(root(name) in used for name in names)


def _helper(function: str) -> ast.expr:
    return help_call(__name__, function).func


def _is_load(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "load_model"
        and bool(node.args)
    )


def _savings(code: Code) -> dict[int, Change]:
    """Let all that is saved be remembered."""
    changes: dict[int, Change] = {}
    for node in code.nodes():
        match node:
            case ast.Call(
                func=ast.Attribute(attr="save_model"), args=[model, path, *_]
            ):
                changes[number_of(model)] = help_call(__name__, "saving", model, path)
            case ast.Call(
                func=ast.Attribute(attr="save", value=model), args=[path, *_]
            ):
                changes[number_of(model)] = help_call(__name__, "saving", model, path)
    return changes


def _says_equal_only(code: Code, load: ast.Call) -> bool:
    """Whether all that is said of a loaded model is that it equals the original."""
    above = code.parent(load)
    match above:
        case ast.Assign(targets=[ast.Name(id=name)]):
            path = ast.dump(load.args[0])
            for node in code.nodes():
                match node:
                    case ast.Call(
                        func=ast.Attribute(attr="save", value=ast.Name(id=model)),
                        args=[saved, *_],
                    ) if ast.dump(saved) == path:
                        return name in assigned(code) and only_compares(
                            code, name, model
                        )
    return False


def refit(code: Code) -> Iterator[Mutant]:
    """Give a model a new optimizer after it was trained."""
    if not re.search(r"optimizer|moment|Adam|iteration", code.sentence, re.I):
        return
    for node in code.nodes():
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="fit", value=model))):
                if code.place(node) != FAR and _reads_optimizer(code, root(model)):
                    new = ast.Expr(ast.Call(_helper("fresh_optimizer"), [model], []))
                    yield Mutant(
                        "fresh",
                        code.line(node),
                        short(node),
                        f"{short(node)}; fresh_optimizer({short(model)})",
                        {number_of(node): [copy.deepcopy(node), new]},
                    )


def _reads_optimizer(code: Code, name: str | None) -> bool:
    """Whether the proof reads the optimizer of a model."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "optimizer"
        and root(node) == name
        and code.place(node) == PROOF
        for node in code.nodes()
    )


def training(code: Code) -> Iterator[Mutant]:
    """Swap inference and training in a call that would tell the difference."""
    speaks = bool(_OF_TRAINING.search(code.sentence))
    for node in code.nodes():
        if not isinstance(node, ast.Call):
            continue
        seen = code.seen.get(number_of(node), set())
        # What is drawn computes nothing yet, and `fit` overrules what was drawn.
        if not {"layer", "sensitive", "concrete"} <= seen or code.place(node) == FAR:
            continue
        if not speaks and (not _is_compared(code, node) or _differs(code, node)):
            continue
        new = copy.deepcopy(node)
        new.keywords = [k for k in new.keywords if k.arg != "training"]
        was = [k.value for k in node.keywords if k.arg == "training"]
        if not was or (isinstance(was[0], ast.Constant) and not was[0].value):
            new.keywords.append(ast.keyword("training", ast.Constant(True)))
        elif not isinstance(was[0], ast.Constant):
            continue
        yield code.mutant("training", node, new)


def _is_compared(code: Code, node: ast.Call) -> bool:
    """Whether the numbers that a call returns are looked at, not only their shape."""
    above = code.parent(node)
    if isinstance(above, ast.Attribute) and above.attr in _SHAPES:
        return False
    if isinstance(above, ast.Call) and root(above.func) in (
        "len",
        "type",
        "isinstance",
    ):
        return False
    return not isinstance(above, ast.Expr)


def call_is_input(code: Code) -> Iterator[Mutant]:
    """Replace what a layer or an operation returns by what it was given."""
    words = words_of(code.sentence)
    for node in code.nodes():
        if not isinstance(node, ast.Call):
            continue
        seen = code.seen.get(number_of(node), set())
        if "same-shape" not in seen or not _is_compared(code, node):
            continue
        if _differs(code, node):
            continue  # of course it differs from its input, too
        called = words_of(short(node.func)) - {"keras", "layers", "ops", "model"}
        in_proof = code.place(node) == PROOF and "concrete" in seen
        if called & words or (in_proof and _in_assert(code, node)):
            yield code.mutant("input", node, copy.deepcopy(node.args[0]))


def _differs(code: Code, node: ast.AST) -> bool:
    """Whether a call stands in a comparison that is to be false."""
    for top in code.tops:
        if isinstance(top, ast.Assert):
            for each, positive in comparisons(top.test):
                if not positive and any(n is node for n in ast.walk(each)):
                    return True
    return False


def _in_assert(code: Code, node: ast.AST) -> bool:
    return any(isinstance(above, ast.Assert) for above in code.around(node))


OPERATORS: tuple[Operator, ...] = (loaded, refit, training, call_is_input)
