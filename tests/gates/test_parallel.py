"""Many pages at once do not get into each other's way."""

from .conftest import Site, cell


def test_eight_processes(site: Site):
    """With TCP ports, about every third such build failed."""
    names = [f"page{number}" for number in range(16)]
    toctree = "```{toctree}\n" + "\n".join(names) + "\n```\n"
    site.page("index", toctree)
    for name in names:
        site.page(name, cell(f"print('{name}')"))
    done = site.make("html", "JOBS=8")
    done.passed()
    assert "16 cells (16 run now" in done.output
    for name in names:
        assert name in (site.root / f"build/html/{name}.html").read_text()
