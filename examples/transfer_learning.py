"""Learn new digits from five images each: freeze a trained base, train a new head.

API: ``keras.Sequential``. A base that is trained already and a new head form one
path, so the model is a stack of the two. What is trained is not a matter of the API:
it is ``trainable``, set before ``compile``.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

RULE = "plain-stack"
EPOCHS = 3
BASE_EPOCHS = 4
STEPS = 20  # training steps in an epoch, each on all images of the new digits
TRAIN = 1200  # the first 1200 digits; the other 597 are for the test
FEW = 5  # training images of each new digit
SIZE = 12  # height and width of the images; a digit has 8 by 8 pixels

Arrays = tuple[np.ndarray, np.ndarray]


def place(digits: np.ndarray, seed: int) -> np.ndarray:
    """Return noisy images (n, 12, 12, 1), each with its digit at a random place."""
    random = np.random.default_rng(seed)
    images = random.normal(0, 0.2, (len(digits), SIZE, SIZE, 1)).astype("float32")
    corners = random.integers(SIZE - 8, size=(len(digits), 2), endpoint=True)
    for image, digit, (row, column) in zip(images, digits, corners, strict=True):
        image[row : row + 8, column : column + 8, 0] += digit
    return images


def load_old() -> Arrays:
    """Return many images (n, 12, 12, 1) of the digits 0 to 4, and these digits (n,)."""
    digits = load_digits()
    old = digits.target[:TRAIN] < 5
    x, y = digits.images[:TRAIN][old] / 16, digits.target[:TRAIN][old]
    return place(np.tile(x, (3, 1, 1)), seed=0), np.tile(y, 3)


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test for 5 to 9: images (n, 12, 12, 1), and digit - 5 (n,)."""
    digits = load_digits()
    x, y = digits.images / 16, digits.target - 5
    few = [np.flatnonzero(y[:TRAIN] == digit)[:FEW] for digit in range(5)]
    train = np.concatenate(few)
    test = TRAIN + np.flatnonzero(y[TRAIN:] >= 0)
    return (place(x[train], seed=1), y[train]), (place(x[test], seed=2), y[test])


def build_base() -> keras.Sequential:
    """Return a stack from images (n, 12, 12, 1) to features (n, 128)."""
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(128, 3, padding="same", activation="relu"),
            layers.GlobalMaxPooling2D(),
        ],
        name="base",
    )


def build(base: keras.Model | None = None) -> keras.Sequential:
    """Return the base, or a new one, with a new head: five probabilities (n, 5)."""
    head = layers.Dense(5, activation="softmax", name="head")
    model = keras.Sequential([base or build_base(), head], name="transfer_learning")
    return ready(model, 0.006)


def ready(model: keras.Sequential, learning_rate: float) -> keras.Sequential:
    """Return the model, compiled. Do this again after each change of ``trainable``."""
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    return model


def main(seed: int = 0) -> dict[str, object]:
    """Train, print and return test accuracies, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()
    # 25 images fit into one batch: an epoch is the same batch, STEPS times.
    few = tf.data.Dataset.from_tensors((x_train, y_train)).repeat(STEPS)
    halfway = []

    def learn(model: keras.Model) -> float:
        """Train, and return the test accuracy. Keep the one from halfway, too."""
        accuracies = []
        for _ in range(2):
            model.fit(few, epochs=EPOCHS, shuffle=False, verbose=0)
            answers = np.argmax(model(x_test), axis=-1)
            accuracies.append(float(np.mean(answers == y_test)))
        halfway.append(accuracies[0])
        return accuracies[1]

    # Baseline: the same network, which has never seen another digit.
    baseline = learn(build())

    base = build_base()  # stands for a model from elsewhere
    build(base).fit(*load_old(), epochs=BASE_EPOCHS, verbose=0)

    base.trainable = False
    model = build(base)  # compiles after freezing
    frozen = learn(model)

    base.trainable = True
    tuned = learn(ready(model, 0.001))  # compiles again: all weights, smaller steps

    print(f"new head: {frozen:.3f}, fine-tuned: {tuned:.3f} (alone: {baseline:.3f})")
    assert frozen > baseline + 0.02
    assert tuned > baseline + 0.04
    return {
        "frozen": frozen,
        "tuned": tuned,
        "baseline": baseline,
        "halfway": halfway,
    }


if __name__ == "__main__":
    main()
