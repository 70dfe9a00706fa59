"""Train eight sigmoid layers in a row, with the help of a head in the middle.

API: functional ``keras.Model``. The tensor in the middle goes on to the next layer
and to a head of its own: one input, two outputs. A ``Sequential`` ends in one output.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "several-outputs"
EPOCHS = 16  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # the first 1200 images, a fifth of them for validation; 597 for test
FEATURES = 64
CLASSES = 10
DEPTH = 8  # hidden layers; sigmoid makes the gradient smaller in each of them

Data = tuple[np.ndarray, dict[str, np.ndarray]]


def load_parts() -> tuple[Data, Data, Data]:
    """Return train, validation and test: pixels (n, 64), and the targets by name.

    Both targets are the digit (n,): the head in the middle answers the same question.
    """
    pixels, digits = load_digits(return_X_y=True)
    pixels = pixels.astype("float32") / 16  # from 0 to 1
    ends = [TRAIN * 4 // 5, TRAIN]
    pairs = zip(np.split(pixels, ends), np.split(digits, ends), strict=True)
    train, valid, test = [(x, {"digit": y, "early": y}) for x, y in pairs]
    return train, valid, test


def load_data() -> tuple[Data, Data]:
    """Return train and test: pixels (n, 64) from 0 to 1, and the targets by name."""
    train, _, test = load_parts()
    return train, test


def build(auxiliary: bool = True, depth: int = DEPTH) -> keras.Model:
    """Return a model from pixels (n, 64) to ``digit`` and ``early``, each (n, 10)."""
    pixels = x = keras.Input((FEATURES,), name="pixels")
    for number in range(1, depth + 1):
        x = layers.Dense(64, activation="sigmoid")(x)
        if number == depth // 2:
            middle = x
    outputs = {"digit": layers.Dense(CLASSES, activation="softmax", name="digit")(x)}
    if auxiliary:
        head = layers.Dense(CLASSES, activation="softmax", name="early")
        outputs["early"] = head(middle)
    model = keras.Model(pixels, outputs, name="auxiliary_output")
    weights = {"digit": 1.0, "early": 0.3}
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=dict.fromkeys(outputs, "sparse_categorical_crossentropy"),
        loss_weights={name: weights[name] for name in outputs},
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def without_head(model: keras.Model) -> keras.Model:
    """Return a model from pixels to ``digit`` only, on the same layers."""
    return keras.Model(model.inputs[0], model.get_layer("digit").output)


def gradients(model: keras.Model, x: np.ndarray, targets: dict) -> list[float]:
    """Return the size of the gradient of the loss at each hidden layer, in order."""
    kernels = [layer.kernel.value for layer in model.layers[1 : DEPTH + 1]]
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x, targets, model(x))
    return [float(tf.norm(gradient)) for gradient in tape.gradient(loss, kernels)]


def main(seed: int = 0) -> dict[str, Any]:
    """Train with and without the head, print and return accuracies, and compare."""
    (x_train, y_train), (x_valid, y_valid), (x_test, y_test) = load_parts()
    accuracies, slopes, histories, logged = [], {}, {}, {}

    # Baseline: the same network, trained in the same way without the head.
    for name, auxiliary in (("with the head", True), ("without", False)):
        keras.utils.set_random_seed(seed)  # the same first weights, twice
        model = build(auxiliary)
        used = model.output_names
        train, valid = [{key: y[key] for key in used} for y in (y_train, y_valid)]
        slopes[name] = gradients(model, x_train, train)

        # What counts is the main output. Keras names its loss so if there are two.
        loss = "digit_loss" if auxiliary else "loss"
        stop = keras.callbacks.EarlyStopping(
            f"val_{loss}", patience=8, mode="min", restore_best_weights=True
        )
        history = model.fit(
            x_train,
            train,
            validation_data=(x_valid, valid),
            batch_size=64,
            epochs=EPOCHS,
            callbacks=[stop],
            verbose=0,
        ).history
        histories[name] = history[loss], history[f"val_{loss}"]
        logged[name] = sorted(history)
        answers = np.argmax(without_head(model)(x_test), axis=-1)
        accuracies.append(float(np.mean(answers == y_test["digit"])))
    accuracy, baseline = accuracies

    # Without any hidden layer: a linear model of the pixels, on the same images.
    linear = LogisticRegression(solver="newton-cholesky").fit(
        np.concatenate([x_train, x_valid]),
        np.concatenate([y_train["digit"], y_valid["digit"]]),
    )
    by_pixels = float(linear.score(x_test, y_test["digit"]))

    print(f"test accuracy: {accuracy:.3f} (trained without the head: {baseline:.3f})")
    print(f"logistic regression: {by_pixels:.3f}")
    assert accuracy > baseline + 0.3
    return {
        "accuracy": accuracy,
        "baseline": baseline,
        "linear": by_pixels,
        "gradients": slopes,
        "histories": histories,
        "logged": logged,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: gradients layer by layer, and both trainings."""
    picture, axes = plt.subplots()
    for name, sizes in result["gradients"].items():
        axes.plot(range(1, len(sizes) + 1), sizes, "o-", label=name)
    axes.axvline(len(sizes) // 2, color="C2", linestyle=":", label="here is the head")
    axes.set_yscale("log")
    axes.set_xlabel("hidden layer")
    axes.set_ylabel("size of the gradient")
    axes.legend()
    with_head, without = result["gradients"].values()
    picture.set_label(
        "The gradient of the loss before the training, from the last hidden layer back "
        f"to the first: without the head it falls from {without[-1]:.0e} to "
        f"{without[0]:.0e}; with it, the first layer gets {with_head[0]:.0e}, "
        f"{with_head[0] / without[0]:.0f} times as much."
    )

    curve, axes = plt.subplots(figsize=(5, 3.2))
    least = []
    for color, (name, (loss, validation)) in enumerate(result["histories"].items()):
        epochs = range(1, len(loss) + 1)
        axes.plot(epochs, loss, f"C{color}--", label=f"{name}, training")
        axes.plot(epochs, validation, f"C{color}", label=f"{name}, validation")
        least.append(min(validation))
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss of the main output")
    axes.set_ylim(bottom=0)
    curve.legend(loc="outside upper center", ncols=2)
    curve.set_label(
        "The loss of the main output on validation images falls to "
        f"{least[0]:.2f} with the head and to {least[1]:.2f} without. The weights of "
        f"that epoch are kept; they read {result['accuracy']:.1%} and "
        f"{result['baseline']:.1%} of the test images right. A logistic regression "
        f"reads {result['linear']:.1%}."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
