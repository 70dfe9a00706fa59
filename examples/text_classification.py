"""Name the subject of a sentence: a text classifier that takes strings.

API: ``keras.Sequential``. Words become numbers, numbers become vectors, and their mean
is classified: one path. The vocabulary is a layer of it, so the model takes strings.
"""

import importlib
import inspect
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

RULE = "plain-stack"
EPOCHS = 40  # at most; training stops when the validation loss falls no more
SUBJECTS = ("cluster", "decomposition", "linear_model", "metrics")
WORDS = 2000  # the most frequent words are known, all others are one unknown word

Texts = tuple[np.ndarray, np.ndarray]  # strings (n,), and subjects (n,)


def read(subject: str) -> list[list[str]]:
    """Return the documentation of a part of scikit-learn: sentences by docstring."""
    part = importlib.import_module(f"sklearn.{subject}")
    found = []
    for name in sorted(part.__all__):
        text = inspect.getdoc(getattr(part, name)) or ""
        text = re.split(r"\n(?:References|Examples)\n", text)[0]
        text = re.sub(r"\n[A-Z][\w ]+\n-{3,}\n", "\n\n", text)  # headings
        rows = [" ".join(row.split()) for row in re.split(r"\n\s*\n|(?<=\.)\s", text)]
        found.append([row for row in rows if len(row.split()) >= 6])
    return found


def load_parts() -> tuple[Texts, Texts, Texts]:
    """Return train, validation and test: sentences, and the number of the subject.

    The sentences of one docstring are all in one part. A sentence that stands in
    several docstrings would be in several parts, so it is left out.
    """
    docs = [read(subject) for subject in SUBJECTS]
    often = Counter(row for part in docs for rows in part for row in set(rows))
    parts: list[tuple[list[str], list[int]]] = [([], []), ([], []), ([], [])]
    for y, part in enumerate(docs):
        for i, place in enumerate(np.random.default_rng(0).permutation(len(part))):
            once = [row for row in dict.fromkeys(part[place]) if often[row] == 1]
            x, subjects = parts[{0: 1, 1: 2}.get(i % 5, 0)]
            x += once
            subjects += [y] * len(once)
    train, valid, test = [(np.array(x, object), np.array(y)) for x, y in parts]
    return train, valid, test


def load_data() -> tuple[Texts, Texts]:
    """Return train and test: sentences (n,), and the number of the subject (n,)."""
    train, _, test = load_parts()
    return train, test


def build(texts: Sequence[str] | np.ndarray = ("a few words",)) -> keras.Sequential:
    """Return a model from strings (n,) to probabilities (n, subjects).

    It knows the words of ``texts``: give it the training texts, and no other.
    """
    vectorize = layers.TextVectorization(WORDS)
    vectorize.adapt(list(texts))
    # The mask keeps the padding out of the mean: it begins and ends in this part.
    mean_of_words = keras.Sequential(
        [
            keras.Input((None,)),
            layers.Embedding(WORDS, 32, mask_zero=True),
            layers.Dropout(0.3),
            layers.GlobalAveragePooling1D(),
        ],
        name="mean_of_words",
    )
    model = keras.Sequential(
        [
            keras.Input((), dtype="string"),
            vectorize,  # words to numbers; 0 is padding, 1 is an unknown word
            mean_of_words,
            layers.Dense(len(SUBJECTS), activation="softmax"),
        ],
        name="text_classification",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
    )
    return model


def top_words(model: keras.Sequential, n: int = 5) -> list[list[tuple[str, float]]]:
    """Return for each subject the words that speak most for it, and how much.

    The score of a subject is a mean over the words, so each word has a part in it.
    """
    words = model.layers[0].get_vocabulary()
    vectors, kernel, _ = model.get_weights()
    parts = vectors[: len(words)] @ kernel
    parts -= parts.mean(axis=1, keepdims=True)
    parts[:2] = 0  # the padding, and the unknown word
    best = np.argsort(-parts, axis=0)[:n].T
    rows = enumerate(best)
    return [[(words[i], float(parts[i, y])) for i in row] for y, row in rows]


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the test accuracy, and check the baselines."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), validation, (x_test, y_test) = load_parts()
    x_all = np.concatenate([x_train, validation[0]])
    y_all = np.concatenate([y_train, validation[1]])

    # Baselines: the subject with most sentences, and what is usual for small texts. It
    # does not have to stop in time, so it learns from the validation part, too.
    most = float(np.mean(y_test == np.bincount(y_train).argmax()))
    tfidf = TfidfVectorizer(max_features=WORDS, sublinear_tf=True)
    linear = LogisticRegression(C=10).fit(tfidf.fit_transform(x_all), y_all)
    baseline = float(linear.score(tfidf.transform(x_test), y_test))

    model = build(x_train)
    stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
    history = model.fit(
        x_train,
        y_train,
        validation_data=validation,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    named = model.predict(x_test, verbose=0).argmax(-1)
    accuracy = float(np.mean(named == y_test))

    print(f"test accuracy: {accuracy:.3f} (TF-IDF and logistic regression: ", end="")
    print(f"{baseline:.3f}, the most frequent subject: {most:.3f})")
    assert accuracy > most + 0.2
    return {
        "accuracy": accuracy,
        "baseline": baseline,
        "most": most,
        "model": model,
        "words": top_words(model),
        "history": history.history,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: the words that count, and the learning curve."""
    picture, grid = plt.subplots(2, -(-len(SUBJECTS) // 2), figsize=(5, 3.4))
    for axes, subject, words in zip(grid.flat, SUBJECTS, result["words"], strict=True):
        names, parts = zip(*words[::-1], strict=True)
        axes.barh(names, parts)
        axes.set_title(subject)
        axes.xaxis.set_visible(False)
        axes.set_ylabel(" ")
        axes.tick_params(axis="y", length=0)
    first = "; ".join(
        f"{subject}: {words[0][0]}, {words[1][0]}"
        for subject, words in zip(SUBJECTS, result["words"], strict=True)
    )
    picture.set_label(
        "The five words that speak most for each subject, by their part in its score: "
        f"{first}. On test sentences, the network is right on "
        f"{result['accuracy']:.0%}, TF-IDF with logistic regression on "
        f"{result['baseline']:.0%}."
    )

    loss, validation = result["history"]["loss"], result["history"]["val_loss"]
    curve, axes = plt.subplots()
    axes.plot(range(1, len(loss) + 1), loss, label="training")
    axes.plot(range(1, len(loss) + 1), validation, label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy")
    axes.legend()
    best = int(np.argmin(validation))
    curve.set_label(
        f"The loss on validation sentences falls from {validation[0]:.2f} to "
        f"{validation[best]:.2f} in epoch {best + 1} of {len(loss)}; the weights of "
        "that epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
