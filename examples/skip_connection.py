"""Train 24 hidden layers in a row: each has a skip connection around it.

API: functional ``keras.Model``. A skip connection uses an earlier tensor a
second time. The graph branches there and merges again at the ``Add`` layer.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "branch-and-merge"
EPOCHS = 8  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # the first 1200 images, a fifth of them for validation; 597 for test
DEPTH = 24  # hidden layers with a skip connection
WIDTH = 64  # units in each

Arrays = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: pixels (n, 64) from 0 to 1, and digits (n,)."""
    pixels, digits = load_digits(return_X_y=True)
    pixels = pixels.astype("float32") / 16
    return (pixels[:TRAIN], digits[:TRAIN]), (pixels[TRAIN:], digits[TRAIN:])


def build(
    skips: bool = True, depth: int = DEPTH, initializer: str = "he_normal"
) -> keras.Model:
    """Return a model from pixels (n, 64) to ten probabilities (n, 10)."""
    inputs = keras.Input((64,), name="pixels")
    x = layers.Dense(WIDTH, kernel_initializer=initializer)(inputs)
    for _ in range(depth):
        y = layers.ReLU()(x)
        y = layers.Dense(WIDTH, kernel_initializer=initializer)(y)
        x = layers.Add()([x, y]) if skips else y
    x = layers.LayerNormalization()(x)
    outputs = layers.Dense(10, activation="softmax")(x)
    model = keras.Model(inputs, outputs, name="skip_connection")
    model.compile(
        optimizer=keras.optimizers.SGD(0.03),
        loss="sparse_categorical_crossentropy",
    )
    return model


def train(model: keras.Model, x: np.ndarray, y: np.ndarray) -> dict[str, list[float]]:
    """Train until the validation loss falls no more, and return the losses."""
    stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
    history = model.fit(
        x,
        y,
        validation_split=0.2,
        batch_size=48,
        validation_batch_size=240,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    return history.history


def main(seed: int = 0) -> dict[str, Any]:
    """Train with and without skips, print and return the accuracies, and compare."""
    (x_train, y_train), (x_test, y_test) = load_data()
    accuracies, histories = [], []
    # Baseline: the same layers and the same first weights, without the skips. They
    # are drawn by "he_normal", which suits relu: so the baseline can learn, too.
    for skips in (True, False):
        keras.utils.set_random_seed(seed)
        model = build(skips)
        histories.append(train(model, x_train, y_train))
        answers = np.argmax(model(x_test), axis=-1)
        accuracies.append(float(np.mean(answers == y_test)))
    with_skips, baseline = accuracies
    # What no depth at all reaches: is the task one for 24 layers?
    linear = LogisticRegression(solver="newton-cholesky").fit(x_train, y_train)
    shallow = float(linear.score(x_test, y_test))

    print(f"test accuracy: {with_skips:.3f} (without skips: {baseline:.3f})")
    print(f"logistic regression: {shallow:.3f}")
    assert with_skips > baseline + 0.15
    return {
        "accuracy": with_skips,
        "baseline": baseline,
        "linear": shallow,
        "histories": dict(zip(("with skips", "without"), histories, strict=True)),
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: the loss of both networks, epoch by epoch."""
    curve, axes = plt.subplots(figsize=(5, 3.4))
    ends = []
    for color, (name, history) in enumerate(result["histories"].items()):
        epochs = range(1, len(history["loss"]) + 1)
        axes.plot(epochs, history["loss"], f"C{color}:", label=f"{name}, training")
        axes.plot(epochs, history["val_loss"], f"C{color}", label=f"{name}, validation")
        ends.append(min(history["val_loss"]))
        rises = int(np.sum(np.diff(history["val_loss"]) > 0))  # of the last: without
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    curve.legend(loc="outside upper center", ncols=2)
    curve.set_label(
        f"With skips, the loss on validation images falls to {ends[0]:.2f}; without, "
        f"from the same first weights, to {ends[1]:.2f}, and in {rises} of "
        f"{len(epochs)} epochs it rises. The weights of the best epoch are kept."
    )
    return [curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
