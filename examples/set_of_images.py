"""Add the digits of four images, with one encoder for all of them.

API: functional ``keras.Model``. The encoder is created once and called on four
inputs, so one set of weights reads every image. Its four answers are added up.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.linear_model import LinearRegression

RULE = "shared-layer"
EPOCHS = 12
TRAIN = 1200  # train sets use the first 1200 images, test sets the other 597
COUNT = 4  # images in a set
NAMES = [f"image_{i}" for i in range(COUNT)]

Data = tuple[dict[str, np.ndarray], np.ndarray]


def make_sets(images: np.ndarray, digits: np.ndarray, n: int) -> Data:
    """Return n sets of random images, and the sum of the digits of each (n,)."""
    chosen = np.random.default_rng(0).integers(len(images), size=(COUNT, n))
    sets = {name: images[rows] for name, rows in zip(NAMES, chosen, strict=True)}
    return sets, digits[chosen].sum(axis=0).astype("float32")


def load_data() -> tuple[Data, Data]:
    """Return train and test: four images (n, 64) from 0 to 1, and sums (n,)."""
    images, digits = load_digits(return_X_y=True)
    images = images.astype("float32") / 16
    train = make_sets(images[:TRAIN], digits[:TRAIN], 4000)
    test = make_sets(images[TRAIN:], digits[TRAIN:], 1000)
    return train, test


def build() -> keras.Model:
    """Return a model from four images (n, 64) to the sum of their digits (n, 1)."""
    encoder = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(128, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(1),
        ],
        name="encoder",
    )
    images = [keras.Input((64,), name=name) for name in NAMES]
    total = layers.Add(name="total")([encoder(image) for image in images])
    model = keras.Model(images, total, name="set_of_images")
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="mse")
    return model


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return the mean absolute error, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baseline: a linear regression on all the pixels of all four images.
    linear = LinearRegression().fit(np.hstack(list(x_train.values())), y_train)
    predicted = linear.predict(np.hstack(list(x_test.values())))
    baseline = float(np.mean(np.abs(predicted - y_test)))

    model = build()
    model.fit(x_train, y_train, epochs=EPOCHS, verbose=0)
    error = float(np.mean(np.abs(model.predict(x_test, verbose=0)[:, 0] - y_test)))

    print(f"mean absolute error of the sum: {error:.2f} (linear: {baseline:.2f})")
    assert error < 0.75 * baseline
    return {"error": error, "baseline": baseline}


if __name__ == "__main__":
    main()
