"""Read an image as a tree: split a region into four only where its pixels differ.

API: subclass of ``keras.Model``. The network calls itself for the parts of a region,
and the pixels decide how deep it goes. On the way Python builds the tree of each image
as nested tuples, which a graph of layers cannot hold. Where the answers are enough,
the layer ``GatheredTree`` gives the same ones inside a graph.
"""

from types import SimpleNamespace

import keras
import numpy as np
from keras import KerasTensor, layers, ops
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "value-dependent"
EPOCHS = 12
TRAIN = 1200  # the first 1200 images; the other 597 are for the test

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

    def call(self, regions):
        code = self.leaf(ops.mean(regions, axis=(1, 2))[:, None])
        if regions.shape[1] == 1:  # a shape, which is known without values
            return code
        spread = ops.max(regions, axis=(1, 2)) - ops.min(regions, axis=(1, 2))
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
        metrics=["accuracy"],
        run_eagerly=True,  # otherwise call() is compiled, and "if" has no value
    )
    return model


def main(seed: int = 0) -> dict[str, object]:
    """Train, print and return accuracy and cost, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()
    model = build()
    model.fit(x_train, y_train, batch_size=200, epochs=EPOCHS, verbose=0)

    model.seen.splits = 0
    score = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
    share = model.seen.splits / (len(x_test) * (1 + 4 + 16))  # of all that are possible

    # Baseline: a linear model that sees all 64 pixels.
    linear = LogisticRegression(max_iter=1000).fit(x_train.reshape(-1, 64), y_train)
    baseline = linear.score(x_test.reshape(-1, 64), y_test)

    print(f"test accuracy: {score['accuracy']:.3f} (linear model: {baseline:.3f})")
    print(f"regions split: {share:.0%} of the full tree")
    assert score["accuracy"] > baseline + 0.01
    assert share < 0.75
    return {
        "accuracy": score["accuracy"],
        "baseline": baseline,
        "share": share,
        "model": model,
    }


if __name__ == "__main__":
    main()
