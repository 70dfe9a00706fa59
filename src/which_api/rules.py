"""The rules that decide between Sequential, a functional model and a subclass.

This is the only place where they stand. The page of rules, the decision diagram and
the tests are all made from this table. It is plain data and imports nothing of
TensorFlow, so that it can also serve where TensorFlow is not.

    >>> choose({"several-inputs", "shared-layer"}).name
    'functional'
    >>> choose({"values-in-a-layer"}).name
    'sequential'
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

    `api` is the name of the simplest API to write a network in for which the answer is
    yes; `breaks` says what rules out the simpler one; `proof` is the id of the claim
    that shows it. A question that people take for a reason to subclass, and that rules
    out nothing, has in `write` what to write instead, in few words.
    """

    id: str
    title: str
    question: str
    api: str
    breaks: str
    proof: str
    write: str = ""

    @property
    def decides(self) -> bool:
        """Whether a yes may rule out an API."""
        return not self.write


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

# In the order in which the decision diagram asks. The first two rule out nothing: they
# say what to write as a part, whatever the rest decides. The last one is what remains
# when every other answer was no.
RULES = (
    Rule(
        "values-in-a-layer",
        "A decision on values",
        "Do values decide what is computed (an `if`, a `while`, an early exit), in a "
        "way that `ops.where`, `ops.cond` or `ops.while_loop` can express?",
        "sequential",
        "This rules out nothing. Write the decision as a layer of your own: a "
        "`Sequential` or a functional model holds it, `fit` and `predict` compile it, "
        "and the rest of the network stays a graph.",
        "a-layer-can-decide-by-values",
        "a layer of your own",
    ),
    Rule(
        "own-training-step",
        "A training step of your own",
        "Do you train in your own way (a `train_step`, two optimizers, a loss that "
        "`compile` cannot take)?",
        "sequential",
        "This rules out nothing: it says how the network is trained, not what it "
        "computes. A class that has a `train_step` and no `call` of its own can still "
        "be a functional model or a `Sequential`.",
        "a-training-step-needs-no-call",
        "a `train_step`, no `call`",
    ),
    Rule(
        "value-dependent",
        "Python must run on the values",
        "Must Python itself work on the values in each forward pass, in a way that "
        "`keras.ops` cannot express (side effects, Python data structures, another "
        "library)?",
        "subclass",
        "The graph of a functional model is drawn once, from symbolic tensors. They "
        "have a shape but no values, so Python finds nothing to look at.",
        "a-python-if-on-values-cannot-be-drawn",
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
        "A merge layer needs a list of tensors, and a layer of a `Sequential` gets "
        "only what the one before it returns.",
        "a-merge-layer-refuses-a-single-tensor",
    ),
    Rule(
        "operation-in-the-chain",
        "An operation among the layers",
        "Is a step something other than a layer called with one tensor: a `keras.ops` "
        "function, an operator such as `*`, a call with further arguments?",
        "functional",
        "A `Sequential` takes layers only, and hands each of them one tensor and no "
        "argument of yours. With the step inside a layer, the chain is a stack again.",
        "a-step-that-is-no-layer-is-refused",
    ),
    Rule(
        "plain-stack",
        "None of these: a plain stack",
        "Did no answer rule out `Sequential`?",
        "sequential",
        "A freer API would work, too. It would only add names to write and to read.",
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
