"""Draw digits from noise with two networks that train against each other: a GAN.

API: ``keras.Sequential``. The generator is a stack, the discriminator is a stack,
and the GAN is a stack of these two. Only the training is special, so the class has
a ``train_step`` of its own, and no ``call``.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture

RULE = "own-training-step"
EPOCHS = 50  # all of them: no loss of a GAN tells when to stop
TRAIN = 1200  # the first 1200 images; the other 597 are for the test
NOISE = 16  # random numbers from which an image is drawn

Arrays = tuple[np.ndarray, np.ndarray]


@keras.saving.register_keras_serializable(package="examples")
class GAN(keras.Sequential):
    """A score (n, 1) from noise (n, NOISE): above 0 if the drawn image seems real.

    ``fit`` takes real images (n, 64) only. Each training step draws its own noise.
    """

    def __init__(self, parts=None, **kwargs):
        super().__init__(parts, **kwargs)
        self.seeds = keras.random.SeedGenerator()
        self.generator_loss = keras.metrics.Mean(name="generator")
        self.discriminator_loss = keras.metrics.Mean(name="discriminator")

    def train_step(self, real):
        generator = self.get_layer("generator")
        discriminator = self.get_layer("discriminator")
        noise = keras.random.normal((ops.shape(real)[0], NOISE), seed=self.seeds)
        with tf.GradientTape(persistent=True) as tape:
            real_score = discriminator(real, training=True)
            drawn_score = self(noise, training=True)
            # Each loss is small if its own network is right.
            generator_loss = ops.mean(ops.softplus(-drawn_score))
            discriminator_loss = ops.mean(
                ops.softplus(-real_score) + ops.softplus(drawn_score)
            )

        # Each optimizer moves the weights of one network only.
        ours, theirs = generator.trainable_weights, discriminator.trainable_weights
        self.optimizer.apply(tape.gradient(generator_loss, ours), ours)
        discriminator.optimizer.apply(tape.gradient(discriminator_loss, theirs), theirs)

        # fit reports the mean of each loss over the epoch, and then starts anew.
        self.generator_loss.update_state(generator_loss)
        self.discriminator_loss.update_state(discriminator_loss)
        means = self.generator_loss, self.discriminator_loss
        return {mean.name: mean.result() for mean in means}


def load_data() -> tuple[Arrays, Arrays]:
    """Return real pixels (n, 64) from 0 to 1, and what the test needs beside them.

    For the training these are the digits (n,), which only the judge sees. For the
    test it is the noise (n, NOISE) that comes first: as many images are drawn from it.
    """
    pixels, digits = load_digits(return_X_y=True)
    pixels = pixels.astype("float32") / 16
    real = pixels[TRAIN:]
    noise = np.random.default_rng(0).normal(size=(len(real), NOISE))
    return (pixels[:TRAIN], digits[:TRAIN]), (noise.astype("float32"), real)


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
    discriminator.compile(optimizer=keras.optimizers.Adam(0.002, beta_1=0.5))
    # Adam's variables: if the first step has to make them, it is recorded twice.
    discriminator.optimizer.build(discriminator.trainable_variables)
    model = GAN([generator, discriminator], name="gan")
    model.compile(optimizer=keras.optimizers.Adam(0.002, beta_1=0.5))  # generator's
    model.optimizer.build(model.trainable_weights)  # for all, as load_model does it
    return model


def digit_score(judge: LogisticRegression, images: np.ndarray) -> float:
    """Return the inception score of images (n, 64), as a classifier of digits sees it.

    It is 1 if the images tell the judge nothing, and 10 if each is surely one digit
    and all ten occur equally often.
    """
    each = judge.predict_proba(images)
    ratio = np.log(each / each.mean(axis=0))
    return float(np.exp(np.mean(np.sum(each * ratio, axis=1))))


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the score of drawn images, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (real, digits), (noise, test_real) = load_data()
    judge = LogisticRegression(solver="newton-cholesky").fit(real, digits)

    # Baselines that see the same images, and no digits: one normal distribution of
    # pixels, and a mixture of ten. The GAN beats the first one only.
    rows = {"real": test_real}
    for name, count in {"normal": 1, "mixture": 10}.items():
        normals = GaussianMixture(count, reg_covar=1e-3, random_state=seed)
        pixels, _ = normals.fit(real.astype("float64")).sample(len(noise))
        rows[name] = np.random.default_rng(seed).permutation(pixels.clip(0, 1))

    model = build()
    generator = model.get_layer("generator")
    by_epoch: list[float] = []

    def look(epoch: int, logs: dict[str, float]) -> None:
        by_epoch.append(digit_score(judge, np.asarray(generator(noise))))

    watch = keras.callbacks.LambdaCallback(on_epoch_end=look)
    history = model.fit(
        real, batch_size=75, epochs=EPOCHS, callbacks=[watch], verbose=0
    )
    rows["drawn"] = np.asarray(generator(noise))

    scores = {name: digit_score(judge, pixels) for name, pixels in rows.items()}
    print(f"score of drawn digits: {scores['drawn']:.1f} of 10")
    print(f"normal pixels: {scores['normal']:.1f}, mixture: {scores['mixture']:.1f}")
    print(f"real digits: {scores['real']:.1f}")
    assert scores["drawn"] > scores["normal"] + 0.5
    drawn = rows["drawn"][:8]
    distances = np.linalg.norm(drawn[:, None] - real[None], axis=-1)
    return {
        **scores,
        "model": model,
        "history": {**history.history, "score": by_epoch},
        "rows": {
            "real test digits": test_real[:8],
            "drawn by the GAN": drawn,
            "for each, the nearest training digit": real[distances.argmin(axis=1)],
            "drawn from a mixture of ten normals": rows["mixture"][:8],
        },
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: real and drawn digits, and the training."""
    rows = result["rows"]
    picture = plt.figure(figsize=(5, 3.6))
    lines = picture.subfigures(len(rows))
    for line, (name, images) in zip(lines, rows.items(), strict=True):
        line.suptitle(name, x=0.01, ha="left", fontsize="medium")
        for axes, pixels in zip(line.subplots(1, 8), images, strict=True):
            axes.imshow(pixels.reshape(8, 8), vmin=0, vmax=1)
            axes.set_axis_off()
    picture.set_label(
        "Eight real test digits; eight that the GAN draws, and for each the training "
        "digit that is nearest; and eight from a Gaussian mixture. A judge of digits "
        f"scores the drawn ones {result['drawn']:.1f} of 10, those of the mixture "
        f"{result['mixture']:.1f} and real ones {result['real']:.1f}."
    )

    history = result["history"]
    epochs = range(1, len(history["score"]) + 1)
    curve, (left, right) = plt.subplots(1, 2, figsize=(5, 2.8))
    for name in ("generator", "discriminator"):
        left.plot(epochs, history[name], label=name)
    left.set_xlabel("epoch")
    left.set_ylabel("loss")
    left.legend()
    right.plot(epochs, history["score"])
    right.set_xlabel("epoch")
    right.set_ylabel("score of drawn digits")
    ends = history["generator"][0], history["generator"][-1]
    curve.set_label(
        f"The loss of the generator goes from {ends[0]:.1f} to {ends[1]:.1f}, that of "
        f"the discriminator from {history['discriminator'][0]:.1f} to "
        f"{history['discriminator'][-1]:.1f}. The score of the drawn digits goes from "
        f"{history['score'][0]:.1f} to {history['score'][-1]:.1f}."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
