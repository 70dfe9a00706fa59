"""Metrics: which accuracy, over which rows, with which weights, under which key."""

import itertools

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import each


def passing(shape):
    """Make a model that returns what it gets, so that data are its answers."""
    return keras.Sequential([keras.Input(shape), layers.Activation("linear")])


def evaluated(model, *data, **compiled):
    """Compile and evaluate; return the results by name."""
    size = compiled.pop("batch_size", 32)
    weight = compiled.pop("sample_weight", None)
    model.compile(run_eagerly=True, **compiled)
    return model.evaluate(
        *data, sample_weight=weight, batch_size=size, verbose=0, return_dict=True
    )


LOSSES = ["mse", "binary_crossentropy", "hinge", "logits"]


def loss_of(name):
    """Return a loss, the one that takes logits by its own name."""
    if name == "logits":
        return keras.losses.BinaryCrossentropy(from_logits=True)
    return name


@over(
    each(
        "losses, shapes of outputs, forms of labels and batch sizes",
        itertools.product(
            LOSSES, [(1,), (5, 1), (3, 2, 1)], ["int32", "float32"], [4, 32]
        ),
    )
)
def trap_accuracy_cuts_logits_at_one_half(case):
    """Count the labels that (answer > 0.5) meets."""
    loss, shape, dtype, size = case
    random = np.random.default_rng(len(loss) + len(shape))
    logits = random.normal(scale=2.0, size=(11, *shape)).astype("float32")
    labels = (random.random(logits.shape) < 0.5).astype(dtype)
    logits.flat[:3] = 0.3  # between both borders
    forms = [labels] if len(shape) > 1 else [labels, labels.ravel()]
    for y in forms:
        result = evaluated(
            passing(shape),
            logits,
            y,
            loss=loss_of(loss),
            metrics=["accuracy"],
            batch_size=size,
        )
        assert np.isclose(result["accuracy"], np.mean((logits > 0.5) == labels))


TARGETS = ["several labels", "one-hot", "probabilities"]


@over(
    each(
        "widths, ranks and kinds of targets",
        itertools.product([2, 3, 7], [(), (4,), (3, 2)], TARGETS),
    )
)
def trap_accuracy_of_several_labels_is_categorical(case):
    """Count the rows whose largest numbers stand at one place."""
    width, steps, kind = case
    random = np.random.default_rng(width + len(steps))
    answers = random.random((9, *steps, width)).astype("float32")
    targets = random.random(answers.shape).astype("float32")
    if kind == "several labels":
        targets = (targets < 0.6).astype("int32")
    if kind == "one-hot":
        targets = np.eye(width)[np.argmax(targets, -1)]
    result = evaluated(
        passing(answers.shape[1:]),
        answers,
        targets,
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    wanted = np.mean(np.argmax(answers, -1) == np.argmax(targets, -1))
    assert np.isclose(result["accuracy"], wanted)
    # All labels of a row right, and nothing of it in the accuracy.
    labels = np.ones((9, *steps, width), "int32")
    right = np.linspace(0.6, 0.9, width, dtype="float32") * labels
    result = evaluated(
        passing(right.shape[1:]),
        right.astype("float32"),
        labels,
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    assert np.all((right > 0.5) == labels) and result["accuracy"] == 0.0


@over(
    each(
        "shapes, types of targets and batch sizes",
        itertools.product(
            [(1,), (3,), (4, 2)], ["int32", "int64", "float32", "bool"], [3, 5, 10]
        ),
    )
)
def trap_the_class_accuracy_compares_exactly(case):
    """Count equal numbers; no probability below 1 is equal to a class."""
    shape, dtype, size = case
    random = np.random.default_rng(size)
    targets = random.integers(0, 2, (10, *shape)).astype(dtype)
    answers = np.where(random.random(targets.shape) < 0.5, targets, 0.9)
    answers = answers.astype("float32")
    assert 0 < np.mean(answers == targets) < 1
    exact = keras.metrics.Accuracy()
    for n in range(0, 10, size):
        exact.update_state(targets[n : n + size], answers[n : n + size])
    assert np.isclose(float(exact.result()), np.mean(answers == targets))
    result = evaluated(
        passing(shape),
        answers,
        targets.astype("float32"),
        loss="mse",
        metrics=[keras.metrics.Accuracy()],
        batch_size=size,
    )
    assert np.isclose(result["accuracy"], np.mean(answers == targets))
    probabilities = np.clip(np.abs(targets - 0.1), 0.1, 0.9).astype("float32")
    exact.reset_state()
    exact.update_state(targets, probabilities)
    assert float(exact.result()) == 0.0


def rmse(y, y_pred):
    """Compute the root of the mean square of a batch."""
    return ops.sqrt(ops.mean(ops.square(y - y_pred)))


def largest(y, y_pred):
    """Find the largest error of a batch."""
    return ops.max(ops.abs(y - y_pred))


def deviation(y, y_pred):
    """Compute the standard deviation of the errors of a batch."""
    return ops.std(y - y_pred)


def soft_f1(y, y_pred):
    """Compute a soft F1 score of a batch."""
    return 2 * ops.sum(y * y_pred) / (ops.sum(y * y) + ops.sum(y_pred * y_pred))


def mean_of_squares(y, y_pred):
    """Compute the mean of squares of a batch."""
    return ops.mean(ops.square(y - y_pred))


def by_row(y, y_pred):
    """Compute a number for each row."""
    return ops.mean(ops.square(y - y_pred), axis=-1)


ONE_NUMBER = [rmse, largest, deviation, soft_f1, mean_of_squares]


@over(
    each(
        "functions, numbers of rows, batch sizes and widths",
        [
            (function, rows, size, width)
            for function, (rows, size), width in itertools.product(
                ONE_NUMBER, [(7, 2), (10, 4), (9, 8), (11, 3)], [1, 3]
            )
        ],
    )
)
def trap_a_metric_function_is_a_mean_over_batches(case):
    """Take the plain mean over batches; by rows, it is that over rows."""
    function, rows, size, width = case
    random = np.random.default_rng(rows)
    x = random.gamma(1.0, 1.0, (rows, width)).astype("float32")
    y = random.gamma(1.0, 1.0, (rows, width)).astype("float32")
    batches = [slice(n, n + size) for n in range(0, rows, size)]
    wanted = np.mean([float(function(y[each], x[each])) for each in batches])
    metrics = [function, by_row]
    model = passing((width,))
    result = evaluated(model, x, y, loss="mse", metrics=metrics, batch_size=size)
    assert np.isclose(result[function.__name__], wanted, rtol=1e-4)
    assert np.isclose(result["by_row"], np.mean((x - y) ** 2), rtol=1e-4)
    result = evaluated(model, x, y, loss="mse", metrics=metrics, batch_size=rows)
    assert not np.isclose(result[function.__name__], wanted, rtol=1e-3)
    assert np.isclose(result["by_row"], np.mean((x - y) ** 2), rtol=1e-4)


def squared(y, y_pred):
    """Compute squares."""
    return ops.mean(ops.square(y - y_pred))


def absolute(y, y_pred):
    """Compute absolute differences."""
    return ops.mean(ops.abs(y - y_pred))


def log_cosh(y, y_pred):
    """Compute a smooth difference, a number for each place."""
    return ops.log(ops.cosh(y - y_pred))


@over(
    each(
        "functions, numbers of rows, batch sizes and errors",
        itertools.product(
            [squared, absolute, log_cosh], [4, 9, 10], [3, 32], [0.0, 0.5]
        ),
    )
)
def trap_metric_functions_get_flat_targets(case):
    """As a loss, row meets row; as a metric, each row meets all of its batch."""
    function, rows, size, error = case
    random = np.random.default_rng(rows)
    x = random.normal(scale=3.0, size=(rows, 1)).astype("float32")
    y = x.ravel() + error * random.normal(size=rows).astype("float32")
    result = evaluated(
        passing((1,)),
        x,
        y,
        loss=function,
        metrics=[function],
        batch_size=size,
    )
    pairs = np.mean(
        [float(ops.mean(function(y[n : n + 1], x[n]))) for n in range(rows)]
    )
    assert np.isclose(result["loss"], pairs, rtol=1e-4, atol=1e-6)
    sums = [
        (np.mean(function(y[n : n + size], x[n : n + size])), len(x[n : n + size]))
        for n in range(0, rows, size)
    ]
    # A function that returns more than one number is weighted by its rows.
    counts = [1 if function is not log_cosh else number for _, number in sums]
    crossed = np.average([value for value, _ in sums], weights=counts)
    assert np.isclose(result[function.__name__], crossed, rtol=1e-4)
    assert not np.isclose(pairs, crossed, rtol=1e-2)


@over(
    each(
        "metrics, shapes of outputs and batch sizes",
        itertools.product(
            [
                ("mae", "mean_absolute_error"),
                ("mse", "mean_squared_error"),
                ("msle", "mean_squared_logarithmic_error"),
                ("binary_accuracy", "binary_accuracy"),
                ("mape", "mean_absolute_percentage_error"),
            ],
            [(2,), (3,), (8,)],
            [2, 8],
        ),
    )
)
def trap_metrics_ignore_sample_weights(case):
    """Leave a metric what it is without weights; a weighted one is a weighted mean."""
    (metric, function), shape, size = case
    random = np.random.default_rng(len(metric))
    x = random.random((7, *shape)).astype("float32")
    y = (random.random((7, *shape)) < 0.5).astype("float32")
    weight = np.array([0.0, 1.0, 3.0, 0.5, 0.0, 2.0, 1.0], "float32")
    rows = np.asarray(getattr(keras.metrics, function)(y, x)).reshape(7, -1).mean(1)
    squares = np.mean((x - y) ** 2, axis=tuple(range(1, x.ndim)))
    model = passing(shape)
    kwargs = {"loss": "mse", "batch_size": size, "sample_weight": weight}
    result = evaluated(model, x, y, metrics=[metric], **kwargs)
    assert np.isclose(result[metric], rows.mean(), rtol=1e-4)
    assert np.isclose(result["loss"], (weight * squares).sum() / 7, rtol=1e-4)
    result = evaluated(model, x, y, weighted_metrics=[metric], **kwargs)
    assert np.isclose(result[metric], np.average(rows, weights=weight), rtol=1e-4)
    assert not np.isclose(rows.mean(), np.average(rows, weights=weight), rtol=1e-4)


PAIRS = list(itertools.permutations(["mae", "mse", "mape", "msle"], 2))


@over(
    each(
        "pairs of metrics, names and widths of two outputs",
        [
            (pair, names, widths)
            for (pair, names), widths in zip(
                itertools.product(PAIRS, [("price", "area"), ("a", "b"), ("z", "y")]),
                itertools.cycle([(1, 1), (2, 3), (1, 4)]),
                strict=False,
            )
        ],
    )
)
def trap_a_list_of_metrics_is_dealt_out(case):
    """Find one metric for each output, with its number; a list of 3 fails."""
    metrics, names, widths = case
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    heads = [
        layers.Dense(width, activation="softplus", name=name)(inputs)
        for name, width in zip(names, widths, strict=True)
    ]
    model = keras.Model(inputs, heads)
    x = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
    y = [np.full((6, width), n + 1.0) for n, width in enumerate(widths)]
    result = evaluated(model, x, y, loss="mse", metrics=list(metrics))
    wanted = {
        f"{name}_{metric}": np.mean(keras.metrics.get(metric)(target, answer))
        for name, metric, target, answer in zip(
            names, metrics, y, model(x), strict=True
        )
    }
    assert set(result) == {"loss", *(f"{name}_loss" for name in names), *wanted}
    assert all(np.isclose(result[key], wanted[key], rtol=1e-4) for key in wanted)
    try:
        evaluated(model, x, y, loss="mse", metrics=[*metrics, "cosine_similarity"])
    except ValueError as error:
        refused = str(error)
    assert "Invalid `metrics`" in refused


ONE_KIND = [
    ("mse", "mse"),
    ("mean_absolute_error", "mean_absolute_error"),
    ("huber", "huber"),
    ("log_cosh", "log_cosh"),
    (keras.losses.MeanSquaredError, keras.losses.MeanSquaredError),
    (keras.losses.Huber, keras.losses.Huber),
    (squared, squared),
]


@over(
    each(
        "losses of one kind, widths of the two outputs and numbers of rows",
        itertools.product(ONE_KIND, [(1, 1), (2, 3)], [5, 40]),
    )
)
def trap_two_losses_share_one_key(case):
    """There are two keys: the sum, and one with the second loss."""
    kinds, widths, rows = case

    class Pair(keras.Model):
        def __init__(self):
            super().__init__()
            self.one, self.two = layers.Dense(widths[0]), layers.Dense(widths[1])

        def call(self, inputs, training=False):
            return self.one(inputs), self.two(inputs)

    keras.utils.set_random_seed(0)
    losses = [kind() if isinstance(kind, type) else kind for kind in kinds]
    model = Pair()
    model.compile(keras.optimizers.SGD(0.0), loss=losses, run_eagerly=True)
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    y = [np.full((rows, width), 3.0 + 6 * n) for n, width in enumerate(widths)]
    history = model.fit(x, y, verbose=0).history
    one, two = (
        float(np.mean(keras.losses.get(loss)(target, answer)))
        for loss, target, answer in zip(losses, y, model(x), strict=True)
    )
    assert len(history) == 2 and not np.isclose(one, two)
    (key,) = set(history) - {"loss"}
    assert key.endswith("_loss")
    assert np.isclose(history[key][0], two, rtol=1e-4)
    assert np.isclose(history["loss"][0], one + two, rtol=1e-4)
