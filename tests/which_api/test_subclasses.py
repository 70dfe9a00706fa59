"""The verdict on subclassed models, and the simpler model that is handed back."""

import inspect

import keras
import numpy as np
import pytest
from keras import layers

from which_api.judge import current_api, judge, simplify

from .subclasses import INPUTS, NETS, While

pytestmark = pytest.mark.filterwarnings(
    "ignore:`build\\(\\)` was called on layer:UserWarning",
    "ignore:__array__ implementation:DeprecationWarning",
)


def made(kind):
    """Make a model and call it once; return it with the data."""
    keras.utils.set_random_seed(0)
    model = kind()
    data = INPUTS.get(kind.__name__, np.ones((2, 4), "float32"))
    model(data)
    return model, data


def test_there_are_sixty():
    assert len(NETS) >= 60
    assert len({kind.__name__ for kind, _, _ in NETS}) == len(NETS)


@pytest.mark.parametrize(
    ("kind", "api", "rebuilt"), NETS, ids=[kind.__name__ for kind, _, _ in NETS]
)
def test_verdict_and_simpler_model(kind, api, rebuilt):
    model, data = made(kind)
    before = [(v, v.value.numpy()) for v in model.variables]
    found = judge(model, data if api == "subclass" else None)
    assert found.api == api, (found.reasons, found.notes)
    if rebuilt:
        simple = simplify(model)
        assert simple.proof.holds
        assert current_api(simple.model) == api
        # The same layers, so the same variables: nothing is copied, nothing is new.
        ours, theirs = simple.model.variables, model.variables
        assert {id(v) for v in ours} <= {id(v) for v in theirs}
    else:
        assert found.reasons or found.notes
        with pytest.raises(ValueError, match="cannot be rebuilt"):
            simplify(model, data)
    assert all(np.array_equal(v.value.numpy(), value) for v, value in before)


def test_the_line_that_looks_at_a_value_is_named():
    (reason,) = judge(*made(While)).reasons
    lines, start = inspect.getsourcelines(While)
    number = start + next(n for n, line in enumerate(lines) if "while " in line)
    assert f"line {number} of subclasses.py" in reason.text
    assert "while ops.max(ops.abs(x)) > 1:" in reason.text
    assert reason.rule == "value-dependent"


def test_a_layer_is_offered_before_a_subclass_is_accepted():
    first, *_ = judge(*made(While)).notes
    assert "`ops.while_loop`" in first and "a layer of your own" in first


def test_a_chain_with_an_operation_is_no_stack_and_no_reason_to_rewrite_it():
    x = keras.Input((4,))
    model = keras.Model(x, 2.0 * layers.Dense(4, name="dense")(x))
    found = judge(model)
    assert found.api == current_api(model) == "functional"
    (reason,) = found.reasons
    assert reason.rule == "operation-in-the-chain"
    assert reason.text == (
        f"`{model.operations[-1].name}` (Multiply) is an operation, and a stack holds "
        "layers only."
    )
    assert any("a Sequential would do" in note for note in found.notes)


def test_a_model_that_was_never_called():
    kind = NETS[0][0]
    assert judge(kind()).api == "unknown"
    assert judge(kind(), inputs=keras.Input((4,))).api == "sequential"


class Undeclared(keras.Model):
    """Own a layer that looks at `training`, and do not declare it."""

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def call(self, x):
        return self.layer(x)


class Declared(Undeclared):
    def call(self, x, training=False):
        return self.layer(x)


class InKeywords(Undeclared):
    """`fit` does not send `training` to ``**kwargs`` either."""

    def call(self, x, **kwargs):
        return self.layer(x)


class Overruled(Undeclared):
    """The layer is told what to do: `fit` need not send anything."""

    def call(self, x):
        return self.layer(x, training=True)


def says_undeclared(kind, layer):
    model = kind(layer)
    model(np.ones((2, 4), "float32"))
    before = [v.value.numpy() for v in model.variables]
    found = any("does not declare `training`" in note for note in judge(model).notes)
    after = [v.value.numpy() for v in model.variables]
    assert all(map(np.array_equal, before, after))
    return found


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.Dropout(0.5),
        layers.BatchNormalization,
        lambda: layers.GaussianNoise(1.0),
        lambda: keras.Sequential([layers.Dense(3), layers.Dropout(0.5)]),
    ],
)
def test_a_training_argument_that_is_not_declared_is_noted(make):
    assert says_undeclared(Undeclared, make())
    assert says_undeclared(InKeywords, make())
    assert not says_undeclared(Declared, make())
    assert not says_undeclared(Overruled, make())


def test_layers_that_do_not_look_at_training_need_no_note():
    assert not says_undeclared(Undeclared, layers.Dense(3))
    assert not says_undeclared(Undeclared, layers.Dropout(0.0))


def test_a_value_looking_model_gets_the_note_too():
    class Both(Undeclared):
        def call(self, x):
            return self.layer(x) if keras.ops.sum(x) > -99 else x

    found = judge(Both(layers.Dropout(0.5)), np.ones((2, 4), "float32"))
    assert found.api == "subclass"
    assert any("does not declare `training`" in note for note in found.notes)


def test_fit_does_what_the_note_says():
    """Undeclared, `fit` trains as in inference; the simplified model does not."""
    data = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")

    def loss(model):
        model.compile(keras.optimizers.SGD(0.0), loss="mse")
        return model.fit(data, data, batch_size=64, verbose=0).history["loss"][0]

    same = layers.Dense(4, kernel_initializer="identity")
    model = Undeclared(keras.Sequential([same, layers.Dropout(0.5)]))
    model(data)
    simple = simplify(model)
    assert simple.proof.holds
    assert loss(model) == 0 < loss(simple.model)
