"""See where a network looks: its feature maps and its answer from one model.

API: functional ``keras.Model``. A second model on the layers of a trained network has
two outputs, the feature maps in the middle and the answer at the end. Grad-CAM makes a
heat map of the two. A stack gives its last output only.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

RULE = "several-outputs"
EPOCHS = 8  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # the first 1200 digits, a fifth of them for validation; 597 to test

Arrays = tuple[np.ndarray, np.ndarray]


def place(digits: np.ndarray, seed: int) -> Arrays:
    """Return images (n, 16, 16, 1), and 1 where the digit is on the right (n,).

    A digit stands in one half. In the other half are the same pixels, shuffled: both
    halves hold as much ink, and only one holds a digit.
    """
    random = np.random.default_rng(seed)
    images = np.zeros((len(digits), 16, 16, 1), "float32")
    right = random.integers(2, size=len(digits))
    for image, digit, side in zip(images, digits, 8 * right, strict=True):
        shuffled = random.permutation(digit.ravel()).reshape(8, 8)
        for pixels, column in (digit, side), (shuffled, 8 - side):
            row = random.integers(9)
            image[row : row + 8, column : column + 8, 0] = pixels
    return images, right


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 16, 16, 1) from 0 to 1, and digits (n,)."""
    x, y = load_digits(return_X_y=True)
    x = x.reshape(-1, 8, 8) / 16
    x_train, _ = place(np.repeat(x[:TRAIN], 2, axis=0), seed=0)
    x_test, _ = place(x[TRAIN:], seed=1)
    return (x_train, np.repeat(y[:TRAIN], 2)), (x_test, y[TRAIN:])


def build_classifier() -> keras.Sequential:
    """Return a network from images (n, 16, 16, 1) to ten logits (n, 10)."""
    model = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="features"),
            layers.GlobalMaxPooling2D(name="strongest"),
            layers.Dense(10, name="digit"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def build(classifier: keras.Model | None = None) -> keras.Model:
    """Return a model from images to feature maps (n, 8, 8, 32) and logits (n, 10).

    It uses the layers of the classifier that is given, or of a new one.
    """
    classifier = classifier or build_classifier()
    features = classifier.get_layer("features").output
    outputs = [features, classifier.outputs[0]]
    return keras.Model(classifier.inputs[0], outputs, name="intermediate_outputs")


def heat_maps(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return where the features speak for the answer (n, 8, 8), 0 or more: Grad-CAM."""
    with tf.GradientTape() as tape:
        features, logits = model(images)
        answer = tf.reduce_max(logits, axis=-1)
    slopes = tape.gradient(answer, features)
    weights = tf.reduce_mean(slopes, axis=(1, 2), keepdims=True)  # one for each map
    return tf.nn.relu(tf.reduce_sum(weights * features, axis=-1)).numpy()


def looks_right(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return whether the highest point of each heat map is in the right half (n,)."""
    return heat_maps(model, images).max(axis=1).argmax(axis=-1) >= 4


def smoother_half(images: np.ndarray) -> np.ndarray:
    """Return whether neighbors differ less in the right half (n,): no network."""
    rough = [
        sum(np.abs(np.diff(half, axis=axis)).sum((1, 2, 3)) for axis in (1, 2))
        for half in (images[:, :, :8], images[:, :, 8:])
    ]
    return rough[1] < rough[0]


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return how often the maps point at the digit, and check it."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()
    _, right = place(np.zeros((len(x_test), 8, 8)), seed=1)  # the same places again

    classifier = build_classifier()
    model = build(classifier)

    # Baseline: the maps before the training, or a coin if that is better. Who knows
    # how the images were made can also compare how smooth the halves are.
    untrained = float(np.mean(looks_right(model, x_test) == right))
    baseline = max(untrained, 0.5)
    smooth = float(np.mean(smoother_half(x_test) == right))

    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    history = classifier.fit(
        x_train,
        y_train,
        validation_split=0.2,
        batch_size=64,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    seen = looks_right(model, x_test)
    pointing = float(np.mean(seen == right))

    # If the map is right, the answer needs the half where it points, and no other.
    on_the_right = np.arange(16) >= 8
    pointed = (on_the_right == seen[:, None])[:, None, :, None]

    def accuracy(images: np.ndarray) -> float:
        _, logits = model(images)
        return float(np.mean(np.argmax(logits, axis=-1) == y_test))

    hidden, rest_hidden = accuracy(x_test * ~pointed), accuracy(x_test * pointed)

    print(f"the map points at the digit: {pointing:.3f} (untrained: {untrained:.3f})")
    print(f"accuracy, that half hidden: {hidden:.3f}, the other: {rest_hidden:.3f}")
    assert pointing > baseline + 0.2
    assert hidden < 0.3 < 0.7 < rest_hidden
    shown = [int(np.flatnonzero(y_test == digit)[0]) for digit in (0, 2, 3, 4, 7, 9)]
    images = x_test[shown]
    features, logits = (np.asarray(values) for values in model(images))
    return {
        "pointing": pointing,
        "baseline": baseline,
        "untrained": untrained,
        "smooth": smooth,
        "accuracy": accuracy(x_test),
        "hidden": hidden,
        "rest_hidden": rest_hidden,
        "classifier": classifier,
        "model": model,
        "history": history.history,
        "images": images,
        "read": logits.argmax(axis=-1),
        "true": y_test[shown],
        "features": features,
        "heat": heat_maps(model, images),
        "tested": len(x_test),
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: images, what the network sees, and the learning."""
    read, true, features = result["read"], result["true"], result["features"]
    liveliest = int(features.std(axis=(0, 1, 2)).argmax())  # the same in each column
    rows = {
        "image": result["images"],
        f"map {liveliest}": features[..., liveliest],
        "heat map": result["heat"],
    }
    widths = [1.4] + [1] * len(read)
    picture, grid = plt.subplots(3, len(widths), figsize=(5, 3), width_ratios=widths)
    for line, (name, images) in zip(grid, rows.items(), strict=True):
        line[0].text(0, 0.5, name, va="center")
        line[0].set_axis_off()
        for axes, image in zip(line[1:], images, strict=True):
            axes.imshow(image)
            axes.set_axis_off()
    for axes, answer, digit in zip(grid[0, 1:], read, true, strict=True):
        axes.set_title(f"{answer}" if answer == digit else f"{answer}, not {digit}")
    picture.set_label(
        f"Six test images with the answers of the network; map {liveliest} of its "
        f"{features.shape[-1]} feature maps, which varies most; and the heat map of "
        f"the answer. In {result['pointing']:.1%} of {result['tested']} test images "
        "the brightest point of the heat map is in the half with the digit; before "
        f"the training in {result['untrained']:.1%}."
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
