"""Two answers from half an image: which digit it is, and its missing half.

API: functional ``keras.Model``. One input, one body, two heads: the model has
two named outputs, and each has its own loss. A ``Sequential`` ends in one output.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

RULE = "several-outputs"
EPOCHS = 40  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # the first 1200 images, a fifth of them for validation; 597 to test

Data = tuple[np.ndarray, dict[str, np.ndarray]]


def load_data() -> tuple[Data, Data]:
    """Return train and test: left halves (n, 8, 4, 1), and the targets by name.

    ``digit`` (n,) is a number from 0 to 9; ``right_half`` (n, 32) holds the
    hidden pixels. All pixels are from 0 to 1.
    """
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
    left = images[:, :, :4]
    right = images[:, :, 4:].reshape(-1, 32)
    train = (left[:TRAIN], {"digit": digits[:TRAIN], "right_half": right[:TRAIN]})
    test = (left[TRAIN:], {"digit": digits[TRAIN:], "right_half": right[TRAIN:]})
    return train, test


def build() -> keras.Model:
    """Return a model from (n, 8, 4, 1) to ``digit`` (n, 10), ``right_half`` (n, 32)."""
    left = keras.Input((8, 4, 1), name="left_half")
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(left)
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.5)(x)
    body = layers.Dense(128, activation="relu")(x)
    digit = layers.Dense(10, activation="softmax", name="digit")(body)
    right = layers.Dense(32, activation="sigmoid", name="right_half")(body)
    outputs = {"digit": digit, "right_half": right}
    model = keras.Model(left, outputs, name="two_outputs")
    model.compile(
        optimizer=keras.optimizers.Adam(0.005),
        loss={"digit": "sparse_categorical_crossentropy", "right_half": "mse"},
        loss_weights={"digit": 1.0, "right_half": 10.0},
    )
    return model


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return both test results, and check the baselines."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    def scores(digit: np.ndarray, right: np.ndarray) -> tuple[float, float]:
        accuracy = np.mean(digit == y_test["digit"])
        return float(accuracy), float(np.mean((right - y_test["right_half"]) ** 2))

    # Baselines: two linear models, one per question, and five nearest neighbors.
    flat_train = x_train.reshape(len(x_train), -1)
    flat_test = x_test.reshape(len(x_test), -1)
    baselines = {
        "linear": (LogisticRegression(max_iter=2000), LinearRegression()),
        "neighbors": (KNeighborsClassifier(), KNeighborsRegressor()),
    }
    answers = {}
    for name, (classifier, painter) in baselines.items():
        classifier.fit(flat_train, y_train["digit"])
        painter.fit(flat_train, y_train["right_half"])
        answers[name] = classifier.predict(flat_test), painter.predict(flat_test)

    model = build()
    stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    history = model.fit(
        x_train,
        y_train,
        validation_split=0.2,
        batch_size=64,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    predicted = model.predict(x_test, verbose=0)
    digits = predicted["digit"].argmax(-1)
    accuracy, mse = scores(digits, predicted["right_half"])
    accuracy_linear, mse_linear = scores(*answers["linear"])
    accuracy_neighbors, mse_neighbors = scores(*answers["neighbors"])

    print("                        network  linear  five neighbors")
    print(
        f"accuracy of the digit   {accuracy:.3f}    {accuracy_linear:.3f}"
        f"   {accuracy_neighbors:.3f}"
    )
    print(f"squared error, right    {mse:.4f}   {mse_linear:.4f}  {mse_neighbors:.4f}")
    assert accuracy > accuracy_linear + 0.05
    assert mse < mse_linear - 0.005
    right = digits == y_test["digit"]
    shown = np.concatenate([np.flatnonzero(right)[:5], np.flatnonzero(~right)[:2]])
    return {
        "accuracy": accuracy,
        "accuracy_baseline": accuracy_linear,
        "accuracy_neighbors": accuracy_neighbors,
        "mse": mse,
        "mse_baseline": mse_linear,
        "mse_neighbors": mse_neighbors,
        "history": history.history,
        "left": x_test[shown],
        "digits": {"true": y_test["digit"][shown], "network": digits[shown]},
        "rights": {
            "true": y_test["right_half"][shown],
            "network": predicted["right_half"][shown],
            "neighbors": answers["neighbors"][1][shown],
        },
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: halves and what completes them, and the learning."""
    left = result["left"]
    empty = np.full((len(left), 32), np.nan)
    picture, grid = plt.subplots(4, len(left), figsize=(5, 3.1))
    rows = {"given": empty, **result["rights"]}
    for row, (name, rights) in zip(grid, rows.items(), strict=True):
        row[0].text(
            -0.3, 0.5, name, transform=row[0].transAxes, ha="right", va="center"
        )
        whole = np.concatenate([left, rights.reshape(-1, 8, 4, 1)], axis=2)
        for axes, image in zip(row, whole, strict=True):
            axes.imshow(image, vmin=0, vmax=1)
            axes.set_axis_off()
        for axes, digit in zip(row, result["digits"].get(name, ()), strict=False):
            axes.set_title(str(digit))
    picture.set_label(
        f"Left halves of {len(left)} test images, and whole images: the true ones, "
        "and as the network and five nearest neighbors complete them. Numbers are the "
        "true digit and the one that the network reads. The last two are among its "
        f"mistakes; it reads {result['accuracy']:.0%} right."
    )

    history = result["history"]
    curves, pair = plt.subplots(1, 2)
    for axes, name in zip(pair, ("digit", "right_half"), strict=True):
        epochs = range(1, len(history["loss"]) + 1)
        axes.plot(epochs, history[f"{name}_loss"], label="training")
        axes.plot(epochs, history[f"val_{name}_loss"], label="validation")
        axes.set_title(name)
        axes.set_xlabel("epoch")
    pair[0].set_ylabel("cross-entropy")
    pair[1].set_ylabel("squared error")
    pair[1].legend()
    best = int(np.argmin(history["val_loss"]))
    curves.set_label(
        "The two losses. Their weighted sum on validation images is smallest, "
        f"{history['val_loss'][best]:.2f}, in epoch {best + 1} of "
        f"{len(history['loss'])}; the weights of that epoch are kept."
    )
    return [picture, curves]


if __name__ == "__main__":
    figures(main())
    plt.show()
