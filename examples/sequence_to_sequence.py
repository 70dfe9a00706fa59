"""Read three images of digits and write the number in words, one after the other.

API: functional ``keras.Model``. In training the network takes two inputs: the images,
and the words so far (teacher forcing). The loop that writes until the end is plain
Python around the trained model, so it needs no subclass.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

RULE = "several-inputs"
EPOCHS = 5
TRAIN = 1200  # train numbers use the first 1200 images, test ones the other 597
WIDTH = 64  # units of the encoder and of the decoder
STEPS = 5  # the longest answer: three, hundred, forty, seven, <end>

TEXT = """
<end> <start> zero one two three four five six seven eight nine ten eleven twelve
thirteen fourteen fifteen sixteen seventeen eighteen nineteen
twenty thirty forty fifty sixty seventy eighty ninety hundred
"""
WORDS = TEXT.split()
ONES, TENS = WORDS[2:22], WORDS[22:30]
END, START = 0, 1  # after the end, the targets stay at <end>

Data = tuple[dict[str, np.ndarray], np.ndarray]


def spell(number: int) -> list[str]:
    """Return the words of a number from 0 to 999."""
    hundreds, rest = divmod(number, 100)
    words = [ONES[hundreds], "hundred"] if hundreds else []
    if rest >= 20:
        words.append(TENS[rest // 10 - 2])
        rest %= 10
    return words if words and not rest else [*words, ONES[rest]]


def encode(numbers: np.ndarray) -> np.ndarray:
    """Return the words of n numbers as word ids (n, 5)."""
    ids = np.full((len(numbers), STEPS), END)
    for row, number in zip(ids, numbers, strict=True):
        words = spell(number)
        row[: len(words)] = [WORDS.index(word) for word in words]
    return ids


def make_numbers(images: np.ndarray, digits: np.ndarray, n: int) -> Data:
    """Return n inputs, images (n, 3, 8, 8, 1) and words (n, 5), and targets (n, 5)."""
    chosen = np.random.default_rng(0).integers(len(images), size=(n, 3))
    targets = encode(digits[chosen] @ [100, 10, 1])
    # Teacher forcing: beside each target stands the right word before it.
    words = np.hstack([np.full((n, 1), START), targets[:, :-1]])
    return {"images": images[chosen], "words": words}, targets


def load_data() -> tuple[Data, Data]:
    """Return train and test: two inputs by name, and word ids as targets."""
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
    train = make_numbers(images[:TRAIN], digits[:TRAIN], 16000)
    test = make_numbers(images[TRAIN:], digits[TRAIN:], 1000)
    return train, test


def build() -> keras.Model:
    """Return a model from images and words to the chances of the next words."""
    reader = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(64, activation="relu"),
        ]
    )
    images = keras.Input((3, 8, 8, 1), name="images")
    x = layers.TimeDistributed(reader)(images)
    state = layers.GRU(WIDTH, name="encoder")(x)

    words = keras.Input((STEPS,), dtype="int32", name="words")
    y = layers.Embedding(len(WORDS), 32, name="embedding")(words)
    y = layers.GRU(WIDTH, return_sequences=True, name="decoder")(y, initial_state=state)
    chances = layers.Dense(len(WORDS), activation="softmax", name="chances")(y)
    model = keras.Model([images, words], chances, name="sequence_to_sequence")
    model.compile(
        optimizer=keras.optimizers.Adam(0.006),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def write(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return the word ids (n, 5) that the model writes for images (n, 3, 8, 8, 1)."""
    words = np.full((len(images), 1 + STEPS), END)
    words[:, 0] = START
    for step in range(STEPS):
        inputs = {"images": images, "words": words[:, :-1]}
        best = np.argmax(model.predict(inputs, verbose=0)[:, step], axis=-1)
        ended = words[:, step] == END
        words[:, step + 1] = np.where(ended, END, best)  # its own word, not a target
        if np.all(words[:, step + 1] == END):
            break
    return words[:, 1:]


def main(seed: int = 0) -> dict[str, object]:
    """Train, write the test numbers, print and return how many are right, compare."""
    keras.utils.set_random_seed(seed)
    (x_train, y_train), (x_test, y_test) = load_data()
    model = build()
    model.fit(x_train, y_train, batch_size=128, epochs=EPOCHS, verbose=0)
    right = float(np.mean(np.all(write(model, x_test["images"]) == y_test, axis=-1)))

    # Baseline: logistic regression reads each digit, and spell() knows the words.
    pixels, digits = load_digits(return_X_y=True)
    linear = LogisticRegression(max_iter=500).fit(pixels[:TRAIN] / 16, digits[:TRAIN])
    read = linear.predict(x_test["images"].reshape(-1, 64)).reshape(-1, 3)
    numbers = encode(read @ [100, 10, 1])
    baseline = float(np.mean(np.all(numbers == y_test, axis=-1)))

    print(f"numbers without a mistake: {right:.3f} (linear reader: {baseline:.3f})")
    assert right > baseline + 0.03
    return {"right": right, "baseline": baseline, "model": model}


if __name__ == "__main__":
    main()
