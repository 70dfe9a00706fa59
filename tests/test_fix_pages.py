"""The fixer as it was built: enough entries, each error linked, counts that hold."""

import json
import re

import pytest

from tests.conftest import ROOT

DOCS = ROOT / "docs"
FIX = DOCS / "fix"


@pytest.fixture(scope="module")
def messages(site) -> list[dict]:
    """Return what the search page knows of the errors."""
    text = (site / "_static/error-messages.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("const ERROR_MESSAGES = ").rstrip(";\n"))


def labels(kind: str) -> list[str]:
    pattern = re.compile(rf"^\(({kind}-[a-z0-9-]+)\)=\n## ", re.MULTILINE)
    return [
        label
        for path in sorted(FIX.rglob("*.md"))
        for label in pattern.findall(path.read_text(encoding="utf-8"))
    ]


def test_there_are_forty_errors(messages):
    anchors = [row["anchor"] for row in messages]
    assert sorted(anchors) == sorted(labels("error") + labels("warning"))
    assert len(labels("error")) >= 40


def test_there_are_thirty_warnings():
    assert len(set(labels("warning"))) >= 30


def test_there_are_twenty_traps():
    assert len(set(labels("trap"))) >= 20


def folklore() -> list[str]:
    """Return the verdict of each sentence, page by page."""
    return [
        verdict
        for path in sorted(FIX.rglob("*.md"))
        for verdict in re.findall(
            r"^`{3,}\{folklore\} (\S+)", path.read_text(encoding="utf-8"), re.M
        )
    ]


def test_there_are_thirty_sentences_of_folklore():
    assert len(folklore()) >= 30
    assert set(folklore()) == {"true", "half-true", "false"}


@pytest.mark.parametrize(
    "path",
    [
        path
        for kind in ("errors", "warnings")
        for path in sorted((FIX / kind).glob("*.md"))
        if path.stem != "index"
    ],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_every_section_of_the_catalogue_is_an_entry(path):
    text = path.read_text(encoding="utf-8")
    sections = re.findall(
        r"^(\((?:error|warning)-[a-z0-9-]+\)=\n)?## (.*)$", text, re.MULTILINE
    )
    assert sections
    assert [title for label, title in sections if not label] == []


def test_every_error_that_a_page_shows_is_explained(site):
    """Outside the fixer, each error has a link to its entry below it."""
    missing, count = [], 0
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        if name.startswith("fix/errors/"):
            continue
        parts = path.read_text(encoding="utf-8").split("output expected-error")[1:]
        count += len(parts)
        for part in parts:
            if 'class="error-link"' not in part.split('class="cell ')[0]:
                shown = re.sub(r"<[^>]*>", "", part.split("</pre>")[0])
                missing.append((name, shown.split(">", 1)[-1].strip()[:160]))
    assert missing == []
    assert count > 50


def test_every_question_is_one():
    headings = [
        line
        for path in sorted((FIX / "questions").glob("*.md"))
        if path.stem != "index"
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("## ")
    ]
    assert len(headings) >= 50
    assert [line for line in headings if not line.endswith("?")] == []
    assert len(set(headings)) == len(headings)


def test_the_counts_of_folklore_are_right():
    index = (FIX / "folklore" / "index.md").read_text(encoding="utf-8")
    counts = {name: folklore().count(name) for name in ("true", "half-true", "false")}
    assert f"{len(folklore())} sentences" in index
    prose = " ".join(index.split())
    assert (
        f"{counts['true']} are true, {counts['half-true']} are half-true and "
        f"{counts['false']} are false" in prose
    )
    for path, number in re.findall(r"\| \{doc\}`([\w-]+)` \| (\d+) \|", index):
        text = (FIX / "folklore" / f"{path}.md").read_text(encoding="utf-8")
        assert text.count("```{folklore} ") == int(number), path


@pytest.mark.parametrize(
    "path",
    sorted((FIX / "silent-traps").glob("*.md")),
    ids=lambda path: path.stem,
)
def test_the_fix_of_a_trap_marks_what_differs(path):
    """The last cell repeats the set-up: a reader must see at once what is new."""
    cells = re.findall(
        r"^```\{code-cell\} python\n:tags: \[fix\]\n(.*?)^```$",
        path.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    assert [cell for cell in cells if "# the fix" not in cell] == []
