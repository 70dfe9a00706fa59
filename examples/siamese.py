"""Learn a distance between images, and name a digit from one example of each.

API: functional ``keras.Model``. One encoder is called on two inputs, so both codes
have the same meaning, and the model returns the distance between them. The encoder
is shared and its two results are merged: a graph, not a stack.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

RULE = "shared-layer"
EPOCHS = 8  # at most; training stops when the validation loss falls no more
TRAIN = 960  # pairs to learn from use the first 960 images
VALID = 240  # validation pairs use the next 240, test pairs the other 597
DRAWS = 20  # how often the ten examples of the one-shot test are drawn

Arrays = tuple[np.ndarray, np.ndarray]
Data = tuple[dict[str, np.ndarray], np.ndarray]


def load_images() -> tuple[Arrays, Arrays, Arrays]:
    """Return train, validation and test: images (n, 8, 8, 1), and digits (n,)."""
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
    rest = TRAIN + VALID
    return (
        (images[:TRAIN], digits[:TRAIN]),
        (images[TRAIN:rest], digits[TRAIN:rest]),
        (images[rest:], digits[rest:]),
    )


def make_pairs(images: np.ndarray, digits: np.ndarray, n: int) -> Data:
    """Return n pairs, and 1 for two different digits or 0 for the same (n,)."""
    random = np.random.default_rng(0)
    first = random.integers(len(images), size=n)
    different = np.arange(n) % 2
    second = np.empty_like(first)
    for i, (index, wanted) in enumerate(zip(first, different, strict=True)):
        fits = (digits != digits[index]) == wanted
        fits[index] = False  # never an image with itself
        second[i] = random.choice(np.flatnonzero(fits))
    return {"first": images[first], "second": images[second]}, different


def load_data() -> tuple[Data, Data]:
    """Return train and test: two images (n, 8, 8, 1), and different (n,)."""
    train, _, test = load_images()
    return make_pairs(*train, 4000), make_pairs(*test, 2000)


@keras.saving.register_keras_serializable(package="examples")
def contrastive_loss(different, distance):
    """Pull codes of one digit together, push those of two digits 1 apart."""
    pull = (1 - different) * ops.square(distance)
    push = different * ops.square(ops.maximum(1 - distance, 0))
    return pull + push


def build() -> keras.Model:
    """Return a model from ``first`` and ``second`` to their distance (n, 1)."""
    encoder = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(32),
        ],
        name="encoder",
    )
    first = keras.Input((8, 8, 1), name="first")
    second = keras.Input((8, 8, 1), name="second")
    squares = ops.square(encoder(first) - encoder(second))
    total = ops.sum(squares, axis=-1, keepdims=True)
    distance = ops.sqrt(ops.maximum(total, 1e-12))  # at 0, sqrt has no gradient
    model = keras.Model([first, second], distance, name="siamese")
    model.compile(
        optimizer=keras.optimizers.Adam(0.004),
        loss=contrastive_loss,
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def flat(images: np.ndarray) -> np.ndarray:
    """Return each image as one row of pixels."""
    return images.reshape(len(images), -1)


def threshold_accuracy(distance: np.ndarray, different: np.ndarray) -> float:
    """Return the share of pairs (n,) told apart by the best threshold there is."""
    return max(float(np.mean((distance >= t) == different)) for t in distance)


def draw_examples(digits: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the places of ten examples, one of each digit."""
    places = [np.flatnonzero(digits == name) for name in np.unique(digits)]
    return np.array([random.choice(place) for place in places])


def nearest(codes: np.ndarray, examples: np.ndarray) -> np.ndarray:
    """Return for each code (n, width) which of the examples is nearest (n,)."""
    apart = np.linalg.norm(codes[:, None] - codes[examples], axis=-1)
    return examples[apart.argmin(axis=1)]


def one_shot(codes: np.ndarray, digits: np.ndarray, draws: int = DRAWS) -> float:
    """Return the share of codes (n, width) that are named right by one example.

    Draws one example of each digit, gives each other code the digit of the nearest
    example, and repeats this with other examples.
    """
    random = np.random.default_rng(0)
    right = []
    for _ in range(draws):
        examples = draw_examples(digits, random)
        correct = digits[nearest(codes, examples)] == digits
        right.append(np.delete(correct, examples).mean())
    return float(np.mean(right))


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return two accuracies and their baselines, and check them."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()
    known, validation, (images, digits) = load_images()

    model = build()
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    history = model.fit(
        x_train,
        y_train,
        validation_data=make_pairs(*validation, 1000),
        batch_size=125,
        validation_batch_size=1000,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    distance = np.asarray(model(x_test))[:, 0]
    accuracy = float(np.mean((distance > 0.5) == y_test))
    codes = {"by code": np.asarray(model.get_layer("encoder")(images))}

    # Baselines: distance between the pixels, and in the space of a linear discriminant
    # analysis (LDA), which learns from the same images. Their threshold is the best
    # for the test pairs themselves, which favors the baselines.
    lda = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto")
    lda.fit(flat(known[0]), known[1])
    codes["by pixels"] = flat(images)
    codes["by LDA"] = lda.transform(flat(images))
    pair = [flat(x_test["first"]), flat(x_test["second"])]
    pixels = threshold_accuracy(np.linalg.norm(pair[0] - pair[1], axis=1), y_test)
    pair = [lda.transform(each) for each in pair]
    linear = threshold_accuracy(np.linalg.norm(pair[0] - pair[1], axis=1), y_test)
    named = {name: one_shot(each, digits) for name, each in codes.items()}

    print(f"pairs, test accuracy: {accuracy:.3f} (pixels: {pixels:.3f}, LDA: ", end="")
    print(f"{linear:.3f})")
    print("one example of each digit:", end=" ")
    print(", ".join(f"{share:.3f} {name}" for name, share in named.items()))
    assert accuracy > pixels + 0.08
    assert named["by code"] > named["by pixels"] + 0.15
    examples = draw_examples(digits, np.random.default_rng(0))
    asked = np.setdiff1d(np.arange(0, len(digits), len(digits) // 9), examples)[:8]
    near = {name: nearest(each, examples)[asked] for name, each in codes.items()}
    return {
        "accuracy": accuracy,
        "baseline": pixels,
        "linear": linear,
        "one_shot": named["by code"],
        "one_shot_baseline": named["by pixels"],
        "one_shot_linear": named["by LDA"],
        "history": history.history,
        "pairs": (x_test["first"][:16], x_test["second"][:16], distance[:16]),
        "images": images,
        "digits": digits,
        "near": {"image": asked, **near},
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: pairs, nearest examples, and the learning curve."""
    pairs, grid = plt.subplots(4, 8, figsize=(5, 3))
    for place, (first, second, distance) in enumerate(
        zip(*result["pairs"], strict=True)
    ):
        # Pairs of one digit and of two take turns: here, first eight, then eight.
        top = grid[2 * (place % 2), place // 2]
        top.imshow(first[..., 0])
        top.set_title(f"{distance:.2f}")
        grid[2 * (place % 2) + 1, place // 2].imshow(second[..., 0])
    for axes in grid.flat:
        axes.set_axis_off()
    same, other = result["pairs"][2][::2], result["pairs"][2][1::2]
    pairs.set_label(
        "Sixteen test pairs and the distance that the network says. Above, two images "
        f"of one digit: {same.min():.2f} to {same.max():.2f}. Below, two digits: "
        f"{other.min():.2f} to {other.max():.2f}."
    )

    rows = [(name, result["near"][name]) for name in ("image", "by code", "by pixels")]
    picture, grid = plt.subplots(3, 8, figsize=(5, 2.4))
    digits, asked, wrong = result["digits"], result["near"]["image"], []
    for row, (name, places) in zip(grid, rows, strict=True):
        for axes, place, question in zip(row, places, asked, strict=True):
            axes.imshow(result["images"][place, ..., 0])
            axes.set(xticks=[], yticks=[])
            missed = digits[place] != digits[question]
            axes.spines[:].set(visible=missed, color="C1", linewidth=3)
        row[0].set_title(name, loc="left")
        wrong.append(int(np.sum(digits[places] != digits[asked])))
    picture.set_label(
        "Eight test images, and the nearest of ten examples, one of each digit. In a "
        f"frame: the wrong digit, {wrong[1]} of 8 by the learned code, {wrong[2]} of 8 "
        f"by pixels. Of all test images, {result['one_shot']:.0%} are named right by "
        f"code, {result['one_shot_baseline']:.0%} by pixels."
    )

    loss, validation = result["history"]["loss"], result["history"]["val_loss"]
    curve, axes = plt.subplots()
    axes.plot(range(1, len(loss) + 1), loss, label="training")
    axes.plot(range(1, len(loss) + 1), validation, label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel("contrastive loss")
    axes.legend()
    best = int(np.argmin(validation))
    curve.set_label(
        f"The loss on validation pairs falls from {validation[0]:.3f} to "
        f"{validation[best]:.3f} in epoch {best + 1} of {len(loss)}; the weights of "
        "that epoch are kept."
    )
    return [pairs, picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
