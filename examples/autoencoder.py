"""Squeeze a digit image into eight numbers and draw it again: an autoencoder.

API: ``keras.Sequential``. The encoder is a stack, the decoder is a stack, and the
autoencoder is a stack of these two: a model can be a layer of another model.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

RULE = "plain-stack"
EPOCHS = 80  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # images, a fifth of them for validation; the other 597 are for the test
CODE = 8  # numbers that are kept of an image of 64 pixels

Arrays = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: pixels (n, 64) from 0 to 1, as input and as target."""
    pixels, _ = load_digits(return_X_y=True)
    pixels = pixels.astype("float32") / 16
    train, test = pixels[:TRAIN], pixels[TRAIN:]
    return (train, train), (test, test)


def build() -> keras.Sequential:
    """Return a model from pixels (n, 64) to pixels (n, 64), by a code (n, 8)."""
    encoder = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(128, activation="relu"),
            layers.Dense(CODE, name="code"),
        ],
        name="encoder",
    )
    decoder = keras.Sequential(
        [
            keras.Input((CODE,)),
            layers.Dense(128, activation="relu"),
            layers.Dense(64, activation="sigmoid"),
        ],
        name="decoder",
    )
    model = keras.Sequential([encoder, decoder], name="autoencoder")
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the squared error, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baseline: PCA with as many numbers, the best linear code of the training images.
    # Both draw no pixel below 0 or above 1: a sigmoid there, `clip` here.
    pca = PCA(CODE).fit(x_train)
    linear = pca.inverse_transform(pca.transform(x_test)).clip(0, 1)
    baseline = float(np.mean((linear - y_test) ** 2))

    model = build()
    stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    history = model.fit(
        x_train,
        y_train,
        validation_split=0.2,
        batch_size=80,
        validation_batch_size=240,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    drawn = np.asarray(model(x_test))
    error = float(np.mean((drawn - y_test) ** 2))

    print(f"squared error of a pixel: {error:.4f} (PCA: {baseline:.4f})")
    assert error < 0.9 * baseline
    return {
        "error": error,
        "baseline": baseline,
        "history": history.history,
        "rows": {"image": x_test[:8], "8 numbers": drawn[:8], "PCA, 8": linear[:8]},
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: images drawn again, and the learning curve."""
    picture, grid = plt.subplots(3, 8, figsize=(5, 2.2))
    for row, (name, images) in zip(grid, result["rows"].items(), strict=True):
        for axes, pixels in zip(row, images, strict=True):
            axes.imshow(pixels.reshape(8, 8), vmin=0, vmax=1)
            axes.set_axis_off()
        row[0].set_title(name, loc="left")
    image, drawn, linear = result["rows"].values()
    nearer = ((drawn - image) ** 2).mean(1) < ((linear - image) ** 2).mean(1)
    picture.set_label(
        "Eight test images, and each drawn again from eight numbers, by the "
        f"autoencoder and by PCA; {nearer.sum()} of the eight are nearer to the image "
        "by the autoencoder. The squared error of all test images is "
        f"{result['error']:.3f} and {result['baseline']:.3f}."
    )

    loss, validation = result["history"]["loss"], result["history"]["val_loss"]
    curve, axes = plt.subplots()
    axes.plot(range(1, len(loss) + 1), loss, label="training")
    axes.plot(range(1, len(loss) + 1), validation, label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel("squared error")
    axes.legend()
    best = int(np.argmin(validation))
    curve.set_label(
        f"The error on validation images falls from {validation[0]:.3f} to "
        f"{validation[best]:.3f} in epoch {best + 1} of {len(loss)}; the weights of "
        "that epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
