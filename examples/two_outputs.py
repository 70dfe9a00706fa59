"""Two answers from half an image: which digit it is, and its missing half.

API: functional ``keras.Model``. One input, one body, two heads: the model has
two named outputs, and each has its own loss. A ``Sequential`` ends in one output.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.linear_model import LinearRegression, LogisticRegression

RULE = "several-outputs"
EPOCHS = 15
TRAIN = 1200  # the first 1200 images; the other 597 are for the test

Data = tuple[np.ndarray, dict[str, np.ndarray]]


def load_data() -> tuple[Data, Data]:
    """Return train and test: left halves (n, 8, 4, 1), and the targets by name.

    ``digit`` (n,) is a number from 0 to 9; ``right_half`` (n, 32) holds the
    hidden pixels. All pixels are from 0 to 1.
    """
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
    left = images[:, :, :4]
    right = images[:, :, 4:].reshape(-1, 32)
    train = (left[:TRAIN], {"digit": digits[:TRAIN], "right_half": right[:TRAIN]})
    test = (left[TRAIN:], {"digit": digits[TRAIN:], "right_half": right[TRAIN:]})
    return train, test


def build() -> keras.Model:
    """Return a model from (n, 8, 4, 1) to ``digit`` (n, 10), ``right_half`` (n, 32)."""
    left = keras.Input((8, 4, 1), name="left_half")
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(left)
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.5)(x)
    body = layers.Dense(128, activation="relu")(x)
    digit = layers.Dense(10, activation="softmax", name="digit")(body)
    right = layers.Dense(32, activation="sigmoid", name="right_half")(body)
    outputs = {"digit": digit, "right_half": right}
    model = keras.Model(left, outputs, name="two_outputs")
    model.compile(
        optimizer=keras.optimizers.Adam(0.005),
        loss={"digit": "sparse_categorical_crossentropy", "right_half": "mse"},
        loss_weights={"digit": 1.0, "right_half": 10.0},
    )
    return model


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return both test results, and check both baselines."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baselines: one linear model per output, on the same left halves.
    flat_train, flat_test = x_train.reshape(-1, 32), x_test.reshape(-1, 32)
    classifier = LogisticRegression(max_iter=1000).fit(flat_train, y_train["digit"])
    accuracy_baseline = classifier.score(flat_test, y_test["digit"])
    painter = LinearRegression().fit(flat_train, y_train["right_half"])
    right_baseline = painter.predict(flat_test)
    mse_baseline = float(np.mean((right_baseline - y_test["right_half"]) ** 2))

    model = build()
    model.fit(x_train, y_train, batch_size=64, epochs=EPOCHS, verbose=0)
    predicted = model.predict(x_test, verbose=0)
    accuracy = float(np.mean(predicted["digit"].argmax(-1) == y_test["digit"]))
    mse = float(np.mean((predicted["right_half"] - y_test["right_half"]) ** 2))

    print(f"digit: accuracy {accuracy:.3f} (linear: {accuracy_baseline:.3f})")
    print(f"right half: squared error {mse:.4f} (linear: {mse_baseline:.4f})")
    assert accuracy > accuracy_baseline + 0.05
    assert mse < mse_baseline - 0.005
    return {
        "accuracy": accuracy,
        "accuracy_baseline": accuracy_baseline,
        "mse": mse,
        "mse_baseline": mse_baseline,
    }


if __name__ == "__main__":
    main()
