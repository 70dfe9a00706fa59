"""Read the image that the first image points at: a transformer encoder.

API: functional ``keras.Model``. In self-attention one tensor goes into the same
layer as query and as value, and a skip connection leads around that layer. A
``Sequential`` hands over each tensor once, to one layer, and cannot do either.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

RULE = "branch-and-merge"
EPOCHS = 7
TRAIN = 1200  # train sequences use the first 1200 images, test ones the other 597
LENGTH = 5  # images in a sequence: a pointer (1 to 4), and four to choose from
WIDTH = 32  # numbers that describe an image inside the network
HEADS = 2

Arrays = tuple[np.ndarray, np.ndarray]


@keras.saving.register_keras_serializable(package="examples")
class PositionEmbedding(layers.Layer):
    """Add a learned vector to each place of a sequence (n, length, width)."""

    def build(self, input_shape):
        self.vectors = self.add_weight(shape=input_shape[1:], initializer="uniform")

    def call(self, x):
        return x + self.vectors


def make_sequences(images: np.ndarray, digits: np.ndarray, n: int) -> Arrays:
    """Return n sequences (n, 5, 64), and the digit that the first image points at."""
    rng = np.random.default_rng(0)
    pointers = np.flatnonzero((digits >= 1) & (digits < LENGTH))
    first = rng.choice(pointers, size=(n, 1))
    chosen = np.hstack([first, rng.integers(len(images), size=(n, LENGTH - 1))])
    answer = digits[chosen[np.arange(n), digits[chosen[:, 0]]]]
    return images[chosen], answer


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: pixels (n, 5, 64) from 0 to 1, and digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    images = images.astype("float32") / 16
    train = make_sequences(images[:TRAIN], digits[:TRAIN], 6000)
    test = make_sequences(images[TRAIN:], digits[TRAIN:], 1000)
    return train, test


def encoder_block(x: keras.KerasTensor) -> keras.KerasTensor:
    """Return a tensor of the same shape: attention, then a dense part, with skips."""
    y = layers.LayerNormalization()(x)
    y = layers.MultiHeadAttention(HEADS, key_dim=WIDTH // HEADS)(query=y, value=y)
    x = layers.Add()([x, y])
    y = layers.LayerNormalization()(x)
    y = layers.Dense(2 * WIDTH, activation="relu")(y)
    y = layers.Dense(WIDTH)(y)
    return layers.Add()([x, y])


def build(positions: bool = True) -> keras.Model:
    """Return a model from sequences (n, 5, 64) to ten probabilities (n, 10)."""
    images = keras.Input((LENGTH, 64), name="images")
    x = layers.Dense(WIDTH, activation="relu")(images)  # each image for itself
    x = layers.Dense(WIDTH)(x)
    if positions:
        x = PositionEmbedding()(x)
    x = encoder_block(x)
    x = layers.LayerNormalization()(x)
    outputs = layers.Dense(10, activation="softmax")(x[:, 0])  # at the pointer
    return ready(keras.Model(images, outputs, name="transformer_encoder"))


def ready(model: keras.Model) -> keras.Model:
    """Return the model, compiled."""
    model.compile(
        optimizer=keras.optimizers.Adam(0.008),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main(seed: int = 0) -> dict[str, object]:
    """Train the encoder and a dense stack, print both accuracies, and compare."""
    (x_train, y_train), (x_test, y_test) = load_data()

    def accuracy(model: keras.Model) -> float:
        model.fit(x_train, y_train, batch_size=128, epochs=EPOCHS, verbose=0)
        return model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]

    keras.utils.set_random_seed(seed)
    model = build()
    attention = accuracy(model)

    # Baseline: a stack that sees all pixels of all images, with more weights.
    dense = keras.Sequential(
        [
            keras.Input((LENGTH, 64)),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    baseline = accuracy(ready(dense))

    print(f"test accuracy: {attention:.3f} (dense stack: {baseline:.3f})")
    assert attention > baseline + 0.08
    return {"accuracy": attention, "baseline": baseline, "model": model}


if __name__ == "__main__":
    main()
