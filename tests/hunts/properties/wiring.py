"""Layers shared, left out, overruled: what a drawn graph holds and what it does not."""

import itertools
import json
import zipfile

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import each, same
from tests.hunts.zoo.case import NAMES

VECTOR, STEPS, IMAGE = (4,), (6, 4), (8, 8, 4)


def make(code):
    """Make what an expression describes."""
    return eval(code, dict(NAMES))


def numbers(shape, rows=6, seed=0):
    """Draw an array of that many rows."""
    return np.random.default_rng(seed).normal(size=(rows, *shape)).astype("float32")


def ways(x, step):
    """Make a Sequential, a functional and a subclassed model of one step."""
    inputs = keras.Input(x.shape[1:])
    return {
        "sequential": lambda: keras.Sequential([keras.Input(x.shape[1:]), step]),
        "functional": lambda: keras.Model(inputs, step(inputs)),
        "subclass": lambda: Around(step),
    }


@keras.saving.register_keras_serializable("hunts")
class Around(keras.Model):
    """A model around one layer."""

    def __init__(self, step, **kwargs):
        super().__init__(**kwargs)
        self.step = step

    def call(self, x, training=False):
        return self.step(x)


IN_A_LIST = [
    ("[layers.Dense(4)]", VECTOR),
    ("[layers.Dense(4, activation='tanh')]", STEPS),
    ("[layers.Dense(4), layers.ReLU()]", VECTOR),
    ("[layers.BatchNormalization(), layers.Dense(4, use_bias=False)]", VECTOR),
    ("[layers.Conv2D(4, 3)]", IMAGE),
    ("[layers.Conv2D(4, 3, padding='same'), layers.BatchNormalization()]", IMAGE),
    ("[layers.MaxPooling2D(), layers.DepthwiseConv2D(3, padding='same')]", IMAGE),
    ("[layers.GRU(4, return_sequences=True)]", STEPS),
    ("[layers.Bidirectional(layers.LSTM(2, return_sequences=True))]", STEPS),
    ("[layers.LayerNormalization(), layers.Dropout(0.5)]", STEPS),
    ("[Scale()]", VECTOR),
    ("[NoisyDense(4)]", VECTOR),
    ("[keras.Sequential([keras.Input((4,)), layers.Dense(4)])]", VECTOR),
]


@over(
    each(
        "lists of layers, made with * 2, 3 and 5",
        [*itertools.product(IN_A_LIST, [2, 3]), *itertools.product(IN_A_LIST[:4], [5])],
    )
)
def trap_list_times_three_is_one_layer(case):
    """Compute each layer n times; count, train and save it once."""
    (code, shape), times = case
    keras.utils.set_random_seed(0)
    once = make(code)
    many = once * times
    assert all(many[n] is once[n % len(once)] for n in range(len(many)))
    last = [layers.Flatten(), layers.Dense(1)][: 2 * (times % 2)]
    model, x = keras.Sequential([keras.Input(shape), *many, *last]), numbers(shape)
    assert len(model.layers) == times * len(once) + len(last)
    wanted = x
    for layer in once * times + last:
        wanted = layer(wanted)
    assert same(model(x), wanted, 1e-5)
    alone = sum(layer.count_params() for layer in once + last)
    assert model.count_params() == alone
    model.compile("sgd", loss="mse", run_eagerly=True)
    before = model.get_weights()
    model.fit(x, np.ones(wanted.shape), verbose=0)
    assert model.count_params() == alone and len(model.weights) == len(before)
    assert not before or not same(before, model.get_weights())
    model.save("times.keras")
    with zipfile.ZipFile("times.keras") as file:
        saved = json.loads(file.read("config.json"))["config"]["layers"]
    names = [layer["config"]["name"] for layer in saved]
    assert names[1:] == [layer.name for layer in once + last]


RANDOM_INITIALIZERS = [
    "GlorotUniform",
    "GlorotNormal",
    "HeUniform",
    "HeNormal",
    "LecunUniform",
    "LecunNormal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Orthogonal",
]


@over(
    each(
        "random initializers, shapes and seeds",
        itertools.product(RANDOM_INITIALIZERS, [(4, 3), (3, 5), (6, 6)], [None, 7]),
    )
)
def trap_one_initializer_gives_equal_weights(case):
    """One object, one shape: equal numbers; a SeedGenerator gives others."""
    name, shape, seed = case
    kind = getattr(keras.initializers, name)
    start = kind(seed=seed)
    first, second = start(shape), start(shape)
    assert np.array_equal(first, second) and np.std(first) > 0
    assert np.array_equal(start((2, *shape)), start((2, *shape)))  # of any rank
    left = layers.Dense(shape[1], kernel_initializer=start)
    right = layers.Dense(shape[1], kernel_initializer=start, activation="relu")
    x = keras.Input((shape[0],))
    keras.Model(x, left(x) + right(x))
    assert np.array_equal(left.kernel, right.kernel)
    assert np.array_equal(left.kernel, first)
    moving = kind(seed=keras.random.SeedGenerator(seed or 0))
    assert not np.array_equal(moving(shape), moving(shape))


KEPT = [  # one tensor each, of any rank, whose shape stays
    "layers.Dense(4, activation='tanh')(x)",
    "layers.BatchNormalization()(x)",
    "layers.LeakyReLU()(x)",
    "layers.Dropout(0.5)(x)",
    "Scale()(x)",
]
DROPPED = [
    "ops.relu(x)",
    "x + i",
    "x * 2.0 - 1.0",
    "shared(shared(x))",
    "layers.Dense(4)(i) + x",
    "ops.tanh(shared(x)) + shared(i)",
    "ops.concatenate([x, i], axis=-1)[..., 2:6]",
    "ops.flip(x, axis=-1) - 0.1 * x",
]


def wired(number):
    """Draw the shape and the steps of a functional model of one input."""
    random = np.random.default_rng(number)
    kept = random.choice(KEPT, size=random.integers(1, 4)).tolist()
    dropped = random.choice(DROPPED, size=random.integers(1, 3)).tolist()
    steps = random.permutation(kept + dropped).tolist()
    return [VECTOR, STEPS, IMAGE][number % 3], tuple(steps)


@over(each("functional models of one input", map(wired, range(36))))
def trap_sequential_of_layers_loses_repeats_and_operations(case):
    """Compute each layer once, in the order of `layers`, and nothing else."""
    shape, steps = case
    keras.utils.set_random_seed(0)
    i = x = keras.Input(shape)
    shared = layers.Dense(4)
    for step in steps:
        x = eval(step, {**NAMES, "i": i, "x": x, "shared": shared})
    model = keras.Model(i, x)
    copy, data = keras.Sequential(model.layers), numbers(shape)
    wanted = ops.convert_to_tensor(data)
    for layer in model.layers[1:]:  # without the input
        wanted = layer(wanted)
    assert len(copy.layers) == len(model.layers) - 1
    assert same(copy(data), wanted, 1e-6)
    assert not same(copy(data), model(data), 1e-6)


BRANCHES = [
    "x * 2.0",
    "-x",
    "ops.relu(x)",
    "layer(x)",
    "ops.tanh(layer(x)) + x",
    "ops.zeros_like(x)",
    "layers.Reshape((4,))(x)",
]
CONDITIONS = ["ops.sum(x) > 0", "ops.max(x) < 9.0", "ops.all(x < 9.0)"]


@over(
    each(
        "conditions, pairs of functions, and what comes after",
        [
            (CONDITIONS[n % 3], *pair, [None, "layers.Dense(2)"][n % 2])
            for n, pair in enumerate(itertools.permutations(BRANCHES, 2))
        ],
    )
)
def trap_cond_over_symbolic_tensors_returns_one(case):
    """Call on real data: a symbolic tensor comes, whichever function is chosen."""
    condition, one, other, after = case
    keras.utils.set_random_seed(0)
    x = keras.Input((4,))
    names = {**NAMES, "x": x, "layer": layers.Dense(4)}
    answer = ops.cond(
        eval(condition, names), lambda: eval(one, names), lambda: eval(other, names)
    )
    model = keras.Model(x, make(after)(answer) if after else answer)
    for data in (numbers((4,)), np.ones((2, 4)), -np.ones((3, 4))):
        assert isinstance(model(data), keras.KerasTensor)


ON_DATA = [
    ("layers.Embedding(6, 4)", "ops.arange(6)"),
    ("layers.Embedding(6, 4)", "np.array([5, 4, 3, 2, 1, 0])"),
    ("layers.Dense(4)", "np.ones((6, 3), 'float32')"),
    ("layers.Dense(4, use_bias=False)", "ops.ones((1, 6, 2))"),
    ("layers.GRU(4, return_sequences=True)", "np.ones((1, 6, 2), 'float32')"),
    ("layers.Conv1D(4, 1)", "np.ones((1, 6, 2), 'float32')"),
    ("layers.LayerNormalization()", "np.eye(6, 4, dtype='float32')"),
    ("layers.BatchNormalization()", "np.eye(6, 4, dtype='float32')"),
    ("keras.Sequential([layers.Dense(3), layers.Dense(4)])", "ops.ones((6, 2))"),
    ("Scale()", "np.ones((6, 4), 'float32')"),
]
JOINED = ["i + t", "t * i", "ops.matmul(i, ops.transpose(t[..., :4, :4]))", "i - t"]


@over(
    each(
        "layers, data for them, and ways to use the result",
        [
            (layer, data, way)
            for (layer, data), way in itertools.product(ON_DATA, JOINED)
            if "matmul" not in way or "(1, 6" not in data
        ],
    )
)
def trap_a_layer_called_on_data_is_a_constant(case):
    """Find the layer nowhere in the model; new weights of it change nothing."""
    code, data, way = case
    keras.utils.set_random_seed(0)
    i, layer = keras.Input((6, 4)), make(code)
    t = layer(make(data))
    assert not isinstance(t, keras.KerasTensor)
    head = layers.Dense(1)
    joined = eval(way, {**NAMES, "i": i, "t": t})
    model = keras.Model(i, head(joined))
    assert layer.weights and layer not in model.layers
    assert [id(weight) for weight in model.weights] == [id(w) for w in head.weights]
    x = numbers((6, 4))
    before = model(x)
    layer.set_weights([weight + 1.0 for weight in layer.get_weights()])
    assert np.array_equal(model(x), before)


FROM_OUTSIDE = [
    ("layers.Dense(4)", VECTOR),
    ("layers.Dense(3, activation='tanh', kernel_regularizer='l2')", VECTOR),
    ("layers.LayerNormalization()", VECTOR),
    ("layers.BatchNormalization()", VECTOR),
    ("layers.Conv1D(3, 2)", STEPS),
    ("layers.GRU(4)", STEPS),
    ("layers.Bidirectional(layers.LSTM(2))", STEPS),
    ("layers.Conv2D(2, 3, activation='relu')", IMAGE),
    ("keras.Sequential([layers.Dense(3), layers.Dense(4)])", VECTOR),
    ("Scale()", VECTOR),
    ("NoisyDense(4)", VECTOR),
    ("Counter()", VECTOR),
]


@over(
    each(
        "layers in a Lambda, in models of three kinds",
        itertools.product(FROM_OUTSIDE, ["sequential", "functional", "subclass"]),
    )
)
def trap_lambda_does_not_own_its_layers(case):
    """No weight of the layer is among those of the model, and fit trains none."""
    (code, shape), kind = case
    keras.utils.set_random_seed(0)
    hidden, x = make(code), numbers(shape)
    hidden(x)
    step = keras.Sequential(
        [layers.Lambda(lambda t: hidden(t)), layers.Flatten(), layers.Dense(1)]
    )
    model = ways(x, step)[kind]()
    model(x)
    owned = {id(weight) for weight in model.weights}
    assert hidden.weights and len(owned) == 2
    assert not owned & {id(weight) for weight in hidden.weights}
    trainable = [weight.numpy() for weight in hidden.trainable_weights]
    head = model.get_weights()
    model.compile("sgd", loss="mse", run_eagerly=True)
    model.fit(x, np.ones((len(x), 1)), verbose=0)
    assert not same(head, model.get_weights())
    assert same(trainable, hidden.trainable_weights)


@keras.saving.register_keras_serializable("hunts")
class Told(layers.Layer):
    """Write down whether it was told to train."""

    def build(self, input_shape):
        self.training = self.add_weight(
            shape=(), initializer=lambda shape, dtype: ops.full(shape, -1.0, dtype)
        )
        self.training.trainable = False

    def call(self, x, training=None):
        self.training.assign(float(bool(training)))
        return x


class Block(layers.Layer):
    """Layers in a layer, which hands `training` on."""

    def __init__(self, steps, **kwargs):
        super().__init__(**kwargs)
        self.steps = steps

    def call(self, x, training=False):
        for step in self.steps:
            x = step(x, training=training)
        return x


def row(steps, shape):
    """Make a functional model of layers in a row."""
    inputs = x = keras.Input(shape)
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x)


class Holds(keras.Model):
    """Call its steps with a given `training`."""

    def __init__(self, steps, told):
        super().__init__()
        self.steps, self.told = steps, told

    def call(self, x, training=False):
        for step in self.steps:
            x = step(x, training=self.told)
        return x


NESTED = {
    "a layer": lambda steps, shape: steps,
    "a Sequential": lambda steps, shape: [
        keras.Sequential([keras.Input(shape), *steps])
    ],
    "a functional model": lambda steps, shape: [row(steps, shape)],
    "a model in a model": lambda steps, shape: [
        keras.Sequential([keras.Input(shape), row(steps, shape)])
    ],
    "a layer of one's own": lambda steps, shape: [Block(steps)],
}
BY_TRAINING = [
    ("layers.Dropout(0.5)", VECTOR),
    ("layers.SpatialDropout1D(0.5)", STEPS),
    ("layers.SpatialDropout2D(0.5)", IMAGE),
    ("layers.GaussianNoise(1.0)", VECTOR),
    ("layers.GaussianDropout(0.5)", STEPS),
    ("layers.AlphaDropout(0.5)", VECTOR),
    ("layers.GRU(8, dropout=0.5)", STEPS),
    ("NoisyDense(8)", VECTOR),
    ("layers.BatchNormalization()", VECTOR),
    ("layers.BatchNormalization()", IMAGE),
]


@over(
    each(
        "layers that mind `training`, alone and nested",
        [
            case
            for number, case in enumerate(itertools.product(BY_TRAINING, NESTED))
            if number % 2 == 0
        ],
    )
)
def trap_training_argument_is_overruled(case):
    """Fit trains in spite of False, predict infers in spite of True; a call holds."""
    (code, shape), nested = case
    keras.utils.set_random_seed(0)
    x = numbers(shape)

    def made(kind, told):
        layer, seen = make(code), Told()
        steps = NESTED[nested]([layer, seen], shape)
        if kind == "subclass":
            model = Holds(steps, told)
            model(x)
        else:
            inputs = t = keras.Input(shape)
            for step in steps:
                t = step(t, training=told)
            model = keras.Model(inputs, t)
        model.compile(keras.optimizers.SGD(0.0), loss="mse", run_eagerly=True)
        return model, layer, seen

    random = "Batch" not in code
    for kind, trains, infers in (("functional", 1, 0), ("subclass", 0, 1)):
        model, _, seen = made(kind, True)
        answers = [model.predict(x, verbose=0) for _ in range(2)]
        assert float(seen.training) == infers
        assert np.array_equal(*answers) == (not random or infers == 0)
        model, layer, seen = made(kind, False)
        before = layer.get_weights()
        model.fit(x, 1 + answers[0], verbose=0)
        assert float(seen.training) == trains
        if not random:
            moved = not np.allclose(before[2], layer.get_weights()[2])
            assert moved == (trains == 1)
            model, layer, seen = made(kind, False)
            layer.trainable = False
            before = layer.get_weights()
            model.fit(x, 1 + answers[0], verbose=0)
            assert float(seen.training) == trains
            assert same(before, layer.get_weights())


AUGMENT = [
    "layers.RandomFlip(seed=0)",
    "layers.RandomFlip('horizontal', seed=1)",
    "layers.RandomFlip('vertical', seed=2)",
    "layers.RandomRotation(0.1, seed=0)",
    "layers.RandomRotation(1.0, fill_mode='constant', seed=1)",
    "layers.RandomZoom(0.5, seed=0)",
    "layers.RandomZoom((0.2, 0.4), (0.1, 0.3), seed=1)",
]


@over(
    each(
        "augmenting layers, sizes of images and kinds of models",
        itertools.product(
            AUGMENT,
            [(8, 8, 1), (9, 6, 3)],
            ["sequential", "functional", "nested"],
        ),
    )
)
def trap_a_plain_call_augments(case):
    """Change the images in a plain call, not in predict; Dropout waits in both."""
    code, shape, kind = case
    images = numbers(shape, rows=16)

    def model_of(step):
        inputs = keras.Input(shape)
        if kind == "functional":
            return keras.Model(inputs, step(inputs))
        model = keras.Sequential([keras.Input(shape), step])
        return keras.Model(inputs, model(inputs)) if kind == "nested" else model

    model = model_of(make(code))
    model.compile(run_eagerly=True)
    assert not np.allclose(model(images), images)
    assert np.array_equal(model.predict(images, verbose=0), images)
    drop = model_of(layers.Dropout(0.5))
    drop.compile(run_eagerly=True)
    assert np.array_equal(drop(images), images)
    assert np.array_equal(drop.predict(images, verbose=0), images)
