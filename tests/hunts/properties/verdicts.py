"""What the verdicts on models say, from a model, from a file, by the command."""

import contextlib
import io
import itertools
import json
import zipfile
from pathlib import Path

import keras
import numpy as np

from tests.hunts.property import over
from tests.hunts.zoo import NETWORKS, STACKS, SUBCLASSES, each, made
from tests.hunts.zoo.case import NAMES
from which_api.__main__ import main
from which_api.graph import read
from which_api.judge import current_api, judge

from .sequential_models import MANY


def command(*arguments):
    """Return the exit status of the command, and what it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        status = main(list(arguments))
    return status, printed.getvalue()


def makes_no_mask(stack):
    """Whether none of its layers makes a mask."""
    return "mask" not in stack.list_code.lower()


PLAIN = MANY.where(makes_no_mask, "stacks without a mask")


@over(PLAIN)
def the_pytest_line_fails_for_a_functional_chain(stack):
    """Compare the API that each of both is written in with the verdict on it."""
    functional, sequential = stack.functional(), stack.sequential()
    assert current_api(functional) != judge(functional).api
    assert current_api(sequential) == judge(sequential).api


@over(PLAIN)
def check_fails_when_a_simpler_api_would_do(stack):
    """Check the file of both."""
    for status, model in ((1, stack.functional()), (0, stack.sequential())):
        model.save("model.keras")
        assert command("model.keras", "--check")[0] == status


@over(SUBCLASSES)
def a_file_of_a_subclass_cannot_tell(case):
    """Ask the command about the file of a subclassed model."""
    model = case.fresh()
    model.save("net.keras")
    for more in ((), ("--check",)):
        status, printed = command("net.keras", *more)
        assert status == 3
        assert printed.startswith(f"{model.name}: unknown")
    assert json.loads(command("net.keras", "--json")[1])["api"] == "unknown"


OPERATIONS = [
    ["x * 2.0"],
    ["ops.relu(x)", "x - 1.0"],
    ["-x"],
    ["ops.square(x)", "ops.sqrt(x)", "ops.tanh(x)"],
    ["x[:, None]", "x[:, 0]"],
    ["1.0 / (ops.exp(x) + 1.0)"],
    ["ops.clip(x, -1.0, 1.0)"],
    ["ops.maximum(x, 0.0)", "x ** 2.0", "ops.abs(x)", "ops.negative(x)", "x + 3.0"],
    ["ops.log_softmax(x, axis=-1)", "ops.sin(x)", "ops.cos(x)"] * 3,
]


def chain(case):
    """Make a functional stack with steps of keras.ops behind one of its layers."""
    stack, number = case
    steps, place = stack.new_layers(), number % len(stack.layers)
    x = inputs = stack.input()
    names = []
    for n, layer in enumerate(steps):
        x = layer(x)
        if n == place:
            for code in OPERATIONS[number % len(OPERATIONS)]:
                x = made(code, x=x)
                names.append(x._keras_history.operation.name)
    return keras.Model(inputs, x), names


CHAINS = [(stack, n) for n, stack in enumerate(STACKS.fixed) if makes_no_mask(stack)]


@over(each("chains with steps of keras.ops", CHAINS))
def an_operation_in_a_chain_is_no_reason_to_rewrite(case):
    """Check the file of such a chain, and read what is printed."""
    model, names = chain(case)
    Path("chain.json").write_text(model.to_json())
    status, printed = command("chain.json", "--check")
    assert status == 0
    assert all(f"`{name}` (" in printed for name in names[:5])
    assert ("more" in printed) == (len(names) > 5)
    assert "with each such step inside a layer of your own, a Sequential" in printed


@over(NETWORKS)
def a_keras_file_holds_the_config(case):
    """Read both: the file, and the text of `to_json`."""
    case.model.save("net.keras")
    with zipfile.ZipFile("net.keras") as archive:
        saved = json.loads(archive.read("config.json"))
    text = json.loads(case.model.to_json())
    assert saved["class_name"] == text["class_name"]
    graph = read(saved["config"])
    assert graph == read(text["config"])
    assert (graph is None) == (case.kind == "subclass")


BLOCKS = [
    ((4,), ["layers.Dense(4)"]),
    ((4,), ["layers.Dense(3)", "layers.Dropout(0.5)", "layers.Dense(4)"]),
    ((4,), ["layers.BatchNormalization()", "NoisyDense(4)"]),
    ((4,), ["keras.Sequential([layers.Dense(2), layers.Dense(4)])"]),
    ((6, 4), ["layers.GRU(4, return_sequences=True)", "Scale()"]),
    ((6, 6, 4), ["layers.Conv2D(4, 3, padding='same')", "layers.ReLU()"]),
]
JOINS = [
    "layers.Add()([x, y])",
    "layers.Concatenate()([y, x])",
    "layers.Multiply()([x, y])",
    "layers.Average()([x, y])",
    "layers.Subtract()([y, x])",
    "x + y",
    "y * x",
    "ops.concatenate([x, y], axis=-1)",
]
AROUND = [([], []), (["layers.Dense(4)"], []), ([], ["layers.Dense(1)"])]
SKIPS = [
    (block, join, AROUND[n % 3])
    for n, (block, join) in enumerate(itertools.product(BLOCKS, JOINS))
]


def name_of(tensor):
    """Return the name of the layer, or of the operation, that made a tensor."""
    return tensor._keras_history.operation.name


@over(each("functional models with a skip connection", SKIPS))
def verdict_names_the_skip(case):
    """Read the one reason: the rule, the layer that joins, and both tensors."""
    (shape, block), join, (before, after) = case
    x = inputs = keras.Input(shape)
    for code in before:
        x = made(code)(x)
    y = x
    for code in block:
        y = made(code)(y)
    end = joined = made(join, x=x, y=y)
    for code in after:
        end = made(code)(end)
    verdict = judge(keras.Model(inputs, end))
    (reason,) = verdict.reasons
    assert verdict.api == "functional" and reason.rule == "branch-and-merge"
    names = [f"`{name_of(x)}` and `{name_of(y)}`", f"`{name_of(y)}` and `{name_of(x)}`"]
    assert reason.text in [
        f"`{name_of(joined)}` takes the outputs of {both}: a skip connection."
        for both in names
    ]


NET = """\
class Net(keras.Model):
    def __init__(self, {name}={default!r}, **kwargs):
        super().__init__(**kwargs)
        self.{name} = {name}
        self.used = layers.Dense(2)
        self.kept = {unused}

    def call(self, x, training=False):
        return {answer}
"""
ARGUMENTS = [
    ("factor", 1.0, 5.0),
    ("units", 3, 7),
    ("mode", "sum", "mean"),
    ("use_it", True, False),
    ("rate", 0, 0.25),
    ("label", "", "a"),
]
UNUSED = [
    "layers.Dense(3, name='spare')",
    "[layers.Dropout(0.5, name='spare')]",
    "{'a': layers.LSTM(2, name='spare')}",
    "keras.Sequential([layers.Dense(2)], name='spare')",
    "Scale(name='spare')",
]
ANSWERS = ["self.used(x)", "self.used(x) + 1.0", "x + self.used(self.used(x))"]
NETS = [
    (argument, unused, ANSWERS[n % 3])
    for n, (argument, unused) in enumerate(itertools.product(ARGUMENTS, UNUSED))
]


@over(each("subclasses without get_config", NETS))
def notes_name_what_saving_would_lose(case):
    """Look for the argument and for the unused layer among the notes."""
    (name, default, given), unused, answer = case
    names = dict(NAMES)
    exec(NET.format(name=name, default=default, unused=unused, answer=answer), names)
    net = names["Net"](**{name: given})
    net(np.ones((3, 2), "float32"))
    notes = judge(net).notes
    lost = f"A loaded model will have `{name}` = {default!r} in place of {given!r}"
    assert any(note.startswith(lost) for note in notes)
    assert "The layer `spare` is never called." in notes
    again = names["Net"].from_config(net.get_config())
    assert getattr(again, name) == default
