"""What does a decision on values cost, as a layer and in Python? Two recipes, measured.

The numbers that docs/recipes/custom_forward.md and tree_network.md speak of. The early
exit saves work only if the deep network costs more than picking the rows for it.
"""

from collections.abc import Callable, Iterator

import keras
import numpy as np

from examples import custom_forward, tree_network
from tools.bench.ratios import Ratio, compare

ROWS = 4096
BATCH = 256


def repeated(images: np.ndarray) -> np.ndarray:
    """Return `images` (n, ...) over and over: (ROWS, ...)."""
    return np.resize(images, (ROWS, *images.shape[1:]))


def measure() -> Iterator[tuple[str, str, list[Ratio]]]:
    """Yield a heading, what is compared with what, and the ratios."""

    def predict(model: keras.Model, images: np.ndarray) -> Callable[[], object]:
        return lambda: model.predict(images, batch_size=BATCH, verbose=0)

    model: keras.Model = custom_forward.main()["model"]
    _, (x_test, _) = custom_forward.load_data()
    images = repeated(x_test)
    exits = model.get_layer("early_exit")
    eager = keras.Sequential([keras.Input((8, 8, 1)), exits])
    eager.compile(run_eagerly=True)
    deep = "the deep network for every image"
    yield (
        "Early exit: `predict` on 4096 digits",
        deep,
        compare(
            {
                deep: predict(custom_forward.alone(exits.deep, 0.01), images),
                "the layer with `ops.cond`": predict(model, images),
                "the same layer, run eagerly": predict(eager, images),
            },
            deep,
        ),
    )
    tree: keras.Model = tree_network.main()["model"]
    _, (x_test, _) = tree_network.load_data()
    images = repeated(x_test)
    inputs = keras.Input((8, 8))
    gathered = tree_network.GatheredTree(tree.width, tree.threshold)
    graph = keras.Model(inputs, tree.head(gathered(inputs)))
    gathered.leaf.set_weights(tree.leaf.get_weights())
    gathered.node.set_weights(tree.node.get_weights())
    layer = "a layer that gathers, compiled"
    yield (
        "Tree network: `predict` on 4096 digits",
        layer,
        compare(
            {
                layer: predict(graph, images),
                "the recursion in Python": predict(tree, images),
            },
            layer,
        ),
    )
