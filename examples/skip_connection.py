"""Train 24 hidden layers in a row: each has a skip connection around it.

API: functional ``keras.Model``. A skip connection uses an earlier tensor a
second time. The graph branches there and merges again at the ``Add`` layer.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

RULE = "branch-and-merge"
EPOCHS = 8
TRAIN = 1200  # the first 1200 images; the other 597 are for the test
DEPTH = 24  # hidden layers with a skip connection
WIDTH = 64  # units in each

Arrays = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: pixels (n, 64) from 0 to 1, and digits (n,)."""
    pixels, digits = load_digits(return_X_y=True)
    pixels = pixels.astype("float32") / 16
    return (pixels[:TRAIN], digits[:TRAIN]), (pixels[TRAIN:], digits[TRAIN:])


def build(
    skips: bool = True, depth: int = DEPTH, initializer: str = "he_normal"
) -> keras.Model:
    """Return a model from pixels (n, 64) to ten probabilities (n, 10)."""
    inputs = keras.Input((64,), name="pixels")
    x = layers.Dense(WIDTH, kernel_initializer=initializer)(inputs)
    for _ in range(depth):
        y = layers.ReLU()(x)
        y = layers.Dense(WIDTH, kernel_initializer=initializer)(y)
        x = layers.Add()([x, y]) if skips else y
    x = layers.LayerNormalization()(x)
    outputs = layers.Dense(10, activation="softmax")(x)
    model = keras.Model(inputs, outputs, name="skip_connection")
    model.compile(
        optimizer=keras.optimizers.SGD(0.02),
        loss="sparse_categorical_crossentropy",
    )
    return model


def main(seed: int = 0) -> dict[str, float]:
    """Train with and without skips, print both accuracies, and compare."""
    (x_train, y_train), (x_test, y_test) = load_data()

    def accuracy(skips: bool) -> float:
        keras.utils.set_random_seed(seed)
        model = build(skips)
        model.fit(x_train, y_train, epochs=EPOCHS, verbose=0)
        return float(np.mean(np.argmax(model(x_test), axis=-1) == y_test))

    # Baseline: the same layers and the same first weights, without the skips. They
    # are drawn by "he_normal", which suits relu: so the baseline can learn, too.
    with_skips, baseline = accuracy(skips=True), accuracy(skips=False)

    print(f"test accuracy: {with_skips:.3f} (without skips: {baseline:.3f})")
    assert with_skips > baseline + 0.15
    return {"accuracy": with_skips, "baseline": baseline}


if __name__ == "__main__":
    main()
