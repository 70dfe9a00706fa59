"""Mark the pixels of a digit in a noisy image: a U-Net.

API: functional ``keras.Model``. On the way down the image gets smaller, on the way up
larger again. Each step up also takes the tensor of equal size from the way down: a
skip connection, joined by ``Concatenate``. A stack cannot use a tensor twice.
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
EPOCHS = 5  # at most; training stops when the validation loss falls no more
TRAIN = 400  # the first 400 digits, a fifth of them for validation
TEST = 200  # the last 200
SIZE = 24  # height and width of the images; a digit has 8 by 8 pixels

Arrays = tuple[np.ndarray, np.ndarray]


def place(digits: np.ndarray, seed: int) -> Arrays:
    """Return images (n, 24, 24, 1), and masks alike: 1 where the digit has ink.

    Each image is noise with a digit in one quarter, and in another quarter the same
    pixels, sorted: a block that is as bright, and not to be marked.
    """
    random = np.random.default_rng(seed)
    images = random.normal(0, 0.2, (len(digits), SIZE, SIZE, 1)).astype("float32")
    masks = np.zeros_like(images)
    for image, mask, digit in zip(images, masks, digits, strict=True):
        block = np.sort(digit.ravel()).reshape(8, 8)
        quarters = random.permutation(4)
        for pixels, quarter in (digit, quarters[0]), (block, quarters[1]):
            top, left = 12 * np.array(divmod(quarter, 2)) + random.integers(5, size=2)
            image[top : top + 8, left : left + 8, 0] += pixels
            if pixels is digit:
                mask[top : top + 8, left : left + 8, 0] = digit >= 0.5
    return images, masks


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 24, 24, 1), and masks of 0 and 1 alike."""
    digits = load_digits().images / 16
    return place(digits[:TRAIN], seed=0), place(digits[-TEST:], seed=1)


def conv(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    """Return x after a convolution that keeps its height and width."""
    return layers.Conv2D(filters, 3, padding="same", activation="leaky_relu")(x)


def build(skips: bool = True) -> keras.Model:
    """Return a model from images (n, height, width, 1) to masks alike, from 0 to 1.

    Height and width can be any that 4 divides. Without `skips`, what a step up takes
    from the way down is left out, and nothing else.
    """
    image = keras.Input((None, None, 1), name="image")
    large = conv(image, 8)
    middle = conv(layers.MaxPooling2D()(large), 16)
    x = conv(layers.MaxPooling2D()(middle), 32)
    for down in (middle, large):
        x = layers.UpSampling2D()(x)
        if skips:
            x = layers.Concatenate()([x, down])
        x = conv(x, down.shape[-1])
    mask = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(x)
    model = keras.Model(image, mask, name="unet")
    model.compile(
        optimizer=keras.optimizers.Adam(0.015),
        loss="binary_crossentropy",
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def overlap(predicted: np.ndarray, true: np.ndarray) -> float:
    """Return how many pixels of either mask are in both: intersection over union."""
    predicted, true = predicted > 0.5, true > 0.5
    return float((predicted & true).sum() / (predicted | true).sum())


def around(images: np.ndarray, size: int = 9) -> np.ndarray:
    """Return for each pixel of images the pixels around it (n * 24 * 24, 81)."""
    edge = size // 2
    padded = np.pad(images[..., 0], [(0, 0), (edge, edge), (edge, edge)])
    squares = np.lib.stride_tricks.sliding_window_view(padded, (size, size), (1, 2))
    return squares.reshape(-1, size * size)


def best_bar(scores: np.ndarray, masks: np.ndarray) -> float:
    """Return from which score on a pixel should be marked, by the training data."""
    bars = np.quantile(scores, np.linspace(0.8, 0.99, 20))
    return max(bars, key=lambda bar: overlap(scores > bar, masks))


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the overlap with true masks, and check the baselines."""
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baselines: marking what is bright, a logistic regression for each pixel that sees
    # 9 by 9 pixels around it, and the same network without its skips.
    masks = {"threshold": x_test > best_bar(x_train, y_train)}
    few = x_train[:150], y_train[:150]
    linear = LogisticRegression(solver="newton-cholesky")
    linear.fit(around(few[0]), few[1].ravel())
    scores = linear.predict_proba(around(few[0]))[:, 1].reshape(few[1].shape)
    bar = best_bar(scores, few[1])
    scores = linear.predict_proba(around(x_test))[:, 1].reshape(y_test.shape)
    masks["linear"] = scores > bar

    histories = {}
    for name, skips in ("no skips", False), ("U-Net", True):
        keras.utils.set_random_seed(seed)
        model = build(skips)
        stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
        history = model.fit(
            x_train,
            y_train,
            validation_split=0.2,
            batch_size=16,
            validation_batch_size=80,
            epochs=EPOCHS,
            callbacks=[stop],
            verbose=0,
        )
        histories[name] = history.history
        masks[name] = np.asarray(model(x_test))

    scores = {name: overlap(mask, y_test) for name, mask in masks.items()}
    print("overlap with the true mask, from 0 to 1:")
    print(", ".join(f"{name} {score:.2f}" for name, score in scores.items()))
    others = [score for name, score in scores.items() if name != "U-Net"]
    assert scores["U-Net"] > max(others) + 0.05
    return {
        "scores": scores,
        "histories": histories,
        "model": model,
        "rows": {"image": x_test[:5], "true": y_test[:5]}
        | {name: mask[:5] for name, mask in masks.items()},
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: images and masks, and the learning."""
    rows, scores = result["rows"], result["scores"]
    widths = [1.4] + [1] * len(rows["image"])
    picture, grid = plt.subplots(
        len(rows), len(widths), figsize=(5, 4.2), width_ratios=widths
    )
    for line, (name, images) in zip(grid, rows.items(), strict=True):
        line[0].text(0, 0.5, name, va="center")
        line[0].set_axis_off()
        for axes, image in zip(line[1:], images, strict=True):
            axes.imshow(image, vmin=0, vmax=1)
            axes.set_axis_off()
    picture.set_label(
        "Five test images, their true masks, and what is marked by a threshold, by a "
        "logistic regression on the pixels around, by the network without skips and by "
        "the U-Net. Overlap with the true masks (1 is all): "
        f"{scores['threshold']:.2f}, {scores['linear']:.2f}, {scores['no skips']:.2f} "
        f"and {scores['U-Net']:.2f}."
    )

    curve, axes = plt.subplots(figsize=(5, 3.4))
    ends = []
    for color, (name, history) in enumerate(result["histories"].items()):
        epochs = range(1, len(history["loss"]) + 1)
        axes.plot(epochs, history["loss"], f"C{color}:", label=f"{name}, training")
        axes.plot(epochs, history["val_loss"], f"C{color}", label=f"{name}, validation")
        ends.append(min(history["val_loss"]))
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy of a pixel")
    curve.legend(loc="outside upper center", ncols=2)
    curve.set_label(
        f"Without skips, the loss on validation images falls to {ends[0]:.3f}; with "
        f"skips, to {ends[1]:.3f}. The weights of the best epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
