"""Lay handwritten dominoes in a line: a decoder with attention, and rows of any length.

API: functional ``keras.Model``. The decoder lays one tile after the other, and looks at
all tiles each time. Attention takes two tensors, what asks and what is looked at, and a
stack has only one to give. A mask keeps the padding of shorter rows out.
"""

from itertools import permutations
from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "several-inputs"
EPOCHS = 4  # at most; training stops when the validation loss falls no more
TRAIN = 960  # training tiles use the first 960 images
VALID = 240  # validation tiles use the next 240, test tiles the other 597
ROWS = 2560  # training rows
PIXELS = 64  # of an image; there are two on a tile
DIGITS = 10
SHORTEST, LONGEST = 2, 5  # tiles of a row
WIDTH = 64  # units of the encoder and of the decoder
END = DIGITS  # after the end, the targets stay at END

Arrays = tuple[np.ndarray, np.ndarray]
Data = tuple[dict[str, np.ndarray], np.ndarray]


def make_rows(images: np.ndarray, digits: np.ndarray, n: int) -> Data:
    """Return n rows of tiles (n, 5, 2, 64) and digits (n, 6), and targets (n, 6).

    The tiles of a row can be laid in a line, from a digit that is given, but lie in any
    order; after them comes padding, zeros. Targets are what the line shows after the
    digit that is given. ``digits`` has the same, one place later: teacher forcing.
    """
    random = np.random.default_rng(0)
    tiles = np.zeros((n, LONGEST, 2, PIXELS), "float32")
    words = np.full((n, LONGEST + 2), END)
    of_digit = [np.flatnonzero(digits == digit) for digit in range(DIGITS)]
    for row, line in zip(tiles, words, strict=True):
        length = random.integers(SHORTEST, LONGEST + 1)
        line[: length + 1] = random.permutation(DIGITS)[: length + 1]
        for place, start in zip(random.permutation(length), range(length), strict=True):
            for half, digit in enumerate(line[start : start + 2]):
                which = random.integers(len(of_digit[digit]))
                row[place, half] = images[of_digit[digit][which]]
    return {"tiles": tiles, "digits": words[:, :-1]}, words[:, 1:]


def load_images() -> list[Arrays]:
    """Return train, validation and test: images (n, 64) and digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    ends = [TRAIN, TRAIN + VALID]
    parts = np.split(images.astype("float32"), ends), np.split(digits, ends)
    return list(zip(*parts, strict=True))


def load_parts() -> list[Data]:
    """Return train, validation and test: two inputs by name, and digits of the line."""
    parts = zip(load_images(), (ROWS, 320, 1000), strict=True)
    return [make_rows(images, digits, n) for (images, digits), n in parts]


def load_data() -> tuple[Data, Data]:
    """Return train and test: two inputs by name, and digits of the line."""
    train, _, test = load_parts()
    return train, test


def build(attend: bool = True, masked: bool = True) -> keras.Model:
    """Return a model from tiles and digits to the chances of the next digits.

    Give the training images to ``adapt`` before you train. Without `attend`, the
    decoder gets the mean of all tiles each time, in place of what it would find.
    """
    tiles = keras.Input((None, 2, PIXELS), name="tiles")  # as many as there are
    mask = ops.any(ops.not_equal(tiles, 0), axis=(-2, -1)) if masked else None
    x = layers.Normalization(axis=None, name="scale")(tiles)
    x = layers.Dense(64, activation="relu")(x)  # the same for each image
    x = layers.Dropout(0.1)(x)
    x = layers.Reshape((-1, 2 * 64))(x)
    gru = layers.GRU(WIDTH, return_sequences=True, return_state=True, name="encoder")
    read, state = gru(x, mask=mask)
    seen = layers.Dense(WIDTH)(layers.Concatenate()([read, x]))

    digits = keras.Input((LONGEST + 1,), dtype="int32", name="digits")
    y = layers.Embedding(DIGITS + 1, 32)(digits)
    gru = layers.GRU(WIDTH, return_sequences=True, name="decoder")
    asks = gru(y, initial_state=state)
    if attend:
        attention = layers.Attention(name="attention")
        found, _ = attention(
            [asks, seen], mask=[None, mask], return_attention_scores=True
        )
    else:
        mean = layers.GlobalAveragePooling1D()(seen, mask=mask)
        found = layers.RepeatVector(LONGEST + 1)(mean)
    y = layers.Concatenate()([asks, found])
    chances = layers.Dense(DIGITS + 1, activation="softmax", name="chances")(y)
    model = keras.Model([tiles, digits], chances, name="attention_decoder")
    model.compile(
        optimizer=keras.optimizers.Adam(0.007),
        loss="sparse_categorical_crossentropy",
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def adapt(model: keras.Model, images: np.ndarray) -> None:
    """Tell the model the mean and the variance of the training images (n, 64)."""
    model.get_layer("scale").adapt(images[:, None, None])


def lay(model: keras.Model, tiles: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return the digits (n, 6) that the model lays after the first ones (n,)."""
    digits = np.full((len(tiles), LONGEST + 2), END)
    digits[:, 0] = first
    for step in range(LONGEST + 1):
        inputs = {"tiles": tiles, "digits": digits[:, :-1]}
        best = np.argmax(model(inputs, training=False)[:, step], axis=-1)
        digits[:, step + 1] = np.where(digits[:, step] == END, END, best)
    return digits[:, 1:]


def try_orders(scale: layers.Layer, data: Data) -> np.ndarray:
    """Return lines (n, 6) by a logistic regression and a program that tries all orders.

    The regression gives each image a chance to be each digit. In a line, the second
    half of a tile shows the same digit as the first half of the next one. The program
    takes the order, and the digits, with the largest product of all chances.
    """
    train, valid, _ = load_images()
    seen, numbers = (np.concatenate(both) for both in zip(train, valid, strict=True))
    reader = LogisticRegression(tol=1e-3)
    reader.fit(np.asarray(scale(seen)).reshape(-1, PIXELS), numbers)
    x, targets = data
    there = np.any(x["tiles"] != 0, axis=(2, 3))
    pixels = np.asarray(scale(x["tiles"][there])).reshape(-1, PIXELS)
    logs = np.zeros((*there.shape, 2, DIGITS))
    logs[there] = reader.predict_log_proba(pixels).reshape(-1, 2, DIGITS)

    lines = np.full_like(targets, END)
    for length in range(SHORTEST, LONGEST + 1):
        rows = np.flatnonzero(there.sum(axis=1) == length)
        first = x["digits"][rows, 0, None]
        best = np.full(len(rows), -np.inf)
        for order in permutations(range(length)):
            laid = logs[rows][:, order]  # row, tile, half, digit
            both = laid[:, :, 1]
            both[:, :-1] += laid[:, 1:, 0]
            start = np.take_along_axis(laid[:, 0, 0], first, axis=1)[:, 0]
            score = start + both.max(axis=-1).sum(axis=-1)
            better = score > best
            best[better] = score[better]
            lines[rows[better], :length] = both[better].argmax(axis=-1)
    return lines


def share_right(lines: np.ndarray, targets: np.ndarray) -> float:
    """Return the share of the lines (n, 6) that are right in all places."""
    return float(np.mean(np.all(lines == targets, axis=-1)))


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return how many lines are right, and check the baselines."""
    (x_train, y_train), validation, (x_test, y_test) = load_parts()
    right, histories = {}, {}
    for name, attend in [("without attention", False), ("attention", True)]:
        keras.utils.set_random_seed(seed)
        model = build(attend)
        adapt(model, load_images()[0][0])
        stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
        history = model.fit(
            x_train,
            y_train,
            validation_data=validation,
            batch_size=64,
            validation_batch_size=320,
            epochs=EPOCHS,
            callbacks=[stop],
            verbose=0,
        )
        histories[name] = history.history
        lines = lay(model, x_test["tiles"], x_test["digits"][:, 0])
        right[name] = share_right(lines, y_test)

    # Baseline: a classifier reads each image, and a program knows the rule.
    found = try_orders(model.get_layer("scale"), (x_test, y_test))
    right["program"] = share_right(found, y_test)

    print("lines without a mistake:", end=" ")
    print(", ".join(f"{name} {share:.3f}" for name, share in right.items()))
    assert right["attention"] > right["without attention"] + 0.25
    return {
        "right": right,
        "histories": histories,
        "inputs": x_test,
        "targets": y_test,
        "lines": lines,
        "looks": looks(model, x_test),
        "model": model,
    }


def looks(model: keras.Model, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Return how much the decoder looks at each tile at each step (n, 6, 5)."""
    _, scores = model.get_layer("attention").output
    return np.asarray(keras.Model(model.inputs, scores)(inputs))


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: where the decoder looks, and the learning curve."""
    tiles, targets = result["inputs"]["tiles"], result["targets"]
    is_right = np.all(result["lines"] == targets, axis=-1)
    length = np.sum(targets != END, axis=-1)
    row = int(np.flatnonzero(is_right & (length == 5))[0])
    first, n = result["inputs"]["digits"][row, 0], length[row]
    picture, (above, below) = plt.subplots(
        2, 1, figsize=(5, 4.2), sharex=True, height_ratios=[1, 5]
    )
    halves = tiles[row, :n].reshape(n, 2, 8, 8)
    for place, (left, right) in enumerate(halves):
        pixels = np.hstack([left, np.full((8, 1), 16), right])
        edges = (place - 0.45, place + 0.45, 0, 1)
        above.imshow(pixels, extent=edges, aspect="auto")
    above.set_axis_off()
    image = below.imshow(result["looks"][row, :n, :n], vmin=0, vmax=1, aspect="auto")
    picture.colorbar(image, ax=[above, below], label="how much it looks")
    below.set_xlabel("tile")
    below.set_xticks(range(n), range(1, n + 1))
    below.set_ylabel("digit that is laid")
    below.set_yticks(range(n), result["lines"][row, :n])
    right = result["right"]
    picture.set_label(
        f"A row of {n} tiles. The first digit is {first}; the network lays "
        f"{', '.join(map(str, result['lines'][row, :n]))}, and each time it looks most "
        f"at the tile that comes next. Of {len(targets):,} test lines, it lays "
        f"{right['attention']:.0%} without a mistake. Without attention, a network "
        f"lays {right['without attention']:.0%}."
    )

    curve, axes = plt.subplots(figsize=(5, 3.2))
    ends = []
    for color, (name, history) in enumerate(result["histories"].items()):
        epochs = range(1, len(history["loss"]) + 1)
        axes.plot(epochs, history["loss"], f"C{color}:", label=f"{name}, training")
        axes.plot(epochs, history["val_loss"], f"C{color}", label=f"{name}, validation")
        ends.append(min(history["val_loss"]))
    axes.set_xlabel("epoch")
    axes.set_xticks(epochs)
    axes.set_ylabel("cross-entropy of a digit")
    curve.legend(loc="outside upper center", ncols=2)
    curve.set_label(
        f"Without attention, the loss on validation rows falls to {ends[0]:.2f}; with "
        f"attention, to {ends[1]:.2f}. The weights of the best epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
