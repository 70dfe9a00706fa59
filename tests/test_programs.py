"""The zip of all programs, and which cells of a recipe's page are folded."""

import io
import re
import zipfile

import pytest

from keras_site.programs import ZIP, is_plumbing, zipped
from tests.conftest import EXAMPLES, ROOT


@pytest.mark.parametrize(
    "source",
    [
        "from which_api.diagram import draw\nfrom examples import gan\ndraw(gan)",
        "from examples import gan\n\nresult = gan.main()\nplots = gan.figures(result)",
        "import keras\n\nfrom examples.gan import build",
        "draw(model)",
    ],
)
def test_plumbing_is_folded(source):
    assert is_plumbing(source)


@pytest.mark.parametrize(
    "source",
    [
        "import keras",
        "from examples import adapt\n\nprogram = adapt(gan, '')",
        "from examples import gan\n\nmodel = gan.build()",
        "from examples import gan\n\nresult = gan.main()\nassert result",
        "%matplotlib inline",
    ],
)
def test_what_readers_should_see_is_not(source):
    assert not is_plumbing(source)


def test_the_same_files_make_the_same_bytes_in_any_order():
    files = {"b.py": b"2", "a.py": b"1"}
    made = zipped(files)
    assert made == zipped(dict(reversed(files.items())))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.namelist() == ["a.py", "b.py"]
        assert {info.date_time[0] for info in archive.infolist()} == {1980}


def test_the_published_zip_has_every_program_as_it_is(site):
    with zipfile.ZipFile(site / ZIP) as archive:
        assert archive.testzip() is None
        for name in ("__init__", *EXAMPLES):
            file = f"examples/{name}.py"
            assert archive.read(file) == (ROOT / file).read_bytes()
        assert archive.read("examples/LICENSE") == (ROOT / "LICENSE").read_bytes()
        assert b"keras==" in archive.read("examples/requirements.txt")


@pytest.mark.parametrize("name", [*EXAMPLES, "index"])
def test_each_recipe_links_it_once(site, name):
    html = (site / f"recipes/{name}.html").read_text(encoding="utf-8")
    line = '<p class="programs"><code>examples</code>'
    assert html.count(line) == 1
    assert f'href="../{ZIP}" download' in html
    if name != "index":  # it stands below the first cell, which is folded
        first = html.index('<div class="cell')
        before = html[first : html.index(line)]
        assert re.match(
            r'<div class="cell[^>]*>\s*<details class="admonition hide', before
        )
        assert before.count('<div class="cell') == before.count("cell_input") + 1 == 2
