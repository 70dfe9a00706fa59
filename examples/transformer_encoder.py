"""Read the image that the first image points at: a transformer encoder.

API: functional ``keras.Model``. In self-attention one tensor goes into the same
layer as query and as value, and a skip connection leads around that layer. A
``Sequential`` hands over each tensor once, to one layer, and cannot do either.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

RULE = "branch-and-merge"
EPOCHS = 8  # at most; training stops when the validation loss falls no more
DENSE_EPOCHS = 16  # the dense stack learns for longer
BATCH = 128
TRAIN, VALID = 1000, 200  # images of each part; the other 597 are for the test
LENGTH = 5  # images in a sequence: a pointer (1 to 4), and four to choose from
PIXELS, CLASSES = 64, 10
SEQUENCES = (4992, 1024, 1000)  # to train, for validation and for the test
BASELINES = ("dense stack", "recurrent stack")
WIDTH = 32  # numbers that describe an image inside the network
HEADS = 2

Arrays = tuple[np.ndarray, np.ndarray]


@keras.saving.register_keras_serializable(package="examples")
class PositionEmbedding(layers.Layer):
    """Add a learned vector to each place of a sequence (n, length, width)."""

    start = keras.initializers.RandomNormal(stddev=0.3)

    def build(self, input_shape):
        self.vectors = self.add_weight(shape=input_shape[1:], initializer=self.start)

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


def load_table() -> Arrays:
    """Return pixels (1797, 64) from 0 to 1, and digits (1797,)."""
    images, digits = load_digits(return_X_y=True)
    return images.astype("float32") / 16, digits


def load_parts() -> tuple[Arrays, Arrays, Arrays]:
    """Return train, validation and test sequences, which share no image."""
    images, digits = (np.split(a, [TRAIN, TRAIN + VALID]) for a in load_table())
    parts = zip(images, digits, SEQUENCES, strict=True)
    train, valid, test = (make_sequences(*part) for part in parts)
    return train, valid, test


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: pixels (n, 5, 64), and digits (n,)."""
    train, _, test = load_parts()
    return train, test


def pointed_at() -> np.ndarray:
    """Return the place that the pointer of each test sequence names, from 1 on."""
    digits = load_table()[1][TRAIN + VALID :]
    # The same random choices, with the digit in place of its pixels.
    sequences, _ = make_sequences(digits, digits, SEQUENCES[-1])
    return sequences[:, 0]


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
    """Return a model from sequences (n, 5, 64) to probabilities (n, 10)."""
    images = keras.Input((LENGTH, PIXELS), name="images")
    x = layers.Dense(WIDTH, activation="relu")(images)  # each image for itself
    x = layers.Dense(WIDTH)(x)
    if positions:
        x = PositionEmbedding()(x)
    x = encoder_block(x)
    x = layers.LayerNormalization()(x)
    outputs = layers.Dense(CLASSES, activation="softmax")(x[:, 0])  # at the pointer
    return ready(
        keras.Model(images, outputs, name="transformer_encoder"), 0.005, EPOCHS
    )


def build_stack(name: str) -> keras.Sequential:
    """Return a baseline: a dense stack, or one that reads the images in their order."""
    if name == "dense stack":
        hidden = [
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(64, activation="relu"),
        ]
    else:
        each_image = [layers.Dense(WIDTH, activation="relu") for _ in range(2)]
        hidden = [*each_image, layers.GRU(40)]
    outputs = layers.Dense(CLASSES, activation="softmax")
    stack = keras.Sequential([keras.Input((LENGTH, PIXELS)), *hidden, outputs])
    rate, epochs = (0.003, DENSE_EPOCHS) if name == "dense stack" else (0.008, EPOCHS)
    return ready(stack, rate, epochs)


def ready(model: keras.Model, rate: float, epochs: int) -> keras.Model:
    """Return the model, compiled."""
    steps = max(1, epochs * SEQUENCES[0] // BATCH)
    # Smaller and smaller steps: without them, the last epoch decides by luck.
    smaller = keras.optimizers.schedules.CosineDecay(rate, decay_steps=steps)
    model.compile(
        optimizer=keras.optimizers.Adam(smaller),
        loss="sparse_categorical_crossentropy",
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def attention_weights(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return how much each place attends to each, by head: (n, heads, 5, 5)."""
    kinds = [type(layer).__name__ for layer in model.layers]
    attention = model.layers[kinds.index("MultiHeadAttention")]
    before = model.layers[kinds.index("LayerNormalization")].output
    y = keras.Model(model.inputs[0], before)(images)
    _, weights = attention(query=y, value=y, return_attention_scores=True)
    return np.asarray(weights)


def main(seed: int = 0) -> dict[str, Any]:
    """Train the encoder and two stacks, print and return how often they are right."""
    (x_train, y_train), validation, (x_test, y_test) = load_parts()
    accuracies, models, histories, named = {}, {}, {}, {}
    # Baselines: a stack that sees all pixels of all images, with more weights, and a
    # recurrent one of equal size, which reads each image with the same weights.
    for name in ("encoder", *BASELINES):
        keras.utils.set_random_seed(seed)
        model = build() if name == "encoder" else build_stack(name)
        stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
        history = model.fit(
            x_train,
            y_train,
            validation_data=validation,
            batch_size=BATCH,
            validation_batch_size=SEQUENCES[1],
            epochs=DENSE_EPOCHS if name == "dense stack" else EPOCHS,
            callbacks=[stop],
            verbose=0,
        )
        named[name] = np.argmax(model(x_test), axis=-1)
        accuracies[name] = float(np.mean(named[name] == y_test))
        models[name], histories[name] = model, history.history

    print("test accuracy:", ", ".join(f"{k} {v:.3f}" for k, v in accuracies.items()))
    assert accuracies["encoder"] > accuracies["dense stack"] + 0.08
    model = models["encoder"]
    weights = attention_weights(model, x_test)
    return {
        "accuracies": accuracies,
        "model": model,
        "sizes": {name: each.count_params() for name, each in models.items()},
        "history": histories["encoder"],
        "images": x_test,
        "true": y_test,
        "named": named["encoder"],
        "weights": weights.mean(axis=1)[:, 0],  # of the pointer, over the heads
        "pointers": pointed_at(),
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: where the pointers look, and the learning curve."""
    weights, pointers = result["weights"], result["pointers"]
    picture, grid = plt.subplots(
        2, 2, figsize=(5, 2.4), gridspec_kw={"height_ratios": [1, 3]}
    )
    told = []
    for (above, below), pointer in zip(grid.T, (2, LENGTH - 1), strict=True):
        place = int(np.flatnonzero(pointers == pointer)[0])  # the first of its kind
        named, true = result["named"][place], result["true"][place]
        images = result["images"][place].reshape(LENGTH, 8, 8)
        strip = np.hstack([np.pad(image, ((0, 0), (1, 1))) for image in images])
        above.imshow(strip)
        above.set_axis_off()
        above.set_title(f"answer: {named} (right: {true})")
        below.bar(range(LENGTH), weights[place])
        below.set_xticks(range(LENGTH), ["first", *map(str, range(1, LENGTH))])
        below.set_xlim(-0.5, LENGTH - 0.5)
        below.set_ylim(0, 1)
        below.set_xlabel("image")
        told.append(
            f"the pointer {pointer} gives image {pointer} a weight of "
            f"{weights[place, pointer]:.2f}; the answer is {named}, right is {true}"
        )
    grid[1, 0].set_ylabel("attention")
    grid[1, 1].yaxis.set_visible(False)
    looked = np.mean(np.argmax(weights, axis=-1) == pointers)
    picture.set_label(
        "Two test sequences of five images, and how much the pointer, which is the "
        f"first image, attends to each: {told[0]}. {told[1].capitalize()}. In "
        f"{looked:.0%} of {len(pointers)} test sequences, the weight is largest at "
        "the image that the pointer names."
    )

    loss, validation = result["history"]["loss"], result["history"]["val_loss"]
    curve, axes = plt.subplots()
    axes.plot(range(1, len(loss) + 1), loss, label="training")
    axes.plot(range(1, len(loss) + 1), validation, label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy")
    axes.set_ylim(0)
    axes.legend()
    best = int(np.argmin(validation))
    curve.set_label(
        "The loss of the encoder on validation sequences falls from "
        f"{validation[0]:.2f} to {validation[best]:.2f} in epoch {best + 1} of "
        f"{len(loss)}; the weights of that epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
