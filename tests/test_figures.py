"""Figures of cells become SVG of the page, with a caption, and bad ones are refused."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from conf import proved_figures
from proved_pages import figures
from proved_pages.figures import FigureError, html, matplotlibrc
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def _style(tmp_path):
    """As in the kernels."""
    file = tmp_path / "matplotlibrc"
    file.write_text(matplotlibrc(proved_figures))
    with mpl.rc_context(fname=file):
        mpl.use("agg")
        yield
    plt.close("all")


def curve(label: str = "It falls from 3 to 1.", last: float = 1) -> Figure:
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3], [3, 2, last])
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    figure.set_label(label)
    return figure


def test_the_caption_names_the_picture_and_is_text():
    shown = ET.fromstring(html(curve("a < b & c")))
    svg, caption = shown
    assert caption.text == "a < b & c"
    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-labelledby"] == caption.attrib["id"]


def test_words_stay_words_in_the_color_and_font_of_the_page():
    text = html(curve())
    assert ">epoch</text>" in text
    assert 'fill="currentColor"' in text and "#000000" not in text
    assert "font-family" not in text and "style=" not in text
    assert "<metadata" not in text and "<style" not in text


def test_the_same_figure_gives_the_same_bytes_and_another_one_other_ids():
    one, again, other = html(curve()), html(curve()), html(curve(last=0.5))
    assert one == again

    def ids(text: str) -> set[str]:
        return set(re.findall(r'\bid="([^"]+)"', text))

    assert ids(one)
    assert not ids(one) & ids(other)
    for text in (one, other):
        used = re.findall(r'(?:url\(|href=")#([\w-]+)', text)
        assert used and set(used) <= ids(text)


@pytest.mark.parametrize("label", ["", "  "])
def test_a_figure_without_caption_is_refused(label):
    with pytest.raises(FigureError, match=r"no caption: .* figure\.set_label"):
        html(curve(label))


@pytest.mark.parametrize("name", ["x", "y"])
def test_an_axis_without_name_is_refused(name):
    figure = curve()
    figure.axes[0].set(**{f"{name}label": ""})
    with pytest.raises(FigureError, match=rf"axes\.set_{name}label"):
        html(figure)
    getattr(figure.axes[0], f"{name}axis").set_visible(False)
    html(figure)


def test_images_need_no_axes_and_keep_their_pixels():
    figure, axes = plt.subplots()
    axes.imshow([[0, 1], [1, 0]])
    axes.set_axis_off()
    figure.set_label("A checkerboard of four.")
    text = html(figure)
    assert 'image-rendering="pixelated"' in text and 'width="2"' in text
    assert len(text) < 2000


def test_open_figures_are_shown_and_closed(monkeypatch):
    shown: list[str] = []
    monkeypatch.setattr(
        "IPython.display.display", lambda each: shown.append(each._repr_html_())
    )
    figures.show()
    assert not shown
    curve()
    curve(last=2)
    figures.show()
    assert len(shown) == 2 and not plt.get_fignums()


def test_a_kernel_that_shows_no_figure_imports_neither_sphinx_nor_matplotlib():
    code = f"import {figures.__name__}, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    names = {name.partition(".")[0] for name in done.stdout.split()}
    assert figures.__name__.partition(".")[0] in names
    assert not names & {"sphinx", "matplotlib", "docutils"}
