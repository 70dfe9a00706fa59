"""Squeeze a digit image into eight numbers and draw it again: an autoencoder.

API: ``keras.Sequential``. The encoder is a stack, the decoder is a stack, and the
autoencoder is a stack of these two: a model can be a layer of another model.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

RULE = "plain-stack"
EPOCHS = 25
TRAIN = 1200  # the first 1200 images; the other 597 are for the test
CODE = 8  # numbers that are kept of an image of 64 pixels

Arrays = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: pixels (n, 64) from 0 to 1, as input and as target."""
    pixels, _ = load_digits(return_X_y=True)
    pixels = pixels.astype("float32") / 16
    train, test = pixels[:TRAIN], pixels[TRAIN:]
    return (train, train), (test, test)


def build() -> keras.Sequential:
    """Return a model from pixels (n, 64) to pixels (n, 64), by a code (n, 8)."""
    encoder = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(128, activation="relu"),
            layers.Dense(CODE, name="code"),
        ],
        name="encoder",
    )
    decoder = keras.Sequential(
        [
            keras.Input((CODE,)),
            layers.Dense(128, activation="relu"),
            layers.Dense(64, activation="sigmoid"),
        ],
        name="decoder",
    )
    model = keras.Sequential([encoder, decoder], name="autoencoder")
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    return model


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return the squared error, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baseline: PCA with as many numbers, the best that a linear code can do.
    pca = PCA(CODE).fit(x_train)
    drawn = pca.inverse_transform(pca.transform(x_test))
    baseline = float(np.mean((drawn - y_test) ** 2))

    model = build()
    model.fit(x_train, y_train, batch_size=64, epochs=EPOCHS, verbose=0)
    error = model.evaluate(x_test, y_test, verbose=0)

    print(f"squared error of a pixel: {error:.4f} (PCA: {baseline:.4f})")
    assert error < 0.9 * baseline
    return {"error": error, "baseline": baseline}


if __name__ == "__main__":
    main()
