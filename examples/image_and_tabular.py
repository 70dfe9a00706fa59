"""Read a digit from an image with its upper half and a table about its lower half.

API: functional ``keras.Model``. An image needs convolutions, a row of a table needs
dense layers: two inputs, each with layers of its own, merged before the answer.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.svm import SVC

RULE = "several-inputs"
EPOCHS = 12  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # the first 1200 digits, a fifth of them for validation; 597 to test
SIZE = 12  # height and width of the images; half a digit has 4 by 8 pixels

Inputs = dict[str, np.ndarray]
Data = tuple[Inputs, np.ndarray]


def place(halves: np.ndarray, seed: int) -> np.ndarray:
    """Return images (n, 12, 12, 1) with each half of a digit at a random place."""
    random = np.random.default_rng(seed)
    images = np.zeros((len(halves), SIZE, SIZE, 1), "float32")
    for image, half in zip(images, halves, strict=True):
        row, column = random.integers(SIZE - np.array(half.shape), endpoint=True)
        image[row : row + 4, column : column + 8, 0] = half
    return images


def load_data() -> tuple[Data, Data]:
    """Return train and test: inputs by name, and digits (n,).

    ``image`` (n, 12, 12, 1) has the upper half of a digit somewhere, from 0 to 1.
    ``table`` (n, 12) is made from the lower half, which the model never sees: the
    mean ink of its 4 rows and of its 8 columns.
    """
    x, digits = load_digits(return_X_y=True)
    x = x.reshape(-1, 8, 8).astype("float32") / 16
    upper, lower = x[:, :4], x[:, 4:]
    table = np.concatenate([lower.mean(axis=2), lower.mean(axis=1)], axis=1)
    inputs = {"image": place(upper, seed=0), "table": table}
    train = {name: values[:TRAIN] for name, values in inputs.items()}
    test = {name: values[TRAIN:] for name, values in inputs.items()}
    return (train, digits[:TRAIN]), (test, digits[TRAIN:])


def build(sources: tuple[str, ...] = ("image", "table")) -> keras.Model:
    """Return a model from ``image`` and ``table`` to ten probabilities (n, 10).

    With one of the two in `sources`, the model has this input only.
    """
    image = keras.Input((SIZE, SIZE, 1), name="image")
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(image)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(64, 3, padding="same", activation="relu")(x)
    x = layers.GlobalMaxPooling2D()(x)  # a vector, wherever the digit stands

    table = keras.Input((12,), name="table")
    y = layers.Dense(64, activation="relu")(table)

    ends = {"image": (image, x), "table": (table, y)}
    inputs, vectors = zip(*(ends[name] for name in sources), strict=True)
    merged = layers.Concatenate()(vectors) if len(vectors) > 1 else vectors[0]
    merged = layers.Dense(64, activation="relu")(merged)
    digit = layers.Dense(10, activation="softmax", name="digit")(merged)
    model = keras.Model(list(inputs), digit, name="image_and_tabular")
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def row(x: Inputs, sources: tuple[str, ...] = ("image", "table")) -> np.ndarray:
    """Return the values of all sources side by side, as other methods want them."""
    return np.hstack([x[name].reshape(len(x[name]), -1) for name in sources])


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the test accuracy, and check the baselines."""
    (x_train, y_train), (x_test, y_test) = load_data()

    def train(*sources: str) -> tuple[np.ndarray, dict[str, list[float]]]:
        keras.utils.set_random_seed(seed)
        model = build(sources)
        stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
        history = model.fit(
            {name: x_train[name] for name in sources},
            y_train,
            validation_split=0.2,
            batch_size=64,
            epochs=EPOCHS,
            callbacks=[stop],
            verbose=0,
        )
        test = {name: x_test[name] for name in sources}
        return np.argmax(model(test), axis=-1), history.history

    # Baselines: the same network with the image only, another method with the table
    # only, where it does better than a network, and with both sources in one row.
    read = {}
    read["image"], _ = train("image")
    for name, sources in ("table", ("table",)), ("both, SVM", ("image", "table")):
        machine = SVC(C=10).fit(row(x_train, sources), y_train)
        read[name] = machine.predict(row(x_test, sources))
    read["both"], history = train("image", "table")

    scores = {name: float(np.mean(digits == y_test)) for name, digits in read.items()}
    accuracy, baseline = scores["both"], max(scores["image"], scores["table"])
    print(
        f"test accuracy: {accuracy:.3f} (best single source: {baseline:.3f}, "
        f"support vector machine on both: {scores['both, SVM']:.3f})"
    )
    assert accuracy > baseline + 0.05
    return {
        "accuracy": accuracy,
        "baseline": baseline,
        "machine": scores["both, SVM"],
        "scores": scores,
        "history": history,
        "images": x_test["image"],
        "tables": x_test["table"],
        "digits": y_test,
        "read": read,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: what was read from each source, and the learning."""
    digits, read, scores = result["digits"], result["read"], result["scores"]
    right = {name: values == digits for name, values in read.items()}
    one, other, both = right["image"], right["table"], right["both"]
    # Two where the image alone errs, two where the table alone does, one where each
    # does, and one where the network errs that sees both.
    kinds = [both & other & ~one, both & one & ~other, both & ~one & ~other, ~both]
    shown = [
        i
        for kind, n in zip(kinds, (2, 2, 1, 1), strict=True)
        for i in np.flatnonzero(kind)[:n]
    ]
    widths = [1.4] + [1] * len(shown)
    picture, grid = plt.subplots(3, len(widths), figsize=(5, 3.2), width_ratios=widths)
    for axes in grid.flat:
        axes.set_axis_off()
    names = {"by image": "image", "by table": "table", "by both": "both"}
    heights = dict(zip((*names, "true"), (0.75, 0.5, 0.25, 0), strict=True))
    grid[0, 0].text(0, 0.5, "image", va="center")
    grid[1, 0].text(0, 0.5, "table", va="center")
    for name, height in heights.items():
        grid[2, 0].text(0, height, name)
    for (top, middle, bottom), i in zip(grid.T[1:], shown, strict=True):
        top.imshow(result["images"][i], vmin=0, vmax=1)
        table = result["tables"][i]
        middle.stairs(table[:4], range(5), fill=True)
        middle.stairs(table[4:], range(5, 14), fill=True)
        middle.set_ylim(0, 1)
        for name, height in heights.items():
            digit = read[names[name]][i] if name in names else digits[i]
            weight = "bold" if digit == digits[i] else "normal"
            bottom.text(0.5, height, f"{digit}", ha="center", weight=weight)
    picture.set_label(
        f"Six of {len(digits)} test digits: the image with the upper half, the table "
        "(mean ink of the 4 rows of the lower half and of its 8 columns), and what is "
        "read by image alone, by table alone and by both; right answers are bold. Of "
        f"all, the network reads {scores['image']:.0%} right by image alone and "
        f"{scores['both']:.0%} by both, a support vector machine {scores['table']:.0%} "
        "by table alone."
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
        f"With both sources, the loss on validation digits falls from "
        f"{validation[0]:.2f} to {validation[best]:.2f} in epoch {best + 1} of "
        f"{len(loss)}; the weights of that epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
