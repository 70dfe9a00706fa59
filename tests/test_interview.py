"""The page of interview questions: thirty of them, two sentences each, and proofs."""

import re

import pytest

from tests.conftest import ROOT

PAGE = ROOT / "docs/learn/interview.md"
CLAIM = re.compile(r"\{claim\}`(?:[^`<]*<)?([a-z0-9-]+)>?`")
# A dot behind one of these ends no sentence.
SHORT = re.compile(r"\b(e\.g|i\.e|etc|vs|cf|approx)\.", re.IGNORECASE)


def questions() -> list[tuple[str, str]]:
    """Return each term of a definition list of the page, with its definition."""
    found = []
    for block in PAGE.read_text(encoding="utf-8").split("\n\n"):
        term, mark, rest = block.strip().partition("\n: ")
        if mark:
            lines = [line.strip() for line in rest.split("\n")]
            assert all(line.startswith("  ") for line in rest.split("\n")[1:]), term
            found.append((term, " ".join(lines)))
    return found


def sentences(text: str) -> list[str]:
    """Return the sentences of Markdown; dots in code and in `e.g.` end none."""
    plain = re.sub(r"(`+).+?\1", "code", text)
    plain = SHORT.sub(lambda short: short[0].replace(".", ""), plain)
    ends = re.split(r"(?<=[.?!])[\"'”’)*_]*\s+", plain.strip())
    return [end for end in ends if end]


def claims_of_docs() -> set[str]:
    """Return the ids of all claims of the pages; a replaced one has no directive."""
    return {
        found
        for path in (ROOT / "docs").rglob("*.md")
        for found in re.findall(
            r"^(?:`{3,}|:{3,})\{claim\} (\S+)", path.read_text("utf-8"), re.MULTILINE
        )
    }


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One.", 1),
        ("It is so, e.g. here. Is it? Yes!", 3),
        ("`model.fit(x). Then y.` stays one.", 1),
        ("Call `a.b`. Then `c.d`.", 2),
        ("Take 2.0 of them: all is well. (Not two.) Good.", 3),
        ("Write ``a`b. c``. Done.", 2),
    ],
)
def test_sentences_are_counted(text, count):
    assert len(sentences(text)) == count


def test_there_are_thirty_questions_and_none_twice():
    asked = [question for question, _ in questions()]
    assert len(asked) == 30
    assert all("\n" not in each and each.endswith("?") for each in asked)
    assert len({re.sub(r"\W+", " ", each).lower() for each in asked}) == 30


def test_each_question_is_below_a_heading_of_five_or_six():
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")
    counts = [part.count("\n: ") for part in parts]
    assert counts[0] == 0
    assert sum(count > 0 for count in counts) in (5, 6)


@pytest.mark.parametrize(("question", "rest"), questions())
def test_each_answer_has_two_sentences_and_a_proof(question, rest):
    answer, checked, proofs = rest.partition(" Checked: ")
    assert checked, question
    assert len(sentences(answer)) == 2, answer
    assert answer.endswith(".") and proofs.endswith(".")
    assert CLAIM.findall(proofs) and not CLAIM.findall(answer)


def test_every_claim_that_it_names_is_one_of_the_docs():
    text = PAGE.read_text(encoding="utf-8")
    named = CLAIM.findall(text)
    assert len(named) == text.count("{claim}") >= 30
    assert set(named) <= claims_of_docs()


def test_it_stays_short():
    assert len(PAGE.read_text(encoding="utf-8").split()) < 2200
