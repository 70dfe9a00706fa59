"""Read a digit from an image of its upper half and a table about its lower half.

API: functional ``keras.Model``. An image needs convolutions, a row of a table needs
dense layers: two inputs, each with layers of its own, merged before the answer.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "several-inputs"
EPOCHS = 20
TRAIN = 1200  # the first 1200 digits; the other 597 are for the test

Data = tuple[dict[str, np.ndarray], np.ndarray]


def load_data() -> tuple[Data, Data]:
    """Return train and test: inputs by name, and digits (n,).

    ``image`` (n, 4, 8, 1) is the upper half of a digit, from 0 to 1. ``table``
    (n, 12) is made from the lower half, which the model never sees: the mean ink
    of its 4 rows and of its 8 columns.
    """
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8).astype("float32") / 16
    upper, lower = images[:, :4], images[:, 4:]
    table = np.concatenate([lower.mean(axis=2), lower.mean(axis=1)], axis=1)
    inputs = {"image": upper[..., None], "table": table}
    train = {name: values[:TRAIN] for name, values in inputs.items()}
    test = {name: values[TRAIN:] for name, values in inputs.items()}
    return (train, digits[:TRAIN]), (test, digits[TRAIN:])


def build() -> keras.Model:
    """Return a model from ``image`` and ``table`` to ten probabilities (n, 10)."""
    image = keras.Input((4, 8, 1), name="image")
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(image)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    x = layers.Flatten()(x)

    table = keras.Input((12,), name="table")
    y = layers.Dense(64, activation="relu")(table)

    merged = layers.Concatenate()([x, y])
    merged = layers.Dropout(0.4)(merged)
    merged = layers.Dense(64, activation="relu")(merged)
    digit = layers.Dense(10, activation="softmax", name="digit")(merged)
    model = keras.Model([image, table], digit, name="image_and_tabular")
    model.compile(
        optimizer=keras.optimizers.Adam(0.003),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return the test accuracy, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baseline: a logistic regression on one source only. The better one.
    scores = []
    for name in ("image", "table"):
        train = x_train[name].reshape(len(y_train), -1)
        test = x_test[name].reshape(len(y_test), -1)
        linear = LogisticRegression(max_iter=1000).fit(train, y_train)
        scores.append(linear.score(test, y_test))
    baseline = max(scores)

    model = build()
    model.fit(x_train, y_train, epochs=EPOCHS, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]

    print(f"test accuracy: {accuracy:.3f} (best single source: {baseline:.3f})")
    assert accuracy > baseline + 0.05
    return {"accuracy": accuracy, "baseline": baseline}


if __name__ == "__main__":
    main()
