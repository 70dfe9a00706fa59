"""What several devices refuse, in a process of its own: `python -m` prints it as JSON.

TensorFlow must be told of more devices before its first operation.
"""

import functools
import gc
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

from .scaling_devices import STYLES, data, key

ROOT = Path(__file__).parents[3]
NETWORKS = ("dense", "images", "sequence", "frozen", "no weights")
# Styles, networks, optimizers, rows of a batch, and whether to see what does run.
COMPILED = tuple(
    (style, network, ("sgd", "adam", "rmsprop")[n % 3], (2, 4)[n % 2], n % 9 == 0)
    for n, (style, network) in enumerate(itertools.product(STYLES, NETWORKS * 2))
    if n % 10 != 9
)
# Devices, styles, networks, batch sizes, rows, and what was fitted before.
BATCHES = tuple(
    (devices, STYLES[n % 3], NETWORKS[n % 4], size, rows, before)
    for n, (devices, size, rows, before) in enumerate(
        [
            *itertools.product((2,), (1, 5, 65), (1, 3, 130), ("nothing",)),
            *itertools.product((2,), (5, 64), (7,), ("fit", "evaluate")),
            *itertools.product((3,), (2, 4, 64, 65), (2, 40, 130), ("nothing",)),
        ]
    )
    if min(size, rows) % devices
)


@functools.cache
def found(what, devices=2):
    """Return what so many devices give for each case, by its key."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", __name__, what, str(devices)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return json.loads(ran.stdout.splitlines()[-1])


def network(name):
    """Return the shape of a row, and layers in a row."""
    from keras import layers

    return {
        "dense": lambda: ((4,), [layers.Dense(3, "relu"), layers.Dense(1)]),
        "images": lambda: ((6, 6, 1), [layers.Conv2D(2, 3), layers.Flatten()]),
        "sequence": lambda: ((3, 2), [layers.SimpleRNN(2, unroll=True)]),
        "frozen": lambda: (
            (4,),
            [layers.Dense(3, trainable=False), layers.Dense(1)],
        ),
        "no weights": lambda: ((4,), [layers.Rescaling(0.5)]),
    }[name]()


def model_of(style, name):
    """Make a model, and the shapes of what it takes and gives."""
    import keras

    class Net(keras.Model):
        def __init__(self, steps):
            super().__init__()
            self.steps = steps

        def call(self, x, training=False):
            for step in self.steps:
                x = step(x)
            return x

    shape, steps = network(name)
    x = inputs = keras.Input(shape)
    if style == "sequential":
        model = keras.Sequential([inputs, *steps])
    elif style == "functional":
        for step in steps:
            x = step(x)
        model = keras.Model(inputs, x)
    else:
        model = Net(steps)
    return model, shape, model(inputs).shape[1:]


def message(call, *arguments, **options):
    """Say which error a call raises; empty: none."""
    try:
        call(*arguments, **options)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def compiled(strategy):
    """Fit with XLA on the devices and on one, and without XLA on the devices."""
    import tensorflow as tf

    answers = {}
    one = tf.distribute.get_strategy()
    for style, name, optimizer, rows, see in COMPILED:
        texts = []
        runs = ((one, True), (strategy, False)) if see else ()
        for used, jit in ((strategy, True), *runs):
            with used.scope():
                model, shape, end = model_of(style, name)
                model.compile(optimizer, loss="mse", jit_compile=jit)
            x, y = data(rows, *shape), data(rows, *end)
            texts.append(message(model.fit, x, y, batch_size=rows, verbose=0))
        answers[key(style, name, optimizer, rows, see)] = texts
    return answers


def first_batches(strategy):
    """Fit with a first batch that does not split, and with one that does."""
    answers, number = {}, strategy.num_replicas_in_sync
    for n, case in enumerate(BATCHES):
        devices, style, name, size, rows, before = case
        texts = []
        for factor in (1, devices) if n % 3 == 0 else (1,):
            if devices != number:
                continue
            with strategy.scope():
                model, shape, end = model_of(style, name)
                model.compile("sgd", loss="mse", run_eagerly=n % 9 > 0)
            # What does split: as many rows of the first batch for each device.
            some = rows if factor == 1 else factor * min(size, rows)
            x, y = data(some, *shape), data(some, *end)
            if before == "fit":
                model.fit(x[: devices * 2], y[: devices * 2], verbose=0)
            elif before == "evaluate":
                model.evaluate(x[: devices * 2], y[: devices * 2], verbose=0)
            size_of = size * factor
            texts.append(message(model.fit, x, y, batch_size=size_of, verbose=0))
        answers[key(*case)] = texts
    return answers


def main(what, devices):
    """Compute all cases for so many devices."""
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    names = [f"CPU:{n}" for n in range(int(devices))]
    logical = [tf.config.LogicalDeviceConfiguration()] * len(names)
    tf.config.set_logical_device_configuration(cpu, logical)
    gc.disable()  # deleting what feeds a device that failed can take minutes
    strategy = tf.distribute.MirroredStrategy(names)
    print(json.dumps(globals()[what](strategy)), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
