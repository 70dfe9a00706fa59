"""Two clean builds of the same files are the same bytes, wherever they are made."""

from pathlib import Path

from .conftest import Site, cell, claim, new_site

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


def test_two_clean_builds_are_equal(tmp_path: Path):
    """In folders of different names, one after the other and in parallel."""
    first, second = new_site(tmp_path / "a"), new_site(tmp_path / "another")
    for site, jobs in ((first, "1"), (second, "2")):
        write_pages(site)
        site.alone = True
        site.make("html", f"JOBS={jobs}").passed()
    one, other = contents(first), contents(second)
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


def test_second_build_changes_nothing(tmp_path: Path):
    site = new_site(tmp_path)
    write_pages(site)
    site.make().passed()
    before = contents(site)
    site.make().passed()
    assert contents(site) == before
