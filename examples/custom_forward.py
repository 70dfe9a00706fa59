"""Spend the deep network on hard digits only: an early exit, as a layer of its own.

API: ``keras.Sequential``. The values that a cheap network has computed decide which
images also need the deep one. ``ops.cond`` in the ``call`` of a layer expresses that,
so the model that holds the layer stays a stack, is compiled and saved like any other.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import KerasTensor, layers, ops
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

RULE = "values-in-a-layer"
EPOCHS = 12  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # the first 1200 images, a fifth of them for validation; 597 for test
SHAPE = (8, 8, 1)  # height, width and channels of an image
CLASSES = 10

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
                layers.Dense(CLASSES, activation="softmax"),
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
                layers.Dense(CLASSES, activation="softmax"),
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
        [keras.Input(SHAPE), EarlyExit(name="early_exit")],
        name="custom_forward",
    )
    model.compile(
        optimizer="sgd",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def alone(path: keras.Sequential, rate: float) -> keras.Sequential:
    """Return a compiled model of the same layers, to train one path by itself.

    The path itself is not compiled: `evaluate` would report its loss as that
    of the model that holds the layer.
    """
    model = keras.Sequential([keras.Input(SHAPE), *path.layers])
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss="sparse_categorical_crossentropy",
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def train(path: keras.Sequential, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Train until the validation loss falls no more, and return the losses."""
    stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
    history = path.fit(
        x,
        y,
        validation_split=0.2,
        batch_size=80,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    return history.history


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return accuracy and cost, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()
    model = build()
    exits = model.get_layer("early_exit")

    # Each path is trained alone: `fit` on the whole trains only the path that answers.
    # Baseline: the cheap network, for every image. The other end of the scale: the
    # deep network, for every image.
    cheap, deep = alone(exits.cheap, 0.03), alone(exits.deep, 0.01)
    train(cheap, x_train, y_train)
    history = train(deep, x_train, y_train)
    first, second = (np.array(path(x_test)) for path in (cheap, deep))
    baseline = float(np.mean(first.argmax(-1) == y_test))
    deep_alone = float(np.mean(second.argmax(-1) == y_test))

    answers = np.array(model(x_test))
    accuracy = float(np.mean(answers.argmax(-1) == y_test))
    deep_share = float(np.mean(exits.unsure(first)))

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
        "threshold": exits.threshold,
        "model": model,
        "history": history,
        "images": x_test,
        "labels": y_test,
        "cheap": first,
        "deep": second,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: who leaves early, what it costs, and the learning."""
    cheap, deep, labels = result["cheap"], result["deep"], result["labels"]
    sure, threshold = cheap.max(-1), result["threshold"]
    first, second = cheap.argmax(-1), deep.argmax(-1)
    early = np.flatnonzero(sure >= threshold)[:7]
    late = np.flatnonzero(sure < threshold)
    other = late[first[late] != second[late]]
    picture, grid = plt.subplots(2, 7, figsize=(5, 2.7))
    for row, chosen in zip(grid, (early, other[:7]), strict=True):
        for axes, number in zip(row, chosen, strict=False):
            axes.imshow(result["images"][number], vmin=0, vmax=1)
            axes.set_axis_off()
            answer = f"{first[number]}"
            if sure[number] < threshold:
                answer += f", {second[number]}"
            axes.set_title(f"{answer}\n{sure[number]:.0%}")
    before, after = (np.sum(each[other] == labels[other]) for each in (first, second))
    picture.set_label(
        "Above, seven test images that leave early, with the answer of the cheap "
        "network and how sure it is. Below, seven that go deep: its answer, and the "
        f"other one of the deep network. Of {len(late)} images that go deep, "
        f"{len(other)} get another answer: {before} were right before, {after} after."
    )

    thresholds = np.concatenate([[0], np.unique(np.round(sure, 3)), [2]])
    asked = sure < thresholds[:, None]
    correct = np.where(asked, second == labels, first == labels).mean(1)
    trade, axes = plt.subplots()
    axes.plot(100 * asked.mean(1), 100 * correct)
    share, accuracy = result["deep_share"], result["accuracy"]
    axes.plot(100 * share, 100 * accuracy, "o", label=f"threshold {threshold}")
    axes.set_xlabel("% of test images that go deep")
    axes.set_ylabel("% read right")
    axes.legend(loc="lower right")
    trade.set_label(
        f"From left to right, the threshold rises. With {threshold}, {share:.0%} of "
        f"the images go deep and {accuracy:.1%} are read right; with the cheap network "
        f"alone {correct[0]:.1%}, with the deep network for all {correct[-1]:.1%}."
    )

    loss, validation = result["history"]["loss"], result["history"]["val_loss"]
    curve, axes = plt.subplots()
    axes.plot(range(1, len(loss) + 1), loss, label="training, with dropout")
    axes.plot(range(1, len(loss) + 1), validation, label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy")
    axes.legend()
    best = int(np.argmin(validation))
    curve.set_label(
        f"The deep network: its loss on validation images falls from "
        f"{validation[0]:.2f} to {validation[best]:.2f} in epoch {best + 1} of "
        f"{len(loss)}; the weights of that epoch are kept."
    )
    return [picture, trade, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
