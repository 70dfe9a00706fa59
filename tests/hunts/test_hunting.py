"""The hunt finds what is false, and says so by the smallest case."""

import keras
import numpy as np
import pytest

from .property import CounterExampleError, Property, hunt
from .zoo import EVERY_SEQUENTIAL, GRAPHS, NETWORKS, STACKS, SUBCLASSES, each, same

pytestmark = pytest.mark.filterwarnings("ignore")


def small(case: object) -> None:
    assert case != 7


def never_random(stack) -> None:
    assert not stack.case("list").random


def test_what_holds_is_counted():
    assert hunt(Property("a-claim", small, each("numbers", range(8, 40)))) == 32


def test_a_counter_example_is_named():
    with pytest.raises(CounterExampleError, match="fails for 1 of 40 numbers: 7") as it:
        hunt(Property("a-claim", small, each("numbers", range(40))))
    assert "case = 7\n" in str(it.value)
    assert "def small(case: object)" in str(it.value)


def test_an_error_of_another_type_is_a_failure_too():
    def divides(case: int) -> None:
        assert 1 / case

    with pytest.raises(CounterExampleError, match="ZeroDivisionError: division"):
        hunt(Property("a-claim", divides, each("numbers", range(40))))


def test_few_cases_are_refused_unless_there_are_no_others():
    with pytest.raises(ValueError, match="a-claim meets 3 cases, fewer than 25"):
        hunt(Property("a-claim", small, each("numbers", range(3))))
    assert hunt(Property("a-claim", small, each("numbers", range(3), all=True))) == 3


def test_the_smallest_network_is_shown_as_code_that_runs():
    with pytest.raises(CounterExampleError) as it:
        hunt(Property("a-claim", never_random, STACKS))
    shown = str(it.value).split("\n\n", 1)[1].split("# where this fails")[0]
    names: dict[str, object] = {}
    exec(shown, names)
    assert len(names["steps"]) <= 2
    model = keras.Sequential([names["inputs"], *names["steps"]])
    x = np.ones((4, *names["inputs"].shape[1:]), "float32")
    assert not same(model(x, training=True), model(x))


@pytest.mark.parametrize(
    "part", [STACKS, EVERY_SEQUENTIAL, GRAPHS, SUBCLASSES, NETWORKS]
)
def test_the_same_seed_draws_the_same_cases_and_another_one_others(part):
    names = [case.name for case in part.cases()]
    assert names == [case.name for case in part.cases()]
    assert len(set(names)) > 25
    assert names != [case.name for case in part.cases(drawn_with=1)]


def test_all_forms_of_a_stack_compute_the_same():
    """A form that differs would be a mistake of the zoo, not of Keras."""
    stack = next(stack for stack in STACKS.fixed if stack.name == "convolution")
    x = stack.x()
    answers = [case.fresh()(x) for case in stack.cases.values()]
    assert len(answers) == 8
    assert all(same(answer, answers[0], 1e-6) for answer in answers)


def test_every_network_runs():
    for case in NETWORKS.cases():
        answer = case.model(case.x())
        assert keras.tree.flatten(answer), case.name
