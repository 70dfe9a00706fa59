"""Recommend images to users: two towers, and a score for each pair.

API: functional ``keras.Model``. One tower makes a vector of a user, the other one a
vector of an item, and the score is their dot product. That is two inputs, which a
``Sequential`` cannot declare.
"""

import itertools
from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

RULE = "several-inputs"
EPOCHS = 6  # at most; training stops when the validation loss falls no more
TRAIN, VALID = 1000, 200  # images, one after the other; 597 more for the test
SIZE = 64  # numbers that describe an item
KINDS, KNOWN = 10, 30  # kinds of items, and tastes that training sees, of 45
LIKED = 4  # items of a user that the model sees
SHOWN = 50  # items that a user is shown

Data = tuple[dict[str, np.ndarray], np.ndarray]


def load_items() -> tuple[np.ndarray, np.ndarray]:
    """Return the items: images (n, 64) from 0 to 1, and their kinds, the digits (n,).

    No model is told the kinds. They decide who likes what.
    """
    images, digits = load_digits(return_X_y=True)
    return images.astype("float32") / 16, digits


def load_tastes() -> tuple[np.ndarray, np.ndarray]:
    """Return tastes for training (30, 2) and others (15, 2): a user likes two kinds."""
    pairs = np.array(list(itertools.combinations(range(KINDS), 2)))
    np.random.default_rng(0).shuffle(pairs)
    return pairs[:KNOWN], pairs[KNOWN:]


def pick(
    kinds: np.ndarray, wanted: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Return for each wanted kind the place of a random item of it."""
    order = np.argsort(kinds, kind="stable")
    counts = np.bincount(kinds, minlength=KINDS)
    first = np.cumsum(counts) - counts
    return order[first[wanted] + random.integers(counts[wanted])]


def make_pairs(
    items: np.ndarray, kinds: np.ndarray, tastes: np.ndarray, n: int
) -> Data:
    """Return n pairs of a user and an item, and whether the user likes it (n,).

    A user is four items that he or she liked, ``liked`` (n, 4, 64), two of each kind.
    Half of the items, ``item`` (n, 64), are of a kind that the user likes.
    """
    random = np.random.default_rng(0)
    others = np.array([np.setdiff1d(np.arange(KINDS), taste) for taste in tastes])
    user, likes = random.integers(len(tastes), size=n), random.integers(2, size=n)
    good = tastes[user, random.integers(2, size=n)]
    bad = others[user, random.integers(KINDS - 2, size=n)]
    liked = pick(kinds, np.tile(tastes[user], LIKED // 2), random)
    item = pick(kinds, np.where(likes, good, bad), random)
    return {"liked": items[liked], "item": items[item]}, likes.astype("float32")


def load_parts() -> tuple[Data, Data, Data]:
    """Return train, validation and test: two inputs by name, and likes (n,).

    Training shares no item and no taste with the other two parts.
    """
    items, kinds = load_items()
    known, new = load_tastes()
    train, valid, test = np.split(np.arange(len(items)), [TRAIN, TRAIN + VALID])
    return (
        make_pairs(items[train], kinds[train], known, 20_000),
        make_pairs(items[valid], kinds[valid], new, 1000),
        make_pairs(items[test], kinds[test], new, 1000),
    )


def load_data() -> tuple[Data, Data]:
    """Return train and test: two inputs by name, and likes (n,)."""
    train, _, test = load_parts()
    return train, test


def load_shop() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return test users (300, 4, 64), items of a shop (n, 64), and likes (300, n).

    What the users liked before is not for sale: it is the first 200 test items.
    """
    items, kinds = load_items()
    items, kinds = items[TRAIN + VALID :], kinds[TRAIN + VALID :]
    _, new = load_tastes()
    random = np.random.default_rng(0)
    tastes = new[random.integers(len(new), size=300)]
    liked = pick(kinds[:200], np.tile(tastes, LIKED // 2), random)
    return items[liked], items[200:], (kinds[200:, None] == tastes[:, None]).any(-1)


def build() -> keras.Model:
    """Return a model from ``liked`` and ``item`` to a score (n, 1), the logit."""
    # Dense works on the last axis, so it reads each liked item by itself.
    user_tower = keras.Sequential(
        [
            keras.Input((LIKED, SIZE)),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(32),
            layers.GlobalAveragePooling1D(),
        ],
        name="user_tower",
    )
    item_tower = keras.Sequential(
        [
            keras.Input((SIZE,)),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(32),
        ],
        name="item_tower",
    )
    liked = keras.Input((LIKED, SIZE), name="liked")
    item = keras.Input((SIZE,), name="item")
    score = layers.Dot(axes=1, name="score")([user_tower(liked), item_tower(item)])
    model = keras.Model([liked, item], score, name="two_tower")
    # Smaller and smaller steps: without them the last digit of the result is luck.
    rate = keras.optimizers.schedules.CosineDecay(0.005, decay_steps=950)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def nearest(liked: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Return how near each item is to the nearest of the liked ones, up to 0."""
    apart = liked[:, :, None] - items  # user, liked item, item, number
    return -np.linalg.norm(apart, axis=-1).min(axis=1)


def bilinear(data: Data, liked: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Return scores that are linear in the user and in the item.

    A logistic regression learns a weight for each pair of 32 numbers of the user and 32
    of the item: two towers without a hidden layer.
    """
    x, y = data
    pca = PCA(32, whiten=True).fit(x["item"])
    user, item = pca.transform(x["liked"].mean(axis=1)), pca.transform(x["item"])
    products = (user[:, :, None] * item[:, None, :]).reshape(len(y), -1)
    weights = LogisticRegression(C=0.001).fit(products, y).coef_.reshape(32, 32)
    return pca.transform(liked.mean(axis=1)) @ weights @ pca.transform(items).T


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return how many items are liked, and check the baselines."""
    keras.utils.set_random_seed(seed)
    data, validation, _ = load_parts()
    liked, items, likes = load_shop()

    model = build()
    stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
    history = model.fit(
        *data,
        validation_data=validation,
        batch_size=128,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    # Each user and each item is seen once; their scores are one matrix product.
    users = np.array(model.get_layer("user_tower")(liked))
    vectors = np.array(model.get_layer("item_tower")(items))
    scores = {
        "two towers": users @ vectors.T,
        "nearest": nearest(liked, items),
        "bilinear": bilinear(data, liked, items),
    }
    best = {name: np.argsort(-table, axis=1)[:, :100] for name, table in scores.items()}
    hits = {name: np.take_along_axis(likes, rows, 1) for name, rows in best.items()}
    for k in (1, 10, SHOWN):
        shares = ", ".join(
            f"{name} {hit[:, :k].mean():.3f}" for name, hit in hits.items()
        )
        print(f"liked of the first {k}: {shares}")
    shown = {name: float(hit[:, :SHOWN].mean()) for name, hit in hits.items()}
    assert shown["two towers"] > shown["bilinear"] + 0.08
    return {
        "shown": shown,
        "first": {name: float(hit[:, 0].mean()) for name, hit in hits.items()},
        "hits": hits,
        "best": best["two towers"],
        "liked": liked,
        "items": items,
        "scores": scores["two towers"],
        "random": float(likes.mean()),
        "model": model,
        "history": history.history,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: recommendations, hits, and the learning curve."""
    picture, grid = plt.subplots(4, LIKED + 7, figsize=(5, 2.2))
    for axes in grid.flat:
        axes.set_axis_off()
    for user, row in enumerate(grid):
        offered = result["items"][result["best"][user, :6]]
        images = [*result["liked"][user], *offered]
        for axes, pixels in zip([*row[:LIKED], *row[LIKED + 1 :]], images, strict=True):
            axes.imshow(pixels.reshape(8, 8), vmin=0, vmax=1)
    picture.suptitle("four images that a user liked, and six recommended", fontsize=11)
    good = int(result["hits"]["two towers"][:4, :6].sum())
    picture.set_label(
        "Four users with tastes that training has not seen: four images that each of "
        "them liked, and the six that the model recommends first. The users like "
        f"{good} of these 24."
    )

    shares, axes = plt.subplots()
    for name, hits in result["hits"].items():
        count = np.arange(1, hits.shape[1] + 1)
        axes.plot(count, hits.mean(axis=0).cumsum() / count, label=name)
    axes.axhline(result["random"], color="C4", linestyle="--", label="at random")
    axes.set_xlabel("images shown to a user")
    axes.set_ylabel("share that is liked")
    axes.set_ylim(0, 1.05)
    axes.legend()
    shares.set_label(
        f"Which share of the images shown to a user is liked. Of the first {SHOWN}: "
        + ", ".join(f"{name} {share:.0%}" for name, share in result["shown"].items())
        + f"; at random {result['random']:.0%}."
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
        f"The loss on pairs with new items and new tastes falls from "
        f"{validation[0]:.2f} to {validation[best]:.2f} in epoch {best + 1} of "
        f"{len(loss)}; the weights of that epoch are kept."
    )
    return [picture, shares, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
