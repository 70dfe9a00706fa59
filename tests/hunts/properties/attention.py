"""Transformer encoders: places, heads and blocks in a stack."""

import itertools

import keras
import numpy as np
from keras import layers, ops

from examples.transformer_encoder import PositionEmbedding
from tests.hunts.property import over
from tests.hunts.zoo import each, same


def block(x, heads, key_dim, norm):
    """Return attention and a dense part, with skips: normalized before or after."""
    width = x.shape[-1]
    attention = layers.MultiHeadAttention(heads, key_dim)
    dense = [layers.Dense(2 * width, activation="gelu"), layers.Dense(width)]
    if norm == "before":
        y = layers.LayerNormalization()(x)
        x = layers.Add()([x, attention(y, y)])
        y = dense[1](dense[0](layers.LayerNormalization()(x)))
        return layers.Add()([x, y])
    x = layers.Add()([x, layers.Dropout(0.1)(attention(x, x))])
    x = layers.LayerNormalization()(x) if norm == "after" else x
    x = layers.Add()([x, dense[1](dense[0](x))])
    return layers.LayerNormalization()(x) if norm == "after" else x


# heads, key_dim, length, width, blocks, where it is normalized
ENCODERS = [
    (heads, key_dim, 3 + n % 5, (4, 6, 9)[n % 3], 1 + n % 2, norm)
    for n, (heads, key_dim, norm) in enumerate(
        itertools.product((1, 2, 4), (2, 3, 8), ("before", "after", "never"))
    )
]
ENCODERS_OF = "encoders with one to four heads and one or two blocks, without a mask"


@over(each(ENCODERS_OF, ENCODERS))
def attention_without_positions_ignores_the_order(case):
    """Shuffle all places but the first, without positions and with them."""
    heads, key_dim, length, width, blocks, norm = case

    def encoder(positions):
        keras.utils.set_random_seed(0)
        inputs = keras.Input((length, 5))
        x = layers.Dense(width)(inputs)
        x = PositionEmbedding()(x) if positions else x
        for _ in range(blocks):
            x = block(x, heads, key_dim, norm)
        return keras.Model(inputs, layers.Dense(3)(x[:, 0]))

    random = np.random.default_rng(heads * key_dim)
    data = random.normal(size=(6, length, 5)).astype("float32")
    rolled = np.roll(np.arange(1, length), 1)
    drawn = random.permutation(np.arange(1, length))
    without, having = encoder(False), encoder(True)
    for order in (rolled, drawn):
        shuffled = data[:, [0, *order]]
        assert same(without(shuffled), without(data), 1e-5)
        if not same(shuffled, data):
            assert not same(having(shuffled), having(data), 1e-4)


@over(
    each(
        "lengths, widths and ways to use the constant",
        itertools.product(
            (1, 5, 20), (2, 8, 32), ("add", "multiply", "maximum", "attend")
        ),
    )
)
def an_embedding_of_a_constant_is_not_in_the_model(case):
    """Use an embedding of a constant in a functional model, and train the model."""
    length, width, how = case
    keras.utils.set_random_seed(0)
    tokens = keras.Input((length, width))
    embedding = layers.Embedding(length, width)
    constant = embedding(ops.arange(length))
    assert not isinstance(constant, keras.KerasTensor)
    x = {
        "add": lambda: tokens + constant,
        "multiply": lambda: ops.multiply(tokens, constant),
        "maximum": lambda: ops.maximum(tokens, constant),
        "attend": lambda: ops.matmul(tokens, ops.transpose(constant)),
    }[how]()
    head = layers.Dense(2)
    model = keras.Model(tokens, head(x))
    assert embedding not in model.layers
    assert model.count_params() == head.count_params()
    before = embedding.get_weights()[0]
    model.compile("sgd", loss="mse", run_eagerly=True)
    start = head.get_weights()[0]
    random = np.random.default_rng(0)
    x = random.normal(size=(4, length, width))
    model.fit(x, np.ones((4, length, 2)), verbose=0)
    assert not same(head.get_weights()[0], start)
    assert same(embedding.get_weights()[0], before)


@over(
    each(
        "numbers of heads, key_dims, and widths of the query",
        itertools.product((1, 2, 3, 8), (1, 4, 16), (2, 5, 32)),
    )
)
def key_dim_is_the_size_of_one_head(case):
    """Look at the kernels, and double key_dim."""
    heads, key_dim, width = case
    query = np.ones((2, 5, width))
    value = np.ones((2, 4, width))
    narrow = layers.MultiHeadAttention(heads, key_dim)
    wide = layers.MultiHeadAttention(heads, 2 * key_dim)
    assert narrow(query, value).shape == wide(query, value).shape == (2, 5, width)
    assert narrow.weights[0].shape == (width, heads, key_dim)
    assert 1.75 <= wide.count_params() / narrow.count_params() <= 2


@over(each("encoders with one to four heads and one or two blocks", ENCODERS))
def encoder_blocks_can_stand_in_a_stack(case):
    """Make each block a functional model, stack them, and save the stack."""
    heads, key_dim, length, width, blocks, norm = case

    def make_block():
        tensor = keras.Input((length, width))
        return keras.Model(tensor, block(tensor, heads, key_dim, norm))

    inputs = keras.Input((length, 5))
    x = PositionEmbedding()(layers.Dense(width)(inputs))
    for _ in range(blocks):
        x = block(x, heads, key_dim, norm)
    model = keras.Model(inputs, layers.Dense(3)(x[:, 0]))
    stack = keras.Sequential(
        [
            keras.Input((length, 5)),
            layers.Dense(width),
            PositionEmbedding(),
            *(make_block() for _ in range(blocks)),
            layers.Cropping1D((0, length - 1)),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )
    stack.set_weights(model.get_weights())
    data = np.random.default_rng(0).normal(size=(4, length, 5)).astype("float32")
    assert same(stack(data), model(data), 1e-5)
    stack.save("stack.keras")
    assert same(keras.saving.load_model("stack.keras")(data), stack(data))
