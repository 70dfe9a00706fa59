"""Graphs of symbolic tensors: what a functional model holds, and what it returns."""

import itertools

import keras
import numpy as np
from keras import layers, ops, tree

from tests.hunts.property import over
from tests.hunts.zoo import GRAPHS, NETWORKS, each, same


def tensors(structure):
    return tree.flatten(structure)


def renew(given):
    """Make symbolic tensors like those given."""
    return tree.map_structure(
        lambda t: keras.Input(batch_shape=t.shape, dtype=t.dtype), given
    )


def leading(model):
    """Read the graph from the config: the names of the layers that feed each layer."""
    feeds = {}
    for layer in model.get_config()["layers"]:
        found = set()

        def visit(value, found=found):
            if isinstance(value, dict) and "keras_history" in value:
                found.add(value["keras_history"][0])
            elif isinstance(value, dict):
                [visit(each) for each in value.values()]
            elif isinstance(value, list | tuple):
                [visit(each) for each in value]

        visit(layer["inbound_nodes"])
        feeds[layer["name"]] = found
    return feeds


@over(GRAPHS)
def a_functional_model_keeps_what_lies_between(case):
    """Stop at each tensor of the graph, beside layers that lead nowhere."""
    model = case.fresh()
    feeds = leading(model)
    firsts = {t._keras_history.operation.name for t in model.inputs}
    nodes = [node for nodes in model._nodes_by_depth.values() for node in nodes]
    for node in nodes:
        # A layer that is called twice stands for both calls in `feeds`.
        ends = node.output_tensors
        side = [layers.Identity()(t) for t in ends]
        above, todo = set(), [node.operation.name]
        while todo:
            name = todo.pop()
            if name not in above:
                above.add(name)
                todo += feeds[name]
        part = keras.Model(model.inputs, ends)
        names = {layer.name for layer in part.layers}
        assert not any(t._keras_history.operation in part.layers for t in side)
        own = {layer.name for layer in model.layers}
        twice = any(sum(n.operation is m.operation for m in nodes) > 1 for n in nodes)
        if twice:
            assert names <= (above | firsts) & own
        else:
            assert names == (above | firsts) & own
        more = keras.Model(model.inputs, [*ends, *side])
        assert all(t._keras_history.operation in more.layers for t in side)


STRUCTURES = {
    "a list of two": lambda a, b, c: [a, b],
    "a list of three": lambda a, b, c: [a, b, c],
    "a tuple": lambda a, b, c: (a, b),
    "a tuple of three": lambda a, b, c: (a, b, c),
    "a dict": lambda a, b, c: {"x": a, "y": b},
    "a dict, not sorted": lambda a, b, c: {"y": a, "x": b, "a": c},
    "a dict of one": lambda a, b, c: {"x": a},
    "a dict with a list": lambda a, b, c: {"sum": a, "parts": [b, c]},
    "a dict with a tuple": lambda a, b, c: {"x": a, "y": (b, c)},
    "a dict with a list of one": lambda a, b, c: {"x": [a], "y": b},
    "a dict in a dict": lambda a, b, c: {"x": {"y": a, "z": b}, "w": c},
    "a list of lists": lambda a, b, c: [[a, b], [c]],
    "a list of dicts": lambda a, b, c: [{"x": a}, {"y": b, "z": c}],
    "a tensor": lambda a, b, c: a,
    "a tensor twice": lambda a, b, c: [a, a],
    "a tensor twice in a dict": lambda a, b, c: {"x": a, "y": a},
}
SINGLE = {
    "a list of one": lambda a, b, c: [a],
    "a tuple of one": lambda a, b, c: (a,),
    "a list of a list": lambda a, b, c: [[a, b]],
    "a list of a dict": lambda a, b, c: [{"x": a}],
    "a tuple of a dict": lambda a, b, c: ({"y": b, "x": c},),
    "a list of a list of one": lambda a, b, c: [[a]],
}


@over(
    each(
        "functional models and structures of outputs",
        itertools.product([*STRUCTURES, *SINGLE], ("one input", "two inputs")),
    )
)
def outputs_come_back_in_the_structure_given(case):
    """Give outputs in a structure, and compare it with that of call and predict."""
    structure, inputs = case
    given = [keras.Input((4,)) for _ in range(2 if inputs == "two inputs" else 1)]
    x = layers.Dense(3)(given[0])
    ends = [layers.Dense(2)(x), given[-1] * 2.0, layers.Dense(1)(x)]
    made = {**STRUCTURES, **SINGLE}[structure](*ends)
    flat = keras.Model(given, ends)
    model = keras.Model(given if len(given) > 1 else given[0], made)
    data = [np.random.default_rng(n).normal(size=(5, 4)) for n in range(len(given))]
    of_flat = flat(data)
    expected = {**STRUCTURES, **SINGLE}[structure](*of_flat)
    if structure in SINGLE:
        (expected,) = expected
    data = data if len(given) > 1 else data[0]
    for answer in (model(data), model.predict(data, verbose=0)):
        tree.assert_same_structure(answer, expected)
        assert type(answer) is type(expected) or not isinstance(
            expected, dict | list | tuple
        )
        if isinstance(expected, dict):
            assert list(answer) == list(expected)
        assert same(answer, expected, 1e-5)


READERS = {
    "LSTM": lambda: layers.LSTM(3),
    "GRU": lambda: layers.GRU(3),
    "SimpleRNN": lambda: layers.SimpleRNN(3),
    "average": lambda: layers.GlobalAveragePooling1D(),
    "Bidirectional": lambda: layers.Bidirectional(layers.GRU(2)),
}


class Tanh(layers.Layer):
    """A layer of one's own that supports masks."""

    def __init__(self):
        super().__init__()
        self.supports_masking = True

    def call(self, x):
        return ops.tanh(x)


HANDING_ON = {
    "Rescaling": lambda: layers.Rescaling(2.0),
    "Dense": lambda: layers.Dense(4),
    "Activation": lambda: layers.Activation("tanh"),
    "Dropout": lambda: layers.Dropout(0.5),
    "LayerNormalization": lambda: layers.LayerNormalization(),
    "BatchNormalization": lambda: layers.BatchNormalization(),
    "a GRU that returns sequences": lambda: layers.GRU(4, return_sequences=True),
    "own layer": Tanh,
}


@over(
    each(
        "layers that support masks, and layers behind them",
        itertools.product(HANDING_ON, READERS, (2.0, -0.5)),
    )
)
def operators_drop_the_mask(case):
    """Read padded words behind a layer, then behind the layer and a product."""
    hand_on, read = HANDING_ON[case[0]](), READERS[case[1]]()
    assert hand_on.supports_masking
    keras.utils.set_random_seed(0)
    words = keras.Input((None,), dtype="int32")
    embedded = layers.Embedding(9, 4, mask_zero=True)(words)
    with_layer = keras.Model(words, read(hand_on(embedded)))
    with_operator = keras.Model(words, read(hand_on(embedded) * case[2]))
    before = keras.Model(words, read(hand_on(case[2] * embedded)))
    padded = np.array([[1, 2, 0, 0], [3, 4, 0, 0]])
    short = padded[:, :2]
    assert same(with_layer(padded), with_layer(short), 1e-6)
    for model in (with_operator, before):
        assert np.isfinite(model(padded)).all()
        assert not same(model(padded), model(short), 1e-3)


@over(
    NETWORKS.where(
        lambda case: bool(list(case.model._flatten_layers(include_self=False))),
        "models with layers in them",
    )
)
def a_nested_model_hides_its_layers(case):
    """Put it behind new inputs, and look for its layers by name."""
    inner = case.fresh()
    given = renew(case.given)
    whole = keras.Model(given, inner(given))
    count = len(tensors(given))
    assert len(whole.layers) == count + 1
    (only,) = [x for x in whole.layers if not isinstance(x, layers.InputLayer)]
    assert only is inner and whole.get_layer(inner.name) is inner
    hidden = list(inner._flatten_layers(include_self=False))
    for layer in hidden:
        assert all(layer is not each for each in whole.layers)
        message = ""
        try:
            whole.get_layer(layer.name)
        except ValueError as error:
            message = str(error)
        assert f"No such layer: {layer.name}." in message


def holders_train(case):
    """Whether all models and layers in it that hold layers are trainable."""
    return all(
        layer.trainable
        for layer in [case.model, *case.model._flatten_layers()]
        if list(layer._flatten_layers(include_self=False))
    )


@over(NETWORKS.where(holders_train))
def freezing_a_nested_model_reaches_inside(case):
    """Freeze it in a larger model with layers of its own; count what is left."""
    inner = case.fresh()
    given = renew(case.given)
    heads = [layers.Dense(2) for _ in tensors(case.model(case.x()))]
    ends = [head(end) for head, end in zip(heads, tensors(inner(given)), strict=True)]
    whole = keras.Model(given, ends)
    inner.trainable = False
    assert not any(layer.trainable for layer in inner._flatten_layers())
    own = [w for head in heads for w in head.trainable_weights]
    assert len(own) == 2 * len(heads)
    assert {id(w) for w in whole.trainable_weights} == {id(w) for w in own}
    assert len(whole.trainable_weights) == len(own)


CONDITIONS = {
    "sum": (lambda x: ops.sum(x) > 0, lambda x: x.sum() > 0),
    "largest": (lambda x: ops.max(x) > 2, lambda x: x.max() > 2),
    "first number": (lambda x: x[0, 0] < 0, lambda x: x[0, 0] < 0),
    "any": (lambda x: ops.any(x < -1), lambda x: (x < -1).any()),
    "spread": (lambda x: ops.std(x) > 1, lambda x: x.std() > 1),
}
BRANCHES = {
    "sign": (lambda x: x, lambda x: -x),
    "scales": (lambda x: 3 * x, lambda x: 0.5 * x),
    "constant": (lambda x: x * 0, lambda x: x + 1),
    "squares": (lambda x: x * x, lambda x: x - 2),
    "halves": (lambda x: x / 2, lambda x: x * 2 + 1),
}


@over(each("conditions and branches", itertools.product(CONDITIONS, BRANCHES)))
def a_graph_can_hold_a_condition(case):
    """Give one model batches of both kinds, in a call and in predict."""
    (ask, answer), (yes, no) = CONDITIONS[case[0]], BRANCHES[case[1]]

    class Decide(layers.Layer):
        def call(self, x):
            return ops.cond(ask(x), lambda: yes(x), lambda: no(x))

    start = keras.Input((4,))
    model = keras.Model(start, layers.Rescaling(2.0)(Decide()(start)))
    random = np.random.default_rng(0)
    batches = [
        (shift + scale * random.normal(size=(3, 4))).astype("float32")
        for shift, scale in ((3, 0.1), (-3, 0.1), (0, 3), (0.5, 0.1))
    ]
    decided = [bool(answer(x)) for x in batches]
    assert any(decided) and not all(decided)
    for way in (model, model.predict_on_batch):
        for x, true in zip(batches, decided, strict=True):
            assert same(way(x), 2 * (yes(x) if true else no(x)), 1e-5)


LOOPS = {
    "halve until small": (lambda x: x.max() > 1, lambda x: x / 2),
    "subtract until small": (lambda x: x.sum() > 5, lambda x: x - 1),
    "third until small": (lambda x: x[0, 0] > 0.1, lambda x: x / 3),
    "double until large": (lambda x: x.max() < 50, lambda x: x * 2),
    "add until large": (lambda x: x.mean() < 9, lambda x: x + 2),
}
IN_OPS = {
    "halve until small": lambda x: ops.max(x) > 1,
    "subtract until small": lambda x: ops.sum(x) > 5,
    "third until small": lambda x: x[0, 0] > 0.1,
    "double until large": lambda x: ops.max(x) < 50,
    "add until large": lambda x: ops.mean(x) < 9,
}
SHAPES = [(4,), (2, 3), (1,), (5, 1, 2), (7,)]


@over(each("loops and shapes", itertools.product(LOOPS, SHAPES)))
def a_graph_can_hold_a_loop(case):
    """Count the rounds in Python for batches of several sizes of numbers."""
    (goes_on, step), asks, shape = LOOPS[case[0]], IN_OPS[case[0]], case[1]

    class Loop(layers.Layer):
        def call(self, x):
            x = ops.reshape(x, (-1, int(np.prod(shape))))
            count, x = ops.while_loop(
                lambda n, y: asks(y), lambda n, y: (n + 1, step(y)), (0, x)
            )
            return ops.reshape(x, (-1, *shape)), ops.reshape(
                ops.cast(count, "int32"), (1,)
            )

    start = keras.Input(shape)
    model = keras.Model(start, list(Loop()(start)))
    rounds = set()
    random = np.random.default_rng(0)
    for size in (0.5, 3, 20, 40):
        x = y = (size * random.uniform(0.5, 1, (3, *shape))).astype("float32")
        count = 0
        while goes_on(y.reshape(3, -1)):
            y, count = step(y), count + 1
        rounds.add(count)
        for way in (model, model.predict_on_batch):
            values, counted = way(x)
            assert same(values, y, 1e-5) and int(counted[0]) == count
    assert len(rounds) > 1


PREDICATES = [
    lambda x: ops.sum(x) > 0,
    lambda x: ops.max(x) > 100,
    lambda x: ops.any(x < 0),
    lambda x: x[0, 0] > 0,
    lambda x: ops.mean(x) < 0,
]
CLOSED_OVER = [
    lambda x, h: (lambda: 2 * x, lambda: -x),
    lambda x, h: (lambda: h, lambda: x),
    lambda x, h: (lambda: ops.relu(h), lambda: ops.tanh(h)),
    lambda x, h: (lambda: layers.Dense(4)(x), lambda: h),
    lambda x, h: (lambda: h + x, lambda: h * x),
    lambda x, h: (lambda: ops.square(x), lambda: layers.ReLU()(h)),
]


@over(
    each(
        "conditions and branches",
        itertools.product(range(len(PREDICATES)), range(len(CLOSED_OVER))),
    )
)
def a_bare_cond_returns_no_values(case):
    """Write the branches as functions of no argument, that hold a tensor."""
    x = keras.Input((4,))
    hidden = layers.Dense(4)(x)
    ends = ops.cond(PREDICATES[case[0]](x), *CLOSED_OVER[case[1]](x, hidden))
    model = keras.Model(x, ends)
    for data in (np.ones((2, 4)), -np.ones((2, 4))):
        assert isinstance(model(data), keras.KerasTensor)


# Functions of keras.ops that take one tensor of floats and return one.
OF_ONE_TENSOR = (
    "abs absolute all amax amin angle any arccos arccosh arcsin arcsinh arctan "
    "arctanh argmax argmin argsort array average cbrt ceil celu cholesky "
    "cholesky_inverse conj conjugate convert_to_tensor copy cos cosh "
    "count_nonzero cumprod cumsum deg2rad det diagflat diagonal diff elu empty_like "
    "erf erfc erfinv exp exp2 expm1 fabs flip fliplr flipud floor gelu glu "
    "hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh i0 imag inv isfinite "
    "isinf isnan isneginf isposinf isreal layer_normalization leaky_relu log log10 "
    "log1p log2 log_sigmoid log_softmax logdet logical_not logsumexp matrix_rank "
    "max mean median min nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax "
    "nanmean nanmedian nanmin nanprod nanstd nansum nanvar ndim negative "
    "normalize ones_like pinv prod ptp rad2deg ravel real reciprocal relu relu6 "
    "rms_normalization rot90 round rsqrt selu sigmoid sign signbit silu sin sinc "
    "sinh size soft_shrink softmax softplus softsign sort sparse_plus "
    "sparse_sigmoid sparsemax sqrt square squareplus squeeze std stop_gradient sum "
    "swish tan tanh tanh_shrink trace transpose trapezoid tril triu trunc var "
    "zeros_like "
)
OPERATORS = {
    "corrcoef": lambda x: ops.corrcoef(x[:, 0]),
    "norm": lambda x: ops.norm(x, axis=-1),
    "cast": lambda x: ops.cast(x, "int32"),
    "view": lambda x: ops.view(x, "int32"),
    "bitwise_not": lambda x: ops.bitwise_not(ops.cast(x, "int32")),
    "bincount": lambda x: ops.bincount(ops.cast(ops.abs(x[:, 0]), "int32")),
    "x + 2": lambda x: x + 2,
    "x - 2": lambda x: x - 2,
    "2 - x": lambda x: 2 - x,
    "x * 2": lambda x: x * 2,
    "2 * x": lambda x: 2 * x,
    "x / 2": lambda x: x / 2,
    "x // 2": lambda x: x // 2,
    "x % 2": lambda x: x % 2,
    "x ** 2": lambda x: x**2,
    "x @ x": lambda x: x @ x,
    "-x": lambda x: -x,
    "abs(x)": abs,
    "x < 1": lambda x: x < 1,
    "x >= 1": lambda x: x >= 1,
    "x != 1": lambda x: x != 1,
    "(x > 1) | (x < 0)": lambda x: (x > 1) | (x < 0),
    "(x > 1) ^ (x < 2)": lambda x: (x > 1) ^ (x < 2),
    "x[:, -1]": lambda x: x[:, -1],
    "x[..., None]": lambda x: x[..., None],
    "~(x > 1)": lambda x: ~(x > 1),
    "(x > 1) & (x < 2)": lambda x: (x > 1) & (x < 2),
}


@over(
    each("functions of keras.ops, and operators", [*OF_ONE_TENSOR.split(), *OPERATORS])
)
def keras_ops_become_steps_of_the_graph(name):
    """Make a model of it alone; save it; compare what it computes."""
    function = OPERATORS.get(name) or getattr(ops, name)
    inputs = keras.Input((4, 4))
    end = function(inputs)
    model = keras.Model(inputs, end)
    assert any(end._keras_history.operation is step for step in model.operations)
    assert len(model.operations) > len(model.layers) == 1
    root = np.random.default_rng(0).normal(size=(2, 4, 4)).astype("float32")
    x = root @ root.transpose(0, 2, 1) + np.eye(4, dtype="float32")
    model.save("model.keras")
    loaded = keras.saving.load_model("model.keras")
    assert len(loaded.operations) == len(model.operations)
    if name != "empty_like":  # its numbers are any
        assert same(model(x), function(x), 1e-4)
        assert same(loaded(x), model(x), 1e-4)
