"""Subclassed models of many kinds, each with the API that it needs.

`NETS` holds triples: a class, the verdict, and whether a simpler model can be handed
back. Every class is called on numbers (n, 4) unless `INPUTS` says otherwise.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

NETS: list[tuple[type[keras.Model], str, bool]] = []
INPUTS: dict[str, object] = {}


def net(api: str, rebuilt: bool = True, inputs: object = None):
    """Register a class with its verdict."""

    def register(kind: type[keras.Model]) -> type[keras.Model]:
        NETS.append((kind, api, rebuilt))
        if inputs is not None:
            INPUTS[kind.__name__] = inputs
        return kind

    return register


def chain(name: str, *makers, inputs: object = None) -> None:
    """Register a chain of layers."""

    class Chain(keras.Model):
        def __init__(self):
            super().__init__()
            self.parts = [make() for make in makers]

        def call(self, x):
            for part in self.parts:
                x = part(x)
            return x

    Chain.__name__ = name
    net("sequential", inputs=inputs)(Chain)


def dense(units: int = 4, **options):
    """Return a maker of a Dense layer."""
    return lambda: layers.Dense(units, **options)


image, words = np.ones((2, 8, 8, 3), "float32"), np.ones((2, 5), "int32")
steps = np.ones((2, 5, 3), "float32")

# --- linear: a Sequential would do ---------------------------------------------------

chain("OneDense", dense())
chain("TwoDense", dense(8, activation="relu"), dense(1))
chain("TenDense", *[dense() for _ in range(10)])
chain("WithDropout", dense(), lambda: layers.Dropout(0.5), dense(2))
chain("WithBatchNorm", dense(), layers.BatchNormalization, layers.ReLU, dense(2))
chain("WithBothNorms", layers.BatchNormalization, layers.LayerNormalization)
chain("WithNoise", lambda: layers.GaussianNoise(0.1), dense())
chain("WithNested", lambda: keras.Sequential([layers.Dense(3), layers.ReLU()]), dense())
chain(
    "Convolutional",
    lambda: layers.Conv2D(4, 3, activation="relu"),
    layers.MaxPooling2D,
    layers.Flatten,
    dense(10),
    inputs=image,
)
chain(
    "SeparableConvolutional",
    lambda: layers.SeparableConv2D(4, 3),
    layers.GlobalAveragePooling2D,
    dense(1),
    inputs=image,
)
chain("Recurrent", lambda: layers.LSTM(3), dense(1), inputs=steps)
chain(
    "StackedRecurrent",
    lambda: layers.GRU(3, return_sequences=True),
    lambda: layers.GRU(2),
    inputs=steps,
)
chain("Both", lambda: layers.Bidirectional(layers.LSTM(2)), dense(1), inputs=steps)
chain(
    "Distributed",
    lambda: layers.TimeDistributed(layers.Dense(2)),
    layers.Flatten,
    inputs=steps,
)


@net("sequential", inputs=words)
class Embedded(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = layers.Embedding(10, 4)
        self.pool = layers.GlobalAveragePooling1D()

    def call(self, x):
        return self.pool(self.embed(x))


@net("sequential")
class PassesTraining(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense, self.drop = layers.Dense(4), layers.Dropout(0.3)

    def call(self, x, training=None):
        return self.drop(self.dense(x), training=training)


@net("sequential")
class TrainingFalse(keras.Model):
    def __init__(self):
        super().__init__()
        self.norm = layers.BatchNormalization()

    def call(self, x, training=False):
        return self.norm(x, training=training)


@net("sequential")
class OwnBuild(keras.Model):
    def build(self, shape):
        self.dense = layers.Dense(shape[-1])
        self.dense.build(shape)

    def call(self, x):
        return self.dense(x)


@net("sequential")
class ShapeDecides(keras.Model):
    """Python may look at a shape: that is known when the graph is drawn."""

    def __init__(self):
        super().__init__()
        self.narrow, self.wide = layers.Dense(2), layers.Dense(9)

    def call(self, x):
        return self.narrow(x) if x.shape[-1] < 5 else self.wide(x)


@net("sequential")
class SettingDecides(keras.Model):
    def __init__(self, deep=True):
        super().__init__()
        self.deep = deep
        self.a, self.b = layers.Dense(4), layers.Dense(4)

    def call(self, x):
        x = self.a(x)
        if self.deep:
            x = self.b(x)
        return x


@net("sequential")
class WhileCounting(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = {str(n): layers.Dense(n + 1) for n in range(3)}

    def call(self, x):
        n = 0
        while n < 3:
            x = self.parts[str(n)](x)
            n += 1
        return x


class Scale(layers.Layer):
    """A layer with a weight and a state of its own."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, x):
        return x * self.scale


class Counting(layers.Layer):
    """Count its calls in a variable."""

    def build(self, shape):
        self.calls = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="calls"
        )

    def call(self, x):
        self.calls.assign_add(1.0)
        return x


class Decides(layers.Layer):
    """Look at values inside a layer, by ops: the graph of layers does not mind."""

    def call(self, x):
        return ops.cond(ops.sum(x) > 0, lambda: x, lambda: -x)


class UsesTensorFlow(layers.Layer):
    """TensorFlow's own functions are fine inside a layer."""

    def call(self, x):
        return tf.math.square(x)


chain("OwnLayer", Scale, dense())
chain("StatefulLayer", dense(), Counting)
chain("DecidingLayer", dense(), Decides)
chain("TensorFlowLayer", UsesTensorFlow, dense())


class Trained(keras.Model):
    """Bring a training step, which does not change what is computed."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)

    def call(self, x):
        return self.dense(x)


@net("sequential")
class OwnTrainStep(Trained):
    def train_step(self, data):
        return {"loss": ops.zeros(())}


@net("sequential")
class OwnLoss(Trained):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, **kwargs):
        return ops.mean(y_pred)


@net("sequential")
class OwnTestStep(Trained):
    def test_step(self, data):
        return {"loss": ops.zeros(())}


# --- graphs: a functional model would do ---------------------------------------------


@net("functional")
class WithOperations(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)

    def call(self, x):
        return ops.sigmoid(self.dense(x) * 2.0 + 1.0)


@net("functional")
class Skip(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)

    def call(self, x):
        return x + self.dense(x)


@net("functional")
class Residual(keras.Model):
    def __init__(self, blocks=3):
        super().__init__()
        self.blocks = [
            (layers.Dense(4), layers.BatchNormalization(), layers.Add())
            for _ in range(blocks)
        ]

    def call(self, x):
        for part, norm, add in self.blocks:
            x = add([x, norm(part(x))])
        return x


@net("functional")
class Inception(keras.Model):
    def __init__(self):
        super().__init__()
        self.a, self.b = layers.Dense(2), layers.Dense(3)

    def call(self, x):
        return ops.concatenate([self.a(x), self.b(x)], axis=-1)


@net("functional")
class Twice(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)

    def call(self, x):
        return self.dense(self.dense(x))


@net("functional")
class Unrolled(keras.Model):
    def __init__(self):
        super().__init__()
        self.cell = layers.Dense(4, activation="tanh")

    def call(self, x):
        for _ in range(5):
            x = self.cell(x)
        return x


@net("functional")
class TwoOutputs(keras.Model):
    def __init__(self):
        super().__init__()
        self.a, self.b = layers.Dense(1), layers.Dense(2)

    def call(self, x):
        return self.a(x), self.b(x)


@net("functional")
class DictOutputs(TwoOutputs):
    def call(self, x):
        return {"a": self.a(x), "b": self.b(x)}


@net("functional")
class AuxiliaryOutput(TwoOutputs):
    def call(self, x):
        middle = self.b(x)
        return [middle, self.a(middle)]


PAIR = [np.ones((2, 4), "float32"), np.ones((2, 3), "float32")]


@net("functional", inputs=PAIR)
class TwoInputs(keras.Model):
    def __init__(self):
        super().__init__()
        self.join, self.dense = layers.Concatenate(), layers.Dense(1)

    def call(self, pair):
        return self.dense(self.join(pair))


@net("functional", inputs={"a": PAIR[0], "b": PAIR[1]})
class DictInputs(TwoInputs):
    def call(self, given):
        return self.dense(self.join([given["a"], given["b"]]))


@net("functional", inputs=[PAIR[0], PAIR[0] * 2])
class Siamese(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential([layers.Dense(3), layers.ReLU()])

    def call(self, pair):
        one, other = pair
        return ops.abs(self.encoder(one) - self.encoder(other))


@net("functional", inputs=steps)
class SelfAttention(keras.Model):
    def __init__(self):
        super().__init__()
        self.attend = layers.MultiHeadAttention(2, 2)

    def call(self, x):
        return self.attend(x, x)


@net("functional", inputs=steps)
class Transformer(keras.Model):
    def __init__(self):
        super().__init__()
        self.attend = layers.MultiHeadAttention(2, 2)
        self.norm, self.dense = layers.LayerNormalization(), layers.Dense(3)
        self.drop = layers.Dropout(0.1)

    def call(self, x, training=None):
        x = x + self.drop(self.attend(x, x), training=training)
        return x + self.dense(self.norm(x))


@net("functional")
class Gate(keras.Model):
    def __init__(self):
        super().__init__()
        self.value, self.gate = layers.Dense(4), layers.Dense(4, activation="sigmoid")

    def call(self, x):
        return self.value(x) * self.gate(x)


@net("functional")
class Square(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)

    def call(self, x):
        y = self.dense(x)
        return y * y


@net("functional", inputs=steps)
class EncoderState(keras.Model):
    def __init__(self):
        super().__init__()
        self.encode = layers.LSTM(3, return_state=True)
        self.decode = layers.LSTM(3)

    def call(self, x):
        _, h, c = self.encode(x)
        return self.decode(x, initial_state=[h, c])


@net("functional", inputs=words)
class Masked(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = layers.Embedding(10, 4, mask_zero=True)
        self.a, self.b = layers.LSTM(3), layers.GRU(3)

    def call(self, x):
        y = self.embed(x)
        return self.a(y) + self.b(y)


@net("functional")
class NestedSubclass(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner, self.dense = Skip(), layers.Dense(4)

    def call(self, x):
        return self.inner(x) + self.dense(x)


@net("functional")
class HighwayLoop(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = [layers.Dense(4) for _ in range(4)]

    def call(self, x):
        collected = [x]
        for part in self.parts:
            collected.append(part(sum(collected)))
        return ops.concatenate(collected)


@net("functional")
class Ensemble(keras.Model):
    def __init__(self):
        super().__init__()
        self.members = [keras.Sequential([layers.Dense(2)]) for _ in range(3)]

    def call(self, x):
        return ops.mean(ops.stack([m(x) for m in self.members]), axis=0)


@net("functional")
class SkipWithTrainStep(Skip):
    def train_step(self, data):
        return {"loss": ops.zeros(())}


@net("functional")
class SelectByValue(keras.Model):
    """``ops.where`` looks at values without Python."""

    def __init__(self):
        super().__init__()
        self.a, self.b = layers.Dense(4), layers.Dense(4)

    def call(self, x):
        return ops.where(x > 0, self.a(x), self.b(x))


# --- a graph, once some code is a layer: nothing can be handed back ------------------


@net("functional", rebuilt=False)
class OwnWeight(keras.Model):
    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, x):
        return x * self.scale


@net("functional", rebuilt=False)
class TensorFlowCall(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)

    def call(self, x):
        return tf.math.square(self.dense(x))


@net("functional", rebuilt=False)
class CountsInVariable(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x):
        self.calls.assign_add(1.0)
        return self.dense(x)


@net("functional", rebuilt=False)
class CountsInPython(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)
        self.calls = 0

    def call(self, x):
        self.calls += 1
        return self.dense(x)


@net("functional", rebuilt=False)
class BranchesOnTraining(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense, self.noise = layers.Dense(4), layers.Dense(4)

    def call(self, x, training=None):
        x = self.dense(x)
        return self.noise(x) if training else x


# --- values decide -------------------------------------------------------------------


class Values(keras.Model):
    """Own two layers."""

    def __init__(self):
        super().__init__()
        self.a, self.b = layers.Dense(4), layers.Dense(4)


@net("subclass", rebuilt=False)
class If(Values):
    def call(self, x):
        if ops.sum(x) > 0:
            return self.a(x)
        return self.b(x)


@net("subclass", rebuilt=False)
class Equals(Values):
    """On symbolic tensors, ``==`` compares the objects and raises nothing."""

    def call(self, x):
        x = self.a(x)
        if ops.sum(x) == 0:
            x = x + 1
        return self.b(x)


@net("subclass", rebuilt=False)
class While(Values):
    def call(self, x):
        x = self.a(x)
        while ops.max(ops.abs(x)) > 1:
            x = x / 2
        return self.b(x)


@net("subclass", rebuilt=False)
class Ternary(Values):
    def call(self, x):
        return self.a(x) if ops.all(x > 0) else self.b(x)


@net("subclass", rebuilt=False)
class And(Values):
    def call(self, x):
        return self.a(x) if ops.any(x > 0) and ops.any(x < 9) else self.b(x)


@net("subclass", rebuilt=False)
class AsNumpy(Values):
    def call(self, x):
        return self.a(x) * float(np.mean(ops.convert_to_numpy(x)))


@net("subclass", rebuilt=False)
class AsFloat(Values):
    def call(self, x):
        return self.a(x) * float(ops.sum(x))


@net("subclass", rebuilt=False)
class AsRange(Values):
    def call(self, x):
        for _ in range(int(ops.sum(x[0]))):
            x = self.a(x)
        return x


@net("subclass", rebuilt=False)
class AfterEagerTensor(Values):
    def call(self, x):
        y = self.a(x)
        return self.b(y) if y.numpy().sum() > 0 else y


@net("subclass", rebuilt=False)
class Assertion(Values):
    def call(self, x):
        assert ops.all(x > -99)
        return self.a(x)


@net("subclass", rebuilt=False)
class OverRows(Values):
    def call(self, x):
        return ops.stack([self.a(row[None])[0] for row in x])


@net("subclass", rebuilt=False)
class EarlyExit(Values):
    def call(self, x):
        y = self.a(x)
        if float(ops.max(y)) > 0.5:
            return y
        return self.b(y)


@net("subclass", rebuilt=False)
class HelperDecides(Values):
    def choose(self, x):
        return self.a if ops.mean(x) > 0 else self.b

    def call(self, x):
        return self.choose(x)(x)
