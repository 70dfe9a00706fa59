"""Functional models that are no stacks, and some that are, with steps of keras.ops."""

from .case import Case

# What stands between the inputs and the model: code that may use `layers` and `ops`.
CODE = {
    "skip": """
i = keras.Input((4,))
model = keras.Model(i, layers.Add()([i, layers.Dense(4)(i)]))
""",
    "skip by plus": """
i = keras.Input((4,))
x = layers.Dense(4, activation="tanh")(i)
model = keras.Model(i, layers.Dense(2)(x + i))
""",
    "branches": """
i = keras.Input((4,))
a, b = layers.Dense(3)(i), layers.Dense(2, activation="relu")(i)
model = keras.Model(i, layers.Dense(2)(layers.Concatenate()([a, b])))
""",
    "residual blocks": """
x = i = keras.Input((8, 8, 2))
for _ in range(2):
    y = layers.BatchNormalization()(layers.Conv2D(2, 3, padding="same")(x))
    x = layers.ReLU()(layers.Add()([x, y]))
model = keras.Model(i, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))
""",
    "inception": """
i = keras.Input((8, 8, 2))
paths = [layers.Conv2D(2, n, padding="same")(i) for n in (1, 3, 5)]
x = layers.Concatenate()([*paths, layers.MaxPooling2D(3, 1, padding="same")(i)])
model = keras.Model(i, layers.GlobalMaxPooling2D()(x))
""",
    "u-net": """
i = keras.Input((8, 8, 1))
a = layers.Conv2D(2, 3, padding="same", activation="relu")(i)
b = layers.Conv2D(4, 3, padding="same")(layers.MaxPooling2D()(a))
x = layers.Concatenate()([a, layers.UpSampling2D()(b)])
model = keras.Model(i, layers.Conv2D(1, 1, activation="sigmoid")(x))
""",
    "u-net of open size": """
i = keras.Input((None, None, 1))
a = layers.Conv2D(2, 3, padding="same", activation="relu")(i)
b = layers.Conv2D(3, 3, padding="same")(layers.MaxPooling2D(padding="same")(a))
x = layers.Concatenate()([a, layers.UpSampling2D()(b)])
model = keras.Model(i, layers.Conv2D(1, 1, padding="same")(x))
""",
    "two inputs": """
a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
x = layers.Concatenate()([layers.Dense(3)(a), b])
model = keras.Model([a, b], layers.Dense(2)(x))
""",
    "inputs of two types": """
words, numbers = keras.Input((6,), dtype="int32"), keras.Input((3,))
x = layers.GlobalAveragePooling1D()(layers.Embedding(10, 4)(words))
model = keras.Model([words, numbers], layers.Dense(1)(layers.Concatenate()([x, numbers])))
""",
    "inputs in a dict": """
i = {"left": keras.Input((4,), name="left"), "right": keras.Input((4,), name="right")}
shared = layers.Dense(3)
x = layers.Subtract()([shared(i["left"]), shared(i["right"])])
model = keras.Model(i, layers.Dense(1)(x))
""",
    "two outputs": """
i = keras.Input((4,))
x = layers.Dense(4, activation="relu")(i)
model = keras.Model(i, [layers.Dense(2, name="one")(x), layers.Dense(1, name="two")(x)])
""",
    "outputs in a dict": """
i = keras.Input((4,))
x = layers.Dense(4, activation="relu")(i)
model = keras.Model(i, {"a": layers.Dense(2, name="a")(x), "b": layers.Dense(3, name="b")(x)})
""",
    "two in, two out": """
a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
x = layers.Multiply()([layers.Dense(4)(a), layers.Dense(4)(b)])
model = keras.Model([a, b], [layers.Dense(1, name="one")(x), layers.Dropout(0.5, name="two")(x)])
""",
    "shared layer": """
a, b = keras.Input((4,)), keras.Input((4,))
shared = layers.Dense(3, activation="tanh")
model = keras.Model([a, b], layers.Dot(axes=1)([shared(a), shared(b)]))
""",
    "a layer twice in a row": """
i = keras.Input((4,))
twice = layers.Dense(4, activation="tanh")
model = keras.Model(i, layers.Dense(2)(twice(twice(i))))
""",
    "shared encoder": """
encoder = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.BatchNormalization()])
a, b = keras.Input((4,)), keras.Input((4,))
model = keras.Model([a, b], layers.Average()([encoder(a), encoder(b)]))
""",
    "autoencoder": """
i = keras.Input((6,))
encoder = keras.Sequential([keras.Input((6,)), layers.Dense(2, activation="tanh")])
decoder = keras.Sequential([keras.Input((2,)), layers.Dense(6)])
model = keras.Model(i, decoder(encoder(i)))
""",
    "attention": """
i = keras.Input((6, 4))
x = layers.MultiHeadAttention(2, 3)(i, i)
x = layers.LayerNormalization()(layers.Add()([i, layers.Dropout(0.3)(x)]))
model = keras.Model(i, layers.GlobalAveragePooling1D()(x))
""",
    "encoder and decoder": """
source, target = keras.Input((6, 3)), keras.Input((5, 2))
_, state = layers.GRU(4, return_state=True)(source)
x = layers.GRU(4, return_sequences=True)(target, initial_state=state)
model = keras.Model([source, target], layers.Dense(2)(x))
""",
    "states of an lstm": """
i = keras.Input((None, 3))
x, h, c = layers.LSTM(4, return_state=True)(i)
model = keras.Model(i, layers.Concatenate()([h, c]))
""",
    "a mask through branches": """
i = keras.Input((6,), dtype="int32")
x = layers.Embedding(10, 4, mask_zero=True)(i)
model = keras.Model(i, layers.Add()([layers.LSTM(3)(x), layers.GRU(3)(x)]))
""",
    "steps of ops": """
i = keras.Input((4,))
x = ops.relu(layers.Dense(4)(i)) * 2.0 - 1.0
model = keras.Model(i, layers.Dense(2)(ops.concatenate([x, i], axis=-1)))
""",
    "a chain with ops": """
i = keras.Input((4,))
model = keras.Model(i, layers.Dense(2)(ops.tanh(layers.Dense(3)(i))))
""",
    "a chain with a slice": """
i = keras.Input((6, 3))
model = keras.Model(i, layers.Dense(2)(layers.GRU(4, return_sequences=True)(i)[:, -1]))
""",
    "a layer of two tensors": """
i = keras.Input((4,))
one, other = Split()(i)
model = keras.Model(i, layers.Dense(1)(layers.Maximum()([one, other])))
""",
    "a call with training=True": """
i = keras.Input((4,))
x = layers.Dropout(0.5)(layers.Dense(8)(i), training=True)
model = keras.Model(i, layers.Dense(2)(x))
""",
    "nested with a skip": """
inner_in = keras.Input((4,))
inner = keras.Model(inner_in, layers.Add()([inner_in, layers.Dense(4)(inner_in)]), name="inner")
i = keras.Input((4,))
model = keras.Model(i, layers.Dense(2)(inner(layers.Dense(4)(i))))
""",
    "nested with two outputs": """
inner_in = keras.Input((4,))
inner = keras.Model(inner_in, [layers.Dense(3)(inner_in), layers.Dense(3)(inner_in)])
i = keras.Input((4,))
model = keras.Model(i, layers.Multiply()(inner(i)))
""",
    "an input as an output": """
i = keras.Input((4,))
model = keras.Model(i, [i, layers.Dense(2)(i)])
""",
    "own layers in branches": """
i = keras.Input((4,))
model = keras.Model(i, layers.Add()([Scale()(i), NoisyDense(4)(i), Counter()(i)]))
""",
    "mixed precision branches": """
i = keras.Input((4,))
a = layers.Dense(3, dtype="mixed_float16")(i)
b = layers.Dense(3, dtype="mixed_float16")(i)
model = keras.Model(i, layers.Dense(1, dtype="float32")(layers.Add(dtype="float32")([a, b])))
""",
    "one input, one output": """
i = keras.Input((4,))
model = keras.Model(i, layers.Dense(1)(i))
""",
    "regularized heads": """
i = keras.Input((4,))
x = layers.Dense(3, kernel_regularizer="l2", activity_regularizer="l2")(i)
model = keras.Model(i, [layers.Dense(1, name="p")(x), layers.Dense(1, name="q")(x)])
""",
    "partly frozen": """
i = keras.Input((4,))
body = keras.Sequential([keras.Input((4,)), layers.Dense(4), layers.BatchNormalization()])
body.trainable = False
model = keras.Model(i, layers.Add()([body(i), layers.Dense(4)(i)]))
""",
    "siamese images": """
tower = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.Flatten()])
a, b = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
model = keras.Model([a, b], layers.Dense(1)(ops.abs(tower(a) - tower(b))))
""",
    "wide and deep": """
i = keras.Input((5,))
deep = layers.Dense(4, activation="relu")(layers.Dense(4, activation="relu")(i))
model = keras.Model(i, layers.Dense(1)(layers.Concatenate()([i, deep])))
""",
    "a gate": """
i = keras.Input((4,))
gate = layers.Dense(4, activation="sigmoid")(i)
model = keras.Model(i, gate * layers.Dense(4)(i) + (1.0 - gate) * i)
""",
    "three inputs": """
i = [keras.Input((3,), name=name) for name in "abc"]
model = keras.Model(i, layers.Dense(2)(layers.Maximum()(i)))
""",
}

ALL = [
    Case(name, code.lstrip(), "functional", "graph", size=code.count("layers."))
    for name, code in CODE.items()
]
