"""The verdict on every architecture of ``keras.applications``."""

import inspect

import keras
import pytest

from which_api.graph import evidence, read
from which_api.keras_graph import graph_of
from which_api.simplify import as_sequential, prove
from which_api.verdict import verdict

NAMES = sorted(n for n, f in vars(keras.applications).items() if inspect.isfunction(f))
STACKS = {"MobileNet", "VGG16", "VGG19"}

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning",
)


def test_there_are_forty():
    assert len(NAMES) == 40


@pytest.mark.parametrize("name", NAMES)
def test_verdict(name):
    # In a stateless scope, no memory is used for the weights.
    with keras.StatelessScope(initialize_variables=False):
        model = getattr(keras.applications, name)(weights=None)
    keras.utils.clear_session()  # or the next scope would make all those weights
    graph = read(model.get_config())
    found = verdict(graph)
    assert found.api == ("sequential" if name in STACKS else "functional")
    assert graph.edges == graph_of(model).edges
    assert bool(evidence(graph)) == bool(found.reasons)


@pytest.mark.parametrize("name", ["MobileNet", "VGG16"])
def test_the_stacks_are_really_stacks(name):
    options = {"MobileNet": {"alpha": 0.25}}.get(name, {})
    model = getattr(keras.applications, name)(
        weights=None, input_shape=(32, 32, 3), classes=2, include_top=False, **options
    )
    stack = as_sequential(model)
    assert type(stack) is keras.Sequential
    assert prove(model, stack, model.inputs[0]).holds
