"""List the licenses of what the site carries of other projects: ``{licenses}``.

`PROJECTS` says which of the published files are whose, and what these contain in turn.
Versions, licenses and their texts are those of the installed distributions; the texts
are published below ``_static/licenses``. tests/test_licenses.py fails for a published
file of nobody's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, distribution, metadata
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from proved_pages.marks import mark, marked

MARK = "has-licenses"
TEXTS = "_static/licenses"
OWN = "LICENSE"  # beside conf.py
OWN_TEXT = f"{TEXTS}/this-site.txt"
_SPDX = {"MIT License": "MIT"}  # where metadata have a classifier and no expression


@dataclass(frozen=True)
class Part:
    """What a project took from another; `notice` stands in the published `file`."""

    name: str
    license: str
    url: str
    file: str
    notice: str


@dataclass(frozen=True)
class Project:
    """An installed distribution and its files, as patterns below ``_static``."""

    distribution: str
    files: tuple[str, ...]
    parts: tuple[Part, ...] = ()

    @property
    def about(self) -> PackageMetadata:
        """Return the metadata of the distribution."""
        return metadata(self.distribution)

    def _field(self, name: str) -> list[str]:
        return self.about.get_all(name) or []

    @property
    def license(self) -> str:
        """Return the license as an SPDX expression, or else as the project names it."""
        kinds = self._field("Classifier")
        named = [kind.split(" :: ")[-1] for kind in kinds if "License ::" in kind]
        named = [_SPDX.get(name, name) for name in named]
        return " and ".join(self._field("License-Expression") or named)

    @property
    def url(self) -> str:
        """Return the address of the project."""
        urls = dict(entry.split(", ", 1) for entry in self._field("Project-URL"))
        wanted = ("Homepage", "Source", "GitHub", "Documentation")
        found = [urls[name] for name in wanted if name in urls]
        return [*found, *self._field("Home-page")][0]

    @property
    def text(self) -> str:
        """Return the text of the license."""
        names = set(self._field("License-File") or ["LICENSE"]) - {"AUTHORS"}
        kept = distribution(self.distribution)  # newer ones have a folder for them
        texts = (
            kept.read_text(f"licenses/{name}") or kept.read_text(name)
            for name in sorted(names)
        )
        return "\n".join(text for text in texts if text)

    @property
    def text_file(self) -> str:
        """Return the address of the text in the site."""
        return f"{TEXTS}/{self.distribution}.txt"


PROJECTS = (
    Project(
        "furo",
        ("scripts/furo*", "styles/furo*"),
        (
            Part(
                "Gumshoe",
                "MIT",
                "https://github.com/cferdinandi/gumshoe",
                "_static/scripts/furo.js.LICENSE.txt",
                "(c) 2019 Chris Ferdinandi",
            ),
            Part(
                "normalize.css",
                "MIT",
                "https://github.com/necolas/normalize.css",
                "_static/styles/furo.css",
                "normalize.css",
            ),
            Part(
                "Feather", "MIT", "https://feathericons.com", "index.html", "feather-"
            ),
            Part(
                "Tabler", "MIT", "https://tabler.io/icons", "index.html", "icon-tabler"
            ),
        ),
    ),
    Project("sphinx-basic-ng", ("debug.css", "skeleton.css")),
    Project(
        "sphinx",
        (
            "base-stemmer.js",
            "basic.css",
            "doctools.js",
            "documentation_options.js",
            "english-stemmer.js",
            "file.png",
            "language_data.js",
            "minus.png",
            "plus.png",
            "searchtools.js",
            "sphinx_highlight.js",
        ),
        (
            Part(
                "Snowball",
                "BSD-3-Clause",
                "https://snowballstem.org",
                "_static/english-stemmer.js",
                "by Snowball",
            ),
        ),
    ),
    Project("pygments", ("pygments.css",)),
    Project("myst-nb", ("mystnb.*.css",)),
    Project("sphinx-design", ("design-tabs.js", "sphinx-design.min.css")),
    Project(
        "sphinx-copybutton",
        (
            "check-solid.svg",
            "clipboard.min.js",
            "copy-button.svg",
            "copybutton.css",
            "copybutton.js",
            "copybutton_funcs.js",
        ),
        (
            Part(
                "clipboard.js",
                "MIT",
                "https://clipboardjs.com",
                "_static/clipboard.min.js",
                "Licensed MIT",
            ),
            Part(
                "Tabler",
                "MIT",
                "https://tabler.io/icons",
                "_static/copy-button.svg",
                "icon-tabler",
            ),
        ),
    ),
)


class licenses(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the list until the address of its page is known."""


class LicensesDirective(SphinxDirective):
    """``{licenses}``: each project, its license, its files and what they contain."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder."""
        mark(self.env, MARK)
        return [licenses()]


def shown(app: Sphinx, env: BuildEnvironment) -> dict[str, object]:
    """Return what the list depends on beside its page: installed versions."""
    versions = [project.about["Version"] for project in PROJECTS]
    return dict.fromkeys(marked(env, MARK), versions)


def write_texts(app: Sphinx, env: BuildEnvironment) -> None:
    """Publish the text of every license, for HTML only, if a page lists them."""
    if app.builder.format != "html" or not marked(env, MARK):
        return
    folder = Path(app.outdir, TEXTS)
    folder.mkdir(parents=True, exist_ok=True)
    own = Path(app.confdir, OWN).read_text(encoding="utf-8")
    Path(app.outdir, OWN_TEXT).write_text(own, encoding="utf-8")
    for project in PROJECTS:
        Path(app.outdir, project.text_file).write_text(project.text, encoding="utf-8")


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholder by the list."""
    here = app.builder.get_target_uri(docname)
    for place in list(doctree.findall(licenses)):
        own = nodes.paragraph("", "This site, ")
        own += _link(here, OWN_TEXT, app.config.proved_license)
        own += nodes.Text(": all files that are not named below.")
        listing = nodes.bullet_list("", nodes.list_item("", own))
        for project in PROJECTS:
            item = nodes.list_item()
            item += nodes.paragraph("", "", *_sentence(project, here))
            listing += item
        place.replace_self(listing)


def _link(here: str, to: str, title: str) -> nodes.Node:
    return nodes.reference("", title, refuri=relative_uri(here, to))


def _sentence(project: Project, here: str) -> Iterator[nodes.Node]:
    title = f"{project.about['Name']} {project.about['Version']}"
    yield nodes.reference("", "", nodes.strong("", title), refuri=project.url)
    yield nodes.Text(", ")
    yield _link(here, project.text_file, project.license)
    for place, pattern in enumerate(project.files):
        yield nodes.Text(", " if place else ": ")
        yield nodes.literal("", pattern)
    for place, part in enumerate(project.parts):
        yield nodes.Text(", " if place else "; with parts of ")
        yield nodes.reference("", part.name, refuri=part.url)
        yield nodes.Text(f" ({part.license})")
    yield nodes.Text(".")
