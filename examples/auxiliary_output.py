"""Train eight sigmoid layers in a row, with the help of a head in the middle.

API: functional ``keras.Model``. The tensor in the middle goes on to the next layer
and to a head of its own: one input, two outputs. A ``Sequential`` ends in one output.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

RULE = "several-outputs"
EPOCHS = 25
TRAIN = 1200  # the first 1200 images; the other 597 are for the test
DEPTH = 8  # hidden layers; sigmoid makes the gradient smaller in each of them

Data = tuple[np.ndarray, dict[str, np.ndarray]]


def load_data() -> tuple[Data, Data]:
    """Return train and test: pixels (n, 64) from 0 to 1, and the targets by name.

    Both targets are the digit (n,): the head in the middle answers the same question.
    """
    pixels, digits = load_digits(return_X_y=True)
    pixels = pixels.astype("float32") / 16
    train, test = digits[:TRAIN], digits[TRAIN:]
    return (
        (pixels[:TRAIN], {"digit": train, "early": train}),
        (pixels[TRAIN:], {"digit": test, "early": test}),
    )


def build(auxiliary: bool = True, depth: int = DEPTH) -> keras.Model:
    """Return a model from pixels (n, 64) to ``digit`` and ``early``, each (n, 10)."""
    pixels = x = keras.Input((64,), name="pixels")
    for number in range(1, depth + 1):
        x = layers.Dense(64, activation="sigmoid")(x)
        if number == depth // 2:
            middle = x
    outputs = {"digit": layers.Dense(10, activation="softmax", name="digit")(x)}
    if auxiliary:
        head = layers.Dense(10, activation="softmax", name="early")
        outputs["early"] = head(middle)
    model = keras.Model(pixels, outputs, name="auxiliary_output")
    weights = {"digit": 1.0, "early": 0.3}
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=dict.fromkeys(outputs, "sparse_categorical_crossentropy"),
        loss_weights={name: weights[name] for name in outputs},
    )
    return model


def without_head(model: keras.Model) -> keras.Model:
    """Return a model from pixels to ``digit`` only, on the same layers."""
    return keras.Model(model.inputs[0], model.get_layer("digit").output)


def main(seed: int = 0) -> dict[str, float]:
    """Train with and without the head, print both accuracies, and compare."""
    (x_train, y_train), (x_test, y_test) = load_data()

    def accuracy(auxiliary: bool) -> float:
        keras.utils.set_random_seed(seed)  # the same first weights, twice
        model = build(auxiliary)
        targets = {name: y_train[name] for name in model.output_names}
        model.fit(x_train, targets, batch_size=128, epochs=EPOCHS, verbose=0)
        probabilities = without_head(model)(x_test)
        return float(np.mean(np.argmax(probabilities, axis=-1) == y_test["digit"]))

    # Baseline: the same network, trained in the same way without the head.
    baseline, result = accuracy(auxiliary=False), accuracy(auxiliary=True)

    print(f"test accuracy: {result:.3f} (trained without the head: {baseline:.3f})")
    assert result > baseline + 0.3
    return {"accuracy": result, "baseline": baseline}


if __name__ == "__main__":
    main()
