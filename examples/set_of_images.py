"""Add the digits of four images, with one encoder for all of them.

API: functional ``keras.Model``. The encoder is created once and called on four
inputs, so one set of weights reads every image. Its four answers are added up.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import RidgeCV

RULE = "shared-layer"
EPOCHS = 10  # at most; training stops when the validation loss falls no more
TRAIN, VALID = 1000, 200  # images, one after the other; 597 more for the test
COUNT, SIZE = 4, 64  # images in a set, and pixels of an image
SETS = 4000  # sets to train on
GAMMA = 0.2  # of the kernel of a baseline: the larger, the narrower
NAMES = [f"image_{i}" for i in range(COUNT)]

Data = tuple[dict[str, np.ndarray], np.ndarray]


def load_images() -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 64) from 0 to 1, and their digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    return images.astype("float32") / 16, digits


def make_sets(images: np.ndarray, digits: np.ndarray, n: int) -> Data:
    """Return n sets of random images, and the sum of the digits of each (n,)."""
    chosen = np.random.default_rng(0).integers(len(images), size=(COUNT, n))
    sets = {name: images[rows] for name, rows in zip(NAMES, chosen, strict=True)}
    return sets, digits[chosen].sum(axis=0).astype("float32")


def load_parts() -> tuple[Data, Data, Data]:
    """Return train, validation and test, which share no image."""
    images, digits = load_images()
    train, valid, test = np.split(np.arange(len(images)), [TRAIN, TRAIN + VALID])
    return (
        make_sets(images[train], digits[train], SETS),
        make_sets(images[valid], digits[valid], 512),
        make_sets(images[test], digits[test], 1000),
    )


def load_data() -> tuple[Data, Data]:
    """Return train and test: four images (n, 64) from 0 to 1, and sums (n,)."""
    train, _, test = load_parts()
    return train, test


def build() -> keras.Model:
    """Return a model from four images (n, 64) to the sum of their digits (n, 1)."""
    encoder = keras.Sequential(
        [
            keras.Input((SIZE,)),
            layers.Dense(128, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(1),
        ],
        name="encoder",
    )
    images = [keras.Input((SIZE,), name=name) for name in NAMES]
    total = layers.Add(name="total")([encoder(image) for image in images])
    return ready(keras.Model(images, total, name="set_of_images"))


def build_dense() -> keras.Sequential:
    """Return a network that shares nothing, with as many weights as `build`.

    It takes the pixels of all images in one row.
    """
    return ready(
        keras.Sequential(
            [
                keras.Input((COUNT * SIZE,)),
                layers.Dense(54, activation="relu"),
                layers.Dense(48, activation="relu"),
                layers.Dense(1),
            ]
        )
    )


def ready(model: keras.Model) -> keras.Model:
    """Return the model, compiled."""
    # Smaller and smaller steps: without them the last digit of the result is luck.
    rate = keras.optimizers.schedules.CosineDecay(0.005, decay_steps=1250)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse")
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def train(model: keras.Model, data: Data, validation: Data) -> dict[str, list[float]]:
    """Train until the validation loss falls no more, and return the learning curve."""
    stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
    return model.fit(
        *data,
        validation_data=validation,
        batch_size=32,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    ).history


def row(sets: dict[str, np.ndarray]) -> np.ndarray:
    """Return all pixels of each set in one row (n, 256)."""
    return np.hstack(list(sets.values()))


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the mean absolute errors, and check the baselines."""
    keras.utils.set_random_seed(seed)
    data, validation, (x_test, y_test) = load_parts()

    model = build()
    history = train(model, data, validation)
    answers = {"shared encoder": np.array(model(x_test))[:, 0]}

    # Baseline: a network of equal size that sees all four images in one row.
    dense = build_dense()
    train(dense, *[(row(x), y) for x, y in (data, validation)])
    answers["dense network"] = np.array(dense(row(x_test)))[:, 0]

    # Baselines: linear models, with weights for each image, and with shared ones, which
    # see pixels, or how like each of 600 training images an image is.
    images, digits = load_images()
    kernel = Nystroem(gamma=GAMMA, n_components=min(600, TRAIN), random_state=0)
    kernel.fit(images[:TRAIN])
    for name, merge in {
        "linear": row,
        "shared linear": lambda sets: sum(sets.values()),
        "shared kernel": lambda sets: sum(map(kernel.transform, sets.values())),
    }.items():
        linear = RidgeCV(np.logspace(-2, 3, 11)).fit(merge(data[0]), data[1])
        answers[name] = linear.predict(merge(x_test))

    errors = {k: float(np.mean(np.abs(y - y_test))) for k, y in answers.items()}
    print("mean error of the sum:")
    for name, error in errors.items():
        print(f"{error:5.2f} {name}")
    assert errors["shared encoder"] < 0.75 * errors["linear"]

    images, digits = images[TRAIN + VALID :], digits[TRAIN + VALID :]
    return {
        "errors": errors,
        "sets": x_test,
        "sums": y_test,
        "answers": answers["shared encoder"],
        "single": np.array(model.get_layer("encoder")(images))[:, 0],
        "digits": digits,
        "model": model,
        "history": history,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: sets, single images, and the learning curve."""
    encoder, rows = result["model"].get_layer("encoder"), 4
    picture, grid = plt.subplots(rows, COUNT + 1, figsize=(5, 4.6))
    for i, places in enumerate(grid):
        for axes, name in zip(places, NAMES, strict=False):
            pixels = result["sets"][name][i]
            axes.imshow(pixels.reshape(8, 8), vmin=0, vmax=1)
            axes.set_title(f"{float(encoder(pixels[None])[0, 0]):.1f}")
            axes.set_axis_off()
        places[-1].text(0, 0.5, f"sum {result['answers'][i]:.1f}", va="bottom")
        places[-1].text(0, 0.45, f"true {result['sums'][i]:.0f}", va="top")
        places[-1].set_axis_off()
    pairs = zip(result["sums"][:rows], result["answers"][:rows], strict=True)
    picture.set_label(
        "Four sets of test images. Above each image is what the encoder says of it "
        "alone, and on the right the sum that the model predicts above the true one: "
        + ", ".join(f"{answer:.1f} for {true:.0f}" for true, answer in pairs)
        + f". The mean error is {result['errors']['shared encoder']:.2f}."
    )

    names = np.unique(result["digits"])
    groups = [result["single"][result["digits"] == name] for name in names]
    boxes, axes = plt.subplots()
    axes.boxplot(
        groups,
        tick_labels=[str(name) for name in names],
        sym="",
        boxprops={"color": "C0"},
        whiskerprops={"color": "C0"},
        capprops={"color": "C0"},
        medianprops={"color": "C1"},
    )
    axes.set_xlabel("digit")
    axes.set_ylabel("what the encoder says")
    right = np.mean(np.round(result["single"]) == result["digits"])
    boxes.set_label(
        "What the encoder says of single test images, by their digit: half of them are "
        f"in the box. Rounded, it is the digit of {right:.0%} of the images. It was "
        "never told the digit of an image."
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
        f"The squared error of the sum on validation sets falls from "
        f"{validation[0]:.1f} to {validation[best]:.1f} in epoch {best + 1} of "
        f"{len(loss)}; the weights of that epoch are kept."
    )
    return [picture, boxes, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
