"""The rules that decide between Sequential, a functional model and a subclass.

This is the only place where they stand. The page of rules, the decision diagram and
the tests are all made from this table. It is plain data and imports nothing of
TensorFlow, so that it can also serve where TensorFlow is not.

    >>> choose({"several-inputs", "shared-layer"}).name
    'functional'
    >>> choose(set()).name
    'sequential'
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Api:
    """One of the three ways to define a model, from the simplest to the freest."""

    name: str
    title: str
    means: str


@dataclass(frozen=True)
class Rule:
    """One question about a network.

    `api` is the name of the simplest API that can express a network for which the
    answer is yes; `breaks` says what rules out the simpler one; `proof` is the id of
    the claim that shows it.
    """

    id: str
    title: str
    question: str
    api: str
    breaks: str
    proof: str


APIS = (
    Api(
        "sequential",
        "Sequential",
        "a stack of layers: each one feeds the next",
    ),
    Api(
        "functional",
        "Functional model",
        "a graph of layers: `keras.Model(inputs, outputs)`",
    ),
    Api(
        "subclass",
        "Subclassed model",
        "your own Python forward pass: `class Net(keras.Model)`",
    ),
)

# In the order in which the decision diagram asks. The last one is what remains when
# every answer was no.
RULES = (
    Rule(
        "value-dependent",
        "The forward pass depends on values",
        "Does Python code in the forward pass look at the values in a tensor (an `if`, "
        "a `while`, an early exit)?",
        "subclass",
        "The graph of a functional model is drawn once, from symbolic tensors. They "
        "have a shape but no values, so there is nothing that an `if` could look at.",
        "a-python-if-on-values-needs-a-subclass",
    ),
    Rule(
        "several-inputs",
        "More than one input",
        "Does the model take more than one input?",
        "functional",
        "A `Sequential` begins with one `Input`. There is no place for a second.",
        "sequential-refuses-a-second-input",
    ),
    Rule(
        "several-outputs",
        "More than one output",
        "Does the model answer more than one question, with a head for each?",
        "functional",
        "What follows a layer in a `Sequential` takes all that this layer returns. Two "
        "heads would both have to be next.",
        "two-heads-need-two-ends",
    ),
    Rule(
        "shared-layer",
        "A layer used more than once",
        "Is one layer, with one set of weights, applied in more than one place?",
        "functional",
        "A stack has one place for each layer. A layer that stands in it twice is not "
        "saved twice.",
        "a-shared-layer-counts-once",
    ),
    Rule(
        "branch-and-merge",
        "A branch, a merge or a skip connection",
        "Does a tensor go to more than one layer, or does a layer join several?",
        "functional",
        "A merge layer needs a list of tensors, and each layer of a `Sequential` hands "
        "over only its own output.",
        "sequential-cannot-merge",
    ),
    Rule(
        "plain-stack",
        "None of these: a plain stack",
        "Did you answer no every time?",
        "sequential",
        "Nothing. A freer API would work too, and would only add names to write and "
        "read.",
        "a-chain-can-be-a-sequential",
    ),
)


def api(name: str) -> Api:
    """Return the API called `name`; raise KeyError if there is none."""
    return {each.name: each for each in APIS}[name]


def rule(rule_id: str) -> Rule:
    """Return the rule with that id; raise KeyError if there is none."""
    return {each.id: each for each in RULES}[rule_id]


def choose(yes: Iterable[str]) -> Api:
    """Return the simplest API for a network.

    `yes` holds the ids of the rules whose question is answered with yes. Raises
    KeyError for an id that is not in the table.
    """
    needed = [APIS.index(api(rule(each).api)) for each in yes]
    return APIS[max(needed, default=0)]
