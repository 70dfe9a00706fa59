"""The questions that need a value are known by their class, not by their text."""

import operator

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from which_api.judge import judge
from which_api.trace import trace
from which_api.value_access import ValueAccessError, value_access_marked

from .subclasses import NETS, Values
from .test_subclasses import made

pytestmark = pytest.mark.filterwarnings(
    "ignore:`build\\(\\)` was called on layer:UserWarning",
    "ignore:__array__ implementation:DeprecationWarning",
)

with tf.Graph().as_default():
    SYMBOLIC = type(tf.constant(0))

ASK = {
    "__bool__": bool,
    "__int__": int,
    "__float__": float,
    "__iter__": list,
    "__array__": np.asarray,
    "numpy": lambda tensor: tensor.numpy(),
}
ASK_TENSORFLOW = {**ASK, "__complex__": complex, "__index__": operator.index}


def error_of(ask, tensor):
    with pytest.raises(Exception) as caught:
        ask(tensor)
    return caught.value


def tensorflow_error(ask, given=None):
    """Return the error while TensorFlow records a function."""
    found = []

    @tf.function(autograph=False)
    def function(tensor):
        found.append(error_of(ask, tensor if given is None else given))

    function(tf.zeros((2, 3)))
    return found[0]


@pytest.mark.parametrize("asked", ASK)
def test_a_keras_tensor_is_asked(asked):
    tensor = keras.Input((4,))
    plain = error_of(ASK[asked], tensor)
    with value_access_marked():
        marked = error_of(ASK[asked], tensor)
    assert not isinstance(plain, ValueAccessError)
    assert isinstance(marked, ValueAccessError) and marked.asked == asked
    # Code that handles the error of Keras handles this one.
    assert isinstance(marked, type(plain)) and str(marked) == str(plain)


@pytest.mark.parametrize("asked", ASK_TENSORFLOW)
def test_a_tensor_of_tensorflow_is_asked(asked):
    plain = tensorflow_error(ASK_TENSORFLOW[asked])
    with value_access_marked():
        marked = tensorflow_error(ASK_TENSORFLOW[asked])
    assert not isinstance(plain, ValueAccessError)
    assert isinstance(marked, ValueAccessError) and marked.asked == asked
    assert isinstance(marked, type(plain))


def test_a_variable_is_asked_while_tensorflow_records():
    variable = tf.Variable(1.0)
    with value_access_marked():
        assert isinstance(tensorflow_error(ASK["numpy"], variable), ValueAccessError)
        assert variable.numpy() == 1  # outside of the recording it has a value


def test_values_that_are_there_can_be_asked():
    with value_access_marked():
        assert int(tf.constant(3)) == 3 and bool(tf.constant(True))
        assert list(tf.constant([1, 2])) == [1, 2]
        assert float(ops.sum(np.ones(2))) == 2


def test_shapes_and_types_can_be_asked():
    tensor = keras.Input((4,))
    with value_access_marked():
        assert tensor.shape == (None, 4) and tensor.dtype == "float32"
        assert not hasattr(tensor, "numpy")


def test_the_methods_are_given_back():
    kinds = (keras.KerasTensor, SYMBOLIC, tf.Tensor, type(tf.Variable(0)))
    before = [dict(vars(kind)) for kind in kinds]
    with pytest.raises(ZeroDivisionError), value_access_marked():
        assert dict(vars(keras.KerasTensor)) != before[0]
        _ = 1 / 0
    assert [dict(vars(kind)) for kind in kinds] == before


@pytest.fixture
def other_words(monkeypatch):
    """Let Keras and TensorFlow say something else, with errors of the same classes."""

    def says(kind, words):
        def refuse(tensor, *args, **options):
            raise kind(words)

        return refuse

    refused = tf.errors.OperatorNotAllowedInGraphError
    for kind, errors in {
        keras.KerasTensor: {
            "__bool__": TypeError,
            "__iter__": NotImplementedError,
            "__int__": ValueError,
            "__float__": ValueError,
            "__array__": ValueError,
        },
        SYMBOLIC: {
            "__bool__": refused,
            "__iter__": refused,
            "__array__": NotImplementedError,
        },
    }.items():
        for name, error in errors.items():
            words = f"nothing of {name} today"
            monkeypatch.setattr(kind, name, says(error, words), raising=False)
    with pytest.raises(TypeError, match="nothing of __bool__ today"):
        bool(keras.Input((4,)))


@pytest.mark.usefixtures("other_words")
@pytest.mark.parametrize(
    "kind",
    [kind for kind, api, _ in NETS if api == "subclass"],
    ids=[kind.__name__ for kind, api, _ in NETS if api == "subclass"],
)
def test_the_verdict_does_not_rest_on_texts(kind):
    found = judge(*made(kind))
    assert found.api == "subclass", (found.reasons, found.notes)
    assert "of subclasses.py" in found.reasons[0].text


class RaisesALookalike(Values):
    """A mistake whose text is one that Keras uses for questions about values."""

    def call(self, x):
        if isinstance(x, keras.KerasTensor) or not tf.executing_eagerly():
            raise TypeError("A symbolic KerasTensor cannot be used as a boolean")
        return self.a(x)


class RangeOfNothing(Values):
    """Fail for want of a number of rows, and not for want of a value."""

    def call(self, x):
        for _ in range(x.shape[0]):
            x = self.a(x)
        return x


class Slices(Values):
    """Slice by a value, which TensorFlow records and a `KerasTensor` refuses."""

    def call(self, x):
        return self.a(x)[: ops.cast(ops.max(x), "int32")]


class AsRangeOfTensor(Values):
    def call(self, x):
        for _ in range(ops.cast(ops.sum(x[0]), "int32")):
            x = self.a(x)
        return x


class ReadsVariable(Values):
    """A `tf.Variable` has no value while TensorFlow records."""

    def __init__(self):
        super().__init__()
        self.factor = tf.Variable(2.0, trainable=False)

    def call(self, x):
        return self.a(x) * float(self.factor.numpy())


class Unusual(layers.Layer):
    """Ask in a layer, whose error Keras makes anew to say where it happened."""

    def call(self, x):
        return x if ops.sum(x) > 0 else -x


class InALayer(Values):
    def __init__(self):
        super().__init__()
        self.unusual = Unusual()

    def call(self, x):
        return self.unusual(self.a(x))


@pytest.mark.parametrize(
    ("kind", "api"),
    [
        (RaisesALookalike, "unknown"),
        (RangeOfNothing, "unknown"),
        (Slices, "functional"),
        (AsRangeOfTensor, "subclass"),
        (ReadsVariable, "subclass"),
        (InALayer, "subclass"),
    ],
)
def test_what_is_a_question_about_a_value(kind, api):
    found = judge(*made(kind))
    assert found.api == api, (found.reasons, found.notes)


def test_the_line_is_the_one_that_asks():
    line = trace(*made(InALayer)).value_line
    assert "`return x if ops.sum(x) > 0 else -x`" in line
