"""Spend the deep network on hard digits only: an early exit.

API: subclass of ``keras.Model``. The forward pass looks at the values that a
cheap network has computed, and decides in Python which images also need the
deep one. A graph of layers is fixed before it sees a value.
"""

import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits

RULE = "value-dependent"
EPOCHS = 20
TRAIN = 1200  # the first 1200 images; the other 597 are for the test

Arrays = tuple[np.ndarray, np.ndarray]


@keras.saving.register_keras_serializable(package="examples")
class EarlyExit(keras.Model):
    """Ten probabilities (n, 10) from images (n, 8, 8, 1), by one of two paths."""

    def __init__(self, threshold: float = 0.9, **kwargs):
        super().__init__(**kwargs)  # passes on name, trainable and dtype
        self.threshold = threshold
        self.deep_images = 0  # how many images have taken the deep path
        self.cheap = keras.Sequential(
            [
                layers.Flatten(),
                layers.Dense(10, activation="softmax"),
            ]
        )
        self.deep = keras.Sequential(
            [
                layers.Conv2D(32, 3, padding="same", activation="relu"),
                layers.MaxPooling2D(),
                layers.Conv2D(64, 3, padding="same", activation="relu"),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dropout(0.5),
                layers.Dense(10, activation="softmax"),
            ]
        )

    def build(self, input_shape):
        # Keras cannot find the shapes by running call() on a symbolic input.
        self.cheap.build(input_shape)
        self.deep.build(input_shape)

    def call(self, images, training=False):  # named, so that fit() trains with dropout
        answer = self.cheap(images)
        unsure = ops.max(answer, axis=-1) < self.threshold
        if ops.any(unsure):  # a Python "if" on values
            rows = ops.where(unsure)[0]
            self.deep_images += len(rows)
            deep = self.deep(ops.take(images, rows, axis=0))
            answer = ops.scatter_update(answer, rows[:, None], deep)
        return answer

    def get_config(self) -> dict:
        return {**super().get_config(), "threshold": self.threshold}


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 8, 8, 1) from 0 to 1, and digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
    return (images[:TRAIN], digits[:TRAIN]), (images[TRAIN:], digits[TRAIN:])


def build() -> keras.Model:
    """Return a model from images (n, 8, 8, 1) to ten probabilities (n, 10)."""
    model = EarlyExit(name="custom_forward")
    model.build((None, 8, 8, 1))
    model.compile(
        optimizer="sgd",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        run_eagerly=True,  # otherwise call() is compiled, and "if" has no value
    )
    return model


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return accuracy and cost, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()
    model = build()

    for path in (model.cheap, model.deep):  # each is a model that trains alone
        path.compile(
            optimizer=keras.optimizers.Adam(0.01),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        path.fit(x_train, y_train, batch_size=64, epochs=EPOCHS, verbose=0)

    # Baseline: the cheap network alone, for every image.
    test = {"x": x_test, "y": y_test, "verbose": 0, "return_dict": True}
    baseline = model.cheap.evaluate(**test)["accuracy"]

    model.deep_images = 0
    accuracy = model.evaluate(**test)["accuracy"]
    deep_share = model.deep_images / len(x_test)

    print(f"test accuracy: {accuracy:.3f} (cheap path alone: {baseline:.3f})")
    print(f"images that took the deep path: {deep_share:.0%}")
    assert accuracy > baseline + 0.02
    assert deep_share < 0.5
    return {"accuracy": accuracy, "baseline": baseline, "deep_share": deep_share}


if __name__ == "__main__":
    main()
