"""Read a handwritten digit wherever it stands in a larger image.

API: ``keras.Sequential``. Convolutions, pooling and a classifier form one path:
each layer feeds the next. Nothing branches, so a stack expresses all of it.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

RULE = "plain-stack"
EPOCHS = 8  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # the first 1200 digits, a fifth of them for validation; 597 to test
SIZE = 16  # height and width of the images; a digit has 8 by 8 pixels

Arrays = tuple[np.ndarray, np.ndarray]


def place(digits: np.ndarray, copies: int, seed: int) -> np.ndarray:
    """Return images (n * copies, 16, 16, 1): each digit at random places."""
    random = np.random.default_rng(seed)
    digits = np.repeat(digits, copies, axis=0)
    images = np.zeros((len(digits), SIZE, SIZE, 1), "float32")
    corners = random.integers(SIZE - 8, size=(len(digits), 2), endpoint=True)
    for image, digit, (row, column) in zip(images, digits, corners, strict=True):
        image[row : row + 8, column : column + 8, 0] = digit
    return images


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 16, 16, 1) from 0 to 1, and digits (n,)."""
    x, y = load_digits(return_X_y=True)
    x = x.reshape(-1, 8, 8) / 16
    x_train = place(x[:TRAIN], copies=2, seed=0)
    x_test = place(x[TRAIN:], copies=1, seed=1)
    return (x_train, np.repeat(y[:TRAIN], 2)), (x_test, y[TRAIN:])


def build() -> keras.Sequential:
    """Return a model from images (n, height, width, 1) to probabilities (n, 10)."""
    model = keras.Sequential(
        [
            keras.Input((None, None, 1)),  # any height and width
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.GlobalMaxPooling2D(),  # the strongest answer of each filter
            layers.Dense(10, activation="softmax"),
        ],
        name="convolutional_stack",
    )
    return ready(model)


def build_dense() -> keras.Sequential:
    """Return the baseline, from images (n, 16, 16, 1) to probabilities (n, 10)."""
    return ready(
        keras.Sequential(
            [
                keras.Input((SIZE, SIZE, 1)),
                layers.Flatten(),
                layers.Dense(128, activation="relu"),
                layers.Dense(10, activation="softmax"),
            ]
        )
    )


def ready(model: keras.Sequential) -> keras.Sequential:
    """Return the model, compiled."""
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the test accuracy, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    def train(model: keras.Sequential) -> dict[str, list[float]]:
        # The last fifth of the rows: both images of a digit are on the same side.
        history = model.fit(
            x_train,
            y_train,
            validation_split=0.2,
            batch_size=64,
            validation_batch_size=480,
            epochs=EPOCHS,
            callbacks=[
                keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
            ],
            verbose=0,
        )
        return history.history

    # Baseline: a dense network on the same images, with more weights.
    dense = build_dense()
    train(dense)
    baseline = float(np.mean(np.argmax(dense(x_test), axis=-1) == y_test))
    model = build()
    history = train(model)
    read = np.argmax(model(x_test), axis=-1)
    right = read == y_test
    accuracy = float(np.mean(right))

    print(f"test accuracy: {accuracy:.3f} (dense network: {baseline:.3f})")
    assert accuracy > baseline + 0.2
    shown = np.concatenate([np.flatnonzero(right)[:5], np.flatnonzero(~right)[:2]])
    return {
        "accuracy": accuracy,
        "baseline": baseline,
        "history": history,
        "images": x_test[shown],
        "digits": y_test[shown],
        "read": read[shown],
        "looks": looks(model, x_test[shown]),
        "model": model,
    }


def looks(model: keras.Sequential, images: np.ndarray) -> np.ndarray:
    """Return how many filters have their strongest answer where, (n, 8, 8).

    These answers are all that is left of an image after the global pooling.
    """
    pooling = next(
        layer for layer in model.layers if isinstance(layer, layers.GlobalMaxPooling2D)
    )
    maps = np.asarray(keras.Model(model.inputs[0], pooling.input)(images))
    flat = maps.reshape(len(maps), -1, maps.shape[-1])
    strongest = flat.argmax(1)
    counts = np.zeros(flat.shape[:2])
    for count, places, answers in zip(counts, strongest, flat.max(1), strict=True):
        np.add.at(count, places[answers > 0], 1)
    return counts.reshape(maps.shape[:3])


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: images, where the model looks, and the learning."""
    picture, (above, below) = plt.subplots(2, len(result["read"]), figsize=(5, 2.2))
    rows = zip(above, result["images"], result["digits"], result["read"], strict=True)
    for axes, image, digit, read in rows:
        axes.imshow(image, vmin=0, vmax=1)
        axes.set_axis_off()
        axes.set_title(f"{read}" if read == digit else f"{read}, not\n{digit}")
    for axes, counts in zip(below, result["looks"], strict=True):
        axes.imshow(counts)
        axes.set_axis_off()
    digits, read = result["digits"], result["read"]
    looks = result["looks"]
    n, height, width = looks.shape  # a place is 2 by 2 pixels
    ink = result["images"].reshape(n, height, 2, width, 2).any((2, 4))
    share = looks[ink].sum() / looks.sum()
    picture.set_label(
        "Seven test images with the digit that the model reads; the last two, "
        f"{digits[-2]} and {digits[-1]}, are among its mistakes. Below, how many of "
        f"its 64 filters answer most strongly at each place; {share:.0%} of them do "
        f"where there is ink, which is {ink.mean():.0%} of the places. Of all test "
        f"images, it reads {result['accuracy']:.0%} right, a dense network "
        f"{result['baseline']:.0%}."
    )

    loss, validation = result["history"]["loss"], result["history"]["val_loss"]
    curve, axes = plt.subplots()
    axes.plot(range(1, len(loss) + 1), loss, label="training")
    axes.plot(range(1, len(loss) + 1), validation, label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy")
    axes.legend()
    best = int(np.argmin(validation))
    curve.set_label(
        f"The loss on validation images falls from {validation[0]:.2f} to "
        f"{validation[best]:.2f} in epoch {best + 1} of {len(loss)}; the weights of "
        "that epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
