"""Doctests are checked by their own builder, which runs no cell again."""

from .conftest import Site, cell

# Those of the site import Keras first; these quote nothing of it.
PLAIN = "SPHINXOPTS=-D doctest_global_setup="


def test_a_right_doctest_passes_and_no_cell_runs_again(site: Site):
    site.page("index", cell("print(1)") + "```{doctest}\n>>> 1 + 1\n2\n```\n")
    site.make().passed()
    done = site.make("doctest", PLAIN)
    done.passed()
    assert "1 doctest" in done.output.splitlines()[-1]
    assert "running" not in done.output


def test_a_wrong_doctest_is_refused(site: Site):
    first = site.page("index", "```{doctest}\n>>> 1 + 1\n3\n```\n")
    done = site.make("doctest", PLAIN)
    done.refused(f'File "index.md", line {first},', "Expected:", "Got:")
