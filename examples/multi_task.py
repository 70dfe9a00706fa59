"""Learn two tasks at once: judge a tumor, and tell how unequal its cells are.

API: functional ``keras.Model``. Both tasks share one body, and each has a head and
a loss of its own. A ``Sequential`` has one path, and no place for a second head.
"""

import itertools
from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, QuantileRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

RULE = "several-outputs"
EPOCHS = 20  # at most; training stops when the validation loss falls no more
TRAIN, VALID = 320, 80  # rows, one after the other; the others are for the test
FEATURES = 18
YES_NO, NUMBER = "malignant", "spread"  # the tasks: a probability, and a number

Data = tuple[np.ndarray, dict[str, np.ndarray]]


def load_table() -> Data:
    """Return 18 measures of tumors (n, 18), and the targets by name (n,).

    The measures are means over the cells of a tumor, and their standard errors.
    ``malignant`` is 1 or 0. ``spread`` is one of the standard errors, that of the area,
    from 7 to 542. It is no input, nor is that of the perimeter.
    """
    data = load_breast_cancer()
    names = list(data.feature_names[:20])
    table = data.data[:, :20].astype("float32")
    left_out = [names.index("area error"), names.index("perimeter error")]
    targets = {YES_NO: 1 - data.target, NUMBER: table[:, left_out[0]]}
    return np.delete(table, left_out, axis=1), targets


def load_parts() -> list[Data]:
    """Return train, validation and test: inputs (n, 18), and the targets by name."""
    x, y = load_table()
    ends = [0, TRAIN, TRAIN + VALID, len(x)]
    rows = [slice(*pair) for pair in itertools.pairwise(ends)]
    return [(x[part], {name: y[name][part] for name in y}) for part in rows]


def load_data() -> tuple[Data, Data]:
    """Return train and test: inputs (n, 18), and the targets by name."""
    train, _, test = load_parts()
    return train, test


def build() -> keras.Model:
    """Return a model from (n, 18) to two outputs by name, (n, 1) each.

    Give the training data to ``adapt`` before you train.
    """
    measures = keras.Input((FEATURES,), name="measures")
    x = layers.Normalization(name="normalization")(measures)
    body = layers.Dense(32, activation="swish", name="body")(x)
    yes_no = layers.Dense(1, activation="sigmoid", name=YES_NO)(body)
    score = layers.Dense(1, name="score")(body)
    # From a score near 0 to the unit of the table.
    number = layers.Normalization(invert=True, name=NUMBER)(score)
    model = keras.Model(measures, {YES_NO: yes_no, NUMBER: number}, name="multi_task")
    # Smaller and smaller steps: without them the last digit of the result is luck.
    rate = keras.optimizers.schedules.CosineDecay(0.03, decay_steps=200)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss={YES_NO: "binary_crossentropy", NUMBER: "mse"},
        # A squared error of areas is more than 1,000 times as large.
        loss_weights={YES_NO: 1.0, NUMBER: 1e-3},
    )
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def adapt(model: keras.Model, x: np.ndarray, y: dict[str, np.ndarray]) -> None:
    """Tell the model the means and the variances of the training data, and no other."""
    model.get_layer("normalization").adapt(x)
    model.get_layer(NUMBER).adapt(y[NUMBER][:, None])


def train(model: keras.Model, data: Data, validation: Data) -> dict[str, list[float]]:
    """Train until the validation loss falls no more, and return the learning curve."""
    stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    return model.fit(
        *data,
        validation_data=validation,
        batch_size=32,
        validation_batch_size=VALID,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    ).history


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return both test results, and check the baselines."""
    keras.utils.set_random_seed(seed)
    data, validation, (x_test, y_test) = load_parts()

    model = build()
    adapt(model, *data)
    history = train(model, data, validation)
    answers = {name: np.array(y)[:, 0] for name, y in model(x_test).items()}
    accuracy = float(np.mean((answers[YES_NO] > 0.5) == y_test[YES_NO]))
    error = float(np.mean(np.abs(answers[NUMBER] - y_test[NUMBER])))

    # Baselines: two linear models, and two forests. They need no validation data, and
    # have them for training.
    x = np.vstack([data[0], validation[0]])
    y = {name: np.hstack([data[1][name], validation[1][name]]) for name in y_test}
    accuracies, errors = {"network": accuracy}, {"network": error}
    for name, judge, measure in (
        ("linear", LogisticRegression(), QuantileRegressor(alpha=0)),
        (
            "forest",
            RandomForestClassifier(random_state=0),
            RandomForestRegressor(random_state=0),
        ),
    ):
        judge = make_pipeline(StandardScaler(), judge).fit(x, y[YES_NO])
        accuracies[name] = float(judge.score(x_test, y_test[YES_NO]))
        measure = make_pipeline(StandardScaler(), measure).fit(x, y[NUMBER])
        errors[name] = float(np.mean(np.abs(measure.predict(x_test) - y_test[NUMBER])))

    for task, results in ((YES_NO, accuracies), (NUMBER, errors)):
        numbers = ", ".join(f"{name} {value:.3f}" for name, value in results.items())
        print(f"{task}: {'accuracy' if task == YES_NO else 'mean error'} {numbers}")
    assert accuracy > accuracies["linear"] - 0.02
    assert error < 0.85 * errors["linear"]
    return {
        "accuracies": accuracies,
        "errors": errors,
        "answers": answers,
        "true": y_test,
        "model": model,
        "history": history,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: both answers beside the truth, and the curves."""
    answers, true = result["answers"], result["true"]
    picture, (left, right) = plt.subplots(1, 2, figsize=(5, 2.8))
    yes = true[YES_NO] == 1
    groups = [answers[YES_NO][~yes], answers[YES_NO][yes]]
    left.hist(groups, bins=10, range=(0, 1), stacked=True, label=["no", "yes"])
    left.axvline(0.5, color="C2", linestyle="--")
    left.set_xlabel("probability")
    left.set_ylabel("rows of the test")
    left.set_title(f"{YES_NO}?")
    left.legend(title="in truth", loc="upper center")
    right.plot(true[NUMBER], true[NUMBER], color="C2")
    right.scatter(true[NUMBER], answers[NUMBER], s=8)
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_xlabel("in truth")
    right.set_ylabel("predicted")
    right.set_title(NUMBER)
    wrong = [int(np.sum(groups[0] > 0.5)), int(np.sum(groups[1] <= 0.5))]
    picture.set_label(
        f"Both answers for {len(yes)} test rows. Left: the probability of "
        f"{YES_NO}; {wrong[0]} of {len(groups[0])} without it are above 0.5, and "
        f"{wrong[1]} of {len(groups[1])} with it are not. Right: the predicted "
        f"{NUMBER} beside the true one, with a mean error of "
        f"{result['errors']['network']:.1f}."
    )

    history = result["history"]
    curve, grid = plt.subplots(1, 2, figsize=(5, 2.8))
    for axes, name in zip(grid, (YES_NO, NUMBER), strict=True):
        loss, validation = history[f"{name}_loss"], history[f"val_{name}_loss"]
        axes.plot(range(1, len(loss) + 1), loss, label="training")
        axes.plot(range(1, len(loss) + 1), validation, label="validation")
        axes.set_yscale("linear" if name == YES_NO else "log")
        axes.set_xlabel("epoch")
        axes.set_ylabel("cross-entropy" if name == YES_NO else "squared error")
        axes.set_title(name)
    grid[0].legend()
    best = int(np.argmin(history["val_loss"]))
    first, last = (
        [history[f"val_{name}_loss"][i] for name in (YES_NO, NUMBER)] for i in (0, best)
    )
    curve.set_label(
        f"The losses of both tasks on validation rows: from {first[0]:.2f} to "
        f"{last[0]:.2f} for {YES_NO}, and from {first[1]:.0f} to {last[1]:.0f} for "
        f"{NUMBER}, in epoch {best + 1} of {len(history['loss'])}. Their weighted sum "
        "is smallest there; the weights of that epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
