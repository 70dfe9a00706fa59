"""Predict one column of a table from the others, with a wide and a deep path.

API: functional ``keras.Model``. The same columns go to a linear layer and to a stack
of layers, and the two results are added: a branch and a merge.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import QuantileRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.preprocessing import StandardScaler

RULE = "branch-and-merge"
EPOCHS = 60
TRAIN = 400  # the first 400 tumors; the other 169 are for the test

Arrays = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Arrays, Arrays]:
    """Return train and test: 18 columns (n, 18), and the area error (n,).

    The table holds ten measures of cells, such as radius and smoothness: their means,
    and their standard errors. One error is the target. The error of the perimeter is
    left out, because it says almost the same.
    """
    data = load_breast_cancer()
    names = list(data.feature_names[:20])
    table = data.data[:, :20].astype("float32")
    target = table[:, names.index("area error")]
    left_out = [names.index("area error"), names.index("perimeter error")]
    columns = np.delete(table, left_out, axis=1)
    return (columns[:TRAIN], target[:TRAIN]), (columns[TRAIN:], target[TRAIN:])


def build() -> keras.Model:
    """Return a model from 18 columns (n, 18) to the area error (n, 1).

    Adapt its layer ``normalize`` to the training data before you train.
    """
    columns = keras.Input((18,), name="columns")
    x = layers.Normalization(name="normalize")(columns)

    wide = layers.Dense(1, name="wide")(x)

    y = layers.Dense(64, activation="swish")(x)
    y = layers.Dense(64, activation="swish")(y)
    deep = layers.Dense(1, name="deep")(y)

    score = layers.Add(name="score")([wide, deep])
    # From a score near 0 to the unit of the table: 7 to 542, mean 40.
    error = layers.Rescaling(40.0, offset=40.0, name="area_error")(score)
    model = keras.Model(columns, error, name="wide_and_deep")
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mae")
    return model


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return the mean absolute error, and check the baseline."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baseline: the best linear model for this measure, on the same columns.
    scaler = StandardScaler().fit(x_train)
    linear = QuantileRegressor(alpha=0).fit(scaler.transform(x_train), y_train)
    baseline = mean_absolute_error(y_test, linear.predict(scaler.transform(x_test)))

    model = build()
    model.get_layer("normalize").adapt(x_train)
    model.fit(x_train, y_train, batch_size=64, epochs=EPOCHS, verbose=0)
    error = mean_absolute_error(y_test, model.predict(x_test, verbose=0))

    print(f"mean absolute error: {error:.2f} (linear model: {baseline:.2f})")
    assert error < baseline - 0.5
    return {"error": error, "baseline": baseline}


if __name__ == "__main__":
    main()
