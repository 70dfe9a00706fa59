"""Do two images show the same digit? One encoder, shared by two inputs.

API: functional ``keras.Model``. One encoder is called on two inputs, so both
images are measured with the same weights. The layer is shared, and the two
codes are merged: a graph, not a stack.
"""

import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits

RULE = "shared-layer"
EPOCHS = 6
TRAIN = 1200  # train pairs use the first 1200 images, test pairs the other 597

Data = tuple[dict[str, np.ndarray], np.ndarray]


def make_pairs(images: np.ndarray, digits: np.ndarray, n: int) -> Data:
    """Return n pairs, half of them of one digit, and 1 or 0 for "same" (n,)."""
    random = np.random.default_rng(0)
    first = random.integers(len(images), size=n)
    same = np.arange(n) % 2
    second = np.empty_like(first)
    for i, (index, wanted) in enumerate(zip(first, same, strict=True)):
        fits = (digits == digits[index]) == wanted
        fits[index] = False  # never an image with itself
        second[i] = random.choice(np.flatnonzero(fits))
    return {"first": images[first], "second": images[second]}, same


def load_data() -> tuple[Data, Data]:
    """Return train and test: two images (n, 8, 8, 1) from 0 to 1, and same (n,)."""
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
    train = make_pairs(images[:TRAIN], digits[:TRAIN], 6000)
    test = make_pairs(images[TRAIN:], digits[TRAIN:], 2000)
    return train, test


def build() -> keras.Model:
    """Return a model from ``first`` and ``second`` to P(same digit) (n, 1)."""
    encoder = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(32),
        ],
        name="encoder",
    )
    first = keras.Input((8, 8, 1), name="first")
    second = keras.Input((8, 8, 1), name="second")
    distance = ops.square(encoder(first) - encoder(second))
    same = layers.Dense(1, activation="sigmoid", name="same")(distance)
    model = keras.Model([first, second], same, name="shared_layer")
    model.compile(
        optimizer=keras.optimizers.Adam(0.004),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return the test accuracy, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baseline: distance between the pixels. The threshold is the best there is
    # for the test pairs themselves, which favors the baseline.
    pixels = np.linalg.norm(x_test["first"] - x_test["second"], axis=(1, 2)).ravel()
    baseline = max(float(np.mean((pixels < t) == y_test)) for t in pixels)

    model = build()
    model.fit(x_train, y_train, batch_size=128, epochs=EPOCHS, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]

    print(f"test accuracy: {accuracy:.3f} (pixel distance: {baseline:.3f})")
    assert accuracy > baseline + 0.05
    return {"accuracy": accuracy, "baseline": baseline}


if __name__ == "__main__":
    main()
