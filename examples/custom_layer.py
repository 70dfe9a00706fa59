"""Adapt a trained network with few weights: three layers of your own in one stack.

API: ``keras.Sequential``. A cell that ``keras.layers.RNN`` runs, a layer with weights
and a LoRA adapter around a ``Dense`` layer are subclasses of ``keras.layers.Layer``, so
the model that holds them stays a stack. It needs no class of its own.
"""

import math
from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "plain-stack"
EPOCHS = 12  # at most; training stops when the validation loss falls no more
FIRST = 900  # the first 900 images, as they are: the network learns them at first
TRAIN = 300  # the next 300, rows and columns swapped, to adapt it; 597 for test
CLASSES = 10
UNITS = 128  # of each Dense layer
RANK = 4  # of what LoRA adds to a kernel

Arrays = tuple[np.ndarray, np.ndarray]


@keras.saving.register_keras_serializable(package="examples")
class GatedCell(layers.Layer):
    """One step of a recurrent network: ``keras.layers.RNN`` runs it over the rows."""

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units  # RNN asks for it
        self.gate = layers.Dense(units, activation="sigmoid")
        self.candidate = layers.Dense(units, activation="tanh")

    def build(self, input_shape):
        both = (None, input_shape[-1] + self.units)
        self.gate.build(both)
        self.candidate.build(both)

    def call(self, row, states):
        (state,) = states
        gate = self.gate(ops.concatenate([row, state], axis=-1))
        new = self.candidate(ops.concatenate([row, gate * state], axis=-1))
        state = (1 - gate) * state + gate * new
        return state, [state]

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="examples")
class Nearest(layers.Layer):
    """Probabilities (n, classes): the nearer to the center of a class, the higher."""

    def __init__(self, classes: int, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes

    def build(self, input_shape):
        self.centers = self.add_weight(
            shape=(self.classes, input_shape[-1]), name="centers"
        )

    def call(self, x):
        squares = ops.sum((x[:, None] - self.centers) ** 2, axis=-1)
        return ops.softmax(-squares)

    def get_config(self) -> dict:
        return {**super().get_config(), "classes": self.classes}


@keras.saving.register_keras_serializable(package="examples")
class LoRA(layers.Wrapper):
    """A frozen Dense layer, with the product of two small matrices on its kernel."""

    def __init__(self, layer: layers.Dense, rank: int = RANK, **kwargs):
        super().__init__(layer, **kwargs)
        self.layer.trainable = False
        self.rank = rank

    def build(self, input_shape):
        super().build(input_shape)  # builds the Dense layer, if it is new
        self.down = self.add_weight(shape=(input_shape[-1], self.rank), name="down")
        self.up = self.add_weight(
            shape=(self.rank, self.layer.units), initializer="zeros", name="up"
        )

    def call(self, x):
        kernel = self.layer.kernel + ops.matmul(self.down, self.up)
        return self.layer.activation(ops.matmul(x, kernel) + self.layer.bias)

    def get_config(self) -> dict:
        return {**super().get_config(), "rank": self.rank}


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 8, 8), rows and columns swapped, and digits."""
    images, digits = load_images()
    images = images.transpose(0, 2, 1)
    (x_train, y_train) = images[FIRST:][:TRAIN], digits[FIRST:][:TRAIN]
    return (x_train, y_train), (images[FIRST + TRAIN :], digits[FIRST + TRAIN :])


def load_images() -> Arrays:
    """Return all images (n, 8, 8) as they are, from 0 to 1, and digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    return images.reshape(-1, 8, 8).astype("float32") / 16, digits


def build() -> keras.Sequential:
    """Return a model from images (n, 8, 8) to probabilities (n, 10)."""
    model = keras.Sequential(
        [
            keras.Input((8, 8), name="image"),
            layers.Flatten(),
            layers.Dense(UNITS, activation="relu"),
            layers.Dense(UNITS, activation="relu"),
            Nearest(CLASSES),
        ],
        name="custom_layer",
    )
    return ready(model)


def build_rows(recurrent: layers.Layer) -> keras.Sequential:
    """Return a model that reads an image row by row."""
    return ready(keras.Sequential([keras.Input((8, 8)), recurrent, Nearest(CLASSES)]))


def with_lora(model: keras.Sequential) -> keras.Sequential:
    """Return a model of the same layers, with an adapter around each Dense layer."""
    adapted = [
        LoRA(layer) if isinstance(layer, layers.Dense) else layer
        for layer in model.layers
    ]
    return ready(
        keras.Sequential([keras.Input(model.input_shape[1:], name="image"), *adapted])
    )


def head_alone(model: keras.Sequential) -> keras.Sequential:
    """Return the model with all layers frozen but the last."""
    for layer in model.layers[:-1]:
        layer.trainable = False
    return ready(model)


def copy_of(model: keras.Sequential) -> keras.Sequential:
    """Return a new model with the same weights, not compiled."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def ready(model: keras.Sequential) -> keras.Sequential:
    """Return the model, compiled."""
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def train(model: keras.Sequential, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Train until the validation loss falls no more, and return the losses."""
    stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
    history = model.fit(
        x,
        y,
        validation_split=0.2,
        batch_size=48,
        validation_batch_size=60,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    return history.history


def main(seed: int = 0) -> dict[str, Any]:
    """Train, adapt, print and return the accuracies, and check the baselines."""
    keras.utils.set_random_seed(seed)
    images, digits = load_images()
    (x_train, y_train), (x_test, y_test) = load_data()
    base = build()
    train(base, images[:FIRST], digits[:FIRST])
    learned = copy_of(base)

    ways = {
        "head alone": head_alone(copy_of(learned)),
        "LoRA and head": with_lora(copy_of(learned)),
        "all weights": base,
        "all, not trained before": build(),  # a baseline: were the 900 of any use?
    }
    adapted = {}
    for name, model in ways.items():
        history = train(model, x_train, y_train)
        accuracy = float(np.mean(np.argmax(model(x_test), axis=-1) == y_test))
        trained = sum(math.prod(weight.shape) for weight in model.trainable_weights)
        adapted[name] = {"accuracy": accuracy, "trained": trained, "history": history}
        print(f"{name}: {accuracy:.3f} with {trained} trained weights")

    # Without a network: a linear model of the swapped images.
    linear = LogisticRegression(solver="newton-cholesky")
    linear.fit(x_train.reshape(len(x_train), -1), y_train)
    baseline = linear.score(x_test.reshape(len(x_test), -1), y_test)

    print(f"linear model: {baseline:.3f}")
    lora, head = (adapted[name]["accuracy"] for name in ("LoRA and head", "head alone"))
    assert lora > head + 0.05
    return {
        "adapted": adapted,
        "baseline": baseline,
        "base": learned,
        "lora": ways["LoRA and head"],
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: what each way of adapting is worth, and learning."""
    adapted = result["adapted"]
    picture, axes = plt.subplots(figsize=(5, 2.6))
    percent = [100 * each["accuracy"] for each in adapted.values()]
    names = [f"{name}\n{each['trained']:,}" for name, each in adapted.items()]
    bars = axes.barh(names[::-1], percent[::-1])
    axes.bar_label(bars, fmt="%.0f", padding=-22, color="white")
    axes.axvline(100 * result["baseline"], color="C1")
    axes.set_xlabel("% of swapped test images read right")
    axes.set_ylabel("what is trained: weights")
    best = max(adapted, key=lambda name: adapted[name]["accuracy"])
    lora, head = adapted["LoRA and head"], adapted["head alone"]
    picture.set_label(
        "Four ways to teach the network images whose rows and columns are swapped. "
        f"With LoRA it reads {lora['accuracy']:.0%} right and trains "
        f"{lora['trained'] / adapted['all weights']['trained']:.0%} of the weights; "
        f"with the head alone {head['accuracy']:.0%}. The best of the four is "
        f"“{best}”. The line: a linear model, {result['baseline']:.0%}."
    )

    curve, axes = plt.subplots()
    loss, validation = lora["history"]["loss"], lora["history"]["val_loss"]
    axes.plot(range(1, len(loss) + 1), loss, label="training")
    axes.plot(range(1, len(loss) + 1), validation, label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy")
    axes.legend()
    least = int(np.argmin(validation))
    curve.set_label(
        f"With LoRA, the loss on validation images falls from {validation[0]:.2f} to "
        f"{validation[least]:.2f} in epoch {least + 1} of {len(loss)}; the weights of "
        "that epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
