"""The verdict on every architecture of ``keras.applications``."""

import json

import keras
import pytest

from which_api.graph import Edge, evidence, read
from which_api.simplify import as_sequential, prove
from which_api.verdict import verdict

from .applications import NAMES, SOME, application

STACKS = {"MobileNet", "VGG16", "VGG19"}

pytestmark = [
    # Keras saves arrays in a way that NumPy 2 will not accept for ever.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.xdist_group("applications"),  # they are built once
]


def test_there_are_forty():
    assert len(NAMES) == 40
    assert {*SOME} < {*NAMES}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in SOME else pytest.mark.weekly)
        for name in NAMES
    ],
)
def test_verdict(name):
    built = application(name)
    graph = read(json.loads(built["json"])["config"])
    found = verdict(graph)
    assert found.api == ("sequential" if name in STACKS else "functional")
    assert list(graph.edges) == [Edge(*ends) for ends in built["edges"]]
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
