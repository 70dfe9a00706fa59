"""A pasted error message finds its entry as the first hit of the site's search."""

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-360")]


@pytest.fixture(scope="module")
def messages(site) -> list[dict]:
    text = (site / "_static/error-messages.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("const ERROR_MESSAGES = ").rstrip(";\n"))


@pytest.fixture(scope="module")
def page(chromium):
    context = chromium.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def open_search(page, address):
    """Open the search page, whose functions answer all queries of a test."""
    page.goto(f"{address}/search.html")
    return page


def place(row):
    return f"{row['doc']}.html#{row['anchor']}"


def test_every_heading_finds_its_entry(open_search, messages):
    """By the function that the page shows the results of, all in one page."""
    found = open_search.evaluate(
        "titles => titles.map((title) => searchResults(title)[0].address)",
        [row["title"] for row in messages],
    )
    assert found == [place(row) for row in messages]


def test_a_reader_sees_the_same(page, address, messages):
    """The first, one in the middle and the last, pasted and sent."""
    for row in (messages[0], messages[len(messages) // 2], messages[-1]):
        page.goto(f"{address}/index.html")
        field = page.get_by_role("combobox", name="Search").first
        field.fill(row["title"])
        field.press("Enter")
        link = page.locator("#search-results li a").first
        link.wait_for()
        assert link.get_attribute("href") == place(row)


def test_a_part_or_the_whole_as_keras_says_it_finds_it(open_search, messages):
    """The first words; the type in front; other names and numbers than on the page."""
    queries = [
        (row["anchor"], query)
        for row in messages
        for query in (
            " ".join(row["title"].split()[:10]),
            f"{row['type']}: {row['texts'][1]}",
            row["texts"][1].replace(" 4", " 17").replace("sequential", "my_net"),
        )
    ]
    first = open_search.evaluate(
        "queries => queries.map((query) => errorResults(query)[0]?.[2])",
        [query for _, query in queries],
    )
    # One text can be an error and a warning, if its type does not stand before it.
    title_of = {f"#{row['anchor']}": row["texts"][0] for row in messages}
    wrong = [
        (anchor, query[:80], hit)
        for (anchor, query), hit in zip(queries, first, strict=True)
        if hit != f"#{anchor}" and title_of.get(hit, "?") not in query
    ]
    assert wrong == []


def test_ordinary_words_find_no_error(open_search):
    for query in ("siamese network", "skip connection", "two inputs"):
        assert open_search.evaluate("query => errorResults(query)", query) == []


def pasted(name: str) -> list[tuple[list[str], str]]:
    """Read messages from a table; each has the entries that serve it."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(row[0].split("|"), row[-1].replace("\\n", "\n")) for row in rows]


def test_what_people_pasted_finds_the_entry_that_serves_them(open_search):
    rows = pasted("pasted-messages.tsv")
    first = open_search.evaluate(
        "queries => queries.map((query) => errorResults(query)[0]?.[2])",
        [query for _, query in rows],
    )
    wrong = [
        (labels, query[:80], hit)
        for (labels, query), hit in zip(rows, first, strict=True)
        if (hit or "none").lstrip("#") not in labels
    ]
    assert wrong == []


OTHERS = [
    "AttributeError: 'str' object has no attribute 'items'",
    "AttributeError: 'NoneType' object has no attribute 'shape'",
    "AttributeError: 'str' object has no attribute 'decode'",
    "TypeError: 'NoneType' object is not callable",
    "ModuleNotFoundError: No module named 'flask'",
    "NameError: name 'sequential' is not defined",
]


def test_an_error_of_other_names_is_not_taken_for_one_of_these(open_search):
    """No match is better than a wrong one."""
    found = open_search.evaluate("queries => queries.map(errorResults)", OTHERS)
    assert found == [[] for _ in OTHERS]


def test_a_class_of_ones_own_stands_for_any_other(open_search):
    query = "AttributeError: 'MyNet' object has no attribute 'add'"
    found = open_search.evaluate("query => errorResults(query)", query)
    assert [row[2] for row in found] == ["#error-functional-has-no-add"]
