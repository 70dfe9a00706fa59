"""The tree network, and other networks that call themselves."""

import itertools

import keras
import numpy as np
from keras import layers, ops

from examples.tree_network import QuadTree
from tests.hunts.property import over
from tests.hunts.zoo import each, same


def network(seed=0, **kwargs):
    """Return a tree network, built."""
    keras.utils.set_random_seed(seed)
    model = QuadTree(**{"width": 8, **kwargs})
    model.build((None, None, None))
    return model


def trees_of(model, images):
    """Return the trees that a call on these images leaves."""
    model(images)
    return list(model.seen.trees)


def by_hand(image, threshold=0.25):
    """Return the tree of an image, computed one region after the other."""
    if image.max() - image.min() <= threshold:
        return float(image.mean())
    half = len(image) // 2
    rows = image[:half], image[half:]
    parts = [part for row in rows for part in (row[:, :half], row[:, half:])]
    return tuple(by_hand(part, threshold) for part in parts)


def splits(tree):
    """Count the regions that were split."""
    return 1 + sum(map(splits, tree)) if isinstance(tree, tuple) else 0


def shape_of(tree):
    """Return the tree without its numbers."""
    return tuple(map(shape_of, tree)) if isinstance(tree, tuple) else None


def equal(one, other):
    """Whether two trees are the same, up to rounding."""
    return shape_of(one) == shape_of(other) and same(
        keras.tree.flatten(one), keras.tree.flatten(other), 1e-5
    )


def drawn(side, seed):
    """Return an image of few grays, some of it even."""
    random = np.random.default_rng(seed)
    image = random.integers(0, 17, (side, side)) / 16
    if seed % 2:
        image[: side // 2, : side // 2] = 0.5
    return image.astype("float32")


def pixel(row, column, gray):
    """Return an empty image with one bright pixel."""
    image = np.zeros((8, 8), "float32")
    image[row, column] = gray
    return image


BOARD = (np.indices((8, 8)).sum(axis=0) % 2).astype("float32")
IMAGES = [
    *((np.full((8, 8), gray, "float32"), 0) for gray in (0.0, 0.3, 1.0)),
    *((pixel(n, m, 1.0), 3) for n, m in itertools.product((0, 3, 4, 7), (1, 2, 5, 6))),
    *((pixel(n, 7 - n, 0.5), 3) for n in range(8)),
    *((start + step * BOARD, 21) for start, step in ((0, 1), (1, -1), (0.2, 0.4))),
    *((drawn(8, seed), None) for seed in range(6)),
]


@over(each("images of 8 by 8 pixels", IMAGES))
def each_image_has_a_tree_of_its_own(case):
    """Compare the tree with one that is computed by hand, and count the splits."""
    image, expected = case
    image = np.asarray(image, "float32")
    others = np.stack([drawn(8, 1), image, np.zeros_like(image)])
    tree = trees_of(network(), others)[1]
    assert equal(tree, by_hand(image))
    assert expected is None or splits(tree) == expected


@over(
    each(
        "sides, weights, and sizes of the squares",
        itertools.product((1, 2, 4, 8, 16), (0, 1, 2), (2, 4)),
    )
)
def one_tree_network_reads_all_sizes(case):
    """Draw each pixel as a square."""
    side, seed, square = case
    model = network(seed)
    images = np.stack([drawn(side, 10 * seed + n) for n in range(3)])
    large = np.kron(images, np.ones((1, square, square), "float32"))
    assert large.shape == (3, side * square, side * square)
    small_trees, large_trees = trees_of(model, images), trees_of(model, large)
    assert all(map(equal, small_trees, large_trees))
    assert same(model(large), model(images), 1e-5)


@over(
    each(
        "sizes of images and batches, and thresholds",
        itertools.product((2, 4, 8), (1, 2, 5), (0.1, 0.25, 0.6)),
    )
)
def trees_of_one_batch_do_not_mix(case):
    """Read images alone, and in a batch."""
    side, rows, threshold = case
    model = network(rows, threshold=threshold)
    images = np.stack([drawn(side, seed) for seed in range(rows)])
    images = np.concatenate([images, np.zeros_like(images[:1])])
    alone = np.concatenate([model(image[None]) for image in images])
    assert same(model(images), alone, 1e-5)


@keras.saving.register_keras_serializable("hunts")
class Halves(keras.Model):
    """Split a sequence in two until one step is left."""

    def __init__(self, width=4, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.leaf = layers.Dense(width, activation="tanh")
        self.node = layers.Dense(width, activation="tanh")

    def build(self, input_shape):
        self.leaf.build((None, 2))
        self.node.build((None, 2 * self.width))

    def call(self, x, training=False):
        if x.shape[1] == 1:
            return self.leaf(x[:, 0])
        half = x.shape[1] // 2
        parts = [self.call(x[:, :half]), self.call(x[:, half:])]
        return self.node(ops.concatenate(parts, axis=-1))

    def get_config(self):
        return {**super().get_config(), "width": self.width}


@keras.saving.register_keras_serializable("hunts")
class UntilSmall(keras.Model):
    """Call itself for as long as the values are large."""

    def __init__(self, limit=1.0, **kwargs):
        super().__init__(**kwargs)
        self.limit = limit
        self.step = layers.Dense(3, activation="tanh")

    def build(self, input_shape):
        self.step.build((None, 3))

    def call(self, x, training=False):
        if ops.max(ops.abs(x)) < self.limit:
            return x
        return self.call(self.step(x) * 0.9)

    def get_config(self):
        return {**super().get_config(), "limit": self.limit}


@over(
    each(
        "networks that call themselves, of three classes",
        [
            *(
                (QuadTree, {"width": width, "threshold": threshold}, shape)
                for width, threshold in itertools.product((2, 5, 16), (0.1, 0.25, 0.6))
                for shape in ((4, 4),)
            ),
            *(
                (Halves, {"width": width, "name": f"halves{length}"}, (length, 2))
                for width, length in itertools.product((1, 3, 8), (2, 5, 8))
            ),
            *(
                (UntilSmall, {"limit": limit, "trainable": trainable}, (3,))
                for limit in (0.95, 1.0, 1.5, 3.0)
                for trainable in (True, False)
            ),
        ],
    )
)
def tree_network_comes_back_with_its_recursion(case):
    """Save and load it, and read two sizes."""
    cls, config, shape = case
    keras.utils.set_random_seed(1)
    model = cls(**config)
    model.build((None, *shape))
    model.compile("sgd", loss="mse", run_eagerly=True)
    model.save("tree.keras")
    loaded = keras.saving.load_model("tree.keras")
    assert type(loaded) is cls and loaded.run_eagerly
    random = np.random.default_rng(0)
    sizes = {QuadTree: [(4, 4), (8, 8)], Halves: [(2, 2), (8, 2), (5, 2)]}
    for size in sizes.get(cls, [shape]):
        for scale in (0.1, 1.0, 10.0):
            x = (scale * random.random((4, *size))).astype("float32")
            assert same(loaded(x), model(x))
