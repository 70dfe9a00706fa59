"""Decoders that say one word after the other."""

import itertools

import keras
import numpy as np
from keras import layers, ops

from tests.hunts.property import over
from tests.hunts.zoo import each

END, START = 0, 1


def decoder_of(words, width, deep, kind="gru", steps=None, seed=0):
    """Return a model from a source (n, 3) and words (n, steps) to chances."""
    keras.utils.set_random_seed(seed)
    source = keras.Input((3,), name="source")
    state = layers.Dense(width, activation="tanh", name="encoder")(source * 3.0)
    ids = keras.Input((steps,), dtype="int32", name="words")
    y = layers.Embedding(
        words,
        4,
        name="embedding",
        embeddings_initializer="random_normal",
        mask_zero=kind == "masked",
    )(ids)
    for number in range(deep):
        y = layers.GRU(
            width,
            return_sequences=True,
            reset_after=kind != "old",
            recurrent_dropout=0.3 if kind == "dropout" else 0.0,
            name=f"decoder_{number}",
        )(y, initial_state=state)
        if kind == "normalized":
            y = layers.LayerNormalization()(y)
    chances = layers.Dense(
        words,
        activation="softmax",
        name="chances",
        kernel_initializer=keras.initializers.RandomNormal(stddev=2.0),
    )(y)
    return keras.Model([source, ids], chances)


@over(
    each(
        "GRU decoders and places",
        itertools.product(
            [(5, 2), (12, 8)],
            [1, 2],
            ["gru", "old", "masked", "dropout", "normalized"],
            [1, 3],
        ),
    )
)
def a_decoder_does_not_look_ahead(how):
    """Change the words from a place on; and ask for one place at a time."""
    (words, width), deep, kind, place = how
    model = decoder_of(words, width, deep, kind)
    random = np.random.default_rng(place)
    source = random.normal(size=(6, 3)).astype("float32")
    said = random.integers(0, words, (6, 5))
    changed = said.copy()
    changed[:, place:] = (said[:, place:] + 1 + random.integers(0, words - 1)) % words
    before, after = model([source, said]), model([source, changed])
    assert np.array_equal(before[:, :place], after[:, :place])
    assert not np.allclose(before[:, place], after[:, place])
    for end in (place, 5):
        one = model([source, said[:, :end]])
        assert np.allclose(one[:, -1], before[:, end - 1], atol=1e-6)


def write(model, source, steps):
    """Write words in a loop around the model, each row until it has ended."""
    words = np.full((len(source), 1 + steps), END)
    words[:, 0] = START
    for step in range(steps):
        best = np.argmax(model([source, words[:, :-1]])[:, step], axis=-1)
        words[:, step + 1] = np.where(words[:, step] == END, END, best)
    return words[:, 1:]


DECODERS = list(itertools.product([3, 6], [3, 8], [1, 2], [2, 5], [0, 1]))
SHORT = [
    *itertools.product([3, 6], [3, 8], [1], [2, 3], [0, 1, 2]),
    *itertools.product([4], [5], [2], [2, 3], [2]),
]


def up_to_the_end(one, other):
    """Say of which rows the words are equal up to the first end of `other`."""
    before = np.cumsum(other == END, axis=-1) - (other == END)
    return np.all((one == other) | (before > 0), axis=-1)


@over(each("decoders, answers and steps", DECODERS))
def whole_answers_are_right_with_and_without_teacher_forcing(how):
    """Compare which of some right and wrong targets are written and said."""
    words, width, deep, steps, seed = how
    model = decoder_of(words, width, deep, steps=steps, seed=seed)
    random = np.random.default_rng(seed)
    source = random.normal(size=(200, 3)).astype("float32")
    written = write(model, source, steps)
    targets = written.copy()
    places = random.integers(0, steps, 100)
    targets[np.arange(100), places] = random.integers(0, words, 100)
    ended = np.cumsum(targets == END, axis=-1) - (targets == END) > 0
    targets[ended] = END
    before = np.hstack([np.full((200, 1), START), targets[:, :-1]])
    forced = np.argmax(model([source, before]), axis=-1)
    right_alone = up_to_the_end(written, targets)
    assert np.array_equal(right_alone, up_to_the_end(forced, targets))
    assert 0 < np.mean(right_alone) < 1


def parts_of(model, width, deep):
    """Return the encoder, and one step of a decoder of one GRU."""
    source = model.inputs[0]
    encoder = keras.Model(source, model.get_layer("encoder").output)
    states = [keras.Input((width,)) for _ in range(deep)]
    word = keras.Input((1,), dtype="int32")
    y = model.get_layer("embedding")(word)
    after = []
    for number, state in enumerate(states):
        y = model.get_layer(f"decoder_{number}")(y, initial_state=state)
        after.append(y[:, 0])
    chances = model.get_layer("chances")(y)
    return encoder, keras.Model([*states, word], [*after, chances[:, 0]])


def next_word(word, chances):
    """Return the most likely word, or the end again."""
    best = ops.cast(ops.argmax(chances, axis=-1), "int32")[:, None]
    return ops.where(ops.equal(word, END), END, best)


def write_all(parts, source, steps, deep, ended=None):
    """Write words with one step at a time; `ended` may stop the loop."""
    encoder, step = parts
    states = [encoder(source)] * deep
    word = ops.full_like(states[0][:, :1], START, dtype="int32")
    words = []
    for _ in range(steps):
        *states, chances = step([*states, word])
        word = next_word(word, chances)
        words.append(word)
        if ended is not None and ended(word):
            break
    return ops.concatenate(words, axis=1)


@over(each("decoders, answers and steps", SHORT))
def a_loop_of_fixed_length_can_be_drawn(how):
    """Compare a functional model that holds the loop with the loop around a model."""
    words, width, deep, steps, seed = how
    model = decoder_of(words, width, deep, steps=steps, seed=seed)
    source = keras.Input((3,))
    parts = parts_of(model, width, deep)
    drawn = keras.Model(source, write_all(parts, source, steps, deep))
    x = np.random.default_rng(seed).normal(size=(20, 3)).astype("float32")
    assert not drawn.run_eagerly
    assert np.array_equal(drawn.predict(x, verbose=0), write(model, x, steps))


def by_min(word):
    """Ask Python for the smaller one."""
    return min(ops.max(word), 1) == END


STOPS = [
    lambda word: ops.all(ops.equal(word, END)),
    lambda word: not ops.any(ops.not_equal(word, END)),
    lambda word: bool(ops.all(word <= END)),
    lambda word: ops.max(word) <= END and True,
    lambda word: ops.sum(word) < 1,
    lambda word: ops.any(word != END) is not None and ops.all(ops.equal(word, END)),
    by_min,
]


@over(
    each(
        "conditions and decoders",
        itertools.product(STOPS, [3, 6], [(1, 5), (2, 2)]),
    )
)
def stopping_at_the_end_token_looks_at_values(how):
    """Draw a loop that stops early, and run it on values."""
    ended, words, (deep, steps) = how
    model = decoder_of(words, 4, deep, steps=steps)
    parts = parts_of(model, 4, deep)
    message = ""
    try:
        write_all(parts, keras.Input((3,)), steps, deep, ended)
    except TypeError as error:
        message = str(error)
    assert "symbolic KerasTensor cannot be used as a boolean" in message
    x = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    found = np.asarray(write_all(parts, x, steps, deep, ended))
    assert np.array_equal(found, write(model, x, steps)[:, : found.shape[1]])


class Writer(layers.Layer):
    """Writes words until every answer has ended, and counts the steps."""

    def __init__(self, parts, steps, deep, **kwargs):
        super().__init__(**kwargs)
        self.encoder, self.step = parts
        self.steps, self.deep = steps, deep

    def call(self, source):
        """Return the words and the number of steps."""
        state = self.encoder(source)
        word = ops.full_like(state[:, :1], START, dtype="int32")
        words = ops.repeat(ops.full_like(word, END), self.steps, axis=1)

        def goes_on(count, word, words, *states):
            return ops.any(ops.not_equal(word, END))

        def write_one(count, word, words, *states):
            *states, chances = self.step([*states, word])
            word = next_word(word, chances)
            here = ops.equal(ops.arange(self.steps), count)
            return count + 1, word, ops.where(here, word, words), *states

        start = (0, word, words, *[state] * self.deep)
        count, _, words, *_ = ops.while_loop(
            goes_on, write_one, start, maximum_iterations=self.steps
        )
        return words, ops.full_like(words[:, 0], count)


@over(each("decoders, answers and steps", SHORT))
def stopping_at_the_end_token_saves_steps(how):
    """Compare words and steps of a compiled predict with those of the loop."""
    words, width, deep, steps, seed = how
    model = decoder_of(words, width, deep, steps=steps, seed=seed)
    bias = model.get_layer("chances").bias
    bias.assign(bias + 3.0 * (np.arange(words) == END))  # many short answers
    source = keras.Input((3,))
    early = keras.Model(
        source, Writer(parts_of(model, width, deep), steps, deep)(source)
    )
    x = np.random.default_rng(seed).normal(size=(32, 3)).astype("float32")
    written = write(model, x, steps)
    lengths = np.minimum(1 + np.sum(written != END, axis=-1), steps)
    for length in sorted(set(lengths)):
        some = x[lengths <= length]
        found, count = early.predict(some, verbose=0)
        assert set(count) == {length}
        assert np.array_equal(found, written[lengths <= length])


OTHERS = [0, 2.5, True, -7, "another tensor"]
SYMBOLIC = list(
    itertools.product([(), (5,), (None, 3)], ["int32", "float32", "bool"], OTHERS)
)


@over(each("symbolic tensors and what they are compared with", SYMBOLIC))
def equality_of_a_symbolic_tensor_is_a_python_answer(how):
    """Compare with ==, and with != and ops.equal."""
    shape, dtype, other = how
    one = keras.Input(shape, dtype=dtype)
    if other == "another tensor":
        other = keras.Input(shape, dtype=dtype)
    for tensor in (one, ops.cast(one, "float32") * 2.0):
        assert (tensor == other) is False
        assert isinstance(tensor != other, keras.KerasTensor)
        assert isinstance(ops.equal(tensor, other), keras.KerasTensor)
