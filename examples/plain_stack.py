"""Read a handwritten digit: one image in, one answer out.

API: ``keras.Sequential``. Every layer takes the output of the layer before it,
from the image to the ten probabilities. That is a stack, and nothing else here
asks for more: one input, one output, no branch.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "plain-stack"
EPOCHS = 15
TRAIN = 1200  # the first 1200 images; the other 597 are for the test

Arrays = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 8, 8, 1) from 0 to 1, and digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
    return (images[:TRAIN], digits[:TRAIN]), (images[TRAIN:], digits[TRAIN:])


def build() -> keras.Model:
    """Return a model from images (n, 8, 8, 1) to ten probabilities (n, 10)."""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ],
        name="plain_stack",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.005),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return the test accuracy, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baseline: logistic regression on the same 64 pixels.
    linear = LogisticRegression(max_iter=1000)
    linear.fit(x_train.reshape(-1, 64), y_train)
    baseline = linear.score(x_test.reshape(-1, 64), y_test)

    model = build()
    model.fit(x_train, y_train, batch_size=64, epochs=EPOCHS, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]

    print(f"test accuracy: {accuracy:.3f} (logistic regression: {baseline:.3f})")
    assert accuracy > baseline + 0.02
    return {"accuracy": accuracy, "baseline": baseline}


if __name__ == "__main__":
    main()
