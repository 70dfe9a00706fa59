"""Models that draw: variational autoencoders, GANs, random numbers, train_step."""

import itertools
import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from examples import gan
from examples.variational_autoencoder import Sample
from tests.hunts.property import over
from tests.hunts.zoo import GRAPHS, STACKS, each, same
from tests.hunts.zoo.own import NoisyDense


@keras.saving.register_keras_serializable("generative")
class Adds(layers.Layer):
    """Returns what it receives, and adds to the loss."""

    def __init__(self, weight=1.0, **kwargs):
        super().__init__(**kwargs)
        self.weight = weight

    def call(self, x):
        """Add the mean square."""
        self.add_loss(self.weight * ops.mean(ops.cast(x, "float32") ** 2))
        return x


def flat(stack):
    """Whether the layers do not add a loss of their own."""
    return not any("regularizer" in step for step in stack.layers)


PLAIN = STACKS.where(flat, "stacks without regularizers")


def kept(model):
    """Return all variables, and those in which layers keep a state between calls."""
    states = [getattr(layer, "states", None) for layer in model._flatten_layers()]
    return [*model.variables, *keras.tree.flatten([s for s in states if s])]


@over(
    PLAIN.where(
        lambda stack: not hasattr(stack.functional().outputs[0], "_keras_mask"),
        "stacks without regularizers, whose outputs have no mask",
    )
)
def add_loss_in_a_layer_reaches_fit_and_evaluate(stack):
    """Compare the loss with the squared error and the term, in fit and evaluate."""
    x = stack.x()
    steps, adds = stack.new_layers(), Adds(3.0, dtype="float32")
    steps.insert(len(steps) // 2 + 1, adds)
    twice = len(steps) % 2 == 0  # a layer that is called twice adds two terms
    if not twice:
        model = keras.Sequential([stack.input(), *steps])
    else:
        y = inputs = stack.input()
        for step in steps:
            y = step(step(y)) if step is adds else step(y)
        model = keras.Model(inputs, y)
    shape = model(x).shape
    target = np.random.default_rng(1).normal(size=shape).astype("float32")
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            layer.reset_state()
    variables = [variable.numpy() for variable in kept(model)]

    def expected(training):
        """Return the squared error plus the term, and put all states back."""
        answer = np.asarray(model(x, training=training), "float32")
        terms = [float(term) for term in model.losses]
        assert len(terms) == 1 + twice
        added = sum(terms)
        for variable, value in zip(kept(model), variables, strict=True):
            variable.assign(value)
        assert added > 0
        return np.mean((answer - target) ** 2) + added

    model.compile("sgd", "mse", run_eagerly=len(steps) != 5)
    near = 1e-2 if "float16" in stack.list_code else 1e-5
    before = expected(False), expected(True)
    loss = model.evaluate(x, target, batch_size=len(x), verbose=0)
    assert same(loss, before[0], near)
    expected(False)
    (fitted,) = model.fit(x, target, len(x), shuffle=False, verbose=0).history["loss"]
    assert same(fitted, before[1], near)


REPORTS = list(
    itertools.product(
        [(4, 1), (5, 2), (9, 4), (3, 3)],
        [1, 3],
        ["functional", "sequential", "subclass"],
        [False, True],
    )
)


def echo_step(self, data):
    """Report the mean of the batch, as a number and by a metric."""
    number = ops.mean(data[0])
    self.mean.update_state(number)
    return {"number": number, "mean": self.mean.result()}


def echo_of(kind):
    """Return a model with that step."""

    class Graph(keras.Model):
        train_step = echo_step

    class Stack(keras.Sequential):
        train_step = echo_step

    class Called(keras.Model):
        train_step = echo_step

        def call(self, x):
            return x

    inputs = keras.Input((1,))
    if kind == "functional":
        model = Graph(inputs, layers.Dense(1)(inputs))
    elif kind == "sequential":
        model = Stack([inputs, layers.Dense(1)])
    else:
        model = Called()
    model.mean = keras.metrics.Mean(name="mean")
    return model


@over(each("rows, batches, epochs and models", REPORTS))
def a_number_from_train_step_is_the_last_batch(how):
    """Compare the history with the last batch, and with the mean of all batches."""
    (rows, size), epochs, kind, eager = how
    echo = echo_of(kind)
    echo.compile(run_eagerly=eager)
    x = np.random.default_rng(rows).normal(size=(rows, 1)).astype("float32")
    how = {"batch_size": size, "epochs": epochs, "shuffle": False, "verbose": 0}
    seen = echo.fit(x, x, **how).history
    batches = [x[start : start + size].mean() for start in range(0, rows, size)]
    assert np.allclose(seen["number"], [batches[-1]] * epochs, atol=1e-6)
    assert np.allclose(seen["mean"], [np.mean(batches)] * epochs, atol=1e-6)


@over(
    GRAPHS.where(
        lambda case: "regularizer" not in case.code, "functional models without a loss"
    )
)
def a_custom_train_step_does_not_teach_evaluate(case):
    """Evaluate a model whose loss is in train_step; count the training steps."""
    made, steps = case.fresh(), []

    class Taught(keras.Model):
        def train_step(self, data):
            steps.append(1)
            with tf.GradientTape() as tape:
                answers = keras.tree.flatten(self(data[0], training=True))
                loss = sum(ops.mean(ops.cast(y, "float32") ** 2) for y in answers)
            weights = self.trainable_weights
            slopes = tape.gradient(loss, [weight.value for weight in weights])
            self.optimizer.apply(slopes, weights)
            return {"number": loss}

    model = Taught(made.input, made.output)
    model.compile("sgd", run_eagerly=True)
    x, y, message = case.x(), case.y(), ""
    if made.trainable_weights:
        model.train_on_batch(x, y)
        assert len(steps) == 1
    before = len(steps)
    try:
        model.evaluate(x, y, verbose=0)
    except ValueError as error:
        message = str(error)
    assert "No loss to compute" in message
    assert len(steps) == before


@keras.saving.register_keras_serializable("generative")
class Open(keras.Model):
    """Takes anything."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)


@keras.saving.register_keras_serializable("generative")
class Named(keras.Model):
    """Names what it takes."""

    def __init__(self, inputs, outputs, **kwargs):
        super().__init__(inputs, outputs, **kwargs)


@over(GRAPHS)
def args_and_kwargs_let_a_graph_with_a_class_load(case):
    """Save and load the graph with either class."""
    made, x = case.fresh(), case.x()
    model = Open(made.input, made.output)
    model.save("open.keras")
    loaded = keras.saving.load_model("open.keras")
    assert type(loaded) is Open
    assert same(loaded.get_weights(), model.get_weights())
    if "training=True" not in case.code and "stateful" not in case.code:
        assert same(loaded(x), model(x))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Named(made.input, made.output).save("named.keras")
    assert not [w for w in caught if "config" in str(w.message)]
    problem = ""
    try:
        keras.saving.load_model("named.keras")
    except TypeError as error:
        problem = str(error)
    assert "could not be deserialized properly" in problem


VAES = list(
    itertools.product(
        [3, 20],  # numbers of a row
        [1, 8],  # numbers of a code
        [0, 1, 2],  # hidden layers
        ["dense", "normalized", "dropout"],
    )
)
VAES = [how for how in VAES if how[2] or how[3] == "dense"]


def vae_of(how):
    """Return a variational autoencoder, its parts, and rows."""
    numbers, code, deep, kind = how
    keras.utils.set_random_seed(code)

    def hidden():
        found = []
        for _ in range(deep):
            found.append(layers.Dense(6, activation="tanh"))
            if kind == "normalized":
                found.append(layers.BatchNormalization())
            if kind == "dropout":
                found.append(layers.Dropout(0.3))
        return found

    x = inputs = keras.Input((numbers,))
    for step in hidden():
        x = step(x)
    heads = layers.Dense(code)(x), layers.Dense(code)(x)
    sample = Sample(kl_weight=0.5, name="code")
    last = layers.Dense(numbers, activation="sigmoid")
    decoder = keras.Sequential([keras.Input((code,)), *hidden(), last])
    model = keras.Model(inputs, decoder(sample(list(heads))))
    rows = np.random.default_rng(0).random((5, numbers)).astype("float32")
    return model, (keras.Model(inputs, list(heads)), sample, decoder), rows


VARIATIONAL = each("variational autoencoders", VAES)


@over(VARIATIONAL)
def vae_is_random_in_training_only(how):
    """Compare two calls of each sort, and the code with the mean."""
    model, (encoder, sample, decoder), rows = vae_of(how)
    assert same(model(rows), model(rows))
    mean, log_variance = encoder(rows)
    assert same(model(rows), decoder(mean))
    model.compile(run_eagerly=True)
    assert same(model.predict(rows, verbose=0), model(rows))
    codes = [sample([mean, log_variance], training=True) for _ in range(2)]
    assert not same(codes[0], codes[1], 1e-3)
    assert not same(model(rows, training=True), model(rows, training=True), 1e-4)


@over(VARIATIONAL)
def vae_parts_can_stand_in_a_stack(how):
    """Compare outputs and losses of the graph, the stack and the loaded stack."""
    model, (encoder, sample, decoder), rows = vae_of(how)
    stack = keras.Sequential([encoder, sample, decoder])
    stack.save("stack.keras")
    loaded = keras.saving.load_model("stack.keras")
    assert same(stack(rows), model(rows))
    assert same(loaded(rows), stack(rows))
    (one,), (other,), (third,) = stack.losses, loaded.losses, model.losses
    assert np.isclose(one, other) and np.isclose(one, third) and one > 0


@over(
    each(
        "seeds, shapes, types and numbers",
        itertools.product(
            [0, 1, 1234567], [(3,), (2, 5), (4, 1, 3)], ["float32", "float16"], [0, 5.0]
        ),
    )
)
def a_number_as_seed_draws_the_same_noise_each_time(how):
    """Draw with the number, with a generator, and both in a compiled function."""
    seed, shape, dtype, mean = how

    def draw(seed):
        return keras.random.normal(shape, mean=mean, dtype=dtype, seed=seed)

    seeds = keras.random.SeedGenerator(seed)
    assert same(draw(seed), draw(seed))
    drawn = [np.asarray(draw(seeds)) for _ in range(3)]
    assert not any(same(*pair) for pair in itertools.combinations(drawn, 2))
    compiled, also = tf.function(lambda: draw(seed)), tf.function(lambda: draw(seeds))
    assert same(compiled(), compiled())
    assert not same(also(), also())


RANDOM = [
    "layers.Dropout(0.5)",
    "layers.GaussianNoise(1.0)",
    "layers.GaussianDropout(0.5)",
    "layers.AlphaDropout(0.5)",
    "NoisyDense(8)",
    "Draws()",
]


@keras.saving.register_keras_serializable("generative")
class Draws(layers.Layer):
    """Adds noise in training, from a generator of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = keras.random.SeedGenerator()

    def call(self, x, training=False):
        """Add it."""
        if not training:
            return x
        return x + keras.random.normal(ops.shape(x), seed=self.seeds)


def random_layer(code):
    """Make a layer that draws noise."""
    return eval(code, {"layers": layers, "NoisyDense": NoisyDense, "Draws": Draws})


@over(
    each(
        "models that draw noise, and calls before saving",
        itertools.product(RANDOM, [0, 1], [0, 3], ["sequential", "functional"]),
    )
)
def a_keras_file_does_not_keep_the_random_state(how):
    """Compare predictions and noise of the original and the loaded model."""
    code, before, calls, kind = how
    keras.utils.set_random_seed(0)
    steps = [layers.Dense(20) for _ in range(before)]
    steps = [*steps, random_layer(code), layers.Dense(3)]
    model = keras.Sequential([keras.Input((12,)), *steps])
    if kind == "functional":
        model = keras.Model(model.inputs, model.outputs)
    x = np.random.default_rng(0).normal(size=(5, 12)).astype("float32")
    for _ in range(calls):
        model(x, training=True)
    model.save("random.keras")
    loaded = keras.saving.load_model("random.keras")
    assert same(loaded(x), model(x))
    assert not same(loaded(x, training=True), model(x, training=True), 1e-3)


KINDS, OPTIMIZERS = ["plain", "normalized", "dropout"], ["sgd", "adam", "rmsprop"]
GANS = [  # layers, hidden units, optimizers, rows and batches
    *itertools.product(KINDS, [1, 6], OPTIMIZERS, [(8, 8)]),
    *itertools.product(KINDS, [3], OPTIMIZERS, [(6, 4)]),
]


def parts_of_gan(how):
    """Return a generator and a discriminator."""
    kind, units, *_ = how
    keras.utils.set_random_seed(units)
    more = {
        "plain": lambda: [layers.LeakyReLU()],
        "normalized": lambda: [layers.BatchNormalization(), layers.ReLU()],
        "dropout": lambda: [layers.Dropout(0.3)],
    }[kind]
    steps = [layers.Dense(units), *more(), layers.Dense(7, activation="sigmoid")]
    generator = keras.Sequential([keras.Input((gan.NOISE,)), *steps], name="generator")
    steps = [layers.Dense(units), *more(), layers.Dense(1)]
    discriminator = keras.Sequential([keras.Input((7,)), *steps], name="discriminator")
    return generator, discriminator


class FunctionalGAN(keras.Model):
    """The graph, with the step."""

    train_step = gan.GAN.train_step


class SubclassedGAN(keras.Model):
    """A call, with the step."""

    train_step = gan.GAN.train_step

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator

    def call(self, noise, training=False):
        """Score what is drawn."""
        drawn = self.generator(noise, training=training)
        return self.discriminator(drawn, training=training)


def gan_of(way, how, rates=(0.01, 0.01)):
    """Return a compiled GAN, written in one of three ways."""
    parts = parts_of_gan(how)
    stack = model = gan.GAN(list(parts))
    if way is FunctionalGAN:
        model = FunctionalGAN(stack.inputs[0], stack.outputs[0])
    elif way is SubclassedGAN:
        model = SubclassedGAN(*parts)
    if model is not stack:
        model.seeds = keras.random.SeedGenerator(0)
        model.generator_loss = stack.generator_loss
        model.discriminator_loss = stack.discriminator_loss
    model.seeds = keras.random.SeedGenerator(0)
    for part, rate in zip((model, parts[1]), rates, strict=True):
        part.compile(optimizer_of(how, rate), run_eagerly=True)
    return model, parts


def optimizer_of(how, rate):
    """Return an optimizer with a learning rate."""
    return keras.optimizers.get(
        {"class_name": how[2], "config": {"learning_rate": rate}}
    )


def real(how):
    """Return rows that stand for images."""
    rows = how[3][0]
    return np.random.default_rng(rows).random((rows, 7)).astype("float32")


@over(each("GANs, optimizers and batches", GANS))
def gan_trains_equally_in_each_api(how):
    """Compare the weights after an epoch."""
    found = []
    for way in (gan.GAN, FunctionalGAN, SubclassedGAN):
        model, parts = gan_of(way, how)
        before = [part.get_weights() for part in parts]
        model.fit(real(how), batch_size=how[3][1], shuffle=False, verbose=0)
        after = [part.get_weights() for part in parts]
        found.append(after)
        assert not any(map(same, before, after))
    assert same(found[0], found[1], 1e-5) and same(found[0], found[2], 1e-5)


@over(each("GANs, optimizers and batches", GANS))
def each_optimizer_of_the_gan_moves_one_network(how):
    """Compare the weights after an epoch in which one learning rate is 0."""
    for rates in ((0.01, 0.0), (0.0, 0.01)):
        model, parts = gan_of(gan.GAN, how, rates)
        before = [[w.numpy() for w in part.trainable_weights] for part in parts]
        model.fit(real(how), batch_size=how[3][1], shuffle=False, verbose=0)
        moved = [
            not same(old, part.trainable_weights)
            for old, part in zip(before, parts, strict=True)
        ]
        assert moved == [rate > 0 for rate in rates]


@over(STACKS.where(lambda stack: stack.sequential().trainable_weights))
def freezing_after_compile_stops_the_discriminator(stack):
    """Train a discriminator by itself that was frozen below a generator."""
    discriminator = stack.sequential()
    eager = len(stack.layers) % 3 > 0
    discriminator.compile("adam", loss="mse", run_eagerly=eager)
    could = discriminator.trainable_weights
    discriminator.trainable = False
    before = [weight.numpy() for weight in could]
    both = keras.Sequential([stack.input(), layers.Identity(), discriminator])
    both.compile("adam", loss="mse")
    x = stack.x()
    target = np.random.default_rng(0).normal(size=discriminator(x).shape)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        discriminator.train_on_batch(x, target)
    said = " ".join(str(each_of.message) for each_of in caught)
    assert "does not have any trainable weights" in said
    assert same(before, could)
