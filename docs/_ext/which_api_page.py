"""Check a model in the browser: ``{check-model}``.

The page reads a ``.keras`` file or a model's JSON with the scripts in
docs/_static/which-api, which are those of examples/which_api in JavaScript. What both
say alike is written once, in Python, and published for the scripts as
``_static/which-api/rules-data.js``: the table of rules, the sentence on subclassed
models, the limits. The sample models behind the buttons are what a cell of the page
returned as ``IPython.display.JSON``: a dict from a label to the text of ``to_json()``.

Without JavaScript the page names the command instead.
"""

import json
from dataclasses import asdict
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from _ext import ROOT
from _ext.cells import executed_notebook
from _ext.problems import report
from examples.which_api.__main__ import SHOWN
from examples.which_api.modelfile import LARGEST
from examples.which_api.rules import APIS, RULES
from examples.which_api.verdict import UNKNOWN

FOLDER = "which-api"
DATA_JS = f"{FOLDER}/rules-data.js"
# In this order: each one uses those before it.
SCRIPTS = ("json", "rules-data", "graph", "verdict", "diagram", "model-file", "page")
# The pages that a verdict links to, by what the script calls them.
PAGES = {
    "rules": "choose/rules",
    "convert": "learn/convert",
    "command": "choose/which-api",
}
SOURCES = ("rules.py", "verdict.py", "modelfile.py", "__main__.py")
MARK = "checks-models"
SAMPLES = "<!-- samples -->"  # where the buttons will stand

_FORM = """\
<div class="check-model" {pages}>
<noscript><p>This check runs in your browser, as JavaScript, which is off. The command
line says the same: <code>python -m examples.which_api model.keras</code>. See
<a href="{command}">how to get and use the command</a>.</p></noscript>
<form>
<div class="drop">
<label for="model-file">A <code>.keras</code> file, or a JSON file</label>
<input type="file" id="model-file" accept=".keras,.json,.txt,.h5,.hdf5"
aria-describedby="model-file-hint">
<p id="model-file-hint">Choose it, or drop it anywhere on this page. It stays on your
computer.</p>
</div>
<label for="model-text">Or paste what <code>model.to_json()</code> returns</label>
<textarea id="model-text" rows="5" spellcheck="false" autocomplete="off"
autocapitalize="off"></textarea>
<p class="actions"><button type="submit">Check</button></p>
<p class="samples">Or try: {samples}</p>
</form>
<p class="progress" role="status"></p>
<section class="result" hidden aria-labelledby="model-result"></section>
</div>
"""


class CheckModelDirective(SphinxDirective):
    """``{check-model}``: the form, and the place for the verdict."""

    def run(self) -> list[nodes.Node]:
        """Return the form, with the addresses of the pages that a verdict links to."""
        env = self.env
        for name in SOURCES:  # the page names rules-data.js with its check sum
            env.note_dependency(ROOT / "examples/which_api" / name)
        env.metadata[env.docname][MARK] = True
        for target in PAGES.values():
            if target not in env.found_docs:
                report(
                    env,
                    env.docname,
                    self.lineno,
                    f"a verdict links to docs/{target}.md, which is not there",
                    "name another page in docs/_ext/which_api_page.py",
                )
        if env.app.builder.format != "html":
            return []
        to = env.app.builder.get_relative_uri
        links = {name: to(env.docname, page) for name, page in PAGES.items()}
        pages = " ".join(f'data-{n}="{escape(link)}"' for n, link in links.items())
        html = _FORM.format(
            pages=pages, command=escape(links["command"]), samples=SAMPLES
        )
        return [nodes.raw("", html, format="html")]


def samples(env: BuildEnvironment, docname: str) -> dict[str, str]:
    """Return the models that the page's cells give as samples: JSON by label."""
    for cell in executed_notebook(env, docname).cells:
        for output in cell.get("outputs", []):
            if found := output.get("data", {}).get("application/json"):
                return dict(found)
    return {}


def add_buttons(app: Sphinx, doctree: nodes.document) -> None:
    """Put a button for each sample model into the form of a page whose cells ran.

    They are part of the page: what a script adds later moves what people read.
    """
    if not app.env.metadata[app.env.docname].get(MARK):
        return
    buttons = " ".join(
        f'<button type="button">{escape(label)}</button>'
        for label in samples(app.env, app.env.docname)
    )
    for form in doctree.findall(nodes.raw):
        if SAMPLES in form.astext():
            form.children[:] = [nodes.Text(form.astext().replace(SAMPLES, buttons))]


def marked(env: BuildEnvironment) -> list[str]:
    """List the pages that have the form."""
    return sorted(page for page, facts in env.metadata.items() if facts.get(MARK))


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Report a form without samples."""
    for page in marked(env):
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
    if app.builder.format != "html":
        return
    pages = marked(env)
    data = {
        "APIS": [asdict(each) for each in APIS],
        "RULES": [asdict(each) for each in RULES],
        "UNKNOWN": asdict(UNKNOWN),
        "LARGEST": LARGEST,
        "SHOWN": SHOWN,
        "SAMPLES": samples(env, pages[0]) if pages else {},
    }
    path = Path(app.outdir, "_static", DATA_JS)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, indent=0)
    path.write_text(f"const WHICH_API_DATA = {text};\n", encoding="utf-8")


def add_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object
) -> None:
    """Load the scripts on the pages that have the form, and on no others."""
    if app.env.metadata.get(pagename, {}).get(MARK):
        app.add_css_file(f"{FOLDER}/page.css")
        for name in SCRIPTS:
            app.add_js_file(f"{FOLDER}/{name}.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.add_directive("check-model", CheckModelDirective)
    app.connect("doctree-read", add_buttons)
    app.connect("env-updated", check, priority=500)
    app.connect("env-updated", write_data, priority=950)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
