"""Learn two tasks at once: judge a tumor, and tell how large its worst cells are.

API: functional ``keras.Model``. Both tasks share one body, and each has a head and
a loss of its own. A ``Sequential`` has one path, and no place for a second head.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_breast_cancer

RULE = "several-outputs"
EPOCHS = 30
TRAIN = 400  # the first 400 tumors; the other 169 are for the test

Data = tuple[np.ndarray, dict[str, np.ndarray]]


def load_data() -> tuple[Data, Data]:
    """Return train and test: ten measures (n, 10), and the targets by name.

    The measures are means over all cells. ``malignant`` (n,) is 1 or 0, and
    ``worst_area`` (n,) is the area of the largest cells, from 185 to 4254.
    """
    x, benign = load_breast_cancer(return_X_y=True)
    means, worst_area = x[:, :10].astype("float32"), x[:, 23].astype("float32")
    targets = {"malignant": 1 - benign, "worst_area": worst_area}
    train = {name: values[:TRAIN] for name, values in targets.items()}
    test = {name: values[TRAIN:] for name, values in targets.items()}
    return (means[:TRAIN], train), (means[TRAIN:], test)


def build() -> keras.Model:
    """Return a model from (n, 10) to ``malignant`` (n, 1), ``worst_area`` (n, 1)."""
    (means, _), _ = load_data()
    normalize = layers.Normalization(
        mean=means.mean(0), variance=means.var(0), name="normalization"
    )

    measures = keras.Input((10,), name="measures")
    x = normalize(measures)
    body = layers.Dense(32, activation="relu", name="body")(x)
    malignant = layers.Dense(1, activation="sigmoid", name="malignant")(body)
    score = layers.Dense(1, name="area_score")(body)
    area = layers.Rescaling(570.0, offset=880.0, name="worst_area")(score)
    model = keras.Model(
        measures,
        {"malignant": malignant, "worst_area": area},
        name="multi_task",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss={"malignant": "binary_crossentropy", "worst_area": "mse"},
        # A squared error of areas is about 100,000 times as large.
        loss_weights={"malignant": 1.0, "worst_area": 1e-5},
    )
    return model


def main(seed: int = 0) -> dict[str, float]:
    """Train, print and return both test results, and check both baselines."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()

    # Baselines: the best answer that looks at no measure, always the same.
    share = float(np.mean(y_test["malignant"]))
    accuracy_baseline = max(share, 1 - share)
    middle = np.median(y_train["worst_area"])
    error_baseline = float(np.mean(np.abs(y_test["worst_area"] - middle)))

    model = build()
    model.fit(x_train, y_train, batch_size=64, epochs=EPOCHS, verbose=0)
    predicted = model.predict(x_test, verbose=0)
    malignant, area = predicted["malignant"][:, 0], predicted["worst_area"][:, 0]
    accuracy = float(np.mean((malignant > 0.5) == y_test["malignant"]))
    error = float(np.mean(np.abs(area - y_test["worst_area"])))

    print(f"malignant: accuracy {accuracy:.3f} (constant: {accuracy_baseline:.3f})")
    print(f"worst area: mean error {error:.0f} (constant: {error_baseline:.0f})")
    assert accuracy > accuracy_baseline + 0.1
    assert error < 0.5 * error_baseline
    return {
        "accuracy": accuracy,
        "accuracy_baseline": accuracy_baseline,
        "error": error,
        "error_baseline": error_baseline,
    }


if __name__ == "__main__":
    main()
