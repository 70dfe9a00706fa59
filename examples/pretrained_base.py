"""Reuse a network of ``keras.applications`` for a few images, and see where it looks.

API: ``keras.Sequential`` to train, functional ``keras.Model`` to look. The base is the
beginning of a ResNet50V2, cut by ``keras.Model`` at one of its layers. A second model
has two outputs, the feature maps of the base and the answer; Grad-CAM needs both.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_digits, load_sample_images
from sklearn.svm import SVC

RULE = "several-outputs"
SIZE = 32  # the smallest images that this network takes
CUT = "conv2_block1_out"  # the layer where the base ends
TRAIN = 1200  # the first 1200 digits; the other 597 are for the test
FEW = 10  # images of each new digit to learn from, and as many for validation
OLD = 1600  # images of the old digits, to make a trained base
BASE_EPOCHS = 3
EPOCHS = 50  # at most; training stops when the validation loss falls no more
BATCH = 50  # all images of the new digits: an epoch is one step

Arrays = tuple[np.ndarray, np.ndarray]


def place(digits: np.ndarray, seed: int, first: int, last: int) -> np.ndarray:
    """Return color images (n, 32, 32, 3) from 0 to 255: digits in front of photographs.

    The backgrounds lie between two columns of the photographs of scikit-learn.
    """
    random = np.random.default_rng(seed)
    photos = np.stack(load_sample_images().images) * 0.6  # a little darker
    images = np.empty((len(digits), SIZE, SIZE, 3), "float32")
    for image, digit in zip(images, digits, strict=True):
        photo = photos[random.integers(2)]
        row, column = random.integers((0, first), (photo.shape[0] - SIZE, last - SIZE))
        image[:] = photo[row : row + SIZE, column : column + SIZE]
        ink = np.kron(digit / 16, np.ones((2, 2)))[:, :, None]  # 16 by 16 pixels
        row, column = random.integers(SIZE - 16, size=2, endpoint=True)
        part = image[row : row + 16, column : column + 16]
        part += ink * (random.uniform(128, 255, 3) - part)
    return images


def load_old() -> tuple[Arrays, Arrays]:
    """Return train and validation for the base: many images, and digits 0 to 4 (n,)."""
    digits = load_digits()
    old = np.flatnonzero(digits.target[:TRAIN] < 5)
    chosen = np.random.default_rng(0).choice(old, OLD + 250)
    x, y = place(digits.images[chosen], 0, 0, 320), digits.target[chosen]
    return (x[:OLD], y[:OLD]), (x[OLD:], y[OLD:])


def load_parts() -> list[Arrays]:
    """Return train, validation and test for 5 to 9: images, and digit - 5 (n,)."""
    digits = load_digits()
    x, y = digits.images, digits.target - 5
    few = np.array([np.flatnonzero(y[:TRAIN] == new)[: 2 * FEW] for new in range(5)])
    test = TRAIN + np.flatnonzero(y[TRAIN:] >= 0)
    parts = few[:, :FEW].ravel(), few[:, FEW:].ravel(), test
    return [
        (place(x[part], seed, 320, 640), y[part])
        for seed, part in enumerate(parts, start=1)
    ]


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test for 5 to 9: images (n, 32, 32, 3), and digit - 5 (n,)."""
    train, _, test = load_parts()
    return train, test


def build_base() -> keras.Model:
    """Return a ResNet50V2, up to one layer: images to maps (n, 8, 8, 256).

    With ``weights="imagenet"``, it comes trained. Here the weights are random.
    """
    whole = keras.applications.ResNet50V2(
        include_top=False, weights=None, input_shape=(SIZE, SIZE, 3)
    )
    base = keras.Model(whole.inputs[0], whole.get_layer(CUT).output, name="base")
    for layer in base.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.9  # the averages follow: there are few steps here
    return base


def build_classifier(base: keras.Model | None = None) -> keras.Sequential:
    """Return a stack from images (n, 32, 32, 3), 0 to 255, to five logits (n, 5)."""
    model = keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            layers.RandomTranslation(0.1, 0.1, name="augment"),
            layers.Rescaling(1 / 127.5, offset=-1, name="preprocess"),
            base or build_base(),
            layers.GlobalMaxPooling2D(name="strongest"),
            layers.Dense(5, name="digit"),
        ]
    )
    return ready(model, 0.004)


def ready(model: keras.Sequential, learning_rate: float) -> keras.Sequential:
    """Return the model, compiled. Do this again after each change of ``trainable``."""
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


def build(classifier: keras.Sequential | None = None) -> keras.Model:
    """Return a model from images to feature maps (n, 8, 8, 256) and logits (n, 5)."""
    classifier = classifier or build_classifier()
    maps = classifier.get_layer("strongest").input  # what the base gives here
    outputs = [maps, classifier.outputs[0]]
    return keras.Model(classifier.inputs[0], outputs, name="pretrained_base")


def heat_maps(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return where the features speak for the answer (n, 8, 8), 0 or more: Grad-CAM."""
    with tf.GradientTape() as tape:
        features, logits = model(images, training=False)  # no augmentation
        answer = tf.reduce_max(logits, axis=-1)
    slopes = tape.gradient(answer, features)
    weights = tf.reduce_mean(slopes, axis=(1, 2), keepdims=True)  # one for each map
    return tf.nn.relu(tf.reduce_sum(weights * features, axis=-1)).numpy()


def features_of(base: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return the strongest value of each feature map (n, 256)."""
    maps = base(keras.applications.resnet_v2.preprocess_input(images.copy()))
    return np.max(maps, axis=(1, 2))


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return test accuracies, and check the baselines."""
    keras.utils.set_random_seed(seed)
    train, valid, (x_test, y_test) = load_parts()
    histories, right = {}, {}

    def learn(model: keras.Sequential, name: str, patience: int) -> None:
        """Train on the few images; keep the test accuracy."""
        stop = keras.callbacks.EarlyStopping(
            patience=patience, restore_best_weights=True
        )
        history = model.fit(
            *train,
            validation_data=valid,
            batch_size=BATCH,
            validation_batch_size=BATCH,
            epochs=EPOCHS,
            callbacks=[stop],
            verbose=0,
        )
        histories[name] = history.history
        answers = np.argmax(model(x_test, training=False), axis=-1)
        right[name] = float(np.mean(answers == y_test))

    # Baselines: an SVM that gets pixels, or the features of a random base, and the same
    # network, which has never seen another digit.
    base = build_base()

    def by_svm(see: Callable[[np.ndarray], np.ndarray]) -> float:
        svm = SVC(C=10).fit(see(train[0]), train[1])
        return float(svm.score(see(x_test), y_test))

    right["SVM, pixels"] = by_svm(lambda images: images.reshape(len(images), -1))
    right["SVM, random base"] = by_svm(partial(features_of, base))
    model = build_classifier(base)
    start = model.get_weights()
    learn(model, "from scratch", patience=30)

    # The base learns other digits: this stands for a model from elsewhere.
    model.set_weights(start)
    old, old_valid = load_old()
    elsewhere = model.fit(
        *old,
        batch_size=BATCH,
        epochs=BASE_EPOCHS,
        validation_data=old_valid,
        validation_batch_size=BATCH,
        verbose=0,
    )
    right["SVM, trained base"] = by_svm(partial(features_of, base))

    base.trainable = False
    model = ready(build_classifier(base), 0.01)
    learn(model, "new head", patience=10)

    base.trainable = True
    for layer in base.layers:  # the last block, without its BatchNormalization
        norm = isinstance(layer, layers.BatchNormalization)
        layer.trainable = layer.name.startswith("conv2") and not norm
    learn(ready(model, 0.0005), "fine-tuned", patience=5)

    for name, share in right.items():
        print(f"{name}: {share:.3f}", end="; ")
    print()
    assert right["fine-tuned"] > right["from scratch"] + 0.1
    return {
        "right": right,
        "histories": histories,
        "elsewhere": elsewhere.history,
        "base": base,
        "model": model,
        "test": (x_test, y_test),
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: where the network looks, and the learning curves."""
    images, digits = result["test"]
    shown = [int(np.flatnonzero(digits == digit)[0]) for digit in range(5)]
    model = build(result["model"])
    maps = heat_maps(model, images[shown])
    answers = np.argmax(model(images[shown], training=False)[1], axis=-1)
    picture, grid = plt.subplots(2, len(shown), figsize=(5, 2.4))
    for (above, below), image, heat, answer in zip(
        grid.T, images[shown] / 255, maps, answers, strict=True
    ):
        above.imshow(image)
        above.set_title(f"says {answer + 5}")
        below.imshow(image)
        edges = (-0.5, SIZE - 0.5, SIZE - 0.5, -0.5)
        below.imshow(heat, extent=edges, alpha=0.6, interpolation="bilinear")
        above.set_axis_off()
        below.set_axis_off()
    picture.set_label(
        "Test images of the digits 5 to 9 in front of photographs, and where the "
        f"network looks. It says {', '.join(str(answer + 5) for answer in answers)}."
    )

    curve, axes = plt.subplots(figsize=(5, 3.2))
    ends = {}
    for color, (name, history) in enumerate(result["histories"].items()):
        epochs = np.arange(1, len(history["loss"]) + 1)
        if name == "fine-tuned":  # goes on where the new head has ended
            epochs += int(np.argmin(result["histories"]["new head"]["val_loss"])) + 1
        axes.plot(epochs, history["val_loss"], f"C{color}", label=name)
        axes.plot(epochs, history["loss"], f"C{color}:")
        ends[name] = min(history["val_loss"])
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.set_ylim(0, 3)
    axes.legend()
    curve.set_label(
        "The loss on validation images falls to "
        f"{ends['from scratch']:.2f} from scratch, to {ends['new head']:.2f} with the "
        f"base frozen, and then, fine-tuned, to {ends['fine-tuned']:.2f}. Dotted: the "
        "loss in training. The weights of the best epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
