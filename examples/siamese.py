"""Learn a distance between images, and name a digit from one example of each.

API: functional ``keras.Model``. One encoder is called on two inputs, so both codes
have the same meaning, and the model returns the distance between them. The encoder
is shared and its two results are merged: a graph, not a stack.
"""

import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits

RULE = "shared-layer"
EPOCHS = 5
TRAIN = 1200  # train pairs use the first 1200 images, test pairs the other 597
DRAWS = 20  # how often the ten examples of the one-shot test are drawn

Arrays = tuple[np.ndarray, np.ndarray]
Data = tuple[dict[str, np.ndarray], np.ndarray]


def load_images() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 8, 8, 1) from 0 to 1, and digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
    return (images[:TRAIN], digits[:TRAIN]), (images[TRAIN:], digits[TRAIN:])


def make_pairs(images: np.ndarray, digits: np.ndarray, n: int) -> Data:
    """Return n pairs, and 1 for two different digits or 0 for the same (n,)."""
    random = np.random.default_rng(0)
    first = random.integers(len(images), size=n)
    different = np.arange(n) % 2
    second = np.empty_like(first)
    for i, (index, wanted) in enumerate(zip(first, different, strict=True)):
        fits = (digits != digits[index]) == wanted
        fits[index] = False  # never an image with itself
        second[i] = random.choice(np.flatnonzero(fits))
    return {"first": images[first], "second": images[second]}, different


def load_data() -> tuple[Data, Data]:
    """Return train and test: two images (n, 8, 8, 1), and different (n,)."""
    train, test = load_images()
    return make_pairs(*train, 4000), make_pairs(*test, 2000)


@keras.saving.register_keras_serializable(package="examples")
def contrastive_loss(different, distance):
    """Pull codes of one digit together, push those of two digits 1 apart."""
    pull = (1 - different) * ops.square(distance)
    push = different * ops.square(ops.maximum(1 - distance, 0))
    return pull + push


def build() -> keras.Model:
    """Return a model from ``first`` and ``second`` to their distance (n, 1)."""
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
    squares = ops.square(encoder(first) - encoder(second))
    total = ops.sum(squares, axis=-1, keepdims=True)
    distance = ops.sqrt(ops.maximum(total, 1e-12))  # at 0, sqrt has no gradient
    model = keras.Model([first, second], distance, name="siamese")
    model.compile(
        optimizer=keras.optimizers.Adam(0.004),
        loss=contrastive_loss,
        metrics=[keras.metrics.BinaryAccuracy(threshold=0.5, name="accuracy")],
    )
    return model


def one_shot(codes: np.ndarray, digits: np.ndarray, draws: int = DRAWS) -> float:
    """Return the share of codes (n, width) that are named right by one example.

    Draws one example of each digit, gives each other code the digit of the nearest
    example, and repeats this with other examples.
    """
    random = np.random.default_rng(0)
    names = np.unique(digits)
    right = []
    for _ in range(draws):
        chosen = [random.choice(np.flatnonzero(digits == name)) for name in names]
        apart = np.linalg.norm(codes[:, None] - codes[chosen], axis=-1)
        correct = names[apart.argmin(axis=1)] == digits
        right.append(np.delete(correct, chosen).mean())
    return float(np.mean(right))


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return two accuracies and their baselines, and check them."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()
    _, (images, digits) = load_images()

    # Baselines: distance between the pixels. The threshold is the best there is
    # for the test pairs themselves, which favors the baseline.
    pixels = np.linalg.norm(x_test["first"] - x_test["second"], axis=(1, 2)).ravel()
    baseline = max(float(np.mean((pixels >= t) == y_test)) for t in pixels)
    named_by_pixels = one_shot(images.reshape(-1, 64), digits)

    model = build()
    model.fit(x_train, y_train, batch_size=128, epochs=EPOCHS, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]
    codes = model.get_layer("encoder").predict(images, verbose=0)
    named = one_shot(codes, digits)

    print(f"pairs, test accuracy: {accuracy:.3f} (pixel distance: {baseline:.3f})")
    print(f"one example of each digit: {named:.3f} (pixels: {named_by_pixels:.3f})")
    assert accuracy > baseline + 0.08
    assert named > named_by_pixels + 0.15
    return {
        "accuracy": accuracy,
        "baseline": baseline,
        "one_shot": named,
        "one_shot_baseline": named_by_pixels,
    }


if __name__ == "__main__":
    main()
