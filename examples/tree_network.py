"""Read an image as a tree: split a region into four only where its pixels differ.

API: subclass of ``keras.Model``. The network calls itself for the parts of a region,
and the pixels decide how deep it goes. On the way Python builds the tree of each image
as nested tuples, which a graph of layers cannot hold. Where the answers are enough,
the layer ``GatheredTree`` gives the same ones inside a graph.
"""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import KerasTensor, layers, ops
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "value-dependent"
EPOCHS = 9  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # the first 1200 images, a fifth of them for validation; 597 for test

Arrays = tuple[np.ndarray, np.ndarray]
Tree = float | tuple["Tree", "Tree", "Tree", "Tree"]  # a mean, or the four parts


@keras.saving.register_keras_serializable(package="examples")
class QuadTree(keras.Model):
    """Ten probabilities (n, 10) from images (n, size, size), size a power of two."""

    def __init__(self, width: int = 96, threshold: float = 0.25, **kwargs):
        super().__init__(**kwargs)  # passes on name, trainable and dtype
        self.width = width
        self.threshold = threshold  # a region is split if its pixels differ by more
        # How many regions were split, and the trees of the last batch. Keras would
        # track lists and tuples that are attributes of the model itself.
        self.seen = SimpleNamespace(splits=0, trees=[])
        self.leaf = layers.Dense(width, activation="relu")
        self.node = layers.Dense(width, activation="relu")
        self.dropout = layers.Dropout(0.5)
        self.head = layers.Dense(10, activation="softmax")

    def build(self, input_shape):
        # Keras cannot find the shapes by running call() on a symbolic input.
        self.leaf.build((None, 1))
        self.node.build((None, 4 * self.width))
        self.head.build((None, self.width))

    def encode(self, regions: KerasTensor) -> tuple[KerasTensor, list[Tree]]:
        """Return the codes (k, width) and trees of k regions (k, size, size)."""
        means = ops.mean(regions, axis=(1, 2))
        spread = ops.max(regions, axis=(1, 2)) - ops.min(regions, axis=(1, 2))
        split = spread > self.threshold
        code = self.leaf(means[:, None])
        if not ops.any(split):  # a Python "if" on values ends the recursion
            return code, ops.convert_to_numpy(means).tolist()
        rows = ops.where(split)[0]
        parts, below = self.encode(quarters(ops.take(regions, rows, axis=0)))
        joined = self.node(ops.reshape(parts, (-1, 4 * self.width)))
        joined = joined + ops.take(code, rows, axis=0)  # a skip connection
        code = ops.scatter_update(code, rows[:, None], joined)
        trees = ops.convert_to_numpy(means).tolist()
        for number, row in enumerate(ops.convert_to_numpy(rows)):
            trees[row] = tuple(below[4 * number : 4 * number + 4])
        self.seen.splits += len(rows)
        return code, trees

    def call(self, images, training=False):
        code, self.seen.trees = self.encode(images)  # Python keeps the trees
        return self.head(self.dropout(code, training=training))

    def get_config(self) -> dict:
        own = {"width": self.width, "threshold": self.threshold}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="examples")
class GatheredTree(layers.Layer):
    """The codes (n, width) of images (n, size, size), as `QuadTree.encode` has them.

    The levels are those of the size that the layer is called on, so it needs no Python
    `if` on values. `splits` counts the regions that were split.
    """

    def __init__(self, width: int = 96, threshold: float = 0.25, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.threshold = threshold
        self.leaf = layers.Dense(width, activation="relu")
        self.node = layers.Dense(width, activation="relu")
        self.splits = self.add_weight(
            shape=(), initializer="zeros", dtype="int32", trainable=False
        )

    def build(self, input_shape):
        self.leaf.build((None, 1))
        self.node.build((None, 4 * self.width))

    def call(self, regions):
        code = self.leaf(ops.mean(regions, axis=(1, 2))[:, None])
        if regions.shape[1] == 1:  # a shape, which is known without values
            return code
        # Where nothing was split one level above, there are no regions to compare.
        least = ops.min(regions, axis=(1, 2), initial=np.inf)
        spread = ops.max(regions, axis=(1, 2), initial=-np.inf) - least
        rows = ops.where(spread > self.threshold)[0]
        self.splits.assign_add(ops.shape(rows)[0])
        parts = self.call(quarters(ops.take(regions, rows, axis=0)))
        joined = self.node(ops.reshape(parts, (-1, 4 * self.width)))
        joined = joined + ops.take(code, rows, axis=0)
        return ops.scatter_update(code, rows[:, None], joined)

    def get_config(self) -> dict:
        own = {"width": self.width, "threshold": self.threshold}
        return {**super().get_config(), **own}


def quarters(regions: KerasTensor) -> KerasTensor:
    """Return the four parts of k regions: from (k, size, size) to (4k, half, half)."""
    half = regions.shape[1] // 2
    grid = ops.reshape(regions, (-1, 2, half, 2, half))
    return ops.reshape(ops.transpose(grid, (0, 1, 3, 2, 4)), (-1, half, half))


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 8, 8) from 0 to 1, and digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8).astype("float32") / 16
    return (images[:TRAIN], digits[:TRAIN]), (images[TRAIN:], digits[TRAIN:])


def build() -> keras.Model:
    """Return a model from images (n, size, size) to ten probabilities (n, 10)."""
    model = QuadTree(name="tree_network")
    model.build((None, None, None))
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
        run_eagerly=True,  # otherwise call() is compiled, and "if" has no value
    )
    return model


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return accuracy and cost, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()
    model = build()
    stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
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

    model.seen.splits = 0
    read = model.predict(x_test, batch_size=len(x_test), verbose=0).argmax(-1)
    accuracy = float(np.mean(read == y_test))
    share = model.seen.splits / (len(x_test) * (1 + 4 + 16))  # of all that are possible

    # Baseline: a linear model that sees all 64 pixels.
    linear = LogisticRegression(solver="newton-cholesky")
    linear.fit(x_train.reshape(-1, 64), y_train)
    baseline = linear.score(x_test.reshape(-1, 64), y_test)

    print(f"test accuracy: {accuracy:.3f} (linear model: {baseline:.3f})")
    print(f"regions split: {share:.0%} of the full tree")
    assert accuracy > baseline
    assert share < 0.75
    return {
        "accuracy": accuracy,
        "baseline": baseline,
        "share": share,
        "model": model,
        "history": history.history,
        "images": x_test[:4],
        "trees": model.seen.trees[:4],  # of one batch with all images
        "read": read[:4],
    }


def parts(tree: Tree, top=0, left=0, size=8) -> Iterator[tuple[int, int, int, float]]:
    """Yield the place, the size and the mean of each region that is not split."""
    if not isinstance(tree, tuple):
        yield top, left, size, tree
        return
    half = size // 2
    corners = [(row, column) for row in (0, half) for column in (0, half)]
    for part, (row, column) in zip(tree, corners, strict=True):
        yield from parts(part, top + row, left + column, half)


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: images and their trees, and the learning curve."""
    picture, grid = plt.subplots(2, 4, figsize=(5, 2.9))
    counts = []
    for image, tree, read, (above, below) in zip(
        result["images"], result["trees"], result["read"], grid.T, strict=True
    ):
        kept, lines = np.empty_like(image), []
        for top, left, size, mean in parts(tree):
            kept[top : top + size, left : left + size] = mean
            right, bottom = left + size - 0.5, top + size - 0.5
            lines += [(left - 0.5, bottom), (right, bottom), (right, top - 0.5)]
            lines.append((np.nan, np.nan))  # ends a line
        counts.append(len(lines) // 4)
        above.set_title(f"read as {read}")
        above.imshow(image, vmin=0, vmax=1)
        below.imshow(kept, vmin=0, vmax=1)
        below.plot(*zip(*lines, strict=True), linewidth=0.8)
        above.set_axis_off()
        below.set_axis_off()
    picture.set_label(
        "Four test images, and below each the tree that the network makes of it: "
        "regions that it does not split are one number, their mean. These four have "
        f"{counts[0]}, {counts[1]}, {counts[2]} and {counts[3]} such regions, in place "
        "of 64 pixels."
    )

    loss, validation = result["history"]["loss"], result["history"]["val_loss"]
    curve, axes = plt.subplots()
    axes.plot(range(1, len(loss) + 1), loss, label="training, with dropout")
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
