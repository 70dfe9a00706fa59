"""Learn eight random numbers that draw digits: a variational autoencoder (VAE).

API: functional ``keras.Model``. The features of an image go to two layers, a mean
and a log variance, and one layer draws a random code from both. That layer adds its
own term to the loss, so ordinary ``compile`` and ``fit`` train the model.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

RULE = "branch-and-merge"
EPOCHS = 40  # at most; training stops when the validation loss falls no more
TRAIN = 1200  # the first 1200 images, a fifth of them for validation; 597 for test
SIZE = 64  # pixels of an image
CODE = 8  # numbers that describe an image
NOISE = 0.13  # the spread of a pixel around the value that the decoder draws

Arrays = tuple[np.ndarray, np.ndarray]


@keras.saving.register_keras_serializable(package="examples")
class Sample(layers.Layer):
    """Draw codes (n, CODE) from means and log variances, (n, CODE) each.

    In training the codes are random; otherwise they are the means. Adds to the loss
    of the model how far the codes are from the standard normal distribution.
    """

    def __init__(self, kl_weight: float, **kwargs):
        super().__init__(**kwargs)
        self.kl_weight = kl_weight
        self.seeds = keras.random.SeedGenerator()  # other noise at each call

    def call(self, inputs, training=False):
        mean, log_variance = inputs
        kl = ops.sum(ops.exp(log_variance) + mean**2 - 1 - log_variance, axis=-1) / 2
        self.add_loss(self.kl_weight * ops.mean(kl))
        if not training:
            return mean
        noise = keras.random.normal(ops.shape(mean), seed=self.seeds)
        return mean + ops.exp(log_variance / 2) * noise

    def get_config(self) -> dict:
        return {**super().get_config(), "kl_weight": self.kl_weight}


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: pixels (n, 64) from 0 to 1, as input and as target."""
    pixels, _ = load_digits(return_X_y=True)
    pixels = pixels.astype("float32") / 16
    train, test = pixels[:TRAIN], pixels[TRAIN:]
    return (train, train), (test, test)


def build() -> keras.Model:
    """Return a model from pixels (n, 64) to pixels (n, 64), by a code (n, CODE)."""
    decoder = keras.Sequential(
        [
            keras.Input((CODE,)),
            layers.Dense(256, activation="relu"),
            layers.Dense(SIZE, activation="sigmoid"),
        ],
        name="decoder",
    )
    pixels = keras.Input((SIZE,), name="pixels")
    features = layers.Dense(256, activation="relu", name="features")(pixels)
    mean = layers.Dense(CODE, name="mean")(features)
    log_variance = layers.Dense(CODE, name="log_variance")(features)
    # The squared error and this weight make the loss a bound of the likelihood.
    code = Sample(kl_weight=2 * NOISE**2 / SIZE, name="code")([mean, log_variance])
    model = keras.Model(pixels, decoder(code), name="variational_autoencoder")
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def log_likelihood(model: keras.Model, pixels: np.ndarray) -> float:
    """Return a lower bound of the mean log-likelihood of an image, in nats."""
    drawn = model(pixels, training=True)  # with random codes
    loss = float(np.mean((drawn - pixels) ** 2) + model.losses[0])
    return float(-SIZE / 2 * (loss / NOISE**2 + np.log(2 * np.pi * NOISE**2)))


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the log-likelihood, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, _) = load_data()

    # Baseline: the best linear model with as many random numbers.
    pca = PCA(CODE).fit(x_train)
    baseline = float(pca.score(x_test))

    model = build()
    stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    history = model.fit(
        x_train,
        y_train,
        validation_split=0.2,
        batch_size=64,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    likelihood = log_likelihood(model, x_test)

    print(f"log-likelihood of a test image: {likelihood:.1f} (PCA: {baseline:.1f})")
    assert likelihood > baseline + 7
    codes = np.random.default_rng(seed).normal(size=(8, CODE))
    drawn = np.array(model.get_layer("decoder")(codes))
    apart = np.linalg.norm(drawn[:, None] - x_train[None], axis=-1)
    return {
        "likelihood": likelihood,
        "baseline": baseline,
        "model": model,
        "history": history.history,
        "apart": apart.min(1),
        "rows": {
            "test images": x_test[:8],
            "each drawn again, from the mean of its code": model.predict(
                x_test[:8], verbose=0
            ),
            "drawn from random codes": drawn,
            "the training image nearest to each": x_train[apart.argmin(1)],
            "drawn by PCA, from the same random codes": pca.inverse_transform(
                codes * np.sqrt(pca.explained_variance_)
            ),
        },
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: images drawn by the model, and the learning curve."""
    rows = result["rows"]
    picture = plt.figure(figsize=(5, 4.6))
    strips = picture.subfigures(len(rows), 1)
    for strip, (name, images) in zip(strips, rows.items(), strict=True):
        strip.suptitle(name, x=0.01, ha="left", fontsize="medium")
        for axes, pixels in zip(strip.subplots(1, 8), images, strict=True):
            axes.imshow(pixels.reshape(8, -1), vmin=0, vmax=1)
            axes.set_axis_off()
    picture.set_label(
        "Eight test images, drawn again; eight images drawn from random codes, none of "
        "them a copy: the training images nearest to them differ by at least "
        f"{result['apart'].min():.1f} (Euclidean distance). PCA draws blurred strokes "
        "from the same codes."
    )

    loss, validation = result["history"]["loss"], result["history"]["val_loss"]
    curve, axes = plt.subplots()
    axes.plot(range(1, len(loss) + 1), loss, label="training, random codes")
    axes.plot(range(1, len(loss) + 1), validation, label="validation, mean codes")
    axes.set_xlabel("epoch")
    axes.set_ylabel("squared error + KL term")
    axes.legend()
    best = int(np.argmin(validation))
    curve.set_label(
        f"The loss on validation images falls from {validation[0]:.4f} to "
        f"{validation[best]:.4f} in epoch {best + 1} of {len(loss)}; the weights of "
        "that epoch are kept. It is taken with the mean codes, so it is not comparable "
        "with the training loss."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
