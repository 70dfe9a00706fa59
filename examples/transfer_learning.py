"""Learn new digits from five images each: freeze a trained base, train a new head.

API: ``keras.Sequential``. A base that is trained already and a new head form one
path, so the model is a stack of the two. What is trained is not a matter of the API:
it is ``trainable``, set before ``compile``.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "plain-stack"
EPOCHS = 80  # at most; training stops when the validation loss falls no more
BASE_EPOCHS = 4
STEPS = 10  # training steps in an epoch, each on all images of the new digits
TRAIN = 1200  # the first 1200 digits; the other 597 are for the test
FEW = 5  # images of each new digit to learn from, and as many for validation
SIZE = 12  # height and width of the images; a digit has 8 by 8 pixels

Arrays = tuple[np.ndarray, np.ndarray]


def place(digits: np.ndarray, seed: int) -> np.ndarray:
    """Return noisy images (n, 12, 12, 1), each with its digit at a random place."""
    random = np.random.default_rng(seed)
    images = random.normal(0, 0.2, (len(digits), SIZE, SIZE, 1)).astype("float32")
    corners = random.integers(SIZE - 8, size=(len(digits), 2), endpoint=True)
    for image, digit, (row, column) in zip(images, digits, corners, strict=True):
        image[row : row + 8, column : column + 8, 0] += digit
    return images


def load_old() -> Arrays:
    """Return many images (n, 12, 12, 1) of the digits 0 to 4, and these digits (n,)."""
    digits = load_digits()
    old = digits.target[:TRAIN] < 5
    x, y = digits.images[:TRAIN][old] / 16, digits.target[:TRAIN][old]
    return place(np.tile(x, (3, 1, 1)), seed=0), np.tile(y, 3)


def load_new() -> tuple[Arrays, Arrays, Arrays]:
    """Return train, validation and test for 5 to 9: images, and digit - 5 (n,)."""
    digits = load_digits()
    x, y = digits.images / 16, digits.target - 5
    few = np.array([np.flatnonzero(y[:TRAIN] == new)[: 2 * FEW] for new in range(5)])
    test = TRAIN + np.flatnonzero(y[TRAIN:] >= 0)
    parts = few[:, :FEW].ravel(), few[:, FEW:].ravel(), test
    train, valid, test = [
        (place(x[part], seed), y[part]) for seed, part in enumerate(parts, start=1)
    ]
    return train, valid, test


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test for 5 to 9: images (n, 12, 12, 1), and digit - 5 (n,)."""
    train, _, test = load_new()
    return train, test


def build_base() -> keras.Sequential:
    """Return a stack from images (n, 12, 12, 1) to features (n, 128)."""
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(128, 3, padding="same", activation="relu"),
            layers.GlobalMaxPooling2D(),
        ],
        name="base",
    )


def build(base: keras.Model | None = None) -> keras.Sequential:
    """Return the base, or a new one, with a new head: five probabilities (n, 5)."""
    head = layers.Dense(5, activation="softmax", name="head")
    model = keras.Sequential([base or build_base(), head], name="transfer_learning")
    return ready(model, 0.006)


def ready(model: keras.Sequential, learning_rate: float) -> keras.Sequential:
    """Return the model, compiled. Do this again after each change of ``trainable``."""
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return test accuracies, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), validation, (x_test, y_test) = load_new()
    # 25 images fit into one batch: an epoch is the same batch, STEPS times.
    few = tf.data.Dataset.from_tensors((x_train, y_train)).repeat(STEPS)
    histories = {}

    def learn(model: keras.Model, name: str) -> float:
        """Train until the validation loss falls no more; return the test accuracy."""
        stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
        history = model.fit(
            few,
            validation_data=validation,
            epochs=EPOCHS,
            callbacks=[stop],
            shuffle=False,
            verbose=0,
        )
        histories[name] = history.history
        answers = np.argmax(model(x_test), axis=-1)
        return float(np.mean(answers == y_test))

    # Baselines: the same network, which has never seen another digit, and logistic
    # regression on the pixels.
    baseline = learn(ready(build(), 0.002), "from scratch")
    linear = LogisticRegression(solver="newton-cholesky")
    linear.fit(x_train.reshape(len(x_train), -1), y_train)
    by_pixels = float(linear.score(x_test.reshape(len(x_test), -1), y_test))

    base = build_base()  # stands for a model from elsewhere
    build(base).fit(*load_old(), epochs=BASE_EPOCHS, verbose=0)

    base.trainable = False
    model = build(base)  # compiles after freezing
    frozen = learn(model, "frozen base")

    base.trainable = True
    # Compiles again: all weights, smaller steps
    tuned = learn(ready(model, 0.001), "fine-tuned")

    print(f"new head: {frozen:.3f}, fine-tuned: {tuned:.3f} (alone: {baseline:.3f})")
    print(f"logistic regression on pixels: {by_pixels:.3f}")
    assert frozen > baseline + 0.02
    assert tuned > baseline + 0.04
    return {
        "frozen": frozen,
        "tuned": tuned,
        "baseline": baseline,
        "linear": by_pixels,
        "histories": histories,
        "images": x_train,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: learning curves, and all there is to learn from."""
    curve, axes = plt.subplots()
    ends = {}
    for color, (name, history) in enumerate(result["histories"].items()):
        epochs = np.arange(1, len(history["loss"]) + 1)
        if name == "fine-tuned":  # goes on where the frozen base has ended
            epochs += int(np.argmin(result["histories"]["frozen base"]["val_loss"])) + 1
        axes.plot(epochs, history["val_loss"], f"C{color}", label=name)
        axes.plot(epochs, history["loss"], f"C{color}:")
        ends[name] = min(history["val_loss"])
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.set_ylim(bottom=0)
    axes.legend()
    curve.set_label(
        "The loss on validation images falls to "
        f"{ends['from scratch']:.2f} from scratch, to {ends['frozen base']:.2f} with "
        f"the base frozen, and then, fine-tuned, to {ends['fine-tuned']:.2f}. Dotted: "
        "the loss in training. The weights of the best epoch are kept."
    )

    images, grid = plt.subplots(2, 13, figsize=(5, 1))
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, image in zip(grid.flat, result["images"], strict=False):
        axes.imshow(image[..., 0], vmin=0, vmax=1)
    images.set_label(
        "All images of the new digits that the networks learn from: "
        f"{len(result['images'])}, five of each digit from 5 to 9, small and noisy."
    )
    return [curve, images]


if __name__ == "__main__":
    figures(main())
    plt.show()
