"""What a lecturer takes away: the notebooks of the lessons, and the figures to project.

``{lesson-files}`` links two files that each HTML build writes where a page offers them:
``lessons.zip``, the notebook of each lesson, and ``figures.zip``, each figure of the
lessons and the decision diagram as SVG, in dark words for a white slide.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from keras_site.decision_svg import draw
from keras_site.gallery import COLORS, all_pictures, as_file
from keras_site.programs import publish_zip
from proved_pages.marks import mark, marked
from proved_pages.markup import render
from proved_pages.publish.downloads import paths
from which_api.rules import RULES

LESSONS = "learn/lessons/"
NOTEBOOKS, FIGURES = "lessons.zip", "figures.zip"
MARK = "offers-lessons"
# site.css has the colors of the diagram on a page; these are those of a white slide.
DECISION_STYLE = (
    "<style>text{font:15px system-ui,sans-serif}text.answer{text-anchor:middle;"
    "font-weight:600}text.word{font-size:13px}rect{fill:none;stroke:#888}"
    "rect.part{stroke-dasharray:4 3}.arrow{stroke:#555;fill:none}</style>"
)


class lesson_files(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the links until every page is known."""


class LessonFilesDirective(SphinxDirective):
    """``{lesson-files}``: the notebooks and the figures of the lessons, in two zips."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder."""
        mark(self.env, MARK)
        return [lesson_files()]


def lessons(env: BuildEnvironment) -> list[str]:
    """Return the lessons in the order of their contents list."""
    listed = env.toctree_includes.get(f"{LESSONS}index", [])
    return [page for page in listed if page.startswith(LESSONS)]


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the links of the page."""
    for place in list(doctree.findall(lesson_files)):
        html = ""
        if app.builder.format == "html":
            here = app.builder.get_target_uri(docname)
            html = render(
                "keras_site",
                "lesson-files.html.jinja",
                notebooks=relative_uri(here, NOTEBOOKS),
                figures=relative_uri(here, FIGURES),
                lessons=len(lessons(app.env)),
                pictures=sum(name.endswith(".svg") for name, _ in _figures(app.env)),
            )
        place.replace_self(nodes.raw("", html, format="html"))


def write(app: Sphinx, exception: Exception | None) -> None:
    """Publish both files, if a page offers them; the notebooks are written."""
    if exception or app.builder.format != "html" or not marked(app.env, MARK):
        return
    notebooks = {
        f"lessons/{number:02}-{Path(page).name}.ipynb": paths(app, page)[0].read_bytes()
        for number, page in enumerate(lessons(app.env), 1)
    }
    figures = {f"figures/{name}": text.encode() for name, text in _figures(app.env)}
    license_text = Path(app.confdir, "LICENSE").read_bytes()
    for name, files in ((NOTEBOOKS, notebooks), (FIGURES, figures)):
        files[f"{Path(name).stem}/LICENSE"] = license_text
        publish_zip(Path(app.outdir, name), files)


def shown(app: Sphinx, env: BuildEnvironment) -> dict[str, object]:
    """Return what pages with the links show of the lessons."""
    names = json.dumps([lessons(env), [name for name, _ in _figures(env)]])
    return dict.fromkeys(marked(env, MARK), names)


def _figures(env: BuildEnvironment) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each figure, and of a list that says what is what.

    A caption says in words what a figure shows.
    """
    told = []
    for number, page in enumerate(lessons(env), 1):
        for place, picture in enumerate(all_pictures(env, page), 1):
            name = f"{number:02}-{Path(page).name}-{place}.svg"
            yield name, as_file(picture, COLORS["light"])
            told.append(f"{name}: {picture.caption}\n")
    open_tag, end, rest = draw(RULES).partition(">")
    open_tag = open_tag.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    yield "decision-diagram.svg", open_tag + end + DECISION_STYLE + rest
    told.append("decision-diagram.svg: which API a model needs\n")
    yield "captions.txt", "".join(told)
