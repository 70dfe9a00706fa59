"""What compile, fit, callbacks and an own train_step leave behind."""

import dataclasses
import itertools

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import GRAPHS, NETWORKS, STACKS, each, same


def some(begin, step=3):
    """Return some of the networks that have trainable weights, of every kind."""
    part = dataclasses.replace(NETWORKS, fixed=NETWORKS.fixed[begin::step])
    return part.where(
        lambda case: case.model.trainable_variables, "models with trainable weights"
    )


NAMES = ("SGD", "Adam", "RMSprop", "Adagrad", "Lion", "Nadam", "Adamax")


def reset(model):
    """Reset the layers that are stateful."""
    for layer in getattr(model, "layers", []):
        if getattr(layer, "stateful", False):
            layer.reset_state()


def metric_of_each(y, name):
    """Return a metric for each output, in the structure that compile takes."""
    if isinstance(y, np.ndarray):
        return [name]
    return keras.tree.map_structure(lambda _: name, y)


def fit(model, x, y, **options):
    """Fit with batches of five rows; return the history."""
    return model.fit(x, y, **{"batch_size": 5, "verbose": 0, **options}).history


class Starts(keras.callbacks.Callback):
    """Keep the weights with which fit begins."""

    def on_train_begin(self, logs=None):
        self.weights = self.model.get_weights()


@over(some(0))
def trap_compile_keeps_the_weights(case):
    """Check that weights stay, that a name makes an optimizer, an object is kept."""
    model, x, y = case.fresh(), case.x(), case.y()
    name = NAMES[len(case.name) % len(NAMES)]
    model.compile(name, loss="mse", run_eagerly=True)
    fit(model, x, y)
    first, trained, starts = model.optimizer, model.get_weights(), Starts()
    model.compile(name, loss="mse", run_eagerly=True)
    assert model.optimizer is not first and int(model.optimizer.iterations) == 0
    assert same(model.get_weights(), trained)
    fit(model, x, y, callbacks=[starts])
    assert same(starts.weights, trained)  # goes on from there

    kept, trained = model.optimizer, model.get_weights()
    state = [variable.numpy() for variable in kept.variables]
    model.compile(model.optimizer, loss="mae", run_eagerly=True)
    assert model.optimizer is kept and int(kept.iterations) == 1
    assert same(kept.variables, state) and same(model.get_weights(), trained)


@over(
    some(1, 2).where(
        lambda case: (
            not (
                case.kind == "subclass"
                and (case.stack or "return self.a(x), " in case.code)
            )
        ),
        "models that can be saved, and whose outputs have names",
    )
)
def trap_a_bare_compile_replaces_the_optimizer(case):
    """Check that loss and metrics stay, the rest is as if nothing was given."""
    model, x, y = case.fresh(), case.x(), case.y()
    metrics = metric_of_each(y, "mae")
    rate = [0.1, 0.01][len(case.name) % 2]
    how = {"loss": "mae", "metrics": metrics, "run_eagerly": True}
    model.compile(keras.optimizers.SGD(rate), **how)
    names = sorted(fit(model, x, y))
    model.compile()
    assert type(model.optimizer) is keras.optimizers.RMSprop
    assert np.isclose(float(model.optimizer.learning_rate), 0.001)
    assert not model.run_eagerly
    model.run_eagerly = True
    assert sorted(fit(model, x, y)) == names and len(names) > 1
    found = model.evaluate(x, y, batch_size=5, verbose=0, return_dict=True)
    error = sum(number for name, number in found.items() if name.endswith("mae"))
    penalties = float(sum(model.losses))
    assert np.isclose(found["loss"], error + penalties, rtol=1e-3) and error > 0

    model.save("bare.keras")
    loaded = keras.saving.load_model("bare.keras")
    assert loaded.compiled and loaded.loss is None
    assert [metric.name for metric in loaded.metrics] == ["loss"]
    loaded.run_eagerly = True
    try:
        said = str(fit(loaded, x, y))
    except ValueError as error:
        said = str(error)
    # Where there are penalties, fit takes them alone.
    assert ("No loss to compute" in said) == (not model.losses)


class Recorder(keras.callbacks.Callback):
    """Keep the weights of each epoch."""

    def on_train_begin(self, logs=None):
        self.weights = []

    def on_epoch_end(self, epoch, logs=None):
        self.weights.append(self.model.get_weights())


@over(some(2))
def trap_early_stopping_keeps_the_last_weights(case):
    """Check that the last epoch stays; with the option the best one comes back."""
    x, y = case.x(), case.y()
    patience = 1 + len(case.name) % 2
    for restore in (False, True):
        model, recorder = case.fresh(), Recorder()
        model.compile(keras.optimizers.SGD(0.05), loss="mse", run_eagerly=True)
        # "max" makes the first epochs the best ones: the loss goes down.
        options = {"restore_best_weights": True} if restore else {}
        stop = keras.callbacks.EarlyStopping(
            "loss", mode="max", patience=patience, **options
        )
        history = fit(model, x, y, epochs=4, callbacks=[recorder, stop])
        best = recorder.weights[int(np.argmax(history["loss"]))]
        assert same(model.get_weights(), best if restore else recorder.weights[-1])


@over(some(0))
def trap_a_checkpoint_remembers_the_last_model(case):
    """Check that a worse second model is saved only without save_best_only."""
    x, y = case.x(), case.y()
    worse = keras.tree.map_structure(lambda part: part + 100, y)
    keep = [
        keras.callbacks.ModelCheckpoint(
            f"{best}.weights.h5",
            monitor="loss",
            save_best_only=best,
            save_weights_only=True,
        )
        for best in (True, False)
    ]
    models, losses = [case.fresh(0), case.fresh(1)], []
    for model, target in zip(models, (y, worse), strict=True):
        model.compile(keras.optimizers.SGD(0.01), loss="mse", run_eagerly=True)
        losses += fit(model, x, target, callbacks=keep)["loss"]
    assert losses[0] < losses[1]
    first, second = (model.get_weights() for model in models)
    assert not same(first, second)
    loaded = case.fresh(2)
    for best, wanted in ((True, first), (False, second)):
        loaded.load_weights(f"{best}.weights.h5")
        assert same(loaded.get_weights(), wanted)


SCHEDULES = {
    "ExponentialDecay": {"decay_steps": 3, "decay_rate": 0.5},
    "ExponentialDecay in stairs": {
        "decay_steps": 2,
        "decay_rate": 0.1,
        "staircase": True,
    },
    "CosineDecay": {"decay_steps": 30},
    "CosineDecayRestarts": {"first_decay_steps": 6},
    "InverseTimeDecay": {"decay_steps": 2, "decay_rate": 0.5},
    "PolynomialDecay": {"decay_steps": 25},
}
EVERY = ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax"]
EVERY += ["Nadam", "Ftrl", "Lion", "Lamb", "Adafactor"]


@over(
    each(
        "schedules, batch sizes and accumulations",
        itertools.product(SCHEDULES, (2, 7), (None, 2, 4)),
    )
)
def trap_schedules_count_batches(case):
    """Check that the rate is the schedule at the number of batches, gathered or not."""
    name, size, gather = case
    schedule = getattr(keras.optimizers.schedules, name.split()[0])
    schedule = schedule(0.1, **SCHEDULES[name])
    kind = EVERY[(len(name) + size + (gather or 0)) % len(EVERY)]
    options = {} if gather is None else {"gradient_accumulation_steps": gather}
    optimizer = getattr(keras.optimizers, kind)(learning_rate=schedule, **options)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile(optimizer, loss="mse", run_eagerly=True)
    x = np.ones((10, 4), "float32")
    fit(model, x, x[:, :1], batch_size=size, epochs=2)
    batches = 2 * -(-10 // size)
    assert np.isclose(float(optimizer.learning_rate), float(schedule(batches)))
    assert int(optimizer.iterations) == batches // (gather or 1)
    assert not np.isclose(float(optimizer.learning_rate), 0.1)


def rows_of(case):
    """Return data of two or three batches, with their sizes; not all are alike."""
    fixed = case.stack.rows if case.stack else None
    if fixed is None:
        return case.x(), case.y(), [2, 2, 1]
    x, more = case.x(), case.x(seed=5)
    y, other = case.y(), case.y(seed=6)
    return np.concatenate([x, more]), np.concatenate([y, other]), [fixed, fixed]


@over(some(1, 2))
def trap_the_loss_of_fit_is_a_mean_over_a_moving_model(case):
    """Check that the losses of the batches, step by step, give that of the epoch."""
    x, y, sizes = rows_of(case)
    models = [case.fresh(), case.fresh()]
    before = models[0].get_weights()
    losses, at = [], 0
    for model in models:
        model.compile(keras.optimizers.SGD(0.05), loss="mse", run_eagerly=True)
    keras.utils.set_random_seed(1)
    for size in sizes:
        batch = slice(at, at + size)
        parts = [
            keras.tree.map_structure(lambda array, b=batch: array[b], data)
            for data in (x, y)
        ]
        models[0].reset_metrics()
        losses.append(models[0].train_on_batch(*parts, return_dict=True)["loss"])
        at += size
    keras.utils.set_random_seed(1)
    found = fit(models[1], x, y, batch_size=sizes[0], shuffle=False)["loss"][0]
    assert same(models[0].get_weights(), models[1].get_weights(), 1e-5)
    assert np.isclose(found, np.average(losses, weights=sizes), rtol=1e-4)
    reset(models[1])
    after = models[1].evaluate(x, y, batch_size=sizes[0], verbose=0, return_dict=True)
    moved = not same(models[1].get_weights(), before)
    assert moved != np.isclose(found, after["loss"], rtol=1e-6)


def keeps_a_state(case):
    """Whether a layer is stateful."""
    return any(getattr(layer, "stateful", False) for layer in case.every_layer)


def masks(case):
    """Whether a layer makes a mask."""
    return case.has(layers.Masking) or any(
        getattr(layer, "mask_zero", False) for layer in case.every_layer
    )


PLAIN = dataclasses.replace(NETWORKS, fixed=NETWORKS.fixed[::2]).where(
    lambda case: (
        not (
            case.random
            or case.has(layers.BatchNormalization)
            or keeps_a_state(case)
            or masks(case)
        )
    ),
    "models without chance, batch statistics, states and masks",
)


@over(PLAIN)
def trap_the_loss_of_fit_has_dropout(case):
    """Check that fit and evaluate agree with a learning rate of 0."""
    x, y, sizes = rows_of(case)
    model = case.fresh()
    model.compile(keras.optimizers.SGD(0.0), loss="mse", run_eagerly=True)
    in_fit = fit(model, x, y, batch_size=sizes[0])["loss"][0]
    after = model.evaluate(x, y, batch_size=sizes[0], verbose=0, return_dict=True)
    assert np.isclose(in_fit, after["loss"], rtol=1e-4)


class Own(keras.Model):
    """Its step returns 7 for each name that Keras has, and for `more`."""

    more = ()
    updates = False

    def train_step(self, data):
        x, y = data
        y_pred = self(x, training=True)
        if self.updates:
            self.compute_metrics(x, y, y_pred)
        return dict.fromkeys([*self.get_metrics_result(), *self.more], 7.0)


@over(dataclasses.replace(GRAPHS, fixed=GRAPHS.fixed[::2]))
def trap_a_returned_loss_is_replaced(case):
    """Check that the metrics are reported where the returned names are theirs."""
    graph, x, y = case.fresh(), case.x(), case.y()
    metrics = metric_of_each(y, "mae")
    for updates, more in itertools.product((False, True), ((), ("own",))):
        model = Own(graph.input, graph.output)
        model.updates, model.more = updates, more
        given = {"metrics": metrics} if updates else {}
        model.compile("sgd", loss="mse", run_eagerly=True, **given)
        history = fit(model, x, y)
        meant = {name: float(n) for name, n in model.get_metrics_result().items()}
        assert meant["loss"] == 0 and (len(meant) > 1) == updates
        if more:
            meant = dict.fromkeys([*meant, *more], 7.0)
        assert {name: numbers[0] for name, numbers in history.items()} == meant
        assert 7.0 not in meant.values() or more
    single = Own(graph.input, graph.output)
    single.compile("sgd", loss="mse")
    assert [metric.name for metric in single.metrics][:1] == ["loss"]
    assert len(single.metrics) == 1 or len(single.outputs) > 1


class AddsLoss(layers.Layer):
    """Add a penalty by add_loss."""

    def call(self, x):
        self.add_loss(0.5 * ops.mean(ops.square(x)))
        return x


class Forgetful(keras.Model):
    """Its own loss has predictions and targets only; `complete` has all."""

    def train_step(self, data):
        x, y = data
        y_pred = self(x, training=True)
        own = ops.mean(ops.square(y - ops.cast(y_pred, "float32")))
        complete = self.compute_loss(x, y, y_pred)
        waiting = sum(self.losses)
        return {"own": own, "complete": complete, "waiting": waiting}


PENALTIES = {
    "kernel": lambda: [layers.Dense(2, kernel_regularizer="l2")],
    "bias": lambda: [
        layers.Dense(2, bias_regularizer="l1", bias_initializer="ones"),
    ],
    "activity": lambda: [layers.Dense(2, activity_regularizer="l2")],
    "add_loss": lambda: [layers.Dense(2), AddsLoss()],
}


@over(
    dataclasses.replace(STACKS, fixed=STACKS.fixed[::2]).where(
        # compute_loss leaves out what a mask hides; the step's own loss does not.
        lambda stack: not masks(stack.case("list")),
        "stacks without a mask and with a penalty behind",
    )
)
def trap_an_own_loss_forgets_the_penalties(stack):
    """Check that what the step's own loss lacks is the sum of model.losses."""
    for make in [*PENALTIES.values()][len(stack.name) % 2 :: 2]:
        x = stack.input()
        inputs = x
        for layer in [*stack.new_layers(), *make()]:
            x = layer(x)
        model = Forgetful(inputs, x)
        model.compile("sgd", loss="mse", run_eagerly=True)
        data = stack.x()
        y = np.ones(model(data).shape, "float32")
        found = {name: value[0] for name, value in fit(model, data, y).items()}
        assert found["waiting"] > 0
        lacking = found["complete"] - found["own"]
        assert np.isclose(lacking, found["waiting"], rtol=1e-3, atol=1e-4)
