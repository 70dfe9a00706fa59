"""Read digits with filters of three sizes side by side: an inception block.

API: functional ``keras.Model``. One tensor goes to three convolutions, and their
results are joined again: a branch and a merge. A stack has one path only.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "branch-and-merge"
EPOCHS = 12
TRAIN = 1200  # the first 1200 images; the other 597 are for the test

Arrays = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 8, 8, 1) from 0 to 1, and digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
    return (images[:TRAIN], digits[:TRAIN]), (images[TRAIN:], digits[TRAIN:])


def inception(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    """Return (n, height, width, 4 * filters): four views of x, in one tensor."""
    conv = {"padding": "same", "activation": "relu"}  # "same" keeps the size
    one = layers.Conv2D(filters, 1, **conv)(x)
    three = layers.Conv2D(filters, 3, **conv)(x)
    five = layers.Conv2D(filters, 5, **conv)(x)
    pool = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    pool = layers.Conv2D(filters, 1, **conv)(pool)
    return layers.Concatenate()([one, three, five, pool])


def build() -> keras.Model:
    """Return a model from images (n, 8, 8, 1) to ten probabilities (n, 10)."""
    image = keras.Input((8, 8, 1), name="image")
    x = inception(image, 12)
    x = layers.MaxPooling2D()(x)
    x = inception(x, 16)
    x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.5)(x)
    digit = layers.Dense(10, activation="softmax", name="digit")(x)
    model = keras.Model(image, digit, name="inception_branches")
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return the test accuracy, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baseline: a linear model on the same pixels.
    linear = LogisticRegression(max_iter=1000).fit(x_train.reshape(-1, 64), y_train)
    baseline = linear.score(x_test.reshape(-1, 64), y_test)

    model = build()
    model.fit(x_train, y_train, batch_size=64, epochs=EPOCHS, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]

    print(f"test accuracy: {accuracy:.3f} (logistic regression: {baseline:.3f})")
    assert accuracy > baseline + 0.02
    return {"accuracy": accuracy, "baseline": baseline}


if __name__ == "__main__":
    main()
