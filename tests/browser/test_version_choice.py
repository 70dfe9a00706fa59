"""The choice "I use …" says in words what a row found, and the browser keeps it."""

from pathlib import Path

import jinja2
import pytest

from keras_site.versions.row_verdicts import Found
from keras_site.versions.version_choice import CLASS, letters
from tests.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-1280")]

ROWS = [
    {"name": "keras-2.15", "label": "Keras 2.15", "detail": "TensorFlow 2.15"},
    {"name": "jax", "label": "JAX", "detail": "Keras 3.15.1"},
]
FOUND = [  # of each claim, by row
    {"keras-2.15": Found("f"), "jax": Found("h")},
    {"keras-2.15": Found("w"), "jax": Found("n")},
    {"keras-2.15": Found("h")},
    {},
    {"keras-2.15": Found("f"), "jax": Found("h")},
]
WHY = [{"keras-2.15": "there it is another"}, {}, {}, {}, {}]
SCRIPT = ROOT / "src/keras_site/static/version-choice.js"


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Write a page with five claims and the real choice; return its address."""
    template = jinja2.Template(
        (ROOT / "docs/_templates/version-choice.html").read_text()
    )
    names = [row["name"] for row in ROWS]
    classes = [
        CLASS + told if (told := letters(found, why, names)) else ""
        for found, why in zip(FOUND, WHY, strict=True)
    ]
    claims = "".join(
        f'<div class="admonition claim {name}"><p>Something holds.</p></div>'
        for name in classes
    )
    (tmp_path / "choice.js").write_text(SCRIPT.read_text())
    (tmp_path / "page.html").write_text(
        '<!doctype html><html lang="en"><title>A page</title><body>'
        f"<aside>{template.render(version_options=ROWS)}</aside>"
        f"<main><article><h1>A page</h1>{claims}</article></main>"
        '<script src="choice.js"></script></body></html>'
    )
    return (tmp_path / "page.html").as_uri()


@pytest.fixture
def page(chromium):
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def said(page) -> list[str]:
    """Return what each claim says of the version that was chosen."""
    return [
        " ".join(claim.locator(".on-your-version").all_inner_texts())
        for claim in page.locator(".claim").all()
    ]


def test_each_claim_says_what_was_found(page, address):
    page.goto(address)
    assert said(page) == [""] * 5
    assert page.locator("[role=status]").count() == 0
    choice = page.get_by_label("I use")
    assert choice.locator("option").all_inner_texts() == [
        "what this site runs on",
        "Keras 2.15 (TensorFlow 2.15)",
        "JAX (Keras 3.15.1)",
    ]
    choice.select_option("keras-2.15")
    assert said(page) == [
        "Not on Keras 2.15, which you use.",
        "On Keras 2.15, which you use, the message has other words.",
        "",
        "",
        "Not seen to hold on Keras 2.15, which you use.",
    ]
    assert page.locator("h1 + [role=status]").inner_text() == (
        "On Keras 2.15, which you use, of the 5 claims of this page: 2 hold, "
        "1 does not, 1 was not seen to hold, 1 did not run."
    )
    choice.select_option("jax")
    assert said(page) == ["", "Not seen to hold on JAX, which you use.", "", "", ""]


def test_the_browser_keeps_the_choice(page, address):
    page.goto(address)
    page.get_by_label("I use").select_option("jax")
    page.reload()
    assert page.get_by_label("I use").input_value() == "jax"
    assert said(page)[1] == "Not seen to hold on JAX, which you use."
    page.get_by_label("I use").select_option("")
    page.reload()
    assert said(page) == [""] * 5


def test_a_row_that_is_gone_is_no_choice(page, address):
    page.goto(address)
    page.evaluate("localStorage.setItem('i-use', 'keras-1')")
    page.reload()
    assert page.get_by_label("I use").input_value() == ""
    assert said(page) == [""] * 5


def test_without_scripts_there_is_no_choice(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.get_by_label("I use").is_hidden()
    assert page.locator(".claim").first.is_visible()
    context.close()
