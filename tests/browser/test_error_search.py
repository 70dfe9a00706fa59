"""A pasted error message finds its entry as the first hit of the site's search."""

import json
from urllib.parse import quote

import pytest

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


def first_hit(page, address, query):
    """Search as a reader does; return where the first result leads."""
    page.goto(f"{address}/search.html?q={quote(query)}")
    link = page.locator("#search-results li a").first
    link.wait_for()
    return link.get_attribute("href")


def place(row):
    return f"{row['doc']}.html#{row['anchor']}"


def test_every_heading_finds_its_entry(page, address, messages):
    found = [first_hit(page, address, row["title"]) for row in messages]
    assert found == [place(row) for row in messages]


def test_a_part_or_the_whole_as_keras_says_it_finds_it(page, address, messages):
    """The first words; the type in front; other names and numbers than on the page."""
    page.goto(f"{address}/search.html")
    page.wait_for_function("typeof errorResults === 'function'")
    wrong = []
    for row in messages:
        message = row["texts"][1].replace(" 4", " 17").replace("sequential", "my_net")
        words = " ".join(row["title"].split()[:10])
        for query in (words, f"{row['type']}: {row['texts'][1]}", message):
            hits = page.evaluate("query => errorResults(query)", query)
            if not hits or hits[0][2] != f"#{row['anchor']}":
                wrong.append((row["anchor"], query[:80], hits[:1]))
    assert wrong == []


def test_ordinary_words_find_no_error(page, address):
    page.goto(f"{address}/search.html")
    page.wait_for_function("typeof errorResults === 'function'")
    for query in ("siamese network", "skip connection", "two inputs"):
        assert page.evaluate("query => errorResults(query)", query) == []
