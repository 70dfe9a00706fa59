"""Read a handwritten digit wherever it stands in a larger image.

API: ``keras.Sequential``. Convolutions, pooling and a classifier form one path:
each layer feeds the next. Nothing branches, so a stack expresses all of it.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

RULE = "plain-stack"
EPOCHS = 5
TRAIN = 1200  # the first 1200 digits; the other 597 are for the test
SIZE = 16  # height and width of the images; a digit has 8 by 8 pixels

Arrays = tuple[np.ndarray, np.ndarray]


def place(digits: np.ndarray, copies: int, seed: int) -> np.ndarray:
    """Return images (n * copies, 16, 16, 1): each digit at random places."""
    random = np.random.default_rng(seed)
    digits = np.tile(digits, (copies, 1, 1))
    images = np.zeros((len(digits), SIZE, SIZE, 1), "float32")
    corners = random.integers(SIZE - 8, size=(len(digits), 2), endpoint=True)
    for image, digit, (row, column) in zip(images, digits, corners, strict=True):
        image[row : row + 8, column : column + 8, 0] = digit
    return images


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 16, 16, 1) from 0 to 1, and digits (n,)."""
    x, y = load_digits(return_X_y=True)
    x = x.reshape(-1, 8, 8) / 16
    x_train = place(x[:TRAIN], copies=2, seed=0)
    x_test = place(x[TRAIN:], copies=1, seed=1)
    return (x_train, np.tile(y[:TRAIN], 2)), (x_test, y[TRAIN:])


def build() -> keras.Sequential:
    """Return a model from images (n, height, width, 1) to probabilities (n, 10)."""
    model = keras.Sequential(
        [
            keras.Input((None, None, 1)),  # any height and width
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.GlobalMaxPooling2D(),  # the strongest answer of each filter
            layers.Dense(10, activation="softmax"),
        ],
        name="convolutional_stack",
    )
    return ready(model)


def build_dense() -> keras.Sequential:
    """Return the baseline, from images (n, 16, 16, 1) to probabilities (n, 10)."""
    return ready(
        keras.Sequential(
            [
                keras.Input((SIZE, SIZE, 1)),
                layers.Flatten(),
                layers.Dense(128, activation="relu"),
                layers.Dense(10, activation="softmax"),
            ]
        )
    )


def ready(model: keras.Sequential) -> keras.Sequential:
    """Return the model, compiled."""
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return the test accuracy, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    def accuracy(model: keras.Sequential) -> float:
        model.fit(x_train, y_train, batch_size=64, epochs=EPOCHS, verbose=0)
        return model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]

    # Baseline: a dense network on the same images, with more weights.
    baseline = accuracy(build_dense())
    convolutional = accuracy(build())

    print(f"test accuracy: {convolutional:.3f} (dense network: {baseline:.3f})")
    assert convolutional > baseline + 0.2
    return {"accuracy": convolutional, "baseline": baseline}


if __name__ == "__main__":
    main()
