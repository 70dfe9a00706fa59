"""Exercises: the build checks every answer, and a notebook checks its reader's."""

import re

import pytest
from docutils import nodes

from proved_pages.teach.options import Option, options_of, why_not_proved
from proved_pages.teach.written import check_of_a_reader, is_unanswered
from tools.throwaway import Site, cell, claim, new_site

from .kept import Kept
from .test_downloads import notebook, run_script, script, sources

pytestmark = pytest.mark.xdist_group("small-exercises")

PROOF = claim("one-two", "One and one is two.") + cell(
    "import math\n\nassert math.floor(2.5) == 2", ":tags: [checked]\n"
)


def exercise(body: str, *, name: str = "how-much", claim: str = "one-two") -> str:
    return f"```{{exercise}} {name}\n:claim: {claim}\n{body}\n```\n\n"


CHOICE = "What is `1 + 1`?\n\n- [x] `2`: as `math` says.\n- [ ] `3`: too *much*: no.\n"
ANSWER = cell("math.floor(2.5)", ":tags: [answer]\n")
STARTER = cell("answer = None  # a number", ":tags: [starter]\n")
SOLUTION = cell("answer = 4", ":tags: [solution]\n")
CHECK = cell('assert answer == 4, "twice two"', ":tags: [check]\n")
WRITTEN = exercise("Write two and two.", name="write-four")
PAGE = (
    PROOF
    + exercise(CHOICE)
    + ANSWER
    + WRITTEN
    + STARTER
    + SOLUTION
    + CHECK
    + cell("print('after')")
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    def write(site: Site) -> None:
        site.page("index", PAGE + "```{toctree}\nsheet\n```\n")
        site.page("sheet", "```{exercise-sheet}\n```\n", head="")

    return Kept(tmp_path_factory.mktemp("exercises"), write)


def test_page_holds_question_options_and_answer_in_a_fold(kept: Kept):
    html = (kept.site.root / "build/html/index.html").read_text(encoding="utf-8")
    start = html.index('id="exercise-how-much"')
    shown, _, folded = html[start : html.index("write-four")].partition("<details")
    assert "Exercise 1" in shown and shown.count("<li>") == 2
    assert "as " not in shown and "too" not in shown, "a reason stands in view"
    assert folded.index("Answer") < folded.index("too <em>much</em>: no.")
    assert re.search(
        r'<li class="right">.*?as .*?<li class="wrong">', folded, re.DOTALL
    )
    assert 'href="#claim-one-two"' in folded and "floor" in folded
    assert "exercises.js" in html and "exercises.css" in html


def test_solution_and_proof_are_folded(kept: Kept):
    html = (kept.site.root / "build/html/index.html").read_text(encoding="utf-8")
    folds = re.findall(r"<details.*?</details>", html, re.DOTALL)
    titles = [
        re.search(r'sd-summary-text">(.*?)</span>', fold, re.DOTALL)[1].strip()
        for fold in folds
    ]
    assert titles == ["How this is checked", "Answer", "Solution"]
    assert "floor" in folds[0] and "twice two" in folds[2]
    outside = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)
    assert "a number" in outside and "twice two" not in outside
    assert html.rindex("after") > html.rindex("twice two")


def test_notebook_checks_what_its_reader_writes(kept: Kept, tmp_path):
    cells = notebook(kept.site, "index").cells
    proof, answer, starter, check, _ = [c for c in cells if c.cell_type == "code"]
    assert proof.metadata.cellView == answer.metadata.cellView == "form"
    assert answer.outputs == [] and starter.source == "answer = None  # a number"
    order = [cell.source for cell in cells]
    solution = next(n for n, text in enumerate(order) if "answer = 4" in text)
    assert cells[solution].cell_type == "markdown"
    assert order.index(check.source) < solution
    assert order[solution].count("<details>") == order[solution].count("</details>")
    prose = "\n".join(sources(notebook(kept.site, "index"), "markdown"))
    assert "<details><summary>Answer</summary>" in prose and "How this" in prose

    done = run_script(script(kept.site, "index"), tmp_path)
    assert done.stdout == "Write your answer above, and run both cells again.\nafter\n"
    for written, said in (("4", "Right."), ("5", "AssertionError: twice two")):
        path = tmp_path / "answered.py"
        text = script(kept.site, "index").read_text(encoding="utf-8")
        path.write_text(text.replace("answer = None", f"answer = {written}"))
        done = run_script(path, tmp_path)
        assert said in done.stdout + done.stderr
        assert (done.returncode == 0) is (written == "4")


def test_sheet_has_the_questions_and_no_answer(kept: Kept):
    sheet = (kept.site.root / "build/html/sheet.html").read_text(encoding="utf-8")
    assert sheet.count('class="exercise admonition"') == 2
    for part in ("Exercise 1", "Exercise 2", "Write two and two.", "a number"):
        assert part in sheet
    for part in ("exercise-answer", "too <em>", "twice two", 'id="exercise-'):
        assert part not in sheet


def test_sheet_follows_its_pages(kept: Kept):
    with kept.again() as site:
        page = site.root / "docs/index.md"
        page.write_text(page.read_text().replace("Write two and two.", "Write four."))
        site.make().passed()
        sheet = (site.root / "build/html/sheet.html").read_text(encoding="utf-8")
    assert "Write four." in sheet and "two and two" not in sheet


WRONG = {
    "no-cell": (exercise(CHOICE) + "Text.\n\n" + ANSWER, "has no cells that answer it"),
    "no-claim": (
        "```{exercise} a-b\n" + CHOICE + "```\n\n" + ANSWER,
        "names no claim",
    ),
    "bad-id": (exercise(CHOICE, name="One") + ANSWER, "`One` is no id"),
    "dead-claim": (exercise(CHOICE, claim="no-such") + ANSWER, "no-such"),
    "no-options": (exercise("What?") + ANSWER, "has no options"),
    "no-reason": (
        exercise("What?\n\n- [x] `2`\n- [ ] `3`: no.") + ANSWER,
        "be read: [x]",
    ),
    "wrong-right": (
        exercise(CHOICE.replace("`2`", "`4`")) + ANSWER,
        "the right option is `4`, and its cell says 2",
    ),
    "two-right": (
        exercise(CHOICE.replace("[ ]", "[x]")) + ANSWER,
        "two or more options",
    ),
    "not-refuted": (
        exercise(CHOICE.replace("`3`", "`2.0`")) + ANSWER,
        "is not refuted",
    ),
    "no-value": (
        exercise(CHOICE) + cell("x = 2", ":tags: [answer]\n"),
        "ends in no value",
    ),
    "of-all": (
        exercise(CHOICE) + cell("[False, True]", ":tags: [answer]\n"),
        "says [False, True] of the options",
    ),
    "no-starter": (
        WRITTEN + cell("x = 1", ":tags: [starter]\n") + SOLUTION + CHECK,
        "does not end in `answer = None`",
    ),
    "idle-check": (
        WRITTEN + STARTER + SOLUTION + cell("assert True", ":tags: [check]\n"),
        "has a check that cannot fail",
    ),
    "bad-solution": (
        WRITTEN + STARTER + SOLUTION.replace("4", "5") + CHECK,
        "AssertionError",
    ),
    "twice": (exercise(CHOICE) + ANSWER, "stands on"),
}


# Cells that fail stop a build before pages are read; dead links are told at its end.
BUILDS = [set(WRONG) - {"bad-solution", "dead-claim"}, {"bad-solution"}, {"dead-claim"}]


@pytest.mark.parametrize("names", BUILDS, ids=["read", "run", "linked"])
def test_each_fault_is_told(tmp_path, names):
    site = new_site(tmp_path)
    for name in names:
        body = PROOF + WRONG[name][0]
        if name != "twice":
            body = body.replace("how-much", f"how-{name}")
            body = body.replace("write-four", f"write-{name}")
        site.page(name, body.replace("one-two", f"of-{name}"))
    site.page("good", PAGE)
    toctree = "\n".join(["```{toctree}", *sorted({*names, "good"}), "```\n"])
    site.page("index", toctree, head="")
    told = site.make()
    told.refused(*(WRONG[name][1] for name in names))
    pages = re.findall(r"docs/([a-z-]+)\.md:\d+: ", told.output)
    assert set(pages) == names


@pytest.mark.parametrize(
    ("printed", "doubt"),
    [
        ("(32, 10)", ""),
        ("(32,10)", "the right option"),
        ("[True, False]", ""),
        ("[False, True]", "says"),
        ("[True]", "says"),
        ("(32, 64)", "the right option"),
        ("", "no value"),
    ],
)
def test_what_a_value_leaves_open(printed, doubt):
    right = Option(True, (), (), "(32, 10)")
    wrong = Option(False, (), (), "(32, 64)")
    said = why_not_proved([right, wrong], printed)
    assert (doubt in said) if doubt else not said
    same = Option(False, (), (), "(32,  10)")
    assert "not refuted" in why_not_proved([right, same], "(32, 10)")


def test_options_need_a_mark_and_a_reason():
    def item(*inline: nodes.Node) -> nodes.bullet_list:
        return nodes.bullet_list(
            "", nodes.list_item("", nodes.paragraph("", "", *inline))
        )

    code = nodes.literal("", "f(a: int)")
    [found] = options_of(item(nodes.Text("[ ] "), code, nodes.Text(": it is: so.")))
    assert (found.right, found.code) == (False, "f(a: int)")
    assert [node.astext() for node in found.reason] == ["it is: so."]
    [coded] = options_of(item(nodes.Text("[x] a: "), code))
    assert [node.astext() for node in coded.reason if node.astext()] == ["f(a: int)"]
    for inline in ([code], [nodes.Text("[x] "), code], [nodes.Text("x: y")]):
        with pytest.raises(ValueError, match=r"f\(a|x: y"):
            options_of(item(*inline))


def test_parts_of_what_is_written():
    assert is_unanswered("x = 1\nanswer = None  # here")
    assert not is_unanswered("answer = None\nx = 1") and not is_unanswered("")
    code = check_of_a_reader('assert answer == """\na"""')
    for answer, right in ((None, True), ("\na", True), ("a", False)):
        try:
            exec(code, {"answer": answer})
        except AssertionError:
            assert not right
        else:
            assert right
