"""Read digits with filters of three sizes side by side: an inception block.

API: functional ``keras.Model``. One tensor goes to three convolutions, and their
results are joined again: a branch and a merge. A stack has one path only.
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
EPOCHS = 11  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # the first 1200 images, a fifth of them for validation; 597 to test
BRANCHES = ("1 by 1", "3 by 3", "5 by 5", "pool")  # in the order of `inception`

Arrays = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 8, 8, 1) from 0 to 1, and digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
    return (images[:TRAIN], digits[:TRAIN]), (images[TRAIN:], digits[TRAIN:])


def inception(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    """Return (n, height, width, 4 * filters): four views of x, in one tensor."""
    conv = {"padding": "same", "activation": "relu"}  # "same" keeps the size
    one = layers.Conv2D(filters, 1, **conv)(x)
    three = layers.Conv2D(filters, 3, **conv)(x)
    five = layers.Conv2D(filters, 5, **conv)(x)
    pool = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    pool = layers.Conv2D(filters, 1, **conv)(pool)
    return layers.Concatenate()([one, three, five, pool])


def build() -> keras.Model:
    """Return a model from images (n, 8, 8, 1) to ten probabilities (n, 10)."""
    image = keras.Input((8, 8, 1), name="image")
    x = inception(image, 12)
    x = layers.MaxPooling2D()(x)
    x = inception(x, 16)
    x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.5)(x)
    digit = layers.Dense(10, activation="softmax", name="digit")(x)
    return ready(keras.Model(image, digit, name="inception_branches"))


def build_one_path() -> keras.Sequential:
    """Return the control: as many layers that learn on the way, and no branch."""
    conv = {"padding": "same", "activation": "relu"}
    return ready(
        keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.Conv2D(48, 3, **conv),  # 4 * 12 filters
                layers.MaxPooling2D(),
                layers.Conv2D(59, 3, **conv),  # about as many weights in all
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dropout(0.5),
                layers.Dense(10, activation="softmax"),
            ]
        )
    )


def ready(model: keras.Model) -> keras.Model:
    """Return the model, compiled."""
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the test accuracy, and check the baselines."""
    (x_train, y_train), (x_test, y_test) = load_data()

    def train(model: keras.Model) -> tuple[float, dict[str, list[float]]]:
        stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
        history = model.fit(
            x_train,
            y_train,
            validation_split=0.2,
            batch_size=128,
            validation_batch_size=240,
            epochs=EPOCHS,
            callbacks=[stop],
            verbose=0,
        )
        answers = np.argmax(model(x_test), axis=-1)
        return float(np.mean(answers == y_test)), history.history

    # Baselines: a linear model on the same pixels, and one path of equal size.
    flat_train, flat_test = x_train.reshape(-1, 64), x_test.reshape(-1, 64)
    linear = LogisticRegression(solver="newton-cholesky").fit(flat_train, y_train)
    baseline = float(linear.score(flat_test, y_test))
    keras.utils.set_random_seed(seed)
    one_path, one_path_history = train(build_one_path())
    keras.utils.set_random_seed(seed)
    model = build()
    accuracy, history = train(model)

    print(
        f"test accuracy: {accuracy:.3f} (logistic regression: {baseline:.3f}, "
        f"one path of equal size: {one_path:.3f})"
    )
    assert accuracy > baseline + 0.01
    return {
        "accuracy": accuracy,
        "baseline": baseline,
        "one_path": one_path,
        "histories": {"branches": history, "one path": one_path_history},
        "patches": favorites(model, x_test),
    }


def favorites(model: keras.Model, images: np.ndarray) -> dict[str, np.ndarray]:
    """Return for each branch of the first block what its filters answer to most.

    That is one patch for each filter, cut from the image with its strongest answer:
    as large as what the filter sees, and with 0.5 where it looks beyond the image.
    """
    join = next(each for each in model.layers if isinstance(each, layers.Concatenate))
    branches = map(np.asarray, keras.Model(model.inputs[0], join.input)(images))
    padded = np.pad(images[..., 0], [(0, 0), (2, 2), (2, 2)], constant_values=0.5)
    found = {}
    for name, size, answers in zip(BRANCHES, (1, 3, 5, 3), branches, strict=True):
        spread = answers.std(axis=(0, 1, 2))
        patches = []
        for k in spread.argsort()[::-1][: np.count_nonzero(spread)]:  # liveliest first
            answer = answers[..., k]
            i, row, column = np.unravel_index(answer.argmax(), answer.shape)
            start = 2 - size // 2  # of the patch, seen from the place of the answer
            top, left = row + start, column + start
            patches.append(padded[i, top : top + size, left : left + size])
        found[name] = np.stack(patches)
    return found


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: what the filters like, and the learning."""
    patches, count = result["patches"], 8
    picture, grid = plt.subplots(len(patches), 1 + count, figsize=(5, 2.4))
    for line, (name, found) in zip(grid, patches.items(), strict=True):
        for axes in line:
            axes.set_axis_off()
        line[0].text(0, 0.5, name, va="center")
        size = found.shape[1]
        edge = size / 2 * np.array([-1, -1, 1, 1, -1])
        for axes, patch in zip(line[1:], found, strict=False):
            axes.imshow(patch, vmin=0, vmax=1, extent=edge[[0, 2, 2, 0]])
            axes.plot(edge, edge[[0, 2, 2, 0, 0]], color="0.5", linewidth=0.8)
            axes.set(xlim=(-2.6, 2.6), ylim=(2.6, -2.6))  # room for 5 by 5 pixels
    picture.set_label(
        "For up to eight filters of each branch of the first block, the patch of a "
        "test image that the filter answers to most strongly, as large as what it "
        "sees; even gray is beyond the image. Filters that answer to nothing are left "
        f"out. The two blocks read {result['accuracy']:.1%} of the test digits right, "
        f"one path of equal size {result['one_path']:.1%} and a logistic regression "
        f"{result['baseline']:.1%}."
    )

    curve, axes = plt.subplots(figsize=(5, 3.4))
    ends = []
    for color, (name, history) in enumerate(result["histories"].items()):
        epochs = range(1, len(history["loss"]) + 1)
        axes.plot(epochs, history["loss"], f"C{color}:", label=f"{name}, training")
        axes.plot(epochs, history["val_loss"], f"C{color}", label=f"{name}, validation")
        ends.append(min(history["val_loss"]))
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy")
    curve.legend(loc="outside upper center", ncols=2)
    curve.set_label(
        f"With branches, the loss on validation images falls to {ends[0]:.2f}; on one "
        f"path of equal size, to {ends[1]:.2f}. The weights of the best epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
