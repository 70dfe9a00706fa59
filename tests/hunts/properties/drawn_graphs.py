"""What a graph of symbolic tensors refuses: TensorFlow, add_loss, names used twice."""

import itertools

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import GRAPHS, data_for, each, refused, same

VECTOR, STEPS, IMAGE = (4,), (6, 4), (8, 8, 3)
# Calls of functions of TensorFlow, for each shape.
CALLS = {
    VECTOR: """
        tf.math.tanh(x)
        tf.abs(x)
        tf.square(x)
        tf.exp(x)
        tf.add(x, x)
        tf.add(1.0, x)
        tf.multiply(x, 2.0)
        tf.maximum(x, 0.0)
        tf.pow(x, 2.0)
        tf.math.add_n([x, x])
        tf.sign(x)
        tf.greater(x, 0.0)
        tf.clip_by_value(x, 0.0, 1.0)
        tf.cast(x, "float64")
        tf.concat([x, x], axis=-1)
        tf.stack([x, x], axis=1)
        tf.split(x, 2, axis=-1)
        tf.unstack(x, axis=-1)
        tf.reshape(x, (-1, 2))
        tf.expand_dims(x, -1)
        tf.tile(x, [1, 2])
        tf.pad(x, [[0, 0], [1, 1]])
        tf.reverse(x, [-1])
        tf.roll(x, 1, -1)
        tf.gather(x, [0, 2], axis=-1)
        tf.shape(x)
        tf.size(x)
        tf.rank(x)
        tf.zeros_like(x)
        tf.ones_like(x)
        tf.identity(x)
        tf.stop_gradient(x)
        tf.convert_to_tensor(x)
        tf.ensure_shape(x, (None, 4))
        tf.where([True, False, True, False], x, 0.0)
        tf.reduce_sum(x, axis=-1)
        tf.reduce_mean(x)
        tf.reduce_max(x, axis=0)
        tf.argmax(x, -1)
        tf.argsort(x)
        tf.sort(x)
        tf.cumsum(x, axis=-1)
        tf.norm(x, axis=-1)
        tf.matmul(x, np.ones((4, 2), "float32"))
        tf.matmul(np.ones((3, 5), "float32"), x)
        tf.tensordot(x, np.ones((4, 2), "float32"), 1)
        tf.einsum("ab,ab->a", x, x)
        tf.linalg.diag(x)
        tf.linalg.matvec(np.ones((2, 4), "float32"), x)
        tf.math.top_k(x, 2)
        tf.math.is_nan(x)
        tf.nn.relu(x)
        tf.nn.softmax(x)
        tf.nn.leaky_relu(x)
        tf.nn.l2_normalize(x, -1)
        tf.nn.moments(x, [-1])
        tf.nn.bias_add(x, np.ones(4, "float32"))
        tf.nn.dropout(x, 0.0)
        tf.nn.embedding_lookup(np.eye(9), tf.cast(x * x / 9.0, "int32"))
        tf.one_hot(tf.cast(x, "int32"), 3)
        tf.map_fn(lambda row: 2.0 * row, x)
        tf.vectorized_map(lambda row: 2.0 * row, x)
        tf.debugging.check_numerics(x, "x")
        tf.strings.as_string(x)
        tf.bitcast(x, "int32")
        tf.raw_ops.Tanh(x=x)
        tf.function(tf.math.tanh)(x)
        tf.linalg.global_norm([x])
        tf.scan(lambda one, other: one + other, x)
        tf.saturate_cast(x, "int8")
        tf.unique(tf.reshape(x, [-1]))
    """,
    STEPS: """
        tf.transpose(x, (0, 2, 1))
        tf.matmul(x, x, transpose_b=True)
        tf.reduce_any(x > 0.0, axis=1)
        tf.reverse_sequence(x, [1, 2, 3, 4, 5], 1)
        tf.sequence_mask(tf.cast(x, "int32"))
        tf.signal.rfft(x)
        tf.signal.frame(x, 2, 1, axis=1)
        tf.boolean_mask(x, [True, False] * 3, axis=1)
        tf.nn.conv1d(x, np.ones((2, 4, 3), "float32"), 1, "SAME")
    """,
    IMAGE: """
        tf.image.flip_left_right(x)
        tf.image.resize(x, (4, 4))
        tf.image.rgb_to_grayscale(x)
        tf.nn.conv2d(x, np.ones((3, 3, 3, 2), "float32"), 1, "SAME")
        tf.nn.max_pool2d(x, 2, 2, "VALID")
        tf.nn.depth_to_space(tf.nn.space_to_depth(x, 2), 2)
    """,
}
IN_CALL = [
    (shape, line.strip())
    for shape, lines in CALLS.items()
    for line in lines.strip().split("\n")
]


REFUSALS = (
    "A KerasTensor cannot be used as input to a TensorFlow function",
    "A KerasTensor is symbolic",  # tf.function
    "Could not build a TypeSpec for <KerasTensor",  # tf.map_fn
)


class Calls(layers.Layer):
    """Calls a function of TensorFlow."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def call(self, x):
        return self.function(x)


@over(each("TensorFlow functions", IN_CALL))
def tensorflow_functions_refuse_symbolic_tensors(case):
    """Call it on a symbolic tensor, and inside a layer."""
    shape, code = case
    function = eval(f"lambda x: {code}", {"tf": tf, "np": np})
    inputs = keras.Input(shape)
    for symbolic in (inputs, layers.Rescaling(2.0)(inputs)):
        error = refused(function, symbolic)
        assert isinstance(error, ValueError | TypeError), error
        assert any(text in str(error) for text in REFUSALS), error
    x = data_for(inputs)
    model = keras.Model(inputs, Calls(function)(inputs))
    found, wanted = (keras.tree.flatten(each) for each in (model(x), function(x)))
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert np.asarray(one).dtype == np.asarray(other).dtype
        assert np.array_equal(one, other) or same(one, other, 1e-6)


class Penalty(layers.Layer):
    """Adds the mean square of what it hands on to the losses."""

    def call(self, x):
        self.add_loss(ops.mean(ops.square(ops.cast(x, "float32"))))
        return x


class Own(keras.Model):
    """A functional model of a class of one's own."""

    def train_step(self, data):
        return {"loss": ops.sum(self(data[0]))}


@over(GRAPHS)
def add_loss_on_a_functional_model_raises(case):
    """Call add_loss on a functional model; call it in a layer of such a model."""
    model = case.fresh()
    ends = keras.tree.flatten(model.output)
    ended = keras.Model(model.input, [Penalty()(end) for end in ends])
    own = Own(model.input, model.output)
    copied = keras.Model.from_config(model.get_config())
    for one in (model, own, copied, keras.Model(model.inputs, ends[0])):
        losses = (
            ops.mean(ops.cast(one.outputs[0], "float32")),
            ops.convert_to_tensor(1.0),
            0.5,
            [ops.convert_to_tensor(1.0), ops.sum(ops.cast(one.outputs[0], "float32"))],
            lambda: 0.0,
        )
        for loss in losses:
            error = refused(one.add_loss, loss)
            assert isinstance(error, NotImplementedError), error
            assert str(error) == ""
    answers = [np.asarray(end) for end in keras.tree.flatten(ended(case.x()))]
    wanted = [np.mean(np.square(answer.astype("float32"))) for answer in answers]
    found = [float(loss) for loss in ended.losses]
    assert all(
        any(np.isclose(one, other, rtol=1e-3) for other in found) for one in wanted
    )
    assert len(found) >= len(ends)


@keras.saving.register_keras_serializable("hunts")
class Encoder(keras.Model):
    """A subclassed encoder."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(4, "tanh")

    def call(self, x, training=False):
        return self.dense(x)


def drawn(name):
    """Make a functional encoder."""
    x = keras.Input((4,))
    return keras.Model(x, layers.Add()([x, layers.Dense(4)(x)]), name=name)


def of_config(name):
    """Make an encoder of the config of another one."""
    return keras.Model.from_config(drawn(name).get_config())


def of_file(name):
    """Load an encoder."""
    drawn(name).save("encoder.keras")
    return keras.saving.load_model("encoder.keras")


ENCODERS = {
    "sequential": lambda name: keras.Sequential(
        [keras.Input((4,)), layers.Dense(4)], name=name
    ),
    "without an input": lambda name: keras.Sequential([layers.Dense(4)], name=name),
    "functional": drawn,
    "subclass": lambda name: Encoder(name=name),
    "a layer": lambda name: layers.Dense(4, "relu", name=name),
    "of a config": of_config,
    "of a file": of_file,
    "a clone": lambda name: keras.models.clone_model(drawn(name)),
}


class Siamese(keras.Model):
    """A subclassed model of two encoders."""

    def __init__(self, one, other):
        super().__init__()
        self.one, self.other = one, other

    def call(self, x, training=False):
        return self.one(x) - self.other(x)


def two_inputs(one, other):
    """Compare two inputs."""
    first, second = keras.Input((4,)), keras.Input((4,))
    return keras.Model([first, second], one(first) - other(second))


def named_inputs(one, other):
    """Join the codes of two inputs in a dict."""
    ends = {name: keras.Input((4,), name=name) for name in "ab"}
    codes = layers.Concatenate()([one(ends["a"]), other(ends["b"])])
    return keras.Model(ends, layers.Dense(1)(codes))


def one_input(one, other):
    """Give both codes of one input."""
    x = keras.Input((4,))
    return keras.Model(x, [one(x), other(x)])


def in_a_row(one, other):
    """Encode twice."""
    x = keras.Input((4,))
    return keras.Model(x, layers.Dense(2)(other(one(x))))


def in_a_stack(one, other):
    """Stack the encoders."""
    return keras.Sequential([keras.Input((4,)), one, other])


DRAWN = (two_inputs, named_inputs, one_input, in_a_row)
REFUSED = (*DRAWN, in_a_stack)
MODELS = {make.__name__: make for make in REFUSED}


@over(
    each(
        "pairs of encoders, and models of them",
        [
            (kind, [*ENCODERS][n * 3 % 8] if n % 2 else kind, model)
            for n, (model, kind) in enumerate(itertools.product(MODELS, ENCODERS))
        ],
    )
)
def two_encoders_of_one_name_are_refused(case):
    """Use two encoders of one name, of two names, and one encoder."""
    *kinds, model = case
    make = MODELS[model]

    def encoders(*names):
        return [ENCODERS[kind](name) for kind, name in zip(kinds, names, strict=True)]

    error = refused(make, *encoders("encoder", "encoder"))
    assert isinstance(error, ValueError), error
    said = ('The name "encoder" is used 2 times', "should have unique names")
    assert any(text in str(error) for text in said), error
    made_of_two = make(*encoders("encoder", "another"))
    one, another = encoders("encoder", "another")
    one(np.ones((2, 4))), another(np.ones((2, 4)))
    alone = one.count_params() + another.count_params()
    assert made_of_two.count_params() >= alone
    if make in DRAWN:
        shared = make(one, one)
        assert sum(layer is one for layer in shared.layers) == 1
