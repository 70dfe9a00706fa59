"""What Keras does with a class of your own: build, call, training, train_step."""

import itertools
import warnings
from collections import OrderedDict, namedtuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import GRAPHS, SUBCLASSES, each, floats, same
from tests.hunts.zoo.case import NAMES
from tests.hunts.zoo.own import NoisyDense

tree = keras.tree


class Scaled(keras.Model):
    """Has a scale as wide as its input, and notes what happens."""

    def __init__(self):
        super().__init__()
        self.events = []

    def build(self, input_shape):
        self.events.append(input_shape)
        first = input_shape
        while isinstance(first, dict) or not isinstance(first[-1], int):
            first = next(iter(first.values() if isinstance(first, dict) else first))
        self.scale = self.add_weight(shape=(first[-1],), initializer="ones")

    def call(self, inputs, training=False):
        self.events.append("call")
        return tree.flatten(inputs)[0] * self.scale


class Pair(Scaled):
    """Takes two arguments."""

    def call(self, inputs, other, training=False):
        return super().call(inputs) + ops.sum(other)


STRUCTURES = {
    "one": lambda x: x,
    "a list": lambda x: [x, x[..., :1]],
    "a dict": lambda x: {"b": x, "a": x},
}
STARTS = {
    "a call": lambda model, x: model(x),
    "a call on inputs": lambda model, x: model(
        tree.map_structure(lambda a: keras.Input(a.shape[1:]), x)
    ),
    "fit": lambda model, x: model.fit(x, tree.flatten(x)[0], verbose=0),
    "predict": lambda model, x: model.predict(x, verbose=0),
    "evaluate": lambda model, x: model.evaluate(x, tree.flatten(x)[0], verbose=0),
}


@over(
    each(
        "structures, shapes and first uses of a model",
        itertools.product(STRUCTURES, ((8, 4), (3, 1), (5, 6, 3)), STARTS),
    )
)
def build_runs_once_with_the_first_shape(case):
    """Use a model, and then again with fewer rows; read what build was given."""
    structure, shape, start = case
    x = STRUCTURES[structure](floats(*shape))
    model = Scaled()
    assert model.weights == []
    model.compile("sgd", loss="mse", run_eagerly=True)
    STARTS[start](model, x)
    model(tree.map_structure(lambda a: a[:2], x))
    model.predict(x, verbose=0)
    first, *later = model.events
    assert later and set(later) == {"call"}

    def agrees(received, given):
        if isinstance(given, dict):
            return set(received) == set(given) and all(
                agrees(received[key], given[key]) for key in given
            )
        if isinstance(given, list):
            return len(received) == len(given) and all(map(agrees, received, given))
        batch, *rest = received
        return batch in (None, len(given)) and tuple(rest) == given.shape[1:]

    assert agrees(first, x)
    assert [tuple(weight.shape) for weight in model.weights] == [shape[-1:]]
    pair = Pair()
    pair(floats(*shape), floats(2, 2))
    pair(floats(*shape)[:1], floats(3, 3))
    assert pair.events == [shape, "call", "call"]


@over(
    SUBCLASSES.where(
        lambda case: (
            "def build" not in case.code
            and len(case.unbuilt().weights) < len(case.model.weights)
        ),
        "subclassed models without a build and with layers without weights",
    )
)
def build_without_your_own_creates_nothing(case):
    """Compare build with a call on data and a call on inputs."""
    built, called, drawn = (case.unbuilt() for _ in range(3))
    before = len(built.weights)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        given = case.given
        if isinstance(given, dict):
            built.build({key: value.shape for key, value in given.items()})
        elif isinstance(given, list):
            built.build([value.shape for value in given])
        else:
            built.build(given.shape)
    texts = [str(warning.message) for warning in caught]
    assert any("does not have a `build()` method implemented" in t for t in texts)
    assert built.built and len(built.weights) == before
    called(case.x())
    drawn(case.given)
    expected = [weight.shape for weight in case.model.weights]
    for model in (called, drawn):
        assert model.built and [w.shape for w in model.weights] == expected


Couple = namedtuple("Couple", ("one", "two"))
CONTAINERS = {
    "an attribute": lambda a, b: (a, b),
    "a list": lambda a, b: [a, b],
    "a dict": lambda a, b: {"a": a, "b": b},
    "an ordered dict": lambda a, b: OrderedDict(x=a, y=b),
    "a named tuple": Couple,
    "a list in a dict": lambda a, b: {"a": [a], "b": [1, "two", b]},
    "dicts in a list": lambda a, b: [{"a": a}, {"b": b, "none": None}],
    "a tuple of lists and dicts": lambda a, b: ([a], {"b": (b,)}),
    "lists in lists": lambda a, b: [[[a]], [b]],
}
KINDS = {
    "dense": lambda: layers.Dense(2),
    "lstm": lambda: layers.LSTM(2),
    "deferred": lambda: keras.Sequential([layers.Dense(2), layers.Dense(1)]),
    "wrapped": lambda: layers.Bidirectional(layers.GRU(2)),
    "own": lambda: NoisyDense(3),
}


@over(
    each(
        "containers and layers",
        itertools.product(CONTAINERS, KINDS, ("parts", "_hidden")),
    )
)
def keras_tracks_layers_in_containers(case):
    """Put layers and variables into a container, and look for them in the model."""
    container, kind, name = case

    class Keeper(keras.Model):
        def __init__(self):
            super().__init__()
            made = [KINDS[kind](), KINDS[kind]()]
            gain, lost = keras.Variable(1.0), tf.Variable(1.0)
            setattr(self, name, CONTAINERS[container](*made))
            self.numbers = CONTAINERS[container](gain, lost)
            self.more_gain, self.more_lost = keras.Variable(1.0), tf.Variable(1.0)
            hidden = vars(self).setdefault
            hidden("_all", lambda: (made, [gain, self.more_gain], [lost]))

        def call(self, inputs, training=False):
            for layer in self._all()[0]:
                layer(inputs)
            return inputs

    model = Keeper()
    made, gains, lost = model._all()
    model(floats(2, 5, 4))
    assert {id(layer) for layer in model.layers} == {id(layer) for layer in made}
    expected = [*gains, *(weight for layer in made for weight in layer.weights)]
    assert {id(w) for w in model.weights} == {id(w) for w in expected}
    assert len(model.weights) == len(expected) > 2
    lost = [*lost, model.more_lost]
    assert not any(v is w for v in model.variables for w in lost)


IN_CALL = {
    "layers.Dense(3)": (5, 4),
    "layers.Dense(3, activation='tanh', kernel_initializer='he_normal')": (5, 4),
    "layers.Dense(2, kernel_initializer='orthogonal')": (5, 4),
    "layers.EinsumDense('ab,bc->ac', output_shape=3)": (5, 4),
    "layers.Conv1D(3, 2)": (5, 6, 3),
    "layers.Conv2D(3, 3)": (2, 8, 8, 1),
    "layers.Conv2DTranspose(3, 3)": (2, 8, 8, 1),
    "layers.DepthwiseConv2D(3)": (2, 8, 8, 2),
    "layers.SeparableConv2D(3, 2)": (2, 8, 8, 2),
    "layers.LSTM(3)": (5, 6, 3),
    "layers.GRU(3, return_sequences=True)": (5, 6, 3),
    "layers.SimpleRNN(3)": (5, 6, 3),
    "layers.Bidirectional(layers.LSTM(3))": (5, 6, 3),
    "layers.TimeDistributed(layers.Dense(2))": (5, 6, 3),
    "keras.Sequential([layers.Dense(2), layers.ReLU(), layers.Dense(1)])": (5, 4),
    "NoisyDense(3)": (5, 4),
}


@over(each("layers, alone or after another", itertools.product(IN_CALL, (False, True))))
def layers_made_in_call_are_lost(case):
    """Call the model twice: two layers, with weights of their own, and not its own."""
    code, after_another = case

    class Forgetful(keras.Model):
        def __init__(self):
            super().__init__()
            self.before = layers.Dense(IN_CALL[code][-1]) if after_another else None

        def call(self, inputs, training=False):
            layer = eval(code, dict(NAMES))
            made.append(layer)
            return layer(self.before(inputs) if self.before else inputs)

    made = []
    keras.utils.set_random_seed(0)
    model, x = Forgetful(), floats(*IN_CALL[code])
    model(x)  # the model is built
    made.clear()
    first, second = model(x), model(x)
    one, two = made
    assert one is not two and one.weights
    assert not {id(w) for w in one.weights} & {id(w) for w in two.weights}
    assert not same(first, second, 1e-6)
    kept = [model.before] if after_another else []
    assert model.layers == kept
    assert len(model.weights) == 2 * len(kept)
    assert not {id(w) for w in model.variables} & {id(w) for w in one.variables}


DROPOUTS = {
    "alone": "layers.Dropout({rate})",
    "in a Sequential": "keras.Sequential([layers.Dense(8), layers.Dropout({rate})])",
    "twice nested": "keras.Sequential([keras.Sequential([layers.Dropout({rate})])])",
    "in a functional model": (
        "(lambda i: keras.Model(i, layers.Dropout({rate})(layers.Dense(6)(i))))"
        "(keras.Input((4,)))"
    ),
    "in a layer of one's own": "NoisyDense(6, {rate})",
}


@over(
    each(
        "places of Dropout and its rates",
        itertools.product(
            DROPOUTS, (0.2, 0.5, 0.9), (4, 8), (True,), ("x, training=training", "x")
        ),
    )
)
def fit_sends_training_only_if_call_declares_it(case):
    """Compare the loss of fit with the loss of inference, and look for warnings."""
    place, rate, batch_size, eager, handed_on = case

    def made(arguments, handed):
        code = f"""
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = {DROPOUTS[place].format(rate=rate)}
        self.dense = layers.Dense(3)

    def call(self, {arguments}):
        return self.dense(self.drop({handed}))


model = Net()
"""
        keras.utils.set_random_seed(0)
        names = dict(NAMES)
        exec(code, names)
        return names["model"]

    x, y = floats(8, 4), floats(8, 3, seed=1)

    def losses(model):
        model.compile(keras.optimizers.SGD(0.0), loss="mse", run_eagerly=eager)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            how = {"epochs": 2, "batch_size": batch_size, "verbose": 0}
            found = model.fit(x, y, **how).history["loss"]
        assert caught == []
        return found, float(np.mean((model(x) - y) ** 2))

    in_fit, later = losses(made("x", "x"))
    assert np.allclose(in_fit, later, rtol=1e-5)
    in_fit, later = losses(made("x, training=False", handed_on))
    assert not np.isclose(in_fit, later, rtol=1e-3).any()


READERS = (
    "layers.LSTM(3)",
    "layers.GRU(3)",
    "layers.SimpleRNN(3)",
    "layers.GlobalAveragePooling1D()",
)
OPERATORS = {
    "times": lambda v: v * 1.0,
    "times from the left": lambda v: 1.0 * v,
    "plus": lambda v: v + 0.0,
    "minus": lambda v: v - 0.0,
    "over": lambda v: v / 1.0,
    "sign": lambda v: -v,
    "power": lambda v: v**1.0,
    "slice": lambda v: v[:, :],
}


class Probe(layers.Layer):
    """Hand the tensor on, and note the mask that came with it."""

    def __init__(self):
        super().__init__()
        self.masks, self.supports_masking = [], True

    def call(self, x, mask=None):
        self.masks.append(mask)
        return x


class Reader(keras.Model):
    def __init__(self, code, between):
        super().__init__()
        self.embed = layers.Embedding(9, 4, mask_zero=True)
        self.probe, self.between = Probe(), between
        self.read = eval(code, dict(NAMES))

    def call(self, words, training=False):
        vectors = self.embed(words)
        if self.between:
            vectors = self.between(vectors)
        return self.read(self.probe(vectors))


@over(
    each(
        "layers that read, and operators",
        itertools.product(READERS, OPERATORS),
    )
)
def a_subclass_keeps_the_mask_between_layers(case):
    """Pad words: no answer changes with the mask, and answers change without it."""
    code, operator = case
    short = np.array([[1, 2], [3, 3]])
    padded = np.pad(short, ((0, 0), (0, 3)))
    for between in (None, OPERATORS[operator]):
        keras.utils.set_random_seed(0)
        reader = Reader(code, between)
        expected, found = reader(short), reader(padded)
        in_graph = tf.function(reader)(padded)
        symbolic = reader.call(keras.Input((5,), dtype="int32"))
        assert isinstance(symbolic, keras.KerasTensor)
        kept = between is None
        assert {mask is not None for mask in reader.probe.masks} == {kept}
        assert len(reader.probe.masks) >= 4
        assert same(found, expected, 1e-5) == kept
        assert same(in_graph, found, 1e-5)


class Counter(keras.Model):
    def __init__(self, width):
        super().__init__()
        self.dense = layers.Dense(width)
        self.number = 0
        self.variable = keras.Variable(0.0, trainable=False)

    def call(self, inputs, training=False):
        self.number += 1
        self.variable.assign_add(1.0)
        return self.dense(inputs)


@over(
    each(
        "numbers of batches, their sizes and epochs",
        itertools.product((5, 9, 14, 20), (1, 3), (1, 2), (1, 4)),
    )
)
def python_state_counts_recordings_not_batches(case):
    """Fit twice: the variable counts all batches, the number those of an eager fit."""
    batches, size, epochs, width = case
    rows = batches * size
    x, y = floats(rows, 4), floats(rows, width)

    def counts(**how):
        model = Counter(width)
        model(x)
        model.number = 0
        model.variable.assign(0.0)
        model.compile("sgd", loss="mse", **how)
        found = []
        for _ in range(2):
            model.fit(x, y, batch_size=size, epochs=epochs, verbose=0)
            found.append((model.number, int(model.variable)))
        return found

    done = batches * epochs
    assert counts(run_eagerly=True) == [(done, done), (2 * done, 2 * done)]
    (first, counted), (second, counted_twice) = counts()
    assert [counted, counted_twice] == [done, 2 * done]
    assert first == second < done


class Wrapped(keras.Model):
    def __init__(self, core):
        super().__init__()
        self.core = core

    def call(self, inputs, training=False):
        return self.core(inputs, training=training)


@over(GRAPHS)
def a_functional_core_keeps_graph_and_checks(case):
    """Wrap a model: weights and tensors are there, and a wrong input is refused."""
    core = case.fresh()
    wrapped = Wrapped(core)
    assert len(wrapped.weights) == len(case.model.weights)
    assert [id(w) for w in wrapped.weights] == [id(w) for w in core.weights]
    tensors = [*wrapped.core.inputs, *wrapped.core.outputs]
    assert all(isinstance(tensor, keras.KerasTensor) for tensor in tensors)
    x = case.x()
    assert tree.map_structure(np.shape, wrapped(x)) == tree.map_structure(
        np.shape, case.model(x)
    )
    try:
        wrapped(tree.map_structure(lambda a: a[None], x))
    except ValueError as error:
        assert "incompatible" in str(error) or "Expected shape" in str(error)
    else:
        raise AssertionError("one axis too many was accepted")
    widths = [tensor.shape[-1] for tensor in tree.flatten(core.input)]
    if all(width not in (None, 1) for width in widths):
        try:
            wrapped(tree.map_structure(lambda a: np.repeat(a, 2, axis=-1), x))
        except ValueError as error:
            assert "expected shape" in str(error) or "Invalid input shape" in str(error)
        else:
            raise AssertionError("twice as many columns were accepted")


class SignDescent(keras.Model):
    def train_step(self, data):
        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            found = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=found, sample_weight=weight)
        slopes = tape.gradient(loss, self.trainable_weights)
        for slope, variable in zip(slopes, self.trainable_weights, strict=True):
            variable.assign_sub(0.5 * ops.sign(tf.convert_to_tensor(slope)))
        return {"my_loss": loss}


@over(
    GRAPHS.where(
        lambda case: case.model.trainable_weights,
        "functional models with trainable weights",
    )
)
def a_custom_train_step_needs_no_call(case):
    """Make the class of inputs and outputs: a functional model with its own rule."""
    plain = case.fresh()
    model = SignDescent(plain.input, plain.output)
    assert isinstance(model, type(plain)) and isinstance(model, SignDescent)
    assert all(a is b for a, b in zip(model.inputs, plain.inputs, strict=True))
    assert all(a is b for a, b in zip(model.outputs, plain.outputs, strict=True))
    before = [w.numpy() for w in model.trainable_weights]
    model.compile("adam", loss="mse", run_eagerly=True)
    history = model.fit(case.x(), case.y(), verbose=0).history
    assert list(history) == ["my_loss"]
    steps = [
        abs(w.numpy() - old)
        for w, old in zip(model.trainable_weights, before, strict=True)
    ]
    steps = np.concatenate([step.ravel() for step in steps])
    assert np.isclose(steps, 0.5, atol=1e-2).any()
    assert (np.isclose(steps, 0.5, atol=1e-2) | (steps == 0)).all()


class Reported(keras.Model):
    """Return given numbers from train_step."""

    updates = True

    def train_step(self, data):
        x, y = data
        found = self(x, training=True)
        self.compute_loss(x, y, found)
        if self.updates:
            self.compute_metrics(x, y, found)
        return dict(self.returned)


def of_outputs(number, metrics):
    """Make a functional model that has so many outputs, with metrics for each."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    heads = [layers.Dense(1, name=f"h{n}")(inputs) for n in range(number)]
    model = Reported(inputs, heads if number > 1 else heads[0])
    per_output = [list(metrics) for _ in range(number)] if number > 1 else metrics
    model.compile("sgd", "mse", metrics=per_output or None, run_eagerly=True)
    return model


@over(
    each(
        "outputs, metrics and names",
        itertools.product(
            (1, 2, 3),
            ((), ("mae",), ("mae", "mse")),
            ("all", "other", "one more", "one fewer"),
        ),
    )
)
def fit_does_not_report_your_loss_under_that_name(case):
    """Return names from train_step: all those of the metrics, and others."""
    outputs, metrics, returned = case
    x = floats(8, 4)
    y = [floats(8, 1)] * outputs if outputs > 1 else floats(8, 1)
    names = set(
        of_outputs(outputs, metrics).evaluate(x, y, verbose=0, return_dict=True)
    )
    chosen = {
        "all": sorted(names),
        "other": ["my_loss"],
        "one more": [*sorted(names), "mine"],
        "one fewer": sorted(names)[:-1] or ["mine"],
    }[returned]
    model = of_outputs(outputs, metrics)
    model.returned = dict.fromkeys(chosen, 42.0)
    history = model.fit(x, y, verbose=0).history
    assert set(history) == set(chosen)
    values = [values[0] for values in history.values()]
    assert all((value == 42.0) == (returned != "all") for value in values)
    if outputs == 1:  # the loss alone
        for updates in (True, False):
            model = of_outputs(outputs, metrics)
            model.returned, model.updates = {"loss": 42.0}, updates
            try:
                (value,) = model.fit(x, y, verbose=0).history["loss"]
            except ValueError as error:
                assert "not yet been built" in str(error)
                value = None  # it is neither reported nor replaced
            assert (value is None) == (bool(metrics) and not updates)
            assert (value == 42.0) == (bool(metrics) and updates)
