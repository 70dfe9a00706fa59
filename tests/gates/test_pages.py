"""An orphan, a dead reference, a wrong doctest or an unreadable page is refused."""

from .conftest import cell


def test_orphan_page(site):
    site.page("index", "Hello.\n")
    site.page("alone", "Nobody links here.\n")
    site.make().refused("docs/alone.md", "isn't included in any toctree")


def test_dead_reference(build):
    build("See {doc}`nowhere`.\n").refused("docs/index.md:", "nowhere")


def test_dead_term(build):
    build("See {term}`no such term`.\n").refused("docs/index.md:", "no such term")


def test_dead_markdown_link(build):
    build("See [this](nowhere.md).\n").refused("docs/index.md:", "nowhere.md")


def test_warning_stays_red(site):
    """Sphinx alone forgets the warnings of pages that it does not read again."""
    site.page("index", "See {doc}`nowhere`.\n")
    site.make().refused("nowhere")
    site.make().refused("nowhere")


def test_unreadable_cell(build):
    build("```{code-cell} python\n:tags: [a\nprint(1)\n```\n").refused(
        "docs/index.md:1:", "cannot be read"
    )


def test_right_doctest(site):
    site.page("index", "```{doctest}\n>>> 1 + 1\n2\n```\n")
    done = site.make("doctest")
    done.passed()
    assert "1 doctest" in done.output.splitlines()[-1]


def test_wrong_doctest(site):
    first = site.page("index", "```{doctest}\n>>> 1 + 1\n3\n```\n")
    done = site.make("doctest")
    done.refused(f'File "index.md", line {first},', "Expected:", "Got:")


def test_doctest_builds_nothing_to_run_again(site):
    site.page("index", cell("print(1)") + "```{doctest}\n>>> 1 + 1\n2\n```\n")
    site.make().passed()
    done = site.make("doctest")
    done.passed()
    assert "running" not in done.output
