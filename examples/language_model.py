"""Write on, letter by letter: a decoder-only Transformer, a small language model.

API: functional ``keras.Model``. In self-attention one tensor goes into the same layer
as query and as value, skip connections lead around, and one matrix is used twice: for
the letters that come in, and for those that go out. A ``Sequential`` calls each layer
once, and hands over one tensor.
"""

import importlib
import inspect
from collections import Counter, defaultdict
from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import KerasTensor, layers
from matplotlib.figure import Figure

RULE = "branch-and-merge"
EPOCHS = 8  # at most; training stops when the validation loss falls no more
PACKAGE, PARTS = "sklearn", ("cluster", "linear_model", "decomposition", "ensemble")
LETTERS = " abcdefghijklmnopqrstuvwxyz0123456789.,:;()[]{}<>=+-*/_`'\""
CONTEXT, WIDTH, HEADS, BLOCKS = 32, 48, 4, 1
ORDER = 5  # letters that the longest n-gram knows, the predicted one among them

Arrays = tuple[np.ndarray, np.ndarray]


@keras.saving.register_keras_serializable(package="examples")
class PositionEmbedding(layers.Layer):
    """Add a learned vector to each place of a sequence (n, length, width)."""

    def build(self, input_shape):
        self.vectors = self.add_weight(shape=input_shape[1:], initializer="uniform")

    def call(self, x):
        return x + self.vectors


def encode(text: str) -> np.ndarray:
    """Return the numbers of the letters that are known; the others are left out."""
    number = {letter: i for i, letter in enumerate(LETTERS)}
    text = " ".join(text.lower().split())
    return np.array([number[each] for each in text if each in number], "int32")


def decode(numbers: np.ndarray) -> str:
    """Return the text of some numbers."""
    return "".join(LETTERS[number] for number in numbers)


def load_texts() -> list[np.ndarray]:
    """Return train, validation and test: documentation, one text after the other."""
    texts: list[list[str]] = [[], [], []]
    for name in PARTS:
        part = importlib.import_module(f"{PACKAGE}.{name}")
        docs = {inspect.getdoc(getattr(part, each)) or "" for each in part.__all__}
        order = np.random.default_rng(0).permutation(len(docs))
        for i, place in enumerate(order):
            texts[{0: 1, 1: 2}.get(i % 6, 0)].append(sorted(docs)[place])
    return [encode(" ".join(each)) for each in texts]


def windows(text: np.ndarray) -> Arrays:
    """Return letters (n, 32), and the letter that follows each of them (n, 32)."""
    rows = np.arange(0, len(text) - CONTEXT, CONTEXT)[:, None] + np.arange(CONTEXT + 1)
    return text[rows[:-1]][:, :-1], text[rows[:-1]][:, 1:]


def load_parts() -> tuple[Arrays, Arrays, Arrays]:
    """Return the windows of train, validation and test."""
    train, valid, test = (windows(text) for text in load_texts())
    return train, valid, test


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: letters (n, 32), and those that follow (n, 32)."""
    train, _, test = load_parts()
    return train, test


def block(x: KerasTensor, causal: bool = True) -> KerasTensor:
    """Return a tensor of the same shape: attention to what came before, and a mix."""
    y = layers.LayerNormalization()(x)
    attention = layers.MultiHeadAttention(HEADS, WIDTH // HEADS)
    x = layers.Add()([x, attention(y, y, use_causal_mask=causal)])
    y = layers.LayerNormalization()(x)
    y = layers.Dense(4 * WIDTH, activation="gelu")(y)
    return layers.Add()([x, layers.Dense(WIDTH)(y)])


def build(causal: bool = True) -> keras.Model:
    """Return a model from letters (n, 32) to a score for each next one (n, 32, 59)."""
    letters = keras.Input((CONTEXT,), dtype="int32", name="letters")
    embedding = layers.ReversibleEmbedding(len(LETTERS), WIDTH, name="embedding")
    x = PositionEmbedding()(embedding(letters))
    for _ in range(BLOCKS):
        x = block(x, causal)
    x = layers.LayerNormalization()(x)
    scores = embedding(x, reverse=True)  # the same matrix, transposed
    model = keras.Model(letters, scores, name="language_model")
    model.compile(
        optimizer=keras.optimizers.Adam(0.004),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


def write(
    model: keras.Model, start: str, n: int = 80, temperature: float = 0.5, seed: int = 0
) -> str:
    """Return `start` and n letters more, each drawn from the model's chances."""
    random, text = np.random.default_rng(seed), list(encode(start))
    for _ in range(n):
        seen = text[-CONTEXT:]
        padded = np.array([seen + [0] * (CONTEXT - len(seen))])  # behind: not seen
        scores = np.asarray(model(padded))[0, len(seen) - 1].astype("float64")
        chances = np.exp((scores - scores.max()) / temperature)
        text.append(random.choice(len(chances), p=chances / chances.sum()))
    return decode(np.array(text))


def ngram(text: np.ndarray, x: np.ndarray, y: np.ndarray, order: int) -> np.ndarray:
    """Return the chance of each letter of y (n, 32) in n-grams of a text.

    They see no more than the network: the letters of the window. The chances of all
    lengths are mixed as Witten and Bell do it: the more letters have followed a
    context, the less a shorter one counts.
    """
    chance = np.full(y.shape, 1 / len(LETTERS))
    for length in range(order):
        follow: dict[bytes, Counter[int]] = defaultdict(Counter)
        for end in range(length, len(text)):
            follow[text[end - length : end].tobytes()][int(text[end])] += 1
        total = {context: sum(count.values()) for context, count in follow.items()}
        for row, place in np.ndindex(y.shape):
            if place + 1 < length:
                continue  # the window does not have so many letters
            context = x[row, place + 1 - length : place + 1].tobytes()
            if count := follow.get(context):
                kinds = len(count)
                seen = count[int(y[row, place])] + kinds * chance[row, place]
                chance[row, place] = seen / (total[context] + kinds)
    return chance


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the bits for each letter, and compare with n-grams."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), validation, (x_test, y_test) = load_parts()
    text = load_texts()[0]
    bits = {
        f"{order}-gram": -np.log2(ngram(text, x_test, y_test, order)).mean(axis=0)
        for order in (1, 2, 3, ORDER)
    }

    model = build()
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    history = model.fit(
        x_train,
        y_train,
        validation_data=validation,
        batch_size=64,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    logs = np.asarray(keras.ops.log_softmax(model.predict(x_test, verbose=0)))
    chosen = np.take_along_axis(logs, y_test[..., None], axis=-1)[..., 0]
    bits["network"] = -chosen.mean(axis=0) / np.log(2)

    mean = {name: float(each.mean()) for name, each in bits.items()}
    print("bits for a letter:", ", ".join(f"{k} {v:.2f}" for k, v in mean.items()))
    assert mean["network"] < mean["2-gram"] - 0.1
    return {
        "bits": bits,
        "mean": mean,
        "model": model,
        "history": history.history,
        "x": x_test,
        "y": y_test,
    }
