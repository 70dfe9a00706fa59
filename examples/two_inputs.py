"""Predict how diabetes progresses from two inputs: a record and blood tests.

API: functional ``keras.Model``. Two sources of data enter the network, each
through its own layers, and are merged later. A ``Sequential`` cannot declare
two inputs, and has no place for two sets of layers side by side.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error

RULE = "several-inputs"
EPOCHS = 40
TRAIN = 300  # the first 300 patients; the other 142 are for the test

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


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return the mean absolute error, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baseline: a linear regression that sees one source only. The better one.
    errors = []
    for name in ("record", "blood"):
        linear = LinearRegression().fit(x_train[name], y_train)
        errors.append(mean_absolute_error(y_test, linear.predict(x_test[name])))
    baseline = min(errors)

    model = build()
    adapt(model, x_train, y_train)
    model.fit(x_train, y_train, epochs=EPOCHS, verbose=0)
    error = mean_absolute_error(y_test, model.predict(x_test, verbose=0))

    print(f"mean absolute error: {error:.1f} (best single source: {baseline:.1f})")
    assert error < baseline - 3
    return {"error": error, "baseline": baseline}


if __name__ == "__main__":
    main()
