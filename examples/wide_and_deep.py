"""Predict one column of a table from the others, with a wide and a deep path.

API: functional ``keras.Model``. The same columns go to a linear layer and to a stack
of layers, and the two results are added: a branch and a merge. The wide path also gets
a column that a person has combined from two others.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import QuantileRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.preprocessing import StandardScaler

RULE = "branch-and-merge"
EPOCHS = 40  # at most; training stops when the validation loss falls no more
TRAIN = 400  # the first 400 tumors, a fifth of them for validation; 169 for the test
COLUMNS = 18  # of the table; one more is made from two of them

Arrays = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: 19 columns (n, 19), and the area error (n,).

    The table holds ten measures of cells, such as radius and smoothness: their means,
    and their standard errors. One error is the target. The error of the perimeter is
    left out, because it says almost the same. The last column is made from two others:
    an area grows with the square of the radius, so its error follows the product of
    the radius and the error of the radius.
    """
    data = load_breast_cancer()
    names = list(data.feature_names[:20])
    table = data.data[:, :20].astype("float32")
    target = table[:, names.index("area error")]
    left_out = [names.index("area error"), names.index("perimeter error")]
    columns = np.delete(table, left_out, axis=1)
    pair = [table[:, names.index(name)] for name in ("mean radius", "radius error")]
    columns = np.column_stack([columns, np.prod(pair, axis=0)])
    return (columns[:TRAIN], target[:TRAIN]), (columns[TRAIN:], target[TRAIN:])


def load_parts() -> tuple[Arrays, Arrays, Arrays]:
    """Return train, validation and test: the columns and the target of each."""
    (x, y), test = load_data()
    train = TRAIN - TRAIN // 5
    return (x[:train], y[:train]), (x[train:], y[train:]), test


def build() -> keras.Model:
    """Return a model from 19 columns (n, 19) to the area error (n, 1).

    Adapt its layers ``normalize`` and ``area_error`` to the columns and to the target
    of the training data before you train.
    """
    columns = keras.Input((COLUMNS + 1,), name="columns")
    x = layers.Normalization(name="normalize")(columns)

    wide = layers.Dense(1, name="wide")(x)  # the product, too

    y = x[:, :COLUMNS]  # the columns as they are
    y = layers.Dense(64, activation="swish")(y)
    y = layers.Dense(64, activation="swish")(y)
    deep = layers.Dense(1, name="deep")(y)

    score = layers.Add(name="score")([wide, deep])
    # From a score near 0 to the unit of the table.
    error = layers.Normalization(invert=True, name="area_error")(score)
    model = keras.Model(columns, error, name="wide_and_deep")
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mae")
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def adapt(model: keras.Model, columns: np.ndarray, target: np.ndarray) -> None:
    """Tell the model the means and variances of the training data."""
    model.get_layer("normalize").adapt(columns)
    model.get_layer("area_error").adapt(target[:, None])


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the mean absolute error, and check the baselines."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), validation, (x_test, y_test) = load_parts()

    # Baselines: the best linear models for this measure. One sees the columns of the
    # table, the other the product too. Both learn from the validation part as well.
    (x_all, y_all), _ = load_data()
    predicted = {}
    for name, count in (("linear", COLUMNS), ("linear, with the product", COLUMNS + 1)):
        scaler = StandardScaler().fit(x_all[:, :count])
        linear = QuantileRegressor(alpha=0)
        linear.fit(scaler.transform(x_all[:, :count]), y_all)
        predicted[name] = linear.predict(scaler.transform(x_test[:, :count]))

    model = build()
    adapt(model, x_train, y_train)
    history = model.fit(
        x_train,
        y_train,
        validation_data=validation,
        batch_size=32,
        validation_batch_size=80,
        epochs=EPOCHS,
        callbacks=[
            keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=5),
            keras.callbacks.EarlyStopping(patience=12, restore_best_weights=True),
        ],
        verbose=0,
    )
    predicted["wide and deep"] = np.asarray(model(x_test))[:, 0]
    errors = {
        name: float(mean_absolute_error(y_test, values))
        for name, values in predicted.items()
    }
    for name, error in errors.items():
        print(f"{name}: mean error {error:.2f}")
    assert errors["wide and deep"] < 0.8 * errors["linear"]
    return {
        "error": errors["wide and deep"],
        "baseline": errors["linear"],
        "with_product": errors["linear, with the product"],
        "errors": errors,
        "predicted": predicted,
        "true": y_test,
        "model": model,
        "history": history.history,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: predictions beside the truth, and learning."""
    names = ("linear", "wide and deep")
    picture, places = plt.subplots(1, 2, figsize=(5, 2.6), sharex=True, sharey=True)
    true, errors = result["true"], result["errors"]
    ends = [true.min(), true.max()]
    for axes, name in zip(places, names, strict=True):
        axes.loglog(ends, ends, color="C1", linewidth=1)
        axes.loglog(true, np.clip(result["predicted"][name], *ends), ".", markersize=3)
        axes.set_title(name)
        axes.set_xlabel("true")
        axes.set_ylabel("predicted" if name == "linear" else " ")
    picture.set_label(
        "The target of test rows, true and predicted, on logarithmic axes; on the line "
        "both are equal. The mean error is "
        + ", ".join(f"{errors[name]:.1f} for “{name}”" for name in errors)
        + "."
    )

    loss, validation = result["history"]["loss"], result["history"]["val_loss"]
    curve, axes = plt.subplots()
    axes.plot(range(1, len(loss) + 1), loss, label="training")
    axes.plot(range(1, len(loss) + 1), validation, label="validation")
    axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("mean absolute error")
    axes.legend()
    best = int(np.argmin(validation))
    curve.set_label(
        f"The error on validation rows falls from {validation[0]:.1f} to "
        f"{validation[best]:.1f} in epoch {best + 1} of {len(loss)}; the weights of "
        "that epoch are kept."
    )
    return [picture, curve]


if __name__ == "__main__":
    figures(main())
    plt.show()
