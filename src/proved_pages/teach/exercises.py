"""Exercises that check themselves: the build runs every answer.

To choose, or to predict a value::

    ```{exercise} shape-of-the-scores
    :claim: an-id
    Which shape does `model(images)` have for 32 images?

    - [x] `(32, 10)`: ten scores for each image.
    - [ ] `(10,)`: the batch axis stays.
    ```

    ```{code-cell} python
    :tags: [answer]
    tuple(model(images[:32]).shape)
    ```

The value of the cell has to be the right option's code, and that of no other option; or
a list that says of each option whether it is right (`options.why_not_proved`). The text
behind the first colon of an option is the reason, which a reader gets with the answer;
``:claim:`` names the claim that proves it for more than this case.

To write: the cells behind the question have the tags ``starter`` (``answer = None``),
``solution`` (which sets it) and ``check`` (asserts). The solution passes its check, or
the page does not run. That a wrong answer fails is up to the tests of a site. `written`
says what the cells become in a notebook.

Without JavaScript the options are a list, with the answer in a fold below
(static/exercises.js).
"""

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from nbformat import NotebookNode
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import OptionSpec

from proved_pages.by_page import noted
from proved_pages.execute.notebooks import executed_notebook
from proved_pages.marks import loads, mark
from proved_pages.problems import report
from proved_pages.prove.cells import is_code_cell
from proved_pages.prove.claims import ID
from proved_pages.prove.proof import why_it_cannot_fail
from proved_pages.teach.folds import closed, metadata_tags
from proved_pages.teach.options import Option, options_of, why_not_proved
from proved_pages.teach.written import CHECK, STARTER, WRITTEN, is_unanswered

FACTS = "exercises"  # in the environment: ids, lines and texts, by page
MARK = "has-exercises"
ANSWER = "answer"


class ExerciseDirective(SphinxDirective):
    """``{exercise} id`` with the question, and options to choose from, if any."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[OptionSpec] = {"claim": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the exercise; its cells are moved into it by `collect`."""
        name = self.arguments[0]
        if not ID.fullmatch(name):
            self._wrong(f"`{name}` is no id", "use lower-case words and hyphens")
        if "claim" not in self.options:
            self._wrong(
                f"the exercise `{name}` names no claim",
                "say with `:claim: id` which claim its answer rests on",
            )
        mark(self.env, MARK)
        ids = noted(self.env, FACTS).setdefault(self.env.docname, [])
        ids.append((name, self.lineno, "\n".join(self.content)))
        title = f"Exercise {len(ids)}"
        place = nodes.admonition(
            "",
            nodes.title(title, title),
            *self.parse_content_to_nodes(),
            classes=["exercise"],
            ids=[f"exercise-{name}"],
            exercise=name,
            claim=self.options.get("claim", ""),
        )
        self.set_source_info(place)
        return [place]

    def _wrong(self, message: str, cure: str) -> None:
        report(self.env, self.env.docname, self.lineno, message, cure)


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Move the cells of each exercise into it, and see that they prove the answer."""
    env = app.env
    places = [p for p in doctree.findall(nodes.admonition) if p.get("exercise")]
    cells = executed_notebook(env, env.docname).cells if places else []
    for place in places:
        behind = _cells_behind(place)
        found = [metadata_tags(cell) for cell in behind]
        if found[:1] == [[ANSWER]]:
            wrong = _choice(place, behind[0], cells)
        elif found[: len(WRITTEN)] == [[tag] for tag in WRITTEN]:
            wrong = _written(place, behind[: len(WRITTEN)], cells)
        else:
            wrong = (
                "has no cells that answer it",
                f"put a cell with the tag `{ANSWER}` right behind it, or three with "
                f"the tags {', '.join(f'`{tag}`' for tag in WRITTEN)}",
            )
        if wrong:
            message = f"the exercise `{place['exercise']}` {wrong[0]}"
            report(env, env.docname, place.line or 1, message, wrong[1])


def _cells_behind(place: nodes.Node) -> list[nodes.container]:
    found: list[nodes.container] = []
    node: nodes.Node | None = place
    while len(found) < len(WRITTEN):
        node = node.next_node(descend=False, siblings=True) if node else None
        if not is_code_cell(node):
            break
        found.append(node)
    return found


def _choice(
    place: nodes.admonition, cell: nodes.container, cells: list[NotebookNode]
) -> tuple[str, str] | None:
    """Build an exercise with options; return what is wrong with it, and the cure."""
    items = place.children[-1]
    if not isinstance(items, nodes.bullet_list):
        return "has no options", "end it with a list of `- [x]` and `- [ ]` items"
    try:
        options = options_of(items)
    except ValueError as error:
        return (
            f"has an option that cannot be read: {error}",
            "write it as `- [ ] option: why it is wrong.`, and one with `[x]`",
        )
    outputs = cells[cell["cell_index"]].outputs
    values = [out.data for out in outputs if out.output_type == "execute_result"]
    doubt = why_not_proved(options, values[0]["text/plain"] if values else "")
    if doubt:
        return (
            f"is not proved: {doubt}",
            "let the cell end in the value that the right option alone names, or in a "
            "list with True or False for each option",
        )
    shown = nodes.bullet_list(classes=["exercise-options"], bullet="-")
    shown += [nodes.list_item("", nodes.paragraph("", "", *o.shown)) for o in options]
    place.replace(items, shown)
    reasons = nodes.bullet_list(bullet="-")
    reasons += [_reason(option) for option in options]
    answer = closed("Answer", "exercise-answer")
    answer += nodes.container("", reasons, _why(place), classes=["exercise-reasons"])
    cell.parent.remove(cell)
    answer += cell
    place += answer
    return None


def _reason(option: Option) -> nodes.list_item:
    right = "right" if option.right else "wrong"
    text = nodes.paragraph("", "", nodes.strong("", right.capitalize()))
    text += [nodes.Text(": "), *(node.deepcopy() for node in option.shown)]
    text += nodes.Text(": ")
    text += nodes.inline("", "", *option.reason, classes=["exercise-reason"])
    return nodes.list_item("", text, classes=[right])


def _why(place: nodes.admonition) -> nodes.paragraph:
    """Link to the claim that the answer rests on."""
    claim = place["claim"]
    link = addnodes.pending_xref(
        "",
        nodes.literal("", claim),
        refdomain="claim",
        reftype="claim",
        reftarget=claim,
        refexplicit=True,
        refwarn=True,
    )
    link.source, link.line = place.source, place.line
    return nodes.paragraph("", "", nodes.Text("Checked claim: "), link)


def _written(
    place: nodes.admonition, behind: list[nodes.container], cells: list[NotebookNode]
) -> tuple[str, str] | None:
    """Build an exercise to write; return what is wrong with it, and the cure."""
    starter, solution, check = behind
    if not is_unanswered(cells[starter["cell_index"]].source):
        return (
            "has a starter that does not end in `answer = None`",
            f"end the cell with the tag `{STARTER}` in that line; a comment may follow",
        )
    if reason := why_it_cannot_fail(cells[check["cell_index"]].source):
        return (
            f"has a check that cannot fail: {reason}",
            f"assert something about `answer` in the cell with the tag `{CHECK}`",
        )
    for cell in behind:
        cell.parent.remove(cell)
    fold = closed("Solution", "exercise-solution")
    fold += solution
    text = "It passes this check, which comes with the notebook of this page:"
    fold += nodes.paragraph("", text)
    fold += [check, _why(place)]
    place += [starter, fold]
    return None


def refuse_duplicates(app: Sphinx, env: BuildEnvironment) -> None:
    """Report every id that stands more than once on the site."""
    first: dict[str, str] = {}
    for page, found in sorted(noted(env, FACTS).items()):
        for name, line, _ in found:
            if name in first:
                message = f"the exercise `{name}` stands on {first[name]}, too"
                report(env, page, line, message, "give one of them another id")
            first.setdefault(name, page)


add_files = loads(MARK, "exercises.css", "exercises.js")
