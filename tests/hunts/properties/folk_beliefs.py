"""What is said about Keras: of fit, compile, predict, of layers and of saving."""

import dataclasses
import itertools
import logging
import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import EVERY_SEQUENTIAL, NETWORKS, each, made, same
from tests.hunts.zoo.case import NAMES, data_for

from .sharing import KEEP_THE_SHAPE

OPTIMIZERS = ["sgd", "adam", "rmsprop", "adagrad", "nadam", "adamw", "lion"]


def number_of(case):
    """Give every case a number of its own, the same in each run."""
    return sum(map(ord, case.name + case.code))


def refusal(call):
    """Return the text of the error that a call raises; empty: it raises none."""
    try:
        call()
    except Exception as error:
        return str(error) or repr(error)
    return ""


@over(dataclasses.replace(NETWORKS, fixed=NETWORKS.fixed[::5]))
def folklore_fit_again_continues(case):
    """Train for four epochs, and twice for two."""
    name = OPTIMIZERS[number_of(case) % len(OPTIMIZERS)]
    x, y = case.x(), case.y()
    weights = []
    for epochs in ([4], [2, 2]):
        model = case.fresh()
        model.compile(name, loss="mse", run_eagerly=True)
        for n in epochs:
            model.fit(x, y, epochs=n, shuffle=False, batch_size=5, verbose=0)
        weights.append(model.get_weights())
    assert same(*weights)


@over(dataclasses.replace(NETWORKS, fixed=NETWORKS.fixed[::3]))
def folklore_gradients_need_a_call(case):
    """Ask for gradients round a call, and round predict."""
    model = case.fresh()
    model.run_eagerly = True
    x = case.x()

    def gradients(run):
        with tf.GradientTape() as tape:
            ends = keras.tree.flatten(run(x))
            loss = sum(ops.mean(ops.cast(end, "float32")) for end in ends)
        return tape.gradient(ops.convert_to_tensor(loss), model.trainable_weights)

    by_predict = gradients(lambda rows: model.predict(rows, verbose=0))
    assert all(slope is not None for slope in gradients(model))
    assert by_predict == [None] * len(model.trainable_weights)
    ends = keras.tree.flatten(model.predict(x, verbose=0))
    assert all(isinstance(end, np.ndarray) for end in ends)


@over(dataclasses.replace(NETWORKS, fixed=NETWORKS.fixed[::2]))
def folklore_predict_needs_no_compile(case):
    """Predict with a model that is not compiled."""
    model = case.fresh()
    model.run_eagerly = True
    assert not model.compiled
    x = case.x()
    answers = keras.tree.flatten(model.predict(x, verbose=0))
    wanted = keras.tree.flatten(case.fresh()(x))
    assert [each.shape for each in answers] == [tuple(each.shape) for each in wanted]
    assert case.random or same(answers, wanted, 1e-5)
    if number_of(case) % 5 == 0:
        compiled = keras.tree.flatten(case.fresh().predict(x, verbose=0))
        assert [each.shape for each in compiled] == [each.shape for each in answers]
        assert case.random or same(compiled, wanted, 1e-5)


@over(
    NETWORKS.where(
        lambda case: len(case.model.trainable_variables) > 0, "models with weights"
    )
)
def folklore_compile_keeps_the_weights(case):
    """Train a model, and compile it again."""
    model = case.fresh()
    x, y = case.x(), case.y()
    model.compile("adam", loss="mse", run_eagerly=True)
    model.fit(x, y, batch_size=5, epochs=2, verbose=0)
    trained, steps = model.get_weights(), int(model.optimizer.iterations)
    name = OPTIMIZERS[number_of(case) % len(OPTIMIZERS)]
    model.compile(name, loss="mse", run_eagerly=True)
    assert same(model.get_weights(), trained)
    assert steps == 2 and int(model.optimizer.iterations) == 0


@over(EVERY_SEQUENTIAL)
def folklore_a_trained_sequential_has_no_input(case):
    """Call and train a Sequential, and ask for its input."""
    stack = case.fresh()
    x, y = case.x(), case.y()
    stack(x)
    stack.compile("sgd", loss="mse", run_eagerly=True)
    stack.fit(x, y, batch_size=5, verbose=0)
    assert not hasattr(stack, "input") and not hasattr(stack, "output")
    assert len(stack.inputs) == len(stack.outputs) == 1


@over(
    NETWORKS.where(
        lambda case: case.kind != "subclass", "Sequential and functional models"
    )
)
def folklore_layers_is_a_copy(case):
    """Take a layer out of `layers`."""
    model = case.fresh()
    before, weights = list(model.layers), model.get_weights()
    x = case.x()
    model.layers.pop()
    assert model.layers == before and len(before) > 0
    assert same(model.get_weights(), weights)
    answers = keras.tree.flatten(model(x))
    wanted = keras.tree.flatten(case.fresh()(x))
    assert [each.shape for each in answers] == [each.shape for each in wanted]
    assert case.random or same(answers, wanted, 1e-5)


@over(
    each(
        "layers that are no functional models",
        [case for case in KEEP_THE_SHAPE if "keras.Model(" not in case[1]],
    )
)
def folklore_shared_layer_output_is_the_first(case):
    """Call a layer on two tensors."""
    shape, code = case
    shared = made(code)
    first, second = shared(keras.Input(shape)), shared(keras.Input(shape))
    assert shared.output is first and shared.output is not second
    assert not hasattr(shared, "get_output_at")


ROWS = 6
X = np.random.default_rng(0).normal(size=(ROWS, 4)).astype("float32")


def structures():
    """Yield lists that contain a dict, as functions of the next input."""
    yield lambda new: [new(), {"b": new(), "c": new()}]
    yield lambda new: [{"b": new(), "c": new()}, new()]
    yield lambda new: [{"z": new(), "a": new()}, {"k": new()}]
    yield lambda new: [new(), new(), {"only": new()}]
    yield lambda new: [new(), {"left": [new(), new()], "right": new()}]
    yield lambda new: [{"inner": {"deep": new(), "also": new()}}, new()]
    yield lambda new: [{"b": new(), "a": new()}]


@over(
    each(
        "nested structures of inputs, with and without names, and merges",
        itertools.product(range(7), (False, True), ("join", "shared")),
    )
)
def folklore_nested_inputs_work(case):
    """Call, train, predict, save and load; each input counts in another way."""
    which, named, merge = case
    keras.utils.set_random_seed(0)
    names = iter("pqrstuv")
    structure = list(structures())[which](
        lambda: keras.Input((4,), name=next(names) if named else None)
    )
    tensors = keras.tree.flatten(structure)
    if merge == "shared":
        encoder = layers.Dense(3, activation="tanh")
        tensors = [encoder(tensor) for tensor in tensors]
    joined = layers.Concatenate()(tensors) if len(tensors) > 1 else tensors[0]
    model = keras.Model(structure, layers.Dense(2)(joined))
    scales = itertools.count(1)
    data = keras.tree.map_structure(lambda _: X + 0.1 * next(scales), structure)
    model.compile("sgd", loss="mse", run_eagerly=True)
    before = model.get_weights()
    model.fit(data, X[:, :2], verbose=0)
    assert not same(model.get_weights(), before)
    wanted = model(data)
    assert wanted.shape == (ROWS, 2)
    model.save("nested.keras")
    loaded = keras.saving.load_model("nested.keras")
    assert same(loaded(data), wanted)
    loaded.run_eagerly = True
    assert same(loaded.predict(data, verbose=0), wanted, 1e-6)
    assert same(model.predict(data, verbose=0), wanted, 1e-6)
    flat = keras.tree.flatten(data)
    for n in range(len(flat)):
        moved = [array + 1.0 * (m == n) for m, array in enumerate(flat)]
        moved = keras.tree.pack_sequence_as(structure, moved)
        assert not same(model(moved), wanted, 1e-3)


# Layers that take and return sequences (n, 6, 4); unbuilt ones create weights late.
STEPS = {
    "Dense": lambda: layers.Dense(4, activation="tanh"),
    "Conv1D": lambda: layers.Conv1D(4, 2, padding="same"),
    "GRU": lambda: layers.GRU(4, return_sequences=True),
    "LSTM": lambda: layers.LSTM(4, return_sequences=True),
    "Bidirectional": lambda: layers.Bidirectional(layers.GRU(2, return_sequences=True)),
    "BatchNormalization": lambda: layers.BatchNormalization(),
    "LayerNormalization": lambda: layers.LayerNormalization(),
    "TimeDistributed": lambda: layers.TimeDistributed(layers.Dense(4)),
    "EinsumDense": lambda: layers.EinsumDense("abc,cd->abd", output_shape=(None, 4)),
    "SeparableConv1D": lambda: layers.SeparableConv1D(4, 2, padding="same"),
    "PReLU": lambda: layers.PReLU(),
    "stack": lambda: keras.Sequential([layers.Dense(3), layers.Dense(4)]),
    "Scale": lambda: NAMES["Scale"](),
}
SEQUENCES = np.random.default_rng(1).normal(size=(5, 6, 4)).astype("float32")


def class_of(name, **methods):
    """Return a registered subclass of keras.Model with these methods."""
    cls = type(name, (keras.Model,), methods)
    return keras.saving.register_keras_serializable("hunts")(cls)


@over(
    each(
        "subclassed models of one or two layers, saved before or after training",
        itertools.product(STEPS, (False, True)),
    )
)
def folklore_no_arguments_no_get_config(case):
    """Save and load a class without get_config; then one with a layer for training."""
    kind, trained = case
    others = list(STEPS)

    def init_words(self, **kwargs):
        keras.Model.__init__(self, **kwargs)
        self.words, self.step = layers.Embedding(10, 4), STEPS[kind]()

    def call_words(self, ids, training=False):
        if ids.dtype != "int32":
            raise TypeError("not int32")
        return self.step(self.words(ids))

    def init(self, **kwargs):
        keras.Model.__init__(self, **kwargs)
        self.steps = [STEPS[kind]()]
        self.other = STEPS[others[(others.index(kind) + 3) % len(others)]]()

    def call(self, x, training=False):
        return self.other(self.steps[0](x))

    def init_more(self, **kwargs):
        init(self, **kwargs)
        self.extra = layers.Dense(4)

    def call_more(self, x, training=False):
        return call(self, self.extra(x) if training else x)

    keras.utils.set_random_seed(0)
    model = class_of(f"Plain{kind}", __init__=init, call=call)()
    more = class_of(f"More{kind}", __init__=init_more, call=call_more)()
    for net in (model, more):
        net(SEQUENCES, training=True)
        if trained:
            net.compile("adam", loss="mse", run_eagerly=True)
            net.fit(SEQUENCES, SEQUENCES, verbose=0)
    model.save("plain.keras")
    more.save("more.keras")
    assert same(keras.saving.load_model("plain.keras")(SEQUENCES), model(SEQUENCES))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loaded = keras.saving.load_model("more.keras")
    # A trained one warns of its optimizer.
    assert bool(caught) == trained
    assert all("optimizer" in str(each.message) for each in caught)
    assert same(loaded(SEQUENCES), more(SEQUENCES))
    assert len(more.weights) == len(loaded.weights) + 2 == len(model.weights) + 2
    words = class_of(f"Words{kind}", __init__=init_words, call=call_words)()
    words(np.ones((5, 6), "int32"))
    words.save("words.keras")
    assert words.weights and not keras.saving.load_model("words.keras").weights


@over(
    each(
        "subclassed models, with weights from __init__, from the first call or both",
        itertools.product(STEPS, ("__init__", "the first call", "both")),
    )
)
def folklore_a_subclass_saved_as_h5_needs_early_weights(case):
    """Save it as .h5, and load it with its class."""
    logging.getLogger("absl").setLevel(logging.ERROR)
    kind, created_by = case

    def init(self, **kwargs):
        keras.Model.__init__(self, **kwargs)
        self.step, self.other = STEPS[kind](), layers.Dense(4)
        if created_by != "the first call":
            self.step.build((None, 6, 4))
        if created_by == "__init__":
            self.other.build((None, 6, 4))

    def call(self, x, training=False):
        return self.other(self.step(x))

    keras.utils.set_random_seed(0)
    cls = class_of(f"H5{kind}", __init__=init, call=call)
    model = cls()
    before = model(SEQUENCES)
    model.save("model.h5")
    classes = {cls.__name__: cls}

    def load():
        return keras.saving.load_model("model.h5", custom_objects=classes)

    if created_by == "__init__":
        assert same(load()(SEQUENCES), before)
    else:
        assert refusal(load)


FROZEN = {
    "Dense": ((4,), "layers.Dense(4)"),
    "BatchNormalization": ((4,), "layers.BatchNormalization()"),
    "LayerNormalization": ((4,), "layers.LayerNormalization()"),
    "Scale": ((4,), "Scale()"),
    "stack": ((4,), "keras.Sequential([layers.Dense(3), layers.Dense(4)])"),
    "Conv1D": ((6, 3), "layers.Conv1D(3, 2)"),
    "GRU": ((6, 3), "layers.GRU(3)"),
    "Conv2D": ((8, 8, 2), "layers.Conv2D(2, 3)"),
    "TimeDistributed": ((6, 3), "layers.TimeDistributed(layers.Dense(3))"),
}


@over(
    each(
        "layers frozen before a first fit, after it, and after it with compile",
        itertools.product(FROZEN, ((0, False), (1, False), (1, True))),
    )
)
def folklore_trainable_counts_until_the_first_fit(case):
    """Freeze a layer, and see whether compiled training changes it."""
    kind, (fits_before, compile_again) = case
    shape, code = FROZEN[kind]
    keras.utils.set_random_seed(0)
    frozen = made(code)
    model = keras.Sequential([keras.Input(shape), frozen, layers.Dense(2)])
    x = data_for(model.inputs[0], rows=4)
    y = np.ones((4, *model.output_shape[1:]))
    optimizer = OPTIMIZERS[len(code) % len(OPTIMIZERS)]
    model.compile(optimizer, loss="mse")
    for _ in range(fits_before):
        model.fit(x, y, verbose=0)
    frozen.trainable = False
    if compile_again:
        model.compile(optimizer, loss="mse")
    before, head = frozen.get_weights(), model.layers[-1].get_weights()
    model.fit(x, y, verbose=0)
    changes = not same(before, frozen.get_weights())
    assert changes == (fits_before == 1 and not compile_again)
    assert not same(head, model.layers[-1].get_weights())


@over(
    each(
        "numbers of classes, labels out of range, and losses",
        [
            (classes, label, ignored, logits)
            for classes in (2, 3, 10)
            for label in (classes, classes + 1, 1000, -1, -7)
            for ignored, logits in ((None, False), (0, True))
        ],
    )
)
def a_label_out_of_range_gives_nan_with_xla(case):
    """Train with one label that is out of range."""
    classes, label, ignored, logits = case
    head = layers.Dense(classes, activation=None if logits else "softmax")
    model = keras.Sequential([keras.Input((4,)), head])
    loss = keras.losses.SparseCategoricalCrossentropy(
        from_logits=logits, ignore_class=ignored
    )
    model.compile("sgd", loss=loss, jit_compile=True)
    history = model.fit(X[:3], np.array([1, label, 0]), verbose=0)
    assert np.isnan(history.history["loss"][0])


@over(
    each(
        "sizes of an Embedding, and ids that are too large",
        [
            (ids, width, too_large)
            for ids in (1, 3, 100)
            for width in (1, 2, 8)
            for too_large in (ids, ids + 1, 100000)
        ],
    )
)
def an_id_out_of_range_is_silent_with_xla(case):
    """Predict with an id that is too large, with XLA and without it."""
    ids, width, too_large = case
    lookup = keras.Sequential(
        [keras.Input((2,), dtype="int32"), layers.Embedding(ids, width)]
    )
    x = np.array([[0, too_large]])
    lookup.compile(jit_compile=True)
    numbers = lookup.predict(x, verbose=0)
    assert numbers.shape == (1, 2, width) and np.isfinite(numbers).all()
    lookup.compile(jit_compile=False)
    wanted = f"is not in [0, {ids})"
    assert wanted in refusal(lambda: lookup.predict(x, verbose=0))


@over(
    dataclasses.replace(NETWORKS, fixed=NETWORKS.fixed[::3])
    .where(lambda case: len(case.model.trainable_variables) > 0)
    .where(
        lambda case: (
            case.kind != "subclass"
            and all(
                isinstance(step, layers.Layer)
                for step in getattr(case.model, "operations", case.model.layers)
            )
        ),
        "Sequential and functional models of layers only, with weights",
    )
)
def h5_model_does_not_train_on(case):
    """Save it compiled, trained or not, as .h5, and train what is loaded."""
    logging.getLogger("absl").setLevel(logging.ERROR)
    model = case.fresh()
    number = number_of(case)
    name, loss = OPTIMIZERS[number % len(OPTIMIZERS)], keras.losses.MeanSquaredError()
    model.compile(name, loss=loss, run_eagerly=True)
    x, y = case.x(), case.y()
    if number % 2:
        model.fit(x, y, batch_size=5, verbose=0)
    model.save("model.h5")
    loaded = keras.saving.load_model("model.h5")
    wanted = "can only be called for the variables it was originally built with"
    assert wanted in refusal(lambda: loaded.fit(x, y, batch_size=5, verbose=0))
    if number % 3 == 0:
        loaded.compile(name, loss=loss, run_eagerly=True)
        loaded.fit(x, y, batch_size=5, verbose=0)
