"""Subclassed models that were not made from a list of layers."""

from .case import Case

HEAD = "@keras.saving.register_keras_serializable('zoo')\nclass Net(keras.Model):\n"
TAIL = "\n\nmodel = Net()\nmodel({})\n"

# name: the body of the class, the symbolic inputs, and what it is built with.
CODE = {
    "one layer": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.out = layers.Dense(2)

    def call(self, x):
        return self.out(x)""",
        "keras.Input((4,))",
        "np.ones((5, 4))",
    ),
    "skip": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.a, self.b = layers.Dense(4, activation="relu"), layers.Dense(2)

    def call(self, x):
        return self.b(x + self.a(x))""",
        "keras.Input((4,))",
        "np.ones((5, 4))",
    ),
    "dropout by training": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.a, self.drop, self.b = layers.Dense(8), layers.Dropout(0.5), layers.Dense(2)

    def call(self, x, training=False):
        return self.b(self.drop(self.a(x), training=training))""",
        "keras.Input((4,))",
        "np.ones((5, 4))",
    ),
    "batch normalization": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.a, self.norm = layers.Dense(3), layers.BatchNormalization()

    def call(self, x, training=False):
        return self.norm(self.a(x), training=training)""",
        "keras.Input((4,))",
        "np.ones((5, 4))",
    ),
    "a list of layers": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.steps = [layers.Dense(4, activation="tanh") for _ in range(3)]

    def call(self, x):
        for step in self.steps:
            x = x + step(x)
        return x""",
        "keras.Input((4,))",
        "np.ones((5, 4))",
    ),
    "two inputs": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.a, self.b = layers.Dense(3), layers.Dense(3)

    def call(self, inputs):
        left, right = inputs
        return self.a(left) * self.b(right)""",
        "[keras.Input((4,)), keras.Input((2,))]",
        "[np.ones((5, 4)), np.ones((5, 2))]",
    ),
    "inputs in a dict": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.a = layers.Dense(3)

    def call(self, inputs):
        return self.a(inputs["left"]) - self.a(inputs["right"])""",
        "{'left': keras.Input((4,)), 'right': keras.Input((4,))}",
        "{'left': np.ones((5, 4)), 'right': np.ones((5, 4))}",
    ),
    "two outputs": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.a, self.b = layers.Dense(2), layers.Dense(1)

    def call(self, x):
        return self.a(x), self.b(x)""",
        "keras.Input((4,))",
        "np.ones((5, 4))",
    ),
    "outputs in a dict": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.a, self.b = layers.Dense(2), layers.Dense(1)

    def call(self, x):
        return {"a": self.a(x), "b": self.b(x)}""",
        "keras.Input((4,))",
        "np.ones((5, 4))",
    ),
    "weights of its own": (
        """\
    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], 2))

    def call(self, x):
        return ops.matmul(x, self.w)""",
        "keras.Input((4,))",
        "np.ones((5, 4))",
    ),
    "a model inside": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.body = keras.Sequential([keras.Input((4,)), layers.Dense(4)])
        self.head = layers.Dense(2)

    def call(self, x):
        return self.head(self.body(self.body(x)))""",
        "keras.Input((4,))",
        "np.ones((5, 4))",
    ),
    "an embedding": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.embed = layers.Embedding(10, 4, mask_zero=True)
        self.read, self.out = layers.GRU(3), layers.Dense(2)

    def call(self, ids):
        return self.out(self.read(self.embed(ids)))""",
        "keras.Input((6,), dtype='int32')",
        "np.ones((5, 6), 'int32')",
    ),
    "images": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv, self.flat = layers.Conv2D(2, 3), layers.Flatten()
        self.out = layers.Dense(2)

    def call(self, x):
        return self.out(self.flat(ops.relu(self.conv(x))))""",
        "keras.Input((8, 8, 1))",
        "np.ones((5, 8, 8, 1))",
    ),
    "a loop of fixed length": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.step = layers.Dense(4, activation="tanh")

    def call(self, x):
        for _ in range(3):
            x = self.step(x)
        return x""",
        "keras.Input((4,))",
        "np.ones((5, 4))",
    ),
    "a choice by values": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.a, self.b = layers.Dense(2), layers.Dense(2)

    def call(self, x):
        return ops.where(ops.sum(x, axis=-1, keepdims=True) > 0, self.a(x), self.b(x))""",
        "keras.Input((4,))",
        "np.ones((5, 4))",
    ),
    "own layers": (
        """\
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.scale, self.noisy, self.count = Scale(), NoisyDense(3), Counter()

    def call(self, x, training=False):
        return self.count(self.noisy(self.scale(x), training=training))""",
        "keras.Input((4,))",
        "np.ones((5, 4))",
    ),
}

ALL = [
    Case(
        f"subclass: {name}",
        HEAD + body + TAIL.format(built_with),
        "subclass",
        "subclass",
        inputs,
        body.count("layers."),
    )
    for name, (body, inputs, built_with) in CODE.items()
]
