"""Ask four networks and average their answers: an ensemble in one model.

API: functional ``keras.Model``. One input goes to several members, which were trained
one by one, and ``Average`` merges their answers. A stack would feed each member with
the answer of the one before.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

RULE = "branch-and-merge"
EPOCHS = 5
TRAIN = 1200  # the first 1200 digits; the other 597 are for the test
SIZE = 16  # height and width of the images; a digit has 8 by 8 pixels
MEMBERS = 4

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


def build_member(name: str, width: int = 8) -> keras.Sequential:
    """Return a network from images (n, 16, 16, 1) to probabilities (n, 10)."""
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            layers.Conv2D(width, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(2 * width, 3, padding="same", activation="relu"),
            layers.GlobalMaxPooling2D(),
            layers.Dense(10, activation="softmax"),
        ],
        name=name,
    )


def build(members: list[keras.Model] | None = None) -> keras.Model:
    """Return a model from images (n, 16, 16, 1) to mean probabilities (n, 10).

    It uses the members that are given, with their weights, or new ones.
    """
    if members is None:
        members = [build_member(f"member_{i}") for i in range(MEMBERS)]
    image = keras.Input((SIZE, SIZE, 1), name="image")
    mean = layers.Average(name="mean")([member(image) for member in members])
    return ready(keras.Model(image, mean, name="ensemble"))


def ready(model: keras.Model) -> keras.Model:
    """Return the model, compiled."""
    model.compile(
        optimizer=keras.optimizers.Adam(0.02),
        loss="sparse_categorical_crossentropy",
    )
    return model


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return the test accuracies, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    def accuracy(model: keras.Model) -> float:
        return float(np.mean(np.argmax(model(x_test), axis=-1) == y_test))

    members = [build_member(f"member_{i}") for i in range(MEMBERS)]
    for member in members:
        ready(member).fit(x_train, y_train, batch_size=64, epochs=EPOCHS, verbose=0)
    ensemble = accuracy(build(members))

    # Baseline: the member that is best on the test images, which favors it.
    alone = [accuracy(member) for member in members]
    best, mean = max(alone), float(np.mean(alone))

    print(f"test accuracy: {ensemble:.3f} (best member: {best:.3f}, mean: {mean:.3f})")
    assert best > 0.85
    assert ensemble > best + 0.008
    return {"accuracy": ensemble, "baseline": best, "mean": mean}


if __name__ == "__main__":
    main()
