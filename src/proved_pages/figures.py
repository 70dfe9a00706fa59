"""Show Matplotlib's figures as SVG in the colors of the page, with a caption.

A cell shows figures as in any notebook: those that are open when it ends. Kernels load
this module as an extension of IPython, which makes SVG of them that is part of the
page: its text and axes have the color of the page's text, in light and in dark, and its
words can be read, searched and copied.

The label of a figure (``figure.set_label``) is its caption, and its alternative for
whoever cannot see it: it says in words what the picture shows. A figure without one is
refused, and so are axes without a name.
"""

import hashlib
import io
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from markupsafe import escape

if TYPE_CHECKING:  # only a site that draws figures has Matplotlib
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
# How a site's figures look, unless its `proved_figures` says otherwise; names of
# https://matplotlib.org/stable/users/explain/customizing.html
STYLE: dict[str, object] = {
    "svg.fonttype": "none",  # words stay words
    "svg.hashsalt": "proved-pages",  # the same ids in each build
    "savefig.transparent": True,
    "image.interpolation": "none",  # the pixels of an image as they are
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_NUMBER = re.compile(r"(-?\d+\.\d\d)\d+")
_SIZE = re.compile(r"([\d.]+)px")
_BETWEEN = re.compile(r">\s+<")
_EMPTY = re.compile(r"<defs ?/>|<g ?/>|<defs></defs>")
_SPACES = re.compile(r"\s+")
_HERE = re.compile(r"#([\w-]+)")


class Shell(Protocol):
    """What is used of IPython's shell."""

    events: Any


class FigureError(ValueError):
    """A figure that a page should not show; the message says why, and the cure."""


def matplotlibrc(style: Mapping[str, object]) -> str:
    """Return the settings of figures as Matplotlib reads them from a file."""
    return "".join(f"{name}: {value}\n" for name, value in {**STYLE, **style}.items())


def load_ipython_extension(shell: Shell) -> None:
    """Show the open figures at the end of each cell."""
    shell.events.register("post_execute", show)


def show() -> None:
    """Show all open figures and close them.

    Raises FigureError as `html` does, which IPython writes to stderr: the page fails.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not pyplot.get_fignums():
        return
    from IPython.display import HTML, display

    open_now = [pyplot.figure(number) for number in pyplot.get_fignums()]
    pyplot.close("all")
    for figure in open_now:
        display(HTML(html(figure)))


def html(figure: "Figure") -> str:
    """Return `figure` as SVG with a caption.

    Raises FigureError if it has no label, or an axis of it has none.
    """
    caption = str(figure.get_label() or "").strip()
    if not caption:
        raise FigureError(
            "a figure has no caption: say what it shows with figure.set_label('...')"
        )
    for axes in figure.axes:
        _check(axes)
    drawn = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(drawn, format="svg", metadata=nothing)
    svg, name = page_svg(drawn.getvalue())
    shown = f'<figcaption id="{name}">{escape(caption)}</figcaption>'
    return f'<figure class="plot">{svg}{shown}</figure>'


def _check(axes: "Axes") -> None:
    for axis, name in ((axes.xaxis, "x"), (axes.yaxis, "y")):
        ticks = axes.axison and axis.get_visible() and len(axis.get_ticklocs())
        if ticks and not axis.get_label_text():
            raise FigureError(
                f"an axis has no name: say what it counts with axes.set_{name}label"
                f"('...'), or hide it with axes.{name}axis.set_visible(False)"
            )


def page_svg(svg: str) -> tuple[str, str]:
    """Make an SVG file of Matplotlib part of a page; return it and its caption's id.

    Style sheets and the size go, ids become unlike those of other figures, and black
    becomes the color of the text around.
    """
    root = ET.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    prefix = "f" + hashlib.sha256(svg.encode()).hexdigest()[:6] + "-"
    used = {
        name
        for element in root.iter()
        for value in element.attrib.values()
        for name in _HERE.findall(value)
    }
    for element in root.iter():
        _mend(element, prefix, used)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    width, height = root.attrib["viewBox"].split()[2:]
    root.attrib.update(role="img", width=width, height=height)
    root.attrib["aria-labelledby"] = caption = f"{prefix}caption"
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    text = _BETWEEN.sub("><", ET.tostring(root, encoding="unicode"))
    return _EMPTY.sub("", _SPACES.sub(" ", text)), caption


def _mend(element: ET.Element, prefix: str, used: set[str]) -> None:
    """Turn style into attributes, shorten numbers, and name what is referred to."""
    attributes = element.attrib
    for declaration in attributes.pop("style", "").split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":  # the family is the page's
            size = _SIZE.search(value)
            if size:
                attributes["font-size"] = size[1]
            if "bold" in value or "700" in value:
                attributes["font-weight"] = "bold"
        elif name:
            attributes.setdefault(name, value)
    attributes.pop("font-family", None)  # the page's
    if "rotate(-0 " in attributes.get("transform", ""):
        del attributes["transform"]
    if attributes.get("id") in used:
        attributes["id"] = prefix + attributes["id"]
    else:
        attributes.pop("id", None)
    for name, value in attributes.items():
        if name.endswith("href") and value.startswith("data:"):
            attributes[name] = _SPACES.sub("", value)
            continue
        if name in ("fill", "stroke") and value in ("#000000", "black"):
            value = "currentColor"
        elif name in ("d", "x", "y", "transform", "width", "height", "points"):
            value = _NUMBER.sub(r"\1", value)
        elif name == "image-rendering":
            value = "pixelated"
        elif _HERE.search(value) and ("url(" in value or name.endswith("href")):
            value = value.replace("#", f"#{prefix}")
        attributes[name] = value
    if element.tag == f"{{{SVG}}}text" and "fill" not in attributes:
        attributes["fill"] = "currentColor"
