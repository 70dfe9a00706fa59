"""Which proofs count: the ones that could fail."""

import pytest

from proved_pages.prove.proof import why_it_cannot_fail

CAN_FAIL = [
    "assert model.count_params() == 20",
    "x = 1\nassert model.count_params() == x",
    "assert isinstance(model, keras.Model)",
    "assert not hasattr(model, 'add')",
    "assert np.array_equal(a(x), b(x))",
    "assert left == right",
    "assert f(x) and True",
    "assert True and f(x)",
    "assert (model.built)",
    "np.testing.assert_allclose(a, b)",
    "found = {}\nfill(found)\nassert len(found) == 3",
    "found = []\nfor n in names:\n    found.append(n)\nassert found == ['a']",
    "n = 0\nfor layer in model.layers:\n    n += 1\nassert n == 2",
    "assert all(layer.built for layer in model.layers)",
    "assert True\nassert model.built",
    "%matplotlib inline\nassert model.built",
]

CANNOT_FAIL = [
    "",
    "model.count_params()",
    "assert True",
    "assert 1",
    "assert 'text'",
    "assert 2 + 2 == 4",
    "assert len([1]) == 1",
    "assert not False",
    "assert (model.built, 'message')",
    "assert [model.built]",
    "assert {'a': model}",
    "assert lambda: model",
    "assert (x for x in model.layers)",
    "assert f'{model}'",
    "assert x == x",
    "assert model.built is model.built",
    "assert model.built or True",
    "assert model.built or not model.built",
    "x = 1\nassert x == 1",
    "x: int = 1\nassert x == 1",
    "x = 3\ny = x + 1\nassert y == 4",
    "a, b = 1, 2\nassert a < b",
    "if model.built:\n    assert model.built",
    "for layer in model.layers:\n    assert layer.built",
    "try:\n    assert model.built\nexcept AssertionError:\n    pass",
    "with suppress(AssertionError):\n    assert model.built",
    "def check():\n    assert model.built",
    "class AssertionError(Exception): ...\nassert model.built",
    "raise SystemExit\nassert model.built",
    "%%capture\nassert model.built",
    "%%bash\nassert model.built",
    "np.testing.assert_allclose(a, a)",
    "np.testing.assert_equal(1, 1)",
    "assert broken(",
    "# assert model.built",
    "'assert model.built'",
]


@pytest.mark.parametrize("source", CAN_FAIL)
def test_can_fail(source):
    assert why_it_cannot_fail(source) is None


@pytest.mark.parametrize("source", CANNOT_FAIL)
def test_cannot_fail(source):
    assert why_it_cannot_fail(source)


def test_constants_of_earlier_cells_count():
    assert why_it_cannot_fail("assert n == 3", earlier=["n = 3"])
    assert why_it_cannot_fail("assert n == 3", earlier=["n = 3", "n = f()"]) is None
    assert why_it_cannot_fail("assert n == 3", earlier=["n = f()"]) is None
