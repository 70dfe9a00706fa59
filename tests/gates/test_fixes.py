"""An entry of the fixer without its error, its claim or its fix fails the build."""

import pytest

from .conftest import cell, claim

ERROR = cell("int('x')", ':raises: "ValueError: invalid literal"\n')
FIX = cell("n = int('2')\nassert n == 2", ":tags: [fix]\n")


def entry(title: str, *parts: str, label: str = "error-of-int") -> str:
    """Write an entry with its meaning."""
    return f"({label})=\n## {title}\n\nIt means this.\n\n" + "".join(parts)


def test_good_entries_pass_and_are_listed(site):
    toctree = "```{toctree}\nother\n```\n\n"
    site.page(
        "index",
        toctree
        + "```{error-list}\n```\n\n"
        + entry("invalid literal for `int()`", ERROR, FIX)
        + entry(
            "Two is odd",
            claim("two-is-even") + cell("n = int('2')\nassert n % 2 == 0"),
            FIX,
            label="trap-two",
        ),
    )
    site.page("other", ERROR)
    site.make().passed()
    index = (site.root / "build/html/index.html").read_text()
    other = (site.root / "build/html/other.html").read_text()
    assert 'href="#error-of-int"' in index
    assert 'class="also-shown">Also shown on: <a' in index
    assert 'href="index.html#error-of-int"' in other
    messages = (site.root / "build/html/_static/error-messages.js").read_text()
    assert '"invalid literal for int"' in messages
    assert "trap-two" not in messages


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (entry("Another text", ERROR, FIX), "raises what its heading says"),
        (entry("invalid literal", FIX), "raises what its heading says"),
        (entry("invalid literal", ERROR), "has no fix that runs"),
        (entry("invalid literal", FIX, ERROR), "has no fix that runs"),
        (
            entry("invalid literal", ERROR, cell("assert True", ":tags: [fix]\n")),
            "has a fix that cannot fail",
        ),
        (entry("Two is odd", FIX, label="trap-two"), "has no claim"),
        (
            f"(error-of-int)=\n## invalid literal\n\n{ERROR}{FIX}",
            "does not begin with its meaning",
        ),
        (
            entry("invalid literal", ERROR, FIX)
            + entry("Invalid literal", ERROR, FIX, label="error-two"),
            "is also that of `error-of-int`",
        ),
        (
            entry(
                "invalid literal",
                ERROR,
                FIX,
                "```{older-wording} https://example.com\nOld\n```\n",
            ),
            "is no GitHub thread",
        ),
    ],
)
def test_bad_entry(build, body, problem):
    build(body).refused("docs/index.md:", problem, "Cure:")


FOLKLORE = """\
```{folklore} false
:claims: two-is-even
Two is odd.

It is even.
```
"""
EVEN = claim("two-is-even") + cell("n = int('2')\nassert n % 2 == 0")


def test_folklore(site):
    site.page("index", EVEN + FOLKLORE)
    site.make().passed()
    index = (site.root / "build/html/index.html").read_text()
    assert index.count('href="#claim-two-is-even"') >= 2


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("} false", "} maybe", "`maybe` is no verdict"),
        (":claims: two-is-even\n", "", "has no claim"),
        ("\n\nIt is even.", "", "is not explained"),
        ("two-is-even", "two-is-odd", "two-is-odd"),
    ],
)
def test_bad_folklore(build, old, new, problem):
    build(EVEN + FOLKLORE.replace(old, new)).refused("index.md", problem)
