"""Random stacks and graphs, drawn by Hypothesis."""

from hypothesis import strategies as st

from .case import Case
from .stacks import IMAGE, NESTED, RESIDUAL, STEPS, Stack

# Layers that take a vector of four numbers and return one, or end the stack.
VECTOR = [
    "layers.Dense(4)",
    "layers.Dense(4, activation='relu')",
    "layers.Dense(4, use_bias=False, kernel_regularizer='l2')",
    "layers.Dropout(0.5)",
    "layers.BatchNormalization()",
    "layers.LayerNormalization()",
    "layers.GaussianNoise(0.5)",
    "layers.LeakyReLU()",
    "layers.Rescaling(0.5)",
    "Scale()",
    "NoisyDense(4)",
    RESIDUAL,
]
SEQUENCE = [
    "layers.Conv1D(3, 2, padding='same')",
    "layers.GRU(3, return_sequences=True)",
    "layers.SpatialDropout1D(0.5)",
    "layers.LayerNormalization()",
    "layers.TimeDistributed(layers.Dense(3))",
    "layers.Masking(0.0)",
    "Scale()",
]
PICTURE = [
    "layers.Conv2D(2, 3, padding='same', activation='relu')",
    "layers.BatchNormalization()",
    "layers.DepthwiseConv2D(3, padding='same')",
    "layers.AveragePooling2D(2, 1, padding='same')",
    "layers.Dropout(0.3)",
    "Scale()",
]
LAST = ["layers.Dense(2)", "layers.Dense(3, activation='softmax')", NESTED]
FLAT = {
    "sequence": ["layers.LSTM(4)", "layers.GlobalMaxPooling1D()", "layers.Flatten()"],
    "picture": ["layers.GlobalAveragePooling2D()", "layers.Flatten()"],
}


@st.composite
def stacks(draw: st.DrawFn) -> Stack:
    """Draw a stack of one to seven layers."""
    shape, dtype, begin, flat = draw(
        st.sampled_from(
            [
                ((4,), "float32", VECTOR, [None]),
                (STEPS, "float32", SEQUENCE, FLAT["sequence"]),
                ((None, 3), "float32", SEQUENCE, FLAT["sequence"][:2]),
                (IMAGE, "float32", PICTURE, FLAT["picture"]),
            ]
        )
    )
    chosen = draw(st.lists(st.sampled_from(begin), max_size=4))
    if flat != [None]:
        chosen = [*chosen, draw(st.sampled_from(flat)), "layers.Dense(4)"]
    chosen += draw(st.lists(st.sampled_from(VECTOR), max_size=2))
    chosen += draw(st.lists(st.sampled_from(LAST), min_size=1, max_size=1))
    name = "random: " + ", ".join(layer.split("(")[0] for layer in chosen)
    return Stack(name, shape, tuple(chosen), dtype)


# Steps from tensors of four columns to one more.
ONE = [
    "layers.Dense(4, activation='tanh')({a})",
    "layers.Dropout(0.5)({a})",
    "layers.BatchNormalization()({a})",
    "shared({a})",
    "ops.relu({a})",
    "Scale()({a})",
    f"{RESIDUAL}({{a}})",
]
TWO = [
    "layers.Add()([{a}, {b}])",
    "layers.Multiply()([{a}, {b}])",
    "layers.Dense(4)(layers.Concatenate()([{a}, {b}]))",
    "{a} - {b}",
    "layers.Average()([shared({a}), {b}])",
]


@st.composite
def graphs(draw: st.DrawFn) -> Case:
    """Draw a functional model of one or two inputs and outputs."""
    ins = draw(st.integers(1, 2))
    steps = draw(st.integers(1, 6))
    lines = [f"t{n} = keras.Input((4,), name='in{n}')" for n in range(ins)]
    lines.append("shared = layers.Dense(4)")
    for n in range(ins, ins + steps):
        earlier = st.sampled_from([f"t{m}" for m in range(n)])
        step = draw(st.sampled_from(ONE + TWO))
        lines.append(f"t{n} = " + step.format(a=draw(earlier), b=draw(earlier)))
    last = ins + steps - 1
    # Every input must reach an output, so the ends join all of them.
    inputs = ", ".join(f"t{n}" for n in range(ins))
    lines.append(f"end = layers.Dense(2)(layers.Concatenate()([t{last}, {inputs}]))")
    outs = "end" if draw(st.booleans()) else f"[end, layers.Dense(1)(t{last})]"
    inputs = "t0" if ins == 1 else f"[{inputs}]"
    lines.append(f"model = keras.Model({inputs}, {outs})")
    code = "\n".join(lines) + "\n"
    return Case(
        f"random graph of {steps} steps", code, "functional", "random", size=steps
    )
