"""Two clean builds of the same files are the same bytes, wherever they are made."""

from pathlib import Path

import pytest

from .conftest import Site, cell, claim, new_site

pytestmark = pytest.mark.xdist_group("determinism")

TRAINING = """\
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), layers.Dense(8), layers.Dense(1)])
model.compile("adam", "mse")
x = np.random.default_rng(0).normal(size=(256, 4))
print(model.fit(x, x.sum(axis=1), verbose=0).history["loss"][0])
model.summary()"""


def write_pages(site: Site) -> None:
    site.page("index", "```{toctree}\none\ntwo\n```\n\n```{claim-ledger}\n```\n")
    site.page("one", cell(TRAINING))
    site.page(
        "two",
        claim("set-has-three") + cell("print({'a', 'b'})\nn = int('3')\nassert n == 3"),
    )


def contents(site: Site) -> dict[str, bytes]:
    folder = site.root / "build/html"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Site:
    """Return a built site."""
    site = new_site(tmp_path_factory.mktemp("first") / "a")
    write_pages(site)
    site.alone = True
    site.make("html", "JOBS=1").passed()
    return site


def test_two_clean_builds_are_equal(first: Site, tmp_path: Path):
    """In folders of different names, one after the other and in parallel."""
    second = new_site(tmp_path / "another")
    write_pages(second)
    second.alone = True
    second.make("html", "JOBS=2").passed()
    one, other = contents(first), contents(second)
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


def test_second_build_changes_nothing(first: Site):
    before = contents(first)
    first.make("html", "JOBS=1").passed()
    assert contents(first) == before
