"""Forecast the next twelve hours of two rooms from the last day and from plans.

API: functional ``keras.Model``. Two windows enter, each with a length and columns of
its own: the past, with all that was measured, and the future, with what is known ahead.
A ``Sequential`` cannot declare two inputs.
"""

import itertools
from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from sklearn.linear_model import LinearRegression

RULE = "several-inputs"
EPOCHS = 10  # at most; training stops when the validation loss falls no more
PAST, AHEAD = 24, 12  # hours that the model sees, and that it forecasts
# Hours, one after the other: 35 more than windows, which fill batches of 128.
TRAIN, VALID, TEST = 1827, 547, 547

Data = tuple[dict[str, np.ndarray], np.ndarray]


def simulate(hours: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the temperatures of two rooms (hours, 2), and what is known (hours, 2).

    Known ahead are the temperature outside and the plan of the heating, on or off. A
    room loses heat to the outside and to its walls, which no one measures and which
    share their heat. Its thermostat heats when the plan says so, and as long as the
    room is colder than 21 or 19 degrees.
    """
    random = np.random.default_rng(0)
    drift, outside = 0.0, np.zeros(hours)
    for hour in range(hours):
        drift = 0.97 * drift + random.normal(0, 0.5)  # the weather of the day
        outside[hour] = 5 + drift + 4 * np.sin(2 * np.pi * (hour % 24 - 9) / 24)
    spans = random.integers(3, 13, size=hours)  # hours until the plan changes
    plan = np.repeat(np.arange(hours) % 2, spans)[:hours]

    rooms, walls = np.full((hours, 2), 18.0), np.full(2, 15.0)
    for hour in range(1, hours):
        now = rooms[hour - 1]
        heat = plan[hour] * np.clip([21, 19] - now, 0, 1) * [3, 2]
        loss = [0.10, 0.06] * (now - outside[hour]) + 0.15 * (now - walls)
        rooms[hour] = now + heat - loss + random.normal(0, 0.1, size=2)
        walls += 0.08 * (now - walls) + 0.04 * (walls[::-1] - walls)
    return rooms, np.column_stack([outside, plan])


def windows(rooms: np.ndarray, known: np.ndarray) -> Data:
    """Return all windows of some hours: two inputs by name, and the hours to forecast.

    ``past`` (n, 24, 4) has the rooms and what is known, ``future`` (n, 12, 2) only what
    is known. The target (n, 12, 2) is the rooms.
    """
    first = np.arange(len(rooms) - PAST - AHEAD + 1)[:, None]
    past, future = first + np.arange(PAST), first + PAST + np.arange(AHEAD)
    table = np.hstack([rooms, known]).astype("float32")
    return {"past": table[past], "future": table[future][..., 2:]}, rooms[future]


def load_parts() -> list[Data]:
    """Return train, validation and test, which share no hour."""
    ends = np.cumsum([0, TRAIN, VALID, TEST])
    rooms, known = simulate(ends[-1])
    return [windows(rooms[a:b], known[a:b]) for a, b in itertools.pairwise(ends)]


def load_data() -> tuple[Data, Data]:
    """Return train and test: two inputs by name, and the hours to forecast."""
    train, _, test = load_parts()
    return train, test


def build() -> keras.Model:
    """Return a model from ``past`` and ``future`` to temperatures (n, 12, 2).

    Give the training data to ``adapt`` before you train.
    """
    past = keras.Input((PAST, 4), name="past")
    x = layers.Normalization(name="past_scale")(past)
    x = layers.Conv1D(32, 4, strides=4, activation="relu", name="blocks")(x)
    state = layers.GRU(32, name="encoder")(x)

    future = keras.Input((AHEAD, 2), name="future")
    y = layers.Normalization(name="future_scale")(future)
    y = layers.GRU(32, return_sequences=True, name="decoder")(y, initial_state=state)
    scores = layers.Dense(2, name="scores")(y)
    # From a score near 0 to degrees.
    rooms = layers.Normalization(invert=True, name="rooms")(scores)
    model = keras.Model([past, future], rooms, name="time_series")
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mae")
    # Adam's variables: if the first step has to make them, it is recorded twice.
    model.optimizer.build(model.trainable_variables)
    return model


def adapt(model: keras.Model, x: dict[str, np.ndarray], y: np.ndarray) -> None:
    """Tell the model the means and the variances of the training data, and no other."""
    model.get_layer("past_scale").adapt(x["past"])
    model.get_layer("future_scale").adapt(x["future"])
    model.get_layer("rooms").adapt(y)


def flat(x: dict[str, np.ndarray]) -> np.ndarray:
    """Return both windows as one row of numbers each."""
    return np.hstack([window.reshape(len(window), -1) for window in x.values()])


def main(seed: int = 0) -> dict[str, Any]:
    """Train, print and return the mean absolute error, and check the baselines."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), validation, (x_test, y_test) = load_parts()

    # Baselines: a linear regression of all that the model sees, and persistence.
    linear = LinearRegression()
    linear.fit(flat(x_train), y_train.reshape(len(y_train), -1))

    model = build()
    adapt(model, x_train, y_train)
    stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
    history = model.fit(
        x_train,
        y_train,
        validation_data=validation,
        batch_size=128,
        epochs=EPOCHS,
        callbacks=[stop],
        verbose=0,
    )
    forecasts = {
        "network": model.predict(x_test, verbose=0),
        "linear regression": linear.predict(flat(x_test)).reshape(y_test.shape),
        "last value": np.repeat(x_test["past"][:, -1:, :2], AHEAD, axis=1),
    }
    by_hour = {
        name: np.abs(values - y_test).mean(axis=(0, 2))
        for name, values in forecasts.items()
    }
    errors = {name: float(values.mean()) for name, values in by_hour.items()}
    print("mean error:", ", ".join(f"{k} {error:.3f}" for k, error in errors.items()))
    assert errors["network"] < 0.7 * errors["linear regression"]
    return {
        "errors": errors,
        "by_hour": by_hour,
        "forecasts": forecasts,
        "past": x_test["past"],
        "future": x_test["future"],
        "true": y_test,
        "model": model,
        "history": history.history,
    }


def figures(result: dict[str, Any]) -> list[Figure]:
    """Draw the result of `main`: a forecast, errors by hour, and the learning curve."""
    true, forecast = result["true"], result["forecasts"]["network"]
    each = np.abs(forecast - true).mean(axis=(1, 2))
    place = int(np.argsort(each)[len(each) // 2])
    before, ahead = np.arange(-PAST, 0), np.arange(AHEAD)
    picture, (above, below) = plt.subplots(
        2, 1, sharex=True, figsize=(5, 3.6), gridspec_kw={"height_ratios": [4, 1]}
    )
    for room, color in enumerate(("C0", "C1")):
        line = [*result["past"][place, :, room], *true[place, :, room]]
        above.plot([*before, *ahead], line, color=color, label=f"room {room + 1}")
        above.plot(ahead, forecast[place, :, room], "o", color=color, markersize=4)
    above.axvline(-0.5, color="0.5", linewidth=1)
    above.set_ylabel("degrees")
    above.xaxis.set_visible(False)
    above.legend()
    plan = [*result["past"][place, :, 3], *result["future"][place, :, 1]]
    below.bar([*before, *ahead], plan, width=1, color="0.5")
    below.set_ylabel("heating")
    below.set_yticks([0, 1], ["off", "on"])
    below.set_xlabel("hour")
    picture.set_label(
        "Two rooms in a test window. Lines are what was measured; dots are what the "
        f"network forecasts for {AHEAD} hours, from the day before and from what is "
        "known ahead, such as the plan of the heating below. The mean error of this "
        f"window is {each[place]:.2f} degrees: half of the {len(each)} test windows "
        "have a smaller one."
    )

    ours, linear, last = result["by_hour"].values()
    hours, axes = plt.subplots()
    axes.plot(ahead + 1, ours, "o-", label="network")
    axes.plot(ahead + 1, linear, "o-", label="linear regression")
    axes.set_xlabel("hours ahead")
    axes.set_ylabel("mean error, degrees")
    axes.set_ylim(0)
    axes.legend()
    hours.set_label(
        f"The mean error after one hour and after {AHEAD}: {ours[0]:.2f} and "
        f"{ours[-1]:.2f} degrees for the network, {linear[0]:.2f} and {linear[-1]:.2f} "
        f"for the linear regression. Who repeats the last value errs by {last[0]:.2f} "
        f"and {last[-1]:.2f} degrees, which is not drawn."
    )
    return [picture, hours, learning(result["history"])]


def learning(history: dict[str, list[float]]) -> Figure:
    """Draw the learning curve."""
    loss, validation = history["loss"], history["val_loss"]
    curve, axes = plt.subplots()
    axes.plot(range(1, len(loss) + 1), loss, label="training")
    axes.plot(range(1, len(loss) + 1), validation, label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel("mean error, degrees")
    axes.legend()
    best = int(np.argmin(validation))
    curve.set_label(
        f"The error in validation hours falls from {validation[0]:.2f} to "
        f"{validation[best]:.2f} degrees in epoch {best + 1} of {len(loss)}; the "
        "weights of that epoch are kept."
    )
    return curve


if __name__ == "__main__":
    figures(main())
    plt.show()
