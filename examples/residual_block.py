"""Train nine convolutions in a row: ResNet blocks, one with a 1x1 projection.

API: functional ``keras.Model``. A block adds its input to what its two convolutions
make of it: the graph branches and merges. Where a block changes the shape, a 1x1
convolution brings its input to the new one. ``ResidualBlock`` is the same block as a
layer, which can stand in a ``keras.Sequential``.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import KerasTensor, layers, ops
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "branch-and-merge"
EPOCHS = 8  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # the first 1200 images, a fifth of them for validation; 597 for test
SHAPE = (8, 8, 1)  # height, width and channels of an image
CLASSES = 10
FILTERS = (8, 16, 16, 16)  # of each block; the first with 16 halves the image

Arrays = tuple[np.ndarray, np.ndarray]
Filters = tuple[int, ...]


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 8, 8, 1) from 0 to 1, and digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, *SHAPE).astype("float32") / 16
    return (images[:TRAIN], digits[:TRAIN]), (images[TRAIN:], digits[TRAIN:])


def norm() -> layers.BatchNormalization:
    """Return a normalization whose averages follow quickly, for few batches."""
    return layers.BatchNormalization(momentum=0.9)


def conv(filters: int, size: int, stride: int = 1) -> layers.Conv2D:
    """Return a convolution without a bias, as is usual beside a normalization."""
    return layers.Conv2D(
        filters,
        size,
        stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )


def block(x: KerasTensor, filters: int, shortcut: bool = True) -> KerasTensor:
    """Return two convolutions of `x` plus `x`; halve the image for more filters."""
    changes = x.shape[-1] != filters
    y = conv(filters, 3, 1 + changes)(x)
    y = norm()(y)
    y = layers.ReLU()(y)
    y = conv(filters, 3)(y)
    y = norm()(y)
    if shortcut:
        if changes:
            x = conv(filters, 1, 2)(x)  # the projection: to the shape of y
        y = layers.Add()([y, x])
    return layers.ReLU()(y)


def build(shortcut: bool = True, filters: Filters = FILTERS) -> keras.Model:
    """Return a model from images (n, height, width, 1) to probabilities (n, 10)."""
    inputs = keras.Input(SHAPE, name="image")
    x = conv(filters[0], 3)(inputs)
    for number in filters:
        x = block(x, number, shortcut)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(CLASSES, activation="softmax")(x)
    return ready(keras.Model(inputs, outputs, name="residual_block"))


@keras.saving.register_keras_serializable(package="examples")
class ResidualBlock(layers.Layer):
    """What `block` computes, as one layer."""

    def __init__(self, filters: int, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters

    def build(self, input_shape):
        changes = input_shape[-1] != self.filters
        self.main = keras.Sequential(
            [
                conv(self.filters, 3, 1 + changes),
                norm(),
                layers.ReLU(),
                conv(self.filters, 3),
                norm(),
            ]
        )
        self.main.build(input_shape)
        self.projection = conv(self.filters, 1, 2) if changes else layers.Identity()
        self.projection.build(input_shape)

    def call(self, x, training=False):
        return ops.relu(self.main(x, training=training) + self.projection(x))

    def get_config(self) -> dict:
        return {**super().get_config(), "filters": self.filters}


def build_stack(filters: Filters = FILTERS) -> keras.Sequential:
    """Return the same network as `build`, as a stack of blocks."""
    return ready(
        keras.Sequential(
            [
                keras.Input(SHAPE),
                conv(filters[0], 3),
                *[ResidualBlock(number) for number in filters],
                layers.GlobalAveragePooling2D(),
                layers.Dense(CLASSES, activation="softmax"),
            ]
        )
    )


def ready(model: keras.Model) -> keras.Model:
    """Return the model, compiled."""
    model.compile(
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
        loss="sparse_categorical_crossentropy",
    )
    # Its variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def main(seed: int = 0) -> dict[str, Any]:
    """Train with and without shortcuts, print and return accuracies, and compare."""
    (x_train, y_train), (x_test, y_test) = load_data()
    accuracies, histories = [], {}
    # Baseline: the same convolutions and the same training, without shortcuts.
    for name, shortcut in (("with shortcuts", True), ("without", False)):
        keras.utils.set_random_seed(seed)
        model = build(shortcut)
        stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
        histories[name] = model.fit(
            x_train,
            y_train,
            validation_split=0.2,
            batch_size=64,
            validation_batch_size=TRAIN // 5,
            epochs=EPOCHS,
            callbacks=[stop],
            verbose=0,
        ).history
        accuracies.append(float(np.mean(np.argmax(model(x_test), axis=-1) == y_test)))
    accuracy, baseline = accuracies

    # Without any depth: a linear model of the pixels.
    model = LogisticRegression(solver="newton-cholesky")
    model.fit(x_train.reshape(len(x_train), -1), y_train)
    linear = model.score(x_test.reshape(len(x_test), -1), y_test)

    print(f"test accuracy: {accuracy:.3f} (without shortcuts: {baseline:.3f})")
    print(f"linear model: {linear:.3f}")
    assert accuracy > baseline + 0.01
    return {
        "accuracy": accuracy,
        "baseline": baseline,
        "linear": linear,
        "histories": histories,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: how both networks learn."""
    curve, axes = plt.subplots(figsize=(5, 3.2))
    least = []
    for color, (name, history) in enumerate(result["histories"].items()):
        for kind, style in (("loss", "--"), ("val_loss", "-")):
            loss = history[kind]
            what = "validation" if kind == "val_loss" else "training"
            epochs = range(1, len(loss) + 1)
            axes.plot(epochs, loss, f"C{color}{style}", label=f"{name}, {what}")
        least.append(min(history["val_loss"]))
    axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy")
    axes.yaxis.set_major_formatter("{x:g}")
    curve.legend(loc="outside upper center", ncols=2)
    curve.set_label(
        f"The loss on validation images falls to {least[0]:.2f} with shortcuts and to "
        f"{least[1]:.2f} without. The weights of that epoch are kept: they read "
        f"{result['accuracy']:.1%} and {result['baseline']:.1%} of the test images "
        f"right. A linear model of the pixels reads {result['linear']:.1%}."
    )
    return [curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
