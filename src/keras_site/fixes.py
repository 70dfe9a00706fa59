"""The entries of the fixer: an error, a warning or a silent trap, with its cure.

An entry is a section with a label that begins with ``error-``, ``warning-`` or
``trap-``::

    (error-merge-needs-a-list)=
    ## A merge layer should be called on a list of inputs

    What it means, in one sentence.

    ```{code-cell} python
    :raises: "ValueError: A merge layer should be called on a list of inputs"
    ...
    ```

    The cause, and what to do.

    ```{code-cell} python
    :tags: [fix]
    ...
    assert ...
    ```

The heading of an error is the part of the message that a reader can paste, and the
build fails unless Keras really says it in that entry. An entry of a warning has a cell
with ``:warns:`` instead, and a trap, which says nothing, a claim. All end in a cell
tagged ``fix`` that runs and could fail.

Every cell of the site that shows an error or a warning is linked to the entry whose
heading occurs in its message, and back. ``{error-list}`` lists all errors, and
``{error-list} warning`` or ``trap`` all of these. The messages are published
for the search page (docs/_static/error-search.js).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from keras_site.fixer_entry import (
    ERROR,
    KINDS,
    WARNING,
    Cell,
    Raised,
    contains,
    padded,
    review,
    words,
)
from keras_site.versions.other_wordings import texts_of
from proved_pages.by_page import noted
from proved_pages.execute.notebooks import executed_notebook
from proved_pages.execute.page_cells import declared_warnings, tags
from proved_pages.marks import LISTS_ALL_PAGES, mark
from proved_pages.problems import report
from proved_pages.prove.cells import cell_containers
from proved_pages.prove.ledger import page_heading
from proved_pages.prove.warned import warned_text, warnings_in
from proved_pages.publish.constants import write_constant
from proved_pages.terminal import plain

FACTS = "page_fixes"  # in the environment

MESSAGES_JS = "error-messages.js"
MESSAGES = (ERROR, WARNING)  # the kinds of entries whose heading people paste
_THREAD = re.compile(r"https://github\.com/[\w.-]+/([\w.-]+)/(?:issues|pull)/(\d+)")


@dataclass(frozen=True)
class Entry:
    """One section of the fixer.

    `label` is its id; `type` and `message` are what its cell raised (empty for a
    trap); `older` are wordings that other versions are known to use; `cells` are the
    numbers of the code cells, counted from 0, whose message has its title.
    """

    label: str
    page: str
    title: str
    type: str
    message: str
    older: tuple[str, ...]
    cells: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        """Return ``error``, ``warning`` or ``trap``."""
        return self.label.partition("-")[0]


@dataclass(frozen=True)
class Shown:
    """A message that a cell shows: of an error, or of a warning.

    Keras can say the same in both: what raises here warns there.
    """

    kind: str
    message: str


@dataclass
class Found:
    """What one page adds: its entries, and the messages that its cells show."""

    entries: list[Entry]
    shown: list[Shown]


class error_link(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands below an error for the link to its entry."""


class also_shown(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands at the end of an entry for the links to the pages that show it."""


class error_list(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Stands for the list of all errors until every page is known."""


class older_wording(nodes.General, nodes.Element):  # noqa: N801 (docutils' style)
    """Marks a wording of other versions; it is replaced when the page is read."""


class ErrorListDirective(SphinxDirective):
    """``{error-list}``: every error, by page; or every ``warning`` or ``trap``."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a placeholder; `fill` replaces it when all pages are read."""
        mark(self.env, LISTS_ALL_PAGES)
        kind = self.arguments[0] if self.arguments else ERROR
        if kind not in KINDS:
            report(
                self.env,
                self.env.docname,
                self.lineno,
                f"`{kind}` is no kind of entry",
                f"write {' or '.join(KINDS)}",
            )
            return []
        return [error_list("", kind=kind)]


class OlderWordingDirective(SphinxDirective):
    """``{older-wording} address of a public thread`` with the wording as its body.

    Other versions are not run here, so the thread is the source of the wording.
    """

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return a paragraph that quotes the wording and names its source."""
        address, text = self.arguments[0], " ".join(" ".join(self.content).split())
        match = _THREAD.fullmatch(address)
        if not match:
            report(
                self.env,
                self.env.docname,
                self.lineno,
                f"`{address}` is no GitHub thread",
                "name the public issue or pull request that quotes the wording",
            )
            return []
        paragraph = nodes.paragraph(classes=["older-wording"])
        paragraph += nodes.Text("Other versions say: ")
        paragraph += nodes.literal("", text)
        paragraph += nodes.Text(" (")
        paragraph += nodes.reference("", f"{match[1]}#{match[2]}", refuri=address)
        paragraph += nodes.Text(").")
        return [paragraph, older_wording("", text=text)]


def pages(env: BuildEnvironment) -> dict[str, Found]:
    """Return what each page adds."""
    return noted(env, FACTS)


def all_entries(env: BuildEnvironment) -> list[Entry]:
    """List the entries of all pages, page by page."""
    found = pages(env)
    return [entry for page in sorted(found) for entry in found[page].entries]


@dataclass(frozen=True)
class Links:
    """Which entry explains each message, and which pages show each entry's error.

    `entry_of` is by what is shown, `shown_on` by label; both hold only what was found.
    """

    entry_of: dict[Shown, Entry]
    shown_on: dict[str, list[str]]


def links(env: BuildEnvironment) -> Links:
    """Join the messages of all pages with the entries of all pages.

    The entry that explains a message is the one with the longest heading in it, among
    those of its kind.
    """
    entries = sorted(
        ((padded(e.title), e) for e in all_entries(env) if e.kind in MESSAGES),
        key=lambda pair: -len(pair[0]),
    )
    by_kind = {kind: [p for p in entries if p[1].kind == kind] for kind in MESSAGES}
    found = Links({}, {})
    for page, facts in sorted(pages(env).items()):
        for each in facts.shown:
            text = padded(each.message)
            entry = next((e for part, e in by_kind[each.kind] if part in text), None)
            if entry is None:
                continue
            found.entry_of[each] = entry
            on = found.shown_on.setdefault(entry.label, [])
            if page not in (entry.page, *on):
                on.append(page)
    return found


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the entries and the errors of the page that was just read."""
    env = app.env
    docname = env.docname
    pages(env).pop(docname, None)
    places = cell_containers(doctree)
    if not places:
        return
    cells: list[nbformat.NotebookNode] = executed_notebook(env, docname).cells
    found = Found([], [])
    for index, place in places.items():
        kind = ERROR if _raised(cells[index]) else WARNING
        for each in _said(cells[index]):
            what = Shown(kind, each.message)
            found.shown.append(what)
            place += error_link("", shown=what)
    for section in doctree.findall(nodes.section):
        names = [n for n in section["names"] if n.partition("-")[0] in KINDS]
        label = next((n for n in names if " " not in n), None)
        if label:
            found.entries.append(_entry(app, docname, section, label, cells))
    for wording in list(doctree.findall(older_wording)):
        wording.parent.remove(wording)
    if found.entries or found.shown:
        pages(env)[docname] = found


def _raised(cell: nbformat.NotebookNode) -> Raised | None:
    """Return the error that a cell declares and raised."""
    if "raises" not in cell.metadata:
        return None
    errors = (o for o in cell.outputs if o.output_type == "error")
    return next((Raised(e.ename, plain(e.evalue)) for e in errors), None)


def _warned(cell: nbformat.NotebookNode) -> list[Raised]:
    """Return the warnings that a cell declares and printed."""
    if not declared_warnings(cell):
        return []
    found, _ = warnings_in(warned_text(cell))
    return [Raised(each.category, each.message) for each in found]


def _entry(
    app: Sphinx,
    docname: str,
    section: nodes.section,
    label: str,
    cells: list[nbformat.NotebookNode],
) -> Entry:
    """Read one section, and report what it lacks."""
    heading = section.next_node(nodes.title)
    title = heading.astext() if heading else ""
    places = list(cell_containers(section).values())
    found = review(
        label.partition("-")[0],
        title,
        isinstance(section.children[1], nodes.paragraph),
        [_cell(place, cells) for place in places],
    )
    for problem in found.problems:
        what = f"the entry `{label}` {problem.what}"
        report(app.env, docname, section.line, what, problem.cure)
    for number in found.fixes:
        places[number]["classes"].append("fix")
    raised = found.raised or Raised("", "")
    if label.startswith(MESSAGES):
        section += also_shown("", label=label)
        section["classes"].append("message")  # its heading is what a program says
        if not words(raised.message).startswith(words(title)):
            section["classes"].append("fragment")
    older = tuple(mark["text"] for mark in section.findall(older_wording))
    code = [index for index, cell in enumerate(cells) if cell.cell_type == "code"]
    quoting = tuple(
        code.index(index)
        for index in cell_containers(section)
        if any(contains(each.message, title) for each in _said(cells[index]))
    )
    return Entry(label, docname, title, raised.type, raised.message, older, quoting)


def _said(cell: nbformat.NotebookNode) -> list[Raised]:
    """Return the error of a cell, or its warnings."""
    error = _raised(cell)
    return [error] if error else _warned(cell)


def _cell(place: nodes.container, cells: list[nbformat.NotebookNode]) -> Cell:
    index = place["cell_index"]
    return Cell(
        cells[index].source,
        tuple(c.source for c in cells[:index] if c.cell_type == "code"),
        _raised(cells[index]),
        tuple(_warned(cells[index])),
        is_proof=bool(place.get("proves")),
        is_fix="fix" in tags(cells[index]),
    )


def refuse_duplicates(app: Sphinx, env: BuildEnvironment) -> None:
    """Report two entries with one heading: a reader would find the wrong one."""
    first: dict[str, Entry] = {}
    for entry in all_entries(env):
        key = words(entry.title)
        if key in first:
            report(
                env,
                entry.page,
                1,
                f"the heading of `{entry.label}` is also that of `{first[key].label}`, "
                f"on {first[key].page}",
                "take a longer part of the message, or make them one entry",
            )
        first.setdefault(key, entry)


_LINKS: WeakKeyDictionary[Sphinx, Links] = WeakKeyDictionary()  # of each build


def join(app: Sphinx, env: BuildEnvironment) -> None:
    """Find the links once, when every page is known."""
    _LINKS[app] = links(env)


def shown(app: Sphinx, env: BuildEnvironment) -> dict[str, object]:
    """Say what each page shows of other pages, for `dependents`."""
    found = _LINKS[app]
    return {
        page: [
            [repr(found.entry_of.get(each)) for each in facts.shown],
            [found.shown_on.get(entry.label) for entry in facts.entries],
        ]
        for page, facts in pages(env).items()
    }


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the placeholders by links."""
    found = _LINKS[app]
    for place in list(doctree.findall(error_link)):
        entry = found.entry_of.get(place["shown"])
        if entry is None or entry.page == docname:
            place.parent.remove(place)
            continue
        text = nodes.paragraph(classes=["error-link"])
        what = "warning" if entry.kind == WARNING else "error"
        text += nodes.Text(f"This {what} and its fix: ")
        text += _reference(app, docname, entry)
        place.replace_self(text)
    for shown in list(doctree.findall(also_shown)):
        on = found.shown_on.get(shown["label"])
        if not on:
            shown.parent.remove(shown)
            continue
        text = nodes.paragraph(classes=["also-shown"])
        text += nodes.Text("Also shown on: ")
        for number, page in enumerate(on):
            title = app.env.titles[page].astext()
            text += nodes.Text(", " if number else "")
            text += make_refnode(app.builder, docname, page, "", nodes.Text(title))
        text += nodes.Text(".")
        shown.replace_self(text)
    for listing in list(doctree.findall(error_list)):
        of_kind = [e for e in all_entries(app.env) if e.kind == listing["kind"]]
        listing.replace_self(list(_list(app, docname, of_kind)))


def _reference(app: Sphinx, docname: str, entry: Entry) -> nodes.reference:
    text = nodes.inline(entry.title, entry.title)
    return make_refnode(app.builder, docname, entry.page, entry.label, text)


def _list(app: Sphinx, docname: str, entries: list[Entry]) -> Iterator[nodes.Node]:
    for page in dict.fromkeys(entry.page for entry in entries):
        yield page_heading(app, docname, page)
        listing = nodes.bullet_list(classes=["errors"])
        for entry in entries:
            if entry.page == page:
                line = nodes.paragraph()
                line += _reference(app, docname, entry)
                item = nodes.list_item("", line)
                if entry.type:
                    line += nodes.Text(" ")
                    line += nodes.literal("", entry.type, classes=["error-type"])
                    item["classes"].append(f"kind-{entry.type}")
                listing += item
        yield listing


def write_messages(app: Sphinx, env: BuildEnvironment) -> None:
    """Write the messages for static/error-search.js, before pages name it.

    What another release says instead may be the heading of another entry: it is then
    found there, and not twice.
    """
    headings = {
        padded(entry.title): entry
        for entry in all_entries(env)
        if entry.kind in MESSAGES
    }

    def elsewhere(entry: Entry) -> list[str]:
        return [
            words(text)
            for text in texts_of(app, entry.page, entry.cells)
            if not any(
                heading in padded(text) and other is not entry
                for heading, other in headings.items()
            )
        ]

    rows = [
        {
            "doc": entry.page,
            "anchor": entry.label,
            "title": entry.title,
            "type": entry.type,
            "texts": [words(entry.title), words(entry.message)]
            + [words(text) for text in entry.older]
            + elsewhere(entry),
        }
        for entry in all_entries(env)
        if entry.kind in MESSAGES
    ]
    text = json.dumps(rows, ensure_ascii=False, indent=0, sort_keys=True)
    write_constant(app, MESSAGES_JS, "ERROR_MESSAGES", text)
