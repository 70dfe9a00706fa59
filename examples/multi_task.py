"""Learn two tasks at once: judge a tumor, and tell how unequal its cells are.

API: functional ``keras.Model``. Both tasks share one body, and each has a head and
a loss of its own. A ``Sequential`` has one path, and no place for a second head.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression, QuantileRegressor
from sklearn.preprocessing import StandardScaler

RULE = "several-outputs"
EPOCHS = 30
TRAIN = 400  # the first 400 tumors; the other 169 are for the test

Data = tuple[np.ndarray, dict[str, np.ndarray]]


def load_data() -> tuple[Data, Data]:
    """Return train and test: 18 measures (n, 18), and the targets by name.

    The measures are means over the cells of a tumor, and their standard errors.
    ``malignant`` (n,) is 1 or 0. ``spread`` (n,) is one of the standard errors, that
    of the area, from 7 to 542. It is no input, nor is that of the perimeter.
    """
    data = load_breast_cancer()
    names = list(data.feature_names[:20])
    table = data.data[:, :20].astype("float32")
    targets = {
        "malignant": 1 - data.target,
        "spread": table[:, names.index("area error")],
    }
    left_out = [names.index("area error"), names.index("perimeter error")]
    x = np.delete(table, left_out, axis=1)
    train = {name: values[:TRAIN] for name, values in targets.items()}
    test = {name: values[TRAIN:] for name, values in targets.items()}
    return (x[:TRAIN], train), (x[TRAIN:], test)


def build() -> keras.Model:
    """Return a model from (n, 18) to ``malignant`` (n, 1) and ``spread`` (n, 1).

    Give the training data to ``adapt`` before you train.
    """
    measures = keras.Input((18,), name="measures")
    x = layers.Normalization(name="normalization")(measures)
    body = layers.Dense(32, activation="swish", name="body")(x)
    malignant = layers.Dense(1, activation="sigmoid", name="malignant")(body)
    score = layers.Dense(1, name="score")(body)
    # From a score near 0 to the unit of the table.
    spread = layers.Normalization(invert=True, name="spread")(score)
    model = keras.Model(
        measures,
        {"malignant": malignant, "spread": spread},
        name="multi_task",
    )
    # Smaller and smaller steps: without them the last digit of the result is luck.
    rate = keras.optimizers.schedules.CosineDecay(0.02, decay_steps=240)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss={"malignant": "binary_crossentropy", "spread": "mse"},
        # A squared error of areas is more than 1,000 times as large.
        loss_weights={"malignant": 1.0, "spread": 1e-3},
    )
    return model


def adapt(model: keras.Model, x: np.ndarray, y: dict[str, np.ndarray]) -> None:
    """Tell the model the means and the variances of the training data, and no other."""
    model.get_layer("normalization").adapt(x)
    model.get_layer("spread").adapt(y["spread"][:, None])


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return both test results, and check both baselines."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baselines: one linear model for each task, on the same measures.
    scaler = StandardScaler().fit(x_train)
    train, test = scaler.transform(x_train), scaler.transform(x_test)
    judge = LogisticRegression().fit(train, y_train["malignant"])
    accuracy_baseline = judge.score(test, y_test["malignant"])
    linear = QuantileRegressor(alpha=0).fit(train, y_train["spread"])
    error_baseline = float(np.mean(np.abs(linear.predict(test) - y_test["spread"])))

    model = build()
    adapt(model, x_train, y_train)
    model.fit(x_train, y_train, batch_size=50, epochs=EPOCHS, verbose=0)
    predicted = model.predict(x_test, verbose=0)
    malignant, spread = predicted["malignant"][:, 0], predicted["spread"][:, 0]
    accuracy = float(np.mean((malignant > 0.5) == y_test["malignant"]))
    error = float(np.mean(np.abs(spread - y_test["spread"])))

    print(f"malignant: accuracy {accuracy:.3f} (linear: {accuracy_baseline:.3f})")
    print(f"spread: mean error {error:.2f} (linear: {error_baseline:.2f})")
    assert accuracy > accuracy_baseline - 0.01
    assert error < 0.9 * error_baseline
    return {
        "accuracy": accuracy,
        "accuracy_baseline": accuracy_baseline,
        "error": error,
        "error_baseline": error_baseline,
    }


if __name__ == "__main__":
    main()
