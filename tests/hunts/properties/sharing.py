"""One encoder or layer for several inputs: sets of images, siamese networks."""

import itertools
from dataclasses import replace

import keras
import numpy as np
from keras import layers, ops

from examples import siamese
from tests.hunts.property import over
from tests.hunts.zoo import GRAPHS, STACKS, data_for, each, same
from tests.hunts.zoo.case import NAMES
from tests.hunts.zoo.stacks import Stack

NOT_STATEFUL = STACKS.where(
    lambda stack: "stateful" not in stack.list_code,
    "encoders without a stateful RNN, called on two to five inputs",
)


def how_many(stack):
    """Two to five inputs: the same number for a stack in each run."""
    return 2 + sum(map(ord, stack.list_code)) % 4


def merged(tensors):
    """Add tensors in float32."""
    return layers.Add(dtype="float32")(tensors)


def sum_of(stack, encoders):
    """Make a model that adds what the encoders give, each for an input of its own."""
    inputs = [stack.input() for _ in encoders]
    pairs = zip(encoders, inputs, strict=True)
    return keras.Model(inputs, merged([encoder(x) for encoder, x in pairs]))


def several(stack, n):
    """Return n unlike arrays that fit the stack."""
    return [stack.x(seed=seed) for seed in range(n)]


@over(STACKS)
def four_encoders_have_four_times_the_weights(stack):
    """Count the weights of a model with one encoder, and of one with several."""
    n = 4
    encoder = stack.sequential()
    one = sum_of(stack, [encoder] * n)
    four = sum_of(stack, [stack.sequential(seed) for seed in range(n)])
    assert one.count_params() == encoder.count_params()
    assert [id(w) for w in one.weights] == [id(w) for w in encoder.weights]
    assert four.count_params() == n * one.count_params()


@over(
    NOT_STATEFUL.where(
        lambda stack: (
            stack.sequential().trainable_variables
            and not same(
                stack.sequential(0).trainable_variables,
                stack.sequential(1).trainable_variables,
            )
        ),
        "encoders with random weights, without a stateful RNN",
    )
)
def a_sum_of_shared_codes_ignores_the_order(stack):
    """Turn the order of the inputs of a sum with one encoder, and with several."""
    n = how_many(stack)
    one = sum_of(stack, [stack.sequential()] * n)
    several_encoders = sum_of(stack, [stack.sequential(seed) for seed in range(n)])
    x = several(stack, n)
    assert same(one(x), one(x[::-1]), 1e-5)
    assert not same(several_encoders(x), several_encoders(x[::-1]), 1e-5)


@over(NOT_STATEFUL)
def the_shared_encoder_works_alone(stack):
    """Add what the encoder gives for each input alone."""
    encoder = stack.sequential()
    x = several(stack, how_many(stack))
    alone = [np.asarray(encoder(array)).astype("float32") for array in x]
    assert same(sum_of(stack, [encoder] * len(x))(x), sum(alone), 1e-5)


@over(
    NOT_STATEFUL.where(
        lambda stack: len(stack.sequential().output_shape) == 2,
        "encoders that give a code for each image, without a stateful RNN",
    )
)
def time_distributed_shares_a_layer_in_a_stack(stack):
    """Let TimeDistributed read the same arrays as a sum of several inputs."""
    encoder = stack.sequential()
    n = how_many(stack)
    x = several(stack, n)
    together = np.stack(x, axis=1)
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(stack.rows, n, *stack.shape), dtype=stack.dtype),
            layers.TimeDistributed(encoder),
            layers.GlobalAveragePooling1D(dtype="float32"),
            layers.Rescaling(float(n)),
        ]
    )
    assert model.count_params() == encoder.count_params()
    assert same(model(together), sum_of(stack, [encoder] * n)(x), 1e-5)


@over(STACKS)
def shared_encoder_has_one_set_of_weights(stack):
    """Count the weights of a siamese network with an encoder of its own layers."""
    encoder = stack.sequential()
    a, b = stack.input(), stack.input()
    head = layers.Dense(1)
    model = keras.Model([a, b], head((encoder(a) - encoder(b)) ** 2))
    assert len(model.inputs) == 2
    assert model.layers.count(encoder) == 1
    assert model.count_params() == encoder.count_params() + head.count_params()
    expected = [id(weight) for weight in encoder.weights + head.weights]
    assert [id(weight) for weight in model.weights] == expected


@over(NOT_STATEFUL)
def siamese_answer_ignores_the_order(stack):
    """Swap the two inputs of a siamese network of squared differences."""
    encoder = stack.sequential()
    a, b = stack.input(), stack.input()
    answer = layers.Dense(1)(ops.square(encoder(a) - encoder(b)))
    model = keras.Model([a, b], answer)
    x = several(stack, 2)
    assert same(model(x), model(x[::-1]))
    assert not same(x[0], x[1])


KEEP_THE_SHAPE = [
    *(((4,), f"layers.Dense(4, activation={f!r})") for f in ("relu", "tanh", "gelu")),
    ((4,), "layers.Dense(4, use_bias=False)"),
    ((4,), "layers.Dense(4, dtype='mixed_float16')"),
    ((4,), "layers.BatchNormalization()"),
    ((4,), "layers.LayerNormalization()"),
    ((4,), "layers.Dropout(0.5)"),
    ((4,), "layers.Rescaling(0.5, offset=1.0)"),
    ((4,), "layers.PReLU()"),
    ((4,), "layers.Softmax()"),
    ((4,), "Scale()"),
    ((4,), "NoisyDense(4)"),
    ((4,), "layers.Lambda(lambda x: x * x + 1.0)"),
    ((4,), "keras.Sequential([layers.Dense(3), layers.Dense(4)])"),
    (
        (4,),
        "(lambda x: keras.Model(x, layers.Add()([x, layers.Dense(4)(x)])))"
        "(keras.Input((4,)))",
    ),
    ((6, 3), "layers.GRU(3, return_sequences=True)"),
    ((6, 3), "layers.LSTM(3, return_sequences=True, go_backwards=True)"),
    ((None, 3), "layers.SimpleRNN(3, return_sequences=True)"),
    (
        (6, 4),
        "layers.Bidirectional(layers.GRU(2, return_sequences=True))",
    ),
    ((6, 3), "layers.Conv1D(3, 2, padding='causal')"),
    ((6, 3), "layers.TimeDistributed(layers.Dense(3))"),
    ((3, 3), "layers.Permute((2, 1))"),
    ((6, 3), "layers.Dense(3)"),
    ((8, 8, 2), "layers.Conv2D(2, 3, padding='same', activation='relu')"),
    ((8, 8, 2), "layers.DepthwiseConv2D(3, padding='same')"),
    ((8, 8, 2), "layers.SeparableConv2D(2, 3, padding='same')"),
    ((8, 8, 2), "layers.AveragePooling2D(2, 1, padding='same')"),
    ((8, 8, 2), "layers.GroupNormalization(2)"),
    ((8, 8, 2), "layers.SpatialDropout2D(0.5)"),
    ((4, 4, 4, 1), "layers.Conv3D(1, 2, padding='same')"),
]


@over(each("layers that keep the shape", KEEP_THE_SHAPE))
def twice_in_a_stack_is_one_after_the_other(case):
    """Put a layer into a Sequential twice."""
    shape, code = case
    keras.utils.set_random_seed(0)
    layer = eval(code, dict(NAMES))
    inputs = keras.Input(shape)
    stack = keras.Sequential([inputs, layer, layer])
    x = data_for(inputs)
    assert same(stack(x), layer(layer(x)))
    assert len(stack.inputs) == 1
    assert stack.count_params() == layer.count_params()


@over(NOT_STATEFUL)
def a_subclassed_siamese_gives_equal_outputs(stack):
    """Call the encoder twice in a subclass and in a functional model."""
    encoder = stack.sequential()

    def distance(codes):
        squares = ops.square(ops.cast(codes[0] - codes[1], "float32"))
        total = ops.sum(squares, axis=-1, keepdims=True)
        return ops.sqrt(ops.maximum(total, 1e-12))

    class Siamese(keras.Model):
        def __init__(self):
            super().__init__()
            self.encoder = encoder

        def call(self, images, training=False):
            pair = images["first"], images["second"]
            return distance([self.encoder(x, training=training) for x in pair])

    inputs = {"first": stack.input(), "second": stack.input()}
    answer = distance([encoder(x) for x in inputs.values()])
    model = keras.Model(list(inputs.values()), answer)
    x = several(stack, 2)
    subclass = Siamese()
    assert same(subclass({"first": x[0], "second": x[1]}), model(x))
    assert [id(w) for w in subclass.weights] == [id(w) for w in model.weights]
    assert not hasattr(subclass, "inputs")


HASHED = Stack(
    "hashing, embedding",
    (3,),
    ("layers.Hashing(30)", "layers.Embedding(30, 2)", "layers.Flatten()"),
    "int32",
)


@over(
    replace(NOT_STATEFUL, fixed=(*NOT_STATEFUL.fixed, HASHED)).where(
        lambda stack: (
            stack.sequential().trainable_variables
            and not any(word in stack.list_code for word in ("Drop", "Nois", "BatchN"))
        ),
        "encoders with weights that give equal codes for equal inputs in training",
    )
)
def square_root_of_zero_makes_weights_nan(stack):
    """Take one step with pairs of which one is equal."""
    for root, bad in (
        (lambda total: ops.sqrt(ops.maximum(total, 1e-12)), False),
        (ops.sqrt, True),
    ):
        encoder = stack.sequential()
        a, b = stack.input(), stack.input()
        squares = ops.square(ops.cast(encoder(a) - encoder(b), "float32"))
        total = ops.sum(squares, axis=-1, keepdims=True)
        model = keras.Model([a, b], root(total))
        model.compile("sgd", loss=siamese.contrastive_loss, run_eagerly=True)
        x = several(stack, 2)
        x[1][:1] = x[0][:1]
        y = np.ones(model(x).shape)
        model.train_on_batch(x, y)
        read, rows = x[0], {}  # by embedding: those that the equal pair reads
        for layer in encoder.layers:
            if isinstance(layer, layers.Embedding):
                rows[id(layer.embeddings)] = np.asarray(read)[0].astype(int)
            read = layer(read)
        for weight in encoder.trainable_variables:
            numbers = np.asarray(weight)
            if bad and id(weight) in rows:
                numbers = numbers[rows[id(weight)]]
            assert (np.isnan if bad else np.isfinite)(numbers).all()


# Lambdas of a pair of codes.


def closure(by):
    """Return a lambda that has a number from the function around it."""
    return lambda pair: pair[0] / by - pair[1]


LAMBDAS = {
    "a closure": closure(3.0),
    "a built-in name": lambda pair: abs(pair[0]) + pair[1],
    "squares": lambda pair: (pair[0] - pair[1]) ** 2,
    "product": lambda pair: pair[0] * pair[1],
    "mean": lambda pair: (pair[0] + pair[1]) / 2.0,
    "first": lambda pair: pair[0],
    "columns": lambda pair: pair[0][:, :1] - pair[1][:, 1:2],
    "loop": lambda pair: sum(tensor * 2.0 for tensor in pair),
    "a default": lambda pair, by=3.0: pair[0] / by - pair[1],
    "matrix": lambda pair: pair[0] @ pair[1][0][:, None],
    "ops": lambda pair: ops.norm(pair[0] - pair[1], axis=-1),
    "ops too": lambda pair: ops.concatenate(pair),
    "np": lambda pair: (pair[0] - pair[1]) * np.pi,
    "keras": lambda pair: keras.ops.sum(pair[0] - pair[1], axis=-1),
    "a function": lambda pair: merged(list(pair)),
}
# They use more than that one argument.
OUTSIDE = {"a default", "ops", "ops too", "np", "keras", "a function"}


@over(
    each(
        "lambdas, in models with codes of two and five numbers",
        itertools.product(LAMBDAS, (2, 5), (False, True)),
    )
)
def an_unsafe_lambda_loads_without_what_it_uses(case):
    """Load a lambda with safe_mode=False, and call it."""
    name, width, shape_given = case
    keras.utils.set_random_seed(0)
    encoder = layers.Dense(width)
    a, b = keras.Input((4,)), keras.Input((4,))
    codes = [encoder(a), encoder(b)]
    shape = LAMBDAS[name](codes).shape[1:] if shape_given else None
    model = keras.Model([a, b], layers.Lambda(LAMBDAS[name], output_shape=shape)(codes))
    x = list(np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32"))
    model.save("lambda.keras")

    def loaded_answers():
        loaded = keras.saving.load_model("lambda.keras", safe_mode=False)
        return np.asarray(loaded(x))

    if name in OUTSIDE:
        assert refusal(loaded_answers)
    else:
        assert same(loaded_answers(), model(x))


def refusal(call):
    """Return the text of the error that a call raises; empty: it raises none."""
    try:
        call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def functions(name):
    """Return a loss function of this name, which nobody has registered."""
    space = {"ops": ops}
    exec(f"def {name}(y, answer):\n    return ops.mean(7.0 * (y - answer) ** 2)", space)
    return space[name]


@over(GRAPHS)
def an_unregistered_loss_stops_loading(case):
    """Save a model with such a loss, and load it in three ways; borrow a name."""
    model = case.fresh()
    number = sum(map(ord, case.code))
    name = ["my_loss", "contrastive", "Loss7"][number % 3]
    loss = functions(name)
    model.compile("sgd", loss=loss)
    model.save("my_loss.keras")
    said = refusal(lambda: keras.saving.load_model("my_loss.keras"))
    assert f"Could not locate function '{name}'" in said
    x = case.x()
    unready = keras.saving.load_model("my_loss.keras", compile=False)
    assert not unready.compiled and same(unready.get_weights(), model.get_weights())
    ready = keras.saving.load_model("my_loss.keras", custom_objects={name: loss})
    assert ready.compiled and same(ready.get_weights(), model.get_weights())
    assert keras.tree.flatten(ready.loss)[0] is loss
    if not case.random:
        assert same(unready(x), model(x)) and same(ready(x), model(x))

    borrowed = ["mean_squared_error", "mean_absolute_error", "log_cosh"][number % 3]
    model.compile("sgd", loss=functions(borrowed))
    model.save("borrowed.keras")
    loaded = keras.saving.load_model("borrowed.keras")
    assert keras.tree.flatten(loaded.loss)[0] is getattr(keras.losses, borrowed)
