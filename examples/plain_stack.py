"""Read a handwritten digit: one image in, one answer out.

API: ``keras.Sequential``. Every layer takes the output of the layer before it,
from the image to the ten probabilities. That is a stack, and nothing else here
asks for more: one input, one output, no branch.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

RULE = "plain-stack"
EPOCHS = 40  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # the first 1200 images, a fifth of them for validation; 597 to test

Arrays = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 8, 8, 1) from 0 to 1, and digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
    return (images[:TRAIN], digits[:TRAIN]), (images[TRAIN:], digits[TRAIN:])


def build() -> keras.Model:
    """Return a model from images (n, 8, 8, 1) to ten probabilities (n, 10)."""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ],
        name="plain_stack",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the test accuracy, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baselines on the same pixels: logistic regression, and five nearest neighbors.
    flat_train = x_train.reshape(len(x_train), -1)
    flat_test = x_test.reshape(len(x_test), -1)
    linear = LogisticRegression(max_iter=1000).fit(flat_train, y_train)
    baseline = linear.score(flat_test, y_test)
    neighbors = KNeighborsClassifier().fit(flat_train, y_train)
    memory = neighbors.score(flat_test, y_test)

    model = build()
    stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    history = model.fit(
        x_train,
        y_train,
        validation_split=0.2,
        batch_size=120,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    probabilities = np.asarray(model(x_test))
    right = probabilities.argmax(-1) == y_test
    accuracy = float(np.mean(right))

    print(
        f"test accuracy: {accuracy:.3f} (logistic regression: {baseline:.3f}, "
        f"five nearest neighbors: {memory:.3f})"
    )
    assert accuracy > baseline + 0.02
    shown = np.concatenate([np.flatnonzero(right)[1:4], np.flatnonzero(~right)[:2]])
    return {
        "accuracy": accuracy,
        "baseline": baseline,
        "neighbors": memory,
        "history": history.history,
        "images": x_test[shown],
        "digits": y_test[shown],
        "probabilities": probabilities[shown],
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: images and their probabilities, and the learning."""
    digits, probabilities = result["digits"], result["probabilities"]
    picture, (above, below) = plt.subplots(
        2, len(digits), figsize=(5, 3.6), height_ratios=(1, 2.2)
    )
    for axes, image, digit in zip(above, result["images"], digits, strict=True):
        axes.imshow(image, vmin=0, vmax=1)
        axes.set_axis_off()
        axes.set_title(f"{digit}")
    for axes, digit, row in zip(below, digits, probabilities, strict=True):
        bars = axes.barh(range(10), row)
        bars[digit].set_color("C1")
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 1])
        axes.invert_yaxis()
        axes.yaxis.set_visible(False)
        axes.set_xlabel(f"{row.argmax()}: {row.max():.2f}")
    below[0].yaxis.set_visible(True)
    below[0].set_yticks(range(10))
    below[0].set_ylabel("digit")
    read = probabilities.argmax(-1)
    picture.set_label(
        "Five test images, the probability of each digit, and below it the digit that "
        f"the model reads. The true digit is orange. The last two are among its "
        f"mistakes: {digits[-2]} and {digits[-1]}, read as {read[-2]} and "
        f"{read[-1]}. It reads {result['accuracy']:.1%} of the test images right."
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
