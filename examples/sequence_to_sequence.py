"""Read three images of digits and write the number in words, one after the other.

API: functional ``keras.Model``. In training the network takes two inputs: the images,
and the words so far (teacher forcing). The loop that writes until the end is plain
Python around the trained model, so it needs no subclass.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

RULE = "several-inputs"
EPOCHS = 4  # at most; training stops when the validation loss falls no more
TRAIN = 960  # train numbers use the first 960 images
VALID = 240  # validation numbers use the next 240, test numbers the other 597
SHAPE = (8, 8, 1)
NUMBERS = 4000  # train numbers
WIDTH = 80  # units of the encoder and of the decoder
STEPS = 5  # the longest answer: three, hundred, forty, seven, <end>

TEXT = """
<end> <start> zero one two three four five six seven eight nine ten eleven twelve
thirteen fourteen fifteen sixteen seventeen eighteen nineteen
twenty thirty forty fifty sixty seventy eighty ninety hundred
"""
WORDS = TEXT.split()
ONES, TENS = WORDS[2:22], WORDS[22:30]
END, START = 0, 1  # after the end, the targets stay at <end>

Arrays = tuple[np.ndarray, np.ndarray]
Data = tuple[dict[str, np.ndarray], np.ndarray]


def spell(number: int) -> list[str]:
    """Return the words of a number from 0 to 999."""
    hundreds, rest = divmod(number, 100)
    words = [ONES[hundreds], "hundred"] if hundreds else []
    if rest >= 20:
        words.append(TENS[rest // 10 - 2])
        rest %= 10
    return words if words and not rest else [*words, ONES[rest]]


def encode(numbers: np.ndarray) -> np.ndarray:
    """Return the words of n numbers as word ids (n, 5)."""
    ids = np.full((len(numbers), STEPS), END)
    for row, number in zip(ids, numbers, strict=True):
        words = spell(number)
        row[: len(words)] = [WORDS.index(word) for word in words]
    return ids


def make_numbers(images: np.ndarray, digits: np.ndarray, n: int) -> Data:
    """Return n inputs, images (n, 3, 8, 8, 1) and words (n, 5), and targets (n, 5)."""
    chosen = np.random.default_rng(0).integers(len(images), size=(n, 3))
    targets = encode(digits[chosen] @ [100, 10, 1])
    # Teacher forcing: beside each target stands the right word before it.
    words = np.hstack([np.full((n, 1), START), targets[:, :-1]])
    return {"images": images[chosen], "words": words}, targets


def load_images() -> list[Arrays]:
    """Return train, validation and test: images (n, 8, 8, 1) and digits (n,)."""
    pixels, digits = load_digits(return_X_y=True)
    images = pixels.reshape(-1, *SHAPE).astype("float32")
    ends = [TRAIN, TRAIN + VALID]
    parts = np.split(images, ends), np.split(digits, ends)
    return list(zip(*parts, strict=True))


def load_parts() -> list[Data]:
    """Return train, validation and test: two inputs by name, and word ids."""
    parts = zip(load_images(), (NUMBERS, 640, 1000), strict=True)
    return [make_numbers(images, digits, n) for (images, digits), n in parts]


def load_data() -> tuple[Data, Data]:
    """Return train and test: two inputs by name, and word ids as targets."""
    train, _, test = load_parts()
    return train, test


def build() -> keras.Model:
    """Return a model from images and words to the chances of the next words.

    Give the training images to ``adapt`` before you train.
    """
    reader = keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.Normalization(),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(32, activation="relu"),
        ]
    )
    images = keras.Input((3, *SHAPE), name="images")
    x = layers.TimeDistributed(reader, name="reader")(images)
    # From the last image to the first, which is what the first word needs. So few
    # steps are faster without a loop: unroll.
    gru = layers.GRU(WIDTH, go_backwards=True, unroll=True, name="encoder")
    state = gru(x)

    words = keras.Input((STEPS,), dtype="int32", name="words")
    y = layers.Embedding(len(WORDS), 32, name="embedding")(words)
    gru = layers.GRU(WIDTH, return_sequences=True, unroll=True, name="decoder")
    y = gru(y, initial_state=state)
    chances = layers.Dense(len(WORDS), activation="softmax", name="chances")(y)
    model = keras.Model([images, words], chances, name="sequence_to_sequence")
    model.compile(
        optimizer=keras.optimizers.Adam(0.006),
        loss="sparse_categorical_crossentropy",
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def adapt(model: keras.Model, images: np.ndarray) -> None:
    """Tell the model the mean and the variance of the training images (n, 8, 8, 1)."""
    model.get_layer("reader").layer.layers[0].adapt(images)


def write(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return the word ids (n, 5) that the model writes for images (n, 3, 8, 8, 1)."""
    words = np.full((len(images), 1 + STEPS), END)
    words[:, 0] = START
    for step in range(STEPS):
        chances = model({"images": images, "words": words[:, :-1]}, training=False)
        best = np.argmax(chances[:, step], axis=-1)
        ended = words[:, step] == END
        words[:, step + 1] = np.where(ended, END, best)  # its own word, not a target
        if np.all(words[:, step + 1] == END):
            break
    return words[:, 1:]


def read(reader: BaseEstimator, scale: layers.Layer, images: np.ndarray) -> np.ndarray:
    """Return the word ids of `spell` for the digits that a classifier reads."""
    train, valid, _ = load_images()
    seen, digits = (np.concatenate(both) for both in zip(train, valid, strict=True))
    flat = [np.asarray(scale(x)).reshape(-1, seen[0].size) for x in (seen, images)]
    reader.fit(flat[0], digits)
    return encode(reader.predict(flat[1]).reshape(-1, 3) @ [100, 10, 1])


def words_of(ids: np.ndarray) -> list[str]:
    """Return the words of an answer (5,), up to the end."""
    return [WORDS[word] for word in ids if word != END]


def share_right(ids: np.ndarray, targets: np.ndarray) -> float:
    """Return the share of the answers (n, 5) that are right in all places."""
    return float(np.mean(np.all(ids == targets, axis=-1)))


def main(seed: int = 0) -> dict[str, Any]:
    """Train, write the test numbers, print and return how many are right, compare."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), validation, (x_test, y_test) = load_parts()
    model = build()
    adapt(model, load_images()[0][0])
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    history = model.fit(
        x_train,
        y_train,
        validation_data=validation,
        batch_size=32,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    written = write(model, x_test["images"])
    right = share_right(written, y_test)

    # Baselines: a classifier reads each digit, and spell() knows the words.
    scale = model.get_layer("reader").layer.layers[0]
    linear = LogisticRegression(tol=1e-3)
    baseline = share_right(read(linear, scale, x_test["images"]), y_test)
    svm = share_right(read(SVC(C=10), scale, x_test["images"]), y_test)

    print(f"numbers without a mistake: {right:.3f} ", end="")
    print(f"(linear reader and spell: {baseline:.3f}, SVM and spell: {svm:.3f})")
    assert right > baseline + 0.05
    return {
        "right": right,
        "baseline": baseline,
        "svm": svm,
        "images": x_test["images"],
        "written": written,
        "true": y_test,
        "model": model,
        "history": history.history,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: what the network wrote, and the learning curve."""
    written, true = result["written"], result["true"]
    is_right = np.all(written == true, axis=-1)
    rows = [*np.flatnonzero(is_right)[:4], *np.flatnonzero(~is_right)[:1]]
    picture, grid = plt.subplots(len(rows), 2, figsize=(5, 3.8), width_ratios=[3, 5])
    for (left, right), row in zip(grid, rows, strict=True):
        left.imshow(np.hstack(result["images"][row])[..., 0])
        text, color = " ".join(words_of(written[row])), None
        if not is_right[row]:
            text, color = f"{text}\n(right: {' '.join(words_of(true[row]))})", "C1"
        right.text(0, 0.5, text, va="center", color=color)
        left.set_axis_off()
        right.set_axis_off()
    picture.set_label(
        f"What the network writes for three images. Of {len(true):,} test numbers, it "
        f"writes {result['right']:.1%} without a mistake. A logistic regression that "
        "reads each digit, and a program that knows how to spell, get "
        f"{result['baseline']:.1%} right, an SVM and the program {result['svm']:.1%}."
    )

    loss, validation = result["history"]["loss"], result["history"]["val_loss"]
    curve, axes = plt.subplots()
    axes.plot(range(1, len(loss) + 1), loss, label="training")
    axes.plot(range(1, len(loss) + 1), validation, label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy of a word")
    axes.legend()
    best = int(np.argmin(validation))
    curve.set_label(
        f"The loss on validation numbers falls from {validation[0]:.2f} to "
        f"{validation[best]:.2f} in epoch {best + 1} of {len(loss)}; the weights of "
        "that epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
