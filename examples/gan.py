"""Draw digits from noise with two networks that train against each other: a GAN.

API: ``keras.Sequential``. The generator is a stack, the discriminator is a stack,
and the GAN is a stack of these two. Only the training is special, so the class has
a ``train_step`` of its own, and no ``call``.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "own-training-step"
EPOCHS = 50
TRAIN = 1200  # the first 1200 images; the other 597 are for the test
NOISE = 16  # random numbers from which an image is drawn

Arrays = tuple[np.ndarray, np.ndarray]


@keras.saving.register_keras_serializable(package="examples")
class GAN(keras.Sequential):
    """A score (n, 1) from noise (n, NOISE): above 0 if the drawn image seems real."""

    def train_step(self, data):
        noise, real = data
        generator = self.get_layer("generator")
        discriminator = self.get_layer("discriminator")
        with tf.GradientTape(persistent=True) as tape:
            real_score = discriminator(real, training=True)
            drawn_score = self(noise, training=True)
            # Each loss is small if its own network is right.
            discriminator_loss = ops.mean(
                ops.softplus(-real_score) + ops.softplus(drawn_score)
            )
            generator_loss = ops.mean(ops.softplus(-drawn_score))

        # Each loss moves the weights of its own network only.
        ours, theirs = generator.trainable_weights, discriminator.trainable_weights
        gradients = tape.gradient(generator_loss, ours)
        gradients += tape.gradient(discriminator_loss, theirs)
        self.optimizer.apply(gradients, ours + theirs)
        return {"generator": generator_loss, "discriminator": discriminator_loss}


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: noise (n, NOISE), and real pixels (n, 64) from 0 to 1."""
    pixels, _ = load_digits(return_X_y=True)
    pixels = pixels.astype("float32") / 16
    noise = np.random.default_rng(0).normal(size=(len(pixels), NOISE))
    noise = noise.astype("float32")
    return (noise[:TRAIN], pixels[:TRAIN]), (noise[TRAIN:], pixels[TRAIN:])


def build() -> keras.Sequential:
    """Return a model from noise (n, NOISE) to the score of a drawn image (n, 1)."""
    generator = keras.Sequential(
        [
            keras.Input((NOISE,)),
            layers.Dense(256),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dense(64, activation="sigmoid"),
        ],
        name="generator",
    )
    discriminator = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(256, activation="leaky_relu"),
            layers.Dropout(0.3),
            layers.Dense(256, activation="leaky_relu"),
            layers.Dropout(0.3),
            layers.Dense(1),
        ],
        name="discriminator",
    )
    model = GAN([generator, discriminator], name="gan")
    model.compile(optimizer=keras.optimizers.Adam(0.002, beta_1=0.5))
    return model


def digit_score(judge: LogisticRegression, images: np.ndarray) -> float:
    """Return the inception score of images (n, 64), as a classifier of digits sees it.

    It is 1 if the images tell the judge nothing, and 10 if each is surely one digit
    and all ten occur equally often.
    """
    each = judge.predict_proba(images)
    ratio = np.log(each / each.mean(axis=0))
    return float(np.exp(np.mean(np.sum(each * ratio, axis=1))))


def main(seed: int = 0) -> dict[str, object]:
    """Train, print and return the score of drawn images, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (noise, real), (test_noise, test_real) = load_data()
    digits = load_digits().target[:TRAIN]
    judge = LogisticRegression(max_iter=1000).fit(real, digits)

    # Baseline: normal random pixels, with the mean and the covariance of real ones.
    rng = np.random.default_rng(seed)
    pixels = rng.multivariate_normal(real.mean(0), np.cov(real.T), len(test_real))
    baseline = digit_score(judge, pixels.clip(0, 1))

    model = build()
    model.fit(noise, real, batch_size=64, epochs=EPOCHS, verbose=0)
    drawn = model.get_layer("generator").predict(test_noise, verbose=0)
    score = digit_score(judge, drawn)
    best = digit_score(judge, test_real)

    print(f"score of drawn digits: {score:.1f} of 10")
    print(f"random pixels with equal covariance: {baseline:.1f}, real: {best:.1f}")
    assert score > baseline + 0.5
    return {"score": score, "baseline": baseline, "real": best, "model": model}


if __name__ == "__main__":
    main()
