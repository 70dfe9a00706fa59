"""Reuse a network of ``keras.applications`` for a few images, and see where it looks.

API: functional ``keras.Model``. To train, a ``keras.Sequential`` is enough. To look, a
second model has two outputs, the feature maps of the base and the answer: Grad-CAM
needs both. The base is the beginning of a ResNet50V2, cut at one of its layers.
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
CUT = "conv2_block1_2_relu"  # the layer where the base ends
DIGIT = 16  # a digit is 16 pixels high and wide
TRAIN = 1200  # the first 1200 digits; the other 597 are for the test
FEW = 5  # images of each new digit to learn from, and as many for validation
OLD = 1500  # images of the old digits, to make a trained base
BASE_EPOCHS = 3
BATCH = 25  # as many as there are images of the new digits to learn from
STEPS = 6  # training steps in an epoch, each on all images of the new digits
EPOCHS = 14  # at most

Arrays = tuple[np.ndarray, np.ndarray]


def place(digits: np.ndarray, seed: int, first: int, last: int) -> Arrays:
    """Return color images (n, 32, 32, 3), 0 to 255, and where the digits are (n, 2).

    Each digit is mostly in one quarter of its image. The backgrounds are parts of the
    photographs of scikit-learn, between two columns.
    """
    random = np.random.default_rng(seed)
    photos = np.stack(load_sample_images().images) * 0.6  # a little darker
    images = np.empty((len(digits), SIZE, SIZE, 3), "float32")
    quarters = random.integers(2, size=(len(digits), 2))
    corners = 12 * quarters + random.integers(5, size=quarters.shape)
    for image, digit, corner in zip(images, digits, corners, strict=True):
        photo = photos[random.integers(2)]
        row, column = random.integers((0, first), (photo.shape[0] - SIZE, last - SIZE))
        image[:] = photo[row : row + SIZE, column : column + SIZE]
        ink = np.kron(digit / 16, np.ones((2, 2)))[:, :, None]
        row, column = corner
        part = image[row : row + DIGIT, column : column + DIGIT]
        part += ink * (random.uniform(128, 255, 3) - part)
    return images, corners


def load_old() -> Arrays:
    """Return many images, and their digits, 0 to 4: what the base learns."""
    digits = load_digits()
    old = np.flatnonzero(digits.target[:TRAIN] < 5)
    chosen = np.random.default_rng(0).choice(old, OLD)
    images, _ = place(digits.images[chosen], 0, 0, 320)
    return images, digits.target[chosen]


def load_new() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return train, validation and test: images, digit - 5, and the digits' corners."""
    digits = load_digits()
    x, y = digits.images, digits.target - 5
    few = np.array([np.flatnonzero(y[:TRAIN] == new)[: 2 * FEW] for new in range(5)])
    test = TRAIN + np.flatnonzero(y[TRAIN:] >= 0)
    parts = []
    for seed, part in enumerate((few[:, :FEW].ravel(), few[:, FEW:].ravel(), test), 1):
        images, corners = place(x[part], seed, 320, 640)
        parts.append((images, y[part], corners))
    return parts


def load_parts() -> list[Arrays]:
    """Return train, validation and test for 5 to 9: images, and digit - 5 (n,)."""
    return [(images, y) for images, y, _ in load_new()]


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test for 5 to 9: images (n, 32, 32, 3), and digit - 5 (n,)."""
    train, _, test = load_parts()
    return train, test


def build_base() -> keras.Model:
    """Return a ResNet50V2, up to one layer: images to maps (n, 8, 8, 64).

    With ``weights="imagenet"``, it comes trained. Here the weights are random.
    """
    whole = keras.applications.ResNet50V2(
        include_top=False, weights=None, input_shape=(SIZE, SIZE, 3)
    )
    base = keras.Model(whole.inputs[0], whole.get_layer(CUT).output, name="base")
    for layer in base.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.8  # the averages follow: there are few steps here
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
    # Adam gets its variables now. Made in the first step, they cost a second tracing.
    model.optimizer.build(model.trainable_variables)
    return model


def build(classifier: keras.Sequential | None = None) -> keras.Model:
    """Return a model from images to feature maps (n, 8, 8, 64) and logits (n, 5)."""
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


def pointed(maps: np.ndarray, corners: np.ndarray) -> float:
    """Return in which share of the images the highest point is in the right quarter."""
    highest = maps.reshape(len(maps), -1).argmax(axis=-1)
    places = np.stack(np.unravel_index(highest, maps.shape[1:]), axis=-1)
    found = (places >= maps.shape[1] // 2) == (corners >= SIZE // 4)
    return float(np.mean(found.all(axis=-1)))


def flat(images: np.ndarray) -> np.ndarray:
    """Return the pixels of each image in a row."""
    return images.reshape(len(images), -1)


def features_of(base: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return the strongest value of each feature map (n, 64)."""
    preprocessed = keras.applications.resnet_v2.preprocess_input(images.copy())
    return np.max(base(preprocessed, training=False), axis=(1, 2))


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return test accuracies, and check the baselines."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train, _), (x_valid, y_valid, _), (x_test, y_test, corners) = load_new()
    # 25 images fit into one batch: an epoch is the same batch, STEPS times.
    few = tf.data.Dataset.from_tensors((x_train, y_train)).repeat(STEPS)
    histories, right = {}, {}

    def learn(model: keras.Sequential, name: str, *, stops: bool = True) -> None:
        """Train on the few images; keep the test accuracy."""
        stop = keras.callbacks.EarlyStopping(patience=6, restore_best_weights=True)
        history = model.fit(
            few,
            validation_data=(x_valid, y_valid),
            validation_batch_size=BATCH,
            epochs=EPOCHS,
            callbacks=[stop] if stops else [],
            shuffle=False,
            verbose=0,
        )
        histories[name] = history.history
        answers = np.argmax(model(x_test, training=False), axis=-1)
        right[name] = float(np.mean(answers == y_test))

    def by_svm(see: Callable[[np.ndarray], np.ndarray]) -> float:
        """Train an SVM. It need not stop in time: it gets the validation part, too."""
        images, digits = np.concatenate([x_train, x_valid]), [*y_train, *y_valid]
        svm = SVC(C=10).fit(see(images), digits)
        return float(svm.score(see(x_test), y_test))

    # Baselines: an SVM that gets pixels, or the features of a random base, and the same
    # network, which has never seen another digit.
    base = build_base()
    right["SVM, pixels"] = by_svm(flat)
    right["SVM, random base"] = by_svm(partial(features_of, base))
    model = build_classifier(base)
    variables = [*model.variables, *model.optimizer.variables]
    start = [each.numpy() for each in variables]
    # Its validation loss rises, but its answers get better: it may go on to the end.
    learn(model, "from scratch", stops=False)
    for each, value in zip(variables, start, strict=True):
        each.assign(value)  # as before: the weights, and what Adam has counted

    # The base learns other digits: this stands for a model from elsewhere.
    old = tf.data.Dataset.from_tensor_slices(load_old()).shuffle(OLD, seed=seed)
    model.fit(
        old.batch(BATCH, drop_remainder=True),  # another size would be traced again
        epochs=BASE_EPOCHS,
        callbacks=[keras.callbacks.LearningRateScheduler(lambda i: 0.004 / 2**i)],
        shuffle=False,
        verbose=0,
    )
    right["SVM, trained base"] = by_svm(partial(features_of, base))

    base.trainable = False
    model = ready(build_classifier(base), 0.03)
    learn(model, "new head")

    base.trainable = True
    for layer in base.layers:  # the last block, without its BatchNormalization
        norm = isinstance(layer, layers.BatchNormalization)
        layer.trainable = layer.name.startswith("conv2") and not norm
    learn(ready(model, 0.001), "fine-tuned")

    # Does the network look at the digit? At that of the next image? In one and the same
    # quarter of all images are so many digits:
    maps = heat_maps(build(model), x_test)
    most = np.unique(corners >= SIZE // 4, axis=0, return_counts=True)[1].max()
    looks = {
        "own": pointed(maps, corners),
        "next": pointed(maps, np.roll(corners, -1, axis=0)),
        "same": float(most / len(corners)),
    }

    for name, share in right.items():
        print(f"{share:.3f} {name}")
    print(f"{looks['own']:.3f} of the heat maps are highest at the digit")
    assert right["fine-tuned"] > right["from scratch"] + 0.04
    assert right["fine-tuned"] > right["SVM, pixels"] + 0.2
    return {
        "right": right,
        "looks": looks,
        "histories": histories,
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
    scratch = result["histories"]["from scratch"]
    curve.set_label(
        f"The loss on validation images falls to {ends['new head']:.2f} with the "
        f"base frozen, and then, fine-tuned, to {ends['fine-tuned']:.2f}. From "
        f"scratch it is {scratch['val_loss'][-1]:.2f} at the end, beyond the picture, "
        f"and the loss in training (dotted) {scratch['loss'][-1]:.2f}."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
