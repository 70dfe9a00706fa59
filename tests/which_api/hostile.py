"""Configs that no model has: anything that a graph can be, and names to fear."""

import itertools
import json
import random

NAMES_TO_FEAR = [
    *["2", "10", "é", "😀", "\ud800", "\uffff", "a/1", "", "None", "\n", "\0"],
    *["__proto__", "constructor", "toString", "a`b", "</svg><script>boom()</script>"],
    *["\" onload='boom()", "&amp;", "]]>", "<img src=x onerror=boom()>"],
    *["$&", "{layer}"],  # what a template could take for its own
]
# JavaScript moves keys that are numbers in front of others.
KEYS_TO_FEAR = [name for name in NAMES_TO_FEAR if not name.isdecimal()]


MODULES = ["keras.layers", "keras.src.ops.numpy", "keras.ops", "my.oops.ops2", None, 1]
SHAPES = [[None, 3], [2, None, 2**53 - 1], [], [0]]
WRONG_SHAPES = [[None, 1.5], [True], None, "4"]


def tensor(rng: random.Random, call: tuple[str, int]) -> dict:
    shape = rng.choice(SHAPES if rng.random() < 0.98 else WRONG_SHAPES)
    history = [*call, rng.choice([0, 0, 0, 1])]
    return {
        "class_name": "__keras_tensor__",
        "config": {"keras_history": history, "shape": shape},
    }


def called(rng: random.Random, tensors: list[dict]) -> dict:
    """Return a call of a layer with these tensors."""
    more = [{}, {"mask": None}, {"training": False}, {"training": 0}]
    return {
        "args": tensors if len(tensors) == 1 else [tensors],
        "kwargs": rng.choice([*more, {"state": tensors[0]}]),
    }


def layer(rng: random.Random, name: str, uses: list[dict]) -> dict:
    kind = rng.choice(["Dense", "Add", "Functional", "Kläße", *NAMES_TO_FEAR])
    own: dict = {"name": name}
    if not uses:
        kind, own["batch_shape"] = "InputLayer", [None, 4]
    if rng.random() < 0.1:
        own["input_layers"] = []
    if rng.random() < 0.1:
        own |= rng.choice(
            [
                {"return_state": True},
                {"return_state": 1},
                {"output_layers": [["a", 0, 0], ["b", 0, 0]]},
                {"output_layers": {"a": ["a", 0, 0]}},
            ]
        )
    return {
        "class_name": kind,
        "config": own,
        "name": name,
        "module": rng.choice(MODULES if rng.random() < 0.5 else MODULES[:1]),
        "inbound_nodes": uses,
    }


def model(rng: random.Random, layers: list, inputs: object, outputs: object) -> str:
    kind = rng.choice(["Functional", "Functional", "Sequential", *NAMES_TO_FEAR])
    config = {"name": rng.choice(NAMES_TO_FEAR), "layers": layers}
    config |= {"input_layers": inputs, "output_layers": outputs}
    return json.dumps({"class_name": kind, "config": config})


def hostile_graph(rng: random.Random) -> str:
    """Return a functional config in which anything that a graph can be may occur."""
    names = rng.sample(NAMES_TO_FEAR, rng.randrange(1, 10))
    if rng.random() < 0.1:
        names.append(names[0])
    calls: list[tuple[str, int]] = []
    layers = []
    for name in names:
        uses = []
        for _ in range(rng.randrange(3) if calls else 0):
            sources = rng.choices(calls, k=rng.choice([1, 1, 1, 2, 3]))
            uses.append(called(rng, [tensor(rng, source) for source in sources]))
        layers.append(layer(rng, name, uses))
        calls += [(name, number) for number in range(max(1, len(uses)))]

    def ends() -> object:
        found = [[*rng.choice(calls), 0] for _ in range(rng.randrange(1, 9))]
        keys = rng.sample(KEYS_TO_FEAR, len(found))
        named = dict(zip(keys, found, strict=True))
        return rng.choice([found, found[:1], found[0], named])

    return model(rng, layers, ends(), ends())


def hostile_chain(rng: random.Random) -> str:
    """Return the like of a chain, where a step may be none of a stack's."""
    names = rng.sample(NAMES_TO_FEAR, rng.randrange(2, 6))
    layers = [layer(rng, names[0], [])]
    for before, name in itertools.pairwise(names):
        layers.append(layer(rng, name, [called(rng, [tensor(rng, (before, 0))])]))
    if rng.random() < 0.05:  # a circle
        layers[0] = layer(rng, names[0], [called(rng, [tensor(rng, (names[-1], 0))])])
    ends = [[names[0], 0, 0], [names[-1], 0, 0]]
    for end, described in zip(ends, (layers[0], layers[-1]), strict=True):
        end[1] += "input_layers" in described["config"]  # as Keras counts
    return model(rng, layers, *ends)
