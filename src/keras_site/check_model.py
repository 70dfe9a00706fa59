"""Check a model in the browser: ``{check-model}``.

The page reads a ``.keras`` file or a model's JSON with the scripts in
static/which-api, which do what src/which_api does. What both say is written once, in
Python, and published for the scripts as ``_static/which-api/rules-data.js``: the
tables of rules and of sentences, the limits. Tests run the scripts on what Python says
of models and of other things (tests/which_api/test_vectors.py).

The sample models behind the buttons are what a cell of the page returned as
``IPython.display.JSON``: a dict from a label to the text of ``to_json()``.

Without JavaScript the page names the command instead.
"""

import json
from dataclasses import asdict
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

import which_api
from proved_pages.execute.notebooks import executed_notebook
from proved_pages.marks import loads, mark, marked
from proved_pages.markup import render
from proved_pages.problems import report
from proved_pages.publish.constants import write_constant
from which_api.graph import TRAINS_BY_DEFAULT
from which_api.modelfile import DEEPEST, LARGEST
from which_api.rules import APIS, RULES
from which_api.sentences import SENTENCES
from which_api.verdict import SHOWN

FOLDER = "which-api"
DATA_JS = f"{FOLDER}/rules-data.js"
CONSTANT = "WHICH_API_DATA"
# In this order: each one uses those before it.
SCRIPTS = (
    "rules-data",
    "sentences",
    "json",
    "graph",
    "verdict",
    "diagram",
    "judge",
    "model-file",
    "page",
)
# The pages that a verdict links to, by what the script calls them.
PAGES = {
    "rules": "choose/rules",
    "convert": "learn/convert",
    "command": "choose/which-api",
}
SOURCES = ("graph.py", "rules.py", "sentences.py", "verdict.py", "modelfile.py")
MARK = "checks-models"


class check_model(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the form until every page is known, and the builder too.

    The pages that were read are kept for all builders: what one of them reads must not
    depend on it.
    """


class CheckModelDirective(SphinxDirective):
    """``{check-model}``: the form, and the place for the verdict."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder; `fill` replaces it when the page is written."""
        env = self.env
        for name in SOURCES:  # the page names rules-data.js with its check sum
            env.note_dependency(Path(which_api.__file__).parent / name)
        mark(env, MARK)
        for target in PAGES.values():
            if target not in env.found_docs:
                report(
                    env,
                    env.docname,
                    self.lineno,
                    f"a verdict links to docs/{target}.md, which is not there",
                    "name another page in src/keras_site/check_model.py",
                )
        return [check_model()]


def samples(env: BuildEnvironment, docname: str) -> dict[str, str]:
    """Return the models that the page's cells give as samples: JSON by label."""
    for cell in executed_notebook(env, docname).cells:
        for output in cell.get("outputs", []):
            if found := output.get("data", {}).get("application/json"):
                return dict(found)
    return {}


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholder by the form, with a button for each sample model.

    The buttons are part of the page: what a script adds later moves what people read.
    """
    for place in list(doctree.findall(check_model)):
        html = _html(app, docname) if app.builder.format == "html" else ""
        place.replace_self(nodes.raw("", html, format="html"))


def _html(app: Sphinx, docname: str) -> str:
    to = app.builder.get_relative_uri
    return render(
        "keras_site",
        "check-model.html.jinja",
        pages={name: to(docname, page) for name, page in PAGES.items()},
        samples=list(samples(app.env, docname)),
    )


def refuse_missing_samples(app: Sphinx, env: BuildEnvironment) -> None:
    """Report a form without samples."""
    for page in marked(env, MARK):
        if not samples(env, page):
            report(
                env,
                page,
                1,
                "the page has no sample models",
                "return a dict from labels to JSON as IPython.display.JSON in a cell",
            )


def write_data(app: Sphinx, env: BuildEnvironment) -> None:
    """Write what the scripts need to know, before the pages name the file."""
    pages = marked(env, MARK)
    data = shared_data(samples(env, pages[0]) if pages else {})
    write_constant(app, DATA_JS, CONSTANT, json.dumps(data, indent=0))


def shared_data(models: dict[str, str]) -> dict[str, object]:
    """Return what Python and the scripts both know, and the sample models."""
    return {
        "APIS": [asdict(each) for each in APIS],
        "RULES": [asdict(each) for each in RULES],
        "SENTENCES": SENTENCES,
        "LARGEST": LARGEST,
        "DEEPEST": DEEPEST,
        "SHOWN": SHOWN,
        "TRAINS_BY_DEFAULT": sorted(TRAINS_BY_DEFAULT),
        "SAMPLES": models,
    }


add_files = loads(
    MARK, f"{FOLDER}/page.css", *(f"{FOLDER}/{name}.js" for name in SCRIPTS)
)
