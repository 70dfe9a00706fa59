"""Spend the deep network on hard digits only: an early exit, as a layer of its own.

API: ``keras.Sequential``. The values that a cheap network has computed decide which
images also need the deep one. ``ops.cond`` in the ``call`` of a layer expresses that,
so the model that holds the layer stays a stack, is compiled and saved like any other.
"""

import keras
import numpy as np
from keras import KerasTensor, layers, ops
from sklearn.datasets import load_digits

RULE = "values-in-a-layer"
EPOCHS = 20
TRAIN = 1200  # the first 1200 images; the other 597 are for the test

Arrays = tuple[np.ndarray, np.ndarray]


@keras.saving.register_keras_serializable(package="examples")
class EarlyExit(layers.Layer):
    """Ten probabilities (n, 10) from images (n, 8, 8, 1), by one of two paths."""

    def __init__(self, threshold: float = 0.9, **kwargs):
        super().__init__(**kwargs)  # passes on name, trainable and dtype
        self.threshold = threshold
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
        # A saved model builds its layers from their shapes, without running call().
        self.cheap.build(input_shape)
        self.deep.build(input_shape)

    def unsure(self, answer: KerasTensor) -> KerasTensor:
        """Say for which of n answers (n, 10) the deep network is asked: (n,)."""
        return ops.max(answer, axis=-1) < self.threshold

    def call(self, images, training=False):
        answer = self.cheap(images, training=training)
        unsure = self.unsure(answer)
        return ops.cond(
            ops.any(unsure),
            lambda: self.ask_deep(images, answer, ops.where(unsure)[0], training),
            lambda: answer,
        )

    def ask_deep(
        self,
        images: KerasTensor,
        answer: KerasTensor,
        rows: KerasTensor,
        training: bool,
    ) -> KerasTensor:
        """Return `answer` (n, 10) with new ones for the k images at `rows` (k,)."""
        deep = self.deep(ops.take(images, rows, axis=0), training=training)
        return ops.scatter_update(answer, rows[:, None], deep)

    def get_config(self) -> dict:
        return {**super().get_config(), "threshold": self.threshold}


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 8, 8, 1) from 0 to 1, and digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
    return (images[:TRAIN], digits[:TRAIN]), (images[TRAIN:], digits[TRAIN:])


def build() -> keras.Model:
    """Return a model from images (n, 8, 8, 1) to ten probabilities (n, 10)."""
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), EarlyExit(name="early_exit")],
        name="custom_forward",
    )
    model.compile(
        optimizer="sgd",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def alone(path: keras.Sequential) -> keras.Sequential:
    """Return a compiled model of the same layers, to train one path by itself.

    The path itself is not compiled: `evaluate` would report its loss as that
    of the model that holds the layer.
    """
    model = keras.Sequential([keras.Input((8, 8, 1)), *path.layers])
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main(seed: int = 0) -> dict[str, object]:
    """Train, print and return accuracy and cost, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()
    model = build()
    exits = model.get_layer("early_exit")

    # Each path is trained alone: `fit` on the whole trains only the path that answers.
    # Baseline: the cheap network, for every image. The other end of the scale: the
    # deep network, for every image.
    test = {"x": x_test, "y": y_test, "verbose": 0, "return_dict": True}
    cheap, deep = alone(exits.cheap), alone(exits.deep)
    for path in (cheap, deep):
        path.fit(x_train, y_train, batch_size=64, epochs=EPOCHS, verbose=0)
    baseline = cheap.evaluate(**test)["accuracy"]
    deep_alone = deep.evaluate(**test)["accuracy"]

    accuracy = model.evaluate(**test)["accuracy"]
    unsure = exits.unsure(cheap.predict(x_test, verbose=0))
    deep_share = float(np.mean(unsure))

    print(f"test accuracy: {accuracy:.3f} (cheap path alone: {baseline:.3f})")
    print(f"deep path alone: {deep_alone:.3f}")
    print(f"images that need the deep path: {deep_share:.0%}")
    assert accuracy > baseline + 0.02
    assert deep_share < 0.5
    return {
        "accuracy": accuracy,
        "baseline": baseline,
        "deep_alone": deep_alone,
        "deep_share": deep_share,
        "model": model,
    }


if __name__ == "__main__":
    main()
