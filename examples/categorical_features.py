"""Predict how diabetes progresses from categories and numbers, given by name.

API: functional ``keras.Model``. Each column is an input with a first layer of its own:
a vocabulary for categories, a scale for numbers. The model takes the raw columns.
"""

from collections.abc import Mapping
from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
from sklearn.preprocessing import OneHotEncoder

RULE = "several-inputs"
EPOCHS = 60  # at most; training stops when the validation loss falls no more
TRAIN = 300  # the first 300 patients, 60 of them for validation; 142 for the test
CATEGORIES = ("age", "sex", "weight")
NUMBERS = ("pressure", "hdl", "triglycerides", "glucose")

Columns = dict[str, np.ndarray]
Data = tuple[Columns, np.ndarray]


def load_columns() -> Data:
    """Return columns by name, strings or numbers (n,), and the progression (n,)."""
    x, y = load_diabetes(return_X_y=True, scaled=False)
    columns: Columns = {
        "age": np.array(["under 30", "30s", "40s", "50s", "from 60"])[
            np.digitize(x[:, 0], [30, 40, 50, 60])
        ],
        "sex": np.array([f"sex {sex:.0f}" for sex in x[:, 1]]),
        "weight": np.array(["normal", "overweight", "obese"])[
            np.digitize(x[:, 2], [25, 30])  # by the body mass index
        ],
    }
    columns |= dict(zip(NUMBERS, x[:, [3, 6, 8, 9]].T.astype("float32"), strict=True))
    return columns, y


def load_data() -> tuple[Data, Data]:
    """Return train and test: columns by name, and the progression after a year (n,)."""
    columns, y = load_columns()
    columns = {  # Keras takes strings as objects
        name: values.astype(object) if name in CATEGORIES else values
        for name, values in columns.items()
    }
    train = {name: values[:TRAIN] for name, values in columns.items()}
    test = {name: values[TRAIN:] for name, values in columns.items()}
    return (train, y[:TRAIN]), (test, y[TRAIN:])


def build(
    x: Mapping[str, np.ndarray] | None = None, y: np.ndarray | None = None
) -> keras.Model:
    """Return a model from columns (n,) by name to the progression (n, 1).

    Vocabularies and scales are those of ``x`` and ``y``, the training data.
    """
    inputs, parts = [], []
    for name in CATEGORIES:
        column = keras.Input((1,), name=name, dtype="string")
        encode = layers.StringLookup(output_mode="one_hot", name=f"{name}_lookup")
        encode.adapt(["unknown"] if x is None else list(x[name]))
        inputs.append(column)
        parts.append(encode(column))
    for name in NUMBERS:
        column = keras.Input((1,), name=name)
        scale = layers.Normalization(name=f"{name}_scale")
        if x is not None:
            scale.adapt(x[name][:, None])
        inputs.append(column)
        parts.append(scale(column))
    hidden = layers.Concatenate(name="columns")(parts)
    hidden = layers.Dense(32, activation="tanh")(hidden)
    hidden = layers.Dropout(0.3)(hidden)
    score = layers.Dense(1)(hidden)
    # From a score near 0 to the unit of the data set.
    unit = layers.Normalization(invert=True, name="progression")
    if y is not None:
        unit.adapt(y[:, None])
    model = keras.Model(inputs, unit(score), name="categorical_features")
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    return model


def table(x: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the columns side by side (n, columns), as scikit-learn takes them."""
    names = (*CATEGORIES, *NUMBERS)
    return np.stack([x[name].astype(object) for name in names], axis=1)


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the mean absolute error, and check the baselines."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baselines: the same columns in a linear regression, and the numbers alone.
    places = list(range(len(CATEGORIES)))
    one_hot = OneHotEncoder(handle_unknown="ignore")
    encode = make_column_transformer((one_hot, places), remainder="passthrough")
    train = np.asarray(encode.fit_transform(table(x_train)), "float64")
    test = np.asarray(encode.transform(table(x_test)), "float64")

    def linear(first: int) -> float:
        fitted = LinearRegression().fit(train[:, first:], y_train)
        return float(mean_absolute_error(y_test, fitted.predict(test[:, first:])))

    baseline, numbers = linear(0), linear(-len(NUMBERS))

    model = build(x_train, y_train)
    stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    history = model.fit(
        x_train,
        y_train,
        validation_split=0.2,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    predicted = model.predict(x_test, verbose=0)[:, 0]
    error = float(mean_absolute_error(y_test, predicted))

    print(
        f"mean absolute error: {error:.3g} (linear regression: {baseline:.3g}, "
        f"and without the categories: {numbers:.3g})"
    )
    assert error < 1.1 * baseline
    return {
        "error": error,
        "baseline": baseline,
        "numbers": numbers,
        "model": model,
        "x": x_test,
        "true": y_test,
        "predicted": predicted,
        "history": history.history,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: the mean of each category, and the learning curve."""
    x, true, predicted = result["x"], result["true"], result["predicted"]
    names, means = [], []
    for column in CATEGORIES:
        by_progression = {  # the categories, from the lowest true mean to the highest
            category: true[x[column] == category].mean() for category in set(x[column])
        }
        for category in sorted(by_progression, key=by_progression.__getitem__):
            rows = x[column] == category
            names.append(f"{category} ({np.sum(rows)})")
            means.append((true[rows].mean(), predicted[rows].mean()))
    measured, guessed = np.array(means[::-1]).T
    picture, axes = plt.subplots(figsize=(5, 3.4))
    axes.plot(measured, names[::-1], "o", label="true")
    axes.plot(guessed, names[::-1], "x", label="predicted")
    axes.set_xlabel("mean progression after a year")
    axes.set_ylabel("category (patients)")
    axes.legend()
    apart = np.abs(measured - guessed)
    picture.set_label(
        "The mean progression of the test patients in each category, and what the "
        f"network predicts. The two are {apart.mean():.0f} points apart on average. "
        f"For a single patient the mean error is {result['error']:.0f} points; a "
        f"linear regression on the same columns has {result['baseline']:.0f}."
    )

    loss, validation = (np.sqrt(result["history"][k]) for k in ("loss", "val_loss"))
    curve, axes = plt.subplots()
    axes.plot(range(1, len(loss) + 1), loss, label="training")
    axes.plot(range(1, len(loss) + 1), validation, label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel("root of the squared error")
    axes.legend()
    best = int(np.argmin(validation))
    curve.set_label(
        f"The root of the squared error of validation patients falls from "
        f"{validation[0]:.0f} to {validation[best]:.0f} points in epoch {best + 1} of "
        f"{len(loss)}; the weights of that epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
