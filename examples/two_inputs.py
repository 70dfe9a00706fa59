"""Predict how diabetes progresses from two inputs: a record and blood tests.

API: functional ``keras.Model``. Two sources of data enter the network, each
through its own layers, and are merged later. A ``Sequential`` cannot declare
two inputs, and has no place for two sets of layers side by side.
"""

from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error

RULE = "several-inputs"
EPOCHS = 100  # at most; training stops when the validation loss falls no more
TRAIN = 300  # the first 300 patients, 60 of them for validation; 142 for the test

Data = tuple[dict[str, np.ndarray], np.ndarray]


def load_data() -> tuple[Data, Data]:
    """Return train and test: inputs by name, and the progression after a year (n,).

    ``record`` (n, 4) is age, sex, body mass index and blood pressure; ``blood``
    (n, 6) is six blood tests. All are in the units of the doctors.
    """
    x, y = load_diabetes(return_X_y=True, scaled=False)
    x = x.astype("float32")
    inputs = {"record": x[:, :4], "blood": x[:, 4:]}
    train = {name: values[:TRAIN] for name, values in inputs.items()}
    test = {name: values[TRAIN:] for name, values in inputs.items()}
    return (train, y[:TRAIN]), (test, y[TRAIN:])


def build() -> keras.Model:
    """Return a model from ``record`` and ``blood`` to the progression (n, 1).

    Give the training data to ``adapt`` before you train.
    """
    record = keras.Input((4,), name="record")
    blood = keras.Input((6,), name="blood")
    a = layers.Normalization(name="record_scale")(record)
    a = layers.Dense(32, activation="tanh")(a)
    b = layers.Normalization(name="blood_scale")(blood)
    b = layers.Dense(32, activation="tanh")(b)
    merged = layers.Concatenate()([a, b])
    merged = layers.Dropout(0.3)(merged)
    score = layers.Dense(1)(merged)
    # From a score near 0 to the unit of the data set.
    progression = layers.Normalization(invert=True, name="progression")(score)
    model = keras.Model([record, blood], progression, name="two_inputs")
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    return model


def adapt(model: keras.Model, x: dict[str, np.ndarray], y: np.ndarray) -> None:
    """Tell the model the means and the variances of the training data, and no other."""
    model.get_layer("record_scale").adapt(x["record"])
    model.get_layer("blood_scale").adapt(x["blood"])
    model.get_layer("progression").adapt(y[:, None])


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the mean absolute error, and check the baselines."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baselines: linear regressions that see one source, and one that sees both.
    def linear(*names: str) -> np.ndarray:
        train = np.hstack([x_train[name] for name in names])
        test = np.hstack([x_test[name] for name in names])
        return LinearRegression().fit(train, y_train).predict(test)

    model = build()
    adapt(model, x_train, y_train)
    stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    history = model.fit(
        x_train,
        y_train,
        validation_split=0.2,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    predicted = {
        "record": linear("record"),
        "blood": linear("blood"),
        "both": np.asarray(model(x_test))[:, 0],
        "both, linear": linear("record", "blood"),
    }
    errors = {
        name: float(mean_absolute_error(y_test, values))
        for name, values in predicted.items()
    }
    error, baseline = errors["both"], min(errors["record"], errors["blood"])
    print(
        f"mean absolute error: {error:.1f} (best single source: {baseline:.1f}, "
        f"linear regression on both: {errors['both, linear']:.1f})"
    )
    assert error < baseline - 3
    return {
        "error": error,
        "baseline": baseline,
        "linear": errors["both, linear"],
        "errors": errors,
        "predicted": predicted,
        "true": y_test,
        "history": history.history,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: predicted against true values, and the learning."""
    true, errors = result["true"], result["errors"]
    names = ("record", "blood", "both")
    picture, row = plt.subplots(1, 3, sharey=True, figsize=(5, 2.5))
    ends = [true.min(), true.max()]
    for axes, name in zip(row, names, strict=True):
        axes.plot(ends, ends, color="0.5", linewidth=1)
        axes.plot(true[::2], result["predicted"][name][::2], ".", markersize=4)
        axes.set_title(f"{name}: {errors[name]:.0f}")
        axes.set_xlabel("true")
        axes.yaxis.set_visible(False)
    row[0].yaxis.set_visible(True)
    row[0].set_ylabel("predicted")
    picture.set_label(
        f"Predicted against true progression of every second of {len(true)} test "
        "patients; on the line they are equal. By record alone and by blood alone "
        f"(linear regressions) the mean error is {errors['record']:.0f} and "
        f"{errors['blood']:.0f} points, by the network from both {errors['both']:.0f}."
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
