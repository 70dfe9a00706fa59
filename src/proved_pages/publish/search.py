"""The search: one index of all sections, written from what is known of every page.

Sphinx's search page stays, with its stemmer and stop words. The index and the ranking
are this site's own, because a reader's question is answered by a section, and Sphinx
indexes pages. static/search-rank.js ranks; here is what it gets:

* every section, with its title, its first sentence and its words; a container with a
  ``search_title`` is one (a verdict of folklore), without its paragraph ``is_title``;
* for each page the ``keywords`` of its front matter: what people call its subject
  where the page does not ("weight sharing" for the siamese network);
* for its sections the same, in ``asked_as``: "unfreeze" for the trap that thaws;
* the terms of the glossary and the ids of the claims;
* ``proved_search_same``: words that mean the same to someone who searches.

Measured with the 152 queries of tests/browser/search-queries.txt and the 100 of
search-queries-readers.txt, which were written before the ranking (first: the first
result is the right place; three: one of three is; bytes: gzip, index and script). Error
messages that a query quotes came first in each row, as on the page:

===========================================  =========  =========  ========  ========
..                                           152 first  100 first  three     bytes
===========================================  =========  =========  ========  ========
the ranking before, its words and keywords   152        44         57        98 KB
MiniSearch 7.2.0, the same words             126        48         63        153 KB
this ranking, words alike and ``asked_as``   152        88         95        119 KB
MiniSearch, boosts tuned, the same words     125        69         86        155 KB
FlexSearch 0.8.212, without words alike      123        67         83        136 KB
Fuse.js 7.5.0, without words alike           90         40         60        650 KB
===========================================  =========  =========  ========  ========

MiniSearch is not taken: with the same words it finds less, weighs more, and has no
place for what finds the rest (a title that says the query and nothing else, words alike
that count half). The weights were tuned on all of these queries, so this says little of
others. Pagefind fetches, so it finds nothing in a folder.

All of it is noted when a page is read and kept in the environment, as everything else
is that spans pages, so an incremental build writes the bytes of a clean one
(tests/gates/test_search.py). Sphinx's ``searchindex.js`` goes: by its source it
continues the file of the last build, keeps words that are gone as empty entries, and
forgets the index entries of pages that are not written again.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.search.en import SearchEnglish
from sphinx.util import docname_join
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from proved_pages.by_page import noted
from proved_pages.markup import render
from proved_pages.problems import report
from proved_pages.prove.claims import domain
from proved_pages.publish.constants import write_constant

FACTS = "page_search"  # in the environment
ASKED = "asked_as"  # in the front matter

INDEX_JS, RESULTS_JS = "search-index.js", "search-results.js"
MOST = 7  # times that a word counts in a section; search-rank.js reads COUNTS = 8
EXCERPT = 160  # characters of a section's first paragraph, about two lines of a result

_WORD = re.compile(r"\w+")
# The parts of names such as `get_config` and `EarlyStopping` are words as well.
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ENGLISH = SearchEnglish({})
_PAGE = "\ue000"  # stands around the name of a page; no text has this character


class search_field(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for a search field in a page; other builders leave it out."""


class SearchFieldDirective(SphinxDirective):
    """``{search-field} what to type``: a large field in the page."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the field."""
        return [search_field("", label=self.arguments[0])]


def visit_field(writer: HTML5Translator, node: search_field) -> None:
    """Write the form; it leads to the search page, wherever this page stands."""
    page = writer.builder.current_docname
    action = writer.builder.get_relative_uri(page, "search")
    html = render(
        "proved_pages", "search-field.html.jinja", action=action, label=node["label"]
    )
    writer.body.append(html)
    raise nodes.SkipNode


def skip_field(writer: nodes.NodeVisitor, node: search_field) -> None:
    """Leave the field out of what is no HTML."""
    raise nodes.SkipNode


@dataclass
class Section:
    """A place that a result can lead to; `anchor` is empty for the page itself."""

    anchor: str
    title: str
    excerpt: str = ""
    keywords: list[str] = field(default_factory=list)
    prose: Counter[str] = field(default_factory=Counter)
    code: set[str] = field(default_factory=set)

    def counts(self) -> dict[str, int]:
        """Return how often each stem stands here; code counts once."""
        return {
            stem: min(self.prose[stem] + (stem in self.code), MOST)
            for stem in self.code | self.prose.keys()
        }


@dataclass
class Page:
    """What the search knows of one page; its first section is the page itself."""

    sections: list[Section]
    terms: list[Section]


def tokens(text: str) -> Iterator[str]:
    """Yield the words of `text`, and the parts of names, in lower case.

    static/search-rank.js does the same with what a reader types.
    """
    for word in _WORD.findall(text):
        yield word.lower()
        parts = _PARTS.findall(word)
        if len(parts) > 1:
            yield from (part.lower() for part in parts)


def stems(text: str) -> list[str]:
    """Return the stems of the words of `text` that are worth searching for."""
    return [
        _ENGLISH.stem(word)
        for word in tokens(text)
        if word not in _ENGLISH.stopwords and len(word) > 1 and not word.isdigit()
    ]


def pages(env: BuildEnvironment) -> dict[str, Page]:
    """Return what is known of each page."""
    return noted(env, FACTS)


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the sections of the page that was just read."""
    keywords, description = "", ""
    said = app.env.metadata[app.env.docname].get(ASKED, {})
    asked: dict[str, str] = json.loads(said) if isinstance(said, str) else dict(said)
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") == "keywords":
            keywords = meta["content"]
        elif meta.get("name") == "description":
            description = meta["content"]
    page = Page([], [])
    _walk(doctree, page, None)
    if page.sections:
        page.sections[0].excerpt = description or page.sections[0].excerpt
        page.sections[0].keywords = _listed(keywords)
    for section in page.sections:
        section.keywords += _listed(asked.pop(section.anchor, ""))
    for anchor in asked:
        cure = f"`{ASKED}:` names the anchors of sections of this page"
        report(app.env, app.env.docname, 1, f"no section `{anchor}`", cure)
    pages(app.env)[app.env.docname] = page


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _walk(node: nodes.Node, page: Page, section: Section | None) -> None:
    """Put the words below `node` where they belong, in the order of the page."""
    if isinstance(node, nodes.section):
        heading = node.next_node(nodes.title)
        title = heading.astext() if heading else ""
        # The first section is the whole page: a result leads to its beginning.
        anchor = node["ids"][0] if page.sections else ""
        section = Section(anchor, title)
        page.sections.append(section)
    elif isinstance(node, nodes.definition_list_item) and isinstance(
        node.parent.parent, addnodes.glossary
    ):
        page.terms += _terms(node)
    elif isinstance(node, nodes.container) and "search_title" in node:
        section = Section(node["ids"][0], node["search_title"])
        page.sections.append(section)
    elif _is_skipped(node):
        return
    elif isinstance(node, nodes.Text) and section:
        if isinstance(node.parent, nodes.literal_block):
            section.code.update(stems(node.astext()))
        else:
            section.prose.update(stems(node.astext()))
    elif isinstance(node, nodes.paragraph) and section and not section.excerpt:
        section.excerpt = _excerpt(node)
    for child in node.children:
        _walk(child, page, section)


def _is_skipped(node: nodes.Node) -> bool:
    """Tell whether the words of `node` are not those of this page."""
    if isinstance(node, nodes.container):
        # Numbers, tables and tracebacks; error-search.js knows the errors.
        return bool(node.get("nb_element") == "cell_code_output")
    if isinstance(node, addnodes.pending_xref):  # its text is a path
        return bool(node["reftype"] == "doc") and not node.get("refexplicit")
    if isinstance(node, nodes.paragraph) and node.get("is_title"):
        return True
    return isinstance(node, nodes.comment | nodes.raw | nodes.title)


def _terms(item: nodes.definition_list_item) -> Iterator[Section]:
    text = " ".join(d.astext() for d in item.findall(nodes.definition))
    for term in item.findall(nodes.term):
        words = Counter(stems(text))
        yield Section(term["ids"][0], term.astext(), text, prose=words)


def _excerpt(paragraph: nodes.paragraph) -> str:
    """Return the text, with the names of pages where their titles will stand."""
    text = paragraph.deepcopy()
    for link in list(text.findall(addnodes.pending_xref)):
        if link["reftype"] == "doc" and not link.get("refexplicit"):
            page = docname_join(link["refdoc"], link["reftarget"])
            link.replace_self(nodes.Text(f"{_PAGE}{page}{_PAGE}"))
    return text.astext()


def _titled(text: str, env: BuildEnvironment) -> str:
    """Put the titles of pages where `_excerpt` left their names.

    The name of a page that is not there stays: Sphinx reports the link when it writes.
    """
    parts = text.split(_PAGE)  # every second one is a name
    parts[1::2] = [
        env.titles[name].astext() if name in env.titles else name
        for name in parts[1::2]
    ]
    return "".join(parts)


def shortened(text: str) -> str:
    """Return the beginning of `text`, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= EXCERPT:
        return line
    return line[:EXCERPT].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def index(app: Sphinx, env: BuildEnvironment) -> dict[str, object]:
    """Return the index; the same for the same pages, in whatever order they came.

    ``terms`` maps a stem to the sections that have it: the distances between their
    numbers, which are smaller than the numbers, times 8, plus how often it stands
    there. ``lengths`` are the words of each section, but for those of its code.
    """
    known, address = pages(env), app.builder.get_target_uri
    listing: list[str] = []
    sections: list[list[object]] = []

    def excerpt(section: Section) -> str:
        return shortened(_titled(section.excerpt, env))

    places: dict[str, list[tuple[int, int]]] = {}
    lengths: list[int] = []
    for docname in sorted(known):
        page = known[docname]
        if not page.sections:
            continue
        number = len(listing)
        listing.append(address(docname))
        for position, section in enumerate([*page.sections, *page.terms]):
            for stem, count in section.counts().items():
                places.setdefault(stem, []).append((len(sections), count))
            lengths.append(section.prose.total())
            row: list[object] = [
                number,
                section.anchor,
                section.title,
                excerpt(section),
            ]
            if position >= len(page.sections):
                row += [[], 1]
            elif section.keywords:
                row.append(section.keywords)
            sections.append(row)
    claims = {
        claim.id: f"{address(claim.page)}#{claim.anchor}" for claim in domain(env).all()
    }
    return {
        "pages": listing,
        "sections": sections,
        "lengths": lengths,
        "terms": {stem: _steps(found) for stem, found in places.items()},
        "claims": claims,
        "same": app.config.proved_search_same,
        "small": app.config.proved_search_small,
    }


def _steps(found: list[tuple[int, int]]) -> list[int]:
    before = [0, *(number for number, _ in found)]
    return [
        (number - last) * (MOST + 1) + count
        for last, (number, count) in zip(before, found, strict=False)
    ]


def write_index(app: Sphinx, env: BuildEnvironment) -> None:
    """Write the index, before the search page names it."""
    if app.builder.format == "html" and app.config.proved_search:
        write_constant(app, INDEX_JS, "SEARCH_INDEX", _lines(index(app, env)))


def _lines(value: object) -> str:
    """Write JSON with one line for each key, in order, so that builds compare well."""
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    rows = [f"{json.dumps(key)}:{_lines(value[key])}" for key in sorted(value)]
    return "{\n" + ",\n".join(rows) + "\n}"


def add_files(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    """Load the search where it is used: the index waits for a field to be used."""
    if not app.config.proved_search or app.builder.format != "html":
        return
    files = [INDEX_JS, "search-rank.js", *app.config.proved_search_scripts, RESULTS_JS]
    if pagename == "search":
        app.add_css_file("search.css")
        for number, name in enumerate([*files, "search.js"]):
            app.add_js_file(name, loading_method="defer", priority=600 + number)
    app.add_css_file("fields.css")
    app.add_css_file("search-box.css")
    listed = " ".join(["language_data.js", *files])
    app.add_js_file(
        "search-box.js", loading_method="defer", priority=700, **{"data-files": listed}
    )


class Builder(StandaloneHTMLBuilder):
    """Builds HTML without Sphinx's own index, if the site has ours."""

    def load_indexer(self, docnames: Set[str]) -> None:
        """Read nothing of the last build."""
        if not self.config.proved_search:
            super().load_indexer(docnames)

    def index_page(self, pagename: str, doctree: nodes.document, title: str) -> None:
        """Leave the words to `collect`."""
        if not self.config.proved_search:
            super().index_page(pagename, doctree, title)

    def dump_search_index(self) -> None:
        """Write nothing, and leave no index of an earlier version behind."""
        if not self.config.proved_search:
            super().dump_search_index()
        else:
            Path(self.outdir, self.searchindex_filename).unlink(missing_ok=True)
