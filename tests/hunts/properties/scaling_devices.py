"""What two devices compute, in a process of its own: `python -m` prints it as JSON.

TensorFlow must be told of a second device before its first operation.
"""

import functools
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
STYLES = ("sequential", "functional", "subclass")
# Styles, batch sizes, numbers of full batches.
BATCHES = tuple(itertools.product(STYLES, (2, 4, 10, 16, 64), (1, 2)))
# Batch sizes, rows of the last batch, losses.
ENDS = tuple(
    (size, rows, loss)
    for size in (4, 6, 8, 10)
    for rows in range(size // 2 + 1, size)
    for loss in ("mse", "mae", "log_cosh")
)
# Shapes of a row, batch sizes, momentum.
NORMS = tuple(itertools.product(((3,), (64,), (4, 4, 2)), (4, 8, 32), (0.0, 0.5, 0.99)))


def key(*case):
    """Return a case as text."""
    return json.dumps(case)


@functools.cache
def found(what):
    """Return what two devices give for each case, by its key."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", __name__, what],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return json.loads(ran.stdout.splitlines()[-1])


def data(rows, *shape):
    """Return random numbers."""
    import numpy as np

    return np.random.default_rng(rows).normal(size=(rows, *shape)).astype("float32")


def rows_of_devices(strategy):
    """Count the rows that each call receives."""
    import keras
    from keras import layers

    answers = {}
    for style, size, batches in BATCHES:
        seen = []

        class Noted(layers.Dense):
            def call(self, x, seen=seen):
                seen.append(x.shape[0])
                return super().call(x)

        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.inner = Noted(1)

            def call(self, x, training=False):
                return self.inner(x)

        with strategy.scope():
            inputs = keras.Input((4,))
            if style == "sequential":
                model = keras.Sequential([inputs, Noted(1)])
            elif style == "functional":
                model = keras.Model(inputs, Noted(1)(inputs))
            else:
                model = Net()
                model(inputs)
            model.compile("sgd", loss="mse", run_eagerly=True)
        x = data(size * batches, 4)
        seen.clear()
        model.fit(x, x[:, :1], batch_size=size, verbose=0)
        answers[key(style, size, batches)] = seen
    return answers


def last_batches(strategy):
    """Return the weights after one step with a last batch, on two devices and one."""
    import keras
    import numpy as np
    import tensorflow as tf
    from keras import layers

    def kernel(size, x, loss, on):
        blank = np.zeros((size, 3), "float32")  # changes nothing
        sizes = []

        class Noted(layers.Dense):
            def call(self, x):
                sizes.append(x.shape[0])
                return super().call(x)

        with on.scope():
            dense = Noted(1, use_bias=False, kernel_initializer="zeros")
            model = keras.Sequential([keras.Input((3,)), dense])
            model.compile(keras.optimizers.SGD(1.0), loss=loss, run_eagerly=True)
        sizes.clear()
        both = np.concatenate([blank, x])
        target = both.sum(axis=1, keepdims=True) ** 2
        model.fit(both, target, batch_size=size, shuffle=False, verbose=0)
        return dense.get_weights()[0].ravel().tolist(), sizes[-2:]

    answers, one = {}, tf.distribute.get_strategy()
    for size, rows, loss in ENDS:
        x = data(rows, 3)
        split, sizes = kernel(size, x, loss, strategy)
        first = max(sizes)
        parts = [kernel(size, part, loss, one)[0] for part in (x[:first], x[first:])]
        alone, _ = kernel(size, x, loss, one)
        answers[key(size, rows, loss)] = [split, parts, alone, sizes]
    return answers


def variances(strategy):
    """Return the moving variance, with statistics of a device and of the batch."""
    import keras
    from keras import layers

    answers = {}
    for shape, size, momentum in NORMS:
        x = data(size, *shape)
        both = []
        for synchronized in (False, True):
            with strategy.scope():
                norm = layers.BatchNormalization(
                    momentum=momentum, synchronized=synchronized
                )
                model = keras.Sequential([keras.Input(shape), norm])
                model.compile("sgd", loss="mse")
            model.fit(x, x, batch_size=size, shuffle=False, verbose=0)
            both.append(norm.get_weights()[3].tolist())
        answers[key(shape, size, momentum)] = both
    return answers


# Styles, widths, activations, optimizers.
OUTSIDE = tuple(
    itertools.product(STYLES, (1, 8), ("relu", "softmax"), ("sgd", "adam", "rmsprop"))
)


def forgotten(strategy):
    """Count the devices of models that were made outside the scope, and fitted."""
    import keras
    from keras import layers

    answers = {}
    for style, width, activation, optimizer in OUTSIDE:
        seen = []

        class Noted(layers.Dense):
            def call(self, x, seen=seen):
                seen.append(x.shape[0])
                return super().call(x)

        class Net(keras.Model):
            def __init__(self, hidden, last):
                super().__init__()
                self.hidden, self.last = hidden, last

            def call(self, x, training=False):
                return self.last(self.hidden(x))

        inputs, last = keras.Input((4,)), Noted(width)
        hidden = layers.Dense(4, activation)
        if style == "sequential":
            model = keras.Sequential([inputs, hidden, last])
        elif style == "functional":
            model = keras.Model(inputs, last(hidden(inputs)))
        else:
            model = Net(hidden, last)
            model(inputs)
        model.compile(optimizer, loss="mse", run_eagerly=True)
        x = data(16, 4)
        before = last.get_weights()[0]
        seen.clear()
        model.fit(x, data(16, width), batch_size=8, verbose=0)
        moved = float(abs(last.get_weights()[0] - before).max())
        devices = model.distribute_strategy.num_replicas_in_sync
        answers[key(style, width, activation, optimizer)] = [devices, seen, moved]
    return answers


def main(what):
    """Compute all cases."""
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    print(json.dumps(globals()[what](strategy)))


if __name__ == "__main__":
    main(sys.argv[1])
