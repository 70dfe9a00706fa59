"""Put images in order, by learning which of two shows the larger digit.

API: functional ``keras.Model``. One scorer is called on two inputs, so both images
are measured with the same weights, and the two scores are subtracted: the layer is
shared and its results are merged, a graph and not a stack.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "shared-layer"
EPOCHS = 20  # at most; training stops when the validation loss falls no more
TRAIN = 960  # pairs to learn from use the first 960 images
VALID = 240  # validation pairs use the next 240, test pairs the other 597

Arrays = tuple[np.ndarray, np.ndarray]
Data = tuple[dict[str, np.ndarray], np.ndarray]


def load_images() -> tuple[Arrays, Arrays, Arrays]:
    """Return train, validation and test: pixels (n, 64) from 0 to 1, and digits."""
    images, digits = load_digits(return_X_y=True)
    images = images.astype("float32") / 16  # the brightest pixel there can be
    rest = TRAIN + VALID
    return (
        (images[:TRAIN], digits[:TRAIN]),
        (images[TRAIN:rest], digits[TRAIN:rest]),
        (images[rest:], digits[rest:]),
    )


def make_pairs(images: np.ndarray, digits: np.ndarray, n: int) -> Data:
    """Return n pairs, and 1 where the first shows the larger digit, else 0 (n,)."""
    first, second = np.random.default_rng(0).integers(len(images), size=(2, 2 * n))
    unequal = np.flatnonzero(digits[first] != digits[second])[:n]
    first, second = first[unequal], second[unequal]
    larger = (digits[first] > digits[second]).astype("float32")
    return {"first": images[first], "second": images[second]}, larger


def load_data() -> tuple[Data, Data]:
    """Return train and test: two images (n, 64) each, and larger (n,)."""
    train, _, test = load_images()
    return make_pairs(*train, 4000), make_pairs(*test, 2000)


def make_scorer(name: str = "scorer") -> keras.Sequential:
    """Return a stack from an image (n, 64) to one number (n, 1)."""
    return keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(128, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(1, use_bias=False),  # a difference would take it out again
        ],
        name=name,
    )


def build(shared: bool = True) -> keras.Model:
    """Return a model from ``first`` and ``second`` to P(first is larger) (n, 1)."""
    first = keras.Input((64,), name="first")
    second = keras.Input((64,), name="second")
    scorer = make_scorer()
    other = scorer if shared else make_scorer("other_scorer")
    lead = scorer(first) - other(second)
    larger = layers.Activation("sigmoid", name="larger")(lead)
    model = keras.Model([first, second], larger, name="shared_layer")
    model.compile(
        optimizer=keras.optimizers.Adam(0.002),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the test accuracy, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()
    _, validation, (images, digits) = load_images()

    def train(model: keras.Model) -> tuple[float, dict[str, list[float]]]:
        stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
        history = model.fit(
            x_train,
            y_train,
            validation_data=make_pairs(*validation, 1000),
            batch_size=128,
            epochs=EPOCHS,
            callbacks=[stop],
            verbose=0,
        )
        tested = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
        return tested["accuracy"], history.history

    # Baseline: the best scorer that is linear in the pixels. To compare: the same
    # network with a scorer for each input, which has twice the weights.
    linear = LogisticRegression(solver="newton-cholesky", fit_intercept=False)
    linear.fit(x_train["first"] - x_train["second"], y_train)
    line = float(linear.score(x_test["first"] - x_test["second"], y_test))
    apart, _ = train(build(shared=False))

    model = build()
    accuracy, history = train(model)
    scores = model.get_layer("scorer").predict(images, verbose=0)[:, 0]

    print(f"test accuracy: {accuracy:.3f} (two scorers: {apart:.3f}, ", end="")
    print(f"linear scorer: {line:.3f})")
    assert accuracy > line + 0.08
    return {
        "accuracy": accuracy,
        "baseline": line,
        "apart": apart,
        "history": history,
        "images": images,
        "digits": digits,
        "scores": scores,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: images in order, scores, and the learning curve."""
    images, digits, scores = (result[key] for key in ("images", "digits", "scores"))
    order = np.argsort(scores)
    shown = order[np.linspace(0, len(order) - 1, 20).astype(int)]
    picture, grid = plt.subplots(2, 10, figsize=(5, 1.2))
    for axes, place in zip(grid.flat, shown, strict=True):
        axes.imshow(images[place].reshape(8, 8), vmin=0, vmax=1)
        axes.set_axis_off()
    read = " ".join(map(str, digits[shown]))
    picture.set_label(
        "Twenty test images, evenly spaced in the order of their scores. Their digits: "
        f"{read}. The network tells {result['accuracy']:.0%} of the test pairs "
        f"right, the best linear scorer {result['baseline']:.0%}."
    )

    boxes, axes = plt.subplots()
    groups = [scores[digits == digit] for digit in range(10)]
    axes.boxplot(
        groups,
        tick_labels=range(10),
        sym="",
        boxprops={"color": "C0"},
        whiskerprops={"color": "C0"},
        capprops={"color": "C0"},
        medianprops={"color": "C1"},
    )
    axes.set_xlabel("digit")
    axes.set_ylabel("score of one image")
    middle = [float(np.median(group)) for group in groups]
    boxes.set_label(
        "The scores of the test images by digit: half of them are in the box. The "
        f"median grows from {middle[0]:.1f} for 0 to {middle[9]:.1f} for 9."
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
        f"The loss on validation pairs falls from {validation[0]:.2f} to "
        f"{validation[best]:.2f} in epoch {best + 1} of {len(loss)}; the weights of "
        "that epoch are kept."
    )
    return [picture, boxes, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
