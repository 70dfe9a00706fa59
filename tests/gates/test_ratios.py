"""A file of ratios that cannot be read is refused, whatever is wrong with it."""

import pytest

from .conftest import Site


@pytest.mark.parametrize("text", ["", '{"machine": 1, "tables": [1]}'])
def test_unreadable_result(site: Site, text: str):
    """One that lacks a key is in test_faults."""
    site.page("index", "```{bench-tables}\n```\n", head="")
    folder = site.root / "docs/reference"
    folder.mkdir()
    (folder / "bench.json").write_text(text)
    site.make().refused("docs/index.md:3: bench.json cannot be read", "Cure: run `make")
