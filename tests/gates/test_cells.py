"""Pages whose cells are right pass; what is wrong is in test_faults."""

from .conftest import Site, cell
from .faults.cells import declared


def test_a_good_page_passes(build):
    done = build(cell("print(6 * 7)"))
    done.passed()
    assert "1 pages, 1 cells (1 run now" in done.output.splitlines()[-1]
    assert "build/html/index.html" in done.output.splitlines()[-1]


def test_what_failed_fails_again(site: Site):
    """Sphinx alone forgets the warnings of pages that it does not read again."""
    site.page("index", cell("1 / 0"))
    for _ in range(2):
        site.make().refused("1 problem\n", "docs/index.md:8: the cell raised Zero")
    site.page("index", "See {doc}`nowhere`.\n")
    for _ in range(2):
        site.make().refused("1 warning(s)", "nowhere")


def test_an_expected_error_passes_and_shows_its_message_only(build, site: Site):
    build(cell("int('x')", declared("ValueError: invalid literal"))).passed()
    page = (site.root / "build/html/index.html").read_text()
    assert "ValueError: invalid literal for int() with base 10: " in page
    assert "Traceback" not in page
