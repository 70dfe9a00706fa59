"""Write sentences about tumors: a small language model, a decoder-only Transformer.

API: functional ``keras.Model``. In self-attention one tensor goes into the same layer
as query and as value, skip connections lead around, and one matrix is used twice: for
the words that come in, and for those that go out. A ``Sequential`` calls each layer
once, and hands over one tensor.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import KerasTensor, layers
from matplotlib.figure import Figure
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

RULE = "branch-and-merge"
EPOCHS = 5  # at most; training stops when the validation loss falls no more
ROWS = (369, 469)  # tumors before are for training, between for validation
LEVELS, DIAGNOSES = ["small", "medium", "large"], ["malignant", "benign"]
VALUES = LEVELS + DIAGNOSES
NAMES = ["radius", "texture", "perimeter", "area", "smoothness", "compactness"]
NAMES += ["concavity", "points", "symmetry", "dimension", "diagnosis"]
WORDS = [".", *NAMES, *VALUES]
LENGTH = 2 * len(NAMES)  # words of a sentence, and of what the model can see
WIDTH, HEADS, BLOCKS = 48, 4, 1
HEATS = (0.5, 1.0, 1.5, 2.0)  # temperatures that are compared

Arrays = tuple[np.ndarray, np.ndarray]


@keras.saving.register_keras_serializable(package="examples")
class PositionEmbedding(layers.Layer):
    """Add a learned vector to each place of a sequence (n, length, width)."""

    def build(self, input_shape):
        self.vectors = self.add_weight(shape=input_shape[1:], initializer="uniform")

    def call(self, x):
        return x + self.vectors


def encode(text: str) -> np.ndarray:
    """Return the numbers of the words of a text."""
    return np.array([WORDS.index(word) for word in text.split()], "int32")


def decode(numbers: np.ndarray) -> str:
    """Return the text of some numbers."""
    return " ".join(WORDS[number] for number in numbers)


def load_table() -> list[np.ndarray]:
    """Return train, validation and test: for each tumor the number of each value."""
    columns, benign = load_breast_cancer(return_X_y=True)
    columns = columns[:, : len(NAMES) - 1]
    thirds = np.quantile(columns[: ROWS[0]], [1 / 3, 2 / 3], axis=0)
    levels = (columns[:, None] > thirds).sum(axis=1)
    table = np.hstack([levels, len(LEVELS) + benign[:, None]]) + WORDS.index(VALUES[0])
    return np.split(table, ROWS)


def sentences(table: np.ndarray, copies: int) -> Arrays:
    """Return words (n, 22), and those that follow: each row in some random orders."""
    random = np.random.default_rng(0)
    table = np.repeat(table, copies, axis=0)
    order = random.permuted(np.tile(np.arange(len(NAMES)), (len(table), 1)), axis=1)
    pairs = [order + WORDS.index(NAMES[0]), np.take_along_axis(table, order, axis=1)]
    words = np.stack(pairs, axis=-1).reshape(-1, LENGTH).astype("int32")
    return np.pad(words, ((0, 0), (1, 0)))[:, :-1], words  # 0 is the full stop before


def load_parts() -> tuple[Arrays, Arrays, Arrays]:
    """Return train, validation and test."""
    train, valid, test = load_table()
    return sentences(train, 6), sentences(valid, 4), sentences(test, 4)


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: words (n, 22), and those that follow each (n, 22)."""
    train, _, test = load_parts()
    return train, test


def block(x: KerasTensor, causal: bool = True) -> KerasTensor:
    """Return a tensor of the same shape: attention to what came before, and a mix."""
    y = layers.LayerNormalization()(x)
    attention = layers.MultiHeadAttention(HEADS, WIDTH // HEADS)
    x = layers.Add()([x, attention(y, y, use_causal_mask=causal)])
    y = layers.LayerNormalization()(x)
    y = layers.Dense(2 * WIDTH, activation="relu")(y)
    return layers.Add()([x, layers.Dense(WIDTH)(y)])


def build(causal: bool = True) -> keras.Model:
    """Return a model from words (n, 22) to a score for each next one (n, 22, 17)."""
    words = keras.Input((LENGTH,), dtype="int32", name="words")
    embedding = layers.ReversibleEmbedding(len(WORDS), WIDTH, name="embedding")
    x = PositionEmbedding()(embedding(words))
    for _ in range(BLOCKS):
        x = block(x, causal)
    x = layers.LayerNormalization()(x)
    scores = embedding(x, reverse=True)  # the same matrix, transposed
    model = keras.Model(words, scores, name="language_model")
    model.compile(
        optimizer=keras.optimizers.Adam(0.005),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def bits(chances: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the mean bits for the right word at each place (22,)."""
    return -np.log2(np.take_along_axis(chances, y[..., None], -1)[..., 0]).mean(axis=0)


class NGrams:
    """Chances of the next word by what followed the same words before.

    All lengths up to `order` are mixed as Witten and Bell do it: the more words have
    followed a context, the less a shorter one counts.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, order: int) -> None:
        self.tables = []
        for length in range(order):
            keys, counts = np.unique(self.keys(x, y, length), return_counts=True)
            self.tables.append((keys, counts))

    def keys(self, x: np.ndarray, y: np.ndarray, length: int) -> np.ndarray:
        """Return one number for each word of y with the `length` words before it."""
        rows = np.hstack([x, y[:, -1:]])
        views = sliding_window_view(rows, length + 1, axis=1)[:, int(length == 0) :]
        return views.astype("int64") @ len(WORDS) ** np.arange(length, -1, -1)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the chance of each word at each place (n, 22, 17)."""
        chance = np.full((*x.shape, len(WORDS)), 1 / len(WORDS))
        for length, (keys, counts) in enumerate(self.tables):
            here = self.keys(x, x * 0, length) // len(WORDS) * len(WORDS)
            asked = here[..., None] + np.arange(len(WORDS))
            place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
            seen = np.where(keys[place] == asked, counts[place], 0)
            kinds = np.maximum((seen > 0).sum(axis=-1, keepdims=True), 1)
            rest = chance[:, max(length - 1, 0) :]  # these places have enough before
            rest[:] = (seen + kinds * rest) / (seen.sum(-1, keepdims=True) + kinds)
        return chance


def told(ngram: NGrams) -> Callable[[np.ndarray], np.ndarray]:
    """Return the n-gram that is told one rule: say no name that was said before."""

    def ask(x: np.ndarray) -> np.ndarray:
        chance = ngram(x)
        for i in range(2, LENGTH, 2):  # names are asked for here; said were x[1, 3, …]
            np.put_along_axis(chance[:, i], x[:, 1:i:2], 1e-12, axis=-1)
        return chance / chance.sum(axis=-1, keepdims=True)

    return ask


def regressions(train: Arrays, test: Arrays) -> np.ndarray:
    """Return the bits at each place for a program that knows what a sentence is.

    It knows the table behind the sentences: it says the names that are left equally
    often, and asks for each a logistic regression on the values that were said.
    """

    def said(x: np.ndarray) -> np.ndarray:
        """Return what is known at each name (n, 11, 55): a table of zeros and ones."""
        here = np.zeros((len(x), len(NAMES), len(NAMES), len(VALUES)))
        for i in range(2, LENGTH, 2):
            name, value = x[:, i - 1] - 1, x[:, i] - WORDS.index(VALUES[0])
            here[np.arange(len(x)), i // 2 :, name, value] = 1
        return here.reshape(len(x), len(NAMES), -1)

    known, asked = said(train[0]), said(test[0])
    right = np.zeros((len(asked), len(NAMES)))
    for name in range(1, len(NAMES) + 1):
        rows, here = (y[:, ::2] == name for _, y in (train, test))
        linear = LogisticRegression(C=0.1, max_iter=300)
        linear.fit(known[rows], train[1][:, 1::2][rows])
        value = np.searchsorted(linear.classes_, test[1][:, 1::2][here])
        right[here] = linear.predict_proba(asked[here])[np.arange(here.sum()), value]
    names = np.log2(np.arange(len(NAMES), 0, -1))
    return np.stack([names, -np.log2(right).mean(axis=0)], axis=-1).ravel()


def chances(model: keras.Model, x: np.ndarray) -> np.ndarray:
    """Return the model's chance of each word at each place (n, 22, 17)."""
    scores = model.predict_on_batch(x).astype("float64")
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def write(
    ask: Callable[[np.ndarray], np.ndarray],
    start: str = ".",
    n: int = 1,
    temperature: float | np.ndarray = 1.0,
    length: int = LENGTH + 1,
    seed: int = 0,
) -> list[str]:
    """Return n texts of some length that begin with `start`, word after word drawn.

    `ask` returns the chance of each word at each place. At temperature 0 the most
    likely word is taken; the higher it is, the more equal are the chances. It can be
    one number, or one for each text.
    """
    random, texts = np.random.default_rng(seed), np.tile(encode(start), (n, 1))
    heat = np.broadcast_to(temperature, n)[:, None]
    while texts.shape[1] < length:
        seen = texts[:, -LENGTH:]
        padded = np.pad(seen, ((0, 0), (0, LENGTH - seen.shape[1])))  # not looked at
        logs = np.log(ask(padded)[:, seen.shape[1] - 1])
        # The largest sum of a log of a chance and such a number is a draw from them.
        sums = logs + heat * random.gumbel(size=logs.shape)
        texts = np.hstack([texts, sums.argmax(axis=-1)[:, None]])
    return [decode(text) for text in texts]


def is_right(text: str) -> bool:
    """Whether a sentence says each name once, and after it a value that it can have."""
    _, *words = text.split()
    names, values = words[::2], words[1::2]
    if sorted(names) != sorted(NAMES) or not set(values) <= set(VALUES):
        return False
    pairs = zip(names, values, strict=True)
    return all((name == NAMES[-1]) == (value in DIAGNOSES) for name, value in pairs)


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the bits for a word, and compare with n-grams."""
    keras.utils.set_random_seed(seed)
    train, validation, test = load_parts()

    # Baselines: n-grams, of the length that is best for validation, without and with
    # the rule, and regressions.
    grams = [NGrams(*train, order) for order in range(1, 8)]
    valid = [bits(gram(validation[0]), validation[1]).mean() for gram in grams]
    order = int(np.argmin(valid))
    best, ruled = f"{order + 1}-gram", f"{order + 1}-gram and rule"
    asks = {best: grams[order], ruled: told(grams[order])}
    found = {name: bits(ask(test[0]), test[1]) for name, ask in asks.items()}
    found["regressions"] = regressions(train, test)

    model = build()
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    history = model.fit(
        *train,
        validation_data=validation,
        batch_size=32,
        validation_batch_size=80,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    asks["network"] = partial(chances, model)
    found["network"] = bits(asks["network"](test[0]), test[1])
    mean = {name: float(each.mean()) for name, each in found.items()}
    print("bits for a word:", ", ".join(f"{k} {v:.2f}" for k, v in mean.items()))
    assert mean["network"] < mean[best] - 0.3

    # How many of 50 sentences are right that each writes at these temperatures?
    heat = np.repeat(HEATS, 50)
    right = {}
    for name, ask in asks.items():
        texts = write(ask, n=len(heat), temperature=heat, seed=seed)
        marks = np.array([is_right(text) for text in texts])
        right[name] = marks.reshape(len(HEATS), -1).mean(axis=1)
    return {
        "bits": found,
        "mean": mean,
        "best": best,
        "ruled": ruled,
        "ngram": grams[order],
        "right": right,
        "model": model,
        "history": history.history,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: bits and right sentences, and the learning curve."""
    best, ruled, right = result["best"], result["ruled"], result["right"]
    colors = {best: "C1", ruled: "C3", "regressions": "C2", "network": "C0"}
    picture, places = plt.subplot_mosaic(
        [["names", "values"], ["sentences"] * 2], figsize=(5, 5), layout="constrained"
    )
    left, middle, axes = (places[each] for each in ("names", "values", "sentences"))
    names = {name: each[::2] for name, each in result["bits"].items()}
    values = {name: each[1::2] for name, each in result["bits"].items()}
    for place, what, found in [(left, "name", names), (middle, "value", values)]:
        for name, each in found.items():
            dots = {ruled: ".--", "regressions": "x:"}.get(name, ".-")  # some coincide
            place.plot(range(len(each)), each, dots, label=name, color=colors[name])
        place.set_xlabel(f"{what}s said before")
        place.set_ylabel(f"bits for a {what}")
        place.set_ylim(0, 4)
    for name, share in right.items():
        axes.plot(HEATS, 100 * share, ".-", color=colors[name])
    axes.set_xlabel("temperature")
    axes.set_ylabel("right sentences (%)")
    axes.set_ylim(-4, 104)
    picture.legend(
        *left.get_legend_handles_labels(), loc="outside upper center", ncols=2
    )
    last = {name: float(each[-1]) for name, each in values.items()}
    picture.set_label(
        f"Above left, how unsure each is of the next name. The {best} never needs less "
        f"than {names[best].min():.1f} bits; the network comes down to "
        f"{names['network'][-1]:.1f} for the last name, the {ruled} to "
        f"{names[ruled][-1]:.1f}. Above right, the same for values: the {best} stays "
        f"at {last[best]:.1f} bits, with and without the rule; the network comes down "
        f"from {values['network'][0]:.1f} to {last['network']:.1f}, regressions that "
        f"know the table to {last['regressions']:.1f}. Below, the sentences that say "
        f"each item once: at temperature {HEATS[0]}, {right['network'][0]:.0%} of what "
        f"the network writes, at {HEATS[-1]} {right['network'][-1]:.0%}; of the "
        f"{best}, at most {right[best].max():.0%}, of the {ruled}, at least "
        f"{right[ruled].min():.0%}."
    )

    loss, validation = result["history"]["loss"], result["history"]["val_loss"]
    curve, axes = plt.subplots()
    axes.plot(range(1, len(loss) + 1), loss, label="training")
    axes.plot(range(1, len(loss) + 1), validation, label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy")
    axes.legend()
    curve.set_label(
        f"The loss on sentences about other tumors falls from {validation[0]:.2f} to "
        f"{min(validation):.2f} in epoch {int(np.argmin(validation)) + 1} of "
        f"{len(loss)}, close to that on the training sentences."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
