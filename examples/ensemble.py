"""Ask four networks and average their answers: an ensemble in one model.

API: functional ``keras.Model``. One input goes to several members, which were trained
one by one, and ``Average`` merges their answers. A stack would feed each member with
the answer of the one before.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

RULE = "branch-and-merge"
EPOCHS = 6  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # the first 1200 digits, a fifth of them for validation; 597 for test
CLASSES = 10
SIZE = 16  # height and width of the images; a digit has 8 by 8 pixels
MEMBERS = 4
WIDTH = 8  # filters of a member
WIDE = 17  # of a single network that has as many weights as the four members

Arrays = tuple[np.ndarray, np.ndarray]


def place(digits: np.ndarray, copies: int, seed: int) -> np.ndarray:
    """Return images (n * copies, 16, 16, 1): each digit at random places."""
    random = np.random.default_rng(seed)
    digits = np.tile(digits, (copies, 1, 1))
    images = np.zeros((len(digits), SIZE, SIZE, 1), "float32")
    corners = random.integers(SIZE - 8, size=(len(digits), 2), endpoint=True)
    for image, digit, (row, column) in zip(images, digits, corners, strict=True):
        image[row : row + 8, column : column + 8, 0] = digit
    return images


def load_parts() -> tuple[Arrays, Arrays, Arrays]:
    """Return train, validation and test: images (n, 16, 16, 1), and digits (n,)."""
    x, y = load_digits(return_X_y=True)
    (x_train, x_valid, x_test), (y_train, y_valid, y_test) = (
        np.split(array, [TRAIN * 4 // 5, TRAIN])
        for array in (x.reshape(-1, 8, 8) / 16, y)
    )
    train = place(x_train, copies=2, seed=0), np.tile(y_train, 2)
    valid = place(x_valid, copies=1, seed=2), y_valid
    return train, valid, (place(x_test, copies=1, seed=1), y_test)


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: images (n, 16, 16, 1) from 0 to 1, and digits (n,)."""
    train, _, test = load_parts()
    return train, test


def build_member(name: str, width: int = WIDTH) -> keras.Sequential:
    """Return a network from images (n, 16, 16, 1) to probabilities (n, 10)."""
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            layers.Conv2D(width, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(2 * width, 3, padding="same", activation="relu"),
            layers.GlobalMaxPooling2D(),
            layers.Dense(CLASSES, activation="softmax"),
        ],
        name=name,
    )


def build(members: list[keras.Model] | None = None) -> keras.Model:
    """Return a model from images (n, 16, 16, 1) to mean probabilities (n, 10).

    It uses the members that are given, with their weights, or new ones.
    """
    if members is None:
        members = [build_member(f"member_{i}") for i in range(MEMBERS)]
    image = keras.Input((SIZE, SIZE, 1), name="image")
    mean = layers.Average(name="mean")([member(image) for member in members])
    return ready(keras.Model(image, mean, name="ensemble"))


def ready(model: keras.Model) -> keras.Model:
    """Return the model, compiled."""
    model.compile(
        optimizer=keras.optimizers.Adam(0.02),
        loss="sparse_categorical_crossentropy",
    )
    return model


def train(networks: list[keras.Model], data: Arrays, validation: Arrays) -> list[dict]:
    """Train networks of one form, one by one, and return the history of each.

    All are trained inside one model, so that Keras records its training step once.
    Before each, it gets the weights of the next one and an optimizer as new.
    """
    shared = ready(keras.models.clone_model(networks[0]))
    shared.optimizer.build(shared.trainable_variables)
    as_new = [np.array(variable) for variable in shared.optimizer.variables]
    histories = []
    for network in networks:
        shared.set_weights(network.get_weights())
        for variable, value in zip(shared.optimizer.variables, as_new, strict=True):
            variable.assign(value)
        stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
        history = shared.fit(
            *data,
            validation_data=validation,
            batch_size=64,
            validation_batch_size=320,
            epochs=EPOCHS,
            callbacks=[stop],
            verbose=0,
        )
        network.set_weights(shared.get_weights())
        histories.append(history.history)
    return histories


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the test accuracies, and check the baselines."""
    keras.utils.set_random_seed(seed)
    data, validation, (x_test, y_test) = load_parts()

    def accuracy(model: keras.Model) -> float:
        return float(np.mean(np.argmax(model(x_test), axis=-1) == y_test))

    members = [build_member(f"member_{i}") for i in range(MEMBERS)]
    histories = train(members, data, validation)
    model = build(members)
    ensemble = accuracy(model)

    # Baselines: the member that is best on the test images, which favors it, and one
    # network with as many weights as all members together.
    alone = [accuracy(member) for member in members]
    best, mean = max(alone), float(np.mean(alone))
    single = build_member("single", WIDE)
    train([single], data, validation)
    equal = accuracy(single)

    print(f"test accuracy: {ensemble:.3f} (best member: {best:.3f}, mean: {mean:.3f})")
    print(f"one network of equal size: {equal:.3f}")
    assert best > 0.85
    assert ensemble > best + 0.008

    read = np.array([np.argmax(each(x_test), axis=-1) for each in (*members, model)])
    differ = [len(set(answers)) for answers in read[:-1].T]
    shown = np.argsort(differ, kind="stable")[::-1][:6]  # most different answers
    return {
        "accuracy": ensemble,
        "baseline": best,
        "mean": mean,
        "alone": alone,
        "equal": equal,
        "weights": (model.count_params(), single.count_params()),
        "histories": histories,
        "images": x_test[shown],
        "read": read[:, shown],
        "true": y_test[shown],
        "agreed": float(np.mean(np.array(differ) == 1)),
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: answers that differ, accuracies, and the learning."""
    read, true = result["read"], result["true"]
    names = [f"member {i}" for i in range(len(read) - 1)] + ["average"]
    picture, grid = plt.subplots(
        2,
        1 + len(true),
        figsize=(5, 2.6),
        height_ratios=(1, 2),
        width_ratios=[2, *[1] * len(true)],
    )
    for axes in grid.flat:
        axes.set_axis_off()
    for row, name in enumerate(names):
        grid[1, 0].text(0, 1 - row / len(read), name, va="top")
    for i, digit in enumerate(true):
        grid[0, 1 + i].imshow(result["images"][i, ..., 0])
        for row, answer in enumerate(read[:, i]):
            text = f"{answer}" if answer == digit else f"({answer})"
            place = 0.5, 1 - row / len(read)
            grid[1, 1 + i].text(*place, text, ha="center", va="top")
    rights = int(np.sum(read[-1] == true))
    picture.set_label(
        f"The {len(true)} test images that the members read in the most different "
        "ways, their answers, and that of the average; wrong ones in brackets. The "
        f"average is right on {rights} of these. All members agree on "
        f"{result['agreed']:.0%} of the test images."
    )

    points, axes = plt.subplots(figsize=(5, 2.2))
    kinds = {
        "one member": result["alone"],
        "ensemble": [result["accuracy"]],
        "one of equal size": [result["equal"]],
    }
    for name, values in kinds.items():
        axes.plot(values, [name] * len(values), "o", markersize=8, alpha=0.7)
    axes.set_xlabel("accuracy on test images")
    axes.set_ylabel(" ")
    axes.margins(y=0.3)
    axes.invert_yaxis()
    few, many = result["weights"]
    points.set_label(
        f"The ensemble, with {few} weights, is right on {result['accuracy']:.1%} of "
        f"the test images; its members on {min(result['alone']):.1%} to "
        f"{max(result['alone']):.1%}; one network with {many} weights on "
        f"{result['equal']:.1%}."
    )

    curve, axes = plt.subplots()
    for i, history in enumerate(result["histories"]):
        epochs = range(1, len(history["loss"]) + 1)
        axes.plot(epochs, history["val_loss"], f"C{i}", label=f"member {i}")
        axes.plot(epochs, history["loss"], f"C{i}:")
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy")
    axes.legend()
    ends = [min(history["val_loss"]) for history in result["histories"]]
    curve.set_label(
        f"The loss of the members on validation images falls to {min(ends):.2f} to "
        f"{max(ends):.2f}; the weights of the best epoch are kept. Dotted: the loss in "
        "training."
    )
    return [picture, points, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
