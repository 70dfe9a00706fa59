"""Measure how the time of a verdict grows with the number of layers.

The networks are residual: every second layer joins two tensors, which is more work
than a chain. They are configs, so that nothing but the verdict is measured.
"""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from tools.bench.ratios import Ratio, compare
from which_api.verdict import verdict_of_config

SIZES = (125, 250, 500, 1000, 2000)  # layers


def residual(size: int) -> dict[str, Any]:
    """Return the config of a residual network of `size` layers."""

    def tensor(source: str) -> dict[str, Any]:
        history = {"shape": [None, 8], "keras_history": [source, 0, 0]}
        return {"class_name": "__keras_tensor__", "config": history}

    def layer(kind: str, name: str, args: list[Any]) -> dict[str, Any]:
        nodes = [{"args": args, "kwargs": {}}] if args else []
        config = {"name": name}
        return {
            "module": "keras.layers",
            "class_name": kind,
            "name": name,
            "config": config,
            "inbound_nodes": nodes,
        }

    layers = [layer("InputLayer", "add_0", [])]
    for n in range(1, (size - 1) // 2 + 1):
        before, dense = f"add_{n - 1}", f"dense_{n}"
        layers.append(layer("Dense", dense, [tensor(before)]))
        layers.append(layer("Add", f"add_{n}", [[tensor(dense), tensor(before)]]))
    return {
        "name": "residual",
        "layers": layers,
        "input_layers": ["add_0", 0, 0],
        "output_layers": [layers[-1]["name"], 0, 0],
    }


def measure() -> Iterator[tuple[str, str, list[Ratio]]]:
    """Yield a heading, what is compared with what, and the ratios."""
    configs = {size: residual(size) for size in SIZES}
    calls = {
        f"{size} layers": partial(verdict_of_config, config)
        for size, config in configs.items()
    }
    base = f"{SIZES[0]} layers"
    yield (
        "A verdict of `which_api` on a residual network",
        f"the verdict on {base}; linear growth would be "
        + ", ".join(f"{size / SIZES[0]:g}" for size in SIZES),
        compare(calls, base),
    )
    text = json.dumps(configs[1000])
    yield (
        "A verdict on 1000 layers against reading the file's JSON",
        "`json.loads` of its config",
        compare(
            {
                "json.loads": lambda: json.loads(text),
                "verdict": lambda: verdict_of_config(configs[1000]),
            },
            "json.loads",
        ),
    )
