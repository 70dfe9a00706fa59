"""Learn eight random numbers that draw digits: a variational autoencoder (VAE).

API: functional ``keras.Model``. The features of an image go to two layers, a mean
and a log variance, and one layer draws a random code from both. That layer adds its
own term to the loss, so ordinary ``compile`` and ``fit`` train the model.
"""

import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

RULE = "branch-and-merge"
EPOCHS = 25
TRAIN = 1200  # the first 1200 images; the other 597 are for the test
CODE = 8  # numbers that describe an image of 64 pixels
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
            layers.Dense(64, activation="sigmoid"),
        ],
        name="decoder",
    )
    pixels = keras.Input((64,), name="pixels")
    features = layers.Dense(256, activation="relu", name="features")(pixels)
    mean = layers.Dense(CODE, name="mean")(features)
    log_variance = layers.Dense(CODE, name="log_variance")(features)
    # The squared error and this weight make the loss a bound of the likelihood.
    code = Sample(kl_weight=2 * NOISE**2 / 64, name="code")([mean, log_variance])
    model = keras.Model(pixels, decoder(code), name="variational_autoencoder")
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    return model


def log_likelihood(model: keras.Model, pixels: np.ndarray) -> float:
    """Return a lower bound of the mean log-likelihood of an image, in nats."""
    drawn = model(pixels, training=True)  # with random codes
    loss = float(np.mean((drawn - pixels) ** 2) + model.losses[0])
    return float(-32 * (loss / NOISE**2 + np.log(2 * np.pi * NOISE**2)))


def main(seed: int = 0) -> dict[str, object]:
    """Train, print and return the log-likelihood, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, _) = load_data()

    # Baseline: the best linear model with as many random numbers.
    baseline = PCA(CODE).fit(x_train).score(x_test)

    model = build()
    model.fit(x_train, y_train, batch_size=64, epochs=EPOCHS, verbose=0)
    likelihood = log_likelihood(model, x_test)

    print(f"log-likelihood of a test image: {likelihood:.1f} (PCA: {baseline:.1f})")
    assert likelihood > baseline + 8
    return {"likelihood": likelihood, "baseline": float(baseline), "model": model}


if __name__ == "__main__":
    main()
